"""The work folder of a run in parts: what each step made of each part, and what is done.

A part is done when its file of facts is there: everything else of it was written and flushed
before. A run that stops goes on from there. The folder may be deleted at any time; it lies in the
cache of the workspace and workers of a cluster must see it under the same path.
"""

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from clusters.atomic import replacing
from clusters.errors import ClustersError, WorkspaceError

Frames = Mapping[str, pd.DataFrame]
Arrays = Mapping[str, NDArray]

_LISTS = ("flags",)

FORGOTTEN_SECONDS: Final = 7 * 86_400


@dataclass(frozen=True)
class Store:
    """Files of a run in parts, named by step and number of the part."""

    folder: Path

    def has(self, step: str, number: int) -> bool:
        """Whether a step is done for a part."""
        return self._facts(step, number).exists()

    def save(
        self,
        step: str,
        number: int,
        *,
        facts: Mapping[str, Any] | None = None,
        arrays: Arrays | None = None,
        frames: Frames | None = None,
    ) -> None:
        """Write what a step made of a part; it counts once all of it is written and flushed.

        Two workers may do the same part, where a scheduler took one for lost: what they write is
        the same, and each file appears whole.
        """
        for name, frame in (frames or {}).items():
            with self.written(step, number, name) as part:
                frame.to_parquet(part, index=False)
        if arrays:
            with replacing(self._arrays(step, number)) as part, part.open("wb") as stream:
                np.savez(stream, allow_pickle=False, **arrays)
        with replacing(self._facts(step, number)) as part:
            part.write_text(json.dumps(facts or {}, ensure_ascii=False), encoding="utf-8")

    def written(self, step: str, number: int, name: str) -> contextlib.AbstractContextManager[Path]:
        """Return a context that gives a path to write to, which then appears as a frame."""
        return replacing(self.path(step, number, name))

    def path(self, step: str, number: int, name: str) -> Path:
        """Return where a frame of a part lies."""
        return self.folder / f"{step}-{number:05d}-{name}.parquet"

    def facts(self, step: str, number: int) -> dict[str, Any]:
        """Return the facts of a part."""
        return dict(json.loads(self._facts(step, number).read_text(encoding="utf-8")))

    def arrays(self, step: str, number: int) -> dict[str, NDArray]:
        """Return the arrays of a part."""
        with np.load(self._arrays(step, number), allow_pickle=False) as found:
            return {name: found[name] for name in found.files}

    def array(self, step: str, number: int, name: str) -> NDArray:
        """Return one array of a part."""
        with np.load(self._arrays(step, number), allow_pickle=False) as found:
            return np.asarray(found[name])

    def frame(
        self, step: str, number: int, name: str, columns: list[str] | None = None
    ) -> pd.DataFrame:
        """Return a frame of a part; lists come back as lists."""
        found = pd.read_parquet(self.path(step, number, name), columns=columns)
        for column in _LISTS:
            if column in found:
                found[column] = [list(codes) for codes in found[column]]
        return found

    def rows(self, step: str, number: int, name: str) -> int:
        """Return the number of rows of a frame."""
        return int(pq.read_metadata(self.path(step, number, name)).num_rows)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Make the folder and keep it from other runs.

        Raises
        ------
        WorkspaceError
            If another run works in it.
        """
        with contextlib.ExitStack() as stack:
            while True:
                self.folder.mkdir(parents=True, exist_ok=True)
                path = self.folder / ".lock"
                stream = stack.enter_context(path.open("wb"))
                if not _locked(stream.fileno()):
                    msg = (
                        "another run takes the same files into this workspace; nothing was "
                        "published. Wait until it has ended, or choose another --workspace"
                    )
                    raise WorkspaceError(msg)
                # A run that just ended may have removed the folder between opening and locking.
                with contextlib.suppress(FileNotFoundError):
                    if os.path.samestat(os.fstat(stream.fileno()), path.stat()):
                        break
            yield

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def remove_forgotten(self) -> None:
        """Delete the folders of other runs that nobody has gone on with for a week."""
        for other in self.folder.parent.iterdir():
            with contextlib.suppress(OSError):
                if other != self.folder and time.time() - _last_touched(other) > FORGOTTEN_SECONDS:
                    shutil.rmtree(other, ignore_errors=True)

    def _facts(self, step: str, number: int) -> Path:
        return self.folder / f"{step}-{number:05d}.json"

    def _arrays(self, step: str, number: int) -> Path:
        return self.folder / f"{step}-{number:05d}.npz"


def _last_touched(folder: Path) -> float:
    return max(folder.stat().st_mtime, *(file.stat().st_mtime for file in folder.iterdir()), 0.0)


def _locked(descriptor: int) -> bool:
    """Lock a file until it is closed; tell whether nobody else holds it."""
    try:
        import fcntl  # noqa: PLC0415 - there is none on Windows, where nothing is locked
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def stops_told(folder: Path) -> Iterator[None]:
    """Tell in one sentence when the disk refuses, and how to go on.

    Raises
    ------
    WorkspaceError
        Where anything inside could not be read or written.
    """
    try:
        yield
    except ClustersError:
        raise
    except OSError as error:
        msg = (
            f"the work folder in {folder / 'cache' / 'runs'} cannot be used "
            f"({error.strerror or error}); nothing was published. Free some space or choose "
            "another --workspace, and give the same command again: it goes on where it stopped"
        )
        raise WorkspaceError(msg) from error
