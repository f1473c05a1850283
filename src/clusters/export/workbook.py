"""Excel workbooks: typed cells, readable widths, a sheet of definitions, one of provenance."""

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from clusters.errors import InputError
from clusters.export.columns import headers, kind_of
from clusters.export.definitions import Definition
from clusters.export.provenance import KEY, Provenance
from clusters.maps.words import Language

MAX_ROWS = 1_048_575
MAX_TEXT = 32_767
_WIDEST, _NARROWEST, _SAMPLE = 48, 8, 300

_FORMATS = {
    "date": "yyyy-mm-dd",
    "integer": "#,##0",
    "year": "0",
    "amount": "#,##0",
    "number": "#,##0.####",
    "share": "0.0000",
    "degrees": "0.000000",
    "probability": "0.0000",
}
_SHEETS = {"zh": ("数据", "定义", "来源"), "en": ("Data", "Definitions", "Provenance")}
_DEFINITION_HEADERS = {
    "zh": ("指标", "名称", "公式", "取值范围", "文献", "如何解读", "版本"),
    "en": ("Metric", "Name", "Formula", "Range", "Reference", "How to read it", "Version"),
}
_PROVENANCE_WORDS = {
    "zh": {
        "snapshot": "快照",
        "as_of": "数据截至",
        "command": "重新生成的命令",
        "input": "输入文件",
        "rows": "行",
        "filter": "筛选",
        "parameter": "参数",
        "version": "版本",
        "content": "内容校验（SHA-256）",
        "licence": "许可",
        "source": "来源",
    },
    "en": {
        "snapshot": "Snapshot",
        "as_of": "As of",
        "command": "Command that makes it again",
        "input": "Input",
        "rows": "rows",
        "filter": "Filter",
        "parameter": "Parameter",
        "version": "Version",
        "content": "Content (SHA-256)",
        "licence": "Licence",
        "source": "Source",
    },
}


@dataclass(frozen=True)
class Sheet:
    """One more sheet of a workbook: its name and a table."""

    name: str
    frame: pd.DataFrame


@dataclass(frozen=True)
class _Book:
    workbook: Workbook
    header: Format
    wrapped: Format
    kinds: dict[str, Format]


def workbook_bytes(
    frame: pd.DataFrame,
    *,
    provenance: Provenance,
    language: Language,
    definitions: Sequence[Definition] = (),
    name: str = "",
    more: Sequence[Sheet] = (),
) -> bytes:
    """Return a workbook of a table: data, definitions where there are any, provenance.

    Parameters
    ----------
    name : str
        Of the first sheet; the word for data if empty.
    more : sequence of Sheet
        Sheets behind the first.

    Text stays text: nothing that begins with ``=`` becomes a formula, no address becomes a link.

    Raises
    ------
    InputError
        For more rows or longer texts than an Excel sheet holds.
    """
    if len(frame) > MAX_ROWS:
        raise InputError(
            f"{len(frame):,} rows do not fit an Excel sheet ({MAX_ROWS:,}); use .csv or .parquet"
        )
    buffer = io.BytesIO()
    workbook = new_workbook(buffer)
    book = _Book(
        workbook,
        header=workbook.add_format(
            {"bold": True, "bottom": 1, "bg_color": "#eceeec", "valign": "vcenter"}
        ),
        wrapped=workbook.add_format({"text_wrap": True, "valign": "top"}),
        kinds={kind: workbook.add_format({"num_format": f}) for kind, f in _FORMATS.items()},
    )
    data, words, source = _SHEETS[language]
    _data_sheet(book, name or data, frame, language)
    for sheet in more:
        _data_sheet(book, sheet.name, sheet.frame, language)
    if definitions:
        _definition_sheet(book, words, definitions, language)
    provenance_sheet(workbook, source, provenance, language, book.wrapped)
    workbook.close()
    return buffer.getvalue()


