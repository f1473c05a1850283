"""The answers of the park screening: ranking, why, how stable, side by side, what if, to keep."""

import html
import json
from collections.abc import Callable
from typing import Any

import streamlit as st

from clusters.access import Right
from clusters.export.provenance import Provenance
from clusters.export.screening import screening_bytes, screening_command
from clusters.screening.profile import WEIGHTINGS
from clusters.screening.screen import Screening
from clusters.screening.toml import profile_to_toml
from clusters.ui import cards, charts, maps, tables
from clusters.ui import screening_charts as drawn
from clusters.ui import screening_state as state
from clusters.ui import screening_view as view
from clusters.ui.account import allowed
from clusters.ui.handing import EXCEL, offer
from clusters.ui.links import keep as keep_in_link
from clusters.ui.screening_map import layers
from clusters.ui.screening_whatif import name_and_keep
from clusters.ui.state import snapshot
from clusters.ui.text import MISSING, language, number, t

_TOP = 10
_MIMES = {
    ".xlsx": EXCEL,
    ".csv": "text/csv",
    ".json": "application/json",
}


def ranking(answer: Screening, chosen: list[str]) -> None:
    """Show the ranking beside the map."""
    cards.section(t("screening.ranking"), t("screening.ranking_lead"))
    where, what = st.columns([1.1, 1.9], gap="medium")
    with what:
        ids = [answer.ids[at] for at in answer.ranking.order]
        state.tick_rows(ids, chosen)
        st.dataframe(
            view.ranking_rows(answer, language()),
            key="park-table",
            hide_index=True,
            height=560,
            selection_mode="multi-row",
            on_select=lambda: state.rows_ticked(ids),
            column_config=_columns(answer),
            placeholder="",
            alt=t("screening.ranking"),
        )
        cards.note(t("screening.reading_score"), t("screening.reading_ranks"))
    with where:
        shown = layers(answer, chosen, language=language(), theme=charts.theme_name())
        maps.show(
            shown,
            key="park-canvas",
            language=language(),
            theme=charts.theme_name(),
            view=maps.fit(maps.SICHUAN, width=545, height=560),
            height=560,
            on_change=state.clicked,
        )
        st.html(maps.legend(shown, language=language(), theme=charts.theme_name()))
        missing = int(answer.parks["lon"].isna().sum())
        if missing:
            cards.note(t("screening.unplaced", n=number(missing)))


def _columns(answer: Screening) -> dict[str, Any]:
    text, numeric = st.column_config.TextColumn, st.column_config.NumberColumn
    other = "topsis" if answer.profile.method == "weighted_sum" else "weighted_sum"

    def head(key: str) -> str:
        return t(f"screening.column_{key}")

    return {
        "rank": numeric(head("rank"), width=50, format="%d"),
        "name": text(head("name"), width=210),
        "score": st.column_config.ProgressColumn(
            head("score"), min_value=0, max_value=100, format="%.1f", width=120
        ),
        "range": text(head("range"), width=90),
        "p_first": numeric(head("p_first"), format="%.1f%%", width=80),
        "ranks": text(head("ranks"), width=90),
        "other": numeric(t(f"screening.column_other_{other}"), format="%d", width=80),
        "prefecture": text(head("prefecture")),
        "level": text(head("level")),
        "uncertainty_km": numeric(head("uncertainty_km"), format="%.1f"),
    }


