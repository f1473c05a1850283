"""Paths and paces at their edges: bases that met the target, ties, dates, and the horizon.

Times are decimal years at the end of a period: 2023.0 is the end of 2022.
"""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.goals import evaluate, project
from clusters.goals.frame import to_frame
from clusters.goals.observations import one_per_time
from clusters.goals.paths import pace, path_to
from clusters.goals.trajectory import fit, usable

AS_OF = date(2026, 11, 22)


def status(target, *observations):
    return evaluate(AS_OF, observations, measured=(), targets=[target])[0]


@pytest.mark.parametrize(
    ("base", "last"),
    [(200, 190), (250, 190), (250, 10)],  # asked 200: met at the start, lost since
)
def test_a_target_met_at_the_start_and_lost_since_is_far_behind(target, seen, base, last):
    got = status(target(), seen(2023, base), seen(2025, last))
    assert (got.status, got.rule) == ("far_behind", "less_than_half")
    assert got.path.progress is None  # there is no path of which to be a share


def test_a_ceiling_kept_at_the_start_and_broken_since_is_far_behind(target, seen):
    ceiling = target(comparator="<=", value=1.3, unit="ratio")
    rows = [seen(2023, 1.2, unit="ratio"), seen(2025, 1.4, unit="ratio")]
    got = status(ceiling, *rows)
    assert (got.rule, got.path.progress) == ("less_than_half", None)


def test_falling_along_the_path_of_a_ceiling_is_progress(target, seen):
    # From 2.0 down to 1.0 in five years: 0.4 in two; 1.9 is a quarter of it, 1.8 half.
    for value, rule, progress in ((1.9, "less_than_half", 0.25), (1.8, "half_of_path", 0.5)):
        rows = [seen(2023, 2.0, unit="ratio"), seen(2025, value, unit="ratio")]
        got = status(target(comparator="<=", value=1.0, unit="ratio"), *rows)
        assert got.rule == rule
        assert got.path.progress == pytest.approx(progress)


@pytest.mark.parametrize(
    ("rows", "rule"),
    [([(2025, 150)], "one_value"), ([(2021, 90), (2023, 100)], "no_value_since_base")],
)
def test_without_a_value_after_the_base_there_is_no_pace(target, seen, rows, rule):
    assert pace(target(), [seen(*row) for row in rows]) == rule


def test_growth_from_nothing_has_no_constant_rate(target, seen):
    rows = [seen(2023, 0), seen(2025, 100)]
    path = path_to(target(), rows, 2026.0)
    assert path.required_growth is None
    assert path.required_linear == pytest.approx(120)
    assert path.required_growth_rate == pytest.approx((200 / 100) ** (1 / 3) - 1)
    assert pace(target(), rows) == "ahead_of_linear"  # 80 asked


def test_after_the_due_date_the_path_stays_at_the_target(target, seen):
    path = path_to(target(), [seen(2023, 100), seen(2029, 150)], 2031.0)
    assert path.required_linear == 200
    assert (path.required_rate, path.required_growth_rate) == (None, None)
    assert path.run_rate == pytest.approx(50 / 6)


@pytest.mark.parametrize("due", [None, 2022])
def test_there_is_no_path_to_a_target_that_was_due_at_the_base_or_never(target, seen, due):
    assert path_to(target(due_year=due), [seen(2023, 100)], 2026.0) is None
    assert path_to(target(), [], 2026.0) is None


def test_without_a_year_of_the_plan_the_first_value_is_the_base(target, seen):
    rows = [seen(2021, 10), seen(2023, 100), seen(2025, 150)]
    assert path_to(target(plan_year=None), rows, 2026.0).base.value == 10
    assert path_to(target(plan_year=2022), rows, 2026.0).base.value == 100


@given(st.floats(1, 500), st.floats(1, 500), st.floats(1.0001, 100))
def test_a_better_value_is_never_judged_slower(target, seen, base, last, more):
    order = ["less_than_half", "half_of_path", "ahead_of_growth", "ahead_of_linear"]
    worse, better = (pace(target(), [seen(2023, base), seen(2025, v)]) for v in (last, last * more))
    assert order.index(better) >= order.index(worse)


@given(st.sampled_from([2.0**-4, 0.5, 8.0, 2.0**20]), st.floats(1, 400), st.floats(1, 400))
def test_the_unit_of_a_target_does_not_matter_to_its_pace(target, seen, factor, base, last):
    # Factors of two scale without rounding, so that edges stay edges.
    plain = pace(target(), [seen(2023, base), seen(2025, last)])
    rows = [seen(2023, base * factor), seen(2025, last * factor)]
    assert pace(target(value=200 * factor), rows) == plain


def test_values_of_one_time_are_chosen_by_person_then_sureness_then_exactness(seen):
    rows = [
        seen(2023, 1, confidence="low"), seen(2023, 2, confidence="high", qualifier="~"),
        seen(2023, 3, confidence="high"), seen(2024, 9),
    ]  # fmt: skip
    assert [one.value for one in one_per_time(rows)] == [3, 9]
    chosen = [*rows, seen(2023, 4, confidence="low", chosen="a person said so")]
    assert [one.value for one in one_per_time(chosen)] == [4, 9]


def test_only_whole_observed_periods_stand_on_a_trend(seen):
    rows = [seen(2020, 1), seen(2021, 2, nature="forecast"), seen(2022, 3, partial=True)]
    assert [one.value for one in usable(rows)] == [1]


def test_a_trend_through_nought_is_linear_and_its_band_widens_with_distance():
    line = fit([0, 1, 2, 3], [0.0, 1.0, 2.2, 2.9])
    assert not line.log
    spans = [line.at(t, confidence=0.8) for t in (1.5, 4, 8)]
    widths = [high - low for _, low, high in spans]
    assert widths == sorted(widths)
    wider = line.at(4, confidence=0.95)
    assert wider[1] < spans[1][1] < spans[1][2] < wider[2]


def test_a_date_is_given_up_to_25_years_after_the_last_value(seen):
    rows = [seen(2020 + at, 100 + at) for at in range(4)]
    reached = project(rows, time=2030, threshold=103 + 25)
    assert reached.date == pytest.approx(2023 + 25, abs=1 / 12)
    assert project(rows, time=2030, threshold=103 + 25.2).date is None


def test_an_exploding_trend_has_an_unbounded_band_and_no_overflow(seen):
    rows = [seen(2020 + at, 10.0 ** (40 * at)) for at in range(4)]
    got = project(rows, time=2040, threshold=1e200)
    assert got.method == "log-linear"
    assert got.low <= got.value <= got.high < float("inf")


def test_the_table_of_statuses_says_missing_and_never_nought(target, seen):
    statuses = [status(target(), seen(2023, 250), seen(2025, 190)), status(target(due_year=None))]
    table = to_frame(statuses)
    assert table["progress"].isna().all()
    assert table["due_year"].dtype == "Int64"
    assert table["observed"].isna().tolist() == [False, True]
    assert table["rule"].tolist() == ["less_than_half", "no_value"]
    assert to_frame([]).empty
