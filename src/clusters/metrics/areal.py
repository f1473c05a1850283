"""How much an index depends on the areas it is taken over.

Every index of an industry over areas changes when the same firms are summed over prefectures,
counties, zones or hexagons, and with hexagons when their origin moves: the modifiable areal unit
problem. `areal_sensitivity` takes all of them at once and says how far they spread.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from clusters.errors import MetricError
from clusters.metrics.agglomeration import ellison_glaeser, maurel_sedillot
from clusters.metrics.concentration import herfindahl, hoover, locational_gini, theil
from clusters.metrics.counts import as_floats
from clusters.metrics.undefined import why_undefined

LEVELS: Final[Mapping[str, str]] = {
    "prefecture": "prefecture_code",
    "county": "county_code",
    "zone": "zone_ids",
}
RESOLUTIONS: Final = (5, 6, 7)
"""H3 resolutions: hexagons of about 253, 36 and 5 km²; between prefectures and town quarters."""

_EARTH_M: Final = 6_371_007.0
# Edges of a hexagon its origin is moved by at most: some periods of the lattice.
_EDGES: Final = 4.0

Index = Callable[[pd.DataFrame, pd.DataFrame], pd.Series]


def _against_all(function: Callable[..., pd.Series]) -> Index:
    """Return an index of counts against each area's share of all industries."""

    def index(counts: pd.DataFrame, _plants: pd.DataFrame) -> pd.Series:
        return function(counts, reference=counts.sum(axis=1))

    return index


INDICES: Final[Mapping[str, Index]] = {
    "ellison_glaeser": lambda _counts, plants: _series(ellison_glaeser(plants)),
    "hhi": lambda counts, _plants: herfindahl(counts),
    "hoover": _against_all(hoover),
    "locational_gini": lambda counts, _plants: locational_gini(counts),
    "maurel_sedillot": lambda _counts, plants: maurel_sedillot(plants),
    "theil": _against_all(theil),
}
"""Indices of an industry over areas, from counts (areas × industries) and plants."""


def _series(table: pd.DataFrame) -> pd.Series:
    """Return gamma with the reasons of its table."""
    gamma = table["gamma"]
    gamma.attrs = dict(table.attrs)
    return gamma


@dataclass(frozen=True)
class ArealSensitivity:
    """Indices over several sets of areas, and how far they spread.

    Attributes
    ----------
    indices
        One row per level, industry and metric: ``level`` (a name of ``levels``, or ``h3-6``),
        ``industry``, ``metric``, ``value`` (the median over origins for hexagons), ``low`` and
        ``high`` (the lowest and highest over origins; missing for other levels), ``areas`` that
        hold a firm, ``n`` firms of the industry, ``reason`` where value is missing.
    spread
        One row per industry and metric: ``smallest``, ``largest``, ``smallest_at``,
        ``largest_at``, ``range`` between levels, ``origin_range`` (the widest high - low of one
        resolution), ``levels`` with a value. NaN where fewer than two levels have one.
    agreement
        One row per metric and pair of levels: Spearman's rank correlation over the industries
        defined at both, ``rho``, and their number ``industries``; missing below three.
    left_out
        Firms without coordinates or without an area at a level that covers the province; they
        are in no level, so that levels differ by their areas alone.
    """

    indices: pd.DataFrame
    left_out: int

    @cached_property
    def spread(self) -> pd.DataFrame:
        """How far each index spreads over the levels."""
        return _spread(self.indices)

    @cached_property
    def agreement(self) -> pd.DataFrame:
        """How alike the levels rank the industries."""
        return _agreement(self.indices)


