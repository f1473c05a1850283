"""Slow, broken and refusing services: repeats with limits, words with remedies, silent keys."""

import logging
import sqlite3

import httpx
import pytest

from clusters.geocode.online.client import ATTEMPTS, Fault, _pause, _seconds
from clusters.geocode.online.services import SERVICES
from geocode.fake_services import KEY, asked_by_service
from geocode.online_help import (
    ADDRESS,
    NAMES,
    TEXT,
    many,
    running,
)

PASSING = ["status:503", "status:500", "status:429", "reset", "cut_body", "silent", "wait_one"]
BROKEN = ["html", "cut_json", "array", "empty", "deep", "huge", "gzip_broken", "latin", "nowhere"]


@pytest.mark.parametrize("service", NAMES)
@pytest.mark.parametrize("mode", PASSING)
def test_passing_faults_are_asked_again(tmp_path, service, mode):
    limits = {"geocoder_timeout_s": 0.5} if mode == "silent" else {}
    with running(tmp_path, **limits) as (script, ask):
        script.modes[TEXT] = [mode, mode]
        table = ask([ADDRESS], service)
    assert table["status"].tolist() == ["found"]
    # A busy machine may miss so short a limit once more.
    assert len(script.asked) in ({3, ATTEMPTS} if mode == "silent" else {3})


@pytest.mark.parametrize(
    ("service", "mode"),
    [("amap", "throttle"), ("amap", "minute"), ("baidu", "throttle"), ("baidu", "internal")],
)
def test_throttle_codes_are_asked_again(tmp_path, service, mode):
    with running(tmp_path) as (script, ask):
        script.modes[TEXT] = [mode]
        assert ask([ADDRESS], service)["status"].tolist() == ["found"]
    assert len(script.asked) == 2


def test_repeats_end(tmp_path):
    with running(tmp_path) as (script, ask):
        script.modes[TEXT] = ["status:503"] * 50
        table = ask([ADDRESS])
        assert table["status"].tolist() == ["failed"]
        assert table["code"].tolist() == ["HTTP 503"]
        assert len(script.asked) == ATTEMPTS
        script.modes[TEXT] = []
        assert ask([ADDRESS])["status"].tolist() == ["found"]


@pytest.mark.parametrize("mode", BROKEN)
@pytest.mark.parametrize("service", NAMES)
def test_broken_replies_are_neither_believed_nor_repeated_nor_kept(tmp_path, service, mode):
    with running(tmp_path) as (script, ask):
        script.modes[TEXT] = [mode]
        table = ask([ADDRESS], service)
        assert table["status"].tolist() == ["failed"]
        assert table["code"][0] in {"not_json", "not_documented", "too_long"}
        assert len(script.asked) == 1
        assert ask([ADDRESS], service)["status"].tolist() == ["found"]


def test_a_reply_of_the_wrong_type_that_is_json_is_read(tmp_path):
    with running(tmp_path) as (script, ask):
        script.modes[TEXT] = ["plain"]
        assert ask([ADDRESS])["status"].tolist() == ["found"]


def test_a_dripping_reply_ends_at_the_limit(tmp_path):
    with running(tmp_path, geocoder_timeout_s=0.3) as (script, ask):
        script.modes[TEXT] = ["drip"] * ATTEMPTS
        table = ask([ADDRESS])
    assert table["code"].tolist() == ["timeout"]  # each byte came in time, the reply did not


def test_redirects_are_not_followed(tmp_path):
    with running(tmp_path) as (script, ask):
        script.modes[TEXT] = ["redirect"]
        table = ask([ADDRESS])
    assert len(script.asked) == 1
    assert table.attrs["online"]["stopped"] == "HTTP 3xx"


@pytest.mark.parametrize("service", NAMES)
def test_a_wrong_key_stops_the_run_at_once(tmp_path, service):
    texts, script = many(5)
    with running(tmp_path, script, **{f"{service}_key": "wrong-key-0000"}) as (_, ask):
        table = ask(texts, service)
    assert set(table["status"]) == {"not_asked"}
    assert len(script.asked) == 1
    report = table.attrs["online"]
    assert report["open"] == 5
    assert "key" in report["message"]
    assert "密钥" in report["message_zh"]
    assert "wrong-key-0000" not in str(report)


@pytest.mark.parametrize("service", ["amap", "baidu"])
def test_a_used_up_quota_keeps_what_is_there(tmp_path, service):
    texts, script = many(6)
    script.quota = 4
    with running(tmp_path, script) as (_, ask):
        table = ask(texts, service)
        assert table["status"].tolist() == ["found"] * 4 + ["not_asked"] * 2
        report = table.attrs["online"]
        assert "4 of 6 addresses answered, 2 open" in report["message"]
        assert "quota" in report["message"]
        assert "明天" in report["message_zh"]
        assert len(script.asked) == 5
        script.quota = None
        again = ask(texts, service)
    assert again["status"].tolist() == ["found"] * 6
    assert again["cached"].tolist() == [True] * 4 + [False] * 2
    assert len(script.asked) == 7


def test_a_service_that_only_throttles_stops_the_run(tmp_path):
    texts, script = many(8)
    script.quota = 2
    with running(tmp_path, script) as (_, ask):
        table = ask(texts, "tianditu")
    assert table["status"].tolist() == ["found"] * 2 + ["failed"] * 3 + ["not_asked"] * 3
    assert table.attrs["online"]["stopped"] == "HTTP 429"
    assert "CLUSTERS_GEOCODER_RATE_PER_SECOND" in table.attrs["online"]["message"]


