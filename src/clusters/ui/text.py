"""Every word the app shows, in Chinese and English, from tables; and numbers as people read them.

Texts live in ``texts/*.toml``: the file is the namespace, a line ``key = ["中文", "English"]``.
Names of segments, layers, areas and metrics come from the shipped data, not from here.
"""

import math
import tomllib
from functools import lru_cache
from importlib import resources
from typing import cast, get_args

import pandas as pd
import streamlit as st

from clusters.export import written
from clusters.export.written import MISSING, number, percent
from clusters.maps.words import Language
from clusters.settings import data_path, get_settings

__all__ = [
    "LANGUAGES",
    "MISSING",
    "Language",
    "day",
    "interval",
    "language",
    "money",
    "number",
    "p_value",
    "percent",
    "pick",
    "plain",
    "t",
    "term",
    "texts",
]

LANGUAGES: tuple[Language, ...] = get_args(Language)
_NAMED = {
    "segment": "segments.csv",
    "chain_layer": "layers.csv",
    "ai_relevance": "relevance.csv",
}
_MARKDOWN = str.maketrans({c: f"\\{c}" for c in "\\`*_[]$:<>#~|"})


@lru_cache(maxsize=1)
def texts() -> dict[str, tuple[str, ...]]:
    """Return all texts as ``namespace.key`` → (Chinese, English), and further languages if any."""
    table = {}
    for file in sorted(resources.files("clusters.ui").joinpath("texts").iterdir(), key=str):
        if file.name.endswith(".toml"):
            namespace = file.name.removesuffix(".toml")
            for key, words in tomllib.loads(file.read_text(encoding="utf-8")).items():
                table[f"{namespace}.{key}"] = tuple(words)
    return table


def language() -> Language:
    """Return the language of this visitor: chosen, in the link, or the setting."""
    chosen = st.session_state.get("lang") or st.query_params.get("lang")
    return cast("Language", chosen) if chosen in LANGUAGES else get_settings().language


def t(key: str, **values: object) -> str:
    """Return a text in the visitor's language, with `values` filled in; English if it has none."""
    words = texts()[key]
    place = LANGUAGES.index(language())
    text = words[place] if place < len(words) else words[LANGUAGES.index("en")]
    return text.format(**values) if values else text


def pick(zh: object, en: object) -> str:
    """Return whichever of two names fits the language; Chinese where English is unknown."""
    if language() != "zh" and isinstance(en, str) and en:
        return en
    return str(zh)


@lru_cache(maxsize=8)
def _names(kind: str) -> dict[str, tuple[str, str]]:
    table = pd.read_csv(data_path("taxonomy", _NAMED[kind]), dtype=str, keep_default_na=False)
    named = zip(table["zh"], table["en"], strict=True)
    return dict(zip(table[table.columns[0]], named, strict=True))


def term(kind: str, value: object) -> str:
    """Return the name of a segment, layer or relevance class; of a place precision; or a dash.

    Parameters
    ----------
    kind : {"segment", "chain_layer", "ai_relevance", "precision", ...}
        The column the value stands in.
    value : str or missing
    """
    if not isinstance(value, str) or not value:
        return MISSING
    if kind in _NAMED:
        return pick(*_names(kind).get(value, (value, value)))
    return t(f"terms.{kind}_{value}")


def money(cny: float | None) -> str:
    """Return an amount of CNY in 万元 or 亿元, in English in million or billion yuan."""
    return written.money(cny, language())


def day(value: object) -> str:
    """Return a date as 2026年11月22日 or 22 Nov 2026; partial dates keep what they know."""
    return written.day(value, language())


def plain(text: str) -> str:
    """Return a text that Streamlit's labels print as it is."""
    return text.translate(_MARKDOWN)


def p_value(p: float | None) -> str:
    """Return a p- or q-value with three digits, never as zero."""
    if p is None or not math.isfinite(p):
        return MISSING
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def interval(low: float, high: float, digits: int = 2) -> str:
    """Return an interval as ``0.81 – 1.40``, or a dash where it is not defined."""
    if not math.isfinite(low) and not math.isfinite(high):
        return MISSING
    upper = "∞" if high == math.inf else number(high, digits)
    return f"{number(low, digits)} – {upper}"
