"""The history of snapshots and what changed between two of them, in words and names."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from clusters import workspace
from clusters.places.zones import zones
from clusters.ui.data_view import column_name, listed
from clusters.ui.maps import area_name
from clusters.ui.text import MISSING, day, language, number, pick, t, term

CHANGES = ("entered", "left", "moved", "changed")
_AREAS = frozenset({"prefecture_code", "county_code", "zone_ids"})
_TERMS = frozenset({"ai_relevance", "chain_layer", "segment"})


@lru_cache(maxsize=1)
def _zone_names() -> dict[str, tuple[str, str]]:
    """Return the names of all zones; a map knows only those with a footprint."""
    table = zones()[["zone_id", "name_zh", "name_en"]]
    return {row["zone_id"]: (row["name_zh"], row["name_en"]) for row in table.to_dict("records")}


def place_name(code: object) -> str:
    """Return the name of a county, prefecture, zone or park; a dash where there is none."""
    known = area_name(code, language())
    if known != MISSING:
        return known
    return pick(*_zone_names().get(str(code), (MISSING, MISSING)))


def cell_text(column: str, value: str) -> str:
    """Return a compared value as people read it: names for codes and ids."""
    if not value:
        return MISSING
    if column in _AREAS:
        return listed([place_name(code) for code in value.split(";")])
    if column in _TERMS:
        return term(column, value)
    if column in {"registered_capital_cny", "employees"}:
        return number(float(value))
    return value


def firm_rows(table: pd.DataFrame) -> list[list[str]]:
    """Return firms that entered or left: name, segment, relevance, place."""
    return [
        [
            row["name"],
            term("segment", row["segment"]),
            term("ai_relevance", row["ai_relevance"]),
            place_name(
                row["county_code"]
                if isinstance(row["county_code"], str)
                else row["prefecture_code"]
            ),
        ]
        for row in table.to_dict("records")
    ]


def change_rows(table: pd.DataFrame) -> list[list[str]]:
    """Return changed fields: firm, field, before, after."""
    return [
        [
            row["name"],
            column_name(row["column"]),
            cell_text(row["column"], row["before"]),
            cell_text(row["column"], row["after"]),
        ]
        for row in table.to_dict("records")
    ]


def kind_name(manifest: Mapping[str, Any]) -> str:
    """Say whether a snapshot holds the shipped firms or a registry of one's own."""
    return t("data.kind_shipped" if manifest["shipped_data"] else "data.kind_own")


def input_names(manifest: Mapping[str, Any]) -> str:
    """Return the files a snapshot was made from."""
    if manifest["shipped_data"]:
        return t("data.kind_shipped")
    return listed([source["name"] for source in manifest["inputs"]])


def moment(snapshot: workspace.Snapshot) -> str:
    """Return when a snapshot was made: day and minute (UTC)."""
    return f"{day(snapshot.created.date())} {snapshot.created:%H:%M} UTC"


def label(snapshot: workspace.Snapshot) -> str:
    """Return the name of a snapshot in a list to choose from."""
    manifest = snapshot.manifest
    firms = t("shell.firms_total", n=number(manifest["account"]["published"]))
    return f"{moment(snapshot)} · {firms} · {input_names(manifest)}"


def history_rows(
    snapshots: Sequence[workspace.Snapshot], published: str | None
) -> list[tuple[bool, list[str]]]:
    """Return each snapshot as a row, and whether it is the published one."""
    return [
        (
            one.id == published,
            [
                moment(one),
                day(one.manifest["as_of"]),
                number(one.manifest["account"]["published"]),
                number(one.manifest["account"]["duplicates"]),
                number(one.manifest["account"]["rejected"]),
                input_names(one.manifest),
                one.id,
            ],
        )
        for one in snapshots
    ]


@st.cache_data(max_entries=8, show_spinner=False)
def compared(folder: str, before: str, after: str) -> dict[str, pd.DataFrame]:
    """Return what changed between two snapshots, by kind of change."""
    old, new = (workspace.open_snapshot(Path(folder), one) for one in (before, after))
    result = workspace.compare(old, new)
    return {kind: getattr(result, kind) for kind in CHANGES}
