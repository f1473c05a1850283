"""What is to be done: the files, cut into parts, and everything the steps need to know."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd

from clusters.errors import InputError, WorkspaceError
from clusters.manifest import versions
from clusters.places.coordinates import DatumChoice
from clusters.places.park_files import parks_told
from clusters.registry import ColumnMapping
from clusters.registry.columns import ColumnPlan
from clusters.registry.files import split_part
from clusters.registry.slices import Slices, can_be_sliced
from clusters.scale.store import Store

FROM_ROWS: Final = 400_000
"""Registries with more rows are taken in parts; smaller ones fit into one table."""

ROWS_PER_PART: Final = 100_000


@dataclass(frozen=True)
class Part:
    """Some rows of one file: ``start`` ≤ k < ``stop``, 0 the first."""

    file: int
    start: int
    stop: int


@dataclass(frozen=True)
class Job:
    """A run in parts, as every worker knows it.

    Attributes
    ----------
    files, plans
        The files, and how the columns of each are used.
    parts
        The rows of all files, in order.
    store
        Where what the steps make of each part is kept.
    mapping, as_of, datum
        As `clusters.pipeline.run`.
    labels, merges
        What people decided.
    parks
        The parks in use.
    versions
        Of software and data; workers must have the same.
    """

    files: tuple[Slices, ...]
    plans: tuple[ColumnPlan, ...]
    parts: tuple[Part, ...]
    store: Store
    mapping: ColumnMapping
    as_of: date | None
    datum: DatumChoice
    labels: Mapping[str, str]
    merges: pd.DataFrame
    parks: gpd.GeoDataFrame
    versions: Mapping[str, str]

    def check_here(self, who: str) -> None:
        """Refuse to work where the results would differ or nobody would find them.

        Parameters
        ----------
        who
            How the message calls this process.

        Raises
        ------
        InputError
            If this process has other versions of software or data.
        WorkspaceError
            If it does not see the work folder.
        """
        mine = _versions_of_process()
        other = [name for name in self.versions if mine[name] != self.versions[name]]
        if other:
            raise InputError(
                f"{who} has {other[0]} {mine[other[0]]}, this run {self.versions[other[0]]}; "
                "install the same software and data everywhere"
            )
        if not self.store.folder.is_dir():
            raise WorkspaceError(
                f"{who} does not see {self.store.folder}; mount the workspace, and the registry, "
                "under the same path everywhere"
            )


def versions_here() -> dict[str, str]:
    """Return the versions of everything the steps depend on."""
    return versions()


@lru_cache(maxsize=1)
def _versions_of_process() -> dict[str, str]:
    """Return the versions of the tables this process has in memory."""
    return versions_here()


def is_large(sources: Sequence[str | Path]) -> bool:
    """Whether all files can be read in slices where they lie, and hold more than `FROM_ROWS`."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - small registries never need it here

    paths = [split_part(source)[0] for source in sources]
    if not paths or not all(path.is_file() and can_be_sliced(path) for path in paths):
        return False
    return sum(pq.read_metadata(path).num_rows for path in paths) > FROM_ROWS


def cut(files: Sequence[Slices], rows: int) -> tuple[Part, ...]:
    """Cut the files into parts of at most ``rows`` rows."""
    return tuple(
        Part(number, start, min(start + rows, file.rows))
        for number, file in enumerate(files)
        for start in range(0, file.rows, rows)
    )


def name_of(  # noqa: PLR0917 - everything a work folder depends on
    digests: Sequence[str],
    sheets: Sequence[str | None],
    rows: int,
    mapping: ColumnMapping,
    as_of: date | None,
    datum: str,
    decided: str,
    parks: pd.DataFrame,
) -> str:
    """Return the name of a work folder: the same for the same files, parameters and software."""
    made_with = versions_here()
    told = [
        *digests,
        *sheets,
        rows,
        mapping.model_dump_json(),
        str(as_of),
        datum,
        decided,
        made_with,
    ]
    told.append(parks_told(parks))
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:20]
