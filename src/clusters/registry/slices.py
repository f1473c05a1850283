"""A Parquet registry read slice by slice, so that its size does not decide the memory needed.

A slice is a range of rows. How the file is understood is decided once, from the same samples of
its columns as for a file read whole, and carried to every slice.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clusters.registry.columns import ColumnPlan, understand
from clusters.registry.faults import fault
from clusters.registry.layers import raw_of_table, text_of_column
from clusters.registry.mapping import ColumnMapping
from clusters.registry.model import RawTable
from clusters.registry.personal import SAMPLE as PERSONAL_SAMPLE
from clusters.registry.proposal import SAMPLE as PROPOSAL_SAMPLE

_BATCH: Final = 65_536
_PIECE: Final = 1 << 22


@dataclass(frozen=True)
class SlicedFile:
    """One Parquet file that is read in slices.

    Attributes
    ----------
    path, label
        Where it is, and how messages and tables call it.
    rows
        Number of rows.
    """

    path: Path
    label: str
    rows: int

    def read(self, start: int, stop: int, mapping: ColumnMapping) -> RawTable:
        """Return the rows ``start`` ≤ k < ``stop``, 0 the first, with the numbers a person sees."""
        parts = []
        with pq.ParquetFile(self.path) as file:
            begin = 0
            for group in range(file.num_row_groups):
                end = begin + file.metadata.row_group(group).num_rows
                if begin < stop and end > start:
                    table = file.read_row_group(group)
                    low, high = max(start - begin, 0), min(stop, end) - begin
                    parts.append(table.slice(low, high - low))
                begin = end
        raw = raw_of_table(pa.concat_tables(parts), self.label, mapping)
        return RawTable(raw.headers, raw.cells, raw.rows + start, raw.format)


def can_be_sliced(path: Path) -> bool:
    """Whether a file is Parquet without geometries and without nested columns."""
    try:
        with path.open("rb") as stream:
            if stream.read(4) != b"PAR1":
                return False
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowException, ValueError):
        return False
    return b"geo" not in (schema.metadata or {}) and not any(
        pa.types.is_nested(field.type) for field in schema
    )


def open_sliced(path: Path, label: str) -> SlicedFile:
    """Return a Parquet file to be read in slices.

    Raises
    ------
    InputError
        If it is damaged or holds no row.
    """
    try:
        rows = pq.read_metadata(path).num_rows
    except (OSError, pa.ArrowException, ValueError) as error:
        raise fault("file_damaged", file=label) from error
    if not rows:
        raise fault("no_rows", file=label)
    return SlicedFile(path, label, rows)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, read piece by piece."""
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            found.update(piece)
    return found.hexdigest()


@dataclass(frozen=True, slots=True)
class Samples:
    """Cells by which a file is judged, as tables whose columns are filled from the top.

    ``personal`` tells which columns hold people, ``proposal`` how sure their meanings are.
    """

    personal: RawTable
    proposal: RawTable


def samples_of(file: SlicedFile, mapping: ColumnMapping) -> Samples:
    """Return the cells a file read whole would be judged by.

    Raises
    ------
    InputError
        If the file is damaged or has no name column.
    """
    with pq.ParquetFile(file.path) as opened:
        names = opened.schema_arrow.names
        empty = pa.table({name: pa.nulls(1, pa.large_string()) for name in names})
        headers = raw_of_table(empty, file.label, mapping).headers
        wanted = {
            kind: _spread(opened, most, blank)
            for kind, most, blank in (
                ("personal", PERSONAL_SAMPLE, False), ("proposal", PROPOSAL_SAMPLE, True),
            )
        }  # fmt: skip
    tables = {}
    for kind, columns in wanted.items():
        cells = pd.DataFrame(dict(enumerate(columns))).astype("str")
        tables[kind] = RawTable(headers, cells, np.arange(2, len(cells) + 2), "parquet")
    return Samples(tables["personal"], tables["proposal"])


def _filled(column: pa.Array, *, blank: bool) -> np.ndarray:
    """Tell which cells say something; with ``blank``, white space says nothing either."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    found = pc.is_valid(column)
    if pa.types.is_floating(column.type):
        found = pc.and_(found, pc.invert(pc.fill_null(pc.is_nan(column), fill_value=True)))
    elif pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        text = pc.utf8_trim_whitespace(column) if blank else column
        found = pc.and_(found, pc.fill_null(pc.not_equal(text, ""), fill_value=False))
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def _spread(file: pq.ParquetFile, most: int, blank: bool) -> list[pd.Series]:
    """Return every k-th filled cell of each column, k so that ``most`` or more come, if any do."""
    number = len(file.schema_arrow.names)
    total = np.zeros(number, dtype=np.int64)
    for batch in file.iter_batches(_BATCH):
        total += [_filled(column, blank=blank).sum() for column in batch.columns]
    step, seen = np.maximum(1, total // most), np.zeros(number, dtype=np.int64)
    kept: list[list[pd.Series]] = [[] for _ in range(number)]
    for batch in file.iter_batches(_BATCH):
        for at, column in enumerate(batch.columns):
            rows = np.flatnonzero(_filled(column, blank=blank))
            chosen = rows[(-seen[at]) % step[at] :: step[at]]
            seen[at] += len(rows)
            kept[at].append(text_of_column(pa.chunked_array([column.take(pa.array(chosen))])))
    return [pd.concat(parts, ignore_index=True) for parts in kept]


def plan_of(samples: Samples, label: str, mapping: ColumnMapping) -> ColumnPlan:
    """Return how the columns of a file are used, as for a file read whole.

    Raises
    ------
    InputError
        As `clusters.registry.columns.understand`.
    """
    return understand(samples.personal, label, mapping)
