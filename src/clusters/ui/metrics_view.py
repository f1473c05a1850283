"""What the page of cluster metrics shows, computed from the long metric table of a snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from clusters import levels
from clusters.export.measured import MetricRequest
from clusters.maps.choropleth import COUNTS, SIGNIFICANT_Q, SMALL_N
from clusters.measuring import remeasure
from clusters.metrics.counts import WEIGHT_COLUMN
from clusters.metrics.rows import ALL, PROVINCE
from clusters.metrics.sums import AI_FIRMS
from clusters.registry.schema import RELEVANCES
from clusters.ui.charts import HeatCell, HeatTable
from clusters.ui.metrics_text import (
    area_name,
    industry_name,
    interval_text,
    note_text,
    short_text,
    value_text,
)
from clusters.ui.text import language, number, p_value, percent, t
from clusters.workspace import Snapshot

COVERING = ("prefecture", "county", "hexagon")
SCHEMES = ("segment", "chain_layer", "ai")
BASES = ("lq", "lq_population", "lq_gdp")
CELL_METRICS = (
    "lq",
    "count",
    "share",
    "per_10k_residents",
    "density_km2",
    "stars",
    "litzenberger_sternberg",
    "relatedness_density",
)
MOST_ROWS = 40
MOST_RANKED = 20


@dataclass(frozen=True)
class Coverage:
    """How many AI firms a view holds, and why the others are missing."""

    firms: int
    shown: int
    no_place: int
    no_weight: int


@st.cache_data(max_entries=24, show_spinner=False)
def metrics_of(
    _snapshot: Snapshot,
    identity: str,  # noqa: ARG001  # the key of the cache
    level: str,
    scheme: str,
    weight: str,
) -> pd.DataFrame:
    """Return the metric rows of one level, scheme and weight; measured now unless by firms.

    Parameters
    ----------
    identity : str
        Id of the snapshot: the key of the cache.
    """
    if weight != "firms":
        return remeasure(_snapshot, level=level, scheme=scheme, weight=weight)
    table = _snapshot.metrics
    keep = (table["level"] == level) & (table["scheme"] == scheme) & (table["weight"] == weight)
    return table[keep].reset_index(drop=True)


def industries(rows: pd.DataFrame) -> list[str]:
    """Return the industries of a table, most firms first; all AI firms before their parts."""
    counts = rows[(rows["metric"] == "count") & (rows["industry"] != ALL)]
    firms = counts.groupby("industry")["n"].sum()
    order = sorted(firms.index, key=lambda name: (name != "ai", -firms[name], name))
    return [str(name) for name in order]


def bases(rows: pd.DataFrame) -> list[str]:
    """Return the base questions this table can answer."""
    there = set(rows["metric"])
    return [metric for metric in BASES if metric in there]


def cell_metrics(rows: pd.DataFrame) -> list[str]:
    """Return the metrics of single cells this table holds."""
    there = set(rows["metric"])
    return [metric for metric in CELL_METRICS if metric in there]


def cells(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return the rows of one metric, one per area and industry."""
    keep = (rows["metric"] == metric) & (rows["area"] != PROVINCE) & (rows["industry"] != ALL)
    return rows[keep].reset_index(drop=True)


def _order(rows: pd.DataFrame) -> list[str]:
    """Return the areas with firms, most first."""
    firms = rows.groupby("area")["n"].sum()
    counted = firms[firms > 0]
    return sorted((str(area) for area in counted.index), key=lambda area: (-counted[area], area))


def heat_table(rows: pd.DataFrame, metric: str, *, scheme: str, most: int = MOST_ROWS) -> HeatTable:
    """Arrange one metric as areas down, industries across.

    Areas without firms are left out, and beyond `most` those with the fewest.
    """
    table = cells(rows, metric)
    across = industries(rows)
    down = _order(table)[:most]
    table = table[table["area"].isin(down)]
    named = dict(zip(table["area"], area_name(table), strict=True))
    found = {
        (row["area"], row["industry"]): _heat_cell(row, metric, named[row["area"]], scheme)
        for row in table.to_dict("records")
    }
    return HeatTable(
        rows=[named[area] for area in down],
        columns=[industry_name(scheme, industry) for industry in across],
        cells=[[found[area, industry] for industry in across] for area in down],
    )


