"""Statuses as records for other programs."""

import json
from datetime import date

import pytest

from clusters.goals import evaluate, load_successions, to_records
from clusters.goals.report import gap_bound


@pytest.fixture(scope="module")
def shipped():
    return {row["target_id"]: row for row in to_records(evaluate(date(2026, 11, 22)))}


def test_every_record_is_plain_and_complete(shipped):
    assert len(shipped) == 128
    text = json.dumps(shipped, ensure_ascii=False, default=str)
    assert "四川省" in text
    for row in shipped.values():
        assert row["status"]
        assert row["rule_zh"]
        assert row["rule_en"]
        assert row["document"]
        assert row["document_kind"] in {"plan", "draft", "press report"}
        if row["status"] != "qualitative":
            assert bool(row["projection"]) != bool(row["projection_reason"])
            assert (row["gap"] is None) == (row["gap_bound"] is None)


def test_a_value_used_names_its_source_definition_and_date(shipped):
    used = shipped["S24-2027-05"]["used"]
    assert (used["qualifier"], used["value"], used["period"]) == (">", 1300, "2024")
    assert used["source"].startswith("http")
    assert (used["definition_zh"], used["published"]) == ("产业规模", "2025-03-14")
    assert shipped["S24-2027-05"]["path"]["base"]["value"] == 1300


def test_core_industry_size_tells_which_definitions_are_public(shipped):
    core = shipped["S18-2025-03"]
    assert (core["status"], core["used"], core["gap"]) == ("not_comparable", None, None)
    names = {value["definition_zh"] for value in core["nearest_values"]}
    assert names == {"产业规模", "产业营收", "产业总值"}
    assert "1300" in core["nearest"]
    broken = [s for s in core["successions"] if s["definition"] == "changed"]
    assert {"S24-2027-05"} <= {s["later"] for s in broken}


def test_successions_of_all_records_are_those_of_the_table(shipped):
    told = {(s["earlier"], s["later"]) for row in shipped.values() for s in row["successions"]}
    assert told == {(s.earlier, s.later) for s in load_successions()}


# "over 1300" leaves at most 700 to 2000; "over 1.4" of a ceiling of 1.3 leaves at least 0.1.
@pytest.mark.parametrize(
    ("comparator", "qualifier", "value", "bound"),
    [
        (">=", "=", 150, "exact"),
        (">=", ">", 150, "at_most"),
        (">=", "<", 150, "at_least"),
        (">=", "~", 150, "about"),
        (">=", ">", 250, "exact"),
        ("<=", ">", 250, "at_least"),
        ("<=", "<", 250, "at_most"),
    ],
)
def test_how_sure_a_gap_is(target, seen, comparator, qualifier, value, bound):
    plan = target(comparator=comparator)
    got = evaluate(date(2026, 11, 22), [seen(2025, value, qualifier=qualifier)], targets=[plan])[0]
    assert gap_bound(got) == bound


def test_no_gap_no_bound(target):
    assert gap_bound(evaluate(date(2026, 1, 1), [], targets=[target()])[0]) is None