def why(answer: Screening) -> None:
    """Show what each criterion contributes, and what would have to change."""
    cards.section(t("screening.why"), t("screening.why_lead"))
    tongue = language()
    frame = view.contribution_frame(answer, _TOP, tongue)
    shown = frame.pivot_table(index="park", columns="criterion", values="points", sort=False)
    charts.show(
        drawn.contributions(frame),
        alternative=t("screening.why_alt", n=number(min(_TOP, len(answer.parks)))),
        data=shown.round(2).rename_axis(t("screening.column_name")).reset_index(),
        name=t("screening.file_contributions"),
    )
    names = view.names_of(answer, tongue)
    ids = [answer.ids[at] for at in answer.ranking.order]
    asked = st.query_params.get("park")
    park = state.control(
        st.selectbox,
        t("screening.park_of"),
        key="park",
        value=asked if asked in ids else ids[0],
        keep_as=lambda one: keep_in_link("park", "" if one == ids[0] else one),
        options=ids,
        format_func=names.__getitem__,
        width=420,
    )
    at = answer.ids.index(park)
    left, right = st.columns([1.35, 1], gap="large")
    with left:
        heads = ("criterion", "figure", "interval", "worth", "weight", "points")
        tables.show(
            [tables.Column(t(f"screening.{one}"), numeric=one != "criterion") for one in heads],
            view.why_rows(answer, at, tongue),
            label=t("screening.why"),
        )
        cards.note(t("screening.why_note"))
    with right:
        _profile(answer, at)
    _next_rank(answer, at)


def _profile(answer: Screening, at: int) -> None:
    """Show the facts of one park."""
    row = answer.parks.iloc[at].to_dict()
    tongue = language()
    joiner = t("screening.join")
    facts = {
        "level": view.level_name(row["level"], tongue),
        "prefecture": maps.area_name(row["prefecture_code"], tongue),
        "counties": joiner.join(maps.area_name(one, tongue) for one in row["county_codes"])
        or MISSING,
        "area": view.area_of(row, tongue),
        "industries": joiner.join(row[f"industries_{tongue}"]) or MISSING,
        "uncertainty_km": number(row["uncertainty_km"], 1),
        "confidence": view.confidence(row["confidence"]),
    }
    cells = "".join(
        f"<dt>{html.escape(t(f'screening.column_{key}'))}</dt><dd>{html.escape(value)}</dd>"
        for key, value in facts.items()
    )
    link = view.first_link(row["source_url"])
    if link:
        href = html.escape(link, quote=True)
        word = html.escape(t("screening.source_link"))
        cells += (
            f"<dt>{html.escape(t('screening.column_source'))}</dt>"
            f'<dd><a href="{href}" rel="noreferrer" target="_blank">{word}</a></dd>'
        )
    st.html(f'<dl class="c-facts">{cells}</dl>')


def _next_rank(answer: Screening, at: int) -> None:
    above, ahead, rows = view.change_rows(answer, at, language())
    if not rows:
        cards.note(t("screening.nobody_above"))
        return
    st.html(f'<h3 class="c-kind">{html.escape(t("screening.next_rank"))}</h3>')
    cards.note(t("screening.next_rank_lead", name=above, points=number(ahead, 1)))
    heads = ("criterion", "figure_now", "figure_needed", "weight", "weight_needed")
    tables.show(
        [tables.Column(t(f"screening.{one}"), numeric=one != "criterion") for one in heads],
        rows,
        label=t("screening.next_rank"),
    )


