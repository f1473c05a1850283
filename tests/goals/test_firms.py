"""The benchmark firms and candidates for their places."""

from datetime import date

import pandas as pd
import pytest

from clusters.errors import InputError, ShippedDataError
from clusters.goals import MEASURED, benchmark_firms, candidates, measure_benchmark
from clusters.goals.firms import criteria
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
    try:
        table = pd.read_csv(data_path("enterprises", "enterprises.csv"), dtype=str)
    except ShippedDataError:
        pytest.skip("the shipped enterprises are not built yet")
    got = benchmark_firms(table)
    assert len(got.table) == 30
    assert got.in_place == 30
    assert got.table["evidence_level"].value_counts().to_dict() == {"B": 15, "A": 11, "C": 4}
