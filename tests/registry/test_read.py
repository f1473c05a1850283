"""From files to a registry: formats, rows conserved, checks of single cells."""

import io
import zipfile
from datetime import UTC, date, datetime

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusters.errors import InputError
from clusters.registry import ColumnMapping, describe_rule, read_plain, read_registry
from clusters.registry.schema import COLUMNS

HEADER = "企业名称,统一社会信用代码,成立日期,注册资本(万元),经营范围,注册地址,登记状态"
SAME = [c for c in COLUMNS if c != "source_file"]


def rows(code, n=5):
    return [
        f"四川智能{i}号科技有限公司,{code(i)},2013-05-0{i + 1},{100 + i},软件开发；销售：电子产品。,成都市武侯区星狮路{i}号,存续"
        for i in range(n)
    ]


def book(sheets):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as workbook:
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for name, lines in sheets.items():
            sheet = workbook.add_worksheet(name)
            for i, line in enumerate(lines):
                for j, value in enumerate(line):
                    if isinstance(value, date):
                        sheet.write_datetime(i, j, pd.Timestamp(value).to_pydatetime(), day)
                    else:
                        sheet.write(i, j, value)
    return target.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters_give_the_same_table(write, code, encoding, delimiter):
    lines = [HEADER, *rows(code)]
    expected = read_registry(write(lines, "firms.csv"))
    other = read_registry(
        write([line.replace(",", delimiter) for line in lines], "other.csv", encoding)
    )
    pd.testing.assert_frame_equal(other.table[SAME], expected.table[SAME])
    assert other.sources[0].delimiter == delimiter
    assert other.account.kept == 5


def test_big5_is_recognised(write):
    lines = ["企業名稱,名稱,地址"] + [
        f"四川機器人技術開發股份有限公司{i},成都智慧製造電子設備研究所{i},成都市高新區雲華路{i}號樓"
        for i in range(30)
    ]
    assert (
        "成都智慧製造電子設備研究所1"
        in read_registry(
            write([line.replace("名稱", "名稱") for line in lines], encoding="big5"),
            mapping=ColumnMapping(columns={"name": "名稱"}),
        )
        .table["name"]
        .tolist()
    )


def test_line_ends_quotes_blank_lines_and_row_numbers(write):
    text = '企业名称,注册地址\r\n"甲,乙公司","成都市\r\n武侯区"\r\n\r\n丙公司,绵阳市\r\n'
    result = read_registry(write(text))
    assert result.table["name"].tolist() == ["甲,乙公司", "丙公司"]
    assert result.table["address"].tolist() == ["成都市 武侯区", "绵阳市"]
    assert result.table["row"].tolist() == [2, 4]
    assert result.report["rule"].tolist() == ["blank_rows"]


def test_title_lines_above_the_header(write, code):
    result = read_registry(write(["四川省企业名单,,", "制表日期：2024年,,", HEADER, *rows(code)]))
    assert result.sources[0].header_row == 3
    assert result.table["row"].tolist() == [4, 5, 6, 7, 8]
    assert result.report.loc[result.report["rule"] == "title_lines_skipped", "value"].tolist() == [
        "2"
    ]


def excel_lines(code):
    lines = [line.split(",") for line in [HEADER, *rows(code)]]
    return [[float(v) if v.isdigit() and len(v) == 3 else v for v in line] for line in lines]


def test_workbook_equals_csv(write, code):
    expected = read_registry(write([HEADER, *rows(code)]))
    lines = excel_lines(code)
    for i, line in enumerate(lines[1:], start=1):
        line[2] = date(2013, 5, i)
    result = read_registry(write(book({"封面": [["名录"]], "企业": lines}), "firms.xlsx"))
    pd.testing.assert_frame_equal(result.table[SAME], expected.table[SAME])
    assert result.sources[0].sheet == "企业"
    assert result.report.loc[result.report["rule"] == "sheets_skipped", "value"].tolist() == [
        "封面"
    ]


def test_one_of_two_sheets_is_chosen_by_name(write, code):
    path = write(book({"甲": excel_lines(code), "乙": excel_lines(code)[:3]}), "firms.xlsx")
    assert read_registry(f"{path}#乙").account.read == 2
    assert read_registry(path, mapping=ColumnMapping(sheet="甲")).account.read == 5
    both = read_registry([f"{path}#甲", f"{path}#乙"])
    assert both.account.duplicates == 2
    assert set(both.duplicates["file"]) == {"firms.xlsx#乙"}


