"""Rules against cases worked by hand, and properties.

Times are decimal years at the end of a period: 2023.0 is the end of 2022.
"""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.goals import MEASURED, STATUSES, evaluate, rule_text, rules

AS_OF = date(2026, 11, 22)


def one(target, *observations, as_of=AS_OF, measured=()):
    return evaluate(as_of, observations, measured=measured, targets=[target])[0]


def test_every_rule_gives_a_known_status_and_has_words_in_both_languages():
    table = rules()
    assert set(table["status"]) == set(STATUSES)
    assert table[["zh", "en"]].ne("").all(axis=None)
    assert "不等于零" in rule_text("no_value")
    assert "not zero" in rule_text("no_value", "en")


# Base 100 at the end of 2022, target 200 at the end of 2027: the straight path asks 20 a year,
# 140 at the end of 2024; constant growth asks 100 * 2 ** (2 / 5) = 131.95 then.
@pytest.mark.parametrize(
    ("value", "status", "rule", "progress"),
    [
        (150, "on_path", "ahead_of_linear", 1.25),
        (140, "on_path", "ahead_of_linear", 1.0),
        (135, "on_path", "ahead_of_growth", 0.875),
        (125, "behind", "half_of_path", 0.625),
        (120, "behind", "half_of_path", 0.5),
        (110, "far_behind", "less_than_half", 0.25),
        (90, "far_behind", "less_than_half", -0.25),
        (200, "reached", "met", None),
        (260, "reached", "met", None),
    ],
)
def test_pace_against_the_two_paths(target, seen, value, status, rule, progress):
    got = one(target(), seen(2023, 100), seen(2025, value))
    assert (got.status, got.rule) == (status, rule)
    assert got.gap == max(0, 200 - value)
    if progress is not None:
        assert got.path.progress == pytest.approx(progress)


def test_the_path_is_computed_for_the_day(target, seen):
    got = one(target(), seen(2023, 100), seen(2025, 110), as_of=date(2025, 12, 31))
    # end of 2025: three of five years
    assert got.path.required_linear == pytest.approx(160)
    assert got.path.required_growth == pytest.approx(100 * 2 ** (3 / 5))
    assert got.path.run_rate == pytest.approx(5)
    assert got.path.required_rate == pytest.approx(90 / 3)
    assert got.path.required_growth_rate == pytest.approx((200 / 110) ** (1 / 3) - 1)
    assert got.path.base.value == 100


def test_the_base_is_the_last_value_of_the_plans_first_year(target, seen):
    got = one(target(plan_year=2023), seen(2021, 10), seen(2024, 100), seen(2025, 150))
    assert got.path.base.value == 100


def test_ceilings_are_met_from_above(target, seen):
    ceiling = target(comparator="<=", value=1.3, unit="ratio")
    rows = [seen(2023, 1.5, unit="ratio"), seen(2025, 1.4, unit="ratio")]
    got = one(ceiling, *rows)
    # the straight path asks 1.42 at the end of 2024
    assert (got.rule, got.gap) == ("ahead_of_linear", pytest.approx(0.1))
    assert one(ceiling, seen(2025, 1.3, unit="ratio")).status == "reached"
    assert one(ceiling, seen(2023, 1.5, unit="ratio"), seen(2025, 1.6, unit="ratio")).status == (
        "far_behind"
    )


