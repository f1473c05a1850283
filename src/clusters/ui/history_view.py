"""The history of snapshots and what changed between two of them, in words and names."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from clusters import workspace
from clusters.changes import KINDS, Changes, alerts, compare
from clusters.export.provenance import Provenance
from clusters.export.tables import table_bytes
from clusters.goals.benchmark import watched_firms
from clusters.ui import cards, flows_view, tables
from clusters.ui.columns_view import column_name
from clusters.ui.data_view import listed
from clusters.ui.handing import EXCEL, offer, write_down
from clusters.ui.place_words import place_name, zone_list
from clusters.ui.text import MISSING, day, language, number, t, term

SHOWN_CHANGES = 200
_AREAS = frozenset({"prefecture_code", "county_code", "zone_ids"})
_TERMS = frozenset({"ai_relevance", "chain_layer", "segment"})


def cell_text(column: str, value: str) -> str:
    """Return a compared value as people read it: names for codes and ids."""
    if not value:
        return MISSING
    if column in _AREAS:
        return listed([place_name(code) for code in value.split(";")])
    if column in _TERMS:
        return term(column, value)
    if column in {"registered_capital_cny", "employees", "revenue_cny"}:
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
    firms = [t("data.kind_shipped")]
    if not manifest["shipped_data"]:
        firms = [source["name"] for source in manifest["inputs"]]
    parks = [source["name"] for source in manifest.get("parks", {}).get("inputs", ())]
    return listed([*firms, *(t("parks.of_file", name=name) for name in parks)])


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
def compared(folder: str, before: str, after: str) -> Changes:
    """Return what changed between two snapshots."""
    old, new = (workspace.open_snapshot(Path(folder), one) for one in (before, after))
    return compare(old, new)


def move_rows(table: pd.DataFrame) -> list[list[str]]:
    """Return firms that moved: firm, from, to, distance."""
    return [
        [
            row["name"],
            f"{place_name(row['from_county'])} · {zone_list(row['from_zones'])}",
            f"{place_name(row['to_county'])} · {zone_list(row['to_zones'])}",
            MISSING
            if pd.isna(row["distance_m"])
            else t("data.kilometres", km=number(row["distance_m"] / 1000, 1)),
        ]
        for row in table.to_dict("records")
    ]


def alert_rows(table: pd.DataFrame) -> list[list[str]]:
    """Return alerts: firm, what happened, detail in words."""
    rows = []
    for row in table.to_dict("records"):
        detail = row["detail"]
        if row["alert"] == "moved" and detail:
            detail = t("data.kilometres", km=number(float(detail) / 1000, 1))
        elif row["alert"] == "deregistered":
            detail = t(f"data.status_{detail}")
        rows.append([row["name"], t(f"data.alert_{row['alert']}"), detail or MISSING])
    return rows


def _table(kind: str, found: Changes) -> None:
    table = getattr(found, kind)
    if table.empty:
        cards.note(t(f"data.{kind}_none"))
        return
    first = table.head(SHOWN_CHANGES)
    if kind in {"entered", "left"}:
        names = ("firm", "segment", "relevance", "place")
        rows = firm_rows(first)
    elif kind == "moved":
        names = ("firm", "from_place", "to_place", "distance")
        rows = move_rows(first)
    else:
        names = ("firm", "field", "was", "is_now")
        rows = change_rows(first)
    columns = [tables.Column(t(f"data.{name}"), numeric=name == "distance") for name in names]
    tables.show(columns, rows, label=t(f"data.{kind}"))
    if len(table) > len(first):
        cards.note(t("data.compare_cut", total=number(len(table)), n=number(len(first))))


def show_changes(folder: str, before: str, after: str) -> None:
    """Show what changed between two snapshots, and what it means for the benchmark firms."""
    found = compared(folder, before, after)
    cards.figures([cards.Figure(t(f"data.{k}"), number(len(getattr(found, k)))) for k in KINDS])
    firms = watched_firms(found.before.enterprises, found.after.enterprises)
    day_of = date.fromisoformat(found.after.manifest["as_of"][:10])
    warned = alerts(found, firms, as_of=day_of)
    for tab, kind in zip(st.tabs([t(f"data.{k}") for k in KINDS]), KINDS, strict=True):
        with tab:
            _table(kind, found)
    flows_view.show(found)
    st.markdown(f"**{t('data.alerts')}**")
    if warned.empty:
        cards.note(t("data.alerts_none"))
    else:
        names = ("firm", "alert", "detail")
        columns = [tables.Column(t(f"data.{name}")) for name in names]
        tables.show(columns, alert_rows(warned), label=t("data.alerts"))
    tongue = language()
    command = f"clusters compare {before} {after} --output changes.xlsx"
    provenance = Provenance.from_manifest(found.after.manifest, command=command)
    offer(
        t("data.changes_download"),
        lambda: table_bytes(found.long(), ".xlsx", provenance=provenance, language=tongue),
        file_name="changes.xlsx",
        mime=EXCEL,
        key="changes-download",
    )


def roll_back(folder: Path, identity: str, *, who: str) -> None:
    """Publish an earlier snapshot again; written down first, so that no such act goes untold."""
    told = {"from": workspace.published_id(folder), "snapshot": identity}
    write_down("snapshot.roll_back", told, who=who)
    workspace.point_to(folder, identity)
