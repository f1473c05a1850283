"""Criteria and conventions: how they are named, what the tables must hold, and near names."""

import pytest

from clusters.errors import ShippedDataError
from clusters.screening import criteria as module
from clusters.screening.criteria import (
    criteria,
    criterion,
    level_names,
    level_points,
    segment_words,
)
from clusters.screening.words import near

HEADER = (
    "criterion,group,name_zh,name_en,definition_zh,definition_en,unit_zh,unit_en,digits,direction,"
    "from,to,vintage,source,confidence,touches"
)


@pytest.fixture
def table(tmp_path, monkeypatch):
    """Return a function that reads criteria from a table of rows."""

    def read(*rows, header=HEADER):
        folder = tmp_path / "screening"
        folder.mkdir(exist_ok=True)
        (folder / "criteria.csv").write_text("\n".join((header, *rows)), encoding="utf-8")
        monkeypatch.setattr("clusters.places.shipped.data_path", tmp_path.joinpath)
        return criteria.__wrapped__()

    return read


def test_a_name_is_shown_with_its_unit_in_the_brackets_of_the_language():
    airport = criterion("airport_km")
    assert airport.label("en") == "Distance to an airport (km)"
    assert airport.label("zh") == "到机场的距离（公里）"
    assert airport.definition("en").startswith("Great-circle distance")
    assert airport.definition("zh").startswith("园区中心")


def test_a_criterion_without_unit_is_shown_by_its_name_alone():
    match = criterion("industry_match")
    assert match.unit("zh") == match.unit("en") == ""
    assert match.label("en") == "Lead industry matches"
    assert match.label("zh") == "主导产业相符"


def test_a_row_of_the_table_becomes_a_criterion_with_every_cell_typed(table):
    row = (
        "parking,access,车位,Parking,说,Says,个,spaces,2,ideal,1.5,,2026,own count,low,firms;parks"
    )
    one = table(row)["parking"]
    assert (one.group, one.digits, one.direction) == ("access", 2, "ideal")
    assert (one.start, one.end) == (1.5, None)
    assert one.touches == ("firms", "parks")
    assert (one.vintage, one.source, one.confidence) == ("2026", "own count", "low")


def test_empty_cells_of_unit_scale_and_touches_mean_none(table):
    one = table("quiet,park,静,Quiet,说,Says,,,0,more,,,2026,s,low,")["quiet"]
    assert (one.unit_zh, one.unit_en, one.start, one.end, one.touches) == ("", "", None, None, ())


def test_criteria_come_in_the_order_of_the_table(table):
    rows = [f"{name},park,零,Z,说,Says,,,0,less,,,2026,s,low," for name in ("z", "a", "m")]
    assert list(table(*rows)) == ["z", "a", "m"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("z,park,零,Z,说,S,,,0,up,,,2026,s,low,", "row 2, column direction: 'up' is none of more, less, ideal"),
        ("z,park,零,Z,说,S,,,1.5,more,,,2026,s,low,", r"criteria.csv row 2, column digits: '1.5' is not a whole number"),
        ("z,park,零,Z,说,S,,,0,more,low,,2026,s,low,", "row 2, column from: 'low' is not a number"),
    ],
)  # fmt: skip
def test_a_damaged_cell_is_named_by_row_column_and_value(table, row, message):
    with pytest.raises(ShippedDataError, match=message):
        table(row)


def test_a_missing_column_is_named_with_the_remedy(table):
    with pytest.raises(ShippedDataError, match="has no column group; reinstall"):
        table("z,零", header=HEADER.replace("group", "herd"))


def test_levels_have_more_points_the_higher_they_stand():
    points = level_points()
    order = ["national_htz", "provincial", "municipal_function_zone", "other"]
    assert [points[name] for name in order] == [3, 2, 1, 0]
    assert points["national_etdz"] == points["national_htz"]
    assert level_names()["provincial"] == ("省级开发区", "Provincial zone")
    assert list(level_names()) == list(points)


def test_words_of_a_segment_are_single_and_chinese():
    assert segment_words()["uav"] == ("无人机", "航空", "空天")
    for words in segment_words().values():
        assert words
        assert len(set(words)) == len(words)
        assert not any(word.isascii() for word in words)


def test_the_table_is_read_once_for_the_process():
    assert criteria() is criteria()
    assert criterion("gdp") is module.criteria()["gdp"]


def test_near_names_are_offered_best_first_and_three_at_most():
    known = ["airport_km", "airport_m", "airport_mi", "airport_ft", "gdp"]
    said = near("airport_km ", known)
    assert said.startswith("did you mean airport_km or ")
    assert said.count(" or ") == 2
    assert said.endswith("?")


def test_where_nothing_is_near_all_names_are_listed_up_to_twelve():
    twelve = [f"n{chr(97 + at) * 9}" for at in range(12)]
    assert near("§§§", twelve) == f"choose from {', '.join(twelve)}"
    thirteen = [*twelve, "one_more"]
    assert near("§§§", thirteen) == f"choose one such as {', '.join(twelve)}, …"
