"""Stability by enumeration: shapes, states, ties and ranks where every case can be counted."""

from dataclasses import replace

import numpy as np
import pytest

from clusters.screening.profile import StabilityOptions
from clusters.screening.stability import acceptability, smaa

# So concentrated that drawn weights are the chosen ones to four digits.
FIXED = StabilityOptions(
    weights="around", concentration=1e9, value_shapes=False, data=True, draws=1_200, seed=11
)


def one_criterion(states, options=FIXED):
    """Analyse (worlds, parks) worths of a single criterion: its weight is always 1."""
    worth = np.asarray(states, dtype=float)[:, :, None]
    return smaa(worth, worth.mean(axis=0), np.array([1.0]), options)


def test_value_shapes_are_drawn_apart_for_each_criterion():
    # 0.49 is worth 0.49, 0.7 or 0.2401 by shape; two of them must beat 1 + 0. Of the nine pairs
    # (0.7, 0.7), (0.7, 0.49) and (0.49, 0.7) do.
    worth = np.array([[[0.49, 0.49], [1.0, 0.0]]])
    options = replace(FIXED, value_shapes=True, draws=20_000)
    found = smaa(worth, worth[0], np.array([0.5, 0.5]), options)
    assert found.acceptability[0, 0] == pytest.approx(3 / 9, abs=0.012)
    straight = smaa(worth, worth[0], np.array([0.5, 0.5]), replace(options, value_shapes=False))
    assert straight.acceptability[0, 0] == 0


def test_every_state_of_the_data_is_drawn_equally_often():
    # The first park leads in 3 of 8 states; 1 200 draws take each state 150 times.
    states = np.where(np.arange(8)[:, None] < 3, [[0.9, 0.5]], [[0.1, 0.5]])
    assert one_criterion(states).acceptability[0].tolist() == [3 / 8, 5 / 8]


def test_data_held_fixed_are_the_expected_worths_in_one_state():
    states = np.array([[1.0, 0.6], [0.0, 0.6]])
    found = one_criterion(states, replace(FIXED, data=False))
    assert found.acceptability.tolist() == [[0, 1], [1, 0]]
    assert found.worlds == 1
    assert one_criterion(states).worlds == 2
    assert found.draws == 1_200


def test_equal_scores_share_their_ranks_and_half_a_win():
    found = one_criterion([[0.5, 0.5, 0.5, 0.2]])
    np.testing.assert_allclose(found.acceptability[:3, :3], 1 / 3)
    assert found.acceptability[3].tolist() == [0, 0, 0, 1]
    np.testing.assert_allclose(found.pairwise[:3, :3], 0.5)
    assert found.pairwise[0, 3] == 1
    assert found.pairwise[3, 0] == 0
    np.testing.assert_allclose(found.expected_rank, [2, 2, 2, 4])


@pytest.mark.parametrize(
    ("worlds", "first", "second"),
    [
        (20, (1, 2), (1, 1)),  # first in exactly 5 of 100: just within the middle 90 %
        (25, (2, 2), (1, 1)),  # in 4 of 100: outside
        (16, (1, 2), (1, 2)),  # in 6.25 of 100: inside, and the other's second place too
    ],
)
def test_the_middle_ninety_percent_leave_out_less_than_five_on_either_side(worlds, first, second):
    states = np.where(np.arange(worlds)[:, None] == 0, [[0.9, 0.5]], [[0.1, 0.5]])
    found = one_criterion(states, replace(FIXED, draws=worlds * 40))
    assert (found.rank_low[0], found.rank_high[0]) == first
    assert (found.rank_low[1], found.rank_high[1]) == second


def test_a_park_that_never_leads_has_neither_central_weights_nor_confidence():
    found = one_criterion([[0.9, 0.5]])
    assert found.central_weights[0].tolist() == [1.0]
    assert np.isnan(found.central_weights[1]).all()
    assert found.confidence[0] == 1
    assert np.isnan(found.confidence[1])


