"""The what-if of the park screening: its steps, a form for one more, and what it changes."""

import html
from collections.abc import Callable
from typing import Any

import streamlit as st

from clusters.access import Right
from clusters.metrics.sums import AI_FIRMS
from clusters.places.zones import zones
from clusters.screening.scenario import Scenario
from clusters.screening.screen import Screening
from clusters.ui import cards, filters, maps, tables
from clusters.ui import screening_state as state
from clusters.ui import screening_view as view
from clusters.ui.account import allowed
from clusters.ui.state import snapshot
from clusters.ui.text import MISSING, language, t, term


def what_if(now: Scenario | None, before: Screening, after: Screening | None) -> None:
    """Show the what-if: its steps, a form for one more, and what it changes."""
    cards.section(t("screening.what_if"), t("screening.what_if_lead"))
    table = state.asked(now).parks
    parks = {
        str(row["park_id"]): view.park_name(row, language()) for row in table.to_dict("records")
    }
    firms = _firms()
    for at, step in enumerate(now.steps if now else ()):
        st.button(
            f"✕ {view.step_text(step, parks, firms)}",
            key=f"screen-step-{at}",
            type="tertiary",
            on_click=lambda at=at: state.drop_step(at),
        )
    with st.expander(t("screening.step_add"), expanded=now is None):
        _step_form(parks, firms)
    wrong = st.session_state.pop("screen-step-wrong", "")
    if wrong:
        cards.failure(wrong)
    if now is None or after is None or not now.steps:
        return
    names = after.measured.criteria
    touched = view.touched(now, names, language())
    cards.note(t("screening.touched", names=t("screening.join").join(touched) or MISSING))
    heads = (
        "name",
        "rank_before",
        "rank_after",
        "score_before",
        "score_after",
        "score_change",
        "p_first_before",
        "p_first_after",
    )
    tables.show(
        [tables.Column(t(f"screening.column_{one}"), numeric=one != "name") for one in heads],
        view.difference_rows(before, after, language()),
        label=t("screening.difference"),
    )
    cards.note(t("screening.difference_note"))
    name_and_keep(
        t("screening.scenario_name"), t("screening.scenario_save"), "scenario", state.save_scenario
    )


@st.cache_data(max_entries=2, show_spinner=False)
def _firm_names(_firms_of: Any, key: str) -> dict[str, str]:  # noqa: ARG001  # the snapshot's id
    rows = _firms_of[_firms_of["ai_relevance"].isin(AI_FIRMS)]
    return dict(zip(rows["enterprise_id"].astype(str), rows["name"].astype(str), strict=True))


def _firms() -> dict[str, str]:
    shown = snapshot()
    return _firm_names(shown.enterprises, shown.id)


def _step_form(parks: dict[str, str], firms: dict[str, str]) -> None:
    kind = st.selectbox(
        t("screening.step"),
        list(_STEP_FIELDS),
        format_func=lambda one: t(f"screening.do_{one}"),
        key="screen-step-kind",
        width=360,
    )
    step: dict[str, Any] = {"do": kind}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _STEP_FIELDS[kind](step, parks, firms)
        st.button(
            t("screening.step_take"),
            key="screen-step-take",
            type="primary",
            on_click=lambda: _take(step),
        )


def _take(step: dict[str, Any]) -> None:
    given = {key: value for key, value in step.items() if value not in (None, "")}
    wrong = state.add_step(given)
    if wrong:
        st.session_state["screen-step-wrong"] = wrong


def _chosen(what: str, named: dict[str, str], width: int) -> str:
    return str(
        st.selectbox(
            t(f"screening.step_{what}"),
            list(named),
            format_func=named.__getitem__,
            key=f"screen-step-{what}",
            width=width,
        )
    )


def _park(parks: dict[str, str]) -> str:
    return _chosen("park", parks, 300)


def _firm(firms: dict[str, str]) -> str:
    return _chosen("firm", firms, 340)


def _number(key: str, value: float, **options: Any) -> float:
    return st.number_input(
        t(f"screening.step_{key}"), value=value, key=f"screen-step-{key}", width=150, **options
    )


