"""Answers of geocoders, kept between runs and shared by processes.

One SQLite file in the cache folder of the workspace holds three small tables: answers (committed
one by one, so a killed run loses at most the request under way), claims (which process is asking
which address at this moment, so two processes do not ask twice), and the pace (when the next
request may leave and how many left today, counted over all processes). The file holds no keys and
may be deleted at any time; the price is asking again.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from clusters.errors import WorkspaceError
from clusters.geocode.online.services import Answer
from clusters.write_ahead import write_ahead

FOUND_DAYS: Final = 365
"""An answer with a place is used for a year: roads are renumbered, buildings renamed."""
MISSING_DAYS: Final = 30
"""That a service knows nothing is believed for a month: maps grow."""

_BUSY_S: Final = 30.0
_DAY_S: Final = 86400
_BEIJING_S: Final = 8 * 3600
# A reserved time further ahead than this is a clock that was set back, not a queue.
_LONGEST_QUEUE_S: Final = 120.0
_CHUNK: Final = 500
_FIELDS: Final = tuple(field.name for field in fields(Answer) if field.name != "said")
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS answer_1 (
    service TEXT NOT NULL, question TEXT NOT NULL, asked_at REAL NOT NULL,
    kind TEXT NOT NULL, code TEXT NOT NULL, lon REAL, lat REAL, datum TEXT NOT NULL,
    level TEXT NOT NULL, score REAL, error_m REAL, exact INTEGER NOT NULL, matched TEXT NOT NULL,
    PRIMARY KEY (service, question)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claim_1 (
    service TEXT NOT NULL, question TEXT NOT NULL, owner TEXT NOT NULL, until REAL NOT NULL,
    PRIMARY KEY (service, question)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pace_1 (
    service TEXT PRIMARY KEY, day INTEGER NOT NULL, spent INTEGER NOT NULL, next_at REAL NOT NULL);
"""


class AnswerCache:
    """An open cache of one service; use as a context manager.

    Parameters
    ----------
    path
        SQLite file; its folder is created.
    service
        Name of the service whose answers are kept.

    Raises
    ------
    WorkspaceError
        If the file cannot be opened or is not such a cache.
    """

    def __init__(self, path: Path, service: str) -> None:
        self._path, self._service = path, service
        with self._told():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                msg = f"folder {path.parent} cannot be made ({error.strerror}); check the rights"
                raise WorkspaceError(msg) from error
            self._base = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
            try:
                write_ahead(self._base, patience_s=_BUSY_S)
                # A crash of the process loses nothing; a power cut may lose the last answers.
                self._base.execute("PRAGMA synchronous=NORMAL")
                self._base.executescript(_TABLES)
            except sqlite3.Error:
                self._base.close()
                raise

    def __enter__(self) -> Self:
        """Return the cache itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._base.close()

    def get(self, questions: Sequence[str]) -> dict[str, Answer]:
        """Return the answers that are there and not too old."""
        found: dict[str, Answer] = {}
        now = time.time()
        with self._told():
            for start in range(0, len(questions), _CHUNK):
                part = questions[start : start + _CHUNK]
                marks = ",".join("?" * len(part))
                rows = self._base.execute(
                    f"SELECT question, asked_at, {', '.join(_FIELDS)} FROM answer_1 "  # noqa: S608 - names are ours, values are bound
                    f"WHERE service = ? AND question IN ({marks})",
                    (self._service, *part),
                ).fetchall()
                for question, asked_at, *values in rows:
                    answer = _answer(values)
                    days = FOUND_DAYS if answer.kind == "ok" else MISSING_DAYS
                    if now - asked_at <= days * _DAY_S:
                        found[question] = answer
        return found

    def put(self, question: str, answer: Answer) -> None:
        """Keep an answer; it is on disk when this returns."""
        values = [getattr(answer, name) for name in _FIELDS]
        marks = ",".join("?" * (3 + len(values)))
        with self._told():
            self._base.execute(
                f"INSERT OR REPLACE INTO answer_1 "  # noqa: S608 - names are ours, values are bound
                f"(service, question, asked_at, {', '.join(_FIELDS)}) VALUES ({marks})",
                (self._service, question, time.time(), *values),
            )

    def claim(self, question: str, owner: str, *, seconds: float) -> bool:
        """Take an address to ask; False while another process is asking it."""
        now = time.time()
        with self._told(), self._writing():
            row = self._base.execute(
                "SELECT owner, until FROM claim_1 WHERE service = ? AND question = ?",
                (self._service, question),
            ).fetchone()
            if row is not None and row[0] != owner and now < row[1] < now + _LONGEST_QUEUE_S:
                return False
            self._base.execute(
                "INSERT OR REPLACE INTO claim_1 VALUES (?, ?, ?, ?)",
                (self._service, question, owner, now + seconds),
            )
            return True

    def release(self, question: str, owner: str) -> None:
        """Give a claim back."""
        with self._told():
            self._base.execute(
                "DELETE FROM claim_1 WHERE service = ? AND question = ? AND owner = ?",
                (self._service, question, owner),
            )

    def reserve(self, *, per_second: float, daily_limit: int) -> float | None:
        """Reserve the next request of the service.

        Parameters
        ----------
        per_second
            Most requests per second over all processes.
        daily_limit
            Most requests a day; 0 for no limit. The day is that of Beijing.

        Returns
        -------
        float or None
            Seconds to wait before the request may leave; None where the day is used up.
        """
        now = time.time()
        today = int((now + _BEIJING_S) // _DAY_S)
        with self._told(), self._writing():
            row = self._base.execute(
                "SELECT day, spent, next_at FROM pace_1 WHERE service = ?", (self._service,)
            ).fetchone()
            day, spent, next_at = row or (today, 0, now)
            spent = spent if day == today else 0
            if daily_limit and spent >= daily_limit:
                return None
            start = next_at if now < next_at < now + _LONGEST_QUEUE_S else now
            self._base.execute(
                "INSERT OR REPLACE INTO pace_1 VALUES (?, ?, ?, ?)",
                (self._service, today, spent + 1, start + 1.0 / per_second),
            )
        return max(0.0, start - now)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            msg = (
                f"geocoder cache {self._path} cannot be used ({error}); it holds only answers "
                "that can be asked again: delete the file, or check rights and free space"
            )
            raise WorkspaceError(msg) from error


def _answer(values: list[object]) -> Answer:
    row = dict(zip(_FIELDS, values, strict=True))
    for name in ("lon", "lat", "score", "error_m"):
        # SQLite stores NaN as NULL.
        row[name] = float("nan") if row[name] is None else row[name]
    row["exact"] = bool(row["exact"])
    return Answer(**row)  # type: ignore[arg-type]  # columns are those of the class
