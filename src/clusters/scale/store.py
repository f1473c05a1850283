"""The work folder of a run in parts: what each step made of each part, and what is done.

A part is done when its file of facts is there: everything else of it was written and flushed
before. A run that stops goes on from there. The folder may be deleted at any time; it lies in the
cache of the workspace and workers of a cluster must see it under the same path.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

Frames = Mapping[str, pd.DataFrame]
Arrays = Mapping[str, NDArray]

_LISTS = ("flags",)


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
        """Write what a step made of a part; it counts once all of it is written.

        Two workers may do the same part, where a scheduler took one for lost: what they write is
        the same, and each file appears whole.
        """
        for name, frame in (frames or {}).items():
            with self.written(step, number, name) as part:
                frame.to_parquet(part, index=False)
        if arrays:
            target = self.folder / f"{step}-{number:05d}.npz"
            part = _partial(target)
            with part.open("wb") as stream:
                np.savez(stream, allow_pickle=False, **arrays)
            part.replace(target)
        target = self._facts(step, number)
        part = _partial(target)
        part.write_text(json.dumps(facts or {}, ensure_ascii=False), encoding="utf-8")
        part.replace(target)

    def written(self, step: str, number: int, name: str) -> "_Written":
        """Return a context that gives a path to write to, which then appears as a frame."""
        return _Written(self.path(step, number, name))

    def path(self, step: str, number: int, name: str) -> Path:
        """Return where a frame of a part lies."""
        return self.folder / f"{step}-{number:05d}-{name}.parquet"

    def facts(self, step: str, number: int) -> dict[str, Any]:
        """Return the facts of a part."""
        return dict(json.loads(self._facts(step, number).read_text(encoding="utf-8")))

    def arrays(self, step: str, number: int) -> dict[str, NDArray]:
        """Return the arrays of a part."""
        with np.load(self.folder / f"{step}-{number:05d}.npz", allow_pickle=False) as found:
            return {name: found[name] for name in found.files}

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

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _facts(self, step: str, number: int) -> Path:
        return self.folder / f"{step}-{number:05d}.json"


@dataclass(frozen=True)
class _Written:
    target: Path

    def __enter__(self) -> Path:
        return _partial(self.target)

    def __exit__(self, kind: object, *_: object) -> None:
        part = _partial(self.target)
        if kind is None:
            part.replace(self.target)
        else:
            part.unlink(missing_ok=True)


def _partial(target: Path) -> Path:
    return target.with_name(f".{os.getpid()}-{target.name}")
