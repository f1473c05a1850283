"""Files that are no registry: each is refused with cause and remedy, none crashes the reader."""

import io
import os
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xlsxwriter

from clusters.errors import InputError
from clusters.registry import read_plain, read_registry

GOOD = "企业名称,注册地址\n四川智能科技有限公司,成都市武侯区\n"


def workbook(sheets: int = 1, header: tuple[str, ...] = ("企业名称", "注册地址")) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for _ in range(sheets):
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, header)
            sheet.write_row(1, 0, ["四川智能科技有限公司", "成都市"])
    return target.getvalue()


def archive(**members: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name.replace("_", "."), content)
    return target.getvalue()


def noise(size: int, seed: int = 1) -> bytes:
    return np.random.default_rng(seed).bytes(size)


MIXED = (
    "企业名称,注册地址\n" + "四川智能科技有限公司,成都市武侯区星狮路\n" * 5
).encode() + "成都机器人,绵阳市\n".encode("gbk")

CASES = {
    "random bytes": ("a.csv", noise(5000), ["not a text table", "export"]),
    "empty": ("a.csv", b"", ["empty", "export"]),
    "only a BOM": ("a.csv", b"\xef\xbb\xbf\r\n", ["empty"]),
    "only blanks": ("a.csv", b" \n\n  \n", ["empty"]),
    "pdf": ("a.csv", b"%PDF-1.7\n" + noise(2000), ["PDF", "CSV or XLSX"]),
    "png": ("a.csv", b"\x89PNG\r\n\x1a\n" + noise(2000), ["PNG"]),
    "html": ("a.csv", b"\xef\xbb\xbf<!DOCTYPE html><html><table></table></html>", ["web page", "XLSX"]),
    "html named xls": ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", ["web page"]),
    "xml": ("a.csv", b'<?xml version="1.0"?><a/>', ["XML"]),
    "zip named csv": ("a.csv", archive(b_csv=GOOD), ["kind ZIP", ".zip"]),
    "workbook named csv": ("a.csv", workbook(), ["kind Excel", ".xlsx"]),
    "text named xlsx": ("a.xlsx", GOOD.encode(), ["name it .csv"]),
    "text named parquet": ("a.parquet", GOOD.encode(), ["name it .csv"]),
    "json": ("a.json", b'{"a": 1}', ["damaged"]),
    "gzip": ("a.csv", b"\x1f\x8b" + noise(100), ["gzip"]),
    "rar": ("a.zip", b"Rar!\x1a\x07" + noise(100), ["RAR"]),
    "no name column": ("a.csv", "编号,地址\n1,成都\n".encode(), ["编号, 地址", "--mapping", "企业名称"]),
    "no header at all": ("a.csv", "四川智能1公司,成都1号\n四川智能2公司,成都2号\n".encode(), ["no header row"]),
    "data without header": ("a.csv", "四川智能1公司,赵钱孙,成都1号\n四川智能2公司,赵钱孙,成都2号\n".encode(), ["no header row"]),
    "header only": ("a.csv", "企业名称,注册地址\n".encode(), ["no row below"]),
    "header and blanks": ("a.csv", "企业名称,注册地址\n,,\n \n".encode(), ["no row below"]),
    "one column": ("a.csv", "企业名称\n甲公司\n乙公司\n".encode(), ["only one column", "comma"]),
    "two sheets": ("a.xlsx", workbook(2), ["2 sheets", "a.xlsx#Sheet1", "sheet ="]),
    "sheet without names": ("a.xlsx", workbook(header=("甲", "乙")), ["甲, 乙", "--mapping"]),
    "truncated workbook": ("a.xlsx", workbook()[:2000], ["damaged"]),
    "workbook of noise": ("a.xlsx", b"PK\x03\x04" + noise(3000), ["damaged"]),
    "old workbook of noise": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + noise(3000), ["damaged"]),
    "parquet of noise": ("a.parquet", b"PAR1" + noise(3000) + b"PAR1", ["damaged"]),
    "geopackage of noise": ("a.gpkg", b"SQLite format 3\x00" + noise(3000), ["damaged"]),
    "broken geojson": ("a.geojson", b'{"type": "FeatureCollection", "features": [', ["damaged"]),
    "GeoJSON in GBK": ("a.geojson", '{"type": "FeatureCollection", "name": "成都"}'.encode("gbk"), ["byte offset", "UTF-8"]),
    "empty zip": ("a.zip", archive(), ["holds no table"]),
    "zip without table": ("a.zip", archive(b_pdf="x"), ["holds no table"]),
    "zip with an empty table": ("a.zip", archive(b_csv=""), ["empty"]),
    "zip bomb": ("a.zip", archive(b_csv="0" * 60_000_000), ["unpack"]),
    "mixed encodings": ("a.csv", MIXED, ["mixes two encodings", "line 7", "byte offset"]),
    "bad byte in GB18030": ("a.csv", GOOD.encode("gb18030") + b"\xff\xff,\n", ["line 3", "byte offset", "GB18030"]),
    "odd UTF-16": ("a.csv", GOOD.encode("utf-16") + b"\x00", ["UTF-16", "byte offset"]),
    "UTF-16 without mark": ("a.csv", ("name,address\n" + "a firm,a street\n" * 50).encode("utf-16-le"), ["UTF-16 without its mark"]),
    "endless cell": ("a.csv", GOOD.encode() + b'"' + b"x" * 200_000, ["131 072 characters"]),
    "header too short": ("a.csv", b"name,address\n" + b"a,b,c,d\n" * 5, ["more cells than the header"]),
    "names nowhere in 25 title lines": ("a.csv", b"title,x\n" * 25 + GOOD.encode(), ["first 20 rows"]),
}  # fmt: skip


