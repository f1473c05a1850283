"""A fitted trend with a band, where there are points enough for one.

Ordinary least squares of the value, or of its logarithm, on time; the band is the prediction
interval of a new value (Student t, n - 2 degrees of freedom). Both assume that what drove the past
goes on, and few points make a wide band: that is the message, not a flaw. Points must be of one
definition group: the caller passes one group, and a break of definition ends a series.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from clusters.errors import MetricError
from clusters.goals.observations import Observation, one_per_time

MINIMUM_POINTS = 4
# Beyond this the trend is not followed: a date further off is no information.
_HORIZON_YEARS = 25
_STEPS_PER_YEAR = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """The projected value at a time and when the target would be met.

    ``value``, ``low``, ``high`` in the unit of the target at ``time`` (decimal year);
    ``date``, ``earliest``, ``latest`` decimal years, None where not met within 25 years.
    ``method`` is "linear" or "log-linear"; ``points`` counts the values used.
    """

    time: float
    value: float
    low: float
    high: float
    date: float | None
    earliest: float | None
    latest: float | None
    method: str
    points: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Trend:
    """A fitted line: centre and slope on the scale of ``log``, residual spread, and its points."""

    slope: float
    intercept: float
    spread: float
    mean_time: float
    sum_squares: float
    points: int
    log: bool

    def at(self, time: float, *, confidence: float) -> tuple[float, float, float]:
        """Return value, low and high of a new value at a decimal year."""
        centre = self.intercept + self.slope * (time - self.mean_time)
        leverage = 1 + 1 / self.points + (time - self.mean_time) ** 2 / self.sum_squares
        half = stdtrit(self.points - 2, (1 + confidence) / 2)
        half *= self.spread * math.sqrt(leverage)
        values = (centre, centre - half, centre + half)
        if self.log:
            # the exponential of the centre is the median; overflow is an unbounded band
            return tuple(math.exp(min(v, 700.0)) for v in values)  # type: ignore[return-value]
        return values


def fit(times: Sequence[float], values: Sequence[float]) -> Trend:
    """Fit level and logarithm and keep the one that follows the values closer.

    Parameters
    ----------
    times, values
        Decimal years, all different, and values; at least 4 of each.

    Raises
    ------
    MetricError
        If there are fewer than 4 points, or a time stands twice.
    """
    if len(times) < MINIMUM_POINTS:
        msg = f"a trend needs {MINIMUM_POINTS} points, {len(times)} given"
        raise MetricError(msg)
    t, y = np.asarray(times, dtype=float), np.asarray(values, dtype=float)
    if len(np.unique(t)) < len(t):
        msg = "a trend needs one value for each time"
        raise MetricError(msg)
    level = _line(t, y, log=False)
    if not (y > 0).all():
        return level
    logarithm = _line(t, np.log(y), log=True)
    fitted = np.exp(logarithm.intercept + logarithm.slope * (t - logarithm.mean_time))
    straight = level.intercept + level.slope * (t - level.mean_time)
    closer = float(((y - fitted) ** 2).sum()) < float(((y - straight) ** 2).sum())
    return logarithm if closer else level


def _line(t: np.ndarray, y: np.ndarray, *, log: bool) -> Trend:
    mean = float(t.mean())
    squares = float(((t - mean) ** 2).sum())
    slope = float(((t - mean) * (y - y.mean())).sum() / squares)
    residual = y - y.mean() - slope * (t - mean)
    spread = math.sqrt(float((residual**2).sum()) / (len(t) - 2))
    return Trend(slope, float(y.mean()), spread, mean, squares, len(t), log)


def project(
    observations: Sequence[Observation],
    *,
    time: float,
    threshold: float,
    lower_is_better: bool = False,
    confidence: float = 0.8,
) -> Projection | None:
    """Project comparable values to a time, and find when a threshold would be met.

    Parameters
    ----------
    observations
        Of one indicator, area and definition group. Forecasts, derived values and parts of a year
        are left out; of several values for a time the preferred one is used.
    time
        Decimal year of the projection.
    threshold
        In the unit of the values.
    lower_is_better
        Whether the threshold is a ceiling.
    confidence
        Of the band, two-sided.

    Returns
    -------
    Projection or None
        None if fewer than 4 points are left: too few points.

    Raises
    ------
    MetricError
        If the observations are of more than one definition group, area or unit.
    """
    if len({(o.definition_group, o.area, o.unit) for o in observations}) > 1:
        msg = "a trend never runs across definitions, areas or units; pass one series"
        raise MetricError(msg)
    points = one_per_time(usable(observations))
    if len(points) < MINIMUM_POINTS:
        return None
    trend = fit([p.time for p in points], [p.value for p in points])
    value, low, high = trend.at(time, confidence=confidence)
    start = points[-1].time
    grid = start + np.arange(_HORIZON_YEARS * _STEPS_PER_YEAR + 1) / _STEPS_PER_YEAR
    curves = np.array([trend.at(float(t), confidence=confidence) for t in grid])
    met = curves <= threshold if lower_is_better else curves >= threshold
    dates = [float(grid[column.argmax()]) if column.any() else None for column in met.T]
    earliest, latest = (dates[1], dates[2]) if lower_is_better else (dates[2], dates[1])
    return Projection(
        time=time,
        value=value,
        low=low,
        high=high,
        date=dates[0],
        earliest=earliest,
        latest=latest,
        method="log-linear" if trend.log else "linear",
        points=len(points),
        confidence=confidence,
    )


def usable(observations: Sequence[Observation]) -> tuple[Observation, ...]:
    """Return the values that may stand on a trend.

    A bound ("over 1300") is taken at its number, as its source means it: floors of this kind are
    rounded down, all in the same way.
    """
    return tuple(o for o in observations if o.actual and not o.partial)
