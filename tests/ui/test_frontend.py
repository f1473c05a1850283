"""The front end from memory: the very bytes of the installed files, packed, and nothing else."""

import gzip
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from streamlit import file_util

from clusters.ui import frontend

FOLDER = Path(file_util.get_static_dir())


@pytest.fixture
def web():
    return TestClient(Starlette(middleware=[Middleware(frontend.Frontend)]))


def test_every_file_the_first_page_names_is_given_as_it_is_installed(web):
    document = (FOLDER / "index.html").read_text(encoding="utf-8")
    named = re.findall(r'(?:src|href)="\./(static/[^"]+)"', document)
    assert any(one.endswith(".js") for one in named)
    assert any(one.endswith(".css") for one in named)
    for name in named:
        content = (FOLDER / name).read_bytes()
        packed = web.get(f"/{name}")
        assert packed.content == content  # unpacked by the client
        assert "immutable" in packed.headers["cache-control"]
        plain = web.get(f"/{name}", headers={"Accept-Encoding": "identity"})
        assert plain.content == content
        assert "content-encoding" not in plain.headers
        if name.endswith((".js", ".css")) and len(content) > 1000:
            assert packed.headers["content-encoding"] == "gzip"
            assert int(packed.headers["content-length"]) < len(content)
            assert packed.headers["content-type"].startswith("text/")


def test_what_packing_does_not_shrink_is_given_unpacked():
    fonts = [one for one in frontend.names() if one.endswith(".woff2")]
    assert fonts
    assert all(frontend.read(one).packed == b"" for one in fonts)
    script = next(one for one in frontend.names() if one.endswith(".js"))
    found = frontend.read(script)
    assert gzip.decompress(found.packed) == found.body


@pytest.mark.parametrize(
    "name",
    [
        "",
        "nowhere.js",
        "../index.html",
        "js/../../index.html",
        "..%2findex.html",
        "%2e%2e/index.html",
        "..%5cindex.html",
        "/etc/passwd",
        "js",
    ],
)
def test_nothing_else_is_ever_opened(web, name):
    assert web.get(f"/static/{name}").status_code == 404
