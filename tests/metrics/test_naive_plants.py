"""Agglomeration and coagglomeration of plants, against loops written from their definitions."""

import math
import sys

import numpy as np
import pandas as pd
import pytest

import clusters.metrics as public
from clusters.errors import MetricError
from clusters.metrics import plants as plants_module
from clusters.metrics.plants import ALIKE, reduce_plants, shares_of, throw
from metrics import naive

SEEDS = range(30)


def plants_of(seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Return plants, some of no size, under labels that repeat, and shares of more areas."""
    rng = np.random.default_rng(seed)
    number = int(rng.integers(1, 30))
    sizes = [np.ones(number), rng.lognormal(size=number), rng.choice([0.0, 1.0, 50.0], number)]
    table = pd.DataFrame(
        {
            "area": rng.choice(list("abcde")[: int(rng.integers(1, 6))], number),
            "industry": rng.choice(list("uvw"), number),
            "size": sizes[seed % 3],
        },
        index=rng.integers(0, 5, number),
    )
    return table, pd.Series(rng.uniform(0.1, 3, 6), index=list("fedcba"))


def default_shares(table: pd.DataFrame) -> dict[str, float]:
    total = table["size"].sum()
    return (table.groupby("area")["size"].sum() / total).to_dict()


@pytest.mark.parametrize("scale", [1.0, 1e300, 1e-300])
@pytest.mark.parametrize("seed", SEEDS)
def test_indices_of_industries(seed: int, scale: float) -> None:
    table, base = plants_of(seed)
    sized = table.assign(size=table["size"] * scale)
    rows = list(table[["area", "industry", "size"]].itertuples(index=False, name=None))
    cases = [((base / base.sum()).to_dict(), base * 7)]
    if table["size"].any():
        cases.append((default_shares(table), None))
    for x, given in cases:
        found = public.ellison_glaeser(sized, given)
        unbiased = public.maurel_sedillot(sized, given)
        assert found.index.tolist() == sorted(set(table["industry"]))
        for industry, line in found.iterrows():
            expected = naive.agglomeration(rows, industry, x)
            for name in ("gamma", "raw_concentration", "plant_herfindahl", "plants", "se"):
                assert line[name] == pytest.approx(expected[name], rel=1e-8, abs=1e-11, nan_ok=True)
            wanted = expected["maurel_sedillot"]
            assert unbiased[industry] == pytest.approx(wanted, rel=1e-8, abs=1e-11, nan_ok=True)
            if line["se"] > 1e-6:
                z = expected["gamma"] / expected["se"]
                assert line["z"] == pytest.approx(z, rel=1e-6, abs=1e-9)
                assert line["p"] == pytest.approx(math.erfc(z / math.sqrt(2)) / 2, rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_indices_of_pairs(seed: int) -> None:
    table, base = plants_of(seed)
    names = sorted(set(table["industry"]))
    if len(names) < 2:
        return
    rows = list(table[["area", "industry", "size"]].itertuples(index=False, name=None))
    x = (base / base.sum()).to_dict()
    found = public.coagglomeration(table, base, alternative="two-sided")
    assert found.index.tolist() == [(a, b) for k, a in enumerate(names) for b in names[k + 1 :]]
    for (a, b), line in found.iterrows():
        gamma, se = naive.pair_agglomeration(rows, a, b, x)
        assert line["gamma_c"] == pytest.approx(gamma, rel=1e-8, abs=1e-11, nan_ok=True)
        assert line["se"] == pytest.approx(se, rel=1e-8, nan_ok=True)
        if not math.isnan(gamma):
            assert line["z"] == pytest.approx(gamma / se, rel=1e-8)
            p = math.erfc(abs(gamma / se) / math.sqrt(2))
            assert line["p"] == pytest.approx(p, rel=1e-8)
    if set(names) != set(table.loc[table["size"] > 0, "industry"]):
        return
    # Of the whole: G of all plants as one, less what each industry holds of itself.
    total = table.groupby("industry")["size"].sum()
    w = (total / total.sum()).to_dict()
    pairs = sum(2 * w[a] * w[b] * found.loc[(a, b), "gamma_c"] for a, b in found.index)
    group = pairs / (1 - sum(v**2 for v in w.values()))
    assert public.group_coagglomeration(table, base) == pytest.approx(group, rel=1e-8, abs=1e-11)


@pytest.mark.parametrize("seed", range(8))
def test_splitting_an_area_without_plants_changes_only_what_it_weighs(seed: int) -> None:
    """s = 0 in both halves: G falls by x² - 2 (x/2)², and Σx² with it."""
    table, base = plants_of(seed)
    halves = pd.concat([base.drop("f"), pd.Series([base["f"] / 2] * 2, index=["f1", "f2"])])
    x, split = base / base.sum(), halves / halves.sum()
    one = public.ellison_glaeser(table, base)["raw_concentration"].dropna()
    other = public.ellison_glaeser(table, halves)["raw_concentration"].dropna()
    np.testing.assert_allclose(one - other, x["f"] ** 2 - 2 * split["f1"] ** 2, atol=1e-12)


def test_merging_two_industries_weighs_their_shares_by_size() -> None:
    table, base = plants_of(7)
    merged = table.assign(industry="all")
    data, whole = reduce_plants(table, base), reduce_plants(merged, base)
    w = data.industry_size / data.industry_size.sum()
    np.testing.assert_allclose(w @ data.shares, whole.shares[0], rtol=1e-12)
    assert whole.h[0] == pytest.approx((w**2 * data.h).sum(), rel=1e-12)
    assert whole.z4[0] == pytest.approx((w**4 * data.z4).sum(), rel=1e-12)


def test_a_reduced_table_keeps_its_rows_and_counts_plants_with_a_size() -> None:
    """Three plants of u, one of them of no size: z = ¼, ¾, 0; H = 10/16; Σz⁴ = 82/256."""
    table = pd.DataFrame({"area": list("baa"), "industry": list("uuu"), "size": [1.0, 3.0, 0.0]})
    data = reduce_plants(table, None)
    assert data.industries.tolist() == ["u"]
    assert data.number.tolist() == [2]
    assert data.number.dtype == np.int64
    assert data.code.tolist() == [0, 0, 0]
    assert data.z.tolist() == [0.25, 0.75, 0.0]
    assert data.shares.tolist() == [[0.75, 0.25]]
    assert data.base.tolist() == [0.75, 0.25]
    assert data.h.tolist() == [10 / 16]
    assert data.z4.tolist() == [82 / 256]
    assert data.x2 == 10 / 16
    assert data.spread == 6 / 16
    assert data.pair_variance == pytest.approx(0.625 - 2 * (27 + 1) / 64 + 0.625**2, rel=1e-15)


def test_plants_in_places_of_the_whole_table_are_one_region_exactly() -> None:
    """Shares of ten areas never add up to exactly 1 but those of one area do."""
    single = shares_of(np.array([[3.0, 0.0]]), np.array([1.0, 0.0]))
    assert single.spread == 0.0
    assert single.reasons["one_region"].tolist() == [True]
    several = shares_of(np.array([[1.0] * 10]), np.full(10, 0.1))
    assert several.spread == pytest.approx(0.9, rel=1e-12)
    assert several.undefined.tolist() == [False]


def test_sizes_that_differ_make_alike_rows_single_plants() -> None:
    """Four plants of 1 in a, one of 6 in b: z = .1 four times and .6, H = .4."""
    table = pd.DataFrame({"area": ["a", "b"], "industry": "u", "size": [1.0, 6.0], ALIKE: [4, 1]})
    data = reduce_plants(table, None)
    assert data.number.tolist() == [5]
    np.testing.assert_allclose(data.shares, [[0.4, 0.6]], rtol=1e-15)
    np.testing.assert_allclose(data.h, [0.4], rtol=1e-12)
    alike = table.assign(size=2.0)
    same = reduce_plants(alike, None)
    np.testing.assert_allclose(same.h, [0.2], rtol=1e-12)
    np.testing.assert_allclose(same.shares, [[0.8, 0.2]], rtol=1e-12)
    assert same.number.tolist() == [5]


@pytest.mark.parametrize("z", [np.full(12, 1 / 12), np.arange(1.0, 5) / 10])
def test_darts_fall_with_the_odds_of_the_areas(z: np.ndarray) -> None:
    """Shares add up to 1; mean x, covariance H (diag x - xx')."""
    x, h = np.array([0.5, 0.3, 0.2]), (z**2).sum()
    thrown = throw(z, x, 40_000, np.random.default_rng(0))
    assert thrown.shape == (40_000, 3)
    np.testing.assert_allclose(thrown.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(thrown.mean(axis=0), x, atol=5 * np.sqrt(h / 4 / 40_000))
    expected = h * (np.diag(x) - np.outer(x, x))
    np.testing.assert_allclose(np.cov(thrown.T), expected, atol=0.02 * h)


def test_darts_do_not_see_the_order_of_plants_and_leave_out_those_of_no_size() -> None:
    x = np.array([0.4, 0.35, 0.25])
    z = np.array([0.5, 0.0, 0.3, 0.2])
    one, other = (throw(part, x, 9, np.random.default_rng(3)) for part in (z, z[[3, 2, 0]]))
    np.testing.assert_array_equal(one, other)


def test_random_numbers_of_an_industry_are_its_own() -> None:
    of = plants_module.generator_of
    first = of(4, "chips").random()
    assert of(4, "chips").random() == first
    assert of(5, "chips").random() != first
    assert of(4, "drones").random() != first
    assert of(4, "chips", "drones").random() != of(4, "drones", "chips").random()
    assert of(None, "chips").random() != of(None, "chips").random()


def test_draws_in_blocks_are_the_draws_of_one_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded by throwing in turn; the number of throws stays what was asked for."""
    table, base = plants_of(4)
    options = {"null": "simulate", "draws": 50, "seed": 2}
    once = public.ellison_glaeser(table, base, **options)["p"]
    pair = public.coagglomeration(table, base, **options)["p"]
    for module in ("agglomeration", "coagglomeration"):
        monkeypatch.setattr(sys.modules[f"clusters.metrics.{module}"], "BLOCK", 60)
    pieces = public.ellison_glaeser(table, base, **options)["p"]
    assert (((pieces * 51) % 1).round(9) % 1 == 0).all()
    np.testing.assert_allclose(pieces, once, atol=0.25)
    again = public.coagglomeration(table, base, **options)["p"]
    np.testing.assert_allclose(again, pair, atol=0.25)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            lambda t: t.drop(columns="size"),
            "plants has no column 'size'; it needs area, industry and size",
        ),
        (lambda t: t.iloc[:0], "plants has no rows; at least one plant is needed"),
        (lambda t: "firms.csv", "plants is str; pass a DataFrame with area, industry, size"),
        (
            lambda t: t.assign(area=[None, *t["area"][1:]]),
            "plants: row 'p' has no area; name it or leave the plant out",
        ),
        (
            lambda t: t.assign(size=[1.0, -2.0, 3.0]),
            (
                "plants: row 'q' has size -2.0; sizes must be finite and not negative, so correct it or "
                "leave the plant out"
            ),
        ),
    ],
)
def test_a_table_that_cannot_be_read_says_which_row_and_what_to_do(change, text: str) -> None:
    table = pd.DataFrame(
        {"area": list("aab"), "industry": list("uvu"), "size": [1.0, 2.0, 3.0]}, list("pqr")
    )
    with pytest.raises(MetricError) as caught:
        public.ellison_glaeser(change(table))
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("shares", "text"),
    [
        ([0.5, 0.5], "area_shares is list; pass a Series labelled by area"),
        (pd.Series({"a": 1.0}), "area_shares has no area 'b', but plants lie there; add it"),
        (
            pd.Series({"a": 0.0, "b": 0.0}),
            "area_shares adds up to 0; give the share of every area in the economy",
        ),
        (
            pd.Series({"a": 1.0, "b": -1.0}),
            (
                "area_shares: value -1.0 at position 1; values must be finite and not negative, so "
                "correct or drop it"
            ),
        ),
    ],
)
def test_shares_that_do_not_fit_say_why(shares, text: str) -> None:
    table = pd.DataFrame({"area": list("aab"), "industry": list("uvu"), "size": [1.0, 2.0, 3.0]})
    with pytest.raises(MetricError) as caught:
        public.maurel_sedillot(table, shares)
    assert str(caught.value) == text


def test_one_throw_is_enough_to_ask_for() -> None:
    """p of one draw is 1/2 or 1: never below 1/(draws + 1)."""
    table, base = plants_of(4)
    p = public.ellison_glaeser(table, base, null="simulate", draws=1, seed=0)["p"]
    assert set(p.dropna()) <= {0.5, 1.0}
    with pytest.raises(MetricError) as caught:
        public.ellison_glaeser(table, base, null="simulate", draws=0)
    assert str(caught.value) == "draws is 0; at least 1 is needed, better 999"
    with pytest.raises(MetricError) as caught:
        public.coagglomeration(table, base, null="darts")
    assert str(caught.value) == "null 'darts' is unknown; choose normal or simulate"
