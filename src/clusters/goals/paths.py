"""The way a plan asks for: from where it started to its number, straight or at constant growth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clusters.goals.observations import Observation, one_per_time
from clusters.goals.plan import Target
from clusters.goals.trajectory import usable

# Half of the progress the straight path asks for parts "behind" from "far behind".
_FAR = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """The way from the first comparable value to the target, in the unit of the target.

    ``required_linear`` and ``required_growth`` at ``as_of``; rates per year; growth rates as
    shares per year, None where a value is not positive. ``progress`` is the share of the straight
    path covered, None where the base met the target already.
    """

    base: Observation
    required_linear: float
    required_growth: float | None
    required_rate: float | None
    required_growth_rate: float | None
    run_rate: float | None
    progress: float | None


def path_to(target: Target, actual: Sequence[Observation], now: float) -> Path | None:
    """Return the path from the base to the target, or None without a due date ahead of it."""
    points = one_per_time(usable(actual))
    if target.due is None or not points:
        return None
    base, last = _base(target, points), points[-1]
    if target.due <= base.time:
        return None
    linear, growth = _curves(target, base)
    at = min(now, target.due)
    left = target.due - last.time
    moved = last.time - base.time
    rate = (target.threshold - last.value) / left if left > 0 else None
    share = None
    if left > 0 and last.value > 0 and target.threshold > 0:
        share = (target.threshold / last.value) ** (1 / left) - 1
    asked = linear(last.time) - base.value
    ahead = asked < 0 if target.lower_is_better else asked > 0
    return Path(
        base=base,
        required_linear=linear(at),
        required_growth=growth(at) if growth else None,
        required_rate=rate,
        required_growth_rate=share,
        run_rate=(last.value - base.value) / moved if moved > 0 else None,
        progress=(last.value - base.value) / asked if moved > 0 and ahead else None,
    )


def pace(target: Target, actual: Sequence[Observation]) -> str:
    """Return the rule for a target that is not due: the latest value against the two paths."""
    points = one_per_time(usable(actual))
    base, last = _base(target, points), points[-1]
    if last.time <= base.time:
        return "one_value" if len(points) == 1 else "no_value_since_base"
    linear, growth = _curves(target, base)
    sign = -1.0 if target.lower_is_better else 1.0
    if sign * last.value >= sign * linear(last.time):
        return "ahead_of_linear"
    if growth and sign * last.value >= sign * growth(last.time):
        return "ahead_of_growth"
    asked = sign * (linear(last.time) - base.value)
    if asked <= 0:  # the target was met at the start: what is below the path now has been lost
        return "less_than_half"
    return "half_of_path" if sign * (last.value - base.value) / asked >= _FAR else "less_than_half"


def _base(target: Target, points: Sequence[Observation]) -> Observation:
    """Return the value the plan started from: the last one of its first year, else the first."""
    if target.plan_year is not None:
        before = [o for o in points if o.time <= target.plan_year + 1.0]
        if before:
            return before[-1]
    return points[0]


def _curves(
    target: Target, base: Observation
) -> tuple[Callable[[float], float], Callable[[float], float] | None]:
    """Return the straight path and, for positive values, the path of constant growth."""
    span = (target.due or base.time) - base.time

    def linear(time: float) -> float:
        return base.value + (target.threshold - base.value) * (time - base.time) / span

    def growth(time: float) -> float:
        return base.value * (target.threshold / base.value) ** ((time - base.time) / span)

    return linear, growth if base.value > 0 and target.threshold > 0 else None
