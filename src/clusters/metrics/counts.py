"""Counts of firms by area and industry: making them, checking them.

``counts`` everywhere in `clusters.metrics` is a DataFrame areas × industries with unique labels
and finite values ≥ 0 (firms, employees, capital, revenue). An area holds a firm or it does not:
memberships are counted whole, so a firm in two overlapping zones counts in both.
"""

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

import numpy as np
import pandas as pd

from clusters.errors import MetricError

Area: TypeAlias = Literal["prefecture", "county", "zone", "park"]
Industry: TypeAlias = Literal["segment", "chain_layer", "ai"]
Weight: TypeAlias = Literal["firms", "employees", "registered_capital", "revenue"]

AREA_COLUMN: Final[dict[str, str]] = {
    "prefecture": "prefecture_code",
    "county": "county_code",
    "zone": "zone_ids",
    "park": "park_ids",
}
INDUSTRY_COLUMN: Final[dict[str, str]] = {
    "segment": "segment",
    "chain_layer": "chain_layer",
    "ai": "ai_relevance",
}
WEIGHT_COLUMN: Final[dict[str, str | None]] = {
    "firms": None,
    "employees": "employees",
    "registered_capital": "registered_capital_cny",
    "revenue": "revenue_cny",
}
# Where the classes have an order of their own, tables follow it instead of the alphabet.
CLASS_ORDER: Final[tuple[str, ...]] = (
    "foundation",
    "technology",
    "application",
    "core",
    "related",
    "weak",
    "none",
)


def check_labels(index: pd.Index, what: str) -> None:
    """Raise MetricError when ``index`` (called ``what`` in messages) repeats or lacks a label."""
    levels = index.to_frame() if isinstance(index, pd.MultiIndex) else index
    if levels.isna().any(axis=None):
        raise MetricError(f"{what} has a missing label; name it or drop it")
    if not index.is_unique:
        twice = index[index.duplicated()].tolist()[0]
        raise MetricError(f"{what} lists {twice!r} twice; add the duplicates up first")


def check_values(values: np.ndarray, what: str) -> None:
    """Raise MetricError when an array is empty or holds negative, infinite or missing numbers."""
    if values.size == 0:
        raise MetricError(f"{what}: there are no values; at least one is needed")
    bad = ~np.isfinite(values) | (values < 0)
    if bad.any():
        where = tuple(int(k) for k in np.argwhere(bad)[0])
        position = where[0] if len(where) == 1 else where
        raise MetricError(
            f"{what}: value {values[where]} at position {position}; values must be finite and not "
            "negative, so correct or drop it"
        )


def as_floats(values: object, what: str) -> np.ndarray:
    """Return numbers as a float64 array, missing values as NaN.

    MetricError when they are text, dates or complex, which numpy would turn into other numbers.
    """
    held = values.dtypes if isinstance(values, pd.DataFrame) else [getattr(values, "dtype", None)]
    for kind in held:
        if getattr(kind, "kind", "f") in "mMc":
            raise MetricError(f"{what}: values must be numbers (not {kind})")
    try:
        if isinstance(values, pd.DataFrame):
            return values.to_numpy(dtype="float64", na_value=np.nan)
        if isinstance(values, (pd.Series, pd.Index)):
            return values.to_numpy(dtype="float64", na_value=np.nan)
        return np.asarray(values, dtype="float64")
    except (TypeError, ValueError) as error:
        raise MetricError(f"{what}: values must be numbers ({error})") from error


def check_above_zero(value: object, what: str) -> None:
    """Raise MetricError when a length or an area is no finite number above 0."""
    number = as_floats(value, what)
    if number.ndim or not 0 < number < np.inf:
        raise MetricError(f"{what} is {value}; give metres above 0")


def check_counts(counts: pd.DataFrame, *, whole: bool = False) -> np.ndarray:
    """Return the values of an areas × industries table after checking them.

    Parameters
    ----------
    counts
        Areas × industries, finite values ≥ 0, unique labels.
    whole
        Also require whole numbers, as tests and intervals for numbers of firms do.

    Returns
    -------
        Array (areas, industries), float64.

    Raises
    ------
    MetricError
        Naming the area, industry and value at fault and what to do.
    """
    if not isinstance(counts, pd.DataFrame):
        raise MetricError(
            f"counts is {type(counts).__name__}; pass a DataFrame of areas × industries"
        )
    if counts.empty:
        raise MetricError(
            f"counts has {counts.shape[0]} areas and {counts.shape[1]} industries; "
            "at least one of each is needed"
        )
    check_labels(counts.index, "counts: the areas")
    check_labels(counts.columns, "counts: the industries")
    values = as_floats(counts, "counts")
    bad = ~np.isfinite(values) | (values < 0)
    need = "finite and not negative"
    if whole and not bad.any():
        bad = (values != np.floor(values)) | (values > _MOST_FIRMS)
        need = f"whole numbers of firms up to {_MOST_FIRMS}"
    if bad.any():
        row, column = np.argwhere(bad)[0]
        area, industry = counts.index.tolist()[row], counts.columns.tolist()[column]
        raise MetricError(
            f"counts: area {area!r}, industry {industry!r} is "
            f"{values[row, column]}; values must be {need}, so correct or drop it"
        )
    return values


_TAME = 1e140
_MOST_FIRMS = 2**53


def to_unit(values: np.ndarray, axes: int | tuple[int, ...] | None = None) -> np.ndarray:
    """Return values ≥ 0 divided by their largest, so that sums of huge sizes stay finite.

    Over all values, or over ``axes`` for each of the others.
    """
    top = values.max(axis=axes, keepdims=True, initial=0.0)
    return values / np.where(top > 0, top, 1.0)


