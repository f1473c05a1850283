import html
from collections.abc import Mapping
from typing import Any

import streamlit as st

from clusters import ledger as book
from clusters.access import Right
from clusters.errors import InputError
from clusters.goals import TargetStatus, chain_of
from clusters.settings import get_settings
from clusters.ui import (
    cards,
    charts,
    filter_row,
    goal_charts,
    goals_detail,
    goals_form,
    goals_table,
    links,
    tables,
    zone_page,
    zones_view,
)
from clusters.ui import goals_view as view
from clusters.ui.account import allowed, current_account, fragment
from clusters.ui.state import snapshot
from clusters.ui.tables import Column
from clusters.ui.text import day, number, t, term
from clusters.workspace import Snapshot

VIEWS = ("zones", "targets", "words", "observe")
QUALIFIERS = {"=": "exact", ">": "over", ">=": "least", "<": "under", "<=": "most", "~": "about"}


def zones(shown: Snapshot, statuses: tuple[TargetStatus, ...]) -> None:
    found = zones_view.five_zones(shown, statuses)
    covered = zones_view.coverage(shown, found)
    cards.note(
        t("goals.judged_on", date=day(statuses[0].as_of)),
        t("zones.coverage", **{key: number(n) for key, n in covered.items()}),
    )
    st.html(zones_view.side_by_side(found))
    left, right = st.columns([1, 2], gap="large")
    with left:
        st.html(zones_view.zone_map(found, theme=charts.theme_name()))
        cards.note(t("zones.map_note"))
    with right:
        cards.note(t("zones.lq_note"))
        st.html(
            f'<p class="c-go"><a href="{html.escape(links.href("map"), quote=True)}" '
            f'target="_self">{html.escape(t("overview.go_map"))}</a></p>'
        )
        frame = zones_view.export_frame(found)
        tables.downloads(
            lambda: frame,
            name="five-zones",
            provenance=lambda _: goals_detail.provenance(
                shown, "clusters export zones.xlsx --layer zones"
            ),
        )
    _one_zone(found)


def _one_zone(found: tuple[zones_view.Zone, ...]) -> None:
    st.html('<div id="zone"></div>')
    cards.section(t("zones.profile"))
    by_id = {zone.id: zone for zone in found}
    chosen = links.select(
        t("zones.profile_choose"),
        tuple(by_id),
        key="zone",
        named=lambda identity: f"{by_id[identity].number}  {by_id[identity].name}",
        default=found[0].id,
    )
    zone_page.show(by_id[chosen])


@fragment
def targets(shown: Snapshot, statuses: tuple[TargetStatus, ...]) -> None:
    countable = tuple(s for s in statuses if not s.target.qualitative)
    choice = _filters(countable)
    found = view.selected(countable, choice)
    words = len(statuses) - len(countable)
    cards.note(
        t("goals.judged_on", date=day(statuses[0].as_of)),
        t("goals.shown_targets", n=len(found), total=len(countable), words=words),
    )
    if not found:
        cards.empty(t("goals.empty_targets"), t("goals.empty_targets_next"))
        return
    st.html(goals_table.status_bar(view.counts(found)))
    given = {k: v for k, v in view.link_of(choice).items() if v}
    link = {
        s.target.target_id: links.href("goals", view="targets", target=s.target.target_id, **given)
        + "#detail"
        for s in found
    }
    with st.container(height=560 if len(found) > 8 else "content", border=False):
        st.html(goals_table.grouped_html(found, link=link, wide=choice != view.Choice()))
    cards.note(t("goals.take_away"))
    frame = goals_table.export_frame(found)
    tables.downloads(
        lambda: frame,
        name="targets",
        provenance=lambda _: goals_detail.provenance(shown, "clusters goals --json", given),
    )
    cards.note(t("goals.command"))
    _detail(found, statuses)


def _filters(statuses: tuple[TargetStatus, ...]) -> view.Choice:
    named = {
        "plan": view.plan_name,
        "year": str,
        "level": lambda level: t(f"goals.level_{level}"),
        "area": view.area_name,
        "status": lambda status: t(f"goals.status_{status}"),
    }
    widths = (2.2, 0.9, 1, 1.3, 1.3, 1.6)
    chosen = filter_row.show(named, view.options(statuses), texts="goals", widths=widths)
    return view.Choice(**chosen)


