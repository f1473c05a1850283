"""Records by kind and key: saved views, screening profiles, labels and whatever else people decide.

A record is never changed: recording the same kind and key again adds a version, withdrawing adds
one that says so, and the newest version counts.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
import sqlalchemy as sa

from clusters.ledger import schema
from clusters.ledger.store import Ledger, frame, writing
from clusters.ledger.texts import (
    LONGEST_NAME,
    FieldError,
    checked_account,
    checked_text,
    refuse_contact,
)
from clusters.ledger.trail import as_json, log, now_text

LARGEST_PAYLOAD_BYTES = 64 * 1024
_KIND = re.compile(r"[a-z][a-z_]{0,31}")


def record(
    ledger: Ledger, kind: str, key: str, payload: Mapping[str, Any], *, who: str, reason: str = ""
) -> int:
    """Append a new version of the record `(kind, key)`.

    Parameters
    ----------
    ledger
        An open ledger.
    kind
        What it is, such as ``view`` or ``profile``: lower-case letters and underscores.
    key
        Its name among its kind, at most 128 characters.
    payload
        What strict JSON can hold, at most 64 KiB of it.
    who
        Account or role of the person; no contact details.
    reason
        Why, in the person's words.

    Returns
    -------
    int
        The id of the new version.

    Raises
    ------
    FieldError
        If something cannot be accepted; the message begins with what.
    """
    text = _payload(payload)
    values = _identity(kind, key) | {"payload": text, "withdrawn": False}
    values |= {"reason": checked_text("reason", reason), "who": checked_account(who)}
    with writing(ledger) as connection:
        return _append(connection, values, f"{kind}.record")


def withdraw(ledger: Ledger, kind: str, key: str, *, who: str, reason: str = "") -> int:
    """Withdraw the record `(kind, key)`; its versions stay in the history.

    Returns
    -------
    int
        The id of the version that withdraws it.

    Raises
    ------
    FieldError
        If there is no such record, or it is withdrawn already.
    """
    values = _identity(kind, key) | {"payload": "{}", "withdrawn": True}
    values |= {"reason": checked_text("reason", reason), "who": checked_account(who)}
    table = schema.record
    with writing(ledger) as connection:
        query = sa.select(table.c.withdrawn).order_by(table.c.id.desc()).limit(1)
        newest = connection.execute(
            query.where(table.c.kind == values["kind"], table.c.key == values["key"])
        ).scalar()
        if newest is None or newest:
            why = "there is none of this name" if newest is None else "it is withdrawn already"
            cause = f"{key!r} of kind {kind} cannot be withdrawn: {why}"
            raise FieldError("name", cause, "look at the list again")
        return _append(connection, values, f"{kind}.withdraw")


def records(ledger: Ledger, kind: str, *, history: bool = False) -> pd.DataFrame:
    """Return the records of a kind.

    Parameters
    ----------
    ledger
        An open ledger.
    kind
        What to return.
    history
        Return all versions, oldest first, instead of the newest version of every key that is not
        withdrawn, in the order they were recorded.

    Returns
    -------
    DataFrame
        id, kind, key, payload (dict), reason, who, recorded_at, withdrawn.
    """
    table = schema.record
    query = sa.select(table).where(table.c.kind == kind).order_by(table.c.id)
    if not history:
        newest = sa.select(sa.func.max(table.c.id)).where(table.c.kind == kind)
        query = query.where(
            table.c.id.in_(newest.group_by(table.c.key)), table.c.withdrawn.is_(sa.false())
        )
    found = frame(ledger, query)
    found["payload"] = pd.Series(
        [json.loads(text) for text in found["payload"]], index=found.index, dtype=object
    )
    return found


def _identity(kind: str, key: str) -> dict[str, Any]:
    if not _KIND.fullmatch(kind):
        remedy = "use lower-case letters and underscores, at most 32"
        raise FieldError("kind", f"{kind!r} is none", remedy)
    return {"kind": kind, "key": checked_text("name", key, longest=LONGEST_NAME, required=True)}


def _payload(payload: Mapping[str, Any]) -> str:
    """Return the payload as JSON once it is known to come back as it was given."""
    if not isinstance(payload, Mapping):
        raise FieldError("payload", f"is a {type(payload).__name__}", "give names with values")
    try:
        text = as_json(dict(payload))
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError) as error:
        cause = f"cannot be written as JSON ({error})"
        raise FieldError("payload", cause, "use text, numbers, lists and names") from error
    if size > LARGEST_PAYLOAD_BYTES:
        raise FieldError("payload", f"has {size} bytes", f"keep it to {LARGEST_PAYLOAD_BYTES}")
    if json.loads(text) != _plain(payload):
        cause = "would not come back as it was given"
        raise FieldError("payload", cause, "use text as the names of its values")
    _refuse_contacts(payload)
    return text


def _plain(value: Any) -> Any:
    """Return a value with tuples as lists, which is what JSON makes of them."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _refuse_contacts(value: Any) -> None:
    if isinstance(value, str):
        refuse_contact("payload", value)
        if "\0" in value:  # JSON writes it as an escape, but no text needs it
            raise FieldError("payload", "holds control characters", "write plain text")
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            _refuse_contacts(name)
            _refuse_contacts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_contacts(inner)


def _append(connection: sa.Connection, values: Mapping[str, Any], action: str) -> int:
    when = now_text()
    adding = schema.record.insert().values(**values, recorded_at=when)
    key = connection.execute(adding.returning(schema.record.c.id)).scalar_one()
    told = {name: values[name] for name in ("kind", "key", "reason")}
    told |= {"id": key, "payload": json.loads(values["payload"])}
    log(connection, values["who"], when, action, told)
    return key
