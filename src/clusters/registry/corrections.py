"""Rows to correct, handed out as a workbook and taken back: only cells a person changed are used.

A report holds the rows with findings as they would be read: cleaned, personal values taken out. A
cell that comes back as it was handed out is left alone; one that differs replaces the cell of the
file before anything is checked. Rows are found by their number, and only in the very file the
report was made from (its digest is kept beside them).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from clusters.registry.cleaning import clean
from clusters.registry.columns import ColumnPlan
from clusters.registry.faults import fault
from clusters.registry.files import read_bytes
from clusters.registry.findings import Findings
from clusters.registry.model import FileNote, MarkedRows, RawTable
from clusters.registry.people import scrub
from clusters.registry.personal import mask, showable
from clusters.registry.workbooks import open_inspected, rows_of, texts_of

INDEX_SHEET: Final = "clusters"
INDEX_HEADER: Final = ("sheet", "file", "sha256")
ROW_HEADER: Final = "行 Row"
_LAST_ROW: Final = 2**53  # whole numbers up to here are exact in a cell
# Columns whose texts are kept as written; cells of the others are shown only if they are no name.
_FREE_TEXT: Final = frozenset(
    {
        "name", "name_en", "short_name", "former_names", "address", "region", "business_scope",
        "listing", "honours", "source", "source_url", "note", "status", "taxonomy_evidence",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Corrections:
    """What a person sent back: file → its digest and rows, shaped like `MarkedRows.cells`."""

    name: str
    files: Mapping[str, MarkedRows]


@dataclass(frozen=True, slots=True)
class Corrected:
    """Cells with corrections in place, and the (k,) positions of the rows that changed."""

    cells: pd.DataFrame
    positions: np.ndarray


def shown_cells(
    raw: RawTable,
    plan: ColumnPlan,
    positions: np.ndarray,
    *,
    withheld: np.ndarray,
    people: Mapping[str, np.ndarray],
) -> pd.DataFrame:
    """Return the cells of some rows as a report shows them, indexed by row number.

    Parameters
    ----------
    positions
        Rows to show.
    withheld
        Positions of shifted rows: nobody knows what their cells are, so none is shown.
    people
        Canonical column → positions in which a name of a person was masked; such cells are empty.
    """
    columns = {}
    for canonical, used in plan.used.items():
        hidden = np.isin(positions, np.union1d(people.get(canonical, []), withheld))
        for position in used:
            text = clean(raw.cells[position].iloc[positions]).text
            text = mask(text)[0]
            if canonical in _FREE_TEXT:
                text = pd.Series([scrub(v) if isinstance(v, str) else v for v in text], dtype="str")
            elif canonical != "uscc":
                text = showable(text)
            text = text.mask(hidden)
            columns[position] = text.fillna("").to_numpy(dtype=object)
    table = pd.DataFrame(
        {raw.headers[position]: columns[position] for position in sorted(columns)},
        index=pd.Index(raw.rows[positions], name=ROW_HEADER),
    )
    return table.astype("str")


def read_corrections(source: Path) -> Corrections:
    """Read a report that a person corrected.

    Raises
    ------
    InputError
        If it is no workbook, or not one that a check wrote.
    """
    label = source.name
    book = open_inspected(read_bytes(source), label)
    if INDEX_SHEET not in book.sheet_names:
        raise fault("corrections_not_ours", file=label)
    index = texts_of(rows_of(book, INDEX_SHEET, label))
    if not index or tuple(index[0]) != INDEX_HEADER:
        raise fault("corrections_not_ours", file=label)
    files = {}
    for sheet, file, sha256 in index[1:]:
        if sheet not in book.sheet_names:
            raise fault("corrections_not_ours", file=label)
        rows = texts_of(rows_of(book, sheet, label))
        if not rows or rows[0][0] != ROW_HEADER:
            raise fault("corrections_not_ours", file=label)
        twice = [header for at, header in enumerate(rows[0]) if header in rows[0][:at]]
        if any(twice):
            raise fault("corrections_header_twice", file=label, header=max(twice))
        table = pd.DataFrame(rows[1:], columns=rows[0], dtype="str")
        table = table[table[ROW_HEADER] != ""]
        number = pd.to_numeric(table[ROW_HEADER], errors="coerce")
        wrong = ~number.between(1, _LAST_ROW) | (number % 1 != 0) | number.duplicated()
        if wrong.any():
            row_told = table[ROW_HEADER][wrong].iloc[0]
            raise fault("corrections_row", file=label, source=file, row=row_told)
        table = table.drop(columns=ROW_HEADER).set_index(number.astype("int64"))
        files[file] = MarkedRows(file, sha256, table)
    return Corrections(label, files)


def unread(corrections: Corrections, labels: Sequence[str]) -> pd.DataFrame:
    """Return a finding for every file whose rows a report holds, but which is not read now.

    Parameters
    ----------
    labels
        What the files that are read are called.
    """
    findings = Findings(corrections.name)
    for file, rows in corrections.files.items():
        if file not in labels and len(rows.cells):
            findings.note(FileNote("corrections_unread", value=f"{file}: {len(rows.cells)}"))
    return findings.notes()


def apply(
    corrections: Corrections,
    raw: RawTable,
    plan: ColumnPlan,
    *,
    label: str,
    sha256: str,
    withheld: np.ndarray,
    people: Mapping[str, np.ndarray],
) -> Corrected:
    """Put the cells a person changed in the place of the file's.

    Raises
    ------
    InputError
        If the report was made from another state of the file, or its rows and headers are gone.
    """
    none = np.array([], dtype=int)
    given = corrections.files.get(label)
    if given is None or given.cells.empty:
        return Corrected(raw.cells, none)
    if given.sha256 != sha256:
        raise fault("corrections_other_file", file=corrections.name, source=label)
    where = np.searchsorted(raw.rows, given.cells.index.to_numpy())
    where = np.minimum(where, len(raw.rows) - 1)
    lost = raw.rows[where] != given.cells.index.to_numpy()
    if lost.any():
        row = given.cells.index[lost][0]
        raise fault("corrections_row", file=corrections.name, source=label, row=row)
    shown = shown_cells(raw, plan, where, withheld=withheld, people=people)
    missing = [header for header in shown.columns if header not in given.cells.columns]
    if missing:
        raise fault("corrections_header", file=corrections.name, header=missing[0])
    differs = given.cells[list(shown.columns)].fillna("").to_numpy() != shown.to_numpy()
    cells = raw.cells.copy()
    for at, header in enumerate(shown.columns):
        rows = where[differs[:, at]]
        if len(rows):
            column = raw.headers.index(header)
            text = cells[column].astype("str")
            text.iloc[rows] = given.cells[header].to_numpy()[differs[:, at]]
            cells[column] = text
    changed = where[differs.any(axis=1)]
    # Of a shifted row only what the person wrote is known.
    blank = np.intersect1d(changed, withheld)
    if len(blank):
        at_row = {int(position): number for number, position in enumerate(where)}
        for position, name in enumerate(raw.headers):
            known = name in shown.columns
            cells[position] = cells[position].astype("str")
            cells.iloc[blank, position] = [
                given.cells[name].iloc[at_row[int(p)]] if known else "" for p in blank
            ]
    return Corrected(cells, np.sort(changed))
