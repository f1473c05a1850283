"""What a stranger may pass: dates, tables with labels, columns of other meaning, odd seeds."""

import numpy as np
import pandas as pd
import pytest

from clusters import metrics
from clusters.errors import MetricError
from clusters.metrics.plants import ALIKE

COUNTS = pd.DataFrame({"x": [4, 1, 7], "y": [2, 5, 3]}, index=list("abc"))
PLANTS = pd.DataFrame(
    {"area": list("aabbc"), "industry": list("xxyyx"), "size": [1.0, 2.0, 3.0, 4.0, 5.0]}
)
VALUES = pd.Series([3.0, 1.0, 4.0, 1.0, 5.0], index=list("pqrst"))
# Asymmetric, so that rows and columns taken in another order show.
WEIGHTS = pd.DataFrame(
    np.array([[0, 1, 2, 0, 0], [1, 0, 0, 3, 0], [0, 1, 0, 1, 0], [0, 0, 5, 0, 1], [1, 0, 0, 1, 0]]),
    index=VALUES.index,
    columns=VALUES.index,
)


@pytest.mark.parametrize(
    "column",
    [
        pd.to_datetime(["2020-01-01", "2021-01-01", "2022-01-01"]),
        pd.to_timedelta([1, 2, 3], unit="D"),
        pd.to_datetime(["2020-01-01"] * 3).tz_localize("Asia/Shanghai"),
        np.array([1 + 1j, 2, 3]),
    ],
)
def test_dates_and_complex_numbers_are_no_counts(column) -> None:
    with pytest.raises(MetricError, match="counts: values must be numbers"):
        metrics.location_quotient(COUNTS.assign(x=column))
    with pytest.raises(MetricError, match="x: values must be numbers"):
        metrics.gini(pd.Series(column))
    with pytest.raises(MetricError, match="x: values must be numbers"):
        metrics.theil(np.asarray(column.tz_localize(None) if hasattr(column, "tz") else column))


def test_a_column_called_number_counts_no_plants() -> None:
    with_houses = PLANTS.assign(number=[12, 7, 7, 101, 3])
    for measure in (metrics.ellison_glaeser, metrics.coagglomeration):
        pd.testing.assert_frame_equal(measure(with_houses), measure(PLANTS))
        drawn = [measure(t, null="simulate", draws=19, seed=1) for t in (with_houses, PLANTS)]
        pd.testing.assert_frame_equal(*drawn)
    words = PLANTS.assign(number=list("一二三四五"))
    pd.testing.assert_series_equal(metrics.maurel_sedillot(words), metrics.maurel_sedillot(PLANTS))
    assert metrics.ellison_glaeser(PLANTS.assign(**{ALIKE: 2}))["plants"].tolist() == [6, 4]


@pytest.mark.parametrize(
    ("plants", "says"),
    [
        (None, "plants is NoneType"),
        (pd.concat([PLANTS, PLANTS[["size"]]], axis=1), "column 'size' twice"),
        (pd.concat([PLANTS, PLANTS[["area"]]], axis=1), "column 'area' twice"),
        (PLANTS.assign(area=[["a"]] * 5), "column area holds what cannot be a label"),
    ],
)
@pytest.mark.parametrize("null", ["normal", "simulate"])
@pytest.mark.parametrize("measure", [metrics.ellison_glaeser, metrics.coagglomeration])
def test_what_is_no_table_of_plants_is_refused_in_words(measure, null, plants, says) -> None:
    with pytest.raises(MetricError, match=says):
        measure(plants, null=null, draws=9)


def test_correlation_over_areas_does_not_depend_on_the_unit() -> None:
    right = metrics.locational_correlation(COUNTS)
    np.testing.assert_allclose(right, np.corrcoef(COUNTS.to_numpy().T), rtol=1e-12)
    for x, y in ((1e-300, 1e-300), (1e300, 1e300), (1e-300, 1e300), (2.0**-1000, 1)):
        scaled = COUNTS.assign(x=COUNTS["x"] * x, y=COUNTS["y"] * y)
        np.testing.assert_allclose(metrics.locational_correlation(scaled), right, rtol=1e-12)


