"""Read a registry: files in, one checked row per enterprise out, and an account of the rest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from clusters.registry.columns import understand
from clusters.registry.corrections import (
    Corrected,
    Corrections,
    apply,
    read_corrections,
    shown_cells,
    unread,
)
from clusters.registry.dedupe import deduplicate
from clusters.registry.entities import heads, near_duplicates
from clusters.registry.faults import fault
from clusters.registry.files import open_file, split_part
from clusters.registry.findings import (
    DUPLICATE_COLUMNS,
    REJECTED_COLUMNS,
    REPORT_COLUMNS,
    joined,
    typed,
)
from clusters.registry.given import as_day
from clusters.registry.mapping import ColumnMapping, read_mapping
from clusters.registry.model import (
    Account,
    MarkedRows,
    RawTable,
    Registry,
    SourceFile,
)
from clusters.registry.proposal import propose
from clusters.registry.rows import check_rows, masked_people, source_file
from clusters.registry.rules import RULES
from clusters.registry.schema import COLUMNS, OPTIONAL, assert_canonical

Source = str | Path
Progress = Callable[[str, float], None]


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
    day = as_day(as_of)
    corrected = None if corrections is None else read_corrections(Path(corrections))
    labels = labels_of(paths)
    if corrected is not None and corrected.files and not corrected.files.keys() & set(labels):
        made = ", ".join(corrected.files)
        raise fault("corrections_no_file", file=corrected.name, made=made, read=", ".join(labels))
    parts: list[_FilePart] = []
    for done, (path, label) in enumerate(zip(paths, labels, strict=True)):
        _tell(progress, label, done / len(paths))
        parts.append(_read_file(path, label, understood, day, corrected))
    registry = _combine(parts, merges)
    if corrected is not None:
        whole = joined([unread(corrected, labels), registry.report], REPORT_COLUMNS)
        registry = replace(registry, report=whole)
    _tell(progress, parts[-1].source.name, 1.0)
    return registry


def _tell(progress: Progress | None, label: str, share: float) -> None:
    if progress is not None:
        progress(label, share)


def labels_of(paths: Sequence[Source]) -> list[str]:
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
    plan = understand(opened.raw, label, mapping)

    def corrected(raw: RawTable, withheld: np.ndarray) -> Corrected | None:
        if corrections is None:
            return None
        people = masked_people(raw, plan)
        return apply(
            corrections, raw, plan, label=label, sha256=opened.sha256, withheld=withheld,
            people=people,
        )  # fmt: skip

    found = check_rows(opened.raw, plan, label, mapping, as_of, corrected=corrected)
    report = found.findings.report()
    told = report.loc[report["severity"] != "info", "row"].dropna()
    rows = found.raw.rows
    marked = np.searchsorted(rows, np.unique(told.to_numpy(dtype=np.int64)))
    shown = shown_cells(found.raw, plan, marked, withheld=found.withheld, people=found.people)
    return _FilePart(
        table=found.table,
        report=report,
        marked=MarkedRows(label, opened.sha256, shown),
        rejected=found.findings.rejected(),
        source=source_file(
            found.raw, plan, label, opened.sha256, propose(found.raw, plan, mapping)
        ),
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
    positions = conflicts["position"].to_numpy()
    for position in np.unique(positions):
        flags = kept["flags"].iloc[position]
        flags.append("same_code_other_name")
        flags.sort()
    return conflict_findings(kept.iloc[positions], conflicts["other_name"].to_numpy())


def conflict_findings(rows: pd.DataFrame, names: np.ndarray) -> pd.DataFrame:
    """Return the findings about (n,) rows whose code stands beside other (n,) names."""
    rule = RULES["same_code_other_name"]
    entries = pd.DataFrame(
        {
            "file": rows["source_file"].to_numpy(),
            "row": rows["row"].to_numpy(),
            "column": "name",
            "value": names,
            "rule": rule.code,
            "severity": rule.severity,
            "message": rule.message("name"),
        },
        columns=list(REPORT_COLUMNS),
    )
    return typed(entries)
