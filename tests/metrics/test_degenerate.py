"""Every public function of metrics on the inputs registries really produce at their edges.

Each meets one plant, one area, one industry, empty areas, everything at one point, zero, negative,
infinite and missing sizes, duplicated labels, an unsorted index and sizes whose sums overflow.
The answer is a defined result (finite, or NaN with a reason) or a `MetricError` whose text says
what to do; never an infinity, another exception, or a warning (warnings are errors here).
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

import clusters.metrics as public
from clusters.errors import MetricError

HUGE = 1e308
WINDOW = shapely.box(0, 0, 1000, 1000)
RADII = np.array([10.0, 100.0, 400.0])
LINE = np.array([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]], dtype=float)


def _counts(values: Any, areas: Any = None, industries: Any = None) -> pd.DataFrame:
    array = np.array(values, dtype=float)
    rows, columns = array.shape
    return pd.DataFrame(
        array,
        index=list("abcdefgh")[:rows] if areas is None else areas,
        columns=list("uvwxyz")[:columns] if industries is None else industries,
    )


COUNTS = {
    "ordinary": _counts([[4, 1, 0], [2, 5, 3], [0, 1, 6], [3, 3, 3]]),
    "one plant": _counts([[1, 0], [0, 0]]),
    "one area": _counts([[3, 4, 5]]),
    "one industry": _counts([[3], [4], [0], [2]]),
    "one cell": _counts([[7]]),
    "empty areas": _counts([[0, 0], [3, 1], [0, 0], [2, 2]]),
    "empty industry": _counts([[0, 2], [0, 3], [0, 5], [0, 1]]),
    "nothing": _counts(np.zeros((4, 3))),
    "all alike": _counts(np.ones((4, 3))),
    "unsorted": _counts([[4, 1, 0], [2, 5, 3], [0, 1, 6]], areas=["c", "a", "b"]),
    "huge": _counts([[HUGE, 1, HUGE], [HUGE, HUGE, 2], [3, HUGE, HUGE], [1, 1, HUGE]]),
    "tiny": _counts([[1e-300, 0, 1e-300], [0, 2e-300, 0], [1e-300, 1e-300, 0], [0, 0, 1e-300]]),
    "negative": _counts([[1, -1], [2, 3]]),
    "infinite": _counts([[1, np.inf], [2, 3]]),
    "missing": _counts([[1, np.nan], [2, 3]]),
    "duplicated areas": _counts([[1, 2], [3, 4]], areas=["a", "a"]),
    "duplicated industries": _counts([[1, 2], [3, 4]], industries=["u", "u"]),
    "no rows": pd.DataFrame(columns=["u"], dtype=float),
}
REFUSED_COUNTS = {
    "negative",
    "infinite",
    "missing",
    "duplicated areas",
    "duplicated industries",
    "no rows",
}


def _plants(areas: str, industries: str, sizes: Any, index: Any = None) -> pd.DataFrame:
    return pd.DataFrame(
        {"area": list(areas), "industry": list(industries), "size": np.array(sizes, float)},
        index=index,
    )


PLANTS = {
    "ordinary": _plants("aabbcd", "uvuvuv", [1, 2, 3, 4, 5, 6]),
    "one plant": _plants("a", "u", [3]),
    "one area": _plants("aaaa", "uvuv", [1, 2, 3, 4]),
    "one industry": _plants("abcd", "uuuu", [1, 2, 3, 4]),
    "zero sizes": _plants("abcd", "uvuv", [0, 1, 0, 2]),
    "all zero": _plants("abcd", "uvuv", [0, 0, 0, 0]),
    "equal": _plants("abcdabcd", "uuuuvvvv", np.ones(8)),
    "unsorted": _plants("dcba", "vuvu", [1, 2, 3, 4], index=[9, 2, 7, 1]),
    "duplicated index": _plants("abcd", "uvuv", [1, 2, 3, 4], index=[0, 0, 1, 1]),
    "huge": _plants("aabbcd", "uvuvuv", [HUGE] * 6),
    "huge and small": _plants("aabbcd", "uvuvuv", [HUGE, 1, 1, HUGE, 1, 1]),
    "negative": _plants("ab", "uv", [1, -1]),
    "infinite": _plants("ab", "uv", [1, np.inf]),
    "missing": _plants("ab", "uv", [1, np.nan]),
    "no label": pd.DataFrame({"area": ["a", None], "industry": ["u", "v"], "size": [1.0, 2.0]}),
    "no column": pd.DataFrame({"area": ["a"], "size": [1.0]}),
    "no rows": _plants("", "", []),
}
REFUSED_PLANTS = {"negative", "infinite", "missing", "no label", "no column", "no rows"}

GRID = np.array([[x, y] for x in range(0, 900, 200) for y in range(0, 900, 200)], dtype=float)
POINTS = {
    "ordinary": np.random.default_rng(0).uniform(0, 1000, (40, 2)),
    "grid": GRID,
    "one point": np.array([[500.0, 500.0]]),
    "two points": np.array([[400.0, 500.0], [600.0, 500.0]]),
    "all at one point": np.full((30, 2), 500.0),
    "on a line": np.column_stack([np.linspace(0, 1000, 30), np.full(30, 500.0)]),
    "none": np.empty((0, 2)),
    "infinite": np.array([[0.0, np.inf], [1.0, 1.0]]),
    "missing": np.array([[0.0, np.nan], [1.0, 1.0]]),
    "wrong shape": np.zeros((5, 3)),
}
REFUSED_POINTS = {"infinite", "missing", "wrong shape"}

VALUES = {
    "ordinary": pd.Series([1.0, 4.0, 2.0, 8.0]),
    "constant": pd.Series([3.0] * 4),
    "zeros": pd.Series([0.0] * 4),
    "huge": pd.Series([HUGE, 1.0, HUGE, 2.0]),
    "infinite": pd.Series([1.0, np.inf, 2.0, 3.0]),
    "missing": pd.Series([1.0, np.nan, 2.0, 3.0]),
    "too short": pd.Series([1.0, 2.0]),
}
REFUSED_VALUES = {"infinite", "missing", "too short"}

VECTORS = {
    "ordinary": np.array([3.0, 1.0, 0.0, 6.0]),
    "one value": np.array([5.0]),
    "zeros": np.zeros(4),
    "equal": np.full(4, 2.0),
    "huge": np.full(4, HUGE),
    "tiny": np.full(4, 1e-300),
    "negative": np.array([1.0, -1.0]),
    "infinite": np.array([1.0, np.inf]),
    "missing": np.array([1.0, np.nan]),
    "none": np.array([]),
}
REFUSED_VECTORS = {"negative", "infinite", "missing", "none"}


def _figures(counts: pd.DataFrame) -> pd.Series:
    return pd.Series(2.0, index=counts.index[~counts.index.duplicated()])


def _half(points: np.ndarray) -> np.ndarray:
    return np.arange(len(points)) % 2 == 0


OF_COUNTS: Mapping[str, Callable[[pd.DataFrame], Any]] = {
    "location_quotient": public.location_quotient,
    "location_quotient_interval": public.location_quotient_interval,
    "standardised_location_quotient": public.standardised_location_quotient,
    "additive_location_quotient": public.additive_location_quotient,
    "locational_gini": public.locational_gini,
    "krugman_specialisation": public.krugman_specialisation,
    "hachman": public.hachman,
    "proximity": public.proximity,
    "relatedness_density": public.relatedness_density,
    "complexity": public.complexity,
    "locational_correlation": public.locational_correlation,
    "cluster_stars": lambda c: public.cluster_stars(c, start=c, end=c),
    "litzenberger_sternberg": lambda c: public.litzenberger_sternberg(c, _figures(c), _figures(c)),
    "shift_share": lambda c: public.shift_share(c, c),
    "check_counts": public.check_counts,
}
OF_FIRMS: Mapping[str, Callable[[pd.DataFrame], Any]] = {
    "location_quotient_test": public.location_quotient_test,
    "colocation": lambda c: public.colocation(c, draws=9, seed=0),
}
OF_PLANTS: Mapping[str, Callable[[pd.DataFrame], Any]] = {
    "ellison_glaeser": lambda p: public.ellison_glaeser(p, null="simulate", draws=19, seed=0),
    "maurel_sedillot": public.maurel_sedillot,
    "coagglomeration": public.coagglomeration,
    "group_coagglomeration": public.group_coagglomeration,
}
OF_POINTS: Mapping[str, Callable[[np.ndarray], Any]] = {
    "clark_evans": lambda p: public.clark_evans(p, 1e6),
    "standard_ellipse": public.standard_ellipse,
    "ripley_k": lambda p: public.ripley_k(p, RADII, WINDOW),
    "ripley_l": lambda p: public.ripley_l(p, RADII, WINDOW, "isotropic"),
    "duranton_overman": lambda p: public.duranton_overman(p, RADII, p, None, 20, 0.95, 0),
    "marcon_puech_m": lambda p: public.marcon_puech_m(p, RADII, _half(p), None, 20, 0),
    "marcon_puech_m_density": lambda p: public.marcon_puech_m_density(p, RADII, _half(p)),
    "density_clusters": lambda p: public.density_clusters(p, 5),
    "cluster_stability": lambda p: public.cluster_stability(p, 10.0, min_size=5, draws=3, seed=0),
    "cluster_hulls": lambda p: public.cluster_hulls(p, np.zeros(len(p), dtype=int)),
    "kernel_density": lambda p: public.kernel_density(p, 100.0, WINDOW, 100.0),
}
OF_VALUES: Mapping[str, Callable[[pd.Series], Any]] = {
    "moran": lambda v: public.moran(v, LINE, permutations=19, seed=0),
    "local_moran": lambda v: public.local_moran(v, LINE, permutations=19, seed=0),
    "getis_ord": lambda v: public.getis_ord(v, LINE, permutations=19, seed=0),
    "geary": lambda v: public.geary(v, LINE, permutations=19, seed=0),
}
OF_VECTORS: Mapping[str, Callable[[np.ndarray], Any]] = {
    "herfindahl": public.herfindahl,
    "gini": public.gini,
    "theil": public.theil,
    "hoover": public.hoover,
    "mean_log_deviation": public.mean_log_deviation,
    "lorenz_curve": public.lorenz_curve,
    "kullback_leibler": lambda x: public.kullback_leibler(x, np.ones(len(x))),
    "theil_decomposition": lambda x: public.theil_decomposition(x, np.arange(len(x)) % 2),
}
# Checked below or in their own files: they take functions, tables of metrics, or nothing.
ELSEWHERE = {
    "areal_sensitivity",
    "bootstrap_interval",
    "count",
    "false_discovery",
    "hexagons",
    "impute",
    "join_counts",
    "label_draws",
    "mark_undefined",
    "normal_p",
    "permutation_p",
    "pool",
    "s_maup",
    "warm_up",
    "why_undefined",
    "with_doubt",
}


def test_no_public_function_is_left_out() -> None:
    functions = {name for name in public.__all__ if inspect.isfunction(getattr(public, name))}
    met = {*OF_COUNTS, *OF_FIRMS, *OF_PLANTS, *OF_POINTS, *OF_VALUES, *OF_VECTORS}
    assert functions == met | ELSEWHERE


def _numbers(result: Any) -> np.ndarray:
    """Return every number of a result, whatever its shape."""
    if isinstance(result, pd.DataFrame):
        return result.select_dtypes("number").to_numpy(dtype=float).ravel()
    if isinstance(result, pd.Series):
        return (
            result.to_numpy(dtype=float) if pd.api.types.is_numeric_dtype(result) else np.empty(0)
        )
    if isinstance(result, tuple):
        return np.concatenate([_numbers(part) for part in result])
    if is_dataclass(result):
        parts = [getattr(result, field.name) for field in fields(result)]
        return np.concatenate(
            [np.empty(0), *(_numbers(p) for p in parts if not isinstance(p, str | tuple))]
        )
    if result is None or isinstance(result, str):
        return np.empty(0)
    array = np.asarray(result)
    return array.astype(float).ravel() if array.dtype.kind in "fiub" else np.empty(0)


# An upper bound of a quotient may be beyond all numbers: the industry is nowhere else.
UNBOUNDED = {"location_quotient_interval"}


def _holds(name: str, call: Callable[[Any], Any], case: Any, *, refused: bool) -> None:
    if refused:
        with pytest.raises(MetricError) as caught:
            call(case)
        assert len(str(caught.value)) > 20
        return
    try:
        result = call(case)
    except MetricError as error:
        assert len(str(error)) > 20  # noqa: PT017 - either is an answer; the text must say something
        return
    found = _numbers(result)
    if name not in UNBOUNDED:
        assert not np.isinf(found).any(), f"{name} is infinite"
    undefined = isinstance(result, pd.DataFrame | pd.Series | float) and np.isnan(found).any()
    if undefined and name not in UNBOUNDED:
        assert public.why_undefined(result) is not None


@pytest.mark.parametrize("case", COUNTS)
@pytest.mark.parametrize("name", OF_COUNTS)
def test_of_counts(name: str, case: str) -> None:
    _holds(name, OF_COUNTS[name], COUNTS[case], refused=case in REFUSED_COUNTS)


@pytest.mark.parametrize("case", sorted(set(COUNTS) - {"huge"}))
@pytest.mark.parametrize("name", OF_FIRMS)
def test_of_firms(name: str, case: str) -> None:
    refused = case in {*REFUSED_COUNTS, "tiny"}  # numbers of firms are whole
    _holds(name, OF_FIRMS[name], COUNTS[case], refused=refused)


@pytest.mark.parametrize("case", PLANTS)
@pytest.mark.parametrize("name", OF_PLANTS)
def test_of_plants(name: str, case: str) -> None:
    _holds(name, OF_PLANTS[name], PLANTS[case], refused=case in REFUSED_PLANTS)


@pytest.mark.parametrize("case", POINTS)
@pytest.mark.parametrize("name", OF_POINTS)
def test_of_points(name: str, case: str) -> None:
    _holds(name, OF_POINTS[name], POINTS[case], refused=case in REFUSED_POINTS)


@pytest.mark.parametrize("case", VALUES)
@pytest.mark.parametrize("name", OF_VALUES)
def test_of_values(name: str, case: str) -> None:
    _holds(name, OF_VALUES[name], VALUES[case], refused=case in REFUSED_VALUES)


@pytest.mark.parametrize("case", VECTORS)
@pytest.mark.parametrize("name", OF_VECTORS)
def test_of_vectors(name: str, case: str) -> None:
    _holds(name, OF_VECTORS[name], VECTORS[case], refused=case in REFUSED_VECTORS)


# These give an array, an object, ordered pairs or a pair of tables; their own tests turn them.
OF_OTHER_SHAPE = {"check_counts", "complexity", "colocation", "location_quotient_interval"}


@pytest.mark.parametrize("name", sorted({*OF_COUNTS, *OF_FIRMS} - OF_OTHER_SHAPE))
def test_the_order_of_rows_and_columns_does_not_matter(name: str) -> None:
    call = {**OF_COUNTS, **OF_FIRMS}[name]
    plain = COUNTS["ordinary"]
    turned = plain.iloc[[2, 0, 3, 1], [1, 2, 0]]
    one, other = call(plain), call(turned)
    if isinstance(one, pd.DataFrame):
        other = other.reindex(index=one.index, columns=one.columns)
        pd.testing.assert_frame_equal(one, other, check_exact=False, rtol=1e-12)
    else:
        pd.testing.assert_series_equal(one, other.reindex(one.index), rtol=1e-12)


@pytest.mark.parametrize("name", OF_PLANTS)
def test_the_order_of_plants_does_not_matter(name: str) -> None:
    plain = PLANTS["ordinary"]
    one, other = (OF_PLANTS[name](table) for table in (plain, plain.iloc[::-1]))
    columns = {"p"} if name == "ellison_glaeser" else set()  # simulated darts may fall otherwise
    if isinstance(one, pd.DataFrame):
        kept = [column for column in one.columns if column not in columns]
        pd.testing.assert_frame_equal(one[kept], other[kept], rtol=1e-12)
    elif isinstance(one, pd.Series):
        pd.testing.assert_series_equal(one, other, rtol=1e-12)
    else:
        assert one == pytest.approx(other, rel=1e-12)


@pytest.mark.parametrize("scale", [1e-200, 1e200])
@pytest.mark.parametrize("name", OF_PLANTS)
def test_the_unit_of_sizes_does_not_matter(name: str, scale: float) -> None:
    plain = PLANTS["ordinary"]
    one, other = (
        OF_PLANTS[name](table) for table in (plain, plain.assign(size=plain["size"] * scale))
    )
    np.testing.assert_allclose(_numbers(one), _numbers(other), rtol=1e-9)


def test_integers_that_overflow_when_squared() -> None:
    counts = pd.DataFrame(
        {"u": np.array([2**62, 1], dtype="int64"), "v": np.array([1, 2**62], dtype="int64")},
        index=["a", "b"],
    )
    quotient = public.location_quotient(counts)
    assert quotient.loc["a", "u"] == pytest.approx(2.0, rel=1e-9)
    assert public.herfindahl(counts)["u"] == pytest.approx(1.0, rel=1e-9)
    plants = pd.DataFrame(
        {"area": list("abab"), "industry": list("uuvv"), "size": np.full(4, 2**62, dtype="int64")}
    )
    gamma = public.ellison_glaeser(plants)["gamma"]
    np.testing.assert_allclose(gamma, [-1.0, -1.0])  # H = 1/2, G = 0, Σx² = 1/2
    unsigned = counts.astype("uint64")
    pd.testing.assert_frame_equal(public.location_quotient(unsigned), quotient)
