"""Targets of the plans, observed values, and what can be said about each target.

Published values, values of the ledger and values measured by the platform are told apart at every
step; a definition is never crossed; no public value is never zero.
"""

from clusters.goals.assess import assess
from clusters.goals.benchmark import Benchmark, benchmark_firms, measure_benchmark
from clusters.goals.candidates import candidates
from clusters.goals.counted import measure
from clusters.goals.frame import to_frame
from clusters.goals.observations import (
    MEASURED,
    Observation,
    load_observations,
    measured,
)
from clusters.goals.plan import Target, load_targets
from clusters.goals.report import to_records
from clusters.goals.status import STATUSES, TargetStatus, evaluate, rule_text, rules
from clusters.goals.succession import Succession, chain_of, load_successions
from clusters.goals.trajectory import Projection, project
from clusters.goals.zone_profile import ZoneProfile, zone_profile

__all__ = [
    "MEASURED",
    "STATUSES",
    "Benchmark",
    "Observation",
    "Projection",
    "Succession",
    "Target",
    "TargetStatus",
    "ZoneProfile",
    "assess",
    "benchmark_firms",
    "candidates",
    "chain_of",
    "evaluate",
    "load_observations",
    "load_successions",
    "load_targets",
    "measure",
    "measure_benchmark",
    "measured",
    "project",
    "rule_text",
    "rules",
    "to_frame",
    "to_records",
    "zone_profile",
]