def stability(answer: Screening) -> None:
    """Show how probable each rank is."""
    options = answer.profile.stability
    cards.section(t("screening.stability"), t("screening.stability_lead"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        state.control(
            st.selectbox,
            t("screening.vary"),
            key="vary",
            value=options.weights,
            keep_as=lambda one: state.change_stability(weights=one),
            options=WEIGHTINGS,
            format_func=lambda one: t(f"screening.vary_{one}"),
            width=300,
        )
        state.control(
            st.checkbox,
            t("screening.shapes"),
            key="shapes",
            value=options.value_shapes,
            keep_as=lambda on: state.change_stability(value_shapes=bool(on)),
        )
        state.control(
            st.checkbox,
            t("screening.data"),
            key="data",
            value=options.data,
            keep_as=lambda on: state.change_stability(data=bool(on)),
        )
    heat = view.rank_heat(answer, language())
    st.html(drawn.heat_html(heat, label=t("screening.stability")))
    found = answer.stability
    cards.note(
        t(
            "screening.stability_note",
            draws=number(found.draws),
            worlds=number(found.worlds),
            seed=str(options.seed),
        )
    )
    heads, rows = view.central_rows(answer, language())
    with st.expander(t("screening.central")):
        cards.note(t("screening.central_note"))
        titles = [
            t("screening.column_name"),
            t("screening.column_p_first"),
            t("screening.confident"),
        ]
        columns = [tables.Column(one, numeric=at > 0) for at, one in enumerate([*titles, *heads])]
        tables.show(columns, rows, label=t("screening.central"))
    with st.expander(t("screening.pairwise")):
        cards.note(t("screening.pairwise_note"))
        names, rows = view.pairwise_rows(answer, language())
        columns = [tables.Column(""), *(tables.Column(name, numeric=True) for name in names)]
        tables.show(columns, rows, label=t("screening.pairwise"))


def compare(answer: Screening, chosen: list[str]) -> None:
    """Show the chosen parks side by side."""
    cards.section(t("screening.compare"), t("screening.compare_lead"))
    places = [answer.ids.index(one) for one in chosen if one in answer.ids]
    if not places:
        cards.empty(t("screening.compare_none"), t("screening.compare_next"))
        return
    names, rows = view.comparison_rows(answer, places, language())
    tables.show(
        [tables.Column(""), *(tables.Column(name) for name in names)],
        rows,
        label=t("screening.compare"),
    )
    frame = view.parallel_frame(answer, places, language())
    shown = frame.pivot_table(index="park", columns="criterion", values="worth", sort=False)
    charts.show(
        drawn.parallel(frame),
        alternative=t("screening.parallel_alt", names=t("screening.join").join(names)),
        data=shown.round(3).rename_axis(t("screening.column_name")).reset_index(),
        name=t("screening.file_compare"),
    )
    st.button(
        t("screening.compare_clear"),
        key="compare-clear",
        type="tertiary",
        on_click=lambda: state.choose([]),
    )


def keep(answer: Screening, baseline: Screening | None) -> None:
    """Offer the answer to take away, the profile to keep, and the link."""
    cards.section(t("screening.keep"), t("screening.keep_lead"))
    saved = state.saved_records("profile")
    if saved:
        st.selectbox(
            t("screening.profile_load"),
            list(saved),
            index=None,
            placeholder=t("screening.profile_choose"),
            key="screen-profile-load",
            on_change=lambda: state.load_profile(st.session_state["screen-profile-load"] or ""),
            width=360,
        )
    name_and_keep(
        t("screening.profile_name"), t("screening.profile_save"), "profile", state.save_profile
    )
    commands = {
        ending: screening_command(answer, ending, snapshot=snapshot().id, language=language())
        for ending in _MIMES
    }
    if not allowed(Right.EXPORT):
        cards.note(t("shell.export_refused"))
        return
    with st.container(horizontal=True):
        for ending, mime in _MIMES.items():
            offer(
                t(f"screening.download_{ending[1:]}"),
                _builder(answer, ending, state.provenance(commands[ending]), baseline),
                file_name=f"{t('screening.file')}{ending}",
                mime=mime,
                key=f"screen-download{ending}",
            )
        offer(
            t("screening.download_toml"),
            lambda: profile_to_toml(answer.profile).encode(),
            file_name="profile.toml",
            mime="application/toml",
            key="screen-download.toml",
        )
        scenario = answer.scenario
        if scenario is not None and scenario.steps:
            offer(
                t("screening.download_scenario"),
                lambda: json.dumps(scenario.to_mapping(), ensure_ascii=False).encode(),
                file_name="scenario.json",
                mime="application/json",
                key="screen-download-scenario",
            )
    cards.note(t("screening.command"))
    st.code(commands[".xlsx"], language="bash", wrap_lines=True)


def _builder(
    answer: Screening, ending: str, provenance: Provenance, baseline: Screening | None
) -> Callable[[], bytes]:
    tongue = language()
    return lambda: screening_bytes(
        answer, ending, provenance=provenance, language=tongue, baseline=baseline
    )
