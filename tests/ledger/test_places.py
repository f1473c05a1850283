"""Where a ledger may be: read-only places, wrong addresses, servers that are gone."""

import contextlib
import os
import sqlite3
import tempfile
from pathlib import Path

import pytest
import sqlalchemy as sa

import postgres
from clusters.errors import WorkspaceError
from clusters.ledger import add_observation, observations, open_ledger, record, records
from drafts import draft

NOBODY = 65534


@pytest.fixture
def locked():
    """Yield a workspace with one observation, and a function that takes the rights away."""
    with tempfile.TemporaryDirectory(prefix="clusters-test-") as name:
        top = Path(name)
        place = top / "workspace"
        ledger = open_ledger(place)
        add_observation(ledger, draft(), who="a")
        ledger.close()

        def lock(*, file_only=False):
            for file in place.iterdir():
                file.chmod(0o444)
            place.chmod(0o755 if file_only else 0o555)
            top.chmod(0o755)

        yield place, lock
        place.chmod(0o755)


def as_visitor(task, *arguments):
    """Run a task in a process whose account has no rights of its own; return what it returns."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            said = str(task(*arguments))
        except BaseException as error:  # noqa: BLE001 - the parent tells
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said.encode()[:4000])
        os._exit(0)
    os.close(writing)
    said = b""
    while more := os.read(reading, 4096):
        said += more
    os.close(reading)
    os.waitpid(child, 0)
    return said.decode()


def read_values(place):
    with contextlib.closing(open_ledger(place)) as ledger:
        return (
            observations(ledger)["value"].tolist(),
            len(records(ledger, "view")),
            bool(ledger.read_only),
        )


def write_one(place):
    with contextlib.closing(open_ledger(place)) as ledger:
        return record(ledger, "view", "home", {}, who="a")


@pytest.mark.parametrize("file_only", [False, True])
def test_a_read_only_workspace_is_read_and_says_why_it_cannot_be_written(locked, file_only):
    place, lock = locked
    lock(file_only=file_only)
    before = sorted(file.name for file in place.iterdir())
    assert as_visitor(read_values, place) == "([1300.0], 0, True)"
    refusal = as_visitor(write_one, place)
    assert refusal.startswith("WorkspaceError: ledger ")
    for word in ("can only be read", "may not write", "CLUSTERS_LEDGER_URL"):
        assert word in refusal
    assert sorted(file.name for file in place.iterdir()) == before


def test_rows_still_in_the_log_are_read_too(locked):
    place, lock = locked
    writer = sqlite3.connect(place / "ledger.sqlite")  # its log stays while it is open
    with writer:
        writer.execute("UPDATE observation SET value = 1400")
    assert (place / "ledger.sqlite-wal").stat().st_size > 0
    lock()
    assert as_visitor(read_values, place) == "([1400.0], 0, True)"
    writer.close()


def test_an_old_ledger_that_cannot_be_upgraded_in_place_is_still_read(locked):
    place, lock = locked
    file = sqlite3.connect(place / "ledger.sqlite")
    with file:  # back to what the first release left
        file.executescript(
            "DROP TABLE alembic_version; DROP TABLE record;"
            "CREATE TABLE saved_view (id INTEGER PRIMARY KEY, name TEXT, page TEXT, payload TEXT,"
            " who TEXT, recorded_at TEXT);"
            "INSERT INTO saved_view VALUES (1, 'home', 'map', '{}', 'p', '2026-01-01');"
        )
    file.close()
    lock()
    assert as_visitor(read_values, place) == "([1300.0], 1, True)"


def test_a_read_only_workspace_without_a_ledger_has_an_empty_one(locked):
    place, lock = locked
    (place / "ledger.sqlite").unlink()
    lock()
    assert as_visitor(read_values, place) == "([], 0, True)"
    assert list(place.iterdir()) == []


def test_the_private_copy_is_gone_when_the_ledger_is_closed_or_broken(
    locked, monkeypatch, tmp_path
):
    place, _lock = locked
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("clusters.ledger.sqlite.why_read_only", lambda _file: "locked")
    (place / "ledger.sqlite").rename(place / "elsewhere")
    ledger = open_ledger(place)
    assert len(list(tmp_path.iterdir())) == 1
    ledger.close()
    assert list(tmp_path.iterdir()) == []
    (place / "ledger.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(WorkspaceError, match="cannot be opened"):
        open_ledger(place)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a b", "数据", "100%", "what?", "#1", "a'b"])
def test_any_folder_name_will_do(tmp_path, name):
    place = tmp_path / name
    ledger = open_ledger(place)
    add_observation(ledger, draft(), who="a")
    ledger.close()
    assert (place / "ledger.sqlite").is_file()
    for file in (*place.iterdir(), place):
        file.chmod(0o755)
    assert read_values(place) == ([1300.0], 0, False)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite://", "names a file"),
        ("sqlite:///:memory:", "names a file"),
        ("mysql://a:secret@127.0.0.1/x", "use a PostgreSQL URL"),
        ("://", "no database URL"),
    ],
)
def test_an_address_that_is_no_ledger_is_refused(url, words):
    with pytest.raises(WorkspaceError, match=words) as caught:
        open_ledger(url)
    assert "secret" not in str(caught.value)


def test_a_server_that_does_not_answer_is_named_without_the_password():
    with pytest.raises(WorkspaceError, match=r"127\.0\.0\.1:1/x cannot be opened") as caught:
        open_ledger("postgresql://u:secret@127.0.0.1:1/x")
    assert "secret" not in str(caught.value)


def test_the_usual_spellings_of_the_url_work(postgresql):
    url = postgres.new_place(postgresql)
    for drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        spelled = url.set(drivername=drivername).render_as_string(hide_password=False)
        with contextlib.closing(open_ledger(spelled)) as ledger:
            assert ledger.engine.dialect.driver == "psycopg"
            assert url.password not in ledger.url


def test_an_account_that_may_only_read_reads_and_is_told_why_it_cannot_write(postgresql):
    url = postgres.new_place(postgresql)
    schema = url.query["options"].rpartition("=")[2]
    owner = open_ledger(url.render_as_string(hide_password=False))
    add_observation(owner, draft(), who="a")
    with owner.engine.begin() as connection:
        for statement in (
            "CREATE ROLE reader LOGIN PASSWORD 'only-reads'",
            f"GRANT USAGE ON SCHEMA {schema} TO reader",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader",
        ):
            connection.execute(sa.text(statement))
    reader = open_ledger(
        url.set(username="reader", password="only-reads").render_as_string(hide_password=False)
    )
    assert observations(reader)["value"].tolist() == [1300.0]
    with pytest.raises(WorkspaceError, match=r"cannot be written \(InsufficientPrivilege\)"):
        record(reader, "view", "home", {}, who="a")
    reader.close()
    with owner.engine.begin() as connection:
        connection.execute(sa.text("DROP OWNED BY reader"))
        connection.execute(sa.text("DROP ROLE reader"))
    owner.close()


def test_a_lost_connection_is_told_and_the_next_call_works(postgresql):
    url = postgres.new_place(postgresql)
    ledger = open_ledger(url.render_as_string(hide_password=False))
    other = open_ledger(url.render_as_string(hide_password=False))
    with other.engine.begin() as connection:
        connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert add_observation(ledger, draft(), who="a") == 1  # the pool notices and connects anew
    ledger.close()
    other.close()
