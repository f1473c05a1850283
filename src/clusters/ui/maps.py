"""Where a map of the app stands: places and the way up from them, the view that fits, search.

All of it is pure but `show`, the one call that puts a map on a page.
"""

import base64
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pypinyin import Style, lazy_pinyin

from clusters.maps.interactive import (
    SICHUAN_CENTRE,
    SICHUAN_ZOOM,
    build_map,
    feature_group,
    legend_html,
)
from clusters.maps.layers import Layer
from clusters.maps.palette import ThemeName
from clusters.maps.words import Language
from clusters.places.boundaries import Level, display
from clusters.places.parks import park_name, shipped_parks
from clusters.places.zones import follows_zones, zones
from clusters.ui.state import snapshot_there
from clusters.ui.text import MISSING, t, texts
from clusters.workspace import held_snapshot

Kind = Literal["province", "prefecture", "county", "zone", "park"]
PROVINCE: Final = ""
_TILE: Final = 256
_MAX_FIT: Final = 14.0
_WEST, _EAST, _SOUTH, _NORTH = 96.0, 110.0, 25.0, 36.0
# Above this many names the reading of a character no longer looks at its neighbours.
_PHRASES: Final = 20_000
_SVG: Final = re.compile(r"<svg .*?</svg>")


@dataclass(frozen=True)
class Place:
    """An area a map can be about; ``up`` is the id of the next larger one."""

    id: str
    kind: Kind
    zh: str
    en: str
    up: str = PROVINCE

    def name(self, language: Language) -> str:
        """Return its name; Chinese where no English one is known."""
        return self.en if language == "en" and self.en else self.zh


def places() -> dict[str, Place]:
    """Return every place a map can be about, larger ones first; the province is "".

    Parks are those of the snapshot that is shown.
    """
    shown = snapshot_there()
    return _places() if shown is None else _places(shown.path)


def _parks(snapshot: Path | None) -> gpd.GeoDataFrame:
    if snapshot is None:
        return shipped_parks()
    return held_snapshot(snapshot.parents[1], snapshot.name).parks


@follows_zones
def _lasting() -> dict[str, Place]:
    """Return the places that are the same in every snapshot: all but parks."""
    found = {PROVINCE: Place(PROVINCE, "province", "四川省", "Sichuan")}
    for kind in ("prefecture", "county"):
        frame = display(kind)
        for row in frame.itertuples():
            up = PROVINCE if kind == "prefecture" else str(row.prefecture_code)
            code = str(row.code)
            found[code] = Place(code, kind, str(row.name_zh), _text(row.name_en), up)
    for row in zones().itertuples():
        if row.geometry is not None:
            zone = str(row.zone_id)
            name = _text(row.short_zh) or str(row.name_zh)
            english = _text(row.short_en) or _text(row.name_en)
            found[zone] = Place(zone, "zone", name, english, _text(row.prefecture_code))
    return found


@follows_zones
def _places(snapshot: Path | None = None) -> dict[str, Place]:
    found = dict(_lasting())
    for row in _parks(snapshot).itertuples():
        park = str(row.park_id)
        if park not in found:
            up = str(row.prefecture_code)
            found[park] = Place(park, "park", str(row.name_zh), _text(row.name_en), up)
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def known_place(text: str | None) -> str:
    """Return the id of a place in a link; the province where it names none."""
    return text if text in places() else PROVINCE


def way_up(place: str) -> list[Place]:
    """Return the places from the province down to this one, both included."""
    known = places()
    chain = [known[place]]
    while chain[-1].id != PROVINCE:
        chain.append(known[chain[-1].up])
    return chain[::-1]


def parts_of(place: str) -> Level:
    """Return the areas a place is shown by: prefectures of the province, counties below."""
    return "county" if place else "prefecture"


def within(place: str) -> str:
    """Return the prefecture a place lies in; "" for the province."""
    return next((one.id for one in way_up(place) if one.kind == "prefecture"), PROVINCE)


def area_name(code: object, language: Language) -> str:
    """Return the name of a prefecture, county, zone or park; a dash where it is not known."""
    known = None
    if isinstance(code, str) and code:
        # A table names hundreds of areas: the snapshot is looked up for the others only.
        known = _lasting().get(code) or places().get(code)
    if known:
        return known.name(language)
    own = park_name(str(code))
    if own is not None:
        return own
    key = f"terms.zone_{str(code).replace('-', '_')}"  # kinds of zone that have no row of their own
    return t(key) if key in texts() else MISSING