def _add_firm(step: dict[str, Any], parks: dict[str, str], _firms_of: dict[str, str]) -> None:
    step["name"] = st.text_input(
        t("screening.step_name"), key="screen-step-name", max_chars=60, width=200
    )
    step["segment"] = st.selectbox(
        t("screening.step_segment"),
        filters.segment_ids(),
        index=filters.segment_ids().index(state.profile().segment),
        format_func=lambda one: term("segment", one),
        key="screen-step-segment",
        width=220,
    )
    step["park"] = _park(parks)
    step["count"] = int(_number("count", 1, min_value=1, max_value=200, step=1))


def _move_firm(step: dict[str, Any], parks: dict[str, str], firms: dict[str, str]) -> None:
    step["firm"], step["park"] = _firm(firms), _park(parks)


def _grow_firm(step: dict[str, Any], _parks_of: dict[str, str], firms: dict[str, str]) -> None:
    step["firm"] = _firm(firms)
    step["employees"] = int(_number("employees", 500, min_value=0, step=50))


def _place(step: dict[str, Any]) -> None:
    step["lon"] = _number("lon", 104.06, min_value=97.0, max_value=109.0, format="%.4f")
    step["lat"] = _number("lat", 30.57, min_value=26.0, max_value=34.5, format="%.4f")
    step["uncertainty_km"] = _number("uncertainty_km", 0.5, min_value=0.0, max_value=200.0)


def _add_park(step: dict[str, Any], _parks_of: dict[str, str], _firms_of: dict[str, str]) -> None:
    step["name"] = st.text_input(
        t("screening.step_name"),
        value=t("screening.a_park"),
        key="screen-step-park-name",
        max_chars=60,
        width=200,
    )
    _place(step)


def _move_park(step: dict[str, Any], parks: dict[str, str], _firms_of: dict[str, str]) -> None:
    step["park"] = _park(parks)
    _place(step)


def _grow_park(step: dict[str, Any], parks: dict[str, str], _firms_of: dict[str, str]) -> None:
    step["park"] = _park(parks)
    step["area_ha"] = _number("area", 1000.0, min_value=0.0, step=100.0)


def _footprint(step: dict[str, Any], _parks_of: dict[str, str], _firms_of: dict[str, str]) -> None:
    step["zone"] = st.selectbox(
        t("screening.step_zone"),
        list(zones()["zone_id"]),
        format_func=lambda one: maps.area_name(one, language()),
        key="screen-step-zone",
        width=300,
    )
    given = st.file_uploader(
        t("screening.step_file"), type=["geojson", "json"], key="screen-step-file", width=340
    )
    step["geometry"] = state.geometry_of(given.getvalue()) if given else None
    step["boundary_error_m"] = _number("boundary_error_m", 50.0, min_value=0.0)


_STEP_FIELDS: dict[str, Callable[[dict[str, Any], dict[str, str], dict[str, str]], None]] = {
    "add_firm": _add_firm,
    "move_firm": _move_firm,
    "grow_firm": _grow_firm,
    "add_park": _add_park,
    "move_park": _move_park,
    "grow_park": _grow_park,
    "footprint": _footprint,
}


def name_and_keep(label: str, button: str, key: str, save: Callable[[str], str]) -> None:
    """Show a field for a name and a button that keeps something under it, to those who may."""
    if not allowed(Right.SAVE):
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(label, key=f"screen-{key}-name", max_chars=80, width=300)

        def done() -> None:
            wrong = save(name) if name.strip() else t("screening.name_needed")
            st.session_state[f"screen-{key}-said"] = (wrong, name)

        st.button(button, key=f"screen-{key}-save", on_click=done)
    wrong, said = st.session_state.pop(f"screen-{key}-said", (None, ""))
    if wrong:
        cards.failure(wrong)
    elif wrong is not None:
        st.html(
            f'<p class="c-remark" role="status">{html.escape(t("screening.saved", name=said))}</p>'
        )
