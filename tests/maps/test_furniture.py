"""Scale, north and labels are measured, not guessed."""

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from clusters.maps import fonts, furniture
from clusters.maps.furniture import Label
from clusters.places.boundaries import CRS_METRES

TO_METRES = pyproj.Transformer.from_crs("EPSG:4326", CRS_METRES, always_xy=True)


@pytest.fixture
def axes():
    with mpl.rc_context({"font.family": [fonts.register()]}):
        yield _axes()


def _axes():
    figure = Figure(figsize=(8, 6), dpi=100)
    FigureCanvasAgg(figure)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_xlim(0, 800_000)
    ax.set_ylim(0, 600_000)
    return ax


@pytest.mark.parametrize("latitude", [26.5, 30.6, 33.8])
def test_projected_metres_are_nearly_true_ones_in_sichuan(latitude):
    x, y = TO_METRES.transform(103.0, latitude)
    truth = furniture.ground_metres_per_unit(x, y, span=100_000)
    # An equal-area conic stretches east-west by what it shrinks north-south: below 1 % here.
    assert truth == pytest.approx(1, abs=0.01)
    west = pyproj.Geod(ellps="GRS80").inv(103.0, latitude, 104.0, latitude)[2]
    x2, _ = TO_METRES.transform(104.0, latitude)
    assert (x2 - x) * truth == pytest.approx(west, rel=1e-3)


def test_the_scale_bar_is_as_long_as_it_says(axes):
    west, south = TO_METRES.transform(101.0, 27.0)
    axes.set_xlim(west, west + 800_000)
    axes.set_ylim(south, south + 600_000)
    drawn = furniture.scale_bar(axes, language="en", unit=1)
    halves = [artist for artist in drawn if hasattr(artist, "get_width")]
    said = next(a.get_text() for a in drawn if hasattr(a, "get_text") and "km" in a.get_text())
    x, y = halves[0].get_xy()
    end = halves[1].get_x() + halves[1].get_width()
    lon, lat = TO_METRES.transform([x, end], [y, y], direction="INVERSE")
    true_km = pyproj.Geod(ellps="GRS80").inv(lon[0], lat[0], lon[1], lat[1])[2] / 1000
    assert true_km == pytest.approx(float(said.split()[0]), rel=2e-3)


@given(st.floats(10, 1e7))
def test_a_scale_is_a_round_number_that_fits(limit):
    length = furniture.nice_length(limit)
    assert length <= limit * (1 + 1e-9)
    assert length * 2.5 >= limit * (1 - 1e-9)
    assert f"{length:e}"[0] in "125"


def test_north_leans_with_the_meridian():
    west = TO_METRES.transform(98.0, 31.0)
    east = TO_METRES.transform(108.0, 31.0)
    middle = TO_METRES.transform(103.0, 31.0)
    assert furniture.north_angle(*middle) == pytest.approx(0, abs=1e-3)
    assert furniture.north_angle(*west) > 0.02
    assert furniture.north_angle(*east) < -0.02


def test_labels_never_cover_each_other(axes):
    random = np.random.default_rng(3)
    labels = [
        Label(x, y, f"地名{i}\n{i}", float(i))
        for i, (x, y) in enumerate(random.uniform((1e5, 1e5), (7e5, 5e5), (60, 2)))
    ]
    left_out = furniture.place_labels(axes, labels, unit=1, size=9, dots=np.empty((0, 2)))
    renderer = axes.figure.canvas.get_renderer()
    boxes = [text.get_window_extent(renderer) for text in axes.texts]
    assert len(boxes) + len(left_out) == 60
    for i, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[i + 1 :])


def test_the_weightier_label_wins_and_the_other_is_reported(axes):
    crowd = [Label(4e5, 3e5, "W" * 90, 1.0), Label(4e5, 3e5, "M" * 50 + "\nM" * 30, 2.0)]
    left_out = furniture.place_labels(axes, crowd, unit=1, size=6, dots=np.empty((0, 2)))
    assert left_out == ["W" * 90]
    assert axes.texts[0].get_text().startswith("M")


def test_a_label_makes_way_for_dots(axes):
    label = Label(4e5, 3e5, "Chengdu", 1.0)
    dots = np.array([[4e5, 3e5], [4.02e5, 3e5]])
    furniture.place_labels(axes, [label], unit=1, size=9, dots=dots)
    box = axes.texts[0].get_window_extent(axes.figure.canvas.get_renderer())
    pixels = axes.transData.transform(dots)
    assert not any(box.contains(x, y) for x, y in pixels)


def test_bounds_hold_the_area_at_the_shape_of_the_sheet():
    area = gpd.GeoSeries([shapely.box(103, 30, 104, 32)], crs="EPSG:4326")
    west, south, east, north = furniture.fit_bounds(area, aspect=1.6)
    assert (east - west) / (north - south) == pytest.approx(1.6)
    assert shapely.box(west, south, east, north).contains(area.to_crs(CRS_METRES).iloc[0])


@pytest.mark.parametrize(
    "text",
    ["地名下的数字为该地企业总数，含位置不确定者。", "Above 1: more firms than residents.", ""],
)
def test_wrapping_keeps_every_word_and_starts_no_line_with_a_stop(text):
    lines = furniture.wrap(text, columns=20)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert not any(line[0] in "，。；：" for line in lines)
