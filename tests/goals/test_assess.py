"""Targets against a snapshot."""

from datetime import date

import pandas as pd
import pytest

from clusters.goals import MEASURED, assess, benchmark_firms, measure
from clusters.goals.zone_stars import zone_stars
from clusters.ledger import open_ledger

AS_OF = date(2026, 11, 22)


@pytest.fixture
def firms():
    return pd.DataFrame(
        {
            "name": ["甲", "乙", "丙", "丁"],
            "ai_relevance": ["core", "related", "weak", "core"],
            "prefecture_code": ["510100", "510700", "510100", None],
            "zone_ids": [
                ["tianfu-new-area-ai", "chengdu-science-city"],
                ["mianyang-science-city"],
                ["smart-manufacturing-park"],
                [],
            ],
        }
    )


def counted(table):
    return measure(table, as_of=AS_OF, benchmark=benchmark_firms(table))


def by_group(observations):
    return {o.definition_group: o.value for o in observations}


def test_what_the_snapshot_counts(firms):
    got = {o.indicator_id: o for o in counted(firms)}
    # 丁 has no place, 丙 is weak
    assert got["AI_FIRMS"].value == 2
    # 丙's zone does not count, and 成都科学城 is not one of the five
    assert got["AI_CLUSTER"].value == 2
    assert got["AI_FIRMS_BENCH"].value == 0
    assert {o.origin for o in got.values()} == {MEASURED}


def test_no_enterprises_at_all(firms):
    assert [o.value for o in counted(firms.iloc[:0])] == [0, 0, 0]


def test_honours_and_revenue_are_counted_where_the_plans_ask_for_them(firms):
    table = firms.assign(
        honours=["国家级专精特新小巨人(第二批)", "制造业单项冠军", "国家级专精特新小巨人", None],
        segment=["robotics", "uav", "robotics", "robotics"],
        revenue_cny=[1.2e9, 6e9, 9e9, None],
    )
    got = by_group(counted(table))
    # 丙 is weak; 乙 is in Mianyang, so it is none of Chengdu's firms
    assert got["ai_little_giants_in_snapshot"] == 2
    assert got["robot_little_giants_in_snapshot"] == 1
    assert got["ai_firms_over_5bn_in_snapshot"] == 0
    assert got["ai_firms_over_1bn_in_snapshot"] == 1
    assert got["ai_firms_over_100m_in_snapshot"] == 1
    notes = [o.definition_note for o in counted(table) if "revenue" in o.definition_note]
    assert all("1 of 1 have one" in note for note in notes)


def test_zones_qualify_by_stars_against_the_counties():
    zone = ["mianyang-science-city"]
    inside = [("core", "uav", "510703", zone)] * 6
    # 武侯 has one UAV firm of forty, so six in the zone are the largest, denser and more focused
    outside = [("core", "uav", "510107", [])] + [("none", None, "510107", [])] * 39
    table = pd.DataFrame(
        inside + outside, columns=["ai_relevance", "segment", "county_code", "zone_ids"]
    ).assign(prefecture_code="510100", name=[f"firm {n}" for n in range(46)])
    # size and focus: 19 of 184 areas are the top tenth, the zone is first in both; quotient 6.6
    assert zone_stars(table, zone) == {"mianyang-science-city": {"uav": 3}}
    assert by_group(counted(table))["plan_zones_with_stars"] == 1
    # With all forty of 武侯 flying, six are no longer dense: two stars, and two are enough.
    common = table.assign(ai_relevance="core", segment="uav")
    assert zone_stars(common, zone) == {"mianyang-science-city": {"uav": 2}}
    assert by_group(counted(common))["plan_zones_with_stars"] == 1
    few = table.iloc[2:]
    assert zone_stars(few, zone) == {"mianyang-science-city": {}}
    assert by_group(counted(few))["plan_zones_with_stars"] == 0


def test_without_counties_no_zone_is_judged_by_stars(firms):
    assert zone_stars(firms, ["mianyang-science-city"]) == {}
    assert "plan_zones_with_stars" not in by_group(counted(firms))


def test_what_was_counted_after_the_day_is_not_shown(firms):
    past = assess(firms, as_of=date(2026, 1, 1), counted_on=date(2026, 9, 15))
    assert all(not s.measured for s in past)
    later = assess(firms, as_of=AS_OF, counted_on=date(2026, 9, 15))
    assert {o.period for s in later for o in s.measured} == {"2026-09-15"}


def test_measured_values_stand_beside_the_status_and_do_not_change_it(firms, tmp_path):
    ledger = open_ledger(tmp_path)
    got = {s.target.target_id: s for s in assess(firms, as_of=AS_OF, ledger=ledger)}
    ledger.close()
    assert len(got) == 128
    zones = got["S18-2025-01"]
    assert (zones.status, [o.value for o in zones.measured]) == ("not_comparable", [2])
    assert all(not s.used or s.used.origin != MEASURED for s in got.values())
