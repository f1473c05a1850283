"""Protocols, datums, levels and the check against the county of the text."""

import csv
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.errors import InputError
from clusters.geocode.datum import from_wgs84
from clusters.geocode.online import COLUMNS, SERVICES, explain, geocode_online, question_of
from clusters.geocode.online import services as online_services
from clusters.geocode.online.placing import fineness, place
from clusters.geocode.online.services import Answer
from clusters.settings import Settings
from geocode.fake_services import ERRORS, LEVELS, Place, Script
from geocode.online_help import (
    ADDRESS,
    NAMES,
    TEXT,
    TIANFU,
    running,
)

FOLDER = Path(online_services.__file__).parent


def square(lon, lat):
    """County 510107 in a square of 0.1 degrees around Tianfu, 510116 south of it, else none."""
    lon, lat = np.asarray(lon), np.asarray(lat)
    wide = np.abs(lon - TIANFU.lon) < 0.05
    codes = np.full(len(lon), None, dtype=object)
    codes[wide & (np.abs(lat - TIANFU.lat) < 0.05)] = "510107"
    codes[wide & (lat <= TIANFU.lat - 0.05) & (lat > TIANFU.lat - 0.5)] = "510116"
    return codes


@pytest.mark.parametrize("service", NAMES)
def test_a_place_comes_back_in_wgs84(tmp_path, service):
    with running(tmp_path) as (script, ask):
        table = ask([ADDRESS], service)
    row = table.iloc[0]
    assert list(table.columns) == list(COLUMNS)
    assert (row["lon"], row["lat"]) == pytest.approx((TIANFU.lon, TIANFU.lat), abs=2e-6)
    assert row[["status", "precision", "service"]].tolist() == ["found", "building", service]
    assert not row["cached"]
    assert script.asked == [(service, TEXT)]
    assert table.attrs["online"] == {
        "service": service,
        "asked": 1,
        "cached": 0,
        "open": 0,
        "stopped": None,
        "message": "",
        "message_zh": "",
    }


@pytest.mark.parametrize(("datum", "kind"), [("bd09", "bd09ll"), ("gcj02", "gcj02ll")])
def test_baidu_is_asked_for_the_datum_of_the_settings(tmp_path, datum, kind):
    with running(tmp_path, baidu_datum=datum) as (script, ask):
        table = ask([ADDRESS], "baidu")
    assert script.coordinate_types == [kind]
    assert (table["lon"][0], table["lat"][0]) == pytest.approx((TIANFU.lon, TIANFU.lat), abs=1e-8)


@pytest.mark.parametrize("service", NAMES)
def test_nothing_found_is_an_answer(tmp_path, service):
    with running(tmp_path, Script()) as (_, ask):
        table = ask([ADDRESS], service)
    assert table["status"].tolist() == ["no_match"]
    assert table["precision"].tolist() == ["none"]
    assert table[["lon", "lat", "radius_m"]].isna().all(axis=None)


@pytest.mark.parametrize("service", ["amap", "baidu"])
def test_a_text_the_service_does_not_take_is_refused_alone(tmp_path, service):
    with running(tmp_path) as (script, ask):
        script.modes["四川省某某某某"] = ["refused"]
        table = ask(["某某某某", ADDRESS], service)
    assert table["status"].tolist() == ["refused", "found"]


@pytest.mark.parametrize("service", NAMES)
@pytest.mark.parametrize("precision", ["building", "street", "subdistrict", "county", "prefecture"])
def test_level_words_become_precision(tmp_path, service, precision):
    with running(tmp_path, Script(places={TEXT: Place(104, 30, precision)})) as (_, ask):
        row = ask([ADDRESS], service).iloc[0]
    assert row["precision"] == precision
    assert row["level"] == LEVELS[precision][service]
    assert row["radius_m"] > 0


@pytest.mark.parametrize("service", NAMES)
def test_a_province_is_no_position_and_an_unknown_word_is_no_dot(tmp_path, service):
    places = {TEXT: Place(104, 30, "province"), TEXT + "乙": Place(104, 30, "unheard")}
    with running(tmp_path, Script(places=places)) as (_, ask):
        table = ask([ADDRESS, ADDRESS + "乙"], service)
    assert table["status"].tolist() == ["too_coarse", "found"]
    assert table["precision"].tolist() == ["none", "county"]
    assert math.isnan(table["lon"][0])


