"""Ellison-Glaeser, Maurel-Sédillot and coagglomeration against enumeration, darts and identities."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clusters.errors import MetricError
from clusters.metrics import (
    coagglomeration,
    ellison_glaeser,
    group_coagglomeration,
    maurel_sedillot,
    why_undefined,
)
from clusters.metrics import plants as plants_module
from clusters.metrics.plants import ALIKE

SHARES = pd.Series({"north": 0.5, "west": 0.3, "south": 0.2})


def plants(areas, sizes, industry="chips") -> pd.DataFrame:
    return pd.DataFrame({"area": list(areas), "industry": industry, "size": list(sizes)})


def random_plants(seed: int, number=40, areas="abcde", industries="xyz") -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "area": rng.choice(list(areas), number),
            "industry": rng.choice(list(industries), number),
            "size": rng.integers(1, 60, number),
        }
    )


def enumerated(sizes) -> tuple[np.ndarray, np.ndarray]:
    """Return every placement of plants in three areas as shares (3^k, 3), and its probability."""
    z = np.array(sizes) / sum(sizes)
    places = np.array(list(itertools.product(range(3), repeat=len(z))))
    shares = np.stack([(places == r) @ z for r in range(3)], axis=1)
    return shares, SHARES.to_numpy()[places].prod(axis=1)


def test_ellison_glaeser_by_hand() -> None:
    """Two equal plants in one of two equal areas: s = (1, 0), G = ½, H = ½, γ = 1."""
    table = ellison_glaeser(plants(["a", "a"], [3, 3]), pd.Series({"a": 0.5, "b": 0.5}))
    row = table.loc["chips"]
    assert row["raw_concentration"] == pytest.approx(0.5, rel=1e-12)
    assert row["plant_herfindahl"] == pytest.approx(0.5, rel=1e-12)
    assert row["gamma"] == pytest.approx(1.0, rel=1e-12)
    assert row["plants"] == 2
    apart = ellison_glaeser(plants(["a", "b"], [3, 3]), pd.Series({"a": 0.5, "b": 0.5}))
    assert apart.loc["chips", "gamma"] == pytest.approx(-1.0, rel=1e-12)
    assert list(table.columns) == [
        "gamma",
        "raw_concentration",
        "plant_herfindahl",
        "plants",
        "se",
        "z",
        "p",
    ]


@pytest.mark.parametrize(
    "sizes", [[1, 1], [5, 1, 1], [7, 3, 2, 2, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]
)
def test_mean_and_standard_error_are_those_of_all_placements(sizes) -> None:
    """All 3^k placements with their dart probabilities: E[γ] = 0 and sd = se, exactly."""
    x = SHARES.to_numpy()
    shares, probability = enumerated(sizes)
    z = np.array(sizes) / sum(sizes)
    h, spread = (z**2).sum(), 1 - (x**2).sum()
    gamma = (((shares - x) ** 2).sum(axis=1) - spread * h) / (spread * (1 - h))
    assert probability @ gamma == pytest.approx(0, abs=1e-12)
    sd = np.sqrt(probability @ gamma**2)
    row = ellison_glaeser(plants(["north"] * len(sizes), sizes), SHARES).loc["chips"]
    assert row["se"] == pytest.approx(sd, rel=1e-9)
    assert row["gamma"] == pytest.approx(gamma[(shares[:, 0] == shares[:, 0].max()).argmax()])
    unbiased = ((shares**2).sum(axis=1) - (x**2).sum()) / spread
    assert probability @ ((unbiased - h) / (1 - h)) == pytest.approx(0, abs=1e-12)


def test_simulated_p_is_the_exact_one() -> None:
    """Of all placements of six plants, the share at least as concentrated as the one seen."""
    sizes = [6, 5, 3, 2, 1, 1]
    shares, probability = enumerated(sizes)
    g = ((shares - SHARES.to_numpy()) ** 2).sum(axis=1)
    areas = ["west", "west", "west", "south", "north", "north"]
    table = ellison_glaeser(plants(areas, sizes), SHARES, null="simulate", draws=20_000, seed=4)
    exact = probability[g >= table.loc["chips", "raw_concentration"] - 1e-12].sum()
    assert table.loc["chips", "p"] == pytest.approx(exact, abs=4 * np.sqrt(exact / 20_000))


def test_equal_plants_fall_as_a_multinomial() -> None:
    """The fast path for equal sizes has the same distribution as single darts."""
    areas = ["north"] * 12 + ["west"] * 12 + ["south"] * 16
    equal = ellison_glaeser(plants(areas, [2] * 40), SHARES, "simulate", 20_000, 1)
    sizes = [2 + k * 1e-9 for k in range(40)]
    single = ellison_glaeser(plants(areas, sizes), SHARES, "simulate", 20_000, 1)
    assert equal.loc["chips", "p"] == pytest.approx(single.loc["chips", "p"], abs=0.015)


def test_default_shares_are_those_of_all_plants() -> None:
    table = random_plants(1)
    base = table.groupby("area")["size"].sum() / table["size"].sum()
    pd.testing.assert_frame_equal(ellison_glaeser(table), ellison_glaeser(table, base), rtol=1e-9)
    pd.testing.assert_frame_equal(
        ellison_glaeser(table), ellison_glaeser(table, base * 250), rtol=1e-9
    )


def formula(table: pd.DataFrame, industry: str, x: pd.Series) -> tuple[float, float]:
    """Return γ and the Maurel-Sédillot index straight from the definitions."""
    own = table[table["industry"] == industry]
    z = own["size"] / own["size"].sum()
    s = z.groupby(own["area"]).sum().reindex(x.index, fill_value=0.0)
    h, x2 = (z**2).sum(), (x**2).sum()
    g = ((s - x) ** 2).sum()
    gamma = (g - (1 - x2) * h) / ((1 - x2) * (1 - h))
    return gamma, (((s**2).sum() - x2) / (1 - x2) - h) / (1 - h)


@settings(max_examples=40)
@given(st.integers(0, 2**31), st.floats(1e-6, 1e6))
def test_definitions_order_and_scale(seed, scale) -> None:
    table = random_plants(seed)
    x = pd.Series([0.1, 0.2, 0.3, 0.15, 0.25, 0.0], index=list("edcbaf"))
    result, unbiased = ellison_glaeser(table, x), maurel_sedillot(table, x)
    for industry in result.index:
        if result.loc[industry, "plants"] > 1:
            gamma, ms = formula(table, industry, x)
            assert result.loc[industry, "gamma"] == pytest.approx(gamma, rel=1e-9, abs=1e-12)
            assert unbiased[industry] == pytest.approx(ms, rel=1e-9, abs=1e-12)
    other = table.sample(frac=1, random_state=seed).assign(size=lambda t: t["size"] * scale)
    pd.testing.assert_frame_equal(ellison_glaeser(other, x), result, rtol=1e-7, atol=1e-9)
    known = result.dropna()
    assert known["p"].between(0, 1).all()
    # All plants in an area of no weight give G = 1 + Σx²: γ may exceed 1, but never this.
    x2, h = (x**2).sum(), known["plant_herfindahl"]
    assert (known["gamma"] <= ((1 + x2) / (1 - x2) - h) / (1 - h) + 1e-9).all()


@pytest.mark.parametrize("scale", [1e300, 1e-300])
def test_huge_and_tiny_sizes(scale) -> None:
    table = random_plants(3)
    result = ellison_glaeser(table.assign(size=table["size"] * scale))
    pd.testing.assert_frame_equal(result, ellison_glaeser(table), rtol=1e-7)


def test_seed_makes_draws_repeatable_whatever_the_order_and_company() -> None:
    table = random_plants(7)
    x = pd.Series(0.2, index=list("abcde"))
    first = ellison_glaeser(table, x, "simulate", 99, 5)
    again = ellison_glaeser(table.iloc[::-1], x, "simulate", 99, 5)
    alone = ellison_glaeser(table[table["industry"] == "y"], x, "simulate", 99, 5)
    assert first["p"].equals(again["p"])
    assert first.loc["y", "p"] == alone.loc["y", "p"]
    assert ((first["p"] * 100).round(6) % 1 == 0).all()


def test_alternatives() -> None:
    table = random_plants(2)
    up, down, two = (
        ellison_glaeser(table, alternative=side)["p"] for side in ("greater", "less", "two-sided")
    )
    np.testing.assert_allclose(up + down, 1, rtol=1e-12)
    np.testing.assert_allclose(two, 2 * np.minimum(up, down), rtol=1e-9)


def test_undefined_industries_say_why() -> None:
    table = pd.concat(
        [
            plants(["a"], [5], "single"),
            plants(["a", "b"], [0, 0], "empty"),
            plants(["a", "b"], [4, 0], "one_and_nothing"),
            plants(["a", "b", "b"], [1, 2, 3], "fine"),
        ]
    )
    result = ellison_glaeser(table)
    reasons = why_undefined(result)
    assert reasons.loc["single", "gamma"] == "one_plant"
    assert result.loc["single", "plant_herfindahl"] == 1
    assert reasons.loc["empty", "p"] == "no_plants"
    assert reasons.loc["one_and_nothing", "z"] == "one_plant"
    assert reasons.loc["fine"].isna().all()
    assert why_undefined(maurel_sedillot(table))["single"] == "one_plant"
    one_area = ellison_glaeser(plants(["a", "a"], [1, 2]))
    assert why_undefined(one_area).loc["chips", "gamma"] == "one_region"
    assert not np.isinf(result.to_numpy()).any()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (plants(["a"], [-1]), "row 0 has size -1"),
        (plants(["a"], [np.inf]), "inf"),
        (plants(["a"], [np.nan]), "nan"),
        (plants([None], [1]), "row 0 has no area"),
        (plants(["a"], [1], None), "no industry"),
        (plants([], []), "no rows"),
        (plants(["a"], ["big"]), "numbers"),
        (pd.DataFrame({"area": ["a"]}), "'industry'"),
        ([1, 2], "DataFrame"),
    ],
)
@pytest.mark.parametrize("metric", [ellison_glaeser, maurel_sedillot, coagglomeration])
def test_bad_plants_are_named(metric, table, words) -> None:
    with pytest.raises(MetricError, match=words):
        metric(table)


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        (pd.Series({"a": 1.0}), "no area 'b'"),
        (pd.Series({"a": -1.0, "b": 2.0}), "-1"),
        (pd.Series([0.5, 0.5], index=["a", "a"]), "twice"),
        (pd.Series({"a": 0.0, "b": 0.0}), "adds up to 0"),
        ([0.5, 0.5], "Series"),
    ],
)
def test_bad_area_shares_are_named(shares, words) -> None:
    with pytest.raises(MetricError, match=words):
        ellison_glaeser(plants(["a", "b"], [1, 2]), shares)


def test_bad_options_are_named() -> None:
    table = random_plants(0)
    with pytest.raises(MetricError, match="normal or simulate"):
        ellison_glaeser(table, null="exact")
    with pytest.raises(MetricError, match="draws"):
        ellison_glaeser(table, null="simulate", draws=0)
    with pytest.raises(MetricError, match="alternative"):
        ellison_glaeser(table, alternative="up")


def test_coagglomeration_by_hand() -> None:
    """x = (½, ½), a all in one area, b all in it too: (½·½ + ½·½)/½ = 1; apart -1."""
    x = pd.Series({"n": 0.5, "s": 0.5})
    near = pd.concat([plants(["n"], [1], "a"), plants(["n", "n"], [1, 4], "b")])
    assert coagglomeration(near, x).loc[("a", "b"), "gamma_c"] == pytest.approx(1, rel=1e-12)
    far = pd.concat([plants(["n"], [1], "a"), plants(["s"], [4], "b")])
    assert coagglomeration(far, x).loc[("a", "b"), "gamma_c"] == pytest.approx(-1, rel=1e-12)


@settings(max_examples=40)
@given(st.integers(0, 2**31))
def test_pair_equals_the_group_formula(seed) -> None:
    """γ^c of Ellison & Glaeser 1997 for two industries is the pair index of EGK 2010, exactly."""
    table = random_plants(seed, number=25, industries="xy")
    assume(table["industry"].nunique() == 2)
    x = pd.Series([0.3, 0.1, 0.2, 0.15, 0.25], index=list("abcde"))
    pair = coagglomeration(table, x)["gamma_c"].iloc[0]
    assert group_coagglomeration(table, x) == pytest.approx(pair, rel=1e-9, abs=1e-12)


def test_pair_standard_error_is_that_of_all_placements() -> None:
    """Two and three plants thrown independently: all 3^5 placements."""
    x = SHARES.to_numpy()
    (a, pa), (b, pb) = enumerated([2, 1]), enumerated([4, 1, 3])
    gamma = ((a - x) @ (b - x).T) / (1 - (x**2).sum())
    weight = np.outer(pa, pb)
    assert (weight * gamma).sum() == pytest.approx(0, abs=1e-12)
    table = pd.concat(
        [plants(["north", "west"], [2, 1], "a"), plants(["west"] * 3, [4, 1, 3], "b")]
    )
    row = coagglomeration(table, SHARES).iloc[0]
    assert row["se"] == pytest.approx(np.sqrt((weight * gamma**2).sum()), rel=1e-9)
    exact = weight[gamma >= row["gamma_c"] - 1e-12].sum()
    drawn = coagglomeration(table, SHARES, null="simulate", draws=20_000, seed=2).iloc[0]
    assert drawn["p"] == pytest.approx(exact, abs=4 * np.sqrt(exact / 20_000))


def test_pairs_are_all_there_in_order() -> None:
    table = random_plants(1, industries="cab")
    result = coagglomeration(table)
    assert result.index.tolist() == [("a", "b"), ("a", "c"), ("b", "c")]
    pd.testing.assert_frame_equal(coagglomeration(table.iloc[::-1]), result, rtol=1e-9)
    assert result["p"].between(0, 1).all()


def test_coagglomeration_undefined_and_bad() -> None:
    table = pd.concat([plants(["n", "s"], [1, 1], "a"), plants(["n"], [0], "b")])
    assert why_undefined(coagglomeration(table)).loc[("a", "b"), "gamma_c"] == "no_plants"
    assert why_undefined(group_coagglomeration(table)) == "one_industry"
    single = pd.concat([plants(["n"], [1], "a"), plants(["n"], [2], "b")])
    assert why_undefined(coagglomeration(single)).iloc[0]["gamma_c"] == "one_region"
    assert why_undefined(group_coagglomeration(single)) == "one_region"
    with pytest.raises(MetricError, match="at least two"):
        coagglomeration(plants(["n", "s"], [1, 1]))


def test_five_million_plants_need_one_pass() -> None:
    """A tenth of that here: bincounts, no loop over plants."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "area": rng.integers(0, 183, 500_000),
            "industry": rng.integers(0, 96, 500_000),
            "size": rng.lognormal(size=500_000),
        }
    )
    result = ellison_glaeser(table)
    assert result["plants"].sum() == 500_000
    assert result["z"].abs().max() < 5


