"""What is to be done: the files, cut into parts, and everything the steps need to know."""

import hashlib
import importlib.metadata
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pandas as pd

from clusters.places.boundaries import boundary_version
from clusters.places.coordinates import DatumChoice
from clusters.places.zones import zone_version
from clusters.registry import ColumnMapping
from clusters.registry.columns import ColumnPlan
from clusters.registry.files import split_part
from clusters.registry.slices import SlicedFile, can_be_sliced
from clusters.scale.store import Store
from clusters.settings import data_version

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
    seed
        Of everything drawn at random.
    """

    files: tuple[SlicedFile, ...]
    plans: tuple[ColumnPlan, ...]
    parts: tuple[Part, ...]
    store: Store
    mapping: ColumnMapping
    as_of: date | None
    datum: DatumChoice
    labels: Mapping[str, str]
    merges: pd.DataFrame
    seed: int


def files_to_slice(sources: Sequence[str | Path], *, least: int) -> list[Path] | None:
    """Return the files where all can be read in parts and hold ``least`` rows; None otherwise."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - small registries never need it here

    paths = [split_part(source)[0] for source in sources]
    if not paths or not all(path.is_file() and can_be_sliced(path) for path in paths):
        return None
    rows = sum(pq.read_metadata(path).num_rows for path in paths)
    return paths if rows >= least else None


def cut(files: Sequence[SlicedFile], rows: int) -> tuple[Part, ...]:
    """Cut the files into parts of at most ``rows`` rows."""
    return tuple(
        Part(number, start, min(start + rows, file.rows))
        for number, file in enumerate(files)
        for start in range(0, file.rows, rows)
    )


def name_of(  # noqa: PLR0917 - everything a work folder depends on
    digests: Sequence[str],
    rows: int,
    mapping: ColumnMapping,
    as_of: date | None,
    datum: str,
    decided: str,
) -> str:
    """Return the name of a work folder: the same for the same files, parameters and software."""
    told = [
        *digests,
        rows,
        mapping.model_dump_json(),
        str(as_of),
        datum,
        decided,
        importlib.metadata.version("sichuan-ai-clusters"),
        boundary_version(),
        zone_version(),
        data_version("gazetteer"),
        data_version("taxonomy"),
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:20]
