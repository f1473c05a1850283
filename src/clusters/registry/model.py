"""What reading a registry gives: the table, and an account of every row that is not in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd


@dataclass(frozen=True, slots=True)
class Account:
    """Rows read and where each went."""

    read: int
    kept: int
    duplicates: int
    rejected: int

    @property
    def adds_up(self) -> bool:
        """Whether no row was lost or invented."""
        return self.read == self.kept + self.duplicates + self.rejected


@dataclass(frozen=True, slots=True)
class ColumnProposal:
    """What one header was taken for and how sure that is, 0..1.

    ``used`` is False where the meaning is only proposed: by its content, not by its header.
    """

    header: str
    column: str
    confidence: float
    used: bool


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a registry and how it was understood.

    ``columns`` maps the headers that were used to canonical columns; ``header_row`` is the row a
    person sees in the file, 1 for formats that have no header row of their own; ``proposals`` how
    sure each meaning is.
    """

    name: str
    sha256: str
    rows: int
    format: str
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    header_row: int
    columns: Mapping[str, str]
    ignored: tuple[str, ...]
    personal: tuple[str, ...]
    proposals: tuple[ColumnProposal, ...] = ()


@dataclass(frozen=True, slots=True)
class MarkedRows:
    """Rows of one file that have findings: ``cells`` has one column per header, indexed by row."""

    file: str
    sha256: str
    cells: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Registry:
    """A registry that was read, checked and freed of duplicates.

    Attributes
    ----------
    table
        One row per enterprise in canonical columns (see `clusters.registry.schema`), RangeIndex.
    rejected
        ``file, row, column, value, rule, reason``: rows that cannot be an enterprise.
    duplicates
        ``file, row, kept_file, kept_row, rule, enterprise_id, dropped_id, name``: rows that say
        what a kept row says; ``dropped_id`` names the row in a decision that takes it back.
    candidates
        Pairs of firms that may be one enterprise (see `clusters.registry.entities`).
    marked
        The rows with errors or warnings, file by file, as a person may see and correct them.
    report
        ``file, row, column, value, rule, severity, message``: every finding; ``row`` is null for
        findings about a whole file. Personal values are never in it.
    account
        Rows read = kept + duplicates + rejected.
    sources
        The files, in the order given.
    """

    table: pd.DataFrame
    rejected: pd.DataFrame
    duplicates: pd.DataFrame
    candidates: pd.DataFrame
    marked: tuple[MarkedRows, ...]
    report: pd.DataFrame
    account: Account
    sources: tuple[SourceFile, ...]


@dataclass(frozen=True, slots=True)
class FileNote:
    """A finding about a whole file, with an optional detail such as a number of rows."""

    rule: str
    column: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class RawTable:
    """Cells of one table as text, with headers found but not yet understood.

    Attributes
    ----------
    headers
        Header texts, made unique.
    cells
        One `str` column per header, columns 0 … n-1; empty text and NaN both mean empty.
    rows
        (n,) row numbers a person sees in the file; the header row has number `header_row`.
    overlong
        Position → all cells of a row that has more cells than the header.
    short, unbalanced
        Positions of rows with too few cells, and with a quote that is never closed.
    points
        (n, 2) longitude, latitude in WGS 84 degrees from geometries, NaN where there is none.
    """

    headers: tuple[str, ...]
    cells: pd.DataFrame
    rows: np.ndarray
    format: str
    header_row: int = 1
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    notes: tuple[FileNote, ...] = ()
    overlong: Mapping[int, list[str]] = field(default_factory=dict)
    short: tuple[int, ...] = ()
    unbalanced: tuple[int, ...] = ()
    points: np.ndarray | None = None
    not_points: tuple[int, ...] = ()
    datum: str | None = None
