import html

import streamlit as st

from clusters import ledger as book
from clusters.errors import InputError
from clusters.goals import TargetStatus
from clusters.ui import (
    cards,
    charts,
    goal_charts,
    goals_detail,
    goals_form,
    goals_table,
    links,
    tables,
    zones_view,
)
from clusters.ui import goals_view as view
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
        t("goals.judged_on", date=day(view.today())),
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
            provenance=goals_detail.provenance(shown, "clusters export zones.xlsx --layer zones"),
        )


@st.fragment
def targets(shown: Snapshot, statuses: tuple[TargetStatus, ...]) -> None:
    countable = tuple(s for s in statuses if not s.target.qualitative)
    choice = _filters(countable)
    found = view.selected(countable, choice)
    words = len(statuses) - len(countable)
    cards.note(
        t("goals.judged_on", date=day(view.today())),
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
        provenance=goals_detail.provenance(shown, "clusters goals --json", given),
    )
    cards.note(t("goals.command"))
    _detail(found, statuses)


def _filters(statuses: tuple[TargetStatus, ...]) -> view.Choice:
    columns = st.columns([2.2, 0.9, 1, 1.3, 1.3, 1.6])
    options = view.options(statuses)
    named = {
        "plan": view.plan_name,
        "year": str,
        "level": lambda level: t(f"goals.level_{level}"),
        "area": view.area_name,
        "status": lambda status: t(f"goals.status_{status}"),
    }
    chosen = {}
    for column, name in zip(columns, named, strict=False):
        with column:
            chosen[name] = links.select(
                t(f"goals.filter_{name}"),
                ("", *options[name]),
                key=name,
                named=lambda value, name=name: (
                    named[name](value) if value else t(f"goals.every_{name}")
                ),
            )
    with columns[-1]:
        words = links.search(
            t("goals.filter_words"), key="q", placeholder=t("goals.filter_words_hint")
        )
    return view.Choice(**chosen, words=words)


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
        st.html(goals_detail.facts_html(status))
    cards.section(t("goals.succession"), t("goals.succession_lead"))
    kin = view.succession(status, statuses)
    if len(kin) > 1:
        st.html(goals_table.kin_html(kin, chosen=chosen))
    else:
        cards.note(t("goals.succession_none"))


def words(statuses: tuple[TargetStatus, ...]) -> None:
    found = tuple(s for s in statuses if s.target.qualitative)
    cards.note(t("goals.words_lead", n=len(found)))
    st.html(goals_table.words_html(found))


@st.fragment
def observe() -> None:
    cards.note(t("goals.observe_lead"))
    known = goals_form.units()
    left, right = st.columns(2, gap="large")
    with left:
        indicator = st.selectbox(
            t("goals.observe_indicator"),
            sorted(known, key=view.indicator_name),
            index=sorted(known, key=view.indicator_name).index("AI_IND_SIZE"),
            format_func=view.indicator_name,
            key="observe-indicator",
        )
        group = st.selectbox(
            t("goals.observe_definition"),
            goals_form.definitions_of(indicator),
            format_func=view.definition_name,
            key="observe-definition",
        )
        area = st.selectbox(
            t("goals.observe_area"),
            list(view.area_ids()),
            format_func=view.area_name,
            key="observe-area",
        )
        period = st.text_input(t("goals.observe_period"), key="observe-period", max_chars=12)
        forecast = st.checkbox(t("goals.observe_forecast"), key="observe-forecast")
    with right:
        qualifier = st.selectbox(
            t("goals.observe_qualifier"),
            list(QUALIFIERS),
            format_func=lambda sign: t(f"goals.says_{QUALIFIERS[sign]}"),
            key="observe-qualifier",
        )
        unit = view.unit_name(known[indicator])
        value = st.text_input(
            t("goals.observe_value", unit=unit), key="observe-value", max_chars=24
        )
        source = st.text_input(t("goals.observe_source"), key="observe-source", max_chars=400)
        source_date = st.text_input(
            t("goals.observe_source_date"), key="observe-source-date", max_chars=10
        )
        confidence = st.selectbox(
            t("goals.observe_confidence"),
            ("medium", "high", "low"),
            format_func=lambda level: term("confidence", level),
            key="observe-confidence",
        )
    note = st.text_input(t("goals.observe_note"), key="observe-note", max_chars=400)
    who = st.text_input(t("goals.observe_who"), key="observe-who", max_chars=60)
    if st.button(t("goals.observe_add"), type="primary", key="observe-add"):
        draft = book.Draft(
            indicator_id=indicator,
            area=area,
            period=period,
            value=value,
            unit=known[indicator],
            source=source,
            qualifier=qualifier,
            forecast=forecast,
            definition_group=group,
            definition_note=note,
            source_date=source_date,
            confidence=confidence,
        )
        try:
            book.add_observation(goals_form.ledger(), draft, who=who)
        except InputError as error:
            st.error(f"{t('goals.error_title')} — {goals_form.problem(str(error))}")
        else:
            st.success(
                t(
                    "goals.observe_done",
                    what=view.definition_name(group),
                    area=view.area_name(area),
                    period=view.period(period.strip()),
                    value=view.amount(float(value), known[indicator]),
                )
            )
    _recent()


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


snap = snapshot()
judged = goals_form.statuses(snap)
cards.title(t("shell.nav_goals"), t("goals.lead"))
chosen_view = links.switch(
    t("goals.view"), VIEWS, key="view", named=lambda name: t(f"goals.view_{name}")
)
if chosen_view == "zones":
    zones(snap, judged)
elif chosen_view == "targets":
    targets(snap, judged)
elif chosen_view == "words":
    words(judged)
else:
    observe()
