"""A registry read slice by slice, so that its size does not decide the memory of every step.

A slice is a range of rows. How the file is understood is decided once, from the same samples of
its columns as for a file read whole, and carried to every slice. A Parquet file is sliced where it
lies and never read whole; any other is read once, and its cells are held in a Parquet file of ours.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

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
from clusters.registry.shifted import refuse_short_header

_BATCH: Final = 65_536
_PIECE: Final = 1 << 22


class Slices(Protocol):
    """A file that is read in slices."""

    @property
    def label(self) -> str:
        """How messages and tables call it."""

    @property
    def rows(self) -> int:
        """Number of rows."""

    def read(self, start: int, stop: int, mapping: ColumnMapping) -> RawTable:
        """Return the rows ``start`` ≤ k < ``stop``, 0 the first, with the numbers a person sees."""


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
        """Return some rows, as `Slices.read`."""
        raw = raw_of_table(_rows_of(self.path, start, stop), self.label, mapping)
        return RawTable(raw.headers, raw.cells, raw.rows + start, raw.format)


@dataclass(frozen=True)
class HeldFile:
    """A file of another format, read whole once, whose cells lie in a Parquet file of ours.

    Attributes
    ----------
    path, label
        Where the cells are, and how messages and tables call the file.
    rows
        Number of rows.
    told
        Everything else that reading told, without cells; positions are those of the whole file.
    """

    path: Path
    label: str
    rows: int
    told: RawTable

    def read(self, start: int, stop: int, mapping: ColumnMapping) -> RawTable:
        """Return some rows, as `Slices.read`."""
        del mapping  # the file was read by it
        frame = _rows_of(self.path, start, stop).to_pandas()
        cells = frame[[str(k) for k in range(len(self.told.headers))]].astype("str")
        cells.columns = pd.RangeIndex(len(self.told.headers))

        def here(positions: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(k - start for k in positions if start <= k < stop)

        return replace(
            self.told,
            cells=cells,
            rows=frame["row"].to_numpy(),
            overlong={k - start: row for k, row in self.told.overlong.items() if start <= k < stop},
            short=here(self.told.short),
            unbalanced=here(self.told.unbalanced),
            not_points=here(self.told.not_points),
            points=frame[["x", "y"]].to_numpy() if "x" in frame else None,
        )


def held_frame(raw: RawTable, label: str) -> pd.DataFrame:
    """Return what `HeldFile.path` must hold of a file that was read whole.

    Raises
    ------
    InputError
        If more than half of the rows have more cells than the header, which no slice can tell.
    """
    refuse_short_header(raw, label)
    columns: dict[str, Any] = {str(k): raw.cells[k] for k in raw.cells}
    columns["row"] = raw.rows
    if raw.points is not None:
        columns |= {"x": raw.points[:, 0], "y": raw.points[:, 1]}
    return pd.DataFrame(columns)


def held(path: Path, label: str, raw: RawTable) -> HeldFile:
    """Return the file whose cells, those of `held_frame`, lie at ``path``."""
    told = replace(raw, cells=raw.cells.iloc[:0], rows=raw.rows[:0], points=None)
    return HeldFile(path, label, len(raw.rows), told)


def _rows_of(path: Path, start: int, stop: int) -> pa.Table:
    """Return the rows ``start`` ≤ k < ``stop`` of a Parquet file."""
    parts = []
    with pq.ParquetFile(path) as file:
        begin = 0
        for group in range(file.num_row_groups):
            end = begin + file.metadata.row_group(group).num_rows
            if begin < stop and end > start:
                table = file.read_row_group(group)
                low, high = max(start - begin, 0), min(stop, end) - begin
                parts.append(table.slice(low, high - low))
            begin = end
    return pa.concat_tables(parts)


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
