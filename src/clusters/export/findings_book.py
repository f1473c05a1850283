"""The report of a check as a workbook: all findings, and the rows to correct, their cells marked.

The rows stand under the headers of their file. Whoever corrects them hands the workbook back; see
`clusters.registry.corrections` for what is read from it.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from clusters.export.provenance import Provenance
from clusters.export.workbook import MAX_ROWS, MAX_TEXT, new_workbook, provenance_sheet
from clusters.maps.words import Language
from clusters.registry.corrections import INDEX_HEADER, INDEX_SHEET, ROW_HEADER
from clusters.registry.model import MarkedRows
from clusters.registry.rules import RULES

# Excel opens a sheet with more notes than this slowly; the colour stays on every cell.
_MOST_NOTES = 5_000
_SHEETS = {"zh": ("检查结果", "更正", "来源"), "en": ("Findings", "Corrections", "Provenance")}
_HEADERS = {
    "zh": ("文件", "行", "列", "值", "代码", "级别", "发现", "怎么办"),
    "en": ("File", "Row", "Column", "Value", "Code", "Severity", "Finding", "What to do"),
}
_SEVERITIES = {
    "zh": {"error": "拒收", "warning": "警告", "info": "说明"},
    "en": {"error": "error", "warning": "warning", "info": "info"},
}
_WIDTHS = (22, 8, 20, 28, 24, 10, 56, 56)


@dataclass(frozen=True)
class _Styles:
    header: Format
    wrapped: Format
    marks: dict[str, Format]
    text: Format


def findings_bytes(
    report: pd.DataFrame,
    marked: Sequence[MarkedRows],
    *,
    provenance: Provenance,
    language: Language,
) -> bytes:
    """Return a report as a workbook.

    Parameters
    ----------
    report, marked
        As `clusters.registry.read_registry` gives them.
    """
    buffer = io.BytesIO()
    with new_workbook(buffer) as book:
        styles = _Styles(
            header=book.add_format({"bold": True, "bottom": 1, "bg_color": "#eceeec"}),
            wrapped=book.add_format({"text_wrap": True, "valign": "top"}),
            marks={
                "error": book.add_format({"bg_color": "#f4c7c3", "num_format": "@"}),
                "warning": book.add_format({"bg_color": "#fbe8b8", "num_format": "@"}),
            },
            text=book.add_format({"num_format": "@"}),
        )
        names = _SHEETS[language]
        _findings(book, names[0], report, styles, language)
        index = []
        for number, rows in enumerate(marked, start=1):
            if len(rows.cells):
                sheet = names[1] if len(marked) == 1 else f"{names[1]} {number}"
                _corrections(book.add_worksheet(sheet), rows, report, styles, language)
                index.append((sheet, rows.file, rows.sha256))
        provenance_sheet(book, names[2], provenance, language, styles.wrapped)
        _index(book, index)
    return buffer.getvalue()


def _findings(
    book: Workbook, name: str, report: pd.DataFrame, styles: _Styles, language: Language
) -> None:
    sheet = book.add_worksheet(name)
    for position, (title, width) in enumerate(zip(_HEADERS[language], _WIDTHS, strict=True)):
        sheet.write_string(0, position, title, styles.header)
        sheet.set_column(position, position, width)
    sheet.freeze_panes(1, 0)
    columns = ["file", "row", "column", "value", "rule"]
    rows = report[columns].astype(object).where(report[columns].notna(), None)
    for at, (file, row, column, value, code) in enumerate(
        rows.head(MAX_ROWS - 1).itertuples(index=False), start=1
    ):
        rule = RULES[code]
        meaning, remedy = rule.texts(column, language)
        severity = _SEVERITIES[language][rule.severity]
        for position, text in enumerate(
            (file, None, column, value, code, severity, meaning, remedy)
        ):
            if text is not None:
                sheet.write_string(at, position, str(text)[:MAX_TEXT])
        if row is not None:
            sheet.write_number(at, 1, int(row))
    sheet.autofilter(0, 0, max(len(report), 1), len(_WIDTHS) - 1)


def _corrections(
    sheet: Worksheet, rows: MarkedRows, report: pd.DataFrame, styles: _Styles, language: Language
) -> None:
    headers = [ROW_HEADER, *rows.cells.columns]
    for position, title in enumerate(headers):
        sheet.write_string(0, position, title, styles.header)
        sheet.set_column(position, position, 10 if position == 0 else 24)
    sheet.freeze_panes(1, 1)
    at = {int(row): number for number, row in enumerate(rows.cells.index, start=1)}
    column_of = {title: position for position, title in enumerate(headers)}
    marks: dict[tuple[int, int], list[str]] = {}
    here = report[(report["file"] == rows.file) & (report["severity"] != "info")]
    for row, column, code in (
        here[["row", "column", "rule"]].dropna(subset="row").itertuples(index=False)
    ):
        cell = (at[int(row)], column_of.get(column, 0))
        marks.setdefault(cell, []).append(code)
    for number, (row, values) in enumerate(
        zip(rows.cells.index, rows.cells.itertuples(index=False), strict=True), start=1
    ):
        for position, value in enumerate((int(row), *values)):
            codes = marks.get((number, position))
            style = styles.marks[_worst(codes)] if codes else styles.text
            if position == 0:
                sheet.write_number(number, 0, value, styles.marks[_worst(codes)] if codes else None)
            else:
                sheet.write_string(number, position, value[:MAX_TEXT], style)
    for cell, codes in list(marks.items())[:_MOST_NOTES]:
        named = headers[cell[1]] if cell[1] else None
        text = "\n".join(RULES[code].message(named, language) for code in dict.fromkeys(codes))
        sheet.write_comment(*cell, text, {"x_scale": 2, "y_scale": 1.5, "author": "clusters"})


def _worst(codes: Sequence[str]) -> str:
    return "error" if any(RULES[code].severity == "error" for code in codes) else "warning"


def _index(book: Workbook, rows: Sequence[tuple[str, str, str]]) -> None:
    """Write which sheet corrects which file; a person does not see it."""
    sheet = book.add_worksheet(INDEX_SHEET)
    for at, row in enumerate([INDEX_HEADER, *rows]):
        for position, text in enumerate(row):
            sheet.write_string(at, position, text)
    sheet.very_hidden()
