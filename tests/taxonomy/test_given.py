"""What a table already says, what people said, and what the rules found: who goes first, in words."""

import pandas as pd
import pytest

from clusters.taxonomy import FOUND_BY_SEARCH, GIVEN, UNDECIDED, Verdict, classify
from clusters.taxonomy.classify import LABELLED, judge_by_rule, ruled_again, settle
from clusters.taxonomy.judge import NOTHING
from clusters.taxonomy.scope import Activity, normalise, trade_of, trades, without_exclusions
from clusters.taxonomy.suggest import most_useful
from clusters.taxonomy.terms import Rule, RuleSet

FOUND = Verdict("related", 0.8, "foundation", "intelligent_hardware", "经营范围第1项「传感器」")


class Fixed:
    """A judge with one verdict that counts how often it was asked."""

    def __init__(self, verdict=FOUND):
        self.verdict, self.asked = verdict, []

    def judge(self, name, scope, honours):
        self.asked.append((name, scope, honours))
        return self.verdict


def one(verdict=FOUND, labels=None, **cells):
    table = pd.DataFrame([{"enterprise_id": "x-1", "name": "甲", "business_scope": "乙", **cells}])
    return classify(table, judge=Fixed(verdict), labels=labels).iloc[0]


def test_what_the_rules_find_stands_where_nothing_is_given():
    got = one()
    assert (got["ai_relevance"], got["ai_score"]) == ("related", 0.8)
    assert (got["chain_layer"], got["segment"]) == ("foundation", "intelligent_hardware")
    assert got["taxonomy_evidence"] == "经营范围第1项「传感器」"


@pytest.mark.parametrize(
    ("relevance", "score"), [("core", 0.97), ("related", 0.9), ("weak", 0.1), ("none", 0.02)]
)
def test_a_given_relevance_has_the_odds_of_what_sources_say(relevance, score):
    got = one(ai_relevance=relevance)
    assert (got["ai_relevance"], got["ai_score"]) == (relevance, score)
    assert got["taxonomy_evidence"] == f"relevance {GIVEN}; 经营范围第1项「传感器」"


def test_everything_given_is_told_in_order_before_the_source_and_the_words():
    got = one(
        ai_relevance="core", chain_layer="technology", segment="uav", taxonomy_evidence="年报"
    )
    assert got["taxonomy_evidence"] == (
        f"relevance, layer, segment {GIVEN}; 年报; 经营范围第1项「传感器」"
    )
    assert (got["chain_layer"], got["segment"]) == ("technology", "uav")


def test_a_given_segment_alone_keeps_the_score_of_the_rules():
    got = one(segment="uav")
    assert (got["ai_score"], got["segment"], got["chain_layer"]) == (0.8, "uav", "foundation")


def test_a_firm_given_as_none_loses_layer_but_keeps_a_given_one():
    assert pd.isna(one(ai_relevance="none")["chain_layer"])
    assert one(ai_relevance="none", chain_layer="technology")["chain_layer"] == "technology"


def test_a_found_firm_of_no_segment_is_an_application_of_no_other():
    got = one(NOTHING, ai_relevance="related")
    assert (got["segment"], got["chain_layer"]) == ("other_application", "application")
    assert pd.isna(one(NOTHING, ai_relevance="weak")["segment"])


@pytest.mark.parametrize("told", [{"ai_relevance": "core"}, {"labels": {"x-1": "related"}}])
def test_a_found_firm_of_a_given_segment_stands_in_its_usual_layer(told):
    got = one(NOTHING, segment="intelligent_hardware", **told)
    assert (got["segment"], got["chain_layer"]) == ("intelligent_hardware", "foundation")
    given = one(NOTHING, segment="intelligent_hardware", chain_layer="technology", **told)
    assert given["chain_layer"] == "technology"
    assert pd.isna(one(NOTHING, segment="intelligent_hardware")["chain_layer"])


