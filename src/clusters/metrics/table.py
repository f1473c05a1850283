"""The long metric table: every index of a set of firms over a set of areas, with its inference.

One row is one value: ``level, area, area_name_zh, area_name_en, scheme, industry, weight, metric,
value, low, high, doubt_share, p, q, n, left_out, method, note``. A row about a whole industry
carries the area of the province; a row about a whole area carries the industry ``all``; a row about
two industries carries both, ``a|b``. ``low`` and ``high`` are 95 % bounds of the value, for
Ellison-Glaeser of what chance alone would give (``method`` tells). ``doubt_share`` is the part of
the interval's variance that comes from places in doubt, missing where that was not measured.
``left_out`` counts firms without a known area or weight. ``p`` is the metric's own test, ``q`` its
Benjamini-Hochberg value within the family of all defined values of the same level, scheme and
metric. An undefined value is missing and ``note`` says why.

Which rows there are follows from the registry's industries and the level's areas, not from where
firms were found: an industry of which no firm is placed, or whose firms all have size 0, has its
rows like every other. At each level that has areas (hexagons are those that hold a firm) there is

- a row for each area and each industry of a firm of the registry, of every metric of cells.
  ``density_km2`` and ``per_10k_residents`` are given where the figure is known of any area,
  ``lq_population``, ``lq_gdp`` and ``litzenberger_sternberg`` where it is known of all; ``stars``,
  growth and shift-share at levels that list all areas, empty ones too; growth and shift-share in a
  registry with a placed firm founded before the window; local statistics where neighbours are
  known;
- a row for each industry, of the metrics of whole industries; Moran's I where neighbours are known;
- under ``chain_layer`` and ``segment``, where the registry has two industries or more: a row for
  each area (``hhi``, ``krugman``, ``eci``), each industry (``pci``), each area and industry
  (``relatedness_density``) and each pair of industries; colocation for numbers of firms only.

Zones and parks overlap and do not cover the province: they have cells only.

Industries are counted under three schemes. ``ai`` splits all firms by relevance and adds ``ai``
(core and related together); ``chain_layer`` and ``segment`` split the AI firms (core and related).
The base of every quotient is all firms of the registry. In a registry of AI firms only, a quotient
therefore tells the mix of an area's AI firms; whether the area has more than its share of them is
told by ``lq_population`` and ``lq_gdp``.
"""

from collections.abc import Iterable, Iterator

import pandas as pd

from clusters.metrics.cells import cell_metrics
from clusters.metrics.pairs import pair_metrics, related_metrics
from clusters.metrics.rows import COLUMNS, Rows, long_table
from clusters.metrics.ruled import ruled_metrics
from clusters.metrics.stars import StarRule
from clusters.metrics.sums import Level, Sums, take_sums
from clusters.metrics.wholes import area_metrics, autocorrelation_metrics, industry_metrics

SCHEMES = ("ai", "chain_layer", "segment")
DEFAULT_RULE = StarRule()


def measure(
    firms: pd.DataFrame,
    levels: Iterable[Level],
    *,
    weight: str = "firms",
    schemes: Iterable[str] = SCHEMES,
    permutations: int = 999,
    seed: int = 0,
    rule: StarRule = DEFAULT_RULE,
    since: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Measure firms over areas and return the long table described above.

    Parameters
    ----------
    firms : DataFrame
        One firm a row with ``ai_relevance``, ``chain_layer``, ``segment`` and the columns named by
        `levels` and `weight`.
    levels : iterable of Level
    weight : {"firms", "employees", "registered_capital", "revenue"}
        What is summed. Tests and intervals treat firms as draws, so they are given for firms only.
    schemes : iterable of str
        Any of `SCHEMES`.
    permutations, seed : int
        Of the permutation tests of Moran's I, Getis-Ord G* and colocation.
    rule : StarRule
        Thresholds of the stars.
    since : Timestamp, optional
        Growth is measured from this day on, by founding dates; without it there is none.
    """
    schemes = list(schemes)
    if firms.empty:
        return pd.DataFrame(columns=COLUMNS)
    every = (
        take_sums(firms, level, scheme, weight, since=since)
        for level in levels
        for scheme in schemes
    )
    return measure_sums(every, permutations=permutations, seed=seed, rule=rule)


def measure_sums(
    every: Iterable[Sums],
    *,
    permutations: int = 999,
    seed: int = 0,
    rule: StarRule = DEFAULT_RULE,
) -> pd.DataFrame:
    """Measure sums, one of each level and scheme; the rest as `measure`."""
    parts = (
        part
        for sums in every
        for part in _metrics(sums, permutations=permutations, seed=seed, rule=rule)
    )
    order = ["level", "scheme", "industry", "area", "metric"]
    return long_table(parts).sort_values(order, ignore_index=True)


def _metrics(sums: Sums, *, permutations: int, seed: int, rule: StarRule) -> Iterator[Rows]:
    # No industry to count, or a level of which no firm's place is known well enough.
    if 0 in sums.counts.shape:
        return
    yield from cell_metrics(sums)
    if sums.level.overlapping:
        return
    # These need areas that cover the province without overlap.
    yield from area_metrics(sums)
    yield from industry_metrics(sums, seed=seed)
    yield from autocorrelation_metrics(sums, permutations=permutations, seed=seed)
    yield from ruled_metrics(sums, rule)
    yield from pair_metrics(sums, seed=seed)
    yield from related_metrics(sums)
