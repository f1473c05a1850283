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


def towns_of(*editions, counties=COUNTIES, aliases=ALIASES):
    table = subdistrict_table(list(editions), counties, aliases)
    return list(table.itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("督院街街道办事处", "督院街街道"),
        ("华阳镇街道办", "华阳街道"),
        ("华阳办事处", "华阳街道"),
        ("华阳街道", "华阳街道"),
        ("柏溪镇", "柏溪镇"),
        ("高桥乡", "高桥乡"),
        ("某监狱", None),
        ("某农场", None),
        ("镇", None),
        ("甲镇", None),
        ("一二三四五六七八九十一镇", "一二三四五六七八九十一镇"),
        ("一二三四五六七八九十一二镇", None),
    ],
)
def test_which_names_are_townships_and_how_they_are_published(tmp_path, name, published):
    one = edition(tmp_path / "a", [("511504", name, "100000")])
    two = edition(tmp_path / "b", [("511502", "北城街道", "002000")])
    found = [row for row in towns_of(one, two) if row[1] == "511504"]
    assert found == ([(published, "511504", "current", "511504100000")] if published else [])


def test_other_provinces_and_unknown_counties_are_left_out(tmp_path):
    one = edition(tmp_path / "a", [("511504", "柏溪镇", "100000"), ("511999", "甲乙镇", "1")])
    listing = one / "dist" / "town.csv"
    listing.write_text(listing.read_text("utf-8") + "511504,巫山镇,50,02,04,100000\n")
    two = edition(tmp_path / "b", [])
    assert towns_of(one, two) == [("柏溪镇", "511504", "current", "511504100000")]


def test_repeats_count_once_and_rows_are_sorted_by_county_status_and_code(tmp_path):
    one = edition(
        tmp_path / "a",
        [
            ("511504", "柏溪镇", "200000"),
            ("511504", "柏溪镇", "300000"),
            ("511504", "高场镇", "100000"),
            ("511502", "北城街道", "900000"),
        ],
    )
    two = edition(tmp_path / "b", [("511504", "安边镇", "050000"), ("511521", "柏溪镇", "200000")])
    three = edition(tmp_path / "c", [("511504", "安边镇", "060000")])
    assert towns_of(one, two, three) == [
        ("北城街道", "511502", "current", "511502900000"),
        ("高场镇", "511504", "current", "511504100000"),
        ("柏溪镇", "511504", "current", "511504200000"),
        ("安边镇", "511504", "former", "511504050000"),
    ]


MORE = pd.DataFrame({"code": ["511502", "511503", "511504", "510107"]})


@pytest.mark.parametrize(
    ("new", "old", "former"),
    [
        # In another county of the city, where the name is new: it moved.
        ({"511504": ["南岸镇"]}, {"511502": ["南岸镇"]}, []),
        # The other county had the name before: two towns of one name, one is gone.
        ({"511504": ["南岸镇"]}, {"511502": ["南岸镇"], "511504": ["南岸镇"]}, ["511502"]),
        # Two new bearers: nobody knows which.
        ({"511504": ["南岸镇"], "511503": ["南岸镇"]}, {"511502": ["南岸镇"]}, ["511502"]),
        # Another city's town of that name is another town.
        ({"510107": ["南岸镇"]}, {"511502": ["南岸镇"]}, ["511502"]),
        # It is still there.
        ({"511502": ["南岸镇"], "511504": ["南岸镇"]}, {"511502": ["南岸镇"]}, []),
    ],
)
def test_where_a_town_of_before_lies_today(tmp_path, new, old, former):
    folders = []
    for name, listed in (("new", new), ("old", old)):
        rows = [(code, town, "100000") for code, towns in listed.items() for town in towns]
        folders.append(edition(tmp_path / name, [*rows, ("511502", "北城街道", "900000")]))
    found = towns_of(*folders, counties=MORE)
    assert [row[1] for row in found if row[2] == "former"] == former


FACTS = {
    "zones_check.csv": [
        "test,landmark,lon,lat,coord_source",
        "point,华府大道站,104.0673149,30.5282149,metro list",
        "point,华府大道站,1,1,a second test of it",
        "point,天府菁蓉中心（一期）,104.07,30.4,general knowledge; error about 1.5 km",
        "area,不是地点,104,30,metro list",
    ],
    "amenities.csv": [
        "name_zh,lon,lat,coord_uncertainty_km,kind,source_url",
        "双流机场,103.95,30.57,0.8,airport,https://example.org",
        "没有坐标,,,1,campus,https://example.org",
        "天府菁蓉中心,1,1,1,campus,https://example.org",
    ],
}


def test_landmarks_keep_their_own_error_and_first_place(tmp_path):
    for name, lines in FACTS.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    table = landmark_table(tmp_path / "zones_check.csv", tmp_path / "amenities.csv")
    assert table.to_numpy().tolist() == [
        ["华府大道站", 104.06731, 30.52821, 500.0, "metro", "metro list"],
        ["天府菁蓉中心", 104.07, 30.4, 1500.0, "site", "general knowledge; error about 1.5 km"],
        ["双流机场", 103.95, 30.57, 800.0, "airport", "https://example.org"],
    ]
    assert list(table.columns) == ["name_zh", "lon", "lat", "radius_m", "kind", "source"]


def test_the_tables_are_written_where_the_gazetteer_reads_them(tmp_path):
    target, facts = tmp_path / "gazetteer", tmp_path / "facts"
    for folder, tables in (
        (facts, FACTS),
        (target, {"counties.csv": ["code", "511504"], "aliases.csv": ["code,old_code"]}),
    ):
        folder.mkdir()
        for name, lines in tables.items():
            (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    new = edition(tmp_path / "new", [("511504", "柏溪镇", "100000")])
    old = edition(tmp_path / "old", [("511504", "安边镇", "200000")])
    for name, rows in (
        ("province", "code,name,province\n500000,重庆市,50\n"),
        ("city", "code,name,province,city\n500100,市辖区,50,01\n"),
        ("area", "code,name,province,city,area\n500112,渝北区,50,01,12\n"),
    ):
        (new / "dist" / f"{name}.csv").write_text(rows, encoding="utf-8")
    build([new, old], facts, target)
    assert (target / "subdistricts.csv").read_bytes().decode() == (
        "name_zh,county_code,status,town_code\n"
        "柏溪镇,511504,current,511504100000\n"
        "安边镇,511504,former,511504200000\n"
    )
    assert (target / "outside.csv").read_bytes().decode() == (
        "name_zh,level,province_zh\n重庆市,province,重庆市\n渝北区,county,重庆市\n"
    )
    assert (target / "landmarks.csv").read_text("utf-8").startswith("name_zh,lon,lat,radius_m,")
    with pytest.raises(InputError, match=r"holds no dist/town\.csv; unpack the package"):
        build([new, tmp_path], facts, target)
