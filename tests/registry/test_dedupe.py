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
        code(1),
        hashed_ids(["甲公司\n"])["甲公司\n"],
        "甲公司",
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


FULL = "企业名称,统一社会信用代码,注册地址,成立日期,曾用名,数据日期"


def full(write, *lines, merges=None):
    return read_registry(write([FULL, *lines]), merges=merges)


def decision(kept: str, dropped: str, what: str) -> pd.DataFrame:
    return pd.DataFrame([{"kept": kept, "dropped": dropped, "decision": what}])


class TestNameAndDay:
    def test_other_spelling_same_day_nearly_the_same_address(self, write, code):
        result = full(
            write,
            f"四川甲智能科技有限公司,{code(1)},成都市武侯区星狮路818号,2018-05-03,,",
            "甲智能科技有限责任公司,,成都市武侯区星狮路818号1楼,2018-05-03,,",
        )
        assert result.duplicates["rule"].tolist() == ["duplicate_name_date"]
        assert result.table["enterprise_id"].tolist() == [code(1)]
        assert result.account.adds_up

    def test_another_day_is_another_firm(self, write, code):
        result = full(
            write,
            f"四川甲智能科技有限公司,{code(1)},成都市武侯区星狮路818号,2018-05-03,,",
            "甲智能科技有限责任公司,,成都市武侯区星狮路818号1楼,2018-05-04,,",
        )
        assert result.account.kept == 2
        assert result.candidates["score"].iloc[0] < 1

    def test_two_codes_are_two_firms(self, write, code):
        result = full(
            write,
            f"甲智能科技有限公司,{code(1)},成都市星狮路818号,2018-05-03,,",
            f"甲智能科技有限公司,{code(2)},成都市星狮路818号,2018-05-03,,",
        )
        assert result.account.kept == 2
        assert result.candidates["score"].tolist() == [1.0]


class TestFormerNames:
    def test_a_row_under_the_former_name_joins_the_firm(self, write, code):
        result = full(
            write,
            f"四川新名智能有限公司,{code(1)},成都,2018-05-03,四川旧名电子有限公司;别的,",
            "四川旧名电子有限公司,,绵阳,,,",
        )
        assert result.duplicates["rule"].tolist() == ["duplicate_former_name"]

    def test_an_older_row_of_the_code_gives_its_name(self, write, code):
        result = full(
            write,
            f"四川旧名电子有限公司,{code(1)},成都,,,2019-01-01",
            f"四川新名智能有限公司,{code(1)},成都市,2018-05-03,,2024-01-01",
        )
        assert result.table["former_names"].tolist() == ["四川旧名电子有限公司"]

    def test_which_name_is_older_is_not_guessed(self, write, code):
        result = full(
            write, f"甲旧电子公司,{code(1)},成都,,,", f"甲新电子公司,{code(1)},成都市,2018-05-03,,"
        )
        assert result.table["former_names"].isna().all()


class TestDecisions:
    ROWS = ("甲智能科技有限公司,{0},成都市星狮路818号,2018-05-03,,", "乙电子厂,{0},绵阳市,,,")

    def test_a_merge_is_taken_back_and_made_again(self, write, code):
        rows = [row.format(code(1)) for row in self.ROWS]
        merged = full(write, *rows)
        dropped = merged.duplicates["dropped_id"].iloc[0]
        apart = full(write, *rows, merges=decision(code(1), dropped, "reversed"))
        assert apart.account.kept == 2
        assert apart.table["enterprise_id"].tolist() == [code(1), dropped]
        assert apart.account.adds_up

    def test_a_candidate_is_confirmed(self, write, code):
        rows = [
            f"甲智能科技有限公司,{code(1)},成都市星狮路818号,,,",
            "甲智能科枝有限公司,,成都市星狮路818号,,,",
        ]
        found = full(write, *rows)
        pair = found.candidates.iloc[0]
        assert {pair["enterprise_id"], pair["other_id"]} == set(found.table["enterprise_id"])
        other = next(i for i in found.table["enterprise_id"] if i != code(1))
        joined = full(write, *rows, merges=decision(code(1), other, "confirmed"))
        assert joined.duplicates["rule"].tolist() == ["duplicate_confirmed"]
        assert joined.candidates.empty

    def test_decisions_about_other_files_change_nothing(self, write, code):
        rows = [row.format(code(1)) for row in self.ROWS]
        plain = full(write, *rows)
        other = full(write, *rows, merges=decision("x-0", "x-1", "confirmed"))
        assert other.table["enterprise_id"].tolist() == plain.table["enterprise_id"].tolist()
