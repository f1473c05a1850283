"""Run every benchmark and write one report, docs/benchmarks (``make bench``).

    python benchmarks/run.py [NAME ...]

Names run those benchmarks only and replace their part of the report. BENCHMARK_PEERS names the
Python of another environment that holds the peers (see ``benchmarks/peers/README.md``). With
BENCHMARK_SCALE below 1 the report goes to ``build/benchmarks``, not into the docs.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
import tomllib
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "docs"))

import benchmark_pages  # noqa: E402 - a script of docs/, not a package

_NOT = {"report", "run"}
_VERSIONS = ("numpy", "pandas", "geopandas", "shapely", "pyarrow", "numba", "scikit-learn", "esda")
_PEERS = (
    "cpca",
    "cnloc",
    "addressparser",
    "jionlp",
    "pointpats",
    "esda",
    "scikit-learn",
    "hdbscan",
)
_ASK = """
import json, sys
from importlib import metadata
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        found[name] = None
print(json.dumps(found))
"""


def names() -> list[str]:
    """Return the benchmarks by name."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in _NOT)


def machine() -> dict[str, object]:
    """Return what the figures were measured on."""
    model = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = [one.partition(":") for one in info.read_text().splitlines()]
        model = next((value.strip() for key, _, value in lines if "model name" in key), model)
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(pages / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def peer_versions() -> dict[str, str | None]:
    """Return the versions of the peers, None where one is absent."""
    python = os.environ.get("BENCHMARK_PEERS", sys.executable)
    done = subprocess.run([python, "-c", _ASK, *_PEERS], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def measure(name: str, folder: Path) -> dict[str, object]:
    """Run one benchmark; one that fails is told and stops nothing."""
    print(f"\n== {name}", flush=True)
    begun = time.perf_counter()
    file = folder / f"{name}.json"
    file.unlink(missing_ok=True)  # what an earlier run left says nothing of this one
    said: list[str] = []
    with subprocess.Popen(
        [sys.executable, str(HERE / f"{name}.py")],
        env=os.environ | {"BENCHMARK_OUT": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        for line in running.stdout or ():
            print(line, end="", flush=True)
            said.append(line)
    seconds = round(time.perf_counter() - begun, 1)
    told = {"figures": [], "said": "".join(said[-200:])}
    if file.exists():
        told = json.loads(file.read_text(encoding="utf-8"))
    day = datetime.now(UTC).date().isoformat()
    return told | {
        "topic": name,
        "seconds": seconds,
        "date": day,
        "failed": running.returncode != 0,
    }


def main() -> int:
    """Measure, join with what was measured before, write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", choices=[*names(), []], help="benchmarks to run")
    chosen = parser.parse_args().name or names()
    trial = float(os.environ.get("BENCHMARK_SCALE", "1")) != 1
    target = ROOT / "build" / "benchmarks" if trial else benchmark_pages.FOLDER
    folder = ROOT / "build" / "benchmarks" / "parts"
    for place in (target, folder):
        place.mkdir(parents=True, exist_ok=True)
    topics = {name: measure(name, folder) for name in chosen}
    file = target / "report.json"
    measured_on = machine()
    if file.exists():
        before = json.loads(file.read_text(encoding="utf-8"))
        if before["machine"] == measured_on:  # figures of another machine do not stand beside ours
            topics = {one["topic"]: one for one in before["topics"]} | topics
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    report = {
        "date": datetime.now(UTC).date().isoformat(),
        "clusters": project["version"],
        "scale": float(os.environ.get("BENCHMARK_SCALE", "1")),
        "machine": measured_on,
        "versions": {name: metadata.version(name) for name in _VERSIONS},
        "peers": peer_versions(),
        "topics": [topics[name] for name in sorted(topics)],
    }
    file.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    benchmark_pages.write(report, target)
    if not trial:
        benchmark_pages.write_readmes(report)
    print(f"\n{file}")
    return int(any(one["failed"] for one in topics.values()))


if __name__ == "__main__":
    sys.exit(main())
