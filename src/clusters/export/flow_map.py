"""Flows of firms between zones as one web page that needs nothing else."""

import math

from clusters.changes import Changes
from clusters.errors import InputError
from clusters.export.provenance import Provenance
from clusters.export.values import value_name
from clusters.maps.context import boundary_layer, zone_layer
from clusters.maps.flows import FlowMap, flow_layers
from clusters.maps.interactive import build_map, standalone_html
from clusters.maps.layers import Layer
from clusters.maps.palette import ThemeName
from clusters.maps.words import Language, word
from clusters.places.boundaries import display
from clusters.places.zones import zones

__all__ = ["flow_ground", "flow_page", "flows_drawn"]

# What a page on an office PC shows at least, in pixels; a world at zoom 0 is 256 around.
_PAGE = 700
_WORLD = 256


def flows_drawn(found: Changes, *, language: Language, theme: ThemeName = "light") -> FlowMap:
    """Return the flows between two snapshots as layers, zones by their names."""
    ids = {*found.flows["from_zone"], *found.flows["to_zone"]} - {""}
    names = {zone: value_name("zone_ids", zone, language) for zone in ids}
    return flow_layers(found.flows, zones(), names=names, language=language, theme=theme)


def flow_ground(found: Changes, *, language: Language, theme: ThemeName = "light") -> list[Layer]:
    """Return what lies under the flows: borders and the zones concerned."""
    table = zones()
    ids = {*found.flows["from_zone"], *found.flows["to_zone"]}
    concerned = table[table["zone_id"].isin(ids) & table.geometry.notna()]
    borders = boundary_layer(
        display("prefecture"), level="prefecture", language=language, theme=theme
    )
    return [borders, zone_layer(concerned, language=language, theme=theme)]


def flow_page(found: Changes, *, language: Language, provenance: Provenance) -> str:
    """Return the map of flows as HTML.

    Raises
    ------
    InputError
        If no flow can be drawn.
    """
    drawn = flows_drawn(found, language=language)
    if drawn.bounds is None:
        if found.flows.empty:
            raise InputError(
                f"no firm moved from one zone to another between {found.before.id} and "
                f"{found.after.id}; leave --map out"
            )
        raise InputError(
            f"no move between zones can be drawn ({drawn.left_out} without a known place); "
            "leave --map out and read the table"
        )
    west, south, east, north = drawn.bounds
    span = max(east - west, 1.2 * (north - south), 0.05)
    zoom = math.floor(2 * math.log2(360 * _PAGE / _WORLD / span)) / 2
    title = f"{word('flows', language)} · {found.before.id} → {found.after.id}"
    canvas = build_map(
        [*flow_ground(found, language=language), *drawn.layers],
        language=language,
        center=((south + north) / 2, (west + east) / 2),
        zoom=min(max(zoom, 5.0), 14.0),
        legend=True,
        alternative=title,
    )
    return standalone_html(canvas, title=title, metadata={"provenance": provenance.to_json()})
