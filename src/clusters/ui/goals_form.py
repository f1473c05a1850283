"""Adding an observed value: what may be named, what went wrong in words, what was added lately."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

import pandas as pd
import streamlit as st

from clusters.goals import MEASURED, TargetStatus, assess
from clusters.goals.choosing import known_observations, rivals
from clusters.goals.observations import Observation, decimal_year
from clusters.goals.plan import same_unit
from clusters.ledger import Ledger, audit, known_indicators, observations, open_ledger
from clusters.settings import get_settings
from clusters.ui import goals_view as view
from clusters.ui.state import workspace_folder
from clusters.ui.text import MISSING, t, texts
from clusters.workspace import Snapshot

# The field a message of the ledger begins with decides which words are shown.
_FIELDS = frozenset(
    [
        "indicator_id",
        "unit",
        "definition_group",
        "qualifier",
        "confidence",
        "area",
        "source",
        "definition_note",
        "period",
        "value",
        "date",
        "who",
        "observation",
        "supersedes",
        "reason",
    ]
)
_RECENT = 20
FIRST_DAY: Final = date(2018, 9, 28)


@st.cache_resource(max_entries=4, show_spinner=False)
def _open(where: str) -> Ledger:
    return open_ledger(where if "://" in where else Path(where))


def ledger() -> Ledger:
    """Return the ledger of the workspace this app serves."""
    return _open(get_settings().ledger_url or str(workspace_folder()))


@st.cache_data(max_entries=8, show_spinner=False)
def _judged(
    _snapshot: Snapshot,
    _ledger: Ledger,
    key: tuple[str, ...],
) -> tuple[TargetStatus, ...]:
    return assess(
        _snapshot.enterprises,
        as_of=date.fromisoformat(key[1]),
        ledger=_ledger,
        counted_on=date.fromisoformat(_snapshot.manifest["as_of"]),
    )


def judged_day() -> date:
    """Return the day of this visit: the one in the link, today where it holds none or a wrong one.

    Nothing can be judged on a day to come, nor before the first of the plans.
    """
    try:
        asked = date.fromisoformat(st.query_params.get("day", ""))
    except ValueError:
        return view.today()
    return asked if FIRST_DAY <= asked <= view.today() else view.today()


def statuses(snapshot: Snapshot, day: date | None = None) -> tuple[TargetStatus, ...]:
    """Return the status of every target on a day, today if none is given."""
    book = ledger()
    key = (snapshot.id, (day or view.today()).isoformat(), book.url, version(book))
    return _judged(snapshot, book, key)


def version(book: Ledger) -> str:
    """Return what changes whenever somebody writes: the length of the trail."""
    return str(len(audit(book)))


def public_values(status: TargetStatus) -> tuple[Observation, ...]:
    """Return all values of a target's area that a chart may show: its own definition and kin."""
    target = status.target
    return tuple(
        value
        for value in known_observations(ledger())
        if value.known_by(decimal_year(status.as_of))
        and value.origin != MEASURED
        and value.area == target.area
        and same_unit(value.unit, target.unit)
        and (value.definition_group == target.definition_group or value.family == target.family)
    )


def definitions_of(indicator_id: str) -> tuple[str, ...]:
    """Return the definitions an indicator is counted by, its own first."""
    known = known_indicators()
    own = known.own_group[indicator_id]
    others = [g for g, i in known.groups.items() if i == indicator_id and g != own]
    return (own, *others)


def units() -> Mapping[str, str]:
    """Return the unit of every indicator that can be observed."""
    return known_indicators().units


def problem(message: str) -> str:
    """Return what is wrong with a draft in the visitor's language, from the ledger's message."""
    if "e-mail address" in message:
        return t("goals.error_contact")
    field = message.split(maxsplit=1)[0].rstrip(":")
    if field not in _FIELDS:
        return t("goals.error_other")
    detail = "below" if field == "value" and "below zero" in message else field
    if field == "period" and "must lie between" in message:
        detail = "period_range"
    return t(f"goals.error_{detail}")


def recent(entries: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return the newest entries about observations as texts, newest first.

    Parameters
    ----------
    entries : DataFrame
        ``who, recorded_at, action, payload`` as `clusters.ledger.audit` returns them.
    """
    mine = entries[entries["action"].str.startswith("observation.")].iloc[::-1].head(_RECENT)
    return [_entry(dict(zip(mine.columns, row, strict=True))) for row in mine.to_numpy()]


def _entry(row: Mapping[str, object]) -> tuple[str, ...]:
    given = json.loads(str(row["payload"]))
    key = f"goals.{str(row['action']).replace('.', '_')}"
    group = given.get("definition_group") or view.definition_name("")
    name = view.definition_name(group) or view.indicator_name(given["indicator_id"])
    return (
        str(row["recorded_at"])[:16].replace("T", " ") + " UTC",
        str(row["who"]),
        t(key) if key in texts() else MISSING,
        name,
        view.area_name(given["area"]),
        view.period(given["period"]),
        view.amount(float(given["value"]), given["unit"]),
        given["source"],
    )


def corrigible() -> dict[int, Mapping[str, object]]:
    """Return the rows of the ledger that a correction may replace, the newest first."""
    rows = observations(ledger()).to_dict("records")
    return {int(row["id"]): {str(k): v for k, v in row.items()} for row in reversed(rows)}


def correction_name(row: Mapping[str, object]) -> str:
    """Return one line that tells a row of the ledger from the others."""
    return t(
        "track.corrects_option",
        id=row["id"],
        what=view.definition_name(str(row["definition_group"])),
        area=view.area_name(str(row["area"])),
        period=view.period(str(row["period"])),
        value=view.amount(float(str(row["value"])), str(row["unit"])),
    )


def rival_values(status: TargetStatus) -> tuple[Observation, ...]:
    """Return the values among which a person may choose: the one used, and others beside it."""
    if status.used is None:
        return ()
    others = rivals(status.used, known_observations(ledger()))
    return (status.used, *others) if others else ()
