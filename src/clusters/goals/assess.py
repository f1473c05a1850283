"""The targets against one snapshot: published values, the ledger, and what the snapshot counts."""

from datetime import date

import pandas as pd

from clusters.goals.firms import benchmark_firms, measure_benchmark
from clusters.goals.observations import Observation, load_observations, measured
from clusters.goals.status import TargetStatus, evaluate
from clusters.ledger import Ledger
from clusters.metrics.sums import memberships
from clusters.places.zones import zones

PROVINCE = "四川省"
_PROVINCE_CODE = "51"
_INSIDE = ("core", "related")


def assess(
    enterprises: pd.DataFrame, *, as_of: date, ledger: Ledger | None = None
) -> tuple[TargetStatus, ...]:
    """Return the status of every target, with the values the snapshot measures beside it.

    Parameters
    ----------
    enterprises
        Enterprises of a snapshot: ``name``, ``ai_relevance``, ``prefecture_code``, ``zone_ids``.
    as_of
        The day to judge on.
    ledger
        Its observations take part beside the shipped ones.
    """
    return evaluate(as_of, load_observations(ledger), measured=measure(enterprises, as_of=as_of))


def measure(enterprises: pd.DataFrame, *, as_of: date) -> tuple[Observation, ...]:
    """Return what the snapshot counts: AI firms, plan zones that hold one, benchmark firms.

    None of these is the number a plan asks for; each note says what was counted.
    """
    inside = enterprises["ai_relevance"].isin(_INSIDE)
    here = enterprises["prefecture_code"].astype("str").str.startswith(_PROVINCE_CODE)
    firms = int((inside & here.fillna(value=False)).sum())
    five = set(zones().dropna(subset=["of_five"])["zone_id"])
    held = {zone for ids in memberships(enterprises[inside]) for zone in ids} & five
    return (
        measured(
            "AI_FIRMS",
            "ai_firms_in_snapshot",
            PROVINCE,
            firms,
            as_of=as_of,
            note="firms of this snapshot judged core or related and placed in Sichuan",
        ),
        measured(
            "AI_CLUSTER",
            "plan_zones_with_firms",
            PROVINCE,
            len(held),
            as_of=as_of,
            note=f"of the {len(five)} zones, three named by the plan and the rest assumed, "
            "those with at least one firm judged core or related; no test of agglomeration",
        ),
        measure_benchmark(benchmark_firms(enterprises), as_of=as_of, area=PROVINCE),
    )
