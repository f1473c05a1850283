"""A run over many addresses without a network: order, stops, reports, and what is sent."""

import contextlib
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from clusters.errors import InputError
from clusters.geocode.online import run as run_module
from clusters.geocode.online.cache import AnswerCache
from clusters.geocode.online.client import Fault
from clusters.geocode.online.run import COLUMNS, geocode_online, question_of
from clusters.geocode.online.services import SERVICES, Answer
from clusters.settings import Settings

AMAP = SERVICES["amap"]
FOUND = Answer("ok", "10000", 104.06, 30.54, "wgs84", "门牌号", 95.0, matched="某地")


class Script:
    """Stands for a client: answers by question, faults where one is written."""

    def __init__(self, monkeypatch, folder, **options):
        self.answers, self.asked, self.made, self.slept = {}, [], [], []
        self.settings = Settings(
            workspace=folder,
            **({"amap_key": "k3y-7f2a", "geocoder_rate_per_second": 4} | options),
        )
        monkeypatch.setattr(run_module, "GeocoderClient", self.client)
        monkeypatch.setattr(
            run_module,
            "time",
            SimpleNamespace(sleep=self.slept.append),
        )

    @contextlib.contextmanager
    def client(self, service, key, **options):
        self.made.append((service.name, key.get_secret_value(), options))
        yield self

    def ask(self, question, before):
        before()
        self.asked.append(question)
        said = self.answers.get(question, FOUND)
        if isinstance(said, str):
            raise Fault(AMAP, said, "words" if said == "10003" else "")
        return said

    def run(self, addresses, **options):
        return geocode_online(addresses, service="amap", settings=self.settings, **options)


@pytest.fixture
def script(monkeypatch, tmp_path):
    return Script(monkeypatch, tmp_path)


def texts(count):
    return [f"四川省成都市武侯区人民南路{number}号" for number in range(1, count + 1)]


def test_a_row_holds_what_the_service_said_and_where_it_is(script):
    table = script.run(["成都市武侯区人民南路１号"])
    assert tuple(table.columns) == COLUMNS
    assert table.iloc[0].to_dict() == {
        "lon": 104.06,
        "lat": 30.54,
        "precision": "building",
        "radius_m": 300.0,
        "county_code": pytest.approx(np.nan, nan_ok=True),
        "service": "amap",
        "matched": "某地",
        "level": "门牌号",
        "score": 95.0,
        "status": "found",
        "code": "10000",
        "conflict": pytest.approx(np.nan, nan_ok=True),
        "cached": False,
    }
    assert script.asked == texts(1)
    again = script.run(["成都市武侯区人民南路１号"])
    assert again["cached"].tolist() == [True]
    assert len(script.asked) == len(script.made) == 1


def test_the_client_is_made_of_the_settings(monkeypatch, tmp_path):
    plain = Script(monkeypatch, tmp_path / "a", geocoder_timeout_s=7, baidu_datum="gcj02")
    plain.run(texts(1))
    options = {"url": AMAP.url, "timeout_s": 7.0, "datum": "gcj02"}
    assert plain.made == [("amap", "k3y-7f2a", options)]
    mirror = {"amap": "http://mirror/geo", "baidu": "http://other"}
    other = Script(monkeypatch, tmp_path / "b", geocoder_base_urls=mirror)
    other.run(texts(1))
    assert other.made[0][2]["url"] == "http://mirror/geo"


def test_the_pace_of_the_settings_is_slept(monkeypatch, tmp_path):
    monkeypatch.setattr(
        "clusters.geocode.online.cache.time",
        SimpleNamespace(time=lambda: 1.8e9, monotonic=lambda: 0.0),
    )
    script = Script(monkeypatch, tmp_path, geocoder_rate_per_second=4)
    script.run(texts(3))
    assert script.slept == pytest.approx([0, 0.25, 0.5])


def test_repeats_of_an_address_are_asked_once_in_the_order_they_come(script):
    one, two = texts(2)
    table = script.run([two, None, one, f" {two}", "", "x", 7])
    assert script.asked == [two, one]
    assert table["status"].tolist() == ["found", "empty", "found", "found"] + ["empty"] * 3
    assert table["service"].tolist() == ["amap"] * 7
    assert table["lon"].isna().tolist() == [False, True, False, False, True, True, True]
    assert table["code"].isna().tolist() == table["lon"].isna().tolist()


