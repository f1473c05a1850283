"""Workers in processes of their own: killed in the middle, and the scheduler lost."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clusters import pipeline, workspace
from clusters.errors import InputError, WorkspaceError
from scale.registries import dirty, write

pytestmark = pytest.mark.slow
KILLS = 3
LONGEST_WAIT = 120


class Grid:
    """A scheduler and workers, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "scheduler.json"
        self._log = (folder / "log").open("wb")
        self._scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0")
        deadline = time.monotonic() + LONGEST_WAIT
        while not self._file.exists() or not self._file.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        self.address = json.loads(self._file.read_text())["address"]
        self._workers = [self._worker(), self._worker()]
        self.killed = 0

    def _start(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        line = [sys.executable, "-m", "dask", what, "--scheduler-file", str(self._file)]
        return subprocess.Popen(
            [*line, "--no-dashboard", *options], stdout=self._log, stderr=self._log, env=ENVIRONMENT
        )

    def _worker(self) -> subprocess.Popen[bytes]:
        own = ["--no-nanny", "--nthreads", "1", "--local-directory", str(self._folder)]
        return self._start("worker", *own, "--host", "127.0.0.1")

    def kill_worker(self) -> None:
        """Kill the worker that has lived longest, and start another."""
        oldest = self._workers.pop(0)
        oldest.send_signal(signal.SIGKILL)
        oldest.wait()
        self._workers.append(self._worker())
        self.killed += 1

    def kill_scheduler(self) -> None:
        self._scheduler.send_signal(signal.SIGKILL)
        self._scheduler.wait()

    def close(self) -> None:
        for process in (*self._workers, self._scheduler):
            process.kill()
            process.wait()
        self._log.close()


ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


@pytest.fixture
def grid(tmp_path: Path) -> Iterator[Grid]:
    started = Grid(tmp_path)
    with contextlib.closing(started):
        yield started


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_workers_killed_in_the_middle_change_no_byte(grid: Grid, tmp_path: Path) -> None:
    registry = write(dirty(), tmp_path / "firms.parquet")
    here = pipeline.run(registry, workspace=tmp_path / "here", as_of="2026-06-30")
    steps: list[str] = []

    def progress(text: str) -> None:
        if "rows/s" in text:
            steps.append(text.split(maxsplit=1)[0])
            if len(steps) % 6 == 3 and grid.killed < KILLS:
                grid.kill_worker()

    there = pipeline.run(
        registry,
        workspace=tmp_path / "there",
        as_of="2026-06-30",
        scheduler=grid.address,
        rows_per_part=430,
        progress=progress,
    )
    assert grid.killed == KILLS
    assert {"read", "classify", "learn", "locate"} <= set(steps)
    assert there.manifest["files"] == here.manifest["files"]


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_a_lost_scheduler_is_told_and_publishes_nothing(grid: Grid, tmp_path: Path) -> None:
    registry = write(dirty(), tmp_path / "firms.parquet")
    done: list[str] = []

    def progress(text: str) -> None:
        done.append(text)
        if text.startswith("classify"):
            grid.kill_scheduler()

    place = tmp_path / "w"
    with pytest.raises(WorkspaceError, match="nothing was published"):
        pipeline.run(
            registry,
            workspace=place,
            as_of="2026-06-30",
            scheduler=grid.address,
            rows_per_part=430,
            progress=progress,
        )
    assert workspace.published_id(place) is None
    assert not list((place / "snapshots").iterdir())
    # The same command without the cluster goes on where it stopped.
    pipeline.run(registry, workspace=place, as_of="2026-06-30", rows_per_part=430)
    assert workspace.published_id(place) is not None


def test_no_scheduler_at_the_address(tmp_path: Path) -> None:
    registry = write(dirty(200), tmp_path / "firms.parquet")
    with pytest.raises(InputError, match="dask scheduler"):
        pipeline.run(registry, workspace=tmp_path / "w", scheduler="tcp://127.0.0.1:8689")
