"""What the criteria read: firms, parks and amenities, each with its possible places.

A place is a distribution here, not a point. Parks and amenities scatter around their published
centre by a circular normal whose 95 % circle is their uncertainty; firms as
`clusters.places.draws` has it. `worlds` possible states of the data are drawn once; a criterion is
computed in each, so that one wrong centre moves all criteria of its park together.

Every park and every firm of a what-if draws from a generator of its own, seeded by its id: adding
one never moves another, and a difference from the baseline is the difference made.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from clusters.goals.benchmark import benchmark_firms
from clusters.metrics.hotspots import SIGMAS_95
from clusters.metrics.sums import AI_FIRMS, memberships
from clusters.places.boundaries import CRS_METRES, to_metres
from clusters.places.draws import draw_positions
from clusters.places.reference import amenities

__all__ = ["EARTH_KM", "Evidence", "Sources", "great_circle_km"]

EARTH_KM: Final = 6371.0088
"""Mean radius of the Earth, IUGG."""
MANY: Final = 2_000
WORLDS: Final = (512, 128)
"""How many states of the data are drawn: up to `MANY` AI firms, and above."""


@dataclass(frozen=True, eq=False)
class Sources:
    """The data a screening rests on.

    Attributes
    ----------
    firms : GeoDataFrame
        Firms of a snapshot; rows marked by ``scenario`` (bool, where present) are assumed.
    parks : DataFrame
        Columns of ``data/parks/parks.csv``.
    hotspots : GeoDataFrame
        Density clusters of the snapshot.
    earlier : DataFrame or None
        Firms of the earlier snapshot that growth is measured from.
    changed : frozenset of str
        Ids of firms that a what-if has added or moved.
    """

    firms: gpd.GeoDataFrame
    parks: pd.DataFrame
    hotspots: gpd.GeoDataFrame
    earlier: pd.DataFrame | None = None
    changed: frozenset[str] = frozenset()


def great_circle_km(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    to_lon: NDArray[np.float64],
    to_lat: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the great-circle distance in km between WGS 84 degrees, by the haversine formula.

    Arrays broadcast. On a sphere of `EARTH_KM`: within 0.5 % of the ellipsoid.
    """
    phi, theta = np.radians(lat), np.radians(to_lat)
    half = np.sin((theta - phi) / 2) ** 2
    half = half + np.cos(phi) * np.cos(theta) * np.sin(np.radians(to_lon - lon) / 2) ** 2
    return 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))


