"""Points that stand for areas, with the radius that holds the true place.

A row known only to its county, zone or park is given a position all the same, because tables and
exports need one; its radius says how little that means. The position is the point that needs the
smallest radius to hold 95 % of the area.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd
import shapely

from clusters.geocode.gazetteer import gazetteer
from clusters.places.assign import county_codes
from clusters.places.boundaries import counties, prefectures, to_metres
from clusters.places.parks import IMPORTED_BASIS
from clusters.places.zones import follows_zones, zones

__all__ = ["AreaPosition", "area_positions", "park_positions", "position_of", "tightest"]

USUAL_PARK_HA: Final = 3000.0
"""A park without a published area is taken as 30 km2, the median of those with one."""
USUAL_DOUBT_KM: Final = 5.0
ELONGATION: Final = 1.5
"""Areas are no discs: of the 20 drawn footprints, 19 lie to 95 % within 1.5 times the radius of the
disc of their size, half of them within 1.2."""


@dataclass(frozen=True)
class AreaPosition:
    """A point that stands for an area, and how far the true place may be from it.

    Attributes
    ----------
    lon, lat
        WGS 84 degrees.
    radius_m
        Radius that holds 95 % of the area.
    """

    lon: float
    lat: float
    radius_m: float


def position_of(shape: shapely.Geometry) -> AreaPosition:
    """Return the point inside an area with the smallest radius that holds 95 % of it.

    Parameters
    ----------
    shape
        Polygon in WGS 84 degrees.
    """
    west, south, east, north = shape.bounds
    side = 28
    x, y = np.meshgrid(
        west + (np.arange(side) + 0.5) * (east - west) / side,
        south + (np.arange(side) + 0.5) * (north - south) / side,
    )
    x, y = x.ravel(), y.ravel()
    inside = shapely.contains_xy(shape, x, y)
    if not inside.any():
        inner = shape.representative_point()
        corner = to_metres([inner.x, west, east], [inner.y, south, north])
        radius = float(np.hypot(*(corner[1:] - corner[0]).T).max())
        return AreaPosition(inner.x, inner.y, radius)
    x, y = x[inside], y[inside]
    metres = to_metres(x, y)
    apart = np.hypot(
        metres[:, None, 0] - metres[None, :, 0], metres[:, None, 1] - metres[None, :, 1]
    )
    radii = np.quantile(apart, 0.95, axis=1)
    best = int(radii.argmin())
    return AreaPosition(float(x[best]), float(y[best]), float(radii[best]))


@follows_zones
def area_positions() -> dict[str, AreaPosition]:
    """Return the positions of all counties, prefectures and zones with a footprint, by code or id.

    A zone's radius includes the error of its boundary.
    """
    found: dict[str, AreaPosition] = {}
    for frame in (counties(), prefectures()):
        for code, shape in zip(frame["code"], frame.geometry, strict=True):
            found[code] = position_of(shape)
    drawn = zones()
    drawn = drawn[drawn.geometry.notna()]
    for zone_id, shape, error in zip(
        drawn["zone_id"], drawn.geometry, drawn["boundary_error_m"], strict=True
    ):
        place = position_of(shape)
        found[zone_id] = AreaPosition(place.lon, place.lat, place.radius_m + float(error))
    return found


def tightest(
    county: str | None,
    prefecture: str,
    zone_ids: tuple[str, ...],
    park_ids: tuple[str, ...],
    landmark: int,
    *,
    centres: Mapping[str, AreaPosition],
) -> tuple[AreaPosition, str]:
    """Return the tightest position that agrees with the county, and its precision.

    ``centres`` is what `park_positions` gives of the parks in use.
    """
    positions = area_positions()
    inside = county if isinstance(county, str) else None
    best = (positions[inside], "county") if inside else (positions[prefecture], "prefecture")
    found = [
        (zone_in_county(zone_id, inside), "park")
        for zone_id in zone_ids
        if zone_id in positions and not _is_assumed(zone_id)
    ]
    found += [(centres[park_id], "park") for park_id in park_ids if park_id in centres]
    if landmark >= 0:
        row = gazetteer().landmarks.iloc[landmark]
        place = AreaPosition(float(row["lon"]), float(row["lat"]), float(row["radius_m"]))
        found.append((place, "street" if place.radius_m <= 1000 else "park"))
    for place, precision in found:
        at = _county_at(place.lon, place.lat)
        if place.radius_m < best[0].radius_m and at is not None and inside in {None, at}:
            best = (place, precision)
    return best


@lru_cache(maxsize=4096)
def _county_at(lon: float, lat: float) -> str | None:
    return county_codes([lon], [lat])[0]


@follows_zones
def zone_in_county(zone_id: str, county: str | None) -> AreaPosition:
    """Return the position of the part of a zone that lies in a county."""
    if county is None:
        return area_positions()[zone_id]
    shape = zones().set_index("zone_id").geometry[zone_id]
    part = shape.intersection(counties().set_index("code").geometry[county])
    if part.is_empty:
        return area_positions()[zone_id]
    error = float(zones().set_index("zone_id")["boundary_error_m"][zone_id])
    place = position_of(part)
    return AreaPosition(place.lon, place.lat, place.radius_m + error)


def park_positions(parks: pd.DataFrame) -> dict[str, AreaPosition]:
    """Return park centres, each with the radius that holds 95 % of the park.

    A park that is a zone with a known footprint takes the zone's position. The others have a
    centre, its doubt and an area: the radius adds the extent of the park to the doubt. A centre
    that somebody imported goes before the zone.
    """
    found = {}
    columns = ["park_id", "zone_id", "lon", "lat", "uncertainty_km", "approved_area_ha"]
    imported = (parks["coord_basis"] == IMPORTED_BASIS).to_numpy(bool, na_value=False)
    for own, (park_id, zone_id, lon, lat, doubt, hectares) in zip(
        imported, parks[columns].itertuples(index=False), strict=True
    ):
        drawn = isinstance(zone_id, str) and zone_id in area_positions() and not own
        if drawn and not _is_assumed(zone_id):
            found[park_id] = area_positions()[zone_id]
        elif np.isfinite(lon) and np.isfinite(lat):
            area_m2 = (hectares if np.isfinite(hectares) else USUAL_PARK_HA) * 1e4
            extent = ELONGATION * np.sqrt(area_m2 / np.pi)
            centre = doubt if np.isfinite(doubt) else USUAL_DOUBT_KM
            found[park_id] = AreaPosition(lon, lat, float(centre * 1000 + extent))
    return found


@follows_zones
def _is_assumed(zone_id: str) -> bool:
    frame = zones().set_index("zone_id")
    return bool(frame["assumed"].get(zone_id, False))
