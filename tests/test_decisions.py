"""Labels and merges go into the ledger and come out as what a run needs."""

import pandas as pd
import pytest

from clusters import pipeline
from clusters.decisions import (
    NONE,
    decide_merge,
    label,
    read_decisions,
    undecide_merge,
    unlabel,
)
from clusters.errors import InputError
from clusters.ledger import ledger_of


@pytest.fixture
def ledger(tmp_path):
    return ledger_of(tmp_path)


def test_nothing_decided(ledger):
    told = read_decisions(ledger)
    assert told.labels == {}
    assert told.merges.empty
    assert told.digest == NONE.digest == ""


def test_the_newest_label_counts_and_can_be_withdrawn(ledger):
    label(ledger, "x-1", "core", who="local")
    label(ledger, "x-1", "none", who="local", reason="a dealer")
    label(ledger, "x-2", "related", who="local")
    assert read_decisions(ledger).labels == {"x-1": "none", "x-2": "related"}
    unlabel(ledger, "x-1", who="local")
    assert read_decisions(ledger).labels == {"x-2": "related"}


def test_merges_are_decided_and_withdrawn(ledger):
    decide_merge(ledger, "a", "x-1", "confirmed", who="local")
    decide_merge(ledger, "a", "x-1", "reversed", who="local")
    told = read_decisions(ledger).merges
    assert told.to_numpy().tolist() == [["a", "x-1", "reversed"]]
    undecide_merge(ledger, "a", "x-1", who="local")
    assert read_decisions(ledger).merges.empty


def test_the_digest_tells_decisions_apart(ledger):
    label(ledger, "x-1", "core", who="local")
    first = read_decisions(ledger).digest
    label(ledger, "x-2", "core", who="local")
    assert first != read_decisions(ledger).digest
    assert len(first) == 12


def test_what_makes_no_sense_is_refused(ledger):
    with pytest.raises(InputError, match="core, related, weak, none"):
        label(ledger, "x-1", "splendid", who="local")
    with pytest.raises(InputError, match="itself"):
        decide_merge(ledger, "a", "a", "confirmed", who="local")


def test_a_run_uses_and_names_the_decisions(tmp_path):
    file = tmp_path / "firms.csv"
    pd.DataFrame(
        {
            "企业名称": ["四川甲机器人有限公司", "四川乙餐饮有限公司"],
            "注册地址": ["成都市武侯区星狮路1号", "绵阳市涪城区临园路2号"],
            "经营范围": ["工业机器人研发、制造", "餐饮服务"],
        }
    ).to_csv(file, index=False)
    plain = pipeline.run(file, workspace=tmp_path / "w")
    assert plain.manifest["decisions"] == {"labels": 0, "merges": 0, "digest": ""}
    firms = plain.enterprises.set_index("name")
    other = firms.loc["四川乙餐饮有限公司", "enterprise_id"]
    label(ledger_of(tmp_path / "w"), other, "related", who="local")
    told = pipeline.run(file, workspace=tmp_path / "w")
    assert told.manifest["decisions"]["labels"] == 1
    after = told.enterprises.set_index("name")["ai_relevance"]
    assert after["四川乙餐饮有限公司"] == "related"
    assert after["四川甲机器人有限公司"] == firms.loc["四川甲机器人有限公司", "ai_relevance"]
    assert plain.candidates.empty
