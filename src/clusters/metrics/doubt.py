"""Metrics of firms whose places were drawn several times, for the doubt of the measured ones."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.metrics.agglomeration import agglomerations, unbiased_agglomerations
from clusters.metrics.cells import CONFIDENCE, INTERVALS, estimates
from clusters.metrics.concentration import herfindahls, hoover, locational_ginis, theil
from clusters.metrics.cross import CrossTable, Floats
from clusters.metrics.imputation import pool_values, variance_of, widened
from clusters.metrics.plants import adding_to_one, shares_of
from clusters.metrics.rows import ALL, COLUMNS, PROVINCE
from clusters.metrics.specialisation import specialisations
from clusters.metrics.sums import AI_FIRMS, OTHERS, Level, Sums, industries, memberships
from clusters.metrics.table import SCHEMES

KEYS: Final = ("level", "scheme", "industry", "area", "metric")

_SIGNED = ("maurel_sedillot", "ellison_glaeser")
_CEILINGS = {"share": 1.0, "hhi": 1.0, "locational_gini": 1.0, "hoover": 1.0, "krugman": 2.0}


@dataclass(frozen=True)
class Drawn:
    """What was measured on several completed data sets.

    Attributes
    ----------
    keys : DataFrame
        One row per value: the columns `KEYS`, as in the long table.
    value, variance : ndarray, shape (rows, data sets)
        Missing where a value is undefined or was not measured on that data set; the sampling
        variance also where none is known.
    """

    keys: pd.DataFrame
    value: Floats
    variance: Floats

    def rows_of(self, table: pd.DataFrame) -> NDArray[np.intp]:
        """Return the row of each row of a long table, -1 where it was not measured."""
        mine, theirs = np.zeros(len(self.keys), np.int64), np.zeros(len(table), np.int64)
        for name in KEYS:
            known = pd.Index(self.keys[name].unique())
            mine = mine * (len(known) + 1) + known.get_indexer(pd.Index(self.keys[name])) + 1
            theirs = theirs * (len(known) + 1) + known.get_indexer(pd.Index(table[name])) + 1
        return pd.Index(mine).get_indexer(pd.Index(theirs))


def measure_draws(
    draws: Sequence[pd.DataFrame],
    others: Mapping[str, Sums],
    levels: Iterable[Level],
    *,
    schemes: Iterable[str] = SCHEMES,
) -> Drawn:
    """Measure cells, areas and industries on several completed data sets.

    Permutation tests, ranks and pairs are left out: they have no interval to widen. A level at
    which no draw moves a firm would come out alike every time and is measured on two draws only.

    Parameters
    ----------
    draws
        One table of the AI firms per data set, as `clusters.metrics.table.measure` takes them.
    others
        Name of each level → sums of all other firms over it, under any scheme. They stay at their
        one place and count in the totals only.
    levels, schemes
        As `clusters.metrics.table.measure`.
    """
    found: list[_Part] = []
    labels = {scheme: [_labels(drawn, scheme) for drawn in draws] for scheme in schemes}
    for level in levels:
        still = not level.overlapping and all(
            drawn[level.column].equals(draws[0][level.column]) for drawn in draws
        )
        used = slice(2 if still else None)
        places = _placed(draws[used], level)
        for scheme, named in labels.items():
            table = _cross(named[used], places, others[level.name])
            if 0 in table.counts.shape:
                continue
            found += [
                _Part({"level": level.name, "scheme": scheme, **keys}, values, variances)
                for keys, values, variances in _measured(table, level, scheme)
            ]
    return _joined(found, len(draws))


@dataclass(frozen=True)
class _Part:
    """Values of one metric, (data sets, rows), and the keys of the rows, arrays or one for all."""

    keys: Mapping[str, object]
    value: Floats
    variance: Floats | None


def _joined(parts: Sequence[_Part], draws: int) -> Drawn:
    ends = np.cumsum([0, *(part.value.shape[1] for part in parts)])
    keys = {name: np.empty(ends[-1], dtype=object) for name in KEYS}
    values, variances = (np.full((ends[-1], draws), np.nan) for _ in range(2))
    for part, begin, end in zip(parts, ends[:-1], ends[1:], strict=True):
        measured = len(part.value)
        values[begin:end, :measured] = part.value.T
        if part.variance is not None:
            variances[begin:end, :measured] = part.variance.T
        for name, column in keys.items():
            column[begin:end] = part.keys[name]
    return Drawn(pd.DataFrame(keys), values, variances)


@dataclass(frozen=True)
class _Places:
    """Which firm (row of all draws put together) is in which area of a level (position)."""

    level: Level
    firm: NDArray[np.intp]
    area: NDArray[np.intp]


def _placed(draws: Sequence[pd.DataFrame], level: Level) -> _Places:
    # One draw at a time: names and lists of areas of all draws at once would fill the memory.
    begins = np.cumsum([0, *(len(drawn) for drawn in draws)])
    found = [_areas_of(drawn, level) for drawn in draws]
    firm = [begin + firms for begin, (firms, _) in zip(begins, found, strict=False)]
    return _Places(level, np.concatenate(firm), np.concatenate([areas for _, areas in found]))


def _areas_of(drawn: pd.DataFrame, level: Level) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows of a draw and the position of an area each is in."""
    if level.overlapping:
        areas = memberships(drawn, level.column)
        firm = np.repeat(np.arange(len(areas)), areas.str.len().to_numpy(np.int64))
        names = pd.Index([name for ids in areas for name in ids], dtype=object)
    else:
        names = pd.Index(drawn[level.column])
        firm = np.arange(len(names))
    area = level.areas.index.get_indexer(names)
    return firm[area >= 0], area[area >= 0]