def test_parquet_with_typed_columns(write, code, tmp_path):
    table = pa.table({
        "企业名称": [f"四川智能{i}号科技有限公司" for i in range(5)],
        "统一社会信用代码": pa.array([code(i) for i in range(5)]).dictionary_encode(),
        "成立日期": pa.array([date(2013, 5, i + 1) for i in range(5)]),
        "注册资本(万元)": pa.array([100.0 + i for i in range(5)]),
        "经营范围": ["软件开发；销售：电子产品。"] * 5,
        "注册地址": [f"成都市武侯区星狮路{i}号" for i in range(5)],
        "登记状态": ["存续"] * 5,
        "标签": [["a", "b"]] * 5,
    })  # fmt: skip
    pq.write_table(table, tmp_path / "firms.parquet")
    expected = read_registry(write([HEADER, *rows(code)]))
    pd.testing.assert_frame_equal(
        read_registry(tmp_path / "firms.parquet").table[SAME], expected.table[SAME]
    )


def frame(crs):
    points = [shapely.Point(104.06, 30.67), shapely.Point(104.7, 31.47), None]
    data = gpd.GeoDataFrame(
        {"企业名称": ["甲公司", "乙公司", "丙公司"], "地址": ["成都", "绵阳", "德阳"]},
        geometry=points,
        crs=4326,
    )
    return data.to_crs(crs)


@pytest.mark.parametrize(
    ("crs", "datum"), [(4326, "wgs84"), (4490, "cgcs2000"), (32648, "wgs84"), (4543, "cgcs2000")]
)
@pytest.mark.parametrize("ending", ["gpkg", "parquet"])
def test_points_come_in_degrees(tmp_path, crs, datum, ending):
    path = tmp_path / f"firms.{ending}"
    frame(crs).to_parquet(path) if ending == "parquet" else frame(crs).to_file(path, layer="firms")
    table = read_registry(path).table
    assert table["lon"].iloc[:2].round(6).tolist() == [104.06, 104.7]
    assert table["lat"].iloc[:2].round(6).tolist() == [30.67, 31.47]
    assert table["lon"].isna().iloc[2]
    assert table["datum"].iloc[:2].tolist() == [datum] * 2
    assert table["datum"].isna().iloc[2]


def test_geojson_and_shapes_that_are_no_points(tmp_path):
    data = frame(4326)
    data.loc[0, "geometry"] = shapely.box(104, 30, 105, 31)
    data.to_file(tmp_path / "firms.geojson", driver="GeoJSON")
    result = read_registry(tmp_path / "firms.geojson")
    assert result.table["lon"].isna().tolist() == [True, False, True]
    assert result.table["flags"].iloc[0] == ["geometry_not_point"]


def test_two_layers_must_be_chosen(tmp_path):
    path = tmp_path / "firms.gpkg"
    frame(4326).to_file(path, layer="a")
    frame(4326).iloc[:1].to_file(path, layer="b")
    with pytest.raises(InputError, match=r"firms\.gpkg#a"):
        read_registry(path)
    assert read_registry(f"{path}#b").account.read == 1


def zipped(write, members, name="firms.zip"):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return write(target.getvalue(), name)


def test_zip_holding_one_table(write, code):
    text = "\n".join([HEADER, *rows(code)])
    path = zipped(write, {"企业.csv": text, "__MACOSX/._企业.csv": "x", "readme.pdf": "x"})
    expected = read_registry(write([HEADER, *rows(code)]))
    pd.testing.assert_frame_equal(read_registry(path).table[SAME], expected.table[SAME])


def test_zip_holding_two_tables(write, code):
    text = "\n".join([HEADER, *rows(code)])
    path = zipped(
        write, {"a.csv": text, "b.xlsx": book({"一": excel_lines(code), "二": excel_lines(code)})}
    )
    with pytest.raises(InputError, match=r"firms\.zip#a\.csv"):
        read_registry(path)
    assert read_registry(f"{path}#a.csv").account.read == 5


def test_progress_and_several_files(write, code):
    told = []
    paths = [write([HEADER, *rows(code)]), write([HEADER, *rows(code, 7)])]
    result = read_registry(paths, progress=lambda name, share: told.append((name, share)))
    assert result.account.read == 12
    assert (result.account.kept, result.account.duplicates) == (7, 5)
    assert [share for _, share in told] == [0.0, 0.5, 1.0]


def test_files_of_one_name_are_told_apart(tmp_path, code):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "firms.csv").write_text(
            "\n".join([HEADER, *rows(code)]), encoding="utf-8"
        )
    result = read_registry([tmp_path / "a" / "firms.csv", tmp_path / "b" / "firms.csv"])
    assert [s.name for s in result.sources] == ["a/firms.csv", "b/firms.csv"]


