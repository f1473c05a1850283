"""One enterprise, one row."""

import hashlib

import pandas as pd

from clusters.registry import read_registry
from clusters.registry.dedupe import hashed_ids, normalised

HEADER = "企业名称,统一社会信用代码,注册地址,经营范围,数据日期"


def read(write, *lines):
    return read_registry(write([HEADER, *lines]))


def test_the_fuller_row_is_kept_and_the_other_listed(write, code):
    result = read(write, f"甲公司,{code(1)},,,2024-01-01", f"甲公司,{code(1)},成都,软件,2023-01-01")
    assert result.table["row"].tolist() == [3]
    assert result.duplicates.iloc[0].tolist() == [
        "firms0.csv",
        2,
        "firms0.csv",
        3,
        "duplicate_uscc",
    ]


def test_of_equally_full_rows_the_newest_is_kept_then_the_first(write, code):
    older, newer = (
        f"甲公司,{code(1)},成都,软件,2023-01-01",
        f"甲公司,{code(1)},成都,软件,2024-01-01",
    )
    assert read(write, older, newer, newer).table["row"].tolist() == [3]


def test_other_name_under_one_code_is_flagged_on_both_sides(write, code):
    result = read(write, f"甲公司,{code(1)},成都,软件,", f"乙公司,{code(1)},,,")
    assert result.duplicates["rule"].tolist() == ["duplicate_uscc_other_name"]
    assert result.table["flags"].tolist() == [["same_code_other_name"]]
    entry = result.report[result.report["rule"] == "same_code_other_name"].iloc[0]
    assert (entry["row"], entry["value"]) == (2, "乙公司")


def test_width_of_brackets_and_spaces_do_not_make_another_name(write, code):
    result = read(write, f"甲（四川）公司,{code(1)},成都,软件,", f"甲 (四川)公司,{code(1)},,,")
    assert result.duplicates["rule"].tolist() == ["duplicate_uscc"]
    assert result.table["flags"].tolist() == [[]]


def test_rows_without_code_by_name_and_address(write):
    result = read(write, "甲公司,,成都,,", "甲公司,,成 都,软件,", "甲公司,,绵阳,,", "甲公司,,,,")
    assert result.table["row"].tolist() == [3, 4, 5]
    assert result.duplicates["rule"].tolist() == ["duplicate_name_address"]
    digest = hashlib.sha256("甲公司\n成都".encode()).hexdigest()
    assert result.table["enterprise_id"].iloc[0] == f"x-{digest[:12]}"


def test_a_row_without_code_belongs_to_the_only_code_of_its_name_and_address(write, code):
    result = read(write, "甲公司,,成都,软件,2024-01-01", f"甲公司,{code(1)},成都,,")
    assert result.table["enterprise_id"].tolist() == [code(1)]
    assert result.duplicates["rule"].tolist() == ["duplicate_name_address"]


def test_with_two_codes_it_belongs_to_none(write, code):
    result = read(write, "甲公司,,成都,,", f"甲公司,{code(1)},成都,,", f"甲公司,{code(2)},成都,,")
    assert len(result.table) == 3


def test_invalid_codes_are_no_identity(write):
    result = read(write, "甲公司,123,成都,,", "乙公司,123,成都,,")
    assert len(result.table) == 2


def test_colliding_ids_grow():
    keys = [f"甲{i}\n" for i in range(40)]
    short = hashed_ids(keys, digits=1)
    assert len(set(short.values())) == len(keys)
    assert hashed_ids(keys[::-1], digits=1) == short


def test_normalised():
    texts = pd.Series(["【甲】（Ａ） 公司", None], dtype="str")
    assert normalised(texts).tolist() == ["(甲)(a)公司", ""]