def _detail(found: tuple[TargetStatus, ...], statuses: tuple[TargetStatus, ...]) -> None:
    st.html('<div id="detail"></div>')
    cards.section(t("goals.detail"))
    by_id = {s.target.target_id: s for s in found}
    chosen = links.select(
        t("goals.detail_choose"),
        tuple(by_id),
        key="target",
        named=lambda identity: view.option(by_id[identity]),
        default=view.first_choice(found),
    )
    status = by_id[chosen]
    values = goals_form.public_values(status)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.html(goals_detail.headline(status))
        if goal_charts.drawable(status, values):
            cards.note(f"{t('goals.chart_note')} {goals_detail.family_reason(status.target)}")
            charts.show(
                goal_charts.chart(status, values),
                alternative=goal_charts.alternative(status, values),
                data=goal_charts.data(status, values),
                name="target-chart",
            )
        else:
            cards.empty(t("goals.chart_none"), t("goals.chart_none_next"))
        if status.nearest:
            cards.section(t("goals.nearest"))
            st.html(goals_table.values_html(status, status.nearest))
    with right:
        st.html(tables.facts_html(goals_detail.facts(status)))
    _used(status)
    cards.section(t("track.chain"), t("track.chain_lead"))
    if chain_of(chosen):
        st.html(goals_table.chain_html(chosen, statuses))
    else:
        cards.note(t("track.chain_none"))
    cards.section(t("goals.succession"), t("goals.succession_lead"))
    kin = view.succession(status, statuses)
    if len(kin) > 1:
        st.html(goals_table.kin_html(kin, chosen=chosen))
    else:
        cards.note(t("goals.succession_none"))


def _used(status: TargetStatus) -> None:
    """Let a person choose among several values of one period, with a reason."""
    values = {value.observation_id: value for value in goals_form.rival_values(status)}
    if not values:
        return
    cards.section(t("track.used"), t("track.used_lead"))
    st.html(goals_table.values_html(status, tuple(values.values())))
    if not allowed(Right.RECORD):
        cards.note(t("access.record_refused"))
        return
    with st.form("used-value", border=False):
        chosen = st.selectbox(
            t("track.used_value"),
            tuple(values),
            format_func=lambda one: goals_table.value_option(values[one]),
            key="used-choice",
        )
        reason = st.text_input(t("track.used_reason"), key="used-reason", max_chars=400)
        sent = st.form_submit_button(t("track.used_save"), key="used-save")
    if not sent:
        return
    try:
        book.prefer(
            goals_form.ledger(), str(chosen), who=current_account(Right.RECORD), reason=reason
        )
    except InputError as error:
        st.error(f"{t('track.used_refused')} — {goals_form.problem(str(error))}")
    else:
        st.success(t("track.used_done"))


def words(statuses: tuple[TargetStatus, ...]) -> None:
    found = tuple(s for s in statuses if s.target.qualitative)
    cards.note(t("goals.words_lead", n=len(found)))
    st.html(goals_table.words_html(found))


@fragment
def observe() -> None:
    cards.note(t("goals.observe_lead"))
    if allowed(Right.RECORD):
        _new_value()
    else:
        cards.note(t("access.record_refused"))
    _recent()


def _new_value() -> None:
    known = goals_form.units()
    old = _corrects()
    left, right = st.columns(2, gap="large")
    with left:
        subject = _subject(known, old)
    unit = known[subject["indicator_id"]]
    with right:
        told = _told(unit)
    note = st.text_input(t("goals.observe_note"), key="observe-note", max_chars=400)
    who = _who()
    if st.button(t("goals.observe_add"), type="primary", key="observe-add"):
        supersedes = int(str(old["id"])) if old else None
        _keep(
            book.Draft(**subject, **told, unit=unit, definition_note=note, supersedes=supersedes),
            who=who,
        )


def _subject(known: Mapping[str, str], old: Mapping[str, object] | None) -> dict[str, Any]:
    """Ask what was observed, where and when; a correction keeps indicator and area."""
    # Widgets of a correction are others than those of a new value: each keeps its own entries.
    suffix = str(old["id"]) if old else "new"
    indicators = sorted(known, key=view.indicator_name)
    areas = list(dict.fromkeys([*view.area_ids(), *([str(old["area"])] if old else [])]))
    indicator = st.selectbox(
        t("goals.observe_indicator"),
        indicators,
        index=indicators.index(str(old["indicator_id"]) if old else "AI_IND_SIZE"),
        disabled=bool(old),
        format_func=view.indicator_name,
        key=f"observe-indicator-{suffix}",
    )
    return {
        "indicator_id": indicator,
        "definition_group": st.selectbox(
            t("goals.observe_definition"),
            goals_form.definitions_of(indicator),
            format_func=view.definition_name,
            key=f"observe-definition-{suffix}",
        ),
        "area": st.selectbox(
            t("goals.observe_area"),
            areas,
            index=areas.index(str(old["area"])) if old else 0,
            disabled=bool(old),
            format_func=view.area_name,
            key=f"observe-area-{suffix}",
        ),
        "period": st.text_input(t("goals.observe_period"), key="observe-period", max_chars=12),
        "forecast": st.checkbox(t("goals.observe_forecast"), key="observe-forecast"),
    }


