"""What a visitor does on the enterprise map: each act writes into the link, which is the truth."""

import math
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from clusters.maps.drawn import circle, read_area, rectangle
from clusters.maps.tiles import OWN, unshifted
from clusters.places.boundaries import display
from clusters.ui import canvas, filters, map_state, map_table, map_view, maps
from clusters.ui.links import keep
from clusters.workspace import Snapshot

CANVAS: Final = "map-canvas"
_SEEN: Final = "map-seen"
_PLACE_LAYERS: Final = frozenset(
    {
        "counts",
        "areas",
        "boundary-prefecture",
        "boundary-county",
        "zones",
        "other-zones",
        "parks",
    }
)


def go(place: str) -> None:
    """Go to a place."""
    keep("place", place)
    keep("firm", "")
    keep("grain", "")
    map_state.send(place, maps.view_of_place(place))


def go_below() -> None:
    """Go to the place chosen in the list of smaller ones.

    A second act sent before the page has changed repeats the choice; the list is another by then
    and hands it on as the words it showed.
    """
    chosen = st.session_state["map-below"]
    if chosen in maps.places():
        go(chosen)


def below(place: str) -> list[str]:
    """Return the next smaller places: prefectures, or counties and zones of a prefecture."""
    if not place:
        return list(display("prefecture")["code"])
    if maps.places()[place].kind != "prefecture":
        return []
    return [one.id for one in maps.places().values() if one.up == place and one.kind != "park"]


def find(snapshot: Snapshot, hit: maps.Hit) -> None:
    """Go to what the search found."""
    st.session_state["map-search"] = ""
    if hit.kind != "firm":
        go(hit.id)
        return
    choose_firm(hit.id)
    _show_firm(snapshot, hit.id)


def choose_firm(firm: str) -> None:
    """Open the card of a firm; "" closes it."""
    keep("firm", firm)


def _show_firm(snapshot: Snapshot, firm: str) -> None:
    view = map_state.view_of_firm(snapshot.enterprises, firm)
    if view is not None:
        map_state.send(maps.known_place(st.query_params.get("place")), view)


def row_chosen(snapshot: Snapshot, rows: NDArray[np.intp]) -> None:
    """Open the card of the row chosen in the table and show it on the map.

    Parameters
    ----------
    rows : array
        Position in the snapshot of each row of the table.
    """
    chosen = st.session_state["map-table"]["selection"]["rows"]
    firm = map_table.picked(chosen, snapshot.enterprises.iloc[rows])
    choose_firm(firm)
    if firm:
        _show_firm(snapshot, firm)


def layers_chosen() -> None:
    """Write the layers switched on into the link."""
    chosen = st.session_state["map-layers"]
    on = tuple(one for one in map_view.LAYERS if one in chosen)
    keep("layers", "" if on == map_view.LAYERS_DEFAULT else ",".join(on) or "none")


def opacity_chosen(layer: str, key: str) -> None:
    """Write the opacity of one layer into the link."""
    shares = dict(map_state.opacity_of_link(st.query_params.get("opacity")))
    shares[layer] = int(st.session_state[key])
    keep("opacity", ",".join(f"{name}:{share}" for name, share in shares.items() if share < 100))


def lift(layer: str, other: str) -> None:
    """Change the place of two neighbouring layers on the map."""
    stack = list(map_state.stack_of_link(st.query_params.get("stack")) or map_view.STACK)
    one, two = stack.index(layer), stack.index(other)
    stack[one], stack[two] = stack[two], stack[one]
    keep("stack", "" if tuple(stack) == map_view.STACK else ",".join(stack))


def toggle_panel() -> None:
    """Fold the filters away, or bring them back."""
    st.session_state["map-panel"] = not st.session_state.get("map-panel", True)


def keep_area(area: str) -> None:
    """Write a drawn area into the link; "" takes it away."""
    keep("area", area if read_area(area) else "")


def area_typed(shape: str) -> None:
    """Take an area given by numbers: a rectangle in degrees, or a circle in degrees and km."""
    names = ("west", "south", "east", "north") if shape == "rectangle" else ("lon", "lat", "km")
    values = [float(st.session_state[f"area-{name}"]) for name in names]
    if not all(math.isfinite(value) for value in values):
        return
    text = (
        rectangle(*values)
        if shape == "rectangle"
        else circle(values[0], values[1], 1000 * values[2])
    )
    area = read_area(text)
    st.session_state["area-refused"] = area is None
    if area is not None:
        keep_area(text)
        map_state.send(maps.known_place(st.query_params.get("place")), maps.fit(area.bounds))


def answered() -> None:
    """Take what the visitor did on the map."""
    answer = canvas.answered(CANVAS)
    if not answer or answer.get("turn") == st.session_state.get(_SEEN):
        return
    st.session_state[_SEEN] = answer.get("turn")
    kind = answer.get("type")
    if kind == "click":
        _clicked(str(answer.get("layer", "")), str(answer.get("id", "")))
    elif kind == "drawn":
        keep_area(_in_wgs84(str(answer.get("area", ""))))
    elif kind == "years":
        _years(answer)


def _in_wgs84(area: str) -> str:
    base = st.query_params.get("base", OWN)
    offered = map_state.offered()
    if read_area(area) is None or base not in offered:
        return area
    return unshifted(area, offered[base].datum)


def _clicked(layer: str, one: str) -> None:
    if layer in {"firms", "selected", "selected-circle"}:
        choose_firm(one)
    elif layer in _PLACE_LAYERS and one in maps.places() and one != st.query_params.get("place"):
        go(one)


def _years(answer: dict[str, Any]) -> None:
    for name in ("first", "last"):
        value = answer.get(name)
        keep(name, str(value) if filters.year(str(value)) else "")
