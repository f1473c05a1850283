"""Every word the app shows, in Chinese and English, from tables; and numbers as people read them.

Texts live in ``texts/*.toml``: the file is the namespace, a line ``key = ["中文", "English"]``.
Names of segments, layers, areas and metrics come from the shipped data, not from here.
"""

import datetime as dt
import math
import tomllib
from functools import lru_cache
from importlib import resources
from typing import Literal, cast

import pandas as pd
import streamlit as st

from clusters.settings import data_path, get_settings

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
MISSING = "—"


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
    file, key = {
        "segment": ("segments.csv", "segment"),
        "chain_layer": ("layers.csv", "chain_layer"),
        "ai_relevance": ("relevance.csv", "ai_relevance"),
    }[kind]
    table = pd.read_csv(data_path("taxonomy", file), dtype=str, keep_default_na=False)
    key = key if key in table else table.columns[0]
    return {row[key]: (row["zh"], row["en"]) for _, row in table.iterrows()}


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
    if kind in {"segment", "chain_layer", "ai_relevance"}:
        return pick(*_names(kind).get(value, (value, value)))
    return t(f"terms.{kind}_{value}")


def number(value: float | None, digits: int = 0) -> str:
    """Return a number with grouped thousands and a true minus sign, or a dash where missing."""
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{value:,.{digits}f}".replace("-", "−")


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share as a percentage."""
    return (
        MISSING if share is None or not math.isfinite(share) else f"{number(100 * share, digits)}%"
    )


def money(cny: float | None) -> str:
    """Return an amount of CNY in 万元 or 亿元, in English in million or billion yuan."""
    if cny is None or not math.isfinite(cny):
        return MISSING
    if language() == "zh":
        unit, name = (1e8, " 亿元") if abs(cny) >= 1e8 else (1e4, " 万元")
    else:
        unit, name = (1e9, " bn yuan") if abs(cny) >= 1e9 else (1e6, " m yuan")
    scaled = cny / unit
    return number(scaled, 0 if abs(scaled) >= 1000 else 2) + name


def day(value: object) -> str:
    """Return a date as 2026年11月22日 or 22 Nov 2026; partial dates keep what they know."""
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if isinstance(value, dt.date):
        if language() == "zh":
            return f"{value.year}年{value.month}月{value.day}日"
        return f"{value.day} {value:%b} {value.year}"
    text = str(value)
    try:
        return day(dt.date.fromisoformat(text[:10]))
    except ValueError:
        return text


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
