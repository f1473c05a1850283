"""Deciding about the benchmark places, in forms: promote, withdraw, check, restore; milestones.

A form never writes on its own: what the ledger refuses is said in words, and nothing changes.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from clusters.access import Right
from clusters.errors import InputError
from clusters.goals import Benchmark
from clusters.goals.benchmark import LEVELS
from clusters.goals.decisions import Choice, check, history, promote, restore, vacate
from clusters.goals.milestones import add_milestone, close_milestone, milestones
from clusters.ui import cards, goals_form, tables
from clusters.ui import goals_view as goals
from clusters.ui.account import allowed, current_account
from clusters.ui.tables import Column, Html
from clusters.ui.text import MISSING, t, texts
from clusters.workspace import Snapshot

_TEXT = 400
_SHOWN = 20


def decided(act: Callable[[], object], *, done: str) -> None:
    """Do what a form asks and say that it is done, or why it is not."""
    try:
        act()
    except InputError as error:
        st.error(f"{t('decide.refused')} — {problem(str(error))}")
    else:
        st.session_state["decided"] = done
        st.rerun()


def told() -> None:
    """Say what the last form did; once."""
    done = st.session_state.pop("decided", "")
    if done:
        st.success(done)


def problem(message: str) -> str:
    """Return what is wrong with a decision in the visitor's language, by its first word."""
    if "e-mail address" in message or "contact" in message:
        return t("goals.error_contact")
    first = message.split(maxsplit=1)[0].rstrip(":")
    key = f"decide.error_{first}"
    if "on the list already" in message:
        key = "decide.error_listed"
    return t(key) if key in texts() else t("goals.error_other")


def promotion(shown: Snapshot, benchmark: Benchmark, names: list[str]) -> None:
    """Show the form that gives a candidate a place."""
    places = _places(benchmark)
    with st.form("promote", border=True):
        st.html(f'<h3 class="c-group">{t("decide.promote")}</h3>')
        name = st.selectbox(t("decide.candidate"), names, key="promote-name")
        place = st.selectbox(
            t("decide.place"),
            (*benchmark.vacant, *places),
            format_func=lambda one: (
                t("decide.vacant", n=one) if one in benchmark.vacant else places[one]
            ),
            key="promote-place",
        )
        level = st.selectbox(
            t("firms.level"),
            LEVELS,
            index=1,
            format_func=lambda one: t(f"firms.level_{one}"),
            key="promote-level",
        )
        basis = st.text_input(t("firms.basis"), key="promote-basis", max_chars=_TEXT)
        source = st.text_input(t("decide.source"), key="promote-source", max_chars=_TEXT)
        reason = st.text_input(t("decide.reason"), key="promote-reason", max_chars=_TEXT)
        sent = st.form_submit_button(t("decide.promote_do"), type="primary", key="promote-send")
    if not sent:
        return
    choice = Choice(name=str(name or ""), evidence_level=level, basis=basis, source=source)
    decided(
        lambda: promote(
            goals_form.ledger(),
            shown.enterprises,
            choice,
            who=current_account(Right.RECORD),
            reason=reason,
            place=int(place),
        ),
        done=t("decide.promoted", firm=name, n=place),
    )


def change(shown: Snapshot, benchmark: Benchmark) -> None:
    """Show the form that checks, withdraws or restores a place."""
    places = _places(benchmark)
    acts = ("check", "withdraw", "restore")
    with st.form("change", border=True):
        st.html(f'<h3 class="c-group">{t("decide.change")}</h3>')
        act = st.radio(
            t("decide.what"),
            acts,
            format_func=lambda one: t(f"decide.{one}"),
            horizontal=True,
            key="change-act",
        )
        place = st.selectbox(
            t("decide.place"),
            (*places, *benchmark.vacant),
            format_func=lambda one: places.get(one) or t("decide.vacant", n=one),
            key="change-place",
        )
        day = st.date_input(
            t("decide.checked"), goals.today(), max_value=goals.today(), key="change-day"
        )
        owner = st.text_input(t("decide.owner"), key="change-owner", max_chars=60)
        note = st.text_input(t("decide.note"), key="change-note", max_chars=_TEXT)
        reason = st.text_input(t("decide.reason_needed"), key="change-reason", max_chars=_TEXT)
        sent = st.form_submit_button(t("decide.change_do"), key="change-send")
    if not sent:
        return
    book, who, at = goals_form.ledger(), current_account(Right.RECORD), int(place)
    firms = shown.enterprises
    if act == "check":
        decided(
            lambda: check(book, firms, at, day=day, who=who, owner=owner, note=note),
            done=t("decide.checked_done", n=at),
        )
    elif act == "withdraw":
        decided(
            lambda: vacate(book, firms, at, who=who, reason=reason),
            done=t("decide.withdrawn_done", n=at),
        )
    else:
        decided(
            lambda: restore(book, at, who=who, reason=reason), done=t("decide.restored_done", n=at)
        )


def _places(benchmark: Benchmark) -> dict[int, str]:
    table = benchmark.table
    return {
        int(place): f"{int(place)}  {name}"
        for place, name in zip(table["place"], table["name"], strict=True)
    }