@dataclass(frozen=True)
class View:
    """Centre in degrees and zoom level of a map."""

    lat: float
    lon: float
    zoom: float

    def text(self) -> str:
        """Return it as a link carries it: ``lat,lon,zoom``."""
        return f"{self.lat:.4f},{self.lon:.4f},{self.zoom:g}"


SICHUAN: Final = (97.34, 26.04, 108.55, 34.32)
"""West, south, east, north of the province in degrees."""
START: Final = View(*SICHUAN_CENTRE, SICHUAN_ZOOM)


def view_of_link(text: str | None) -> View | None:
    """Read ``lat,lon,zoom``; None where it is no view of Sichuan."""
    try:
        lat, lon, zoom = (float(part) for part in (text or "").split(","))
    except ValueError:
        return None
    inside = _SOUTH < lat < _NORTH and _WEST < lon < _EAST and 5 <= zoom <= 18
    return View(lat, lon, zoom) if inside else None


def _mercator(lat: float) -> float:
    return math.degrees(math.asinh(math.tan(math.radians(lat))))


def fit(bounds: Sequence[float], *, width: int = 800, height: int = 640) -> View:
    """Return the view that shows bounds with a little air around them.

    Parameters
    ----------
    bounds : sequence of four floats
        West, south, east, north in degrees.
    width, height : int
        Of the map, in pixels.

    Notes
    -----
    A Web-Mercator map at zoom z is 256 · 2**z pixels around; zoom goes in half steps.
    """
    west, south, east, north = bounds
    wide = max(east - west, 1e-4)
    tall = max(_mercator(north) - _mercator(south), 1e-4)
    scale = min(width / wide, height / tall) * 360 / _TILE
    zoom = math.floor(2 * math.log2(scale * 0.95)) / 2
    middle = math.degrees(
        math.atan(math.sinh(math.radians((_mercator(north) + _mercator(south)) / 2)))
    )
    return View(round(middle, 5), round(float(west + east) / 2, 5), min(zoom, _MAX_FIT))


def view_of_place(place: str) -> View:
    """Return the view that shows a place."""
    kind = places()[place].kind
    if kind == "province":
        return START
    if kind == "park":
        shown = snapshot_there()
        frame = _parks(None if shown is None else shown.path)
        row = frame.set_index("park_id").loc[place]
        if pd.isna(row["lon"]):
            return view_of_place(places()[place].up)
        return around(row["lon"], row["lat"], max(1500.0, 1000 * float(row["uncertainty_km"])))
    if kind == "zone":
        frame = zones()
        return fit(frame.loc[frame["zone_id"] == place].total_bounds)
    frame = display(kind)  # type: ignore[arg-type]  # prefecture or county
    return fit(frame.loc[frame["code"] == place].total_bounds)


def around(lon: float, lat: float, radius_m: float) -> View:
    """Return the view that shows a circle."""
    tall = 1.3 * radius_m / 111_320
    wide = tall / math.cos(math.radians(lat))
    return fit((lon - wide, lat - tall, lon + wide, lat + tall))


@dataclass(frozen=True)
class Hit:
    """One answer of the search; ``kind`` is ``firm`` or the kind of a place."""

    kind: str
    id: str
    zh: str
    en: str


@dataclass(frozen=True)
class SearchIndex:
    """What can be found: one text per place and firm that holds all its names, lower case.

    Names stand between line breaks, so that one search tells a whole name from its beginning.
    """

    hits: tuple[Hit, ...]
    texts: pd.Series
    firm: NDArray[np.bool_]
    length: NDArray[np.intp]


def initials(names: Iterable[str]) -> list[str]:
    """Return the pinyin initials of names: 科大讯飞 → kdxf; other characters stay."""
    texts = list(names)
    if len(texts) <= _PHRASES:
        return ["".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower() for text in texts]
    alphabet = sorted(set("".join(texts)))
    first = {ord(c): "".join(lazy_pinyin(c, style=Style.FIRST_LETTER)) for c in alphabet}
    return [text.translate(first).lower() for text in texts]