def new_workbook(buffer: io.BytesIO) -> Workbook:
    """Begin a workbook in memory; text stays text: no formula, no link, no number."""
    workbook = xlsxwriter.Workbook(
        buffer,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    # Without this the workbook carries the time of writing and no two exports are alike.
    workbook.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
    return workbook


def _data_sheet(book: _Book, name: str, frame: pd.DataFrame, language: Language) -> None:
    sheet = book.workbook.add_worksheet(name)
    columns = [str(column) for column in frame.columns]
    titles = headers(columns, language)
    for position, (column, title) in enumerate(zip(columns, titles, strict=True)):
        kind = kind_of(column)
        values = frame.iloc[:, position]
        sheet.write_string(0, position, title, book.header)
        _write_column(sheet, position, values, title, book.kinds.get(kind))
        shown = [title, *(_shown(value) for value in values.head(_SAMPLE))]
        width = min(_WIDEST, max(_NARROWEST, *(_width(text) for text in shown)) + 2)
        sheet.set_column(position, position, width)
    sheet.freeze_panes(1, 0)
    if columns:
        sheet.autofilter(0, 0, max(len(frame), 1), len(columns) - 1)


def _write_column(
    sheet: Worksheet, position: int, values: pd.Series, title: str, style: Format | None
) -> None:
    for row, value in enumerate(values, start=1):
        if isinstance(value, str):
            if len(value) > MAX_TEXT:
                raise InputError(
                    f"row {row + 1}, column {title}: {len(value):,} characters do not fit an "
                    f"Excel cell ({MAX_TEXT:,}); use .csv or .parquet"
                )
            sheet.write_string(row, position, value)
        elif isinstance(value, bool | np.bool_):
            sheet.write_boolean(row, position, bool(value))
        elif value is None or pd.isna(value):
            continue
        elif isinstance(value, dt.date):
            sheet.write_datetime(row, position, value, style)
        elif np.isfinite(value):
            sheet.write_number(row, position, float(value), style)


def _shown(value: Any) -> str:  # a cell of any type
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    if isinstance(value, dt.date):
        return "2000-01-01"
    return f"{value:,.4f}" if isinstance(value, float) and value % 1 else str(value)


def _width(text: str) -> int:
    # A Chinese character is as wide as two digits.
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)


def _definition_sheet(
    book: _Book, name: str, definitions: Sequence[Definition], language: Language
) -> None:
    sheet = book.workbook.add_worksheet(name)
    for position, (title, width) in enumerate(
        zip(_DEFINITION_HEADERS[language], (18, 22, 38, 12, 38, 60, 8), strict=True)
    ):
        sheet.write_string(0, position, title, book.header)
        sheet.set_column(position, position, width, book.wrapped)
    for row, item in enumerate(definitions, start=1):
        cells = (
            item.metric,
            item.name(language),
            item.formula,
            item.range,
            item.reference,
            item.reading(language),
            item.version,
        )
        for position, text in enumerate(cells):
            sheet.write_string(row, position, text, book.wrapped)
    sheet.freeze_panes(1, 0)


def provenance_rows(provenance: Provenance, language: Language) -> list[tuple[str, str]]:
    """Return the record as lines a person reads: what, value."""
    words = _PROVENANCE_WORDS[language]
    rows = [
        (words["snapshot"], provenance.snapshot),
        (words["as_of"], provenance.as_of),
        (words["command"], provenance.command),
    ]
    for item in provenance.inputs:
        size = "" if item.rows is None else f" · {item.rows:,} {words['rows']}"
        rows.append((words["input"], f"{item.name}{size} · sha256 {item.sha256}"))
    for word, mapping in (
        ("filter", provenance.filters),
        ("parameter", provenance.parameters),
        ("version", provenance.versions),
    ):
        rows += [(words[word], f"{key} = {value}") for key, value in mapping.items()]
    if provenance.content:
        rows.append((words["content"], provenance.content))
    rows += [(words["source"], source) for source in provenance.sources]
    rows.append((words["licence"], provenance.licence))
    return rows


def provenance_sheet(
    workbook: Workbook, name: str, provenance: Provenance, language: Language, wrapped: Format
) -> None:
    """Add the sheet that says where a workbook comes from."""
    sheet = workbook.add_worksheet(name)
    sheet.set_column(0, 0, 26, wrapped)
    sheet.set_column(1, 1, 110, wrapped)
    rows = [*provenance_rows(provenance, language), (KEY, provenance.to_json())]
    for row, (label, value) in enumerate(rows):
        sheet.write_string(row, 0, label, wrapped)
        sheet.write_string(row, 1, value, wrapped)
