"""Classes, significance and small numbers of a metric over areas."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.errors import InputError
from clusters.maps.choropleth import Selection, choropleth, classify
from clusters.places.boundaries import display

SELECTION = Selection("prefecture", "lq_population")


@pytest.fixture
def quotients(metrics):
    return choropleth(metrics, display("prefecture"), SELECTION, title="人口区位商", language="zh")


def test_every_area_is_in_one_class_and_the_legend_adds_up(quotients):
    assert len(quotients.frame) == 21
    assert set(quotients.frame["kind"]) == set(quotients.styles)
    assert sum(entry.count for entry in quotients.legend[:7]) == 21


def test_an_area_without_a_value_is_not_a_low_value(quotients):
    missing = quotients.frame[quotients.frame["class"] == -1]
    assert len(missing) == 1
    assert missing["tip"].iloc[0].split("\n")[1].endswith("无数值")
    assert quotients.styles[missing["kind"].iloc[0]].hatch == "..."


def test_significance_is_an_outline_and_small_numbers_are_hatched(quotients):
    kinds = quotients.frame["kind"]
    significant = [kind for kind in kinds if "+s" in kind]
    assert len(significant) == 2
    assert all(quotients.styles[kind].stroke_width > 1 for kind in significant)
    small = [kind for kind in kinds if kind.endswith("+f")]
    assert len(small) == 5
    assert all(quotients.styles[kind].hatch == "///" for kind in small)


def test_counts_are_never_called_small(metrics):
    layer = choropleth(
        metrics, display("prefecture"), Selection("prefecture", "count"), title="n", language="en"
    )
    assert not any(kind.endswith("+f") for kind in layer.frame["kind"])
    assert layer.legend[-1].text != "Few firms (fewer than 5)"


def test_exactly_one_is_not_below_one():
    values = np.array([0.0, 0.25, 0.999, 1.0, 2.0, 3.9, 4.0, 100.0, np.nan])
    classes = classify(values, metric="lq", language="en")
    assert classes.assign(values).tolist() == [0, 1, 2, 3, 4, 4, 5, 5, -1]
    assert classes.texts == ("under 0.25", "0.25–0.5", "0.5–1", "1–2", "2–4", "4 or more")


def test_few_distinct_values_are_their_own_classes():
    values = np.array([0, 0, 1, 3, np.nan])
    classes = classify(values, metric="count", language="zh")
    assert classes.texts == ("0", "1", "3")
    assert classes.assign(values).tolist() == [0, 0, 1, 2, -1]


def test_zero_is_kept_apart_from_little():
    values = np.array([0.0] * 5 + [float(i) for i in range(1, 30)])
    classes = classify(values, metric="count", language="zh")
    assert classes.texts[0] == "0"
    assert (classes.assign(values)[:5] == 0).all()
    assert (classes.assign(values)[5:] > 0).all()


def test_nothing_measured_is_no_class():
    classes = classify(np.array([np.nan, np.nan]), metric="count", language="zh")
    assert classes.assign(np.array([np.nan])).tolist() == [-1]


@settings(max_examples=40)
@given(st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=80))
def test_classes_follow_the_order_of_values(numbers):
    values = np.sort(np.array(numbers))
    classes = classify(values, metric="count", language="en")
    index = classes.assign(values)
    assert (np.diff(index) >= 0).all()
    assert index.min() >= 0
    assert index.max() < len(classes.texts) <= 5


def test_a_metric_that_was_not_measured_is_named(metrics):
    wrong = Selection("county", "hoover")
    with pytest.raises(InputError, match="no hoover of ai/ai by county"):
        choropleth(metrics, display("county"), wrong, title="", language="zh")


def test_two_values_for_one_area_are_refused(metrics):
    doubled = metrics.iloc[[0, 0]]
    with pytest.raises(InputError, match="more than one"):
        SELECTION.rows(doubled)


def test_local_moran_shows_quadrants_only_where_they_are_significant(metrics):
    local = metrics[metrics["metric"] == "count"].assign(metric="local_moran")
    local = local.assign(note=np.where(local["n"] % 2 == 0, "HH", "LL"))
    layer = choropleth(
        local,
        display("prefecture"),
        Selection("prefecture", "local_moran"),
        title="",
        language="en",
    )
    assert layer.frame["kind"].value_counts().to_dict() == {"ns": 19, "HH": 1, "LL": 1}


@pytest.mark.parametrize("breaks", ["natural", "quantiles", "equal", "deviations"])
def test_every_way_of_classing_covers_all_values(breaks):
    values = np.random.default_rng(2).gamma(0.7, 3, 183)
    classes = classify(values, metric="density_km2", language="zh", breaks=breaks)
    index = classes.assign(values)
    assert index.min() >= 0
    assert index.max() == len(classes.upper) - 1 == len(classes.texts) - 1
    assert list(classes.upper) == sorted(set(classes.upper))
    assert classes.upper[-1] >= values.max()
    assert len(classes.upper) <= 5


def test_quantiles_hold_equal_numbers_and_equal_intervals_equal_widths():
    values = np.arange(100.0)
    quantiles = classify(values, metric="count", language="en", breaks="quantiles")
    assert np.bincount(quantiles.assign(values)).tolist() == [20] * 5
    equal = classify(values, metric="count", language="en", breaks="equal")
    assert np.allclose(np.diff(equal.upper), 19.8)
    deviations = classify(values, metric="count", language="en", breaks="deviations")
    assert deviations.upper[1] == pytest.approx(values.mean())


def test_a_mask_leaves_only_significant_areas_coloured(metrics):
    layer = choropleth(
        metrics,
        display("prefecture"),
        SELECTION,
        title="q",
        language="en",
        only_significant=True,
    )
    coloured = [kind for kind in layer.frame["kind"] if not kind.startswith(("mask", "none"))]
    assert len(coloured) == 2
    entry = next(entry for entry in layer.legend if "q ≥ 0.05" in entry.text)
    assert entry.count == sum(kind.startswith("mask") for kind in layer.frame["kind"])
    assert sum(entry.count for entry in layer.legend[:8]) == 21


def test_classes_below_zero_are_not_told_with_a_second_dash() -> None:
    values = np.array([-0.183, -0.1, -0.07, -0.05, 0.01, 0.05, 0.08, 0.2])
    texts = classify(values, metric="moran", language="zh").texts
    assert texts[0].startswith("−0.183")
    assert all("-" not in text and "–−" not in text and "−–" not in text for text in texts)
    assert " … " in "".join(texts)