def folded(text: str) -> str:
    """Return a text for comparison: full-width forms, case and outer blanks do not count."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def search_index(firms: pd.DataFrame) -> SearchIndex:
    """Return the index over all places and the firms of a snapshot.

    A firm is found by its name, former names, short and English name, pinyin initials and
    unified social credit code; a place by its names and initials.
    """
    known = [place for place in places().values() if place.id]
    hits = [Hit(place.kind, place.id, place.zh, place.en) for place in known]
    others = [f"{place.zh}\n{place.en}" for place in known]
    english = firms["name_en"].fillna("")
    hits += [
        Hit("firm", str(one), str(zh), str(en))
        for one, zh, en in zip(firms["enterprise_id"], firms["name"], english, strict=True)
    ]
    columns = ("name", "short_name", "former_names", "name_en", "uscc")
    there = [firms[column].fillna("") for column in columns if column in firms]
    others += ["\n".join(cells) for cells in zip(*there, strict=True)]
    short = initials(hit.zh for hit in hits)
    texts = [
        f"\n{folded(other)}\n{letters}\n" for other, letters in zip(others, short, strict=True)
    ]
    return SearchIndex(
        hits=tuple(hits),
        texts=pd.Series(texts, dtype="str"),
        firm=np.array([hit.kind == "firm" for hit in hits]),
        length=np.array([len(hit.zh) for hit in hits]),
    )


def search(index: SearchIndex, query: str, *, limit: int = 8) -> list[Hit]:
    """Return what matches best: whole names, then beginnings, then the rest; places first."""
    wanted = folded(query)
    if not wanted:
        return []

    def holds(text: str) -> NDArray[np.bool_]:
        return index.texts.str.contains(text, regex=False).to_numpy(dtype=bool)

    found = np.flatnonzero(holds(wanted))
    whole, begins = holds(f"\n{wanted}\n")[found], holds(f"\n{wanted}")[found]
    group = 2 - begins.astype(int) - whole.astype(int)
    order = np.lexsort((found, index.length[found], index.firm[found], group))
    return [index.hits[position] for position in found[order][:limit].tolist()]


def show(
    layers: Sequence[Layer],
    *,
    key: str,
    language: Language,
    theme: ThemeName,
    view: View,
    height: int = 640,
    returned: Sequence[str] = ("last_active_drawing", "last_object_clicked"),
    on_change: Callable[[], None] | None = None,
    alternative: str = "",
) -> None:
    """Put layers on the page as one map that keeps its place while the layers change.

    The visitor's answer is in ``st.session_state[key]`` when `on_change` is called. The base map
    never changes: a changed one would be taken down and built anew.
    """
    # Its part of the page is known to the server only where it is imported during a visit.
    from streamlit_folium import st_folium  # noqa: PLC0415

    st_folium(
        build_map((), language=language, theme=theme, alternative=alternative),
        key=key,
        height=height,
        use_container_width=True,
        returned_objects=list(returned),
        feature_group_to_add=feature_group(layers),
        center=(view.lat, view.lon),
        zoom=view.zoom,  # type: ignore[arg-type]  # half steps, allowed by zoomSnap
        on_change=on_change,
    )


def legend(layers: Sequence[Layer], *, language: Language, theme: ThemeName) -> str:
    """Return the legend of layers as HTML for ``st.html``, which lets pictures pass but no SVG."""
    return _SVG.sub(_as_picture, legend_html(layers, language=language, theme=theme))


def _as_picture(found: re.Match[str]) -> str:
    drawing = found.group().replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    data = base64.b64encode(drawing.encode()).decode("ascii")
    return f'<img alt="" width="18" height="14" src="data:image/svg+xml;base64,{data}">'


def clicked(answer: Mapping[str, Any] | None) -> tuple[str, str, str] | None:
    """Return (layer, id, signature of the click) of a map's answer, or None."""
    drawing = (answer or {}).get("last_active_drawing")
    properties = (drawing or {}).get("properties") or {}
    if "layer" not in properties:
        return None
    at = (answer or {}).get("last_object_clicked") or {}
    return str(properties["layer"]), str(properties["id"]), f"{properties['id']}@{at}"
