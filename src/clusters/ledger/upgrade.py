"""Bring a ledger to the schema of this version, whoever opens it first.

Opening looks at the version without a lock; only where it is old is the write lock taken, and the
version looked at again under it, so any number of processes may open a ledger at the same moment.
A ledger of the first release noted no version and starts from the beginning, which changes nothing
that is there. A step that fails leaves the ledger as it was: all steps are one transaction.
"""

import threading
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from clusters.errors import WorkspaceError

_STEPS = Path(__file__).parent / "migrations"
_ALEMBIC = threading.Lock()  # Alembic keeps the running migration in module variables


def head() -> str:
    """Return the schema version of this software."""
    return _known()[0]


def is_known(version: str) -> bool:
    """Tell whether this software knows a schema version."""
    return version in _known()


@lru_cache(maxsize=1)
def _known() -> tuple[str, ...]:
    """Return every schema version, the newest first."""
    return tuple(step.revision for step in ScriptDirectory(str(_STEPS)).walk_revisions())


def version(connection: sa.Connection) -> str | None:
    """Return the schema version of a ledger; None for a new one or one of the first release.

    Raises
    ------
    WorkspaceError
        If a newer version of the software has changed the schema.
    """
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in _known():
        msg = (
            f"the ledger has schema {found}, which this version of clusters does not know; "
            "a newer version has upgraded it: update clusters on this machine too"
        )
        raise WorkspaceError(msg)
    return found


def move(connection: sa.Connection, to: str = "head") -> None:
    """Bring a ledger to a schema version, up or down, within the caller's transaction."""
    config = Config()
    config.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _ALEMBIC:
        now = version(connection)
        older = to != "head" and now is not None and now > to
        (command.downgrade if older else command.upgrade)(config, to)
