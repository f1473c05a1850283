"""Possible positions of located rows, for metrics that carry doubt onward."""

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from clusters.geocode.positions import sample_positions
from clusters.places.boundaries import counties, prefectures, to_metres
from clusters.places.output import PRECISE
from clusters.places.zones import follows_zones, zones

__all__ = ["draw_positions"]


def draw_positions(
    located: pd.DataFrame, draws: int, *, seed: int, anchors: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return possible positions of located rows.

    Parameters
    ----------
    located
        What `locate.locate` returned.
    draws
        How many positions per row.
    seed
        Seed of the generator.
    anchors
        (k, 2) WGS 84 degrees of the precise rows that draw the others near them; those of
        `located` by default.

    Returns
    -------
    ndarray of float64, shape (draws, n, 2)
        Easting, northing in ``CRS_METRES``; NaN where ``precision`` is ``none``. Rows known to a
        point, building or street vary within their radius; the others lie in their zone, county
        or prefecture, near the precise rows of the same area more often than elsewhere.
    """
    points = to_metres(located["lon"].to_numpy(float), located["lat"].to_numpy(float))
    if anchors is None:
        known = located[located["precision"].isin(PRECISE)]
        anchors = known[["lon", "lat"]].to_numpy(np.float64)
    near = to_metres(anchors[:, 0], anchors[:, 1])
    shapes = _shapes()
    areas = np.full(len(located), None, dtype=object)
    columns = zip(
        located["precision"],
        located["county_code"],
        located["prefecture_code"],
        located["zone_ids"],
        strict=True,
    )
    for row, (precision, county, prefecture, zone_ids) in enumerate(columns):
        if precision in PRECISE or precision == "none":
            continue
        drawn = [zone for zone in zone_ids if zone in shapes] if precision == "park" else []
        if precision == "park" and not drawn:
            continue  # a park is a centre with a radius
        area = drawn[0] if drawn else county
        areas[row] = area if isinstance(area, str) else prefecture
    return sample_positions(
        points,
        located["radius_m"].to_numpy(float),
        areas,
        shapes=shapes,
        draws=draws,
        seed=seed,
        anchors=near[np.isfinite(near).all(axis=1)],
    ).positions


@follows_zones
def _shapes() -> dict[str, shapely.Geometry]:
    found: dict[str, shapely.Geometry] = {}
    for frame, key in ((counties(), "code"), (prefectures(), "code"), (zones(), "zone_id")):
        some = frame[frame.geometry.notna()]
        if key == "zone_id":
            some = some[~some["assumed"].astype(bool)]
        found.update(zip(some[key], to_metres(some).geometry, strict=True))
    return found
