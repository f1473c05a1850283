"""What the briefing page keeps and says: drawn pictures, labels, warnings, the command."""

import html
from collections.abc import Sequence
from typing import Final

import streamlit as st

from clusters.export.maprequest import map_provenance
from clusters.export.pictures import PROVINCE, MapRequest, map_picture
from clusters.export.provenance import Provenance
from clusters.maps.still import StillMap
from clusters.places.zones import zones
from clusters.settings import get_settings
from clusters.ui import briefing_view, cards
from clusters.ui.briefing_view import Sheet
from clusters.ui.maps import places
from clusters.ui.text import language, t
from clusters.workspace import Snapshot

SIZE_KEYS: Final = {"16:9": "slide", "A4": "a4", "A3": "a3"}
_MOST_NAMES: Final = 12


@st.cache_data(max_entries=24, show_spinner=False)
def _picture(
    identity: str,
    review_number: str,
    request: MapRequest,
    record: str,
    _snapshot: Snapshot,
) -> StillMap:
    """Draw a sheet once per snapshot, request and review number, which it prints."""
    del identity, review_number  # they are there for the cache
    return map_picture(
        _snapshot,
        request,
        made=_snapshot.created.date(),
        provenance=Provenance.from_json(record),
    )


def picture(snapshot: Snapshot, request: MapRequest, provenance: Provenance) -> StillMap:
    """Return a drawn sheet; the same request is drawn once."""
    number = get_settings().review_number
    return _picture(snapshot.id, number, request, provenance.to_json(), snapshot)


def warning_html(message: str) -> str:
    """Return a remark that must not be overlooked as HTML."""
    mark = cards.chip(t("briefing.warning"), kind="assumed")
    return f'<p class="c-remark">{mark} {html.escape(message)}</p>'


def area_label(area: str) -> str:
    """Return the name of an area in the list; zones say that they are zones, or assumed."""
    if area == PROVINCE:
        return t("briefing.area_province")
    place = places()[area]
    if place.kind != "zone":
        above = places().get(place.up or "")
        own = place.name(language())
        return (
            own if above is None else t("briefing.area_county", name=own, up=above.name(language()))
        )
    key = "briefing.area_assumed" if _assumed(area) else "briefing.area_zone"
    return t(key, name=place.name(language()))


def _assumed(area: str) -> bool:
    known = zones()
    return bool((known["assumed"] & (known["zone_id"] == area)).any())


def rows_html(rows: Sequence[tuple[str, str]]) -> str:
    """Return label and value pairs as HTML."""
    lines = "".join(
        f"<dt>{html.escape(label)}</dt><dd>{html.escape(value)}</dd>" for label, value in rows
    )
    return f'<dl class="c-fields c-wide">{lines}</dl>'


def warnings(sheet: Sheet, drawn: StillMap) -> list[str]:
    """Return what a person must know before the sheet leaves the house."""
    found = [
        t(f"briefing.warning_{code.removeprefix('review_number_')}") for code in drawn.warnings
    ]
    if _assumed(sheet.area):
        found.append(t("briefing.warning_assumed"))
    if sheet.layer == "metric" and sheet.area != PROVINCE and not sheet.area.isdigit():
        found.append(t("briefing.warning_metric_zone"))
    if drawn.labels_left_out:
        names = t("briefing.join").join(drawn.labels_left_out[:_MOST_NAMES])
        more = " …" if len(drawn.labels_left_out) > _MOST_NAMES else ""
        found.append(t("briefing.labels_left", names=names + more))
    return found


def provenance(snapshot: Snapshot, sheet: Sheet) -> Provenance:
    """Return the record written into the picture."""
    return map_provenance(snapshot, briefing_view.request(sheet, dpi=briefing_view.PRINT_DPI))


def command(snapshot: Snapshot, sheet: Sheet) -> str:
    """Return the command line that draws the sheet."""
    return briefing_view.command(sheet, snapshot=snapshot.id)
