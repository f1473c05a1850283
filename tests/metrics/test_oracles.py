"""The functions other programs rely on, against plain numpy written from their definitions.

Tables and patterns are drawn at random; the oracle loops where the library vectorises, so that a
mistake of axis, order or normalisation shows.
"""

import itertools

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

import clusters.metrics as public

QUICK = settings(max_examples=40)
TABLES = hnp.arrays(
    np.int64, st.tuples(st.integers(2, 7), st.integers(2, 6)), elements=st.integers(0, 30)
).filter(lambda a: (a.sum(axis=0) > 0).all() and (a.sum(axis=1) > 0).all())


def _frame(array: np.ndarray) -> pd.DataFrame:
    rows, columns = array.shape
    return pd.DataFrame(
        array, index=[f"r{i}" for i in range(rows)], columns=[f"i{j}" for j in range(columns)]
    )


@QUICK
@given(TABLES)
def test_quotient_and_its_tests(array: np.ndarray) -> None:
    counts, total = _frame(array), array.sum()
    found = public.location_quotient(counts)
    dart = public.location_quotient_test(counts)
    binomial = public.location_quotient_test(counts, method="binomial")
    low, high = public.location_quotient_interval(counts, method="exact")
    for (r, area), (i, industry) in itertools.product(
        enumerate(counts.index), enumerate(counts.columns)
    ):
        k, n, big_k = int(array[r, i]), int(array[r].sum()), int(array[:, i].sum())
        assert found.loc[area, industry] == pytest.approx((k / n) / (big_k / total), rel=1e-9)
        p = stats.hypergeom.sf(k - 1, total, big_k, n) if k else 1.0
        assert dart.loc[area, industry] == pytest.approx(p, rel=1e-9, abs=1e-14)
        p = stats.binom.sf(k - 1, big_k, n / total) if k else 1.0
        assert binomial.loc[area, industry] == pytest.approx(p, rel=1e-9, abs=1e-14)
        exact = stats.binomtest(k, big_k).proportion_ci(0.95, "exact")
        assert low.loc[area, industry] == pytest.approx(exact.low / (n / total), rel=1e-7)
        assert high.loc[area, industry] == pytest.approx(exact.high / (n / total), rel=1e-7)


@QUICK
@given(TABLES)
def test_concentration(array: np.ndarray) -> None:
    counts = _frame(array)
    hhi, gini = public.herfindahl(counts), public.gini(counts)
    theil, hoover = public.theil(counts), public.hoover(counts)
    spatial = public.locational_gini(counts)
    base = array.sum(axis=1) / array.sum()
    for i, name in enumerate(counts.columns):
        x = array[:, i].astype(float)
        s, n = x / x.sum(), len(x)
        assert hhi[name] == pytest.approx(sum(v * v for v in s), rel=1e-9)
        difference = sum(abs(a - b) for a in x for b in x)
        assert gini[name] == pytest.approx(difference / (2 * n * n * x.mean()), abs=1e-9)
        assert theil[name] == pytest.approx(sum(v * np.log(v * n) for v in s if v > 0), abs=1e-9)
        assert hoover[name] == pytest.approx(sum(abs(v - 1 / n) for v in s) / 2, abs=1e-9)
        order = np.argsort(s / base)
        p, q = np.cumsum(base[order]), np.cumsum(s[order])
        area = np.trapezoid(np.concatenate([[0], q]), np.concatenate([[0], p]))
        assert spatial[name] == pytest.approx(1 - 2 * area, abs=1e-9)


@QUICK
@given(TABLES)
def test_krugman_by_its_three_references(array: np.ndarray) -> None:
    counts = _frame(array)
    shares = array / array.sum(axis=1, keepdims=True)
    for reference in ("rest", "others_mean", "total"):
        found = public.krugman_specialisation(counts, reference=reference)
        for r, area in enumerate(counts.index):
            others = np.delete(np.arange(len(array)), r)
            held = {
                "rest": array[others].sum(axis=0) / array[others].sum(),
                "others_mean": shares[others].mean(axis=0),
                "total": array.sum(axis=0) / array.sum(),
            }[reference]
            assert found[area] == pytest.approx(np.abs(shares[r] - held).sum(), abs=1e-9)


