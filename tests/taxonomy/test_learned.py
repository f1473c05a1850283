"""The model behind the rules: where it learns, what labels do, and that it is the same each time."""

import numpy as np
import pandas as pd
import pytest

from clusters.taxonomy import classify
from clusters.taxonomy.classify import LABELLED, LEARNED
from clusters.taxonomy.learned import _shift, learn_from, lesson_of, masked_text
from clusters.taxonomy.suggest import most_useful
from clusters.taxonomy.terms import load_rules


def registry(sure: int = 80, silent: int = 400, alike: int = 6) -> pd.DataFrame:
    rows = [
        (
            f"四川{i}机器人有限公司",
            f"工业机器人研发、制造;伺服电机、编码器、减速器装配{i};控制柜装配",
        )
        for i in range(sure)
    ]
    trades = ["餐饮服务", "粮食种植销售", "服装零售", "房屋租赁", "道路货运", "水泥制品销售"]
    rows += [
        (f"四川{i}商行", f"{trades[i % 6]};{trades[(i // 6) % 6]};日用百货销售{i}")
        for i in range(silent)
    ]
    rows += [
        (f"德阳{i}机电厂", f"伺服电机、编码器、减速器装配{i};控制柜装配") for i in range(alike)
    ]
    table = pd.DataFrame(rows, columns=["name", "business_scope"])
    table["enterprise_id"] = [f"x-{i:012x}" for i in range(len(table))]
    return table


@pytest.fixture(scope="module")
def firms() -> pd.DataFrame:
    return registry()


@pytest.fixture(scope="module")
def learnt(firms) -> pd.DataFrame:
    return classify(firms, learn=True)


class TestLearning:
    def test_firms_like_the_sure_finds_score_above_the_rest(self, learnt):
        alike, other = learnt["ai_score"].iloc[-6:], learnt["ai_score"].iloc[80:-6]
        assert alike.min() > other.max()

    def test_rules_decide_where_they_speak(self, firms, learnt):
        ruled = classify(firms)
        spoken = ruled["ai_relevance"] != "none"
        columns = ["ai_relevance", "ai_score", "segment", "taxonomy_evidence"]
        pd.testing.assert_frame_equal(learnt.loc[spoken, columns], ruled.loc[spoken, columns])

    def test_the_same_registry_gives_the_same_scores_in_any_order(self, firms, learnt):
        mixed = firms.sample(frac=1, random_state=5)
        again = classify(mixed, learn=True).sort_index()
        np.testing.assert_allclose(again["ai_score"], learnt["ai_score"], atol=0.02)
        pd.testing.assert_frame_equal(classify(firms, learn=True), learnt)

    def test_too_little_to_learn_from_changes_nothing(self):
        few = registry(sure=5, silent=10)
        pd.testing.assert_frame_equal(classify(few, learn=True), classify(few))
        assert "learned" not in classify(few, learn=True).attrs

    def test_what_was_learnt_from_is_told(self, learnt):
        assert learnt.attrs["learned"] == {"sure": 80, "silent": 406, "labels": 0}

    def test_scores_are_probabilities(self, learnt):
        assert learnt["ai_score"].between(0, 1).all()
        assert learnt["ai_score"].notna().all()