@dataclass(frozen=True, eq=False)
class Evidence:
    """Sources, the question asked of them, and the states of the data drawn for it."""

    sources: Sources
    segment: str
    radius_km: float
    seed: int = 0
    base: "Evidence | None" = None
    """The evidence before a what-if: firms it does not change keep their places."""

    @property
    def parks(self) -> pd.DataFrame:
        """Return the parks, in order."""
        return self.sources.parks

    @cached_property
    def ai(self) -> pd.DataFrame:
        """Return the core and related firms, index 0 to n - 1."""
        firms = self.sources.firms
        return firms[firms["ai_relevance"].isin(AI_FIRMS)].reset_index(drop=True)

    @cached_property
    def worlds(self) -> int:
        """How many states of the data are drawn."""
        return self.base.worlds if self.base else WORLDS[len(self.ai) > MANY]

    @cached_property
    def of_segment(self) -> NDArray[np.bool_]:
        """Which AI firms belong to the target segment, (firms,)."""
        return (self.ai["segment"] == self.segment).to_numpy(dtype=bool, na_value=False)

    @cached_property
    def park_places(self) -> NDArray[np.float64]:
        """Return possible centres of the parks, (worlds, parks, 2) lon, lat; NaN where unknown."""
        return self._scatter(self.parks, "park")

    @cached_property
    def park_metres(self) -> NDArray[np.float64]:
        """Return `park_places` in metres of `CRS_METRES`."""
        return _metres(self.park_places)

    @cached_property
    def amenity_places(self) -> Mapping[str, NDArray[np.float64]]:
        """Return possible places of each kind of amenity, (worlds, amenities, 2) lon, lat.

        Those without coordinates are left out.
        """
        table = amenities()
        known = table[table["lon"].notna()]
        found = {}
        for kind, rows in known.groupby("kind"):
            found[str(kind)] = self._scatter(rows, "amenity")
        return found

    @cached_property
    def firm_metres(self) -> NDArray[np.float64]:
        """Return possible places of the AI firms, (worlds, firms, 2) metres; NaN where unknown."""
        if self.base is None:
            return draw_positions(self.ai, self.worlds, seed=self.seed)
        place = {str(name): at for at, name in enumerate(self.base.ai["enterprise_id"])}
        result = np.full((self.worlds, len(self.ai), 2), np.nan)
        for position, name in enumerate(self.ai["enterprise_id"].astype(str)):
            if name in place and name not in self.sources.changed:
                result[:, position] = self.base.firm_metres[:, place[name]]
            else:
                row = self.ai.iloc[[position]].reset_index(drop=True)
                own = int(self.random("firm", name).integers(2**32))
                result[:, position] = draw_positions(row, self.worlds, seed=own)[:, 0]
        return result

    @cached_property
    def member(self) -> NDArray[np.bool_]:
        """Which AI firms are known to be in which park, (parks, firms)."""
        return _membership(memberships(self.ai, "park_ids"), self.parks["park_id"])

    @cached_property
    def benchmark(self) -> NDArray[np.bool_]:
        """Which AI firms are benchmark firms, (firms,)."""
        if "enterprise_id" not in self.ai:
            return np.zeros(len(self.ai), dtype=bool)
        table = benchmark_firms(self.sources.firms).table
        held = table.loc[table["in_snapshot"], "enterprise_id"]
        return self.ai["enterprise_id"].isin(held).to_numpy()

    @cached_property
    def nearby(self) -> Mapping[str, NDArray[np.float64]]:
        """Return sums over the AI firms within the radius or known to be in the park.

        Returns
        -------
        mapping of ndarray, shape (worlds, parks)
            ``firms``, ``segment``, ``benchmark`` (numbers of firms) and ``employees`` (published
            ones); NaN for a park without a known place.
        """
        employees = self.ai["employees"].astype("Float64").to_numpy(dtype=float, na_value=0.0)
        columns = {
            "firms": np.ones(len(self.ai)),
            "segment": self.of_segment.astype(float),
            "benchmark": self.benchmark.astype(float),
            "employees": employees,
        }
        values = np.column_stack(list(columns.values()))
        sums = np.empty((self.worlds, len(self.parks), len(columns)))
        reach = (1000 * self.radius_km) ** 2
        firms, parks = self.firm_metres, self.park_metres
        with np.errstate(invalid="ignore"):
            for world in range(self.worlds):
                east = parks[world, :, None, 0] - firms[world, None, :, 0]
                north = parks[world, :, None, 1] - firms[world, None, :, 1]
                inside = (east * east + north * north <= reach) | self.member
                sums[world] = inside.astype(float) @ values
        sums[:, np.isnan(parks[0, :, 0])] = np.nan
        return {name: sums[:, :, at] for at, name in enumerate(columns)}

    def to_amenities(self, *kinds: str) -> NDArray[np.float64]:
        """Return great-circle distances in km, (worlds, parks, amenities of the kinds)."""
        places = [self.amenity_places[kind] for kind in kinds if kind in self.amenity_places]
        if not places:
            return np.full((self.worlds, len(self.parks), 0), np.nan)
        there = np.concatenate(places, axis=1)
        here = self.park_places
        return great_circle_km(
            here[:, :, None, 0], here[:, :, None, 1], there[:, None, :, 0], there[:, None, :, 1]
        )

    def to_hotspots(self) -> NDArray[np.float64]:
        """Return the distance in km to the nearest density cluster, (worlds, parks)."""
        hulls = self.sources.hotspots
        if hulls.empty:
            return np.full(self.park_metres.shape[:2], np.nan)
        union = shapely.union_all(hulls.geometry.to_crs(CRS_METRES).to_numpy())
        shapely.prepare(union)
        result = np.full(self.park_metres.shape[:2], np.nan)
        known = np.isfinite(self.park_metres).all(axis=2)
        result[known] = shapely.distance(union, shapely.points(self.park_metres[known])) / 1000
        return result

    def random(self, *name: str) -> np.random.Generator:
        """Return the generator that belongs to a name under this seed."""
        return np.random.default_rng([self.seed, *(zlib.crc32(part.encode()) for part in name)])

    def _scatter(self, table: pd.DataFrame, kind: str) -> NDArray[np.float64]:
        """Return places around their published centre, (worlds, n, 2) lon, lat."""
        lon = table["lon"].to_numpy(float)
        lat = table["lat"].to_numpy(float)
        sigma = np.nan_to_num(table["uncertainty_km"].to_numpy(float)) / SIGMAS_95
        result = np.empty((self.worlds, len(table), 2))
        for at, name in enumerate(table[f"{kind}_id"]):
            noise = self.random(kind, str(name)).standard_normal((self.worlds, 2))
            # The mean is taken off, so that the expected place is the published one.
            noise -= noise.mean(axis=0)
            degrees = np.degrees(noise * sigma[at] / EARTH_KM)
            result[:, at, 0] = lon[at] + degrees[:, 0] / np.cos(np.radians(lat[at]))
            result[:, at, 1] = lat[at] + degrees[:, 1]
        return result


def _metres(places: NDArray[np.float64]) -> NDArray[np.float64]:
    flat = places.reshape(-1, 2)
    return to_metres(flat[:, 0], flat[:, 1]).reshape(places.shape)


def _membership(lists: Any, ids: pd.Series) -> NDArray[np.bool_]:
    """Return (areas, firms): which firm's list names which area."""
    place = {str(name): position for position, name in enumerate(ids)}
    result = np.zeros((len(place), len(lists)), dtype=bool)
    for firm, names in enumerate(lists):
        for name in names:
            if name in place:
                result[place[name], firm] = True
    return result
