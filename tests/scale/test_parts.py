"""A registry in parts is the registry in one table: the same bytes, whatever the cut."""

import hashlib
import json
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusters import pipeline, workspace
from clusters.decisions import NONE, Decisions, read_decisions
from clusters.errors import InputError
from clusters.ledger import ledger_of
from clusters.places.parks import OWN, shipped_parks
from clusters.registry import read_registry
from clusters.registry.mapping import ColumnMapping
from clusters.registry.slices import plan_of
from clusters.scale import near, run_in_parts, steps
from clusters.scale.job import Job, cut, versions_here
from clusters.scale.joining import join_parts
from clusters.scale.opening import open_in_slices
from clusters.scale.runners import Local
from clusters.scale.store import Store
from clusters.scale.watch import Way
from clusters.scale.way import _candidates, _whole_files
from scale.grid import ENVIRONMENT
from scale.registries import AS_OF, dirty, plain, write

pytestmark = pytest.mark.xdist_group("scale")
NO_MAPPING = ColumnMapping()


def joined_in_parts(paths: list[Path], rows: int, folder: Path, told: Decisions = NONE):
    """Return tables, duplicates, candidates and findings of a registry read in parts."""
    folder.mkdir()
    store = Store(folder)
    opened = [
        open_in_slices(path, path.name, NO_MAPPING, store, number)
        for number, path in enumerate(paths)
    ]
    files = tuple(file for file, _ in opened)
    plans = tuple(plan_of(some, file.label, NO_MAPPING) for file, some in opened)
    job = Job(
        files, plans, cut(files, rows), store, NO_MAPPING, None, "auto",
        dict(told.labels), told.merges, shipped_parks(), versions_here(),
    )  # fmt: skip
    way = Way(job, Local(), lambda _text: None)
    way.do("read", steps.read, _whole_files(way))
    joining = join_parts(job)
    way.do("classify", steps.classify, own=joining.parts)
    table = pd.concat(way.frames("classify", "table"), ignore_index=True)
    report = pd.concat([*way.frames("classify", "report"), joining.conflicts], ignore_index=True)
    return table, joining.duplicates, _candidates(way), report


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
@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.integers(60, 1_100))
def test_rows_are_joined_as_in_one_table_whatever_the_cut(
    registry: Path, rows: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    same_as_whole([registry], rows, tmp_path_factory.mktemp("parts") / "work")


@pytest.mark.slow
def test_a_part_of_one_row_and_ranges_of_a_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near, "PIECE_ROWS", 3)
    monkeypatch.setattr(near, "RANGE_ROWS", 11)
    several = write(dirty(150), tmp_path / "firms.parquet", 17)
    same_as_whole([several], 31, tmp_path / "several")
    few = write(dirty(25), tmp_path / "few.parquet", 4)
    same_as_whole([few], 1, tmp_path / "single")


