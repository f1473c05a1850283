"""From figures to worth: value functions, and what an unknown figure is worth.

Worth runs from 0 to 1. A figure nobody knows is worth anything between: 0 at worst, 1 at best, and
0.5 expected. It is never taken for 0, and what it does to a rank shows in the rank's range.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clusters.screening.criteria import criterion
from clusters.screening.measurements import Measurements, bounds
from clusters.screening.profile import Choice

__all__ = ["Scale", "Worth", "scale_of", "worth_of"]


@dataclass(frozen=True)
class Scale:
    """A value function with all its numbers: see `Choice` for the kinds.

    ``worst`` and ``best`` are the ends of a linear scale; for ``ideal``, ``best`` is the ideal
    value and ``reach`` the distance at which nothing is left; for ``threshold``, ``best`` is it.
    """

    kind: str
    worst: float
    best: float
    reach: float = np.nan
    less: bool = False

    def worth(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the worth of figures, elementwise in [0, 1]; NaN stays NaN."""
        if self.kind == "threshold":
            with np.errstate(invalid="ignore"):
                good = values <= self.best if self.less else values >= self.best
            return np.where(np.isnan(values), np.nan, good.astype(float))
        if self.kind == "ideal":
            return np.clip(1 - np.abs(values - self.best) / self.reach, 0.0, 1.0)
        if self.best == self.worst:  # all parks alike: the criterion does not tell them apart
            return np.where(np.isnan(values), np.nan, 0.5)
        return np.clip((values - self.worst) / (self.best - self.worst), 0.0, 1.0)

    def figure(self, worth: float, near: float) -> float:
        """Return the figure nearest to ``near`` that has a worth, NaN where none has."""
        if self.kind == "threshold":
            return self.best
        if self.kind == "ideal":
            away = (1 - worth) * self.reach
            return self.best - away if near < self.best else self.best + away
        return np.nan if self.best == self.worst else self.worst + worth * (self.best - self.worst)


@dataclass(frozen=True)
class Worth:
    """Worth of parks × criteria.

    Attributes
    ----------
    expected, low, high : ndarray, shape (parks, criteria)
        Expected worth, and its bounds: 0 and 1 where the figure is not known.
    draws : ndarray, shape (worlds, parks, criteria)
        Worth in every state of the data, unknown figures drawn evenly from 0 to 1.
    scales : tuple of Scale
    """

    expected: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    draws: NDArray[np.float64]
    scales: tuple[Scale, ...]


def scale_of(choice: Choice, low: NDArray[np.float64], high: NDArray[np.float64]) -> Scale:
    """Return the value function of a choice over the parks left.

    Parameters
    ----------
    low, high : ndarray, shape (parks,)
        Bounds of the figures; the open ends of a linear scale are their extremes, so that no
        likely figure falls off it.
    """
    known = criterion(choice.criterion)
    lowest = float(np.nanmin(low)) if np.isfinite(low).any() else 0.0
    highest = float(np.nanmax(high)) if np.isfinite(high).any() else 0.0
    if choice.kind == "threshold":
        best = float(choice.threshold or 0.0)
        return Scale("threshold", best, best, less=choice.less_is_better)
    if choice.kind == "ideal":
        ideal = float(choice.ideal or 0.0)
        reach = choice.tolerance or max(abs(ideal - lowest), abs(highest - ideal)) or 1.0
        return Scale("ideal", ideal, ideal, float(reach))
    start = _first(choice.start, known.start, lowest)
    end = _first(choice.end, known.end, highest)
    # An end nobody chose gives way to a chosen one, or better figures would count as worse.
    if choice.end is None:
        end = max(start, end)
    elif choice.start is None:
        start = min(start, end)
    less = choice.less_is_better
    return Scale("linear", end if less else start, start if less else end, less=less)


def _first(*values: float | None) -> float:
    return next(float(value) for value in values if value is not None)


def worth_of(
    measured: Measurements, choices: Sequence[Choice], ids: Sequence[str], *, seed: int
) -> Worth:
    """Return the worth of the figures of the parks left.

    Parameters
    ----------
    measured : Measurements
        Of these parks, by the criteria of `choices` in order.
    ids : sequence of str
        Park ids: an unknown figure of a park draws from a generator of its own.
    """
    shape = measured.draws.shape
    draws = np.empty(shape)
    expected, low, high = (np.empty(shape[1:]) for _ in range(3))
    scales = []
    for column, choice in enumerate(choices):
        scale = scale_of(choice, measured.low[:, column], measured.high[:, column])
        scales.append(scale)
        worth = scale.worth(measured.draws[:, :, column])
        known = np.isfinite(worth)
        defined = known.mean(axis=0)
        sums = np.where(known, worth, 0.0).mean(axis=0)
        expected[:, column] = sums + 0.5 * (1 - defined)
        low[:, column], high[:, column] = bounds(worth)
        low[defined < 1, column], high[defined < 1, column] = 0.0, 1.0
        exact = known.all(axis=0) & (worth == worth[0]).all(axis=0)
        expected[exact, column] = worth[0, exact]
        for at in np.flatnonzero(defined < 1).tolist():
            name = zlib.crc32(f"{ids[at]}/{choice.criterion}".encode())
            even = (np.random.default_rng([seed, name]).permutation(shape[0]) + 0.5) / shape[0]
            worth[:, at] = np.where(known[:, at], worth[:, at], even)
        draws[:, :, column] = worth
    return Worth(expected, low, high, draws, tuple(scales))
