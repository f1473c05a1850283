"""What the columns of an upload were taken for, in words, and the mapping that corrects it."""

from collections.abc import Mapping

import pandas as pd

from clusters.export.columns import known_columns
from clusters.registry import ColumnMapping
from clusters.registry.headers import HEADERS, JOINED, recognise
from clusters.registry.model import ColumnProposal
from clusters.registry.schema import STATUSES
from clusters.ui.data_view import Checked
from clusters.ui.text import language, t

ENCODINGS = ("", "utf-8", "gb18030", "utf-16", "big5")
DELIMITERS = ("", ",", ";", "\t", "|")


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
    if "status" in table:
        table = table.assign(
            status=[t(f"data.status_{s}") if s in STATUSES else s for s in table["status"]]
        )
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
