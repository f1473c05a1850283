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
from numpy.typing import NDArray

from clusters.errors import MetricError
from clusters.metrics.agglomeration import agglomerations, unbiased_agglomerations
from clusters.metrics.concentration import herfindahl, hoover, locational_ginis, theil
from clusters.metrics.counts import as_floats
from clusters.metrics.inference import check_whole, seeded
from clusters.metrics.plants import Shares, reduce_plants, shares_of
from clusters.metrics.undefined import UndefinedFloat

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

Index = Callable[[np.ndarray, Shares], list[float]]


def _each(function: Callable[..., float], *, against_all: bool = False) -> Index:
    """Return an index of one industry for all, against the areas' shares of all if wanted."""

    def index(counts: np.ndarray, _shares: Shares) -> list[float]:
        reference = {"reference": counts.sum(axis=1)} if against_all else {}
        return [function(sizes, **reference) for sizes in counts.T]

    return index


def _told(values: np.ndarray, reasons: Mapping[str, np.ndarray], other: str) -> list[float]:
    """Return values with the reason of those that are missing: the first, or another."""
    told: list[float] = values.tolist()
    for k in np.flatnonzero(np.isnan(values)).tolist():
        told[k] = UndefinedFloat(next((code for code, some in reasons.items() if some[k]), other))
    return told


def _ginis(counts: np.ndarray, _shares: Shares) -> list[float]:
    return _told(locational_ginis(counts), {}, "industry_total_zero")


INDICES: Final[Mapping[str, Index]] = {
    "ellison_glaeser": lambda _counts, shares: _told(
        agglomerations(shares), shares.reasons, "no_variation"
    ),
    "hhi": _each(herfindahl),
    "hoover": _each(hoover, against_all=True),
    "locational_gini": _ginis,
    "maurel_sedillot": lambda _counts, shares: _told(
        unbiased_agglomerations(shares), shares.reasons, "no_variation"
    ),
    "theil": _each(theil, against_all=True),
}
"""Indices of industries over areas, from counts (areas × industries) and shares."""


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
    from h3 import int_to_str  # noqa: PLC0415 - imported when first needed

    cells, back = np.unique(_cells(lon, lat, resolution), return_inverse=True)
    return np.array([int_to_str(cell) for cell in cells.tolist()], dtype=object)[back]


def _check_resolution(resolution: int) -> None:
    if not 0 <= resolution <= 15:
        raise MetricError(f"resolution is {resolution}; H3 has 0 to 15")


def _cells(lon: np.ndarray, lat: np.ndarray, resolution: int) -> NDArray[np.uint64]:
    """Return the H3 cell of each place, (n,), as numbers: they sort as their texts do."""
    from h3.api.basic_int import latlng_to_cell  # noqa: PLC0415 - imported when first needed

    _check_resolution(resolution)
    x, y = as_floats(lon, "lon"), as_floats(lat, "lat")
    if x.shape != y.shape or x.ndim != 1:
        raise MetricError(f"lon has shape {x.shape} and lat {y.shape}; pass two vectors alike")
    bad = ~((np.abs(x) <= 180) & (np.abs(y) <= 90))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise MetricError(f"row {row} lies at {x[row]}, {y[row]}; degrees are needed")
    places, back = np.unique(x + 1j * y, return_inverse=True)
    cells = [latlng_to_cell(place.imag, place.real, resolution) for place in places.tolist()]
    return np.array(cells, dtype=np.uint64)[back]


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
    check_whole(origins, "origins")
    if origins < 1 or not (levels or resolutions):
        raise MetricError(f"origins is {origins}; at least 1, and a level or resolution, is needed")
    if not isinstance(located, pd.DataFrame):
        raise MetricError(f"located is {type(located).__name__}; pass the table of located firms")
    needed = ["lon", "lat", industry, *levels.values(), *([size] if size else [])]
    lost = [name for name in needed if name not in located.columns]
    if lost:
        raise MetricError(f"the table has no column {lost[0]!r}; classify and locate it first")
    firms, lists = _placed(located, industry, size, levels)
    rows: list[pd.DataFrame] = []
    for name, column in levels.items():
        part = firms[firms[column].str.len() > 0] if column in lists else firms
        rows.append(_measured(part, [part[column].to_numpy(object)], wanted).assign(level=name))
    for resolution in resolutions:
        sets = _over_origins(firms, resolution, origins, seed)
        rows.append(_measured(firms, sets, wanted, moved=True).assign(level=f"h3-{resolution}"))
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