@dataclass(frozen=True)
class _Labels:
    """Industries of the firms of a draw: ``code`` (n,), the position of each one's in ``names``."""

    code: NDArray[np.int32]
    names: NDArray[np.object_]


def _labels(drawn: pd.DataFrame, scheme: str) -> _Labels:
    code, names = pd.factorize(industries(drawn, scheme))
    return _Labels(code.astype(np.int32), names.to_numpy(object))


def _cross(labels: Sequence[_Labels], places: _Places, others: Sums) -> CrossTable:
    """Return the cross table of every draw, all other firms in its totals."""
    names = np.unique(np.concatenate([one.names for one in labels]))
    code = np.concatenate([np.searchsorted(names, one.names)[one.code] for one in labels])
    draw = np.repeat(np.arange(len(labels)), [len(one.code) for one in labels])
    shape = (len(labels), len(names), len(places.level.areas))
    firm, area = places.firm, places.area
    cell = (draw[firm] * shape[1] + code[firm]) * shape[2] + area
    counts = np.bincount(cell, minlength=np.prod(shape)).reshape(shape).astype(float)
    if places.level.overlapping:
        total = np.bincount(draw * shape[1] + code, minlength=shape[0] * shape[1])
        industry_total = total.reshape(shape[:2]).astype(float)
    else:
        industry_total = counts.sum(axis=2)
    area_total = counts.sum(axis=1) + others.area_total.to_numpy(float)
    grand_total = industry_total.sum(axis=1) + others.grand_total
    own = names != OTHERS
    counts, industry_total, known = counts[:, own], industry_total[:, own], list(names[own])
    if set(known) & set(AI_FIRMS):
        ai = np.isin(known, AI_FIRMS)
        counts = np.concatenate([counts, counts[:, ai].sum(axis=1, keepdims=True)], axis=1)
        total = industry_total[:, ai].sum(axis=1, keepdims=True)
        industry_total = np.concatenate([industry_total, total], axis=1)
        known.append("ai")
    return CrossTable(
        industries=known,
        counts=np.swapaxes(counts, 1, 2),
        area_total=area_total,
        industry_total=industry_total,
        grand_total=grand_total,
        overlapping=places.level.overlapping,
    )


