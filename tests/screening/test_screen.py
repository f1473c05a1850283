"""The whole way on real parks, and the answer as tables and files."""

import io
import json
from dataclasses import replace

import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from clusters import workspace
from clusters.cli import app
from clusters.errors import InputError
from clusters.export.provenance import Provenance, read_provenance
from clusters.export.screening import ENDINGS, screening_bytes
from clusters.pipeline import run
from clusters.screening.limits import Bound, Limits
from clusters.screening.profile import default_profile
from clusters.screening.screen import earlier_snapshot, screen, screen_snapshot, sources_of
from clusters.screening.tables import answer, contribution_table, probability_table, ranking_table
from clusters.screening.toml import profile_to_toml


@pytest.fixture(scope="module")
def place(tmp_path_factory, shipped_copy):
    return shipped_copy(tmp_path_factory.mktemp("screen") / "workspace")


@pytest.fixture(scope="module")
def snapshot(place):
    return workspace.open_snapshot(place)


@pytest.fixture(scope="module")
def screening(snapshot, place):
    return screen_snapshot(snapshot, default_profile(), workspace=place)


@pytest.fixture
def provenance(snapshot):
    return Provenance.from_manifest(snapshot.manifest, command="clusters screen x.xlsx")


def test_the_hundred_parks_are_ranked(screening):
    table = ranking_table(screening)
    assert len(table) == 100
    assert table["rank"].is_monotonic_increasing
    assert (table["score_low"] <= table["score"]).all()
    assert (table["score"] <= table["score_high"]).all()
    probabilities = probability_table(screening).drop(columns="park_id").to_numpy()
    np.testing.assert_allclose(probabilities.sum(axis=0), 1, atol=1e-4)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-4)
    points = contribution_table(screening).groupby("park_id")["points"].sum()
    np.testing.assert_allclose(points[table["park_id"]], table["score"], atol=1e-4)


def test_parks_of_rough_place_have_wide_ranks(screening):
    """No park of the shipped table is placed to better than its uncertainty lets it be."""
    names = screening.measured.criteria
    airport = names.index("airport_km")
    span = screening.measured.high[:, airport] - screening.measured.low[:, airport]
    rough = screening.parks["uncertainty_km"].to_numpy() >= 5
    assert np.nanmin(span[rough]) > 2
    found = screening.stability
    middle = (found.rank_high - found.rank_low)[screening.ranking.ranks <= 50]
    assert middle.min() >= 3


def test_the_same_question_has_the_same_answer(snapshot, screening, place):
    again = screen_snapshot(snapshot, default_profile(), workspace=place)
    pd.testing.assert_frame_equal(ranking_table(again), ranking_table(screening))


def test_doubling_all_weights_changes_nothing(snapshot, screening):
    base = default_profile()
    doubled = replace(
        base, choices=tuple(replace(one, weight=2 * one.weight) for one in base.choices)
    )
    again = screen(sources_of(snapshot), doubled)
    pd.testing.assert_frame_equal(ranking_table(again), ranking_table(screening))


def test_weights_of_zero_and_limits_that_leave_nothing_say_so(snapshot):
    base = default_profile()
    sources = sources_of(snapshot)
    none = replace(base, choices=tuple(replace(one, weight=0.0) for one in base.choices))
    with pytest.raises(InputError, match="every weight is 0; give at least one"):
        screen(sources, none)
    with pytest.raises(InputError, match="every weight is 0"):
        screen(sources, replace(base, choices=()))
    limits = Limits(levels=("national_htz",), bounds=(Bound("gdp", "≥", 1e9),))
    with pytest.raises(InputError, match="leave no park; gdp ≥ alone removes 100 of 100"):
        screen(sources, replace(base, limits=limits))


def test_one_park_left_is_first_for_sure(snapshot):
    parks = sources_of(snapshot).parks
    only = parks.groupby("prefecture_code").size()
    code = str(only[only == 1].index[0])
    profile = replace(default_profile(), limits=Limits(prefectures=(code,)))
    found = screen(sources_of(snapshot), profile)
    table = ranking_table(found)
    assert len(table) == 1
    assert table["rank"].tolist() == [1]
    assert table["p_first"].tolist() == [1]
    assert np.isfinite(table["score"]).all()
    assert table["closeness"].isna().all()


def test_missing_columns_and_no_firms_do_not_stop_a_screening(snapshot):
    sources = sources_of(snapshot)
    firms = sources.firms.drop(columns=["zone_uncertain_ids", "zone_also_ids"])
    weak = firms.assign(ai_relevance="none")
    base = default_profile()
    for some in (firms, weak):
        found = screen(replace(sources, firms=some), base)
        assert len(ranking_table(found)) == 100


