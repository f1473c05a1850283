"""Targets of the plans, observed values, and what can be said about each target.

Published values, values of the ledger and values measured by the platform are told apart at every
step; a definition is never crossed; no public value is never zero.
"""

from clusters.goals.assess import assess, measure
from clusters.goals.firms import Benchmark, benchmark_firms, candidates, measure_benchmark
from clusters.goals.frame import to_frame
from clusters.goals.observations import (
    MEASURED,
    Observation,
    load_observations,
    measured,
)
from clusters.goals.plan import Target, load_targets
from clusters.goals.status import STATUSES, TargetStatus, evaluate, rule_text, rules
from clusters.goals.trajectory import Projection, project

__all__ = [
    "MEASURED",
    "STATUSES",
    "Benchmark",
    "Observation",
    "Projection",
    "Target",
    "TargetStatus",
    "assess",
    "benchmark_firms",
    "candidates",
    "evaluate",
    "load_observations",
    "load_targets",
    "measure",
    "measure_benchmark",
    "measured",
    "project",
    "rule_text",
    "rules",
    "to_frame",
]
