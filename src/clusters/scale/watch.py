"""A run in parts on its way: which step is done for which parts, and how far it is."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import pandas as pd

from clusters.scale.job import Job
from clusters.scale.runners import Runner, Step

Progress = Callable[[str], None]
Made = TypeVar("Made")


class Watch:
    """Tells how far a step is, how fast it goes, and how long it will take.

    ``before`` rows of all ``rows`` were done by an earlier run and tell nothing of the speed.
    """

    def __init__(self, step: str, rows: int, before: int, progress: Progress) -> None:
        self._step, self._rows, self._progress = step, rows, progress
        self._began, self._before, self._done = time.monotonic(), before, before

    def add(self, rows: int) -> None:
        """Count rows that are done."""
        self._done += rows
        seconds = max(time.monotonic() - self._began, 1e-3)
        rate = (self._done - self._before) / seconds
        left = (self._rows - self._done) / rate
        self._progress(
            f"{self._step} {self._done:,}/{self._rows:,} rows, {rate:,.0f} rows/s, "
            f"{int(left // 60)} min {int(left % 60):02d} s left"
        )


class Way:
    """A job, where it runs, and how far it is."""

    def __init__(self, job: Job, runner: Runner, progress: Progress) -> None:
        self.job, self._runner, self._progress = job, runner, progress
        self.numbers = range(len(job.parts))

    def go(
        self,
        name: str,
        step: Step[Made],
        shared: Any = None,
        *,
        own: Sequence[Any] | None = None,
        rows: Sequence[int] | None = None,
        skip: frozenset[int] = frozenset(),
    ) -> Iterator[Made]:
        """Yield what a step makes of each part, telling how far it is.

        ``shared`` is told to every part, or ``own[k]`` to part k, which holds ``rows[k]`` rows;
        ``skip`` are done already.
        """
        held = rows or [part.stop - part.start for part in self.job.parts]
        todo = [number for number in range(len(held)) if number not in skip]
        watch = Watch(name, sum(held), sum(held[number] for number in skip), self._progress)
        found = self._runner.map(step, self.job, shared, todo, own=own)
        for number, made in zip(todo, found, strict=True):
            watch.add(held[number])
            yield made

    def do(
        self,
        name: str,
        step: Step[None],
        shared: Any = None,
        *,
        own: Sequence[Any] | None = None,
        rows: Sequence[int] | None = None,
    ) -> None:
        """Let a step keep what it makes of the parts that no earlier run did."""
        numbers = range(len(rows or self.job.parts))
        done = frozenset(n for n in numbers if self.job.store.has(step.__name__, n))
        for _ in self.go(name, step, shared, own=own, rows=rows, skip=done):
            pass

    def tell(self, text: str) -> None:
        """Tell what is done now."""
        self._progress(text)

    def frames(self, step: str, name: str, columns: list[str] | None = None) -> list[pd.DataFrame]:
        """Return a frame of every part."""
        store = self.job.store
        return [store.frame(step, number, name, columns) for number in self.numbers]