# --- rows that are no enterprise, rows that are odd ------------------------------------------------


def test_rows_that_are_no_enterprise(write, code):
    odd = [
        "合计,,,500,,,",
        ",,,,,,",
        ",,2013-01-01,,,成都,",
        HEADER,
        "12345,,,,,成都,",
        "数据来源：某局,,,,,,",
        "总计：5家,,,,,,",
    ]
    result = read_registry(write([HEADER, *rows(code), *odd]))
    assert result.rejected[["row", "rule"]].to_numpy().tolist() == [
        [7, "totals_row"], [9, "name_missing"], [10, "repeated_header"], [11, "name_invalid"],
        [12, "footer_row"], [13, "totals_row"],
    ]  # fmt: skip
    assert result.account.adds_up
    assert (result.account.read, result.account.kept) == (11, 5)


def test_total_beside_an_empty_name(write):
    result = read_registry(
        write(["序号,企业名称,注册地址", "1,甲公司,成都", "合计,,", "注：以上数据仅供参考,,"])
    )
    assert result.rejected["rule"].tolist() == ["totals_row", "footer_row"]


def test_a_name_with_the_separator_is_put_right_where_there_is_one_way(write, code):
    lines = [HEADER, *rows(code), f"甲,乙科技公司,{code(8)},2013-05-01,5,软件,成都,存续"]
    result = read_registry(write(lines))
    last = result.table.iloc[-1]
    assert last["name"] == "甲,乙科技公司"
    assert last["uscc"] == code(8)
    assert last["flags"] == ["row_realigned"]


def test_a_shifted_row_in_a_workbook(write, code):
    lines = excel_lines(code)
    lines.append(["甲", "乙科技公司", code(9), date(2013, 5, 1), 5, "软件", "成都"])
    result = read_registry(write(book({"企业": lines}), "firms.xlsx"))
    assert result.table.iloc[-1][["name", "uscc"]].tolist() == ["甲,乙科技公司", code(9)]


def test_a_row_that_fits_no_way_is_rejected_without_its_values(write, code):
    result = read_registry(write([HEADER, *rows(code), "甲,乙,丙,丁,戊,己,庚,辛"]))
    assert result.rejected["rule"].tolist() == ["row_shifted"]
    assert result.rejected["value"].isna().all()


def test_short_rows_and_open_quotes(write):
    lines = ["企业名称,注册地址,经营范围", "甲公司,成都", '"乙公司,绵阳,软件', "丙公司,德阳,硬件"]
    result = read_registry(write(lines))
    assert result.table["name"].tolist() == ["甲公司", "乙公司", "丙公司"]
    assert result.table["flags"].tolist() == [["row_short"], ["quote_unbalanced"], []]


def test_control_and_replacement_characters(write):
    result = read_registry(
        write(["企业名称,注册地址", "甲\x00公\u200b司,成\ufffd都", "Ａ１公司,成都　市"])
    )
    assert result.table["name"].tolist() == ["甲公司", "A1公司"]
    assert result.table["address"].iloc[1] == "成都 市"
    assert result.table["flags"].iloc[0] == ["control_characters", "text_damaged"]


def cells(write, header, *values, **options):
    lines = [f"企业名称,{header}"] + [
        f"公司{chr(0x4E00 + i)},{value}" for i, value in enumerate(values)
    ]
    return read_registry(write(lines), **options).table


def test_codes(write, code):
    good = code(1)
    table = cells(
        write,
        "信用代码",
        good,
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        "510132000055145",
        "9.15E+17",
        good.lower(),
    )
    assert table["uscc"].tolist()[0] == good
    assert table["flags"].tolist() == [
        ["same_code_other_name"],
        ["uscc_invalid"],
        ["uscc_old_number"],
        ["uscc_invalid"],
    ]
    assert table["enterprise_id"].str.match(r"^x-[0-9a-f]{12}$").tolist() == [
        False,
        True,
        True,
        True,
    ]


def test_code_with_look_alike_letters(write):
    table = cells(write, "信用代码", "9I35O1OOMOOO1OOY43")
    assert table["uscc"].tolist() == ["91350100M000100Y43"]
    assert table["flags"].tolist() == [["uscc_repaired"]]


