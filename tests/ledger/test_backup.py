"""A backup brings everything back to the byte and the number, or is refused before it touches."""

import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import postgres
from clusters.cli import app
from clusters.errors import InputError, WorkspaceError
from clusters.keeping import backup, restore
from clusters.ledger import (
    add_observation,
    audit,
    observations,
    open_ledger,
    record,
    records,
    withdraw,
)
from clusters.ledger.copying import counts, lines_of, moment_of
from clusters.places.park_files import KEPT as PARKS
from clusters.registry import ColumnMapping
from clusters.registry.remembered import remember
from clusters.settings import get_settings
from clusters.workspace import GEOGRAPHIC, TABLES, open_snapshot, point_to, publish, published_id
from drafts import draft


def _tables(value: int) -> dict[str, pd.DataFrame]:
    import geopandas as gpd
    import shapely

    plain = dict.fromkeys(TABLES, pd.DataFrame({"a": [value]}))
    spatial = gpd.GeoDataFrame({"a": [value]}, geometry=[shapely.Point(104, 30)], crs=4326)
    return plain | dict.fromkeys(GEOGRAPHIC, spatial)


def _fill_ledger(ledger) -> None:
    given = draft(value=0.1 + 0.2, source="统计公报 “x”\n第二行")
    first = add_observation(ledger, given, who="甲")
    add_observation(ledger, draft(source="更正", supersedes=first), who="乙")
    record(ledger, "profile", "芯片", {"weights": {"a": 1}}, who="甲", reason="试")
    record(ledger, "profile", "gone", {}, who="甲")
    withdraw(ledger, "profile", "gone", who="乙", reason="wrong")


def _fill(folder: Path, ledger) -> None:
    first = publish(folder, _tables(1), {"as_of": "2026-01-01"})
    publish(folder, _tables(2), {"as_of": "2026-02-01"})
    point_to(folder, first.id)  # the published one need not be the newest
    remember(folder, ["企业名称", "住所"], ColumnMapping())
    (folder / "cache").mkdir()
    (folder / "cache" / "x").write_text("may be lost")
    _fill_ledger(ledger)


def _state(ledger) -> list[str]:
    parts = (observations(ledger), records(ledger, "profile", history=True), audit(ledger))
    return [part.to_json(orient="split", force_ascii=False) for part in parts]


def _files(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for part in ("snapshots", "current", "mappings")
        for file in sorted(
            (folder / part).rglob("*") if (folder / part).is_dir() else [folder / part]
        )
        if file.is_file()
    }


@pytest.fixture
def full(tmp_path):
    """Return a workspace with everything in it, its ledger's state, and its backup."""
    folder = tmp_path / "full"
    ledger = open_ledger(folder)
    _fill(folder, ledger)
    backup(folder, tmp_path / "b.zip", ledger)
    state = _state(ledger)
    ledger.close()
    return folder, state, tmp_path / "b.zip"


def _without_last_audit(ledger) -> list[str]:
    """Return the state before the row that tells of the restoration, which must be there."""
    trail = audit(ledger)
    assert trail["action"].iloc[-1] == "workspace.restore"
    table = trail.iloc[:-1].to_json(orient="split", force_ascii=False)
    return [*_state(ledger)[:-1], table]


def test_what_comes_back_is_identical(full, tmp_path):
    folder, state, archive = full
    done = restore(archive, tmp_path / "new", tmp_path / "new", who="admin")
    assert _files(tmp_path / "new") == _files(folder)
    ledger = open_ledger(tmp_path / "new")
    assert _without_last_audit(ledger) == state
    assert done.before is None
    assert done.published == published_id(folder)
    assert sum(done.rows.values()) == sum(counts(ledger).values()) - 1
    assert open_snapshot(tmp_path / "new").metrics["a"].tolist() == [1]
    assert not list((tmp_path / "new").glob(".*"))
    # Numbers go on where they stopped.
    last = observations(ledger)["id"].max()
    assert add_observation(ledger, draft(), who="丙") == last + 1
    ledger.close()


