"""A legal representative planted in a registry is found nowhere afterwards: every byte is searched."""

import logging

import pandas as pd
import pytest
from typer.testing import CliRunner

from clusters import pipeline
from clusters.cli import app
from clusters.export.findings_book import findings_bytes
from clusters.export.provenance import Provenance
from clusters.places.park_files import keep_parks, read_parks
from clusters.registry import read_registry
from clusters.registry.remembered import remember
from clusters.republish import publish_with_parks
from planted import CONTENT, FOLLOWED, HEADER, NAMES, PARKS, ROWS, planted_in, texts

EXPORTS = [
    *(["export", f"e{ending}"] for ending in (".csv", ".xlsx", ".parquet", ".gpkg", ".geojson")),
    *(["export", f"a{ending}", "--layer", "areas"] for ending in (".gpkg", ".csv")),
    ["measure", "m.xlsx"],
    ["screen", "s.xlsx"],
    ["check", "IN", "--report", "report.xlsx"],
    *(["brief", f"b{ending}"] for ending in (".html", ".png", ".pdf", ".pptx")),
    ["backup", "all.zip"],
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    (folder / "in").mkdir()
    source, parks = folder / "in" / "firms.csv", folder / "in" / "parks.csv"
    source.write_text(CONTENT, encoding="utf-8")
    parks.write_text(PARKS, encoding="utf-8")
    return source, parks, folder / "out"


def test_a_planted_name_is_found_nowhere(made, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    source, parks, out = made
    snapshot = pipeline.run(source, workspace=out)
    assert snapshot.manifest["account"]["read"] == ROWS
    assert FOLLOWED in set(snapshot.enterprises["name"])
    read = read_registry(source)
    remember(out, HEADER.split(","), pipeline.ColumnMapping())
    known = read_parks(parks)
    keep_parks(out, known)
    publish_with_parks(out)
    nowhere = Provenance(snapshot="", as_of="", inputs=(), command="")
    for language in ("zh", "en"):
        book = findings_bytes(read.report, read.marked, provenance=nowhere, language=language)
        (out / f"report-{language}.xlsx").write_bytes(book)
    assert {name: planted_in(text) for name, text in texts(out) if planted_in(text)} == {}
    said = caplog.text + "".join(capsys.readouterr()) + repr(read) + repr(known)
    assert planted_in(said) == []


@pytest.mark.slow
@pytest.mark.parametrize("command", EXPORTS, ids=lambda command: "-".join(command[:2]))
def test_no_command_writes_or_says_a_planted_name(made, tmp_path, command):
    source, _, out = made
    if not (out / "current").exists():
        pipeline.run(source, workspace=out)
    words = [str(source) if word == "IN" else word for word in command]
    at = next(i for i, word in enumerate(words) if i and word != str(source) and "." in word)
    words[at] = str(tmp_path / words[at])
    done = CliRunner().invoke(app, [*words, "--workspace", str(out)])
    assert done.exit_code == 0, done.output
    assert any(tmp_path.iterdir())
    assert planted_in(done.output) == []
    assert {name: planted_in(text) for name, text in texts(tmp_path) if planted_in(text)} == {}


@pytest.mark.slow
def test_a_located_table_holds_no_planted_name(made, tmp_path):
    """Shifted rows are refused there: rows are kept as they are, so they must be sound."""
    rows = [line for line in CONTENT.splitlines() if line.count(",") == HEADER.count(",")]
    source = tmp_path / "sound.csv"
    source.write_text("\n".join(rows), encoding="utf-8")
    target = tmp_path / "out" / "located.csv"
    target.parent.mkdir()
    done = CliRunner().invoke(app, ["locate", str(source), str(target)])
    assert done.exit_code == 0, done.output
    assert len(pd.read_csv(target)) == len(rows) - 1
    found = {name: planted_in(text) for name, text in texts(target.parent) if planted_in(text)}
    assert found == {}
    assert planted_in(done.output) == []


def test_the_search_finds_what_is_there(tmp_path):
    for ending in (".parquet", ".xlsx", ".csv"):
        table = pd.DataFrame({"a": [NAMES[0]]})
        path = tmp_path / f"x{ending}"
        {".parquet": table.to_parquet, ".xlsx": table.to_excel, ".csv": table.to_csv}[ending](path)
    found = {name.partition("/")[0] for name, text in texts(tmp_path) if planted_in(text)}
    assert found == {"x.parquet", "x.xlsx", "x.csv"}
