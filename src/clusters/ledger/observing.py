"""Observed values: added after a check, corrected by new rows, read in the order they came."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from clusters.ledger.drafts import IDENTITY, Draft, checked
from clusters.ledger.known import Known, known_indicators
from clusters.ledger.schema import observation
from clusters.ledger.store import Ledger, frame, writing
from clusters.ledger.texts import FieldError, checked_account
from clusters.ledger.trail import log, now_text

_newer = observation.alias("newer")
_CURRENT = ~sa.exists().where(_newer.c.supersedes == observation.c.id)


def add_observation(ledger: Ledger, draft: Draft, *, who: str, known: Known | None = None) -> int:
    """Check an observation and append it.

    Parameters
    ----------
    ledger
        An open ledger.
    draft
        The observation.
    who
        Account or role of the person; no contact details.
    known
        What it may name; the shipped tables if None.

    Returns
    -------
    int
        The id of the new row.

    Raises
    ------
    FieldError
        If the draft cannot be accepted; the message names field, value and remedy.
    """
    row = checked(draft, known or known_indicators(), datetime.now(UTC))
    account = checked_account(who)
    with writing(ledger) as connection:
        return append(connection, draft, row, account)


def append(connection: sa.Connection, draft: Draft, row: Mapping[str, Any], who: str) -> int:
    """Write a checked row and its trail within a transaction of the only writer.

    Raises
    ------
    FieldError
        If the row is there already, or corrects one that cannot be corrected by it.
    """
    _refuse_duplicate(connection, row)
    if draft.supersedes is not None:
        _check_superseded(connection, row)
    when = now_text()
    values = {**row, "who": who, "recorded_at": when}
    adding = observation.insert().values(values).returning(observation.c.id)
    key = int(connection.execute(adding).scalar_one())
    action = "observation.add" if draft.supersedes is None else "observation.correct"
    log(connection, who, when, action, {**asdict(draft), "id": key, "area": row["area"]})
    return key


def observations(ledger: Ledger, *, superseded: bool = False) -> pd.DataFrame:
    """Return the observations in the order they were added.

    Parameters
    ----------
    ledger
        An open ledger.
    superseded
        Also return rows that a later row corrects.
    """
    query = sa.select(observation).order_by(observation.c.id)
    if not superseded:
        query = query.where(_CURRENT)
    return frame(ledger, query).drop(columns="fingerprint")


def _refuse_duplicate(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    same = sa.and_(*(observation.c[c] == row[c] for c in IDENTITY))
    written = observation.c.fingerprint == row["fingerprint"]
    query = sa.select(observation.c.id).where(sa.or_(sa.and_(same, _CURRENT), written))
    found = connection.execute(query.limit(1)).scalar()
    if found is not None:
        cause = (
            f"{row['indicator_id']} {row['area']} {row['period']} = {row['value']:g} "
            f"of this source is already in the ledger (id {found})"
        )
        raise FieldError("observation", cause, "correct that row instead")


def _check_superseded(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    key = row["supersedes"]
    old = connection.execute(sa.select(observation).where(observation.c.id == key)).one_or_none()
    if old is None:
        raise FieldError("supersedes", f"{key!r}: no such row", "give the id of the row to correct")
    if (old.indicator_id, old.area) != (row["indicator_id"], row["area"]):
        cause = f"{key}: that row is {old.indicator_id} of {old.area}"
        raise FieldError("supersedes", cause, "a correction must keep indicator and area")
    taken = connection.execute(
        sa.select(observation.c.id).where(observation.c.supersedes == key)
    ).scalar()
    if taken is not None:
        cause = f"{key}: already corrected by row {taken}"
        raise FieldError("supersedes", cause, f"correct row {taken} instead")
