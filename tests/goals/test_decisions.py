"""Places of the benchmark list: promote, replace, withdraw, check, restore; and milestones."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from clusters.errors import InputError
from clusters.goals.benchmark import (
    benchmark_firms,
    checked_on,
    shipped_places,
    stale,
    stale_places,
)
from clusters.goals.decisions import Choice, check, history, promote, restore, vacate
from clusters.goals.milestones import add_milestone, close_milestone, milestones
from clusters.ledger import audit, open_ledger


@pytest.fixture
def ledger(tmp_path):
    opened = open_ledger(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def firms():
    names = [*shipped_places()["name"], "甲公司", "乙公司", "弱公司"]
    count = len(names)
    return pd.DataFrame(
        {
            "enterprise_id": [str(n) for n in range(count)],
            "name": names,
            "ai_relevance": ["core"] * (count - 1) + ["weak"],
            "as_of": ["2026-10-01"] * count,
            "group_hint": [None] * count,
        }
    )


def choice(name="甲公司", **changes):
    return Choice(**({"name": name, "evidence_level": "B", "basis": "链主"} | changes))


DECIDED = {"who": "analyst", "reason": "证据更强"}


def test_a_firm_replaces_another_and_the_rest_stay(ledger, firms):
    before = benchmark_firms(firms, ledger=ledger).table
    assert promote(ledger, firms, choice(), place=7, **DECIDED) == 7
    after = benchmark_firms(firms, ledger=ledger)
    row = after.table.set_index("place").loc[7]
    assert (row["name"], row["origin"], row["evidence_level"]) == ("甲公司", "decided", "B")
    assert (row["reason"], row["who"]) == ("证据更强", "analyst")
    others = after.table["place"] != 7
    pd.testing.assert_series_equal(after.table.loc[others, "name"], before.loc[others, "name"])
    assert len(after.table) == 30
    assert after.in_place == 30


def test_a_withdrawn_firm_leaves_a_place_that_a_promotion_fills(ledger, firms):
    gone = vacate(ledger, firms, 12, **DECIDED)
    empty = benchmark_firms(firms, ledger=ledger)
    assert (empty.vacant, len(empty.table)) == ((12,), 29)
    assert gone not in set(empty.table["name"])
    assert promote(ledger, firms, choice(), **DECIDED) == 12
    full = benchmark_firms(firms, ledger=ledger)
    assert (full.vacant, len(full.table)) == ((), 30)


def test_a_restored_place_is_as_shipped(ledger, firms):
    shipped = benchmark_firms(firms).table
    promote(ledger, firms, choice(), place=3, **DECIDED)
    restore(ledger, 3, **DECIDED)
    pd.testing.assert_frame_equal(
        benchmark_firms(firms, ledger=ledger).table, shipped, check_dtype=False
    )
    told = history(ledger)
    assert list(told["withdrawn"]) == [False, True]
    assert list(audit(ledger)["who"]) == ["analyst", "analyst"]


@pytest.mark.parametrize(
    ("given", "place", "words"),
    [
        (choice("无此公司"), 1, "not in the snapshot"),
        (choice("弱公司"), 1, "only core and related"),
        (choice(evidence_level="D"), 1, "use one of A, B, C"),
        (choice(basis=" "), 1, "basis is empty"),
        (choice(), 31, "there are 1 to 30"),
        (choice(), None, "name the place to replace"),
    ],
)
def test_what_cannot_be_promoted_is_refused_with_what_to_do(ledger, firms, given, place, words):
    with pytest.raises(InputError, match=words):
        promote(ledger, firms, given, place=place, **DECIDED)
    assert history(ledger).empty


def test_a_firm_stands_on_the_list_once(ledger, firms):
    promote(ledger, firms, choice(), place=1, **DECIDED)
    with pytest.raises(InputError, match="on the list already"):
        promote(ledger, firms, choice("甲公司"), place=2, **DECIDED)
    held = str(benchmark_firms(firms, ledger=ledger).table["name"].iloc[5])
    with pytest.raises(InputError, match="on the list already"):
        promote(ledger, firms, choice(held), place=2, **DECIDED)


def test_no_decision_without_a_reason(ledger, firms):
    for decide in (
        lambda: promote(ledger, firms, choice(), place=1, who="a", reason=" "),
        lambda: vacate(ledger, firms, 1, who="a", reason=""),
        lambda: restore(ledger, 1, who="a", reason=""),
    ):
        with pytest.raises(InputError, match="reason is empty"):
            decide()
    assert history(ledger).empty


def test_the_history_tells_each_decision_with_who_why_and_what(ledger, firms):
    promote(ledger, firms, choice(), place=7, **DECIDED)
    check(ledger, firms, 7, day=date(2026, 9, 1), who="b")
    vacate(ledger, firms, 12, who="c", reason="停产")
    got = history(ledger)
    assert got[["place", "name", "checked", "who"]].to_numpy().tolist() == [
        [7, "甲公司", "", "analyst"],
        [7, "甲公司", "2026-09-01", "b"],
        [12, "", "", "c"],
    ]
    assert got["reason"].tolist()[::2] == ["证据更强", "停产"]
    assert got["place"].dtype.kind == "i"


def test_a_check_keeps_the_firm_and_says_when_and_who(ledger, firms):
    day = date(2026, 9, 1)
    check(ledger, firms, 4, day=day, who="analyst", owner="产业处", note="年报已核对")
    row = benchmark_firms(firms, ledger=ledger).table.set_index("place").loc[4]
    assert (row["origin"], row["checked"], row["owner"]) == ("shipped", "2026-09-01", "产业处")
    check(ledger, firms, 4, day=date(2026, 10, 1), who="analyst")
    again = benchmark_firms(firms, ledger=ledger).table.set_index("place").loc[4]
    assert (again["checked"], again["owner"], again["note"]) == (
        "2026-10-01",
        "产业处",
        "年报已核对",
    )


def test_a_check_of_a_decided_place_keeps_the_decision(ledger, firms):
    promote(ledger, firms, choice(), place=4, **DECIDED)
    check(ledger, firms, 4, day=date(2026, 10, 1), who="analyst")
    row = benchmark_firms(firms, ledger=ledger).table.set_index("place").loc[4]
    assert (row["name"], row["origin"], row["reason"]) == ("甲公司", "decided", "证据更强")


def test_a_check_needs_a_held_place_and_a_day_that_has_been(ledger, firms):
    with pytest.raises(InputError, match="lies ahead"):
        check(ledger, firms, 1, day=datetime.now(UTC).date() + timedelta(days=2), who="a")
    # In Chengdu a day begins eight hours before it does by the clock of many a server.
    check(ledger, firms, 1, day=(datetime.now(UTC) + timedelta(hours=8)).date(), who="a")
    vacate(ledger, firms, 1, **DECIDED)
    with pytest.raises(InputError, match="vacant"):
        check(ledger, firms, 1, day=date(2026, 1, 1), who="a")
    with pytest.raises(InputError, match="vacant"):
        vacate(ledger, firms, 1, **DECIDED)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"checked": "2026-10-01", "as_of": "2020"}, False),
        ({"checked": "", "as_of": "2025-11-23"}, False),
        ({"checked": "", "as_of": "2025-11-21"}, True),
        ({"checked": "", "as_of": "2024-06"}, True),
        ({"checked": "", "as_of": "2026"}, False),
        ({"checked": None, "as_of": None}, True),
    ],
)
def test_a_place_goes_stale_a_year_after_it_was_looked_at(row, expected):
    assert stale(row, as_of=date(2026, 11, 22)) is expected
    assert checked_on(row) in {row["checked"], row["as_of"], ""}


def test_stale_places_are_listed(ledger, firms):
    table = firms.assign(as_of="2020-01-01")
    day = date(2026, 11, 22)
    check(ledger, table, 2, day=date(2026, 11, 1), who="a")
    found = stale_places(benchmark_firms(table, ledger=ledger), as_of=day)
    assert found == [place for place in range(1, 31) if place != 2]


def test_independent_groups_are_fewer_than_places_where_families_share_them(firms):
    named = firms.assign(group_hint=["长虹系"] * 3 + [None] * (len(firms) - 3))
    assert benchmark_firms(named).groups == 28


def test_milestones_are_planned_closed_and_overdue(ledger):
    day = date(2026, 11, 22)
    late = add_milestone(ledger, "甲公司", "省级技术中心", due="2026-06", who="analyst")
    add_milestone(ledger, "甲公司", "上市", due="2027", who="analyst", source="川府发1号")
    table = milestones(ledger, as_of=day)
    assert list(table["title"]) == ["省级技术中心", "上市"]
    assert list(table["overdue"]) == [True, False]
    close_milestone(ledger, late, state="done", day=date(2026, 7, 1), who="analyst")
    closed = milestones(ledger, as_of=day).set_index("key").loc[late]
    assert (closed["state"], closed["closed"], closed["overdue"]) == ("done", "2026-07-01", False)


@pytest.mark.parametrize(
    ("due", "overdue"),
    [("2026", False), ("2026-11", False), ("2026-11-22", False), ("2026-11-21", True)],
)
def test_a_milestone_is_overdue_after_its_last_day(ledger, due, overdue):
    add_milestone(ledger, "甲公司", "试点", due=due, who="analyst")
    assert list(milestones(ledger, as_of=date(2026, 11, 22))["overdue"]) == [overdue]


def test_there_are_no_milestones_at_first(ledger):
    assert milestones(ledger, as_of=date(2026, 1, 1)).empty


@pytest.mark.parametrize("due", ["soon", "2026-13", "2026-02-30", "26", "2026-6-1"])
def test_a_milestone_needs_a_date(ledger, due):
    with pytest.raises(InputError, match="write 2027"):
        add_milestone(ledger, "甲公司", "上市", due=due, who="analyst")


def test_what_is_wrong_with_a_milestone_is_said(ledger):
    key = add_milestone(ledger, "甲公司", "上市", due="2027", who="analyst")
    with pytest.raises(InputError, match="there already"):
        add_milestone(ledger, "甲公司", " 上市 ", due="2028", who="analyst")
    with pytest.raises(InputError, match="title is empty"):
        add_milestone(ledger, "甲公司", " ", due="2028", who="analyst")
    day = date(2026, 1, 1)
    with pytest.raises(InputError, match="does not exist"):
        close_milestone(ledger, "nope", state="done", day=day, who="analyst")
    with pytest.raises(InputError, match="use one of"):
        close_milestone(ledger, key, state="gone", day=day, who="analyst")
    with pytest.raises(InputError, match="reason is empty"):
        close_milestone(ledger, key, state="dropped", day=day, who="analyst")
