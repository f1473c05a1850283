"""The benchmark firms and candidates for their places."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.errors import InputError
from clusters.goals import MEASURED, benchmark_firms, candidates, measure_benchmark
from clusters.goals.candidates import criteria
from clusters.settings import data_path


@pytest.fixture
def firms():
    return pd.DataFrame(
        {
            "enterprise_id": ["1", "2", "3", "4"],
            "name": ["甲（成都）公司", "乙公司", "丙公司", "丁公司"],
            "former_names": [None, "老乙公司；更老乙公司", None, None],
            "ai_relevance": ["core", "related", "core", "weak"],
            "listing": [None, "300000 深交所创业板", None, "600000 上交所主板"],
            "honours": ["国家级专精特新小巨人", None, None, None],
        }
    )


def test_firms_are_joined_by_present_and_former_name(firms):
    got = benchmark_firms(firms, names=["更老乙公司", "甲(成都)公司", "无此公司"])
    assert list(got.table["in_snapshot"]) == [True, True, False]
    assert list(got.table["matched_by"].fillna("")) == ["former_name", "name", ""]
    assert list(got.table["enterprise_id"].fillna("")) == ["2", "1", ""]
    assert got.in_place == 2


def test_the_join_keeps_its_places_when_the_snapshot_is_empty(firms):
    got = benchmark_firms(firms.iloc[:0], names=["甲公司"])
    assert (len(got.table), got.in_place) == (1, 0)


def test_a_table_without_names_is_refused():
    with pytest.raises(InputError, match="name"):
        benchmark_firms(pd.DataFrame({"x": [1]}))


def test_candidates_are_ranked_by_the_stated_weights(firms):
    weight = criteria()["weight"]
    got = candidates(firms, benchmark_firms(firms, names=["丙公司"]))
    assert list(got["name"]) == ["甲（成都）公司", "乙公司"]
    assert list(got["score"]) == [weight["core"] + weight["little_giant"], weight["listed"]]
    assert list(got["criteria"]) == ["core;little_giant", "listed"]


def test_no_more_candidates_than_asked_for_and_those_the_best(firms):
    benchmark = benchmark_firms(firms, names=["丙公司"])
    assert list(candidates(firms, benchmark, limit=1)["name"]) == ["甲（成都）公司"]


def test_how_a_firm_was_found_stands_beside_whether(firms):
    table = benchmark_firms(firms, names=["丙公司"]).table
    at = list(table.columns).index("in_snapshot")
    assert table.columns[at + 1] == "matched_by"


def test_weak_firms_and_firms_in_place_are_no_candidates(firms):
    got = candidates(firms, benchmark_firms(firms, names=["甲（成都）公司"]))
    assert "丁公司" not in set(got["name"])
    assert "甲（成都）公司" not in set(got["name"])


def test_the_measured_count_is_marked(firms):
    got = measure_benchmark(
        benchmark_firms(firms, names=["甲（成都）公司"]), as_of=date(2026, 1, 1)
    )
    assert (got.value, got.origin) == (1, MEASURED)


def test_the_shipped_thirty_stand_in_the_shipped_enterprises():
    table = pd.read_csv(data_path("enterprises", "enterprises.csv"), dtype=str)
    got = benchmark_firms(table)
    assert len(got.table) == 30
    assert got.in_place == 30
    assert got.table["evidence_level"].value_counts().to_dict() == {"B": 15, "A": 11, "C": 4}


def test_weights_of_ones_own_change_the_order(firms):
    benchmark = benchmark_firms(firms, names=["丙公司"])
    got = candidates(firms, benchmark, weights={"core": 0, "little_giant": 0, "listed": 9})
    assert list(got["name"]) == ["乙公司"]
    assert list(got["score"]) == [9]


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"luck": 1}, "no such criterion"),
        ({"core": 11}, "0 to 10"),
        ({"core": -1}, "0 to 10"),
        ({"core": 1.5}, "whole number"),
        ({"core": True}, "whole number"),
        (dict.fromkeys(criteria().index, 0), "all are 0"),
    ],
)
def test_weights_that_make_no_sense_are_refused(firms, weights, words):
    with pytest.raises(InputError, match=words):
        candidates(firms, benchmark_firms(firms), weights=weights)


@given(st.dictionaries(st.sampled_from(sorted(criteria().index)), st.integers(0, 10), min_size=1))
def test_a_heavier_criterion_never_lowers_a_score(weights):
    table = pd.DataFrame(
        {
            "enterprise_id": ["1", "2"],
            "name": ["甲", "乙"],
            "ai_relevance": ["core", "related"],
            "listing": ["300000 深交所创业板", None],
            "honours": ["产业链链主", "制造业单项冠军"],
        }
    )
    benchmark = benchmark_firms(table, names=[])
    lighter = candidates(table, benchmark, weights=weights | {"core": 1, "champion": 1})
    heavier = candidates(table, benchmark, weights=weights | {"core": 4, "champion": 1})
    before = dict(zip(lighter["name"], lighter["score"], strict=True))
    after = dict(zip(heavier["name"], heavier["score"], strict=True))
    assert after["甲"] == before["甲"] + 3
    assert after["乙"] == before["乙"]


@pytest.mark.parametrize(
    ("column", "value", "met"),
    [
        ("listing", "拟港交所上市(2025-11-17递表)", False),
        ("listing", "深交所创业板IPO审核中", False),
        ("listing", "港交所(2025-12-23挂牌)", True),
        ("honours", "成都重点产业链链主或链属企业", False),
        ("honours", "成都市工业无人机产业链链主", True),
        ("honours", "国家级重点专精特新小巨人", True),
        ("honours", "四川省专精特新企业", False),
    ],
)
def test_an_application_is_no_listing_and_a_perhaps_no_honour(column, value, met):
    table = pd.DataFrame(
        {"enterprise_id": ["1"], "name": ["甲"], "ai_relevance": ["related"], column: [value]}
    )
    found = candidates(table, benchmark_firms(table, names=[]))
    assert bool(len(found)) is met


def test_size_is_unknown_where_nothing_is_recorded_and_growth_needs_two_snapshots():
    table = pd.DataFrame(
        {
            "enterprise_id": ["1", "2", "3", "4"],
            "name": ["大", "小", "不知", "长"],
            "ai_relevance": ["core"] * 4,
            "listing": [None] * 4,
            "honours": [None] * 4,
            "revenue_cny": [2e9, 1e8, None, 1.1e8],
            "employees": pd.array([None, 499, None, None], dtype="Int64"),
        }
    )
    benchmark = benchmark_firms(table, names=[])
    alone = candidates(table, benchmark).set_index("name")
    assert alone["criteria"].to_dict() == {
        "大": "core;size",
        "小": "core",
        "不知": "core",
        "长": "core",
    }
    assert alone["unknown"].to_dict() == {
        "大": "growth",
        "小": "growth",
        "不知": "size;growth",
        "长": "growth",
    }
    earlier = table.assign(revenue_cny=[2e9, None, None, 1e8], employees=[None, 450, None, None])
    both = candidates(table, benchmark, earlier=earlier).set_index("name")
    assert both["criteria"].to_dict()["长"] == "core;growth"
    assert both["criteria"].to_dict()["小"] == "core;growth"  # 499 of 450 employees
    assert both["unknown"].to_dict()["不知"] == "size;growth"
    # Less than a tenth more, or fewer, is no growth; what was nothing grows by no share.
    slow = table.assign(revenue_cny=None, employees=[None, 454, 7, 0])
    assert "growth" not in candidates(table, benchmark, earlier=slow)["criteria"].str.cat(sep=";")


def test_a_candidate_of_a_family_on_the_list_is_marked():
    table = pd.DataFrame(
        {
            "enterprise_id": ["1", "2", "3"],
            "name": ["母", "子", "外"],
            "ai_relevance": ["core"] * 3,
            "group_hint": ["母系", "母系", None],
        }
    )
    got = candidates(table, benchmark_firms(table, names=["母"])).set_index("name")
    assert got["shares_group"].to_dict() == {"子": True, "外": False}