@pytest.mark.parametrize("unit", [1e-300, 2.0**-900, 1e300])
def test_shift_share_of_huge_and_tiny_units_is_that_of_one(unit) -> None:
    start, end = COUNTS.astype(float), COUNTS.astype(float).iloc[::-1].set_axis(COUNTS.index)
    one = metrics.shift_share(start, end, method="esteban_marquillas")
    other = metrics.shift_share(start * unit, end * unit, method="esteban_marquillas")
    np.testing.assert_allclose(other / unit, one, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("measure", [metrics.moran, metrics.geary])
def test_a_table_of_weights_is_matched_by_its_labels(measure) -> None:
    right = measure(VALUES, WEIGHTS.to_numpy(), null="normality").statistic
    order = list("tqpsr")
    for values, weights in (
        (VALUES, WEIGHTS.loc[order, order]),
        (VALUES, WEIGHTS[order]),
        (VALUES[order], WEIGHTS),
        (VALUES[order], WEIGHTS.loc[list("rstpq"), order]),
    ):
        found = measure(values, weights, null="normality").statistic
        assert found == pytest.approx(right, rel=1e-12)
    # Without labels of the values the rows stand as given, and the columns follow them.
    array = VALUES[order].to_numpy()
    found = measure(array, WEIGHTS.loc[order], null="normality").statistic
    assert found == pytest.approx(right, rel=1e-12)
    # Where only the rows are named, the columns are theirs.
    named = pd.DataFrame(WEIGHTS.to_numpy(), index=VALUES.index)
    assert measure(VALUES[order], named, null="normality").statistic == pytest.approx(right)
    # An array put into a table has no labels to match by.
    plain = pd.DataFrame(WEIGHTS.to_numpy())
    assert measure(VALUES, plain, null="normality").statistic == pytest.approx(right, rel=1e-12)


def test_a_table_of_weights_of_other_areas_is_refused() -> None:
    with pytest.raises(MetricError, match="must name the same areas; 'p' is in one only"):
        metrics.moran(VALUES, WEIGHTS.rename(index={"p": "z"}))
    with pytest.raises(MetricError, match="must name the same areas"):
        metrics.local_moran(VALUES, WEIGHTS.iloc[:4])
    with pytest.raises(MetricError, match="weights lists 'q' twice"):
        metrics.getis_ord(VALUES, WEIGHTS.rename(columns={"p": "q"}))


POINTS = np.random.default_rng(0).uniform(0, 1000, (30, 2))
DRAWING = {
    "moran": lambda **k: metrics.moran(VALUES, WEIGHTS, **k),
    "local_moran": lambda **k: metrics.local_moran(VALUES, WEIGHTS, **k),
    "getis_ord": lambda **k: metrics.getis_ord(VALUES, WEIGHTS, **k),
    "geary": lambda **k: metrics.geary(VALUES, WEIGHTS, **k),
    "join_counts": lambda **k: metrics.join_counts(VALUES > 2, WEIGHTS, **k),
    "ellison_glaeser": lambda **k: metrics.ellison_glaeser(PLANTS, null="simulate", **k),
    "coagglomeration": lambda **k: metrics.coagglomeration(PLANTS, null="simulate", **k),
    "colocation": lambda **k: metrics.colocation(COUNTS, **k),
    "bootstrap_interval": lambda **k: metrics.bootstrap_interval(VALUES, np.mean, **k),
    "cluster_stability": lambda **k: metrics.cluster_stability(POINTS, 50.0, min_size=5, **k),
    "duranton_overman": lambda **k: metrics.duranton_overman(POINTS, [100.0], POINTS, **k),
    "marcon_puech_m": lambda **k: metrics.marcon_puech_m(
        POINTS, [300.0], np.arange(30) < 9, **k
    ),
}  # fmt: skip
HOW_OFTEN = {
    "moran": "permutations", "local_moran": "permutations", "getis_ord": "permutations",
    "geary": "permutations", "join_counts": "permutations", "duranton_overman": "simulations",
    "marcon_puech_m": "simulations",
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWING)
def test_drawing_takes_whole_numbers_and_seeds_only(name) -> None:
    option = HOW_OFTEN.get(name, "draws")
    for number in (20.5, "20", None):
        with pytest.raises(MetricError, match=f"{option} is {number!r}; give a whole number"):
            DRAWING[name](**{option: number})
    for seed in (-1, 1.5, "x"):
        with pytest.raises(MetricError, match=f"seed is {seed!r}; give a whole number from 0 on"):
            DRAWING[name](**{option: 20}, seed=seed)
    DRAWING[name](**{option: np.int64(20)}, seed=np.uint8(3))


@pytest.mark.parametrize("method", ["exact", "grid", "sampled"])
def test_radii_far_beyond_firms_in_one_place_cost_nothing(method) -> None:
    """The grid's bound was taken over every step of a cell up to the last radius: gigabytes."""
    one_place = np.full((40, 2), 500.0)
    found = metrics.duranton_overman(one_place, [1e5, 4e7], method=method, seed=0)
    assert found.density.tolist() == [0.0, 0.0]
    assert np.isfinite(found.error_bound)


def test_places_that_differ_by_rounding_only_are_one_place() -> None:
    steps, sector = [0.5, 300.0], np.arange(30) < 9
    for measure in (
        lambda points: metrics.duranton_overman(points, steps),
        lambda points: metrics.marcon_puech_m_density(points, steps, sector),
    ):
        one, blurred = measure(POINTS * 0.0), measure(POINTS * 1e-150)
        assert blurred.bandwidth_m == one.bandwidth_m
        np.testing.assert_array_equal(blurred.density, one.density)


def test_what_lies_on_no_map_is_refused_in_words() -> None:
    with pytest.raises(MetricError, match="row 1 is"):
        metrics.duranton_overman([[0.0, 0.0], [1e300, 0.0]], [100.0])
    with pytest.raises(MetricError, match="metres that occur on a map"):
        metrics.marcon_puech_m(POINTS, [1e300], np.arange(30) < 9)
    with pytest.raises(MetricError, match="window: values must be numbers"):
        metrics.ripley_k(POINTS, [100.0], ("west", 0, 1000, 1000))


def test_bounds_of_a_table_are_a_window() -> None:
    bounds = np.array([0.0, 0.0, 1000.0, 1000.0])
    found = metrics.ripley_k(POINTS, [100.0], bounds)
    assert found.tolist() == metrics.ripley_k(POINTS, [100.0], (0, 0, 1000, 1000)).tolist()


@pytest.mark.parametrize("unit", [1e-300, 1e-160, 0.001, 250, 1e300])
def test_functions_of_distance_do_not_depend_on_the_unit_of_sizes(unit) -> None:
    steps, sizes, sector = [50.0, 300.0], np.arange(1.0, 31.0), np.arange(30) < 9
    for measure in (
        lambda sizes: metrics.duranton_overman(POINTS, steps, sizes=sizes),
        lambda sizes: metrics.marcon_puech_m(POINTS, steps, sector, sizes),
        lambda sizes: metrics.marcon_puech_m_density(POINTS, steps, sector, sizes),
    ):
        np.testing.assert_allclose(measure(sizes * unit).density, measure(sizes).density, rtol=1e-9)


WINDOW = (0, 0, 1000, 1000)
SECTOR = np.arange(30) < 9


@pytest.mark.parametrize("wrong", ["x", None, 0, -1.0, np.nan, np.inf])
def test_lengths_and_areas_are_numbers_above_zero(wrong) -> None:
    for ask in (
        lambda: metrics.kernel_density(POINTS, wrong, WINDOW, 50.0),
        lambda: metrics.kernel_density(POINTS, 100.0, WINDOW, wrong),
        lambda: metrics.density_clusters(POINTS, 5, "dbscan", radius_m=wrong),
        lambda: metrics.clark_evans(POINTS, wrong),
    ):
        with pytest.raises(MetricError, match=r"(_m|_m2)(: values must be numbers| is .*above 0)"):
            ask()
    if wrong is not None:  # None leaves the bandwidth to Silverman's rule
        with pytest.raises(MetricError, match="bandwidth_m"):
            metrics.duranton_overman(POINTS, [100.0], bandwidth_m=wrong)
        with pytest.raises(MetricError, match="bandwidth_m"):
            metrics.marcon_puech_m_density(POINTS, [100.0], SECTOR, bandwidth_m=wrong)


@pytest.mark.parametrize("confidence", ["high", None, 0, 1, 95, np.nan, [0.9, 0.95]])
def test_confidence_lies_between_0_and_1(confidence) -> None:
    for ask in (
        lambda: metrics.location_quotient_interval(COUNTS, confidence),
        lambda: metrics.duranton_overman(POINTS, [100.0], confidence=confidence),
        lambda: metrics.bootstrap_interval(VALUES, np.mean, confidence=confidence),
    ):
        with pytest.raises(MetricError, match="confidence"):
            ask()


@pytest.mark.parametrize("size", [2.5, "5", None])
def test_clusters_have_a_whole_number_of_firms(size) -> None:
    with pytest.raises(MetricError, match=r"min_size is .*; give a whole number"):
        metrics.density_clusters(POINTS, size)


LOCATED = pd.DataFrame(
    {
        "lon": [104.0, 104.1, 104.2],
        "lat": [30.6, 30.7, 30.8],
        "prefecture_code": "510100",
        "county_code": ["510104", "510105", "510104"],
        "zone_ids": [[], [], []],
        "segment": ["x", "x", "y"],
    }
)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"resolutions": [99]}, "resolution is 99; H3 has 0 to 15"),
        ({"origins": 1.5}, "origins is 1.5; give a whole number"),
        ({"seed": -1}, "seed is -1; give a whole number from 0 on"),
    ],
)
def test_areal_sensitivity_says_which_option_is_wrong(options, says) -> None:
    with pytest.raises(MetricError, match=says):
        metrics.areal_sensitivity(LOCATED, **{"origins": 2, **options})


def test_areal_units_are_counted_in_whole_numbers() -> None:
    with pytest.raises(MetricError, match="located is NoneType"):
        metrics.areal_sensitivity(None)
    with pytest.raises(MetricError, match="areas is '183'; give a whole number"):
        metrics.s_maup("183", 21, 0.2)
    with pytest.raises(MetricError, match=r"regions is 20\.5; give a whole number"):
        metrics.s_maup(183, 20.5, 0.2)