def _heat_cell(row: Mapping[Any, Any], metric: str, area: str, scheme: str) -> HeatCell:
    value, q = float(row["value"]), float(row["q"])
    count = int(row["n"]) if np.isfinite(row["n"]) else 0
    note = note_text(row["note"])
    doubt = float(row["doubt_share"])
    lines = [
        f"{area} · {industry_name(scheme, row['industry'])}",
        f"{t('metrics.value')} {value_text(metric, value)}",
        f"{t('metrics.interval')} {interval_text(metric, row['low'], row['high'])}",
        *([f"{t('measures.doubt')} {percent(doubt, 0)}"] if np.isfinite(doubt) else []),
        f"p {p_value(row['p'])}   q {p_value(q)}",
        f"{t('metrics.firms')} {number(count)}",
    ]
    # How near an industry is says most where there is none of it yet.
    near = metric == "relatedness_density" and np.isfinite(value)
    return HeatCell(
        value=value,
        text=short_text(metric, value) if count or near else "",
        tip="\n".join([*lines, note] if note else lines),
        firms=max(count, 1) if near else count,
        significant=bool(np.isfinite(q) and q < SIGNIFICANT_Q),
        small=0 < count < SMALL_N and not near and metric not in {*COUNTS, "stars"},
    )


def cell_table(rows: pd.DataFrame, metric: str, *, scheme: str) -> pd.DataFrame:
    """Return one metric as a table to read: headings and texts in the visitor's language."""
    table = cells(rows, metric)
    rank = {area: i for i, area in enumerate(_order(table))}
    table = table.assign(
        name=area_name(table),
        rank=table["area"].map(rank).fillna(len(rank)),
        industry_name=[industry_name(scheme, industry) for industry in table["industry"]],
    ).sort_values(["rank", "area", "value"], ascending=[True, True, False], ignore_index=True)
    return pd.DataFrame(
        {
            t("metrics.area"): table["name"],
            t("metrics.industry"): table["industry_name"],
            t("metrics.value"): table["value"],
            t("metrics.interval"): [
                interval_text(metric, low, high)
                for low, high in zip(table["low"], table["high"], strict=True)
            ],
            t("measures.doubt"): [percent(share, 0) for share in table["doubt_share"]],
            "q": [p_value(q) for q in table["q"]],
            t("metrics.firms"): table["n"],
            t("metrics.note"): [note_text(note) for note in table["note"]],
        }
    )


def ranking(
    rows: pd.DataFrame, metric: str, industry: str, *, most: int = MOST_RANKED
) -> pd.DataFrame:
    """Return the areas of an industry, highest value first, with interval and significance."""
    table = cells(rows, metric)
    table = table[(table["industry"] == industry) & table["value"].notna() & table["n"].gt(0)]
    table = table.assign(name=area_name(table)).sort_values(
        ["value", "n", "area"], ascending=[False, False, True], ignore_index=True
    )
    marks = np.where(
        table["q"] < SIGNIFICANT_Q, t("metrics.mark_significant"), t("metrics.mark_not")
    )
    table = table.assign(
        mark=np.where(table["q"].notna(), marks, ""),
        tip_interval=[
            interval_text(metric, low, high)
            for low, high in zip(table["low"], table["high"], strict=True)
        ],
        tip_q=[p_value(q) for q in table["q"]],
    )
    names = ["area", "name", "value", "low", "high", "n", "q", "mark", "tip_interval", "tip_q"]
    return table[names].head(most)


def localisation_curve(share: pd.Series, reference: pd.Series) -> pd.DataFrame:
    """Return the localisation curve of an industry.

    Areas are put in the order of their location quotient; the curve joins the running share of the
    reference with the running share of the industry. Its Gini is one minus twice the area under it.

    Parameters
    ----------
    share, reference : Series
        Sizes ≥ 0 of the industry and of all firms per area, same index.

    Returns
    -------
    DataFrame
        ``area, reference, share``: cumulative shares from 0 to 1; the first row is the origin.
    """
    own, base = share / share.sum(), reference / reference.sum()
    some = (own > 0) | (base > 0)
    with np.errstate(divide="ignore"):
        quotient = own[some] / base[some]
    order = quotient.sort_values(kind="stable").index
    return pd.DataFrame(
        {
            "area": ["", *order],
            "reference": np.concatenate([[0.0], base[order].cumsum().clip(upper=1.0)]),
            "share": np.concatenate([[0.0], own[order].cumsum().clip(upper=1.0)]),
        }
    )


