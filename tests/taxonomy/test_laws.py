"""Laws of the rules that hold for every scope: what is said twice, excluded or unsaid adds nothing."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.settings import data_path
from clusters.taxonomy import COLUMNS, classify
from clusters.taxonomy.scope import normalise, without_exclusions
from clusters.taxonomy.terms import load_rules

LAWS = settings(max_examples=80)
PLAIN = ["软件开发", "信息系统集成服务", "餐饮服务", "普通货运", "五金销售", "物业管理", "花卉种植"]
TELLING = ["工业机器人的研发、制造", "传感器的研发、生产", "无人机研发", "人工智能应用软件开发", "集成电路设计", "机器人销售"]  # fmt: skip
clauses = st.lists(st.sampled_from([*PLAIN, *TELLING]), min_size=1, max_size=6)
ORDER = {"none": 0, "weak": 1, "related": 2, "core": 3}


def judged(*scopes: str, name: str = "四川某某有限公司") -> pd.DataFrame:
    return classify(pd.DataFrame({"name": name, "business_scope": list(scopes)}))


def joined(parts: list[str]) -> str:
    return "；".join(parts)


def same(one: pd.Series, other: pd.Series) -> None:
    assert one["ai_relevance"] == other["ai_relevance"]
    assert one["ai_score"] == pytest.approx(other["ai_score"])


@LAWS
@given(clauses)
def test_a_score_is_a_probability_that_agrees_with_the_class(parts):
    row = judged(joined(parts)).iloc[0]
    assert 0 <= row["ai_score"] <= 1
    assert (row["ai_relevance"] in {"core", "related"}) == (row["ai_score"] >= 0.5)
    assert pd.isna(row["segment"]) == (row["ai_relevance"] == "none")


@LAWS
@given(clauses)
def test_sentences_of_the_office_add_nothing(parts):
    tail = "（依法须经批准的项目，经相关部门批准后方可开展经营活动）"
    plain, told = judged(joined(parts), joined(parts) + tail).iloc
    same(plain, told)


@LAWS
@given(clauses, st.sampled_from(TELLING))
def test_what_is_excluded_counts_for_nothing(parts, excluded):
    plain, without = judged(joined(parts), f"{joined(parts)}（不含{excluded}）").iloc
    same(plain, without)


@LAWS
@given(clauses)
def test_width_of_stops_and_brackets_means_nothing(parts):
    wide, narrow = judged(joined(parts), ";".join(parts)).iloc
    same(wide, narrow)


@LAWS
@given(clauses)
def test_the_last_stop_means_nothing(parts):
    bare, stopped = judged(joined(parts), joined(parts) + "。").iloc
    same(bare, stopped)


@LAWS
@given(st.lists(clauses, min_size=2, max_size=8))
def test_firms_are_judged_one_by_one(many):
    scopes = [joined(parts) for parts in many]
    together = judged(*scopes)[list(COLUMNS)]
    alone = pd.concat([judged(scope) for scope in scopes], ignore_index=True)[list(COLUMNS)]
    pd.testing.assert_frame_equal(together, alone)
    backwards = judged(*scopes[::-1])[list(COLUMNS)].iloc[::-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(together, backwards)


@LAWS
@given(
    st.lists(st.sampled_from(PLAIN), max_size=6),
    st.sampled_from(["工业机器人的研发、制造", "无人机研发"]),
)
def test_a_trade_of_the_industry_is_found_among_any_others(others, trade):
    row = judged(joined([trade, *others])).iloc[0]
    assert row["ai_relevance"] in {"core", "related"}
    assert trade.split("的")[0][:3] in row["taxonomy_evidence"]


@LAWS
@given(st.lists(st.sampled_from(PLAIN), min_size=1, max_size=6, unique=True))
def test_trades_of_no_such_kind_are_never_the_industry(parts):
    assert judged(joined(parts))["ai_relevance"].iloc[0] in {"none", "weak"}


@LAWS
@given(st.text(max_size=60), st.text(max_size=20))
def test_no_text_breaks_the_rules(scope, name):
    row = judged(scope, name=name).iloc[0]
    assert row["ai_relevance"] in ORDER
    assert 0 <= row["ai_score"] <= 1


@LAWS
@given(st.text(alphabet="软件机器人除外不含（）()；;，。、 ", max_size=40))
def test_exclusions_blank_and_never_move(scope):
    text = normalise(scope)
    assert len(text) == len(scope)
    left = without_exclusions(text)
    assert len(left) == len(text)
    # A parenthesis that lists opens as one more item.
    told = zip(left, text, strict=True)
    assert all(a in {b, " "} or (a, b) == ("、", "(") for a, b in told)
    assert without_exclusions(left) == left


def test_every_rule_can_be_found_by_its_own_words():
    """A term that no text of its own can raise is a dead line in the table."""
    rules = load_rules()
    table = pd.read_csv(data_path("taxonomy", "rules.csv"), dtype=str, keep_default_na=False)
    deciding = table[table["kind"] != "exclusion"]
    assert len(deciding) > 300
    dead = [
        word
        for word in deciding["term"]
        if not rules.in_scope(normalise(word)) and not rules.in_name(word)
    ]
    assert dead == []