@QUICK
@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(8, 40))
def test_agglomeration_and_pairs(seed: int, areas: int, number: int) -> None:
    random = np.random.default_rng(seed)
    plants = pd.DataFrame(
        {
            "area": random.choice([f"r{k}" for k in range(areas)], number),
            "industry": np.resize(["u", "v", "w"], number),
            "size": random.uniform(0.1, 10, number),
        }
    )
    total = plants["size"].sum()
    x = plants.groupby("area")["size"].sum() / total
    if len(x) < 2:
        return
    eg, ms = public.ellison_glaeser(plants), public.maurel_sedillot(plants)
    assert list(eg.columns) == [
        "gamma", "raw_concentration", "plant_herfindahl", "plants", "se", "z", "p"
    ]  # fmt: skip
    spread = 1 - (x**2).sum()
    away = {}
    for name, part in plants.groupby("industry"):
        s = (part.groupby("area")["size"].sum() / part["size"].sum()).reindex(x.index).fillna(0)
        h = ((part["size"] / part["size"].sum()) ** 2).sum()
        g = ((s - x) ** 2).sum()
        away[name] = s - x
        assert eg.loc[name, "gamma"] == pytest.approx(
            (g - spread * h) / (spread * (1 - h)), rel=1e-9, abs=1e-12
        )
        assert ms[name] == pytest.approx(
            (((s**2).sum() - (x**2).sum()) / spread - h) / (1 - h), rel=1e-9, abs=1e-12
        )
    pairs = public.coagglomeration(plants)["gamma_c"]
    for a, b in itertools.combinations("uvw", 2):
        assert pairs[a, b] == pytest.approx((away[a] * away[b]).sum() / spread, abs=1e-12)


@QUICK
@given(TABLES)
def test_relatedness(array: np.ndarray) -> None:
    counts = _frame(array)
    quotient = public.location_quotient(counts).to_numpy()
    m = (quotient >= 1 - 1e-12).astype(float)
    phi, density = public.proximity(counts), public.relatedness_density(counts)
    count = m.sum(axis=0)
    by_hand = np.full((m.shape[1],) * 2, np.nan)
    for i, j in itertools.product(range(m.shape[1]), repeat=2):
        if count[i] and count[j]:
            both = (m[:, i] * m[:, j]).sum()
            by_hand[i, j] = min(both / count[i], both / count[j])
    np.testing.assert_allclose(phi, by_hand, atol=1e-12)
    for r, i in itertools.product(range(len(m)), range(m.shape[1])):
        if count[i]:
            near = np.nan_to_num(by_hand[:, i])
            assert density.iloc[r, i] == pytest.approx((m[r] * near).sum() / near.sum(), abs=1e-12)


@QUICK
@given(TABLES, st.integers(0, 2**32 - 1))
def test_shift_share(array: np.ndarray, seed: int) -> None:
    start = _frame(array + 1)
    end = start + np.random.default_rng(seed).integers(0, 20, array.shape)
    for method, parts in (("dunn", 3), ("esteban_marquillas", 4)):
        found = public.shift_share(start, end, method=method)
        names = ["national", "industry_mix", "regional", "allocation"][:parts]
        np.testing.assert_allclose(found[names].sum(axis=1), found["change"], atol=1e-9)
        area, industry = found.index[-1]
        e0 = start.loc[area, industry]
        grown = end[industry].sum() / start[industry].sum() - 1
        every = end.to_numpy().sum() / start.to_numpy().sum() - 1
        last = found.iloc[-1]
        assert last["national"] == pytest.approx(e0 * every, abs=1e-9)
        assert last["industry_mix"] == pytest.approx(e0 * (grown - every), abs=1e-9)