def test_single_faults_do_not_stop_a_run(tmp_path):
    texts, script = many(6)
    for text in texts[::2]:
        script.modes[text] = ["html"]
    with running(tmp_path, script) as (_, ask):
        table = ask(texts)
    assert table["status"].tolist() == ["failed", "found"] * 3
    assert table.attrs["online"]["stopped"] is None
    assert table.attrs["online"]["open"] == 3


def test_a_sign_in_page_is_not_asked_a_thousand_times(tmp_path):
    texts, script = many(30)
    script.modes = {text: ["html"] for text in texts}
    with running(tmp_path, script) as (_, ask):
        table = ask(texts)
    assert len(script.asked) == 3
    assert table.attrs["online"]["stopped"] == "not_json"
    assert "proxy" in table.attrs["online"]["message"]


def test_nobody_there(tmp_path):
    texts, _ = many(5)
    with running(tmp_path, geocoder_base_urls={"amap": "http://127.0.0.1:9/geo"}) as (_, ask):
        table = ask(texts)
    assert table["status"].tolist() == ["failed"] * 3 + ["not_asked"] * 2
    assert table["code"].tolist() == ["connection"] * 5


def test_the_daily_limit_of_the_settings_holds_over_runs(tmp_path):
    texts, script = many(6)
    with running(tmp_path, script, geocoder_daily_limit=4) as (_, ask):
        first = ask(texts[:3])
        second = ask(texts)
        third = ask(texts, "baidu")
    assert first["status"].tolist() == ["found"] * 3
    assert second["status"].tolist() == ["found"] * 4 + ["not_asked"] * 2
    assert second.attrs["online"]["stopped"] == "daily_limit"
    assert third["status"].tolist() == ["found"] * 4 + ["not_asked"] * 2
    assert asked_by_service(script) == {"amap": 4, "baidu": 4}


def test_repeats_count_against_the_daily_limit(tmp_path):
    with running(tmp_path, geocoder_daily_limit=2) as (script, ask):
        script.modes[TEXT] = ["status:503"] * 5
        table = ask([ADDRESS])
    assert len(script.asked) == 2
    assert table.attrs["online"]["stopped"] == "daily_limit"


def test_the_rate_is_kept(tmp_path):
    texts, script = many(9)
    with running(tmp_path, script, geocoder_rate_per_second=40) as (_, ask):
        ask(texts)
    # The first may be on its way for any time; the others leave one after another behind it.
    assert script.times[-1] - script.times[0] >= 7 / 40 * 0.9


def test_retry_after_is_kept_within_limits():
    assert _seconds("7") == 7
    assert _seconds("Wed, 21 Oct 2026 07:28:00 GMT") == 0
    assert _seconds(None) == _seconds("-3") == _seconds("nan") == 0
    amap = SERVICES["amap"]
    assert _pause(Fault(amap, "HTTP 503", wait_s=7.0)) == 7
    assert _pause(Fault(amap, "10021")) is True
    assert _pause(Fault(amap, "10001")) is False
    assert _pause(ValueError()) is False


@pytest.mark.parametrize("service", NAMES)
def test_the_key_is_seen_by_the_service_only(tmp_path, service, caplog):
    caplog.set_level(logging.DEBUG)
    with running(tmp_path) as (script, ask):
        script.modes[TEXT] = ["status:503", "reset"]
        found = ask([ADDRESS], service)
    wrong = "wrong&key=ä/0000"
    with running(tmp_path / "other", **{f"{service}_key": wrong}) as (_, ask):
        refused = ask([ADDRESS], service)
    assert found["status"].tolist() == ["found"]
    shown = "\n".join(
        [caplog.text, str(found.attrs), str(refused.attrs), found.to_csv(), refused.to_csv()]
    )
    assert "HTTP Request" in caplog.text  # the log that would show it is on
    for secret in (KEY, wrong, "wrong%26key"):
        assert secret not in shown
    assert "***" in str(refused.attrs) or service != "amap"
    for file in (tmp_path / "cache").iterdir():
        assert KEY.encode() not in file.read_bytes()


def test_blanks_around_a_copied_key_do_no_harm(tmp_path):
    with running(tmp_path, amap_key=f" {KEY}\n") as (_, ask):
        assert ask([ADDRESS])["status"].tolist() == ["found"]


def test_the_client_does_not_pose_as_a_browser(tmp_path):
    with running(tmp_path) as (script, ask):
        ask([ADDRESS], "tianditu")
    assert script.clients == ["clusters"]


def test_a_proxy_of_the_environment_is_used(tmp_path, monkeypatch):
    seen = []
    true = httpx.HTTPTransport

    def transport(*, proxy, **rest):
        seen.append(proxy)
        return true(**rest)

    monkeypatch.setattr(httpx, "HTTPTransport", transport)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with running(tmp_path) as (_, ask):
        ask([ADDRESS])
        monkeypatch.setenv("no_proxy", "example.org")
        ask([ADDRESS + "乙"])
    assert seen == [None, "http://127.0.0.1:1"]


def test_an_interrupt_keeps_the_answers(tmp_path):
    texts, script = many(5)

    def stop(done, _total):
        if done == 3:
            raise KeyboardInterrupt

    with running(tmp_path, script) as (_, ask):
        with pytest.raises(KeyboardInterrupt):
            ask(texts, progress=stop)
        table = ask(texts)
    assert table["cached"].tolist() == [True] * 3 + [False] * 2
    assert len(script.asked) == 5


def test_personal_numbers_reach_neither_the_service_nor_the_cache(tmp_path):
    with running(tmp_path) as (script, ask):
        ask([ADDRESS + " 联系电话13800138000"])
    with sqlite3.connect(tmp_path / "cache" / "geocoder.sqlite") as base:
        kept = base.execute("SELECT question FROM answer_1").fetchall()
    base.close()
    assert "13800138000" not in str(script.asked) + str(kept)