def test_coordinates(write):
    table = cells(
        write, "经度,纬度", "104.06,30.67", "30.67,104.06", "0,0", "104.06,", "121.47,31.23", "-70,40", "abc,30", "500000,3400000", ",",
    )  # fmt: skip
    assert table["lon"].iloc[:2].tolist() == [104.06, 104.06]
    assert table["lat"].iloc[:2].tolist() == [30.67, 30.67]
    assert table["lon"].iloc[4:6].tolist() == [121.47, -70]
    assert table["lon"].isna().tolist() == [
        False,
        False,
        True,
        True,
        False,
        False,
        True,
        True,
        True,
    ]
    assert table["flags"].tolist() == [
        [], ["coordinates_swapped"], ["coordinates_zero"], ["coordinates_incomplete"], ["coordinates_outside_sichuan"],
        ["coordinates_outside_china"], ["coordinates_invalid"], ["coordinates_invalid"], [],
    ]  # fmt: skip


def test_repeated_coordinates(write):
    table = cells(write, "经度,纬度", *["104.06,30.67"] * 60, "104.07,30.67")
    assert [bool(f) for f in table["flags"]] == [True] * 60 + [False]


def test_status(write):
    words = [
        "存续",
        "在业",
        "开业",
        "注销",
        "吊销，未注销".replace("，", "/"),
        "吊销/已注销",
        "迁出",
        "停业",
        "奇怪",
        "",
        "active",
    ]
    table = cells(write, "登记状态", *words)
    assert table["status"].fillna("null").tolist() == [
        "active", "active", "active", "cancelled", "revoked", "cancelled", "moved", "unknown", "unknown", "null", "active",
    ]  # fmt: skip


def test_employees_and_years(write):
    table = cells(
        write,
        "参保人数,营业收入(亿元),营收年份",
        "52,1.5,2023",
        '"1,200人",2亿元,2023年',
        "50-99人,x,98",
        "-,-,-",
    )
    assert table["employees"].fillna(-1).tolist() == [52, 1200, -1, -1]
    assert table["revenue_cny"].fillna(-1).tolist() == [150_000_000, 200_000_000, -1, -1]
    assert table["revenue_year"].fillna(-1).tolist() == [2023, 2023, -1, -1]
    assert table["flags"].iloc[2] == ["amount_invalid", "employees_invalid", "year_invalid"]
    assert table["flags"].iloc[3] == []


def test_as_of_fills_and_limits(write):
    table = cells(
        write,
        "成立日期,数据日期",
        "2030-01-01,2024-03",
        "2013,",
        "2013-01-01,昨天",
        as_of="2024-12-31",
    )
    assert table["as_of"].tolist() == ["2024-03", "2024-12-31", "2024-12-31"]
    assert table["flags"].tolist() == [["date_future"], ["date_year_only"], ["as_of_invalid"]]
    with pytest.raises(InputError, match="2024-12-31"):
        cells(write, "成立日期", "2013", as_of="gestern")


@pytest.mark.parametrize(
    "given",
    [date(2024, 12, 31), datetime(2024, 12, 31, 8, tzinfo=UTC), pd.Timestamp("2024-12-31 08:00")],
)
def test_a_moment_stands_for_its_day(write, given):
    table = cells(write, "成立日期", "2024-12-31", "2025-01-01", as_of=given)
    assert table["as_of"].tolist() == ["2024-12-31", "2024-12-31"]
    assert table["flags"].tolist() == [[], ["date_future"]]


@pytest.mark.parametrize("given", [20241231, pd.NaT])
def test_what_is_no_day_is_refused(write, given):
    with pytest.raises(InputError, match="is not a date"):
        cells(write, "成立日期", "2013", as_of=given)


def test_long_names_cut_scopes_datum_and_confidence(write):
    lines = [
        "企业名称,经营范围,坐标系,可信度,经度,纬度",
        f"{'长' * 501}公司,软件...,GCJ-02,高,104,30",
        "乙公司,软件,月球,特高,104,30",
    ]
    table = read_registry(write(lines)).table
    assert table["flags"].tolist() == [
        ["name_too_long", "scope_cut"],
        ["confidence_unknown", "datum_unknown"],
    ]
    assert table["datum"].iloc[0] == "gcj02"
    assert table["confidence"].iloc[0] == "high"


def test_huge_amounts(write):
    table = cells(write, "注册资本(万元)", "99999999999")
    assert table["flags"].tolist() == [["amount_implausible"]]
    assert table["registered_capital_cny"].isna().all()


def test_several_columns_of_one_meaning(write):
    text = "企业名称,注册地址,经营地址,所属省份,所属城市,所属区县,荣誉,资质,备注,备注\n甲公司,成都,绵阳,四川,成都,武侯,小巨人,高企,a,b"
    result = read_registry(write(text))
    row = result.table.iloc[0]
    assert row[["address", "region", "honours", "note"]].tolist() == [
        "成都",
        "四川 成都 武侯",
        "小巨人;高企",
        "a;b",
    ]
    assert result.report["rule"].tolist() == ["column_repeated"]


