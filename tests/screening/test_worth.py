"""From figures to worth: ends of scales, figures from worth, and what is not known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.screening.measurements import Measured, stack
from clusters.screening.profile import Choice
from clusters.screening.worth import Scale, scale_of, worth_of

NAN = np.nan


def scale(choice, low, high=None):
    figures = np.asarray(low, dtype=float)
    return scale_of(choice, figures, figures if high is None else np.asarray(high, dtype=float))


def of_draws(columns, choices, ids=None, seed=1):
    """Return the worth of criteria given as (worlds, parks) draws."""
    draws = [np.asarray(one, dtype=float) for one in columns]
    worlds, parks = draws[0].shape
    names = [one.criterion for one in choices]
    measured = {n: Measured.from_draws(d) for n, d in zip(names, draws, strict=True)}
    block = stack(measured, worlds=worlds, parks=parks)
    return worth_of(block, choices, ids or [f"p{at}" for at in range(parks)], seed=seed)


def test_open_ends_are_the_outermost_bounds_so_no_likely_figure_falls_off():
    found = scale(Choice("gdp", 1), [10, 30, NAN], [20, 90, NAN])
    assert (found.worst, found.best) == (10, 90)
    # Less is better: the same ends, the other way round.
    found = scale(Choice("airport_km", 1), [10, 30, NAN], [20, 90, NAN])
    assert (found.worst, found.best) == (90, 10)


def test_the_criterion_s_own_ends_go_before_the_parks_and_the_profile_s_before_both():
    assert scale(Choice("level", 1), [1, 2]).best == 3  # data/screening/criteria.csv: 0 to 3
    chosen = scale(Choice("level", 1, start=1, end=2), [0, 3])
    assert (chosen.worst, chosen.best) == (1, 2)


@pytest.mark.parametrize("choice", [Choice("gdp", 1, start=50), Choice("gdp", 1, end=5)])
def test_an_open_end_never_lies_beyond_the_given_one(choice):
    # All parks lie on one side of the given end: the criterion tells none from another, and more
    # is not turned into worse.
    found = scale(choice, [10, 30, 40])
    assert found.worth(np.array([10.0, 40.0])).tolist() == [0.5, 0.5]


def test_the_criterion_s_own_end_gives_way_to_one_that_a_profile_sets_beyond_it():
    found = scale(Choice("level", 1, start=4), [0, 3])
    assert found.worth(np.array([0.0, 3.0])).tolist() == [0.5, 0.5]


def test_a_scale_over_figures_nobody_knows_stays_a_scale():
    found = scale(Choice("gdp", 1), [NAN, NAN])
    assert (found.worst, found.best) == (0, 0)
    assert np.isnan(found.worth(np.array([NAN]))).all()


@pytest.mark.parametrize(
    ("choice", "reach"),
    [
        (Choice("gdp", 1, kind="ideal", ideal=30), 60),  # the farther end, 90
        (Choice("gdp", 1, kind="ideal", ideal=80), 60),  # the farther end, 20
        (Choice("gdp", 1, kind="ideal", ideal=30, tolerance=5), 5),
    ],
)
def test_without_tolerance_an_ideal_reaches_to_the_farthest_park(choice, reach):
    assert scale(choice, [20, 90]).reach == reach


def test_an_ideal_that_all_parks_meet_gives_all_full_worth():
    found = scale(Choice("gdp", 1, kind="ideal", ideal=7), [7, 7])
    assert found.reach == 1
    assert found.worth(np.array([7.0, 7.0])).tolist() == [1, 1]


def test_a_threshold_is_full_on_itself_whichever_side_is_good():
    more = scale(Choice("gdp", 1, kind="threshold", threshold=5), [0, 9])
    less = scale(Choice("gdp", 1, kind="threshold", threshold=5, direction="less"), [0, 9])
    values = np.array([4.0, 5.0, 6.0, NAN])
    np.testing.assert_array_equal(more.worth(values), [0, 1, 1, NAN])
    np.testing.assert_array_equal(less.worth(values), [1, 1, 0, NAN])


@given(st.floats(0, 1), st.floats(-1e3, 1e3), st.floats(0.1, 1e3), st.booleans())
def test_the_figure_of_a_worth_has_that_worth(worth, start, span, less):
    ends = (start + span, start) if less else (start, start + span)
    found = Scale("linear", *ends)
    figure = found.figure(worth, NAN)
    assert float(found.worth(np.array([figure]))[0]) == pytest.approx(worth, abs=1e-9)


@pytest.mark.parametrize(("near", "figure"), [(3.0, 15.0), (19.9, 15.0), (20.0, 25.0), (NAN, 25.0)])
def test_the_figure_of_an_ideal_stays_on_the_side_the_park_is_on(near, figure):
    assert Scale("ideal", 20, 20, reach=10).figure(0.5, near) == figure


def test_the_figure_of_a_threshold_is_the_threshold_and_of_alike_parks_none():
    assert Scale("threshold", 5, 5).figure(0.3, 0.0) == 5
    assert np.isnan(Scale("linear", 5, 5).figure(0.3, 5.0))


def test_expected_worth_is_the_mean_of_worths_and_not_the_worth_of_the_mean():
    # Threshold 10: figures 0 and 12 have worth 0 and 1, their mean 6 would have 0.
    choice = Choice("gdp", 100, kind="threshold", threshold=10)
    assert of_draws([[[0.0], [12.0]]], [choice]).expected[0, 0] == 0.5


def test_states_without_a_figure_are_worth_one_half_each():
    # Worth 1 in half of the states, unknown in the others: 0.5 · 1 + 0.5 · 0.5.
    choice = Choice("gdp", 100, start=0, end=10)
    found = of_draws([[[10.0], [NAN], [10.0], [NAN]]], [choice])
    assert found.expected[0, 0] == pytest.approx(0.75)
    assert (found.low[0, 0], found.high[0, 0]) == (0, 1)


def test_bounds_of_worth_are_the_middle_95_percent_of_what_is_known():
    choice = Choice("gdp", 100, start=0, end=40)
    found = of_draws([np.arange(41.0)[:, None]], [choice])
    assert (found.low[0, 0], found.high[0, 0]) == pytest.approx((1 / 40, 39 / 40))


def test_an_exact_figure_has_an_exact_worth_in_every_state():
    choice = Choice("gdp", 100, start=0, end=3)
    found = of_draws([np.full((7, 1), 0.3)], [choice])
    assert found.expected[0, 0] == found.low[0, 0] == found.high[0, 0] == 0.3 / 3
    assert (found.draws == 0.3 / 3).all()


def test_unknown_figures_are_drawn_evenly_and_each_level_once():
    found = of_draws([np.full((8, 1), NAN)], [Choice("gdp", 100)])
    np.testing.assert_allclose(np.sort(found.draws[:, 0, 0]), (np.arange(8) + 0.5) / 8)
    assert found.expected[0, 0] == 0.5


def test_unknown_figures_are_drawn_by_park_criterion_and_seed():
    unknown = np.full((64, 2), NAN)
    choices = [Choice("gdp", 50), Choice("population", 50)]
    first = of_draws([unknown, unknown], choices, ["a", "b"]).draws
    turned = of_draws([unknown, unknown], choices, ["b", "a"]).draws
    np.testing.assert_array_equal(first[:, 0], turned[:, 1])
    assert (first[:, 0, 0] != first[:, 1, 0]).any()
    assert (first[:, 0, 0] != first[:, 0, 1]).any()
    other = of_draws([unknown, unknown], choices, ["a", "b"], seed=2).draws
    assert (other != first).any()


def test_known_states_of_a_partly_known_figure_keep_their_worth():
    figures = np.array([[2.0], [NAN], [8.0], [NAN]])
    found = of_draws([figures], [Choice("gdp", 100, start=0, end=10)]).draws[:, 0, 0]
    assert found[[0, 2]].tolist() == [0.2, 0.8]
    assert ((found > 0) & (found < 1)).all()


def test_every_criterion_has_its_own_scale_in_order():
    choices = [Choice("gdp", 50), Choice("airport_km", 50)]
    found = of_draws([[[1.0, 3.0]], [[10.0, 40.0]]], choices)
    assert [(one.worst, one.best) for one in found.scales] == [(1, 3), (40, 10)]
    np.testing.assert_array_equal(found.expected, [[0, 1], [1, 0]])
