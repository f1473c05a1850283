"""Faults without mercy: kill -9 while publishing and while writing the ledger, and count what held.

``make faults`` runs it whole and prints one line a fault; CI runs a few blows of each. A writer
says which number it is about to write and, once the call has returned, that it is done. Whatever
was said to be done must be there after the blow; nothing that is there may be half of something.
"""

import argparse
import contextlib
import hashlib
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from clusters import ledger, workspace
from clusters.errors import ClustersError, WorkspaceError

# Children come from a clean process that has imported everything once: no threads to inherit.
SPAWN = multiprocessing.get_context("forkserver")
LONGEST_WAIT = 300
# A snapshot of this many firms takes some 50 ms to publish: blows fall on every part of it.
FIRMS = 2_000
NOBODY = 65_534


@dataclass(frozen=True)
class Count:
    """How often something was tried, and what went wrong."""

    fault: str
    tried: int
    acknowledged: int
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        verdict = "held" if not self.wrong else f"BROKEN {len(self.wrong)}: {self.wrong[0]}"
        return f"{self.fault}: {self.tried} times, {self.acknowledged} acknowledged, {verdict}"


def tables(number: int, firms: int = FIRMS) -> dict[str, pd.DataFrame]:
    """Return small tables that carry a number in every one, so that a mixture would show."""
    some = pd.DataFrame({"number": np.full(50, number)})
    points = gpd.GeoDataFrame(
        {"number": np.full(firms, number), "name": [f"firm {number} {i}" for i in range(firms)]},
        geometry=gpd.points_from_xy(np.linspace(100, 105, firms), np.full(firms, 30.0)),
        crs="EPSG:4326",
    )
    return {name: points if name in workspace.GEOGRAPHIC else some for name in workspace.TABLES}


def wrong_with_snapshots(place: Path, least: int) -> list[str]:
    """Return what is broken, or lost, in a workspace whose ``least``-th snapshot was promised."""
    wrong = []
    try:
        published = workspace.open_snapshot(place)
        for snapshot in workspace.list_snapshots(place):
            for name, digest in snapshot.manifest["files"].items():
                content = (snapshot.path / name).read_bytes()
                if hashlib.sha256(content).hexdigest() != digest:
                    wrong.append(f"{snapshot.id}/{name} is not what its manifest says")
        held = {int(getattr(published, name)["number"].iloc[0]) for name in workspace.TABLES}
        if held != {published.manifest["number"]}:
            wrong.append(f"{published.id} mixes {held}")
        if published.manifest["number"] < least:
            wrong.append(f"{least} was acknowledged, {published.manifest['number']} is published")
    except (ClustersError, OSError, KeyError, ValueError) as error:
        wrong.append(f"{type(error).__name__}: {error}")
    return wrong


def publish_for_ever(place: Path, told: Connection, first: int) -> None:
    """Publish one snapshot after another and say so."""
    number = first
    while True:
        workspace.publish(place, tables(number), {"number": number})
        told.send(number)
        number += 1


def record_for_ever(place: Path, told: Connection, first: int) -> None:
    """Write one record after another and say so."""
    with contextlib.closing(ledger.open_ledger(place)) as book:
        number = first
        while True:
            payload = {"number": number, "text": "观测值" * 50}
            ledger.record(book, "label", f"firm {number}", payload, who="storm")
            told.send(number)
            number += 1


def struck(writer: Callable[..., None], place: Path, first: int, pause: float) -> int:
    """Start a writer, kill it ``pause`` seconds after its first word; return its last word."""
    hears, tells = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=writer, args=(place, tells, first))
    process.start()
    tells.close()
    if not hears.poll(LONGEST_WAIT):
        raise TimeoutError("the writer never said a word")
    last = int(hears.recv())
    time.sleep(pause)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with contextlib.suppress(EOFError):
        while hears.poll():
            last = int(hears.recv())
    return last


def storm_of_publishing(place: Path, blows: int, seed: int) -> Count:
    """Kill a publisher at random moments."""
    moments = random.Random(seed)
    last, wrong = 0, []
    for blow in range(blows):
        last = struck(publish_for_ever, place, last + 2, moments.uniform(0.0, 0.25))
        wrong += [f"blow {blow}: {what}" for what in wrong_with_snapshots(place, last)]
        for old in workspace.list_snapshots(place)[3:]:  # the disk is not endless
            shutil.rmtree(old.path)
    return Count("kill -9 while publishing", blows, last, tuple(wrong))


def storm_of_records(place: Path, blows: int, seed: int) -> Count:
    """Kill a writer of the ledger at random moments; every acknowledged record must be there."""
    moments = random.Random(seed)
    promised: set[int] = set()
    last, wrong = 0, []
    for blow in range(blows):
        first = last + 2
        last = struck(record_for_ever, place, first, moments.uniform(0.0, 0.1))
        promised |= set(range(first, last + 1))
        with contextlib.closing(ledger.open_ledger(place)) as book:
            rows = ledger.records(book, "label", history=True)
            trail = ledger.audit(book)
        held = {int(payload["number"]) for payload in rows["payload"]}
        if lost := promised - held:
            wrong.append(f"blow {blow}: lost {sorted(lost)[:3]}")
        if len(rows) != len(held) or len(trail) != len(rows):
            wrong.append(f"blow {blow}: {len(rows)} rows, {len(trail)} in the trail")
    return Count("kill -9 while writing the ledger", blows, len(promised), tuple(wrong))


