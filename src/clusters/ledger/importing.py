"""Add the observations of a table: every row is checked first, and all are added or none.

The table has the columns that an export has, by their names or their Chinese headers. A row whose
``id`` is that of the same row in this ledger is there already and is passed over, so an export may
be extended and given back. ``supersedes`` names a row of the ledger, or the ``id`` of an earlier
row of the same file.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa
from rapidfuzz import process

from clusters.errors import InputError
from clusters.ledger.drafts import IDENTITY, Draft, examined
from clusters.ledger.known import Known, known_indicators
from clusters.ledger.observing import append
from clusters.ledger.schema import observation
from clusters.ledger.sheets import Sheet, read_sheet
from clusters.ledger.store import Ledger, writing
from clusters.ledger.texts import FieldError, checked_account

# What an export writes, in its order, with the header a Chinese table has.
COLUMNS = {
    "id": "编号",
    "indicator_id": "指标",
    "area": "地区",
    "period": "时期",
    "value": "数值",
    "unit": "单位",
    "qualifier": "表述",
    "forecast": "预测",
    "definition_group": "口径",
    "definition_note": "口径说明",
    "source": "来源",
    "source_date": "来源日期",
    "confidence": "可信度",
    "supersedes": "更正编号",
    "who": "录入者",
    "recorded_at": "录入时间",
}
_REQUIRED = ("indicator_id", "area", "period", "value", "unit", "source")
_YES = frozenset({"true", "1", "yes", "是"})
_NO = frozenset({"false", "0", "no", "否", ""})
_SHOWN = 20
PROBLEM_COLUMNS = ["row", "column", "value", "problem", "remedy"]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: ids of the rows added, in the order of the file, and rows passed over."""

    added: tuple[int, ...]
    unchanged: int


class ImportRefusedError(InputError):
    """A table was refused as a whole; ``problems`` tells of every row what is wrong and to do."""

    def __init__(self, label: str, problems: pd.DataFrame) -> None:
        lines = [
            f"row {row}, {column}{'' if repr(value) in problem else f' {value!r}'}: "
            f"{problem}; {remedy}"
            for row, column, value, problem, remedy in problems.head(_SHOWN).to_numpy()
        ]
        if len(problems) > _SHOWN:
            lines.append(f"and {len(problems) - _SHOWN} more")
        super().__init__(f"{label}: nothing was added\n" + "\n".join(lines))
        self.problems = problems


