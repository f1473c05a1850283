"""What each geocoder is asked, and how its replies are read: codes, points, levels, doubts."""

import json
import math

import pytest

from clusters.geocode.online.services import SERVICES, explain, precision_of

POINT = {
    "tianditu": {"status": "0", "location": {"lon": "104.1", "lat": 30.6, "level": "道路"}},
    "amap": {"status": "1", "infocode": "10000", "geocodes": [{"location": "104.1,30.6"}]},
    "baidu": {"status": 0, "result": {"location": {"lng": 104.1, "lat": 30.6}}},
}
NAMES = sorted(SERVICES)


def read(service: str, reply: dict, datum: str = "bd09"):
    return SERVICES[service].read(reply, datum)


def test_what_is_asked():
    text = "四川省成都市武侯区人民南路四段1号"
    ask = {name: SERVICES[name].ask(text, "bd09") for name in NAMES}
    assert set(ask["tianditu"]) == {"ds"}
    assert json.loads(ask["tianditu"]["ds"]) == {"keyWord": text}
    assert text in ask["tianditu"]["ds"]  # sent as it is, not escaped
    assert ask["amap"] == {"address": text, "output": "JSON"}
    assert ask["baidu"] == {"address": text, "output": "json", "ret_coordtype": "bd09ll"}
    assert SERVICES["baidu"].ask(text, "gcj02")["ret_coordtype"] == "gcj02ll"
    assert SERVICES["baidu"].ask(text, "wgs84")["ret_coordtype"] == "bd09ll"


@pytest.mark.parametrize(
    ("name", "key", "longest", "host"),
    [
        ("tianditu", "tk", 600, "api.tianditu.gov.cn"),
        ("amap", "key", 600, "restapi.amap.com"),
        ("baidu", "ak", 128, "api.map.baidu.com"),
    ],
)
def test_where_and_with_which_key_a_service_is_asked(name, key, longest, host):
    service = SERVICES[name]
    assert (service.name, service.key_parameter, service.longest_bytes) == (name, key, longest)
    assert service.url.split("/")[2] == host
    assert service.url.startswith("https://")


@pytest.mark.parametrize(
    ("service", "datum", "code"),
    [("tianditu", "cgcs2000", "0"), ("amap", "gcj02", "10000"), ("baidu", "bd09", "0")],
)
def test_a_bare_point_is_an_answer_without_level_or_promise(service, datum, code):
    answer = read(service, POINT[service])
    assert (answer.kind, answer.code, answer.datum) == ("ok", code, datum)
    assert (answer.lon, answer.lat) == (104.1, 30.6)
    assert math.isnan(answer.score)
    assert math.isnan(answer.error_m)
    assert answer.matched == answer.said == ""


def test_what_a_service_says_of_its_match_is_kept():
    full = {"lon": 104, "lat": 30, "level": "道路", "score": "95", "keyWord": "人民南路"}
    answer = read("tianditu", {"status": "0", "location": full})
    assert (answer.level, answer.score, answer.matched) == ("道路", 95, "人民南路")
    place = {"location": "104,30", "level": "门牌号", "formatted_address": "四川省某路"}
    answer = read("amap", {"status": 1, "geocodes": [place, {"location": "1,1"}]})
    assert (answer.level, answer.matched, answer.code) == ("门牌号", "四川省某路", "10000")
    result = {
        "location": {"lng": 104, "lat": 30},
        "level": "门址",
        "confidence": 80,
        "comprehension": 90,
        "precise": 1,
    }
    answer = read("baidu", {"status": 0, "result": result}, "gcj02")
    assert (answer.level, answer.score, answer.error_m) == ("门址", 90, 100)
    assert (answer.exact, answer.datum) == (True, "gcj02")
    rough = {**result, "precise": 0}
    assert not read("baidu", {"status": 0, "result": rough}).exact


@pytest.mark.parametrize(
    ("confidence", "error_m"),
    [
        (100, 20),
        (99, 50),
        (90, 50),
        (89, 100),
        (79, 200),
        (70, 300),
        (69, 500),
        (59, 1000),
        (49, 2000),
        (39, 5000),
        (29, 8000),
        (24, 10_000),
        (20, 10_000),
        (19, None),
        (None, None),
    ],
)
def test_the_confidence_of_baidu_promises_an_error(confidence, error_m):
    result = {**POINT["baidu"]["result"], "confidence": confidence}
    found = read("baidu", {"status": 0, "result": result}).error_m
    assert math.isnan(found) if error_m is None else found == error_m


@pytest.mark.parametrize("service", NAMES)
@pytest.mark.parametrize(
    ("lon", "lat"),
    [(70, 30), (140, 30), (104, 0), (104, 60), (69, 30), (104, 61), (0, 0), (30.6, 104.1)],
)
def test_a_point_that_cannot_be_in_china_is_no_answer(service, lon, lat):
    reply = json.loads(json.dumps(POINT[service]))
    if service == "tianditu":
        reply["location"].update(lon=lon, lat=lat)
    elif service == "amap":
        reply["geocodes"][0]["location"] = f"{lon},{lat}"
    else:
        reply["result"]["location"] = {"lng": lon, "lat": lat}
    answer = read(service, reply)
    assert (answer.kind, answer.code) == ("failed", "not_documented")
    assert math.isnan(answer.lon)


