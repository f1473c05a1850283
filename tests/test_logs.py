"""Lines of the log: whole objects for machines, words for people, nobody's particulars in either."""

import io
import json
import logging
import os
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from clusters import logs
from clusters.cli import app
from clusters.cli.house import server_options
from clusters.errors import InputError
from clusters.settings import Settings

SECRETS = {
    "mobile": "13812345678",
    "landline": "028-85551234",
    "mail": "zhang.san@example.cn",
    "identity": "510107199003071234",
    "credit code": "91510100MA61UXXX2B".replace("XXX", "7QW"),
}


@pytest.fixture(params=["json", "text"])
def lines(request):
    """Return a function that gives the lines written so far, in either form."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    form = logs.JsonFormatter() if request.param == "json" else logs.TextFormatter()
    handler.setFormatter(form)
    logs.EVENTS.addHandler(handler)
    before = logs.EVENTS.level
    logs.EVENTS.setLevel(logging.INFO)
    yield stream.getvalue
    logs.EVENTS.removeHandler(handler)
    logs.EVENTS.setLevel(before)


@pytest.mark.parametrize("kind", list(SECRETS))
def test_particulars_of_people_and_firms_are_masked(lines, kind):
    secret = SECRETS[kind]
    logs.event("export", file=f"表 {secret}.csv", account="wang")
    try:
        int(f"cell {secret}")
    except ValueError:
        logs.EVENTS.exception("page failed for %s", secret)
    written = lines()
    assert secret not in written
    assert written.count("***") >= 3
    assert "wang" in written
    assert "ValueError" in written  # what went wrong stays readable


def test_an_event_is_one_object_of_known_parts():
    record = logging.makeLogRecord(
        {"levelno": 30, "levelname": "WARNING", "created": 0.5, "msg": "x", "name": "n"}
    )
    record.clusters_facts = {"event": "page", "page": "map", "duration_ms": 12, "ok": True}
    assert json.loads(logs.JsonFormatter().format(record)) == {
        "time": "1970-01-01T00:00:00.500+00:00",
        "level": "warning",
        "event": "page",
        "page": "map",
        "duration_ms": 12,
        "ok": True,
    }


@given(st.text(), st.text())
def test_whatever_a_fact_holds_one_event_is_one_line(name, value):
    record = logging.makeLogRecord({"msg": "%s", "args": (f"{name}={value}",)})
    record.clusters_facts = {"event": name, "file": value}
    line = logs.JsonFormatter().format(record)
    assert len(line.splitlines()) == 1
    told = json.loads(line)["event"]
    pairs = zip(told, logs.masked(name), strict=True)
    assert all(one == other or (one == " " and not other.isprintable()) for one, other in pairs)
    assert len(logs.TextFormatter().format(record).splitlines()) == 1


@given(st.text(alphabet="0123456789ABCDEFXYZabc@.-元，", max_size=60))
def test_masking_twice_changes_nothing(text):
    assert logs.masked(logs.masked(text)) == logs.masked(text)


def test_ids_and_digests_stay_readable():
    digest = "ab12" * 12 + "f13812345678abcd"
    for text in ("20261122T101500Z-3f9c2a", f"sha256 {digest}", "510107", "12.5 亿元"):
        assert logs.masked(text) == text
    assert logs.masked("firm=x-f13812345678 x-13812345678a") == "firm=x-f13812345678 x-13812345678a"
    for text in ("x-13812345678", "a13812345678", "x-f13812345678@x.cn", "x-510107199001011234"):
        assert not re.search(r"\d{11}", logs.masked(text))


def test_every_handler_of_the_process_is_taken_over():
    """In a process of its own: the test runner has handlers too."""
    code = """
import logging
noisy = logging.getLogger("streamlit.x"); noisy.propagate = False
noisy.addHandler(logging.StreamHandler())
from clusters import logs
logs.configure("json"); logs.configure("json")
noisy.warning("call 13812345678")
logs.event("page", page="map", account="u", snapshot=None)
logging.getLogger("uvicorn.access").info("GET /?q=secret")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    first, second = map(json.loads, done.stderr.splitlines())
    assert first["text"] == "call ***"
    assert first["logger"] == "streamlit.x"
    assert second["event"] == "page"
    assert "snapshot" not in second


def test_the_server_takes_as_much_as_the_settings_say():
    options = server_options(8502, "127.0.0.1", Settings(max_upload_mb=37))
    assert "--server.maxUploadSize=37" in options
    assert any(one.startswith("--server.maxMessageSize=") for one in options)


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.1", "::"])
def test_without_sign_in_the_app_is_not_opened_to_others(address):
    with pytest.raises(InputError, match="CLUSTERS_ACCESS"):
        server_options(8501, address, Settings())
    shared = Settings(access="gateway", gateway_secret="s")
    assert f"--server.address={address}" in server_options(8501, address, shared)


def test_the_command_refuses_before_it_builds_anything(tmp_path):
    done = CliRunner().invoke(
        app, ["app", "--address", "0.0.0.0", "--workspace", str(tmp_path / "w")]
    )
    assert isinstance(done.exception, InputError)
    assert not (tmp_path / "w").exists()
