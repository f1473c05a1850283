"""The status of every target by a rule that can be read.

Rules are tried in order; the first that applies decides, and its code (text in ``rules.csv``)
stands beside the status. Only published or ledger values of the target's own definition group and
area take part; values the platform measured are shown beside them and decide nothing. Forecasts
and derived values never meet a target. A source's own words bound a value ("over 1300"): where the
bound does not decide, no status is claimed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import pandas as pd

from clusters.goals.evidence import Evidence, gather
from clusters.goals.observations import (
    MEASURED,
    Observation,
    decimal_year,
    load_observations,
    one_per_time,
)
from clusters.goals.paths import Path, pace, path_to
from clusters.goals.plan import Target, load_targets, package_table
from clusters.goals.trajectory import Projection, project

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
_STALE_YEARS = 1.5
# Definitions whose firms on show are the platform's own selection, no official list being public.
_OWN_SELECTION = frozenset({"ai_benchmark_firms"})
_MET = frozenset({"met", "met_after_due", "met_by_part"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetStatus:
    """What can be said about one target at one day.

    ``gap`` is what is missing to the threshold in the unit of the target (0 when met, never
    negative, None where the value used is only a part of a year); ``nearest`` are public values in
    other definitions, ``parts`` values for parts of the area, ``conflicts`` other values for the
    time of the used one, ``measured`` what the platform counted itself.
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
    parts: tuple[Observation, ...] = ()
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
        The day; values that were not public then are not known yet, nor are plans not yet issued.
    observations
        Published and ledger values; the shipped ones if None.
    measured
        Values measured by the platform; shown, never used.
    targets
        The shipped targets if None.
    """
    now = decimal_year(as_of)
    given = load_observations() if observations is None else observations
    known = [o for o in (*given, *(measured or ())) if o.known_by(now)]
    return tuple(
        _status(target, as_of, known) for target in (load_targets() if targets is None else targets)
    )


def _status(target: Target, as_of: date, known: Sequence[Observation]) -> TargetStatus:
    found = gather(target, known)
    make = _Maker(target, as_of, found)
    if target.issued_from is not None and target.issued_from > as_of:
        return make("not_issued", projection_reason="not_issued")
    if target.qualitative:
        return make("words_only")
    if target.definition_group in _OWN_SELECTION and not found.actual:
        return make("own_selection", projection_reason="no_value")
    if found.actual:
        return _with_values(make)
    return _by_part(make) or _without_value(make)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Builds the status of one target; the rule table gives the status of a rule."""

    target: Target
    as_of: date
    found: Evidence

    @property
    def now(self) -> float:
        return decimal_year(self.as_of)

    def __call__(
        self,
        rule: str,
        *,
        used: Observation | None = None,
        projection_reason: str = "",
        nearest: tuple[Observation, ...] | None = None,
    ) -> TargetStatus:
        early = rule == "not_issued"
        return TargetStatus(
            target=self.target,
            as_of=self.as_of,
            status=str(rules().loc[rule, "status"]),
            rule=rule,
            used=used,
            gap=_gap(self.target, used) if used else None,
            projection_reason=projection_reason,
            caveats=_caveats(self.target, used, self.now) if used else (),
            nearest=() if early else self.found.nearest if nearest is None else nearest,
            parts=() if early else self.found.parts,
            measured=self.found.measured,
        )

    def with_series(self, rule: str, used: Observation) -> TargetStatus:
        """Return the status with the path and the projection of the target's own series."""
        actual = self.found.actual
        projection, reason = _projection(self.target, actual)
        return replace(
            self(rule, used=used, projection_reason=reason),
            path=None if rule in _MET else path_to(self.target, actual, self.now),
            projection=projection,
            conflicts=tuple(
                o
                for o in self.found.same
                if o is not used and o.time == used.time and _differs(o, used)
            ),
        )


def _differs(one: Observation, other: Observation) -> bool:
    return (one.value, one.qualifier) != (other.value, other.qualifier)


def _by_part(make: _Maker) -> TargetStatus | None:
    """Return "reached" where a part of the area alone has what is asked of the whole."""
    target = make.target
    meeting = _meeting(target, make.found.parts)
    if meeting is None or (target.due is not None and meeting.time > target.due):
        return None
    return make("met_by_part", used=meeting, projection_reason="part_of_area")


def _without_value(make: _Maker) -> TargetStatus:
    if make.found.nearest:
        return make("other_definition", projection_reason="definition_break")
    if make.found.same:
        return make("only_not_actual", projection_reason="no_value", nearest=make.found.same)
    if make.found.parts:
        return make("part_only", projection_reason="part_of_area")
    return make("no_value", projection_reason="no_value")


def _with_values(make: _Maker) -> TargetStatus:
    target, latest_first = make.target, make.found.actual
    meeting = _meeting(target, latest_first)
    if meeting:
        late = target.due is not None and meeting.time > target.due
        return make.with_series("met_after_due" if late else "met", meeting)
    by_part = _by_part(make)
    if by_part and by_part.used and by_part.used.time >= max(o.time for o in latest_first):
        return by_part
    whole = [o for o in latest_first if not o.partial]
    rule, used = _against_time(make, whole, (whole or latest_first)[0])
    return make.with_series(rule, used)


def _against_time(
    make: _Maker, whole: Sequence[Observation], best: Observation
) -> tuple[str, Observation]:
    """Return the rule and the value that speaks for a target not met so far."""
    target, due = make.target, make.target.due
    if due is None:
        return "no_due_date", best
    if make.now < due:
        return (pace(target, make.found.actual) if whole else "one_value"), best
    decisive = [o for o in whole if o.time >= due]
    if not decisive:
        return "none_for_due_year", best
    # the value nearest to the due date speaks for it
    used = min(decisive, key=lambda o: (o.time, o.preference))
    return ("below_at_due" if _fails(target, used) else "bound_undecided"), used


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


def _gap(target: Target, used: Observation) -> float | None:
    missing = target.threshold - used.value
    gap = max(0.0, -missing if target.lower_is_better else missing)
    # Three quarters of a year miss the number of a year by nothing that means anything.
    return None if used.partial and gap else gap


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
        "partial": used.partial,
        "stale": now - used.time > _STALE_YEARS,
        "low_confidence": used.confidence == "low",
        "definition_inferred": used.inferred,
        "no_link": "://" not in used.source and used.origin != MEASURED,
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
