"""Parks of a run are in its snapshot; other parks give what a run with them would have given."""

import json
import shutil

import pytest

from clusters import pipeline, workspace
from clusters.errors import WorkspaceError
from clusters.export.provenance import Provenance
from clusters.export.views import area_layer
from clusters.places.park_files import keep_parks, read_parks
from clusters.places.parks import OWN, shipped_parks
from clusters.republish import STEPS, publish_with_parks
from clusters.screening.screen import sources_of
from clusters.settings import get_settings

AS_OF = "2026-06-30"  # no midnight comes between two runs
FIRMS = "企业名称,地址,成立日期,经营范围\n" + "".join(
    f"四川第{n}智能科技有限公司,成都市武侯区蜀都云谷软件园{n}栋,2018-05-{n:02d},人工智能软件开发\n"
    for n in range(1, 13)
)
PARKS = "园区名称,级别,经度,纬度,规划面积(公顷)\n蜀都云谷软件园,省级,104.06,30.60,90\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("in")
    (folder / "firms.csv").write_text(FIRMS, encoding="utf-8")
    (folder / "parks.csv").write_text(PARKS, encoding="gb18030")
    return folder


@pytest.fixture(scope="module")
def made(files, tmp_path_factory) -> workspace.Snapshot:
    folder = tmp_path_factory.mktemp("run")
    parks = [files / "parks.csv"]
    return pipeline.run(files / "firms.csv", workspace=folder, parks=parks, as_of=AS_OF)


def test_a_run_records_the_parks_it_used(made):
    own = made.parks.set_index("park_id").loc[f"{OWN}蜀都云谷软件园"]
    assert own["approved_area_ha"] == 90
    assert len(made.parks) == len(shipped_parks()) + 1
    told = made.manifest["parks"]
    assert (told["used"], told["imported"]) == (len(made.parks), 1)
    (source,) = told["inputs"]
    assert (source["name"], source["rows"], len(source["sha256"])) == ("parks.csv", 1, 64)
    assert own["registry_sha256"] == source["sha256"]
    record = Provenance.from_manifest(made.manifest, command="")
    assert [item.name for item in record.inputs] == ["firms.csv", "parks.csv"]


def test_figures_maps_and_screening_read_the_parks_of_the_snapshot(made):
    counts = made.metrics.query("level == 'park' and metric == 'count' and industry == 'ai'")
    assert counts.set_index("area")["value"][f"{OWN}蜀都云谷软件园"] == 12
    assert f"{OWN}蜀都云谷软件园" in set(sources_of(made).parks["park_id"])
    layer = area_layer(made, "park").set_index("park_id")
    assert layer.loc[f"{OWN}蜀都云谷软件园", "count:ai"] == 12


def test_an_earlier_snapshot_has_the_shipped_parks(made, tmp_path):
    old = tmp_path / "snapshots" / made.id
    shutil.copytree(made.path, old)
    (old / "parks.parquet").unlink()
    manifest = json.loads((old / "manifest.json").read_text(encoding="utf-8"))
    del manifest["parks"], manifest["files"]["parks.parquet"]
    (old / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    snapshot = workspace.open_snapshot(tmp_path, made.id)
    assert list(snapshot.parks["park_id"]) == list(shipped_parks()["park_id"])
    assert len(Provenance.from_manifest(snapshot.manifest, command="").inputs) == 1


def test_publishing_again_gives_the_tables_of_a_run(made, files, tmp_path):
    before = pipeline.run(files / "firms.csv", workspace=tmp_path, as_of=AS_OF)
    assert before.manifest["parks"]["imported"] == 0
    keep_parks(tmp_path, read_parks(files / "parks.csv"))
    steps: list[str] = []
    after = publish_with_parks(tmp_path, progress=steps.append)
    assert tuple(steps) == STEPS
    assert after.manifest["files"] == made.manifest["files"]
    told = set(made.manifest) - {"id", "created"}
    assert {name: after.manifest[name] for name in told} == {
        name: made.manifest[name] for name in told
    }
    assert after.manifest["republished"] == before.id
    assert workspace.published_id(tmp_path) == after.id


def test_there_is_nothing_to_publish_again_in_an_empty_workspace(tmp_path):
    with pytest.raises(WorkspaceError, match="no snapshot"):
        publish_with_parks(tmp_path)


def test_an_import_writes_into_the_workspace_only(files, tmp_path):
    data = get_settings().data

    def state():
        return {path: path.stat().st_mtime_ns for path in sorted(data.rglob("*"))}

    before = state()
    keep_parks(tmp_path, read_parks(files / "parks.csv"))
    assert state() == before
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["imported.csv"]
