"""The audit trail: who did what when. Every write of the ledger adds one row in its transaction."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from clusters.ledger import schema
from clusters.ledger.store import Ledger, frame, writing


def now_text() -> str:
    """Return the time to be written: UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def as_json(payload: Mapping[str, Any]) -> str:
    """Return one text for equal payloads."""
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, allow_nan=False)


def log(
    connection: sa.Connection, who: str, when: str, action: str, payload: Mapping[str, Any]
) -> None:
    """Add a row to the audit trail, in the transaction of what it tells."""
    values = {"who": who, "recorded_at": when, "action": action, "payload": as_json(payload)}
    connection.execute(schema.audit.insert().values(values))


def note(ledger: Ledger, action: str, payload: Mapping[str, Any], *, who: str) -> None:
    """Write down something that changed nothing here but should be known, such as an export.

    Raises
    ------
    WorkspaceError
        If the ledger cannot be written.
    """
    with writing(ledger) as connection:
        log(connection, who, now_text(), action, payload)


def audit(ledger: Ledger) -> pd.DataFrame:
    """Return who did what when, oldest first: id, who, recorded_at, action, payload (JSON)."""
    return frame(ledger, sa.select(schema.audit).order_by(schema.audit.c.id))