def curve_of(rows: pd.DataFrame, everything: pd.DataFrame, industry: str) -> pd.DataFrame:
    """Return the named localisation curve of an industry against all firms.

    Parameters
    ----------
    rows : DataFrame
        Metric rows of the scheme of the industry.
    everything : DataFrame
        Metric rows of the scheme of relevance at the same level: together, all firms.
    """
    own = cells(rows, "count")
    own = own[own["industry"] == industry].set_index("area")
    firms = cells(everything, "count")
    total = firms[firms["industry"].isin(RELEVANCES)].groupby("area")["value"].sum()
    curve = localisation_curve(own["value"], total.reindex(own.index, fill_value=0.0))
    names = area_name(own)
    return curve.assign(name=curve["area"].map(names).fillna("").astype("str"))


def wholes(rows: pd.DataFrame, industry: str) -> dict[str, pd.Series]:
    """Return the metrics of a whole industry by id; empty where the level has none."""
    keep = (rows["industry"] == industry) & (rows["area"] == PROVINCE)
    return {str(row["metric"]): row for _, row in rows[keep].iterrows()}


def coverage(firms: pd.DataFrame, level: str, weight: str) -> Coverage:
    """Count the AI firms a level and weight can show."""
    ai = firms[firms["ai_relevance"].isin(AI_FIRMS)]
    if level == levels.HEXAGON:
        placed = levels.with_hexagons(ai)["hexagon_code"].notna()
    else:
        placed = ai[levels.level(level).column].str.len().gt(0)
    column = WEIGHT_COLUMN[weight]
    weighed = pd.Series(data=True, index=ai.index) if column is None else ai[column].notna()
    return Coverage(
        firms=len(ai),
        shown=int((placed & weighed).sum()),
        no_place=int((~placed).sum()),
        no_weight=int((placed & ~weighed).sum()),
    )


def coverage_text(seen: Coverage, level: str) -> str:
    """Say how many firms are shown of how many, and why the others are not."""
    parts = [t("metrics.shown", n=number(seen.shown), total=number(seen.firms))]
    if seen.no_place:
        why = "metrics.left_zone" if level == "zone" else "metrics.left_place"
        parts.append(t(why, n=number(seen.no_place), place=t(f"metrics.place_{level}")))
    if seen.no_weight:
        parts.append(t("metrics.left_weight", n=number(seen.no_weight)))
    return t("metrics.stop").join(parts)


def command(*, level: str, scheme: str, weight: str, identity: str) -> str:
    """Return the command line that writes the same table."""
    return request(level, scheme, weight).command(ending=".xlsx", snapshot=identity)


def request(level: str, scheme: str, weight: str) -> MetricRequest:
    """Return the table of the page as ``clusters measure`` takes it."""
    return MetricRequest(level, scheme, weight, language=language())


def chart_frame(frame: pd.DataFrame, headings: Mapping[str, str]) -> pd.DataFrame:
    """Return the columns of a chart's table named for people, in the order of the headings."""
    return frame[list(headings)].rename(columns=dict(headings))


def nothing(rows: pd.DataFrame) -> bool:
    """Whether nothing at all was counted this way."""
    counts = rows[rows["metric"] == "count"]
    return counts.empty or not counts["n"].gt(0).any()


def areas_with_firms(rows: pd.DataFrame) -> int:
    """Return the number of areas with at least one firm of the scheme."""
    return len(_order(cells(rows, "count")))


def column_formats(metric: str) -> dict[str, Any]:
    """Return how the columns of `cell_table` are written."""
    digits = "percent" if metric == "share" else "%d" if metric == "count" else "%.3f"
    return {
        t("metrics.value"): st.column_config.NumberColumn(format=digits),
        t("metrics.firms"): st.column_config.NumberColumn(format="%d"),
    }
