"""Open a ledger, and the two ways into it: reading, and one writer at a time.

All writers of a ledger, in whatever process or on whatever machine, follow each other: on SQLite by
its write lock, on PostgreSQL by an advisory lock that ends with the transaction. So numbers of rows
rise in the order of writing, and what a writer has checked still holds when it writes.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from clusters.errors import WorkspaceError
from clusters.ledger import sqlite
from clusters.ledger.upgrade import head, move, version
from clusters.settings import get_settings

FILE_NAME = "ledger.sqlite"
_WRITE_LOCK = 0x53434149  # any number, as long as every version of clusters uses this one
_CONNECT_SECONDS = 10
_WAIT_SECONDS = sqlite.BUSY_SECONDS


@dataclass(frozen=True, slots=True)
class Ledger:
    """An open ledger.

    ``read_only`` says why nothing can be written, and is empty where writing is possible.
    """

    engine: sa.Engine
    read_only: str = ""
    _copy: tempfile.TemporaryDirectory[str] | None = None

    @property
    def url(self) -> str:
        """Where it is, without a password."""
        return self.engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()
        if self._copy is not None:
            self._copy.cleanup()


def ledger_of(workspace: Path) -> Ledger:
    """Open the ledger that goes with a workspace: that of the settings, or the file in it."""
    return open_ledger(get_settings().ledger_url or workspace)


def open_ledger(where: Path | str | None = None) -> Ledger:
    """Open the ledger, creating or upgrading its tables where needed.

    Parameters
    ----------
    where
        A workspace folder, or an SQLAlchemy URL of SQLite or PostgreSQL. None takes the URL of the
        settings, or else ``ledger.sqlite`` in the workspace of the settings.

    Raises
    ------
    WorkspaceError
        If the database cannot be opened, or a newer version of the software has upgraded it.
    """
    if where is None:
        where = get_settings().ledger_url or get_settings().workspace
    url = _url(where)
    shown = url.render_as_string(hide_password=True)
    try:
        if url.get_backend_name() == "sqlite":
            return _open_file(Path(str(url.database)))
        return Ledger(_current(_server_engine(url)))
    except WorkspaceError:
        raise
    except (sa.exc.SQLAlchemyError, ImportError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        msg = f"ledger {shown} cannot be opened ({type(cause).__name__}); check path and rights"
        raise WorkspaceError(msg) from error


def _url(where: Path | str) -> sa.URL:
    if not (isinstance(where, str) and "://" in where):
        return sa.URL.create("sqlite", database=str(_workspace(Path(where)) / FILE_NAME))
    try:
        url = sa.make_url(where)
    except sa.exc.ArgumentError as error:
        msg = "CLUSTERS_LEDGER_URL is no database URL; write postgresql://user@host/database"
        raise WorkspaceError(msg) from error
    kind = url.drivername.split("+")[0]
    if kind in {"postgresql", "postgres"}:
        return url.set(drivername=url.drivername if "+" in url.drivername else "postgresql+psycopg")
    if kind == "sqlite" and url.database not in {None, "", ":memory:"}:
        return url
    shown = url.render_as_string(hide_password=True)
    msg = f"ledger {shown}: use a PostgreSQL URL, or an SQLite one that names a file"
    raise WorkspaceError(msg)


def _workspace(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"workspace {folder} cannot be created ({error.strerror}); choose another folder"
        raise WorkspaceError(msg) from error
    return folder


def _server_engine(url: sa.URL) -> sa.Engine:
    return sa.create_engine(
        url, pool_pre_ping=True, connect_args={"connect_timeout": _CONNECT_SECONDS}
    )


def _open_file(file: Path) -> Ledger:
    reason = sqlite.why_read_only(file)
    if not reason:
        return Ledger(_current(sqlite.engine_of(file)))
    engine = sqlite.read_only_engine_of(file)
    with contextlib.suppress(sa.exc.OperationalError), engine.connect() as connection:
        if version(connection) == head():
            return Ledger(engine, reason)
    engine.dispose()
    copy = sqlite.private_copy(file)
    try:
        return Ledger(_current(sqlite.engine_of(Path(copy.name) / file.name)), reason, copy)
    except BaseException:
        copy.cleanup()
        raise


def _current(engine: sa.Engine) -> sa.Engine:
    """Return the engine once its tables are those of this version."""
    try:
        with engine.connect() as connection:
            if version(connection) == head():
                return engine
        with _transaction(engine) as connection:
            if version(connection) != head():
                move(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextlib.contextmanager
def _transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.execution_options(writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_WAIT_SECONDS}s'")
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_WRITE_LOCK)))
        yield connection


@contextlib.contextmanager
def writing(ledger: Ledger) -> Iterator[sa.Connection]:
    """Give one transaction in which nobody else writes; it is kept if the block ends well.

    Raises
    ------
    WorkspaceError
        If the ledger can only be read, or the database does not answer.
    """
    if ledger.read_only:
        msg = (
            f"ledger {ledger.url} can only be read: {ledger.read_only}; "
            "give this account the right to write, or set CLUSTERS_LEDGER_URL to another ledger"
        )
        raise WorkspaceError(msg)
    with in_words(ledger, "written"), _transaction(ledger.engine) as connection:
        yield connection


def frame(ledger: Ledger, query: sa.Select) -> pd.DataFrame:
    """Return the rows of a query."""
    with in_words(ledger, "read"), ledger.engine.connect() as connection:
        result = connection.execute(query)
        return pd.DataFrame(result.all(), columns=list(result.keys()))


@contextlib.contextmanager
def in_words(ledger: Ledger, done: str) -> Iterator[None]:
    """Say in words what a database refuses; ``done`` is what was to be done, such as ``read``."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        if isinstance(error, sa.exc.IntegrityError):
            raise  # the caller knows what was doubled
        msg = (
            f"ledger {ledger.url} cannot be {done} ({type(error.orig).__name__}); "
            "check that the database runs and that its account has the rights"
        )
        raise WorkspaceError(msg) from error