def test_growth_is_told_from_the_snapshot_of_the_earlier_date(tmp_path):
    folder = tmp_path / "workspace"
    old = run(workspace=folder, as_of="2026-10-01")
    new = run(workspace=folder, as_of="2026-11-01")
    assert earlier_snapshot(folder, new).id == old.id
    assert earlier_snapshot(folder, old) is None


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_workbook_explains_itself(screening, provenance, language, tmp_path):
    data = screening_bytes(screening, ".xlsx", provenance=provenance, language=language)
    assert data == screening_bytes(screening, ".xlsx", provenance=provenance, language=language)
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    wanted = {
        "zh": ["排名", "贡献", "名次概率", "中心权重", "硬性条件", "方法与参数", "定义", "来源"],
        "en": ["Ranking", "Contributions", "Rank probabilities", "Central weights",
               "Hard limits", "Method and parameters", "Definitions", "Provenance"],
    }  # fmt: skip
    assert book.sheetnames == wanted[language]
    rows = list(book[book.sheetnames[0]].iter_rows(values_only=True))
    assert len(rows) == 101
    cells = {
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
    }
    assert any("clusters screen x.xlsx" in cell for cell in cells)
    assert any("stability.seed" in cell for cell in cells)
    path = tmp_path / "x.xlsx"
    path.write_bytes(data)
    assert read_provenance(path).snapshot == provenance.snapshot


def test_every_format_holds_the_same_ranking(screening, provenance):
    table = ranking_table(screening)
    parquet = pq.read_table(
        io.BytesIO(screening_bytes(screening, ".parquet", provenance=provenance))
    ).to_pandas()
    csv = pd.read_csv(
        io.BytesIO(screening_bytes(screening, ".csv", provenance=provenance, canonical=True)),
        encoding="utf-8-sig",
    )
    content = json.loads(screening_bytes(screening, ".json", provenance=provenance))
    for found in (parquet["park_id"], csv["park_id"], [one["park_id"] for one in content["parks"]]):
        assert list(found) == list(table["park_id"])
    np.testing.assert_allclose(csv["score"], table["score"])
    assert len(parquet["rank_probabilities"].iloc[0]) == 100
    assert content == json.loads(json.dumps(content, allow_nan=False))
    assert content["pairwise"]["parks"] == screening.ids
    assert answer(screening)["profile"]["segment"] == "robotics"


def test_the_command_writes_what_the_page_would(screening, place, tmp_path, provenance):
    profile = tmp_path / "profile.toml"
    profile.write_text(profile_to_toml(default_profile()), encoding="utf-8")
    for ending in ENDINGS:
        target = tmp_path / f"out{ending}"
        done = CliRunner().invoke(
            app, ["screen", str(target), "--profile", str(profile), "--workspace", str(place)]
        )
        assert done.exit_code == 0, done.output
        assert target.exists()
    table = pq.read_table(tmp_path / "out.parquet").to_pandas()
    pd.testing.assert_frame_equal(table[ranking_table(screening).columns], ranking_table(screening),
                                  check_dtype=False)  # fmt: skip
    assert read_provenance(tmp_path / "out.csv").snapshot == provenance.snapshot


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet"])
def test_a_screening_is_made_again_from_what_it_says_of_itself(place, tmp_path, ending):
    profile = tmp_path / "own.toml"
    asked = replace(default_profile(), segment="uav", radius_km=35.0)
    profile.write_text(profile_to_toml(asked), encoding="utf-8")
    scenario = tmp_path / "落户.json"
    steps = [{"do": "add_firm", "segment": "uav", "park": "my-htz", "count": 9}]
    scenario.write_text(json.dumps({"name": "落户", "steps": steps}), encoding="utf-8")
    first, again = tmp_path / f"first{ending}", tmp_path / f"again{ending}"
    given = ["--profile", str(profile), "--scenario", str(scenario), "--workspace", str(place)]
    done = CliRunner().invoke(app, ["screen", str(first), *given])
    assert done.exit_code == 0, done.output
    profile.unlink()
    scenario.unlink()
    asked_again = ["provenance", str(first), "--again", str(again), "--workspace", str(place)]
    done = CliRunner().invoke(app, asked_again)
    assert done.exit_code == 0, (done.output, done.exception)
    assert "byte for byte" in done.output
    assert first.read_bytes() == again.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["out.csv", "--profile", '{"segment": '], "--profile is not a JSON object"),
        (["out.csv", "--profile", '{"segment": "cheese"}'], "'cheese' is unknown"),
        (["out.csv", "--scenario", '{"steps": 3}'], "--scenario"),
        (["out.csv", "--scenario", '{"steps": ' + "[" * 50_000], "--scenario is not a JSON object"),
        (["out.txt"], "cannot write this ending"),
        (["out.csv", "--profile", "none.toml"], "cannot be read"),
        (["out.csv", "--scenario", "none"], "no saved scenario 'none'"),
        (["out.csv", "--scenario", "none.json"], "cannot be read"),
    ],
)
def test_the_command_refuses_in_words_and_writes_nothing(
    arguments, message, place, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["screen", *arguments, "--workspace", str(place)])
    assert isinstance(done.exception, InputError)
    assert message in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_saved_scenario_is_screened_by_its_name(place, tmp_path):
    from clusters.ledger import open_ledger, record

    steps = [{"do": "add_firm", "segment": "robotics", "park": "my-htz", "count": 9}]
    ledger = open_ledger(place)
    record(ledger, "scenario", "落户", {"name": "落户", "steps": steps}, who="tests")
    ledger.close()
    target = tmp_path / "out.xlsx"
    done = CliRunner().invoke(
        app,
        [
            "screen",
            str(target),
            "--scenario",
            "落户",
            "--workspace",
            str(place),
            "--language",
            "en",
        ],
    )
    assert done.exit_code == 0, done.output
    book = openpyxl.load_workbook(target, read_only=True)
    assert "Difference from baseline" in book.sheetnames
    first = list(book["Ranking"].iter_rows(values_only=True))[1]
    assert first[1] == "my-htz"
