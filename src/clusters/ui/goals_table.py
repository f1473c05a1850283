"""Targets as tables: grouped by plan for reading, flat for taking away, counted by status."""

import html
from collections.abc import Mapping, Sequence

import pandas as pd

from clusters.goals import Observation, TargetStatus, chain_of
from clusters.goals.report import gap_bound
from clusters.ui import cards, goals_detail
from clusters.ui import goals_view as view
from clusters.ui.tables import Column, Html, table_html
from clusters.ui.text import MISSING, number, pick, t, term


def status_bar(found: Mapping[str, int]) -> str:
    """Return one slim bar of all targets by status, and the numbers under it, as HTML."""
    total = sum(found.values())
    parts = "".join(
        f'<span class="c-{view.MARKS[name][0]}" style="flex:{count}" '
        f'title="{html.escape(t(f"goals.status_{name}"), quote=True)}: {count}"></span>'
        for name, count in found.items()
    )
    words = "".join(
        f"<li>{view.status_chip(name)} <b>{number(count)}</b></li>" for name, count in found.items()
    )
    label = html.escape(t("goals.bar_label", n=total), quote=True)
    return (
        f'<div class="c-split" role="img" aria-label="{label}">{parts}</div>'
        f'<ul class="c-split-key">{words}</ul>'
    )


def observed_cell(status: TargetStatus) -> Html:
    """Return the value used with period, source and confidence; or what stands in for it."""
    used = status.used
    if used is not None:
        below = [
            *([view.area_name(used.area)] if used.area != status.target.area else []),
            view.period(used.period),
            t("goals.confidence_is", level=term("confidence", used.confidence)),
        ]
        return Html(
            f'<b class="c-num">{html.escape(view.seen(used))}</b>'
            f"<br><small>{html.escape(' · '.join(below))} {view.links_html(used.source)}</small>"
        )
    near = view.best_known(status)
    if near is None:
        return Html(f'<span class="c-none-public">{html.escape(t("goals.none_public"))}</span>')
    return Html(
        f'<span class="c-none-public">{html.escape(t("goals.none_comparable"))}</span>'
        f"<br><small>{html.escape(near_words(near, status.target.unit))}</small>"
    )


def near_words(near: Observation, unit: str = "") -> str:
    """Return a value of another definition with the name of what it counts."""
    return t(
        "goals.near",
        what=view.definition_name(near.definition_group) or MISSING,
        value=view.seen(near, unit),
        when=view.period(near.period),
    )


_COLUMNS = (
    ("target", False),
    ("asks", True),
    ("due", True),
    ("observed", False),
    ("gap", True),
    ("status", False),
    ("why", False),
)


def plan_table(statuses: Sequence[TargetStatus], *, link: Mapping[str, str], label: str) -> str:
    """Return the targets of one plan as HTML.

    Parameters
    ----------
    link : mapping
        Target id to the address that opens its details.
    """
    columns = [Column(t(f"goals.{name}"), numeric=numeric) for name, numeric in _COLUMNS]
    rows = []
    for status in statuses:
        target = status.target
        name = html.escape(view.target_name(target))
        address = html.escape(link[target.target_id], quote=True)
        definition = view.definition_name(target.definition_group)
        parts = (definition, view.area_name(target.area))
        under = " · ".join(part for part in parts if part != view.target_name(target))
        rows.append(
            (
                Html(
                    f'<a href="{address}" target="_self">{name}</a>'
                    f"<br><small>{html.escape(under)}</small>"
                ),
                view.wanted(target),
                view.due(target),
                observed_cell(status),
                goals_detail.gap_words(status),
                view.status_chip(status.status),
                Html(f"<small>{html.escape(view.why(status))}</small>"),
            )
        )
    return table_html(columns, rows, label=label)


