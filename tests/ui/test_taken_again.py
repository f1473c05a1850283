"""What a page hands over, the command in its record makes again, byte for byte."""

import json
import shlex
from dataclasses import fields

import pytest

from clusters.export.layers import OPTIONS
from clusters.export.provenance import read_provenance
from clusters.maps.firm_filter import FirmFilter
from clusters.ui import tables

CHENGDU = "c104.06,30.63,15000"
"""Fifteen kilometres around the middle of Chengdu."""
SHEET = "p103.9,30.4,104.3,30.4,104.3,30.9,103.9,30.9"


@pytest.fixture
def taken(open_page, monkeypatch, failures):
    """Return a function that opens a page and gives the first file of each ending it offers."""

    def take(page: str, **query: str) -> dict[str, bytes]:
        offered = {}

        def keep(label, build, *, file_name, mime, key):
            offered.setdefault(f".{file_name.rpartition('.')[2]}", build)

        monkeypatch.setattr(tables, "offer", keep)
        assert failures(open_page(page, **query)) == []
        return {ending: build() for ending, build in offered.items()}

    return take


def check(call, files, folder):
    """Make the files again by the command of their record; return the record."""
    book, again = folder / "file.xlsx", folder / "again.xlsx"
    book.write_bytes(files[".xlsx"])
    code, out, err = call("provenance", book, "--again", again, "--json")
    assert code == 0, err
    assert json.loads(out)["bytes_equal"], out
    record = read_provenance(book)
    _, command, name, *options = shlex.split(record.command)
    text = folder / name.replace(".xlsx", ".csv")
    code, _out, err = call(command, text, *options)
    assert code == 0, err
    assert text.read_bytes() == files[".csv"]
    return record


@pytest.mark.parametrize(
    ("query", "some"),
    [
        ({"honours": "listed"}, True),
        ({"honours": "listed,honoured", "lang": "en"}, True),
        ({"relevance": "all", "layer": "foundation,unknown"}, True),
        ({"relevance": "all", "segment": "robotics,unknown"}, True),
        ({"area": CHENGDU, "place": "510100"}, True),
        ({"area": SHEET, "first": "2010", "lang": "en"}, True),
        ({"area": CHENGDU, "honours": "honoured", "first": "2024"}, False),
    ],
)
def test_the_firms_of_a_view(call, taken, tmp_path, query, some):
    files = taken("map", **query)
    record = check(call, files, tmp_path)
    assert (files[".csv"].count(b"\r\n") > 1) == some
    if "area" in query:
        assert record.filters["within"] == query["area"]


def test_the_metrics_of_a_page(call, taken, tmp_path):
    record = check(call, taken("metrics", by="county", group="ai", lang="en"), tmp_path)
    assert record.filters == {"by": "county", "industry": "ai", "weight": "firms"}


def test_every_filter_of_firms_has_an_option():
    assert set(OPTIONS) == {one.name for one in fields(FirmFilter)}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--within", "104,30"), "within '104,30' is not an area in or around Sichuan; give p and"),
        (("--within", ""), "within '' is not an area in or around Sichuan"),
        (("--within", "c2.35,48.85,500"), "is not an area in or around Sichuan"),
        (("--honours", "famous"), "'listed', 'honoured'"),
        (("--segment", "unknwn"), "--segment 'unknwn' is not known; there are unknown (未归类)"),
        (("--founded-from", "2020", "--founded-to", "2010"), "swap them"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(call, shipped_workspace, tmp_path, options, told):
    target = tmp_path / "x.csv"
    code, _out, err = call("export", target, *options, "--workspace", shipped_workspace)
    assert code == 2
    assert told in " ".join(err.replace("│", " ").split())
    assert not target.exists()
