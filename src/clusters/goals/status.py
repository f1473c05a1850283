"""The status of every target by a rule that can be read.

Rules are tried in order; the first that applies decides, and its code (text in ``rules.csv``)
stands beside the status. Only published or ledger values of the target's own definition group and
area take part; values the platform measured are shown beside them and decide nothing. Forecasts
and derived values never meet a target. A source's own words bound a value ("over 1300"): where the
bound does not decide, no status is claimed.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import pandas as pd

from clusters.goals.observations import (
    MEASURED,
    Observation,
    decimal_year,
    load_observations,
    one_per_time,
)
from clusters.goals.plan import Target, load_targets, package_table
from clusters.goals.trajectory import Projection, project, usable

STATUSES = (
    "reached",
    "on_path",
    "behind",
    "far_behind",
    "missed",
    "no_public_value",
    "not_comparable",
    "qualitative",
    "not_due",
)
# Half of the progress the straight path asks for parts "behind" from "far behind".
_FAR = 0.5
_STALE_YEARS = 1.5
# Definitions whose firms on show are the platform's own selection, no official list being public.
_OWN_SELECTION = frozenset({"ai_benchmark_firms"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """The way from the first comparable value to the target, in the unit of the target.

    ``required_linear`` and ``required_growth`` at ``as_of``; rates per year; growth rates as
    shares per year, None where a value is not positive.
    """

    base: Observation
    required_linear: float
    required_growth: float | None
    required_rate: float | None
    required_growth_rate: float | None
    run_rate: float | None
    progress: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetStatus:
    """What can be said about one target at one day.

    ``gap`` is what is missing to the threshold in the unit of the target (0 when met, never
    negative); ``nearest`` are public values in other definitions, ``conflicts`` other values for
    the time of the used one, ``measured`` what the platform counted itself.
    """

    target: Target
    as_of: date
    status: str
    rule: str
    used: Observation | None = None
    gap: float | None = None
    path: Path | None = None
    projection: Projection | None = None
    projection_reason: str = ""
    caveats: tuple[str, ...] = ()
    conflicts: tuple[Observation, ...] = ()
    nearest: tuple[Observation, ...] = ()
    measured: tuple[Observation, ...] = ()


def evaluate(
    as_of: date,
    observations: Sequence[Observation] | None = None,
    *,
    measured: Iterable[Observation] | None = None,
    targets: Sequence[Target] | None = None,
) -> tuple[TargetStatus, ...]:
    """Return the status of every target at a day, in the order of the plan table.

    Parameters
    ----------
    as_of
        The day; values for a time after it are not known yet.
    observations
        Published and ledger values; the shipped ones if None.
    measured
        Values measured by the platform; shown, never used.
    targets
        The shipped targets if None.
    """
    now = decimal_year(as_of)
    given = load_observations() if observations is None else observations
    known = [o for o in given if o.time <= now or not o.actual]
    public = [o for o in known if o.origin != MEASURED]
    own = [*(o for o in known if o.origin == MEASURED), *(measured or ())]
    return tuple(
        _status(target, as_of, public, own)
        for target in (load_targets() if targets is None else targets)
    )


def _status(
    target: Target, as_of: date, public: Sequence[Observation], own: Sequence[Observation]
) -> TargetStatus:
    mine = tuple(o for o in own if o.area == target.area and o.indicator_id == target.indicator_id)
    make = _Maker(target, as_of, mine)
    if target.qualitative:
        return make("words_only")
    here = [o for o in public if o.area == target.area and o.unit == target.unit]
    same = [o for o in here if o.definition_group == target.definition_group]
    other = [o for o in here if o not in same and o.family == target.family]
    nearest = tuple(sorted((o for o in other if o.actual), key=lambda o: o.preference))
    actual = [o for o in same if o.actual]
    if not actual:
        return _without_value(make, target, same, nearest)
    return _with_values(make, target, actual, same, nearest)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Builds the status of one target; the rule table gives the status of a rule."""

    target: Target
    as_of: date
    measured: tuple[Observation, ...]

    @property
    def now(self) -> float:
        return decimal_year(self.as_of)

    def __call__(
        self,
        rule: str,
        *,
        used: Observation | None = None,
        gap: float | None = None,
        path: Path | None = None,
        projection: Projection | None = None,
        projection_reason: str = "",
        caveats: tuple[str, ...] = (),
        conflicts: tuple[Observation, ...] = (),
        nearest: tuple[Observation, ...] = (),
    ) -> TargetStatus:
        return TargetStatus(
            target=self.target,
            as_of=self.as_of,
            status=str(rules().loc[rule, "status"]),
            rule=rule,
            used=used,
            gap=gap,
            path=path,
            projection=projection,
            projection_reason=projection_reason,
            caveats=caveats,
            conflicts=conflicts,
            nearest=nearest,
            measured=self.measured,
        )


def _without_value(
    make: _Maker,
    target: Target,
    same: Sequence[Observation],
    nearest: tuple[Observation, ...],
) -> TargetStatus:
    reason = "no_value"
    if target.definition_group in _OWN_SELECTION:
        return make("own_selection", projection_reason=reason, nearest=nearest)
    if nearest:
        return make("other_definition", projection_reason="definition_break", nearest=nearest)
    if same:
        guesses = tuple(sorted(same, key=lambda o: o.preference))
        return make("only_not_actual", projection_reason=reason, nearest=guesses)
    return make("no_value", projection_reason=reason)


