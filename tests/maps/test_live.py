"""Many firms on the interactive map: dots or hexagons, and every firm accounted for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.maps.crowd import EDGES, MAX_DOTS, NEAR, Crowd, window
from clusters.maps.grid import count_cells, hexagons
from clusters.maps.layers import firm_layers
from clusters.maps.live import live_firms


def crowd(n: int, *, seed: int = 3, spread: float = 0.4) -> Crowd:
    draw = np.random.default_rng(seed)
    return Crowd(
        lon=104.06 + draw.normal(0, spread, n),
        lat=30.66 + draw.normal(0, spread, n),
        kind=draw.integers(0, 3, n).astype("int8"),
        year=draw.choice([0, 1999, 2010, 2020], n).astype("int16"),
        row=np.arange(n, dtype="int32"),
        kinds=("foundation", "technology", "application"),
    )


def test_both_maps_count_the_same_firms(firms):
    still = firm_layers(firms, language="zh", show_uncertain=True)
    live = live_firms(firms, np.ones(len(firms), bool), language="zh", show_uncertain=True)
    assert live.account.shown == still.account.shown == 3
    assert live.account.left_out == {k: still.account.left_out[k] for k in ("precision", "none")}
    uncertain, dots = live.layers
    assert uncertain.frame["radius_m"].tolist() == still.layers[0].frame["radius_m"].tolist()
    named = {entry.text: entry.count for entry in dots.legend}
    assert named == {entry.text: entry.count for entry in still.layers[1].legend}
    assert dots.crowd.row.tolist() == [0, 1, 2]


def test_firms_that_the_filters_drop_are_not_there(firms):
    keep = np.array([False, True, False, True, False, False])
    live = live_firms(firms, keep, language="en")
    assert live.account.selected == 2
    assert live.account.shown == 1
    assert live.layers[0].crowd.row.tolist() == [1]


def test_few_firms_travel_once_and_whole():
    seen = window(crowd(500), zoom=7, bounds=(0, 0, 1, 1), until=2000)
    assert seen["form"] == "dots"
    assert seen["whole"]
    assert seen["row"] == list(range(500))
    assert abs(seen["lon"][0] / 1e5 - crowd(500).lon[0]) <= 5e-6


def test_many_firms_are_hexagons_that_add_up():
    many = crowd(MAX_DOTS + 1)
    seen = window(many, zoom=7)
    assert seen["form"] == "cells"
    assert sum(seen["n"]) == len(many) == seen["shown"]
    finer = window(many, zoom=8)
    assert sum(finer["n"]) == len(many)
    assert len(finer["n"]) > len(seen["n"])


def test_near_by_a_window_shows_its_dots():
    many = crowd(MAX_DOTS + 1)
    bounds = (104.0, 30.6, 104.1, 30.7)
    seen = window(many, zoom=NEAR, bounds=bounds)
    inside = (many.lon >= 104.0) & (many.lon <= 104.1) & (many.lat >= 30.6) & (many.lat <= 30.7)
    assert seen["form"] == "dots"
    assert not seen["whole"]
    assert seen["row"] == np.flatnonzero(inside).tolist()
    crammed = crowd(3 * MAX_DOTS, spread=0.005)
    assert window(crammed, zoom=NEAR, bounds=bounds)["form"] == "cells"


def test_played_years_leave_out_later_and_undated_firms():
    many = crowd(MAX_DOTS + 1)
    seen = window(many, zoom=7, until=2010)
    assert sum(seen["n"]) == int(((many.year > 0) & (many.year <= 2010)).sum())


@given(st.integers(0, 400), st.integers(5, 18), st.integers(0, 2**32 - 1))
def test_cells_keep_every_point_and_agree_with_their_outlines(n, zoom, seed):
    points = crowd(n, seed=seed)
    cells = count_cells(points.lon, points.lat, zoom=zoom)
    assert cells.count.sum() == n
    outlines = hexagons(points.lon, points.lat, zoom=zoom)
    assert outlines["count"].tolist() == cells.count.tolist()
    assert len(set(zip(cells.q.tolist(), cells.r.tolist(), strict=True))) == len(cells.count)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_legend_of_hexagons_is_that_of_every_zoom(many_firms, language):
    firms = many_firms(MAX_DOTS + 500)
    layer = live_firms(firms, np.ones(len(firms), bool), language=language).layers[-1]
    assert len(layer.legend) == len(EDGES) + 1
    assert layer.legend[-1].text == "1"
    assert {f"cell-{i}" for i in range(len(EDGES) + 1)} < set(layer.styles)
