"""The client against scripted replies, without a network: repeats, waits, words, and the key."""

import json

import httpx
import pytest
import stamina
from pydantic import SecretStr

from clusters.errors import InputError
from clusters.geocode.online import client as client_module
from clusters.geocode.online.client import ATTEMPTS, Fault, GeocoderClient, _pause
from clusters.geocode.online.services import SERVICES

KEY = "k3y with blank/7f2a9c"
GOOD = {"status": "1", "infocode": "10000", "geocodes": [{"location": "104.1,30.6"}]}
BUSY = {"status": "0", "infocode": "10021", "info": "CUQPS"}


class Line:
    """Stands for the network: gives the scripted replies, the last one for ever."""

    def __init__(self, monkeypatch, *replies, key=KEY, service="amap", **options):
        self.replies, self.requests, self.befores = list(replies), [], 0
        mock = httpx.MockTransport(self.reply)
        monkeypatch.setattr(client_module.httpx, "HTTPTransport", lambda **_: mock)
        settings = {"url": "http://geo.test/v3", "timeout_s": 5.0, "datum": "bd09"} | options
        self.client = GeocoderClient(SERVICES[service], SecretStr(key), **settings)

    def reply(self, request):
        self.requests.append(request)
        one = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(one, Exception):
            raise one
        if isinstance(one, httpx.Response):
            return httpx.Response(one.status_code, headers=one.headers, content=one.content)
        return httpx.Response(200, content=json.dumps(one).encode())

    def before(self):
        self.befores += 1

    def ask(self, question="武侯区人民南路"):
        with stamina.set_testing(True, attempts=ATTEMPTS), self.client as client:
            return client.ask(question, self.before)

    def fault(self) -> Fault:
        with pytest.raises(Fault) as caught:
            self.ask()
        return caught.value


def test_the_key_joins_the_request_on_the_way_and_the_question_is_sent_as_it_is(monkeypatch):
    line = Line(monkeypatch, GOOD)
    answer = line.ask()
    assert (answer.kind, answer.lon) == ("ok", 104.1)
    (request,) = line.requests
    assert dict(request.url.params) == {
        "address": "武侯区人民南路",
        "output": "JSON",
        "key": KEY,
    }
    assert request.method == "GET"
    assert str(request.url).startswith("http://geo.test/v3?")
    assert request.headers["User-Agent"] == "clusters"
    assert request.headers["Accept"] == "application/json"
    assert line.befores == 1


def test_the_datum_of_the_settings_is_asked(monkeypatch):
    found = {"status": 0, "result": {"location": {"lng": 104, "lat": 30}}}
    line = Line(monkeypatch, found, service="baidu", datum="gcj02")
    assert line.ask().datum == "gcj02"
    params = dict(line.requests[0].url.params)
    assert (params["ret_coordtype"], params["ak"]) == ("gcj02ll", KEY)


def test_blanks_around_a_key_are_not_sent(monkeypatch):
    line = Line(monkeypatch, GOOD, key=f"  {KEY}\n")
    line.ask()
    assert line.requests[0].url.params["key"] == KEY


@pytest.mark.parametrize("url", ["geo.test/v3", "ftp://geo.test", "https://", "", "//geo.test"])
def test_an_address_that_is_none_is_refused_with_the_setting_that_names_it(monkeypatch, url):
    with pytest.raises(InputError) as caught:
        Line(monkeypatch, GOOD, url=url)
    assert str(caught.value) == (
        f"geocoder_base_urls names {url!r} for amap; "
        "give a full address that begins with https:// or http://"
    )


@pytest.mark.parametrize("url", ["http://geo.test/v3", "https://geo.test/v3"])
def test_addresses_of_the_web_are_taken(monkeypatch, url):
    line = Line(monkeypatch, GOOD, url=url)
    assert line.ask().kind == "ok"


@pytest.mark.parametrize(
    "passing",
    [
        BUSY,
        httpx.Response(503),
        httpx.Response(429, content=b"slow down"),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("gone"),
        httpx.RemoteProtocolError("cut"),
    ],
)
def test_what_passes_is_asked_again_and_each_request_is_counted(monkeypatch, passing):
    line = Line(monkeypatch, passing, passing, GOOD)
    assert line.ask().kind == "ok"
    assert len(line.requests) == line.befores == 3


