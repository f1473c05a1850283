"""Browser files of maps, all from this machine.

folium asks for its scripts on other hosts, and streamlit-folium leaves the map empty, without
a word, when the first of them does not come. Leaflet is therefore served from the installed
package ``XStatic-Leaflet`` under ``/assets/leaflet``, our own script and style under
``/assets/clusters``; nothing else is needed (no jQuery, no Bootstrap, no icon fonts).
"""

import base64
from functools import lru_cache
from pathlib import Path

import folium
from branca.element import Element
from folium.elements import JSCSSMixin
from xstatic.pkg import leaflet

LEAFLET_PREFIX = "/assets/leaflet"
CLUSTERS_PREFIX = "/assets/clusters"

_HERE = Path(__file__).parent / "browser"


def asset_folders() -> dict[str, Path]:
    """Return URL prefix → folder; the web server mounts each as static files."""
    return {LEAFLET_PREFIX: Path(leaflet.BASE_DIR), CLUSTERS_PREFIX: _HERE}


def localise(canvas: folium.Map) -> folium.Map:
    """Point a map and everything on it at the local files; returns the same map.

    Raises
    ------
    ValueError
        If an element brings scripts or styles of its own that no installed package serves.
    """
    for element in _walk(canvas):
        if element is not canvas and (element.default_js or element.default_css):
            raise ValueError(f"{element.get_name()} loads scripts that are not served here")
    canvas.default_js = [
        ("leaflet", f"{LEAFLET_PREFIX}/leaflet.js"),
        ("clusters", f"{CLUSTERS_PREFIX}/map.js"),
    ]
    canvas.default_css = [
        ("leaflet_css", f"{LEAFLET_PREFIX}/leaflet.css"),
        ("clusters_css", f"{CLUSTERS_PREFIX}/map.css"),
    ]
    return canvas


def _walk(element: Element) -> list[JSCSSMixin]:
    found = [element] if isinstance(element, JSCSSMixin) else []
    for child in element._children.values():  # noqa: SLF001  # branca has no public way down
        found += _walk(child)
    return found


@lru_cache(maxsize=1)
def inline_script() -> str:
    """Return Leaflet and our script as one text that may stand inside a script element."""
    library = (Path(leaflet.BASE_DIR) / "leaflet.js").read_text(encoding="utf-8")
    own = (_HERE / "map.js").read_text(encoding="utf-8")
    # The map of the source is a file this page does not have.
    library = library.replace("//# sourceMappingURL=leaflet.js.map", "")
    return f"{library}\n{own}".replace("</script", r"<\/script")


@lru_cache(maxsize=1)
def inline_style() -> str:
    """Return Leaflet's and our style as one text, its pictures inside as data."""
    folder = Path(leaflet.BASE_DIR)
    style = (folder / "leaflet.css").read_text(encoding="utf-8")
    for picture in ("layers.png", "layers-2x.png", "marker-icon.png"):
        data = base64.b64encode((folder / "images" / picture).read_bytes()).decode("ascii")
        style = style.replace(f"url(images/{picture})", f"url(data:image/png;base64,{data})")
    return f"{style}\n{(_HERE / 'map.css').read_text(encoding='utf-8')}"