@pytest.mark.parametrize("lon", [True, None, "", "east", [], {}, "NaN", "inf", 10**400])
def test_a_longitude_that_is_no_number_is_no_answer(lon):
    reply = {"status": "0", "location": {"lon": lon, "lat": 30}}
    assert read("tianditu", reply).code == "not_documented"
    found = {"status": 0, "result": {"location": {"lng": lon, "lat": 30}}}
    assert read("baidu", found).code == "not_documented"


@pytest.mark.parametrize(
    ("service", "reply"),
    [
        ("tianditu", {}),
        ("tianditu", {"status": "0"}),
        ("tianditu", {"status": "0", "location": []}),
        ("tianditu", {"status": ""}),
        ("amap", {}),
        ("amap", {"status": "1"}),
        ("amap", {"status": "1", "geocodes": {}}),
        ("amap", {"status": "1", "geocodes": ["x"]}),
        ("amap", {"status": "1", "geocodes": [{}]}),
        ("amap", {"status": "1", "geocodes": [{"location": 104.1}]}),
        ("amap", {"status": "1", "geocodes": [{"location": "104.1"}]}),
        ("baidu", {}),
        ("baidu", {"status": 0}),
        ("baidu", {"status": 0, "result": []}),
        ("baidu", {"status": 0, "result": {}}),
        ("baidu", {"status": 0, "result": {"location": [104, 30]}}),
    ],
)
def test_a_reply_of_another_shape_is_told_as_one(service, reply):
    answer = read(service, reply)
    assert (answer.kind, answer.code, answer.said) == ("failed", "not_documented", "")


@pytest.mark.parametrize(
    ("service", "reply", "kind", "code", "said"),
    [
        ("tianditu", {"status": "101"}, "no_match", "101", ""),
        ("tianditu", {"status": "404", "msg": "参数错误"}, "failed", "404", "参数错误"),
        ("tianditu", {"code": 301012, "msg": "甲", "resolve": "乙"}, "key", "301012", "乙"),
        ("amap", {"status": "1", "geocodes": []}, "no_match", "no_geocodes", ""),
        ("amap", {"status": "0", "infocode": "10003", "info": "X"}, "quota", "10003", "X"),
        ("amap", {"status": "0", "infocode": "10021"}, "retry", "10021", ""),
        ("amap", {"status": "0", "info": "X"}, "failed", "not_documented", "X"),
        ("baidu", {"status": 1, "msg": "x:无相关结果"}, "no_match", "no_result", ""),
        ("baidu", {"status": 1, "message": "Internal"}, "retry", "1", "Internal"),
        ("baidu", {"status": 302, "message": "配额"}, "quota", "302", "配额"),
        ("baidu", {"status": 200, "msg": "甲", "message": "乙"}, "key", "200", "甲"),
        ("baidu", {"status": 0, "msg": "无相关结果"}, "failed", "not_documented", ""),
    ],
)
def test_codes_of_a_service_and_its_words(service, reply, kind, code, said):
    answer = read(service, reply)
    assert (answer.kind, answer.code, answer.said) == (kind, code, said)


def test_long_words_of_a_service_are_cut_and_their_blanks_joined():
    answer = read("amap", {"status": "0", "infocode": "10003", "info": "a \n b" + "c" * 500})
    assert answer.said == ("a b" + "c" * 500)[:120]
    assert read("amap", {"status": "0", "infocode": "10003", "info": {"a": 1}}).said == ""


@pytest.mark.parametrize(
    ("service", "code", "kind"),
    [
        ("amap", "10001", "key"),
        ("baidu", "10001", "failed"),  # a code of another service says nothing
        ("amap", "HTTP 503", "retry"),
        ("amap", "HTTP 599", "retry"),
        ("amap", "HTTP 429", "retry"),
        ("amap", "HTTP 418", "key"),
        ("amap", "HTTP 451", "failed"),
        ("amap", "HTTP 3xx", "call"),
        ("amap", "HTTP 999", "failed"),
        ("tianditu", "nonsense", "failed"),
        ("tianditu", "timeout", "retry"),
        ("tianditu", "daily_limit", "quota"),
    ],
)
def test_what_kind_of_trouble_a_code_is(service, code, kind):
    words = explain(service, code)
    assert words.kind == kind
    assert all((words.meaning, words.remedy, words.meaning_zh, words.remedy_zh))


def test_an_unknown_level_word_counts_as_a_county():
    assert precision_of("baidu", "门址") == "building"
    assert precision_of("amap", "门牌号") == "building"
    assert precision_of("amap", "省") == "province"
    assert precision_of("tianditu", "新词") == precision_of("tianditu", "") == "county"
