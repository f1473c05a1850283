"""A file can say where it comes from; a file that cannot is told apart."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.errors import InputError
from clusters.export.pictures import MapRequest, map_picture
from clusters.export.provenance import InputFile, Provenance, read_provenance
from clusters.export.workbook import provenance_rows
from clusters.maps import interactive


def test_the_record_takes_what_the_manifest_knows(provenance):
    assert provenance.snapshot == "20261122T101500Z-3f9c2a"
    assert provenance.inputs == (InputFile("企业.csv", "ab" * 32, 4),)
    assert provenance.parameters == {"datum": "auto", "seed": "0"}
    assert provenance.versions["boundaries"] == "1a2b"
    assert provenance.filters == {"segments": '["uav"]'}


def test_the_record_is_ascii_so_every_container_carries_it(provenance):
    assert provenance.to_json().isascii()
    assert Provenance.from_json(provenance.to_json()) == provenance


@given(st.text(), st.dictionaries(st.text(min_size=1), st.text(min_size=1), max_size=3))
def test_any_command_and_filter_survive(command, filters):
    record = Provenance("s", "", (), command, filters=filters)
    assert Provenance.from_json(record.to_json()) == record


@pytest.mark.parametrize("fmt", ["png", "svg", "pdf"])
def test_pictures_give_their_record_back(snapshot, provenance, fmt, tmp_path):
    request = MapRequest(fmt=fmt, dpi=50)
    sheet = map_picture(snapshot, request, made=date(2026, 11, 22), provenance=provenance)
    path = tmp_path / f"map.{fmt}"
    path.write_bytes(sheet.data)
    assert read_provenance(path) == provenance


def test_an_offline_page_gives_its_record_back(provenance, tmp_path):
    canvas = interactive.build_map([], language="zh")
    metadata = {"provenance": provenance.to_json()}
    path = tmp_path / "map.html"
    path.write_text(
        interactive.standalone_html(canvas, title="t", metadata=metadata), encoding="utf-8"
    )
    assert read_provenance(path) == provenance


def test_the_record_is_readable_in_both_languages(provenance):
    chinese = dict(provenance_rows(provenance, "zh"))
    assert chinese["快照"] == provenance.snapshot
    assert chinese["输入文件"] == f"企业.csv · 4 行 · sha256 {'ab' * 32}"
    assert dict(provenance_rows(provenance, "en"))["As of"] == "2025-10-31"


def test_a_csv_without_its_companion_says_what_is_missing(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"t\.csv\.provenance\.json is not beside t\.csv"):
        read_provenance(path)


@pytest.mark.parametrize("ending", [".xlsx", ".parquet", ".gpkg", ".png", ".svg", ".geojson"])
def test_random_bytes_are_refused_with_the_name_of_the_file(tmp_path, ending):
    path = tmp_path / f"t{ending}"
    path.write_bytes(b"\x00\xff random")
    with pytest.raises(InputError, match="t\\" + ending):
        read_provenance(path)


def test_a_stranger_s_file_carries_no_record(tmp_path):
    path = tmp_path / "t.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": []}), encoding="utf-8")
    with pytest.raises(InputError, match="carries no provenance"):
        read_provenance(path)
    with pytest.raises(InputError, match="known:"):
        read_provenance(path.rename(tmp_path / "t.docx"))
    with pytest.raises(InputError, match="is not a file"):
        read_provenance(tmp_path / "absent.csv")


@pytest.mark.parametrize("text", ["[]", "{}", "null", "x", '{"inputs": [1], "sources": []}'])
def test_a_broken_record_is_an_input_error(text):
    with pytest.raises(InputError, match="cannot be read"):
        Provenance.from_json(text)
