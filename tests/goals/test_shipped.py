"""The shipped targets and observations, and what the plan's own targets must say."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from clusters.goals import (
    STATUSES,
    Benchmark,
    evaluate,
    load_observations,
    load_targets,
    measure_benchmark,
    to_frame,
)
from clusters.goals.observations import _period_end, decimal_year
from clusters.goals.plan import same_unit
from clusters.ledger import add_observation, open_ledger
from drafts import draft

AS_OF = date(2026, 11, 22)


@pytest.fixture(scope="module")
def statuses():
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
            if status.rule == "met_by_part":
                assert status.used.part_of(status.target.area_id)
            else:
                assert status.used.area == status.target.area
            assert same_unit(status.used.unit, status.target.unit)
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
    given = draft(indicator_id="AI_CORE_SIZE", period="2025", value=1050)
    add_observation(ledger, given, who="analyst")
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


def golden() -> pd.DataFrame:
    """Return the statuses of the shipped data as people reviewed them, row by row."""
    file = Path(__file__).with_name("statuses.2026-11-22.csv")
    return pd.read_csv(file, dtype=str, keep_default_na=False).set_index("target_id")


def test_the_shipped_statuses_are_those_reviewed(statuses):
    reviewed = golden()
    assert list(reviewed.index) == list(statuses)
    for target_id, status in statuses.items():
        row = reviewed.loc[target_id]
        told = {
            "status": status.status,
            "rule": status.rule,
            "used": status.used.observation_id if status.used else "",
            "gap": "" if status.gap is None else f"{status.gap:g}",
            "caveats": ";".join(status.caveats),
        }
        assert told == row.to_dict(), target_id


# What an auditor asks of the table as a whole.
def test_no_target_without_a_comparable_value_claims_success_failure_or_pace(statuses):
    claims = {"reached", "on_path", "behind", "far_behind", "missed"}
    for status in statuses.values():
        assert (status.status in claims) <= (status.used is not None)


def test_the_platforms_of_chengdu_alone_meet_the_target_of_the_province(statuses):
    got = statuses["S22-2025-02"]
    assert (got.rule, got.used.area, got.used.value) == ("met_by_part", "成都市", 10)


def test_a_provincial_cluster_list_is_no_agglomeration_zone(statuses):
    got = statuses["S18-2025-01"]
    assert (got.rule, [o.definition_group for o in got.nearest]) == (
        "other_definition",
        ["ai_cluster_prov"],
    )


def test_three_quarters_of_a_year_leave_no_gap_to_the_number_of_a_year(statuses):
    got = statuses["CD24-2024-01"]
    assert (got.rule, got.used.period, got.gap) == ("none_for_due_year", "2023", 220)


@pytest.mark.parametrize(
    ("day", "known"),
    [
        (date(2021, 1, 31), set()),  # the 200 of 2020 were published in October 2021
        (date(2021, 12, 31), {200.0}),
        (date(2024, 6, 18), {200.0}),
        (date(2024, 6, 19), {200.0, 780.0}),
    ],
)
def test_a_day_in_the_past_knows_what_was_public_then(day, known):
    got = {s.target.target_id: s for s in evaluate(day)}["CD21-2022-01"]
    values = {o.value for o in (got.used, *got.nearest) if o is not None}
    assert values == known


def test_a_plan_of_2024_is_not_issued_in_2023():
    got = {s.target.target_id: s for s in evaluate(date(2023, 12, 31))}
    assert (got["S24-2027-05"].status, got["S24-2027-05"].rule) == ("not_due", "not_issued")
    assert got["S24-2027-05"].nearest == ()
    assert got["S18-2025-03"].rule == "other_definition"
