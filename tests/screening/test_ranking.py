"""Worth, weighted sum, TOPSIS, and what would have to change: by hand and against pymcdm."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pymcdm.methods import TOPSIS, WSM
from pymcdm.normalizations import minmax_normalization

from clusters.screening.profile import Choice
from clusters.screening.ranking import changes_for_next_rank, rank, rank_parks, topsis
from clusters.screening.worth import scale_of, worth_of
from screening.conftest import exact

NAMES = ("gdp", "airport_km", "population")


def worth(values, choices, ids=None):
    measured = exact(values, [one.criterion for one in choices])
    return worth_of(measured, choices, ids or [f"p{i}" for i in range(len(values))], seed=1)


def shares(*choices):
    total = sum(one.weight for one in choices)
    return tuple(Choice(**{**one.__dict__, "weight": 100 * one.weight / total}) for one in choices)


def test_a_weighted_sum_worked_by_hand():
    # GDP 100, 200, 300 (more is better): worth 0, 0.5, 1. Airport 10, 40, 30 km (less): 1, 0, 1/3.
    choices = shares(Choice("gdp", 60), Choice("airport_km", 40))
    found = worth([[100, 10], [200, 40], [300, 30]], choices)
    np.testing.assert_allclose(found.expected, [[0, 1], [0.5, 0], [1, 1 / 3]])
    ranking = rank_parks(found, choices, method="weighted_sum")
    np.testing.assert_allclose(ranking.score, [40, 30, 60 + 40 / 3])
    np.testing.assert_allclose(ranking.contributions.sum(axis=1), ranking.score)
    assert ranking.ranks.tolist() == [2, 3, 1]
    assert ranking.order.tolist() == [2, 0, 1]
    np.testing.assert_array_equal(ranking.low, ranking.score)  # nothing in doubt: no range


@pytest.mark.parametrize(
    ("choice", "values", "expected"),
    [
        (Choice("gdp", 1), [0, 5, 10], [0, 0.5, 1]),
        (Choice("airport_km", 1), [0, 5, 10], [1, 0.5, 0]),
        (Choice("airport_km", 1, direction="more"), [0, 5, 10], [0, 0.5, 1]),
        (Choice("gdp", 1, start=5, end=25), [0, 5, 15, 30], [0, 0, 0.5, 1]),
        (Choice("airport_km", 1, start=5, end=25), [0, 5, 15, 30], [1, 1, 0.5, 0]),
        (
            Choice("gdp", 1, kind="ideal", ideal=20, tolerance=10),
            [10, 15, 20, 28],
            [0, 0.5, 1, 0.2],
        ),
        (Choice("gdp", 1, kind="ideal", ideal=0), [0, 5, 10], [1, 0.5, 0]),
        (Choice("gdp", 1, kind="threshold", threshold=5), [4.9, 5, 6], [0, 1, 1]),
        (Choice("airport_km", 1, kind="threshold", threshold=5), [4.9, 5, 6], [1, 1, 0]),
        (Choice("segment_lq_county", 1), [0, 1.5, 3, 9], [0, 0.5, 1, 1]),
        (Choice("gdp", 1), [7, 7], [0.5, 0.5]),
    ],
)
def test_value_functions(choice, values, expected):
    figures = np.array(values, dtype=float)
    scale = scale_of(choice, figures, figures)
    np.testing.assert_allclose(scale.worth(figures), expected)
    assert np.isnan(scale.worth(np.array([np.nan])))[0]


@given(
    arrays(float, (6, 3), elements=st.integers(0, 1000)),
    arrays(float, 3, elements=st.integers(1, 100)),
)
def test_scores_agree_with_pymcdm(values, weights):
    if (values.max(axis=0) == values.min(axis=0)).any():
        return
    choices = shares(*(Choice(name, w) for name, w in zip(NAMES, weights, strict=True)))
    types = np.array([1, -1, 1])
    ranking = rank_parks(worth(values, choices), choices, method="weighted_sum")
    share = weights / weights.sum()
    library = WSM(normalization_function=minmax_normalization)(
        values, share, types, validation=False
    )
    np.testing.assert_allclose(ranking.score / 100, library, atol=1e-9)
    closeness = TOPSIS()(values, share, types, validation=False)
    np.testing.assert_allclose(ranking.closeness, closeness, atol=1e-9)


def test_topsis_worked_by_hand():
    # Two criteria of weight ½: best (½, ½), worst (0, 0) of the weighted worths.
    worths = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
    found = topsis(worths, np.array([0.5, 0.5]))
    np.testing.assert_allclose(found, [0.5, 0.5, 0.5, 1.0, 0.0])


def test_equal_parks_share_the_better_rank_and_topsis_is_then_undefined():
    assert rank(np.array([3.0, 1.0, 3.0, 0.0])).tolist() == [1, 3, 1, 4]
    assert np.isnan(topsis(np.ones((3, 2)), np.array([0.5, 0.5]))).all()
    assert np.isnan(topsis(np.ones((1, 2)), np.array([0.5, 0.5]))).all()


@given(arrays(float, (5, 3), elements=st.floats(0, 1000)), st.floats(0.5, 1000))
def test_doubling_all_weights_changes_nothing(values, factor):
    plain = shares(*(Choice(name, w) for name, w in zip(NAMES, (3, 2, 5), strict=True)))
    scaled = shares(*(Choice(name, w * factor) for name, w in zip(NAMES, (3, 2, 5), strict=True)))
    one = rank_parks(worth(values, plain), plain, method="weighted_sum")
    two = rank_parks(worth(values, scaled), scaled, method="weighted_sum")
    np.testing.assert_allclose(one.score, two.score)


def test_an_unknown_figure_is_a_range_not_zero():
    choices = shares(Choice("gdp", 50), Choice("airport_km", 50))
    found = worth([[0, 10], [100, 20], [np.nan, 10]], choices)
    np.testing.assert_allclose(found.expected[2], [0.5, 1.0])
    ranking = rank_parks(found, choices, method="weighted_sum")
    assert ranking.low[2] == pytest.approx(50)
    assert ranking.high[2] == pytest.approx(100)
    assert ranking.score[2] == pytest.approx(75)
    drawn = found.draws[:, 2, 0]
    assert drawn.mean() == pytest.approx(0.5)
    assert len(set(drawn)) == len(drawn)


def test_what_lifts_a_park_by_one_rank_does_lift_it():
    choices = shares(Choice("gdp", 60), Choice("airport_km", 40))
    values = np.array([[100.0, 10], [200, 40], [300, 30]])
    found = worth(values, choices)
    ranking = rank_parks(found, choices, method="weighted_sum")
    above, changes = changes_for_next_rank(ranking, found, values, ("gdp", "airport_km"), 1)
    assert above == 0  # 30 points against 40
    by_name = {one.criterion: one for one in changes}
    assert by_name["gdp"].worth_needed == pytest.approx(0.5 + 10 / 60)
    assert by_name["gdp"].figure_needed == pytest.approx(100 + 200 * (0.5 + 10 / 60))
    assert by_name["airport_km"].worth_needed == pytest.approx(0.25)
    assert by_name["airport_km"].figure_needed == pytest.approx(40 - 0.25 * 30)
    for name, change in by_name.items():
        at = ("gdp", "airport_km").index(name)
        moved = values.copy()
        moved[1, at] = change.figure_needed
        score = rank_parks(worth(moved, choices), choices, method="weighted_sum").score
        if name == "gdp":  # the scale keeps its ends: the park draws level exactly
            assert score[1] == pytest.approx(score[0])
    # The weight at which the two draw level: w·0.5 = (1 - w)·1, so w = 2/3.
    assert by_name["gdp"].weight_needed == pytest.approx(100 * 2 / 3)
    first, none = changes_for_next_rank(ranking, found, values, ("gdp", "airport_km"), 2)
    assert (first, none) == (-1, [])


def test_a_change_out_of_reach_says_so():
    choices = shares(Choice("gdp", 10), Choice("airport_km", 90))
    values = np.array([[100.0, 10], [200, 40]])
    found = worth(values, choices)
    ranking = rank_parks(found, choices, method="weighted_sum")
    _, changes = changes_for_next_rank(ranking, found, values, ("gdp", "airport_km"), 1)
    gdp = next(one for one in changes if one.criterion == "gdp")
    assert not gdp.possible
    assert np.isnan(gdp.figure_needed)
