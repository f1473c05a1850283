"""One zone in full: facts, firms by segment, the firms themselves, values, who came and left."""

import html

import streamlit as st

from clusters.goals import ZoneProfile
from clusters.ui import cards, goals_table, tables, zone_words
from clusters.ui import goals_view as view
from clusters.ui.tables import Column, Html
from clusters.ui.text import MISSING, number, percent, pick, t, term
from clusters.ui.zones_view import Zone, chips, place_words, quotient


def show(zone: Zone) -> None:
    """Show the profile of a zone."""
    profile = zone.profile
    st.html(
        f'<p class="c-target"><b>{html.escape(zone.name)}</b> {chips(zone)}'
        f"<br><small>{html.escape(place_words(zone))}</small></p>"
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.html(facts_html(zone))
    with right:
        cards.section(t("zones.segments"))
        _segments(profile)
    _firms(profile)
    if profile.observations:
        cards.section(t("zones.observations"))
        st.html(goals_table.zone_values_html(profile.observations))
    rows = zone_words.movement_rows(profile)
    if rows:
        cards.section(t("zones.movements"), zone_words.since_words(profile))
        names = ("firm", "movement", "cause")
        tables.show(
            [Column(t(f"zones.{name}")) for name in names], rows, label=t("zones.movements")
        )
    cards.note(t("zones.profile_command", name=zone.row["name_zh"]))


def facts_html(zone: Zone) -> str:
    """Return what is known of a zone as a list of terms."""
    profile = zone.profile
    few = t("goals.joiner")
    rows = [
        (t("zones.prefecture"), view.area_label(zone.row["prefecture_code"])),
        (t("zones.firms"), number(zone.firms) if zone.firms else t("zones.not_none")),
        (t("zones.precision"), few.join(zone_words.precision_list(profile)) or MISSING),
        (t("zones.lq"), quotient(zone)),
        (t("zones.stars"), zone_words.stars_words(profile)),
        (t("zones.hotspots"), zone_words.hotspot_words(profile)),
        (t("zones.parks"), t("zones.comma").join(zone_words.park_names(profile)) or MISSING),
        (t("zones.movements"), zone_words.movement_words(profile)),
        (t("zones.targets"), _targets(profile)),
        (t("goals.source_short"), view.links_html(zone.row["source_url"])),
    ]
    return tables.facts_html(rows)


def _targets(profile: ZoneProfile) -> Html:
    lines = [
        f"{html.escape(view.target_name(s.target))} {view.status_chip(s.status)}"
        for s in profile.targets
    ]
    return Html("<br>".join(lines) or html.escape(t("zones.no_target")))


def _segments(profile: ZoneProfile) -> None:
    total = len(profile.firms)
    if not total:
        cards.empty(t("zones.no_firms"), t("zones.no_firms_next"))
        return
    columns = [
        Column(t("zones.segment")),
        Column(t("zones.count"), numeric=True),
        Column(t("zones.share"), numeric=True),
    ]
    rows = [
        (term("segment", name), number(count), percent(count / total, 0))
        for name, count in profile.by_segment.items()
    ]
    tables.show(columns, rows, label=t("zones.segments"))


def _firms(profile: ZoneProfile) -> None:
    if profile.firms.empty:
        return
    cards.section(t("zones.firms_table"))
    columns = [Column(t(f"zones.{name}")) for name in ("firm", "segment", "how_placed")]
    columns += [Column(t("goals.confidence")), Column(t("goals.source_short"))]
    ordered = profile.firms.sort_values("name")
    rows = [
        (
            pick(row["name"], row.get("name_en")),
            term("segment", row["segment"]),
            term("precision", row["precision"]),
            term("confidence", row.get("confidence")),
            view.links_html(str(row["source_url"]) if isinstance(row["source_url"], str) else ""),
        )
        for row in ordered.to_dict("records")
    ]
    body = tables.table_html(columns, rows, label=t("zones.firms_table"))
    with st.container(height=420 if len(rows) > 10 else "content", border=False):
        st.html(f'<div class="c-mid">{body}</div>')
