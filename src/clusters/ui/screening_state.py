"""The park screening's memory: the whole question stands in the link; answers are kept by it.

The link is the truth. Every control shows what the link says and writes back what a visitor
changes, so that a link opened elsewhere shows the same.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import streamlit as st

from clusters.access import Right
from clusters.errors import InputError
from clusters.export.provenance import Provenance
from clusters.ledger import record, records
from clusters.screening.criteria import criteria
from clusters.screening.link import KEYS, profile_from_query, profile_to_query
from clusters.screening.profile import Choice, Profile, profile_from_mapping, profile_to_mapping
from clusters.screening.scenario import Scenario, pack, scenario_from_mapping, unpack
from clusters.screening.screen import (
    Asked,
    Screening,
    ask,
    earlier_snapshot,
    judge,
    sources_of,
    under,
)
from clusters.ui import maps
from clusters.ui.account import current_account
from clusters.ui.goals_form import ledger
from clusters.ui.links import keep
from clusters.ui.state import snapshot, workspace_folder
from clusters.ui.text import t

MOST_COMPARED: Final = 10
MOST_IN_LINK: Final = 1800
"""Longest scenario a link carries; a longer one is saved first."""
_SEEN: Final = "park-seen"


def profile() -> Profile:
    """Return the profile the link holds."""
    return profile_from_query({key: st.query_params[key] for key in st.query_params})


def keep_profile(changed: Profile) -> None:
    """Write a profile into the link."""
    query = profile_to_query(changed)
    for key in KEYS:
        keep(key, query.get(key, ""))


def change(**fields: Any) -> None:
    """Change fields of the profile."""
    keep_profile(replace(profile(), **fields))


def change_limits(**fields: Any) -> None:
    """Change fields of the hard limits."""
    now = profile()
    keep_profile(replace(now, limits=replace(now.limits, **fields)))


def change_stability(**fields: Any) -> None:
    """Change what is varied."""
    now = profile()
    keep_profile(replace(now, stability=replace(now.stability, **fields)))


def choose_criteria(names: Sequence[str]) -> None:
    """Take criteria in, new ones at the mean weight of the others, and take the rest out."""
    now = profile()
    known = {one.criterion: one for one in now.choices}
    mean = sum(one.weight for one in now.choices) / len(now.choices) if now.choices else 10.0
    change(choices=tuple(known.get(name) or Choice(name, round(mean, 1)) for name in names))


def weigh(name: str, weight: float) -> None:
    """Give a criterion a weight."""
    swap(name, weight=weight)


def swap(name: str, **fields: Any) -> None:
    """Change fields of a criterion's choice."""
    change(
        choices=tuple(
            replace(one, **fields) if one.criterion == name else one for one in profile().choices
        )
    )


def control(
    widget: Callable[..., Any],
    label: str,
    *,
    key: str,
    value: Any,
    keep_as: Callable[[Any], None],
    **options: Any,
) -> Any:
    """Show a control that shows `value`, and hand what a visitor makes of it to `keep_as`."""
    state = f"screen-{key}"
    st.session_state[state] = value
    return widget(label, key=state, on_change=lambda: keep_as(st.session_state[state]), **options)


# ---- the what-if ---------------------------------------------------------------------------


def scenario() -> tuple[Scenario | None, str]:
    """Return the what-if of the link, and in words why there is none where it names one."""
    name, packed = st.query_params.get("scenario"), st.query_params.get("what")
    try:
        if packed:
            return unpack(packed), ""
        if name:
            saved = saved_records("scenario")
            if name not in saved:
                return None, name
            return scenario_from_mapping({**saved[name], "name": name}), ""
    except InputError as error:
        return None, str(error)
    return None, ""


def keep_scenario(changed: Scenario | None, *, name: str = "") -> None:
    """Write a what-if into the link: by its name where it is saved, else whole."""
    keep("scenario", name)
    keep("what", "" if name or changed is None or not changed.steps else pack(changed))


def add_step(step: dict[str, Any]) -> str:
    """Add a step to the what-if; return what was wrong with it, or nothing."""
    now, _ = scenario()
    try:
        changed = (now or Scenario("")).with_step(step)
        under(asked(None), changed)
    except InputError as error:
        return str(error)
    if len(pack(changed)) <= MOST_IN_LINK:
        keep_scenario(changed)
        return ""
    # Too long for a link: kept under a name of its own at once, and the link carries the name.
    name = f"{t('screening.scenario_auto')} {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    wrong = _save("scenario", name, Scenario(name, changed.steps).to_mapping())
    if not wrong:
        keep_scenario(changed, name=name)
    return wrong


def geometry_of(data: bytes) -> Any:
    """Return the first geometry of a GeoJSON file, or what a check will refuse with a reason."""
    try:
        content = json.loads(data)
    except ValueError:
        return {"type": "none"}
    while isinstance(content, dict) and content.get("features"):
        content = content["features"][0]
    return content.get("geometry", content) if isinstance(content, dict) else {"type": "none"}


def drop_step(at: int) -> None:
    """Take a step out of the what-if."""
    now, _ = scenario()
    if now is not None:
        steps = tuple(step for place, step in enumerate(now.steps) if place != at)
        keep_scenario(Scenario(now.name, steps))


# ---- answers -------------------------------------------------------------------------------