def _measured(
    table: CrossTable, level: Level, scheme: str
) -> Iterator[tuple[dict[str, object], Floats, Floats | None]]:
    """Yield the keys of each metric, its values and their variances, (data sets, rows)."""
    areas, names = level.areas.index.to_numpy(object), np.array(table.industries, dtype=object)
    sets = len(table.counts)
    cell = {"area": np.repeat(areas, len(names)), "industry": np.tile(names, len(areas))}
    for metric, found in estimates(table, level.areas, tested=True).items():
        variances = None
        if found.low is not None and found.high is not None:
            variances = variance_of(found.low, found.high, confidence=CONFIDENCE).reshape(sets, -1)
        yield {"metric": metric, **cell}, found.value.reshape(sets, -1), variances
    if level.overlapping:
        return
    if scheme != "ai" and len(names) > 1:
        for metric, values in (
            ("hhi", herfindahls(table.counts)),
            ("krugman", specialisations(table.counts)),
        ):
            yield {"metric": metric, "area": areas, "industry": ALL}, values, None
    for metric, values in _of_industries(table).items():
        yield {"metric": metric, "area": PROVINCE, "industry": names}, values, None


def _of_industries(table: CrossTable) -> dict[str, Floats]:
    """Return concentration and agglomeration of every industry, (data sets, industries)."""
    counts = np.swapaxes(table.counts, -1, -2)
    gini = np.full(counts.shape[:2], np.nan)
    for block in table.blocks:
        gini[:, block] = locational_ginis(table.against_others(block))[:, :-1]
    hoovers, theils = np.full_like(gini, np.nan), np.full_like(gini, np.nan)
    some = table.grand_total > 0
    reference = table.area_total / np.where(some, table.grand_total, 1.0)[:, None]
    for at in np.ndindex(gini.shape):
        if some[at[0]]:
            hoovers[at] = hoover(counts[at], reference=reference[at[0]])
            theils[at] = theil(counts[at], reference=reference[at[0]])
    shares = shares_of(counts, adding_to_one(reference))
    return {
        "hhi": herfindahls(counts),
        "locational_gini": gini,
        "hoover": hoovers,
        "theil": theils,
        "ellison_glaeser": agglomerations(shares),
        "maurel_sedillot": unbiased_agglomerations(shares),
    }


def doubted(table: pd.DataFrame, drawn: Drawn) -> pd.DataFrame:
    """Return a long metric table with intervals widened by what the data sets differ.

    Rows whose metric was not measured on the draws stay as they are.
    """
    there = set(zip(drawn.keys["level"], drawn.keys["metric"], strict=True))
    pairs = zip(table["level"], table["metric"], strict=True)
    touched = pd.Series([pair in there for pair in pairs], index=table.index)
    part = table[touched].drop(columns="doubt_share")
    rows = drawn.rows_of(part)
    values, variances = (
        np.where((rows >= 0)[:, None], one[rows], np.nan) for one in (drawn.value, drawn.variance)
    )
    found = widened(part, pool_values(values, variances, confidence=CONFIDENCE), INTERVALS)
    result = table.copy()
    # An undefined value has no interval, though some draws may define it.
    known = touched & table["value"].notna()
    for name in ("low", "high", "doubt_share"):
        result.loc[known, name] = found.loc[known[touched], name].to_numpy()
    # A t interval knows no bounds; no index but Maurel-Sédillot's falls below nothing.
    floor = np.where(result["metric"].isin(_SIGNED), -np.inf, 0.0)
    ceiling = result["metric"].map(_CEILINGS).fillna(np.inf)
    return result.assign(
        low=result["low"].clip(lower=floor), high=result["high"].clip(upper=ceiling)
    )[COLUMNS]