def test_the_same_content_makes_the_same_members(full, tmp_path):
    folder, _, archive = full
    ledger = open_ledger(folder)
    backup(folder, tmp_path / "c.zip", ledger)
    ledger.close()
    with zipfile.ZipFile(archive) as one, zipfile.ZipFile(tmp_path / "c.zip") as two:
        first, second = (json.loads(z.read("manifest.json"))["members"] for z in (one, two))
    assert first == second
    assert not any("cache" in name for name in first)


@pytest.mark.xdist_group("postgresql")
@pytest.mark.parametrize("way", ["to", "from", "both"])
def test_a_ledger_moves_between_databases(postgresql, tmp_path, way):
    def server() -> str:
        return postgres.new_place(postgresql).render_as_string(hide_password=False)

    source = server() if way in {"from", "both"} else tmp_path / "a"
    target = server() if way in {"to", "both"} else tmp_path / "b"
    ledger = open_ledger(source)
    _fill(tmp_path / "a", ledger)
    backup(tmp_path / "a", tmp_path / "b.zip", ledger)
    state = _state(ledger)
    ledger.close()
    restore(tmp_path / "b.zip", tmp_path / "b", target, who="admin")
    moved = open_ledger(target)
    assert _without_last_audit(moved) == state
    before = audit(moved)["id"].max()
    record(moved, "profile", "next", {}, who="甲")
    assert audit(moved)["id"].max() == before + 1
    moved.close()


def _rewrite(archive: Path, change) -> Path:
    """Write an archive anew with other members; the manifest agrees unless it is changed too."""
    with zipfile.ZipFile(archive) as old:
        members = {name: old.read(name) for name in old.namelist()}
    about = json.loads(members.pop("manifest.json"))
    change(members, about)
    target = archive.with_name("changed.zip")
    with zipfile.ZipFile(target, "w") as new:
        for name, content in members.items():
            new.writestr(name, content)
        new.writestr("manifest.json", json.dumps(about))
    return target


def _declare(members, about, name, content) -> None:
    members[name] = content
    about["members"][name] = {
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _refused(archive: Path, tmp_path: Path, told: str, kind=InputError) -> None:
    with pytest.raises(kind, match=told):
        restore(archive, tmp_path / "target", tmp_path / "target", who="admin")
    assert not (tmp_path / "target").exists()
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    "name",
    ["../evil", "/evil", "snapshots/../../evil", "mappings/../evil.toml", "..\\evil", "app.py"],
)
def test_paths_that_lead_out_are_refused(full, tmp_path, name):
    archive = _rewrite(full[2], lambda members, about: _declare(members, about, name, b"x"))
    _refused(archive, tmp_path, "belongs in no backup")


def test_a_link_in_the_archive_is_refused(full, tmp_path):
    archive = tmp_path / "link.zip"
    shutil.copy(full[2], archive)
    with zipfile.ZipFile(archive, "a") as changed:
        info = zipfile.ZipInfo("mappings/0123456789abcdef.toml")
        info.external_attr = 0o120777 << 16
        changed.writestr(info, "/etc/passwd")
    _refused(archive, tmp_path, "no plain file")


def _flip(members, _about):
    name = next(n for n in members if n.endswith("metrics.parquet"))
    members[name] = members[name][:-1] + bytes([members[name][-1] ^ 1])


def _lose(members, _about):
    del members[next(n for n in members if n.endswith("metrics.parquet"))]


def _lose_and_hide(members, about):
    name = next(n for n in members if n.endswith("metrics.parquet"))
    del members[name], about["members"][name]


def _bad_row(members, about):
    _declare(members, about, "ledger/record.jsonl", b'{"id": "x"}\n')


def _orphan(members, about):
    row = json.loads(members["ledger/observation.jsonl"].splitlines()[-1])
    row["supersedes"] = 999
    _declare(members, about, "ledger/observation.jsonl", json.dumps(row).encode() + b"\n")


