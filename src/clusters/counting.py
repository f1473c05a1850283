"""Located firms → areas × industries, also of firms that nobody has classified yet."""

from collections.abc import Iterable

import pandas as pd

from clusters import metrics
from clusters.metrics.counts import INDUSTRY_COLUMN, Area, Industry, Weight
from clusters.taxonomy import classify


def count(
    located: pd.DataFrame,
    *,
    by: Area,
    industry: Industry,
    weight: Weight | None = None,
    areas: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Count enterprises, or add up their sizes, by area and industry: `clusters.metrics.count`.

    A table of `clusters.locate` that holds names or business scopes but not the industry asked for
    is classified by the rules first, as `clusters.classify` does; the table itself stays as it is.

    Parameters
    ----------
    located
        One row per enterprise with the location columns.
    by, industry, weight, areas
        As `clusters.metrics.count`.

    Returns
    -------
        Areas × industries, as `clusters.metrics.count`.

    Raises
    ------
    MetricError
        As `clusters.metrics.count`.
    """
    if isinstance(located, pd.DataFrame) and industry in list(INDUSTRY_COLUMN):
        told = {"name", "business_scope"}.intersection(located.columns)
        if told and INDUSTRY_COLUMN[industry] not in located.columns:
            located = classify(located)
    return metrics.count(located, by=by, industry=industry, weight=weight, areas=areas)
