"""Moran, local Moran and Getis-Ord against enumeration, the formulas and esda where it is right."""

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from clusters.errors import MetricError
from clusters.metrics import false_discovery, getis_ord, local_moran, moran, why_undefined


def lattice(rows: int, columns: int) -> np.ndarray:
    """Return binary rook contiguity of a grid, (n, n)."""
    n = rows * columns
    place = np.stack(np.unravel_index(np.arange(n), (rows, columns)), axis=1)
    return (np.abs(place[:, None] - place[None, :]).sum(axis=2) == 1).astype(float)


def row_scaled(w: np.ndarray) -> np.ndarray:
    total = w.sum(axis=1, keepdims=True)
    return np.divide(w, total, out=np.zeros_like(w), where=total > 0)


@pytest.fixture(scope="module")
def esda_and_libpysal():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        esda = pytest.importorskip("esda")
        libpysal = pytest.importorskip("libpysal")
        yield esda, libpysal


CHAIN = np.array([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]], dtype=float)


def test_moran_by_hand() -> None:
    """A chain of four with 1, 2, 3, 4: z'Wz = 2(.75 - .25 + .75) = 2.5, S0 = 6, z'z = 5: I = 1/3."""
    result = moran([1, 2, 3, 4], CHAIN, transform="given", null="normality")
    assert result.statistic == pytest.approx(1 / 3, rel=1e-12)
    assert result.expectation == pytest.approx(-1 / 3, rel=1e-12)


@pytest.mark.parametrize("transform", ["given", "row"])
def test_randomisation_moments_are_those_of_all_permutations(transform) -> None:
    """All 720 orders of six values on a lattice: mean, variance and p exactly."""
    y = np.array([1.0, 2.0, 4.0, 8.0, 9.0, 0.5])
    w = lattice(2, 3)
    used = w if transform == "given" else row_scaled(w)
    z = y - y.mean()
    orders = np.array(list(itertools.permutations(z)))
    all_i = 6 / used.sum() * ((orders @ used) * orders).sum(axis=1) / (z @ z)
    result = moran(y, w, transform=transform, null="randomisation")
    assert result.expectation == pytest.approx(all_i.mean(), rel=1e-9)
    assert result.variance == pytest.approx(all_i.var(), rel=1e-9)
    assert result.z == pytest.approx((result.statistic - all_i.mean()) / all_i.std(), rel=1e-9)
    drawn = moran(y, w, transform=transform, permutations=20_000, seed=1)
    two = 2 * min(
        (all_i >= drawn.statistic - 1e-9).mean(), (all_i <= drawn.statistic + 1e-9).mean()
    )
    assert drawn.p == pytest.approx(min(1, two), abs=0.02)
    assert drawn.variance == result.variance


def test_normality_variance_is_that_of_normal_draws() -> None:
    w = row_scaled(lattice(4, 5))
    y = np.random.default_rng(0).standard_normal((20, 40_000))
    z = y - y.mean(axis=0)
    simulated = 20 / w.sum() * (z * (w @ z)).sum(axis=0) / (z**2).sum(axis=0)
    result = moran(y[:, 0], w, null="normality")
    assert result.variance == pytest.approx(simulated.var(), rel=0.03)


