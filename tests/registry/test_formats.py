"""The same registry in five formats gives the same tables; the real one comes in whole."""

import zipfile

import numpy as np
import pandas as pd
import pytest
import xlsxwriter

from clusters.registry import read_registry


def write_workbook(path, table: pd.DataFrame) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(table.columns))
        for at, row in enumerate(table.itertuples(index=False), start=1):
            for position, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(at, position, value)


def in_formats(table: pd.DataFrame, folder) -> dict[str, list]:
    table.to_csv(folder / "a.csv", index=False, encoding="gb18030")
    half = len(table) // 2
    write_workbook(folder / "a.xlsx", table.iloc[:half])
    write_workbook(folder / "b.xlsx", table.iloc[half:])
    table.to_parquet(folder / "a.parquet", index=False)
    table.to_csv(folder / "u.csv", index=False)
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "u.csv", "a.csv")
    return {
        "csv": [folder / "a.csv"],
        "xlsx": [folder / "a.xlsx", folder / "b.xlsx"],
        "parquet": [folder / "a.parquet"],
        "zip": [folder / "a.zip"],
    }


def same(one, other) -> None:
    where = ["source_file", "row"]
    pd.testing.assert_frame_equal(one.table.drop(columns=where), other.table.drop(columns=where))
    pd.testing.assert_frame_equal(one.candidates, other.candidates)
    assert one.account == other.account
    assert one.rejected["rule"].tolist() == other.rejected["rule"].tolist()
    rules = [r.report[r.report["row"].notna()]["rule"].value_counts() for r in (one, other)]
    assert rules[0].to_dict() == rules[1].to_dict()


def test_a_small_registry_is_the_same_in_every_format(tmp_path, code):
    table = pd.DataFrame(
        {
            "企业名称": [f"四川{n}智能科技有限公司" for n in range(40)],
            "统一社会信用代码": [code(n) if n % 3 else "" for n in range(40)],
            "注册地址": [f"成都市武侯区星狮路{n}号" if n % 5 else np.nan for n in range(40)],
            "成立日期": ["2018-05-03"] * 40,
            "注册资本": ["500万元"] * 40,
            "法定代表人": ["赵云"] * 40,
        }
    )
    read = {name: read_registry(files) for name, files in in_formats(table, tmp_path).items()}
    for name in ("xlsx", "parquet", "zip"):
        same(read["csv"], read[name])


@pytest.mark.slow
def test_the_real_registry_comes_in_whole_in_every_format(tmp_path, shared):
    table = pd.read_parquet(shared("registry", "sichuan_1978_2007_2013.parquet")).astype("str")
    reference = read_registry(shared("registry", "sichuan_1978_2007_2013.parquet"))
    assert reference.account.read == 95_199
    assert reference.account.adds_up
    assert len(reference.rejected) == reference.account.rejected
    assert reference.rejected["reason"].notna().all()
    for files in in_formats(table, tmp_path).values():
        same(reference, read_registry(files))
