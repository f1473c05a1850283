"""The ledger: what it accepts, what it refuses, and that nothing is lost."""

import dataclasses
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.errors import InputError, WorkspaceError
from clusters.ledger import (
    Known,
    add_observation,
    audit,
    known_indicators,
    observations,
    open_ledger,
)
from drafts import draft

KNOWN = Known(
    units={"AI_IND_SIZE": "亿元", "AI_FIRMS": "家", "AI_IND_GROWTH": "%"},
    own_group={"AI_IND_SIZE": "size", "AI_FIRMS": "firms", "AI_IND_GROWTH": "growth"},
    groups={
        "size": "AI_IND_SIZE",
        "revenue": "AI_IND_SIZE",
        "firms": "AI_FIRMS",
        "growth": "AI_IND_GROWTH",
    },
    areas={"四川省": "四川省", "510000": "四川省", "成都市": "成都市", "绵阳市": "绵阳市"},
)
DRAFT = draft(source="全省科技工作会议 2025-03-10", qualifier=">", confidence="high")


def variant(**changes):
    return dataclasses.replace(DRAFT, **changes)


def add(ledger, **changes):
    return add_observation(ledger, variant(**changes), who="analyst", known=KNOWN)


def test_an_observation_comes_back_as_it_was_given(ledger):
    key = add(ledger, definition_note="口径：产业规模")
    row = observations(ledger).iloc[0]
    assert row["id"] == key
    given_fields = {
        "indicator_id": "AI_IND_SIZE",
        "area": "四川省",
        "period": "2024",
        "value": 1300.0,
        "unit": "亿元",
        "qualifier": ">",
        "confidence": "high",
        "definition_note": "口径：产业规模",
        "who": "analyst",
    }
    assert {k: row[k] for k in given_fields} == given_fields
    assert row["recorded_at"].endswith("+00:00")


def test_every_write_is_in_the_audit_log(ledger):
    key = add(ledger)
    add(ledger, value=1310, supersedes=key)
    log = audit(ledger)
    assert list(log["action"]) == ["observation.add", "observation.correct"]
    assert list(log["who"]) == ["analyst", "analyst"]
    assert '"value": 1310' in log["payload"].iloc[1]


def test_a_correction_supersedes_and_keeps_the_old_row(ledger):
    first = add(ledger)
    second = add(ledger, value=1320, supersedes=first)
    assert list(observations(ledger)["id"]) == [second]
    assert list(observations(ledger, superseded=True)["id"]) == [first, second]


def test_a_value_may_return_after_its_correction_was_corrected(ledger):
    first = add(ledger)
    second = add(ledger, value=1320, supersedes=first)
    third = add(ledger, supersedes=second)
    assert list(observations(ledger)["id"]) == [third]


def test_conflicting_values_stand_side_by_side(ledger):
    add(ledger)
    add(ledger, value=1250, source="another report")
    assert len(observations(ledger)) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"indicator_id": "AI_IND_SIZ"}, "unknown.*AI_IND_SIZE"),
        ({"unit": "万元"}, "convert the value.*亿元"),
        ({"definition_group": "firms"}, "use one of .'size', 'revenue'"),
        ({"value": "about 1300"}, "not a number"),
        ({"value": float("nan")}, "not a number"),
        ({"value": True}, "not a number"),
        ({"value": -1}, "below zero"),
        ({"period": "20225"}, "2025-06"),
        ({"period": "1202"}, "between 1990"),
        ({"period": "2199"}, "between 1990"),
        ({"period": "2024-13"}, "2025-06"),
        ({"period": "2023-02-30"}, "does not exist"),
        ({"source": "  "}, "source is empty"),
        ({"area": ""}, "area is empty"),
        ({"qualifier": "about"}, "qualifier"),
        ({"confidence": "sure"}, "confidence"),
        ({"source_date": "2024/01/01"}, "2025-06-30"),
        ({"supersedes": 99}, "no such row"),
        ({"source": "call 13800000000"}, "telephone"),
        ({"definition_note": "name@example.org"}, "e-mail"),
    ],
)
def test_bad_drafts_are_refused_and_leave_nothing(ledger, changes, words):
    with pytest.raises(InputError, match=words):
        add(ledger, **changes)
    assert observations(ledger).empty
    assert audit(ledger).empty


