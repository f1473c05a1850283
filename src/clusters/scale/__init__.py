"""Registries too large for one table: the same steps, part by part, here or on a cluster."""

from clusters.scale.job import Job, is_large
from clusters.scale.runners import Local, Runner, runner_of
from clusters.scale.way import Result, run_in_parts

__all__ = ["Job", "Local", "Result", "Runner", "is_large", "run_in_parts", "runner_of"]
