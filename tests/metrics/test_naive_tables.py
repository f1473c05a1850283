"""Metrics of tables of counts and of sizes, against loops written from their definitions."""

import math

import numpy as np
import pandas as pd
import pytest

import clusters.metrics as public
from clusters.metrics.undefined import why_undefined
from metrics import naive

SEEDS = range(24)
SIZES = range(12)


def table_of(seed: int) -> pd.DataFrame:
    """Return numbers of firms as registries have them: sparse, with empty areas and industries."""
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 8, 2))
    kind = seed % 6
    values = rng.poisson([0.4, 3, 20][seed % 3], shape)
    if kind == 1:
        values[rng.integers(shape[0])] = 0
        values[:, rng.integers(shape[1])] = 0
    elif kind == 2:  # the same mix everywhere: every quotient is exactly 1
        values = np.outer(rng.integers(1, 5, shape[0]), rng.integers(1, 5, shape[1]))
    elif kind == 3:
        values[0, 0] = 900
    labels = rng.permutation(shape[0])
    return pd.DataFrame(values, [f"r{k}" for k in labels], [f"i{k}" for k in range(shape[1])])


def close(found, expected, *, rtol: float = 1e-9) -> None:
    np.testing.assert_allclose(
        np.asarray(found, float), np.asarray(expected, float), rtol=rtol, atol=1e-12
    )


@pytest.mark.parametrize("scale", [1.0, 1e300, 1e-300])
@pytest.mark.parametrize("seed", SEEDS)
def test_quotients(seed: int, scale: float) -> None:
    counts = table_of(seed)
    rows, sizes = counts.to_numpy().tolist(), counts * scale
    close(public.location_quotient(sizes), naive.quotients(rows))
    by_area = public.additive_location_quotient(sizes)
    close(by_area, naive.additive_quotients(rows, by_area=True))
    by_industry = public.additive_location_quotient(sizes, convention="industry")
    close(by_industry, naive.additive_quotients(rows, by_area=False))
    for log in (False, True):
        columns = [
            [math.log(v) if log and v > 0 else math.nan if log else v for v in column]
            for column in zip(*naive.quotients(rows), strict=True)
        ]
        scores = [naive.standard_scores(column) for column in columns]
        found = public.standardised_location_quotient(sizes, log=log)
        close(found.to_numpy().T, scores, rtol=1e-7)
        assert (found.isna() == why_undefined(found).notna()).all(axis=None)


@pytest.mark.parametrize("seed", SEEDS)
def test_chance_and_limits_of_quotients(seed: int) -> None:
    counts = table_of(seed)
    dart = public.location_quotient_test(counts)
    binomial = public.location_quotient_test(counts, method="binomial")
    low, high = public.location_quotient_interval(counts, 0.9)
    exact = public.location_quotient_interval(counts, 0.9, "exact")
    total = int(counts.to_numpy().sum())
    for area in counts.index:
        for name in counts.columns:
            k, n, whole = (
                int(counts.loc[area, name]),
                int(counts.loc[area].sum()),
                int(counts[name].sum()),
            )
            where = (area, name)
            if not n or not whole:
                assert dart.loc[where] == binomial.loc[where] == 1
                assert np.isnan([low.loc[where], high.loc[where]]).all()
                assert np.isnan([one.loc[where] for one in exact]).all()
                continue
            assert dart.loc[where] == pytest.approx(naive.dart_p(k, total, whole, n), rel=1e-9)
            tail = naive.binomial_tail(k, whole, n / total)
            assert binomial.loc[where] == pytest.approx(tail, rel=1e-9)
            expected = naive.delta_limits(k, whole, n, total, 1.6448536269514722)
            assert (low.loc[where], high.loc[where]) == pytest.approx(
                expected, rel=1e-9, nan_ok=True
            )
            if whole < 60:
                limits = naive.exact_limits(k, whole, 0.9)
                expected = [limit / (n / total) for limit in limits]
                assert [one.loc[where] for one in exact] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("scale", [1.0, 1e300, 1e-300])
