"""Records by kind and key: what comes back, what is refused, and that no version is ever lost."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.errors import InputError
from clusters.ledger import (
    FieldError,
    audit,
    open_ledger,
    record,
    records,
    save_view,
    saved_views,
    withdraw,
)


@pytest.fixture(scope="module")
def shared_ledger(tmp_path_factory):
    opened = open_ledger(tmp_path_factory.mktemp("records"))
    yield opened
    opened.close()


def test_the_newest_version_of_a_key_counts_and_the_history_keeps_all(ledger):
    first = record(ledger, "profile", "AI 园区", {"weights": {"rent": 0.3}}, who="officer")
    record(ledger, "profile", "other", {}, who="officer")
    second = record(ledger, "profile", "AI 园区", {"weights": {"rent": 0.5}}, who="planner")
    record(ledger, "scenario", "AI 园区", {"add": ["firm"]}, who="planner")

    newest = records(ledger, "profile")
    assert list(newest.columns) == [
        "id",
        "kind",
        "key",
        "payload",
        "reason",
        "who",
        "recorded_at",
        "withdrawn",
    ]
    assert list(newest["key"]) == ["other", "AI 园区"]
    assert newest["payload"].iloc[1] == {"weights": {"rent": 0.5}}
    history = records(ledger, "profile", history=True)
    assert [first, second] == list(history.loc[history["key"] == "AI 园区", "id"])


def test_a_withdrawn_record_is_gone_from_the_list_and_may_be_recorded_again(ledger):
    record(ledger, "label", "firm-1", {"relevant": True}, who="a")
    withdraw(ledger, "label", "firm-1", who="b", reason="wrong firm")
    assert records(ledger, "label").empty
    history = records(ledger, "label", history=True)
    assert list(history["withdrawn"]) == [False, True]
    assert list(history["reason"]) == ["", "wrong firm"]
    record(ledger, "label", "firm-1", {"relevant": False}, who="c")
    assert records(ledger, "label")["payload"].iloc[0] == {"relevant": False}


def test_only_what_is_there_can_be_withdrawn(ledger):
    with pytest.raises(FieldError, match="there is none of this name"):
        withdraw(ledger, "label", "firm-1", who="a")
    record(ledger, "label", "firm-1", {}, who="a")
    withdraw(ledger, "label", "firm-1", who="a")
    with pytest.raises(FieldError, match="withdrawn already"):
        withdraw(ledger, "label", "firm-1", who="a")
    assert len(records(ledger, "label", history=True)) == 2


def test_every_version_and_withdrawal_is_in_the_audit_trail(ledger):
    key = record(ledger, "milestone", "m", {"due": "2025"}, who="a", reason="agreed on 1 March")
    withdraw(ledger, "milestone", "m", who="b", reason="doubled")
    trail = audit(ledger)
    assert list(trail["action"]) == ["milestone.record", "milestone.withdraw"]
    assert list(trail["who"]) == ["a", "b"]
    assert json.loads(trail["payload"].iloc[0]) == {
        "id": key,
        "kind": "milestone",
        "key": "m",
        "payload": {"due": "2025"},
        "reason": "agreed on 1 March",
    }


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"kind": "View"}, "kind", "lower-case"),
        ({"kind": "x" * 33}, "kind", "at most 32"),
        ({"kind": ""}, "kind", "none"),
        ({"key": "  "}, "name", "is empty"),
        ({"key": "字" * 129}, "name", "129 characters; shorten it to 128"),
        ({"key": "a\x00b"}, "name", "control"),
        ({"key": "张三 13800138000"}, "name", "contact details"),
        ({"who": ""}, "who", "is empty"),
        ({"who": "a@b.cn"}, "who", "contact details"),
        ({"reason": "call 028-86543210"}, "reason", "contact details"),
        ({"reason": "x" * 2001}, "reason", "shorten"),
        ({"payload": [1]}, "payload", "is a list"),
        ({"payload": {"a": float("nan")}}, "payload", "JSON"),
        ({"payload": {"a": {1, 2}}}, "payload", "JSON"),
        ({"payload": {1: "a"}}, "payload", "come back"),
        ({"payload": {"a": "\ud800"}}, "payload", "JSON"),
        ({"payload": {"a": "b\0"}}, "payload", "control"),
        ({"payload": {"a": "x" * 70_000}}, "payload", "keep it to 65536"),
        ({"payload": {"a": [{"b": "某人电话13800138000"}]}}, "payload", "contact details"),
        ({"payload": {"x@y.org": 1}}, "payload", "contact details"),
        ({"payload": {"a": "51010419800101123X"}}, "payload", "identity"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_leaves_nothing(shared_ledger, changes, field, words):
    given_ = {"kind": "note", "key": "k", "payload": {"a": 1}, "who": "a", "reason": ""} | changes
    kind, key, payload = (given_.pop(name) for name in ("kind", "key", "payload"))
    with pytest.raises(FieldError, match=words) as caught:
        record(shared_ledger, kind, key, payload, **given_)
    assert caught.value.field == field
    assert str(caught.value).startswith(field)
    assert isinstance(caught.value, InputError)
    assert records(shared_ledger, "note").empty


def test_coordinates_and_codes_are_no_telephone_numbers(ledger):
    payload = {"lat": "30.13912345678", "uscc": "91510100MA61T2TG4Q", "day": "2018-09-28"}
    record(ledger, "view", "v", payload | {"at": 104.13912345678}, who="a")
    record(ledger, "label", "x-f13812345678", {"firm": "x-13812345678a"}, who="a")
    assert len(records(ledger, "view")) == len(records(ledger, "label")) == 1


_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Nd"], exclude_characters="@＠"), max_size=20
)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60)
@given(payload=st.dictionaries(_TEXT, _VALUES, max_size=4))
def test_any_json_comes_back_as_it_was_given(shared_ledger, payload):
    key = record(shared_ledger, "any", "k", payload, who="a")
    found = records(shared_ledger, "any")
    assert (found["id"].iloc[0], found["payload"].iloc[0]) == (key, payload)


def test_the_newest_view_of_a_name_counts(ledger):
    save_view(ledger, "home", page="overview", payload={"a": "1"}, who="p")
    save_view(ledger, " home ", page="map", payload={"a": "2"}, who="p")
    views = saved_views(ledger)
    assert list(views.columns) == ["id", "name", "page", "payload", "who", "recorded_at"]
    assert list(views["page"]) == ["map"]
    assert views["payload"].iloc[0] == {"a": "2"}
    with pytest.raises(InputError, match="name is empty"):
        save_view(ledger, " ", page="map", payload={}, who="p")
    with pytest.raises(InputError, match="page is empty"):
        save_view(ledger, "x", page="", payload={}, who="p")
    withdraw(ledger, "view", "home", who="p")
    assert saved_views(ledger).empty
