"""The write-ahead log of SQLite, switched on for files that several processes write."""

import sqlite3
import time

_PAUSE_S = 0.02


def write_ahead(connection: sqlite3.Connection, *, patience_s: float) -> None:
    """Switch the log on; openings of a new file race for this, and no busy time-out helps.

    Raises
    ------
    sqlite3.OperationalError
        If the file is still locked after ``patience_s`` seconds, or cannot be written.
    """
    deadline = time.monotonic() + patience_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_S)
        else:
            return
