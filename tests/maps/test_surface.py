"""The density surface: where firms are, on which firms, how many are left out."""

import numpy as np
import pytest
import shapely

from clusters.maps.surface import density_layer
from clusters.places.boundaries import CRS_METRES


@pytest.fixture
def layer():
    draw = np.random.default_rng(5)
    lon, lat = 104.06 + draw.normal(0, 0.1, 800), 30.66 + draw.normal(0, 0.1, 800)
    return density_layer(lon, lat, left_out=7, language="zh")


def test_the_densest_class_lies_where_the_firms_are(layer):
    densest = layer.frame.iloc[-1].geometry
    assert densest.contains(shapely.Point(104.06, 30.66))
    assert not layer.frame.union_all().contains(shapely.Point(101, 31))


def test_classes_do_not_overlap_and_each_has_a_legend(layer):
    shapes = layer.frame.geometry.to_crs(CRS_METRES)
    assert shapes.is_valid.all()
    whole = shapes.union_all().area
    assert shapes.area.sum() == pytest.approx(whole, rel=1e-3)
    assert set(layer.frame["kind"]) <= set(layer.styles)
    assert len(layer.legend) == 6


def test_the_legend_says_who_is_left_out(layer):
    assert "800 家" in layer.note
    assert "7 家位置不够精确" in layer.note


def test_a_few_firms_make_no_surface():
    assert (
        density_layer(np.array([104.0, 104.1]), np.array([30.0, 30.1]), left_out=0, language="en")
        is None
    )


def test_firms_outside_the_window_make_none_in_it():
    far = np.full(5, 104.06), np.full(5, 30.66)
    assert density_layer(*far, left_out=0, prefecture="513400", language="en") is None
