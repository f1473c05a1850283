"""Interactive maps: layers of ``layers`` as folium, for Streamlit and for one offline file.

A map is built fresh for every rerun (a cached folium map collects layers and remounts); data
are cached by the caller. Texts of the data travel as JSON with every character escaped that
HTML, JavaScript or Jinja could act on, and reach the page as text nodes only.
"""

import html
import json
import re
from collections.abc import Iterable, Sequence
from typing import cast

import folium
import shapely
from branca.element import Element, Figure, MacroElement
from folium.map import Layer as FoliumLayer
from folium.template import Template

from clusters.maps import palette
from clusters.maps.assets import inline_script, inline_style, localise
from clusters.maps.layers import Layer, LegendEntry, Style, merge_legends
from clusters.maps.palette import ThemeName
from clusters.maps.words import Language, word

SICHUAN_CENTRE = (30.3, 102.8)
SICHUAN_ZOOM = 6.5
MAX_ZOOM = 18

_ESCAPES = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "'": "\\u0027",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}
_ACTIVE = re.compile("[<>&'\u2028\u2029]")
# branca reads its own output as a template once more: "{{" in a name must not reach it.
_TEMPLATE = re.compile(r"\{(?=[{%#])")


def to_script(value: object) -> str:
    """Return JSON that is inert inside a script element and inside a Jinja template."""
    return _inert(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


def _inert(text: str) -> str:
    text = _ACTIVE.sub(lambda found: _ESCAPES[found.group()], text)
    return _TEMPLATE.sub(r"\\u007b", text)


class _DrawnLayer(FoliumLayer):
    """A layer drawn by ``clustersLayer`` of our browser script."""

    _template = Template(
        "{% macro script(this, kwargs) %}\n"
        "var {{ this.get_name() }} = clustersLayer({{ this.specification }});\n"
        "{% endmacro %}"
    )

    def __init__(self, layer: Layer) -> None:
        super().__init__(name=layer.title, overlay=True, control=False, show=layer.show)
        self._name = "ClustersLayer"
        self.specification = specification(layer)


class _Frame(MacroElement):
    """What surrounds the layers: background, controls, legend, alternative text."""

    _template = Template(
        "{% macro script(this, kwargs) %}\n"
        "clustersFrame({{ this._parent.get_name() }}, {{ this.options }});\n"
        "{% endmacro %}"
    )

    def __init__(self, options: dict[str, str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # folium has no types here
        self._name = "ClustersFrame"
        self.options = to_script(options)


class _Inline(Element):
    """A text placed in the page head as it is: no template language inside it."""

    _template = Template("<{{ this.tag }}>{{ this.text }}</{{ this.tag }}>")

    def __init__(self, tag: str, text: str) -> None:
        super().__init__()
        self._name = "ClustersInline"
        self.tag = tag
        self.text = text


def _style(style: Style) -> dict[str, object]:
    known = {
        "fill": style.fill,
        "fillOpacity": style.fill_opacity,
        "stroke": style.stroke,
        "strokeWidth": style.stroke_width,
        "dash": style.dash,
        "shape": style.shape,
        "size": style.size,
        "hatch": style.hatch,
        "hatchColour": palette.LIGHT.ink if style.hatch else None,
    }
    return {key: value for key, value in known.items() if value is not None}


def specification(layer: Layer) -> str:
    """Return a layer as the JSON our browser script reads.

    Rows are arrays, not objects: kind, id, tooltip, then a GeoJSON geometry or lon, lat and the
    radius or text. Coordinates have five decimals (one metre).
    """
    frame = layer.frame
    keys = [frame["kind"], frame["id"], frame["tip"]]
    head = {
        "key": layer.key,
        "form": layer.form,
        "order": layer.order,
        "interactive": not layer.key.startswith("boundary-") or layer.order < 10,
        "styles": {kind: _style(style) for kind, style in layer.styles.items()},
    }
    if layer.form == "shape":
        rounded = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy.round(5))
        geometries = shapely.to_geojson(rounded)
        texts = [to_script(list(row))[1:-1] for row in zip(*keys, strict=True)]
        rows = ",".join(
            f"[{text},{geometry}]" for text, geometry in zip(texts, geometries, strict=True)
        )
        return f'{to_script(head)[:-1]},"rows":[{rows}]}}'
    columns = [*keys, frame.geometry.x.round(5), frame.geometry.y.round(5)]
    if layer.form == "circle":
        columns.append(frame["radius_m"].round(0))
    elif layer.form == "label":
        columns.append(frame["text"])
    return to_script(head | {"rows": list(zip(*columns, strict=True))})


def feature_group(layers: Iterable[Layer]) -> folium.FeatureGroup:
    """Return layers as one group for ``st_folium(feature_group_to_add=…)``.

    Changing the group keeps the Leaflet map on the page, its position and its zoom.
    """
    group = folium.FeatureGroup(name="clusters", control=False)
    for layer in sorted(layers, key=lambda item: item.order):
        _DrawnLayer(layer).add_to(group)
    return group


def build_map(
    layers: Sequence[Layer],
    *,
    language: Language,
    center: tuple[float, float] = SICHUAN_CENTRE,
    zoom: float = SICHUAN_ZOOM,
    theme: ThemeName = "light",
    legend: bool = False,
    height: int | str = "100%",
    alternative: str = "",
) -> folium.Map:
    """Return a fresh offline map of layers.

    Parameters
    ----------
    layers : sequence of Layer
        Drawn by their ``order``, whatever their place in the sequence.
    center : tuple
        Latitude and longitude, in folium's order.
    legend : bool
        Put the legend on the map; a Streamlit page prints `legend_html` beside it instead.
    alternative : str
        What the map says, for those who cannot see it; the titles of the layers by default.
    """
    canvas = folium.Map(
        location=center,
        zoom_start=zoom,  # type: ignore[arg-type]  # half steps, allowed by zoomSnap
        tiles=None,
        height=height,
        prefer_canvas=True,
        zoom_control=False,
        attributionControl=False,
        maxZoom=MAX_ZOOM,
        minZoom=5,
        zoomSnap=0.5,
    )
    for layer in sorted(layers, key=lambda item: item.order):
        _DrawnLayer(layer).add_to(canvas)
    options = {
        "background": palette.THEMES[theme].surround,
        "theme": theme,
        "alternative": alternative or "; ".join(layer.title for layer in layers if layer.title),
        "zoomIn": word("zoom_in", language),
        "zoomOut": word("zoom_out", language),
        "legend": legend_html(layers, language=language, theme=theme) if legend else "",
    }
    _Frame(options).add_to(canvas)
    return localise(canvas)


_SWATCH = {
    "square": '<rect x="4" y="2" width="10" height="10" {paint}/>',
    "triangle": '<path d="M9 1 L15 12 L3 12 Z" {paint}/>',
    "diamond": '<path d="M9 0.5 L15 7 L9 13.5 L3 7 Z" {paint}/>',
    "cross": '<path d="M7 1h4v4h4v4h-4v4h-4v-4h-4v-4h4z" {paint}/>',
    "circle": '<circle cx="9" cy="7" r="5" {paint}/>',
}
_LINES = '<path d="M0 9 L7 2 M4 13 L15 2 M11 13 L18 6" stroke="{ink}" stroke-width="0.8"/>'

_DOTS = '<path d="M4 5h1M9 5h1M14 5h1M4 9h1M9 9h1M14 9h1" stroke="{ink}" stroke-width="1.2"/>'


def _swatch(entry: LegendEntry, theme: ThemeName) -> str:
    style = entry.style
    paint = f'fill="{style.fill or "none"}" fill-opacity="{style.fill_opacity:g}"'
    if style.stroke:
        paint += f' stroke="{style.stroke}" stroke-width="{style.stroke_width:g}"'
    if style.dash:
        paint += f' stroke-dasharray="{style.dash}"'
    if entry.form == "point":
        drawing = _SWATCH[style.shape].format(paint=paint)
    elif entry.form == "line":
        drawing = f'<path d="M1 7h16" {paint}/>'
    else:
        drawing = f'<rect x="1" y="1" width="16" height="12" {paint}/>'
        if style.hatch:
            lines = _DOTS if style.hatch[0] == "." else _LINES
            drawing += lines.format(ink=palette.THEMES[theme].muted)
    return f'<svg width="18" height="14" aria-hidden="true" focusable="false">{drawing}</svg>'


def legend_html(layers: Sequence[Layer], *, language: Language, theme: ThemeName = "light") -> str:
    """Return the legend of layers as self-contained, escaped HTML.

    Each line has a swatch, its words and how many features it stands for.
    """
    tokens = palette.THEMES[theme]
    blocks = []
    for title, entries, note in merge_legends(layers):
        rows = "".join(
            '<li style="display:flex;align-items:center;gap:8px;margin:2px 0">'
            f"{_swatch(entry, theme)}<span>{html.escape(entry.text)}</span>"
            + (
                ""
                if entry.count is None
                else f'<span style="margin-left:auto;padding-left:12px;color:{tokens.muted};'
                f'font-variant-numeric:tabular-nums">{entry.count:,}</span>'
            )
            + "</li>"
            for entry in entries
        )
        foot = f'<div style="color:{tokens.muted}">{html.escape(note)}</div>' if note else ""
        blocks.append(
            f'<div style="font-weight:600;margin:8px 0 2px">{html.escape(title)}</div>'
            f'<ul style="list-style:none;margin:0;padding:0">{rows}</ul>{foot}'
        )
    label = html.escape(word("legend", language), quote=True)
    return (
        f'<section aria-label="{label}" style="font-size:13px;line-height:1.45;'
        f'color:{tokens.ink}">{"".join(blocks)}</section>'
    )


def standalone_html(canvas: folium.Map, *, title: str, metadata: dict[str, str]) -> str:
    """Return one HTML file with Leaflet, our script and all data inside; it needs nothing else.

    Parameters
    ----------
    canvas : folium.Map
        A fresh map of `build_map`; it is changed and cannot be shown in Streamlit afterwards.
    title : str
        Title of the page.
    metadata : dict
        Provenance, written as ``<meta name="clusters:…">``.
    """
    canvas.default_js = []
    canvas.default_css = []
    figure = cast("Figure", canvas.get_root())
    figure.header.add_child(_Inline("title", html.escape(title)), name="title")
    figure.header.add_child(_Inline("style", inline_style()), name="clusters_style")
    figure.header.add_child(_Inline("script", inline_script()), name="clusters_script")
    for key, value in sorted(metadata.items()):
        figure.header.add_child(_Meta(key, value), name=f"meta_{key}")
    return figure.render()


class _Meta(Element):
    """One line of provenance in the page head."""

    _template = Template('<meta name="clusters:{{ this.key|e }}" content="{{ this.value|e }}"/>')

    def __init__(self, key: str, value: str) -> None:
        super().__init__()
        self._name = "ClustersMeta"
        self.key = key
        self.value = value
