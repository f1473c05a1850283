"""What a word is worth: each factor of a verdict, worked by hand on a table of nine rules."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.taxonomy.judge import NOTHING, RuleJudge, probability
from clusters.taxonomy.terms import Rule, RuleSet

JUDGE = RuleJudge(
    RuleSet(
        (
            Rule("机器人", "core", "any", "", "robotics", "application"),
            Rule("传感器", "related", "any", "", "hardware", "foundation"),
            Rule("芯片设计", "related", "scope", "formula", "chips", "foundation"),
            Rule("软件设计", "related", "scope", "formula", "chips", "foundation"),
            Rule("内容服务", "related", "scope", "formula", "media", "application"),
            Rule("弱电", "weak", "scope", "support", "buildings", "application"),
            Rule("智能", "weak", "name", "vague", "", ""),
            Rule("商贸", "context", "name", "dealer", "", ""),
            Rule("餐饮", "context", "name", "other_trade", "", ""),
        )
    )
)
OTHERS = "甲业;乙业;丙业;丁业;戊业;己业;庚业;辛业;壬业"


def judged(scope: str = "", name: str = "某某公司", honours: str = ""):
    return JUDGE.judge(name, scope, honours)


def others(count: int) -> str:
    return ";".join(OTHERS.split(";")[:count])


@pytest.mark.parametrize(
    ("scope", "worth", "relevance"),
    [
        # kind × activity: core 1, related 0.72, weak 0.25; make 1, build 0.9, serve or unsaid 0.85,
        # build and trade 0.6, trade 0.3
        ("机器人研发", 1.0, "core"),
        ("机器人安装", 0.9, "core"),
        ("机器人咨询", 0.85, "related"),
        ("机器人", 0.85, "related"),
        ("机器人安装销售", 0.6, "related"),
        ("机器人销售", 0.3, "weak"),
        ("机器人研发销售", 1.0, "core"),
        ("传感器研发", 0.72, "related"),
        ("传感器销售", 0.72 * 0.3, "weak"),
        ("弱电研发", 0.25, "weak"),
        # the place: main business up to the third, then by thirds of the list
        (f"{others(2)};机器人研发", 1.0, "core"),
        (f"{others(3)};机器人研发", 0.55, "related"),
        (f"{others(3)};机器人研发;{others(3)}", 0.7, "related"),
        (f"{others(3)};机器人研发;{others(9)}", 0.85 * (0.6 + 2 / 13), "related"),
        # further trades confirm, the fifth no more
        ("机器人研发;机器人制造", 1.35, "core"),
        ("机器人研发;机器人制造;机器人加工", 1.55, "core"),
        # one trade counts once, by the best of its words
        ("机器人传感器研发", 1.0, "core"),
        # a long list dilutes, eight items do not
        (f"机器人研发;{others(7)}", 1.0, "core"),
        (f"机器人研发;{others(8)}", 0.6 + 2 / 9, "related"),
        (f"机器人研发;机器人制造;{others(8)}", 1.35, "core"),
        # the formula of class 65: three of its items are no evidence
        ("芯片设计;软件设计", 1.35 * 0.72 * 0.8, "related"),
        ("芯片设计;软件设计;内容服务", 1.35 * 0.25 * 0.8 + 0.2 * 0.25 * 0.8 * 0.85, "weak"),
    ],
)
def test_what_a_scope_is_worth(scope, worth, relevance):
    got = judged(scope)
    assert (got.relevance, got.score) == (relevance, probability(worth))


@pytest.mark.parametrize(
    ("name", "scope", "worth", "relevance"),
    [
        ("甲机器人公司", "", 0.9, "core"),
        ("甲传感器公司", "", 0.5, "related"),
        # what the scope does not bear out, and what a firm only sells
        ("甲机器人公司", "甲业", 0.9 * 0.9, "related"),
        ("甲机器人公司", "五金销售", 0.9 * 0.9 * 0.6, "weak"),
        ("甲机器人公司", "机器人研发", 0.9 + 1.0, "core"),
        # a claim of intelligence is worth more where the scope says what it stands for
        ("甲智能公司", "弱电研发", 0.42 + 0.25, "related"),
        ("甲智能公司", "甲业", 0.25, "weak"),
        ("甲智能公司", "", 0.25, "weak"),
        # a name of another trade or of a dealer speaks against the scope, not against itself
        ("甲商贸公司", "机器人研发", 0.5, "related"),
        ("甲餐饮公司", "机器人研发", 0.65, "related"),
        ("甲机器人商贸公司", "机器人研发", 0.9 + 0.5, "core"),
        ("甲餐饮商贸公司", "机器人研发", 0.5, "related"),
    ],
)
def test_what_a_name_is_worth(name, scope, worth, relevance):
    got = judged(scope, name)
    assert (got.relevance, got.score) == (relevance, probability(worth))


def test_an_honour_is_worth_half():
    got = judged(honours="机器人标杆")
    assert (got.relevance, got.score, got.evidence) == ("related", 0.5, "荣誉「机器人」")
    assert judged("机器人销售", honours="机器人标杆").score == probability(0.8)


def test_core_needs_a_leading_trade_and_not_only_worth():
    # related words may add up past 0.9; without a core trade among the first three it is related
    many = judged("传感器研发;传感器制造;传感器加工")
    assert many.score == probability(0.72 * 1.55)
    assert many.relevance == "related"
    sold = judged("机器人销售", honours="机器人标杆;机器人示范;机器人奖")
    assert sold.score > probability(0.9)
    assert sold.relevance == "related"


def test_words_without_evidence_say_nothing():
    assert judged("餐饮服务", "甲餐饮商贸公司") == NOTHING
    assert judged() == NOTHING
    assert judged(honours="劳动模范") == NOTHING


def test_the_segment_with_most_worth_and_the_earlier_of_two_alike():
    assert judged("机器人研发;传感器研发;传感器制造").segment == "hardware"
    assert judged("机器人研发;传感器研发").segment == "robotics"
    assert judged("机器人研发;传感器研发;传感器制造").layer == "foundation"
    assert judged("芯片设计;内容服务;内容服务").segment == "media"
    assert judged(name="甲智能公司", scope="甲业").segment == ""


def test_evidence_names_the_place_and_at_most_six():
    one = judged("甲业;机器人研发", "甲机器人公司", "传感器标杆")
    assert one.evidence == "名称「机器人」; 经营范围第2项/共2项「机器人研发」; 荣誉「传感器」"
    many = judged(";".join(["机器人研发"] * 7))
    assert many.evidence.count("经营范围") == 6
    long = judged("机器人研发" + "甲" * 60)
    assert len(long.evidence.partition("「")[2].rstrip("」")) == 40


def test_the_chance_is_a_logistic_curve_even_at_the_threshold():
    assert probability(0.5) == 0.5
    assert probability(0.5 + math.log(3) / 9) == 0.75
    assert probability(0.9) == round(1 / (1 + math.exp(-3.6)), 4)


@given(st.lists(st.sampled_from(["机器人研发", "传感器销售", "甲业", "弱电安装"]), max_size=7))
def test_one_more_leading_trade_never_lowers_a_short_list(trades):
    before = judged(";".join(trades))
    after = judged(";".join(["机器人研发", *trades]))
    if len(trades) < 3:
        assert after.score >= before.score
    assert after.relevance in {"core", "related"}
