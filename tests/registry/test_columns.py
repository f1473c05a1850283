"""Headers, mappings and personal data."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.errors import InputError
from clusters.registry import read_registry
from clusters.registry.columns import find_header, unique_headers
from clusters.registry.headers import HEADERS, is_personal, recognise, unit_of
from clusters.registry.mapping import ColumnMapping, read_mapping
from clusters.registry.personal import (
    holds_contact,
    holds_personal_values,
    mask,
    showable,
    without_contacts,
)
from clusters.registry.schema import COLUMNS, OPTIONAL


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("企业名称", "name"), (" 企业 名称 ", "name"), ("*企业名称", "name"), ("\ufeff企业名称", "name"),
        ("企业名称.1", "name"), ("公司名称（全称）", "name"), ("Company Name", "name"), ("统一社会信用代码", "uscc"),
        ("税号", "uscc"), ("注册资本(万元)", "registered_capital_cny"), ("注册资本（万元）", "registered_capital_cny"),
        ("注册资本\n（万元人民币）", "registered_capital_cny"), ("注册资金_万元", "registered_capital_cny"),
        ("成立日期（年月日）", "founded"), ("经营范围", "business_scope"), ("登记状态", "status"), ("参保人数", "employees"),
        ("经度", "lon"), ("lng", "lon"), ("Y", "lat"), ("所属区县", "region"), ("曾用名", "former_names"),
        ("registered_capital_10k_cny", "registered_capital_cny"), ("revenue_cny", "revenue_cny"),
    ],
)  # fmt: skip
def test_usual_headers(header, column):
    found = recognise(header)
    assert found is not None
    assert found[0] == column


@pytest.mark.parametrize(
    "header", ["企业类型", "网址", "file_year", "行业", "", "人工智能企业名单"]
)
def test_other_headers_are_unknown(header):
    assert recognise(header) is None


@pytest.mark.parametrize(
    ("header", "unit"),
    [("注册资本(万元)", "万元"), ("注册资本（单位：万元）", "万元"), ("注册资金_万元", "万元"), ("注册资本", None), ("营业收入(亿元)", "亿元"),
     ("注册资本(万美元)", "万美元"), ("revenue_cny", "元"), ("revenue_10k_cny", "万元"), ("成立日期(年)", None)],
)  # fmt: skip
def test_units_in_headers(header, unit):
    assert unit_of(header) == unit


def test_every_recognised_column_is_canonical_and_no_alias_has_two_meanings():
    assert set(HEADERS) <= set(COLUMNS) | set(OPTIONAL)
    for canonical, aliases in HEADERS.items():
        for alias in aliases:
            assert recognise(alias)[0] == canonical, alias


def test_canonical_names_are_recognised():
    for column in HEADERS:
        assert recognise(column) is not None, column
        assert recognise(column)[0] == column


@pytest.mark.parametrize(
    "header",
    ["法定代表人", "法人", "法人代表", "法定代表人（负责人）", "负责人", "联系人", "联系电话", "手机", "更多电话", "邮箱", "E-mail", "传真",
     "身份证号", "legal_representative", "Phone", "contact person", "股东信息", "经营者姓名"],
)  # fmt: skip
def test_personal_headers(header):
    assert is_personal(header)


@pytest.mark.parametrize("header", ["企业名称", "企业法人名称", "联系地址", "法人类型", "经营范围"])
def test_headers_that_are_not_personal(header):
    assert not is_personal(header)


def test_header_row_is_the_one_that_names_most():
    rows = [
        ["四川省企业名单"],
        [],
        ["名称", "说明文字"],
        ["企业名称", "成立日期", "住所"],
        ["甲公司", "2013-01-01", "成都"],
    ]
    assert find_header(rows, ColumnMapping()) == 3
    assert find_header(rows, ColumnMapping(header_row=3)) == 2
    assert find_header([["a", "b"], ["1", "2"]], ColumnMapping()) is None


def test_labels_are_unique():
    assert unique_headers(["备注", "备注", "", None]) == (
        "备注",
        "备注 (2)",
        "(column 3)",
        "(column 4)",
    )


def test_mapping_names_columns_units_and_header_row(write):
    table = write(["说明,,", "单位代号,本金,地", "甲公司,50,成都市"])
    toml = write(
        'header_row = 2\n[columns]\nname = "单位代号"\nregistered_capital_cny = "本金"\naddress = "地"\n[units]\nregistered_capital_cny = "万元"\n',
        "m.toml",
    )
    result = read_registry(table, mapping=toml)
    assert result.table[["name", "address", "registered_capital_cny"]].iloc[0].tolist() == [
        "甲公司",
        "成都市",
        500_000,
    ]
    assert result.sources[0].header_row == 2


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[columns]\nnmae = 'x'", ["columns", "nmae", "choose from"]),
        ("[columns]\nname = '法定代表人'", ["personal"]),
        ("[columns]\nname = 5", ["columns.name"]),
        ("[units]\nregistered_capital_cny = '公顷'", ["units", "公顷"]),
        ("[rates]\nXXX = 1", ["rates", "XXX"]),
        ("[rates]\nUSD = -1", ["rates.USD"]),
        ("datum = 'mars'", ["datum"]),
        ("colums = 1", ["colums"]),
        ("header_row = 0", ["header_row"]),
        ("= broken", ["TOML"]),
        ("a = " + "[" * 5000, ["TOML"]),
        ("header_row = " + "1" * 5000, ["TOML"]),
    ],
)
def test_errors_of_a_mapping_name_the_key(write, toml, words):
    with pytest.raises(InputError) as caught:
        read_mapping(write(toml, "m.toml"))
    assert "m.toml" in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_missing_mapping_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_mapping(tmp_path / "no.toml")


def test_mapping_of_an_absent_header_lists_what_is_there(write):
    table = write(["企业名称,地址", "甲公司,成都"])
    with pytest.raises(InputError, match="企业名称, 地址"):
        read_registry(table, mapping=ColumnMapping(columns={"founded": "日期"}))
    many = ["企业名称", *(f"列{i}" for i in range(12))]
    table = write([",".join(many), "甲公司" + ",1" * 12])
    with pytest.raises(InputError, match=r"列10, …\)"):
        read_registry(table, mapping=ColumnMapping(columns={"founded": "日期"}))


def test_rates_convert_and_say_so(write):
    table = write(["企业名称,注册资本", "甲公司,10万美元", "乙公司,10万港元"])
    plain = read_registry(table).table
    assert plain["registered_capital_cny"].isna().all()
    assert plain["registered_capital_currency"].tolist() == ["USD", "HKD"]
    assert plain["flags"].tolist() == [["amount_foreign"]] * 2
    rated = read_registry(table, mapping=ColumnMapping(rates={"USD": 7.1})).table
    assert rated["registered_capital_cny"].iloc[0] == 710_000
    assert rated["flags"].tolist() == [["amount_converted"], ["amount_foreign"]]


# --- personal data -----------------------------------------------------------------------------

PLANTED = ("赵钱孙", "13812345678", "zhao@example.com", "510104198001011234", "028-85123456")


def everything(result) -> str:
    tables = (result.table, result.rejected, result.duplicates, result.report)
    return "\n".join(t.to_csv() for t in tables) + repr(result.sources)


def test_personal_columns_are_dropped_by_header_and_by_content(write):
    header = "企业名称,法定代表人,甲,乙,丙,地址"
    rows = [
        f"企业{i}有限公司,赵钱孙,13812345678,zhao@example.com,510104198001011234,成都市{i}号"
        for i in range(5)
    ]
    result = read_registry(write([header, *rows]))
    assert result.sources[0].personal == ("法定代表人", "甲", "乙", "丙")
    assert not any(value in everything(result) for value in PLANTED)


def test_personal_values_in_other_columns_are_removed(write):
    rows = [
        "甲公司,成都市青羊区1号 电话028-85123456,联系 zhao@example.com",
        "乙公司（13812345678）,成都市,生产",
        "13812345678,成都市,生产",
        "丙公司,成都市,510104198001011234",
    ] + [f"公司{i}号,成都市{i}号,生产" for i in range(20)]
    result = read_registry(write(["企业名称,注册地址,经营范围", *rows]))
    assert not any(value in everything(result) for value in PLANTED)
    assert result.rejected["rule"].tolist() == ["personal_in_name"]
    assert result.table["name"].iloc[1] == "乙公司"
    assert (result.report["rule"] == "personal_value_masked").sum() == 5


def test_values_of_typed_columns_that_may_be_names_are_withheld(write):
    rows = ["甲公司,赵钱孙,赵钱孙,赵钱孙", "乙公司,2013-01-01,5万元,存续"]
    result = read_registry(write(["企业名称,成立日期,注册资本,登记状态", *rows]))
    assert "赵钱孙" not in everything(result)
    assert {"date_invalid", "amount_invalid", "status_unknown"} == set(
        result.table["flags"].iloc[0]
    )


def test_a_shifted_row_does_not_leak_a_name(write, code):
    rows = [f"企业{i}有限公司,{code(i)},赵钱孙,2013-05-01,5万元" for i in range(5)]
    rows += [f"甲,乙,丙公司,赵钱孙,{code(7)},2013-05-01,5万元", "丁公司,戊,赵钱孙,x,5万元,y"]
    result = read_registry(write(["企业名称,信用代码,法定代表人,成立日期,注册资本", *rows]))
    assert "赵钱孙" not in everything(result)
    assert result.account.adds_up


@given(st.integers(13_000_000_000, 19_999_999_999), st.text("成都市青羊区号楼单元 ,", max_size=20))
def test_any_mobile_number_is_masked(number, around):
    text, changed = mask(pd.Series([f"{around}{number}{around}"], dtype="str"))
    assert changed.tolist() == [0]
    assert str(number) not in str(text.iloc[0])


@pytest.mark.parametrize("piece", ["a", "-", "1", "x-", "a.", "０", "13 ", "028-"])
def test_a_cell_of_a_hundred_thousand_signs_is_looked_through(piece):
    """As long as a cell may be; by patterns that go back over it, it would take minutes."""
    cell = (piece * 130_000)[:130_000] + "@"
    assert recognise(cell) is None
    assert mask(pd.Series([cell], dtype="str"))[0].iloc[0]
    assert not holds_contact(cell)
    assert without_contacts(cell + "a.cn", "") != cell + "a.cn" or piece == "０"


@pytest.mark.parametrize(
    "text",
    [
        "许可证编号为A0014044030401规定",
        "天府大道1388号1栋",
        "91510100MA6CK8PD5A",
        "川B2-20130001",
        "510132000055145",
        "2013-05-01",
    ],
)
def test_other_numbers_stay(text):
    assert mask(pd.Series([text], dtype="str"))[1].size == 0


def test_columns_are_judged_by_their_share():
    phones = pd.Series(["13812345678", "x", "y"], dtype="str")
    assert holds_personal_values(phones)
    assert not holds_personal_values(pd.Series(["成都市"] * 10, dtype="str"))
    assert not holds_personal_values(pd.Series([None, ""], dtype="str"))


def test_showable():
    shown = showable(pd.Series(["赵钱孙", "abc", None, "2013-13-01"], dtype="str"))
    assert shown.isna().tolist() == [True, False, True, False]


def test_a_known_column_with_many_telephones_is_masked_not_dropped(write):
    rows = [f"企业{i}号,成都市{i}号 13812345678" for i in range(6)]
    result = read_registry(write(["企业名称,注册地址", *rows]))
    assert result.table["address"].tolist() == [f"成都市{i}号" for i in range(6)]


def test_numbers_in_web_addresses_stay(write):
    url = "https://example.org/1230.html?id=13812345678"
    result = read_registry(write(["企业名称,来源网址", f"甲公司,{url}", "乙公司,13812345678"]))
    assert result.table["source_url"].fillna("").tolist() == [url, ""]