@given(
    seed=st.integers(0, 2**32 - 1),
    numbers=st.lists(st.integers(1, 400), min_size=2, max_size=12),
)
def test_alike_plants_in_one_row_are_those_plants_to_the_last_digit(
    seed: int, numbers: list[int]
) -> None:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "area": rng.choice(list("abc"), len(numbers)),
            "industry": rng.choice(list("xy"), len(numbers)),
            "size": 1.0,
            ALIKE: numbers,
        }
    ).drop_duplicates(["area", "industry"])
    single = table.loc[table.index.repeat(table[ALIKE])].drop(columns=ALIKE)
    single = single.sample(frac=1.0, random_state=seed % 2**31)
    shares = pd.Series([0.5, 0.3, 0.2], index=list("abc"))
    for given_shares in (None, shares):
        pd.testing.assert_frame_equal(
            ellison_glaeser(table, given_shares),
            ellison_glaeser(single, given_shares),
            check_exact=True,
        )
        pd.testing.assert_series_equal(
            maurel_sedillot(table, given_shares),
            maurel_sedillot(single, given_shares),
            check_exact=True,
        )
    thrown, again = (
        ellison_glaeser(one, shares, null="simulate", draws=19, seed=1) for one in (table, single)
    )
    pd.testing.assert_frame_equal(thrown, again, check_exact=True)


def test_alike_plants_of_several_sizes_are_taken_one_by_one() -> None:
    table = plants(["a", "b", "b"], [1.0, 3.0, 2.0]).assign(**{ALIKE: [4, 1, 2]})
    single = table.loc[table.index.repeat(table[ALIKE])].drop(columns=ALIKE)
    pd.testing.assert_frame_equal(ellison_glaeser(table), ellison_glaeser(single))


def test_a_repeated_sum_goes_on_over_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plants_module, "BLOCK", 7)
    times = np.array([1, 7, 8, 14, 20, 21])
    expected = [np.bincount([0] * n, weights=[0.1] * n)[0] for n in times.tolist()]
    assert plants_module._multiples(0.1, times).tolist() == expected
