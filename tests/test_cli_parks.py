"""`clusters parks`, `clusters run --parks` and the map of `clusters compare`."""

import json

import pytest

from clusters import workspace
from clusters.export.provenance import read_provenance
from clusters.places.parks import OWN, shipped_parks
from registry.conftest import credit_code

PARK = f"{OWN}蜀都云谷软件园"
HEADER = "园区名称,级别,经度,纬度,规划面积(公顷)"


@pytest.fixture
def files(tmp_path):
    """Return firms of two months and two files of parks."""

    def written(name: str, *lines: str):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    head = "企业名称,统一社会信用代码,注册地址,经营范围"
    return {
        "june": written(
            "june.csv", head, f"四川甲机器人有限公司,{credit_code(1)},成都市高新区天府五街1号,工业机器人制造",
            "四川乙机器人有限公司,,成都市武侯区蜀都云谷软件园2栋,工业机器人制造",
        ),
        "july": written(
            "july.csv", head, f"四川甲机器人有限公司,{credit_code(1)},绵阳市涪城区临园路1号,工业机器人制造",
            "四川乙机器人有限公司,,成都市武侯区蜀都云谷软件园2栋,工业机器人制造",
        ),
        "parks": written("parks.csv", HEADER, "蜀都云谷软件园,省级,104.06,30.60,90", ",省级,104,30,1"),
        "more": written("more.csv", HEADER, "天府测试园,省级,104.05,30.61,20"),
    }  # fmt: skip


def test_parks_of_files_are_used_for_one_run(call, files, tmp_path):
    place = ("--workspace", tmp_path / "w")
    code, out, err = call(
        "run", files["june"], "--parks", files["parks"], "--parks", files["more"], *place
    )
    assert code == 0, err
    assert f"parks: {len(shipped_parks()) + 2}, of which 2 imported" in out
    snapshot = workspace.open_snapshot(tmp_path / "w")
    assert [one["name"] for one in snapshot.manifest["parks"]["inputs"]] == [
        "more.csv",
        "parks.csv",
    ]
    held = dict(zip(snapshot.enterprises["name"], snapshot.enterprises["park_ids"], strict=True))
    assert PARK in held["四川乙机器人有限公司"]
    assert call("parks", "list", *place)[1].startswith("no parks were imported")
    code, out, err = call("run", files["june"], *place)
    assert "of which 0 imported" in out


def test_parks_are_kept_published_listed_and_forgotten(call, files, tmp_path):
    place = ("--workspace", tmp_path / "w")
    assert call("run", files["june"], *place)[0] == 0
    code, out, err = call("parks", "import", files["parks"], "--dry-run", *place)
    assert code == 0, err
    assert "park_name_missing" in out
    assert "nothing was kept" in out
    assert not (tmp_path / "w" / "parks").exists()
    code, out, err = call("parks", "import", files["parks"], "--publish", *place)
    assert code == 0, err
    assert "2 rows read = 1 parks + 0 duplicates + 1 rejected" in out
    code, out, err = call("parks", "import", files["parks"], "--publish", "--json", *place)
    assert code == 0, err
    assert json.loads(out)["published"] == workspace.published_id(tmp_path / "w")
    assert PARK in set(workspace.open_snapshot(tmp_path / "w").parks["park_id"])
    listed = json.loads(call("parks", "list", "--json", *place)[1])
    assert [one["park_id"] for one in listed] == [PARK]
    code, _out, err = call("parks", "reset", *place)
    assert code == 2
    code, out, err = call("parks", "reset", "--all", *place)
    assert "1 parks forgotten" in out
    code, _out, err = call("parks", "reset", PARK, *place)
    assert code == 2
    assert "is no imported park" in err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", "园区名称"),
        (f"{HEADER}\n甲园,省级,,,\n", "none of 1 rows"),
        (f"{HEADER}\n", "no row below"),
        ("", "empty"),
    ],
)
def test_a_file_that_cannot_be_used_publishes_nothing(call, files, tmp_path, content, said):
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(content, encoding="utf-8")
    code, _out, err = call("run", files["june"], "--parks", wrong, "--workspace", tmp_path / "w")
    assert code == 2
    assert said in err
    assert workspace.published_id(tmp_path / "w") is None


def test_a_mapping_file_says_which_column_is_what(call, files, tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("单位,x,y\n甲园,104.06,30.6\n", encoding="utf-8")
    said = tmp_path / "said.toml"
    said.write_text('datum = "gcj02"\n[columns]\nname = "单位"\nlon = "x"\nlat = "y"\n', "utf-8")
    code, out, err = call("parks", "import", path, "--mapping", said, "--json", "--workspace", tmp_path / "w")  # fmt: skip
    assert code == 0, err
    assert json.loads(out)["parks"] == [f"{OWN}甲园"]
    said.write_text('[columns]\nnmae = "单位"\n', encoding="utf-8")
    code, _out, err = call(
        "parks", "import", path, "--mapping", said, "--workspace", tmp_path / "w"
    )
    assert code == 2
    assert "nmae" in err


def test_flows_are_a_map_that_needs_nothing_else(call, files, tmp_path):
    place = ("--workspace", tmp_path / "w")
    ids = []
    for month in ("june", "july"):
        assert call("run", files[month], *place)[0] == 0
        ids.append(workspace.published_id(tmp_path / "w"))
    target = tmp_path / "flows.html"
    code, out, err = call("compare", *ids, "--map", target, *place)
    assert code == 0, err
    assert "balances:" in out
    page = target.read_text(encoding="utf-8")
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert read_provenance(target).snapshot == ids[1]


def test_a_map_is_a_web_page(call, tmp_path):
    code, _out, err = call("compare", "a", "b", "--map", tmp_path / "x.png")
    assert code == 2
    assert ".html" in err
