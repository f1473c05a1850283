"""Industries that share places, on the page of cluster metrics."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from clusters.maps.choropleth import SIGNIFICANT_Q
from clusters.metrics.rows import ALL, PAIR, PROVINCE
from clusters.ui.charts import HeatCell, HeatTable
from clusters.ui.metrics_text import area_name, industry_name, note_text
from clusters.ui.metrics_view import industries
from clusters.ui.text import number, p_value, t

PAIRS = ("coagglomeration", "colocation", "proximity")
FEWEST = 2


def matrix(rows: pd.DataFrame, metric: str, *, scheme: str) -> HeatTable:
    """Return a metric of pairs as a matrix of the industries with firms; the diagonal is empty."""
    pairs = rows[(rows["metric"] == metric) & rows["industry"].str.contains(PAIR, regex=False)]
    pairs = pairs[pairs["n"] > 0]
    known = {name for pair in pairs["industry"] for name in pair.split(PAIR)}
    names = [name for name in industries(rows) if name in known]
    found = {frozenset(row["industry"].split(PAIR)): row for row in pairs.to_dict("records")}
    return HeatTable(
        rows=[industry_name(scheme, name) for name in names],
        columns=[industry_name(scheme, name) for name in names],
        cells=[
            [_cell(found.get(frozenset((a, b))) if a != b else None, scheme) for b in names]
            for a in names
        ],
    )


def _cell(row: Mapping[Any, Any] | None, scheme: str) -> HeatCell:
    if row is None:
        return HeatCell(float("nan"), "", "", 0, significant=False, small=False)
    value, q, n = (float(row[name]) for name in ("value", "q", "n"))
    note = note_text(row["note"])
    lines = [
        industry_name(scheme, row["industry"]),
        f"{t('metrics.value')} {number(value, 3)}",
        f"p {p_value(row['p'])}   q {p_value(q)}",
        f"{t('measures.fewer_of_both')} {number(n)}",
    ]
    return HeatCell(
        value=value,
        text=number(value, 2),
        tip="\n".join([*lines, note] if note else lines),
        firms=int(n),
        significant=bool(np.isfinite(q) and q < SIGNIFICANT_Q),
        small=n < FEWEST,
    )


def pair_frame(rows: pd.DataFrame, metric: str, *, scheme: str) -> pd.DataFrame:
    """Return a metric of pairs as a table to read, strongest first."""
    pairs = rows[(rows["metric"] == metric) & rows["industry"].str.contains(PAIR, regex=False)]
    pairs = pairs.sort_values(["value", "industry"], ascending=[False, True])
    return pd.DataFrame(
        {
            t("measures.pair"): [industry_name(scheme, name) for name in pairs["industry"]],
            t("metrics.value"): pairs["value"].round(4).to_numpy(),
            "p": [p_value(p) for p in pairs["p"]],
            t("metrics.q"): [p_value(q) for q in pairs["q"]],
            t("measures.fewer_of_both"): pairs["n"].to_numpy(),
            t("metrics.note"): [note_text(note) for note in pairs["note"]],
        }
    )


def complexity_frame(rows: pd.DataFrame, metric: str, *, scheme: str) -> pd.DataFrame:
    """Return economic complexity of areas (``eci``) or industries (``pci``), highest first."""
    table = rows[rows["metric"] == metric]
    wanted = table["industry"] == ALL if metric == "eci" else table["area"] == PROVINCE
    table = table[wanted & table["value"].notna()].sort_values(
        ["value", "area", "industry"], ascending=[False, True, True]
    )
    names = (
        area_name(table).tolist()
        if metric == "eci"
        else [industry_name(scheme, name) for name in table["industry"]]
    )
    heading = t("metrics.area") if metric == "eci" else t("metrics.industry")
    return pd.DataFrame(
        {
            heading: names,
            t("metrics.value"): table["value"].round(3).to_numpy(),
            t("metrics.firms"): table["n"].to_numpy(),
        }
    )


def complexity_note(rows: pd.DataFrame) -> str:
    """Return why complexity is undefined, where it is."""
    notes = rows.loc[(rows["metric"] == "pci") & rows["value"].isna(), "note"]
    return note_text(str(notes.iloc[0])) if len(notes) else ""
