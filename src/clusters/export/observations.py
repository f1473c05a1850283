"""The observations of a ledger as a table that can be filled in further and given back."""

import csv
import io
from pathlib import Path

import pandas as pd

from clusters.errors import InputError
from clusters.export.tables import write_whole
from clusters.export.workbook import new_workbook
from clusters.ledger import Ledger, observations
from clusters.ledger.importing import COLUMNS
from clusters.ledger.sheets import ENDINGS, guarded
from clusters.maps.words import Language

_NUMBERS = ("id", "value", "supersedes")
_WIDTHS = {"source": 44, "definition_note": 36, "recorded_at": 28, "area": 20, "indicator_id": 20}


def write_observations(ledger: Ledger, path: Path, *, language: Language = "en") -> int:
    """Write every observation, corrected ones too, in the order they were added.

    Parameters
    ----------
    ledger
        An open ledger.
    path
        ``.csv`` or ``.xlsx``; appears whole or not at all.
    language
        Chinese headers, or the names of the columns; an import understands both.

    Returns
    -------
    int
        How many rows were written.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(f"{path}: cannot write this ending; use one of {', '.join(ENDINGS)}")
    table = observations(ledger, superseded=True)[list(COLUMNS)]
    headers = [COLUMNS[name] if language == "zh" else name for name in COLUMNS]
    rows = [_cells(row) for row in table.to_dict("records")]
    write_whole(path, _csv(headers, rows) if ending == ".csv" else _xlsx(headers, rows))
    return len(rows)


def _cells(row: dict) -> list[str | float | int]:
    """Return the cells of a row: numbers as numbers, the rest as text."""
    cells: list[str | float | int] = []
    for name in COLUMNS:
        value = row[name]
        if name == "forecast":
            cells.append("true" if value else "false")
        elif name in _NUMBERS:
            whole = name != "value"
            cells.append("" if pd.isna(value) else int(value) if whole else float(value))
        else:
            cells.append(str(value))
    return cells


def _csv(headers: list[str], rows: list[list[str | float | int]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(headers)
    for row in rows:
        writer.writerow([guarded(cell) if isinstance(cell, str) else repr(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _xlsx(headers: list[str], rows: list[list[str | float | int]]) -> bytes:
    buffer = io.BytesIO()
    book = new_workbook(buffer)
    sheet = book.add_worksheet("observations")
    sheet.write_row(0, 0, headers, book.add_format({"bold": True, "bottom": 1}))
    sheet.freeze_panes(1, 0)
    for position, name in enumerate(COLUMNS):
        sheet.set_column(position, position, _WIDTHS.get(name, 12))
    for number, row in enumerate(rows, start=1):
        for position, cell in enumerate(row):
            # A cell keeps 16 digits; the few values that need 17 are kept as text.
            if isinstance(cell, str) or float(f"{cell:.16G}") != cell:
                sheet.write_string(number, position, str(cell))
            else:
                sheet.write_number(number, position, cell)
    book.close()
    return buffer.getvalue()
