"""Redrawn places: inside what is known of them, repeatable, stated; and what comes of them."""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from clusters import doubt, levels
from clusters.places.assign import county_codes
from clusters.places.boundaries import counties, prefectures

CHENGDU, WUHOU = "510100", "510107"


def _place(code: str) -> tuple[float, float]:
    table = prefectures() if code.endswith("00") else counties()
    point = table.set_index("code").geometry[code].representative_point()
    return point.x, point.y


def _firm(relevance: str, precision: str, code: str | None, **more: object) -> dict[str, object]:
    lon, lat = _place(code) if code else (np.nan, np.nan)
    known = code if code and not code.endswith("00") else None
    return {
        "ai_relevance": relevance,
        "segment": "uav",
        "chain_layer": "application",
        "precision": precision,
        "radius_m": 300.0 if precision == "street" else 20_000.0,
        "lon": lon,
        "lat": lat,
        "prefecture_code": f"{code[:4]}00" if code else None,
        "county_code": known,
        "county_probability": 1.0 if known else np.nan,
        "zone_ids": [],
        "zone_also_ids": [],
        "zone_uncertain_ids": [],
        "zone_evidence": [],
        "park_ids": [],
        "founded": pd.NaT,
    } | more


def _table(rows: list[dict[str, object]]) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(rows).astype({"county_code": "str", "prefecture_code": "str"})
    points = [shapely.Point(x, y) if x == x else None for x, y in zip(frame.lon, frame.lat)]  # noqa: B905 - NaN is no point
    return gpd.GeoDataFrame(frame, geometry=points, crs=4326)


FIRMS = _table(
    [_firm("core", "county", WUHOU)] * 4
    + [_firm("core", "prefecture", CHENGDU)] * 30
    + [_firm("core", "park", WUHOU, zone_ids=["chengdu-htz"], zone_evidence=["text"])] * 2
    + [_firm("core", "street", WUHOU), _firm("core", "none", None)]
    + [_firm("none", "county", "510108")] * 5
)


@pytest.fixture(scope="module")
def draws() -> list[pd.DataFrame]:
    return doubt.draw_firms(FIRMS, 6, seed=3)


def test_only_placed_ai_firms_are_redrawn(draws: list[pd.DataFrame]) -> None:
    told = doubt.told(FIRMS, draws)
    assert told["draws"] == len(draws) == 6
    assert all(len(table) == told["redrawn"] == 37 for table in draws)
    assert told["redrawn_by_precision"] == {"county": 4, "park": 2, "prefecture": 30, "street": 1}
    assert told["without_place"] == 1


def test_a_firm_stays_in_the_area_its_address_names(draws: list[pd.DataFrame]) -> None:
    for table in draws:
        assert (table["county_code"][:4] == WUHOU).all()
        inside = county_codes(table["lon"][:4].to_numpy(), table["lat"][:4].to_numpy())
        assert (inside == WUHOU).all()
        assert (table["prefecture_code"] == CHENGDU).all()


def test_a_firm_known_to_its_prefecture_gets_a_county_and_lies_in_it(
    draws: list[pd.DataFrame],
) -> None:
    for table in draws:
        part = table.iloc[4:34]
        assert part["county_code"].str.startswith("5101").all()
        found = county_codes(part["lon"].to_numpy(), part["lat"].to_numpy())
        assert (found == part["county_code"].to_numpy()).mean() > 0.95  # borders of two editions
    share = np.mean([(table["county_code"].iloc[4:34] == WUHOU).mean() for table in draws])
    assert share > 0.6  # seven AI firms are known to be there, and none elsewhere


def test_zones_named_in_the_address_stay_and_no_others_are_added(draws: list[pd.DataFrame]) -> None:
    for table in draws:
        assert [list(ids) for ids in table["zone_ids"].iloc[34:36]] == [["chengdu-htz"]] * 2


def test_draws_differ_from_each_other_and_repeat_with_the_seed(draws: list[pd.DataFrame]) -> None:
    again = doubt.draw_firms(FIRMS, 6, seed=3)
    assert all(a["lon"].equals(b["lon"]) for a, b in zip(draws, again, strict=True))
    assert not draws[0]["lon"].equals(draws[1]["lon"])
    assert not draws[0]["lon"].equals(doubt.draw_firms(FIRMS, 6, seed=4)[0]["lon"])


def test_a_registry_without_ai_firms_has_no_draws() -> None:
    none = FIRMS.assign(ai_relevance="none")
    assert doubt.draw_firms(none, 5, seed=0) == []
    assert doubt.sensitivity([], origins=20, seed=0).empty
    assert doubt.told(none, [])["redrawn"] == 0


def test_sensitivity_has_every_level_and_its_median_lies_in_between(
    draws: list[pd.DataFrame],
) -> None:
    table = doubt.sensitivity(draws, origins=5, seed=1)
    assert {"prefecture", "county", "h3-5", "h3-6", "h3-7"} <= set(table["level"])
    known = table.dropna(subset=["value"])
    assert len(known) >= 20
    assert (known["low"] <= known["value"] + 1e-12).all()
    assert (known["value"] <= known["high"] + 1e-12).all()
    assert table.loc[table["value"].isna(), "note"].ne("").all()


def test_a_footprint_imported_beside_a_running_app_holds_the_next_draws(
    import_outline: Callable[[str], None],
) -> None:
    before = {zone_id for zone_id, _, _ in doubt._footprints()}
    import_outline("tianfu-wireless-valley")
    after = {zone_id for zone_id, _, _ in doubt._footprints()}
    assert after - before == {"tianfu-wireless-valley"}


class TestHexagons:
    def test_only_firms_placed_well_enough_are_in_one(self) -> None:
        placed = levels.with_hexagons(FIRMS)
        assert placed["hexagon_code"].notna().sum() == 1  # the street; a park of 20 km is not
        assert len(FIRMS.columns) + 1 == len(placed.columns)

    def test_names_are_unique_and_areas_about_250_km2(self, draws: list[pd.DataFrame]) -> None:
        level = levels.hexagon_level(draws[0])
        assert not level.whole
        assert level.areas["name_zh"].is_unique
        assert level.areas["name_en"].is_unique
        assert level.areas["area_km2"].between(180, 330).all()
        assert not level.areas["name_zh"].str.contains("[0-9a-f]{6}").any()

    def test_no_firm_no_hexagon(self) -> None:
        placed = levels.with_hexagons(FIRMS[FIRMS["precision"] == "prefecture"])
        assert levels.hexagon_level(placed).areas.empty