def past() -> None:
    """Show the latest decisions, the newest first."""
    found = history(goals_form.ledger()).iloc[::-1].head(_SHOWN)
    cards.section(t("decide.history"))
    if found.empty:
        cards.empty(t("decide.history_none"), t("decide.history_none_next"))
        return
    columns = [Column(t("decide.place"), numeric=True)]
    names = ("when", "by", "what", "reason")
    columns += [Column(t(f"decide.{name}")) for name in names]
    rows = [
        (
            str(row["place"]),
            _when(row["recorded_at"]),
            str(row["who"]),
            _act(row),
            str(row["reason"]) or MISSING,
        )
        for row in found.to_dict("records")
    ]
    tables.show(columns, rows, label=t("decide.history"))


def _act(row: Mapping[Any, Any]) -> str:
    if row["withdrawn"]:
        return t("decide.restore")
    if not row["name"]:
        return t("decide.withdraw")
    if row["checked"]:
        return t("decide.did_check", firm=row["name"], day=row["checked"])
    return t("decide.did_promote", firm=row["name"])


def _when(stamp: object) -> str:
    return str(stamp)[:16].replace("T", " ") + " UTC"


def plans(benchmark: Benchmark) -> None:
    """Show the milestones of the firms, and the forms that add and close one."""
    table = milestones(goals_form.ledger(), as_of=goals.today())
    if table.empty:
        cards.empty(t("decide.milestones_none"), t("decide.milestones_none_next"))
    else:
        milestone_table(table)
    if not allowed(Right.RECORD):
        cards.note(t("access.record_refused"))
        return
    left, right = st.columns(2, gap="large")
    with left:
        _add(benchmark)
    with right:
        _close(table[table["state"] == "planned"])


def of_firm(name: str) -> None:
    """Show the milestones of one firm, where it has any."""
    table = milestones(goals_form.ledger(), as_of=goals.today())
    mine = table[table["firm"] == name]
    if len(mine):
        cards.section(t("decide.milestones"))
        milestone_table(mine)


def milestone_table(table: pd.DataFrame) -> None:
    """Show milestones with their state; overdue ones are marked."""
    names = ("due", "firm", "milestone", "state", "note")
    columns = [Column(t(f"decide.{name}"), numeric=name == "due") for name in names]
    columns += [Column(t("goals.source_short"))]
    rows = [
        (
            goals.period(row["due"]),
            row["firm"],
            row["title"],
            _state(row),
            row["note"] or row["reason"] or MISSING,
            goals.links_html(row["source"]),
        )
        for row in table.to_dict("records")
    ]
    body = tables.table_html(columns, rows, label=t("decide.milestones"))
    st.html(f'<div class="c-mid">{body}</div>')


def _state(row: Mapping[Any, Any]) -> Html:
    if row["overdue"]:
        return Html(cards.chip(t("decide.overdue"), glyph="▲", kind="missed"))
    if row["state"] == "done":
        return Html(cards.chip(t("decide.done", day=row["closed"]), glyph="✓", kind="reached"))
    if row["state"] == "dropped":
        return Html(cards.chip(t("decide.dropped"), kind="plain"))
    return Html(cards.chip(t("decide.planned"), glyph="○", kind="not_due"))


def _add(benchmark: Benchmark) -> None:
    with st.form("milestone", border=True):
        st.html(f'<h3 class="c-group">{t("decide.milestone_new")}</h3>')
        firm = st.selectbox(t("decide.firm"), list(benchmark.table["name"]), key="milestone-firm")
        title = st.text_input(t("decide.milestone"), key="milestone-title", max_chars=120)
        due = st.text_input(t("decide.due_hint"), key="milestone-due", max_chars=10)
        note = st.text_input(t("decide.note"), key="milestone-note", max_chars=_TEXT)
        source = st.text_input(t("decide.source"), key="milestone-source", max_chars=_TEXT)
        sent = st.form_submit_button(t("decide.milestone_add"), key="milestone-send")
    if sent:
        decided(
            lambda: add_milestone(
                goals_form.ledger(),
                str(firm),
                title,
                due=due,
                who=current_account(Right.RECORD),
                note=note,
                source=source,
            ),
            done=t("decide.milestone_added", firm=firm, title=title),
        )


def _close(planned: pd.DataFrame) -> None:
    if planned.empty:
        return
    named = {
        row["key"]: f"{row['firm']} · {row['title']} · {goals.period(row['due'])}"
        for row in planned.to_dict("records")
    }
    with st.form("close", border=True):
        st.html(f'<h3 class="c-group">{t("decide.milestone_close")}</h3>')
        key = st.selectbox(
            t("decide.milestone"), tuple(named), format_func=named.__getitem__, key="close-key"
        )
        state = st.radio(
            t("decide.state"),
            ("done", "dropped"),
            format_func=lambda one: t(f"decide.state_{one}"),
            horizontal=True,
            key="close-state",
        )
        day = st.date_input(t("decide.day"), goals.today(), key="close-day")
        reason = st.text_input(t("decide.reason_dropped"), key="close-reason", max_chars=_TEXT)
        sent = st.form_submit_button(t("decide.milestone_close_do"), key="close-send")
    if sent:
        decided(
            lambda: close_milestone(
                goals_form.ledger(),
                key,
                state=state,
                day=day,
                who=current_account(Right.RECORD),
                reason=reason,
            ),
            done=t("decide.milestone_closed", what=named[key]),
        )
