"""What the page of data does: check a file, run it, say what was found.

An uploaded file lives on disk only while it is read, in a folder that is deleted afterwards.
"""

import html
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pandas as pd

from clusters import workspace
from clusters.errors import ClustersError
from clusters.export.findings_book import findings_bytes
from clusters.export.provenance import InputFile, Provenance
from clusters.pipeline import run
from clusters.places.coordinates import DatumChoice
from clusters.registry import RULES, ColumnMapping, SourceFile, read_registry
from clusters.registry.faults import told
from clusters.registry.model import Account, MarkedRows
from clusters.registry.remembered import recall
from clusters.registry.rules import Severity
from clusters.registry.schema import STATUSES
from clusters.ui.handing import write_down
from clusters.ui.methods_view import rule_text
from clusters.ui.text import MISSING, language, number, pick, t, term

TYPES = ("csv", "tsv", "txt", "xlsx", "xls", "xlsm", "parquet", "gpkg", "geojson", "json", "zip")
DATUMS: tuple[DatumChoice, ...] = get_args(DatumChoice)
UNITS = ("元", "万元", "亿元")
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
MOST_FINDINGS = 2000
_PREVIEW_ROWS = 8
_PREVIEWED = (
    "name", "uscc", "address", "founded", "status", "registered_capital_cny", "employees",
    "business_scope",
)  # fmt: skip


@dataclass(frozen=True)
class Checked:
    """A file that was read and checked; nothing of it is published.

    Attributes
    ----------
    source : SourceFile
        How the file was understood.
    report : DataFrame
        ``file, row, column, value, rule, severity, message``, one finding a row.
    marked : tuple of MarkedRows
        The rows to correct.
    preview : DataFrame
        The first firms as they would be published.
    candidates : int
        Pairs of firms that may be one enterprise.
    mapping : ColumnMapping
        What was said about its columns beforehand.
    remembered : bool
        Whether that came from an earlier file with the same headers.
    """

    source: SourceFile
    account: Account
    report: pd.DataFrame
    marked: tuple[MarkedRows, ...]
    preview: pd.DataFrame
    candidates: int
    mapping: ColumnMapping
    remembered: bool = False

    @property
    def headers(self) -> list[str]:
        """All headers of the file, personal ones included: names of columns, no values."""
        return [*self.source.columns, *self.source.ignored, *self.source.personal]


@contextmanager
def on_disk(name: str, content: bytes) -> Any:
    """Yield the path of an upload; the folder is gone afterwards, whatever happens."""
    with tempfile.TemporaryDirectory(prefix="clusters-upload-") as folder:
        path = Path(folder) / (Path(name).name or "upload")
        path.write_bytes(content)
        yield path


def check(
    name: str,
    content: bytes,
    *,
    folder: Path,
    mapping: ColumnMapping | None = None,
    corrections: bytes | None = None,
) -> Checked:
    """Read and check an upload; a mapping kept for its headers is used unless one is given.

    Raises
    ------
    InputError
        If the file cannot be used.
    """
    with on_disk(name, content) as path, _beside(corrections) as mended:
        given = mapping or ColumnMapping()
        checked = _checked(path, given, mended)
        kept = recall(folder, checked.headers) if mapping is None else None
        if kept is None or kept == given:
            return checked
        try:
            again = _checked(path, kept, mended)
        except ClustersError:  # made for an older form of the file
            return checked
    return replace(again, remembered=True)


def _checked(path: Path, mapping: ColumnMapping, corrections: Path | None) -> Checked:
    read = read_registry(path, mapping=mapping, corrections=corrections)
    return Checked(
        source=read.sources[0],
        account=read.account,
        report=read.report,
        marked=read.marked,
        preview=read.table[[c for c in _PREVIEWED if c in read.table]].head(_PREVIEW_ROWS),
        candidates=len(read.candidates),
        mapping=mapping,
    )


@contextmanager
def _beside(content: bytes | None) -> Any:
    """Yield the path of a corrected report, or None where there is none."""
    if content is None:
        yield None
        return
    with on_disk("report.xlsx", content) as path:
        yield path


def publish(
    name: str,
    content: bytes,
    *,
    folder: Path,
    mapping: ColumnMapping,
    as_of: date | None,
    datum: DatumChoice,
    corrections: bytes | None = None,
    who: str,
    progress: Callable[[str], None],
) -> workspace.Snapshot:
    """Take an upload all the way to a published snapshot; until then the old one stays."""
    with on_disk(name, content) as path, _beside(corrections) as mended:
        made = run(
            path,
            workspace=folder,
            mapping=mapping,
            as_of=as_of,
            datum=datum,
            corrections=mended,
            progress=progress,
        )
    write_down("snapshot.publish", {"snapshot": made.id}, who=who)
    return made


def fault(error: ClustersError) -> str:
    """Return what is wrong with a file and what to do, in the visitor's language."""
    return told(error, language())


def unread_words(report: pd.DataFrame) -> list[str]:
    """Return what a corrected report says of files that were not read; nothing where of none."""
    found = report.loc[report["rule"] == "corrections_unread", "value"]
    if found.empty:
        return []
    return [t("data.corrections_unread", files=t("zones.comma").join(found))]


