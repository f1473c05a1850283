"""The commands for the ledger: what they print, their exit codes, and whom they name."""

import json

import pandas as pd
import pytest

from clusters.settings import get_settings

ONE = ["AI_IND_SIZE", "1300", "--unit", "亿元", "--period", "2024", "--source", "科技厅"]


@pytest.fixture
def call(call, tmp_path):
    """Run a command on a workspace of its own; return exit code, output and errors."""
    return lambda *arguments: call(*arguments, "--workspace", tmp_path / "workspace")


@pytest.fixture
def account(monkeypatch):
    monkeypatch.setenv("CLUSTERS_ACCOUNT", "统计处")
    get_settings.cache_clear()
    yield "统计处"
    monkeypatch.undo()
    get_settings.cache_clear()


def entries(call, *arguments):
    code, out, err = call("audit", "--json", *arguments)
    assert code == 0, err
    return json.loads(out)["audit"]


def test_the_account_of_the_settings_is_noted_unless_another_is_named(call, account):
    assert call("goals", "observe", *ONE)[0] == 0
    assert call("goals", "observe", *ONE[:-1], "报告", "--who", "规划处")[0] == 0
    assert [entry["who"] for entry in entries(call)] == [account, "规划处"]


def test_an_export_comes_back_and_nothing_is_doubled(call, tmp_path):
    assert call("goals", "observe", *ONE)[0] == 0
    for name in ("out.csv", "out.xlsx"):
        code, out, err = call("goals", "export", tmp_path / name, "--language", "zh")
        assert (code, out.splitlines()[0]) == (0, f"1 observations written to {tmp_path / name}"), (
            err
        )
        assert call("goals", "import", tmp_path / name)[:2] == (
            0,
            "0 observations added, 1 were here already\n",
        )


def test_a_bad_table_ends_with_two_and_one_line_for_each_fault(call, tmp_path):
    table = pd.DataFrame(
        {"indicator_id": ["AI_IND_SIZE"] * 3, "area": "成都市", "period": ["2024", "20225", "2024"],
         "value": ["1", "2", "three"], "unit": ["亿元", "亿元", "万元"], "source": "s"}
    )  # fmt: skip
    table.to_csv(tmp_path / "in.csv", index=False)
    code, out, err = call("goals", "import", tmp_path / "in.csv")
    assert (code, out) == (2, "")
    told = [line for line in err.splitlines() if line.startswith("row ")]
    assert [line.split(" '")[0] for line in told] == [
        "row 3, period:",
        "row 4, unit:",
        "row 4, value:",
    ]
    assert entries(call) == []


def test_a_choice_is_made_and_taken_back(call):
    call("goals", "observe", *ONE)
    code, _out, err = call("goals", "prefer", "ledger.1")
    assert code == 2
    assert "reason is empty" in err
    assert call("goals", "prefer", "ledger.1", "--reason", "终稿")[0] == 0
    assert call("goals", "prefer", "ledger.1", "--rule")[0] == 0
    assert [entry["action"] for entry in entries(call)] == [
        "observation.add",
        "used_value.record",
        "used_value.withdraw",
    ]


def test_the_trail_can_be_cut_and_shows_text_as_text(call):
    call("goals", "observe", *ONE)
    call("goals", "observe", *ONE[:-1], "[red]=1+1[/red]")
    call("goals", "prefer", "ledger.1", "--reason", "r")
    assert [entry["id"] for entry in entries(call, "--last", "2")] == [2, 3]
    assert [entry["id"] for entry in entries(call, "--action", "observation.")] == [1, 2]
    code, out, _err = call("audit")
    assert code == 0
    assert "[red]=1+1[/red]" in out
    assert out.startswith("3 entries")


def test_an_empty_ledger_has_an_empty_trail(call):
    assert entries(call) == []
    assert call("audit")[1].startswith("0 entries")
