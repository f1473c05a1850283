"""Flows of firms between zones: a map, what it says in words, and the numbers."""

import pandas as pd
import streamlit as st

from clusters.changes import Changes
from clusters.export.flow_map import flow_ground, flows_drawn
from clusters.maps.flows import FlowMap
from clusters.ui import cards, charts, maps, tables
from clusters.ui.place_words import place_name, zone_list
from clusters.ui.text import language, number, t

_HEIGHT = 440


def flow_rows(flows: pd.DataFrame) -> list[list[str]]:
    """Return flows between zones: from, to, number of firms."""
    return [
        [zone_list(row["from_zone"]), zone_list(row["to_zone"]), number(row["firms"])]
        for row in flows.to_dict("records")
    ]


BALANCE = ("before", "entered", "moved_in", "moved_out", "left", "reassessed", "after")


def balance_rows(balances: pd.DataFrame) -> list[list[str]]:
    """Return how each zone came from its firms before to its firms after."""
    return [
        [place_name(row["zone"]), *(number(row[name]) for name in BALANCE)]
        for row in balances.to_dict("records")
    ]


def sentence(flows: pd.DataFrame, drawn: FlowMap) -> str:
    """Say what the map shows: how many moves, the largest flow, what is not drawn."""
    first = flows.iloc[0]
    parts = [
        t(
            "flows.sentence",
            moves=number(drawn.drawn),
            origin=zone_list(first["from_zone"]),
            target=zone_list(first["to_zone"]),
            firms=number(first["firms"]),
        )
    ]
    if drawn.left_out:
        parts.append(t("flows.left_out", n=number(drawn.left_out)))
    return "".join(parts) if language() == "zh" else " ".join(parts)


def show(found: Changes) -> None:
    """Show the flows between two snapshots, on a map and as tables."""
    st.markdown(f"**{t('data.flows')}**")
    if found.flows.empty:
        cards.note(t("flows.none"))
    else:
        _flows(found)
    if found.balances.empty:
        return
    st.markdown(f"**{t('flows.balances')}**")
    cards.note(t("flows.balances_lead"))
    columns = [tables.Column(t("flows.zone"))]
    columns += [tables.Column(t(f"flows.{name}"), numeric=True) for name in BALANCE]
    tables.show(columns, balance_rows(found.balances), label=t("flows.balances"))


def _flows(found: Changes) -> None:
    tongue, theme = language(), charts.theme_name()
    flows = found.flows
    drawn = flows_drawn(found, language=tongue, theme=theme)
    said = sentence(flows, drawn)
    cards.note(said)
    picture, numbers = st.columns([3, 2], gap="large")
    with picture:
        if drawn.bounds is None:
            cards.empty(t("flows.undrawn"), t("flows.undrawn_next"))
        else:
            layers = [*flow_ground(found, language=tongue, theme=theme), *drawn.layers]
            maps.show(
                layers,
                key="flows-map",
                language=tongue,
                theme=theme,
                view=maps.fit(_roomy(drawn.bounds), width=600, height=_HEIGHT),
                height=_HEIGHT,
                returned=(),
                alternative=said,
            )
            st.html(maps.legend(layers, language=tongue, theme=theme))
    with numbers:
        names = ("from_place", "to_place", "firms")
        columns = [tables.Column(t(f"data.{name}"), numeric=name == "firms") for name in names]
        tables.show(columns, flow_rows(flows), label=t("data.flows"))


def _roomy(bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return bounds with room for the outlines of the zones at their edge."""
    west, south, east, north = bounds
    air = max(0.04, 0.08 * max(east - west, north - south))
    return west - air, south - air, east + air, north + air
