"""Filters of the enterprise map: what they keep, how many each choice would show, their link.

Everything above `panel` is pure. A choice is counted under all *other* filters, so the
number beside it is what a click on it would leave.
"""

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from clusters.maps.drawn import UNKNOWN
from clusters.maps.firm_filter import HONOURS
from clusters.maps.palette import LAYERS
from clusters.metrics.sums import AI_FIRMS, memberships
from clusters.places.output import PRECISIONS
from clusters.places.shipped import read_table
from clusters.registry.schema import RELEVANCES
from clusters.ui.links import keep
from clusters.ui.text import number, t, term

Mask = NDArray[np.bool_]

CHAIN_LAYERS: Final = (*LAYERS, UNKNOWN)


@dataclass(frozen=True)
class Filters:
    """What a visitor asked for; an empty field does not filter.

    ``first`` and ``last`` are founding years, both included; a firm without a founding date
    passes only while no year is asked for. ``honours`` are all required at once.
    """

    relevance: tuple[str, ...] = AI_FIRMS
    layer: tuple[str, ...] = ()
    segment: tuple[str, ...] = ()
    honours: tuple[str, ...] = ()
    precision: tuple[str, ...] = ()
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True)
class FirmIndex:
    """The columns filters look at, made once per snapshot; rows are those of the snapshot.

    ``zones`` and ``parks`` map an id to the positions of its firms.
    """

    columns: pd.DataFrame
    zones: Mapping[str, NDArray[np.intp]]
    parks: Mapping[str, NDArray[np.intp]]

    def __len__(self) -> int:
        """Return the number of firms."""
        return len(self.columns)

    def inside(self, place: str) -> Mask:
        """Return which firms are known to lie in a place: code, zone or park id; "" is all."""
        if not place:
            return np.ones(len(self), dtype=bool)
        if place.isdigit():
            column = "prefecture_code" if place.endswith("00") else "county_code"
            return (self.columns[column] == place).to_numpy()
        mask = np.zeros(len(self), dtype=bool)
        mask[self.zones.get(place, self.parks.get(place, np.array([], dtype=np.intp)))] = True
        return mask


def firm_index(firms: pd.DataFrame) -> FirmIndex:
    """Return the index of a snapshot's firms."""
    founded = pd.to_datetime(firms["founded"], errors="coerce")
    columns = pd.DataFrame(
        {
            "relevance": firms["ai_relevance"].astype("category"),
            "layer": firms["chain_layer"].fillna(UNKNOWN).astype("category"),
            "segment": firms["segment"].fillna(UNKNOWN).astype("category"),
            "precision": firms["precision"].fillna("none").astype("category"),
            "year": founded.dt.year.astype("float64"),
            **{mark: firms[column].notna() for mark, column in HONOURS.items()},
            "prefecture_code": firms["prefecture_code"].astype("category"),
            "county_code": firms["county_code"].astype("category"),
        }
    ).reset_index(drop=True)
    return FirmIndex(columns, _members(memberships(firms)), _members(firms["park_ids"]))


def _members(ids: pd.Series) -> dict[str, NDArray[np.intp]]:
    found: dict[str, list[int]] = {}
    for position, cell in enumerate(ids):
        for one in cell:
            found.setdefault(str(one), []).append(position)
    return {one: np.array(rows, dtype=np.intp) for one, rows in sorted(found.items())}


def masks(index: FirmIndex, filters: Filters, place: str) -> dict[str, Mask]:
    """Return one mask per filter; a firm is shown where all are true."""
    table = index.columns
    found = {"place": index.inside(place)}
    for name in ("relevance", "layer", "segment", "precision"):
        wanted: tuple[str, ...] = getattr(filters, name)
        if wanted:
            known = [i for i, one in enumerate(table[name].cat.categories) if one in wanted]
            found[name] = np.isin(table[name].cat.codes.to_numpy(), known)
    for name in filters.honours:
        found[f"honours:{name}"] = table[name].to_numpy()
    if filters.first is not None or filters.last is not None:
        low = -np.inf if filters.first is None else filters.first
        high = np.inf if filters.last is None else filters.last
        found["years"] = table["year"].between(low, high).to_numpy()
    return found


def combine(parts: Mapping[str, Mask], *, without: str = "") -> Mask:
    """Return where all masks but those of one facet are true."""
    kept = [mask for name, mask in parts.items() if name.split(":")[0] != without]
    return np.logical_and.reduce(kept) if kept else np.ones(len(parts["place"]), dtype=bool)


def facet_counts(index: FirmIndex, parts: Mapping[str, Mask]) -> dict[str, dict[str, int]]:
    """Return for every facet how many firms each choice has under all other filters."""
    counts = {}
    for facet in ("relevance", "layer", "segment", "precision"):
        column = index.columns[facet].cat
        codes = column.codes.to_numpy()[combine(parts, without=facet)]
        numbers = np.bincount(codes[codes >= 0], minlength=len(column.categories))
        counts[facet] = {
            str(one): int(n) for one, n in zip(column.categories, numbers, strict=True) if n
        }
    counts["honours"] = {
        name: int((combine(_less(parts, f"honours:{name}")) & index.columns[name]).sum())
        for name in HONOURS
    }
    return counts


def _less(parts: Mapping[str, Mask], name: str) -> dict[str, Mask]:
    return {key: mask for key, mask in parts.items() if key != name}


def year_span(index: FirmIndex) -> tuple[int, int] | None:
    """Return the first and last founding year known, or None where none is."""
    years = index.columns["year"].dropna()
    return None if years.empty else (int(years.min()), int(years.max()))


@dataclass(frozen=True)
class Years:
    """Firms per founding year under all other filters; ``counts`` begin at ``first``."""

    first: int
    counts: tuple[int, ...]
    undated: int