def test_radius_grows_with_precision_and_with_doubt():
    for service in NAMES:
        radii = [
            fineness(service, Answer("ok", "0", level=LEVELS[word][service], score=100))[1]
            for word in ("building", "street", "subdistrict", "county", "prefecture")
        ]
        assert radii == sorted(radii)
        assert len(set(radii)) == len(radii)
    sure = Answer("ok", "0", level="门址", score=100, error_m=20)
    assert fineness("baidu", sure) == ("building", 500)
    assert fineness("baidu", Answer("ok", "0", level="门址", score=100, error_m=2000))[1] == 2000
    assert fineness("baidu", Answer("ok", "0", level="门址", score=60))[1] >= 1000
    vague = Answer("ok", "0", level="门址", score=100, exact=False)
    assert fineness("baidu", vague)[0] == "street"
    assert fineness("tianditu", Answer("ok", "0", level="地名地址", score=40))[0] == "street"


# Reply bodies as the services document them: shapes and types, not only our idea of them.
DOCUMENTED = {
    "tianditu": (
        {
            "location": {"lon": "116.001688", "level": "地名地址", "lat": "40.453228"},
            "status": "0",
            "msg": "ok",
            "searchVersion": "4.8.0",
        },
        (116.001688, 40.453228, "cgcs2000", "地名地址"),
    ),
    "amap": (
        {
            "status": "1",
            "info": "OK",
            "infocode": "10000",
            "count": "1",
            "geocodes": [
                {
                    "formatted_address": "北京市朝阳区阜通东大街6号",
                    "location": "116.482086,39.990496",
                    "level": "门址",
                    "township": [],
                }
            ],
        },
        (116.482086, 39.990496, "gcj02", "门址"),
    ),
    "baidu": (
        {
            "status": 0,
            "result": {
                "location": {"lng": 116.30814954222, "lat": 40.056885091681},
                "precise": 1,
                "confidence": 80,
                "comprehension": 100,
                "level": "商务大厦",
            },
        },
        (116.30814954222, 40.056885091681, "bd09", "商务大厦"),
    ),
}


@pytest.mark.parametrize("service", NAMES)
def test_the_documented_examples_are_read(service):
    reply, expected = DOCUMENTED[service]
    answer = SERVICES[service].read(reply, "bd09")
    assert (answer.lon, answer.lat, answer.datum, answer.level) == expected
    assert answer.kind == "ok"


def test_baidu_promises_an_error_by_confidence():
    reply, _ = DOCUMENTED["baidu"]
    for confidence, metres in ((100, 20), (99, 50), (80, 100), (75, 200), (20, 10_000)):
        changed = {**reply, "result": {**reply["result"], "confidence": confidence}}
        assert SERVICES["baidu"].read(changed, "bd09").error_m == metres
    changed = {**reply, "result": {**reply["result"], "confidence": 10}}
    assert math.isnan(SERVICES["baidu"].read(changed, "bd09").error_m)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
WORDS = [
    "status",
    "code",
    "msg",
    "location",
    "lon",
    "lat",
    "level",
    "score",
    "geocodes",
    "infocode",
    "info",
    "result",
    "lng",
    "confidence",
    "comprehension",
    "precise",
    "keyWord",
    "formatted_address",
]


@given(
    st.sampled_from(NAMES),
    st.dictionaries(st.sampled_from(WORDS), json_values | st.sampled_from([0, "0", 1, "1"])),
)
def test_no_reply_makes_a_reader_fall(service, reply):
    answer = SERVICES[service].read(reply, "bd09")
    if answer.kind == "ok":
        assert 70 < answer.lon < 140
        assert 0 < answer.lat < 60
    else:
        assert math.isnan(answer.lon)


