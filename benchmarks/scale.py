"""Measure large registries: rows a second, memory of all processes, and whether time follows rows.

Run from a checkout::

    python benchmarks/scale.py [--rows 100000 1000000] [--scheduler local] [--keep FOLDER]
    python benchmarks/scale.py --sizing FOLDER/measured.json

Synthetic registries (`clusters demo`) are taken in parts of 100 000 rows, each run in a process of
its own. Memory is the sum over that process and all its children, sampled ten times a second; pages
they share count more than once. The curve is the least-squares line through rows and seconds;
beside every size stands how far it lies off the line, and what each row more costs. It is told
twice: of the processor's seconds, and of the clock's, which count what else the machine did.

``--sizing`` takes the measured seconds of every part of every step and schedules as many parts as a
registry of a given size has on N workers; see `simulated` for what is assumed.
"""

import argparse
import heapq
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from report import Sheet, scaled

from clusters import pipeline
from clusters.demo import write_demo

ROWS = (scaled(100_000, 2_000), scaled(1_000_000, 4_000))
PART = 100_000
AS_OF = "2026-06-30"
SAMPLE_SECONDS = 0.1
LINEAR = 0.15
MOST_GB = 4.0

NATION = (10_000_000, 50_000_000, 100_000_000, 200_000_000)
WORKERS = (1, 2, 8, 32, 128)
TASK_SECONDS = 0.002
"""What a scheduler spends on one task; Dask's documentation speaks of up to a millisecond."""

_PART = re.compile(r"(.+?) [\d,]+/[\d,]+ rows")


@dataclass
class Step:
    """A step of a run: seconds of each of its parts, and what one process did alone."""

    name: str
    alone: float
    parts: list[float]


@dataclass(frozen=True)
class Measured:
    """One run.

    Attributes
    ----------
    seconds, cpu_seconds
        Wall clock; processor time of all processes.
    peak_mb, least_mb
        Most memory of all processes at once; that before the first part.
    disk_mb
        Largest work folder, and the snapshot.
    """

    rows: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    least_mb: float
    disk_mb: float
    steps: list[Step]

    @property
    def rows_a_second(self) -> float:
        """Rows per second of wall clock."""
        return self.rows / self.seconds


def steps_of(told: Sequence[tuple[str, float]], end: float) -> list[Step]:
    """Return the steps of a run from what it told, and when (seconds from its start).

    What is told of a part says when it ended, anything else what begins. The first part of a step
    is taken to have lasted as long as the middle one of the others; what else passed before its
    end, one process did alone.
    """
    steps = [Step("start", 0.0, [])]
    before = 0.0
    for text, moment in [*told, ("end", end)]:
        part = _PART.match(text)
        if part is None:
            steps[-1].alone += moment - before
            steps.append(Step(text, 0.0, []))
        elif steps[-1].name == part.group(1):
            steps[-1].parts.append(moment - before)
        else:
            steps.append(Step(part.group(1), 0.0, [moment - before]))
        before = moment
    for earlier, step in itertools.pairwise(steps):
        if len(step.parts) > 1:
            first = min(step.parts[0], float(np.median(step.parts[1:])))
            (step if earlier.parts else earlier).alone += step.parts[0] - first
            step.parts[0] = first
    return steps[:-1]


def one_run(registry: Path, place: Path, scheduler: str | None) -> None:
    """Take a registry in and print, as JSON, what was told and when."""
    began, told = time.monotonic(), []
    pipeline.run(
        registry,
        workspace=place,
        as_of=AS_OF,
        scheduler=scheduler,
        rows_per_part=PART,
        progress=lambda text: told.append((text, time.monotonic() - began)),
    )
    sys.stdout.write(json.dumps({"told": told, "end": time.monotonic() - began}) + "\n")


