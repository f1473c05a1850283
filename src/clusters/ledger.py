"""The ledger: the only thing that changes. Observations, saved views, and who did what when.

Append-only: a correction is a new row that supersedes an old one, and nothing is ever updated or
deleted. SQLite in the workspace by default (write-ahead log, writers wait for each other), any
SQLAlchemy URL otherwise. Times are UTC. Names of accounts or roles are kept, never contact details.
"""

import hashlib
import json
import math
import re
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from clusters.errors import InputError, WorkspaceError
from clusters.settings import data_path, get_settings

QUALIFIERS = ("=", ">", ">=", "<", "<=", "~")
CONFIDENCES = ("high", "medium", "low")
_FIRST_YEAR = 1990
_FORECAST_YEARS = 15
_BUSY_SECONDS = 30
_PERIOD = re.compile(r"(\d{4})(?:-(?:(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?|Q[1-4]))?")
_CONTACT = re.compile(r"[\w.+-]+@[\w-]+\.\w+|(?<!\d)1[3-9]\d{9}(?!\d)")

_metadata = sa.MetaData()
_observation = sa.Table(
    "observation",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("indicator_id", sa.String(64), nullable=False, index=True),
    sa.Column("definition_group", sa.String(64), nullable=False),
    sa.Column("area", sa.String(128), nullable=False),
    sa.Column("period", sa.String(16), nullable=False),
    sa.Column("value", sa.Float, nullable=False),
    sa.Column("unit", sa.String(32), nullable=False),
    sa.Column("qualifier", sa.String(2), nullable=False),
    sa.Column("forecast", sa.Boolean, nullable=False),
    sa.Column("definition_note", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("source_date", sa.String(10), nullable=False),
    sa.Column("confidence", sa.String(8), nullable=False),
    sa.Column("supersedes", sa.Integer, sa.ForeignKey("observation.id"), unique=True),
    sa.Column("fingerprint", sa.String(64), nullable=False, unique=True),
    sa.Column("who", sa.String(128), nullable=False),
    sa.Column("recorded_at", sa.String(32), nullable=False),
)
_saved_view = sa.Table(
    "saved_view",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(128), nullable=False),
    sa.Column("page", sa.String(64), nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("who", sa.String(128), nullable=False),
    sa.Column("recorded_at", sa.String(32), nullable=False),
)
_audit = sa.Table(
    "audit",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("who", sa.String(128), nullable=False),
    sa.Column("recorded_at", sa.String(32), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An observation as a person gives it; ``add_observation`` checks it.

    ``period`` is a year, month, day or quarter (``2025``, ``2025-06``, ``2025-06-30``,
    ``2025-Q3``); ``qualifier`` tells how the source puts the value (``>`` for "over");
    ``definition_group`` is the definition the source counts by (the indicator's own if empty);
    ``supersedes`` is the id of the row that this one corrects.
    """

    indicator_id: str
    area: str
    period: str
    value: float | str
    unit: str
    source: str
    qualifier: str = "="
    forecast: bool = False
    definition_group: str = ""
    definition_note: str = ""
    source_date: str = ""
    confidence: str = "medium"
    supersedes: int | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """An open ledger."""

    engine: sa.Engine

    @property
    def url(self) -> str:
        """Where it is, without a password."""
        return self.engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def open_ledger(where: Path | str | None = None) -> Ledger:
    """Open the ledger, creating its tables where they are missing.

    Parameters
    ----------
    where
        A workspace folder, or an SQLAlchemy URL. None takes the URL of the settings, or else
        ``ledger.sqlite`` in the workspace of the settings.

    Raises
    ------
    WorkspaceError
        If the database cannot be opened or written.
    """
    if where is None:
        where = get_settings().ledger_url or get_settings().workspace
    if isinstance(where, str) and "://" in where:
        url = where
    else:
        url = f"sqlite:///{_sqlite_file(Path(where)).as_posix()}"
    try:
        engine = sa.create_engine(url)
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", _prepare_sqlite)
            sa.event.listen(engine, "begin", _begin_sqlite)
        with _writing(engine) as connection:
            _metadata.create_all(connection)
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        shown = sa.make_url(url).render_as_string(hide_password=True) if "://" in url else url
        msg = f"ledger {shown} cannot be opened ({type(error).__name__}); check path and rights"
        raise WorkspaceError(msg) from error
    return Ledger(engine)


def _sqlite_file(workspace: Path) -> Path:
    try:
        workspace.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"workspace {workspace} cannot be created ({error.strerror}); choose another folder"
        raise WorkspaceError(msg) from error
    return workspace / "ledger.sqlite"


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself: _begin_sqlite says which kind.
    connection.isolation_level = None
    for pragma in (f"busy_timeout={_BUSY_SECONDS * 1000}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:  # several openings of a new file race for this, and no busy time-out helps
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: sa.Connection) -> None:
    # IMMEDIATE takes the write lock at once; a lock taken later fails instead of waiting.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _writing(engine: sa.Engine) -> Any:
    return engine.execution_options(writes=True).begin()


@dataclass(frozen=True, slots=True)
class Known:
    """What an observation may name.

    ``units`` and ``own_group`` by indicator id; ``groups`` the indicator of every definition group.
    """

    units: Mapping[str, str]
    own_group: Mapping[str, str]
    groups: Mapping[str, str]


def known_indicators() -> Known:
    """Return the indicators with a unit, and the definition groups, of ``data/goals``."""
    table = pd.read_csv(data_path("goals", "indicators.csv"), dtype=str, keep_default_na=False)
    table = table[table["unit"].ne("")]
    groups = pd.read_csv(data_path("goals", "definitions.csv"), dtype=str, keep_default_na=False)
    return Known(
        units=dict(zip(table["indicator_id"], table["unit"], strict=True)),
        own_group=dict(zip(table["indicator_id"], table["definition_group"], strict=True)),
        groups=dict(zip(groups["definition_group"], groups["indicator_id"], strict=True)),
    )


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
    InputError
        If the draft cannot be accepted; the message names field, value and remedy.
    """
    now = datetime.now(UTC)
    row = _checked(draft, known or known_indicators(), now)
    row["who"] = _account(who)
    row["recorded_at"] = now.isoformat(timespec="milliseconds")
    with _writing(ledger.engine) as connection:
        _refuse_duplicate(connection, row)
        if draft.supersedes is not None:
            _check_superseded(connection, row)
        try:
            result = connection.execute(_observation.insert().values(row))
        except sa.exc.IntegrityError as error:
            msg = (
                "observation: the same row, or a correction of the same row, was added by somebody "
                "else at this moment; reload and look before adding again"
            )
            raise InputError(msg) from error
        key = int(result.inserted_primary_key[0])
        action = "observation.add" if draft.supersedes is None else "observation.correct"
        _log(connection, row["who"], row["recorded_at"], action, {"id": key, **asdict(draft)})
    return key


def _checked(draft: Draft, known: Known, now: datetime) -> dict[str, Any]:
    if draft.indicator_id not in known.units:
        near = [i for i in known.units if i.split("_")[0] == draft.indicator_id.split("_")[0]][:6]
        hint = f"; known ones of that kind: {', '.join(near)}" if near else ""
        msg = f"indicator_id {draft.indicator_id!r} is unknown; use one of indicators.csv{hint}"
        raise InputError(msg)
    expected = known.units[draft.indicator_id]
    if draft.unit.strip() != expected:
        msg = (
            f"unit {draft.unit!r} does not fit {draft.indicator_id}: "
            f"convert the value and give it in {expected!r}"
        )
        raise InputError(msg)
    group = draft.definition_group or known.own_group[draft.indicator_id]
    if known.groups.get(group) != draft.indicator_id:
        own = [g for g, i in known.groups.items() if i == draft.indicator_id]
        msg = f"definition_group {group!r} is none of {draft.indicator_id}; use one of {own}"
        raise InputError(msg)
    for field, allowed in (("qualifier", QUALIFIERS), ("confidence", CONFIDENCES)):
        if getattr(draft, field) not in allowed:
            msg = f"{field} {getattr(draft, field)!r} is unknown; use one of {', '.join(allowed)}"
            raise InputError(msg)
    for field in ("area", "source"):
        if not getattr(draft, field).strip():
            msg = f"{field} is empty; an observation needs its {field}"
            raise InputError(msg)
    for field in ("area", "source", "definition_note"):
        _refuse_contact(field, getattr(draft, field))
    row = asdict(draft) | {
        "definition_group": group,
        "value": _number(draft.value, expected),
        "area": draft.area.strip(),
        "unit": expected,
        "source": draft.source.strip(),
        "period": _period(draft.period, now.year + (_FORECAST_YEARS if draft.forecast else 0)),
        "source_date": _date(draft.source_date),
    }
    parts = [row["supersedes"], *(row[c] for c in _IDENTITY)]
    row["fingerprint"] = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    return row


_IDENTITY = (
    "indicator_id",
    "definition_group",
    "area",
    "period",
    "value",
    "qualifier",
    "forecast",
    "source",
)


def _number(value: float | str, unit: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number):
        msg = f"value {value!r} is not a number; give digits only, the unit stands apart"
        raise InputError(msg)
    if number < 0 and unit != "%":
        msg = f"value {value!r} is below zero, which cannot be for a value in {unit}"
        raise InputError(msg)
    return number


def _period(period: str, last_year: int) -> str:
    text = str(period).strip()
    match = _PERIOD.fullmatch(text)
    if not match:
        msg = f"period {period!r} is no year, month, day or quarter; write 2025, 2025-06 or 2025-Q3"
        raise InputError(msg)
    year = int(match[1])
    if not _FIRST_YEAR <= year <= last_year:
        msg = f"period {period!r}: year must lie between {_FIRST_YEAR} and {last_year}"
        raise InputError(msg)
    return _date(text) if match[3] else text


def _date(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()
    except ValueError as error:
        msg = f"date {text!r} does not exist or is not written like 2025-06-30"
        raise InputError(msg) from error


def _account(who: str) -> str:
    if not who.strip():
        msg = "who is empty; give the account or role that adds the row"
        raise InputError(msg)
    _refuse_contact("who", who)
    return who.strip()


def _refuse_contact(field: str, text: str) -> None:
    if _CONTACT.search(text):
        msg = f"{field} holds an e-mail address or telephone number; contact details are not kept"
        raise InputError(msg)


def _refuse_duplicate(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    newer = _observation.alias("newer")
    same = sa.and_(*(_observation.c[c] == row[c] for c in _IDENTITY))
    current = ~sa.exists().where(newer.c.supersedes == _observation.c.id)
    found = connection.execute(sa.select(_observation.c.id).where(same, current)).scalar()
    if found is not None:
        msg = (
            f"observation {row['indicator_id']} {row['area']} {row['period']} = {row['value']:g} "
            f"of this source is already in the ledger (id {found}); correct that row instead"
        )
        raise InputError(msg)


def _check_superseded(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    key = row["supersedes"]
    old = connection.execute(sa.select(_observation).where(_observation.c.id == key)).one_or_none()
    if old is None:
        msg = f"supersedes {key!r}: no such row; give the id of the row to correct"
        raise InputError(msg)
    if (old.indicator_id, old.area) != (row["indicator_id"], row["area"]):
        msg = (
            f"supersedes {key}: that row is {old.indicator_id} of {old.area}; "
            "a correction must keep indicator and area"
        )
        raise InputError(msg)
    taken = connection.execute(
        sa.select(_observation.c.id).where(_observation.c.supersedes == key)
    ).scalar()
    if taken is not None:
        msg = f"supersedes {key}: already corrected by row {taken}; correct row {taken} instead"
        raise InputError(msg)


def _log(
    connection: sa.Connection, who: str, when: str, action: str, payload: Mapping[str, Any]
) -> None:
    text = json.dumps(payload, ensure_ascii=False, sort_keys=True)
    values = {"who": who, "recorded_at": when, "action": action, "payload": text}
    connection.execute(_audit.insert().values(values))


def observations(ledger: Ledger, *, superseded: bool = False) -> pd.DataFrame:
    """Return the observations in the order they were added.

    Parameters
    ----------
    ledger
        An open ledger.
    superseded
        Also return rows that a later row corrects.
    """
    query = sa.select(_observation).order_by(_observation.c.id)
    if not superseded:
        newer = _observation.alias("newer")
        query = query.where(~sa.exists().where(newer.c.supersedes == _observation.c.id))
    return _frame(ledger, query).drop(columns="fingerprint")


def save_view(ledger: Ledger, name: str, *, page: str, payload: Mapping[str, Any], who: str) -> int:
    """Append a saved view (a page with its filters) under a name; the newest of a name counts."""
    if not name.strip():
        msg = "name is empty; give the view a name"
        raise InputError(msg)
    account, when = _account(who), datetime.now(UTC).isoformat(timespec="milliseconds")
    text = json.dumps(payload, ensure_ascii=False, sort_keys=True)
    values = {"name": name.strip(), "page": page, "payload": text}
    with _writing(ledger.engine) as connection:
        result = connection.execute(
            _saved_view.insert().values(**values, who=account, recorded_at=when)
        )
        key = int(result.inserted_primary_key[0])
        _log(connection, account, when, "view.save", {"id": key, **values})
    return key


def saved_views(ledger: Ledger) -> pd.DataFrame:
    """Return the newest view of every name, in the order they were saved."""
    newest = sa.select(sa.func.max(_saved_view.c.id)).group_by(_saved_view.c.name)
    return _frame(
        ledger,
        sa.select(_saved_view).where(_saved_view.c.id.in_(newest)).order_by(_saved_view.c.id),
    )


def audit(ledger: Ledger) -> pd.DataFrame:
    """Return who did what when, oldest first."""
    return _frame(ledger, sa.select(_audit).order_by(_audit.c.id))


def _frame(ledger: Ledger, query: sa.Select) -> pd.DataFrame:
    with ledger.engine.connect() as connection:
        result = connection.execute(query)
        return pd.DataFrame(result.all(), columns=list(result.keys()))
