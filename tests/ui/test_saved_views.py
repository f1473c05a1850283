"""Saved views: what is kept, what a link becomes, what is said when something cannot be kept."""

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from clusters.access import AccessDenied
from clusters.errors import WorkspaceError
from clusters.ledger import FieldError, open_ledger, records, save_view, saved_views
from clusters.ui import saved_views as views


def test_the_language_and_empty_parameters_are_not_kept():
    query = {"lang": "en", "place": "510100", "firm": "", "at": "30.6,104.1,9"}
    assert views.parameters(query) == {"at": "30.6,104.1,9", "place": "510100"}


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda k: k != "lang"),
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
        max_size=4,
    )
)
def test_an_address_gives_back_every_parameter(kept):
    found = urlsplit(views.address("map", kept))
    assert found.path == "map"
    assert dict(parse_qsl(found.query, keep_blank_values=True)) == kept


def test_the_overview_is_the_root():
    assert views.address("overview", {}) == "."
    assert views.address("overview", {"a": "1"}) == ".?a=1"


def frame(*rows):
    return pd.DataFrame(rows, columns=["id", "name", "page", "payload", "who", "recorded_at"])


def test_the_newest_is_first_and_pages_that_are_gone_are_left_out():
    rows = frame(
        (1, "old", "map", {"place": "510100"}, "a", "2026-01-01T00:00:00.000+00:00"),
        (2, "gone", "no-such-page", {}, "a", "2026-01-02T00:00:00.000+00:00"),
        (3, "javascript", "javascript:alert(1)", {}, "a", "2026-01-02T00:00:00.000+00:00"),
        (4, "new", "goals", {}, "b", "2026-01-03T00:00:00.000+00:00"),
    )
    assert [(view.name, view.address) for view in views.listed(rows)] == [
        ("new", "goals"),
        ("old", "map?place=510100"),
    ]


def test_names_and_parameters_appear_as_text():
    nasty = '"><script>alert(1)</script>{{7*7}}'
    rows = frame((1, nasty, "map", {"q": nasty}, nasty, "2026-01-01T00:00:00.000+00:00"))
    shown = views.entry(views.listed(rows)[0])
    assert "<script>" not in shown
    assert shown.count("&lt;script&gt;") == 2
    assert shown.count('"') == 6  # those of three attributes


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (FieldError("name", "has 200 characters", "shorten it"), "128"),
        (FieldError("payload", "holds …", "leave it out: contact details are not kept"), "电话"),
        (FieldError("name", "'x' cannot be withdrawn: it is withdrawn already", "look"), "撤下"),
        (WorkspaceError("ledger can only be read"), "管理员"),
        (AccessDenied("no"), "权限"),
    ],
)
def test_what_went_wrong_is_said_in_the_readers_words(error, word):
    assert word in views.problem(error)
    assert "ledger" not in views.problem(error)


def header(page="metrics"):
    """Draw the control alone, as the frame draws it on a page."""
    import streamlit as st

    from clusters.ui import saved_views

    saved_views.control(st.session_state.get("test-page", page))


@pytest.fixture
def book(own_workspace: Path):
    opened = open_ledger(own_workspace)
    yield opened
    opened.close()


def opened(page="metrics", **query):
    at = AppTest.from_function(header, default_timeout=180)
    at.session_state["test-page"] = page
    for key, value in query.items():
        at.query_params[key] = value
    return at.run()


def listed_names(at):
    keys = [button.key for button in at.button]
    return [k.removeprefix("views-withdraw-") for k in keys if k.startswith("views-withdraw-")]


def said(at):
    return " ".join(block.proto.body for block in at.get("html"))


def test_a_view_is_saved_with_its_link_listed_and_withdrawn(book):
    at = opened(by="county", group="ai", lang="zh")
    at.text_input(key="views-name").set_value(" 区县 [总] ")
    at.button(key="views-save").click().run()
    assert not at.exception
    saved = saved_views(book)
    assert saved[["page", "name", "who"]].to_numpy().tolist() == [["metrics", "区县 [总]", "local"]]
    assert saved["payload"].iloc[0] == {"by": "county", "group": "ai"}
    assert at.text_input(key="views-name").value == ""
    assert "已保存“区县 [总]”" in said(at)
    other = opened("goals")
    assert listed_names(other) == ["区县 [总]"]
    assert 'href="metrics?by=county&amp;group=ai"' in said(other)
    other.button(key="views-withdraw-区县 [总]").click().run()
    assert not other.exception
    assert listed_names(other) == []
    assert list(records(book, "view", history=True)["withdrawn"]) == [False, True]


def test_a_name_used_again_says_that_it_replaces(book):
    for by in ("county", "zone"):
        at = opened(by=by)
        at.text_input(key="views-name").set_value("同名")
        at.button(key="views-save").click().run()
    assert "取代同名的旧视图" in said(at)
    assert saved_views(book)["payload"].tolist() == [{"by": "zone"}]


@pytest.mark.parametrize(("name", "word"), [("", "起名"), ("电话13800138000", "证件")])
def test_a_name_that_cannot_be_kept_is_refused_in_words(book, name, word):
    at = opened()
    at.text_input(key="views-name").set_value(name)
    at.button(key="views-save").click().run()
    assert not at.exception
    assert word in said(at)
    assert records(book, "view", history=True).empty


def test_two_who_withdraw_the_same_view_are_both_answered(book):
    save_view(book, "shared", page="map", payload={}, who="a")
    one, other = opened(), opened()
    one.button(key="views-withdraw-shared").click().run()
    other.button(key="views-withdraw-shared").click().run()
    assert not other.exception
    assert "已被他人撤下" in said(other)


def test_who_may_only_look_opens_views_and_is_offered_nothing_else(book, monkeypatch):
    save_view(book, "shared", page="map", payload={}, who="a")
    monkeypatch.setattr(views, "allowed", lambda _right: False)
    at = opened()
    assert not at.exception
    assert "shared" in said(at)
    assert not at.button
    assert not at.text_input


def test_the_control_stands_where_the_ledger_cannot_be_read(book, monkeypatch):
    def broken(_ledger):
        raise WorkspaceError("gone")

    monkeypatch.setattr(views, "saved_views", broken)
    at = opened()
    assert not at.exception
    assert "管理员检查工作区" in said(at)
