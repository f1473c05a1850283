import pandas as pd
import pytest

from clusters.errors import InputError
from clusters.geocode.build import build, landmark_table, outside_table, subdistrict_table

COUNTIES = pd.DataFrame({"code": ["511502", "511504"]})
ALIASES = pd.DataFrame({"code": ["511504"], "old_code": ["511521"]})


def edition(folder, towns):
    (folder / "dist").mkdir(parents=True)
    rows = [f"{code},{name},51,15,{code[4:6]},{town}" for code, name, town in towns]
    text = "\n".join(["code,name,province,city,area,town", *rows])
    (folder / "dist" / "town.csv").write_text(text + "\n", encoding="utf-8")
    return folder


def test_moved_and_former_townships(tmp_path):
    new = edition(
        tmp_path / "new", [("511504", "南岸街道", "004000"), ("511502", "北城街道", "002000")]
    )
    old = edition(
        tmp_path / "old",
        [
            ("511502", "南岸街道办事处", "003000"),
            ("511521", "柏溪镇街道办", "100000"),
            ("511502", "某监狱", "900000"),
        ],
    )
    table = subdistrict_table([new, old], COUNTIES, ALIASES)
    found = set(zip(table["name_zh"], table["county_code"], table["status"], strict=True))
    assert found == {
        ("南岸街道", "511504", "current"),
        ("北城街道", "511502", "current"),
        ("柏溪街道", "511504", "former"),
    }


def test_a_missing_edition_is_named(tmp_path):
    with pytest.raises(InputError, match=r"town\.csv"):
        build([tmp_path], tmp_path, tmp_path)


def test_outside_leaves_headings_out(tmp_path):
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "province.csv").write_text(
        "code,name,province\n500000,重庆市,50\n510000,四川省,51\n"
    )
    (tmp_path / "dist" / "city.csv").write_text("code,name,province,city\n500100,市辖区,50,01\n")
    (tmp_path / "dist" / "area.csv").write_text(
        "code,name,province,city,area\n500112,渝北区,50,01,12\n"
    )
    table = outside_table(tmp_path)
    assert table["name_zh"].tolist() == ["重庆市", "渝北区"]


def test_landmarks_state_their_error(shared):
    table = landmark_table(shared("facts", "zones_check.csv"), shared("facts", "amenities.csv"))
    assert table["name_zh"].is_unique
    assert table["radius_m"].between(100, 10_000).all()
    assert table["lon"].between(97, 109).all()