def test_the_answer_is_checked_against_the_county_of_the_text(tmp_path):
    with running(tmp_path) as (_, ask):
        right = ask([ADDRESS], county_of=square, named=["510107"])
        wrong = ask([ADDRESS], county_of=square, named=["510722"])
        silent = ask([ADDRESS], county_of=square, named=[np.nan])
    assert right["status"].tolist() == silent["status"].tolist() == ["found"]
    assert right["county_code"].tolist() == ["510107"]
    assert right["conflict"].isna().all()
    assert wrong["status"].tolist() == ["county_differs"]
    assert wrong["precision"].tolist() == ["none"]
    assert wrong[["lon", "lat"]].isna().all(axis=None)
    assert wrong["county_code"].tolist() == ["510107"]
    text = wrong["conflict"][0]
    assert text.startswith("county_differs: text 510722, service 104.06580, 30.54370")


def at(lat, precision="building", lon=TIANFU.lon):
    x, y = from_wgs84([lon], [lat], "gcj02")
    return Answer("ok", "10000", x[0], y[0], "gcj02", LEVELS[precision]["amap"])


def test_a_point_just_across_the_border_does_not_contradict():
    border = TIANFU.lat - 0.05
    near, far = border - 0.002, border - 0.03
    found = place("amap", [at(near), at(far)], named=["510107"] * 2, county_of=square)
    assert found.status.tolist() == ["found", "county_differs"]
    assert found.county.tolist() == ["510116", "510116"]


def test_a_match_of_a_prefecture_is_checked_by_prefecture():
    answers = [at(TIANFU.lat, "prefecture")] * 2
    found = place("amap", answers, named=["510122", "510722"], county_of=square)
    assert found.status.tolist() == ["found", "county_differs"]


def test_a_point_outside_the_province_is_none():
    answers = [at(39.9, lon=116.4)] * 2
    found = place("amap", answers, named=[None, "510107"], county_of=square)
    assert found.status.tolist() == ["outside_province", "county_differs"]
    assert np.isnan(found.lon).all()


def test_no_answers_are_no_trouble():
    assert len(place("amap", [], named=[], county_of=square).lon) == 0


def test_the_same_address_is_asked_once_and_rows_keep_their_index(tmp_path):
    addresses = pd.Series([ADDRESS, None, " " + ADDRESS, "", np.nan, "12345"], index=list("abcdef"))
    with running(tmp_path) as (script, ask):
        table = ask(addresses)
    assert table.index.tolist() == list("abcdef")
    assert table["status"].tolist() == ["found", "empty", "found", "empty", "empty", "empty"]
    assert len(script.asked) == 1


def test_no_rows_give_no_rows(tmp_path):
    table = geocode_online([], service="amap", settings=Settings(workspace=tmp_path))
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == 0


