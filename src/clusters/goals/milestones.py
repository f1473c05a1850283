"""Milestones of the benchmark firms: what is to happen by when, and whether it did."""

import hashlib
from datetime import date
from typing import Any, Final

import pandas as pd

from clusters.errors import InputError
from clusters.goals.plan import first_day
from clusters.ledger import Ledger, record, records

KIND: Final = "milestone"
STATES: Final = ("planned", "done", "dropped")


def add_milestone(
    ledger: Ledger, firm: str, title: str, *, due: str, who: str, note: str = "", source: str = ""
) -> str:
    """Plan a milestone of a firm.

    Parameters
    ----------
    ledger
        An open ledger.
    firm
        Name of the firm as the list has it.
    title
        What is to happen.
    due
        A year, month or day: ``2027``, ``2027-06``, ``2027-06-30``.
    who, note, source
        Who plans it, and what it rests on.

    Returns
    -------
    str
        The key of the milestone.

    Raises
    ------
    InputError
        If title or firm are empty, `due` is no date, or the firm has this milestone already.
    """
    firm, title = firm.strip(), title.strip()
    for field, text in (("firm", firm), ("title", title)):
        if not text:
            msg = f"{field} is empty; a milestone needs its {field}"
            raise InputError(msg)
    day = _due(due)
    key = hashlib.sha256(f"{firm}\n{title}".encode()).hexdigest()[:12]
    if key in set(records(ledger, KIND)["key"]):
        msg = f"milestone {title!r} of {firm} is there already; close it or give another title"
        raise InputError(msg)
    payload = {
        "firm": firm,
        "title": title,
        "due": day,
        "state": "planned",
        "closed": "",
        "note": note.strip(),
        "source": source.strip(),
    }
    record(ledger, KIND, key, payload, who=who)
    return key


def close_milestone(
    ledger: Ledger, key: str, *, state: str, day: date, who: str, reason: str = ""
) -> None:
    """Say that a milestone was done, or dropped (with a reason), on a day.

    Raises
    ------
    InputError
        If there is no such milestone, the state is unknown, or a dropped one has no reason.
    """
    found = records(ledger, KIND).set_index("key")
    if key not in found.index:
        msg = f"milestone {key!r} does not exist; look at the list again"
        raise InputError(msg)
    if state not in STATES:
        msg = f"state {state!r} is unknown; use one of {', '.join(STATES)}"
        raise InputError(msg)
    if state == "dropped" and not reason.strip():
        msg = "reason is empty; say why the milestone is dropped"
        raise InputError(msg)
    payload: dict[str, Any] = dict(found["payload"].to_dict()[key])
    payload |= {"state": state, "closed": "" if state == "planned" else day.isoformat()}
    record(ledger, KIND, key, payload, who=who, reason=reason)


def milestones(ledger: Ledger, *, as_of: date) -> pd.DataFrame:
    """Return the milestones, the next due first.

    Returns
    -------
    pandas.DataFrame
        key, firm, title, due, state, closed, note, source, reason, who, recorded_at, and
        ``overdue``: planned, and the last day of ``due`` is past.
    """
    found = records(ledger, KIND)
    names = ("firm", "title", "due", "state", "closed", "note", "source")
    table = pd.DataFrame(
        {
            "key": found["key"],
            **{name: [p[name] for p in found["payload"]] for name in names},
            "reason": found["reason"],
            "who": found["who"],
            "recorded_at": found["recorded_at"],
        }
    )
    late = [
        state == "planned" and _last_day(due) < as_of.isoformat()
        for state, due in zip(table["state"], table["due"], strict=True)
    ]
    return table.assign(overdue=pd.Series(late, index=table.index, dtype=bool)).sort_values(
        ["due", "firm", "title"], ignore_index=True
    )


def _due(text: str) -> str:
    text = text.strip()
    try:
        first_day(text)
        known = len(text) in {4, 7, 10}
    except ValueError:
        known = False
    if not known:
        msg = f"due {text!r} is no year, month or day; write 2027, 2027-06 or 2027-06-30"
        raise InputError(msg)
    return text


def _last_day(due: str) -> str:
    """Return a text that sorts as the end of a year, month or day."""
    return due + {4: "-12-31", 7: "-31", 10: ""}[len(due)]