def hexagons(lon: np.ndarray, lat: np.ndarray, resolution: int) -> np.ndarray:
    """Return the H3 cell of each place, (n,) text.

    Parameters
    ----------
    lon, lat
        (n,) degrees, WGS 84.
    resolution
        H3 resolution, 0 (4.4 million km²) to 15 (0.9 m²).

    Raises
    ------
    MetricError
        Degrees out of range or missing, another resolution.
    """
    from h3 import latlng_to_cell  # noqa: PLC0415 - imported when first needed

    if not 0 <= resolution <= 15:
        raise MetricError(f"resolution is {resolution}; H3 has 0 to 15")
    x, y = as_floats(lon, "lon"), as_floats(lat, "lat")
    if x.shape != y.shape or x.ndim != 1:
        raise MetricError(f"lon has shape {x.shape} and lat {y.shape}; pass two vectors alike")
    bad = ~((np.abs(x) <= 180) & (np.abs(y) <= 90))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise MetricError(f"row {row} lies at {x[row]}, {y[row]}; degrees are needed")
    places, back = np.unique(np.column_stack([y, x]), axis=0, return_inverse=True)
    cells = [latlng_to_cell(north, east, resolution) for north, east in places.tolist()]
    return np.array(cells, dtype=object)[back]


def moved_on_sphere(
    lon: np.ndarray, lat: np.ndarray, reach_m: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Turn a pattern about its middle by a random angle, then move it up to ``reach_m`` away.

    Under hexagons that stay, this is the same as hexagons with a random origin and direction
    under a pattern that stays: a rotation of the sphere keeps all distances.

    Parameters
    ----------
    lon, lat
        (n,) degrees.
    reach_m
        Longest move, metres; moves are uniform over the disk.
    generator
        Random numbers.

    Returns
    -------
        Longitudes and latitudes, (n,) degrees.
    """
    east, north = np.radians(lon), np.radians(lat)
    flat = np.cos(north)
    vectors = np.column_stack([flat * np.cos(east), flat * np.sin(east), np.sin(north)])
    middle = vectors.mean(axis=0)
    middle /= np.linalg.norm(middle)
    # An axis at right angles to the middle, in a random direction, moves it.
    across = np.cross(middle, generator.standard_normal(3))
    shift = reach_m * np.sqrt(generator.random()) / _EARTH_M
    turned = _rotated(vectors, middle, 2 * np.pi * generator.random())
    x, y, z = _rotated(turned, across / np.linalg.norm(across), shift).T
    return np.degrees(np.arctan2(y, x)), np.degrees(np.arcsin(np.clip(z, -1, 1)))


def _rotated(vectors: np.ndarray, axis: np.ndarray, angle: float) -> np.ndarray:
    """Rotate unit vectors (n, 3) about an axis (Rodrigues' formula)."""
    along = (vectors @ axis)[:, None] * axis
    sideways = np.cross(axis, vectors)
    return vectors * np.cos(angle) + sideways * np.sin(angle) + along * (1 - np.cos(angle))


def areal_sensitivity(
    located: pd.DataFrame,
    *,
    industry: str = "segment",
    size: str | None = None,
    levels: Mapping[str, str] = LEVELS,
    resolutions: Sequence[int] = RESOLUTIONS,
    origins: int = 20,
    metrics: Iterable[str] = tuple(INDICES),
    seed: int = 0,
) -> ArealSensitivity:
    """Take every index of every industry over several sets of areas.

    Parameters
    ----------
    located
        One row per firm with ``lon``, ``lat`` (degrees, WGS 84), the column of the industry and
        those of the levels.
    industry
        Column of the industry; firms without one count in the areas' totals.
    size
        Column of sizes ≥ 0 to sum; firms are counted by default.
    levels
        Name of each level → its column: a code, or a list of ids where areas overlap. Of the
        latter only firms in an area take part, and a firm in several is in their intersection,
        which counts as an area of its own.
    resolutions
        Resolutions of H3 hexagons.
    origins
        Random origins and directions of the hexagons, at least 1.
    metrics
        Any of `INDICES`. References are the areas' shares of all firms at the same level.
    seed
        Of the origins.

    Returns
    -------
        `ArealSensitivity`.

    References
    ----------
    Openshaw 1984, The modifiable areal unit problem; Briant, Combes & Lafourcade 2010, Journal of
    Urban Economics 67.

    Raises
    ------
    MetricError
        Missing columns, unknown metrics, no firm with a place, sizes negative or not finite.
    """
    wanted = list(metrics)
    unknown = [name for name in wanted if name not in INDICES]
    if unknown or not wanted:
        raise MetricError(f"metrics names {unknown}; choose from {', '.join(INDICES)}")
    if origins < 1 or not (levels or resolutions):
        raise MetricError(f"origins is {origins}; at least 1, and a level or resolution, is needed")
    needed = ["lon", "lat", industry, *levels.values(), *([size] if size else [])]
    lost = [name for name in needed if name not in located.columns]
    if lost:
        raise MetricError(f"the table has no column {lost[0]!r}; classify and locate it first")
    firms, lists = _placed(located, industry, size, levels)
    rows: list[pd.DataFrame] = []
    for name, column in levels.items():
        part = firms[firms[column].str.len() > 0] if column in lists else firms
        rows.append(_measured(part, part[column], wanted).assign(level=name))
    rows += [
        _over_origins(firms, resolution, origins, wanted, seed).assign(level=f"h3-{resolution}")
        for resolution in resolutions
    ]
    values = pd.concat(rows, ignore_index=True)
    values = values[["level", "industry", "metric", "value", "low", "high", "areas", "n", "reason"]]
    return ArealSensitivity(values, len(located) - len(firms))


def _placed(
    located: pd.DataFrame, industry: str, size: str | None, levels: Mapping[str, str]
) -> tuple[pd.DataFrame, set[str]]:
    """Return firms with a place at every level that covers, and the columns that hold lists."""
    firms = pd.DataFrame(
        {
            "lon": as_floats(located["lon"], "lon"),
            "lat": as_floats(located["lat"], "lat"),
            "industry": located[industry].to_numpy(dtype=object),
            "size": 1.0 if size is None else as_floats(located[size], size),
        }
    )
    known = firms[["lon", "lat", "size"]].notna().all(axis=1)
    lists = set()
    for column in levels.values():
        cells = located[column].reset_index(drop=True)
        if cells.map(lambda cell: isinstance(cell, (list, tuple, set, np.ndarray))).any():
            lists.add(column)
            firms[column] = cells.map(lambda ids: ";".join(sorted(map(str, ids)))).astype("str")
        else:
            firms[column] = cells.astype("str")
            known &= cells.notna()
    if not known.any():
        raise MetricError("no firm has coordinates and an area at every level; locate them first")
    return firms[known].reset_index(drop=True), lists


def _measured(firms: pd.DataFrame, areas: pd.Series, metrics: Sequence[str]) -> pd.DataFrame:
    """Return every metric of every industry over one set of areas."""
    named = firms["industry"].notna().to_numpy()
    names = sorted(set(firms.loc[named, "industry"].astype(str)))
    labels = np.where(named, firms["industry"].astype(str), "")
    empty = pd.DataFrame(columns=["industry", "metric", "value", "areas", "n", "reason"])
    if not names:
        return empty.assign(low=np.nan, high=np.nan)
    plants = pd.DataFrame(
        {"area": areas.to_numpy(), "industry": labels, "size": firms["size"].to_numpy()}
    )
    counts = plants.pivot_table(
        index="area", columns="industry", values="size", aggfunc="sum", fill_value=0.0
    )
    n = plants.loc[plants["size"] > 0, "industry"].value_counts()
    if firms["size"].eq(1.0).all():  # firms that are counted are alike, area by area
        row, column = np.nonzero(counts.to_numpy())
        plants = pd.DataFrame(
            {
                "area": counts.index.to_numpy()[row],
                "industry": counts.columns.to_numpy()[column],
                "size": 1.0,
                "number": counts.to_numpy()[row, column].astype(np.int64),
            }
        )
    parts = []
    for metric in metrics:
        index = INDICES[metric](counts, plants)
        parts.append(
            pd.DataFrame(
                {
                    "industry": names,
                    "metric": metric,
                    "value": index.reindex(names).to_numpy(dtype=float),
                    "low": np.nan,
                    "high": np.nan,
                    "areas": int((counts.sum(axis=1) > 0).sum()),
                    "n": n.reindex(names, fill_value=0).to_numpy(),
                    "reason": _reasons(index).reindex(names).to_numpy(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _reasons(index: pd.Series) -> pd.Series:
    reasons = why_undefined(index)
    return reasons if isinstance(reasons, pd.Series) else pd.Series(dtype="str")


def _over_origins(
    firms: pd.DataFrame, resolution: int, origins: int, metrics: Sequence[str], seed: int
) -> pd.DataFrame:
    """Return medians and extremes of every metric over random origins of the hexagons."""
    from h3 import average_hexagon_edge_length  # noqa: PLC0415 - imported when first needed

    reach = _EDGES * average_hexagon_edge_length(resolution, unit="m")
    generator = np.random.default_rng([seed, resolution])
    lon, lat = firms["lon"].to_numpy(), firms["lat"].to_numpy()
    tables = []
    for _ in range(origins):
        cells = pd.Series(hexagons(*moved_on_sphere(lon, lat, reach, generator), resolution))
        tables.append(_measured(firms, cells, metrics))
    every = pd.concat(tables, ignore_index=True)
    grouped = every.groupby(["industry", "metric"], sort=False)
    table = tables[0][["industry", "metric", "n", "reason"]].copy()
    keys = pd.MultiIndex.from_frame(table[["industry", "metric"]])
    for name, column in (("value", "median"), ("low", "min"), ("high", "max")):
        table[name] = grouped["value"].agg(column).reindex(keys).to_numpy()
    table["areas"] = grouped["areas"].median().reindex(keys).to_numpy().round().astype(int)
    table["reason"] = table["reason"].where(table["value"].isna())
    return table


def _spread(values: pd.DataFrame) -> pd.DataFrame:
    """Return the range of each metric of each industry over the levels."""
    rows = []
    for (industry, metric), part in values.groupby(["industry", "metric"], sort=True):
        known = part[part["value"].notna()]
        some = len(known) >= 2
        at = known.set_index("level")["value"]
        rows.append(
            {
                "industry": industry,
                "metric": metric,
                "smallest": at.min() if some else np.nan,
                "largest": at.max() if some else np.nan,
                "smallest_at": at.idxmin() if some else None,
                "largest_at": at.idxmax() if some else None,
                "range": at.max() - at.min() if some else np.nan,
                "origin_range": (part["high"] - part["low"]).max(),
                "levels": len(known),
            }
        )
    return pd.DataFrame(rows).astype({"smallest_at": "str", "largest_at": "str"})


def _pairs(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for k, first in enumerate(names):
        for second in names[k + 1 :]:
            yield first, second


def _agreement(values: pd.DataFrame) -> pd.DataFrame:
    """Return rank correlations of the industries between levels."""
    rows = []
    for metric, part in values.groupby("metric", sort=True):
        wide = part.set_index(["industry", "level"])["value"].unstack("level")  # noqa: PD010 - NaN kept
        for first, second in _pairs(part["level"].unique().tolist()):
            both = wide[[first, second]].dropna().rank()
            varied = len(both) >= 3 and bool((both.max() > both.min()).all())
            rho = float(np.corrcoef(both.to_numpy().T)[0, 1]) if varied else np.nan
            row = {"metric": metric, "level_a": first, "level_b": second, "rho": rho}
            rows.append({**row, "industries": len(both)})
    return pd.DataFrame(rows, columns=["metric", "level_a", "level_b", "rho", "industries"])
