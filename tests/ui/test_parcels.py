"""What a browser may fetch for a map, and what it is told."""

import json

import numpy as np
import pandas as pd
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from clusters.maps.crowd import Crowd
from clusters.ui.parcels import PARCELS, PREFIX, Firms, Parcels, answer, serve


@pytest.fixture
def firms() -> Firms:
    table = pd.DataFrame({"enterprise_id": ["a", "b"], "name": ["<img src=x onerror=y>", None]})
    crowd = Crowd(
        lon=np.array([104.0, 104.1]),
        lat=np.array([30.0, 30.1]),
        kind=np.zeros(2, "int8"),
        year=np.zeros(2, "int16"),
        row=np.arange(2, dtype="int32"),
        kinds=("foundation",),
    )
    return Firms(crowd, table)


def test_equal_content_is_held_once_and_the_oldest_gives_way():
    held = Parcels(most_bytes=10)
    first, again = held.put(b"12345", b"one"), held.put(b"12345", b"one")
    assert first == again
    held.put(b"67890", b"two")
    assert held.get(first) == b"12345"
    held.put(b"x", b"three")
    assert held.get(first) == b"12345"
    assert held.get(held.put(b"y" * 99, b"four")) == b"y" * 99
    assert held.get(first) is None


def test_a_name_cannot_be_made_from_the_content():
    import hashlib

    name = Parcels().put(b"abc", b"abc")
    assert hashlib.sha256(b"abc").hexdigest()[:40] != name


def test_one_firm_is_told_by_its_row(firms):
    assert json.loads(answer(firms, {"row": "0"})) == {"id": "a", "tip": "<img src=x onerror=y>"}
    assert json.loads(answer(firms, {"row": "1"}))["tip"] == ""


def ask(path: str):
    client = TestClient(Starlette(routes=[Route(f"{PREFIX}/{{name}}", serve)]))
    return client.get(PREFIX + path)


def test_the_route_answers_questions_and_refuses_others(firms):
    name = PARCELS.put(firms, b"test")
    seen = ask(f"/{name}?zoom=7")
    assert seen.json()["row"] == [0, 1]
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["x-content-type-options"] == "nosniff"
    assert ask(f"/{name}?zoom=7&bounds=1,2").status_code == 400
    assert ask(f"/{name}?zoom=x").status_code == 400
    assert ask(f"/{name}?zoom=inf").status_code == 400
    assert ask(f"/{name}?row=99").status_code == 400
    assert ask("/nothing").status_code == 404
    packed = ask(f"/{PARCELS.put(b'[' + b'1,' * 2000 + b'1]', b'long')}")
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.json()) == 2001
