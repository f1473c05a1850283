"""Many users at once, over HTTP and WebSocket, on a snapshot of 10 000 synthetic firms.

Run from a checkout::

    python benchmarks/load.py [--users 50] [--minutes 5] [--workspace FOLDER]

Users speak Streamlit's own protocol (`tests/crowd.py`, `tests/sockets.py`); browsers would measure
Chromium. They think 5 to 15 seconds between two acts. A press is measured from the click to the
last layer of the map fetched. Memory is looked at every ten seconds; its slope is that of a
straight line through the second half of the time.

Both server and users run on ``--cores`` cores. Ends with exit code 1 where a fault happened or a
target (p95 of a filter, growth of memory) is missed.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from report import Sheet, processor_seconds, scaled

from browser.driver import server
from clusters import pipeline
from clusters.demo import write_demo
from clusters.workspace import published_id
from crowd import PACE_S, Seen, load

P95_SECONDS = 1.5
GROWTH = 0.10
"""Most growth of memory over the second half of the time, when everything was loaded once."""


def memory_mb(process: int) -> float:
    """Return the resident memory of a process."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"process {process} is gone")


def child() -> int:
    """Return the one process this one has started: the server."""
    found = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return int(found[0])


def quantile(values: list[float], share: float) -> float:
    """Return the value a share of all lies at or below."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def report(seen: Seen, held: list[float], *, users: int, seconds: float, processor: float) -> bool:
    """Print what was seen, keep it, and return whether all targets are met."""
    print(f"{'':24} {'n':>6} {'p50 s':>8} {'p95 s':>8} {'max s':>8}")
    for act, values in sorted(seen.seconds.items(), key=lambda one: -len(one[1])):
        middle, high = statistics.median(values), quantile(values, 0.95)
        print(f"{act:24} {len(values):6} {middle:8.3f} {high:8.3f} {max(values):8.3f}")
    acts = sum(map(len, seen.seconds.values()))
    print(f"acts a second            {acts / seconds:.2f}")
    print(f"received                 {seen.received / 1e6:.1f} MB")
    print(f"processor of the server  {100 * processor / seconds:.0f} % of one core")
    print("memory every 10 s, MB    " + " ".join(f"{one:.0f}" for one in held))
    late = held[len(held) // 2 :]
    slope = statistics.linear_regression(range(len(late)), late).slope if len(late) > 1 else 0.0
    growth = slope * (len(late) - 1) / late[0]
    print(f"memory, second half      {slope * 60 / PACE_S:+.1f} MB a minute, {100 * growth:+.1f} %")
    print(f"filters of others seen   {seen.foreign}")
    print(f"faults                   {sum(seen.faults.values())}")
    for fault, times in seen.faults.most_common(20):
        print(f"  {times} × {fault}")
    filters = seen.seconds.get("filter", [])
    fast = bool(filters) and quantile(filters, 0.95) < P95_SECONDS
    sheet = Sheet("load")
    for act, values in sorted(seen.seconds.items()):
        for name, value in (("median", statistics.median(values)), ("p95", quantile(values, 0.95))):
            note = f"{len(values)} times, longest {max(values):.2f} s"
            sheet.add(f"{users} users: {act}, {name}", "clusters", value, own=True, note=note)
    for name, value, unit in (
        ("faults", sum(seen.faults.values()), ""),
        ("filters of others seen", seen.foreign, ""),
        ("memory of the server", late[-1], "MB"),
        ("growth of memory, second half", growth, "share"),
        ("processor of the server, of one core", processor / seconds, "share"),
    ):
        sheet.add(f"{users} users: {name}", "clusters", value, unit, own=True)
    sheet.save()
    return fast and not seen.faults and growth < GROWTH


def workspace_of(firms: int, folder: Path) -> Path:
    """Make a workspace of synthetic firms."""
    registry = folder / "synthetic.csv"
    write_demo(registry, firms, seed=1)
    pipeline.run(registry, workspace=folder / "workspace")
    return folder / "workspace"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--users", type=int, default=scaled(50, 3))
    options.add_argument("--minutes", type=float, default=scaled(300, 6) / 60)
    options.add_argument("--firms", type=int, default=scaled(10_000, 300))
    options.add_argument("--cores", type=int, default=2)
    options.add_argument("--think", type=float, nargs=2, default=(5.0, 15.0))
    options.add_argument("--workspace", type=Path, help="use this one, and write into its ledger")
    chosen = options.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: chosen.cores])
    with tempfile.TemporaryDirectory() as scratch:
        workspace = chosen.workspace or workspace_of(chosen.firms, Path(scratch))
        print(f"snapshot {published_id(workspace)}, {chosen.users} users, {chosen.cores} cores")
        seen, seconds = Seen(), 60 * chosen.minutes
        with server(workspace) as base:
            process = child()
            spent = processor_seconds(process)
            held = asyncio.run(
                load(
                    base,
                    memory=lambda: memory_mb(process),
                    users=chosen.users,
                    seconds=seconds,
                    think=tuple(chosen.think),
                    seen=seen,
                )
            )
            spent = processor_seconds(process) - spent
        met = report(seen, held, users=chosen.users, seconds=seconds, processor=spent)
    print("all targets met" if met else "a target is missed")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