def test_judgements_are_carried(write):
    table = read_registry(
        write(["name,ai_relevance,segment", "甲公司,core,uav", "乙公司,high,"])
    ).table
    assert table["ai_relevance"].fillna("").tolist() == ["core", ""]
    assert table["segment"].fillna("").tolist() == ["uav", ""]
    assert table["flags"].tolist() == [[], ["judgement_unknown"]]


# --- relations ---------------------------------------------------------------------------------

CELL = st.one_of(
    st.sampled_from(
        [
            "",
            "甲公司",
            "乙公司",
            "合计",
            "成都市",
            "91350100M000100Y43",
            "2013-05-01",
            "5万元",
            "13812345678",
            '"',
            "存续",
            "0",
            "104.1",
        ]
    ),
    st.text("甲乙丙丁公司ab12 ,;\"'\t", max_size=6),
)
QUIET = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(table=st.lists(st.lists(CELL, min_size=1, max_size=8), min_size=1, max_size=12))
@QUIET
def test_rows_are_conserved_whatever_the_cells(write, table):
    path = write([HEADER, *(",".join(row).replace("\n", "") for row in table)])
    try:
        result = read_registry(path)
    except InputError:
        return
    assert result.account.adds_up
    assert result.account.read == len(result.table) + len(result.duplicates) + len(result.rejected)
    assert result.table["enterprise_id"].is_unique
    assert "13812345678" not in result.report.to_csv() + result.table.to_csv()


@given(order=st.permutations(range(12)))
@QUIET
def test_any_order_of_rows_keeps_the_same_firms(write, code, order):
    lines = [
        *rows(code),
        *rows(code, 3),
        "丙公司,,,,,成都,",
        "丙公司,,2013,,,成都,",
        "丙公司,,,,,绵阳,",
        f"换名公司,{code(0)},,,,,",
    ]
    expected = read_registry(write([HEADER, *lines], "a.csv"))
    shuffled = read_registry(write([HEADER, *(lines[i] for i in order)], "b.csv"))
    assert set(shuffled.table["enterprise_id"]) == set(expected.table["enterprise_id"])
    assert shuffled.account == expected.account


def test_reading_twice_gives_the_same_tables(write, code):
    path = write([HEADER, *rows(code), *rows(code)])
    first, second = read_registry(path), read_registry(path)
    for name in ("table", "rejected", "duplicates", "report"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))


# --- tables to be located --------------------------------------------------------------------------


def test_plain_keeps_rows_order_and_columns(write):
    path = write(
        [
            "编号,注册地址,联系人,lon,lat",
            "2,成都市,赵钱孙,104,30",
            "1,绵阳市,赵钱孙,,",
            "1,绵阳市,赵钱孙,,",
        ]
    )
    table = read_plain(path)
    assert table.columns.tolist() == ["编号", "注册地址", "lon", "lat", "address"]
    assert table["address"].tolist() == ["成都市", "绵阳市", "绵阳市"]
    assert table["lon"].iloc[0] == 104.0
    named = read_plain(write(["x1,地", "a,成都"]), address="地")
    assert named["address"].tolist() == ["成都"]
    with pytest.raises(InputError, match="注册地址"):
        read_plain(write(["a,b", "1,2"]))


def test_rules_are_described():
    assert describe_rule("uscc_invalid").severity == "warning"


# --- the real registry -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(shared):
    path = shared("registry", "sichuan_1978_2007_2013.parquet")
    return path, read_registry(path)


def test_real_registry_is_accounted_for(real):
    _, result = real
    assert result.account.adds_up
    assert result.account.read == 95_199
    assert result.account.kept + result.account.duplicates + result.account.rejected == 95_199
    assert result.table["enterprise_id"].is_unique
    counts = result.report["rule"].value_counts()
    assert 0.0005 < counts["uscc_invalid"] / 95_199 < 0.0007
    assert counts.get("amount_invalid", 0) + counts.get("amount_unit_unknown", 0) < 70
    assert counts.get("date_invalid", 0) == 0
    assert not {"法人代表", "法定代表人"} & set(result.table.columns)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_real_registry_as_csv_gives_the_same_table(real, tmp_path, encoding):
    path, expected = real
    target = tmp_path / "firms.csv"
    # Written after its text is complete: a Parquet null is an empty cell here.
    target.write_bytes(pd.read_parquet(path).to_csv(index=False).encode(encoding))
    result = read_registry(target)
    pd.testing.assert_frame_equal(result.table[SAME], expected.table[SAME])
    assert result.account == expected.account
