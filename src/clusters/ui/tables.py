"""Slim tables for reading, and tables to take away as CSV or Excel."""

import html
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from clusters.export.definitions import Definition
from clusters.export.provenance import Provenance
from clusters.export.tables import harmless, table_bytes
from clusters.ui.handing import EXCEL, offer
from clusters.ui.text import MISSING, language, t


class Html(str):
    """A cell that is HTML already, such as a chip; every other cell is escaped."""

    __slots__ = ()


@dataclass(frozen=True)
class Column:
    """Heading of a column; numbers stand right-aligned with even digits."""

    title: str
    numeric: bool = False


def table_html(columns: Sequence[Column], rows: Iterable[Sequence[str]], *, label: str = "") -> str:
    """Return a table as HTML that scrolls sideways where it is wider than the page.

    Parameters
    ----------
    rows : iterable of sequences of str
        Cells in the order of the columns; `Html` cells are taken as they are.
    label : str
        Name of the table for screen readers.
    """
    classes = [' class="n"' if column.numeric else "" for column in columns]
    head = "".join(
        f'<th scope="col"{kind}>{html.escape(column.title)}</th>'
        for column, kind in zip(columns, classes, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{kind}>{cell if isinstance(cell, Html) else html.escape(cell)}</td>"
            for cell, kind in zip(row, classes, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    # On a telephone a table of many columns scrolls instead of breaking every word.
    kind = "c-table c-wide" if len(columns) > 3 else "c-table"
    name = f' aria-label="{html.escape(label, quote=True)}"' if label else ""
    return (
        f'<div class="c-scroll" tabindex="0"><table class="{kind}"{name}>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def facts_html(rows: Iterable[tuple[str, str]]) -> str:
    """Return labels and words as a list of terms; `Html` words are taken as they are."""
    cells = "".join(
        f"<dt>{html.escape(label)}</dt>"
        f"<dd>{words if isinstance(words, Html) else html.escape(words)}</dd>"
        for label, words in rows
    )
    return f'<dl class="c-facts">{cells}</dl>'


def show(columns: Sequence[Column], rows: Iterable[Sequence[str]], *, label: str = "") -> None:
    """Show a slim table."""
    st.html(table_html(columns, rows, label=label))


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return a table of a chart as CSV that Excel opens: with byte order mark, no formulas."""
    safe = frame.map(harmless)
    return safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def chart_data(frame: pd.DataFrame, *, name: str) -> None:
    """Show the numbers behind a chart, folded away, with their download.

    Parameters
    ----------
    frame : DataFrame
        Headings and values in the visitor's language.
    name : str
        Name of the file and of the widget; unique on a page.
    """
    with st.expander(t("shell.table_of_chart")):
        numeric = [pd.api.types.is_numeric_dtype(frame[column]) for column in frame.columns]
        st.dataframe(
            frame,
            hide_index=True,
            placeholder=MISSING,
            height=min(38 + 35 * max(len(frame), 1), 360),
            column_config={
                column: st.column_config.NumberColumn(format="localized")
                for column, is_number in zip(frame.columns, numeric, strict=True)
                if is_number
            },
            key=f"{name}-data",
        )
        offer(
            t("shell.download_csv"),
            lambda: csv_bytes(frame),
            file_name=f"{name}.csv",
            mime="text/csv",
            key=f"{name}-csv",
        )


def downloads(
    build: Callable[[], pd.DataFrame],
    *,
    name: str,
    provenance: Callable[[str], Provenance],
    definitions: Sequence[Definition] = (),
) -> None:
    """Offer a table as CSV and as Excel with definitions and provenance; built when asked for.

    Parameters
    ----------
    build : callable
        Makes the table, with canonical column names, at the moment of the download.
    provenance : callable
        Makes the record of the file from its ending, which stands in the command.
    """
    tongue = language()
    kinds = (
        (".csv", "shell.download_csv", "text/csv"),
        (".xlsx", "shell.download_xlsx", EXCEL),
    )
    with st.container(horizontal=True):
        for ending, label, mime in kinds:
            offer(
                t(label),
                _builder(build, ending, provenance(ending), definitions, tongue),
                file_name=f"{name}{ending}",
                mime=mime,
                key=f"{name}-download{ending}",
            )


def _builder(
    build: Callable[[], pd.DataFrame],
    ending: str,
    provenance: Provenance,
    definitions: Sequence[Definition],
    tongue: str,
) -> Callable[[], bytes]:
    """Return what makes the bytes; the language is that of the page, not of the download."""

    def make() -> bytes:
        return table_bytes(
            build(),
            ending,
            provenance=provenance,
            language="zh" if tongue == "zh" else "en",
            definitions=definitions,
        )

    return make
