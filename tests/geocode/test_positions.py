import numpy as np
import pytest
import shapely

from clusters.errors import InputError
from clusters.geocode.positions import sample_positions

SQUARE = shapely.box(0, 0, 20_000, 20_000)
RING = SQUARE.difference(shapely.box(2_000, 2_000, 18_000, 18_000))


def test_draws_lie_inside_their_area_and_repeat_with_the_seed():
    def once():
        return sample_positions(
            [[1.0, 1.0]] * 50,
            np.full(50, 9e3),
            np.array(["a"] * 50, dtype=object),
            shapes={"a": RING},
            draws=20,
            seed=1,
            anchors=[[1_000.0, 1_000.0]] * 30,
        ).positions

    drawn = once()
    assert drawn.shape == (20, 50, 2)
    assert shapely.contains_xy(RING, drawn[..., 0].ravel(), drawn[..., 1].ravel()).all()
    assert np.array_equal(drawn, once())


def test_draws_gather_where_precise_firms_are():
    near = sample_positions(
        np.zeros((200, 2)),
        np.full(200, 9e3),
        np.array(["a"] * 200, dtype=object),
        shapes={"a": SQUARE},
        draws=10,
        seed=2,
        anchors=np.full((90, 2), 5_000.0),
    ).positions
    close = np.hypot(*(near.reshape(-1, 2) - 5_000.0).T) < 3_000
    # 90 anchors against an area worth 10: nine in ten near them, and the area's own share.
    assert 0.85 < close.mean() < 0.97


def test_a_radius_holds_95_percent():
    drawn = sample_positions(
        np.zeros((1, 2)), [500.0], np.array([None], dtype=object), shapes={}, draws=20_000, seed=3
    ).positions
    inside = (np.hypot(drawn[..., 0], drawn[..., 1]) <= 500).mean()
    assert abs(inside - 0.95) < 0.01


def test_a_row_without_position_stays_without():
    drawn = sample_positions(
        [[np.nan, np.nan]], [np.nan], np.array([None], dtype=object), shapes={}, draws=2, seed=0
    ).positions
    assert np.isnan(drawn).all()


def test_a_sliver_ends():
    sliver = shapely.Polygon([(0, 0), (1e6, 1e6), (1e6, 1e6 + 1e-4)])
    drawn = sample_positions(
        [[0.0, 0.0]], [1.0], np.array(["s"], dtype=object), shapes={"s": sliver}, draws=3, seed=0
    ).positions
    assert np.isfinite(drawn).all()


@pytest.mark.parametrize(
    ("areas", "draws"), [(np.array(["b"], dtype=object), 1), (np.array(["a"], dtype=object), 0)]
)
def test_errors(areas, draws):
    with pytest.raises(InputError):
        sample_positions([[0.0, 0.0]], [1.0], areas, shapes={"a": SQUARE}, draws=draws, seed=0)
