"""A ledger as rows of text, and back: the same form whichever database it lies in.

Every number of a row is kept, so what refers to it still does. Rows of an earlier schema are first
put into a ledger of that schema and upgraded there, so an old copy goes into a new ledger.
"""

import contextlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from clusters.errors import InputError, WorkspaceError
from clusters.ledger import schema, sqlite
from clusters.ledger.store import Ledger, in_words, writing
from clusters.ledger.upgrade import head, is_known, move

_AT_ONCE = 1000
_LONGEST_LINE = 4 * 1024 * 1024  # a record holds 64 KiB, written twice: in itself and in the trail

Rows = Mapping[str, Iterable[bytes]]


@contextlib.contextmanager
def moment_of(ledger: Ledger) -> Iterator[sa.Connection]:
    """Give one reading of a ledger in which nothing changes, while others may go on writing."""
    with in_words(ledger, "read"), ledger.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def table_names() -> tuple[str, ...]:
    """Return the tables of a ledger, those first that others refer to."""
    return tuple(table.name for table in schema.metadata.sorted_tables)


def lines_of(connection: sa.Connection, table: str) -> Iterator[bytes]:
    """Return every row of a table as one line of JSON, by rising number."""
    columns = schema.metadata.tables[table]
    found = connection.execution_options(yield_per=_AT_ONCE).execute(
        sa.select(columns).order_by(columns.c.id)
    )
    for row in found.mappings():
        yield json.dumps(dict(row), ensure_ascii=False, allow_nan=False).encode() + b"\n"


def counts(ledger: Ledger) -> dict[str, int]:
    """Return the number of rows of each table."""
    with moment_of(ledger) as connection:
        return {
            table.name: connection.execute(
                sa.select(sa.func.count()).select_from(table)
            ).scalar_one()
            for table in schema.metadata.sorted_tables
        }


@contextlib.contextmanager
def staged(rows: Rows, version: str) -> Iterator[Ledger]:
    """Give a temporary ledger that holds the rows of a copy, upgraded to this version's schema.

    Parameters
    ----------
    rows
        Lines of each table, by its name.
    version
        Schema the rows were written with.

    Raises
    ------
    WorkspaceError
        If a newer version of the software wrote them.
    InputError
        If a line is no row of its table, or rows contradict each other.
    """
    if not is_known(version):
        msg = (
            f"the copy of the ledger has schema {version}, which this version of clusters does not "
            f"know (it knows up to {head()}); update clusters first"
        )
        raise WorkspaceError(msg)
    with tempfile.TemporaryDirectory(prefix="clusters-ledger-") as folder:
        engine = sqlite.engine_of(Path(folder) / "ledger.sqlite")
        try:
            _fill(engine, rows, version)
            yield Ledger(engine)
        finally:
            engine.dispose()


def _fill(engine: sa.Engine, rows: Rows, version: str) -> None:
    try:
        with engine.execution_options(writes=True).begin() as connection:
            move(connection, version)
            known = sa.MetaData()
            known.reflect(connection)
            for name, lines in rows.items():
                if name not in known.tables:
                    raise InputError(f"ledger/{name}: no such table; the copy is damaged")
                _insert(connection, known.tables[name], _parsed(known.tables[name], lines))
            move(connection)
    except sa.exc.SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        raise InputError(f"the copy of the ledger contradicts itself ({cause})") from error


def replace_all(ledger: Ledger, source: Ledger) -> None:
    """Make a ledger hold the rows of another one and no others, in one transaction."""
    with moment_of(source) as given, writing(ledger) as connection:
        for table in reversed(schema.metadata.sorted_tables):
            connection.execute(table.delete())
        for table in schema.metadata.sorted_tables:
            found = given.execute(sa.select(table).order_by(table.c.id))
            _insert(connection, table, (dict(row) for row in found.mappings()))
            if connection.dialect.name == "postgresql":
                _continue_numbers(connection, table)


def _continue_numbers(connection: sa.Connection, table: sa.Table) -> None:
    """Let the next row have the number after the last one; SQLite does so by itself."""
    last = sa.select(sa.func.max(table.c.id)).scalar_subquery()
    sequence = sa.func.pg_get_serial_sequence(table.name, "id")
    number = sa.func.coalesce(last, 1)
    connection.execute(sa.select(sa.func.setval(sequence, number, last.is_not(None))))


def _insert(connection: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> None:
    batch: list[Mapping[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _AT_ONCE:
            connection.execute(table.insert(), batch)
            batch = []
    if batch:
        connection.execute(table.insert(), batch)


def _parsed(table: sa.Table, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    columns = set(table.columns.keys())
    for number, line in enumerate(lines, start=1):
        row: Any = None
        if len(line) <= _LONGEST_LINE:
            with contextlib.suppress(ValueError):
                row = json.loads(line)
        if not isinstance(row, dict) or set(row) != columns:
            raise InputError(f"ledger/{table.name}, line {number}: no row; the copy is damaged")
        yield row
