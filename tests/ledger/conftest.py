"""Ledgers on both databases, each test with an empty one of its own."""

import os

import pytest

import postgres
from clusters.ledger import open_ledger

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql"))]


@pytest.fixture(scope="session")
def postgresql():
    """Yield the URL of a private server; without PostgreSQL, skip on a desk and fail in CI."""
    if postgres.binaries() is None:
        message = "PostgreSQL is not installed: sudo apt-get install postgresql"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with postgres.server() as url:
        yield url


@pytest.fixture(params=BOTH)
def where(request, tmp_path):
    """Yield where a new ledger is: a folder, then the URL of a place on a server."""
    if request.param == "sqlite":
        return tmp_path / "workspace"
    url = postgres.new_place(request.getfixturevalue("postgresql"))
    return url.render_as_string(hide_password=False)


@pytest.fixture
def ledger(where):
    """Yield an empty ledger on either database."""
    opened = open_ledger(where)
    yield opened
    opened.close()