@dataclass(slots=True)
class _Problems:
    rows: list[tuple[int, str, str, str, str]] = field(default_factory=list)

    def add(self, row: int, column: str, value: str, problem: str, remedy: str) -> None:
        self.rows.append((row, column, value[:80], problem, remedy))

    def raise_any(self, label: str) -> None:
        if self.rows:
            ordered = sorted(self.rows, key=lambda one: one[0])
            raise ImportRefusedError(label, pd.DataFrame(ordered, columns=PROBLEM_COLUMNS))


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of the file: its number there, its cells by column, and the draft made of them."""

    row: int
    cells: dict[str, str]
    draft: Draft


def import_observations(
    ledger: Ledger, path: Path, *, who: str, known: Known | None = None
) -> Imported:
    """Add every observation of a CSV or Excel table, or none.

    Raises
    ------
    ImportRefusedError
        If a row cannot be accepted; it tells of all such rows.
    InputError
        If the file cannot be read or has unknown columns.
    """
    account = checked_account(who)
    known = known or known_indicators()
    now = datetime.now(UTC)
    problems = _Problems()
    lines = _lines(read_sheet(path), path.name, problems)
    rows = {}
    for line in lines:
        row, wrong = examined(line.draft, known, now)
        for error in wrong:
            value = line.cells.get(error.field, "")
            problems.add(line.row, error.field, value, error.cause, error.remedy)
        rows[line.row] = row
    problems.raise_any(path.name)
    with writing(ledger) as connection:
        done = _append_all(connection, lines, known, account, problems)
        problems.raise_any(path.name)  # the transaction is taken back
    return done


def _columns(headers: tuple[str, ...], label: str) -> list[str]:
    """Return the column that each header means."""
    named = {zh: name for name, zh in COLUMNS.items()} | {name: name for name in COLUMNS}
    columns = []
    for header in headers:
        if header not in named:
            near = process.extractOne(header, list(named), score_cutoff=60)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise InputError(
                f"{label}, header {header!r}: no such column{hint} "
                f"Columns are {', '.join(COLUMNS)}; rename or remove it"
            )
        columns.append(named[header])
    missing = [name for name in _REQUIRED if name not in columns]
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    if missing or doubled:
        what = f"lacks the column {missing[0]}" if missing else f"has {doubled[0]} twice"
        raise InputError(f"{label}: {what}; correct the header row")
    return columns


def _lines(sheet: Sheet, label: str, problems: _Problems) -> list[_Line]:
    columns = _columns(sheet.headers, label)
    lines = []
    for number, values in sheet.rows:
        cells = dict(zip(columns, values, strict=True))
        for name in ("id", "supersedes"):
            text = cells.get(name, "")
            if text and not (text.isascii() and text.isdigit() and len(text) < 10):
                problems.add(number, name, text, "is no number of a row", "give it or leave it out")
                cells[name] = ""
        forecast = cells.get("forecast", "").lower()
        if forecast not in _YES | _NO:
            problems.add(
                number, "forecast", forecast, "is neither yes nor no", "write true or false"
            )
        given: dict[str, Any] = {name: cells[name] for name in _REQUIRED}
        optional = ("qualifier", "definition_group", "definition_note", "source_date", "confidence")
        given |= {name: cells[name] for name in optional if cells.get(name)}
        if cells.get("supersedes"):
            given["supersedes"] = int(cells["supersedes"])
        lines.append(_Line(number, cells, Draft(**given, forecast=forecast in _YES)))
    return lines


def _append_all(
    connection: sa.Connection,
    lines: list[_Line],
    known: Known,
    who: str,
    problems: _Problems,
) -> Imported:
    now = datetime.now(UTC)
    renamed: dict[int, int] = {}  # id in the file → id in the ledger
    refused: set[int] = set()
    added, unchanged = [], 0
    for line in lines:
        own = int(line.cells.get("id") or 0)
        old = line.draft.supersedes
        draft = replace(line.draft, supersedes=renamed.get(old, old) if old else None)
        row, _wrong = examined(draft, known, now)
        try:
            _needs_accepted(old, refused)
            if own and _is_there(connection, own, row):
                renamed[own] = own
                unchanged += 1
                continue
            number = append(connection, draft, row, who)
        except FieldError as error:
            refused.add(own)
            value = line.cells.get(error.field, "")
            problems.add(line.row, error.field, value, error.cause, error.remedy)
            continue
        added.append(number)
        if own:
            renamed[own] = number
    return Imported(tuple(added), unchanged)


def _needs_accepted(old: int | None, refused: set[int]) -> None:
    """Refuse the correction of a row of the same file that is refused itself."""
    if old in refused:
        cause = f"{old}: that row of the file is refused"
        raise FieldError("supersedes", cause, "correct that row first")


def _is_there(connection: sa.Connection, number: int, row: dict[str, Any]) -> bool:
    """Tell whether the ledger has this very row under this number.

    Raises
    ------
    FieldError
        If it has another row under the number.
    """
    found = connection.execute(
        sa.select(observation).where(observation.c.id == number)
    ).one_or_none()
    if found is None:
        return False
    same = {*IDENTITY, "supersedes", "unit", "definition_note", "source_date", "confidence"}
    if all(getattr(found, name) == row[name] for name in same):
        return True
    remedy = "empty the id to add the row, and put the number into supersedes to correct that one"
    raise FieldError("id", f"{number}: the ledger has another row under this number", remedy)
