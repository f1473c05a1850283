"""A row of filters over a table: a select box per field and a search, all in the link."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from clusters.ui import links
from clusters.ui.text import t


def show(
    named: Mapping[str, Callable[[str], str]],
    options: Mapping[str, Sequence[str]],
    *,
    texts: str,
    widths: Sequence[float],
) -> dict[str, str]:
    """Show the filters and return what is chosen, by field; ``words`` holds the search.

    Parameters
    ----------
    named : mapping
        Field to what names a value of it in the visitor's language; the order of the row.
    options : mapping
        Field to the values it offers.
    texts : str
        Namespace of ``filter_<field>``, ``every_<field>``, ``filter_words`` and its hint.
    widths : sequence of float
        Relative widths of the fields and of the search, which is last.
    """
    columns = st.columns(list(widths))
    chosen = {}
    for column, (name, words) in zip(columns, named.items(), strict=False):
        with column:
            chosen[name] = _box(name, words, options[name], texts)
    with columns[-1]:
        hint = t(f"{texts}.filter_words_hint")
        chosen["words"] = links.search(t(f"{texts}.filter_words"), key="q", placeholder=hint)
    return chosen


def _box(name: str, words: Callable[[str], str], options: Sequence[str], texts: str) -> str:
    def said(value: str) -> str:
        return words(value) if value else t(f"{texts}.every_{name}")

    return links.select(t(f"{texts}.filter_{name}"), ("", *options), key=name, named=said)