class TestLabels:
    def test_a_label_goes_before_rules_and_model(self, firms):
        labels = {"x-000000000000": "none", "x-000000000060": "related"}
        out = classify(firms, labels=labels).set_index("enterprise_id")
        assert out.loc["x-000000000000", "ai_relevance"] == "none"
        assert pd.isna(out.loc["x-000000000000", "segment"])
        assert out.loc["x-000000000060", "ai_relevance"] == "related"
        assert out.loc["x-000000000060", "taxonomy_evidence"].startswith(LABELLED)

    def test_labels_lift_firms_of_their_kind(self, firms, learnt):
        ids = firms["enterprise_id"].iloc[-6:-2]
        out = classify(firms, learn=True, labels=dict.fromkeys(ids, "related"))
        assert (out["ai_score"].iloc[-2:] > learnt["ai_score"].iloc[-2:]).all()
        assert out["ai_relevance"].iloc[-2:].eq("related").all()
        assert out["taxonomy_evidence"].iloc[-1].startswith(LEARNED)
        assert out["segment"].iloc[-1] == "robotics"
        assert (out["ai_relevance"].iloc[80:-6] == "none").all()

    def test_unknown_labels_and_ids_are_ignored(self, firms):
        pd.testing.assert_frame_equal(
            classify(firms, labels={"nobody": "core", "x-000000000001": "splendid"}),
            classify(firms),
        )

    def test_the_shift_follows_the_labels_and_shrinks(self):
        assert _shift(np.zeros(0), np.zeros(0)) == 0
        up, down = _shift(np.full(3, -2.0), np.ones(3)), _shift(np.full(3, 2.0), np.zeros(3))
        assert up == pytest.approx(-down)
        assert 0 < up < _shift(np.full(30, -2.0), np.ones(30)) < 4


def test_words_of_the_rules_are_blanked():
    text = masked_text(load_rules(), "成都机器人公司", "工业机器人制造(不含无人机);饲料")
    assert "机器人" not in text
    assert "无人机" not in text
    assert "饲料" in text


def test_training_needs_sure_finds_and_silent_firms(firms):
    texts = firms[["name", "business_scope"]]
    verdicts = classify(firms)
    assert learn_from(lesson_of(texts.head(100), verdicts.head(100)), load_rules()) is None


class TestSuggestions:
    def test_doubtful_ones_first_and_not_the_same_twice(self):
        firms = pd.DataFrame(
            {
                "enterprise_id": list("abcdef"),
                "name": ["甲一", "甲一", "乙二", "丙三", "丁四", "戊五"],
                "business_scope": [
                    "智能卡销售",
                    "智能卡销售",
                    "无人机租赁",
                    "传感器",
                    "餐饮",
                    None,
                ],
                "ai_score": [0.5, 0.49, 0.45, 0.9, 0.01, 0.5],
            }
        )
        chosen = most_useful(firms, count=3)["enterprise_id"].tolist()
        assert chosen == ["a", "c", "d"]
        assert most_useful(firms, labelled=["a", "b"], count=1)["enterprise_id"].tolist() == ["c"]

    def test_never_more_than_asked_and_each_once(self, learnt):
        chosen = most_useful(learnt)
        assert len(chosen) == 20
        assert chosen["enterprise_id"].is_unique
        assert chosen["usefulness"].between(0, 1).all()

    def test_nothing_to_choose_from(self, learnt):
        assert most_useful(learnt.head(0)).empty


class TestGold:
    def test_without_any_label(self, shared):
        """Thresholds of the acceptance; development labels, which the rules were written with."""
        gold = pd.read_csv(shared("gold", "relevance_dev.csv"), dtype=str)
        out = classify(pd.DataFrame({"name": gold["name"], "business_scope": gold["scope"]}))
        truth = gold["relevance"].isin(["core", "related"]).to_numpy()
        found = out["ai_relevance"].isin(["core", "related"]).to_numpy()
        score = out["ai_score"].to_numpy()
        both = truth & found
        assert 2 * both.sum() / (truth.sum() + found.sum()) >= 0.82
        assert both.sum() / found.sum() >= 0.85
        clear = (gold["certainty"] != "unsure").to_numpy()
        f1 = 2 * (both & clear).sum() / ((truth & clear).sum() + (found & clear).sum())
        assert f1 >= 0.88
        same = gold["segment"].to_numpy()[both] == out["segment"].to_numpy()[both]
        assert same.mean() >= 0.8
        bin_of = np.minimum((score * 10).astype(int), 9)
        error = sum(
            abs(truth[bin_of == k].mean() - score[bin_of == k].mean()) * (bin_of == k).mean()
            for k in range(10)
            if (bin_of == k).any()
        )
        assert error <= 0.08
