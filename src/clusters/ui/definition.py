"""The definition of a metric as it stands on the page of methods and one click away elsewhere."""

import html
import re

import streamlit as st

from clusters.export.definitions import Definition, definitions
from clusters.ui.tables import Html
from clusters.ui.text import MISSING, language, t, texts

_SUBSCRIPT = re.compile(r"_([A-Za-z0-9]+(?:,[a-z]+)?)")
# The table of definitions gives these few words in English only.
_WORDS = {
    "localisation curve of s_r against x_r": "methods.formula_curve",
    "about −1–1": "methods.range_about_one",
}
_ASIDES = {" (interval)": "methods.reference_interval", " (test)": "methods.reference_test"}


def formula_html(formula: str) -> Html:
    """Return a formula with its indices set low."""
    return Html(_SUBSCRIPT.sub(r"<sub>\1</sub>", html.escape(formula)))


def formula_of(item: Definition) -> str:
    """Return the formula of a metric, its words in the visitor's language."""
    return t(_WORDS[item.formula]) if item.formula in _WORDS else item.formula


def range_of(item: Definition) -> str:
    """Return the range of a metric, its words in the visitor's language."""
    return t(_WORDS[item.range]) if item.range in _WORDS else item.range


def reference_of(item: Definition) -> str:
    """Return the literature of a metric, its asides in the visitor's language."""
    text = item.reference
    for aside, key in _ASIDES.items():
        text = text.replace(aside, t(key))
    return text or MISSING


def limit_of(metric: str) -> str:
    """Return the limits of a metric in words."""
    key = f"methods.limit_{metric}"
    return t(f"methods.limit_{metric}") if key in texts() else MISSING


def definition_html(metric: str) -> str:
    """Return a definition as HTML: formula, range, reading, limits, reference."""
    item = definitions()[metric]
    rows = (
        ("methods.reading", html.escape(item.reading(language()))),
        ("methods.limit", html.escape(limit_of(metric))),
        ("methods.range", formula_html(range_of(item))),
        ("methods.reference", html.escape(reference_of(item))),
    )
    body = "".join(f"<dt>{html.escape(t(key))}</dt><dd>{text}</dd>" for key, text in rows)
    return (
        f'<section class="c-def"><h3>{html.escape(item.name(language()))}</h3>'
        f'<p class="c-formula">{formula_html(formula_of(item))}</p>'
        f'<dl class="c-terms">{body}</dl></section>'
    )


def definition_popover(metric: str) -> None:
    """Put a definition one click away."""
    with st.popover(t("shell.definition"), type="tertiary"):
        st.html(definition_html(metric))