@pytest.mark.parametrize("code", ["10001", "10003", "HTTP 404"])
def test_trouble_with_key_quota_or_call_stops_at_once(script, code):
    script.answers[texts(4)[1]] = code
    table = script.run(texts(4))
    assert table["status"].tolist() == ["found"] + ["not_asked"] * 3
    assert table["code"].tolist() == ["10000"] + [code] * 3
    assert len(script.asked) == 2
    report = table.attrs["online"]
    assert (report["asked"], report["cached"], report["open"]) == (1, 0, 3)
    assert report["stopped"] == code
    assert "1 of 4 addresses answered, 3 open." in report["message"]
    assert "共 4 个地址，已得到结果 1 个，尚缺 3 个。" in report["message_zh"]
    said = " (“words”)" if code == "10003" else ""
    assert report["message"].startswith(f"Amap {code}: ")
    assert report["message_zh"].startswith(f"高德 {code}：")
    assert (said in report["message"]) == bool(said) or not said


def test_three_addresses_in_a_row_without_an_answer_stop_the_run(script):
    for text in texts(9)[2:5]:
        script.answers[text] = "timeout"
    table = script.run(texts(9))
    assert table["status"].tolist() == ["found"] * 2 + ["failed"] * 3 + ["not_asked"] * 4
    assert table["code"].tolist() == ["10000"] * 2 + ["timeout"] * 7
    report = table.attrs["online"]
    assert (report["asked"], report["open"], report["stopped"]) == (5, 7, "timeout")


def test_an_answer_between_starts_the_count_anew(script):
    for row in (0, 1, 3, 4):
        script.answers[texts(6)[row]] = "timeout"
    table = script.run(texts(6))
    assert table["status"].tolist() == ["failed", "failed", "found", "failed", "failed", "found"]
    report = table.attrs["online"]
    assert (report["stopped"], report["open"], report["asked"]) == (None, 4, 6)
    assert report["message"].startswith("Amap timeout: ")
    assert len(script.run(texts(6))) == 6
    assert len(script.asked) == 6 + 3  # what is kept is not asked, so three in a row stop it


def test_a_run_without_trouble_says_nothing(script):
    assert script.run(texts(2)).attrs["online"] == {
        "service": "amap",
        "asked": 2,
        "cached": 0,
        "open": 0,
        "stopped": None,
        "message": "",
        "message_zh": "",
    }
    assert script.run(texts(3)).attrs["online"]["cached"] == 2


def test_what_is_found_nowhere_or_refused_has_no_position(script):
    one, two, three = texts(3)
    script.answers = {one: Answer("no_match", "no_geocodes"), two: Answer("refused", "30001")}
    table = script.run([one, two, three])
    assert table["status"].tolist() == ["no_match", "refused", "found"]
    assert table["code"].tolist() == ["no_geocodes", "30001", "10000"]
    assert table["precision"].tolist() == ["none", "none", "building"]
    assert table["lon"].isna().tolist() == [True, True, False]
    assert table["matched"].isna().tolist() == table["level"].isna().tolist() == [True, True, False]


def test_the_county_of_the_text_belongs_to_its_row(script):
    def north(lon, lat):
        return np.full(len(lon), "510107", dtype=object)

    named = ["510107", None, "510722", "", float("nan")]
    table = script.run(texts(5), county_of=north, named=named)
    assert table["status"].tolist() == ["found", "found", "county_differs", "found", "found"]
    assert table["county_code"].tolist() == ["510107"] * 5
    assert table["conflict"].isna().tolist() == [True, True, False, True, True]
    series = pd.Series(texts(5), index=list("vwxyz"))
    again = script.run(series, county_of=north, named=pd.Series(named, index=list("vwxyz")))
    assert again.index.tolist() == list("vwxyz")
    assert again["status"].tolist() == table["status"].tolist()