@st.cache_resource(max_entries=6, show_spinner=False)
def _asked(_question: Profile, key: tuple[str, ...]) -> Asked:  # noqa: ARG001  # tells questions apart
    shown = snapshot()
    earlier = earlier_snapshot(workspace_folder(), shown)
    return ask(sources_of(shown, earlier), _question, tuple(criteria()))


@st.cache_resource(max_entries=12, show_spinner=False)
def _under(_asked_: Asked, _scenario: Scenario, key: tuple[str, ...]) -> Asked:  # noqa: ARG001
    return under(_asked_, _scenario)


@st.cache_resource(max_entries=24, show_spinner=False)
def _judged(
    _asked_: Asked,
    _question: Profile,
    _scenario: Scenario | None,
    key: tuple[str, ...],  # noqa: ARG001  # as above
) -> Screening:
    return judge(_asked_, _question, scenario=_scenario)


def _key(question: Profile) -> tuple[str, ...]:
    return (
        str(workspace_folder()),
        snapshot().id,
        question.segment,
        str(question.radius_km),
        str(question.stability.seed),
    )


def asked(what_if: Scenario | None) -> Asked:
    """Return every figure for the question of the link, as things are or under a what-if."""
    question = profile()
    key = _key(question)
    base = _asked(question, key)
    return _under(base, what_if, (*key, pack(what_if))) if what_if else base


def judged(what_if: Scenario | None) -> Screening:
    """Return the answer to the question of the link.

    Raises
    ------
    InputError
        As `clusters.screening.screen.judge`.
    """
    question = profile()
    mapping = {**profile_to_mapping(question), "name": ""}
    key = (*_key(question), json.dumps(mapping), pack(what_if) if what_if else "")
    return _judged(asked(what_if), question, what_if, key)


def baseline(what_if: Scenario | None) -> Screening | None:
    """Return the answer without the what-if; None where the limits then leave no park."""
    try:
        return judged(None) if what_if else None
    except InputError:
        return None


# ---- parks chosen --------------------------------------------------------------------------


def chosen(ids: Sequence[str]) -> list[str]:
    """Return the parks chosen for comparison that exist, ten at most."""
    wanted = (st.query_params.get("parks") or "").split(",")
    return [one for one in dict.fromkeys(wanted) if one in set(ids)][:MOST_COMPARED]


def choose(parks: Sequence[str]) -> None:
    """Write the parks chosen into the link."""
    keep("parks", ",".join(list(parks)[:MOST_COMPARED]))


def clicked() -> None:
    """Add a park clicked on the map to the comparison, or take it out."""
    click = maps.clicked(st.session_state.get("park-canvas"))
    if click is None or click[2] == st.session_state.get(_SEEN):
        return
    st.session_state[_SEEN] = click[2]
    layer, park, _ = click
    if layer in {"parks", "reach"}:
        before = [one for one in (st.query_params.get("parks") or "").split(",") if one]
        without = [one for one in before if one != park]
        choose(without if park in before else [*before, park])


def tick_rows(ids: Sequence[str], parks: Sequence[str]) -> None:
    """Tick the rows of the chosen parks in the ranking."""
    rows = [position for position, park in enumerate(ids) if park in parks]
    st.session_state["park-table"] = {"selection": {"rows": rows, "columns": [], "cells": []}}


def rows_ticked(ids: Sequence[str]) -> None:
    """Take the rows ticked; a chosen park that a limit hides stays chosen."""
    rows = st.session_state["park-table"]["selection"]["rows"]
    ticked = [ids[row] for row in rows if row < len(ids)]
    before = [one for one in (st.query_params.get("parks") or "").split(",") if one]
    kept = [one for one in before if one in ticked or one not in ids]
    choose([*kept, *(one for one in ticked if one not in kept)])


# ---- kept under a name ---------------------------------------------------------------------


def saved_records(kind: str) -> dict[str, dict[str, Any]]:
    """Return what is kept in the ledger of a kind, by name."""
    table = records(ledger(), kind)
    return {
        str(key): dict(payload) for key, payload in zip(table["key"], table["payload"], strict=True)
    }


def save_profile(name: str) -> str:
    """Keep the profile under a name; return what was wrong, or nothing."""
    return _save("profile", name, profile_to_mapping(replace(profile(), name=name.strip())))


def load_profile(name: str) -> None:
    """Put a kept profile into the link."""
    saved = saved_records("profile")
    if name in saved:
        keep_profile(profile_from_mapping(saved[name], where=name))


def save_scenario(name: str) -> str:
    """Keep the what-if under a name; return what was wrong, or nothing."""
    now, _ = scenario()
    if now is None:
        return ""
    wrong = _save("scenario", name, Scenario(name.strip(), now.steps).to_mapping())
    if not wrong:
        keep_scenario(now, name=name.strip())
    return wrong


def _save(kind: str, name: str, payload: dict[str, Any]) -> str:
    try:
        record(ledger(), kind, name.strip(), payload, who=current_account(Right.SAVE))
    except InputError as error:
        return str(error)
    return ""


def provenance(command: str) -> Provenance:
    """Return the record of a download of the answer."""
    return Provenance.from_manifest(
        snapshot().manifest, command=command, filters=profile_to_mapping(profile())
    )