def test_the_definition_is_the_indicators_own_unless_given(ledger):
    add(ledger)
    add(ledger, definition_group="revenue")
    assert list(observations(ledger)["definition_group"]) == ["size", "revenue"]


def test_the_shipped_indicators_are_known_with_their_groups():
    known = known_indicators()
    assert known.units["AI_IND_SIZE"] == "亿元"
    assert "QUAL" not in known.units
    assert set(known.own_group.values()) <= set(known.groups)


def test_a_duplicate_is_refused_and_names_the_row(ledger):
    key = add(ledger)
    with pytest.raises(InputError, match=f"id {key}.*correct that row"):
        add(ledger, value="1300.0")
    assert len(observations(ledger)) == 1


def test_a_correction_keeps_indicator_and_area_and_happens_once(ledger):
    key = add(ledger)
    with pytest.raises(InputError, match="must keep"):
        add(ledger, area="成都市", supersedes=key)
    second = add(ledger, value=1, supersedes=key)
    with pytest.raises(InputError, match=f"correct row {second}"):
        add(ledger, value=2, supersedes=key)


def test_a_forecast_may_lie_ahead(ledger):
    add(ledger, period="2030", forecast=True)
    assert bool(observations(ledger)["forecast"].iloc[0])


def test_growth_may_be_negative(ledger):
    add(ledger, indicator_id="AI_IND_GROWTH", unit="%", value=-3.5)
    assert observations(ledger)["value"].iloc[0] == -3.5


def test_who_is_asked_for_and_holds_no_contact(ledger):
    for who, words in [("", "who is empty"), ("a@b.cn", "e-mail")]:
        with pytest.raises(InputError, match=words):
            add_observation(ledger, DRAFT, who=who, known=KNOWN)


def test_text_is_data(ledger):
    nasty = "'); DROP TABLE observation; --"
    add(ledger, source=nasty)
    assert observations(ledger)["source"].iloc[0] == nasty


def test_it_is_still_there_when_opened_again(tmp_path):
    first = open_ledger(tmp_path)
    add(first)
    first.close()
    again = open_ledger(f"sqlite:///{(tmp_path / 'ledger.sqlite').as_posix()}")
    assert len(observations(again)) == 1
    again.close()


def test_it_says_where_it_is(tmp_path):
    ledger = open_ledger(tmp_path / "workspace")
    assert ledger.url.endswith("workspace/ledger.sqlite")
    ledger.close()


def test_sqlite_runs_in_write_ahead_mode(tmp_path):
    open_ledger(tmp_path).close()
    plain = sqlite3.connect(tmp_path / "ledger.sqlite")
    assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    plain.close()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(WorkspaceError, match="file"):
        open_ledger(blocked / "workspace")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "ledger.sqlite").write_bytes(b"this is not a database" * 100)
    with pytest.raises(WorkspaceError, match="cannot be opened"):
        open_ledger(broken)


def test_a_password_is_not_shown(tmp_path):
    with pytest.raises(WorkspaceError) as caught:
        open_ledger("postgresql+nosuchdriver://user:secret@127.0.0.1/db")
    assert "secret" not in str(caught.value)


@settings(max_examples=30)  # each example makes a database
@given(
    st.floats(min_value=0, max_value=1e12),
    st.integers(min_value=1990, max_value=2020),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Nd"], exclude_characters="@＠")),
)
def test_what_is_accepted_comes_back(tmp_path_factory, value, year, note):
    ledger = open_ledger(tmp_path_factory.mktemp("ledger"))
    try:
        add(ledger, value=value, period=str(year), definition_note=note)
        row = observations(ledger).iloc[0]
        got = (row["value"], row["period"], row["definition_note"])
        assert got == (value, str(year), note.strip())
    finally:
        ledger.close()


def test_many_may_open_a_new_ledger_at_the_same_moment(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    for attempt in range(12):
        place = tmp_path / str(attempt)
        with ThreadPoolExecutor(4) as pool:
            for ledger in pool.map(lambda _n, where=place: open_ledger(where), range(4)):
                ledger.close()
