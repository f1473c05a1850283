"""What measuring parks gives: a value per park and criterion, its bounds, and its draws."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Measured", "Measurements", "bounds", "stack"]


@dataclass(frozen=True)
class Measured:
    """Values of one criterion: ``value`` (parks,), and ``draws`` (worlds, parks) or None."""

    value: NDArray[np.float64]
    draws: NDArray[np.float64] | None = None

    @classmethod
    def from_draws(cls, draws: NDArray[np.float64]) -> "Measured":
        """Return the mean over the states in which the value is defined, and the draws."""
        known = np.isfinite(draws)
        number = known.sum(axis=0)
        total = np.where(known, draws, 0.0).sum(axis=0)
        value = np.divide(total, number, out=np.full(draws.shape[1], np.nan), where=number > 0)
        # The same value in every state is an exact one.
        exact = known.all(axis=0) & (draws == draws[0]).all(axis=0)
        return cls(np.where(exact, draws[0], value), draws)


@dataclass(frozen=True)
class Measurements:
    """Parks × criteria.

    Attributes
    ----------
    criteria : tuple of str
    value, low, high : ndarray, shape (parks, criteria)
        Expected value and the bounds of its middle 95 %; NaN where nothing is known.
    draws : ndarray, shape (worlds, parks, criteria)
        Values in every state of the data.
    """

    criteria: tuple[str, ...]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    draws: NDArray[np.float64]

    def of(self, names: Iterable[str], parks: NDArray[np.intp] | None = None) -> "Measurements":
        """Return some criteria, and of some parks."""
        names = tuple(names)
        columns = [self.criteria.index(name) for name in names]
        rows = slice(None) if parks is None else parks
        return Measurements(
            names,
            self.value[rows][:, columns],
            self.low[rows][:, columns],
            self.high[rows][:, columns],
            self.draws[:, rows][:, :, columns],
        )


def stack(measured: Mapping[str, Measured], *, worlds: int, parks: int) -> Measurements:
    """Return criteria measured one by one as one block."""
    shape = (worlds, parks, len(measured))
    draws = np.empty(shape)
    value = np.empty(shape[1:])
    for column, one in enumerate(measured.values()):
        value[:, column] = one.value
        draws[:, :, column] = one.value if one.draws is None else one.draws
    low, high = value.copy(), value.copy()
    for column, one in enumerate(measured.values()):
        if one.draws is not None:
            lower, upper = bounds(one.draws)
            # A rare state can pull the mean past a quantile; a value lies within its interval.
            low[:, column] = np.fmin(lower, one.value)
            high[:, column] = np.fmax(upper, one.value)
    return Measurements(tuple(measured), value, low, high, draws)


def bounds(draws: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 2.5 % and 97.5 % quantiles over the first axis, NaN where nothing is defined."""
    known = np.isfinite(draws)
    low = np.full(draws.shape[1], np.nan)
    high = low.copy()
    full = known.all(axis=0)
    low[full], high[full] = np.quantile(draws[:, full], (0.025, 0.975), axis=0)
    for column in np.flatnonzero(~full & known.any(axis=0)):
        some = draws[known[:, column], column]
        low[column], high[column] = np.quantile(some, (0.025, 0.975))
    return low, high
