"""Sums over areas and industries: of a whole, of parts added up, of firms that are alike."""

import numpy as np
import pandas as pd
import pytest

from clusters.errors import MetricError
from clusters.metrics.parts import alike, merged
from clusters.metrics.plants import ALIKE
from clusters.metrics.sums import OTHERS, Level, Sums, cross_table, take_sums
from clusters.metrics.table import SCHEMES
from metrics.cases import AREAS

COUNTY = Level("county", AREAS, "county_code")
ZONE = Level("zone", AREAS, "zone_ids", whole=False)
SINCE = pd.Timestamp("2020-01-01")


def _firms(number: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    zones = [["a"], ["a", "b"], [], ["c"], ["elsewhere"]]
    return pd.DataFrame(
        {
            "county_code": pd.Series(rng.choice([*"abx", None], number), dtype="str"),
            "zone_ids": [zones[k] for k in rng.integers(0, len(zones), number)],
            "ai_relevance": pd.Series(rng.choice(["core", "related", "none"], number), dtype="str"),
            "segment": pd.Series(rng.choice(["uav", "robotics", "chips"], number), dtype="str"),
            "chain_layer": pd.Series(rng.choice(["technology", "application"], number)),
            "employees": rng.choice([10.0, 250.0, np.nan], number),
            "founded": pd.to_datetime(rng.choice(["2011-02-03", "2022-02-03", None], number)),
        }
    )


FIRMS = _firms()


@pytest.mark.parametrize("level", [COUNTY, ZONE], ids=lambda level: level.name)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_counts_are_those_of_a_plain_loop(level: Level, scheme: str) -> None:
    found = take_sums(FIRMS, level, scheme, "firms")
    expected = dict.fromkeys(
        ((area, name) for area in AREAS.index for name in found.counts.columns), 0
    )
    for firm in FIRMS.to_dict("records"):
        ai = firm["ai_relevance"] in {"core", "related"}
        names = [firm["ai_relevance"], "ai"] if scheme == "ai" else [firm[scheme]]
        areas = firm["zone_ids"] if level is ZONE else [firm["county_code"]]
        for key in ((area, name) for area in areas for name in names):
            if key in expected and (ai or (scheme == "ai" and key[1] != "ai")):
                expected[key] += 1
    assert {key: found.counts.loc[key] for key in expected} == expected
    pd.testing.assert_frame_equal(found.counts, found.firms)


def test_a_firm_in_a_part_of_a_zone_counts_in_the_whole_once() -> None:
    also = FIRMS.assign(zone_also_ids=[["b"] if "a" in ids else [] for ids in FIRMS["zone_ids"]])
    said = take_sums(FIRMS, ZONE, "ai", "firms").counts["ai"]
    found = take_sums(also, ZONE, "ai", "firms").counts["ai"]
    assert said["b"] < said["a"]
    assert found.to_dict() == {**said.to_dict(), "b": said["a"]}


def test_totals_take_every_firm_once_where_areas_do_not_overlap() -> None:
    found = take_sums(FIRMS, COUNTY, "segment", "firms")
    placed = FIRMS["county_code"].isin(list("abc"))
    assert found.grand_total == placed.sum()
    assert found.area_total.tolist() == [(FIRMS["county_code"] == k).sum() for k in "abc"]
    assert found.unplaced == FIRMS["county_code"].isna().sum()


def test_totals_are_of_the_registry_where_areas_overlap() -> None:
    found = take_sums(FIRMS, ZONE, "segment", "firms")
    assert found.grand_total == len(FIRMS)
    assert found.industry_total.sum() == FIRMS["ai_relevance"].isin(["core", "related"]).sum()
    assert found.unplaced == 0


def test_amounts_are_added_and_firms_without_one_told() -> None:
    found = take_sums(FIRMS, COUNTY, "ai", "employees")
    here = FIRMS[(FIRMS["county_code"] == "a") & (FIRMS["ai_relevance"] == "core")]
    assert found.counts.loc["a", "core"] == here["employees"].sum()
    assert found.firms.loc["a", "core"] == here["employees"].notna().sum()
    assert found.unweighted == FIRMS["employees"].isna().sum()
    assert not found.tested


@pytest.mark.parametrize("level", [COUNTY, ZONE], ids=lambda level: level.name)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_parts_add_up_to_the_whole(level: Level, scheme: str) -> None:
    """Each part counts its kinds of firms; together they are the table of all firms."""

    def counted(firms: pd.DataFrame) -> Sums:
        kinds = alike(firms, [*SUMMED, "founded"])
        assert kinds["number"].sum() == len(firms)
        return take_sums(kinds, level, scheme, "firms", since=SINCE, number="number")

    whole = take_sums(FIRMS, level, scheme, "firms", since=SINCE)
    found = merged([counted(FIRMS[:10]), counted(FIRMS[10:170]), counted(FIRMS[170:])])
    for name in ("counts", "firms", "dated", "earlier"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(whole, name))
        same = [getattr(one, name).to_numpy().strides for one in (found, whole)]
        assert same[0] == same[1], "in another layout the last digit of a sum may differ"
    pd.testing.assert_series_equal(found.area_total, whole.area_total, check_names=False)
    pd.testing.assert_series_equal(found.industry_total, whole.industry_total, check_names=False)
    assert (found.grand_total, found.unplaced) == (whole.grand_total, whole.unplaced)
    assert found.plants[ALIKE].sum() == len(whole.plants)


SUMMED = ("ai_relevance", "chain_layer", "segment", "county_code", "zone_ids")


def test_a_cross_table_leaves_out_what_is_not_asked_for() -> None:
    plants = pd.DataFrame(
        {"area": list("aabz"), "industry": ["uav", OTHERS, "uav", "uav"], "size": [2.0, 1, 3, 4]}
    )
    names = ["chips", "uav"]
    table = cross_table(plants, "sum", AREAS.index, names)
    assert table.to_numpy().tolist() == [[0, 2], [0, 3], [0, 0]]
    assert table.columns.tolist() == names
    counted = cross_table(plants, "count", AREAS.index, names)
    assert counted["uav"].tolist() == [1, 1, 0]


def test_amounts_below_zero_are_refused() -> None:
    broken = FIRMS.assign(employees=-1.0)
    with pytest.raises(MetricError, match="employees by county"):
        _ = take_sums(broken, COUNTY, "ai", "employees").cross
