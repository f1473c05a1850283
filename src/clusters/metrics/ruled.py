"""Cells of the long table by rule and over time: stars, cluster index, new firms, shift-share.

Growth is read off founding dates. A registry of firms that stand today lacks those that closed:
their absence makes growth too large everywhere, and comparisons between areas rest on the
assumption that firms close alike in all of them. Notes say so.
"""

from collections.abc import Iterator

import pandas as pd

from clusters.metrics.cells import SMALL, UNTESTED
from clusters.metrics.change import shift_share
from clusters.metrics.rows import Rows
from clusters.metrics.stars import StarRule, litzenberger_sternberg
from clusters.metrics.sums import OTHERS, Sums

SURVIVORS = "by founding date; firms that closed are missing"
_PARTS = {"national": "shift_national", "industry_mix": "shift_mix", "regional": "shift_regional"}


def ruled_metrics(sums: Sums, rule: StarRule) -> Iterator[Rows]:
    """Yield stars, the cluster index and growth of every area × industry."""
    if not sums.level.whole:
        return
    yield _stars(sums, rule)
    yield from _index(sums)
    yield from _growth(sums)


def _growing(sums: Sums, block: list[str]) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Return the sizes of a block and all others before the window and today, if both are known."""
    if sums.dated is None or sums.earlier is None or not sums.earlier.to_numpy().any():
        return None
    tables = []
    for table in (sums.earlier, sums.dated):
        firms = table.drop(columns="ai").sum(axis=1)
        part = table[block]
        tables.append(part.assign(**{OTHERS: firms - part.sum(axis=1)}))
    return tables[0], tables[1]


def _stars(sums: Sums, rule: StarRule) -> Rows:
    parts, grown = [], False
    for block in sums.blocks:
        growing = _growing(sums, block)
        grown = growing is not None
        start, end = growing or (None, None)
        parts.append(rule.stars(sums.against_others(block), start=start, end=end)[block])
    stars = pd.concat(parts, axis=1)[sums.counts.columns]
    method = rule.words(growth=grown) + (f" ({SURVIVORS})" if grown else "")
    few = sums.counts.lt(rule.min_size) & sums.counts.gt(0)
    note = pd.DataFrame("", index=stars.index, columns=stars.columns)
    note += sums.empty_industries
    return sums.cells(stars, "stars", method, note=note.mask(few, f"below {rule.min_size:g}"))


def _index(sums: Sums) -> Iterator[Rows]:
    areas = sums.level.areas
    if not (areas["area_km2"] > 0).all() or not (areas["population"] > 0).all():
        return
    index = litzenberger_sternberg(
        sums.counts,
        areas["area_km2"],
        areas["population"],
        None if sums.weight == "firms" else sums.firms,
    )
    note = pd.DataFrame("", index=index.index, columns=index.columns)
    note = note.mask(sums.firms.lt(SMALL), f"fewer than {SMALL} firms")
    yield sums.cells(
        index,
        "litzenberger_sternberg",
        "density × stock / firm size" if sums.weight != "firms" else "density × stock",
        note=note.mask(index.isna(), sums.empty_industries, axis="columns"),
    )


def _growth(sums: Sums) -> Iterator[Rows]:
    """Yield what was founded in the window and the parts of that change."""
    tables: dict[str, list[pd.DataFrame]] = {name: [] for name in ("change", *_PARTS)}
    for block in sums.blocks:
        growing = _growing(sums, block)
        if growing is None:
            return
        parts = shift_share(*growing)
        for name, found in tables.items():
            wide = parts[name].unstack("industry")  # noqa: PD010 - one value a cell, nothing to add up
            found.append(wide[block])
    for name, found in tables.items():
        values = pd.concat(found, axis=1).reindex(
            index=sums.counts.index, columns=sums.counts.columns
        )
        metric = _PARTS.get(name, "new_firms")
        method = "founded in the window" if name == "change" else f"shift-share (Dunn), {UNTESTED}"
        yield sums.cells(values, metric, method, note=SURVIVORS)
