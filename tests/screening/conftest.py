"""A small world with exact places: four parks on a line, a handful of firms."""

from collections.abc import Callable
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from clusters.places.parks import shipped_parks
from clusters.screening.evidence import Sources
from clusters.screening.measurements import Measurements
from clusters.screening.profile import default_profile

CHENGDU = (104.06, 30.57)


def park_rows(places, *, uncertainty_km=0.0) -> pd.DataFrame:
    """Return parks with the columns of the shipped table at lon, lat places."""
    shipped = pd.DataFrame(shipped_parks().drop(columns="geometry"))
    rows = shipped.head(len(places)).reset_index(drop=True).copy()
    rows["park_id"] = [f"p{at}" for at in range(len(places))]
    rows["lon"] = [float(lon) for lon, _ in places]
    rows["lat"] = [float(lat) for _, lat in places]
    rows["uncertainty_km"] = np.broadcast_to(uncertainty_km, len(places)).astype(float)
    rows["zone_id"] = None
    rows["county_codes"] = [["510107"]] * len(places)
    rows["prefecture_code"] = "510100"
    return rows


def firm_rows(places, *, segment="robotics", radius_m=0.0) -> gpd.GeoDataFrame:
    """Return located core firms at lon, lat places, known to a point."""
    number = len(places)
    lists = {
        name: pd.Series([[] for _ in range(number)], dtype=object)
        for name in ("zone_ids", "zone_evidence", "zone_also_ids", "zone_uncertain_ids", "park_ids")
    }
    return gpd.GeoDataFrame(
        {
            "enterprise_id": [f"f{at}" for at in range(number)],
            "name": [f"firm {at}" for at in range(number)],
            "ai_relevance": "core",
            "chain_layer": "application",
            "segment": segment,
            "employees": pd.array([10] * number, dtype="Int64"),
            "lon": [float(lon) for lon, _ in places],
            "lat": [float(lat) for _, lat in places],
            "precision": "point",
            "radius_m": float(radius_m),
            "county_code": "510107",
            "prefecture_code": "510100",
            **lists,
        },
        geometry=gpd.points_from_xy(*zip(*places, strict=True)),
        crs="EPSG:4326",
    )


NO_HOTSPOTS = gpd.GeoDataFrame({"hotspot_id": []}, geometry=[], crs="EPSG:4326")


@pytest.fixture
def world() -> Callable[..., Sources]:
    """Return a function that makes sources of parks and firms."""

    def make(park_places, firm_places=((104.06, 30.57),), **options) -> Sources:
        uncertainty = options.pop("uncertainty_km", 0.0)
        return Sources(
            firms=firm_rows(firm_places, **options),
            parks=park_rows(park_places, uncertainty_km=uncertainty),
            hotspots=NO_HOTSPOTS,
        )

    return make


@pytest.fixture
def profile():
    """Return a function that makes a profile of weights."""

    def make(weights, **changes):
        from clusters.screening.profile import Choice

        choices = tuple(
            one if isinstance(one, Choice) else Choice(one, float(weight))
            for one, weight in (
                weights.items() if isinstance(weights, dict) else [(c, c.weight) for c in weights]
            )
        )
        base = default_profile()
        stability = replace(base.stability, draws=2_000)
        return replace(base, **{"choices": choices, "stability": stability, **changes})

    return make


def exact(values, names) -> Measurements:
    """Return measurements without doubt."""
    value = np.asarray(values, dtype=float)
    return Measurements(tuple(names), value, value, value, np.repeat(value[None], 4, axis=0))
