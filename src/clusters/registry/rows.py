"""Check the rows of a file, or of a part of one: cleaned, put right, judged, typed.

What only all rows of a file tell of one of them (`Whole`) is asked part by part beforehand, so that
a file checked in parts comes out as one checked at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from clusters.registry.checks import Checker, Context
from clusters.registry.cleaning import clean, join_texts
from clusters.registry.columns import ColumnPlan
from clusters.registry.corrections import Corrected
from clusters.registry.findings import Findings
from clusters.registry.headers import JOINED
from clusters.registry.mapping import ColumnMapping
from clusters.registry.model import ColumnProposal, FileNote, RawTable, SourceFile
from clusters.registry.people import People, mask_people, people_in
from clusters.registry.personal import mask
from clusters.registry.rejection import reject
from clusters.registry.schema import COLUMNS, DATE, OPTIONAL
from clusters.registry.shifted import Codes, align, codes_elsewhere

# Typed columns never keep their text; what a report shows of it is masked there.
_NOT_MASKED = frozenset(
    {
        "founded", "registered_capital_cny", "revenue_cny", "revenue_year", "employees", "lon",
        "lat", "uscc",
    }
)  # fmt: skip

# Web addresses hold numbers that only look like telephones.
_WEB = r"://|www\."


@dataclass(frozen=True, slots=True)
class _Texts:
    """Canonical texts; positions of names with a personal value, of people masked by column."""

    table: pd.DataFrame
    masked_names: np.ndarray
    people: dict[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Whole:
    """What only all rows of a file tell, asked part by part before any part is checked."""

    codes: Codes
    people: People


@dataclass(frozen=True, slots=True)
class Checked:
    """Rows after all checks, before duplicates are looked for.

    ``raw`` is what was read, shifted rows put right; ``people`` the positions masked by column.
    """

    table: pd.DataFrame
    findings: Findings
    raw: RawTable
    withheld: np.ndarray
    people: Mapping[str, np.ndarray]


def check_rows(
    raw: RawTable,
    plan: ColumnPlan,
    label: str,
    mapping: ColumnMapping,
    as_of: date | None,
    *,
    whole: Whole | None = None,
    corrected: Callable[[RawTable, np.ndarray], Corrected | None] = lambda _raw, _withheld: None,
) -> Checked:
    """Check the rows of a file, or of a part of one, and give every column its type.

    Parameters
    ----------
    raw
        The rows as read.
    plan
        How the columns of the file are used.
    label
        How messages and tables call the file.
    mapping, as_of
        As `read_registry`.
    whole
        What the whole file tells, where `raw` is a part of it. Which coordinates repeat cannot be
        told then; the place of that finding is kept.
    corrected
        Puts the cells that a person corrected in the place of the file's.

    Raises
    ------
    InputError
        If more than half of the rows have more cells than the header, or a correction does not fit.
    """
    findings = Findings(label)
    note_columns(raw, plan, findings)
    alignment = align(raw, plan, label, codes=None if whole is None else whole.codes)
    raw, given_up = replace(raw, cells=alignment.cells), alignment.given_up
    if (found := corrected(raw, given_up)) is not None:
        raw = replace(raw, cells=found.cells)
        given_up = np.setdiff1d(given_up, found.positions)
        findings.add("row_corrected", raw.rows[found.positions])
    findings.add("row_realigned", raw.rows[alignment.realigned])
    findings.add("row_short", raw.rows[list(raw.short)])
    findings.add("quote_unbalanced", raw.rows[list(raw.unbalanced)])
    findings.add("geometry_not_point", raw.rows[list(raw.not_points)])
    read = _texts(raw, plan, findings, None if whole is None else whole.people)
    texts = read.table
    stays = reject(texts, raw, plan, findings, given_up=given_up, masked_names=read.masked_names)
    rows = raw.rows[stays]
    context = Context(
        headers={c: raw.headers[positions[0]] for c, positions in plan.used.items()},
        units=dict(plan.units),
        mapping=mapping,
        as_of=as_of,
        points=None if raw.points is None else raw.points[stays],
        datum=raw.datum,
        whole=whole is None,
    )
    table = Checker(texts[stays].reset_index(drop=True), rows, context, findings).run()
    table["source_file"], table["row"] = label, rows
    table["flags"] = findings.flags(rows)
    return Checked(_canonical(table), findings, raw, given_up, read.people)


def masked_people(raw: RawTable, plan: ColumnPlan) -> dict[str, np.ndarray]:
    """Return the positions in which a name of a person is masked, by column."""
    return _texts(raw, plan, Findings("")).people


def ask_whole(raw: RawTable, plan: ColumnPlan) -> Whole:
    """Return what a part of a file tells of the whole; `Whole` of the parts adds up."""
    unnoted = Findings("")
    texts, _ = _plain_texts(raw, plan, unnoted)
    return Whole(codes_elsewhere(raw, plan), people_in(texts, raw, plan))


def note_columns(raw: RawTable, plan: ColumnPlan, findings: Findings) -> None:
    """Note what is remarkable of a whole file: columns left out, repeated, or of people."""
    for note in raw.notes:
        findings.note(note)
    for position in plan.ignored:
        unnamed = raw.headers[position].startswith("(column ")
        if not unnamed or (raw.cells[position].fillna("").str.strip() != "").any():
            findings.note(FileNote("column_ignored", raw.headers[position]))
    for position in plan.repeated:
        findings.note(FileNote("column_repeated", raw.headers[position]))
    for position in plan.personal:
        findings.note(FileNote("personal_column_dropped", raw.headers[position]))


def _texts(
    raw: RawTable, plan: ColumnPlan, findings: Findings, people: People | None = None
) -> _Texts:
    """Return cleaned canonical texts without personal values, and where such values were."""
    texts, masked_names = _plain_texts(raw, plan, findings)
    named, masked = mask_people(texts, raw, plan, people)
    for column, hit in masked.items():
        header = raw.headers[plan.used[column][0]]
        findings.add("personal_name_masked", raw.rows[hit], column=header)
    return _Texts(named, masked_names, masked)


def _plain_texts(
    raw: RawTable, plan: ColumnPlan, findings: Findings
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return cleaned texts without numbers of people, and which names of firms held one."""
    texts: dict[str, pd.Series] = {}
    masked_names = np.array([], dtype=int)
    for column, positions in plan.used.items():
        parts: list[pd.Series] = []
        for position in positions:
            header = raw.headers[position]
            cleaned = clean(raw.cells[position])
            text = cleaned.text
            findings.add("control_characters", raw.rows[cleaned.control], column=header)
            findings.add("text_damaged", raw.rows[cleaned.damaged], column=header)
            findings.add("spreadsheet_error", raw.rows[cleaned.errors], column=header)
            if column not in _NOT_MASKED:
                text, masked = mask(text, spare=_WEB if column == "source_url" else None)
                findings.add("personal_value_masked", raw.rows[masked], column=header)
                masked_names = masked if column == "name" else masked_names
            parts.append(text)
        texts[column] = join_texts(parts, JOINED.get(column, " "))
    return pd.DataFrame(texts), masked_names


def _canonical(table: pd.DataFrame) -> pd.DataFrame:
    """Order the columns and give each its type; the id comes with deduplication."""
    optional = [column for column in OPTIONAL if column in table]
    table = table.reindex(columns=[*COLUMNS, *optional])
    kinds = COLUMNS | dict.fromkeys(optional, "str")
    return table.astype({column: kind for column, kind in kinds.items() if kind != DATE})


def source_file(
    raw: RawTable,
    plan: ColumnPlan,
    label: str,
    sha256: str,
    proposals: tuple[ColumnProposal, ...] = (),
) -> SourceFile:
    """Return how a file was understood."""
    used = {raw.headers[p]: column for column, ps in plan.used.items() for p in ps}
    left_out = sorted([*plan.ignored, *plan.repeated])
    return SourceFile(
        name=label,
        sha256=sha256,
        rows=len(raw.rows),
        format=raw.format,
        encoding=raw.encoding,
        delimiter=raw.delimiter,
        sheet=raw.sheet,
        header_row=raw.header_row,
        columns=used,
        ignored=tuple(raw.headers[p] for p in left_out),
        personal=tuple(raw.headers[p] for p in plan.personal),
        proposals=proposals,
    )
