"""Base maps: off unless set, never an unshifted overlay."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.errors import InputError
from clusters.maps.drawn import read_area, rectangle
from clusters.maps.tiles import base_maps, for_browser, unshifted
from clusters.settings import Settings


def test_no_base_map_is_offered_by_itself():
    assert base_maps(Settings()) == {}


def test_each_setting_offers_its_base_map():
    found = base_maps(
        Settings(
            tile_url="http://tiles.intranet/{z}/{x}/{y}.png",
            tile_attribution="省测绘院",
            tianditu_browser_key="abc123",
            online_base_maps={"osm", "amap"},
        )
    )
    assert list(found) == ["intranet", "tianditu", "osm", "amap"]
    assert [one.datum for one in found.values()] == ["wgs84", "wgs84", "wgs84", "gcj02"]
    picture, names = found["tianditu"].urls
    assert "LAYER=vec&" in picture
    assert "vec_w/wmts" in picture
    assert "LAYER=cva&" in names
    for url in (picture, names):
        assert url.endswith("tk=abc123")
        assert all(part in url for part in ("{s}", "{z}", "{x}", "{y}"))
    assert for_browser(found["intranet"])["attribution"] == "省测绘院"


@pytest.mark.parametrize(
    "url", ["tiles.intranet/{z}/{x}/{y}", "http://a/{z}/{x}", "javascript:{z}{x}{y}"]
)
def test_an_address_that_is_none_of_tiles_is_refused(url):
    with pytest.raises(InputError, match="CLUSTERS_TILE_URL"):
        base_maps(Settings(tile_url=url))


def test_a_key_cannot_bring_an_address_along():
    with pytest.raises(InputError, match="letters and digits"):
        base_maps(Settings(tianditu_browser_key="a&tk=b"))


@given(st.floats(98, 108), st.floats(26.5, 33.5))
def test_an_area_drawn_over_amap_comes_back_to_where_it_is(lon, lat):
    from clusters.geocode.datum import from_wgs84

    text = rectangle(lon, lat, lon + 0.1, lat + 0.1)
    corners = np.array(text[1:].split(","), dtype=float).reshape(-1, 2)
    moved = np.column_stack(from_wgs84(corners[:, 0], corners[:, 1], "gcj02"))
    over = "p" + ",".join(f"{value:.5f}" for value in moved.ravel())
    back = read_area(unshifted(over, "gcj02"))
    assert np.allclose(back.bounds, read_area(text).bounds, atol=2e-5)
    assert unshifted(text, "wgs84") == text
