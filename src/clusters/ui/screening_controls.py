"""The controls of the park screening: the question, hard limits, criteria and weights."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from clusters.places.boundaries import display
from clusters.screening.criteria import criteria, level_names
from clusters.screening.limits import Bound, Removed
from clusters.screening.profile import FUNCTIONS, METHODS, Choice, Profile
from clusters.ui import cards, filters, maps, tables
from clusters.ui import screening_state as state
from clusters.ui import screening_view as view
from clusters.ui.text import language, number, t, term

_RADII = (5, 10, 20, 30, 50, 100)
_UNCERTAIN = (2.0, 3.0, 5.0, 8.0)
_ANY = -1.0
_MOST_COLUMNS = 4


def question(profile: Profile) -> None:
    """Show what is asked: segment, radius, method."""
    first, second, third = st.columns(3)
    with first:
        state.control(
            st.selectbox,
            t("screening.segment"),
            key="segment",
            value=profile.segment,
            keep_as=lambda one: state.change(segment=one),
            options=filters.segment_ids(),
            format_func=lambda one: term("segment", one),
        )
    with second:
        radii = sorted({*_RADII, profile.radius_km})
        state.control(
            st.selectbox,
            t("screening.radius"),
            key="radius",
            value=profile.radius_km,
            keep_as=lambda one: state.change(radius_km=float(one)),
            options=radii,
            format_func=lambda one: f"{one:g}",
        )
    with third:
        state.control(
            st.selectbox,
            t("screening.method"),
            key="method",
            value=profile.method,
            keep_as=lambda one: state.change(method=one),
            options=METHODS,
            format_func=lambda one: t(f"screening.method_{one}"),
        )


def limits(profile: Profile, parks: pd.DataFrame) -> None:
    """Show the hard limits; industries are those of the parks in use."""
    held = profile.limits
    words = view.industry_words(parks)
    first, second, third = st.columns(3)
    with first:
        _many(
            "levels", list(level_names()), held.levels, lambda one: view.level_name(one, language())
        )
        _tick("place_known", held.place_known)
    with second:
        codes = list(display("prefecture")["code"])
        _many("prefectures", codes, held.prefectures, lambda one: maps.area_name(one, language()))
        _tick("area_known", held.area_known)
    with third:
        _many(
            "industries",
            list(words),
            held.industries,
            lambda one: one if language() == "zh" else words.get(one, one),
        )
        options = sorted({*_UNCERTAIN, held.most_uncertain_km or _UNCERTAIN[0]})
        state.control(
            st.selectbox,
            t("screening.limit_most_uncertain_km"),
            key="within",
            value=_ANY if held.most_uncertain_km is None else held.most_uncertain_km,
            keep_as=lambda one: state.change_limits(most_uncertain_km=None if one == _ANY else one),
            options=[_ANY, *options],
            format_func=lambda one: t("screening.any") if one == _ANY else f"{one:g}",
        )
    _bounds(held.bounds)


def _many(field: str, options: list[str], value: tuple[str, ...], named: Any) -> None:
    state.control(
        st.multiselect,
        t(f"screening.limit_{field}"),
        key=field,
        value=[one for one in value if one in options],
        keep_as=lambda chosen: state.change_limits(**{field: tuple(chosen)}),
        options=options,
        format_func=named,
        placeholder=t("screening.any"),
    )


def _tick(field: str, value: bool) -> None:
    state.control(
        st.checkbox,
        t(f"screening.limit_{field}"),
        key=field,
        value=value,
        keep_as=lambda on: state.change_limits(**{field: bool(on)}),
    )


def _bounds(held: tuple[Bound, ...]) -> None:
    """Show limits on figures, and a form for one more."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            t("screening.bound"),
            list(criteria()),
            format_func=lambda one: criteria()[one].label(language()),
            key="screen-bound",
            width=330,
        )
        sign = st.selectbox(
            t("screening.bound_sign"),
            ["≥", "≤"],
            format_func=lambda one: t("screening.at_least" if one == "≥" else "screening.at_most"),
            key="screen-bound-sign",
            width=130,
        )
        value = st.number_input(t("screening.bound_value"), key="screen-bound-value", width=150)
        others = tuple(one for one in held if (one.criterion, one.sign) != (name, sign))
        st.button(
            t("screening.bound_add"),
            key="screen-bound-add",
            on_click=lambda: state.change_limits(bounds=(*others, Bound(name, sign, float(value)))),
        )
    for at, bound in enumerate(held):
        label = f"{view.limit_name(f'{bound.criterion} {bound.sign}', language())} {bound.value:g}"
        st.button(
            f"✕ {label}",
            key=f"screen-bound-{at}",
            type="tertiary",
            on_click=lambda at=at: state.change_limits(
                bounds=tuple(one for place, one in enumerate(held) if place != at)
            ),
        )