@pytest.mark.parametrize(
    ("verdict", "scope", "relevance"),
    [
        (NOTHING, "乙", "related"),
        (Verdict("weak", 0.2, "", "", "名称「智能」"), "", "related"),
        (Verdict("weak", 0.2, "", "", "名称「智能」"), "乙", "weak"),  # a scope that says little
        (FOUND, "", "related"),
    ],
)
def test_a_search_decides_only_where_words_are_silent(verdict, scope, relevance):
    got = one(verdict, business_scope=scope, taxonomy_evidence=FOUND_BY_SEARCH)
    assert got["ai_relevance"] == relevance
    decided = verdict is not FOUND and relevance == "related"
    assert (UNDECIDED in got["taxonomy_evidence"]) == decided
    assert got["ai_score"] == (0.9 if decided else verdict.score)


def test_a_label_goes_before_what_is_given_and_says_so():
    got = one(labels={"x-1": "weak"}, ai_relevance="core")
    assert (got["ai_relevance"], got["ai_score"]) == ("weak", 0.1)
    assert got["taxonomy_evidence"].startswith(f"{LABELLED}; relevance {GIVEN}")
    silent = one(NOTHING, labels={"x-1": "core"})
    assert silent["taxonomy_evidence"] == LABELLED
    assert silent["segment"] == "other_application"


def test_a_firm_labelled_as_none_has_neither_layer_nor_segment():
    got = one(labels={"x-1": "none"}, segment="uav", chain_layer="technology")
    assert got[["chain_layer", "segment"]].isna().all()


@pytest.mark.parametrize("labels", [{"x-2": "core"}, {"x-1": "sure"}, {}])
def test_labels_of_others_and_words_nobody_knows_change_nothing(labels):
    assert one(labels=labels)["ai_relevance"] == "related"


def test_the_same_words_are_judged_once():
    judge = Fixed()
    table = pd.DataFrame({"name": ["甲", "甲", "乙"], "business_scope": ["丙", "丙", "丙"]})
    classify(table, judge=judge)
    assert judge.asked == [("甲", "丙", ""), ("乙", "丙", "")]


def test_verdicts_kept_aside_settle_to_the_same_table():
    table = pd.DataFrame({"enterprise_id": ["a", "b"], "name": ["甲", "乙"]}, index=[4, 2])
    ruled = judge_by_rule(table, judge=Fixed(), labels={"b": "core"})
    again = ruled_again(table, ruled.verdicts, {"b": "core"})
    pd.testing.assert_frame_equal(settle(table, ruled, None), settle(table, again, None))
    assert settle(table, again, None)["ai_relevance"].tolist() == ["related", "core"]


# ---- terms ---------------------------------------------------------------------------------

RULES = RuleSet(
    (
        Rule("机器人", "core", "any", "", "robotics", "application"),
        Rule("机器人餐厅", "exclusion", "any", "", "", ""),
        Rule("机器", "weak", "any", "", "robotics", "application"),
        Rule("餐饮", "context", "name", "other_trade", "", ""),
        Rule("AI", "core", "any", "", "uav", "technology"),
        Rule("AI芯片", "core", "any", "", "intelligent_hardware", "foundation"),
    )
)


def terms(text, where="scope"):
    hits = RULES.in_name(text) if where == "name" else RULES.in_scope(text)
    return [(hit.rule.term, text[hit.start : hit.end]) for hit in hits]


def test_of_terms_inside_each_other_the_longer_counts_alone():
    assert terms("机器人制造") == [("机器人", "机器人")]
    assert terms("机器制造") == [("机器", "机器")]


def test_an_exclusion_hides_the_term_within_it_and_no_other():
    assert terms("机器人餐厅") == []
    assert terms("机器人餐厅、机器人") == [("机器人", "机器人")]


def test_context_is_looked_for_in_its_field_and_beside_evidence():
    assert terms("机器人餐饮", "name") == [("机器人", "机器人"), ("餐饮", "餐饮")]
    assert terms("机器人餐饮") == [("机器人", "机器人")]


@pytest.mark.parametrize(
    ("text", "found"),
    [("AI", 1), ("用AI的", 1), ("AI。", 1), ("AIR", 0), ("XAI", 0), ("5AI", 0), ("AI芯片X", 1)],
)
def test_latin_words_end_where_chinese_begins(text, found):
    assert len(terms(text)) == found