@pytest.mark.parametrize("seed", SEEDS)
def test_structures_of_areas(seed: int, scale: float) -> None:
    counts = table_of(seed)
    rows = counts.to_numpy().tolist()
    for reference in ("rest", "others_mean", "total"):
        found = public.krugman_specialisation(counts * scale, reference)
        close(found, naive.krugman(rows, reference))
    close(public.hachman(counts * scale), naive.hachman(rows))


@pytest.mark.parametrize("seed", SEEDS)
def test_stars(seed: int) -> None:
    counts = table_of(seed)
    rows = counts.to_numpy().tolist()
    for size, quotient, focus, least in (
        (0.1, 2.0, 0.1, 0.0),
        (0.4, 1.0, 0.3, 2.0),
        (1, 0.5, 1, 0),
    ):
        found = public.cluster_stars(
            counts, size_share=size, quotient=quotient, focus_share=focus, min_size=least
        )
        expected = naive.stars(rows, size=size, quotient=quotient, focus=focus, least=least)
        assert found.to_numpy().tolist() == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_star_of_growth(seed: int) -> None:
    """One more star where growth is above 0 and only so many areas less one grew faster."""
    end = table_of(seed)
    rng = np.random.default_rng(seed)
    start = pd.DataFrame(rng.integers(0, 6, end.shape), end.index, end.columns)
    rule = {"size_share": 0.4, "quotient": 1.0, "focus_share": 0.3, "min_size": 2.0}
    plain = public.cluster_stars(end, **rule)
    found = public.cluster_stars(
        end, **rule, start=start.iloc[::-1], end=end.iloc[:, ::-1], growth_share=0.3
    )
    for name in end.columns:
        pairs = zip(start[name].tolist(), end[name].tolist(), strict=True)
        rates = [b / a - 1 if a >= 2 else 0.0 for a, b in pairs]
        ahead = [sum(other > rate for other in rates) for rate in rates]
        grown = [
            rate > 0 and n < math.ceil(0.3 * len(rates)) and size >= 2
            for rate, n, size in zip(rates, ahead, end[name], strict=True)
        ]
        assert (found[name] - plain[name]).tolist() == [int(one) for one in grown]


@pytest.mark.parametrize("scale", [1.0, 1e300, 1e-300])
@pytest.mark.parametrize("seed", SEEDS)
def test_cluster_index(seed: int, scale: float) -> None:
    counts, rng = table_of(seed), np.random.default_rng(seed)
    area, people = (pd.Series(rng.uniform(1, 9, len(counts)), counts.index) for _ in range(2))
    firms = counts.clip(upper=3).where(rng.random(counts.shape) < 0.9, 0)
    rows = counts.to_numpy().tolist()
    for held in (None, firms):
        against = rows if held is None else held.to_numpy().tolist()
        expected = naive.cluster_index(rows, area.tolist(), people.tolist(), against)
        shuffled = area.sample(frac=1, random_state=seed)  # matched by label
        found = public.litzenberger_sternberg(counts * scale, shuffled, people, held)
        close(found, expected)
        assert (found.isna() == why_undefined(found).notna()).all(axis=None)


@pytest.mark.parametrize("seed", SEEDS)
def test_shift_share(seed: int) -> None:
    start = table_of(seed)
    if not start.to_numpy().any():
        return
    rng = np.random.default_rng(seed)
    end = pd.DataFrame(rng.poisson(4, start.shape), start.index, start.columns)
    rows, later = start.to_numpy().tolist(), end.to_numpy().tolist()
    for method in ("dunn", "esteban_marquillas"):
        found = public.shift_share(start, end.iloc[::-1, ::-1], method)
        expected = naive.shift_share(rows, later, homothetic=method != "dunn")
        parts = ["national", "industry_mix", "regional", "allocation"][: 3 + (method != "dunn")]
        assert found.columns.tolist() == ["start", "end", "change", *parts]
        assert found.index.names == ["area", "industry"]
        for (r, i), values in expected.items():
            line = found.loc[start.index[r], start.columns[i]]
            close(line[parts], [values[name] for name in parts])
            close(line[["start", "end"]], [rows[r][i], later[r][i]])
            assert line["change"] == later[r][i] - rows[r][i]


