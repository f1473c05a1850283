"""Screen parks: the whole way from a snapshot and a profile to a ranking and its stability.

The page and the command both come here, so that they cannot differ.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from clusters.errors import InputError
from clusters.screening.criteria import criteria
from clusters.screening.evidence import Evidence, Sources
from clusters.screening.limits import Screened, apply_limits
from clusters.screening.measurements import Measured, Measurements, stack
from clusters.screening.measures import MEASURES
from clusters.screening.profile import Profile
from clusters.screening.ranking import Ranking, rank_parks
from clusters.screening.scenario import Scenario
from clusters.screening.stability import Stability, smaa
from clusters.screening.whatif import apply_scenario
from clusters.screening.worth import Worth, worth_of
from clusters.workspace import Snapshot, list_snapshots

__all__ = [
    "Asked",
    "Screening",
    "ask",
    "earlier_snapshot",
    "judge",
    "screen",
    "screen_snapshot",
    "sources_of",
    "under",
]


@dataclass(frozen=True)
class Asked:
    """Evidence gathered for one question, and every figure measured on it."""

    evidence: Evidence
    measured: Measurements

    @property
    def parks(self) -> pd.DataFrame:
        """The parks, in the order of the figures."""
        return self.evidence.parks


@dataclass(frozen=True, eq=False)
class Screening:
    """The answer.

    Attributes
    ----------
    profile : Profile
    scenario : Scenario or None
    parks : DataFrame
        Parks left by the limits, RangeIndex; arrays of the ranking follow this order.
    screened : Screened
        What the limits removed, over all parks.
    measured, worth, ranking
        Of the parks left, by the criteria with a weight.
    """

    profile: Profile
    scenario: Scenario | None
    parks: pd.DataFrame
    screened: Screened
    measured: Measurements
    worth: Worth
    ranking: Ranking

    @cached_property
    def stability(self) -> Stability:
        """How stable the ranking is; drawn when first asked for."""
        options = self.profile.stability
        return smaa(self.worth.draws, self.worth.expected, self.ranking.weights, options)

    @property
    def ids(self) -> list[str]:
        """Ids of the parks left."""
        return [str(name) for name in self.parks["park_id"]]


def sources_of(snapshot: Snapshot, earlier: Snapshot | None = None) -> Sources:
    """Return what a screening of a snapshot rests on."""
    return Sources(
        firms=snapshot.enterprises,
        parks=pd.DataFrame(snapshot.parks.drop(columns="geometry")).reset_index(drop=True),
        hotspots=snapshot.hotspots,
        earlier=None if earlier is None else earlier.enterprises,
    )


def earlier_snapshot(workspace: Path, snapshot: Snapshot) -> Snapshot | None:
    """Return the newest snapshot whose data are of an earlier date, from which growth is told."""
    day = str(snapshot.manifest["as_of"])
    older = [one for one in list_snapshots(workspace) if str(one.manifest["as_of"]) < day]
    return max(older, key=lambda one: (str(one.manifest["as_of"]), one.id), default=None)


def ask(sources: Sources, profile: Profile, names: Iterable[str] | None = None) -> Asked:
    """Gather evidence for a profile and measure every park.

    Parameters
    ----------
    names : iterable of str, optional
        Criteria to measure; those of the profile by default.
    """
    evidence = Evidence(sources, profile.segment, profile.radius_km, seed=profile.stability.seed)
    return _measured(evidence, profile.criteria if names is None else tuple(names), None, None)


def under(asked: Asked, scenario: Scenario) -> Asked:
    """Return the same question under a scenario; only what it touches is measured anew."""
    base = asked.evidence
    changed = Evidence(
        apply_scenario(base.sources, scenario), base.segment, base.radius_km, base.seed, base
    )
    return _measured(changed, asked.measured.criteria, asked.measured, scenario)


def _measured(
    evidence: Evidence,
    names: tuple[str, ...],
    before: Measurements | None,
    scenario: Scenario | None,
) -> Asked:
    found = {}
    for name in names:
        if before is not None and scenario is not None and not scenario.changes(criteria()[name]):
            at = before.criteria.index(name)
            found[name] = Measured(before.value[:, at], before.draws[:, :, at])
        else:
            found[name] = MEASURES[name](evidence)
    measured = stack(found, worlds=evidence.worlds, parks=len(evidence.parks))
    return Asked(evidence, measured)


def judge(asked: Asked, profile: Profile, *, scenario: Scenario | None = None) -> Screening:
    """Apply limits and rank the parks left.

    Raises
    ------
    InputError
        If no criterion has a weight, or the limits leave no park; the message says which limit
        removes most.
    """
    chosen = profile.weighted
    if not chosen:
        raise InputError("every weight is 0; give at least one criterion a weight above 0")
    screened = apply_limits(asked.parks, profile.limits, asked.measured)
    left = np.flatnonzero(screened.keep)
    if not len(left):
        worst = max(screened.removed.items(), key=lambda item: item[1].parks)
        raise InputError(
            f"the limits leave no park; {worst[0]} alone removes {worst[1].parks} of "
            f"{len(asked.parks)}: relax it first"
        )
    table = asked.parks.iloc[left].reset_index(drop=True)
    measured = asked.measured.of((one.criterion for one in chosen), left)
    ids = [str(name) for name in table["park_id"]]
    worth = worth_of(measured, chosen, ids, seed=profile.stability.seed)
    ranking = rank_parks(worth, chosen, method=profile.method)
    return Screening(
        profile=profile,
        scenario=scenario,
        parks=table,
        screened=screened,
        measured=measured,
        worth=worth,
        ranking=ranking,
    )


def screen(sources: Sources, profile: Profile, *, scenario: Scenario | None = None) -> Screening:
    """Screen the parks of some sources by a profile, as they are or under a scenario.

    Raises
    ------
    InputError
        As `judge` and `clusters.screening.whatif.apply_scenario`.
    """
    asked = ask(sources, profile)
    if scenario is not None and scenario.steps:
        asked = under(asked, scenario)
    return judge(asked, profile, scenario=scenario)


def screen_snapshot(
    snapshot: Snapshot,
    profile: Profile,
    *,
    workspace: Path,
    scenario: Scenario | None = None,
) -> Screening:
    """Screen the parks on a snapshot; growth is told from the snapshot before it, if any."""
    earlier = earlier_snapshot(workspace, snapshot) if "growth" in profile.criteria else None
    return screen(sources_of(snapshot, earlier), profile, scenario=scenario)
