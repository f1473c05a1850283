"""How values, intervals, notes and names of the metric table are written for people."""

import re

import numpy as np
import pandas as pd

from clusters.metrics.rows import PAIR
from clusters.metrics.undefined import REASONS
from clusters.ui.text import MISSING, interval, number, p_value, percent, pick, t, term

LEVELS = ("prefecture", "county", "zone", "hexagon")
INDICES = (
    "ellison_glaeser",
    "maurel_sedillot",
    "locational_gini",
    "hoover",
    "theil",
    "hhi",
)
"""Of one industry over all areas, each measured at every level."""

WHOLE_METRICS = (*INDICES, "moran")

_BELOW = re.compile(r"below ([\d.]+)")
_LEFT_OUT = re.compile(r"(\d+) firms left out: no known (\w+)")
_UNWEIGHTED = re.compile(r"(\d+) firms left out: no value of (\w+)")
_NOTES = {
    "fewer than 5 firms": "note_few",
    "no firm in this area": "note_no_firm",
    "no AI firm in this area": "note_no_ai_firm",
    "area unknown": "note_area_unknown",
    "no published population": "note_no_population",
    "the same number everywhere": "note_same_everywhere",
    "no firm of this industry placed": "note_none_placed",
    REASONS["one_plant"]: "note_one_plant",
    REASONS["no_plants"]: "note_none_placed",
    REASONS["one_region"]: "note_one_region",
    REASONS["total_zero"]: "note_none_placed",
    REASONS["industry_total_zero"]: "note_none_placed",
    REASONS["area_total_zero"]: "note_area_zero",
    REASONS["rest_total_zero"]: "note_rest_zero",
    REASONS["no_neighbours"]: "note_no_neighbours",
    REASONS["reference_zero"]: "note_reference_zero",
    REASONS["no_variation"]: "note_same_everywhere",
    REASONS["disconnected"]: "note_disconnected",
    REASONS["tied"]: "note_tied",
    REASONS["no_direction"]: "note_no_direction",
    REASONS["too_few_areas"]: "note_too_few_areas",
    REASONS["absent"]: "note_absent",
    REASONS["too_few_points"]: "note_too_few_points",
    REASONS["circular"]: "note_circular",
    REASONS["one_value"]: "note_one_plant",
    "by founding date; firms that closed are missing": "note_survivors",
    "no area specialises in this industry": "note_absent",
    "fewer than 2 firms in one of the industries": "note_few_pair",
    "fewer than 10 precisely placed firms": "note_few_precise",
    "fewer than 10 different places": "note_few_places",
    "no other firms to compare with": "note_no_others",
    "hot": "kind_hot",
    "cold": "kind_cold",
    "HH": "kind_hh",
    "LL": "kind_ll",
    "HL": "kind_hl",
    "LH": "kind_lh",
}


def industry_name(scheme: str, industry: str) -> str:
    """Return the name of an industry of a scheme, or of two of them."""
    if PAIR in industry:
        return t("metrics.pair_join").join(
            industry_name(scheme, one) for one in industry.split(PAIR)
        )
    if industry == "ai":
        return t("terms.industry_ai")
    return term("ai_relevance" if scheme == "ai" else scheme, industry)


def area_name(rows: pd.DataFrame) -> pd.Series:
    """Return the names of the areas in the visitor's language."""
    return pd.Series(
        [pick(zh, en) for zh, en in zip(rows["area_name_zh"], rows["area_name_en"], strict=True)],
        index=rows.index,
        dtype="str",
    )


def note_text(note: str) -> str:
    """Return a note of the metric table in the visitor's language; unknown ones as they are."""
    return t("metrics.semicolon").join(_one_note(part) for part in note.split("; ") if part)


def _one_note(note: str) -> str:
    if note in _NOTES:
        return t(f"metrics.{_NOTES[note]}")
    below = _BELOW.fullmatch(note)
    if below:
        return t("metrics.note_below", n=below[1])
    left_out = _LEFT_OUT.fullmatch(note)
    if left_out:
        place = t(f"metrics.place_{left_out[2]}") if left_out[2] in LEVELS else left_out[2]
        return t("metrics.note_left_out", n=number(int(left_out[1])), place=place)
    unweighted = _UNWEIGHTED.fullmatch(note)
    if unweighted:
        what = t(f"terms.weight_{unweighted[2]}")
        return t("metrics.note_unweighted", n=number(int(unweighted[1])), what=what)
    return note


def value_text(metric: str, value: float) -> str:
    """Return a value with the digits its metric deserves."""
    if metric in {"count", "stars", "new_firms"}:
        return number(value)
    if metric == "share":
        return percent(value)
    if metric in {"density_km2", "per_10k_residents"} and abs(value) < 1:
        return number(value, 4 if abs(value) < 0.1 else 3)
    return number(value, 3 if metric in WHOLE_METRICS else 2)


def short_text(metric: str, value: float) -> str:
    """Return a value short enough for a cell of the heat table."""
    if metric == "share":
        return percent(value, 0 if value >= 0.1 else 1)
    if metric == "stars":
        return "★" * int(value) if value == value else MISSING  # noqa: PLR0124 - NaN has no stars
    if metric in {"count", "density_km2", "per_10k_residents"}:
        return value_text(metric, value)
    return number(value, 0 if value >= 100 else 1 if value >= 10 else 2)


def interval_text(metric: str, low: float, high: float) -> str:
    """Return an interval in the unit of its metric."""
    if metric == "share" and np.isfinite(low):
        return f"{percent(low)} – {percent(high)}"
    return interval(low, high, 3 if metric in WHOLE_METRICS else 2)


def whole_text(metric: str, row: pd.Series | None) -> str:
    """Return the value of a whole industry with its p where it is tested."""
    if row is None:
        return t("metrics.not_measured")
    text = value_text(metric, float(row["value"]))
    p = float(row["p"])
    return f"{text} (p {p_value(p)})" if np.isfinite(p) else text