def years(index: FirmIndex, parts: Mapping[str, Mask]) -> Years | None:
    """Return the founding years of the firms that pass all filters but that of years."""
    span = year_span(index)
    if span is None:
        return None
    here = index.columns["year"].to_numpy()[combine(parts, without="years")]
    known = here[np.isfinite(here)].astype(int)
    counts = np.bincount(known - span[0], minlength=span[1] - span[0] + 1)
    return Years(span[0], tuple(counts.tolist()), len(here) - len(known))


@lru_cache(maxsize=1)
def segment_ids() -> tuple[str, ...]:
    """Return the segments in the order of the plan."""
    return tuple(read_table("taxonomy", "segments.csv", required=("segment",))["segment"])


def _choices() -> dict[str, tuple[str, ...]]:
    return {
        "relevance": RELEVANCES,
        "layer": CHAIN_LAYERS,
        "segment": (*segment_ids(), UNKNOWN),
        "honours": tuple(HONOURS),
        "precision": PRECISIONS,
    }


def listed(text: str | None, known: Sequence[str]) -> tuple[str, ...] | None:
    """Return the known ids of a comma-joined list in its order; None where there is no list."""
    if text is None:
        return None
    asked = text.split(",")
    return tuple(one for one in known if one in asked)


def year(text: str | None) -> int | None:
    """Return a year of a link, or None where it is not one."""
    return int(text) if text and text.isdecimal() and len(text) == 4 else None


def from_link(query: Mapping[str, str]) -> Filters:
    """Read filters from the query of a link; what is not understood is ignored."""
    chosen = {name: listed(query.get(name), known) for name, known in _choices().items()}
    if not chosen["relevance"] and query.get("relevance") != "all":
        chosen["relevance"] = AI_FIRMS
    first, last = year(query.get("first")), year(query.get("last"))
    if first is not None and last is not None and first > last:
        first = last = None
    return Filters(**{name: found or () for name, found in chosen.items()}, first=first, last=last)


def to_link(filters: Filters) -> dict[str, str]:
    """Return what a link must carry; a filter at its default is left out."""
    query = {}
    for name in _choices():
        chosen: tuple[str, ...] = getattr(filters, name)
        if name == "relevance" and set(chosen) == set(AI_FIRMS):
            continue
        if chosen:
            query[name] = ",".join(chosen)
        elif name == "relevance":
            query[name] = "all"
    for name in ("first", "last"):
        value = getattr(filters, name)
        if value is not None:
            query[name] = str(value)
    return query


LINK_KEYS: Final = tuple(field.name for field in fields(Filters))


def is_filtered(filters: Filters) -> bool:
    """Whether anything differs from the default."""
    return bool(to_link(filters))


def panel(index: FirmIndex, filters: Filters, parts: Mapping[str, Mask]) -> None:
    """Show the filters with live counts; a change is written into the link at once."""
    counts = facet_counts(index, parts)
    names: dict[str, Callable[[str], str]] = {
        "relevance": lambda one: term("ai_relevance", one),
        "layer": lambda one: _or_unknown("chain_layer", one),
        "segment": lambda one: _or_unknown("segment", one),
        "honours": lambda one: t(f"filters.{one}"),
        "precision": lambda one: term("precision", one),
    }
    totals = {name: set(index.columns[name].cat.categories) for name in counts if name != "honours"}
    for facet, known in _choices().items():
        st.html(f'<h3 class="c-group">{html.escape(t(f"filters.{facet}"))}</h3>')
        there = [one for one in known if facet == "honours" or one in totals[facet]]
        for one in there:
            _tick(facet, one, names[facet](one), counts[facet].get(one, 0), filters)
        if facet == "segment":
            _years(index, filters)
    st.caption(t("filters.help"))


def _or_unknown(kind: str, value: str) -> str:
    return t("filters.unknown") if value == UNKNOWN else term(kind, value)


def _tick(facet: str, one: str, name: str, count: int, filters: Filters) -> None:
    key = f"filter-{facet}-{one}"
    st.session_state[key] = one in getattr(filters, facet)
    label = t("filters.choice", name=name, n=number(count))
    st.checkbox(label, key=key, on_change=_ticked, args=(facet, one, key))


def _ticked(facet: str, one: str, key: str) -> None:
    filters = from_link(st.query_params.to_dict())
    chosen = set(getattr(filters, facet))
    chosen = chosen | {one} if st.session_state[key] else chosen - {one}
    kept: dict[str, Any] = {facet: tuple(one for one in _choices()[facet] if one in chosen)}
    write(replace(filters, **kept))


def _years(index: FirmIndex, filters: Filters) -> None:
    st.html(f'<h3 class="c-group">{html.escape(t("filters.years"))}</h3>')
    span = year_span(index)
    if span is None or span[0] == span[1]:
        st.caption(t("filters.years_none"))
        return
    low = min(max(filters.first or span[0], span[0]), span[1])
    high = max(min(filters.last or span[1], span[1]), low)
    st.session_state["filter-years"] = (low, high)
    st.slider(
        t("filters.years"),
        *span,
        key="filter-years",
        format="%d",
        label_visibility="collapsed",
        on_change=_slid,
        args=(span,),
    )
    st.caption(t("filters.years_known", n=number(int(index.columns["year"].notna().sum()))))


def _slid(span: tuple[int, int]) -> None:
    low, high = st.session_state["filter-years"]
    filters = from_link(st.query_params.to_dict())
    years = (None, None) if (low, high) == span else (int(low), int(high))
    write(replace(filters, first=years[0], last=years[1]))


def write(filters: Filters) -> None:
    """Put filters into the link."""
    query = to_link(filters)
    for name in LINK_KEYS:
        keep(name, query.get(name, ""))
