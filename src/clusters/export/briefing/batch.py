"""Many briefings in one call: every zone, or every benchmark firm, a file each."""

import contextlib
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from clusters.errors import InputError
from clusters.export.briefing.compose import compose
from clusters.export.briefing.firm import benchmark_ids
from clusters.export.briefing.render import render
from clusters.export.briefing.request import BriefingRequest
from clusters.export.tables import write_whole
from clusters.ledger import Ledger, ledger_of
from clusters.maps.still import SheetSize
from clusters.maps.words import Language
from clusters.places.zones import zones
from clusters.workspace import Snapshot, open_snapshot

Group = Literal["zones", "firms"]
GROUPS: Final[tuple[Group, ...]] = ("zones", "firms")


@dataclass(frozen=True)
class Job:
    """One file of a batch, with everything another process needs to make it."""

    snapshot: Path
    request: BriefingRequest
    fmt: str
    folder: Path


def batch_requests(
    snapshot: Snapshot,
    group: Group,
    *,
    language: Language,
    size: SheetSize,
    ledger: Ledger | None = None,
) -> list[BriefingRequest]:
    """Return one request per zone with an outline, or per benchmark firm in the snapshot."""
    if group == "firms":
        ids = benchmark_ids(snapshot, ledger)
        return [BriefingRequest("firm", one, language, size) for one in ids]
    table = zones()
    drawn = table[table.geometry.notna()]["zone_id"]
    return [BriefingRequest("zone", str(one), language, size) for one in drawn]


def batch(
    snapshot: Snapshot,
    requests: Sequence[BriefingRequest],
    folder: Path,
    *,
    fmt: str,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> list[Path]:
    """Write one file per request into a folder; return their paths in the order given.

    Every file appears whole or not at all; those written before an error stay.

    Parameters
    ----------
    workers : int
        Processes; each file is made by one of them.
    progress : callable
        Called with the number of files done and the number wanted.

    Raises
    ------
    InputError
        If there is nothing to write, or the folder cannot be made.
    """
    if not requests:
        raise InputError("there is nothing to brief: the snapshot holds none of these")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be made a folder: {error.strerror}") from error
    jobs = [Job(snapshot.path, request, fmt, folder.resolve()) for request in requests]
    paths: dict[int, Path] = {}
    for position, path in _made(jobs, snapshot, workers):
        paths[position] = path
        progress(len(paths), len(jobs))
    return [paths[position] for position in range(len(jobs))]


def _made(jobs: list[Job], snapshot: Snapshot, workers: int) -> Iterator[tuple[int, Path]]:
    if workers == 1:
        for position, job in enumerate(jobs):
            yield position, _write(job, snapshot)
        return
    # A fresh interpreter each: fonts, GDAL and OpenMP threads do not survive a fork.
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        running = {pool.submit(make, job): position for position, job in enumerate(jobs)}
        try:
            for done in as_completed(running):
                yield running[done], done.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def make(job: Job) -> Path:
    """Make one file of a batch in a process of its own; return its path."""
    workspace = job.snapshot.parent.parent
    return _write(job, open_snapshot(workspace, job.snapshot.name))


def _write(job: Job, snapshot: Snapshot) -> Path:
    with contextlib.closing(ledger_of(job.snapshot.parent.parent)) as ledger:
        briefing = compose(snapshot, job.request, ledger=ledger)
    path = job.folder / f"{briefing.stem}.{job.fmt}"
    write_whole(path, render(snapshot, briefing, job.fmt, size=job.request.size))
    return path