def test_a_part_of_which_nothing_is_kept(tmp_path: Path) -> None:
    table = dirty(300)
    table.loc[100:199, "企业名称"] = "合计"
    twice = pd.concat([table, table.iloc[:100]], ignore_index=True)  # all of it came before
    registry = write(twice, tmp_path / "firms.parquet")
    same_as_whole([registry], 100, tmp_path / "work")


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
def test_the_snapshot_has_the_bytes_of_one_table(
    registry: Path, whole: workspace.Snapshot, tmp_path: Path
) -> None:
    parts = pipeline.run(registry, workspace=tmp_path / "parts", as_of=AS_OF, rows_per_part=271)
    assert parts.manifest["files"] == whole.manifest["files"]
    apart = {"id", "created"}
    assert {k: v for k, v in parts.manifest.items() if k not in apart} == {
        k: v for k, v in whole.manifest.items() if k not in apart
    }
    assert not list((tmp_path / "parts" / "cache" / "runs").iterdir())


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on_where_it_was(
    registry: Path, whole: workspace.Snapshot, tmp_path: Path
) -> None:
    place = tmp_path / "w"
    line = [sys.executable, "-m", "clusters", "run", str(registry), "--as-of", AS_OF]
    line += ["--workspace", str(place), "--rows-per-part", "125", "--json"]
    process = subprocess.Popen(
        line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT
    )
    deadline = time.monotonic() + 600
    while not list(place.glob("cache/runs/*/classify-00003.json")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert workspace.published_id(place) is None
    told: list[str] = []
    with run_in_parts(
        [registry], ["firms.parquet"], runner=Local(), workspace=place, mapping=NO_MAPPING,
        as_of=date.fromisoformat(AS_OF), datum="auto", decisions=read_decisions(ledger_of(place)),
        parks=shipped_parks(), rows_per_part=125, progress=told.append,
    ) as found:  # fmt: skip
        assert len(list((place / "cache" / "runs").iterdir())) == 1, "it is another run"
        for name, file in found.tables.items():
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            assert digest == whole.manifest["files"][f"{name}.parquet"]
    assert not any(text.startswith("read 1") for text in told), "done parts are not read again"
    classified = next(text for text in told if text.startswith("classify"))
    assert int(classified.split()[1].split("/", maxsplit=1)[0]) > 4 * 125
    assert all("rows/s" in text and "left" in text for text in told if "/" in text)


def test_parks_of_its_own_are_in_every_part(tmp_path: Path) -> None:
    table = plain(300)
    address = next(name for name in table.columns if "地址" in name or name == "address")
    table.loc[::3, address] = "成都市武侯区蜀都云谷软件园2栋"
    registry = write(table, tmp_path / "firms.parquet")
    parks = tmp_path / "parks.csv"
    parks.write_text("园区名称,经度,纬度\n蜀都云谷软件园,104.06,30.6\n", encoding="utf-8")
    whole, parts = (
        pipeline.run(
            registry, workspace=tmp_path / name, as_of=AS_OF, parks=[parks], rows_per_part=rows
        )
        for name, rows in (("whole", None), ("parts", 90))
    )
    assert parts.manifest["files"] == whole.manifest["files"]
    assert parts.manifest["parks"] == whole.manifest["parks"]
    inside = whole.enterprises["park_ids"].map(lambda ids: f"{OWN}蜀都云谷软件园" in list(ids))
    assert inside.sum() >= 90


def broken_csv(folder: Path) -> Path:
    """Write a CSV whose rows have too many cells, too few, and quotes that never close."""
    file = folder / "firms.csv"
    dirty(300).to_csv(file, index=False, encoding="gb18030")
    lines = file.read_text(encoding="gb18030").splitlines()
    lines[40] = lines[40].replace("公司", "公,司", 1)
    lines[151] = lines[151].replace("公司", "公,司", 1) + ",,"
    lines[77] = ",".join(lines[77].split(",")[:3])
    lines[222] = '"' + lines[222]
    file.write_text("\n".join(lines), encoding="gb18030")
    return file


def test_a_broken_csv_in_parts_is_the_one_read_whole(tmp_path: Path) -> None:
    file = broken_csv(tmp_path)
    rules = set(read_registry(file).report["rule"])
    assert rules & {"row_realigned", "row_shifted"}
    assert "row_short" in rules
    same_as_whole([file], 41, tmp_path / "work")


def test_every_format_is_taken_in_parts(tmp_path: Path) -> None:
    """Coordinates of geometries, sheets and parameters of reading follow into the parts."""
    table = dirty(240)
    book, layer = tmp_path / "firms.xlsx", tmp_path / "places.gpkg"
    with pd.ExcelWriter(book) as writer:
        plain(5).to_excel(writer, sheet_name="说明", index=False)
        table.iloc[:120].to_excel(writer, sheet_name="企业", index=False)
    points = gpd.points_from_xy(np.linspace(103, 105, 120), np.linspace(30, 31, 120))
    rest = table.iloc[120:].drop(columns=["经度", "纬度"])
    gpd.GeoDataFrame(rest, geometry=points, crs="EPSG:4490").to_file(layer, layer="firms")
    sources = [f"{book}#企业", str(layer)]
    whole, parts = (
        pipeline.run(sources, workspace=tmp_path / name, as_of=AS_OF, rows_per_part=rows)
        for name, rows in (("whole", None), ("parts", 70))
    )
    assert parts.manifest["files"] == whole.manifest["files"]
    assert parts.manifest["inputs"] == whole.manifest["inputs"]
    assert parts.manifest["account"] == whole.manifest["account"]


def test_what_cannot_be_read_is_said_before_anything_is_done(tmp_path: Path) -> None:
    wide = tmp_path / "wide.csv"
    wide.write_text("企业名称,注册地址\n" + "甲公司,成都市,武侯区,1\n" * 30, encoding="utf-8")
    for file, words in ((wide, "wide.csv"), (tmp_path / "none.csv", "none.csv")):
        with pytest.raises(InputError, match=words):
            pipeline.run(file, workspace=tmp_path / "w", rows_per_part=10)
    with pytest.raises(InputError, match="corrected in one piece"):
        pipeline.run(wide, workspace=tmp_path / "w", rows_per_part=10, corrections=wide)
    assert json.dumps(workspace.published_id(tmp_path / "w")) == "null"