def grouped_html(statuses: Sequence[TargetStatus], *, link: Mapping[str, str], wide: bool) -> str:
    """Return all targets grouped by plan; groups are folded unless `wide`."""
    parts = []
    for place, (plan_id, found) in enumerate(view.grouped(statuses).items()):
        kinds = {status.target.kind for status in found}
        kind = t("goals.joiner").join(
            t(f"goals.kind_{kind.replace(' ', '_')}") for kind in sorted(kinds)
        )
        chips = " ".join(
            f"{view.status_chip(name)}&nbsp;{count}" for name, count in view.counts(found).items()
        )
        name = view.plan_name(plan_id)
        parts.append(
            f"<details class='c-plan'{' open' if wide or place == 0 else ''}><summary>"
            f"<b>{html.escape(name)}</b> <small>{html.escape(kind)} · "
            f"{html.escape(t('goals.n_targets', n=len(found)))}</small> "
            f"<span>{chips}</span></summary>{plan_table(found, link=link, label=name)}</details>"
        )
    return "".join(parts)


def words_html(statuses: Sequence[TargetStatus]) -> str:
    """Return the targets that are in words: what the plan says, and who judges."""
    columns = [
        Column(t(f"goals.{name}"), numeric=name == "due")
        for name in ("target", "plan", "due", "wording", "source_short")
    ]
    rows = [
        (
            view.target_name(status.target),
            view.plan_name(status.target.plan_id),
            view.due(status.target),
            status.target.note or MISSING,
            view.links_html(status.target.source_url),
        )
        for status in statuses
    ]
    return f'<div class="c-mid">{table_html(columns, rows, label=t("goals.view_words"))}</div>'


def kin_html(statuses: Sequence[TargetStatus], *, chosen: str) -> str:
    """Return the targets of one family over the plans, the chosen one in bold."""
    columns = [
        Column(t(f"goals.{name}"), numeric=name in {"asks", "due"})
        for name in ("plan", "counts_what", "asks", "due", "status")
    ]
    rows = []
    for status in statuses:
        target = status.target
        name = html.escape(view.plan_name(target.plan_id))
        rows.append(
            (
                Html(f"<b>{name}</b>" if target.target_id == chosen else name),
                view.definition_name(target.definition_group),
                view.wanted(target),
                view.due(target),
                view.status_chip(status.status),
            )
        )
    return f'<div class="c-mid">{table_html(columns, rows, label=t("goals.succession"))}</div>'


def values_html(status: TargetStatus, values: Sequence[Observation]) -> str:
    """Return observed values with definition, nature, source and confidence."""
    columns = [
        Column(t(f"goals.{name}"), numeric=name in {"value", "period"})
        for name in ("counts_what", "value", "period", "nature", "confidence", "source_short")
    ]
    rows = [
        (
            view.definition_name(value.definition_group) or MISSING,
            view.seen(value, status.target.unit),
            view.period(value.period),
            nature(value),
            term("confidence", value.confidence),
            view.links_html(value.source),
        )
        for value in values
    ]
    return f'<div class="c-mid">{table_html(columns, rows, label=t("goals.values"))}</div>'


def zone_values_html(values: Sequence[Observation]) -> str:
    """Return values for a zone and its kin: area, definition, value, period, source."""
    columns = [
        Column(t(f"goals.{name}"), numeric=name in {"value", "period"})
        for name in ("area", "counts_what", "value", "period", "confidence", "source_short")
    ]
    rows = [
        (
            view.area_name(value.area),
            view.definition_name(value.definition_group) or MISSING,
            view.seen(value),
            view.period(value.period),
            term("confidence", value.confidence),
            view.links_html(value.source),
        )
        for value in values
    ]
    return f'<div class="c-mid">{table_html(columns, rows, label=t("goals.values"))}</div>'


