"""Change over time taken apart: shift-share analysis."""

from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from clusters.errors import MetricError
from clusters.metrics.counts import check_counts

ShiftShareMethod: TypeAlias = Literal["dunn", "esteban_marquillas"]


def _growth(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return relative growth, NaN from zero."""
    return np.divide(end - start, start, out=np.full(start.shape, np.nan), where=start > 0)


def _long(table: np.ndarray, counts: pd.DataFrame) -> pd.Series:
    index = pd.MultiIndex.from_product([counts.index, counts.columns], names=["area", "industry"])
    return pd.Series(table.ravel(), index=index)


def shift_share(
    start: pd.DataFrame, end: pd.DataFrame, method: ShiftShareMethod = "dunn"
) -> pd.DataFrame:
    """Take the change of every area and industry apart into components that sum to it.

    With e size at the start, N growth of everything, N_i of the industry, r_i of the industry in
    the area: ``national`` = e N; ``industry_mix`` = e (N_i - N); ``regional`` = e (r_i - N_i).
    An industry new to the area (e = 0) has no growth rate; its whole end size is carried as
    ``regional``, so that the components always sum to the change.

    Parameters
    ----------
    start, end
        Areas × industries at two dates, same labels (the order of ``start`` is kept).
    method
        ``dunn``: the three components. ``esteban_marquillas``: ``regional`` is taken on the
        homothetic size h = e_.r · e_i./e the area would have with the structure of the whole, and
        ``allocation`` = (e - h)(r_i - N_i) is added.

    Returns
    -------
        Rows (area, industry): ``start``, ``end``, ``change``, ``national``, ``industry_mix``,
        ``regional`` and with Esteban-Marquillas ``allocation``; sums over industries are the
        area's. Never NaN.

    References
    ----------
    Dunn 1960, Papers of the Regional Science Association 6; Esteban-Marquillas 1972, Regional and
    Urban Economics 2.

    Raises
    ------
    MetricError
        Labels that differ, values negative, infinite or missing, nothing at the start.
    """
    if method not in ("dunn", "esteban_marquillas"):
        raise MetricError(f"method {method!r} is unknown; choose dunn or esteban_marquillas")
    e = check_counts(start)
    check_counts(end)
    for what, ours, theirs in (
        ("areas", start.index, end.index),
        ("industries", start.columns, end.columns),
    ):
        lost = ours.symmetric_difference(theirs).tolist()
        if lost:
            raise MetricError(
                f"start and end must have the same {what}; {lost[0]!r} is in one only"
            )
    e_end = check_counts(end.reindex(index=start.index, columns=start.columns))
    with np.errstate(over="ignore"):
        finite = np.isfinite(e.sum()) and np.isfinite(e_end.sum())
    if not finite:
        raise MetricError("start or end adds up to more than a number can hold; use a larger unit")
    if e.sum() == 0:
        raise MetricError("start adds up to 0; growth needs something to grow from")
    everything = (e_end.sum() - e.sum()) / e.sum()
    industry = np.nan_to_num(_growth(e.sum(axis=0), e_end.sum(axis=0)), nan=everything)[None, :]
    parts = {
        "start": e,
        "end": e_end,
        "change": e_end - e,
        "national": e * everything,
        "industry_mix": e * (industry - everything),
        "regional": e_end - e * (1 + industry),
    }
    if method == "esteban_marquillas":
        advantage = _growth(e, e_end) - industry
        power = int(np.frexp(e.max())[1])  # products of huge sums overflow, those of shares do not
        unit = np.ldexp(e, -power)
        homothetic = unit.sum(axis=1, keepdims=True) * unit.sum(axis=0, keepdims=True) / unit.sum()
        homothetic = np.ldexp(homothetic, power)
        parts["regional"] = np.where(e > 0, homothetic * advantage, e_end)
        parts["allocation"] = np.where(e > 0, (e - homothetic) * advantage, 0.0)
    return pd.DataFrame({name: _long(values, start) for name, values in parts.items()})
