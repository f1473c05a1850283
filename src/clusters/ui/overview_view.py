"""What the overview says in ten seconds: doors, headline targets, zones, firms, change, quality."""

import html
from collections import Counter
from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from clusters.changes import Changes, compare
from clusters.goals import Benchmark, TargetStatus
from clusters.goals.benchmark import LEVELS as EVIDENCE_LEVELS
from clusters.places.output import PRECISIONS
from clusters.registry.schema import CONFIDENCES
from clusters.ui import goals_table, links, zones_view
from clusters.ui import goals_view as view
from clusters.ui.cards import Figure
from clusters.ui.tables import Column, Html, table_html
from clusters.ui.text import MISSING, day, number, percent, t, term
from clusters.workspace import Snapshot, list_snapshots

# The promises a visitor asks about first: 2025 in numbers, 2030 in words, then what follows.
HEADLINES: Final = (
    "S18-2025-01",
    "S18-2025-02",
    "S18-2025-03",
    "S18-2025-04",
    "S18-2030-Q2",
    "A26-2030-06",
)
DOORS: Final = (
    ("planner", "map"),
    ("investment", "screening"),
    ("analyst", "metrics"),
    ("staff", "briefing"),
)
_ZONE_TARGET: Final = "S18-2025-01"


def doors_html() -> str:
    """Return the four doors, one for each kind of visitor."""
    cells = "".join(
        f'<a class="c-door" href="{html.escape(links.href(page), quote=True)}" target="_self">'
        f"<b>{html.escape(t(f'overview.door_{who}'))}</b>"
        f"<span>{html.escape(t(f'overview.door_{who}_line'))}</span></a>"
        for who, page in DOORS
    )
    return f'<nav class="c-doors" aria-label="{html.escape(t("overview.doors"))}">{cells}</nav>'


def headline_statuses(statuses: Sequence[TargetStatus]) -> tuple[TargetStatus, ...]:
    """Return the targets of the first table, in its order; one that is gone is left out."""
    by_id = {status.target.target_id: status for status in statuses}
    return tuple(by_id[identity] for identity in HEADLINES if identity in by_id)


def evidence(status: TargetStatus, *, zones_named: int) -> str:
    """Return the nearest public evidence of a headline target, in one line."""
    if status.target.target_id == _ZONE_TARGET:
        return t("overview.evidence_zones", named=zones_named, of=5)
    near = view.best_known(status)
    if near is None:
        return t("goals.none_public" if status.target.value is not None else "overview.judged")
    if near is status.used:
        return f"{view.seen(near)} · {view.period(near.period)}"
    if near in status.measured:
        return f"{view.definition_name(near.definition_group)} {number(near.value)}"
    return goals_table.near_words(near)


def headline_html(statuses: Sequence[TargetStatus], *, zones_named: int) -> str:
    """Return the headline targets: target, evidence, status, why; every name opens its details."""
    columns = [
        Column(t("goals.target")),
        Column(t("goals.asks"), numeric=True),
        Column(t("goals.due"), numeric=True),
        Column(t("overview.evidence")),
        Column(t("goals.status")),
        Column(t("goals.why")),
    ]
    rows = []
    for status in headline_statuses(statuses):
        target = status.target
        words = {"view": "words"} if target.qualitative else {}
        link = links.href("goals", **(words or {"view": "targets", "target": target.target_id}))
        rows.append(
            (
                Html(
                    f'<a href="{html.escape(link, quote=True)}" target="_self">'
                    f"{html.escape(view.target_name(target))}</a>"
                ),
                view.wanted(target),
                view.due(target),
                evidence(status, zones_named=zones_named),
                view.status_chip(status.status),
                Html(f"<small>{html.escape(view.why(status))}</small>"),
            )
        )
    return f'<div class="c-mid">{table_html(columns, rows, label=t("overview.plan"))}</div>'


def zones_html(found: Sequence[zones_view.Zone]) -> str:
    """Return the five zones as a slim table."""
    columns = [
        Column(""),
        Column(t("overview.zone")),
        Column(t("overview.standing")),
        Column(t("overview.ai_firms"), numeric=True),
        Column(t("zones.leading")),
        Column(t("overview.lq"), numeric=True),
    ]
    rows = [
        (
            str(zone.number),
            zone.short,
            zones_view.chips(zone),
            number(zone.firms) if zone.firms else t("zones.not_found"),
            zones_view.leading_words(zone),
            zones_view.quotient(zone),
        )
        for zone in found
    ]
    return f'<div class="c-mid">{table_html(columns, rows, label=t("goals.view_zones"))}</div>'