def _starved(place: Path, told: Connection, limit: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    said = []
    try:
        workspace.publish(place, tables(99, firms=60_000), {"number": 99})
    except WorkspaceError as error:
        said.append(str(error))
    try:
        with contextlib.closing(ledger.open_ledger(place)) as book:
            for number in range(200):
                payload = {"number": number, "text": "长" * 5_000}
                ledger.record(book, "view", f"v{number}", payload, who="storm")
                said.append(number)
    except WorkspaceError as error:
        said.append(str(error))
    told.send(said)


def full_disk(place: Path, limit: int = 300_000) -> Count:
    """Write where no file may grow beyond a limit, as on a full disk."""
    workspace.publish(place, tables(1), {"number": 1})
    said = asked(_starved, place, limit)
    wrong = wrong_with_snapshots(place, 1)
    errors = [one for one in said if isinstance(one, str)]
    if len(errors) != 2:
        wrong.append(f"two refusals expected, {errors} came")
    if list((place / "snapshots").glob(".building-*")):
        wrong.append("a folder of the failed snapshot was left behind")
    with contextlib.closing(ledger.open_ledger(place)) as book:
        held = {int(payload["number"]) for payload in ledger.records(book, "view")["payload"]}
    promised = {one for one in said if isinstance(one, int)}
    if promised - held:
        wrong.append(f"lost records {sorted(promised - held)}")
    return Count("full disk", 1, len(promised), tuple(wrong))


def _unprivileged(place: Path, told: Connection, _: int) -> None:
    if os.geteuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    try:
        workspace.prepare(place)
    except WorkspaceError as error:
        told.send(str(error))
    else:
        told.send("")


def read_only(place: Path) -> Count:
    """Run as an account that may read the workspace and not write it."""
    workspace.publish(place, tables(1), {"number": 1})
    folders = [place, place / "snapshots"]
    for folder in folders:
        folder.chmod(0o555)
    try:
        said = asked(_unprivileged, place, 0)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    wrong = wrong_with_snapshots(place, 1)
    if "--workspace" not in said:
        wrong.append(f"no remedy in {said!r}")
    return Count("read-only workspace", 1, 1, tuple(wrong))


def asked(child: Callable[..., None], place: Path, value: int):
    """Return what a child process sends."""
    hears, tells = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=child, args=(place, tells, value))
    process.start()
    tells.close()
    if not hears.poll(LONGEST_WAIT):
        process.kill()
        raise TimeoutError("the child never answered")
    answer = hears.recv()
    process.join()
    return answer


def _publish_some(place: Path, told: Connection, first: int) -> None:
    done = [
        workspace.publish(place, tables(number), {"number": number}).id
        for number in range(first, first + 12)
    ]
    told.send(done)


def two_at_once(place: Path) -> Count:
    """Publish from two processes into one workspace while a third reads."""
    pipes, processes = [], []
    for first in (1, 101):
        hears, tells = SPAWN.Pipe(duplex=False)
        process = SPAWN.Process(target=_publish_some, args=(place, tells, first))
        process.start()
        tells.close()
        pipes.append(hears)
        processes.append(process)
    wrong: list[str] = []
    reads = 0
    while any(process.is_alive() for process in processes):
        if workspace.published_id(place) is not None:
            wrong += wrong_with_snapshots(place, 0)
            reads += 1
    promised = {identity for pipe in pipes for identity in pipe.recv()}
    held = {snapshot.id for snapshot in workspace.list_snapshots(place)}
    if promised - held:
        wrong.append(f"lost snapshots {sorted(promised - held)}")
    if workspace.published_id(place) not in promised:
        wrong.append("what is published was promised by nobody")
    return Count(f"two runs at once ({reads} reads meanwhile)", 2, len(promised), tuple(wrong))


class _Yesterday(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz or UTC) - timedelta(days=1)


def clock_set_back(place: Path) -> Count:
    """Publish, set the clock back by a day, publish again: the later publication counts."""
    workspace.publish(place, tables(1), {"number": 1})
    right = workspace.datetime
    workspace.datetime = _Yesterday
    try:
        workspace.publish(place, tables(2), {"number": 2})
    finally:
        workspace.datetime = right
    wrong = wrong_with_snapshots(place, 2)
    if len(workspace.list_snapshots(place)) != 2:
        wrong.append("a snapshot was lost")
    return Count("clock set back", 1, 2, tuple(wrong))


def full_tmpfs(place: Path) -> Count | None:
    """Publish to a file system of four megabytes; None where none can be mounted."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        return None
    try:
        workspace.publish(place, tables(1), {"number": 1})
        wrong = []
        try:
            workspace.publish(place, tables(2, firms=600_000), {"number": 2})
            wrong.append("four megabytes held more")
        except WorkspaceError as error:
            wrong += [] if "Free some space" in str(error) else [str(error)]
        wrong += wrong_with_snapshots(place, 1)
        return Count("full file system", 1, 1, tuple(wrong))
    finally:
        subprocess.run(["umount", str(place)], check=False)


def all_faults(folder: Path, blows: int, seed: int) -> Iterator[Count]:
    """Yield every fault counted."""
    SPAWN.set_forkserver_preload([__name__, "clusters.workspace", "clusters.ledger"])
    yield storm_of_publishing(folder / "publish", blows, seed)
    yield storm_of_records(folder / "records", blows, seed + 1)
    yield full_disk(folder / "full")
    found = full_tmpfs(folder / "tmpfs")
    if found is not None:
        yield found
    folder.chmod(0o755)
    yield read_only(folder / "closed")
    yield two_at_once(folder / "two")
    yield clock_set_back(folder / "clock")


def main() -> int:
    """Print every count; return 1 where something broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blows", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clusters-faults-") as folder:
        counts = []
        for count in all_faults(Path(folder), given.blows, given.seed):
            sys.stdout.write(f"{count}\n")
            sys.stdout.flush()
            counts.append(count)
    return int(any(count.wrong for count in counts))


if __name__ == "__main__":
    sys.exit(main())
