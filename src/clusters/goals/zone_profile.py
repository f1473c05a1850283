"""One zone of the plan in full: place, firms, quotient, density clusters, parks, tasks, goals.

Everything is what a snapshot and the public documents say; how sure the zone's place is travels
with it. A firm whose own place is too coarse to tell is counted as "perhaps inside", never inside.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import pandas as pd

from clusters.errors import InputError
from clusters.goals.observations import MEASURED, Observation
from clusters.goals.plan import load_targets, read_goals
from clusters.goals.status import TargetStatus
from clusters.goals.zone_stars import zone_stars
from clusters.metrics.sums import AI_FIRMS, memberships
from clusters.places.output import PRECISIONS
from clusters.places.parks import shipped_parks
from clusters.places.zones import zones
from clusters.workspace import Snapshot

EVIDENCE: Final = ("text", "subdistrict", "polygon")
# A quotient of fewer firms than this is marked: one firm more or less turns it around.
FEW: Final = 5
# The task of the 2018 plan that speaks of clusters and names three zones: 推进人工智能企业集群培育.
_CLUSTER_TASK: Final = "R18-E04"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotient:
    """Share of AI firms of a zone against all firms of the registry, with its inference.

    All NaN where undefined; ``n`` counts the AI firms it rests on.
    """

    value: float
    low: float
    high: float
    p: float
    q: float
    n: int

    @property
    def small(self) -> bool:
        """Whether it rests on fewer than five firms."""
        return self.n < FEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Movements:
    """Firms that came into a zone or left it since an earlier snapshot: enterprise_id, name, how.

    ``how`` is "new" or "gone" for firms that only one snapshot has, else "moved" or
    "reclassified".
    """

    since: str
    entered: pd.DataFrame
    left: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneProfile:
    """What is known of one zone.

    ``row`` is its row of the zone table; ``firms`` its AI firms of the snapshot; ``perhaps``
    counts those too near an edge to tell; ``hotspots`` density clusters that touch it; ``stars``
    by segment, segments without one left out; ``observations`` published values for the zone and
    for zones inside it or around it, each with its own area.
    """

    row: pd.Series
    firms: pd.DataFrame
    perhaps: int
    by_evidence: dict[str, int]
    by_segment: dict[str, int]
    by_precision: dict[str, int]
    quotient: Quotient
    stars: dict[str, int]
    hotspots: gpd.GeoDataFrame
    parks: tuple[str, ...]
    tasks: pd.DataFrame
    targets: tuple[TargetStatus, ...]
    observations: tuple[Observation, ...]
    movements: Movements | None

    @property
    def id(self) -> str:
        """Its id in the zone table."""
        return str(self.row["zone_id"])

    @property
    def named(self) -> bool:
        """Whether the plan names it; otherwise it is our assumption."""
        return bool(self.row["role"] == "named_in_plan")

    @property
    def place(self) -> str:
        """How its place is known: "footprint", "assumed" or "unknown"."""
        if bool(self.row["assumed"]):
            return "assumed"
        return "unknown" if self.row["geometry"] is None else "footprint"


def zone_profile(
    zone_id: str,
    snapshot: Snapshot,
    *,
    statuses: Sequence[TargetStatus] = (),
    observations: Iterable[Observation] = (),
    earlier: Snapshot | None = None,
) -> ZoneProfile:
    """Return the profile of a zone.

    Parameters
    ----------
    zone_id
        Id in ``data/boundaries/zones.csv``.
    snapshot
        What to count in.
    statuses, observations
        Targets as judged, and values known, on the day.
    earlier
        A snapshot to compare with.

    Raises
    ------
    InputError
        If there is no such zone.
    """
    table = zones()
    found = table[table["zone_id"] == zone_id]
    if found.empty:
        msg = f"zone {zone_id!r} is unknown; use one of {', '.join(table['zone_id'])}"
        raise InputError(msg)
    row = found.iloc[0]
    firms = firms_in(snapshot.enterprises, zone_id)
    kin = _kin(zone_id)
    return ZoneProfile(
        row=row,
        firms=firms,
        perhaps=_perhaps(snapshot.enterprises, zone_id),
        by_evidence=_by_evidence(firms, zone_id),
        by_segment=_counted(firms["segment"].dropna()),
        by_precision={
            kind: int(n) for kind in PRECISIONS if (n := (firms["precision"] == kind).sum())
        },
        quotient=_quotient(snapshot.metrics, zone_id, len(firms)),
        stars=zone_stars(snapshot.enterprises, [zone_id]).get(zone_id, {}),
        hotspots=_hotspots(snapshot.hotspots, row["geometry"]),
        parks=_parks(zone_id),
        tasks=_tasks(zone_id, named=row["role"] == "named_in_plan"),
        targets=tuple(s for s in statuses if s.target.area_id == zone_id),
        observations=tuple(o for o in observations if o.origin != MEASURED and o.area_id in kin),
        movements=_movements(zone_id, earlier, snapshot) if earlier is not None else None,
    )


def firms_in(enterprises: pd.DataFrame, zone_id: str) -> pd.DataFrame:
    """Return the AI firms that the evidence puts into a zone, or what follows from it."""
    inside = enterprises[enterprises["ai_relevance"].isin(AI_FIRMS)]
    held = memberships(inside).map(lambda ids: zone_id in ids).astype(bool)
    return pd.DataFrame(inside[held])


def _perhaps(enterprises: pd.DataFrame, zone_id: str) -> int:
    if "zone_uncertain_ids" not in enterprises.columns:
        return 0
    inside = enterprises[enterprises["ai_relevance"].isin(AI_FIRMS)]
    unsure = inside["zone_uncertain_ids"].map(lambda ids: ids is not None and zone_id in list(ids))
    return int(unsure.sum())


def _by_evidence(firms: pd.DataFrame, zone_id: str) -> dict[str, int]:
    # Membership that follows from a part of the zone rests on the evidence for that part.
    found = Counter(
        kinds[list(ids).index(zone_id)] if zone_id in ids else kinds[0]
        for ids, kinds in zip(firms["zone_ids"], firms["zone_evidence"], strict=True)
    )
    return {kind: found[kind] for kind in EVIDENCE if found[kind]}


def _counted(values: pd.Series) -> dict[str, int]:
    """Return how often each value occurs, the most frequent first, ties by name."""
    found = Counter(str(value) for value in values)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _quotient(metrics: pd.DataFrame, zone_id: str, firms: int) -> Quotient:
    cell = _cells(metrics, zone_id)
    cell = cell[(cell["industry"] == "ai") & (cell["metric"] == "lq")]
    nan = float("nan")
    told = {
        name: float(cell[name].iloc[0]) if len(cell) else nan
        for name in ("value", "low", "high", "p", "q")
    }
    return Quotient(**told, n=firms)


def _cells(metrics: pd.DataFrame, zone_id: str) -> pd.DataFrame:
    return metrics[(metrics["level"] == "zone") & (metrics["area"] == zone_id)]


def _hotspots(hotspots: gpd.GeoDataFrame, shape: object) -> gpd.GeoDataFrame:
    if shape is None or hotspots.empty:
        return hotspots.iloc[:0]
    return hotspots[hotspots.geometry.intersects(shape)]


def _parks(zone_id: str) -> tuple[str, ...]:
    """Return the ids of the parks in a zone: those of the zone and of zones that lie within it.

    Imported parks are linked to a zone only where they take the place of a shipped one.
    """
    found = shipped_parks()
    return tuple(found.loc[found["zone_id"].isin({zone_id, *_within(zone_id)}), "park_id"])


def _within(zone_id: str) -> set[str]:
    table = zones()
    return set(table.loc[table["within"].map(lambda ids: zone_id in ids), "zone_id"])


def _kin(zone_id: str) -> set[str]:
    """Return the zone, the zones inside it, and those it lies in."""
    table = zones().set_index("zone_id")
    return {zone_id, *_within(zone_id), *table.loc[zone_id, "within"]}


def _tasks(zone_id: str, *, named: bool) -> pd.DataFrame:
    """Return the tasks of the plan that name the zone: only a zone the plan names has one."""
    tasks = read_goals("tasks.csv")
    has = named and any(target.area_id == zone_id for target in load_targets())
    return tasks[tasks["task_id"] == _CLUSTER_TASK] if has else tasks.iloc[:0]


def _movements(zone_id: str, before: Snapshot, after: Snapshot) -> Movements:
    old, new = before.enterprises, after.enterprises
    was, now = (firms_in(table, zone_id).set_index("enterprise_id") for table in (old, new))
    entered = now.loc[now.index.difference(was.index), ["name"]]
    left = was.loc[was.index.difference(now.index), ["name"]]
    return Movements(
        since=before.id,
        entered=_how(entered, old, absent="new"),
        left=_how(left, new, absent="gone"),
    )


def _how(moved: pd.DataFrame, other: pd.DataFrame, *, absent: str) -> pd.DataFrame:
    """Say of every firm whether the other snapshot lacks it, places it or judges it otherwise."""
    relevance = dict(zip(other["enterprise_id"], other["ai_relevance"], strict=True))
    how = [
        absent
        if key not in relevance
        else "moved"
        if relevance[key] in AI_FIRMS
        else "reclassified"
        for key in moved.index
    ]
    return moved.assign(how=pd.Series(how, index=moved.index, dtype="str")).reset_index()