def benchmark_figures(benchmark: Benchmark) -> list[Figure]:
    """Return how many of the firms are in place, and by level of evidence."""
    table = benchmark.table
    by_level = Counter(table["evidence_level"])
    figures = [
        Figure(
            t("overview.benchmark_in_place"),
            t("overview.of", n=benchmark.in_place, total=len(table)),
            t("overview.benchmark_note"),
        )
    ]
    return figures + [
        Figure(t(f"firms.level_{level}"), number(by_level[level]), t(f"firms.level_{level}_means"))
        for level in EVIDENCE_LEVELS
    ]


def benchmark_places(benchmark: Benchmark) -> str:
    """Return where the firms are: prefectures with numbers, the largest first."""
    codes = Counter(benchmark.table["prefecture_code"].fillna(""))
    ordered = sorted(codes.items(), key=lambda item: (-item[1], item[0]))
    named = [
        f"{view.area_label(code) if code else term('precision', 'none')} {count}"
        for code, count in ordered
    ]
    return t("overview.benchmark_places", places=t("zones.comma").join(named))


def changes(shown: Snapshot) -> Changes | None:
    """Return what changed since the snapshot before the one shown; None where it is the first."""
    earlier = [s for s in list_snapshots(shown.path.parent.parent) if s.id < shown.id]
    return _compared(earlier[0], shown, (earlier[0].id, shown.id)) if earlier else None


@st.cache_resource(max_entries=4, show_spinner=False)
def _compared(
    _before: Snapshot,
    _after: Snapshot,
    key: tuple[str, str],  # noqa: ARG001  # key of the cache
) -> Changes:
    return compare(_before, _after)


def change_figures(change: Changes) -> list[Figure]:
    """Return the numbers of firms that entered, left, moved and changed."""
    return [
        Figure(t(f"overview.{name}"), number(count), t(f"overview.{name}_means"))
        for name, count in change.counted().items()
    ]


def account_words(shown: Snapshot) -> str:
    """Return the account of rows: read = published + duplicates + rejected."""
    account = {key: number(count) for key, count in shown.manifest["account"].items()}
    return t("overview.account", **account)


def precision_html(shown: Snapshot) -> str:
    """Return the firms by how precisely their place is known, as one bar with its numbers."""
    places = shown.manifest["places"]
    total = sum(places.values())
    found = [(kind, places[kind]) for kind in PRECISIONS if places.get(kind)]
    parts = "".join(
        f'<span class="c-precise-{place}" style="flex:{count}"></span>'
        for place, (_, count) in zip(_steps(found), found, strict=True)
    )
    words = "".join(
        f'<li><i class="c-precise-{place}"></i>{html.escape(term("precision", kind))} '
        f"<b>{number(count)}</b> <small>{percent(count / total, 0)}</small></li>"
        for place, (kind, count) in zip(_steps(found), found, strict=True)
    )
    label = html.escape(t("overview.precision"), quote=True)
    return (
        f'<div class="c-split" role="img" aria-label="{label}">{parts}</div>'
        f'<ul class="c-split-key">{words}</ul>'
    )


def _steps(found: Sequence[tuple[str, int]]) -> list[str]:
    """Return the shade of each precision: dots, areas, too coarse, unknown."""
    shade = {"none": "none", "county": "coarse", "prefecture": "coarse"}
    fine = {"park": "area", "subdistrict": "area"}
    return [shade.get(kind, fine.get(kind, "dot")) for kind, _ in found]


def quality_rows(shown: Snapshot) -> list[tuple[str, str]]:
    """Return what a reader must know before trusting a number: label and words."""
    firms = shown.enterprises
    known = firms["confidence"].value_counts() if "confidence" in firms else pd.Series(dtype=int)
    sure = t("goals.joiner").join(
        f"{term('confidence', level)} {number(int(known[level]))}"
        for level in CONFIDENCES
        if level in known.index
    )
    warnings = sum(shown.manifest["findings"].values())
    return [
        (t("overview.as_of"), day(shown.manifest["as_of"])),
        (t("overview.published"), day(shown.created.date())),
        (t("overview.rows"), account_words(shown)),
        (t("overview.confidence"), sure or MISSING),
        (t("overview.warnings"), t("overview.n_warnings", n=number(warnings))),
        (t("overview.conflicts"), t("overview.n_firms", n=number(shown.manifest["conflicts"]))),
    ]


def go(page: str, words: str, **query: str) -> None:
    """Show the way on to another page."""
    address = html.escape(links.href(page, **query), quote=True)
    st.html(f'<p class="c-go"><a href="{address}" target="_self">{html.escape(words)}</a></p>')
