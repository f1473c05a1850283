"""Small parts every page uses: figures, chips, notes, empty states. All text is escaped here."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from clusters.ui.text import t


@dataclass(frozen=True)
class Figure:
    """One number with its label and a line that says how to read it."""

    label: str
    value: str
    note: str = ""


def figures(items: Sequence[Figure]) -> None:
    """Show a row of figures; it wraps on narrow screens."""
    cells = "".join(
        f'<div class="c-figure"><div class="c-label">{html.escape(i.label)}</div>'
        f'<div class="c-value">{html.escape(i.value)}</div>'
        f'<div class="c-note">{html.escape(i.note)}</div></div>'
        for i in items
    )
    st.html(f'<div class="c-figures">{cells}</div>')


def chip(text: str, *, glyph: str = "", kind: str = "plain") -> str:
    """Return a chip as HTML; `kind` is ``plain``, ``assumed`` or a status of the palette."""
    mark = f'<span aria-hidden="true">{html.escape(glyph)}</span> ' if glyph else ""
    return f'<span class="c-chip c-{html.escape(kind)}">{mark}{html.escape(text)}</span>'


def note(*texts: str) -> None:
    """Show lines of small print, close together."""
    if not texts:
        return
    st.html("".join(f'<p class="c-small">{html.escape(text)}</p>' for text in texts))


def title(text: str, lead: str = "") -> None:
    """Show the heading of a page with one sentence that says what it is for."""
    lead_html = f'<p class="c-lead">{html.escape(lead)}</p>' if lead else ""
    st.html(f'<h1 class="c-title">{html.escape(text)}</h1>{lead_html}')


def section(text: str, lead: str = "") -> None:
    """Show the heading of a section."""
    lead_html = f'<p class="c-small">{html.escape(lead)}</p>' if lead else ""
    st.html(f'<h2 class="c-section">{html.escape(text)}</h2>{lead_html}')


def empty(message: str = "", next_step: str = "") -> None:
    """Say that there is nothing to show, and what to do."""
    st.html(
        f'<div class="c-empty"><strong>{html.escape(message or t("shell.no_data"))}</strong>'
        f"<br>{html.escape(next_step or t('shell.no_data_next'))}</div>"
    )


def failure(message: str) -> None:
    """Show an error a visitor can act on."""
    st.html(
        f'<div class="c-empty c-failure" role="alert">'
        f"<strong>{html.escape(t('shell.failed_title'))}</strong><br>{html.escape(message)}</div>"
    )
