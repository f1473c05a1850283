"""The shipped targets and observations, and what the plan's own targets must say."""

from datetime import date

import pandas as pd
import pytest

from clusters.errors import ShippedDataError
from clusters.goals import (
    STATUSES,
    evaluate,
    load_observations,
    load_targets,
    measure_benchmark,
    to_frame,
)
from clusters.goals.firms import Benchmark
from clusters.goals.observations import _period_end, decimal_year
from clusters.ledger import Draft, add_observation, open_ledger
from clusters.settings import data_path

AS_OF = date(2026, 11, 22)


@pytest.fixture(scope="module")
def statuses():
    try:
        data_path("goals", "targets.csv")
    except ShippedDataError:
        pytest.skip("the shipped goals are not built yet")
    return {s.target.target_id: s for s in evaluate(AS_OF)}


def test_all_targets_are_read_and_have_a_status(statuses):
    assert len(statuses) == 128
    assert sum(s.target.plan_id == "SC-AI-2018" for s in statuses.values()) == 24
    assert {s.status for s in statuses.values()} <= set(STATUSES)
    assert {s.target.kind for s in statuses.values()} == {"plan", "draft", "press report"}


def test_targets_in_words_are_qualitative_and_no_others(statuses):
    for status in statuses.values():
        assert (status.status == "qualitative") == status.target.qualitative


def test_core_industry_size_is_not_compared_with_industry_size(statuses):
    got = statuses["S18-2025-03"]
    assert (got.status, got.rule) == ("not_comparable", "other_definition")
    assert got.target.value == 1000
    assert got.used is None
    assert got.projection is None
    assert {o.value for o in got.nearest} >= {900, 1300}
    assert "ai_core_size" not in {o.definition_group for o in got.nearest}


def test_thirty_benchmark_firms_are_our_selection(statuses):
    got = statuses["S18-2025-02"]
    assert (got.status, got.rule) == ("no_public_value", "own_selection")


def test_our_selection_is_shown_as_measured_and_decides_nothing():
    table = pd.DataFrame({"name": ["甲", "乙"], "in_snapshot": [True, False]})
    mine = measure_benchmark(Benchmark(table), as_of=AS_OF)
    got = {s.target.target_id: s for s in evaluate(AS_OF, measured=[mine])}["S18-2025-02"]
    assert got.status == "no_public_value"
    assert [o.value for o in got.measured] == [1]
    assert "no official list" in got.measured[0].definition_note


@pytest.mark.parametrize(
    "target_id",
    ["S18-2020-01", "S18-2020-02", "S18-2020-03", "S18-2020-04", "S18-2020-05", "S18-2020-08"],
)
def test_patents_standards_pilots_have_no_public_value_which_is_not_zero(statuses, target_id):
    got = statuses[target_id]
    assert (got.status, got.rule) == ("no_public_value", "no_value")
    assert got.used is None
    assert got.gap is None


def test_chengdu_2023_was_missed_by_its_own_number(statuses):
    got = statuses["CD21-2023-01"]
    assert (got.status, got.used.value, got.gap) == ("missed", 780, 20)


def test_no_status_rests_on_a_forecast_a_derived_value_or_another_definition(statuses):
    for status in statuses.values():
        if status.used:
            assert status.used.actual
            assert status.used.definition_group == status.target.definition_group
            assert status.used.area == status.target.area
            assert status.used.unit == status.target.unit
            assert status.used.source


def test_every_status_without_projection_says_why(statuses):
    for status in statuses.values():
        if not status.target.qualitative:
            assert (status.projection is None) == bool(status.projection_reason)


def test_the_table_has_one_row_per_target_and_is_the_same_every_time(statuses):
    first = to_frame(evaluate(AS_OF))
    pd.testing.assert_frame_equal(first, to_frame(evaluate(AS_OF)))
    assert list(first["target_id"]) == [t.target_id for t in load_targets()]
    assert first["rule_zh"].ne("").all()
    assert "1300" in first.set_index("target_id").loc["S18-2025-03", "nearest"]


def test_an_observation_of_the_ledger_takes_part(tmp_path):
    ledger = open_ledger(tmp_path)
    draft = Draft(
        indicator_id="AI_CORE_SIZE",
        area="四川省",
        period="2025",
        value=1050,
        unit="亿元",
        source="https://example.org/report",
        confidence="high",
    )
    add_observation(ledger, draft, who="analyst")
    rows = load_observations(ledger)
    ledger.close()
    got = {s.target.target_id: s for s in evaluate(AS_OF, rows)}["S18-2025-03"]
    assert (got.status, got.used.origin, got.gap) == ("reached", "ledger", 0)


def test_before_2018_nothing_is_known():
    got = evaluate(date(2017, 1, 1))
    assert all(s.used is None for s in got)


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("2024", date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("2024-12", date(2024, 12, 31)),
        ("2025-Q3", date(2025, 9, 30)),
        ("2025-06-15", date(2025, 6, 15)),
    ],
)
def test_the_end_of_a_period(period, day):
    assert _period_end(period) == day


def test_decimal_years_stand_at_the_end_of_the_day():
    assert decimal_year(date(2024, 12, 31)) == 2025.0
    assert decimal_year(date(2023, 12, 31)) == 2024.0
