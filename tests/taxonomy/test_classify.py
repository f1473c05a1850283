"""Classification of firms by their words."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.settings import data_path
from clusters.taxonomy import COLUMNS, FOUND_BY_SEARCH, GIVEN, UNDECIDED, Verdict, classify
from clusters.taxonomy.judge import SILENT_SCORE

POSITIVE = ["core", "related"]


def one(name="某某公司", scope="", honours="", **more):
    table = pd.DataFrame([{"name": name, "business_scope": scope, "honours": honours, **more}])
    return classify(table).iloc[0]


@pytest.mark.parametrize(
    ("scope", "relevance", "segment"),
    [
        ("工业机器人的研发、生产、销售", "core", "robotics"),
        ("无人机研发；软件开发", "core", "uav"),
        ("传感器的研发、生产", "related", "intelligent_hardware"),
        ("信息安全产品的开发；信息系统集成", "related", "information_security"),
        ("销售：五金、建材、办公用品、机器人、家具、服装", "weak", "robotics"),
        ("软件开发；信息系统集成服务", "none", None),
        ("房屋建筑；市政工程；电子与智能化工程；园林绿化工程", "weak", "other_application"),
        ("数据处理（云计算数据中心除外）", "weak", "compute_infrastructure"),
        ("人工种植；花卉销售", "none", None),
        ("企业形象识别系统设计", "none", None),
        ("光纤通讯设备、程控交换机（人工智能台）生产", "none", None),
        ("办公自动化设备销售", "none", None),
    ],
)
def test_settled_rules(scope, relevance, segment):
    got = one(scope=scope)
    assert got["ai_relevance"] == relevance
    assert (None if pd.isna(got["segment"]) else got["segment"]) == segment


def test_the_class_65_formula_does_not_make_a_chip_designer():
    formula = "软件开发；信息系统集成服务；信息技术咨询服务；集成电路设计；数字内容服务"
    assert one(scope=formula)["ai_relevance"] == "weak"
    assert one(scope="集成电路设计；芯片销售")["ai_relevance"] == "related"


def test_brand_words_do_not_decide():
    assert one("四川九道芯健康管理有限公司", "健康咨询服务")["ai_relevance"] == "none"
    assert one("成都云锦智慧文化有限公司", "文艺活动组织")["ai_relevance"] == "none"
    assert one("四川北斗卫星科技有限公司", "技术推广服务；销售：电子产品")["ai_relevance"] == "weak"


def test_a_name_decides_where_the_scope_is_an_empty_formula():
    scope = "企业依法自主选择经营项目，开展经营活动。"
    assert one("四川某某智能制造技术有限公司", scope)["ai_relevance"] == "core"


def test_a_name_that_only_claims_intelligence_needs_its_scope():
    assert one("成都某某智能科技有限公司", "计算机软硬件的开发、销售")["ai_relevance"] == "weak"
    supported = one("成都某某智能科技有限公司", "建筑智能化工程、弱电工程设计施工；机电工程")
    assert supported["ai_relevance"] == "related"


def test_evidence_holds_the_exact_words_and_their_place():
    got = one("四川某某机器人科技有限公司", "软件开发；工业机器人制造")
    assert "名称「机器人」" in got["taxonomy_evidence"]
    assert "经营范围第2项/共2项「工业机器人制造」" in got["taxonomy_evidence"]


def test_honours_are_read():
    got = one(honours="省级智能制造标杆企业")
    assert got["ai_relevance"] == "related"
    assert "荣誉「智能制造」" in got["taxonomy_evidence"]


def test_the_earlier_trade_counts_more():
    tail = "普通货运；五金加工；会议服务；家政服务；餐饮服务；物业管理"
    assert (
        one(scope="传感器制造；" + tail)["ai_score"] > one(scope=tail + "；传感器制造")["ai_score"]
    )


def test_making_counts_more_than_selling():
    assert one(scope="传感器制造")["ai_score"] > one(scope="传感器销售")["ai_score"]


def test_columns_rows_order_and_index_are_kept():
    table = pd.DataFrame(
        {
            "name": ["甲机器人公司", None, "乙"],
            "business_scope": [None, "无人机研发", ""],
            "row": [2, 3, 4],
        },
        index=[7, 3, 5],
    )
    before = table.copy()
    got = classify(table)
    pd.testing.assert_frame_equal(table, before)
    assert list(got.index) == [7, 3, 5]
    assert list(got.columns) == ["name", "business_scope", "row", *COLUMNS]
    assert got.loc[5, "ai_relevance"] == "none"
    assert got.loc[5, ["chain_layer", "segment", "taxonomy_evidence"]].isna().all()


def test_a_repeated_index_repeats_no_row():
    table = pd.DataFrame({"name": ["甲机器人", "乙"]}, index=[1, 1])
    got = classify(table)
    assert list(got["ai_relevance"].ne("none")) == [True, False]


def test_an_empty_table():
    got = classify(pd.DataFrame({"name": pd.Series([], dtype="str")}))
    assert list(got.columns) == ["name", *COLUMNS]
    assert len(got) == 0


def test_given_values_are_kept_and_said_to_be_given():
    got = one(scope="传感器制造", ai_relevance="core", segment="uav", chain_layer="application")
    assert (got["ai_relevance"], got["segment"], got["chain_layer"]) == (
        "core",
        "uav",
        "application",
    )
    assert GIVEN in got["taxonomy_evidence"]
    assert "传感器" in got["taxonomy_evidence"]


def test_values_outside_the_vocabulary_do_not_count_as_given():
    got = one(scope="传感器制造", ai_relevance="high", segment="sensors")
    assert (got["ai_relevance"], got["segment"]) == ("related", "intelligent_hardware")
    assert GIVEN not in got["taxonomy_evidence"]


def test_a_segment_without_relevance_is_decided_by_rules():
    got = one("四川某某机器人有限公司", segment="robotics", taxonomy_evidence=FOUND_BY_SEARCH)
    assert got["ai_relevance"] == "core"
    assert FOUND_BY_SEARCH in got["taxonomy_evidence"]


def test_where_rules_find_nothing_a_searched_row_is_related_and_says_so():
    got = one("四川某某电子有限公司", segment="smart_home", taxonomy_evidence=FOUND_BY_SEARCH)
    assert got["ai_relevance"] == "related"
    assert FOUND_BY_SEARCH in got["taxonomy_evidence"]
    assert UNDECIDED in got["taxonomy_evidence"]
    assert got["segment"] == "smart_home"


def test_more_words_do_not_lower_a_searched_row():
    more = {"segment": "smart_home", "taxonomy_evidence": FOUND_BY_SEARCH}
    assert one("四川某某智能科技有限公司", **more)["ai_relevance"] == "related"
    scope = "销售：五金、智能家居、服装、家具"
    assert one("四川某某有限公司", scope, **more)["ai_relevance"] == "weak"


def test_the_shipped_enterprises_are_classified_without_silent_guesses():
    table = pd.read_csv(data_path("enterprises", "enterprises.csv"), dtype=str)
    got = classify(table)
    given_rows = table["ai_relevance"].notna()
    assert got["ai_relevance"][given_rows].tolist() == table["ai_relevance"][given_rows].tolist()
    assert got["ai_relevance"].ne("none").all()
    assert got["segment"].notna().all()
    guessed = got["taxonomy_evidence"].str.contains(UNDECIDED)
    assert got.loc[guessed, "ai_relevance"].eq("related").all()
    assert not guessed[given_rows].any()


def test_without_that_marker_nothing_is_assumed():
    assert one("四川某某电子有限公司", segment="smart_home")["ai_relevance"] == "none"


def test_another_judge_can_take_the_place():
    class Fixed:
        def judge(self, name, scope, honours):
            return Verdict("core", 0.9, "technology", "cross_media", "by hand")

    got = classify(pd.DataFrame({"name": ["甲"]}), judge=Fixed()).iloc[0]
    assert (got["ai_relevance"], got["taxonomy_evidence"]) == ("core", "by hand")


@given(st.text(max_size=80), st.text(alphabet="机器人智能研发销售、；：（）不含AI ", max_size=60))
def test_any_text_gives_a_valid_verdict(name, scope):
    got = one(name, scope)
    assert got["ai_relevance"] in {"core", "related", "weak", "none"}
    assert 0 < got["ai_score"] <= 1
    assert (got["ai_score"] <= SILENT_SCORE) == (got["ai_relevance"] == "none")
    assert (got["ai_score"] >= 0.5) == (got["ai_relevance"] in {"core", "related"})


def f1(truth, found, weight):
    hit = weight[truth & found].sum()
    return 2 * hit / (weight[truth].sum() + weight[found].sum())


def test_accuracy_on_labelled_firms(shared):
    gold = pd.read_csv(shared("gold", "relevance_dev.csv"), dtype=str)
    got = classify(gold[["name", "scope"]].rename(columns={"scope": "business_scope"}))
    truth, found = gold["relevance"].isin(POSITIVE), got["ai_relevance"].isin(POSITIVE)
    weight = gold["weight"].astype(float)
    assert f1(truth, found, pd.Series(1.0, gold.index)) >= 0.85
    drawn = weight.notna()
    assert f1(truth[drawn], found[drawn], weight[drawn]) >= 0.85
    both = truth & found & gold["segment"].isin(got["segment"])
    assert (gold["segment"] == got["segment"])[both].mean() >= 0.8
    assert (gold["chain_layer"] == got["chain_layer"])[both].mean() >= 0.8


@pytest.mark.slow
def test_a_real_registry_is_classified_the_same_twice(shared):
    table = pd.read_parquet(shared("registry", "sichuan_1978_2007_2013.parquet")).rename(
        columns={"企业名称": "name", "经营范围": "business_scope"}
    )
    first = classify(table)
    pd.testing.assert_frame_equal(first, classify(table))
    share = first["ai_relevance"].isin(POSITIVE).mean()
    assert 0.002 < share < 0.03
    assert np.isfinite(first["ai_score"]).all()