def report_bytes(checked: Checked) -> bytes:
    """Return the report as a workbook whose marked cells can be corrected."""
    return findings_bytes(
        checked.report, checked.marked, provenance=report_provenance(checked), language=language()
    )


def report_table(report: pd.DataFrame, severities: Sequence[str] = SEVERITIES) -> pd.DataFrame:
    """Return findings as a visitor reads them: where, what, and what to do."""
    wanted = [severity for severity in SEVERITIES if severity in severities]
    some = report[report["severity"].isin(wanted)]
    some = some.sort_values("severity", kind="stable", key=lambda named: named.map(wanted.index))
    tongue = language()
    rules = [RULES[code] for code in some["rule"]]
    columns = some["column"].where(some["column"].notna(), t("data.whole_row"))
    said = [
        (
            _named(rule.zh if tongue == "zh" else rule.en, column),
            _named(rule.remedy_zh if tongue == "zh" else rule.remedy_en, column),
        )
        for rule, column in zip(rules, columns, strict=True)
    ]
    return pd.DataFrame(
        {
            t("data.row"): some["row"].to_numpy(),
            t("data.column"): some["column"].fillna(MISSING).to_numpy(),
            t("data.value"): [
                _status_named(value) if rule == "status_normalised" else value
                for rule, value in zip(some["rule"], some["value"].fillna(""), strict=True)
            ],
            t("data.severity"): [t(f"methods.severity_{rule.severity}") for rule in rules],
            t("data.finding"): [what for what, _ in said],
            t("data.remedy"): [remedy for _, remedy in said],
        }
    )


def _status_named(value: str) -> str:
    """Return "written → understood" with the status by its name."""
    written, arrow, status = value.rpartition("→ ")
    return f"{written}{arrow}{t(f'data.status_{status}')}" if status in STATUSES else value


def _named(text: str, column: str) -> str:
    return text.replace("{column}", column)


def times(report: pd.DataFrame) -> dict[str, int]:
    """Return how often each rule applied."""
    return {str(code): int(count) for code, count in report["rule"].value_counts().items()}


def finding_rows(counts: Mapping[str, int]) -> list[list[str]]:
    """Return how often each rule applied: errors first, then by number."""
    order = sorted(
        counts, key=lambda code: (SEVERITIES.index(RULES[code].severity), -counts[code], code)
    )
    return [
        [
            t(f"methods.severity_{RULES[code].severity}"),
            rule_text(pick(RULES[code].zh, RULES[code].en)),
            number(counts[code]),
        ]
        for code in order
    ]


def report_provenance(checked: Checked) -> Provenance:
    """Return where a report comes from: the file and the command that checks it again."""
    source = checked.source
    return Provenance(
        snapshot="",
        as_of="",
        inputs=(InputFile(source.name, source.sha256, source.rows),),
        command=f"clusters check {source.name} --report findings.xlsx",
    )


def reading_text(source: SourceFile) -> str:
    """Say how a file was read: kind, sheet, encoding, header row."""
    parts = [t("data.read_rows", n=number(source.rows))]
    if source.sheet:
        parts.append(t("data.read_sheet", sheet=source.sheet))
    if source.delimiter:
        parts.append(t("data.read_delimiter", delimiter=delimiter_name(source.delimiter)))
    if source.encoding:
        parts.append(t("data.read_encoding", encoding=source.encoding.upper()))
    parts.append(t("data.read_header", row=number(source.header_row)))
    return t("metrics.stop").join(parts)


def delimiter_name(delimiter: str) -> str:
    """Return the name of a separator."""
    return t("data.delimiter_tab") if delimiter == "\t" else delimiter or t("data.by_itself")


def count_rows(kind: str, counts: Mapping[str, int], order: Sequence[str]) -> list[list[str]]:
    """Return counts by name, in a given order, with the share of all."""
    total = sum(counts.values()) or 1
    return [
        [term(kind, key), number(counts[key]), f"{number(100 * counts[key] / total, 1)}%"]
        for key in order
        if counts.get(key)
    ]


def listed(names: Sequence[str]) -> str:
    """Join names with the separator of the language."""
    return t("methods.between").join(names)


def fault_html(error: ClustersError) -> str:
    """Return what is wrong with a file as HTML."""
    title = html.escape(t("data.fault_title"))
    return (
        f'<div class="c-empty c-failure" role="alert"><strong>{title}</strong>'
        f"<br>{html.escape(fault(error))}</div>"
    )


def uploader_style() -> str:
    """Return the style that puts our words in place of the uploader's own, which are English."""
    button = json.dumps(t("data.choose"), ensure_ascii=False)
    return (
        "<style>"
        '[data-testid="stFileUploaderDropzoneInstructions"]{display:none}'
        # Not hidden: the button's name for screen readers is read from it.
        '.stFileUploader [data-testid="stBaseButton-secondary"] p{font-size:0}'
        '.stFileUploader [data-testid="stBaseButton-secondary"]::after{content:'
        f"{button}}}</style>"
    )
