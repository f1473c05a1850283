"""Read a registry: files in, one checked row per enterprise out, and an account of the rest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from clusters.registry.checks import Checker, Context
from clusters.registry.cleaning import clean, join_texts
from clusters.registry.columns import ColumnPlan, understand
from clusters.registry.corrections import (
    Corrections,
    apply,
    read_corrections,
    shown_cells,
)
from clusters.registry.dedupe import deduplicate
from clusters.registry.entities import heads, near_duplicates
from clusters.registry.faults import fault
from clusters.registry.files import open_file, split_part
from clusters.registry.findings import (
    DUPLICATE_COLUMNS,
    REJECTED_COLUMNS,
    REPORT_COLUMNS,
    Findings,
    joined,
    typed,
)
from clusters.registry.headers import JOINED
from clusters.registry.mapping import ColumnMapping, read_mapping
from clusters.registry.model import (
    Account,
    ColumnProposal,
    FileNote,
    MarkedRows,
    RawTable,
    Registry,
    SourceFile,
)
from clusters.registry.people import mask_people
from clusters.registry.personal import mask
from clusters.registry.proposal import propose
from clusters.registry.rejection import reject
from clusters.registry.rules import RULES
from clusters.registry.schema import COLUMNS, DATE, OPTIONAL, assert_canonical
from clusters.registry.shifted import align

Source = str | Path
Progress = Callable[[str, float], None]

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
class _FilePart:
    """What one file contributes to a registry."""

    table: pd.DataFrame
    report: pd.DataFrame
    rejected: pd.DataFrame
    source: SourceFile
    marked: MarkedRows


def read_registry(
    source: Source | Sequence[Source],
    *,
    mapping: Source | ColumnMapping | None = None,
    as_of: date | str | None = None,
    merges: pd.DataFrame | None = None,
    corrections: Source | None = None,
    progress: Progress | None = None,
) -> Registry:
    """Read, check and deduplicate a registry of enterprises.

    Parameters
    ----------
    source
        One file or several: CSV, Excel, Parquet, GeoPackage, GeoJSON, or a ZIP with one of
        them; ``file.xlsx#Sheet2`` names a sheet, layer or member.
    mapping
        TOML file (or its model) for headers, units, sheet, header row, datum and exchange rates
        that cannot be recognised.
    as_of
        Date of the registry: fills ``as_of`` where rows have none, and dates of founding after
        it are flagged. Without it, today is the limit and nothing is filled.
    merges
        Decisions of people about merges (see `clusters.registry.dedupe.deduplicate`).
    corrections
        Report of a check, corrected by a person: the cells that differ replace those of the file.
    progress
        Called as ``progress(file_name, share_done)`` with a share between 0 and 1.

    Returns
    -------
    Registry
        Rows read = kept + duplicates + rejected.

    Raises
    ------
    InputError
        If a file or the mapping cannot be used; the message names cause and remedy.
    """
    paths = [source] if isinstance(source, str | Path) else list(source)
    if not paths:
        raise fault("no_file")
    understood = read_mapping(mapping)
    day = _day(as_of)
    corrected = None if corrections is None else read_corrections(Path(corrections))
    parts: list[_FilePart] = []
    for done, (path, label) in enumerate(zip(paths, _labels(paths), strict=True)):
        _tell(progress, label, done / len(paths))
        parts.append(_read_file(path, label, understood, day, corrected))
    registry = _combine(parts, merges)
    _tell(progress, parts[-1].source.name, 1.0)
    return registry


def _tell(progress: Progress | None, label: str, share: float) -> None:
    if progress is not None:
        progress(label, share)


def _day(as_of: date | str | None) -> date | None:
    if as_of is None or isinstance(as_of, date):
        return as_of
    try:
        return date.fromisoformat(as_of)
    except ValueError as error:
        raise fault("as_of_not_a_day", value=as_of) from error


def _labels(paths: Sequence[Source]) -> list[str]:
    """Name files by their last part, with the folder where two would be called the same."""
    places = [split_part(path) for path in paths]
    short = [path.name for path, _ in places]
    parts = [f"#{part}" if part else "" for _, part in places]
    longer = [name + part for name, part in zip(short, parts, strict=True)]
    folders = ["/".join([*path.parts[-2:-1], ""]) for path, _ in places]
    labels = [folder + name for folder, name in zip(folders, longer, strict=True)]
    for candidate in (short, longer, labels):
        if len(set(candidate)) == len(candidate):
            return candidate
    return [f"{label} ({position})" for position, label in enumerate(labels, start=1)]


def _read_file(
    path: Source,
    label: str,
    mapping: ColumnMapping,
    as_of: date | None,
    corrections: Corrections | None,
) -> _FilePart:
    opened = open_file(path, label, mapping)
    raw = opened.raw
    plan = understand(raw, label, mapping)
    findings = Findings(label)
    _note_columns(raw, plan, findings)
    alignment = align(raw, plan, label)
    raw, given_up = replace(raw, cells=alignment.cells), alignment.given_up
    if corrections is not None:
        found = apply(
            corrections, raw, plan, label=label, sha256=opened.sha256, withheld=given_up,
            people=_texts(raw, plan, Findings(label)).people,
        )  # fmt: skip
        raw = replace(raw, cells=found.cells)
        given_up = np.setdiff1d(given_up, found.positions)
        findings.add("row_corrected", raw.rows[found.positions])
    findings.add("row_realigned", raw.rows[alignment.realigned])
    findings.add("row_short", raw.rows[list(raw.short)])
    findings.add("quote_unbalanced", raw.rows[list(raw.unbalanced)])
    findings.add("geometry_not_point", raw.rows[list(raw.not_points)])
    read = _texts(raw, plan, findings)
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
    )
    table = Checker(texts[stays].reset_index(drop=True), rows, context, findings).run()
    table["source_file"], table["row"] = label, rows
    table["flags"] = findings.flags(rows)
    report = findings.report()
    told = report.loc[report["severity"] != "info", "row"].dropna()
    marked = np.searchsorted(raw.rows, np.unique(told.to_numpy(dtype=np.int64)))
    shown = shown_cells(raw, plan, marked, withheld=given_up, people=read.people)
    return _FilePart(
        table=_canonical(table),
        report=report,
        marked=MarkedRows(label, opened.sha256, shown),
        rejected=findings.rejected(),
        source=_source(raw, plan, label, opened.sha256, propose(raw, plan, mapping)),
    )


def _note_columns(raw: RawTable, plan: ColumnPlan, findings: Findings) -> None:
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


def _texts(raw: RawTable, plan: ColumnPlan, findings: Findings) -> _Texts:
    """Return cleaned canonical texts without personal values, and where such values were."""
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
    named, people = mask_people(pd.DataFrame(texts), raw, plan)
    for column, hit in people.items():
        header = raw.headers[plan.used[column][0]]
        findings.add("personal_name_masked", raw.rows[hit], column=header)
    return _Texts(named, masked_names, people)


def _canonical(table: pd.DataFrame) -> pd.DataFrame:
    """Order the columns and give each its type; the id comes with deduplication."""
    optional = [column for column in OPTIONAL if column in table]
    table = table.reindex(columns=[*COLUMNS, *optional])
    kinds = COLUMNS | dict.fromkeys(optional, "str")
    return table.astype({column: kind for column, kind in kinds.items() if kind != DATE})


def _source(
    raw: RawTable,
    plan: ColumnPlan,
    label: str,
    sha256: str,
    proposals: tuple[ColumnProposal, ...],
) -> SourceFile:
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


def _combine(parts: list[_FilePart], merges: pd.DataFrame | None) -> Registry:
    table = pd.concat([part.table for part in parts], ignore_index=True)
    unique = deduplicate(table, merges=merges)
    kept = unique.table.assign(head_enterprise_id=heads(unique.table))
    report = joined([part.report for part in parts], REPORT_COLUMNS)
    if len(unique.conflicts):
        report = pd.concat([report, _flag_conflicts(kept, unique.conflicts)], ignore_index=True)
    rejected = joined([part.rejected for part in parts], REJECTED_COLUMNS)
    optional = [column for column in OPTIONAL if column in kept]
    kept = kept[[*COLUMNS, *optional]]
    assert_canonical(kept)
    account = Account(
        read=sum(part.source.rows for part in parts),
        kept=len(kept),
        duplicates=len(unique.duplicates),
        rejected=len(rejected),
    )
    return Registry(
        table=kept,
        rejected=rejected,
        duplicates=joined([unique.duplicates], DUPLICATE_COLUMNS),
        candidates=near_duplicates(kept),
        marked=tuple(part.marked for part in parts),
        report=report,
        account=account,
        sources=tuple(part.source for part in parts),
    )


def _flag_conflicts(kept: pd.DataFrame, conflicts: pd.DataFrame) -> pd.DataFrame:
    """Flag kept rows whose code stands beside other names; return the entries for the report."""
    rule = RULES["same_code_other_name"]
    positions = conflicts["position"].to_numpy()
    for position in np.unique(positions):
        flags = kept["flags"].iloc[position]
        flags.append(rule.code)
        flags.sort()
    entries = pd.DataFrame(
        {
            "file": kept["source_file"].to_numpy()[positions],
            "row": kept["row"].to_numpy()[positions],
            "column": "name",
            "value": conflicts["other_name"].to_numpy(),
            "rule": rule.code,
            "severity": rule.severity,
            "message": rule.message("name"),
        },
        columns=list(REPORT_COLUMNS),
    )
    return typed(entries)
