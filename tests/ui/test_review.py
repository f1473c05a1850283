"""Labels and merges on the page of data, in words."""

import pandas as pd

from clusters.changes import Changes
from clusters.ui import flows_view
from clusters.ui import history_view as past
from clusters.ui import review_view as review
from clusters.ui.text import t


def test_pairs_in_words():
    pair = {
        "name": "甲公司", "other_name": "甲厂", "score": 0.91, "name_score": 0.8,
        "address_score": 1.0, "founded_same": True,
    }  # fmt: skip
    text = review.candidate_names(pd.DataFrame([pair]))[0]
    assert "甲公司" in text
    assert "91%" in text
    assert t("review.same_day") in text


def test_merged_rows_in_words():
    row = {"row": 3, "name": "甲厂", "enterprise_id": "a", "rule": "duplicate_uscc"}
    text = review.merge_names(pd.DataFrame([row]), {"a": "甲公司"})[0]
    assert "甲厂 → 甲公司" in text
    assert "duplicate" not in text


def test_suggestions_have_an_empty_judgement():
    firms = pd.DataFrame(
        {"name": ["甲"], "ai_relevance": ["weak"], "ai_score": [0.45], "business_scope": [None]}
    )
    table = review.suggestion_table(firms)
    assert table.iloc[0, -1] is None
    assert table.iloc[0, 2] == 45


def test_moves_flows_and_alerts_in_words():
    moved = pd.DataFrame(
        [
            {"name": "甲", "from_county": "510107", "to_county": "510104", "from_zones": "",
             "to_zones": "chengdu-htz", "distance_m": 5230.0},
            {"name": "乙", "from_county": "510107", "to_county": "510104", "from_zones": "",
             "to_zones": "", "distance_m": float("nan")},
        ]
    )  # fmt: skip
    rows = past.move_rows(moved)
    assert rows[0][1] == f"武侯区 · {t('data.no_zone')}"
    assert "5.2" in rows[0][3]
    assert rows[1][3] == "—"
    flows = pd.DataFrame([{"from_zone": "", "to_zone": "chengdu-htz", "firms": 2}])
    assert flows_view.flow_rows(flows) == [[t("data.no_zone"), "成都高新技术产业开发区", "2"]]
    told = pd.DataFrame(
        [
            ["a", "甲", "moved", "5230"],
            ["b", "乙", "deregistered", "cancelled"],
            ["c", "丙", "left", ""],
        ],
        columns=["enterprise_id", "name", "alert", "detail"],
    )
    words = past.alert_rows(told)
    assert words[1] == ["乙", t("data.alert_deregistered"), t("data.status_cancelled")]
    assert words[2][2] == "—"


def test_every_kind_of_change_has_its_words():
    for kind in past.KINDS:
        assert t(f"data.{kind}")
        assert t(f"data.{kind}_none")
    assert set(past.KINDS) <= set(Changes.__dataclass_fields__)
