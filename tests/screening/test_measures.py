"""Figures of the criteria: by hand, in doubt, and not known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.errors import InputError, ShippedDataError
from clusters.metrics.relatedness import relatedness_density
from clusters.places.reference import amenities
from clusters.places.shipped import read_table
from clusters.screening.criteria import criteria, criterion, level_points, segment_words
from clusters.screening.evidence import Evidence, great_circle_km
from clusters.screening.measures import MEASURES, measure_parks
from clusters.screening.stability import smaa
from clusters.screening.worth import worth_of

EAST = 111.195  # km of a degree of latitude on the sphere


def figures(sources, name, *, radius_km=10, segment="robotics"):
    evidence = Evidence(sources, segment, radius_km, seed=3)
    found = measure_parks(evidence, [name])
    return found.value[:, 0], found.low[:, 0], found.high[:, 0]


def test_every_row_has_a_function_and_every_function_a_row():
    assert list(criteria()) == list(MEASURES)
    for one in criteria().values():
        assert all((one.name_zh, one.name_en, one.definition_zh, one.definition_en, one.source))
        assert one.confidence in {"high", "medium", "low"}


def test_conventions_cover_what_occurs():
    from clusters.places.parks import shipped_parks

    segments = read_table("taxonomy", "segments.csv")["segment"]
    assert set(segment_words()) == set(segments)
    assert set(shipped_parks()["level"]) <= set(level_points())


def test_an_unknown_criterion_offers_near_names():
    with pytest.raises(InputError, match=r"did you mean .*airport_km"):
        criterion("airport")
    with pytest.raises(InputError, match="choose one such as segment_firms_radius"):
        criterion("§")


@given(st.floats(98, 108), st.floats(26.5, 34), st.floats(98, 108), st.floats(26.5, 34))
def test_great_circle_is_near_the_ellipsoid(lon, lat, to_lon, to_lat):
    found = float(great_circle_km(*(np.array(x) for x in (lon, lat, to_lon, to_lat))))
    exact = pyproj.Geod(ellps="WGS84").inv(lon, lat, to_lon, to_lat)[2] / 1000
    assert found == pytest.approx(exact, rel=0.006, abs=1e-6)


def test_distances_to_an_airport_are_those_of_the_table(world):
    airport = (
        amenities().set_index("amenity_id").loc["apt-myg"]
        if "apt-myg" in set(amenities()["amenity_id"])
        else amenities().loc[lambda t: t["kind"] == "airport"].iloc[0]
    )
    value, low, high = figures(world([(airport["lon"], airport["lat"] + 0.1)]), "airport_km")
    # The airport itself is known to a kilometre or two only, and so is the distance.
    assert value[0] == pytest.approx(0.1 * EAST, abs=0.3)
    assert low[0] < 0.1 * EAST < high[0]


def test_firms_are_counted_within_the_radius(world):
    # Firms 0, 5 and 15 km north of the park; a radius of 10 km holds two.
    north = [(104.06, 30.57 + km / EAST) for km in (0, 5, 15)]
    value, low, high = figures(world([(104.06, 30.57)], north), "segment_firms_radius")
    assert (value[0], low[0], high[0]) == (2, 2, 2)
    assert figures(world([(104.06, 30.57)], north), "employees_radius")[0][0] == 20
    assert figures(world([(104.06, 30.57)], north), "ai_firms_radius", radius_km=20)[0][0] == 3
    other = world([(104.06, 30.57)], north, segment="uav")
    assert figures(other, "segment_firms_radius")[0][0] == 0


def test_a_firm_known_to_be_in_the_park_counts_wherever_its_centre_is(world):
    sources = world([(104.06, 30.57)], [(104.5, 30.57)])
    assert figures(sources, "segment_firms_radius")[0][0] == 0
    sources.firms["park_ids"] = pd.Series([["p0"]], dtype=object)
    assert figures(sources, "segment_firms_radius")[0][0] == 1


def test_firms_of_uncertain_place_count_by_probability(world):
    # A firm on the rim of the radius, known to ±5 km: inside about half of the time.
    rim = [(104.06, 30.57 + 10 / EAST)]
    value, low, high = figures(world([(104.06, 30.57)], rim, radius_m=5000), "ai_firms_radius")
    assert 0.35 < value[0] < 0.6
    assert (low[0], high[0]) == (0, 1)


def test_a_park_of_unknown_place_has_no_distance_and_no_neighbours(world):
    sources = world([(np.nan, np.nan), (104.06, 30.57)])
    for name in ("airport_km", "segment_firms_radius", "universities_radius"):
        value, low, high = figures(sources, name)
        assert np.isnan([value[0], low[0], high[0]]).all()
        assert np.isfinite(value[1])


def test_a_park_known_to_ten_kilometres_is_not_ranked_on_a_distance_it_cannot_support(
    world, profile
):
    """Two parks 1 km apart in distance: known exactly the nearer leads, at ±10 km nobody knows."""
    airport = amenities()[amenities()["kind"] == "airport"].iloc[6]
    places = [(airport["lon"], airport["lat"] + km / EAST) for km in (14, 15)]
    chosen = profile({"airport_km": 100}).weighted
    options = replace(profile({"gdp": 1}).stability, weights="uniform", draws=4_000)
    leads = {}
    for doubt in (0.0, 10.0):
        evidence = Evidence(world(places, uncertainty_km=doubt), "robotics", 20, seed=3)
        measured = measure_parks(evidence, ["airport_km"])
        worth = worth_of(measured, chosen, ["p0", "p1"], seed=1)
        found = smaa(worth.draws, worth.expected, np.array([1.0]), options)
        leads[doubt] = found.acceptability[0, 0]
        if doubt:
            assert measured.high[0, 0] - measured.low[0, 0] > 10
            assert measured.low[1, 0] < measured.value[0, 0] < measured.high[1, 0]
            assert (found.rank_low == 1).all()
            assert (found.rank_high == 2).all()
    assert leads[0.0] > 0.99
    assert 0.45 < leads[10.0] < 0.65


def test_doubt_grows_with_the_uncertainty_of_a_place(world):
    spans = []
    for doubt in (0.0, 3.0, 10.0):
        _, low, high = figures(world([(104.06, 30.57)], uncertainty_km=doubt), "rail_km")
        spans.append(high[0] - low[0])
    assert spans == sorted(spans)
    assert spans[0] < spans[1] < spans[2]


def test_the_quotient_of_few_firms_stays_near_one(world):
    # Two firms in the province, one of the segment in reach: share 1 of 1, drawn towards 1/2.
    sources = world([(104.06, 30.57)], [(104.06, 30.57), (101.7, 26.6)])
    sources.firms["segment"] = ["robotics", "uav"]
    value, low, high = figures(sources, "segment_lq_radius")
    assert value[0] == pytest.approx((1 + 1) / (1 + 2) / 0.5, abs=0.06)  # mean of Beta(2, 1)
    assert low[0] < 1 < high[0]
    far = world([(97.5, 33.5)], [(104.06, 30.57), (101.7, 26.6)])
    far.firms["segment"] = ["robotics", "uav"]
    assert np.isnan(figures(far, "segment_lq_radius")[0][0])  # no firm in reach: not zero


def test_zone_members_are_sure_and_those_on_the_border_a_range(world):
    sources = world([(104.06, 30.57)], [(104.06, 30.57)] * 3)
    sources.parks["zone_id"] = "chengdu-htz"
    sources.firms["zone_ids"] = pd.Series([["chengdu-htz"], [], []], dtype=object)
    sources.firms["zone_uncertain_ids"] = pd.Series([[], ["chengdu-htz"], []], dtype=object)
    value, low, high = figures(sources, "segment_firms_zone")
    assert (low[0], high[0]) == (1, 2)
    assert value[0] == pytest.approx(1.5, abs=0.1)


def test_county_quotients_agree_with_the_metric_table():
    from clusters.levels import level
    from clusters.metrics.table import measure
    from clusters.screening.evidence import Sources
    from screening.conftest import NO_HOTSPOTS, firm_rows, park_rows

    firms = firm_rows([(104.06, 30.57)] * 12)
    firms["segment"] = ["robotics"] * 5 + ["uav"] * 7
    firms["county_code"] = ["510107"] * 4 + ["510116"] * 8
    table = measure(firms, [level("county")], schemes=["segment"], permutations=9)
    row = table[
        (table["metric"] == "lq") & (table["area"] == "510107") & (table["industry"] == "robotics")
    ].iloc[0]
    sources = Sources(firms, park_rows([(104.06, 30.57)]), NO_HOTSPOTS)
    value, low, high = figures(sources, "segment_lq_county")
    assert value[0] == pytest.approx(row["value"])
    span = row["high"] - row["low"]
    assert low[0] == pytest.approx(row["low"], abs=0.06 * span)
    assert high[0] == pytest.approx(row["high"], abs=0.06 * span)


def test_relatedness_is_that_of_the_metrics(world):
    sources = world([(104.06, 30.57)], [(104.06, 30.57)] * 4)
    sources.firms["segment"] = ["robotics", "uav", "uav", "smart_home"]
    sources.firms["prefecture_code"] = ["510100", "510100", "510700", "510700"]
    counts = pd.DataFrame(
        {"robotics": [1, 0], "smart_home": [0, 1], "uav": [1, 1]}, index=["510100", "510700"]
    )
    value, low, high = figures(sources, "relatedness")
    assert value[0] == pytest.approx(relatedness_density(counts).loc["510100", "robotics"])
    assert low[0] <= value[0] <= high[0]


def test_growth_is_the_net_change_between_snapshots_and_unknown_without_one(world):
    sources = world([(104.06, 30.57)], [(104.06, 30.57)] * 5)
    assert np.isnan(figures(sources, "growth")[0][0])
    grown = replace(sources, earlier=sources.firms.head(2))
    assert figures(grown, "growth")[0][0] == 3


def test_planned_areas_are_not_approved_ones(world):
    sources = world([(104.06, 30.57)] * 3)
    sources.parks["approved_area_ha"] = [100.0, 200.0, np.nan]
    sources.parks["area_basis"] = ["approved", "planned", None]
    value = figures(sources, "approved_area")[0]
    assert value[0] == 100
    assert np.isnan(value[1:]).all()


def test_lead_industries_match_by_words_and_levels_have_points(world):
    sources = world([(104.06, 30.57)] * 3)
    sources.parks["industries_zh"] = pd.Series([["人工智能与机器人"], ["食品"], []], dtype=object)
    value = figures(sources, "industry_match")[0]
    assert value[:2].tolist() == [1, 0]
    assert np.isnan(value[2])
    sources.parks["level"] = ["national_htz", "provincial", "other"]
    assert figures(sources, "level")[0].tolist() == [3, 2, 0]


def test_every_criterion_measures_the_shipped_parks(world):
    from clusters.places.parks import shipped_parks

    sources = world([(104.06, 30.57)], [(104.06, 30.57), (104.7, 31.5)])
    table = pd.DataFrame(shipped_parks().drop(columns="geometry"))
    sources = replace(sources, parks=table)
    found = measure_parks(Evidence(sources, "robotics", 20), criteria())
    with np.errstate(invalid="ignore"):
        assert not (found.low > found.value + 1e-9).any()
        assert not (found.high < found.value - 1e-9).any()
    assert np.isfinite(found.value[:, found.criteria.index("gdp")]).all()
    assert np.isfinite(found.value[:, found.criteria.index("approved_area")]).sum() == 14


def test_a_damaged_table_is_named(monkeypatch):
    from clusters.screening import criteria as module

    def damaged(*_parts, **_columns):
        table = read_table("screening", "criteria.csv", numbers=("from", "to"),
                           integers=("digits",), lists=("touches",))  # fmt: skip
        return table.assign(direction="sideways")

    monkeypatch.setattr(module, "read_table", damaged)
    with pytest.raises(ShippedDataError, match="row 2, column direction: 'sideways'"):
        criteria.__wrapped__()


def test_figures_of_a_prefecture_are_the_published_ones(world):
    from clusters.places.reference import gdp, population

    sources = world([(104.06, 30.57)] * 3)
    sources.parks["prefecture_code"] = ["510100", "513200", "000000"]
    for name, published in (("gdp", gdp(2023)), ("population", population(2023))):
        value, low, high = figures(sources, name)
        assert value[:2].tolist() == published[["510100", "513200"]].tolist()
        assert np.isnan(value[2])  # a code without a figure is not zero
        np.testing.assert_array_equal(low, value)
        np.testing.assert_array_equal(high, value)


def test_the_share_of_the_segment_is_drawn_from_its_posterior(world):
    # 3 of 4 firms near are of the segment, 4 of 8 in the province: Beta(3 + 2/2, 1 + 2/2), whose
    # mean is 4/6 and variance 4·2/(6²·7); over the provincial share of 1/2.
    near, far = [(104.06, 30.57)] * 4, [(101.7, 26.6)] * 4
    sources = world([(104.06, 30.57)], near + far)
    sources.firms["segment"] = ["robotics"] * 3 + ["uav"] + ["robotics"] + ["uav"] * 3
    evidence = Evidence(sources, "robotics", 10, seed=3)
    draws = MEASURES["segment_lq_radius"](evidence).draws[:, 0]
    assert draws.mean() == pytest.approx(2 * 4 / 6, abs=0.05)
    assert draws.var() == pytest.approx(4 * 8 / (36 * 7), rel=0.2)


@pytest.mark.parametrize("segment", ["robotics", "uav"])
def test_a_quotient_is_unknown_where_all_firms_or_none_are_of_the_segment(world, segment):
    sources = world([(104.06, 30.57)], [(104.06, 30.57)] * 3, segment="robotics")
    value, _, _ = figures(sources, "segment_lq_radius", segment=segment)
    assert np.isnan(value[0])


def test_the_county_quotient_of_several_counties_is_that_of_their_sum(world):
    sources = world([(104.06, 30.57)] * 3, [(104.06, 30.57)] * 8)
    sources.firms["segment"] = ["robotics", "uav"] * 4
    sources.firms["county_code"] = ["510107"] * 3 + ["510104"] * 1 + ["510703"] * 4
    codes = [["510107"], ["510107", "510104"], ["511102"]]
    sources.parks["county_codes"] = pd.Series(codes, dtype=object)
    value, low, high = figures(sources, "segment_lq_county")
    # (2/3) / (4/8), (2/4) / (4/8), and a county without any firm.
    np.testing.assert_allclose(value[:2], [4 / 3, 1])
    assert np.isnan(value[2])
    assert (low[:2] < value[:2]).all()
    assert (high[:2] > value[:2]).all()


def test_the_county_quotient_of_a_segment_nobody_has_is_unknown(world):
    sources = world([(104.06, 30.57)], [(104.06, 30.57)] * 3)
    assert np.isnan(figures(sources, "segment_lq_county", segment="uav")[0][0])


def test_firms_outside_ai_count_among_all_firms_of_a_county(world):
    sources = world([(104.06, 30.57)], [(104.06, 30.57)] * 4)
    sources.firms["segment"] = ["robotics", "uav", "robotics", "robotics"]
    sources.firms["ai_relevance"] = ["core", "core", "none", "weak"]
    sources.firms["county_code"] = ["510107", "510104", "510107", "510104"]
    # One of two firms here, one of four in the province: the two outside AI are of no segment.
    assert figures(sources, "segment_lq_county")[0][0] == pytest.approx((1 / 2) / (1 / 4))


def test_relatedness_is_nought_in_a_prefecture_without_ai_and_unknown_without_the_segment(world):
    sources = world([(104.06, 30.57)] * 2, [(104.06, 30.57)] * 4)
    sources.parks["prefecture_code"] = ["510100", "513300"]
    sources.firms["segment"] = ["robotics", "uav", "uav", "smart_home"]
    sources.firms["prefecture_code"] = ["510100", "510100", "510700", "510700"]
    value, _, _ = figures(sources, "relatedness")
    assert value[0] > 0
    assert value[1] == 0
    assert np.isnan(figures(sources, "relatedness", segment="agri_ai")[0]).all()


def test_growth_counts_ai_firms_of_all_counties_of_a_park(world):
    sources = world([(104.06, 30.57)] * 3, [(104.06, 30.57)] * 5)
    sources.firms["county_code"] = ["510107", "510107", "510104", "510104", "510703"]
    codes = [["510107", "510104"], ["511102"], []]
    sources.parks["county_codes"] = pd.Series(codes, dtype=object)
    before = sources.firms.iloc[[0, 1, 2]].assign(ai_relevance=["core", "none", "related"])
    more = pd.concat([before, before.tail(1).assign(county_code="511102")])
    value = figures(replace(sources, earlier=more), "growth")[0]
    # Four now, two then; none now where one was; no county, no figure.
    assert value[:2].tolist() == [2, -1]
    assert np.isnan(value[2])


def test_members_of_park_and_zone_count_once(world):
    sources = world([(104.06, 30.57)] * 2, [(104.06, 30.57)] * 4)
    sources.parks["zone_id"] = ["chengdu-htz", None]
    sources.firms["park_ids"] = pd.Series([["p0"], ["p1"], [], []], dtype=object)
    zone_ids = [["chengdu-htz"], [], [], ["chengdu-htz"]]
    sources.firms["zone_ids"] = pd.Series(zone_ids, dtype=object)
    also = [[], [], ["chengdu-htz"], []]
    sources.firms["zone_also_ids"] = pd.Series(also, dtype=object)
    sources.firms["segment"] = ["robotics", "robotics", "robotics", "uav"]
    # The first is in park and zone, the third follows from a part of the zone, the fourth flies.
    assert figures(sources, "segment_firms_zone")[0].tolist() == [2, 1]


def test_firms_that_may_be_in_a_zone_count_between_none_and_all_evenly(world):
    sources = world([(104.06, 30.57)], [(104.06, 30.57)] * 3)
    sources.parks["zone_id"] = "chengdu-htz"
    maybe = [["chengdu-htz"]] * 3
    sources.firms["zone_uncertain_ids"] = pd.Series(maybe, dtype=object)
    evidence = Evidence(sources, "robotics", 10, seed=3)
    draws = MEASURES["segment_firms_zone"](evidence).draws[:, 0]
    shares = np.bincount(draws.astype(int), minlength=4) / len(draws)
    np.testing.assert_allclose(shares, 1 / 4, atol=0.06)


def test_campuses_within_the_radius_are_those_of_a_plain_count(world):
    place = (104.06, 30.57)
    value, _, _ = figures(world([place]), "universities_radius", radius_km=30)
    table = amenities()
    campuses = table[table["kind"].isin(["university", "university_ai"]) & table["lon"].notna()]
    away = great_circle_km(
        np.array(place[0]),
        np.array(place[1]),
        campuses["lon"].to_numpy(),
        campuses["lat"].to_numpy(),
    )
    # Places known to a kilometre or so may fall on either side of the rim.
    assert (away <= 25).sum() <= value[0] <= (away <= 35).sum()
    assert value[0] > 5


def test_a_segment_without_words_matches_no_industry(world, monkeypatch):
    from clusters.screening import measures

    monkeypatch.setattr(measures, "segment_words", dict)
    sources = world([(104.06, 30.57)])
    sources.parks["industries_zh"] = pd.Series([["机器人"]], dtype=object)
    assert figures(sources, "industry_match")[0].tolist() == [0]


def test_a_park_without_level_of_the_table_has_no_points(world):
    sources = world([(104.06, 30.57)])
    sources.parks["level"] = "imperial"
    assert np.isnan(figures(sources, "level")[0][0])
