"""Compiled loops run on all cores, with results that do not depend on how many there are.

Threads rather than numba's own parallel loops: the kernels release the interpreter, and numba's
default threading layer stops the process when two requests of a web app enter it at once.
"""

import functools
import itertools
import operator
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import numpy as np

Job = TypeVar("Job")
Result = TypeVar("Result")

# Blocks of rows a pair loop is cut into: a constant, for sums must not depend on the machine.
_BLOCKS: Final = 16
_SMALL: Final = 2_000


def cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def run(function: Callable[[Job], Result], jobs: Iterable[Job]) -> list[Result]:
    """Return the results of all jobs in their order, computed on all cores."""
    listed = list(jobs)
    workers = min(cores(), len(listed))
    if workers < 2:
        return [function(job) for job in listed]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(function, listed))


def run_sum(function: Callable[[Job], np.ndarray], jobs: Iterable[Job]) -> np.ndarray:
    """Return the sum of the results of at least one job, added up in the jobs' order."""
    return functools.reduce(operator.add, run(function, jobs))


def row_blocks(number: int, *, triangle: bool) -> list[tuple[int, int]]:
    """Cut the rows of a pair loop into blocks of about equal work, the same on every machine.

    Parameters
    ----------
    number
        Rows.
    triangle
        Whether row k meets only the rows after it, so that early rows cost more.

    Returns
    -------
        (first, past the last) of each block, in order; none for no rows.
    """
    if number <= _SMALL:
        return [(0, number)] if number else []
    share = np.linspace(0, 1, _BLOCKS + 1)
    edges = number * (1 - np.sqrt(1 - share)) if triangle else number * share
    whole = np.round(edges).astype(int).tolist()
    return list(itertools.pairwise(whole))
