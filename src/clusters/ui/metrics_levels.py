"""How answers change with the areal units, on the page of cluster metrics."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from clusters.export.definitions import definitions
from clusters.ui.metrics_text import WHOLE_METRICS, note_text, whole_text
from clusters.ui.metrics_view import COVERING
from clusters.ui.text import language, number, t

UNITS = ("prefecture", "county", "zone", "h3-5", "h3-6", "h3-7")
"""Areal units from coarse to fine; zones cover a part of the province only."""


def band_table(by_level: Mapping[str, dict[str, pd.Series]]) -> pd.DataFrame:
    """Return Ellison–Glaeser of each level with the band expected without agglomeration."""
    found = [
        (level, whole["ellison_glaeser"])
        for level, whole in by_level.items()
        if "ellison_glaeser" in whole and np.isfinite(whole["ellison_glaeser"]["value"])
    ]
    return pd.DataFrame(
        [
            {
                "name": t(f"terms.level_{level}"),
                **{key: float(row[key]) for key in ("value", "low", "high", "p")},
            }
            for level, row in found
        ],
        columns=["name", "value", "low", "high", "p"],
    )


def level_rows(by_level: Mapping[str, dict[str, pd.Series]]) -> list[list[str]]:
    """Return each metric of a whole industry at every level, and how to read it."""
    known = definitions()
    rows = [
        [
            known[metric].name(language()),
            *(whole_text(metric, by_level[level].get(metric)) for level in COVERING),
            known[metric].reading(language()),
        ]
        for metric in WHOLE_METRICS
    ]
    counted = [by_level[level].get("hhi") for level in COVERING]
    firms = [number(float("nan") if row is None else float(row["n"])) for row in counted]
    notes = [note_text(str(row["note"])) for row in counted if row is not None and row["note"]]
    return [*rows, [t("metrics.counted_firms"), *firms, t("metrics.stop").join(notes)]]


def sensitivity_table(table: pd.DataFrame, metric: str, industry: str) -> pd.DataFrame:
    """Return an index of a segment over all areal units, coarse to fine.

    Columns ``name, value, low, high, areas, n, note``: the median, lowest and highest value over
    redrawn places and origins of the hexagons.
    """
    part = table[(table["metric"] == metric) & (table["industry"] == industry)]
    part = part.set_index("level").reindex([unit for unit in UNITS if unit in set(part["level"])])
    return part.assign(
        name=[unit_name(str(unit)) for unit in part.index],
        note=[note_text(str(note)) for note in part["note"]],
    ).reset_index()[["name", "value", "low", "high", "areas", "n", "note"]]


def unit_name(unit: str) -> str:
    """Return the name of an areal unit."""
    key = f"measures.unit_{unit.replace('-', '_')}"
    return t(key) if unit.startswith("h3") else t(f"terms.level_{unit}")


def spread_text(shown: pd.DataFrame) -> str:
    """Say how far an index spreads over the units, and whether its sign stays."""
    known = shown[shown["value"].notna()]
    if len(known) < 2:
        return t("measures.spread_none")
    known = known.sort_values("value", kind="stable")
    low, high = known.iloc[0], known.iloc[-1]
    words = {
        "low": number(low["value"], 3),
        "low_at": low["name"],
        "high": number(high["value"], 3),
        "high_at": high["name"],
    }
    steady = len(np.unique(np.sign(known["value"]))) == 1
    return t("measures.spread_same" if steady else "measures.spread_sign", **words)
