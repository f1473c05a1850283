"""The park screening's memory: limits and the parks chosen for comparison stand in the link."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final

import pandas as pd
import streamlit as st

from clusters.export.provenance import Provenance
from clusters.maps.palette import ThemeName
from clusters.places.boundaries import display
from clusters.ui import maps
from clusters.ui.filters import listed
from clusters.ui.links import keep
from clusters.ui.screening_view import MOST_COMPARED, Limits
from clusters.ui.text import t
from clusters.workspace import Snapshot

UNCERTAIN: Final = ("", "2", "3", "5", "8")
_LIMIT_KEYS: Final = ("level", "prefecture", "industries", "area_known", "place_known", "within")
_SEEN: Final = "park-seen"
_EXPORTED: Final = (
    "park_id",
    "name_zh",
    "name_en",
    "level",
    "prefecture_code",
    "county_codes",
    "firms_park",
    "firms_county",
    "segment",
    "lq",
    "lq_low",
    "lq_high",
    "lq_q",
    "population",
    "gdp",
    "approved_area_ha",
    "area_basis",
    "industries_zh",
    "industries_en",
    "lon",
    "lat",
    "uncertainty_km",
    "source_url",
    "confidence",
)


def theme() -> ThemeName:
    """Return the theme the visitor sees."""
    return "dark" if st.context.theme.type == "dark" else "light"


def prefectures() -> list[str]:
    """Return the codes of the prefectures."""
    return list(display("prefecture")["code"])


def many(
    label: str, options: Sequence[str], *, key: str, named: Callable[[str], str]
) -> tuple[str, ...]:
    """Show a choice of several that stands in the link; empty means any."""
    state = f"limit-{key}"
    st.session_state[state] = list(listed(st.query_params.get(key), options) or ())
    chosen = st.multiselect(
        label,
        options,
        format_func=named,
        key=state,
        placeholder=t("screening.any"),
        on_change=_keep_many,
        args=(key, state),
    )
    return tuple(chosen)


def _keep_many(key: str, state: str) -> None:
    keep(key, ",".join(st.session_state[state]))


def tick(label: str, *, key: str) -> bool:
    """Show a limit that is on or off and stands in the link."""
    state = f"limit-{key}"
    st.session_state[state] = st.query_params.get(key) == "1"
    return st.checkbox(label, key=state, on_change=_keep_tick, args=(key, state))


def _keep_tick(key: str, state: str) -> None:
    keep(key, "1" if st.session_state[state] else "")


def clear() -> None:
    """Take every limit out of the link."""
    for key in _LIMIT_KEYS:
        keep(key, "")
    st.session_state["choice-within"] = ""


def chosen(table: pd.DataFrame) -> list[str]:
    """Return the parks chosen for comparison that exist, ten at most, in the table's order."""
    found = listed(st.query_params.get("parks"), list(table["park_id"])) or ()
    return list(found[:MOST_COMPARED])


def choose(parks: Sequence[str]) -> None:
    """Write the parks chosen into the link."""
    keep("parks", ",".join(parks[:MOST_COMPARED]))


def tick_rows(left: pd.DataFrame, parks: Sequence[str]) -> None:
    """Tick the rows of the chosen parks."""
    rows = [position for position, park in enumerate(left["park_id"]) if park in parks]
    st.session_state["park-table"] = {"selection": {"rows": rows, "columns": [], "cells": []}}


def rows_ticked(left: pd.DataFrame) -> None:
    """Take the rows ticked; a chosen park that a limit hides stays chosen."""
    rows = st.session_state["park-table"]["selection"]["rows"]
    ticked = [str(left["park_id"].iloc[row]) for row in rows if row < len(left)]
    before = (st.query_params.get("parks") or "").split(",")
    hidden = [park for park in before if park and park not in set(left["park_id"])]
    choose([*hidden, *ticked])


def clicked() -> None:
    """Add a park clicked on the map to the comparison, or take it out."""
    click = maps.clicked(st.session_state.get("park-canvas"))
    if click is None or click[2] == st.session_state.get(_SEEN):
        return
    st.session_state[_SEEN] = click[2]
    layer, park, _ = click
    if layer in {"parks", "reach"}:
        before = [one for one in (st.query_params.get("parks") or "").split(",") if one]
        without = [one for one in before if one != park]
        choose(without if park in before else [*before, park])


def columns() -> dict[str, Any]:
    """Return headings and number formats of the table of parks."""
    text, numeric = st.column_config.TextColumn, st.column_config.NumberColumn

    def head(key: str) -> str:
        return t(f"screening.column_{key}")

    return {
        "name": text(head("name"), width=220),
        "level": text(head("level")),
        "prefecture": text(head("prefecture")),
        "firms_park": numeric(head("firms_park"), format="%d"),
        "firms_county": numeric(head("firms_county"), format="%d"),
        "lq": numeric(head("lq"), format="%.2f"),
        "interval": text(head("interval")),
        "lq_q": numeric(head("lq_q"), format="%.3f"),
        "population": numeric(head("population"), format="%.1f"),
        "gdp": numeric(head("gdp"), format="localized"),
        "area": numeric(head("area"), format="localized"),
        "uncertainty_km": numeric(head("uncertainty_km"), format="%.1f"),
        "industries": text(head("industries"), width=220),
        "confidence": text(head("confidence")),
        "source": st.column_config.LinkColumn(
            head("source"), display_text=t("screening.source_link")
        ),
    }


def export(left: pd.DataFrame, segment: str) -> pd.DataFrame:
    """Return the table to take away, with canonical column names."""
    return left.assign(segment=segment)[list(_EXPORTED)].reset_index(drop=True)


def provenance(snapshot: Snapshot, limits: Limits, segment: str) -> Provenance:
    """Return the record of a download of the parks."""
    return Provenance.from_manifest(
        snapshot.manifest,
        command=shlex.join(["clusters", "app", "--workspace", "workspace"]),
        filters={**asdict(limits), "segment": segment},
    )