@pytest.mark.parametrize(
    ("comparator", "qualifier", "value", "rule"),
    [
        (">=", "=", 200, "met"),
        ("=", "=", 210, "met"),
        (">", "=", 200, "bound_undecided"),  # rounded: neither over nor not
        (">", ">", 200, "met"),
        (">", ">=", 200, "bound_undecided"),
        (">", "=", 199, "below_at_due"),
        (">=", ">", 150, "bound_undecided"),  # "over 150" may be 220
        (">=", "~", 200, "bound_undecided"),
        (">=", "~", 212, "met"),
        (">=", "~", 180, "below_at_due"),
        ("~", "=", 180, "met"),  # "about 200" from 90 %
        ("~", "=", 179, "below_at_due"),
        ("<", "=", 199, "met"),
        ("<", "<", 200, "met"),
        ("<", "=", 201, "below_at_due"),
        ("<=", "<=", 200, "met"),
    ],
)
def test_comparators_and_qualifiers_at_the_due_date(
    target, seen, comparator, qualifier, value, rule
):
    due = target(comparator=comparator, due_year=2025)
    assert one(due, seen(2026, value, qualifier=qualifier)).rule == rule


def test_a_due_year_without_a_value_is_not_a_miss(target, seen):
    got = one(target(due_year=2025), seen(2024, 150))
    assert (got.status, got.rule, got.gap) == ("no_public_value", "none_for_due_year", 50)


def test_a_miss_at_the_due_date_stands_against_later_success(target, seen):
    got = one(target(due_year=2023), seen(2024, 190), seen(2025, 300))
    assert (got.status, got.used.value) == ("missed", 190)


def test_success_seen_only_later_is_said_to_be_late(target, seen):
    got = one(target(due_year=2023), seen(2022, 100), seen(2025, 300))
    assert (got.status, got.rule) == ("reached", "met_after_due")


def test_a_newer_failure_takes_an_older_success_back(target, seen):
    assert one(target(), seen(2024, 210), seen(2025, 150)).status != "reached"


@pytest.mark.parametrize("nature", ["forecast", "derived"])
def test_forecasts_and_derived_values_never_count_as_reached(target, seen, nature):
    got = one(target(), seen(2025, 500, nature=nature))
    assert (got.status, got.rule) == ("no_public_value", "only_not_actual")
    assert got.nearest[0].value == 500


def test_part_of_a_year_may_show_success_but_no_pace_and_no_miss(target, seen):
    part = seen(2024.75, 150, partial=True)
    assert one(target(), part).rule == "one_value"
    assert one(target(), seen(2024.75, 230, partial=True)).status == "reached"
    assert one(target(due_year=2024), seen(2025.0, 150, partial=True)).rule == "none_for_due_year"


def test_the_gap_of_part_of_a_year_says_nothing(target, seen):
    got = one(target(due_year=2024), seen(2024.75, 150, partial=True))
    assert (got.rule, got.gap) == ("none_for_due_year", None)
    whole = one(target(due_year=2024), seen(2024, 120), seen(2024.75, 150, partial=True))
    assert (whole.used.value, whole.gap) == (120, 80)


def test_values_after_the_day_are_not_known_yet(target, seen):
    assert one(target(), seen(2025, 300), as_of=date(2024, 6, 30)).rule == "no_value"


def test_a_value_is_known_from_its_publication_on(target, seen):
    late = seen(2024, 300, published="2024-03-10", known=2024.19)
    assert one(target(), late, as_of=date(2024, 2, 1)).rule == "no_value"
    assert one(target(), late, as_of=date(2024, 4, 1)).rule == "met"
    guess = seen(2025, 300, nature="forecast", known=2023.5)
    assert one(target(), guess, as_of=date(2023, 1, 1)).rule == "no_value"
    assert one(target(), guess, as_of=date(2023, 12, 1)).rule == "only_not_actual"


@pytest.mark.parametrize(
    ("issued", "year", "day", "rule"),
    [
        ("2024-11", 2024, date(2024, 10, 31), "not_issued"),
        ("2024-11", 2024, date(2024, 11, 1), "no_value"),
        ("", 2024, date(2023, 12, 31), "not_issued"),
        ("", 2024, date(2024, 1, 1), "no_value"),
        ("", None, date(1999, 1, 1), "no_value"),
    ],
)
def test_a_plan_is_judged_from_its_issue_on(target, issued, year, day, rule):
    got = one(target(issued=issued, plan_year=year), as_of=day)
    assert got.rule == rule
    words = one(target(issued=issued, plan_year=year, value=None, comparator="qual"), as_of=day)
    assert words.rule == ("not_issued" if rule == "not_issued" else "words_only")


