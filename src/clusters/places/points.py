"""What good coordinates decide, and where they disagree with the text."""

from functools import lru_cache
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from clusters.places.assign import county_rows
from clusters.places.boundaries import counties, to_metres
from clusters.places.columns import LocationColumns
from clusters.places.coordinates import Given

__all__ = ["apply_points"]

TOLERANCE_M: Final = 2000.0
"""A point this near to the county its address names does not contradict it."""


def apply_points(columns: LocationColumns, given: Given) -> None:
    """Let good coordinates decide position and county, and report where the text disagrees."""
    rows = county_rows(given.x, given.y)
    codes = np.array([*counties()["code"], None], dtype=object)
    by_point = codes[rows]
    point = np.isfinite(given.x)
    lost = point & (rows < 0)
    given.note[lost & (given.note == None)] = "outside_province"  # noqa: E711 - elementwise
    good = point & (rows >= 0) & ~given.piled
    differs = np.flatnonzero(good & (columns.county != None) & (columns.county != by_point))  # noqa: E711
    far = differs[_metres_to_county(given, differs, columns.county) > TOLERANCE_M]
    stated = far[columns.named[far]]
    columns.note(
        far,
        [
            f"address_against_coordinates: text {columns.county[row]}, point {by_point[row]}"
            for row in far
        ],
    )
    # The text names a county the point is not in: one of the two is wrong, and nothing says which.
    # The registered address has the last word on the county; the point is not used.
    good[stated] = False
    near = np.setdiff1d(differs, far)
    use = np.flatnonzero(good)
    keep = np.zeros(len(good), dtype=np.bool_)
    keep[near] = columns.named[near]
    columns.lon[use], columns.lat[use] = given.x[use], given.y[use]
    columns.radius[use] = given.radius[use]
    columns.precision[use] = "point"
    decided = use[~keep[use]]
    columns.county[decided] = by_point[decided]
    columns.located_by[use] = "coordinates"
    columns.belief[use] = np.where(columns.belief[use] > 0, columns.belief[use], 0.99)
    prefecture = dict(zip(counties()["code"], counties()["prefecture_code"], strict=True))
    columns.prefecture[use] = [prefecture[code] for code in columns.county[use]]


def _metres_to_county(
    given: Given, rows: NDArray[np.int64], county: NDArray[np.object_]
) -> NDArray[np.float64]:
    """Return how far points are from the counties their addresses name, in metres."""
    shapes = _county_shapes()
    points = gpd.points_from_xy(*to_metres(given.x[rows], given.y[rows]).T) if len(rows) else []
    return np.array(
        [shapes[county[row]].distance(point) for row, point in zip(rows, points, strict=True)]
    )


@lru_cache(maxsize=1)
def _county_shapes() -> dict[str, shapely.Geometry]:
    frame = counties()
    return dict(zip(frame["code"], to_metres(frame).geometry, strict=True))