def _told(unit: str) -> dict[str, Any]:
    """Ask for the value and for where it comes from."""
    return {
        "qualifier": st.selectbox(
            t("goals.observe_qualifier"),
            list(QUALIFIERS),
            format_func=lambda sign: t(f"goals.says_{QUALIFIERS[sign]}"),
            key="observe-qualifier",
        ),
        "value": st.text_input(
            t("goals.observe_value", unit=view.unit_name(unit)), key="observe-value", max_chars=24
        ),
        "source": st.text_input(t("goals.observe_source"), key="observe-source", max_chars=400),
        "source_date": st.text_input(
            t("goals.observe_source_date"), key="observe-source-date", max_chars=10
        ),
        "confidence": st.selectbox(
            t("goals.observe_confidence"),
            ("medium", "high", "low"),
            format_func=lambda level: term("confidence", level),
            key="observe-confidence",
        ),
    }


def _keep(draft: book.Draft, *, who: str) -> None:
    try:
        book.add_observation(goals_form.ledger(), draft, who=who)
    except InputError as error:
        st.error(f"{t('goals.error_title')} — {goals_form.problem(str(error))}")
    else:
        st.success(
            t(
                "goals.observe_done",
                what=view.definition_name(draft.definition_group),
                area=view.area_name(draft.area),
                period=view.period(draft.period.strip()),
                value=view.amount(float(draft.value), draft.unit),
            )
        )


def _who() -> str:
    """Return who adds a value: whoever signed in; alone on a machine one may say for whom."""
    account = current_account(Right.RECORD)
    if get_settings().access != "single":
        return account
    return st.text_input(t("goals.observe_who"), value=account, key="observe-who", max_chars=60)


def _corrects() -> Mapping[str, object] | None:
    """Return the row of the ledger that the form corrects; None for a new value."""
    rows = goals_form.corrigible()
    if not rows:
        return None
    chosen = st.selectbox(
        t("track.corrects"),
        (0, *rows),
        format_func=lambda one: (
            goals_form.correction_name(rows[one]) if one else t("track.corrects_none")
        ),
        key="observe-corrects",
    )
    if not chosen:
        return None
    cards.note(t("track.corrects_note"))
    return rows[chosen]


def _recent() -> None:
    cards.section(t("goals.recent"))
    rows = goals_form.recent(book.audit(goals_form.ledger()))
    if not rows:
        cards.empty(t("goals.recent_none"), t("goals.recent_none_next"))
        return
    names = ("recent_when", "recent_who", "recent_action", "counts_what", "area", "period")
    columns = [Column(t(f"goals.{name}")) for name in names]
    columns += [Column(t("goals.value"), numeric=True), Column(t("goals.source_short"))]
    tables.show(columns, rows, label=t("goals.recent"))


def judged() -> tuple[TargetStatus, ...]:
    """Let the visitor choose the day, and return the statuses of that day."""
    picked = st.date_input(
        t("track.day"),
        goals_form.judged_day(),
        min_value=goals_form.FIRST_DAY,
        max_value=view.today(),
        format="YYYY-MM-DD",
        help=t("track.day_help"),
        key="judged-day",
        width=200,
    )
    links.keep("day", "" if picked == view.today() else picked.isoformat())
    return goals_form.statuses(snap, picked)


snap = snapshot()
cards.title(t("shell.nav_goals"), t("goals.lead"))
left, right = st.columns([4, 1], vertical_alignment="bottom")
with left:
    chosen_view = links.switch(
        t("goals.view"), VIEWS, key="view", named=lambda name: t(f"goals.view_{name}")
    )
with right:
    of_the_day = judged()
if chosen_view == "zones":
    zones(snap, of_the_day)
elif chosen_view == "targets":
    targets(snap, of_the_day)
elif chosen_view == "words":
    words(of_the_day)
else:
    observe()
