"""The table under the enterprise map, and the firms no label of a map counts. Pure functions."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.maps.words import Language
from clusters.ui.maps import area_name, places, within
from clusters.ui.text import term

PAGE: Final = 500
"""Rows of one page of the table: a browser shows them at once, and they weigh about 100 kB."""


def only_to_prefecture(firms: pd.DataFrame, place: str) -> int:
    """Return how many firms of the prefecture of a smaller place might lie in it unseen."""
    prefecture = within(place)
    if not prefecture or places()[place].kind == "prefecture":
        return 0
    vague = firms["precision"].isin(["prefecture", "county"])
    if places()[place].kind == "county":
        vague = firms["precision"] == "prefecture"
    return int((vague & (firms["prefecture_code"] == prefecture)).sum())


def only_to_this_prefecture(firms: pd.DataFrame, place: str) -> int:
    """Return how many firms of a prefecture no county label counts; 0 for other places."""
    if places()[place].kind != "prefecture":
        return 0
    return int((firms["precision"] == "prefecture").sum())


def firm_rows(firms: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Return the table under the map: names instead of ids, one row a firm, same order."""

    def named(column: str, name: Callable[[Any], str]) -> pd.Series:
        values = firms[column]
        return values.map({one: name(one) for one in values.dropna().unique()}).fillna("")

    return pd.DataFrame(
        {
            "name": firms["name"].fillna(""),
            "segment": named("segment", lambda one: term("segment", one)),
            "chain_layer": named("chain_layer", lambda one: term("chain_layer", one)),
            "ai_relevance": named("ai_relevance", lambda one: term("ai_relevance", one)),
            "prefecture": named("prefecture_code", lambda one: area_name(one, language)),
            "county": named("county_code", lambda one: area_name(one, language)),
            "precision": named("precision", lambda one: term("precision", one)),
            "radius_km": firms["radius_m"].astype("float64") / 1000,
            "founded": pd.to_datetime(firms["founded"], errors="coerce").dt.date,
            "capital": firms["registered_capital_cny"].astype("float64") / 1e4,
            "listing": firms["listing"].fillna(""),
            "confidence": named("confidence", lambda one: term("confidence", one)),
        }
    ).reset_index(drop=True)


def row_of(firms: pd.DataFrame, firm: str) -> int | None:
    """Return the position of a firm in a table, or None."""
    found = np.flatnonzero((firms["enterprise_id"] == firm).to_numpy())
    return int(found[0]) if len(found) else None


def picked(rows: Sequence[int], firms: pd.DataFrame) -> str:
    """Return the id of the row a visitor chose in the table; "" for none."""
    known = [row for row in rows if 0 <= row < len(firms)]
    return str(firms["enterprise_id"].iloc[known[0]]) if known else ""


def page_of(row: int | None) -> int:
    """Return the page, from 1, a row of the table stands on; the first where there is none."""
    return 1 if row is None else row // PAGE + 1


def pages(rows: int) -> int:
    """Return how many pages a table has."""
    return max(1, -(-rows // PAGE))


def rows_of_page(rows: NDArray[np.intp], page: int) -> NDArray[np.intp]:
    """Return the rows of one page."""
    first = (min(max(page, 1), pages(len(rows))) - 1) * PAGE
    return rows[first : first + PAGE]
