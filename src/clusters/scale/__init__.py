"""Registries too large for one table: the same steps, part by part, here or on a cluster."""

from clusters.scale.job import Job, files_to_slice
from clusters.scale.runners import Local, Runner, runner_of
from clusters.scale.way import Result, run_in_parts

__all__ = ["Job", "Local", "Result", "Runner", "files_to_slice", "run_in_parts", "runner_of"]