def chain_html(target_id: str, statuses: Sequence[TargetStatus]) -> str:
    """Return the steps from plan to plan that lead to a target or on from it, as HTML."""
    by_id = {status.target.target_id: status for status in statuses}
    columns = [
        Column(t("track.from")),
        Column(t("track.to")),
        *(Column(t(f"track.{name}")) for name in ("relation", "definition", "basis", "remark")),
    ]
    rows = []
    for step in chain_of(target_id):
        ends = [_end(by_id[one], bold=one == target_id) for one in (step.earlier, step.later)]
        kind = "plain" if step.definition == "same" else "assumed"
        rows.append(
            (
                *ends,
                t(f"track.relation_{step.relation}"),
                Html(cards.chip(t(f"track.definition_{step.definition}"), kind=kind)),
                t(f"track.basis_{step.basis.replace(' ', '_')}"),
                Html(f"<small>{html.escape(pick(step.note_zh, step.note_en))}</small>"),
            )
        )
    return f'<div class="c-wide">{table_html(columns, rows, label=t("track.chain"))}</div>'


def _end(status: TargetStatus, *, bold: bool) -> Html:
    target = status.target
    asks = f"{view.target_name(target)} {view.wanted(target)}"
    words = f"{html.escape(asks)} · {html.escape(view.due(target))}"
    under = html.escape(f"{view.plan_name(target.plan_id)} · {view.area_name(target.area)}")
    return Html(f"{f'<b>{words}</b>' if bold else words}<br><small>{under}</small>")


def value_option(value: Observation) -> str:
    """Return one line that tells a value from others of its period."""
    source = next((part for part in value.source.split("/") if "." in part), value.source)
    level = t("goals.confidence_is", level=term("confidence", value.confidence))
    return " · ".join((view.seen(value), view.period(value.period), level, source))


def nature(value: Observation) -> str:
    """Return whether a value is an actual one, a forecast, derived, or a part of a year."""
    if value.origin == "measured from registry":
        return t("goals.nature_measured")
    if value.actual and value.partial:
        return t("goals.nature_partial")
    return t(f"goals.nature_{value.nature}")


def _gap_sure(status: TargetStatus) -> str | None:
    bound = gap_bound(status)
    return t(f"track.sure_{bound}") if bound else None


def export_frame(statuses: Sequence[TargetStatus]) -> pd.DataFrame:
    """Return one row per target with headings and words in the visitor's language.

    Numbers are in the unit that the plan uses, which stands in a column of its own.
    """
    rows = []
    for status in statuses:
        target, used = status.target, status.used
        rows.append(
            {
                t("goals.target_code"): target.target_id,
                t("goals.plan"): view.plan_name(target.plan_id),
                t("goals.document_kind"): t(f"goals.kind_{target.kind.replace(' ', '_')}"),
                t("goals.level"): t(f"goals.level_{target.level}"),
                t("goals.area"): view.area_name(target.area),
                t("goals.target"): view.target_name(target),
                t("goals.counts_what"): view.definition_name(target.definition_group),
                t("goals.comparator"): target.comparator,
                t("goals.asks"): target.value,
                t("goals.upper"): target.value_high,
                t("goals.unit"): target.unit,
                t("goals.due"): target.due_year,
                t("goals.status"): t(f"goals.status_{status.status}"),
                t("goals.why"): view.why(status),
                t("goals.observed"): used.value if used else None,
                t("goals.qualifier"): used.qualifier if used else None,
                t("goals.period"): used.period if used else None,
                t("goals.confidence"): term("confidence", used.confidence) if used else None,
                t("goals.observed_source"): used.source if used else None,
                t("goals.gap"): status.gap,
                t("track.gap_sure"): _gap_sure(status),
                t("goals.projection"): goals_detail.projection_words(status),
                t("goals.caveats"): goals_detail.caveats(status),
                t("goals.nearest"): "; ".join(near_words(o) for o in status.nearest),
                t("goals.measured"): goals_detail.measured_words(status),
                t("goals.target_source"): target.source_url,
            }
        )
    return pd.DataFrame(rows)
