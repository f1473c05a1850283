"""Snapshots: whole or not at all, immutable, listed."""

import json
import os
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from clusters import workspace
from clusters.errors import WorkspaceError


def tables(names: list[str], county: str = "510107") -> dict[str, pd.DataFrame]:
    firms = gpd.GeoDataFrame(
        {
            "enterprise_id": [f"x-{name}" for name in names],
            "name": names,
            "address": "成都市武侯区",
            "status": "active",
            "registered_capital_cny": 1e6,
            "employees": pd.array([None] * len(names), dtype="Int64"),
            "ai_relevance": "core",
            "chain_layer": "application",
            "segment": "uav",
            "listing": pd.Series([None] * len(names), dtype="str"),
            "honours": pd.Series([None] * len(names), dtype="str"),
            "prefecture_code": "510100",
            "county_code": county,
            "zone_ids": [["chengdu-htz"] for _ in names],
        },
        geometry=[shapely.Point(104, 30.6)] * len(names),
        crs="EPSG:4326",
    )
    other = pd.DataFrame({"a": [1]})
    hulls = gpd.GeoDataFrame({"hotspot_id": ["h"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326)
    plain = set(workspace.TABLES) - workspace.GEOGRAPHIC
    return dict.fromkeys(plain, other) | {"enterprises": firms, "hotspots": hulls}


def test_published_snapshot_reads_back_what_was_written(tmp_path: Path) -> None:
    published = workspace.publish(tmp_path, tables(["甲", "乙"]), {"as_of": "2026-01-01"})
    again = workspace.open_snapshot(tmp_path)
    assert again.id == published.id
    assert list(again.enterprises["name"]) == ["甲", "乙"]
    assert again.enterprises.crs.to_epsg() == 4326
    assert [list(ids) for ids in again.enterprises["zone_ids"]] == [["chengdu-htz"]] * 2
    assert again.manifest["as_of"] == "2026-01-01"
    assert (tmp_path / "current").read_text() == f"{again.id}\n"


def test_same_tables_give_the_same_bytes(tmp_path: Path) -> None:
    first = workspace.publish(tmp_path / "a", tables(["甲"]), {})
    second = workspace.publish(tmp_path / "b", tables(["甲"]), {})
    assert first.manifest["files"] == second.manifest["files"]
    assert first.id[-6:] == second.id[-6:]


def test_a_failure_while_writing_leaves_the_old_snapshot_and_no_litter(tmp_path: Path) -> None:
    old = workspace.publish(tmp_path, tables(["甲"]), {})
    broken = tables(["乙"])
    broken["metrics"] = pd.DataFrame({"a": [object()]})
    with pytest.raises(Exception):  # noqa: B017 - whatever the writer raises, nothing may be left
        workspace.publish(tmp_path, broken, {})
    assert workspace.open_snapshot(tmp_path).id == old.id
    assert [p.name for p in (tmp_path / "snapshots").iterdir()] == [old.id]


def test_unfinished_folders_are_not_snapshots(tmp_path: Path) -> None:
    done = workspace.publish(tmp_path, tables(["甲"]), {})
    (tmp_path / "snapshots" / ".building-abc").mkdir()
    assert [s.id for s in workspace.list_snapshots(tmp_path)] == [done.id]


def test_litter_of_a_crash_is_removed_after_a_day_but_not_before(tmp_path: Path) -> None:
    workspace.prepare(tmp_path)
    old, fresh = (tmp_path / "snapshots" / f".building-{n}" for n in ("old", "fresh"))
    old.mkdir()
    fresh.mkdir()
    os.utime(old, (0, 0))
    workspace.publish(tmp_path, tables(["甲"]), {})
    assert not old.exists()
    assert fresh.exists()


def test_roll_back_points_to_an_earlier_snapshot(tmp_path: Path) -> None:
    first = workspace.publish(tmp_path, tables(["甲"]), {})
    second = workspace.publish(tmp_path, tables(["乙"]), {})
    assert workspace.published_id(tmp_path) == second.id
    workspace.point_to(tmp_path, first.id)
    assert workspace.open_snapshot(tmp_path).id == first.id


@pytest.mark.parametrize("name", ["../../etc", "20260101T000000Z-ffffff", "", "current"])
def test_unknown_snapshot_names_what_there_is(tmp_path: Path, name: str) -> None:
    known = workspace.publish(tmp_path, tables(["甲"]), {})
    with pytest.raises(WorkspaceError, match=known.id):
        workspace.open_snapshot(tmp_path, name)


def test_nothing_published_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="clusters run"):
        workspace.open_snapshot(tmp_path)
    assert workspace.list_snapshots(tmp_path) == []


def test_workspace_that_cannot_be_written_is_refused_before_work(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(WorkspaceError, match="--workspace"):
        workspace.prepare(file / "inside")


def test_damaged_table_names_the_file(tmp_path: Path) -> None:
    snapshot = workspace.publish(tmp_path, tables(["甲"]), {})
    (snapshot.path / "metrics.parquet").write_bytes(b"not parquet")
    with pytest.raises(WorkspaceError, match=r"metrics\.parquet"):
        _ = workspace.open_snapshot(tmp_path).metrics
    for damage in ("{", "{}", "[1]"):
        (snapshot.path / "manifest.json").write_text(damage)
        with pytest.raises(WorkspaceError, match=r"manifest\.json"):
            workspace.open_snapshot(tmp_path)


def test_manifest_lists_the_hash_of_every_table(tmp_path: Path) -> None:
    snapshot = workspace.publish(tmp_path, tables(["甲"]), {})
    written = json.loads((snapshot.path / "manifest.json").read_text())
    assert set(written["files"]) == {f"{name}.parquet" for name in workspace.TABLES}
    assert written["content_sha256"].startswith(snapshot.id[-6:])
