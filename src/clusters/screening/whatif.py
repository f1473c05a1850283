"""Do what a scenario says: the firms and parks as they would be, and where they would be."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from clusters.errors import InputError
from clusters.places.assign import county_codes, zone_membership
from clusters.places.zones import replace_footprints, zones
from clusters.screening.evidence import Sources
from clusters.screening.scenario import Scenario
from clusters.screening.words import near

__all__ = ["apply_scenario"]


def apply_scenario(sources: Sources, scenario: Scenario) -> Sources:
    """Return the sources as they would be.

    Raises
    ------
    InputError
        If a step names a firm, park or zone there is not, or a place outside Sichuan.
    """
    for at, step in enumerate(scenario.steps, start=1):
        where = f"scenario {scenario.name!r}, step {at}"
        sources = _STEPS[str(step["do"])](sources, step, where, at)
    return sources


def _row(ids: pd.Series, name: str, where: str, what: str) -> int:
    rows = np.flatnonzero((ids == name).to_numpy(dtype=bool, na_value=False))
    if not len(rows):
        raise InputError(
            f"{where}: there is no {what} {name!r} here; {near(name, ids.astype(str))}"
        )
    return int(rows[0])


def _place(sources: Sources, step: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the location columns of a firm put into a park or at a point."""
    if "park" in step:
        park = sources.parks.iloc[_row(sources.parks["park_id"], step["park"], where, "park")]
        lon, lat = float(park["lon"]), float(park["lat"])
        radius = 1000 * float(park["uncertainty_km"])
        codes = list(park["county_codes"])
        county = codes[0] if len(codes) == 1 else None
        zone = [park["zone_id"]] if isinstance(park["zone_id"], str) else []
        return {
            "lon": lon,
            "lat": lat,
            "radius_m": radius,
            "precision": "park" if np.isfinite(lon) else "none",
            "county_code": county,
            "prefecture_code": park["prefecture_code"],
            "park_ids": [park["park_id"]],
            "zone_ids": zone,
            "zone_evidence": ["text"] * len(zone),
            "zone_also_ids": [],
            "zone_uncertain_ids": [],
        }
    lon, lat = float(step["lon"]), float(step["lat"])
    radius = float(step.get("radius_m", 100))
    county = county_codes([lon], [lat])[0]
    if county is None:
        raise InputError(f"{where}: {lon}, {lat} lies outside Sichuan; correct lon and lat")
    inside, maybe = zone_membership([lon], [lat], [radius])
    return {
        "lon": lon,
        "lat": lat,
        "radius_m": radius,
        "precision": "point",
        "county_code": county,
        "prefecture_code": f"{county[:4]}00",
        "park_ids": [],
        "zone_ids": list(inside[0]),
        "zone_evidence": ["polygon"] * len(inside[0]),
        "zone_also_ids": [],
        "zone_uncertain_ids": list(maybe[0]),
    }