@pytest.mark.parametrize("seed", SEEDS)
def test_industries_that_share_places(seed: int) -> None:
    counts = table_of(seed)
    rows = counts.to_numpy().tolist()
    for threshold in (1.0, 0.5):
        m = naive.specialised(rows, threshold)
        phi = naive.proximities(m)
        close(public.proximity(counts, threshold=threshold), phi)
        expected = [
            [
                naive.share(
                    sum(row[j] * line[j] for j in range(len(line)) if not math.isnan(line[j])),
                    sum(v for v in line if not math.isnan(v)),
                )
                for line in phi
            ]
            for row in m
        ]
        close(public.relatedness_density(counts, threshold=threshold), expected)
    columns = list(zip(*rows, strict=True))
    expected = [[naive.correlation(x, y) for y in columns] for x in columns]
    close(public.locational_correlation(counts), expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_colocation(seed: int) -> None:
    counts = table_of(seed).clip(upper=12)
    if counts.shape[1] < 2:
        return
    rows = counts.to_numpy().tolist()
    found = public.colocation(counts)
    for (a, b), line in found.iterrows():
        cl, chance = naive.colocation(rows, int(a[1:]), int(b[1:]))
        close(line, [cl, chance, cl - chance])


@pytest.mark.parametrize("seed", range(40))
def test_complexity_is_an_eigenvector_and_its_mean(seed: int) -> None:
    """Of D_c⁻¹ M D_p⁻¹ M', the second one; ECI is the mean PCI of an area's specialisations."""
    counts = pd.DataFrame(np.random.default_rng(seed).poisson(2, (8, 6))).add_prefix("i")
    m = np.array(naive.specialised(counts.to_numpy().tolist()), float)
    rows, columns = m.sum(axis=1) > 0, m.sum(axis=0) > 0
    kept = m[rows][:, columns]
    diversity, ubiquity = kept.sum(axis=1), kept.sum(axis=0)
    values, vectors = np.linalg.eig((kept / diversity[:, None]) @ (kept / ubiquity).T)
    order = np.argsort(-values.real)
    found = public.complexity(counts)
    if found.reason is not None:
        assert found.reason == "disconnected"
        assert values[order[1]].real == pytest.approx(1, abs=1e-9)
        assert found.eci.isna().all()
        return
    vector = vectors[:, order[1]].real
    vector = (vector - vector.mean()) / vector.std()
    side = vector @ (diversity - diversity.mean())
    if abs(side) < 1e-9:  # diversity does not say which end is up
        side = vector @ found.eci[rows]
    close(found.eci[rows], vector * np.sign(side), rtol=1e-6)
    assert side == 0 or found.eci[rows].to_numpy() @ (diversity - diversity.mean()) > -1e-9
    assert found.eci[~rows].isna().all()
    pci = found.pci[columns].to_numpy()
    close(kept @ pci / diversity, found.eci[rows], rtol=1e-9)
    assert found.pci[~columns].isna().all()


# Sizes ------------------------------------------------------------------------------------------


def sizes_of(seed: int) -> tuple[pd.Series, pd.Series]:
    """Return sizes with zeros and ties, and a companion with its labels in another order."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 12))
    x = pd.Series(rng.choice([0.0, 1.0, 2.5, rng.lognormal(3)], n), [f"a{k}" for k in range(n)])
    if seed % 4 == 3:
        x[:] = x.iloc[0]
    other = pd.Series(rng.choice([0.0, 0.5, 3.0], n, p=[0.1, 0.4, 0.5]), x.index)
    return x, other


@pytest.mark.parametrize("scale", [1.0, 1e305, 1e-305])
@pytest.mark.parametrize("seed", SIZES)
def test_concentration_of_sizes(seed: int, scale: float) -> None:
    x, other = sizes_of(seed)
    plain, against = x.tolist(), other.tolist()
    ones = [1.0] * len(plain)
    mixed = other.sample(frac=1, random_state=seed)
    sizes = x * scale
    assert public.herfindahl(sizes) == pytest.approx(naive.herfindahl(plain), nan_ok=True)
    assert public.gini(sizes) == pytest.approx(naive.gini(plain, ones), abs=1e-12, nan_ok=True)
    assert public.theil(sizes) == pytest.approx(naive.theil(plain, ones), abs=1e-12, nan_ok=True)
    assert public.hoover(sizes) == pytest.approx(naive.hoover(plain, ones), abs=1e-12, nan_ok=True)
    for function, expected in (
        (public.theil, naive.theil(plain, against)),
        (public.kullback_leibler, naive.theil(plain, against)),
        (public.hoover, naive.hoover(plain, against)),
    ):
        found = function(sizes, mixed)
        assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)
        assert (why_undefined(found) is None) == (not math.isnan(expected))
    if any(against):
        expected = naive.gini(plain, against)
        assert public.gini(sizes, mixed) == pytest.approx(expected, abs=1e-12, nan_ok=True)
    if all(plain):
        mean = sum(plain) / len(plain)
        expected = sum(math.log(mean / v) for v in plain) / len(plain)
        assert public.mean_log_deviation(sizes) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", SIZES)
def test_curves_and_the_gini_under_them(seed: int) -> None:
    x, other = sizes_of(seed)
    if not x.any() or not other.any():
        return
    curve = public.lorenz_curve(x, other)
    quotient = [a / b if b else math.inf if a else 0.0 for a, b in zip(x, other, strict=True)]
    order = sorted(range(len(x)), key=lambda k: quotient[k])
    assert curve["label"].tolist()[1:] == [x.index[k] for k in order]
    for step, row in curve.iterrows():
        some = order[:step]
        assert row["weight_share"] == pytest.approx(sum(other.iloc[k] for k in some) / other.sum())
        assert row["value_share"] == pytest.approx(sum(x.iloc[k] for k in some) / x.sum())


@pytest.mark.parametrize("seed", SEEDS)
def test_localisation_curves_of_tables(seed: int) -> None:
    counts = table_of(seed)
    expected = [
        naive.localisation_gini(counts.to_numpy().tolist(), i) for i in range(counts.shape[1])
    ]
    for scale in (1.0, 1e300, 1e-300):
        close(public.locational_gini(counts * scale), expected)


@pytest.mark.parametrize("seed", SIZES)
def test_theil_between_and_within(seed: int) -> None:
    x, _ = sizes_of(seed)
    groups = [f"g{k % 3}" for k in range(len(x))]
    found = public.theil_decomposition(x, groups)
    if not x.any():
        assert found.isna().all()
        return
    parts = {g: [v for v, own in zip(x, groups, strict=True) if own == g] for g in set(groups)}
    sums, sizes = [sum(v) for v in parts.values()], [len(v) for v in parts.values()]
    inside = [sum(v) / x.sum() * naive.theil(v, [1.0] * len(v)) for v in parts.values() if sum(v)]
    between = naive.theil(sums, sizes)
    close(found[["between", "within", "total"]], [between, sum(inside), between + sum(inside)])


@pytest.mark.parametrize("seed", SEEDS)
def test_false_discovery(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p = np.round(rng.random(seed), 1)  # ties
    p[rng.random(seed) < 0.2] = np.nan
    close(public.false_discovery(p), naive.false_discovery(p.tolist()))