def _with_values(
    make: _Maker,
    target: Target,
    actual: Sequence[Observation],
    same: Sequence[Observation],
    nearest: tuple[Observation, ...],
) -> TargetStatus:
    def finish(rule: str, used: Observation) -> TargetStatus:
        path = None if rule in {"met", "met_after_due"} else _path(target, actual, make.now)
        projection, reason = _projection(target, actual)
        return make(
            rule,
            used=used,
            gap=_gap(target, used.value),
            path=path,
            projection=projection,
            projection_reason=reason,
            caveats=_caveats(target, used, make.now),
            conflicts=tuple(
                o
                for o in sorted(same, key=lambda o: o.preference)
                if o.time == used.time and o.value != used.value
            ),
            nearest=nearest,
        )

    latest_first = sorted(actual, key=lambda o: o.preference)
    meeting = _meeting(target, latest_first)
    if meeting:
        late = target.due is not None and meeting.time > target.due
        return finish("met_after_due" if late else "met", meeting)
    whole = [o for o in latest_first if not o.partial]
    if target.due is None:
        return finish("no_due_date", latest_first[0])
    if make.now >= target.due:
        due = target.due
        decisive = [o for o in whole if o.time >= due]
        if not decisive:
            return finish("none_for_due_year", latest_first[0])
        # the value nearest to the due date speaks for it
        used = min(decisive, key=lambda o: (o.time, o.preference))
        return finish("below_at_due" if _fails(target, used) else "bound_undecided", used)
    if not whole:
        return finish("one_value", latest_first[0])
    return finish(_pace(target, actual), whole[0])


def _meeting(target: Target, latest_first: Sequence[Observation]) -> Observation | None:
    """Return the value that shows the target met: the newest in time, else the first after it.

    A newer value that fails takes an older success back, and a failing value for the due year
    stands against any success of later years.
    """
    due = target.due
    latest_first = one_per_time(latest_first)[::-1]
    timely = [o for o in latest_first if due is None or o.time <= due]
    for observation in timely:
        if _meets(target, observation):
            return observation
        if _fails(target, observation) and not observation.partial:
            if observation.time == due:
                return None
            break
    later = [o for o in reversed(latest_first) if due is not None and o.time > due]
    return next((o for o in later if _meets(target, o)), None)


def _meets(target: Target, observation: Observation) -> bool:
    """Tell whether the value meets the target whatever the truth within its bounds."""
    low, high = observation.interval
    edge = -high if target.lower_is_better else low
    threshold = -target.threshold if target.lower_is_better else target.threshold
    # "over 1000" in the source meets "over 1000" in the plan; a plain 1000 does not
    beyond = not target.strict or observation.qualifier in {">", "<"}
    return edge > threshold or (edge == threshold and beyond)


def _fails(target: Target, observation: Observation) -> bool:
    """Tell whether the value misses the target whatever the truth within its bounds.

    A published value equal to a strict threshold is rounded: it neither meets nor misses "over".
    """
    low, high = observation.interval
    return low > target.threshold if target.lower_is_better else high < target.threshold


def _gap(target: Target, value: float) -> float:
    missing = target.threshold - value
    return max(0.0, -missing if target.lower_is_better else missing)


def _base(target: Target, points: Sequence[Observation]) -> Observation:
    """Return the value the plan started from: the last one of its first year, else the first."""
    if target.plan_year is not None:
        before = [o for o in points if o.time <= target.plan_year + 1.0]
        if before:
            return before[-1]
    return points[0]


def _path(target: Target, actual: Sequence[Observation], now: float) -> Path | None:
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
    return Path(
        base=base,
        required_linear=linear(at),
        required_growth=growth(at) if growth else None,
        required_rate=rate,
        required_growth_rate=share,
        run_rate=(last.value - base.value) / moved if moved > 0 else None,
        progress=(last.value - base.value) / asked if moved > 0 and asked else None,
    )


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


def _pace(target: Target, actual: Sequence[Observation]) -> str:
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
    asked = linear(last.time) - base.value
    return "half_of_path" if (last.value - base.value) / asked >= _FAR else "less_than_half"


def _projection(target: Target, actual: Sequence[Observation]) -> tuple[Projection | None, str]:
    if target.due is None:
        return None, "no_due_date"
    found = project(
        actual,
        time=target.due,
        threshold=target.threshold,
        lower_is_better=target.lower_is_better,
    )
    return found, "" if found else "too_few_points"


def _caveats(target: Target, used: Observation, now: float) -> tuple[str, ...]:
    checks = {
        "floor": used.qualifier in {">", ">="},
        "ceiling": used.qualifier in {"<", "<="},
        "approximate": used.qualifier == "~",
        "stale": now - used.time > _STALE_YEARS,
        "low_confidence": used.confidence == "low",
        "draft_plan": target.kind == "draft",
        "press_report": target.kind == "press report",
    }
    return tuple(code for code, applies in checks.items() if applies)


@lru_cache(maxsize=1)
def rules() -> pd.DataFrame:
    """Return the rules by code: the status each gives and its text zh/en."""
    return package_table("rules.csv").set_index("rule")


def rule_text(rule: str, language: str = "zh") -> str:
    """Return the words of a rule."""
    return str(rules().loc[rule, language])