@pytest.mark.parametrize(
    ("reply", "code", "said"),
    [
        (BUSY, "10021", "CUQPS"),
        (httpx.Response(503), "HTTP 503", ""),
        (httpx.ReadTimeout("slow"), "timeout", ""),
        (httpx.ConnectError("gone"), "connection", ""),
    ],
)
def test_what_does_not_pass_ends_after_four_requests(monkeypatch, reply, code, said):
    line = Line(monkeypatch, reply)
    fault = line.fault()
    assert (fault.kind, fault.code, fault.said) == ("retry", code, said)
    assert len(line.requests) == line.befores == ATTEMPTS == 4


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        ({"status": "0", "infocode": "10001", "info": "INVALID"}, "key", "10001"),
        ({"status": "0", "infocode": "10003"}, "quota", "10003"),
        (httpx.Response(200, content=b"<html>"), "failed", "not_json"),
        (httpx.Response(200, content=b"[]"), "failed", "not_json"),
        (httpx.Response(200, content=b"\xff\xfe"), "failed", "not_json"),
        (httpx.Response(200, content=b"[" * 100_000), "failed", "not_json"),
        (httpx.Response(200, content=b"{}"), "failed", "not_documented"),
        (httpx.Response(302, headers={"Location": "/x"}), "call", "HTTP 3xx"),
        (httpx.Response(300), "call", "HTTP 3xx"),
        (httpx.Response(418), "key", "HTTP 418"),
        (httpx.Response(451), "failed", "HTTP 451"),
        (httpx.DecodingError("gzip"), "failed", "not_json"),
    ],
)
def test_what_will_not_pass_is_asked_once(monkeypatch, reply, kind, code):
    line = Line(monkeypatch, reply)
    fault = line.fault()
    assert (fault.kind, fault.code) == (kind, code)
    assert str(fault) == f"amap {code}"
    assert len(line.requests) == 1


def test_nothing_found_and_a_refused_text_are_answers(monkeypatch):
    nothing = {"status": "1", "infocode": "10000", "geocodes": []}
    refused = {"status": "0", "infocode": "30001", "info": "ENGINE_RESPONSE_DATA_ERROR"}
    assert Line(monkeypatch, nothing).ask().kind == "no_match"
    assert Line(monkeypatch, refused).ask().kind == "refused"


def test_a_code_of_the_service_says_more_than_the_status_of_http(monkeypatch):
    body = json.dumps({"status": "0", "infocode": "10001"}).encode()
    assert Line(monkeypatch, httpx.Response(403, content=body)).fault().code == "10001"
    good = json.dumps(GOOD).encode()
    assert Line(monkeypatch, httpx.Response(500, content=good)).fault().code == "HTTP 500"
    odd = json.dumps({"status": "0", "infocode": "99999"}).encode()
    assert Line(monkeypatch, httpx.Response(404, content=odd)).fault().code == "HTTP 404"
    assert Line(monkeypatch, httpx.Response(200, content=odd)).fault().code == "99999"


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [("7", 7), ("0.5", 0.5), ("65", 65), ("66", 65), ("9999", 65), ("-3", 0), ("soon", 0)],
)
def test_a_service_may_ask_for_a_pause_of_a_minute_at_most(monkeypatch, header, wait_s):
    line = Line(monkeypatch, httpx.Response(503, headers={"Retry-After": header}))
    fault = line.fault()
    assert fault.wait_s == wait_s
    assert _pause(fault) == (wait_s or True)


def test_a_key_throttled_for_the_minute_waits_for_the_next(monkeypatch):
    line = Line(monkeypatch, {"status": "0", "infocode": "10004"})
    assert line.fault().wait_s == 61
    assert Line(monkeypatch, BUSY).fault().wait_s == 0


@pytest.mark.parametrize("size", [1 << 20, (1 << 20) + 1])
def test_a_reply_is_read_up_to_a_megabyte(monkeypatch, size):
    body = json.dumps(GOOD).encode()
    line = Line(monkeypatch, httpx.Response(200, content=body + b" " * (size - len(body))))
    if size > 1 << 20:
        assert line.fault().code == "too_long"
        assert len(line.requests) == 1
    else:
        assert line.ask().kind == "ok"


class Clock:
    """Time that stands still but for what a test lets pass between two looks."""

    def __init__(self, step):
        self.now, self.step = 100.0, step

    def monotonic(self):
        self.now += self.step
        return self.now


@pytest.mark.parametrize(("step", "code"), [(5.0, None), (5.1, "timeout")])
def test_a_reply_that_drips_longer_than_the_limit_is_given_up(monkeypatch, step, code):
    monkeypatch.setattr(client_module, "time", Clock(step))
    line = Line(monkeypatch, GOOD)
    if code:
        assert line.fault().code == code
    else:
        assert line.ask().kind == "ok"


@pytest.mark.parametrize("shown", [KEY, "k3y%20with%20blank/7f2a9c"])
def test_words_of_the_service_are_cleaned_of_the_key(monkeypatch, shown):
    reply = {"status": "0", "infocode": "10001", "info": f"INVALID_USER_KEY {shown}"}
    assert Line(monkeypatch, reply).fault().said == "INVALID_USER_KEY ***"


def test_a_key_too_short_to_be_one_does_not_eat_the_reply(monkeypatch):
    reply = {"status": "0", "infocode": "10001", "info": "a 10001 b"}
    assert Line(monkeypatch, reply, key="100").fault().said == "a 10001 b"
    assert Line(monkeypatch, {**reply, "info": "a wxyz b"}, key="wxyz").fault().said == "a *** b"


def test_other_errors_are_nobodys_answer():
    assert _pause(ValueError("ours")) is False
    assert _pause(Fault(SERVICES["amap"], "10001")) is False
    assert _pause(Fault(SERVICES["amap"], "timeout")) is True
    assert _pause(Fault(SERVICES["amap"], "timeout", wait_s=0.25)) == 0.25


def test_the_client_closes_its_connections(monkeypatch):
    line = Line(monkeypatch, GOOD)
    line.ask()
    with pytest.raises(RuntimeError, match="closed"):
        line.client.ask("武侯区", line.before)
