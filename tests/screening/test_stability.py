"""SMAA-2: exact examples, a published one, and what must always hold."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from clusters.screening.profile import StabilityOptions
from clusters.screening.stability import acceptability, draw_weights, smaa

UNIFORM = StabilityOptions(weights="uniform", value_shapes=False, data=True, draws=20_000, seed=7)


def analyse(worth, options=UNIFORM, weights=None):
    states = np.asarray(worth, dtype=float)
    states = states if states.ndim == 3 else states[None]
    criteria = states.shape[2]
    chosen = np.full(criteria, 1 / criteria) if weights is None else np.asarray(weights)
    return smaa(states, states.mean(axis=0), chosen, options)


def test_two_criteria_have_exact_probabilities():
    # Scores w, 1 - w and 0.6: the third leads for 0.4 < w < 0.6, is second elsewhere, never last.
    found = analyse([[1, 0], [0, 1], [0.6, 0.6]])
    exact = np.array([[0.4, 0.1, 0.5], [0.4, 0.1, 0.5], [0.2, 0.8, 0.0]])
    np.testing.assert_allclose(found.acceptability, exact, atol=0.012)
    # Where the first leads w runs from 0.6 to 1: its middle is its central weight.
    np.testing.assert_allclose(found.central_weights[0], [0.8, 0.2], atol=0.01)
    np.testing.assert_allclose(found.central_weights[2], [0.5, 0.5], atol=0.01)
    np.testing.assert_array_equal(found.confidence, [1, 1, 1])
    assert found.pairwise[0, 1] == pytest.approx(0.5, abs=0.012)
    assert found.pairwise[2, 0] == pytest.approx(0.6, abs=0.012)
    assert found.expected_rank @ np.ones(3) == pytest.approx(6)


def test_three_corners_share_the_simplex():
    found = analyse(np.eye(3))
    np.testing.assert_allclose(found.acceptability, np.full((3, 3), 1 / 3), atol=0.012)
    # The centre of the part of the simplex where one weight is largest: (11, 3.5, 3.5) / 18.
    np.testing.assert_allclose(
        found.central_weights, (np.full((3, 3), 3.5) + 7.5 * np.eye(3)) / 18, atol=0.01
    )


def thrombosis(number=20_000):
    """Return the worths of a published SMAA example, from its counts.

    Heparin against enoxaparin after major trauma: 136 and 129 patients, proximal deep-vein
    thrombosis 20 and 8, distal 40 and 32, major bleeding 1 and 5 (Geerts et al. 1996, New England
    Journal of Medicine 335, 701-707, as used by Lynd & O'Brien 2004, Journal of Clinical
    Epidemiology 57, 795-803), as Beta(events, others), worth linear from 0.25 to 0, 0.4 to 0.15
    and 0.1 to 0. It is the worked example of the R package smaa 0.3 (van Valkenhoef), whose
    reference output gives the numbers below from 10 000 draws of its own.
    """
    generator = np.random.default_rng(5)
    events = np.array([[20, 40, 1], [8, 32, 5]])
    others = np.array([[136], [129]]) - events
    rates = generator.beta(events, others, (number, 2, 3))
    worst, best = np.array([0.25, 0.4, 0.1]), np.array([0, 0.15, 0])
    return (worst - rates) / (worst - best)


def test_a_published_example():
    found = analyse(thrombosis())
    # Published: rank acceptabilities 0.3504 and 0.6496; both simulations have an error of ±0.01.
    np.testing.assert_allclose(found.acceptability[:, 0], [0.3504, 0.6496], atol=0.015)
    np.testing.assert_allclose(
        found.central_weights,
        [[0.1865, 0.2772, 0.5363], [0.4073, 0.3641, 0.2285]],
        atol=0.015,
    )
    np.testing.assert_allclose(found.confidence, [0.6682, 0.8956], atol=0.02)


def test_the_published_example_at_fixed_weights():
    # Published for weights 0.5, 0.2, 0.3: 0.1279.
    fixed = replace(UNIFORM, weights="around", concentration=1e9)
    found = analyse(thrombosis(), fixed, [0.5, 0.2, 0.3])
    assert found.acceptability[0, 0] == pytest.approx(0.1279, abs=0.012)


def naive(states, drawn, world):
    """Rank draw by draw in plain Python."""
    parks = states.shape[1]
    counts = np.zeros((parks, parks))
    for row, weights in enumerate(drawn):
        scores = [round(float(states[world[row], p] @ weights), 12) for p in range(parks)]
        for park, own in enumerate(scores):
            better = sum(other > own for other in scores)
            equal = sum(other == own for other in scores)
            counts[park, better : better + equal] += 1 / equal
    return counts / len(drawn)


def test_it_equals_a_plain_loop():
    generator = np.random.default_rng(3)
    states = generator.random((8, 6, 3))
    states[:, 4] = states[:, 1]  # a pair that always ties
    options = replace(UNIFORM, draws=400)
    found = analyse(states, options)
    again = np.random.default_rng(options.seed)
    drawn = draw_weights(np.full(3, 1 / 3), options, again)
    world = again.permutation(np.arange(400) % 8)
    np.testing.assert_allclose(found.acceptability, naive(states, drawn, world), atol=1e-9)


worths = arrays(float, (3, 7, 3), elements=st.sampled_from([0, 0.1, 0.25, 0.5, 0.9, 1]))


@settings(max_examples=40)
@given(worths, st.sampled_from(["uniform", "around"]), st.booleans(), st.booleans())
def test_probabilities_sum_to_one_by_park_and_by_rank(states, weights, shapes, data):
    options = StabilityOptions(weights=weights, value_shapes=shapes, data=data, draws=300)
    found = analyse(states, options)
    np.testing.assert_allclose(found.acceptability.sum(axis=0), 1, atol=1e-9)
    np.testing.assert_allclose(found.acceptability.sum(axis=1), 1, atol=1e-9)
    assert (found.acceptability >= 0).all()
    np.testing.assert_allclose(found.pairwise + found.pairwise.T, 1, atol=1e-9)
    assert (found.rank_low <= found.rank_high).all()
    leads = found.acceptability[:, 0] > 0
    assert (np.isfinite(found.central_weights).all(axis=1) == leads).all()
    np.testing.assert_allclose(found.central_weights[leads].sum(axis=1), 1, atol=1e-9)
    beaten = found.pairwise.sum(axis=1) + 0.5  # every park: half for itself
    np.testing.assert_allclose(found.expected_rank, len(beaten) + 1 - beaten, atol=1e-6)


@settings(max_examples=40)
@given(worths, st.sampled_from(["uniform", "around"]), st.booleans())
def test_a_dominated_park_is_never_first(states, weights, shapes):
    states = states.copy()
    states[:, 0] = 0.9 * states[:, 1]  # worse, or as bad as nothing, in every state
    states[:, 1] += 0.01
    options = StabilityOptions(weights=weights, value_shapes=shapes, draws=300)
    assert analyse(states, options).acceptability[0, 0] == 0


def test_doubling_weights_and_repeating_change_nothing_and_another_seed_little():
    states = np.random.default_rng(1).random((16, 5, 3))
    options = StabilityOptions(draws=5_000)
    first = analyse(states, options, [0.5, 0.3, 0.2])
    again = analyse(states, options, [0.5, 0.3, 0.2])
    np.testing.assert_array_equal(first.acceptability, again.acceptability)
    other = analyse(states, replace(options, seed=1), [0.5, 0.3, 0.2])
    assert (first.acceptability != other.acceptability).any()
    np.testing.assert_allclose(first.acceptability, other.acceptability, atol=0.04)


def test_weights_are_drawn_around_the_chosen():
    chosen = np.array([0.6, 0.3, 0.1])
    generator = np.random.default_rng(0)
    drawn = draw_weights(chosen, StabilityOptions(concentration=50, draws=20_000), generator)
    np.testing.assert_allclose(drawn.sum(axis=1), 1)
    np.testing.assert_allclose(drawn.mean(axis=0), chosen, atol=0.005)
    # Variance of a Dirichlet component: w (1 - w) / (a + 1).
    np.testing.assert_allclose(drawn.var(axis=0), chosen * (1 - chosen) / 51, rtol=0.06)


def test_one_park_is_always_first():
    found = analyse([[0.3, 0.2]])
    assert found.acceptability.tolist() == [[1.0]]
    assert (found.rank_low[0], found.rank_high[0]) == (1, 1)


def test_acceptability_of_scores_with_ties():
    found = acceptability(np.array([[2.0, 2.0, 1.0], [3.0, 2.0, 2.0]]))
    np.testing.assert_allclose(found, [[0.75, 0.25, 0], [0.25, 0.5, 0.25], [0, 0.25, 0.75]])
