"""What several tests look at: three areas, firms around three towns, one row of a table."""

import numpy as np
import pandas as pd

AREAS = pd.DataFrame(
    {
        "name_zh": list("甲乙丙"),
        "name_en": list("ABC"),
        "area_km2": [10.0, 20.0, 70.0],
        "population": [1e6, 2e6, 1e6],
        "gdp": [1e11, 1e11, 2e11],
    },
    index=list("abc"),
)
"""Round figures, for tables worked by hand."""

RADII = np.linspace(0, 30_000, 61)
"""Distances over which functions of distance are drawn, metres."""


def sites(number: int, seed: int = 0) -> np.ndarray:
    """Return places around three towns: firms are never spread evenly."""
    rng = np.random.default_rng(seed)
    towns = np.array([[0, 0], [25_000, 5_000], [10_000, 30_000]])
    return towns[rng.integers(0, 3, number)] + rng.normal(0, 5_000, (number, 2))


def cell(table: pd.DataFrame, **where: str) -> pd.Series:
    """Return the one row of a long table in which the columns have these values."""
    found = table[np.logical_and.reduce([table[k] == v for k, v in where.items()])]
    assert len(found) == 1, found
    return found.iloc[0]
