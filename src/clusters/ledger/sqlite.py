"""A ledger in an SQLite file: write-ahead log, writers wait for each other, read-only places.

Write-ahead logging needs to write beside the file even to read it. In a folder that this account
may not write the file is therefore opened read-only where SQLite can do that, and otherwise read
through a private copy in the temporary folder, which shows the state at the moment of opening.
"""

import os
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from clusters.write_ahead import write_ahead

BUSY_SECONDS = 30


def engine_of(file: Path) -> sa.Engine:
    """Return an engine that reads and writes a file, which may not exist yet."""
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(file)))
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def read_only_engine_of(file: Path) -> sa.Engine:
    """Return an engine that only reads a file; each use fails where SQLite cannot do so."""

    def connect() -> sqlite3.Connection:
        address = f"{file.resolve().as_uri()}?mode=ro"
        return sqlite3.connect(address, uri=True, check_same_thread=False)

    url = sa.URL.create("sqlite", database=str(file))
    engine = sa.create_engine(url, creator=connect)
    sa.event.listen(engine, "connect", _prepare_reader)
    sa.event.listen(engine, "begin", _begin)
    return engine


def why_read_only(file: Path) -> str:
    """Return why this account cannot write a ledger there, or an empty text where it can."""
    if file.exists() and not os.access(file, os.W_OK):
        return f"this account may not write {file}"
    if not os.access(file.parent, os.W_OK | os.X_OK):
        return f"this account may not write into the folder {file.parent}"
    return ""


def private_copy(file: Path) -> tempfile.TemporaryDirectory[str]:
    """Return a temporary folder with a copy of a ledger; empty where there is no file yet."""
    folder = tempfile.TemporaryDirectory(prefix="clusters-ledger-", ignore_cleanup_errors=True)
    # The log holds what has not reached the file yet; its index is made anew.
    for source in (file, file.with_name(file.name + "-wal")):
        if source.exists():
            shutil.copyfile(source, Path(folder.name) / source.name)
    return folder


def _prepare_reader(connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself: _begin says which kind.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")


def _prepare(connection: Any, record: Any) -> None:
    _prepare_reader(connection, record)
    connection.execute("PRAGMA foreign_keys=ON")
    write_ahead(connection, patience_s=BUSY_SECONDS)


def _begin(connection: sa.Connection) -> None:
    # IMMEDIATE takes the write lock at once; a lock taken later fails instead of waiting.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
