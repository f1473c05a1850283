"""Rows whose cells stand in the wrong columns because a value holds the separator.

Such a row is put right only where exactly one way of joining neighbouring cells makes every
typed column plausible and at least one of them certain; otherwise it is given up, because a
wrong guess would put a person's name into a column that is kept.
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusters.registry import amounts, credit_code, dates
from clusters.registry.columns import AMOUNT_COLUMNS, ColumnPlan
from clusters.registry.faults import fault
from clusters.registry.headers import compact
from clusters.registry.masks import as_mask
from clusters.registry.model import RawTable

_COUNTER = re.compile(r"序号|编号|no|id|行号|#")
_FIRMS_NEVER_SPLIT_SO_OFTEN = 0.5


@dataclass(frozen=True, slots=True)
class Alignment:
    """Cells with shifted rows put right, and the positions put right or given up."""

    cells: pd.DataFrame
    realigned: np.ndarray
    given_up: np.ndarray


@dataclass(frozen=True, slots=True)
class _Suspect:
    position: int
    cells: list[str]
    extra: int


@dataclass(frozen=True, slots=True)
class Codes:
    """Columns with codes outside their own: beside a wrong code, and beside a right one.

    Sums of parts are those of the whole: a file is asked part by part before any is aligned.
    """

    astray: frozenset[int] = frozenset()
    beside: frozenset[int] = frozenset()

    def __or__(self, other: "Codes") -> "Codes":
        """Return what two parts hold together."""
        return Codes(self.astray | other.astray, self.beside | other.beside)


def codes_elsewhere(raw: RawTable, plan: ColumnPlan) -> Codes:
    """Return the columns that hold codes outside the column of codes."""
    if "uscc" not in plan.used:
        return Codes()
    home = plan.used["uscc"][0]
    right, wrong = _judged(raw.cells[home])
    others = [column for column in range(raw.cells.shape[1]) if column != home]
    return Codes(
        frozenset(column for column in others if _valid_in(raw, column, wrong)),
        frozenset(column for column in others if _valid_in(raw, column, right)),
    )


def _judged(codes: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return where a column of codes holds a valid one, and where something else; (n,) bool."""
    right = credit_code.valid(credit_code.repair(codes).codes)
    return right, ~right & as_mask(codes.notna() & (codes.str.strip() != ""))


def _holds_code(raw: RawTable, plan: ColumnPlan, codes: Codes | None) -> list[_Suspect]:
    """Return rows without a code in its column but with one in a column to the right."""
    if "uscc" not in plan.used:
        return []
    home = plan.used["uscc"][0]
    right, wrong = _judged(raw.cells[home])
    if not wrong.any():
        return []
    rows = np.flatnonzero(wrong)
    suspects: dict[int, _Suspect] = {}
    for column in range(raw.cells.shape[1]):
        here = credit_code.valid(raw.cells.loc[rows, column])
        if column == home or not here.any():
            continue
        # A column with codes beside a right code holds them on purpose: of the head firm, say.
        if column in codes.beside if codes is not None else _valid_in(raw, column, right):
            continue
        for position in rows[here].tolist():
            cells = [c if isinstance(c, str) else "" for c in raw.cells.loc[position]]
            suspects.setdefault(position, _Suspect(position, cells, column - home))
    return list(suspects.values())


def _valid_in(raw: RawTable, column: int, rows: np.ndarray) -> bool:
    return bool(credit_code.valid(raw.cells[column][rows]).any())


def refuse_short_header(raw: RawTable, label: str) -> None:
    """Refuse a file most of whose rows have more cells than the header.

    Raises
    ------
    InputError
        If more than half of the rows do.
    """
    if len(raw.rows) < 2 or len(raw.overlong) <= _FIRMS_NEVER_SPLIT_SO_OFTEN * len(raw.rows):
        return
    example = next(iter(raw.overlong))
    raise fault(
        "header_too_short",
        file=label,
        count=len(raw.overlong),
        rows=len(raw.rows),
        row=raw.rows[example],
        cells=len(raw.overlong[example]),
        width=len(raw.headers),
    )