@QUICK
@given(st.integers(0, 2**32 - 1), st.integers(4, 9))
def test_autocorrelation(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    y = pd.Series(random.normal(size=n))
    w = (random.random((n, n)) < 0.5).astype(float)
    np.fill_diagonal(w, 0)
    w[np.arange(n), (np.arange(n) + 1) % n] = 1
    rows = w / w.sum(axis=1, keepdims=True)
    z = (y - y.mean()).to_numpy()
    found = public.moran(y, w, permutations=99, seed=1)
    assert found.statistic == pytest.approx(n / rows.sum() * (z @ rows @ z) / (z @ z), rel=1e-9)
    assert found.expectation == pytest.approx(-1 / (n - 1))
    assert 0 < found.p <= 1
    local = public.local_moran(y, w, permutations=99, seed=1)
    np.testing.assert_allclose(local["statistic"], z * (rows @ z) / ((z @ z) / (n - 1)), rtol=1e-9)
    assert local["p"].between(0, 1).all()
    assert (local["q"] >= local["p"] - 1e-12).all()


@QUICK
@given(st.integers(0, 2**32 - 1), st.integers(3, 25))
def test_functions_of_distance(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    points = random.uniform(0, 1000, (n, 2))
    sizes = random.uniform(0.5, 3, n)
    radii = np.array([50.0, 200.0, 500.0, 1500.0])
    window = shapely.box(0, 0, 1000, 1000)
    d = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    off = ~np.eye(n, dtype=bool)
    k = public.ripley_k(points, radii, window, correction="none")
    by_hand = [1e6 / (n * (n - 1)) * (d[off] <= r).sum() for r in radii]
    np.testing.assert_allclose(k, by_hand, rtol=1e-9)
    kd = public.duranton_overman(points, radii, sizes=sizes, bandwidth_m=80.0)
    a, b = np.triu_indices(n, 1)
    weight = sizes[a] * sizes[b]
    for r, value in zip(radii, kd.density, strict=True):
        bell = stats.norm.pdf(r, d[a, b], 80.0) + stats.norm.pdf(-r, d[a, b], 80.0)
        assert value == pytest.approx((weight * bell).sum() / weight.sum(), rel=1e-8, abs=1e-18)
    sector = np.arange(n) % 2 == 0
    m = public.marcon_puech_m(points, radii, sector, sizes)
    for r, value in zip(radii, m.density, strict=True):
        top = bottom = 0.0
        for one in np.flatnonzero(sector):
            near = (d[one] <= r) & off[one]
            if near.any():
                top += sizes[near & sector].sum() / sizes[near].sum()
                rest = sizes[sector].sum() - sizes[one]
                bottom += rest / (sizes.sum() - sizes[one])
        if bottom > 0:
            assert value == pytest.approx(top / bottom, rel=1e-9)
        else:
            assert np.isnan(value)
    nearest = np.where(off, d, np.inf).min(axis=1).mean()
    assert public.clark_evans(points, 1e6).ratio == pytest.approx(
        2 * nearest * np.sqrt(n / 1e6), rel=1e-9
    )
    ellipse = public.standard_ellipse(points, sizes)
    axes = np.sqrt(np.linalg.eigvalsh(np.cov(points.T, aweights=sizes, ddof=0)))
    assert (ellipse.minor_m, ellipse.major_m) == pytest.approx(tuple(axes), rel=1e-9)


@QUICK
@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_false_discovery_keeps_what_is_missing(values: list[float]) -> None:
    p = pd.Series([*values, np.nan])
    q = public.false_discovery(p)
    assert np.isnan(q.iloc[-1])
    np.testing.assert_allclose(q.iloc[:-1], stats.false_discovery_control(values), atol=1e-12)


def test_kernel_density_loses_nothing_at_the_edge() -> None:
    """Divided by the mass inside the window, a uniform pattern is flat up to the border."""
    points = np.array([[x, y] for x in np.arange(25, 1000, 50) for y in np.arange(25, 1000, 50)])
    grid = public.kernel_density(points, 120.0, shapely.box(0, 0, 1000, 1000), 50.0)
    values = grid.density[np.isfinite(grid.density)]
    assert values.mean() == pytest.approx(len(points) / 1e6, rel=0.03)
    assert values.min() > 0.85 * len(points) / 1e6
