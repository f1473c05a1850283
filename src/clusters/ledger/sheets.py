"""Read a table that people fill in: CSV or the first sheet of a workbook, all cells as text.

A spreadsheet takes a text that begins with ``=`` for a formula, so such a text is written into CSV
with an apostrophe before it (`guarded`), which is taken off again when the table is read.
"""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from clusters.errors import InputError
from clusters.registry.text_files import decode
from clusters.registry.workbooks import open_inspected, rows_of, texts_of

ENDINGS = (".csv", ".xlsx")
LARGEST_BYTES = 20 * 1024 * 1024
# An apostrophe that is already there before such a text gets one more, so nothing is lost.
_GUARDED = re.compile(r"'+[=+\-@\t\r\n]")
_NEEDS_GUARD = re.compile(r"'*[=+\-@\t\r\n]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of a table as text.

    ``rows`` are the filled rows as (row number in the file, cells), cells as many as headers.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def guarded(text: str) -> str:
    """Return a text that no spreadsheet runs as a formula."""
    return f"'{text}" if _NEEDS_GUARD.match(text) else text


def read_sheet(path: Path) -> Sheet:
    """Read a table whose first filled row is its header.

    Raises
    ------
    InputError
        If the file cannot be read, has another ending, or a row is longer than the header.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(f"{path.name}: cannot read this ending; use one of {', '.join(ENDINGS)}")
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise InputError(f"{path.name}: is larger than 20 MB; split it into several files")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; check the name") from error
    rows = _csv_rows(data, path.name) if ending == ".csv" else _workbook_rows(data, path.name)
    filled = [(number, row) for number, row in rows if any(cell.strip() for cell in row)]
    if len(filled) < 2:
        raise InputError(f"{path.name}: has no row below a header; give at least one")
    headers = tuple(cell.strip() for cell in filled[0][1])
    while headers and not headers[-1]:
        headers = headers[:-1]
    body = []
    for number, row in filled[1:]:
        if any(cell.strip() for cell in row[len(headers) :]):
            raise InputError(
                f"{path.name}, row {number}: has more cells than the header; put texts that hold a "
                "comma into double quotes"
            )
        cells = [*row, *[""] * len(headers)][: len(headers)]
        body.append((number, tuple(cell.replace("\r\n", "\n").strip() for cell in cells)))
    return Sheet(headers, tuple(body))


def _csv_rows(data: bytes, label: str) -> list[tuple[int, list[str]]]:
    text, _encoding = decode(data, label)
    found = []
    try:
        for number, row in enumerate(
            csv.reader(io.StringIO(text, newline=""), strict=True), start=1
        ):
            found.append((number, [c[1:] if _GUARDED.match(c) else c for c in row]))
    except csv.Error as error:
        msg = f"{label}, row {len(found) + 1}: {error}; close the double quotes of this row"
        raise InputError(msg) from error
    return found


def _workbook_rows(data: bytes, label: str) -> list[tuple[int, list[str]]]:
    book = open_inspected(data, label)
    rows = texts_of(rows_of(book, book.sheet_names[0], label))
    return list(enumerate(rows, start=1))
