"""Answers of online geocoders, once checked, sharpen rows and never overrule the text."""

from pathlib import Path

import pandas as pd
import pytest

from clusters.places.assign import county_codes
from clusters.places.locate import learn, locate
from geocode.fake_services import Place, Script
from geocode.online_help import TEXT, TIANFU, running

IN_MIANYANG = Place(104.74, 31.46)
NAMED = "四川省成都市武侯区人民南路四段1号"


def asker(ask):
    """Bind a geocoder to the counties as the command does."""
    return lambda texts, named: ask(texts, named=named, county_of=county_codes)


@pytest.mark.parametrize("service", ["tianditu", "amap", "baidu"])
def test_an_answer_sharpens_a_row_and_says_who_gave_it(tmp_path: Path, service: str) -> None:
    table = pd.DataFrame({"address": [TEXT]})
    before = locate(table).iloc[0]
    with running(tmp_path) as (_, ask):
        located = locate(
            table,
            online=lambda texts, named: ask(
                texts, service=service, named=named, county_of=county_codes
            ),
        )
    row = located.iloc[0]
    assert row["located_by"] == f"online:{service}"
    assert row["radius_m"] < before["radius_m"]
    assert (row["lon"], row["lat"]) == pytest.approx((TIANFU.lon, TIANFU.lat), abs=1e-4)
    assert "chengdu-htz-south" in [*row["zone_ids"], *row["zone_also_ids"]]
    assert located.attrs["online"]["asked"] == 1


def test_an_answer_in_another_county_is_told_and_not_used(tmp_path: Path) -> None:
    table = pd.DataFrame({"address": [NAMED]})
    before = locate(table).iloc[0]
    with running(tmp_path, Script(places={NAMED: IN_MIANYANG})) as (_, ask):
        row = locate(table, online=asker(ask)).iloc[0]
    assert row["county_code"] == before["county_code"] == "510107"
    assert row["precision"] == before["precision"]
    assert isinstance(row["location_conflict"], str)


def test_an_answer_in_another_prefecture_is_told_and_not_used(tmp_path: Path) -> None:
    text = "四川省成都市不知名路1号"
    with running(tmp_path, Script(places={text: IN_MIANYANG})) as (_, ask):
        row = locate(pd.DataFrame({"address": [text]}), online=asker(ask)).iloc[0]
    assert row["prefecture_code"] == "510100"
    assert pd.isna(row["county_code"])
    assert row["precision"] == "prefecture"
    assert row["location_conflict"].startswith("county_differs: 510100 by text, service 5107")


def test_an_answer_against_the_memory_is_told_and_not_used(tmp_path: Path) -> None:
    text = "四川省成都市小天竺街99号"
    memory = learn(pd.DataFrame({"address": [f"成都市武侯区小天竺街{n}号" for n in range(1, 20)]}))
    with running(tmp_path, Script(places={text: Place(103.98, 30.70)})) as (_, ask):
        row = locate(pd.DataFrame({"address": [text]}), memory, online=asker(ask)).iloc[0]
    assert (row["county_code"], row["located_by"]) == ("510107", "memory")
    assert row["location_conflict"].startswith("county_differs: 510107 by memory, service ")


def test_an_answer_settles_where_territory_moved(tmp_path: Path) -> None:
    text = "四川省宜宾市翠屏区南岸商贸路1号"
    with running(tmp_path, Script(places={text: Place(104.62, 28.755)})) as (_, ask):
        row = locate(pd.DataFrame({"address": [text]}), online=asker(ask)).iloc[0]
    assert row["county_code"] == county_codes([104.62], [28.755])[0]
    assert row["located_by"].startswith("online:")


def test_rows_with_good_coordinates_are_not_asked(tmp_path: Path) -> None:
    table = pd.DataFrame({"address": [NAMED], "lon": [104.06], "lat": [30.62], "datum": ["wgs84"]})
    with running(tmp_path) as (script, ask):
        row = locate(table, online=asker(ask)).iloc[0]
    assert row["precision"] == "point"
    assert script.asked == []


def test_without_an_answer_the_row_stays_as_the_text_left_it(tmp_path: Path) -> None:
    table = pd.DataFrame({"address": ["四川省德阳市旌阳区不知名路1号", ""]})
    with running(tmp_path, Script(places={})) as (_, ask):
        located = locate(table, online=asker(ask))
    plain = locate(table)
    same = ["county_code", "precision", "radius_m", "located_by"]
    pd.testing.assert_frame_equal(pd.DataFrame(located[same]), pd.DataFrame(plain[same]))
