"""Read Excel workbooks (xlsx, xlsm, xls) with python-calamine; cells become text.

Values come as the workbook stores them: codes kept as numbers have already lost digits beyond
the fifteenth, and the row report will say that such a code is not valid.
"""

import io
from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import python_calamine as calamine

from clusters.errors import InputError
from clusters.registry.archives import inspect_workbook
from clusters.registry.columns import (
    HEADER_SEARCH_ROWS,
    choose_table,
    find_header,
    no_needed_column,
    score,
    unique_headers,
)
from clusters.registry.faults import fault
from clusters.registry.mapping import ColumnMapping
from clusters.registry.model import FileNote, RawTable

_LARGEST_EXACT = 2.0**63


def text_of(value: object) -> str:
    """Return a cell as the text a person would type: 5.0 → 5, dates in ISO form."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < _LARGEST_EXACT
        return str(int(value)) if whole else repr(value)
    if isinstance(value, datetime):
        midnight = value.hour == value.minute == value.second == 0
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _unreadable(label: str, error: BaseException) -> InputError:
    if isinstance(error, calamine.PasswordError):
        return fault("workbook_locked", file=label)
    return fault("workbook_damaged", file=label)


def _is_decoder_failure(error: BaseException) -> bool:
    """Tell whether the Excel decoder gave up, be it by an error or by a panic of its own."""
    known = (calamine.CalamineError, OSError, ValueError, OverflowError)
    return isinstance(error, known) or type(error).__name__ == "PanicException"


def open_workbook(data: bytes, label: str) -> calamine.CalamineWorkbook:
    """Open a workbook; an error of the decoder becomes one of the file."""
    try:
        return calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except BaseException as error:
        if _is_decoder_failure(error):
            raise _unreadable(label, error) from error
        raise


def open_inspected(data: bytes, label: str) -> calamine.CalamineWorkbook:
    """Open a workbook once `inspect_workbook` has looked through it.

    Raises
    ------
    InputError
        If it is damaged, locked, or would harm the reader.
    """
    if data.startswith(b"PK"):  # the old binary format is no archive
        inspect_workbook(data, label)
    return open_workbook(data, label)


def rows_of(
    book: calamine.CalamineWorkbook, sheet: str, label: str, nrows: int | None = None
) -> list[list[object]]:
    """Return the cells of a sheet; an error of the decoder becomes one of the file."""
    try:
        found = book.get_sheet_by_name(sheet)
        return [list(row) for row in found.to_python(skip_empty_area=False, nrows=nrows)]
    except BaseException as error:
        if _is_decoder_failure(error):
            raise _unreadable(f"{label}#{sheet}", error) from error
        raise


def _fill_merged(
    rows: list[list[object]],
    ranges: Sequence[tuple[tuple[int, int], tuple[int, int]]] | None,
    header: int,
) -> int:
    """Give the value of cells merged over rows to each of these rows; return how many it filled.

    A merge across columns is layout: only its first column is filled.
    """
    count = 0
    for (top, left), (bottom, _right) in ranges or ():
        if top <= header or bottom <= top or top >= len(rows) or left >= len(rows[top]):
            continue
        value = rows[top][left]
        for row in rows[top + 1 : bottom + 1]:
            if value not in {"", None} and row[left] in {"", None}:
                row[left] = value
                count += 1
    return count


def texts_of(rows: Sequence[Sequence[object]]) -> list[list[str]]:
    """Return cells as texts."""
    return [[text_of(value) for value in row] for row in rows]


def _choose(
    book: calamine.CalamineWorkbook, label: str, mapping: ColumnMapping, wanted: str | None
) -> tuple[str, list[str]]:
    """Return the sheet to read and the names of those left out."""
    names = [
        meta.name for meta in book.sheets_metadata if meta.typ == calamine.SheetTypeEnum.WorkSheet
    ]

    def tables() -> list[str]:
        tops = {name: texts_of(rows_of(book, name, label, HEADER_SEARCH_ROWS)) for name in names}
        scores = {
            name: max((score(row, mapping) for row in rows), default=0)
            for name, rows in tops.items()
        }
        # A cover page may hold the word 名称; a table of firms names two columns or more.
        found = [n for n in names if scores[n] >= 2] or [n for n in names if scores[n]]
        if not found:
            raise no_needed_column(label, [row for rows in tops.values() for row in rows], mapping)
        return found

    return choose_table(wanted, names, tables, label)


def read_workbook(
    data: bytes, label: str, mapping: ColumnMapping, *, sheet: str | None = None
) -> RawTable:
    """Read one sheet of a workbook from memory.

    Parameters
    ----------
    sheet
        Name of the sheet; without it the only sheet that holds a column of names is read.

    Raises
    ------
    InputError
        If the workbook cannot be read, has no such sheet, no or several sheets with a name
        column, or no row below the header.
    """
    book = open_workbook(data, label)
    chosen, skipped = _choose(book, label, mapping, sheet)
    rows = rows_of(book, chosen, label)
    top = texts_of(rows[: max(HEADER_SEARCH_ROWS, mapping.header_row or 0)])
    header = find_header(top, mapping)
    if header is None:
        raise no_needed_column(f"{label}#{chosen}", top, mapping)
    filled_down = _fill_merged(rows, book.get_sheet_by_name(chosen).merged_cell_ranges, header)
    body = rows[header + 1 :]
    columns = [pa.array(map(text_of, column), pa.large_string()) for column in zip(*body)]  # noqa: B905 (calamine pads rows to one width)
    del rows, body
    if not columns:
        raise fault("no_rows", file=label)
    cells = pa.table({str(i): column for i, column in enumerate(columns)}).to_pandas()
    cells.columns = pd.RangeIndex(len(columns))
    filled = (cells.apply(lambda column: column.str.strip()) != "").any(axis=1).to_numpy()
    if not filled.any():
        raise fault("no_rows", file=label)
    notes = [FileNote("title_lines_skipped", value=str(header))] if header else []
    if skipped:
        notes.append(FileNote("sheets_skipped", value=", ".join(skipped)))
    if filled_down:
        notes.append(FileNote("merged_cells", value=str(filled_down)))
    # Blank rows below the last filled one are formatting, not part of the table.
    inner = int(np.flatnonzero(filled)[-1]) + 1 - int(filled.sum())
    if inner:
        notes.append(FileNote("blank_rows", value=str(inner)))
    return RawTable(
        headers=unique_headers(top[header]),
        cells=cells[filled].reset_index(drop=True),
        rows=np.flatnonzero(filled) + header + 2,
        format="excel",
        header_row=header + 1,
        sheet=chosen,
        notes=tuple(notes),
    )
