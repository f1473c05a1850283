"""A Dask cluster without mercy: workers killed with -9 in the middle of a run, the scheduler lost.

``make faults`` runs it. One run loses a worker at each of ten moments, spread over its steps, and
must come out with the bytes of a run in one process. Then a run loses its scheduler: it must say so
in one sentence, end with 2 and publish nothing, and go on where it was when given again.

With ``--hosts`` (root, Linux with ``ip netns``) the scheduler and each worker live on a host of
their own: network namespaces that share nothing but a bridge and the disk.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

# Two draws of uncertain places take the same way as ten.
os.environ.setdefault("CLUSTERS_POSITION_DRAWS", "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clusters import pipeline, workspace
from scale.grid import ENVIRONMENT, Grid
from scale.registries import AS_OF, dirty, write

BRIDGE = "clusters-br"
NETWORK = "10.231.97"
Hosts = Sequence[tuple[str, Sequence[str]]]
HERE: Hosts = (("127.0.0.1", ()),)


@contextlib.contextmanager
def separate_hosts() -> Iterator[Hosts]:
    """Make three network namespaces on a bridge this process is on too; remove them at the end."""
    names = [f"clusters-{number}" for number in range(3)]

    def ip(*words: str, check: bool = True) -> None:
        subprocess.run(["ip", *words], check=check, capture_output=True)

    try:
        ip("link", "add", BRIDGE, "type", "bridge")
        ip("addr", "add", f"{NETWORK}.1/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for number, name in enumerate(names):
            ip("netns", "add", name)
            ip("link", "add", f"clusters-v{number}", "type", "veth", "peer", "name", "eth0",
               "netns", name)  # fmt: skip
            ip("link", "set", f"clusters-v{number}", "master", BRIDGE, "up")
            inside = ("-n", name)
            ip(*inside, "addr", "add", f"{NETWORK}.{number + 2}/24", "dev", "eth0")
            ip(*inside, "link", "set", "eth0", "up")
            ip(*inside, "link", "set", "lo", "up")
        yield [
            (f"{NETWORK}.{number + 2}", ("ip", "netns", "exec", name))
            for number, name in enumerate(names)
        ]
    finally:
        for name in names:
            ip("netns", "del", name, check=False)
        ip("link", "del", BRIDGE, check=False)


def lost_workers(folder: Path, hosts: Hosts, kills: int, rows: int) -> str:
    """Run on a cluster that loses workers; return what is wrong with what came out."""
    registry = write(dirty(rows), folder / "firms.parquet")
    here = pipeline.run(registry, workspace=folder / "here", as_of=AS_OF)
    part = rows // 7
    grid = Grid(folder, hosts)
    told = 0

    def progress(text: str) -> None:
        nonlocal told
        told += "rows/s" in text
        if told % 7 == 3 and "rows/s" in text and grid.killed < kills:
            grid.kill_worker()

    with contextlib.closing(grid):
        there = pipeline.run(
            registry,
            workspace=folder / "there",
            as_of=AS_OF,
            scheduler=grid.address,
            rows_per_part=part,
            progress=progress,
        )
        if grid.killed != kills:
            return f"only {grid.killed} workers were killed"
    differ = [
        name
        for name, digest in there.manifest["files"].items()
        if digest != here.manifest["files"][name]
    ]
    return f"other bytes in {', '.join(differ)}" if differ else ""


def lost_scheduler(folder: Path, hosts: Hosts, rows: int) -> str:
    """Run on a cluster that loses its scheduler; return what is wrong with what followed."""
    registry = write(dirty(rows), folder / "firms.parquet")
    grid = Grid(folder, hosts)
    place = folder / "w"
    line = [sys.executable, "-m", "clusters", "run", str(registry), "--as-of", AS_OF]
    line += ["--workspace", str(place), "--rows-per-part", str(rows // 7)]
    with contextlib.closing(grid):
        run = subprocess.Popen(
            [*line, "--scheduler", grid.address],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
        )
        while not list(place.glob("cache/runs/*/read-00003.json")):
            if run.poll() is not None:
                return f"ended before: {run.communicate()[1]}"
            time.sleep(0.05)
        grid.kill_scheduler()
        said = run.communicate(timeout=300)[1]
    if run.returncode != 2 or "Traceback" in said or "nothing was published" not in said:
        return f"ended with {run.returncode}: {said[-500:]}"
    if workspace.published_id(place) is not None:
        return "something was published"
    done = len(list(place.glob("cache/runs/*/read-*.json")))
    again = subprocess.run(line, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    if again.returncode or workspace.published_id(place) is None:
        return f"did not go on from {done} parts: {again.stderr[-500:]}"
    return ""


def main() -> int:
    """Print what held; return 1 where something broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--rows", type=int, default=3_000)
    parser.add_argument("--hosts", action="store_true", help="in network namespaces; needs root")
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        hosts = stack.enter_context(separate_hosts()) if given.hosts else HERE
        where = "network namespaces" if given.hosts else "processes"
        wrong = []
        for title, fault in (
            (
                f"{given.kills} workers in {where} killed with -9 in one run",
                lambda place: lost_workers(place, hosts, given.kills, given.rows),
            ),
            (f"scheduler in {where} lost", lambda place: lost_scheduler(place, hosts, given.rows)),
        ):
            with tempfile.TemporaryDirectory(prefix="clusters-faults-") as folder:
                found = fault(Path(folder))
            sys.stdout.write(f"{title}: {f'BROKEN {found}' if found else 'held'}\n")
            sys.stdout.flush()
            wrong += [found] if found else []
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
