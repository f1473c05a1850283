"""Adding an observed value: what may be named, what went wrong in words, what was added lately."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import streamlit as st

from clusters.goals import MEASURED, TargetStatus, assess, load_observations
from clusters.goals.observations import Observation
from clusters.ledger import Ledger, known_indicators, observations, open_ledger
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
    ]
)
_RECENT = 20


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
    key: tuple[str, ...],  # noqa: ARG001  # what the cache tells states apart by
) -> tuple[TargetStatus, ...]:
    return assess(_snapshot.enterprises, as_of=view.today(), ledger=_ledger)


def statuses(snapshot: Snapshot) -> tuple[TargetStatus, ...]:
    """Return the status of every target today: snapshot, shipped values and the ledger."""
    book = ledger()
    rows = str(len(book_rows(book)))
    key = (snapshot.id, view.today().isoformat(), book.url, rows)
    return _judged(snapshot, book, key)


def book_rows(book: Ledger) -> pd.DataFrame:
    """Return every observation of the ledger, corrected ones too: its length is its version."""
    return observations(book, superseded=True)


def public_values(status: TargetStatus) -> tuple[Observation, ...]:
    """Return all values of a target's area that a chart may show: its own definition and kin."""
    target = status.target
    return tuple(
        value
        for value in load_observations(ledger())
        if value.origin != MEASURED
        and value.area == target.area
        and value.unit == target.unit
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