@dataclass(frozen=True)
class _Firms:
    """Firms by industry.

    ``names`` (k,) of the industries, ``code`` (n,) the number of each firm's and ``size`` (n,).
    The first ``unnamed`` industry (0 or 1) holds firms without one and is not measured.
    """

    names: np.ndarray
    code: np.ndarray
    size: np.ndarray
    unnamed: int

    def over(self, areas: np.ndarray, metrics: Sequence[str]) -> tuple[list[float], int]:
        """Return every metric of every industry, metric by metric, and how many areas hold a firm.

        ``areas`` (n,) are labels.
        """
        area, known = pd.factorize(areas, sort=True)
        counts = np.zeros((len(known), len(self.names)))
        sums = pd.Series(self.size).groupby(area * counts.shape[1] + self.code).sum()
        counts.flat[sums.index] = sums
        total = counts.sum(axis=1)
        if (self.size == 1.0).all():  # firms that are counted are alike, area by area
            shares = shares_of(counts.T, total / total.sum())
        else:
            plants = {"area": area, "industry": self.names[self.code], "size": self.size}
            shares = reduce_plants(pd.DataFrame(plants), None)
        found = [INDICES[metric](counts, shares)[self.unnamed :] for metric in metrics]
        return [value for values in found for value in values], int((total > 0).sum())


def _measured(
    table: pd.DataFrame, sets: Iterable[np.ndarray], metrics: Sequence[str], *, moved: bool = False
) -> pd.DataFrame:
    """Return every metric of every industry over one set of areas, or over several moved ones.

    Of several sets, the median, the lowest and the highest.
    """
    named = table["industry"].notna().to_numpy()
    code, names = pd.factorize(np.where(named, table["industry"].astype(str), ""), sort=True)
    firms = _Firms(names, code, table["size"].to_numpy(), unnamed=int(not named.all()))
    measured = [firms.over(areas, metrics) for areas in sets] if named.any() else [([], 0)]
    every = pd.DataFrame([values for values, _ in measured], dtype=float)
    number = np.bincount(code[firms.size > 0], minlength=len(names))[firms.unnamed :]
    names, value = names[firms.unnamed :], every.median()
    reasons = pd.Series([getattr(one, "reason", None) for one in measured[0][0]], dtype="str")
    return pd.DataFrame(
        {
            "industry": np.tile(names, len(metrics)),
            "metric": np.repeat(np.array(metrics, dtype=object), len(names)),
            "value": value,
            "low": every.min() if moved else np.nan,
            "high": every.max() if moved else np.nan,
            "areas": round(float(np.median([areas for _, areas in measured]))),
            "n": np.tile(number, len(metrics)),
            "reason": reasons.where(value.isna()),
        }
    )


def _over_origins(
    firms: pd.DataFrame, resolution: int, origins: int, seed: int
) -> Iterator[np.ndarray]:
    """Yield the hexagon of every firm for each of several random origins of the hexagons."""
    from h3 import average_hexagon_edge_length  # noqa: PLC0415 - imported when first needed

    _check_resolution(resolution)
    reach = _EDGES * average_hexagon_edge_length(resolution, unit="m")
    generator = seeded(lambda start: np.random.default_rng([start, resolution]), seed)
    lon, lat = firms["lon"].to_numpy(), firms["lat"].to_numpy()
    for _ in range(origins):
        yield _cells(*moved_on_sphere(lon, lat, reach, generator), resolution)


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
