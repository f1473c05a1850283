"""What each role is offered on the pages, and what the server refuses all the same."""

import re

import pytest

from clusters.access import AccessDenied, Role
from clusters.ledger import audit, observations, open_ledger
from clusters.settings import get_settings
from clusters.ui import account, history_view, shell
from clusters.workspace import published_id
from visits import ROOT


@pytest.fixture
def sign_in(monkeypatch):
    """Return a function that makes the next visits those of a role behind a gateway."""

    def become(role: str, user: str = "u") -> None:
        headers = {
            "X-Clusters-Gateway": "s",
            "X-Forwarded-User": user,
            "X-Forwarded-Role": role,
        }
        monkeypatch.setattr(account, "_headers", lambda: headers)

    monkeypatch.setenv("CLUSTERS_ACCESS", "gateway")
    monkeypatch.setenv("CLUSTERS_GATEWAY_SECRET", "s")
    get_settings.cache_clear()
    yield become
    monkeypatch.undo()
    get_settings.cache_clear()


def _keys(page) -> set[str]:
    return {str(widget.key) for widget in page.button}


def _downloads(page) -> int:
    return len(page.get("download_button"))


FORMS = [
    ("goals", "observe", "observe-add"),
    ("firms", "decide", "promote-send"),
    ("firms", "milestones", "milestone-send"),
]


@pytest.mark.parametrize(("name", "view", "button"), FORMS)
def test_forms_are_shown_to_those_who_may_use_them(
    sign_in, open_page, words, failures, name, view, button
):
    sign_in("editor")
    page = open_page(name, view=view)
    assert not failures(page)
    assert any(button in one for one in _keys(page))
    sign_in("analyst")
    page = open_page(name, view=view)
    assert not failures(page)
    assert not any(button in one for one in _keys(page))
    assert "不能登记" in words(page)


def test_on_a_shared_platform_nobody_writes_under_another_name(sign_in, open_page):
    sign_in("editor", "wang")
    page = open_page("goals", view="observe")
    assert "observe-who" not in {one.key for one in page.text_input}
    page.text_input(key="observe-period").input("2024")
    page.text_input(key="observe-value").input("12")
    page.text_input(key="observe-source").input("a bulletin")
    page.button(key="observe-add").click().run()
    book = open_ledger()
    assert observations(book)["who"].tolist()[-1:] == ["wang"]
    book.close()


def test_a_role_lost_while_a_form_is_open_counts_when_it_is_sent(sign_in, open_page):
    sign_in("editor")
    page = open_page("goals", view="observe")
    before = len(audit(open_ledger()))
    page.text_input(key="observe-period").input("2023")
    page.text_input(key="observe-value").input("13")
    page.text_input(key="observe-source").input("a bulletin")
    sign_in("viewer")
    page.button(key="observe-add").click().run()
    assert len(audit(open_ledger())) == before


def test_a_viewer_looks_and_takes_nothing_away(sign_in, open_page, words, failures):
    for name in ("methods", "firms", "briefing"):
        sign_in("viewer")
        page = open_page(name)
        assert not failures(page)
        assert _downloads(page) == 0, name
        assert "不能导出" in words(page), name
        sign_in("analyst")
        assert _downloads(open_page(name)) > 0, name


def test_only_administrators_are_offered_to_go_back(sign_in, open_page, shipped_workspace):
    # Another snapshot to go back to: the same one under another name.
    now = shipped_workspace / "snapshots" / str(published_id(shipped_workspace))
    other = now.with_name("20200101T000000Z-abcdef")
    other.symlink_to(now)
    try:
        sign_in("editor")
        assert "back-yes" not in _keys(open_page("data"))
        sign_in("admin")
        assert "back-yes" in _keys(open_page("data"))
    finally:
        other.unlink()


def test_going_back_is_written_down(shipped_workspace, own_workspace):
    now = str(published_id(shipped_workspace))
    (own_workspace / "snapshots").mkdir(parents=True)
    (own_workspace / "snapshots" / now).symlink_to(shipped_workspace / "snapshots" / now)
    history_view.roll_back(own_workspace, now, who="chief")
    book = open_ledger()
    row = audit(book).iloc[-1]
    book.close()
    assert (row["who"], row["action"]) == ("chief", "snapshot.roll_back")
    assert now in row["payload"]
    assert published_id(own_workspace) == now


def test_a_part_that_reruns_alone_looks_at_the_visit_again(sign_in, monkeypatch):
    ran, said = [], []
    monkeypatch.setattr(account.st, "fragment", lambda body: body)
    monkeypatch.setattr(account.cards, "failure", said.append)
    part = account.fragment(lambda: ran.append(1))
    sign_in("viewer")
    part()
    assert ran == [1]
    sign_in("no such role")
    part()
    assert ran == [1]
    assert "has no role" in said[0]


@pytest.mark.parametrize("role", list(Role))
def test_every_page_opens_for_those_who_may_and_refuses_the_others(sign_in, role):
    sign_in(role.value)
    refused = set()
    for name in shell.PAGES:
        try:
            account.current_account(shell._right(name))
        except AccessDenied:
            refused.add(name)
    assert refused == (set() if role in {Role.EDITOR, Role.ADMIN} else {"data"})


def test_every_page_there_is_stands_in_the_navigation():
    assert sorted(shell.PAGES) == sorted(file.stem for file in (ROOT / "pages").glob("*.py"))


SOURCES = [*(ROOT / "pages").glob("*.py"), *(ROOT / "src/clusters/ui").glob("*.py")]


def test_files_leave_and_parts_rerun_by_one_door_each():
    doors = {"st.download_button": {"handing.py"}, "st.fragment": {"account.py"}}
    for call, place in doors.items():
        found = {file.name for file in SOURCES if call in file.read_text(encoding="utf-8")}
        assert found == place, call


def test_whoever_writes_names_the_right_that_takes():
    for file in SOURCES:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"current_account\(\)", text), file
        if re.search(r"\bwho=", text) and file.name not in {"handing.py", "history_view.py"}:
            named = "current_account(Right." in text or "write_down(" in text
            assert named or "who=row" in text, file
