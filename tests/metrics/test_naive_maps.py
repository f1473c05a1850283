"""Spatial autocorrelation against loops written from the definitions, on weights of any kind."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest

import clusters.metrics as public
from clusters.metrics.undefined import why_undefined
from metrics import naive

SEEDS = range(24)


def map_of(seed: int, n: int | None = None) -> tuple[list[float], list[list[float]]]:
    """Return values and weights: directed or not, with islands, of counts with ties or not."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 10)) if n is None else n
    w = (rng.random((n, n)) < 0.45) * (rng.uniform(0.2, 3, (n, n)) if seed % 2 else 1.0)
    if seed % 3 == 0:
        w = np.maximum(w, w.T)
    np.fill_diagonal(w, 0)
    w[0, 1] = w[1, 0] = 1.0
    if seed % 4 == 3:
        w[n - 1] = w[:, n - 1] = 0
    y = rng.normal(5, 2, n) if seed % 5 else rng.integers(0, 3, n).astype(float)
    y[0] = 11.0
    return y.tolist(), w.tolist()


def both(w: list[list[float]]) -> list[tuple[str, list[list[float]]]]:
    return [("given", w), ("row", naive.row_scaled(w))]


@pytest.mark.parametrize("seed", SEEDS)
def test_statistics_of_the_whole_map(seed: int) -> None:
    y, w = map_of(seed)
    n = len(y)
    islands = sum(not any(row) for row in w)
    for transform, used in both(w):
        i = public.moran(y, w, transform=transform, null="normality")
        assert i.statistic == pytest.approx(naive.moran(y, used), rel=1e-9)
        assert i.expectation == -1 / (n - 1)
        variance = naive.moran_variance_normal(used)
        assert i.variance == pytest.approx(variance, rel=1e-9)
        assert (i.n, i.islands) == (n, islands)
        if variance < 1e-12:  # everybody neighbours everybody
            assert math.isnan(i.z)
            assert i.reason == "no_variation"
            continue
        assert i.z == pytest.approx((i.statistic + 1 / (n - 1)) / math.sqrt(variance), rel=1e-8)
        assert i.p == pytest.approx(math.erfc(abs(i.z) / math.sqrt(2)), rel=1e-9)
        assert i.reason is None
        c = public.geary(y, w, transform=transform, null="normality")
        assert c.statistic == pytest.approx(naive.geary(y, used), rel=1e-9)
        assert c.variance == pytest.approx(naive.geary_variance_normal(used), rel=1e-9)
        assert (c.expectation, c.n, c.islands) == (1.0, n, islands)


@pytest.mark.parametrize("seed", range(6))
def test_exact_moments_are_those_of_every_order(seed: int) -> None:
    y, w = map_of(seed, n=5)
    for transform, used in both(w):
        for function, plain in ((public.moran, naive.moran), (public.geary, naive.geary)):
            found = function(y, w, transform=transform, null="randomisation")
            mean, variance = naive.moments_over_orders(plain, y, used)
            assert found.expectation == pytest.approx(mean, rel=1e-9)
            assert found.variance == pytest.approx(variance, rel=1e-8)


@pytest.mark.parametrize("seed", SEEDS)
def test_local_moran(seed: int) -> None:
    y, w = map_of(seed)
    for transform, used in both(w):
        found = public.local_moran(y, w, transform=transform, null="normality")
        for (_, line), expected, row in zip(
            found.iterrows(), naive.local_moran(y, used), used, strict=True
        ):
            if not any(row):
                assert np.isnan([line[name] for name in ("statistic", "variance", "p", "q")]).all()
                assert pd.isna(line["quadrant"])
                assert line["label"] == "ns"
                continue
            side, lag = expected.pop("quadrant"), expected["statistic"]
            # At the mean itself rounding decides on which side of it a value lies.
            assert line["quadrant"] == side or abs(lag) < 1e-12
            for name, value in expected.items():
                assert line[name] == pytest.approx(value, rel=1e-8, abs=1e-9)
            if line["variance"] == 0:
                assert np.isnan(line["z"])
            else:
                z = (expected["statistic"] - expected["expectation"]) / expected["variance"] ** 0.5
                assert line["z"] == pytest.approx(z, rel=1e-7, abs=1e-9)
                assert line["p"] == pytest.approx(math.erfc(abs(z) / math.sqrt(2)), rel=1e-6)
        np.testing.assert_allclose(found["q"], naive.false_discovery(found["p"].tolist()))


