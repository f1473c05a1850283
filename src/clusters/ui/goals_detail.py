"""One target in full: plan, evidence, path, projection, and what weakens them."""

import html

from clusters.export.provenance import Provenance
from clusters.goals import TargetStatus
from clusters.goals.plan import Target, families
from clusters.goals.report import gap_bound
from clusters.ui import goals_view as view
from clusters.ui.text import MISSING, day, number, t, term
from clusters.workspace import Snapshot


def caveats(status: TargetStatus) -> str:
    """Return what weakens the evidence, in words."""
    return t("goals.joiner").join(t(f"goals.caveat_{code}") for code in status.caveats)


def projection_words(status: TargetStatus) -> str:
    """Return where a trend leads, or why there is none."""
    found = status.projection
    if found is None:
        reason = status.projection_reason or "none"
        return t(f"goals.projection_{reason}")
    unit = status.target.unit
    words = t(
        "goals.projection_value",
        due=view.due(status.target),
        value=view.amount(found.value, unit),
        low=view.amount(found.low, unit),
        high=view.amount(found.high, unit),
        n=found.points,
        percent=round(100 * found.confidence),
    )
    when = _year(found.date)
    earliest, latest = _year(found.earliest), _year(found.latest)
    return words + t("goals.projection_date", when=when, earliest=earliest, latest=latest)


def _year(time: float | None) -> str:
    """Return the calendar year that holds a decimal year counted at the end of periods."""
    return t("goals.projection_never") if time is None else str(int(time - 1e-9))


def issued_words(target: Target) -> str:
    """Return when the document was issued, as far as that is known."""
    if target.issued:
        return view.period(target.issued)
    return t("goals.period_year", year=target.plan_year) if target.plan_year else t("track.undated")


def used_words(status: TargetStatus) -> str:
    """Return the value used with its period, and its area where that is only a part."""
    used = status.used
    if used is None:
        return ""
    words = f"{view.seen(used)} · {view.period(used.period)}"
    if used.area != status.target.area:
        words = f"{view.area_name(used.area)} {words}"
    return words


def gap_words(status: TargetStatus) -> str:
    """Return the gap and how sure it is: "at most 70 bn yuan" where the source says "over"."""
    amount = view.amount(status.gap, status.target.unit)
    bound = gap_bound(status)
    if bound in {None, "exact"}:
        return amount
    return t(f"track.gap_{bound}", v=amount)


def part_words(status: TargetStatus) -> str:
    """Return values for parts of the area, which bound the whole from below."""
    return t("goals.joiner").join(
        t(
            "track.part",
            area=view.area_name(value.area),
            value=view.seen(value),
            when=view.period(value.period),
        )
        for value in status.parts
    )


def measured_words(status: TargetStatus) -> str:
    """Return what the platform counted itself, which decides nothing."""
    unit = status.target.unit
    return t("goals.joiner").join(
        t(
            "track.counted",
            what=view.definition_name(value.definition_group),
            value=view.amount(value.value, unit),
            when=day(value.period),
        )
        for value in status.measured
    )


def facts(status: TargetStatus) -> list[tuple[str, str]]:
    """Return the facts of one target as label and text (`Html` where it holds links)."""
    target, used = status.target, status.used
    rows: list[tuple[str, str]] = [
        (t("goals.plan"), view.plan_name(target.plan_id)),
        (t("goals.document_kind"), t(f"goals.kind_{target.kind.replace(' ', '_')}")),
        (t("track.issued"), issued_words(target)),
        (t("goals.section"), target.section),
        (t("goals.area"), view.area_name(target.area)),
        (t("goals.counts_what"), view.definition_name(target.definition_group) or MISSING),
        (t("goals.asks"), view.wanted(target)),
        (t("goals.due"), view.due(target)),
        (t("goals.wording"), target.note),
        (t("goals.target_source"), view.links_html(target.source_url)),
    ]
    if used is not None:
        rows += [
            (t("goals.observed"), used_words(status)),
            (t("goals.gap"), gap_words(status)),
            (t("track.chosen"), used.chosen),
            (t("goals.source_says"), used.definition_note),
            (t("goals.confidence"), term("confidence", used.confidence)),
            (t("goals.observed_source"), view.links_html(used.source)),
            (t("track.published"), day(used.published) if used.published else ""),
        ]
    rows += _path_facts(status)
    rows += [
        (t("goals.projection"), projection_words(status)),
        (t("goals.caveats"), caveats(status)),
        (t("goals.conflicts"), t("goals.joiner").join(view.seen(o) for o in status.conflicts)),
        (t("track.parts"), part_words(status)),
        (t("goals.measured"), measured_words(status)),
    ]
    return [(label, text) for label, text in rows if text]


def _path_facts(status: TargetStatus) -> list[tuple[str, str]]:
    path, unit = status.path, status.target.unit
    if path is None:
        return []
    rate = path.required_growth_rate
    return [
        (t("goals.base"), f"{view.seen(path.base)} · {view.period(path.base.period)}"),
        (t("goals.required_now"), view.amount(path.required_linear, unit)),
        (
            t("goals.required_rate"),
            t("goals.per_year", v=view.amount(path.required_rate, unit))
            if path.required_rate
            else "",
        ),
        (t("goals.required_growth"), f"{number(100 * rate, 1)}%" if rate is not None else ""),
        (
            t("goals.run_rate"),
            t("goals.per_year", v=view.amount(path.run_rate, unit)) if path.run_rate else "",
        ),
    ]


def family_reason(target: Target) -> str:
    """Return why values of the neighbouring definitions cannot answer the target."""
    return t("goals.family_reason") if target.indicator_id in families() else ""


def headline(status: TargetStatus) -> str:
    """Return a target, its status and the rule as HTML."""
    target = status.target
    return (
        f'<p class="c-target"><b>{html.escape(view.target_name(target))}</b> '
        f"{html.escape(view.wanted(target))} · {html.escape(view.due(target))} "
        f"{view.status_chip(status.status)}"
        f"<br><small>{html.escape(view.why(status))}</small></p>"
    )


def provenance(
    snapshot: Snapshot, command: str, filters: dict[str, str] | None = None
) -> Provenance:
    """Return what an export says of itself."""
    return Provenance.from_manifest(
        snapshot.manifest,
        command=f"{command} --snapshot {snapshot.id}",
        filters=dict(filters or {}),
        sources=("data/goals", "data/boundaries/zones.csv", "data/enterprises"),
    )