def test_confidence_is_the_share_of_states_led_at_the_central_weights():
    states = np.array([[0.9, 0.5], [0.9, 0.5], [0.5, 0.5], [0.1, 0.5]])
    found = one_criterion(states)
    # Led in two states, shared in a third.
    np.testing.assert_allclose(found.confidence, [2.5 / 4, 1.5 / 4])


def test_every_draw_counts_whatever_the_number_of_draws():
    # Draws are taken 500 at a time: numbers beside its multiples must lose and repeat none.
    generator = np.random.default_rng(2)
    worth = generator.random((4, 5, 2))
    for draws in (499, 500, 501, 1_003):
        found = smaa(worth, worth.mean(axis=0), np.array([0.5, 0.5]), replace(FIXED, draws=draws))
        np.testing.assert_allclose(found.acceptability.sum(axis=0), 1, atol=1e-12)
        counts = found.acceptability * draws
        np.testing.assert_allclose(counts, np.round(counts), atol=1e-6)


def test_pairwise_probabilities_equal_a_plain_count():
    states = np.random.default_rng(4).integers(0, 4, (12, 5)) / 4
    found = one_criterion(states)
    naive = np.array(
        [
            [np.mean((states[:, a] > states[:, b]) + 0.5 * (states[:, a] == states[:, b]))
             for b in range(5)]
            for a in range(5)
        ]
    )  # fmt: skip
    np.testing.assert_allclose(found.pairwise, naive, atol=1e-12)


def test_more_than_256_parks_are_told_apart():
    worths = np.linspace(1, 0, 300)[None, :]
    found = one_criterion(worths, replace(FIXED, draws=100))
    np.testing.assert_allclose(found.expected_rank, np.arange(1, 301))
    assert found.pairwise[0, 1:].min() == 1
    assert found.pairwise[299, :299].max() == 0
    np.testing.assert_array_equal(found.rank_low, np.arange(1, 301))


def test_uniform_weights_do_not_depend_on_the_chosen_ones():
    worth = np.random.default_rng(6).random((3, 4, 3))
    options = replace(FIXED, weights="uniform")
    one = smaa(worth, worth.mean(axis=0), np.array([0.8, 0.1, 0.1]), options)
    other = smaa(worth, worth.mean(axis=0), np.array([0.1, 0.1, 0.8]), options)
    np.testing.assert_array_equal(one.acceptability, other.acceptability)


def test_adding_a_park_worse_in_every_state_only_adds_a_last_rank():
    worth = 0.1 + 0.8 * np.random.default_rng(7).random((6, 4, 2))
    grown = np.concatenate([worth, np.full((6, 1, 2), 0.05)], axis=1)
    weights = np.array([0.5, 0.5])
    before = smaa(worth, worth.mean(axis=0), weights, FIXED)
    after = smaa(grown, grown.mean(axis=0), weights, FIXED)
    np.testing.assert_array_equal(after.acceptability[:4, :4], before.acceptability)
    assert after.acceptability[4].tolist() == [0, 0, 0, 0, 1]


def test_renaming_parks_reorders_their_probabilities_with_them():
    worth = np.random.default_rng(9).random((6, 4, 2))
    weights, order = np.array([0.5, 0.5]), [2, 0, 3, 1]
    plain = smaa(worth, worth.mean(axis=0), weights, FIXED)
    turned = smaa(worth[:, order], worth[:, order].mean(axis=0), weights, FIXED)
    np.testing.assert_allclose(turned.acceptability, plain.acceptability[order], atol=1e-12)
    np.testing.assert_allclose(turned.pairwise, plain.pairwise[np.ix_(order, order)], atol=1e-12)


def test_scores_of_one_draw_are_ranked_exactly():
    assert acceptability(np.array([[3.0, 1.0, 2.0]])).tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    # What differs in the thirteenth digit is equal.
    np.testing.assert_allclose(acceptability(np.array([[0.3, 0.1 + 0.2]])), 0.5)
