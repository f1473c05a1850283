"""A private PostgreSQL server for tests: own data folder, loopback only, gone afterwards."""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ports import held_port

_PATIENCE_SECONDS = 180


def binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL server installed, or None."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    # Debian keeps the server's programs off the path, one folder a version.
    folders = [file.parent for file in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(folders, key=lambda folder: float(folder.parent.name), default=None)


@contextlib.contextmanager
def server() -> Iterator[sa.URL]:
    """Start a server on a free port and yield the URL of its first database."""
    programs = binaries()
    assert programs is not None
    account = _unprivileged()
    with tempfile.TemporaryDirectory(prefix="clusters-postgres-") as home:
        folder = Path(home)
        password = secrets.token_hex(16)
        (folder / "password").write_text(password, encoding="utf-8")
        if account:
            for path in (folder, folder / "password"):
                os.chown(path, account["user"], account["group"])
        setup = [programs / "initdb", "-D", folder / "data", "-U", "clusters", "-E", "UTF8"]
        setup += ["--locale=C", "-A", "scram-sha-256", f"--pwfile={folder / 'password'}", "-N"]
        subprocess.run(setup, check=True, capture_output=True, cwd=folder, **account)
        with held_port() as port:
            options = ["-h", "127.0.0.1", "-p", str(port), "-k", "", "-c", "fsync=off"]
            command = [programs / "postgres", "-D", folder / "data", *options]
            with (folder / "log").open("wb") as log:
                process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, **account)
            try:
                url = sa.URL.create(
                    "postgresql",
                    "clusters",
                    password,
                    host="127.0.0.1",
                    port=port,
                    database="postgres",
                )
                _wait(url, process, folder / "log")
                yield url
            finally:
                process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def new_place(url: sa.URL) -> sa.URL:
    """Return the URL of a new, empty schema: as good as a database, and made at once."""
    name = f"ledger_{secrets.token_hex(4)}"
    engine = sa.create_engine(url.set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {name}"))
    engine.dispose()
    return url.update_query_dict({"options": f"-c search_path={name}"})


def _unprivileged() -> dict[str, Any]:
    """Return whom to run the server as: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("no account to run PostgreSQL as")


def _wait(url: sa.URL, process: subprocess.Popen, log: Path) -> None:
    engine = sa.create_engine(url.set(drivername="postgresql+psycopg"))
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            engine.connect().close()
        except sa.exc.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(log.read_text(encoding="utf-8")) from None
            time.sleep(0.1)
        else:
            engine.dispose()
            return