def _strange_column(members, about):
    row = {**json.loads(members["ledger/audit.jsonl"].splitlines()[0]), "evil": 1}
    _declare(members, about, "ledger/audit.jsonl", json.dumps(row).encode() + b"\n")


def _no_pointer(members, about):
    _declare(members, about, "current", b"20200101T000000Z-000000\n")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_flip, "another content"),
        (_lose, "missing or was added"),
        (_lose_and_hide, "is not what was published"),
        (_bad_row, "record, line 1"),
        (_orphan, "contradicts itself"),
        (_strange_column, "audit, line 1"),
        (_no_pointer, "published snapshot is missing"),
        (lambda _m, about: about.pop("members"), "no manifest"),
        (lambda _m, about: about.update(published=["x"]), "no manifest"),
    ],
)
def test_damage_is_found_before_anything_is_touched(full, tmp_path, change, told):
    _refused(_rewrite(full[2], change), tmp_path, told)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.999])
def test_a_cut_archive_is_refused(full, tmp_path, share):
    content = full[2].read_bytes()
    cut = tmp_path / "cut.zip"
    cut.write_bytes(content[: int(len(content) * share)])
    _refused(cut, tmp_path, "nothing was touched")


def test_every_changed_byte_of_the_content_is_found(full, tmp_path):
    content = full[2].read_bytes()
    for at in range(40, len(content) // 2, len(content) // 40):
        changed = tmp_path / "changed.zip"
        changed.write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
        try:
            restore(changed, tmp_path / "target", tmp_path / "target", who="admin")
        except InputError:
            assert not (tmp_path / "target").exists()
        else:  # a byte of a header that says nothing of the content
            assert _files(tmp_path / "target") == _files(full[0])
            shutil.rmtree(tmp_path / "target")


def test_what_newer_software_wrote_is_refused_in_words(full, tmp_path):
    newer = _rewrite(full[2], lambda _m, about: about.update(ledger_schema="9999"))
    _refused(newer, tmp_path, "schema 9999.*update clusters", WorkspaceError)
    newer = _rewrite(full[2], lambda _m, about: about.update(format=2))
    _refused(newer, tmp_path, "newer version", WorkspaceError)


def test_a_ledger_of_the_first_release_is_upgraded_on_its_way(full, tmp_path):
    view = {
        "id": 7,
        "name": "旧",
        "page": "map",
        "payload": "{}",
        "who": "甲",
        "recorded_at": "2026",
    }

    def older(members, about):
        about["ledger_schema"] = "0001"
        del members["ledger/record.jsonl"], about["members"]["ledger/record.jsonl"]
        _declare(members, about, "ledger/saved_view.jsonl", json.dumps(view).encode() + b"\n")

    restore(_rewrite(full[2], older), tmp_path / "new", tmp_path / "new", who="admin")
    ledger = open_ledger(tmp_path / "new")
    assert list(records(ledger, "view")["key"]) == ["旧"]
    ledger.close()


def test_what_is_there_is_replaced_only_when_asked_and_kept(full, tmp_path):
    folder, state, archive = full
    target = tmp_path / "other"
    ledger = open_ledger(target)
    old = publish(target, _tables(9), {"as_of": "2025-01-01"})
    record(ledger, "profile", "mine", {}, who="丁")
    mine = _state(ledger)
    before = _files(target)
    with pytest.raises(WorkspaceError, match=r"not empty.*--replace"):
        restore(archive, target, target, who="admin")
    assert _files(target) == before
    assert _state(ledger) == mine
    done = restore(archive, target, target, who="admin", replace=True)
    assert _files(target) == _files(folder)
    assert _without_last_audit(ledger) == state  # seen by who had it open all the time
    ledger.close()
    # What was there can be had back from the archive beside it.
    restore(done.before, tmp_path / "back", tmp_path / "back", who="admin")
    assert published_id(tmp_path / "back") == old.id
    kept = open_ledger(tmp_path / "back")
    assert _without_last_audit(kept) == mine
    kept.close()


def test_a_failure_half_way_leaves_the_published_state(full, tmp_path, monkeypatch):
    target = tmp_path / "other"
    old = publish(target, _tables(9), {})
    monkeypatch.setattr("clusters.keeping.restoring.replace_all", _fail)
    with pytest.raises(WorkspaceError, match="refused"):
        restore(full[2], target, target, who="admin", replace=True)
    assert published_id(target) == old.id
    assert open_snapshot(target).metrics["a"].tolist() == [9]
    assert not list(target.glob(".restoring-*"))


def _fail(*_args):
    raise WorkspaceError("the database refused")


def test_own_parks_come_along_and_those_of_later_go(full, tmp_path):
    kept = full[0] / PARKS
    kept.parent.mkdir()
    kept.write_text("park_id\nown\n")
    ledger = open_ledger(full[0])
    backup(full[0], tmp_path / "with.zip", ledger)
    ledger.close()
    restore(tmp_path / "with.zip", tmp_path / "n", tmp_path / "n", who="admin")
    assert (tmp_path / "n" / PARKS).read_text() == "park_id\nown\n"
    # An archive of a workspace without parks of its own takes them away again.
    restore(full[2], tmp_path / "n", tmp_path / "n", who="admin", replace=True)
    assert not (tmp_path / "n" / PARKS).exists()


def test_own_outlines_come_along(full, tmp_path, monkeypatch):
    data = tmp_path / "data"
    own = data / "boundaries" / "zones.official.geojson"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    monkeypatch.setenv("CLUSTERS_DATA", str(data))
    get_settings.cache_clear()
    try:
        ledger = open_ledger(full[0])
        backup(full[0], tmp_path / "own.zip", ledger)
        ledger.close()
        own.write_text("another")
        with pytest.raises(WorkspaceError, match=r"zones\.official\.geojson"):
            restore(tmp_path / "own.zip", tmp_path / "n", tmp_path / "n", who="admin")
        own.unlink()
        restore(tmp_path / "own.zip", tmp_path / "n", tmp_path / "n", who="admin")
        assert own.read_text() == "mine"
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()


def test_a_snapshot_that_was_changed_is_not_kept_as_good(full, tmp_path):
    folder = full[0]
    file = next((folder / "snapshots").glob("*/metrics.parquet"))
    file.write_bytes(file.read_bytes() + b"x")
    ledger = open_ledger(folder)
    with pytest.raises(WorkspaceError, match="not what was published"):
        backup(folder, tmp_path / "bad.zip", ledger)
    ledger.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.zip", "full"]


def test_the_commands_tell_and_write_down_what_they_did(full, tmp_path):
    run = CliRunner().invoke
    only = published_id(full[0])
    made = run(
        app, ["backup", str(tmp_path / "c.zip"), "--workspace", str(full[0]), "--snapshot", only]
    )
    assert made.exit_code == 0, made.output
    assert "1 snapshots" in made.output
    ledger = open_ledger(full[0])
    assert audit(ledger)["action"].iloc[-1] == "workspace.backup"
    ledger.close()
    done = run(app, ["restore", str(tmp_path / "c.zip"), "--workspace", str(tmp_path / "r")])
    assert done.exit_code == 0, done.output
    assert only in done.output
    again = run(app, ["restore", str(tmp_path / "c.zip"), "--workspace", str(tmp_path / "r")])
    assert isinstance(again.exception, WorkspaceError)
    missing = run(app, ["restore", str(tmp_path / "none.zip"), "--workspace", str(tmp_path / "q")])
    assert isinstance(missing.exception, InputError)


def test_all_tables_are_read_at_one_moment(ledger):
    _fill_ledger(ledger)
    with moment_of(ledger) as connection:
        before = len(list(lines_of(connection, "record")))
        record(ledger, "profile", "meanwhile", {}, who="戊")
        assert len(list(lines_of(connection, "record"))) == before
        assert b"meanwhile" not in b"".join(lines_of(connection, "audit"))
    assert counts(ledger)["record"] == before + 1
