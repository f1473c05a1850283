"""What the page of data does: check a file, correct its columns, run it, compare snapshots.

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
from typing import Any

import pandas as pd

from clusters import workspace
from clusters.errors import ClustersError
from clusters.export.columns import known_columns
from clusters.export.findings_book import findings_bytes
from clusters.export.provenance import InputFile, Provenance
from clusters.pipeline import run
from clusters.places.coordinates import DatumChoice
from clusters.registry import RULES, ColumnMapping, SourceFile, read_registry
from clusters.registry.faults import told
from clusters.registry.headers import HEADERS, JOINED, recognise
from clusters.registry.model import Account, ColumnProposal, MarkedRows
from clusters.registry.remembered import recall
from clusters.registry.schema import STATUSES
from clusters.ui.handing import write_down
from clusters.ui.methods_view import rule_text
from clusters.ui.text import MISSING, language, number, pick, t, term

TYPES = ("csv", "tsv", "txt", "xlsx", "xls", "xlsm", "parquet", "gpkg", "geojson", "json", "zip")
DATUMS: tuple[DatumChoice, ...] = ("auto", "wgs84", "cgcs2000", "gcj02", "bd09")
UNITS = ("元", "万元", "亿元")
RELEVANCE = ("core", "related", "weak", "none")
SEVERITIES = ("error", "warning", "info")
MOST_FINDINGS = 2000
ENCODINGS = ("", "utf-8", "gb18030", "utf-16", "big5")
DELIMITERS = ("", ",", ";", "\t", "|")
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
def _on_disk(name: str, content: bytes) -> Any:
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
    with _on_disk(name, content) as path, _beside(corrections) as mended:
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
    with _on_disk("report.xlsx", content) as path:
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
    with _on_disk(name, content) as path, _beside(corrections) as mended:
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


def column_name(column: str) -> str:
    """Return the name of a canonical column; with its unit's or field's usual words."""
    known = known_columns().get(column)
    return known.name(language()) if known else column


def choices() -> list[str]:
    """Return the columns a header can stand for, by name; the empty one means not used."""
    return [t("data.not_used"), *(column_name(column) for column in HEADERS)]


def column_table(checked: Checked) -> pd.DataFrame:
    """Return each header that may be read, what it was taken for, and how sure that is."""
    sure = {one.header: one for one in checked.source.proposals}
    rows: list[tuple[str, str, float | None, str]] = [
        (header, column_name(column), _percent(sure.get(header)), "")
        for header, column in checked.source.columns.items()
    ]
    for header in checked.source.ignored:
        found = sure.get(header)
        hint = "" if found is None else t("data.proposed", column=column_name(found.column))
        rows.append((header, t("data.not_used"), _percent(found), hint))
    titles = ("header", "taken_for", "confidence", "proposal")
    return pd.DataFrame(rows, columns=[t(f"data.{title}") for title in titles])


def _percent(proposal: ColumnProposal | None) -> float | None:
    return None if proposal is None else 100 * proposal.confidence


def preview_table(checked: Checked) -> pd.DataFrame:
    """Return the first firms under the names of the platform's columns."""
    table = checked.preview
    if "founded" in table:
        table = table.assign(founded=table["founded"].dt.date)
    return table.rename(columns={column: column_name(column) for column in table.columns})


def corrected(checked: Checked, edited: pd.DataFrame) -> ColumnMapping:
    """Return the mapping that makes the reader understand the columns as edited.

    Only what differs from the reader's own understanding is written down.
    """
    canonical = {column_name(column): column for column in HEADERS}
    wanted: dict[str, list[str]] = {}
    for header, meaning in edited.iloc[:, :2].itertuples(index=False):
        if meaning in canonical:
            wanted.setdefault(canonical[meaning], []).append(str(header))
    found = _own_understanding(edited.iloc[:, 0])
    columns: dict[str, str | list[str]] = {
        column: headers[0] if len(headers) == 1 else headers
        for column, headers in wanted.items()
        if headers != found.get(column)
    }
    ignored = [h for h in _switched_off(edited) if _canonical_unused(h, wanted)]
    return checked.mapping.model_copy(update={"columns": columns, "ignore": ignored})


def _canonical_unused(header: str, wanted: Mapping[str, list[str]]) -> bool:
    """Tell whether nothing else stands for what a header means: only then must it be named."""
    meaning = recognise(header)
    return meaning is not None and meaning[0] not in wanted


def _switched_off(edited: pd.DataFrame) -> list[str]:
    off = edited.iloc[:, 1] == t("data.not_used")
    return [str(header) for header in edited.loc[off].iloc[:, 0]]


def _own_understanding(headers: pd.Series) -> dict[str, list[str]]:
    """Return what the reader takes headers for without being told."""
    found: dict[str, list[tuple[int, str]]] = {}
    for header in headers:
        meaning = recognise(str(header))
        if meaning:
            found.setdefault(meaning[0], []).append((meaning[1], str(header)))
    return {
        column: [header for _, header in (sorted(named) if column in JOINED else sorted(named)[:1])]
        for column, named in found.items()
    }


def hint(
    *,
    sheet: str,
    header_row: int | None,
    name: str,
    encoding: str = "",
    delimiter: str = "",
) -> ColumnMapping | None:
    """Return what a visitor says about how to read a file; None where it cannot be."""
    try:
        return ColumnMapping.model_validate(
            {
                "sheet": sheet.strip() or None,
                "header_row": header_row or None,
                "columns": {"name": name.strip()} if name.strip() else {},
                "encoding": encoding or None,
                "delimiter": delimiter or None,
            }
        )
    except ValueError:  # a personal column named as the name of the firm
        return None


def reread(checked: Checked, said: ColumnMapping) -> ColumnMapping:
    """Return the mapping in use with another way of reading the file."""
    ways = ("sheet", "header_row", "encoding", "delimiter")
    return checked.mapping.model_copy(update={way: getattr(said, way) for way in ways})


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
