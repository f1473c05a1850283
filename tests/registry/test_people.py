"""Names of people never get past the reader, wherever a file hides them."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.registry import read_registry
from clusters.registry.people import looks_like_name, scrub


class TestScrub:
    @pytest.mark.parametrize(
        "text",
        [
            "联系人李四",
            "联系人：王小明",
            "联系人 赵六，下午来",
            "负责人为张三丰先生",
            "经营者:欧阳娜娜;地址成都",
            "房地产经纪;法定代表人王大锤",
            "李四13912345678",
            "王小明 028-85551234",
            "李先生",
            "陈女士负责",
        ],
    )
    def test_the_name_goes(self, text):
        left = scrub(text)
        for name in ("李四", "王小明", "赵六", "张三丰", "欧阳娜娜", "王大锤", "李先生", "陈女士"):
            assert name not in left

    @pytest.mark.parametrize(
        "text",
        [
            "负责人员培训、经理人培训",
            "投资人民币100万元",
            "法人治理结构咨询",
            "股东会议服务",
            "企业法人营业执照核定的范围",
            "软件开发、系统集成",
            "职业经理人管理咨询",
            "合伙人制度研究",
            "成都市武侯区天府大道1号",
        ],
    )
    def test_words_stay(self, text):
        assert scrub(text) == text

    @given(st.text(max_size=200))
    def test_never_longer_and_stable(self, text):
        once = scrub(text)
        assert len(once) <= len(text)


def test_what_looks_like_a_name():
    values = pd.Series(
        ["李四", "王小明", "阿卜杜拉·买买提", "青羊", "软件开发", None, "欧阳娜娜", "李"]
    )
    expected = [True, True, True, False, False, False, True, False]
    assert looks_like_name(values).tolist() == expected


def kept_texts(registry) -> str:
    tables = (registry.table, registry.rejected, registry.duplicates, registry.report)
    return "\n".join(table.to_csv() for table in tables) + repr(registry.sources)


HEADER = "企业名称,法定代表人,注册地址,经营范围,备注"
SOUND = [
    f"四川第{n}智能科技有限公司,赵云{c},成都市武侯区{n}号,软件开发,"
    for n, c in enumerate("一二三四五六七八九")
]


class TestRows:
    def test_a_shifted_name_does_not_reach_another_column(self, write):
        # 13 cells would be too many; a dropped last cell hides the shift from counting.
        path = write([HEADER, *SOUND, "四川甲,乙科技有限公司,钱多多,成都市,软件开发"])
        registry = read_registry(path)
        assert "钱多多" not in kept_texts(registry)
        assert registry.account.adds_up

    def test_a_name_in_free_text_is_masked_and_flagged(self, write):
        path = write([HEADER, *SOUND, "四川丙机器人有限公司,孙小圣,成都市,机器人制造,联系人李四"])
        registry = read_registry(path)
        assert "李四" not in kept_texts(registry)
        assert "personal_name_masked" in registry.table["flags"].iloc[-1]
        assert registry.table["business_scope"].iloc[-1] == "机器人制造"

    def test_the_own_representative_in_a_note_is_masked(self, write):
        path = write([HEADER, *SOUND, "四川丙机器人有限公司,孙小圣,成都市,机器人制造,由孙小圣收转"])
        registry = read_registry(path)
        assert "孙小圣" not in kept_texts(registry)
        assert registry.table["note"].iloc[-1] == "由收转"

    def test_a_representative_as_the_whole_of_another_cell_is_masked(self, write):
        path = write([HEADER, *SOUND, "四川丙机器人有限公司,孙小圣,赵云一,机器人制造,"])
        assert read_registry(path).table["address"].isna().iloc[-1]

    def test_places_that_many_rows_share_stay(self, write):
        rows = [
            f"四川{n}智能有限公司,{who},高县,软件,"
            for n, who in enumerate(["赵云一", "钱多多", "酉某", "孙一"])
        ]
        registry = read_registry(write([HEADER, *rows]))
        assert registry.table["address"].tolist() == ["高县"] * 4

    def test_registered_names_of_firms_stay(self, write):
        path = write([HEADER, *SOUND, "成都孙小圣机器人工作室,孙小圣,成都市,机器人制造,"])
        assert read_registry(path).table["name"].iloc[-1] == "成都孙小圣机器人工作室"

    def test_a_status_quoted_in_the_report_holds_no_name(self, write):
        lines = ["企业名称,登记状态,注册地址", "四川甲智能有限公司,存续(联系人李四),成都"]
        assert "李四" not in kept_texts(read_registry(write(lines)))


@given(
    st.lists(st.sampled_from(["李四", "王小明", "软件", "成都市", "", "13812345678"]), max_size=4)
)
def test_rows_stay_whatever_the_notes_hold(tmp_path_factory, notes):
    path = tmp_path_factory.mktemp("p") / "a.csv"
    rows = [f"四川{n}智能有限公司,赵云,成都,软件,{note}" for n, note in enumerate(notes)]
    path.write_text("\n".join([HEADER, *SOUND, *rows]), encoding="utf-8")
    registry = read_registry(path)
    assert registry.account.read == len(SOUND) + len(notes)
    assert registry.account.adds_up
    assert registry.table["note"].isin(["13812345678"]).sum() == 0