def _suspects(raw: RawTable, plan: ColumnPlan, label: str, codes: Codes | None) -> list[_Suspect]:
    width = len(raw.headers)
    if codes is None:  # of a part of a file it was told before
        refuse_short_header(raw, label)
    overlong = [
        _Suspect(position, cells, len(cells) - width) for position, cells in raw.overlong.items()
    ]
    known = {suspect.position for suspect in overlong}
    return overlong + [s for s in _holds_code(raw, plan, codes) if s.position not in known]


def _ways(suspect: _Suspect, width: int, delimiter: str) -> list[list[str]]:
    """Return the rows that joining `extra` + 1 neighbouring cells gives."""
    cells, extra = suspect.cells, suspect.extra
    if extra < 1:
        return []
    ways = []
    for first in range(width):
        merged = delimiter.join(cells[first : first + extra + 1])
        row = [*cells[:first], merged, *cells[first + extra + 1 :]]
        ways.append((row + [""] * width)[:width])
    return ways


def _plausible(rows: pd.DataFrame, raw: RawTable, plan: ColumnPlan) -> np.ndarray:
    """Tell which candidate rows fit every typed column and one of them for certain."""
    fits = np.ones(len(rows), dtype=bool)
    certain = np.zeros(len(rows), dtype=bool)
    for column, positions in plan.used.items():
        text = rows[positions[0]].str.strip()
        text = text.mask(as_mask(text == ""))
        if column == "name":
            fits &= text.notna().to_numpy()
        elif column == "uscc":
            good = credit_code.valid(credit_code.repair(text).codes)
            fits &= good | text.isna().to_numpy()
            certain |= good
        elif column == "founded":
            rule = dates.parse(text).rule
            fits &= rule != "date_invalid"
            certain |= (rule != "date_invalid") & (rule != "")
        elif column in AMOUNT_COLUMNS:
            unknown = text.isna() | text.str.lower().isin(["n/a", "-", "null"])
            fits &= (amounts.parse(text).reason != "amount_invalid") | unknown.to_numpy()
        elif column in {"lon", "lat", "employees"}:
            number = text.str.fullmatch(r"[+-]?\d+(?:\.\d+)?人?").fillna(value=True)
            fits &= number.to_numpy(dtype=bool)
    for position, header in enumerate(raw.headers):
        if _COUNTER.fullmatch(compact(header)):
            digits = rows[position].str.fullmatch(r"\s*\d*\s*").fillna(value=True)
            fits &= digits.to_numpy(dtype=bool)
    return fits & certain


def align(raw: RawTable, plan: ColumnPlan, label: str, *, codes: Codes | None = None) -> Alignment:
    """Put shifted rows right where there is exactly one way to.

    Parameters
    ----------
    codes
        What `codes_elsewhere` found in the whole file, where `raw` is a part of it.

    Raises
    ------
    InputError
        If more than half of the rows have more cells than the header.
    """
    suspects = _suspects(raw, plan, label, codes)
    if not suspects:
        return Alignment(raw.cells, np.array([], dtype=int), np.array([], dtype=int))
    width = len(raw.headers)
    rows: list[list[str]] = []
    owner: list[int] = []
    for number, suspect in enumerate(suspects):
        ways = _ways(suspect, width, raw.delimiter or ",")
        rows += ways
        owner += [number] * len(ways)
    frame = pd.DataFrame(rows, columns=range(width), dtype="str")
    fits = _plausible(frame, raw, plan) if rows else np.array([], dtype=bool)
    counts = np.bincount(np.array(owner, dtype=int)[fits], minlength=len(suspects))
    cells = raw.cells.copy()
    chosen = [i for i in np.flatnonzero(fits) if counts[owner[i]] == 1]
    realigned = np.array([suspects[owner[i]].position for i in chosen], dtype=int)
    if chosen:
        cells.iloc[realigned] = frame.iloc[np.array(chosen, dtype=int)].to_numpy()
    given_up = [s.position for number, s in enumerate(suspects) if counts[number] != 1]
    return Alignment(cells, np.sort(realigned), np.sort(np.array(given_up, dtype=int)))