@settings(max_examples=40)
@given(st.integers(0, 2**31), st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_moran_does_not_see_unit_origin_or_order(seed, origin, unit) -> None:
    rng = np.random.default_rng(seed)
    w, y = lattice(3, 4), rng.standard_normal(12)
    base = moran(y, w, null="randomisation")
    other = moran(y * unit + origin, w, null="randomisation")
    assert other.statistic == pytest.approx(base.statistic, rel=1e-5, abs=1e-6)
    order = rng.permutation(12)
    turned = moran(y[order], w[np.ix_(order, order)], null="randomisation")
    assert turned.statistic == pytest.approx(base.statistic, rel=1e-9, abs=1e-12)
    assert turned.variance == pytest.approx(base.variance, rel=1e-9)
    assert 0 <= base.p <= 1


def test_against_esda(esda_and_libpysal) -> None:
    """Statistics and moments to rounding; esda's G has the right variance for binary weights."""
    esda, libpysal = esda_and_libpysal
    y = np.random.default_rng(0).gamma(1, 1, 120)

    def queen():
        return libpysal.weights.lat2W(10, 12, rook=False)

    theirs = esda.Moran(y, queen(), permutations=0)
    mine = moran(y, queen(), null="randomisation")
    assert mine.statistic == pytest.approx(theirs.I, rel=1e-12)
    assert mine.variance == pytest.approx(theirs.VI_rand, rel=1e-12)
    assert mine.p == pytest.approx(theirs.p_rand, rel=1e-9)
    assert moran(y, queen(), null="normality").variance == pytest.approx(theirs.VI_norm, rel=1e-12)
    local = local_moran(y, queen(), seed=0)
    their_local = esda.Moran_Local(y, queen(), permutations=0)
    np.testing.assert_allclose(local["statistic"], their_local.Is, rtol=1e-9, atol=1e-12)
    names = np.array(["", "HH", "LH", "LL", "HL"])
    assert (names[their_local.q] == local["quadrant"]).all()
    for star in (True, False):
        hot = getis_ord(y, queen(), star=star, seed=0)
        their_hot = esda.G_Local(y, queen(), transform="B", star=star, permutations=0)
        np.testing.assert_allclose(hot["statistic"], their_hot.Zs, rtol=1e-9, atol=1e-12)


def test_weights_of_libpysal_are_matched_by_label_and_left_alone(esda_and_libpysal) -> None:
    _, libpysal = esda_and_libpysal
    w = libpysal.weights.W({"a": ["b"], "b": ["a", "c"], "c": ["b", "d"], "d": ["c"]})
    y = pd.Series([4, 1, 3, 2], index=list("dacb"))
    assert moran(y, w, null="normality").statistic == pytest.approx(
        moran([1, 2, 3, 4], CHAIN, null="normality").statistic
    )
    assert w.transform == "O"
    table = local_moran(y, w, seed=1)
    assert list(table.index) == list("dacb")
    graph = libpysal.graph.Graph.from_W(w)
    assert moran(y, graph, null="normality").statistic == pytest.approx(
        moran(y, w, null="normality").statistic
    )
    with pytest.raises(MetricError, match="'d' is in one only"):
        moran(y.rename({"d": "e"}), w)


def test_getis_ord_published_example() -> None:
    """Six points within 15 units, values 2, 3, 3.2, 5, 8, 7: the example of esda's manual."""
    points = np.array([(10, 10), (20, 10), (40, 10), (15, 20), (30, 20), (30, 30)])
    distance = np.hypot(*(points[:, None] - points[None, :]).transpose(2, 0, 1))
    w = ((distance <= 15) & (distance > 0)).astype(float)
    y = [2, 3, 3.2, 5, 8, 7]
    plain = getis_ord(y, w, star=False, seed=0)["statistic"]
    star = getis_ord(y, w, seed=0)["statistic"]
    expected = [-1.0136729, -0.04361589, 1.31558703, -0.31412676, 1.15373986, 1.77833941]
    np.testing.assert_allclose(plain, expected, rtol=1e-6)
    expected = [-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331]
    np.testing.assert_allclose(star, expected, rtol=1e-6)


def test_local_moments_are_those_of_all_conditional_permutations() -> None:
    """Six areas: the value of each stays, the other five are dealt out in all 120 orders."""
    y = np.array([1.0, 2.0, 4.0, 8.0, 9.0, 0.5])
    w = row_scaled(lattice(2, 3))
    z = y - y.mean()
    m2 = z @ z / 5
    table = local_moran(y, lattice(2, 3), permutations=20_000, seed=3)
    for i in range(6):
        others = np.delete(np.arange(6), i)
        dealt = np.array(list(itertools.permutations(z[others])))
        drawn = z[i] * (dealt @ w[i, others]) / m2
        row = table.loc[i]
        assert row["statistic"] == pytest.approx(z[i] * (w[i] @ z) / m2, rel=1e-12)
        assert row["expectation"] == pytest.approx(drawn.mean(), rel=1e-9)
        assert row["variance"] == pytest.approx(drawn.var(), rel=1e-9)
        tails = (drawn >= row["statistic"] - 1e-9).mean(), (drawn <= row["statistic"] + 1e-9).mean()
        assert row["p"] == pytest.approx(min(1, 2 * min(tails)), abs=0.02)


def test_local_statistics_add_up_to_the_global_one() -> None:
    """Anselin 1995: Σ I_i = I · S0 (n - 1)/n for m2 = z'z/(n - 1)."""
    rng = np.random.default_rng(8)
    y, w = rng.gamma(2, 1, 30), lattice(5, 6)
    total = local_moran(y, w, seed=0)["statistic"].sum()
    assert total == pytest.approx(moran(y, w).statistic * 30 * 29 / 30, rel=1e-9)


def test_clusters_are_found_and_named() -> None:
    y = np.zeros((12, 12))
    y[:4, :4] = 10
    y[8:, 8:] = -10
    # A corner with two neighbours is never as sure as the rest, so the blocks are looked at
    # without their outer corners.
    y = y + np.random.default_rng(1).normal(0, 0.5, y.shape)
    table = local_moran(y.ravel(), lattice(12, 12), seed=1)
    label = table["label"].to_numpy().reshape(12, 12)
    assert (label[1:3, 1:3] == "HH").all()
    assert (label[9:11, 9:11] == "LL").all()
    assert set(label[5:7, 5:7].ravel()) == {"ns"}
    hot = getis_ord(y.ravel(), lattice(12, 12), seed=1)["label"].to_numpy().reshape(12, 12)
    assert (hot[1:3, 1:3] == "hot").all()
    assert (hot[9:11, 9:11] == "cold").all()
    np.testing.assert_allclose(table["q"], false_discovery(table["p"]))


@pytest.mark.parametrize("measure", [local_moran, getis_ord])
def test_p_is_honest_on_noise(measure) -> None:
    """No area of pure noise is called at 5 % more often than 5 %; p ≤ 1; seeds repeat."""
    rng = np.random.default_rng(0)
    w = lattice(8, 8)
    p = np.concatenate(
        [measure(rng.standard_normal(64), w, seed=k, permutations=199)["p"] for k in range(20)]
    )
    assert p.max() <= 1
    assert p.min() >= 1 / 200
    assert (p <= 0.05).mean() < 0.065
    y = rng.standard_normal(64)
    pd.testing.assert_frame_equal(measure(y, w, seed=4), measure(y, w, seed=4))


def test_normal_and_permutation_p_agree_on_normal_values() -> None:
    y = np.random.default_rng(1).standard_normal(64)
    for measure, options in ((local_moran, {}), (getis_ord, {"star": False})):
        normal = measure(y, lattice(8, 8), null="normality", **options)["p"]
        drawn = measure(y, lattice(8, 8), seed=4, **options)["p"]
        assert np.corrcoef(normal, drawn)[0, 1] > 0.95


def test_ties_are_never_significant() -> None:
    """Sparse counts: areas among zeros only would get p = 1/(P + 1) if ties were ignored."""
    y = np.zeros(49)
    y[24] = 5
    table = local_moran(y, lattice(7, 7), seed=0)
    assert table.loc[0, "p"] > 0.5
    assert table.loc[0, "label"] == "ns"


def test_islands_have_no_local_statistic_but_count() -> None:
    w = np.zeros((6, 6))
    w[:5, :5] = np.eye(5, k=1) + np.eye(5, k=-1)
    y = np.array([1, 2, 3, 5, 8, 13.0])
    result = moran(y, w)
    assert (result.n, result.islands) == (6, 1)
    for measure in (local_moran, getis_ord):
        table = measure(y, w, seed=0)
        assert table.loc[5, ["statistic", "z", "p", "q"]].isna().all()
        assert why_undefined(table).loc[5, "statistic"] == "no_neighbours"
        assert table.loc[5, "label"] == "ns"
        assert table.loc[:4, "p"].notna().all()


def test_missing_values_raise_or_are_dropped() -> None:
    y = pd.Series([1, 2, np.nan, 5, 4], index=list("edcba"))
    w = np.eye(5, k=1) + np.eye(5, k=-1)
    with pytest.raises(MetricError, match="'c' is nan"):
        moran(y, w)
    table = local_moran(y, w, missing="drop", seed=0)
    assert why_undefined(table).loc["c", "statistic"] == "missing_value"
    assert list(table.index) == list("edcba")
    assert moran(y, w, missing="drop").n == 4


def test_undefined_cases() -> None:
    assert why_undefined(moran([2, 2, 2, 2], CHAIN)) == "no_variation"
    assert why_undefined(moran([0.1 + 0.2, 0.3, 0.3, 0.3], CHAIN)) == "no_variation"
    assert why_undefined(moran([2], [[0]])) == "too_few_areas"
    assert why_undefined(moran([1, 2], np.zeros((2, 2)))) == "no_neighbours"
    three = moran([1, 2, 4], CHAIN[:3, :3], null="randomisation")
    assert three.reason == "too_few_areas"
    assert moran([1, 2, 4], CHAIN[:3, :3]).reason is None
    everybody = moran([1, 2, 3, 4, 9], np.ones((5, 5)), null="randomisation")
    assert everybody.statistic == pytest.approx(-1 / 4, rel=1e-12)
    constant = local_moran([2, 2, 2, 2], CHAIN)
    assert (why_undefined(constant)["statistic"] == "no_variation").all()
    assert (constant["label"] == "ns").all()
    assert getis_ord([2, 2, 2, 2], CHAIN)["p"].isna().all()


def test_everybody_neighbours_everybody() -> None:
    """The lag does not depend on the permutation: no z, and p = 1."""
    w = np.ones((5, 5)) - np.eye(5)
    table = local_moran([1, 2, 3, 4, 9], w, seed=0)
    assert table["z"].isna().all()
    assert (table["p"] == 1).all()


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array, sparse.coo_matrix])
def test_forms_of_weights(kind) -> None:
    y = [3, 1, 4, 1]
    assert moran(y, kind(CHAIN), seed=1) == moran(y, CHAIN, seed=1)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: moran([1, 2, np.inf, 4], CHAIN), "inf"),
        (lambda: moran([1, 2, 3], CHAIN), "shape"),
        (lambda: moran([1, 2, 3, 4], -CHAIN), "negative"),
        (lambda: moran([], np.zeros((0, 0))), "one number per area"),
        (lambda: moran([1, 2, 3, 4], "queen"), "libpysal W"),
        (lambda: moran([1, 2, 3, 4], CHAIN, null="exact"), "randomisation"),
        (lambda: moran([1, 2, 3, 4], CHAIN, permutations=0), "permutations"),
        (lambda: moran([1, 2, 3, 4], CHAIN, transform="B"), "row or given"),
        (lambda: moran([1, 2, 3, 4], CHAIN, missing="skip"), "raise or drop"),
        (lambda: local_moran([1, 2, 3, 4], CHAIN, null="exact"), "permutation or normality"),
        (lambda: moran(pd.Series([1, 2, 3, 4], index=list("aabc")), CHAIN), "twice"),
    ],
)
def test_bad_input_is_named(call, words) -> None:
    with pytest.raises(MetricError, match=words):
        call()
