"""Sums of a registry taken in parts: firms that are alike, and sums that are added up."""

import operator
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import numpy as np
import pandas as pd

from clusters.metrics.sums import OTHERS, Level, Sums, cross_table, numbered, with_ai


def alike(firms: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return firms that are alike in some columns once, the first of each, with their ``number``.

    Sums of a hundred thousand firms and of the few thousand kinds among them are the same.
    """
    kind = np.zeros(len(firms), dtype=np.int64)
    for column in columns:
        values = firms[column]
        code, known = pd.factorize(
            values.map(";".join) if column.endswith("_ids") else values  # lists of areas
        )
        kind = pd.factorize(kind * (len(known) + 1) + code)[0]  # a missing value is -1
    first = np.unique(kind, return_index=True)[1]
    return firms.iloc[first].assign(number=np.bincount(kind)).reset_index(drop=True)


def merged(parts: Sequence[Sums]) -> Sums:
    """Add up sums over parts of the firms, all of one level and scheme, by number of firms.

    Each firm weighs one, so the plants follow from the counts (those of one area and industry in
    one row, with their ``number``), and so do the tables, made as `take_sums` makes them: in
    another layout the same numbers are added in another order later, which shows in the last digit.
    """
    first = parts[0]
    areas = first.level.areas.index
    held = {name for part in parts for name in part.counts.columns}
    names = [*sorted(held - {"ai"}), *(["ai"] if "ai" in held else [])]
    single = [name for name in names if name != "ai"]
    area_total = reduce(operator.add, [part.area_total for part in parts])
    number = _added([part.firms for part in parts], single)
    number[OTHERS] = area_total - number.sum(axis=1)
    placed = _long(number, first.level)
    counts = cross_table(placed, "sum", areas, single)
    dated = earlier = None
    if first.dated is not None:
        known = {str(name) for part in parts if part.dated is not None for name in part.dated}
        columns = [*sorted(known - {OTHERS, "ai"}), OTHERS]
        dated, earlier = (
            with_ai(cross_table(_long(_added(tables, columns), first.level), "sum", areas, columns))
            for tables in (
                [part.dated for part in parts if part.dated is not None],
                [part.earlier for part in parts if part.earlier is not None],
            )
        )
    if "ai" in held:
        counts = with_ai(counts)
    total = [part.industry_total.reindex(names, fill_value=0.0) for part in parts]
    return replace(
        first,
        counts=counts[names],
        firms=counts[names].copy(),
        area_total=area_total,
        industry_total=reduce(operator.add, total),
        grand_total=float(sum(part.grand_total for part in parts)),
        plants=numbered(placed),
        unplaced=sum(part.unplaced for part in parts),
        unweighted=sum(part.unweighted for part in parts),
        dated=dated,
        earlier=earlier,
    )


def _added(tables: Sequence[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return reduce(operator.add, [one.reindex(columns=columns, fill_value=0.0) for one in tables])


def _long(table: pd.DataFrame, level: Level) -> pd.DataFrame:
    """Return the cells of areas × industries that hold a firm, one a row."""
    values = table.to_numpy()
    row, column = np.nonzero(values)
    area = table.index.to_numpy(object)[row]
    return pd.DataFrame(
        {
            "area": area if level.overlapping else pd.array(area, dtype="str"),
            "industry": pd.array(table.columns.to_numpy(object)[column], dtype="str"),
            "size": values[row, column],
        }
    )
