"""`clusters zones`: list, import, reset, and what the next run makes of it."""

import json

import geopandas as gpd
import pytest
import shapely

from clusters import workspace
from clusters.settings import get_settings

WIRELESS = "tianfu-wireless-valley"


@pytest.fixture(autouse=True)
def _own_places(tmp_path, monkeypatch, own_data):
    """Give the commands boundaries they may change, and a workspace."""
    monkeypatch.setenv("CLUSTERS_WORKSPACE", str(tmp_path / "w"))
    get_settings.cache_clear()


@pytest.fixture
def official(tmp_path):
    path = tmp_path / "official.geojson"
    box = shapely.box(104.00, 30.40, 104.10, 30.50)
    gpd.GeoDataFrame({"zone_id": [WIRELESS]}, geometry=[box], crs="EPSG:4326").to_file(path)
    return path


def manifest(tmp_path, call):
    firms = tmp_path / "firms.csv"
    firms.write_text("企业名称,注册地址,经度,纬度\n甲公司,,104.05,30.45\n", encoding="utf-8")
    code, _, err = call("run", firms, "--datum", "wgs84")
    assert code == 0, err
    return workspace.open_snapshot(tmp_path / "w")


def test_an_import_is_told_used_by_the_next_run_and_taken_back(call, official, tmp_path):
    before = manifest(tmp_path, call)
    assert WIRELESS not in before.enterprises["zone_ids"].iloc[0]

    code, out, err = call("zones", "import", official, "--datum", "wgs84", "--error", "10")
    assert code == 0, err
    for words in ("area, km²", "assumed", "510116", "firms that enter the zone", "(1 official)"):
        assert words in out
    after = manifest(tmp_path, call)
    assert WIRELESS in after.enterprises["zone_ids"].iloc[0]
    assert after.manifest["versions"]["zones"].endswith("(1 official)")

    code, out, _ = call("zones", "list")
    assert code == 0
    assert "imported from official.geojson" in out
    code, out, _ = call("zones", "reset", WIRELESS)
    assert (code, WIRELESS in out) == (0, True)
    again = manifest(tmp_path, call)
    assert again.manifest["versions"]["zones"] == before.manifest["versions"]["zones"]


def test_json_is_one_object(call, official):
    code, out, _ = call("zones", "import", official, "--dry-run", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["written"] is False
    assert told["changes"][0]["zone_id"] == WIRELESS
    assert told["datum"]["datum"] == "unknown"
    assert told["version_before"] == told["version_after"]
    code, out, _ = call("zones", "list", "--json")
    assert len(json.loads(out)["zones"]) == 41
    code, out, _ = call("zones", "reset", "--all", "--json")
    assert json.loads(out)["reset"] == []


def test_an_unknown_datum_is_told(call, official):
    _, out, _ = call("zones", "import", official, "--dry-run")
    assert "1500 m are added" in out
    assert "nothing was written" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("zones", "import", "missing.kml"), "missing.kml"),
        (("zones", "reset"), "--all"),
        (("zones", "reset", WIRELESS, "--all"), "--all"),
        (("zones", "reset", "no-such-zone"), "no-such-zone"),
    ],
)
def test_wrong_calls_end_with_two_and_a_remedy(call, arguments, words):
    code, _, err = call(*arguments)
    assert code == 2
    assert words in err
