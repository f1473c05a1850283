"""What must hold between rankings: names, units, order, better figures, worse parks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from clusters.screening.profile import Choice
from clusters.screening.ranking import changes_for_next_rank, rank, rank_parks, topsis
from clusters.screening.worth import worth_of
from screening.conftest import exact

NAMES = ("gdp", "airport_km", "population")
# Scales of its own, so that no park moves another.
FIXED = tuple(
    Choice(name, weight, start=0, end=100) for name, weight in zip(NAMES, (50, 30, 20), strict=True)
)
figures = arrays(float, (6, 3), elements=st.integers(0, 100).map(float))


def worth(values, choices=FIXED):
    measured = exact(values, [one.criterion for one in choices])
    return worth_of(measured, choices, [f"p{at}" for at in range(len(values))], seed=1)


def ranked(values, choices=FIXED, method="weighted_sum"):
    return rank_parks(worth(values, choices), choices, method=method)


@given(figures, st.permutations(range(6)))
def test_renaming_and_reordering_parks_reorders_the_ranking_with_them(values, order):
    plain, turned = ranked(values), ranked(values[list(order)])
    np.testing.assert_allclose(turned.score, plain.score[list(order)], atol=1e-12)
    np.testing.assert_array_equal(turned.ranks, plain.ranks[list(order)])
    np.testing.assert_allclose(turned.closeness, plain.closeness[list(order)], atol=1e-9)


@given(figures, st.sampled_from([1e-4, 0.001, 1000, 1e4]), st.integers(-500, 500))
def test_the_unit_of_a_criterion_does_not_matter(values, factor, shift):
    open_ended = tuple(Choice(one.criterion, one.weight) for one in FIXED)
    other = values.copy()
    other[:, 0] = factor * other[:, 0] + shift
    before, after = ranked(values, open_ended), ranked(other, open_ended)
    np.testing.assert_allclose(after.score, before.score, atol=1e-6)


@given(figures)
def test_less_of_a_figure_is_more_of_its_opposite(values):
    less = (Choice("gdp", 100, direction="less", start=0, end=100),)
    more = (Choice("gdp", 100, start=-100, end=0),)
    one, other = ranked(values[:, :1], less), ranked(-values[:, :1], more)
    np.testing.assert_allclose(one.score, other.score, atol=1e-9)


@given(figures, st.integers(0, 5), st.integers(0, 2), st.floats(0, 40))
def test_a_better_figure_never_costs_points_or_rank(values, park, at, gain):
    better = values.copy()
    better[park, at] += -gain if NAMES[at] == "airport_km" else gain
    before, after = ranked(values), ranked(better)
    assert after.score[park] >= before.score[park] - 1e-9
    assert after.ranks[park] <= before.ranks[park]


@given(figures)
def test_a_park_worse_in_everything_comes_last_and_moves_nobody(values):
    worse = values[0] + [-1, 1, -1]
    grown = np.vstack([values, np.minimum(np.maximum(worse, [-1, 0, -1]), [100, 101, 100])])
    before, after = ranked(values), ranked(grown)
    np.testing.assert_allclose(after.score[:6], before.score, atol=1e-12)
    above = before.ranks <= before.ranks[0]
    np.testing.assert_array_equal(after.ranks[:6][above], before.ranks[above])
    assert after.ranks[6] >= after.ranks[0]


@given(figures)
def test_points_add_up_to_the_score_and_stay_within_their_weights(values):
    found = ranked(values)
    np.testing.assert_allclose(found.contributions.sum(axis=1), found.score, atol=1e-9)
    assert (found.contributions <= [50, 30, 20]).all()
    assert (found.contributions >= 0).all()
    assert found.weights.sum() == pytest.approx(1)


@given(figures)
def test_ranks_count_the_parks_that_are_better(values):
    found = ranked(values)
    scores = [round(score, 12) for score in found.score.tolist()]
    naive = [1 + sum(other > own for other in scores) for own in scores]
    assert found.ranks.tolist() == naive
    assert [found.ranks[at] for at in found.order] == sorted(naive)


def test_scores_that_differ_in_the_thirteenth_digit_are_equal():
    assert rank(np.array([1.0, 1.0 + 1e-13, 1.0 - 1e-11])).tolist() == [1, 1, 3]


def test_topsis_worked_by_hand_with_unequal_weights():
    # Weighted worths (0.6, 0), (0, 0.4), (0.3, 0.2); best (0.6, 0.4), worst (0, 0).
    worths = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    found = topsis(worths, np.array([0.6, 0.4]))
    # Distances to the worst over both: 0.6 / (0.6 + 0.4), 0.4 / (0.4 + 0.6), and the middle.
    np.testing.assert_allclose(found, [0.6, 0.4, 0.5])


def test_the_method_of_the_profile_orders_and_the_other_breaks_its_ties():
    # Worths (1, 0), (0, 1), (0.5, 0.5) by equal weights: 50 points each; TOPSIS 0.5 each as well.
    choices = tuple(Choice(name, 50, start=0, end=1, direction="more") for name in NAMES[:2])
    alike = ranked(np.array([[1.0, 0], [0, 1], [0.5, 0.5]]), choices)
    assert alike.order.tolist() == [0, 1, 2]  # the order of the table, where all is equal
    # (0.9, 0.2) and (0.55, 0.55) have 55 points; TOPSIS takes the even one to be nearer the best.
    values = np.array([[0.9, 0.2], [0.55, 0.55], [0.0, 0.0], [1.0, 1.0]])
    found = ranked(values, choices)
    assert found.ranks.tolist() == [2, 2, 4, 1]
    assert found.ranks_topsis.tolist() == [3, 2, 4, 1]
    assert found.order.tolist() == [3, 1, 0, 2]


def test_by_topsis_the_closeness_orders():
    # 0.62 · 100 points against 0.6 · 100, but the even park is closer by TOPSIS.
    choices = tuple(Choice(name, 50, start=0, end=1, direction="more") for name in NAMES[:2])
    values = np.array([[1.0, 0.24], [0.6, 0.6], [0.0, 0.0], [1.0, 1.0]])
    by_score = ranked(values, choices)
    by_topsis = ranked(values, choices, method="topsis")
    np.testing.assert_array_equal(by_score.ranks, by_topsis.ranks)  # of the score, in either case
    assert by_score.order.tolist() == [3, 0, 1, 2]
    closeness = by_topsis.closeness
    expected = np.hypot(1, 0.24) / (np.hypot(1, 0.24) + 0.76)
    assert closeness[0] == pytest.approx(expected)
    assert closeness[1] == pytest.approx(0.6)
    assert by_topsis.order.tolist() == sorted(range(4), key=lambda at: -closeness[at])


def lifted(values, choices, park):
    found = worth(values, choices)
    names = tuple(one.criterion for one in choices)
    ranking = rank_parks(found, choices, method="weighted_sum")
    above, changes = changes_for_next_rank(ranking, found, np.asarray(values), names, park)
    return above, {one.criterion: one for one in changes}, changes


def test_the_park_above_is_the_next_one_and_not_the_best():
    above, _, _ = lifted([[90.0, 0, 90], [70, 0, 70], [50, 0, 50], [30, 0, 30]], FIXED, 3)
    assert above == 2


def test_parks_of_the_same_score_are_not_above_each_other():
    above, _, changes = lifted([[50.0, 0, 50], [50, 0, 50]], FIXED, 1)
    assert (above, changes) == (-1, [])


def test_the_smallest_rise_of_worth_comes_first():
    # The gap of 8 points needs 8/50, 8/30 or 8/20 more worth.
    _, by_name, changes = lifted([[56.0, 40, 45], [40, 40, 45]], FIXED, 1)
    assert [one.criterion for one in changes] == ["gdp", "airport_km", "population"]
    assert by_name["gdp"].worth_needed == pytest.approx(0.40 + 8 / 50)
    assert by_name["airport_km"].figure_needed == pytest.approx(40 - 100 * 8 / 30)
    assert by_name["population"].figure_needed == pytest.approx(45 + 100 * 8 / 20)


def test_the_weight_at_which_two_parks_draw_level_makes_them_level():
    # Ahead by 0.3 in GDP, behind by 0.2 and 0.5 elsewhere: others −(0.3·0.2 + 0.2·0.5)/0.5 = −0.32,
    # level at 0.32 / (0.32 + 0.3).
    values = [[50.0, 20, 80], [80, 40, 30]]
    _, by_name, _ = lifted(values, FIXED, 1)
    level = by_name["gdp"].weight_needed
    assert level == pytest.approx(100 * 0.32 / 0.62)
    rest = (100 - level) / 50
    moved = (Choice("gdp", level, start=0, end=100),
             *(Choice(one.criterion, one.weight * rest, start=0, end=100) for one in FIXED[1:]))  # fmt: skip
    scores = ranked(values, moved).score
    assert scores[0] == pytest.approx(scores[1])


def test_no_weight_draws_level_with_a_park_better_in_everything():
    _, by_name, _ = lifted([[80.0, 10, 80], [70, 20, 70]], FIXED, 1)
    assert all(np.isnan(one.weight_needed) for one in by_name.values())


def test_a_single_criterion_has_no_weight_to_change():
    only = (Choice("gdp", 100, start=0, end=100),)
    _, by_name, _ = lifted([[80.0], [70.0]], only, 1)
    assert np.isnan(by_name["gdp"].weight_needed)
    assert by_name["gdp"].figure_needed == pytest.approx(80)
    assert by_name["gdp"].possible


def test_drawing_level_at_full_worth_is_possible_and_beyond_it_is_not():
    only = (Choice("gdp", 50, start=0, end=100), Choice("population", 50, start=0, end=100))
    _, by_name, _ = lifted([[100.0, 50], [50, 50]], only, 1)
    assert by_name["gdp"].worth_needed == 1
    assert by_name["gdp"].possible
    _, by_name, _ = lifted([[100.0, 60], [50, 50]], only, 1)
    assert by_name["gdp"].worth_needed == pytest.approx(1.1)
    assert not by_name["gdp"].possible