def test_one_value_gives_no_pace(target, seen):
    got = one(target(), seen(2024, 150))
    assert (got.status, got.rule) == ("not_due", "one_value")
    assert got.path.required_growth_rate == pytest.approx((200 / 150) ** (1 / 4) - 1)


def test_values_from_before_the_plan_give_no_pace(target, seen):
    got = one(target(plan_year=2025), seen(2023, 100), seen(2025, 150))
    assert got.rule == "no_value_since_base"


def test_no_due_date(target, seen):
    got = one(target(due_year=None), seen(2025, 150))
    assert (got.status, got.gap, got.path) == ("not_due", 50, None)


def test_words_are_for_people(target):
    got = one(target(value=None, comparator="qual"))
    assert (got.status, got.gap) == ("qualitative", None)


def test_another_definition_is_never_joined(target, seen):
    core = target(indicator_id="AI_CORE_SIZE", definition_group="core", family="ai_size")
    other = seen(2025, 999, indicator_id="AI_IND_SIZE", definition_group="industry")
    got = one(core, other)
    assert (got.status, got.rule) == ("not_comparable", "other_definition")
    assert got.used is None
    assert got.gap is None
    assert got.nearest == (other,)
    assert got.projection_reason == "definition_break"


def test_another_area_or_unit_is_never_joined(target, seen):
    rows = [seen(2025, 999, area="成都市"), seen(2025, 999, unit="%")]
    assert one(target(), *rows).rule == "no_value"


def test_measured_values_are_shown_and_decide_nothing(target, seen):
    mine = seen(2025, 500, origin=MEASURED)
    got = one(target(), measured=[mine])
    assert (got.status, got.measured) == ("no_public_value", (mine,))
    assert one(target(), mine).status == "no_public_value"


def test_conflicting_values_are_kept_beside_the_used_one(target, seen):
    sure = seen(2025, 150, confidence="high")
    other = seen(2025, 170, confidence="low")
    got = one(target(), seen(2023, 100), other, sure)
    assert (got.used, got.conflicts) == (sure, (other,))


def test_of_two_values_for_a_time_the_surer_one_decides(target, seen):
    due = target(due_year=2025)
    rows = [seen(2026, 150, confidence="high"), seen(2026, 250, confidence="low")]
    assert one(due, *rows).status == "missed"


def test_caveats(target, seen):
    draft = target(kind="draft")
    row = seen(2024, 150, qualifier=">", confidence="low")
    assert one(draft, row).caveats == (
        "floor",
        "stale",
        "low_confidence",
        "no_link",
        "draft_plan",
    )
    linked = seen(2026, 150, source="https://example.org/1", inferred=True, partial=True)
    assert one(target(), linked).caveats == ("partial", "definition_inferred")


def place(seen, time, value, area_id, *, area="成都市", **changes):
    return seen(time, value, area=area, area_id=area_id, **changes)


def test_a_part_that_has_it_all_meets_the_target_of_the_whole(target, seen):
    whole = target(area_id="510000")
    got = one(whole, place(seen, 2025, 210, "510100"))
    assert (got.status, got.rule, got.gap) == ("reached", "met_by_part", 0)
    assert got.projection_reason == "part_of_area"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"value": 150}, "part_only"),  # 150 in a part bounds the whole from below, no more
        ({"value": 210, "definition_group": "y"}, "other_definition"),
        ({"value": 210, "area_id": "500100"}, "no_value"),  # of another province
        ({"value": 210, "area_id": "510000", "area": "别处"}, "no_value"),
        ({"value": 210, "nature": "forecast"}, "no_value"),
        ({"value": 210, "time": 2029.0}, "part_only"),  # after the due date
    ],
)
def test_what_a_part_cannot_decide(target, seen, changes, rule):
    given = {"time": 2025, "area_id": "510100"} | changes
    part = place(seen, **given)
    assert one(target(area_id="510000"), part, as_of=date(2030, 1, 1)).rule == rule


