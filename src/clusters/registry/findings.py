"""Collect findings while a file is read; turn them into report, rejected rows and flags."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from clusters.registry.model import FileNote
from clusters.registry.rules import RULES

REPORT_COLUMNS = ("file", "row", "column", "value", "rule", "severity", "message")
REJECTED_COLUMNS = ("file", "row", "column", "value", "rule", "reason")
DUPLICATE_COLUMNS = (
    "file", "row", "kept_file", "kept_row", "rule", "enterprise_id", "dropped_id", "name",
)  # fmt: skip


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Give tables of findings their types, also when they are empty: text, rows as Int64."""
    kinds = {c: "Int64" if c in {"row", "kept_row"} else "str" for c in frame.columns}
    return frame.astype(kinds).reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class Reserved:
    """A finding to be made later: after how many others, about which column, (n,) its texts."""

    rule: str
    made: int
    column: str
    texts: pd.Series

    def rows(self, file: str, rows: np.ndarray, shown: pd.Series) -> pd.DataFrame:
        """Return the finding about some rows, as `Findings.ordered` lists findings."""
        meaning = RULES[self.rule]
        told = pd.DataFrame(
            {
                "file": file,
                "row": rows,
                "column": self.column,
                "value": shown.to_numpy(dtype=object),
                "rule": self.rule,
                "severity": meaning.severity,
                "message": meaning.message(self.column),
            },
            columns=list(REPORT_COLUMNS),
        )
        # Before what was made next, after everything earlier.
        return typed(told).assign(made=self.made - 0.5)


@dataclass(slots=True)
class Findings:
    """Findings about one file, in the order they are made."""

    file: str
    _parts: list[pd.DataFrame] = field(default_factory=list)
    _notes: list[dict[str, Any]] = field(default_factory=list)
    _reserved: dict[str, Reserved] = field(default_factory=dict)

    def add(
        self,
        rule: str,
        rows: np.ndarray,
        *,
        column: str | None = None,
        values: pd.Series | None = None,
    ) -> None:
        """Note that `rule` applies to rows of the file.

        Parameters
        ----------
        rows
            (k,) row numbers a person sees.
        column
            Header of the cells concerned.
        values
            (k,) texts of the cells, fit to be shown; None where they must not be.
        """
        meaning = RULES[rule]
        if len(rows):
            part = pd.DataFrame({"row": rows})
            part["file"] = self.file
            part["column"] = column
            part["value"] = None if values is None else values.to_numpy(dtype=object)
            part["rule"] = rule
            part["severity"] = meaning.severity
            part["message"] = meaning.message(column)
            self._parts.append(part)

    def reserve(self, rule: str, column: str, values: pd.Series) -> None:
        """Keep the place of a finding about ``column`` that only the whole file can make."""
        self._reserved[rule] = Reserved(rule, len(self._parts), column, values)

    def reserved(self, rule: str) -> Reserved:
        """Return a reserved finding."""
        return self._reserved[rule]

    def note(self, note: FileNote) -> None:
        """Add a finding about the whole file."""
        meaning = RULES[note.rule]
        one = {
            "row": pd.NA,
            "file": self.file,
            "column": note.column,
            "value": note.value,
            "rule": note.rule,
            "severity": meaning.severity,
            "message": meaning.message(note.column),
        }
        self._notes.append(one)

    def report(self) -> pd.DataFrame:
        """Return all findings, those about the file first, then by row, in order of making."""
        whole = pd.concat([self.notes(), self._rows()], ignore_index=True)
        return whole.sort_values("row", kind="stable", na_position="first", ignore_index=True)

    def notes(self) -> pd.DataFrame:
        """Return the findings about the whole file."""
        empty = typed(pd.DataFrame(columns=list(REPORT_COLUMNS)))
        notes = [typed(pd.DataFrame(self._notes)[list(REPORT_COLUMNS)])] if self._notes else []
        return pd.concat([empty, *notes], ignore_index=True)

    def ordered(self) -> pd.DataFrame:
        """Return the findings about rows, by row, with ``made``: their number among all made."""
        made = [np.full(len(part), number) for number, part in enumerate(self._parts)]
        rows = self._rows()
        rows["made"] = np.concatenate([np.zeros(0, dtype=np.int64), *made]).astype(np.int64)
        return rows.sort_values("row", kind="stable", ignore_index=True)

    def _rows(self) -> pd.DataFrame:
        empty = typed(pd.DataFrame(columns=list(REPORT_COLUMNS)))
        parts = [typed(part[list(REPORT_COLUMNS)]) for part in self._parts]
        return pd.concat([empty, *parts], ignore_index=True)

    def rejected(self) -> pd.DataFrame:
        """Return the findings of severity ``error`` as the table of rejected rows."""
        report = self.report()
        errors = report[report["severity"] == "error"].rename(columns={"message": "reason"})
        return typed(errors[list(REJECTED_COLUMNS)])

    def flags(self, rows: np.ndarray) -> list[list[str]]:
        """Return the sorted warning codes of each of the ascending (n,) `rows`."""
        flags: list[list[str]] = [[] for _ in range(len(rows))]
        for part in self._parts:
            rule = part["rule"].iloc[0]
            if RULES[rule].severity != "warning":
                continue
            found = part["row"].to_numpy(dtype=np.int64)
            positions = np.searchsorted(rows, found)
            inside = positions < len(rows)
            inside[inside] = rows[positions[inside]] == found[inside]
            for position in positions[inside]:
                if rule not in flags[position]:
                    flags[position].append(rule)
        for codes in flags:
            codes.sort()
        return flags


def joined(frames: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """Put the tables of several files under each other, typed even when there is none."""
    empty = typed(pd.DataFrame(columns=list(columns)))
    return pd.concat([empty, *frames], ignore_index=True)
