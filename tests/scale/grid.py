"""A Dask cluster on this machine: a scheduler and workers, each a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LONGEST_WAIT = 300
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
Process = subprocess.Popen[bytes]


class Grid:
    """A scheduler and two workers, which can be killed and started again.

    Parameters
    ----------
    folder
        For logs and what Dask keeps.
    hosts
        Addresses of the scheduler and of the workers in turn, with what stands before the command
        of each, such as ``ip netns exec NAME``.
    """

    def __init__(
        self,
        folder: Path,
        hosts: Sequence[tuple[str, Sequence[str]]] = (("127.0.0.1", ()),),
    ) -> None:
        self._folder, self._hosts, self._started = folder, hosts, 0
        self._file = folder / "scheduler.json"
        self._log = (folder / "log").open("wb")
        self._scheduler = self._start("scheduler", 0, "--port", "0")
        deadline = time.monotonic() + LONGEST_WAIT
        while not (told := self._told()):
            assert self._scheduler.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        self.address = told["address"]
        self._workers = [self._worker(), self._worker()]
        self.killed = 0

    def _told(self) -> dict[str, Any]:
        """Return what the scheduler writes of itself; empty until it has written all of it."""
        try:
            return json.loads(self._file.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}

    def _start(self, what: str, host: int, *options: str) -> Process:
        address, before = self._hosts[host]
        line = [*before, sys.executable, "-m", "dask", what, "--host", address, "--no-dashboard"]
        line += ["--scheduler-file", str(self._file), *options]
        return subprocess.Popen(line, stdout=self._log, stderr=self._log, env=ENVIRONMENT)

    def _worker(self) -> Process:
        own = ["--no-nanny", "--nthreads", "1", "--local-directory", str(self._folder)]
        others = range(1, len(self._hosts)) or (0,)
        self._started += 1
        return self._start("worker", others[self._started % len(others)], *own)

    def kill_worker(self) -> None:
        """Kill the worker that has lived longest with -9, and start another."""
        oldest = self._workers.pop(0)
        oldest.send_signal(signal.SIGKILL)
        oldest.wait()
        self._workers.append(self._worker())
        self.killed += 1

    def kill_scheduler(self) -> None:
        """Kill the scheduler with -9."""
        self._scheduler.send_signal(signal.SIGKILL)
        self._scheduler.wait()

    def close(self) -> None:
        """End every process that was started here."""
        for process in (*self._workers, self._scheduler):
            process.kill()
            process.wait()
        self._log.close()
