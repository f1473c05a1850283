"""A registry in parts is the registry in one table: the same bytes, whatever the cut."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusters import pipeline, workspace
from clusters.decisions import NONE, Decisions
from clusters.errors import InputError
from clusters.registry import read_registry
from clusters.registry.mapping import ColumnMapping
from clusters.registry.slices import open_sliced, plan_of, samples_of
from clusters.scale import steps
from clusters.scale.job import Job, cut
from clusters.scale.joining import join_parts
from clusters.scale.runners import Local
from clusters.scale.store import Store
from clusters.scale.way import _Way, _whole_files
from scale.registries import dirty, plain, write

NO_MAPPING = ColumnMapping()


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(dirty(), tmp_path_factory.mktemp("dirty") / "firms.parquet", 1_100)


def joined_in_parts(paths: list[Path], rows: int, folder: Path, told: Decisions = NONE):
    """Return tables, duplicates, candidates and findings of a registry read in parts."""
    folder.mkdir()
    files = tuple(open_sliced(path, path.name) for path in paths)
    samples = [samples_of(file, NO_MAPPING) for file in files]
    plans = tuple(
        plan_of(one, file.label, NO_MAPPING) for one, file in zip(samples, files, strict=True)
    )
    job = Job(
        files, plans, cut(files, rows), Store(folder), NO_MAPPING, None, "auto",
        dict(told.labels), told.merges, 0,
    )  # fmt: skip
    way = _Way(job, Local(), lambda _text: None)
    way.do("read", steps.read, _whole_files(way))
    joining = join_parts(job)
    way.do("classify", steps.classify, joining.parts)
    table = pd.concat(way.frames("classify", "table"), ignore_index=True)
    report = pd.concat([*way.frames("classify", "report"), joining.conflicts], ignore_index=True)
    return table, joining.duplicates, joining.candidates, report


def same_as_whole(paths: list[Path], rows: int, folder: Path, told: Decisions = NONE) -> None:
    whole = read_registry(paths, merges=told.merges)
    table, duplicates, candidates, report = joined_in_parts(paths, rows, folder, told)
    pd.testing.assert_frame_equal(table, whole.table)
    pd.testing.assert_frame_equal(duplicates, whole.duplicates)
    pd.testing.assert_frame_equal(candidates, whole.candidates)
    about_rows = whole.report[whole.report["row"].notna()]
    pd.testing.assert_frame_equal(report, about_rows.reset_index(drop=True))


def test_the_dirt_is_there(registry: Path) -> None:
    """What follows would prove nothing about rows that no rule joins, masks, flags or rejects."""
    whole = read_registry(registry)
    assert set(whole.duplicates["rule"]) >= {
        "duplicate_uscc_other_name",
        "duplicate_name_address",
        "duplicate_former_name",
        "duplicate_name_date",
    }
    assert set(whole.report["rule"]) >= {
        "coordinates_repeated",
        "coordinates_zero",
        "personal_name_masked",
        "same_code_other_name",
        "totals_row",
    }
    assert whole.table["head_enterprise_id"].notna().any()
    assert len(whole.candidates)


@pytest.mark.slow
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.integers(60, 3_100))
def test_rows_are_joined_as_in_one_table_whatever_the_cut(
    registry: Path, rows: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    same_as_whole([registry], rows, tmp_path_factory.mktemp("parts") / "work")


def test_files_with_other_columns_and_decisions_of_people(registry: Path, tmp_path: Path) -> None:
    first = read_registry(registry)
    merged = first.duplicates.iloc[0]
    pair = first.candidates.iloc[0]
    told = Decisions(
        {},
        pd.DataFrame(
            [
                [merged["enterprise_id"], merged["dropped_id"], "reversed"],
                [pair["enterprise_id"], pair["other_id"], "confirmed"],
            ],
            columns=["kept", "dropped", "decision"],
            dtype="str",
        ),
    )
    more = plain(400).assign(细分领域="robotics", 成立日期=None)
    other = write(more, tmp_path / "more.parquet")
    same_as_whole([registry, other], 700, tmp_path / "work", told)


@pytest.mark.slow
def test_the_snapshot_has_the_bytes_of_one_table(registry: Path, tmp_path: Path) -> None:
    whole = pipeline.run(registry, workspace=tmp_path / "whole", as_of="2026-06-30")
    parts = pipeline.run(
        registry, workspace=tmp_path / "parts", as_of="2026-06-30", rows_per_part=811
    )
    assert parts.manifest["files"] == whole.manifest["files"]
    apart = {"id", "created", "not_searched"}
    assert {k: v for k, v in parts.manifest.items() if k not in apart} == {
        k: v for k, v in whole.manifest.items() if k not in apart
    }
    assert parts.manifest["not_searched"] == []
    assert not list((tmp_path / "parts" / "cache" / "runs").iterdir())


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on_where_it_was(registry: Path, tmp_path: Path) -> None:
    place = tmp_path / "w"
    line = [sys.executable, "-m", "clusters", "run", str(registry), "--as-of", "2026-06-30"]
    line += ["--workspace", str(place), "--rows-per-part", "400", "--json"]
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 240
    while not list(place.glob("cache/runs/*/classify-00003.json")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert workspace.published_id(place) is None
    done = {
        file: file.stat().st_mtime_ns
        for file in place.glob("cache/runs/*/*-0000[0-3]-table.parquet")
    }
    assert len(done) == 8
    told: list[str] = []
    again = pipeline.run(
        registry, workspace=place, as_of="2026-06-30", rows_per_part=400, progress=told.append
    )
    whole = pipeline.run(registry, workspace=tmp_path / "whole", as_of="2026-06-30")
    assert again.manifest["files"] == whole.manifest["files"]
    assert any("rows/s" in text and "left" in text for text in told)


def test_what_is_no_parquet_is_not_taken_in_parts(tmp_path: Path) -> None:
    file = tmp_path / "firms.csv"
    file.write_text("企业名称,注册地址\n甲公司,成都市武侯区\n", encoding="utf-8")
    with pytest.raises(InputError, match="Parquet"):
        pipeline.run(file, workspace=tmp_path / "w", rows_per_part=10)
    assert json.dumps(workspace.published_id(tmp_path / "w")) == "null"
