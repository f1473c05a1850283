"""Functions of distance and standard ellipses on the page of cluster metrics."""

import numpy as np
import pandas as pd

from clusters.ui.metrics_text import industry_name, note_text
from clusters.ui.text import MISSING, number, t

FUNCTIONS = ("kd", "m")


def measured(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Return scheme and industry of what could be measured, all AI firms first."""
    known = table[table["radius_m"].notna()][["scheme", "industry", "n"]].drop_duplicates()
    known = known.sort_values(["n", "scheme", "industry"], ascending=[False, True, True])
    pairs = list(zip(known["scheme"], known["industry"], strict=True))
    return sorted(pairs, key=lambda pair: pair != ("ai", "ai"))


def curve(table: pd.DataFrame, scheme: str, industry: str, function: str) -> pd.DataFrame:
    """Return one function of distance, with distances in kilometres and Kd per kilometre.

    Columns ``km, value, local_low, local_high, global_low, global_high``.
    """
    part = table[
        (table["scheme"] == scheme)
        & (table["industry"] == industry)
        & (table["function"] == function)
    ]
    unit = 1000.0 if function == "kd" else 1.0
    names = ["value", "local_low", "local_high", "global_low", "global_high"]
    scaled = (part[names] * unit).round(8)
    return scaled.assign(km=part["radius_m"] / 1000).reset_index(drop=True)[["km", *names]]


def finding(shown: pd.DataFrame, function: str) -> str:
    """Say where a function leaves its global band."""
    above = shown.loc[shown["value"] > shown["global_high"] * (1 + 1e-9), "km"]
    below = shown.loc[shown["value"] < shown["global_low"] * (1 - 1e-9), "km"]
    parts = []
    for side, found in (("above", above), ("below", below)):
        if len(found):
            words = {"first": number(found.min(), 1), "last": number(found.max(), 1)}
            parts.append(t(f"measures.{function}_{side}", **words))
    return t("metrics.stop").join(parts) if parts else t("measures.inside_band")


def why_not(table: pd.DataFrame) -> pd.DataFrame:
    """Return the industries that could not be measured, with the firms they have and the reason."""
    none = table[table["radius_m"].isna() & (table["function"] == "kd")]
    return pd.DataFrame(
        {
            "name": [
                industry_name(s, i) for s, i in zip(none["scheme"], none["industry"], strict=True)
            ],
            "n": none["n"].to_numpy(),
            "left_out": none["left_out"].to_numpy(),
            "note": [note_text(note) for note in none["note"]],
        }
    )


def ellipse_rows(table: pd.DataFrame) -> list[list[str]]:
    """Return the standard ellipses as texts, those that are defined."""
    known = table[np.isfinite(table["major_m"])]
    return [
        [
            industry_name(row["scheme"], row["industry"]),
            number(row["n"]),
            number(row["left_out"]),
            number(row["major_m"] / 1000, 1),
            number(row["minor_m"] / 1000, 1),
            f"{number(row['angle_deg'])}°" if np.isfinite(row["angle_deg"]) else MISSING,
        ]
        for row in known.to_dict("records")
    ]