def test_progress_is_told_before_and_after_each_address(script):
    script.run(texts(1))
    seen = []
    script.answers[texts(3)[1]] = "timeout"
    script.run(texts(3), progress=lambda *now: seen.append(now))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_claim_of_another_process_is_waited_for(script, tmp_path):
    one, two = texts(2)
    path = tmp_path / "cache" / "geocoder.sqlite"
    with AnswerCache(path, "amap") as other:
        assert other.claim(one, "another process", seconds=60)

        def asleep(seconds):
            script.slept.append(seconds)
            if seconds == 0.2:  # meanwhile the other process has its answer
                other.put(one, Answer("no_match", "no_geocodes"))
                other.release(one, "another process")

        run_module.time.sleep = asleep
        table = script.run([one, two])
    assert table["status"].tolist() == ["no_match", "found"]
    assert table["cached"].tolist() == [True, False]
    assert script.asked == [two]
    assert script.slept.count(0.2) == 1


def test_claims_are_given_back_whatever_happens(script, tmp_path):
    one, two, three = texts(3)
    script.answers = {one: "10001"}
    script.run([one])
    script.answers = {two: "timeout", three: FOUND}
    script.run([two, three])
    with AnswerCache(tmp_path / "cache" / "geocoder.sqlite", "amap") as other:
        assert all(other.claim(text, "another", seconds=5) for text in (one, two, three))


def test_the_daily_limit_stops_before_the_request(monkeypatch, tmp_path):
    script = Script(monkeypatch, tmp_path, geocoder_daily_limit=2)
    table = script.run(texts(4))
    assert table["status"].tolist() == ["found"] * 2 + ["not_asked"] * 2
    assert table["code"].tolist()[2:] == ["daily_limit"] * 2
    assert script.asked == texts(2)


def test_faults_of_the_call_name_the_remedy(monkeypatch, tmp_path):
    script = Script(monkeypatch, tmp_path, amap_key="  ")
    with pytest.raises(InputError, match=r"^Amap: no key is set.*set CLUSTERS_AMAP_KEY"):
        script.run(texts(1))
    assert script.asked == []
    known = r"^unknown online geocoder 'bing'; use one of tianditu, amap, baidu$"
    with pytest.raises(InputError, match=known):
        geocode_online(texts(1), service="bing", settings=script.settings)
    lengths = r"^2 addresses but 1 named counties; give one per address$"
    with pytest.raises(InputError, match=lengths):
        script.run(texts(2), named=[None])
    # Nothing to ask needs no key.
    assert script.run(["", None])["status"].tolist() == ["empty", "empty"]


@pytest.mark.parametrize(
    ("address", "question"),
    [
        ("彭州市 天彭镇 牡丹大道 ２号", "四川省彭州市天彭镇牡丹大道2号"),
        ("四川彭州市", "四川彭州市"),
        ("西藏自治区拉萨市", "西藏自治区拉萨市"),
        ("西藏路2号", "四川省西藏路2号"),
        (",彭州市-", "四川省彭州市"),
        ("彭州市;成都市", "四川省彭州市"),
        (";成都市", ""),
        ("彭", ""),
        ("彭州", "四川省彭州"),
        ("彭州 13912345678 号", "四川省彭州号"),
        ("彭州 +86 13912345678", "四川省彭州"),
        ("彭州12912345678", "四川省彭州12912345678"),  # no telephone begins with 12
        ("彭州139123456789", "四川省彭州139123456789"),  # one digit too many
        ("彭州51018219900101123x", "四川省彭州"),
        ("彭州(028) 83871234", "四川省彭州"),
        ("彭州028-838712", "四川省彭州028-838712"),
        ("Pengzhou 1", ""),
        (b"x", ""),
    ],
)
def test_the_question_is_the_address_and_nothing_personal(address, question):
    assert question_of(address) == question


def test_a_long_question_loses_its_end_at_a_whole_character():
    address = "四川省" + "彭" * 300
    assert question_of(address) == "四川省" + "彭" * 197  # 600 bytes, three a character
    assert question_of(address, longest_bytes=128) == "四川省" + "彭" * 39
    assert question_of(address, longest_bytes=11) == "四川省"
