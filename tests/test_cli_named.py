"""What people call places on the command line."""

import pandas as pd
import pytest

from clusters.cli.named import area_id, county_ids, park_ids, prefecture_ids, segment_ids, zone_ids
from clusters.errors import InputError


@pytest.mark.parametrize("text", ["510100", "成都市", "成都", "Chengdu", "chengdu"])
def test_a_prefecture_by_code_or_name(text: str) -> None:
    assert prefecture_ids([text]) == ("510100",)


def test_none_given_filters_nothing() -> None:
    assert prefecture_ids(None) == county_ids([]) == ()


def test_a_name_two_counties_share_is_refused_with_both_codes() -> None:
    with pytest.raises(InputError, match=r"511002 \(内江市市中区\), 511102 \(乐山市市中区\)"):
        county_ids(["市中区"])
    assert county_ids(["乐山市市中区"]) == ("511102",)


@pytest.mark.parametrize(
    ("text", "names"), [("999999", "510100"), ("成者市", "成都市"), ("", "510100")]
)
def test_an_unknown_place_is_refused_with_some_that_are(text: str, names: str) -> None:
    with pytest.raises(InputError, match=rf"--prefecture '{text}' is not known; .*{names}"):
        prefecture_ids([text])


def test_the_larger_place_comes_first() -> None:
    assert area_id("--area", "绵阳") == "510700"  # a zone is called 绵阳科技城
    assert area_id("--area", "绵阳科技城") == "mianyang-science-city"
    assert area_id("--area", "province") == "province"


def test_zones_parks_and_segments_have_names_too() -> None:
    assert zone_ids(["天府无线通信谷"]) == ("tianfu-wireless-valley",)
    assert segment_ids(["智能机器人", "robotics", "Intelligent robots"]) == ("robotics",) * 3
    parks = pd.DataFrame({"park_id": ["p1", "p2"], "name_zh": ["甲园区", "乙园区"]})
    assert park_ids(["乙园区", "p1"], parks) == ("p2", "p1")
