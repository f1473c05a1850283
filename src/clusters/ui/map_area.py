"""What a drawn area holds, under the map: numbers, quotients with intervals, tables to take."""

import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from clusters.export.views import enterprise_table
from clusters.maps.drawn import UNKNOWN, AreaProfile, DrawnArea
from clusters.ui import cards, map_state, tables
from clusters.ui.tables import Column
from clusters.ui.text import MISSING, number, t, term
from clusters.workspace import Snapshot


def _decimal(value: float) -> str:
    return MISSING if pd.isna(value) else f"{value:.2f}"


def _segment(one: str) -> str:
    return t("filters.unknown") if one == UNKNOWN else term("segment", one)


def quotient_rows(found: AreaProfile) -> list[list[str]]:
    """Return the table of quotients as cells."""
    return [
        [
            _segment(str(row["industry"])),
            number(int(row["n"])),
            number(int(row["province"])),
            _decimal(row["lq"]),
            t("map.area_interval", low=_decimal(row["low"]), high=_decimal(row["high"])),
            "< 0.001" if row["q"] < 0.001 else f"{row['q']:.3f}",
        ]
        for row in found.table.to_dict("records")
    ]


def show(
    shown: Snapshot,
    state: map_state.State,
    area: DrawnArea,
    found: AreaProfile,
    *,
    keep: NDArray,
) -> None:
    """Show what a drawn area holds."""
    cards.section(
        t("map.area_title"),
        t(
            "map.area_lead",
            km2=number(round(area.area_km2, 1)),
            firms=number(found.firms),
            ai=number(found.ai),
            selected=number(int((found.inside & keep).sum())),
        ),
    )
    cards.note(t("map.area_left_out", left=number(found.left_out), possible=number(found.possible)))
    if found.table.empty:
        cards.empty(t("map.area_none"), t("map.area_none_next"))
        return
    columns = [
        Column(t("filters.segment")),
        Column(t("map.area_n"), numeric=True),
        Column(t("map.area_province"), numeric=True),
        Column(t("map.area_lq"), numeric=True),
        Column(t("map.area_ci"), numeric=True),
        Column("q", numeric=True),
    ]
    tables.show(columns, quotient_rows(found), label=t("map.area_title"))
    cards.note(t("map.area_note"))
    with st.container(horizontal=True):
        tables.downloads(
            lambda: enterprise_table(shown)[found.inside & keep],
            name=t("map.area_file"),
            provenance=map_state.provenance(shown, state),
        )
    table = found.table.assign(industry=found.table["industry"].map(_segment))
    headings = [column.title for column in columns]
    shown_table = table.rename(
        columns={
            "industry": headings[0],
            "n": headings[1],
            "province": headings[2],
            "lq": headings[3],
            "low": t("map.area_low"),
            "high": t("map.area_high"),
        }
    )
    tables.chart_data(shown_table.round(4), name=t("map.area_metrics_file"))
