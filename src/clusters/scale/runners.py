"""Where the steps run: in this process one after another, or on the workers of a Dask cluster.

A step is a function of the job, what all parts share, and the number of a part. It gives the same
result wherever it runs, so a worker that is lost may be replaced by any other.
"""

import contextlib
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol, TypeVar

from clusters.errors import InputError, WorkspaceError
from clusters.scale.job import Job

Result = TypeVar("Result")
Step = Callable[[Job, Any, int], Result]
Progress = Callable[[str], None]

RETRIES: Final = 8
"""Times a part is tried again after the worker that did it was lost."""

PATIENCE_SECONDS: Final = 10


class Runner(Protocol):
    """Runs a step for parts."""

    def map(
        self, step: Step[Result], job: Job, shared: Any, parts: Sequence[int]
    ) -> Iterator[Result]:
        """Yield the results of a step in the order of the parts."""
        ...


class Local:
    """Runs every part in this process."""

    def map(
        self, step: Step[Result], job: Job, shared: Any, parts: Sequence[int]
    ) -> Iterator[Result]:
        """Yield the results of a step in the order of the parts."""
        for part in parts:
            yield step(job, shared, part)


class Cluster:
    """Runs parts on the workers of a Dask cluster; they must see the same folders as this one."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def map(
        self, step: Step[Result], job: Job, shared: Any, parts: Sequence[int]
    ) -> Iterator[Result]:
        """Yield the results of a step in the order of the parts.

        Raises
        ------
        WorkspaceError
            If the scheduler is lost, or a part took every worker that tried it down with it.
        """
        from distributed import KilledWorker  # noqa: PLC0415 - two seconds
        from distributed.client import FutureCancelledError  # noqa: PLC0415

        try:
            told = self._hand_out(job, shared)
            futures = [
                self._client.submit(_one, step, told, part, pure=False, retries=RETRIES)
                for part in parts
            ]
            for future in futures:
                yield future.result()
                future.release()
        except KilledWorker as error:
            msg = (
                f"a part of step {step.__name__} stopped every worker that tried it ({error}); "
                "nothing was published. Give the workers more memory, or lower --rows-per-part"
            )
            raise WorkspaceError(msg) from error
        except (FutureCancelledError, OSError, TimeoutError) as error:
            if isinstance(error, InputError | WorkspaceError):
                raise
            raise WorkspaceError(_lost(self._client.scheduler.address)) from error

    def _hand_out(self, job: Job, shared: Any) -> Any:
        """Give job and shared to the scheduler, which gives them again to whoever lost them."""
        with warnings.catch_warnings():
            # What roads teach is large, and is handed out once a step.
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
            return self._client.submit(_told, job, shared, pure=False, retries=RETRIES)


def _told(job: Job, shared: Any) -> tuple[Job, Any]:
    return job, shared


def _one(step: Step[Result], told: tuple[Job, Any], part: int) -> Result:
    job, shared = told
    return step(job, shared, part)


def _lost(address: str) -> str:
    return (
        f"the scheduler {address} does not answer any more; nothing was published. "
        "Start it again and run the same command: it goes on where it stopped"
    )


@contextlib.contextmanager
def runner_of(scheduler: str | None) -> Iterator[Runner]:
    """Give a runner: here for None, on a cluster started here for ``local``, else at an address.

    Raises
    ------
    InputError
        If no scheduler answers at the address.
    """
    if scheduler is None:
        yield Local()
        return
    from distributed import Client, LocalCluster  # noqa: PLC0415 - two seconds

    with contextlib.ExitStack() as stack:
        if scheduler == "local":
            cluster = LocalCluster(threads_per_worker=1, dashboard_address=None)  # type: ignore[no-untyped-call]
            address = stack.enter_context(cluster).scheduler_address
        else:
            address = scheduler
        try:
            client = Client(address, timeout=PATIENCE_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, TimeoutError) as error:
            msg = (
                f"no scheduler answers at {scheduler}; start one with: dask scheduler, and workers "
                "with: dask worker ADDRESS, or use --scheduler local"
            )
            raise InputError(msg) from error
        stack.callback(_close, client)
        yield Cluster(client)


def _close(client: Any) -> None:
    # A client whose scheduler is gone has nothing to say good-bye to.
    with contextlib.suppress(Exception):
        client.close(timeout=2)


class Watch:
    """Tells how far a step is, how fast it goes, and how long it will take."""

    def __init__(self, step: str, rows: int, progress: Progress) -> None:
        self._step, self._rows, self._progress = step, rows, progress
        self._began, self._done = time.monotonic(), 0

    def add(self, rows: int) -> None:
        """Count rows that are done."""
        self._done += rows
        seconds = max(time.monotonic() - self._began, 1e-3)
        rate = self._done / seconds
        left = (self._rows - self._done) / rate
        self._progress(
            f"{self._step} {self._done:,}/{self._rows:,} rows, {rate:,.0f} rows/s, "
            f"{int(left // 60)} min {int(left % 60):02d} s left"
        )
