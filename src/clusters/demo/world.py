"""What a synthetic Sichuan consists of: where firms stand, which roads there are, what is planted.

The model, and its weakness: firms outside clusters fall on counties by the GDP of their prefecture,
shared out within the prefecture by one draw per county; within a county they stand around three
centres. Real registries are more uneven, so power measured here is an upper bound.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from clusters.places.boundaries import CRS_METRES, counties
from clusters.places.reference import gdp
from clusters.places.zones import zones
from clusters.settings import data_path

AI_SHARE = 0.06
"""Share of firms that belong to a segment."""
ZONE_CLUSTERS = 6
COUNTY_CLUSTERS = 6
SPREAD_M = 1500.0
"""Standard deviation of a planted cluster around its centre, each axis, metres."""
_CENTRES = 3
_CANDIDATES = 1500
_ROADS = 36
_CROSSING_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Planted:
    """One planted cluster.

    Attributes
    ----------
    cluster : int
        Number, from 0.
    segment : str
        Segment whose firms it draws.
    county_code : str
        County its centre lies in.
    zone_id : str
        Zone it stands in; empty for a cluster outside the zones.
    share : float
        Share of the segment's firms that stand in it, in addition to those by weight.
    easting, northing : float
        Centre, metres of ``CRS_METRES``.
    """

    cluster: int
    segment: str
    county_code: str
    zone_id: str
    share: float
    easting: float
    northing: float


@dataclass(frozen=True, slots=True)
class World:
    """Everything firms are drawn from.

    Attributes
    ----------
    county_codes, county_names, prefecture_names : ndarray of str, shape (183,)
    weights : ndarray of float, shape (183,)
        Probability of each county for a firm outside clusters; sums to 1.
    places : ndarray of float, shape (183, _CANDIDATES, 2)
        Where firms of a county stand: easting, northing in metres of ``CRS_METRES``.
    roads : ndarray of str, shape (183, _ROADS)
        Names; one in twenty is shared with a neighbour in the list, as real roads are.
    subdistricts : tuple of ndarray of str
        Names of each county.
    segments : ndarray of str
    segment_weights : ndarray of float
        Sum to 1.
    planted : tuple of Planted
    zone_names : dict
        How addresses write each zone that holds a cluster.
    """

    county_codes: NDArray[np.object_]
    county_names: NDArray[np.object_]
    prefecture_names: NDArray[np.object_]
    weights: NDArray[np.float64]
    places: NDArray[np.float64]
    roads: NDArray[np.object_]
    subdistricts: tuple[NDArray[np.object_], ...]
    segments: NDArray[np.object_]
    segment_weights: NDArray[np.float64]
    planted: tuple[Planted, ...]
    zone_names: dict[str, str]

    def county_shares(self) -> pd.DataFrame:
        """Return the true probability of each county for a firm of each segment.

        Returns
        -------
        DataFrame
            Counties × (segments and ``other``: firms of no segment); columns sum to 1. The true
            location quotient of a segment against all firms is its column over `all_shares`.
        """
        shares = np.repeat(self.weights[:, None], len(self.segments) + 1, axis=1)
        for one in self.planted:
            column = int(np.flatnonzero(self.segments == one.segment)[0])
            shares[:, column] *= 1 - one.share
            shares[np.flatnonzero(self.county_codes == one.county_code), column] += one.share
        return pd.DataFrame(
            shares, index=pd.Index(self.county_codes, name="county_code"), columns=self._kinds()
        )

    def all_shares(self) -> pd.Series:
        """Return the true probability of each county for a firm of any kind; sums to 1."""
        mix = pd.Series([*self.segment_weights * AI_SHARE, 1 - AI_SHARE], self._kinds())
        return self.county_shares() @ mix

    def _kinds(self) -> list[str]:
        return [*self.segments, "other"]


@lru_cache(maxsize=2)
def words() -> dict[str, NDArray[np.object_]]:
    """Return the words firms and roads are made of, by kind."""
    table = pd.read_csv(data_path("demo", "words.csv"), dtype=str)
    return {
        kind: np.array(text.split(), dtype=object)
        for kind, text in zip(table["kind"], table["words"], strict=True)
    }


@lru_cache(maxsize=4)
def world(seed: int) -> World:
    """Return the synthetic Sichuan of a seed."""
    rng = np.random.default_rng([seed, 0])
    frame = counties().sort_values("code").reset_index(drop=True)
    codes = frame["code"].to_numpy(dtype=object)
    prefecture_share = frame["prefecture_code"].map(gdp())
    within = rng.gamma(2.0, size=len(frame))
    totals = pd.Series(within).groupby(frame["prefecture_code"]).transform("sum")
    weights = (prefecture_share * within / totals).to_numpy(dtype=float)
    shapes = frame.geometry.to_crs(CRS_METRES)
    segments = pd.read_csv(data_path("taxonomy", "segments.csv"), dtype=str)["segment"]
    segment_weights = rng.gamma(3.0, size=len(segments))
    planted = _plant(rng, segments.to_numpy(dtype=object), codes, weights, shapes)
    towns = pd.read_csv(data_path("gazetteer", "subdistricts.csv"), dtype=str)
    towns = towns[towns["status"].eq("current")]
    named = {
        str(code): part["name_zh"].to_numpy(dtype=object)
        for code, part in towns.groupby("county_code")
    }
    frame_zones = zones().set_index("zone_id")["name_zh"]
    return World(
        county_codes=codes,
        county_names=frame["name_zh"].to_numpy(dtype=object),
        prefecture_names=frame["prefecture_zh"].to_numpy(dtype=object),
        weights=weights / weights.sum(),
        places=np.stack([_places(rng, shape) for shape in shapes]),
        roads=_roads(rng, len(frame)),
        subdistricts=tuple(named.get(code, np.array([""], dtype=object)) for code in codes),
        segments=segments.to_numpy(dtype=object),
        segment_weights=segment_weights / segment_weights.sum(),
        planted=planted,
        zone_names={p.zone_id: str(frame_zones[p.zone_id]) for p in planted if p.zone_id},
    )


def _plant(
    rng: np.random.Generator,
    segments: NDArray[np.object_],
    codes: NDArray[np.object_],
    weights: NDArray[np.float64],
    shapes: "pd.Series",
) -> tuple[Planted, ...]:
    """Place clusters of different segments: some in zones with a footprint, some in counties."""
    chosen = rng.permutation(segments)[: ZONE_CLUSTERS + COUNTY_CLUSTERS]
    drawn = zones()
    drawn = drawn[drawn.geometry.notna() & ~drawn["assumed"]].sort_values("zone_id")
    drawn = drawn.drop_duplicates("centre_lon").to_crs(CRS_METRES)
    centres = drawn.geometry.representative_point()
    inside = [int(np.flatnonzero(shapes.contains(point))[0]) for point in centres]
    own_county = pd.Series(inside).drop_duplicates().index  # one zone per county
    picks = rng.choice(own_county, size=min(ZONE_CLUSTERS, len(own_county)), replace=False)
    sites = [
        (codes[inside[k]], str(drawn["zone_id"].iloc[k]), centres.iloc[k].x, centres.iloc[k].y)
        for k in picks
    ]
    taken = {site[0] for site in sites}
    free = np.array([k for k, code in enumerate(codes) if code not in taken])
    odds = weights[free] / weights[free].sum()
    for k in rng.choice(free, size=COUNTY_CLUSTERS, replace=False, p=odds):
        point = shapes.iloc[k].representative_point()
        sites.append((codes[k], "", point.x, point.y))
    shares = rng.uniform(0.15, 0.5, size=len(sites))
    return tuple(
        Planted(number, str(segment), str(code), zone, float(share), float(x), float(y))
        for number, (segment, (code, zone, x, y), share) in enumerate(
            zip(chosen, sites, shares, strict=False)
        )
    )


def _places(rng: np.random.Generator, shape: shapely.Geometry) -> NDArray[np.float64]:
    """Return points inside a county, most of them around three centres."""
    west, south, east, north = shape.bounds
    shapely.prepare(shape)
    kept: list[NDArray[np.float64]] = []
    centres = np.empty((0, 2))
    spread = min(east - west, north - south) / 12
    while sum(map(len, kept)) < _CANDIDATES:
        if len(centres) < _CENTRES:
            xy = rng.uniform((west, south), (east, north), size=(64, 2))
            inside = xy[shapely.contains_xy(shape, xy)]
            centres = np.vstack([centres, inside])[:_CENTRES]
            continue
        around = centres[rng.integers(_CENTRES, size=_CANDIDATES)]
        xy = rng.normal(around, spread)
        loose = rng.random(len(xy)) < 0.2
        xy[loose] = rng.uniform((west, south), (east, north), size=(int(loose.sum()), 2))
        kept.append(xy[shapely.contains_xy(shape, xy)])
    return np.vstack(kept)[:_CANDIDATES]


def _roads(rng: np.random.Generator, count: int) -> NDArray[np.object_]:
    """Return road names; two counties may share one, none holds one twice."""
    bank = words()
    first, second, last = bank["road_first"], bank["road_second"], bank["road_last"]
    whole = np.array([a + b + c for a in first for b in second for c in last], dtype=object)
    drawn = rng.permutation(whole)[: count * _ROADS]
    if len(drawn) < count * _ROADS:
        raise ValueError("data/demo/words.csv has too few road words")
    roads = drawn.reshape(count, _ROADS).copy()
    crossing = rng.random(roads.shape) < _CROSSING_SHARE
    crossing[0] = False
    rows, columns = np.nonzero(crossing)
    roads[rows, columns] = drawn.reshape(count, _ROADS)[rows - 1, columns]
    return roads
