"""Trends with a band."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from clusters.errors import MetricError
from clusters.goals import project
from clusters.goals.trajectory import fit


def series(seen, values, start=2020, **changes):
    return [seen(start + i, v, **changes) for i, v in enumerate(values)]


def test_a_straight_line_is_followed_exactly(seen):
    got = project(series(seen, [10, 20, 30, 40]), time=2026, threshold=60)
    assert got.method == "linear"
    assert (got.value, got.low, got.high) == pytest.approx((70, 70, 70))
    assert got.date == pytest.approx(2025, abs=1 / 12)
    assert got.points == 4


def test_constant_growth_is_followed_exactly(seen):
    got = project(series(seen, [100, 200, 400, 800, 1600]), time=2026, threshold=6400)
    assert got.method == "log-linear"
    assert got.value == pytest.approx(6400)
    assert got.date == pytest.approx(2026, abs=1 / 12)


def test_the_band_is_the_prediction_interval_of_a_regression():
    times, values = [0.0, 1.0, 2.0, 3.0], [1.0, 2.0, 2.0, -3.0]
    line = stats.linregress(times, values)
    residual = np.array(values) - line.intercept - line.slope * np.array(times)
    spread = np.sqrt((residual**2).sum() / 2)
    # textbook: s * sqrt(1 + 1/n + (x0 - mean)^2 / Sxx), Sxx = 5, mean = 1.5
    half = stats.t.ppf(0.9, 2) * spread * np.sqrt(1 + 1 / 4 + (5 - 1.5) ** 2 / 5)
    centre = line.intercept + line.slope * 5
    assert fit(times, values).at(5, confidence=0.8) == pytest.approx(
        (centre, centre - half, centre + half)
    )


def test_three_points_are_too_few(seen):
    assert project(series(seen, [10, 20, 30]), time=2026, threshold=60) is None
    with pytest.raises(MetricError, match="4 points"):
        fit([1, 2, 3], [1, 2, 3])


def test_forecasts_derived_values_and_parts_of_years_are_no_points(seen):
    rows = series(seen, [10, 20, 30])
    for changes in ({"nature": "forecast"}, {"nature": "derived"}, {"partial": True}):
        assert project([*rows, seen(2023, 40, **changes)], time=2026, threshold=60) is None


def test_two_values_for_one_time_are_one_point(seen):
    rows = [*series(seen, [10, 20, 30]), seen(2022, 31, confidence="low")]
    assert project(rows, time=2026, threshold=60) is None


@pytest.mark.parametrize("change", [{"definition_group": "y"}, {"area": "成都市"}, {"unit": "%"}])
def test_no_trend_runs_across_a_break(seen, change):
    with pytest.raises(MetricError, match="never runs across"):
        project([*series(seen, [1, 2, 3, 4]), seen(2024, 5, **change)], time=2026, threshold=9)


def test_a_target_out_of_reach_has_no_date(seen):
    got = project(series(seen, [10, 10, 10, 10]), time=2026, threshold=60)
    assert (got.date, got.earliest, got.latest) == (None, None, None)


def test_ceilings(seen):
    got = project(
        series(seen, [1.9, 1.8, 1.7, 1.6]), time=2026, threshold=1.5, lower_is_better=True
    )
    assert got.date == pytest.approx(2024, abs=1 / 12)


def test_one_value_for_each_time():
    with pytest.raises(MetricError, match="each time"):
        fit([1, 1, 2, 3], [1, 2, 3, 4])


@given(st.lists(st.floats(min_value=0.1, max_value=1e5), min_size=4, max_size=8))
def test_the_band_holds_the_value_and_dates_are_in_order(seen, values):
    got = project(series(seen, values), time=2030, threshold=max(values) + 1)
    assert got.low <= got.value <= got.high
    if got.date is not None:
        assert got.earliest is not None
        assert got.earliest <= got.date
    if got.latest is not None:
        assert got.date is not None
        assert got.date <= got.latest
