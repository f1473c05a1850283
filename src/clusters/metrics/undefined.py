"""Why a metric has no value.

A metric that is undefined for an area, an industry or a whole table is NaN, never 0 or inf, and
says why. The mechanism is the same everywhere:

- a DataFrame or Series carries the reasons in ``result.attrs["undefined"]``: plain lists and text,
  so that copying, concatenating and writing Parquet keep working;
- a single number is an `UndefinedFloat`, a NaN with a ``reason``;
- a result object has a field ``reason`` (None when everything is defined).

`why_undefined` reads all three. Reasons are machine codes; `REASONS` holds their English text.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import Final, Self, TypeVar

import numpy as np
import pandas as pd

REASONS: Final[dict[str, str]] = {
    "area_total_zero": "the area's total over all industries is zero",
    "industry_total_zero": "the industry's total over all areas is zero",
    "total_zero": "the total is zero",
    "rest_total_zero": "all other areas together hold nothing to compare with",
    "no_count": "the industry has no firm in the area, and this method needs at least one",
    "too_few_areas": "fewer than two areas with a value",
    "no_variation": "all values are equal",
    "one_value": "a single value cannot be normalised",
    "one_plant": "one plant holds the whole industry",
    "no_plants": "the industry has no plant of positive size",
    "one_region": "one area holds the whole economy",
    "one_industry": "coagglomeration needs at least two industries with plants",
    "reference_zero": "the reference share is zero where the observed share is positive",
    "contains_zero": "a zero among the values makes the logarithm infinite",
    "zero_value": "the value is zero and has no logarithm",
    "no_neighbours": "the area has no neighbour in the weights",
    "missing_value": "the value of this area is missing",
    "too_few_points": "too few points",
    "too_few_draws": "the metric is defined in fewer than two of the draws",
    "no_neighbour_in_reach": "no point has a neighbour within the radius",
    "circular": "the ellipse is a circle: its direction is undefined",
    "disconnected": "areas and industries fall into unconnected groups: the index is not unique",
    "tied": "the second largest eigenvalue is repeated: the index is not unique",
    "no_direction": "neither diversity nor rarity tells which end of the index is high",
    "outside_table": "the number of areas lies outside the published critical values",
    "absent": "no area specialises in the industry, or the area in no industry",
    "denominator_zero": "a denominator is zero",
}
"""English text of every reason code a result may carry."""

Result = TypeVar("Result", pd.DataFrame, pd.Series)


def _known(code: str) -> str:
    """Return a code that has a text; a code without one is a bug of ours."""
    if code not in REASONS:
        raise KeyError(code)
    return code


class UndefinedFloat(float):
    """A NaN that knows its reason code.

    Attributes
    ----------
    reason
        A key of `REASONS`.
    """

    reason: str

    def __new__(cls, reason: str) -> Self:
        """Return NaN carrying ``reason``."""
        number = super().__new__(cls, "nan")
        number.reason = _known(reason)
        return number

    def __reduce__(self) -> tuple[type["UndefinedFloat"], tuple[str]]:
        """Let copies and pickles keep the reason."""
        return (UndefinedFloat, (self.reason,))


def _labels(index: pd.Index, mask: np.ndarray) -> list[Hashable]:
    return [
        label.item() if isinstance(label, np.generic) else label
        for label in index[np.asarray(mask)]
    ]


def mark_undefined(
    result: Result,
    *,
    rows: Mapping[str, np.ndarray] | None = None,
    columns: Mapping[str, np.ndarray] | None = None,
    cells: str | None = None,
) -> Result:
    """Write the reasons of NaN values into ``result.attrs["undefined"]`` and return the result.

    Parameters
    ----------
    result
        The result whose NaN values need a reason.
    rows, columns
        Reason code → boolean mask over the rows (columns); earlier codes win, rows before columns.
    cells
        Reason code of every other NaN.
    """
    reasons: dict[str, object] = {}
    for axis, masks, index in (
        ("rows", rows, result.index),
        ("columns", columns, result.columns if isinstance(result, pd.DataFrame) else pd.Index([])),
    ):
        named = {
            _known(code): _labels(index, mask)
            for code, mask in (masks or {}).items()
            if np.any(mask)
        }
        if named:
            reasons[axis] = named
    if cells is not None:
        reasons["cells"] = _known(cells)
    result.attrs["undefined"] = reasons
    return result


def _where(
    index: pd.Index, named: Mapping[str, Iterable[Hashable]]
) -> list[tuple[str, np.ndarray]]:
    return [(code, np.asarray(index.isin(list(labels)))) for code, labels in named.items()]


def why_undefined(result: object) -> pd.DataFrame | pd.Series | str | None:
    """Return the reason of every NaN in a result.

    Parameters
    ----------
    result
        Whatever a function of `clusters.metrics` returned: DataFrame, Series, float or result
        object.

    Returns
    -------
        For a DataFrame or Series the same shape and labels, text reason codes where the result is
        NaN and missing elsewhere; for a number or a result object one code, or None.
    """
    if not isinstance(result, (pd.DataFrame, pd.Series)):
        return getattr(result, "reason", None)
    reasons = result.attrs.get("undefined", {})
    codes = np.full(result.shape, None, dtype=object)
    missing = result.isna().to_numpy()
    if "cells" in reasons:
        codes[missing] = reasons["cells"]
    if isinstance(result, pd.DataFrame):
        for code, mask in reversed(_where(result.columns, reasons.get("columns", {}))):
            codes[missing & mask[None, :]] = code
    for code, mask in reversed(_where(result.index, reasons.get("rows", {}))):
        codes[missing & (mask if codes.ndim == 1 else mask[:, None])] = code
    if isinstance(result, pd.DataFrame):
        return pd.DataFrame(codes, index=result.index, columns=result.columns, dtype="str")
    return pd.Series(codes, index=result.index, name=result.name, dtype="str")
