"""The targets against one snapshot: published values, the ledger, and what the snapshot counts."""

from datetime import date

import pandas as pd

from clusters.goals.benchmark import benchmark_firms
from clusters.goals.choosing import known_observations
from clusters.goals.counted import measure
from clusters.goals.status import TargetStatus, evaluate
from clusters.ledger import Ledger


def assess(
    enterprises: pd.DataFrame,
    *,
    as_of: date,
    ledger: Ledger | None = None,
    counted_on: date | None = None,
) -> tuple[TargetStatus, ...]:
    """Return the status of every target, with the values the snapshot measures beside it.

    Parameters
    ----------
    enterprises
        Enterprises of a snapshot: ``name``, ``ai_relevance``, ``prefecture_code``, ``zone_ids``.
    as_of
        The day to judge on.
    ledger
        Its observations and its list of benchmark firms take part beside the shipped ones.
    counted_on
        The day the registry of the snapshot is of; `as_of` if None. What was counted later than
        the day to judge on is not shown.
    """
    counted = measure(
        enterprises,
        as_of=counted_on or as_of,
        benchmark=benchmark_firms(enterprises, ledger=ledger),
    )
    return evaluate(as_of, known_observations(ledger), measured=counted)
