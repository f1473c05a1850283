"""Pairs that may be one firm, over all parts: each order of the registry sorted range by range.

Every part is sorted by itself and kept in small pieces. From the first text of every piece the
registry is cut into ranges of about as many rows; whoever compares the rows of a range reads them
from the pieces of all parts, and a few that follow, so that no pair is missed at its end.
"""

import itertools
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clusters.registry.entities import (
    ORDERS,
    WINDOW,
    Order,
    compared,
    neighbours,
    scored,
    sorted_rows,
)
from clusters.scale.job import Job

PIECE_ROWS: Final = 4_096
RANGE_ROWS: Final = 262_144
"""Rows compared at once."""

_COLUMNS: Final = ("name", "address", "uscc", "founded", "enterprise_id")


@dataclass(frozen=True)
class Range:
    """Rows of one order whose text is ``low`` or more and less than ``high`` (None: no bound)."""

    order: int
    low: str | None
    high: str | None


def sort(job: Job, before: int, number: int) -> None:
    """Keep the rows of a part, ``before`` of the registry come earlier, sorted in every order."""
    if job.store.has("sort", number):
        return
    table = job.store.frame("classify", number, "table", list(_COLUMNS))
    rows = compared(table)
    rows["at"] += before
    firsts = {}
    for order in ORDERS:
        said = rows[rows[order.text] != ""]
        ordered = said.iloc[sorted_rows(said, order)]
        firsts[order.text] = ordered[order.text].iloc[::PIECE_ROWS].tolist()
        with job.store.written("sort", number, order.text) as path:
            ordered.to_parquet(path, index=False, row_group_size=PIECE_ROWS)
    job.store.save("sort", number, facts=firsts)


def ranges(job: Job) -> list[Range]:
    """Cut every order of the registry into ranges of about `RANGE_ROWS` rows."""
    found = []
    told = [job.store.facts("sort", number) for number in range(len(job.parts))]
    for number, order in enumerate(ORDERS):
        firsts = sorted(text for facts in told for text in facts[order.text])
        step = max(1, RANGE_ROWS // PIECE_ROWS)
        bounds: list[str | None] = [None, *dict.fromkeys(firsts[step::step]), None]
        found += [Range(number, low, high) for low, high in itertools.pairwise(bounds)]
    return found


def compare(job: Job, one: Range, number: int) -> None:
    """Keep the pairs of a range that are alike enough."""
    if job.store.has("compare", number):
        return
    order = ORDERS[one.order]
    inside, after = [], []
    for part in range(len(job.parts)):
        rows, later = _read(job, part, order, one)
        inside.append(rows)
        after.append(later)
    rows = _ordered(inside, order)
    first = len(rows)
    rows = pd.concat([rows, _ordered(after, order).iloc[:WINDOW]], ignore_index=True)
    pairs = neighbours(rows, order, first)
    found = scored(rows, pairs[:, 0], pairs[:, 1])
    job.store.save("compare", number, frames={"pairs": found})


def pairs(job: Job, found: Sequence[Range]) -> list[pd.DataFrame]:
    """Return the pairs of all ranges."""
    return [job.store.frame("compare", number, "pairs") for number in range(len(found))]


def _read(job: Job, part: int, order: Order, one: Range) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of a part within a range, and some of those that follow."""
    firsts = job.store.facts("sort", part)[order.text]
    low = 0 if one.low is None else max(0, bisect_left(firsts, one.low) - 1)
    high = len(firsts) if one.high is None else bisect_left(firsts, one.high)
    with pq.ParquetFile(job.store.path("sort", part, order.text)) as file:
        # One piece more than the range needs: it may end with the last of its pieces.
        table = file.read_row_groups(list(range(low, min(high + 1, file.num_row_groups))))
    text = table[order.text]
    if one.low is not None:
        table = table.filter(pc.greater_equal(text, pa.scalar(one.low, text.type)))
        text = table[order.text]
    if one.high is None:
        return table.to_pandas(), table.slice(0, 0).to_pandas()
    beyond = pc.greater_equal(text, pa.scalar(one.high, text.type))
    later = table.filter(beyond).slice(0, WINDOW)
    return table.filter(pc.invert(beyond)).to_pandas(), later.to_pandas()


def _ordered(parts: Sequence[pd.DataFrame], order: Order) -> pd.DataFrame:
    """Return the rows of all parts in one order; those of one text in the order of the registry."""
    rows = pd.concat(parts, ignore_index=True)
    return rows.iloc[sorted_rows(rows, order)].reset_index(drop=True)
