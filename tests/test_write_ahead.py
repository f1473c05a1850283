"""The log of a file is switched on in the end, or the reason is told."""

import sqlite3

import pytest

from clusters.write_ahead import write_ahead


class Busy:
    """A connection to a file that others hold for some attempts."""

    def __init__(self, message: str, attempts: int) -> None:
        self.message, self.left, self.asked = message, attempts, 0

    def execute(self, _statement: str) -> None:
        self.asked += 1
        if self.left:
            self.left -= 1
            raise sqlite3.OperationalError(self.message)


def test_a_file_has_the_log(tmp_path):
    base = sqlite3.connect(tmp_path / "base.sqlite")
    write_ahead(base, patience_s=1)
    assert base.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    base.close()


def test_a_file_that_others_open_is_asked_again():
    busy = Busy("database is locked", 3)
    write_ahead(busy, patience_s=30)
    assert busy.asked == 4


def test_patience_ends():
    busy = Busy("database is locked", 1000)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        write_ahead(busy, patience_s=0.05)
    assert 1 < busy.asked < 1000


def test_what_waiting_does_not_help_is_told_at_once():
    busy = Busy("attempt to write a readonly database", 1000)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        write_ahead(busy, patience_s=30)
    assert busy.asked == 1