def effect(removed: dict[str, Removed], kept: int, total: int) -> None:
    """Show how many parks each limit removes, alone and in sequence."""
    cards.section(t("screening.left", n=number(kept), total=number(total)))
    if not removed:
        cards.note(t("screening.removed_none", total=number(total)))
        return
    heads = ("limit", "removes", "by_this_only", "in_sequence", "left_over", "within_doubt")
    with st.container(width=900):
        tables.show(
            [tables.Column(t(f"screening.effect_{one}"), numeric=one != "limit") for one in heads],
            view.limit_rows(removed, language()),
            label=t("screening.limits"),
        )
    st.button(
        t("screening.reset"),
        key="limits-reset",
        type="tertiary",
        on_click=lambda: state.change(limits=type(state.profile().limits)()),
    )


def weights(profile: Profile) -> None:
    """Show the criteria, their weights and their share of 100."""
    state.control(
        st.multiselect,
        t("screening.criteria"),
        key="criteria",
        value=[one.criterion for one in profile.choices],
        keep_as=state.choose_criteria,
        options=list(criteria()),
        format_func=lambda one: criteria()[one].name(language()),
        placeholder=t("screening.criteria_none"),
    )
    shares = {one.criterion: one.weight for one in profile.weighted}
    with st.container(key="screen-weights"):
        columns = st.columns(min(_MOST_COLUMNS, max(1, len(profile.choices))))
        for at, choice in enumerate(profile.choices):
            one = criteria()[choice.criterion]
            with columns[at % len(columns)]:
                share = number(shares.get(choice.criterion, 0.0), 1)
                state.control(
                    st.number_input,
                    f"{one.name(language())} · {share}%",
                    key=f"weight-{choice.criterion}",
                    value=float(choice.weight),
                    keep_as=partial(state.weigh, choice.criterion),
                    min_value=0.0,
                    max_value=1e6,
                    step=1.0,
                    format="%.4g",
                    help=_help(choice, language()),
                )
    cards.note(t("screening.weights_note"))


def _help(choice: Choice, tongue: str) -> str:
    one = criteria()[choice.criterion]
    said = [
        one.definition(tongue),
        t("screening.definition_unit", unit=one.unit(tongue) or "–"),
        t(f"screening.direction_{'less' if choice.less_is_better else 'more'}"),
        t("screening.definition_vintage", vintage=vintage(one.vintage)),
        t("screening.definition_confidence", confidence=t(f"terms.confidence_{one.confidence}")),
    ]
    return "  \n".join(said)


def vintage(text: str) -> str:
    """Return a vintage in words: that of the snapshot, or the year in the table."""
    return t("screening.vintage_snapshot") if "snapshot" in text else text


def value_functions(profile: Profile) -> None:
    """Show how the figures of one criterion turn into worth, and change it."""
    names = [one.criterion for one in profile.choices]
    if not names:
        return
    with st.expander(t("screening.functions")):
        cards.note(t("screening.functions_note"))
        name = st.selectbox(
            t("screening.criterion"),
            names,
            format_func=lambda one: criteria()[one].label(language()),
            key="screen-function-of",
        )
        choice = next(one for one in profile.choices if one.criterion == name)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            kind = st.selectbox(
                t("screening.kind"),
                FUNCTIONS,
                index=FUNCTIONS.index(choice.kind),
                format_func=lambda one: t(f"screening.kind_{one}"),
                key=f"screen-kind-{name}-{choice.kind}",
                width=200,
            )
            direction = st.selectbox(
                t("screening.direction"),
                ["more", "less"],
                index=int(choice.less_is_better),
                format_func=lambda one: t(f"screening.direction_{one}"),
                key=f"screen-direction-{name}-{choice.less_is_better}",
                width=160,
            )
            numbers = _numbers(name, kind, choice)
            st.button(
                t("screening.apply"),
                key="screen-function-apply",
                on_click=lambda: _apply(name, kind, direction, numbers),
            )


def _numbers(name: str, kind: str, choice: Choice) -> dict[str, float | None]:
    fields = {
        "linear": ("start", "end"),
        "ideal": ("ideal", "tolerance"),
        "threshold": ("threshold",),
    }[kind]
    return {
        field: st.number_input(
            t(f"screening.{field}"),
            value=getattr(choice, field),
            key=f"screen-{field}-{name}",
            placeholder=t("screening.automatic"),
            width=150,
        )
        for field in fields
    }


def _apply(name: str, kind: str, direction: str, numbers: dict[str, float | None]) -> None:
    """Take a value function over; one that lacks its number stays as it was."""
    if kind in numbers and numbers[kind] is None:
        return
    if kind == "linear" and numbers["start"] is not None and numbers["start"] == numbers["end"]:
        return
    own = criteria()[name].direction
    fields: dict[str, Any] = dict.fromkeys(("start", "end", "ideal", "tolerance", "threshold"))
    fields |= {**numbers, "kind": kind, "direction": None if direction == own else direction}
    state.swap(name, **fields)