@pytest.mark.parametrize("seed", SEEDS)
def test_getis_ord(seed: int) -> None:
    y, w = map_of(seed)
    for star, (transform, given) in itertools.product((True, False), both(w)):
        used = given
        if star:  # the area joins its neighbours with the largest weight of its row
            used = [
                [max(row) if i == j else v for j, v in enumerate(row)] for i, row in enumerate(w)
            ]
            used = naive.row_scaled(used) if transform == "row" else used
        expected = naive.getis_ord(y, used, star=star)
        expected = [v if any(row) else math.nan for v, row in zip(expected, w, strict=True)]
        found = public.getis_ord(y, w, star=star, transform=transform, null="normality")
        np.testing.assert_allclose(found["statistic"], expected, rtol=1e-7, atol=1e-9)
        assert found["z"].equals(found["statistic"].rename("z"))
        p = [math.erfc(abs(v) / math.sqrt(2)) for v in expected]
        np.testing.assert_allclose(found["p"], p, rtol=1e-6)
        known = found["z"].notna()
        assert found.loc[known, "expectation"].eq(0).all()
        assert found.loc[known, "variance"].eq(1).all()


@pytest.mark.parametrize("seed", range(12))
def test_join_counts_and_their_exact_moments(seed: int) -> None:
    """Mean and variance over every way to mark as many areas."""
    _, w = map_of(seed, n=6)
    rng = np.random.default_rng(seed)
    marked = np.zeros(6, dtype=int)
    marked[: 1 + seed % 5] = 1
    rng.shuffle(marked)
    ways = [
        [int(k in some) for k in range(6)]
        for some in itertools.combinations(range(6), int(marked.sum()))
    ]
    for transform, used in both(w):
        found = public.join_counts(marked, w, transform=transform, permutations=0)
        every = np.array([naive.joins(way, used) for way in ways])
        np.testing.assert_allclose(
            found["statistic"], naive.joins(marked.tolist(), used), rtol=1e-9, atol=1e-12
        )
        np.testing.assert_allclose(found["expectation"], every.mean(axis=0), atol=1e-12)
        np.testing.assert_allclose(found["variance"], every.var(axis=0), atol=1e-9)
        sd = every.std(axis=0)
        known = sd > 1e-6
        z = (found["statistic"] - every.mean(axis=0)) / np.where(known, sd, np.nan)
        np.testing.assert_allclose(found["z"][known], z[known], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_permuted_p_is_near_that_of_all_orders(seed: int) -> None:
    """Two-sided and with ties: twice the smaller tail, at most 1."""
    y, w = map_of(seed, n=5)
    used = naive.row_scaled(w)
    for function, plain in ((public.moran, naive.moran), (public.geary, naive.geary)):
        seen = plain(y, used)
        every = [plain(order, used) for order in itertools.permutations(y)]
        above = sum(v >= seen - 1e-9 for v in every) / len(every)
        below = sum(v <= seen + 1e-9 for v in every) / len(every)
        found = function(y, w, permutations=4000, seed=seed)
        assert found.p == pytest.approx(min(1.0, 2 * min(above, below)), abs=0.05)
        assert found == function(y, w, permutations=4000, seed=seed)
        assert round(found.p * 4001) == pytest.approx(found.p * 4001)


@pytest.mark.parametrize("seed", range(4))
def test_permuted_p_of_an_area_is_near_that_of_all_deals(seed: int) -> None:
    y, w = map_of(seed, n=6)
    used = naive.row_scaled(w)
    local = public.local_moran(y, w, permutations=4000, seed=seed)
    hot = public.getis_ord(y, w, star=False, permutations=4000, seed=seed)
    for i in range(6):
        others = [y[j] for j in range(6) if j != i]
        row = [used[i][j] for j in range(6) if j != i]
        seen = sum(a * b for a, b in zip(row, others, strict=True))
        every = [
            sum(a * b for a, b in zip(row, deal, strict=True))
            for deal in itertools.permutations(others)
        ]
        above = sum(v >= seen - 1e-9 for v in every) / len(every)
        below = sum(v <= seen + 1e-9 for v in every) / len(every)
        if any(row):
            p = min(1.0, 2 * min(above, below))
            assert local["p"][i] == pytest.approx(p, abs=0.05)
            if not math.isnan(hot["p"][i]):
                assert hot["p"][i] == pytest.approx(p, abs=0.05)


@pytest.mark.parametrize("seed", range(8))
def test_values_and_weights_are_matched_in_any_order(seed: int) -> None:
    y, w = map_of(seed)
    order = np.random.default_rng(seed).permutation(len(y))
    turned = np.array(w)[np.ix_(order, order)]
    labels = [f"a{k}" for k in range(len(y))]
    plain = pd.Series(y, labels)
    mixed = plain.iloc[order]
    for function in (public.local_moran, public.getis_ord):
        one = function(plain, w, null="normality")
        other = function(mixed, turned, null="normality")
        pd.testing.assert_frame_equal(other.loc[labels], one)
        assert other.index.tolist() == mixed.index.tolist()


def test_an_area_without_a_value_is_as_if_it_were_not_there() -> None:
    y, w = map_of(2, n=8)
    gone = [0, 1, 2, 4, 5, 6, 7]
    holed = [math.nan if k == 3 else v for k, v in enumerate(y)]
    part = np.array(w)[np.ix_(gone, gone)]
    for function in (public.local_moran, public.getis_ord):
        found = function(holed, w, missing="drop", null="normality")
        alone = function([y[k] for k in gone], part, null="normality")
        np.testing.assert_allclose(found["statistic"].drop(3), alone["statistic"], rtol=1e-12)
        assert np.isnan(found["statistic"][3])
        assert why_undefined(found).loc[3, "p"] == "missing_value"
        assert found["label"][3] == "ns"
    whole = public.moran(holed, w, missing="drop", null="randomisation")
    assert whole.statistic == public.moran([y[k] for k in gone], part, null="normality").statistic
    assert whole.n == 7


def test_labels_follow_q_and_the_rate_asked_for() -> None:
    values, w = map_of(11, n=9)
    y = pd.Series(values, list("ihgfedcba"))  # labels that are no positions
    for alpha in (0.0, 0.3, 1.0):
        local = public.local_moran(y, w, permutations=99, seed=0, alpha=alpha)
        sure = local["q"] <= alpha
        assert (local["label"] == np.where(sure, local["quadrant"], "ns")).all()
        assert local.index.equals(y.index)
        hot = public.getis_ord(y, w, permutations=99, seed=0, alpha=alpha)
        side = np.where(hot["z"] > 0, "hot", "cold")
        assert (hot["label"] == np.where(hot["q"] <= alpha, side, "ns")).all()


def test_few_numbers_at_once_give_the_p_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Permutations are drawn in blocks, and one block is drawn like many."""
    y, w = map_of(1, n=8)
    whole = public.moran(y, w, permutations=60, seed=5)
    for block in (1, 80):
        monkeypatch.setattr("clusters.metrics.autocorrelation.BLOCK", block)
        assert public.moran(y, w, permutations=60, seed=5) == whole


def test_two_areas_are_too_few_for_local_statistics_and_three_are_not() -> None:
    """Three in a row, 0, 1, 5: z = -2, -1, 3, m2 = 7; row-standardised: -2·-1/7, -1·½/7, 3·-1/7."""
    line = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], float)
    found = public.local_moran([0, 1, 5], line, permutations=9, seed=0)
    np.testing.assert_allclose(found["statistic"], [2 / 7, -0.5 / 7, -3 / 7], rtol=1e-12)
    assert found["quadrant"].tolist() == ["LL", "LH", "HL"]
    two = public.local_moran([0, 1], line[:2, :2], permutations=9, seed=0)
    assert two["statistic"].isna().all()
    assert public.getis_ord([0, 1], line[:2, :2], permutations=9)["statistic"].isna().all()
    lone = public.local_moran([0, 1, 5], np.zeros((3, 3)), permutations=9)
    assert (why_undefined(lone)["statistic"] == "no_neighbours").all()


@pytest.mark.parametrize("n", range(4, 12))
def test_an_area_near_to_all_others_has_nothing_to_be_compared_with(n: int) -> None:
    """Each of n - 1 weights 1/(n - 1), which rounds: the lag is the same however values fall."""
    y = np.arange(n) ** 2.0
    w = np.ones((n, n)) - np.eye(n)
    for function in (public.local_moran, public.getis_ord):
        found = function(y, w, null="normality")
        assert found[["z", "p"]].isna().all(axis=None)
        assert (why_undefined(found)["z"] == "no_variation").all()
    assert public.getis_ord(y, w, permutations=9, seed=0)["p"].isna().all()


@pytest.mark.parametrize("n", range(4, 12))
def test_one_odd_area_among_equals_is_compared_with_no_spread(n: int) -> None:
    """Without itself all values are alike: no score of G, no moments of a deal."""
    w = np.eye(n, k=1) + np.eye(n, k=-1)
    y = np.full(n, 0.3)
    y[1] = 7.0
    assert np.isnan(public.getis_ord(y, w, star=False, null="normality")["z"][1])
    local = public.local_moran(y, w, null="normality")
    assert local["variance"][1] == 0
    assert np.isnan(local["z"][1])
    assert local["z"].drop(1).notna().all()


@pytest.mark.parametrize("n", range(4, 12))
def test_a_map_of_one_neighbourhood_has_no_score(n: int) -> None:
    """I is -1/(n - 1) and C is 1 in every order of the values."""
    y, w = np.sqrt(np.arange(n)), np.ones((n, n)) - np.eye(n)
    for function, expected in ((public.moran, -1 / (n - 1)), (public.geary, 1.0)):
        found = function(y, w, null="randomisation")
        assert found.statistic == pytest.approx(expected, rel=1e-12)
        assert math.isnan(found.z)
        assert math.isnan(found.p)
        assert found.reason == "no_variation"
