"""Tables open elsewhere, run nothing, and are whole or absent."""

import contextlib
import io
import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
import python_calamine
import shapely

from clusters.errors import InputError
from clusters.export import views
from clusters.export.definitions import definitions_of
from clusters.export.provenance import read_provenance
from clusters.export.tables import content_digest, table_bytes, write_table
from clusters.export.values import value_name
from clusters.maps.choropleth import classify

ENDINGS = [".csv", ".xlsx", ".parquet", ".geojson", ".gpkg"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_table_gives_the_same_bytes(firms, provenance, ending):
    one = table_bytes(firms, ending, provenance=provenance)
    assert one == table_bytes(firms, ending, provenance=provenance)


@pytest.mark.parametrize("ending", ENDINGS)
def test_page_and_command_line_write_the_same_file(firms, provenance, ending, tmp_path):
    path = write_table(firms, tmp_path / f"企业{ending}", provenance=provenance)
    assert path.read_bytes() == table_bytes(firms, ending, provenance=provenance)


@pytest.mark.parametrize("ending", ENDINGS)
def test_provenance_comes_back_out_of_every_format(firms, provenance, ending, tmp_path):
    path = write_table(firms, tmp_path / f"t{ending}", provenance=provenance)
    back = read_provenance(path)
    assert back == replace(provenance, content=content_digest(firms))


def test_csv_opens_in_chinese_excel(firms, provenance):
    data = table_bytes(firms, ".csv", provenance=provenance)
    assert data.startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(io.BytesIO(data), dtype=str)
    assert back.columns[:3].tolist() == ["企业标识", "企业名称", "统一社会信用代码"]
    assert len(back) == len(firms)
    assert back.loc[1, "企业名称"] == "泸州瓛潆溪\n公司"
    assert (
        back.loc[0, "集聚区"]
        == "成都新经济活力区（成都高新区南区）/ AI创新中心；成都高新技术产业开发区"
    )
    assert back.loc[0, "统一社会信用代码"] == "915101000000000001"
    assert "几何" not in back.columns


def test_csv_runs_no_formula_and_leaves_numbers_alone(provenance):
    frame = pd.DataFrame({"name": ["=1+1", "+1", "-1", "@a", "\t=1", "ok"], "value": [-1.5] * 6})
    back = pd.read_csv(
        io.BytesIO(table_bytes(frame, ".csv", provenance=provenance, language="en")), dtype=str
    )
    assert back["Name"].tolist()[:5] == ["'=1+1", "'+1", "'-1", "'@a", "'\t=1"]
    assert back["Name"].tolist()[5] == "ok"
    assert back["Value"].tolist() == ["-1.5"] * 6


def test_a_workbook_reads_the_same_in_two_libraries(firms, provenance):
    data = table_bytes(firms, ".xlsx", provenance=provenance)
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    other = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert rows[0] == other[0]
    assert [row[1] for row in rows] == [row[1] for row in other]
    assert len(rows) == len(firms) + 1


def test_workbook_cells_are_typed_and_nothing_is_a_formula(firms, provenance):
    book = openpyxl.load_workbook(io.BytesIO(table_bytes(firms, ".xlsx", provenance=provenance)))
    sheet = book.worksheets[0]
    head = [cell.value for cell in sheet[1]]
    first = dict(zip(head, sheet[2], strict=True))
    assert first["企业名称"].value == "=cmd|' /C calc'!A0"
    assert first["企业名称"].data_type == "s"
    assert first["成立日期"].is_date
    assert first["成立日期"].number_format == "yyyy-mm-dd"
    assert first["注册资本（元）"].value == 1.5e7
    assert first["注册资本（元）"].number_format == "#,##0"
    assert first["统一社会信用代码"].value == "915101000000000001"
    assert first["来源链接"].hyperlink is None
    assert sheet["B3"].value == "泸州瓛潆溪\n公司"
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


def test_a_workbook_is_ready_to_read(firms, metrics, provenance):
    data = table_bytes(
        metrics, ".xlsx", provenance=provenance, definitions=definitions_of(metrics["metric"])
    )
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["数据", "定义", "来源"]
    sheet = book["数据"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:P{len(metrics) + 1}"
    assert sheet.column_dimensions["C"].width > 10
    assert [row[0] for row in book["定义"].iter_rows(min_row=2, values_only=True)] == [
        "count",
        "lq_population",
    ]
    english = table_bytes(metrics, ".xlsx", provenance=provenance, language="en")
    assert openpyxl.load_workbook(io.BytesIO(english)).sheetnames == ["Data", "Provenance"]


def test_a_text_too_long_for_excel_is_refused_with_its_place(provenance):
    frame = pd.DataFrame({"name": ["a", "b" * 40_000]})
    with pytest.raises(InputError, match=r"row 3, column 企业名称: 40,000 characters"):
        table_bytes(frame, ".xlsx", provenance=provenance)


def test_geojson_follows_the_standard(firms, provenance):
    square = shapely.Polygon([(104, 30), (104, 31), (105, 31), (105, 30)])  # clockwise
    firms = firms.assign(geometry=[square, *firms.geometry.iloc[1:]])
    content = json.loads(table_bytes(firms, ".geojson", provenance=provenance))
    assert content["type"] == "FeatureCollection"
    assert "crs" not in content
    ring = shapely.Polygon(content["features"][0]["geometry"]["coordinates"][0])
    assert ring.exterior.is_ccw
    assert content["features"][3]["geometry"] is None
    assert content["features"][0]["properties"]["zone_ids"].count(";") == 1
    assert content["features"][1]["properties"]["employees"] is None


def test_a_geopackage_opens_with_gdal(firms, provenance, tmp_path):
    path = write_table(firms, tmp_path / "t.gpkg", provenance=provenance, layer="enterprises")
    back = gpd.read_file(path, layer="enterprises")
    assert len(back) == len(firms)
    assert back.crs.to_epsg() == 4326
    assert back["name"].tolist() == firms["name"].tolist()


def rules_of(path):
    """Return the rules of the default style of a GeoPackage: filter and symbol of each label."""
    style = gpd.read_file(path, layer="layer_styles").iloc[0]
    assert style["useAsDefault"]
    renderer = ET.fromstring(style["styleQML"].partition(">")[2]).find("renderer-v2")
    assert renderer.get("type") == "RuleRenderer"
    rules = list(renderer.find("rules"))
    symbols = {one.get("name"): one for one in renderer.find("symbols")}
    assert [one.get("symbol") for one in rules] == list(symbols)
    return {one.get("label"): (one.get("filter"), symbols[one.get("symbol")]) for one in rules}


def chosen(path, layer):
    """Return the label of the one rule that each feature passes; SQLite reads the filters."""
    labels = []
    with contextlib.closing(sqlite3.connect(path)) as book:
        for label, (condition, _) in rules_of(path).items():
            query = f'SELECT fid FROM "{layer}" WHERE {condition or 1}'
            labels += [(fid, label) for (fid,) in book.execute(query)]
    assert len({fid for fid, _ in labels}) == len(labels)
    return dict(labels)


def test_a_geopackage_brings_the_style_qgis_draws_it_with(firms, provenance, tmp_path):
    firms.loc[0, "chain_layer"] = None
    path = write_table(firms, tmp_path / "t.gpkg", provenance=provenance, layer="enterprises")
    told = chosen(path, "enterprises")
    assert told == {
        1: "未归类 Not classified",
        2: "技术层 Technology",
        3: "位置不确定：约 95% 在圈内 Place uncertain: about 95 % inside",
    }
    assert len(rules_of(path)) == 5
    # A firm whose place is known to its county is no dot: its symbol is as wide as the doubt.
    ring = rules_of(path)[told[3]][1]
    assert {one.get("value") for one in ring.iter("Option")} >= {
        '2 * "radius_m"',
        "RenderMetersInMapUnits",
    }


def test_a_benchmark_firm_without_a_place_is_no_dot(firms, provenance, tmp_path):
    path = write_table(firms, tmp_path / "t.gpkg", provenance=provenance, layer="benchmark")
    uncertain, sure = "位置不确定 Place uncertain", "标杆企业 Benchmark firms"
    assert chosen(path, "benchmark") == {1: sure, 2: sure, 3: uncertain, 4: uncertain}


def test_zones_at_an_assumed_place_look_so(provenance, tmp_path):
    zones = views.zone_layer()
    path = write_table(zones, tmp_path / "t.gpkg", provenance=provenance, layer="zones")
    told = chosen(path, "zones")
    assumed = [label == "假定位置 assumed place" for _, label in sorted(told.items())]
    assert assumed == zones["assumed"].tolist()


@pytest.mark.parametrize("metric", ["lq_population", "count"])
def test_a_style_of_areas_is_that_of_our_maps(snapshot, provenance, tmp_path, metric):
    areas = views.area_layer(snapshot, "prefecture")
    column = f"{metric}:ai"
    areas = areas[["code", "name_zh", column, "geometry"]]
    areas.loc[3, column] = 1.0
    areas.loc[4, column] = None
    path = write_table(areas, tmp_path / "t.gpkg", provenance=provenance, layer="areas")
    told = chosen(path, "areas")
    values = areas[column].to_numpy(dtype="float64")
    classes = classify(values, metric=metric, language="en")
    labels = [*rules_of(path)]
    assert [labels.index(told[fid]) for fid in range(1, len(areas) + 1)] == [
        one if one >= 0 else len(classes.upper) for one in classes.assign(values)
    ]
    assert told[5] == "无数值 No value"


@pytest.mark.parametrize(("layer", "kind"), [("enterprises", "Point"), ("hotspots", "Polygon")])
def test_an_empty_layer_has_a_kind_to_be_styled_by(
    firms, snapshot, provenance, tmp_path, layer, kind
):
    frame = (firms if layer == "enterprises" else snapshot.hotspots).iloc[:0]
    path = write_table(frame, tmp_path / "t.gpkg", provenance=provenance, layer=layer)
    assert pyogrio.read_info(path, layer=layer)["geometry_type"] == kind
    assert rules_of(path)


def test_cells_for_people_hold_names_and_for_programs_codes(firms, provenance):
    people = pd.read_csv(io.BytesIO(table_bytes(firms, ".csv", provenance=provenance)), dtype=str)
    assert people["位置精度"].tolist() == ["给定坐标", "街道路段", "区县", "位置不明"]
    assert people["市（州）"][0] == "成都市"
    assert people["产业链层"].tolist()[:2] == ["基础层", "技术层"]
    data = table_bytes(firms, ".csv", provenance=provenance, canonical=True)
    programs = pd.read_csv(io.BytesIO(data), dtype=str)
    assert programs["precision"].tolist() == ["point", "street", "county", "none"]
    assert programs["prefecture_code"][0] == "510100"


@pytest.mark.parametrize(
    ("column", "value", "zh"),
    [
        ("note", "129 firms left out: no known county", "129 家未计入：区县不明"),
        ("note", "fewer than 5 firms; HH", "企业不足 5 家；多—多（高值集聚）"),
        (
            "location_note",
            "county_uncertain: 武侯区 0.56; region_only",
            "区县由推断得出，把握不足（武侯区 0.56）；没有地址，按所在地区栏判断",
        ),
        ("metric", "lq", "区位商"),
        ("note", "words nobody translated", "words nobody translated"),
    ],
)
def test_codes_have_names_alone_and_joined(column, value, zh):
    assert value_name(column, value, "zh") == zh


def test_equal_figures_have_equal_content_whatever_the_format(firms):
    digest = content_digest(firms)
    assert digest == content_digest(firms.copy())
    changed = firms.assign(employees=firms["employees"] + 1)
    moved = firms.set_geometry(firms.translate(1e-6))
    assert len({digest, content_digest(changed), content_digest(moved)}) == 3


def test_parquet_keeps_types_and_lists(firms, provenance, tmp_path):
    path = write_table(firms, tmp_path / "t.parquet", provenance=provenance)
    back = gpd.read_parquet(path)
    assert list(back["zone_ids"].iloc[0]) == ["chengdu-htz-new-economy", "chengdu-htz"]
    assert back["founded"].dtype.kind == "M"
    assert back.crs.to_epsg() == 4326


@pytest.mark.parametrize("ending", [".txt", "", ".shp"])
def test_an_unknown_ending_names_the_known_ones(firms, provenance, ending, tmp_path):
    with pytest.raises(InputError, match=r"\.csv, \.xlsx, \.parquet, \.geojson, \.gpkg"):
        write_table(firms, tmp_path / f"t{ending}", provenance=provenance)


@pytest.mark.parametrize("ending", [".geojson", ".gpkg"])
def test_a_table_without_geometry_is_refused_for_maps(metrics, provenance, ending):
    with pytest.raises(InputError, match="no geometry"):
        table_bytes(metrics, ending, provenance=provenance)


def test_a_target_that_cannot_be_written_is_named(firms, provenance, tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        write_table(firms, tmp_path / "missing" / "t.csv", provenance=provenance)
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        write_table(firms, tmp_path / "t.csv", provenance=provenance)


def test_a_failed_write_leaves_the_older_file(firms, provenance, tmp_path, monkeypatch):
    path = write_table(firms, tmp_path / "t.parquet", provenance=provenance)
    before = path.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(InputError, match="No space left"):
        write_table(firms.iloc[:1], path, provenance=provenance)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["t.parquet"]


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet"])
def test_an_empty_table_keeps_its_header(firms, provenance, ending, tmp_path):
    path = write_table(firms.iloc[:0], tmp_path / f"t{ending}", provenance=provenance)
    readers = {
        ".csv": pd.read_csv,
        ".xlsx": lambda file: pd.read_excel(file, engine="calamine"),
        ".parquet": pd.read_parquet,
    }
    assert readers[ending](path).empty