def test_progress_counts_to_the_end(tmp_path):
    seen = []
    with running(tmp_path) as (_, ask):
        ask([ADDRESS, ADDRESS + "乙"], progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 2), (1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("address", "question"),
    [
        ("武侯区人民南路四段１号", "四川省武侯区人民南路四段1号"),
        ("四川省成都市武侯区人民南路", "四川省成都市武侯区人民南路"),
        ("重庆市渝中区中山四路", "重庆市渝中区中山四路"),
        ("成都市高新区科园路1号;备案经营场所:双流区", "四川省成都市高新区科园路1号"),
        ("成都市 武侯区 电话13800138000", "四川省成都市武侯区电话"),
        ("成都市武侯区一号 a.b@c.com", "四川省成都市武侯区一号"),
        ("成都市武侯区一号510107199001011234", "四川省成都市武侯区一号"),
        ("成都市武侯区一号 028-85551234", "四川省成都市武侯区一号"),
        ("ABC Road 12", ""),
        ("无", ""),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_only_the_address_is_sent(address, question):
    assert question_of(address) == question


@given(st.text(max_size=300), st.integers(min_value=20, max_value=600))
def test_a_question_fits_and_is_stable(address, limit):
    question = question_of(address, longest_bytes=limit)
    assert len(question.encode()) <= limit
    if question:
        assert question_of(question, longest_bytes=limit) == question


def test_long_addresses_are_cut_for_baidu(tmp_path):
    with running(tmp_path) as (script, ask):
        ask(["成都市" + "武侯区人民南路" * 20], "baidu")
    assert len(script.asked[0][1].encode()) <= 128


def test_unknown_services_and_lengths_are_told(tmp_path):
    with pytest.raises(InputError, match="unknown online geocoder 'google'; use one of"):
        geocode_online([ADDRESS], service="google")
    with pytest.raises(InputError, match="1 addresses but 2 named"):
        geocode_online([ADDRESS], service="amap", named=[None, None])


@pytest.mark.parametrize("service", NAMES)
def test_without_a_key_nothing_is_sent(tmp_path, service):
    with (
        running(tmp_path, **{f"{service}_key": " "}) as (script, ask),
        pytest.raises(InputError, match=f"set CLUSTERS_{service.upper()}_KEY"),
    ):
        ask([ADDRESS], service)
    assert script.asked == []


def test_a_wrong_mirror_address_is_told(tmp_path):
    with (
        running(tmp_path, geocoder_base_urls={"amap": "restapi.amap.com"}) as (_, ask),
        pytest.raises(InputError, match=r"geocoder_base_urls names .* for amap"),
    ):
        ask([ADDRESS])


def test_keys_and_mirrors_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("CLUSTERS_AMAP_KEY", "abc-secret")
    monkeypatch.setenv("CLUSTERS_GEOCODER_BASE_URLS", '{"amap": "http://mirror/geo"}')
    settings = Settings()
    assert settings.amap_key.get_secret_value() == "abc-secret"
    assert settings.geocoder_base_urls == {"amap": "http://mirror/geo"}
    assert "abc-secret" not in repr(settings)
    assert "abc-secret" not in settings.model_dump_json()
    assert Settings().tianditu_key.get_secret_value() == ""


def test_every_code_has_words_in_both_languages():
    with (FOLDER / "codes.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    pairs = [(row["service"], row["code"]) for row in rows]
    assert len(set(pairs)) == len(pairs)
    for row in rows:
        assert all(row.values()), row
        assert any("\u4e00" <= char <= "\u9fff" for char in row["meaning_zh"] + row["remedy_zh"])
    assert {code for service, code in pairs if service == "amap"} >= {"10001", "10003", "10021"}
    assert explain("amap", "10003").kind == "quota"
    assert explain("baidu", "HTTP 502").kind == "retry"
    assert explain("baidu", "HTTP 451").kind == "failed"
    assert explain("baidu", "99999").kind == "failed"


def test_every_scripted_error_is_a_documented_code():
    for service, errors in ERRORS.items():
        for mode, (_, reply) in errors.items():
            if reply is None:
                continue
            answer = SERVICES[service].read(reply, "bd09")
            kinds = {"key": "key", "quota": "quota", "throttle": "retry", "minute": "retry"}
            if mode in kinds:
                assert answer.kind == kinds[mode]


def test_every_level_stands_for_one_precision():
    with (FOLDER / "levels.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    pairs = [(row["service"], row["level"]) for row in rows]
    assert len(set(pairs)) == len(pairs)
    known = {"building", "street", "subdistrict", "county", "prefecture", "province"}
    assert {row["precision"] for row in rows} == known


def test_the_docs_name_every_code_level_and_status():
    page = (Path(__file__).parents[2] / "docs" / "online.md").read_text(encoding="utf-8")
    with (FOLDER / "codes.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            start = f"| `{row['service']}` | `{row['code']}` | {row['kind']} | {row['meaning']} |"
            assert start in page
            assert row["meaning_zh"] in page
    with (FOLDER / "levels.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            lines = page.splitlines()
            start = f"| `{row['service']}` | {row['precision']} |"
            assert any(line.startswith(start) and row["level"] in line for line in lines)
    for name, what in Settings.model_fields.items():
        own_key = name.endswith("_key") and not name.endswith("_browser_key")  # tiles have theirs
        if "geocoder" in name or own_key or name == "baidu_datum":
            assert f"CLUSTERS_{name.upper()}" in page, what.description
    statuses = (
        "found no_match refused too_coarse county_differs outside_province empty failed not_asked"
    )
    assert all(f"`{status}`" in page for status in statuses.split())
