"""What can be said about the targets, as plain records: for JSON, and for other programs.

A record holds everything of a status: the target and its document, the value used and where it
was published, the rule that decided, the gap and how sure it is, the path, the projection or why
there is none, and every value that was set aside with its definition.
"""

from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any, Final

import pandas as pd

from clusters.goals.frame import to_frame
from clusters.goals.observations import Observation
from clusters.goals.plan import read_goals
from clusters.goals.status import TargetStatus
from clusters.goals.succession import chain_of
from clusters.goals.zone_profile import ZoneProfile

_TASK: Final = (
    "task_id",
    "section",
    "name_zh",
    "name_en",
    "lead_agency",
    "supporting_agencies",
    "agencies_as_of",
)


def to_records(statuses: Sequence[TargetStatus]) -> list[dict[str, Any]]:
    """Return one record per target, in the order given.

    The columns of `to_frame` (with null where there is no such value), and beside them ``used``,
    ``path``, ``projection`` as objects, ``conflict_values``, ``nearest_values``, ``part_values``
    and ``measured_values`` as lists of observations, and ``successions``, the steps from and to
    other plans.
    """
    table = to_frame(statuses)
    flat = table.astype(object).where(table.notna(), None).to_dict("records")
    return [
        {str(name): value for name, value in row.items()} | _nested(status)
        for row, status in zip(flat, statuses, strict=True)
    ]


def _nested(status: TargetStatus) -> dict[str, Any]:
    path, projection = status.path, status.projection
    return {
        "used": observation(status.used) if status.used else None,
        "gap_bound": gap_bound(status),
        "path": asdict(path) | {"base": observation(path.base)} if path else None,
        "projection": asdict(projection) if projection else None,
        "caveats": list(status.caveats),
        "conflict_values": [observation(o) for o in status.conflicts],
        "nearest_values": [observation(o) for o in status.nearest],
        "part_values": [observation(o) for o in status.parts],
        "measured_values": [observation(o) for o in status.measured],
        "successions": [asdict(step) for step in chain_of(status.target.target_id)],
    }


def gap_bound(status: TargetStatus) -> str | None:
    """Return how sure a gap is: exact, at_most, at_least or about; None where there is none.

    A source that says "over 1300" leaves a gap of at most what 1300 leaves.
    """
    used = status.used
    if status.gap is None or used is None:
        return None
    if status.gap == 0 or used.qualifier == "=":
        return "exact"
    if used.qualifier == "~":
        return "about"
    over = used.qualifier in {">", ">="}
    return "at_least" if over == status.target.lower_is_better else "at_most"


def observation(value: Observation) -> dict[str, Any]:
    """Return an observation as a record with the names of its definition."""
    names = _definitions().get(value.definition_group, ("", ""))
    return {
        "observation_id": value.observation_id,
        "area": value.area,
        "period": value.period,
        "qualifier": value.qualifier,
        "value": value.value,
        "unit": value.unit,
        "nature": value.nature,
        "part_of_year": value.partial,
        "definition_group": value.definition_group,
        "definition_zh": names[0],
        "definition_en": names[1],
        "definition_note": value.definition_note,
        "source": value.source,
        "published": value.published or None,
        "confidence": value.confidence,
        "origin": value.origin,
        "chosen_because": value.chosen or None,
    }


@lru_cache(maxsize=1)
def _definitions() -> dict[str, tuple[str, str]]:
    table = read_goals("definitions.csv")
    names = zip(table["name_zh"], table["name_en"], strict=True)
    return dict(zip(table["definition_group"], names, strict=True))


def zone_record(profile: ZoneProfile) -> dict[str, Any]:
    """Return the profile of a zone as a record."""
    row, moved = profile.row, profile.movements
    return {
        "zone_id": profile.id,
        "name_zh": row["name_zh"],
        "name_en": row["name_en"],
        "one_of_five": None if pd.isna(row["of_five"]) else int(row["of_five"]),
        "role": row["role"],
        "named_in_plan": profile.named,
        "place": profile.place,
        "boundary_error_m": None if profile.place == "unknown" else float(row["boundary_error_m"]),
        "firms": len(profile.firms),
        "perhaps_inside": profile.perhaps,
        "by_evidence": profile.by_evidence,
        "by_segment": profile.by_segment,
        "by_precision": profile.by_precision,
        "location_quotient": asdict(profile.quotient) | {"few_firms": profile.quotient.small},
        "stars": profile.stars,
        "density_clusters": len(profile.hotspots),
        "parks": list(profile.parks),
        "tasks": profile.tasks[list(_TASK)].to_dict("records"),
        "observations": [observation(o) for o in profile.observations],
        "movements": None
        if moved is None
        else {
            "since": moved.since,
            "entered": moved.entered.to_dict("records"),
            "left": moved.left.to_dict("records"),
        },
        "source": row["source_url"],
    }
