"""What people decide about the benchmark places: promote, replace, withdraw, check, restore.

Every decision is a new version of the ledger's record of that place, with who and why; the list
as shipped is never changed and comes back when a place is restored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd

from clusters.errors import InputError
from clusters.goals.benchmark import (
    KIND,
    LEVELS,
    SHIPPED,
    Benchmark,
    benchmark_firms,
    name_key,
)
from clusters.ledger import Ledger, record, records, withdraw
from clusters.metrics.sums import AI_FIRMS

_EASTERNMOST = timedelta(hours=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A firm for a place and what speaks for it: level of evidence, basis in words, source."""

    name: str
    evidence_level: str
    basis: str
    source: str = ""


def promote(
    ledger: Ledger,
    enterprises: pd.DataFrame,
    choice: Choice,
    *,
    who: str,
    reason: str,
    place: int | None = None,
) -> int:
    """Give a firm a vacant place, or with `place` that place from whoever holds it.

    Parameters
    ----------
    ledger
        An open ledger.
    enterprises
        Enterprises of the snapshot: the firm must be one of them.
    choice
        The firm with its evidence.
    who, reason
        Who decides and why; neither may be empty.
    place
        A place to replace; the first vacant one if None.

    Returns
    -------
    int
        The place.

    Raises
    ------
    InputError
        If the firm is not in the snapshot, is no AI firm, is on the list already, the place does
        not exist, no place is vacant, or evidence or reason are missing.
    """
    listed = benchmark_firms(enterprises, ledger=ledger)
    firm = _firm(enterprises, choice.name)
    _check(choice, reason)
    taken = {name_key(str(name)) for name in listed.table["name"]}
    if name_key(str(firm["name"])) in taken:
        msg = f"firm {firm['name']!r} is on the list already; choose another or check its place"
        raise InputError(msg)
    if place is None:
        if not listed.vacant:
            msg = (
                f"place: all {len(listed.table)} are taken; name the place to replace, or "
                "withdraw a firm first"
            )
            raise InputError(msg)
        place = listed.vacant[0]
    _known_place(listed, place)
    payload = {
        "place": place,
        "name": str(firm["name"]),
        "evidence_level": choice.evidence_level,
        "basis_zh": choice.basis.strip(),
        "basis_en": choice.basis.strip(),
        "source_url": choice.source.strip(),
        "kept": False,
    }
    record(ledger, KIND, str(place), payload, who=who, reason=reason)
    return place


def vacate(ledger: Ledger, enterprises: pd.DataFrame, place: int, *, who: str, reason: str) -> str:
    """Withdraw the firm of a place and leave the place vacant; returns the firm's name."""
    held = _held(benchmark_firms(enterprises, ledger=ledger), place)
    _reason(reason)
    record(ledger, KIND, str(place), {"place": place, "name": ""}, who=who, reason=reason)
    return str(held["name"])


def check(
    ledger: Ledger,
    enterprises: pd.DataFrame,
    place: int,
    *,
    day: date,
    who: str,
    owner: str = "",
    note: str = "",
) -> None:
    """Write down that a place was looked at on a day, by whom it is kept, and what was seen.

    Raises
    ------
    InputError
        If the place is vacant or unknown, or the day lies ahead.
    """
    held = _held(benchmark_firms(enterprises, ledger=ledger), place)
    # A calendar day as the person checking has it, who may be east of this machine's clock.
    if day > (datetime.now(UTC) + _EASTERNMOST).date():
        msg = f"checked {day.isoformat()} lies ahead; give the day somebody looked"
        raise InputError(msg)
    names = ("name", "evidence_level", "basis_zh", "basis_en", "source_url")
    payload = {name: _text(held[name]) for name in names} | {
        "place": place,
        "kept": held["origin"] == SHIPPED,
        "checked": day.isoformat(),
        "owner": owner.strip() or _text(held["owner"]),
        "note": note.strip() or _text(held["note"]),
    }
    record(ledger, KIND, str(place), payload, who=who, reason=_text(held["reason"]))


def restore(ledger: Ledger, place: int, *, who: str, reason: str) -> None:
    """Give a place back to the firm of the shipped list."""
    _reason(reason)
    withdraw(ledger, KIND, str(place), who=who, reason=reason)


def history(ledger: Ledger) -> pd.DataFrame:
    """Return every decision about the places, oldest first.

    Returns
    -------
    pandas.DataFrame
        place, name (empty: withdrawn), checked, reason, who, recorded_at, withdrawn.
    """
    found = records(ledger, KIND, history=True)
    payloads = list(found["payload"])
    return pd.DataFrame(
        {
            "place": found["key"].astype(int),
            "name": [str(p.get("name", "")) for p in payloads],
            "checked": [str(p.get("checked", "")) for p in payloads],
            "reason": found["reason"],
            "who": found["who"],
            "recorded_at": found["recorded_at"],
            "withdrawn": found["withdrawn"],
        }
    )


def _firm(enterprises: pd.DataFrame, name: str) -> Mapping[str, Any]:
    rows = enterprises[enterprises["name"].fillna("").map(name_key) == name_key(name)]
    if rows.empty:
        msg = f"firm {name!r} is not in the snapshot; give its registered name as the registry has"
        raise InputError(msg)
    firm = {str(column): value for column, value in rows.iloc[0].items()}
    if firm["ai_relevance"] not in AI_FIRMS:
        msg = f"firm {name!r} is judged {firm['ai_relevance']}; only core and related firms stand"
        raise InputError(msg)
    return firm


def _check(choice: Choice, reason: str) -> None:
    if choice.evidence_level not in LEVELS:
        msg = f"evidence level {choice.evidence_level!r} is none; use one of {', '.join(LEVELS)}"
        raise InputError(msg)
    if not choice.basis.strip():
        msg = "basis is empty; say what shows that the firm sets a benchmark"
        raise InputError(msg)
    _reason(reason)


def _reason(reason: str) -> None:
    if not reason.strip():
        msg = "reason is empty; say why, so that others can follow the decision"
        raise InputError(msg)


def _known_place(listed: Benchmark, place: int) -> None:
    known = {*listed.table["place"].astype(int), *listed.vacant}
    if place not in known:
        msg = f"place {place} does not exist; there are {min(known)} to {max(known)}"
        raise InputError(msg)


def _held(listed: Benchmark, place: int) -> Mapping[str, Any]:
    _known_place(listed, place)
    rows = listed.table[listed.table["place"].astype(int) == place]
    if rows.empty:
        msg = f"place {place} is vacant; promote a firm to it first"
        raise InputError(msg)
    return {str(column): value for column, value in rows.iloc[0].items()}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
