"""Read delimited text: find encoding, delimiter and header, and survive broken quotes.

Rows are counted as a spreadsheet shows them: the first record of the file is row 1, a record
with a line break inside quotes is one row, an empty line is a row.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import charset_normalizer
import numpy as np
import pandas as pd
import pyarrow as pa

from clusters.registry.columns import (
    HEADER_SEARCH_ROWS,
    find_header,
    no_needed_column,
    score,
    unique_headers,
)
from clusters.registry.faults import fault
from clusters.registry.mapping import ColumnMapping
from clusters.registry.model import FileNote, RawTable

_DELIMITERS = (",", "\t", ";", "|")
_CHUNK = 20_000
# A quoted cell that runs over more lines than this was never closed.
_LONGEST_CELL_LINES = 50
_SAMPLE_BYTES = 65_536
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1f\x7f]")
_UTF8_HAN = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){4,}")


@dataclass(frozen=True, slots=True)
class _Record:
    cells: list[str]
    unbalanced: bool = False


def decode(data: bytes, label: str, said: str | None = None) -> tuple[str, str]:
    """Return the text of a file and the name of its encoding.

    UTF-8 (with or without BOM) and UTF-16 with BOM are recognised for certain; otherwise the
    hint of charset-normalizer decides between Big5 and GB18030, which contains GBK and GB2312. An
    encoding that a person `said` is taken as it is.

    Raises
    ------
    InputError
        If the bytes are no text, fit no encoding (byte offset and line named), or lines of two
        encodings are mixed.
    """
    if said is not None:
        return _strict(data, "utf-8-sig" if said == "utf-8" else said, label), said
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strict(data, "utf-16", label), "utf-16"
    _refuse_binary(data, label)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _decode_chinese(data, label, error.start)
    return text, "utf-8-bom" if data.startswith(b"\xef\xbb\xbf") else "utf-8"


def _refuse_binary(data: bytes, label: str) -> None:
    sample = data[:_SAMPLE_BYTES]
    zeros = sample.count(b"\x00")
    if zeros > len(sample) // 5 and not _CONTROL.search(sample[:200]):
        raise fault("utf16_without_mark", file=label)
    if zeros + len(_CONTROL.findall(sample)) > max(len(sample) // 50, 20):
        raise fault("not_text", file=label)


def _line_of(data: bytes, offset: int) -> int:
    return data.count(b"\n", 0, offset) + 1


def _strict(data: bytes, encoding: str, label: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise fault(
            "encoding_wrong",
            file=label,
            line=_line_of(data, error.start),
            offset=error.start,
            encoding=encoding.upper(),
        ) from error


def _decode_chinese(data: bytes, label: str, first_bad: int) -> tuple[str, str]:
    lines = [line for line in data.split(b"\n") if not line.isascii()]
    as_utf8 = sum(1 for line in lines if _UTF8_HAN.search(line) and _is_utf8(line))
    if as_utf8:
        raise fault(
            "encoding_mixed",
            file=label,
            count=as_utf8,
            lines=len(lines),
            line=_line_of(data, first_bad),
            offset=first_bad,
        )
    sample = b"\n".join(lines)[:_SAMPLE_BYTES]
    hint = charset_normalizer.from_bytes(sample).best()
    if hint is not None and hint.encoding in {"big5", "big5hkscs", "cp950"}:
        try:
            text = data.decode("gb18030")
            if _known_headers(text):
                return text, "gb18030"
        except UnicodeDecodeError:
            return _strict(data, "big5hkscs", label), "big5"
        text = _strict(data, "big5hkscs", label)
        return text, "big5"
    return _strict(data, "gb18030", label), "gb18030"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _known_headers(text: str) -> bool:
    lines = text[:_SAMPLE_BYTES].splitlines()[:HEADER_SEARCH_ROWS]
    return any(score(re.split(r"[,;\t|]", line), ColumnMapping()) for line in lines)


def _one_line(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _plain_run(lines: Sequence[str], delimiter: str) -> Iterator[_Record]:
    """Yield the records of lines whose quotes are even, one record a line."""
    records = list(csv.reader(lines, delimiter=delimiter))
    if len(records) != len(lines):  # a quote opened in mid-line swallowed the next lines
        records = [_one_line(line, delimiter) for line in lines]
    yield from map(_Record, records)


def _quoted(lines: Sequence[str], start: int, delimiter: str, width: int) -> tuple[_Record, int]:
    """Read a record whose first line has an odd number of quotes; return it and its lines."""
    odd = False
    for end in range(start, min(start + _LONGEST_CELL_LINES, len(lines))):
        odd ^= lines[end].count('"') % 2 == 1
        if not odd:
            block = [f"{line}\n" for line in lines[start:end]] + [lines[end]]
            records = list(csv.reader(block, delimiter=delimiter))
            if len(records) == 1 and (not width or len(records[0]) == width):
                return _Record(records[0]), end + 1 - start
            break
    # Never closed, or closed by the quote of another record: this line stands alone.
    alone = _one_line(lines[start], delimiter)
    if width and len(alone) == width:
        return _Record([cell.strip('"') for cell in alone], unbalanced=True), 1
    cells = lines[start].split(delimiter)
    return _Record([cell.strip('"') for cell in cells], unbalanced=True), 1


def _records(lines: Sequence[str], delimiter: str, width: int = 0) -> Iterator[_Record]:
    """Yield the records of a file; `width` > 0 is the number of cells a record should have."""
    position = run = 0
    while position < len(lines):
        if position - run < _CHUNK and lines[position].count('"') % 2 == 0:
            position += 1
            continue
        yield from _plain_run(lines[run:position], delimiter)
        if lines[position].count('"') % 2:
            record, used = _quoted(lines, position, delimiter, width)
            yield record
            position += used
        run = position
    yield from _plain_run(lines[run:position], delimiter)


def _sniff(lines: Sequence[str], mapping: ColumnMapping) -> tuple[str, list[list[str]]]:
    """Return the delimiter under which a header is understood best, and the first rows."""
    best: tuple[int, int, int] = (-1, -1, -1)
    chosen, head = _DELIMITERS[0], list[list[str]]()
    for order, delimiter in enumerate([mapping.delimiter] if mapping.delimiter else _DELIMITERS):
        top = list(islice(_records(lines[: HEADER_SEARCH_ROWS * 5], delimiter), 50))
        rows = [record.cells for record in top]
        known = max((score(row, mapping) for row in rows[:HEADER_SEARCH_ROWS]), default=0)
        rank = (known, sum(len(row) > 1 for row in rows), -order)
        if rank > best:
            best, chosen, head = rank, delimiter, rows
    return chosen, head


@dataclass(slots=True)
class _Builder:
    """Columns of text grown chunk by chunk, with the rows that do not fit."""

    width: int
    chunks: list[list[pa.Array]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    overlong: dict[int, list[str]] = field(default_factory=dict)
    short: list[int] = field(default_factory=list)
    unbalanced: list[int] = field(default_factory=list)
    pending: list[list[str]] = field(default_factory=list)
    blank: int = 0

    def add(self, record: _Record, row: int) -> None:
        cells, width = record.cells, self.width
        if not any(cells) or not "".join(cells).strip():
            self.blank += 1
            return
        position = len(self.rows)
        if len(cells) > width:
            if any(cell.strip() for cell in cells[width:]):
                self.overlong[position] = cells
            cells = cells[:width]
        elif len(cells) < width:
            self.short.append(position)
            cells = cells + [""] * (width - len(cells))
        if record.unbalanced:
            self.unbalanced.append(position)
        self.rows.append(row)
        self.pending.append(cells)
        if len(self.pending) >= _CHUNK:
            self.flush()

    def flush(self) -> None:
        if self.pending:
            columns = zip(*self.pending, strict=True)
            self.chunks.append([pa.array(column, pa.large_string()) for column in columns])
            self.pending = []

    def frame(self) -> pd.DataFrame:
        self.flush()
        columns = {
            str(i): pa.chunked_array([chunk[i] for chunk in self.chunks], pa.large_string())
            for i in range(self.width)
        }
        frame = pa.table(columns).to_pandas()
        frame.columns = pd.RangeIndex(self.width)
        return frame


def read_text(data: bytes, label: str, mapping: ColumnMapping) -> RawTable:
    """Read delimited text from memory.

    Raises
    ------
    InputError
        If the bytes are not text in a known encoding, no header with a name column is found in
        the first 20 rows, a cell is longer than 131 072 characters, or no row follows.
    """
    text, encoding = decode(data, label, mapping.encoding)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    try:
        return _read_lines(lines, label, mapping, encoding)
    except csv.Error as error:
        raise fault("cell_too_long", file=label) from error


def _read_lines(lines: list[str], label: str, mapping: ColumnMapping, encoding: str) -> RawTable:
    delimiter, head = _sniff(lines, mapping)
    header = find_header(head, mapping)
    if header is None:
        raise no_needed_column(label, head, mapping)
    cells = head[header]
    builder = _Builder(width=len(cells))
    records = _records(lines, delimiter, width=len(cells))
    for row, record in enumerate(records, start=1):
        if row > header + 1:
            builder.add(record, row)
    if not builder.rows:
        raise fault("no_rows", file=label)
    notes = [FileNote("title_lines_skipped", value=str(header))] if header else []
    if builder.blank:
        notes.append(FileNote("blank_rows", value=str(builder.blank)))
    return RawTable(
        headers=unique_headers(cells),
        cells=builder.frame(),
        rows=np.array(builder.rows, dtype=np.int64),
        format="csv",
        header_row=header + 1,
        encoding=encoding,
        delimiter=delimiter,
        notes=tuple(notes),
        overlong=builder.overlong,
        short=tuple(builder.short),
        unbalanced=tuple(builder.unbalanced),
    )