def _family(root: int) -> Iterator[int]:
    """Yield a process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parent = int(stat.rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.name))
    waiting = [root]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += children.get(one, [])


def _resident_mb(root: int) -> float:
    pages = 0
    for process in _family(root):
        try:
            pages += int(Path(f"/proc/{process}/statm").read_text().split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _folder_mb(folder: Path) -> float:
    total = 0
    for file in folder.rglob("*"):
        try:
            total += file.stat().st_size
        except OSError:
            continue
    return total / 1e6


def measured(rows: int, folder: Path, scheduler: str | None) -> Measured:
    """Make a registry of so many rows and take it in, in a process of its own."""
    registry = folder / f"demo-{rows}.parquet"
    if not registry.exists():
        write_demo(registry, rows, seed=0, truth=False)
    place = folder / f"workspace-{rows}"
    line = [sys.executable, __file__, "--one", str(registry), str(place)]
    line += ["--scheduler", scheduler] if scheduler else []
    began = time.monotonic()
    before = os.times()
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    memory, disk, ended = [0.0], [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(SAMPLE_SECONDS):
            memory.append(_resident_mb(process.pid))
            if len(memory) % 100 == 0:
                disk.append(_folder_mb(place))

    watcher = threading.Thread(target=watch)
    watcher.start()
    said = process.communicate()[0]
    ended.set()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"the run of {rows} rows ended with {process.returncode}")
    seconds, after = time.monotonic() - began, os.times()
    found = json.loads(said)
    start = int(found["told"][0][1] / SAMPLE_SECONDS) + 1
    return Measured(
        rows=rows,
        seconds=seconds,
        cpu_seconds=after.children_user + after.children_system
        - before.children_user - before.children_system,
        peak_mb=max(memory),
        least_mb=max(memory[: max(start, 20)]),
        disk_mb=max([*disk, _folder_mb(place)]),
        steps=steps_of(found["told"], found["end"]),
    )  # fmt: skip


def line_through(runs: Sequence[Measured], taken: str) -> tuple[float, float]:
    """Return seconds before the first row, and seconds a row, of the line nearest to all runs.

    `taken` is ``cpu_seconds`` or ``seconds``. Deviations count by share, so that the small sizes
    weigh as much as the large ones.
    """
    rows, seconds = (np.array([getattr(run, name) for run in runs]) for name in ("rows", taken))
    shares = np.column_stack([np.ones(len(runs)), rows]) / seconds[:, None]
    fixed, each = np.linalg.lstsq(shares, np.ones(len(runs)), rcond=None)[0].tolist()
    return fixed, each


def said_of(runs: Sequence[Measured]) -> Iterator[str]:
    """Yield the lines that tell what was measured."""
    yield "| rows | seconds | processor s | rows/s | peak memory | disk | s per million more |"
    yield "|---|---|---|---|---|---|---|"
    before: Measured | None = None
    for run in runs:
        more = ""
        if before is not None:
            more = f"{(run.seconds - before.seconds) / (run.rows - before.rows) * 1e6:.0f}"
        yield (
            f"| {run.rows:,} | {run.seconds:,.0f} | {run.cpu_seconds:,.0f} | "
            f"{run.rows_a_second:,.0f} | {run.peak_mb / 1e3:.2f} GB | {run.disk_mb / 1e3:.2f} GB | "
            f"{more} |"
        )
        before = run
    for taken, called in (("cpu_seconds", "processor"), ("seconds", "clock")) * (len(runs) > 1):
        fixed, each = line_through(runs, taken)
        off = [getattr(run, taken) / (fixed + each * run.rows) - 1 for run in runs]
        verdict = "linear" if max(map(abs, off)) <= LINEAR else "NOT linear"
        yield (
            f"{called}: {verdict} within {LINEAR:.0%}: {fixed:.0f} s + {each * 1e6:.0f} s per "
            f"million rows; off the line by {', '.join(f'{one:+.1%}' for one in off)}"
        )
    most = max(run.peak_mb for run in runs) / 1e3
    yield f"most memory {most:.2f} GB, {'below' if most < MOST_GB else 'NOT below'} {MOST_GB:g} GB"


def steps_told(run: Measured) -> Iterator[str]:
    """Yield the lines that tell where the time of a run went."""
    yield "| step | in parts, s per million rows | by one process, s per million rows |"
    yield "|---|---|---|"
    for step in run.steps:
        each, alone = (value / run.rows * 1e6 for value in (sum(step.parts), step.alone))
        yield f"| {step.name} | {each:.1f} | {alone:.1f} |"


@dataclass(frozen=True)
class Sized:
    """What a registry needs on so many workers."""

    rows: int
    workers: int
    hours: float
    alone_hours: float
    starter_gb: float
    disk_gb: float


def simulated(run: Measured, small: Measured, rows: int, workers: int) -> Sized:
    """Return what a registry of so many rows would need, from two measured runs.

    Assumed
    -------
    * Workers are as fast as the machine measured, one part at a time each; parts last what parts
      of the larger run lasted, drawn at random from them step by step.
    * A step begins when the last part of the step before has ended (that is how it is built); each
      part goes to the worker that is free first, and costs the scheduler `TASK_SECONDS`.
    * What one process does between the steps grows with the rows, from what both runs took.
    * Storage is shared and keeps up: every worker reads and writes as fast as alone.
    * No worker is lost. Each part of a lost worker is done once more.
    """
    generator = np.random.default_rng(0)
    steps, alone = 0.0, 0.0
    earlier = {step.name: step for step in small.steps}
    for step in run.steps:
        if step.parts:
            number = -(-len(step.parts) * rows // run.rows)
            steps += _makespan(generator.choice(step.parts, number), workers)
        other = earlier.get(step.name)
        first = other.alone if other else 0.0
        each = max(0.0, (step.alone - first) / (run.rows - small.rows))
        alone += step.alone + each * (rows - run.rows)
    held = (run.peak_mb - small.peak_mb) / (run.rows - small.rows)
    return Sized(
        rows=rows,
        workers=workers,
        hours=(steps + alone) / 3600,
        alone_hours=alone / 3600,
        starter_gb=(run.peak_mb + held * (rows - run.rows)) / 1e3,
        disk_gb=run.disk_mb / run.rows * rows / 1e3,
    )


def _makespan(seconds: np.ndarray, workers: int) -> float:
    """Return when the last part ends, each going to the worker that is free first."""
    free = [0.0] * workers
    given = 0.0
    for lasts in seconds.tolist():
        given += TASK_SECONDS
        heapq.heapreplace(free, max(free[0], given) + lasts)
    return max(free)


def sizing(runs: Sequence[Measured]) -> Iterator[str]:
    """Yield the table of what registries of a nation would need."""
    small, run = runs[-2:]
    yield "| registrations | workers | hours | of which one process | memory where started | disk |"
    yield "|---|---|---|---|---|---|"
    for rows in NATION:
        for workers in WORKERS:
            one = simulated(run, small, rows, workers)
            yield (
                f"| {rows:,} | {workers} | {one.hours:.1f} | {one.alone_hours:.1f} | "
                f"{one.starter_gb:.0f} GB | {one.disk_gb:.0f} GB |"
            )


def _loaded(file: Path) -> list[Measured]:
    found: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return [Measured(**{**run, "steps": [Step(**step) for step in run["steps"]]}) for run in found]


def _say(lines: Iterator[str]) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Measure, or size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=list(ROWS))
    parser.add_argument("--scheduler")
    parser.add_argument("--keep", type=Path, help="folder for registries, workspaces and figures")
    parser.add_argument("--sizing", type=Path, metavar="MEASURED")
    parser.add_argument("--one", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one_run(*given.one, given.scheduler)
        return
    if given.sizing:
        _say(sizing(_loaded(given.sizing)))
        return
    with tempfile.TemporaryDirectory(prefix="clusters-scale-") as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        file = folder / "measured.json"
        runs = {run.rows: run for run in _loaded(file)} if file.exists() else {}
        for rows in sorted(given.rows):
            runs[rows] = measured(rows, folder, given.scheduler)
            text = json.dumps([asdict(runs[size]) for size in sorted(runs)])
            file.write_text(text, encoding="utf-8")
        every = [runs[size] for size in sorted(runs)]
        _say(said_of(every))
        _say(steps_told(every[-1]))
        sheet = Sheet("scale")
        for run in every:
            sheet.add(
                "Growth: large registries, in parts",
                "clusters",
                run.seconds,
                own=True,
                size=run.rows,
                memory_mb=round(run.peak_mb),
                note=f"{run.cpu_seconds:.0f} s of processor time, {run.disk_mb:.0f} MB on disk",
            )
        sheet.save()


if __name__ == "__main__":
    main()