def _put(firms: gpd.GeoDataFrame, row: int, values: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Return the firms with one row changed; lists go in whole."""
    result = firms.copy()
    for column, value in values.items():
        if column not in result:
            continue
        cells = result[column].astype(object).to_list()
        cells[row] = value
        kept = pd.Series(cells, index=result.index, dtype=object)
        result[column] = kept.astype(firms[column].dtype)
    point = shapely.Point(values["lon"], values["lat"]) if "lon" in values else None
    if point is not None:
        result.geometry = [point if at == row else one for at, one in enumerate(result.geometry)]
    return result


def _add_firm(sources: Sources, step: Mapping[str, Any], where: str, at: int) -> Sources:
    firms, changed = sources.firms, set(sources.changed)
    for copy in range(int(step.get("count", 1))):
        identity = f"what-if-{at}-{copy + 1}"
        values = {
            "enterprise_id": identity,
            "name": str(step.get("name") or identity),
            "ai_relevance": "core",
            "segment": step["segment"],
            "employees": step.get("employees"),
            **_place(sources, step, where),
        }
        blank = dict.fromkeys(firms.columns)
        new = gpd.GeoDataFrame([blank], geometry=[None], crs=firms.crs)[firms.columns]
        for column in firms.columns.drop("geometry"):
            new[column] = new[column].astype(firms[column].dtype)
        firms = gpd.GeoDataFrame(pd.concat([firms, new], ignore_index=True), crs=firms.crs)
        firms = _put(firms, len(firms) - 1, values)
        changed.add(identity)
    return replace(sources, firms=firms, changed=frozenset(changed))


def _move_firm(sources: Sources, step: Mapping[str, Any], where: str, _at: int) -> Sources:
    row = _row(sources.firms["enterprise_id"], step["firm"], where, "firm")
    firms = _put(sources.firms, row, _place(sources, step, where))
    return replace(sources, firms=firms, changed=sources.changed | {step["firm"]})


def _grow_firm(sources: Sources, step: Mapping[str, Any], where: str, _at: int) -> Sources:
    row = _row(sources.firms["enterprise_id"], step["firm"], where, "firm")
    return replace(sources, firms=_put(sources.firms, row, {"employees": int(step["employees"])}))


def _set(parks: pd.DataFrame, row: int, values: Mapping[str, Any]) -> pd.DataFrame:
    result = parks.copy()
    for column, value in values.items():
        cells = result[column].to_list()
        cells[row] = value
        result[column] = pd.Series(cells, index=result.index, dtype=parks[column].dtype)
    return result


def _add_park(sources: Sources, step: Mapping[str, Any], where: str, at: int) -> Sources:
    parks = sources.parks
    county = county_codes([step["lon"]], [step["lat"]])[0]
    if county is None:
        raise InputError(f"{where}: {step['lon']}, {step['lat']} lies outside Sichuan")
    words = list(step.get("industries", ()))
    blank = pd.DataFrame([dict.fromkeys(parks.columns)])
    for column in parks.columns:
        blank[column] = blank[column].astype(parks[column].dtype)
    grown = pd.concat([parks, blank], ignore_index=True)
    values = {
        "park_id": f"what-if-park-{at}",
        "name_zh": step["name"],
        "name_en": step["name"],
        "level": step.get("level", "other"),
        "prefecture_code": f"{county[:4]}00",
        "county_codes": [county],
        "functional_codes": [],
        "lon": float(step["lon"]),
        "lat": float(step["lat"]),
        "uncertainty_km": float(step.get("uncertainty_km", 0.1)),
        "approved_area_ha": float(step.get("area_ha", math.nan)),
        "area_basis": "approved" if "area_ha" in step else None,
        "industries_zh": words,
        "industries_en": words,
        "confidence": "assumed",
    }
    known = {column: value for column, value in values.items() if column in grown}
    return replace(sources, parks=_set(grown, len(grown) - 1, known))


def _move_park(sources: Sources, step: Mapping[str, Any], where: str, _at: int) -> Sources:
    row = _row(sources.parks["park_id"], step["park"], where, "park")
    county = county_codes([step["lon"]], [step["lat"]])[0]
    if county is None:
        raise InputError(f"{where}: {step['lon']}, {step['lat']} lies outside Sichuan")
    values: dict[str, Any] = {
        "lon": float(step["lon"]),
        "lat": float(step["lat"]),
        "uncertainty_km": float(step.get("uncertainty_km", 0.1)),
    }
    if county not in sources.parks["county_codes"].iloc[row]:
        values |= {"county_codes": [county], "prefecture_code": f"{county[:4]}00"}
    return replace(sources, parks=_set(sources.parks, row, values))


def _grow_park(sources: Sources, step: Mapping[str, Any], where: str, _at: int) -> Sources:
    row = _row(sources.parks["park_id"], step["park"], where, "park")
    values: dict[str, Any] = {}
    if "area_ha" in step:
        values |= {"approved_area_ha": float(step["area_ha"]), "area_basis": "approved"}
    if "level" in step:
        values["level"] = step["level"]
    return replace(sources, parks=_set(sources.parks, row, values))


def _footprint(sources: Sources, step: Mapping[str, Any], where: str, _at: int) -> Sources:
    try:
        shape = shapely.from_geojson(json.dumps(step["geometry"]))
    except (shapely.GEOSException, TypeError, ValueError) as error:
        raise InputError(f"{where}: geometry is no GeoJSON geometry ({error})") from error
    error_m = float(step.get("boundary_error_m", 0))
    given = gpd.GeoDataFrame(
        {"zone_id": [step["zone"]], "boundary_error_m": [error_m]}, geometry=[shape], crs=4326
    )
    drawn = replace_footprints(zones(), given)
    only = drawn[drawn["zone_id"] == step["zone"]]
    firms = _regrouped(sources.firms, only, str(step["zone"]))
    parks = sources.parks
    centre = shape.point_on_surface()
    for row in np.flatnonzero((parks["zone_id"] == step["zone"]).to_numpy(bool, na_value=False)):
        values = {"lon": centre.x, "lat": centre.y, "uncertainty_km": max(error_m / 1000, 0.1)}
        parks = _set(parks, int(row), values)
    return replace(sources, firms=firms, parks=parks)


def _regrouped(firms: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame, zone: str) -> gpd.GeoDataFrame:
    """Read the membership of one zone anew; what the text of an address says stays."""
    inside, maybe = zone_membership(
        firms["lon"].to_numpy(float),
        firms["lat"].to_numpy(float),
        firms["radius_m"].fillna(0).to_numpy(float),
        drawn=drawn,
    )
    ids, evidence, uncertain = [], [], []
    for at in range(len(firms)):
        pairs = zip(firms["zone_ids"].iloc[at], firms["zone_evidence"].iloc[at], strict=True)
        kept = [(one, why) for one, why in pairs if one != zone or why != "polygon"]
        said = {one for one, _ in kept}
        if zone in inside[at] and zone not in said:
            kept.append((zone, "polygon"))
        ids.append([one for one, _ in kept])
        evidence.append([why for _, why in kept])
        open_ = [one for one in firms["zone_uncertain_ids"].iloc[at] if one != zone]
        uncertain.append([*open_, *(maybe[at] if zone not in ids[-1] else ())])
    columns = {"zone_ids": ids, "zone_evidence": evidence, "zone_uncertain_ids": uncertain}
    return firms.assign(
        **{name: pd.Series(v, index=firms.index, dtype=object) for name, v in columns.items()}
    )


_STEPS: Final[Mapping[str, Callable[[Sources, Mapping[str, Any], str, int], Sources]]] = {
    "add_firm": _add_firm,
    "move_firm": _move_firm,
    "grow_firm": _grow_firm,
    "add_park": _add_park,
    "move_park": _move_park,
    "grow_park": _grow_park,
    "footprint": _footprint,
}