def tame(values: np.ndarray) -> np.ndarray:
    """Return values halved until sums of their squares stay finite; ordinary ones as they are.

    A power of two changes no digit, so indices that do not depend on the unit stay exact.
    """
    top = float(np.abs(values).max(initial=0.0))
    return values if top < _TAME else np.ldexp(values, -int(np.frexp(top)[1]))


def _choice(value: str, allowed: Iterable[str], what: str) -> str:
    names = list(allowed)  # what is no name may not even be hashable
    if value not in names:
        raise MetricError(f"{what} {value!r} is unknown; choose one of {', '.join(names)}")
    return value


def _column(located: pd.DataFrame, name: str) -> pd.Series:
    if name not in located.columns:
        raise MetricError(f"the table has no column {name!r}; classify and locate it first")
    return located[name].reset_index(drop=True)


def _sizes(located: pd.DataFrame, weight: str) -> pd.Series:
    """Return the weight of every row: 1 for firms, NaN where it is unknown."""
    column = WEIGHT_COLUMN[weight]
    if column is None:
        return pd.Series(np.ones(len(located)))
    sizes = pd.Series(as_floats(_column(located, column), column))
    bad = (sizes < 0) | np.isinf(sizes)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise MetricError(
            f"column {column!r}, row {located.index.tolist()[row]!r} is {sizes.iloc[row]}; "
            "sizes must be finite and not negative, so correct or empty the cell"
        )
    return sizes


def _in_order(labels: Iterable[str]) -> list[str]:
    return sorted(labels, key=lambda v: (CLASS_ORDER.index(v) if v in CLASS_ORDER else -1, v))


def count(
    located: pd.DataFrame,
    *,
    by: Area,
    industry: Industry,
    weight: Weight | None = None,
    areas: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Count enterprises, or add up their sizes, by area and industry.

    A plain cross table of the rows given: every row with an industry counts, whatever its
    ``ai_relevance``, and a zone or park counts the ids in its own column alone. The metric table
    of a snapshot is narrower and wider: its ``segment`` and ``chain_layer`` count core and related
    firms only, and its zones also count firms for which membership follows from a part of the zone
    (``zone_also_ids``, `clusters.metrics.sums.memberships`). To get its numbers, pass
    ``located[located["ai_relevance"].isin(["core", "related"])]`` and, for zones, put
    ``memberships(located)`` in place of ``zone_ids``.

    Parameters
    ----------
    located
        One row per enterprise with the location and taxonomy columns.
    by
        Area level: ``prefecture`` and ``county`` read one code per row, ``zone`` and ``park`` a
        list of ids; an enterprise in several zones counts in each.
    industry
        ``segment``, ``chain_layer``, or ``ai`` (the classes of ``ai_relevance``).
    weight
        None or ``firms`` counts rows; ``employees`` (persons), ``registered_capital`` (CNY) and
        ``revenue`` (CNY) add up that column.
    areas
        The areas wanted, in this order, zero where there is no enterprise. By default the areas
        that occur, sorted.

    Returns
    -------
        Areas × industries, int64 for firms and float64 otherwise. ``attrs["left_out"]`` says how
        many rows are not in the table: ``area`` (no area known), ``industry``, ``weight``
        (size unknown), ``outside`` (in none of ``areas``); a row counts under the first that
        applies. ``attrs["counted"]`` is the number of rows that are.

    Raises
    ------
    MetricError
        Unknown option, missing column, negative or infinite size, or an area listed twice.
    """
    if not isinstance(located, pd.DataFrame):
        raise MetricError(f"located is {type(located).__name__}; pass the table of located firms")
    by_column = AREA_COLUMN[_choice(by, AREA_COLUMN, "by")]
    class_column = INDUSTRY_COLUMN[_choice(industry, INDUSTRY_COLUMN, "industry")]
    sizes = _sizes(located, _choice(weight or "firms", WEIGHT_COLUMN, "weight"))
    rows = pd.DataFrame(
        {
            "area": _column(located, by_column).astype(object),
            "industry": _column(located, class_column).astype(object),
            "size": sizes,
        }
    )
    no_area = rows["area"].map(
        lambda v: len(v) == 0 if isinstance(v, (list, tuple, np.ndarray)) else pd.isna(v)
    )
    no_industry = ~no_area & rows["industry"].isna()
    no_size = ~no_area & ~no_industry & rows["size"].isna()
    kept = rows[~(no_area | no_industry | no_size).astype(bool)].explode("area")
    wanted = None if areas is None else pd.Index(list(areas))
    outside = 0
    if wanted is not None:
        check_labels(wanted, "areas")
        inside = kept["area"].isin(wanted)
        outside = kept.index.nunique() - kept.index[inside].nunique()
        kept = kept[inside]
    table = kept.pivot_table(
        index="area", columns="industry", values="size", aggfunc="sum", fill_value=0
    )
    table = table.reindex(
        index=sorted(table.index) if wanted is None else wanted,
        columns=_in_order(table.columns),
        fill_value=0.0,
    )
    table = table.astype("int64" if WEIGHT_COLUMN[weight or "firms"] is None else "float64")
    table.index.name, table.columns.name = by, industry
    table.attrs["counted"] = int(kept.index.nunique())
    table.attrs["left_out"] = {
        "area": int(no_area.sum()),
        "industry": int(no_industry.sum()),
        "weight": int(no_size.sum()),
        "outside": int(outside),
    }
    return table
