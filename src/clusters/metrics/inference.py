"""Chance: many tests at once, p-values of permutations, bootstrap intervals."""

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
import pandas as pd

from clusters.errors import MetricError
from clusters.metrics.counts import as_floats

Alternative: TypeAlias = Literal["two-sided", "greater", "less"]
P = TypeVar("P", pd.DataFrame, pd.Series, np.ndarray)
S = TypeVar("S")

# Simulated statistics that differ from the observed one by rounding are ties.
TIE = 1e-10
# Numbers held at once while drawing: 32 MB of floats.
BLOCK = 4_000_000


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence limits.

    Attributes
    ----------
    estimate, low, high
        In the unit of the statistic.
    """

    estimate: float
    low: float
    high: float


def check_whole(number: object, what: str) -> None:
    """Raise MetricError when how often to draw is no whole number."""
    if not isinstance(number, Integral):
        raise MetricError(f"{what} is {number!r}; give a whole number")


def check_confidence(confidence: float) -> None:
    """Raise MetricError when a confidence is no number between 0 and 1."""
    number = as_floats(confidence, "confidence")
    if number.ndim or not 0 < number < 1:
        raise MetricError(f"confidence is {confidence}; it must lie between 0 and 1, e.g. 0.95")


def seeded(make: Callable[[Any], S], seed: object) -> S:
    """Return ``make(seed)``, random numbers or their seeds; MetricError for what is no seed."""
    try:
        return make(seed)
    except (TypeError, ValueError) as error:
        raise MetricError(f"seed is {seed!r}; give a whole number from 0 on, or None") from error


def false_discovery(p: P) -> P:
    """Return Benjamini-Hochberg q-values: the smallest false discovery rate that keeps each test.

    Parameters
    ----------
    p
        p-values in [0, 1] of any shape, or NaN for tests that were not made; all values together
        are one family.

    Returns
    -------
        Same type, shape and labels; NaN stays NaN and does not count as a test. A nested list
        gives an array.

    References
    ----------
    Benjamini & Hochberg 1995, Journal of the Royal Statistical Society B 57.

    Raises
    ------
    MetricError
        A value outside [0, 1].
    """
    values: np.ndarray = as_floats(p, "p")
    flat = values.ravel()
    bad = (flat < 0) | (flat > 1)
    if bad.any():
        raise MetricError(f"p holds {flat[bad][0]}; p-values lie between 0 and 1")
    known = np.flatnonzero(~np.isnan(flat))
    order = known[np.argsort(flat[known], kind="stable")]
    ranked = flat[order] * len(order) / np.arange(1, len(order) + 1)
    flat_q = np.full(flat.shape, np.nan)
    flat_q[order] = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0)
    q = flat_q.reshape(values.shape)
    if isinstance(p, pd.DataFrame):
        result = pd.DataFrame(q, index=p.index, columns=p.columns)
    elif isinstance(p, pd.Series):
        result = pd.Series(q, index=p.index, name=p.name)
    else:
        return q
    result.attrs = dict(p.attrs)
    return result


def permutation_p(
    observed: np.ndarray | float,
    simulated: np.ndarray,
    *,
    alternative: Alternative = "two-sided",
) -> np.ndarray:
    """Return the p-value of observed statistics among draws under the null.

    With L the number of draws at least as extreme on the nearer side and P draws,
    ``two-sided`` is min(1, (2 L + 1)/(P + 1)); ``greater`` and ``less`` are (L + 1)/(P + 1) of
    their side. Ties count as extreme, so p never errs towards significance; p ≥ 1/(P + 1).

    Parameters
    ----------
    observed
        Shape (...) or a number.
    simulated
        Shape (P, ...): draws along the first axis.
    alternative
        Which side counts as extreme.

    Returns
    -------
        Shape of ``observed``; NaN where observed is NaN.

    References
    ----------
    Phipson & Smyth 2010, Statistical Applications in Genetics and Molecular Biology 9.

    Raises
    ------
    MetricError
        No draws.
    """
    seen: np.ndarray = np.asarray(observed, dtype=float)
    drawn: np.ndarray = np.asarray(simulated, dtype=float)
    draws = drawn.shape[0] if drawn.ndim else 0
    if draws == 0:
        raise MetricError("there are no draws under the null; ask for at least 1, better 999")
    slack = TIE * np.maximum(np.abs(seen), np.abs(drawn).max(axis=0))
    above = (drawn >= seen - slack).sum(axis=0)
    below = (drawn <= seen + slack).sum(axis=0)
    p = p_of_tails(above, below, draws, alternative)
    return np.where(np.isnan(seen), np.nan, p)


def p_of_tails(
    above: np.ndarray, below: np.ndarray, draws: int, alternative: Alternative
) -> np.ndarray:
    """Return p from the numbers of draws at or above and at or below the observed value."""
    if alternative == "greater":
        return (above + 1) / (draws + 1)
    if alternative == "less":
        return (below + 1) / (draws + 1)
    if alternative == "two-sided":
        return np.minimum(1.0, (2 * np.minimum(above, below) + 1) / (draws + 1))
    raise MetricError(f"alternative {alternative!r} is unknown; choose two-sided, greater or less")


def normal_p(z: np.ndarray | float, *, alternative: Alternative = "two-sided") -> np.ndarray:
    """Return the p-value of standard scores under the normal distribution, NaN kept."""
    from scipy.special import ndtr  # noqa: PLC0415 - imported when first needed

    z = np.asarray(z, dtype=float)
    if alternative == "greater":
        return ndtr(-z)
    if alternative == "less":
        return ndtr(z)
    if alternative == "two-sided":
        return np.minimum(1.0, 2 * ndtr(-np.abs(z)))
    raise MetricError(f"alternative {alternative!r} is unknown; choose two-sided, greater or less")


def bootstrap_interval(
    data: pd.DataFrame | pd.Series | np.ndarray,
    statistic: Callable[..., float],
    *,
    confidence: float = 0.95,
    draws: int = 999,
    seed: int | None = None,
) -> Interval:
    """Return a percentile bootstrap interval: rows are redrawn with replacement.

    Parameters
    ----------
    data
        Rows are the units that are redrawn (firms, areas).
    statistic
        Function of such data that returns one number; draws where it is NaN are left out.
    confidence
        Coverage wanted, between 0 and 1.
    draws
        Number of redraws.
    seed
        Makes the interval repeatable.

    Returns
    -------
        `Interval` with NaN limits when the statistic is undefined on the data.

    References
    ----------
    Efron 1979, Annals of Statistics 7.

    Raises
    ------
    MetricError
        No rows, no draws or a confidence outside (0, 1).
    """
    check_confidence(confidence)
    check_whole(draws, "draws")
    if len(data) == 0 or draws < 1:
        raise MetricError(f"{len(data)} rows and {draws} draws; at least one of each is needed")
    generator = seeded(np.random.default_rng, seed)
    take = data.iloc if isinstance(data, (pd.DataFrame, pd.Series)) else data
    redrawn = np.array(
        [statistic(take[generator.integers(0, len(data), len(data))]) for _ in range(draws)],
        dtype=float,
    )
    estimate = float(statistic(data))
    redrawn = redrawn[~np.isnan(redrawn)]
    if np.isnan(estimate) or redrawn.size == 0:
        return Interval(estimate, np.nan, np.nan)
    tail = (1 - confidence) / 2
    low, high = np.quantile(redrawn, [tail, 1 - tail])
    return Interval(estimate, float(low), float(high))