@pytest.mark.parametrize("names", [("2023年产值", "主体2"), ("产值", "主体")])
def test_columns_that_have_names_are_told_whatever_is_in_them(tmp_path, names):
    path = tmp_path / "a.parquet"
    pd.DataFrame({name: ["甲"] for name in names}).to_parquet(path)
    with pytest.raises(InputError, match=f"headers seen: {names[0]}, {names[1]}.*--mapping"):
        read_registry(path)
    with pytest.raises(InputError, match=f"headers seen: {names[0]}, {names[1]}.*--address"):
        read_plain(path)


@pytest.mark.parametrize("case", CASES)
def test_refused_with_cause_and_remedy(tmp_path, case):
    name, content, words = CASES[case]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_registry(path)
    message = str(caught.value)
    assert message.startswith(name)
    for word in words:
        assert word in message
    assert "Traceback" not in message
    assert "赵钱孙" not in message
    assert "\n" not in message
    assert len(message) < 500
    assert str(tmp_path) not in message


def test_directory(tmp_path):
    with pytest.raises(InputError, match="folder"):
        read_registry(tmp_path)


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"no such file.*check the path"):
        read_registry(tmp_path / "no.csv")


def test_no_file():
    with pytest.raises(InputError, match="at least one"):
        read_registry([])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_forbidden_file(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(GOOD, encoding="utf-8")
    path.chmod(0)
    with pytest.raises(InputError, match="permissions"):
        read_registry(path)


def test_unknown_sheet_lists_the_sheets(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook(2))
    with pytest.raises(InputError, match="Sheet1, Sheet2"):
        read_registry(f"{path}#三")


def test_an_absent_member_of_a_zip(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(archive(b_csv=GOOD))
    with pytest.raises(InputError, match=r"b\.csv"):
        read_registry(f"{path}#c.csv")


def test_nul_bytes_and_text_named_xls_are_read(tmp_path):
    path = tmp_path / "a.xls"
    path.write_bytes(GOOD.replace("智能", "智\x00能").replace(",", "\t").encode("gbk"))
    result = read_registry(path)
    assert result.table["name"].tolist() == ["四川智能科技有限公司"]
    assert result.table["flags"].tolist() == [["control_characters"]]


@pytest.fixture(scope="module")
def sound_files(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("sound")
    firms = gpd.GeoDataFrame(
        {"企业名称": ["甲公司", "乙公司"] * 20, "地址": ["成都", "绵阳"] * 20},
        geometry=[shapely.Point(104.06, 30.67)] * 40,
        crs=4326,
    )
    firms.to_file(folder / "a.gpkg", layer="firms")
    firms.to_file(folder / "a.geojson", driver="GeoJSON")
    firms.to_parquet(folder / "a.parquet")
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    return found | {
        "a.csv": GOOD.encode("gb18030"),
        "a.xlsx": workbook(),
        "a.zip": archive(b_csv=GOOD * 20),
    }


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.zip", "a.parquet", "a.gpkg", "a.geojson"])
def test_flipped_and_cut_bytes_never_crash(tmp_path, sound_files, name):
    generator = np.random.default_rng(7)
    path = tmp_path / name
    for _ in range(40):
        content = bytearray(sound_files[name])
        for position in generator.integers(0, len(content), generator.choice([1, 3, 30])):
            content[position] = int(generator.integers(0, 256))
        cut = int(generator.integers(1, len(content))) if generator.random() < 0.2 else None
        path.write_bytes(bytes(content[:cut]))
        try:
            result = read_registry(path)
        except InputError:
            continue
        assert result.account.adds_up
