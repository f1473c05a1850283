"""Where the steps run: in this process one after another, or on the workers of a Dask cluster.

A step is a function of the job, what all parts share, and the number of a part. It gives the same
result wherever it runs, so a worker that is lost may be replaced by any other.
"""

import contextlib
import gc
import logging
import platform
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from clusters.errors import ClustersError, InputError, WorkspaceError
from clusters.scale.job import Job

Result = TypeVar("Result")
Step = Callable[[Job, Any, int], Result]

RETRIES: Final = 8
"""Times a part is tried again after the worker that did it was lost."""

PATIENCE_SECONDS: Final = 10

_TALKATIVE: Final = (
    "distributed", "distributed.client", "tornado", "tornado.application", "asyncio",
)  # fmt: skip


class Runner(Protocol):
    """Runs a step for parts."""

    def map(
        self,
        step: Step[Result],
        job: Job,
        shared: Any,
        parts: Sequence[int],
        *,
        own: Sequence[Any] | None = None,
    ) -> Iterator[Result]:
        """Yield the results of a step in the order of the parts.

        ``shared`` is told to every part; where there is ``own``, part k is told ``own[k]`` instead.
        """
        ...


class Local:
    """Runs every part in this process."""

    def map(
        self,
        step: Step[Result],
        job: Job,
        shared: Any,
        parts: Sequence[int],
        *,
        own: Sequence[Any] | None = None,
    ) -> Iterator[Result]:
        """Yield the results of a step in the order of the parts."""
        for part in parts:
            yield step(job, shared if own is None else own[part], part)


class Cluster:
    """Runs parts on the workers of a Dask cluster; they must see the same folders as this one."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def map(
        self,
        step: Step[Result],
        job: Job,
        shared: Any,
        parts: Sequence[int],
        *,
        own: Sequence[Any] | None = None,
    ) -> Iterator[Result]:
        """Yield the results of a step in the order of the parts.

        Raises
        ------
        ClustersError
            What a worker refuses: it has other versions, does not see the folder, its disk is full.
        WorkspaceError
            If the scheduler is lost, or a part took every worker that tried it down with it.
        """
        from distributed import KilledWorker  # noqa: PLC0415 - two seconds
        from distributed.client import FutureCancelledError  # noqa: PLC0415

        try:
            told = self._hand_out(job, shared)
            futures = [
                self._submit(_one, step, told, part, None if own is None else own[part])
                for part in parts
            ]
            for future in futures:
                found = future.result()
                if isinstance(found, _Refused):
                    raise found.error
                yield found
                future.release()
        except ClustersError:
            raise
        except KilledWorker as error:
            msg = (
                f"a part of step {step.__name__} stopped every worker that tried it ({error}); "
                "nothing was published. Give the workers more memory, or lower --rows-per-part"
            )
            raise WorkspaceError(msg) from error
        except (FutureCancelledError, OSError, TimeoutError) as error:
            raise WorkspaceError(_lost(self._client.scheduler.address)) from error

    def _hand_out(self, job: Job, shared: Any) -> Any:
        """Give job and shared to the scheduler, which gives them again to whoever lost them."""
        return self._submit(_told, job, shared)

    def _submit(self, function: Callable[..., Any], *told: Any) -> Any:
        with warnings.catch_warnings():
            # What roads teach is large, and is handed out once a step.
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
            return self._client.submit(function, *told, pure=False, retries=RETRIES)


@dataclass(frozen=True)
class _Refused:
    """What a worker cannot do and no other try would change; it comes back as a result."""

    error: ClustersError


def _told(job: Job, shared: Any) -> tuple[Job, Any]:
    return job, shared


def _one(step: Step[Result], told: tuple[Job, Any], part: int, own: Any) -> Result | _Refused:
    job, shared = told
    here = platform.node()
    try:
        job.check_here(f"the worker on {here}")
        return step(job, shared if own is None else own, part)
    except ClustersError as error:
        return _Refused(error)
    except OSError as error:
        return _Refused(WorkspaceError(f"the worker on {here}: {error}; nothing was published"))


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
        stack.enter_context(_hushed())
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


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """Keep lost connections out of the log: what they mean is told in one sentence."""
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        gc.collect()  # tasks that were given up complain when they are forgotten
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _close(client: Any) -> None:
    # A client whose scheduler is gone has nothing to say good-bye to.
    with contextlib.suppress(Exception):
        client.close(timeout=2)