# ---- scopes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "activity"),
    [
        ("传感器研制", Activity.MAKE), ("传感器安装", Activity.BUILD),
        ("传感器咨询", Activity.SERVE), ("传感器零售", Activity.TRADE), ("传感器", Activity.UNKNOWN),
        ("传感器研制、安装", Activity.MAKE | Activity.BUILD),
        ("传感器的批发兼零售", Activity.TRADE), ("从事传感器制造", Activity.MAKE),
    ],
)  # fmt: skip
def test_a_verb_says_what_is_done_with_the_object(scope, activity):
    assert trades(normalise(scope))[0].activity == activity


def test_a_heading_ends_with_its_clause():
    items = trades(normalise("批发：传感器、阀门；机器人"))
    assert [one.activity for one in items] == [Activity.TRADE, Activity.TRADE, Activity.UNKNOWN]


def test_a_position_between_trades_belongs_to_none():
    text = normalise("传感器；阀门")
    items = trades(text)
    assert [trade_of(items, at) for at in range(len(text))] == [0, 0, 0, None, 1, 1]


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        ("货运（不含危险品）、仓储", "货运、仓储"), ("金融咨询除外；仓储", "；仓储"),
        ("数据处理（有效期至2030年）", "数据处理"), ("凭许可证经营（凭许可证经营）", "凭许可证经营"),
        ("设备((不含大型)销售)", "设备、销售"),
    ],
)  # fmt: skip
def test_what_is_taken_out_leaves_blanks_of_its_length(scope, left):
    text = normalise(scope)
    cleaned = without_exclusions(text)
    assert len(cleaned) == len(text)
    assert cleaned.replace(" ", "") == normalise(left)


# ---- which firms to ask people about -------------------------------------------------------


def asked(**columns):
    count = len(columns["ai_score"])
    base = {
        "enterprise_id": [f"x-{at}" for at in range(count)],
        "name": ["甲乙", "丙丁", "戊己", "庚辛", "壬癸"][:count],
        "business_scope": ["子丑", "寅卯", "辰巳", "午未", "申酉"][:count],
    }
    return pd.DataFrame({**base, **columns})


def test_the_most_doubtful_firm_comes_first_with_its_doubt():
    # 1 - |2p - 1|: 0.6 for 0.3, 1 for 0.5, 0.2 for 0.9; the texts share no pair of characters.
    found = most_useful(asked(ai_score=[0.3, 0.5, 0.9]))
    assert found["enterprise_id"].tolist() == ["x-1", "x-0", "x-2"]
    assert found["usefulness"].tolist() == pytest.approx([1, 0.6, 0.2])


def test_firms_alike_in_doubt_come_in_order_of_their_ids():
    found = most_useful(asked(ai_score=[0.4, 0.6, 0.4], enterprise_id=["x-9", "x-5", "x-7"]))
    assert found["enterprise_id"].tolist() == ["x-5", "x-7", "x-9"]


def test_a_twin_of_one_chosen_is_worth_nothing_more():
    twins = asked(ai_score=[0.5, 0.5, 0.9], name=["甲乙", "甲乙", "戊己"],
                  business_scope=["子丑", "子丑", "辰巳"])  # fmt: skip
    found = most_useful(twins)
    assert found["enterprise_id"].tolist() == ["x-0", "x-2", "x-1"]
    assert found["usefulness"].iloc[2] == pytest.approx(0, abs=1e-4)


def test_firms_judged_already_and_firms_without_scope_are_not_asked_about():
    firms = asked(ai_score=[0.5, 0.5, 0.5], business_scope=["子丑", None, "辰巳"])
    assert most_useful(firms, labelled=["x-0"])["enterprise_id"].tolist() == ["x-2"]
    assert most_useful(firms, labelled=["x-0", "x-2"]).empty
    assert len(most_useful(asked(ai_score=[0.5] * 5), count=2)) == 2