@pytest.mark.parametrize("unit", ["%", "毫秒", "ratio"])
def test_shares_do_not_add_up_so_a_part_says_nothing(target, seen, unit):
    whole = target(area_id="510000", unit=unit)
    assert one(whole, place(seen, 2025, 300, "510100", unit=unit)).rule == "no_value"


def test_a_part_does_not_bound_a_ceiling(target, seen):
    ceiling = target(area_id="510000", comparator="<=")
    assert one(ceiling, place(seen, 2025, 100, "510100")).rule == "no_value"


def test_a_newer_value_of_the_whole_stands_against_an_older_part(target, seen):
    got = one(target(area_id="510000"), seen(2025, 150), place(seen, 2024, 210, "510100"))
    assert got.used.value == 150
    assert [o.value for o in got.parts] == [210]


def test_measure_words_of_counted_things_are_one_unit(target, seen):
    plants = target(unit="个", definition_group="advanced", family="plants", indicator_id="A")
    row = seen(2025, 800, unit="家", definition_group="all", indicator_id="A")
    got = one(plants, row)
    assert got.rule == "no_value"  # the family comes from the indicator table
    assert one(target(unit="个"), seen(2025, 250, unit="家")).rule == "met"


def test_a_value_chosen_by_a_person_is_used_before_a_surer_one(target, seen):
    sure = seen(2025, 150, confidence="high")
    chosen = seen(2025, 170, confidence="low", chosen="agreed with the statistics office")
    got = one(target(), seen(2023, 100), sure, chosen)
    assert (got.used, got.conflicts) == (chosen, (sure,))


VALUES = st.floats(min_value=1, max_value=1e6)
ORDER = ["far_behind", "behind", "on_path", "reached"]


@given(VALUES, VALUES, VALUES)
def test_a_higher_value_never_makes_the_status_worse(target, seen, base, one_value, more):
    low, high = sorted((one_value, more))
    plan = target(value=2 * base)
    first = one(plan, seen(2023, base), seen(2025, low))
    second = one(plan, seen(2023, base), seen(2025, high))
    assert ORDER.index(first.status) <= ORDER.index(second.status)
    assert first.gap >= second.gap >= 0


@given(VALUES, VALUES)
def test_a_value_of_a_part_never_makes_the_status_worse(target, seen, of_part, of_whole):
    plan = target(area_id="510000", value=1000)
    alone = one(plan, seen(2023, 100), seen(2025, of_whole))
    beside = one(plan, seen(2023, 100), seen(2025, of_whole), place(seen, 2025, of_part, "510100"))
    assert ORDER.index(beside.status) >= ORDER.index(alone.status)


@given(st.lists(st.tuples(st.integers(2016, 2026), VALUES), max_size=8), st.integers(2014, 2027))
def test_no_projection_crosses_a_break_of_definition(target, seen, rows, year):
    own = [seen(t, v) for t, v in rows[::2]]
    other = [seen(t, v, definition_group="y") for t, v in rows[1::2]]
    day = date(year, 12, 31)
    assert one(target(), *own, *other, as_of=day).projection == (
        one(target(), *own, as_of=day).projection
    )


@given(VALUES)
def test_the_gap_is_zero_at_the_target(target, seen, value):
    got = one(target(value=value), seen(2025, value))
    assert (got.status, got.gap) == ("reached", 0)


@given(st.lists(st.tuples(st.sampled_from([2021, 2022, 2023, 2024, 2025]), VALUES), max_size=6))
def test_the_order_of_the_values_does_not_matter(target, seen, rows):
    made = [seen(t, v) for t, v in rows]
    assert one(target(), *made) == one(target(), *reversed(made))
