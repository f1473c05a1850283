"""`clusters goals` and `clusters firms`: what they print, accept and refuse."""

import json
from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture
def call(call, place: Path):
    """Run a command on the workspace of this module; return exit code, output and errors."""
    return lambda *arguments: call(*arguments, "--workspace", place)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, shipped_copy) -> Path:
    return shipped_copy(tmp_path_factory.mktemp("commands") / "w")


def told(answer):
    code, out, err = answer
    assert code == 0, err
    return json.loads(out)


def test_every_target_has_its_evidence_rule_gap_and_projection_or_a_reason(call):
    got = told(call("goals", "--as-of", "2026-11-22", "--json"))
    assert len(got["targets"]) == 128
    for row in got["targets"]:
        assert {"used", "status", "rule", "gap", "projection", "successions"} <= set(row)
        if row["status"] != "qualitative":
            assert row["projection"] or row["projection_reason"]
        if row["used"]:
            assert row["used"]["source"]


def test_counted_values_stand_apart_from_published_ones(call):
    rows = {
        r["target_id"]: r for r in told(call("goals", "--as-of", "2026-11-22", "--json"))["targets"]
    }
    mine = rows["S18-2025-02"]
    assert mine["status"] == "no_public_value"
    assert [v["value"] for v in mine["measured_values"]] == [30]
    assert {v["origin"] for v in mine["measured_values"]} == {"measured from registry"}
    assert all(
        v["origin"] != "measured from registry" for r in rows.values() for v in r["nearest_values"]
    )


def test_a_zone_without_targets_is_told_all_the_same(call):
    got = told(call("goals", "--zone", "mianyang-science-city", "--json"))
    assert got["targets"] == []
    zone = got["zone"]
    assert (zone["named_in_plan"], zone["place"]) == (False, "footprint")
    assert zone["firms"] == sum(zone["by_precision"].values())
    assert zone["location_quotient"]["n"] == zone["firms"]
    assert {o["area"] for o in zone["observations"]} >= {"绵阳科技城新区"}


def test_a_zone_with_an_assumed_place_says_so_and_an_undefined_quotient_is_null(call):
    got = told(call("goals", "--zone", "tianfu-wireless-valley", "--json"))
    assert got["zone"]["place"] == "assumed"
    assert got["zone"]["location_quotient"]["value"] is None
    assert [t["target_id"] for t in got["targets"]] == ["S18-ZONE-02"]
    assert got["zone"]["tasks"][0]["lead_agency"] == "省经济和信息化委"


def test_an_area_that_is_no_zone_has_targets_and_no_profile(call):
    got = told(call("goals", "--zone", "510700", "--json"))
    assert got["zone"] is None
    assert [t["target_id"] for t in got["targets"]] == ["MY-2025-01"]


def test_a_past_day_knows_only_plans_and_values_of_its_time(call):
    rows = {
        r["target_id"]: r for r in told(call("goals", "--as-of", "2023-12-31", "--json"))["targets"]
    }
    assert rows["S24-2027-05"]["rule"] == "not_issued"
    assert all(not row["measured_values"] for row in rows.values())
    assert rows["C22-2025-01"]["used"]["published"] == "2023-11-17"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--zone", "nowhere"), ["mianyang-science-city", "四川省"]),
        (("--as-of", "2020-13-01"), ["2020-13-01"]),
        (("--as-of", "20225-01-01"), ["20225"]),
        (("--as-of", "9999-12-31"), ["2100"]),
        (("--as-of", "1066-10-14"), ["1990"]),
    ],
)
def test_bad_days_and_unknown_zones_are_refused(call, arguments, words):
    code, _out, err = call("goals", *arguments)
    assert code == 2
    assert all(word in err for word in words)


def test_the_thirty_are_listed_as_our_own(call):
    got = told(call("firms", "--json"))
    assert got["official"] is False
    assert (len(got["firms"]), got["in_place"], got["vacant"]) == (30, 30, [])
    assert {row["origin"] for row in got["firms"]} == {"shipped"}
    assert got["groups"] == 30  # no two of the thirty are of one family


def test_a_candidate_takes_a_place_and_the_list_is_written(call, tmp_path: Path):
    found = told(call("firms", "candidates", "--limit", "3", "--weight", "core=9", "--json"))
    assert found["weights"]["core"] == 9
    best = found["candidates"][1]["name"]
    give = ("firms", "promote", best, "--basis", "链主", "--evidence", "B", "--reason", "证据更强")
    refused = call(*give)
    assert refused[0] == 2
    assert "withdraw" in refused[2]
    assert call("firms", "withdraw", "30", "--reason", "已转产")[0] == 0
    assert told(call("firms", "--json"))["vacant"] == [30]
    code, out, _ = call(*give, "--who", "产业处")
    assert (code, "place 30" in out) == (0, True)
    assert call("firms", "check", "30", "--owner", "产业处", "--day", "2026-11-01")[0] == 0
    code, out, _ = call("firms", "milestone", best, "省级技术中心", "--due", "2020")
    assert code == 0
    key = out.split()[1]
    listed = told(call("firms", "--json"))
    row = next(r for r in listed["firms"] if r["place"] == 30)
    assert (row["name"], row["origin"], row["checked"]) == (best, "decided", "2026-11-01")
    assert [m["overdue"] for m in listed["milestones"]] == [True]
    assert call("firms", "close", key, "--day", "2026-11-02")[0] == 0
    target = tmp_path / "list.csv"
    assert call("firms", "export", target)[0] == 0
    written = pd.read_csv(target, dtype=str, encoding="utf-8-sig")
    assert best in set(written["name"])
    assert call("firms", "restore", "30", "--reason", "误操作")[0] == 0
    assert {r["origin"] for r in told(call("firms", "--json"))["firms"]} == {"shipped"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("candidates", "--weight", "core"), "CRITERION=NUMBER"),
        (("candidates", "--weight", "luck=3"), "no such criterion"),
        (("candidates", "--weight", "core=99"), "0 to 10"),
        (("withdraw", "99", "--reason", "x"), "1 to 30"),
        (("restore", "5", "--reason", "x"), "none"),
        (("close", "nope"), "does not exist"),
        (("export", "list.docx"), ".xlsx"),
        (("milestone", "甲", "上市", "--due", "soon"), "2027-06"),
    ],
)
def test_what_cannot_be_done_ends_with_two_and_what_to_do(call, arguments, words):
    code, _out, err = call("firms", *arguments)
    assert code == 2, err
    assert words in err
