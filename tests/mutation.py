"""How many small faults the tests of a room notice: mutation testing of one room or module.

    python tests/mutation.py goals                  every module of goals/, sampled
    python tests/mutation.py geocode text names     two modules of geocode/
    python tests/mutation.py metrics --sample 0     every mutant of metrics/: hours

The room is copied to build/mutation/<room>, numba's decorators are taken off there (a compiled
function cannot be changed while it runs, and decorated ones are passed over by mutmut), and only
its own tests run: those of the named modules where they have some, all of the room otherwise, and
of metrics/ none that is marked slow. Name modules that share their tests together, others one by
one: each mutant then meets few tests, and 16 of a module take three to five minutes. The sample is
drawn with a seed; ask for the same one to compare. survivors.md there holds the change of
each mutant that no test saw, figures.json the counts. Tests that need the reference material beside
a checkout are skipped.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.stats import status_by_exit_code
from mutmut.utils.format_utils import get_mutant_name

ROOT = Path(__file__).resolve().parents[1]
COMPILED = re.compile(r"^@(nb\.njit\(.*\)|_jit|_fast)\n(?=def )", re.MULTILINE)
NEEDED = ("data", "docs", "pages", "app.py", ".streamlit", "README.md", "CHANGELOG.md")
SEEN = ("killed", "timeout")
# Hashes of the tries wrap round by design; only without the compiler does numpy speak of it.
WRAPS = "ignore:overflow encountered:RuntimeWarning"
# Tests that start programs or services, build a whole snapshot first or take long without the
# compiler: a mutant would take a minute each, and what they assert the others assert too.
LEFT_OUT = {
    "goals": ("test_commands.py",),
    "geocode": (
        "test_online_faults.py",
        "test_online_processes.py",
        "test_memory.py::test_beliefs_are_frequencies_where_the_county_was_cut_out",
        # Characters are 16-bit numbers, and only compiled code widens what is computed with them.
        "test_keys.py::test_near_doors_of_one_side_share_a_stretch[99999-99961-True]",
    ),
    "metrics": ("test_parallel.py", "test_table.py", "test_table_clusters.py"),
}
# Simulations of hundreds of data sets: minutes for each mutant, for what their neighbours see too.
TOO_SLOW = {"metrics": ("-m", "not slow")}
# Where the tests that assert a module are not, or not only, in the file of its name.
ASSERTED_BY = {
    "geocode": {
        "address": ("test_reader.py",),
        "cascade": ("test_cascade.py", "test_memory.py"),
        "fields": ("test_reader.py",),
        "grouping": ("test_inference.py",),
        "inference": ("test_inference.py",),
        "memory": ("test_memory_counts.py", "test_memory.py"),
        "online/cache": ("test_online_cache.py",),
        "online/client": ("test_online_client.py",),
        "online/placing": ("test_online_placing.py", "test_online.py"),
        "online/run": ("test_online_run.py", "test_online.py"),
        "online/services": ("test_online_services.py", "test_online.py"),
    },
    "metrics": {
        "bands": ("test_naive_points.py", "test_localisation.py"),
        "cells": ("test_long_table.py",),
        "circles": ("test_naive_points.py",),
        "coagglomeration": ("test_oracles.py", "test_agglomeration.py", "test_degenerate.py"),
        "cross": ("test_stacks.py",),
        "density": (
            "test_naive_points.py::test_smoothed_places_are_divided_by_what_the_window_holds",
            "test_point_pattern.py::test_kernel_density_against_the_sum_it_is",
            "test_point_pattern.py::test_kernel_density_of_an_even_pattern_is_even_to_the_edge",
            "test_point_pattern.py::test_kernel_density_window_weights_and_nothing",
            "test_point_pattern.py::test_bad_input_is_named",
        ),
        "distances": ("test_naive_points.py",),
        "inequality": ("test_concentration.py",),
        "localisation": ("test_naive_points.py", "test_localisation.py"),
        "pair_density": ("test_localisation.py",),
        "pairs": ("test_long_table.py", "test_every_row.py"),
        "parts": ("test_sums.py",),
        "plants": ("test_agglomeration.py", "test_naive_plants.py", "test_stacks.py"),
        "proportions": ("test_proportions.py",),
        "relative": ("test_naive_points.py", "test_relative.py"),
        "rows": ("test_rows.py", "test_long_table.py"),
        "ruled": ("test_long_table.py",),
        "smaup": ("test_areal.py",),
        "spread": ("test_localisation.py", "test_point_pattern.py"),
        "stars": ("test_stars.py", "test_naive_tables.py"),
        "sums": ("test_sums.py", "test_long_table.py"),
        "table": ("test_long_table.py",),
        "weights": ("test_autocorrelation.py",),
        "wholes": ("test_long_table.py", "test_every_row.py"),
    },
}
# Redraws over all pairs take minutes without the compiler: the two modules that hold the compiled
# functions of metrics/ are mutated only where they are named, and then run without it.
COMPILED_MODULES = {"metrics": ("circles", "distances")}


def tests_of(room: str, modules: list[str]) -> list[str]:
    """Return the tests that assert these modules, or the whole room's where none are known."""
    every = [
        path.name
        for path in sorted((ROOT / "tests" / room).glob("test_*.py"))
        if path.name not in LEFT_OUT[room]
    ]
    named = {name: (f"test_{name}.py",) for name in modules} | ASSERTED_BY.get(room, {})
    own = {
        name: [test for test in named[name] if test.partition("::")[0] in every] for name in modules
    }
    chosen = sorted({test for tests in own.values() for test in tests})
    return [f"tests/{room}/{name}" for name in (chosen if all(own.values()) else every)]


def prepare(room: str, modules: list[str], *, compiled: bool) -> Path:
    """Lay out a copy of the tree in which mutmut changes only the wanted modules."""
    work = ROOT / "build" / "mutation" / room
    shutil.rmtree(work, ignore_errors=True)
    bare = shutil.ignore_patterns("__pycache__", "*.nbc", "*.nbi", ".hypothesis")
    shutil.copytree(ROOT / "src", work / "src", ignore=bare)
    shutil.copytree(ROOT / "tests", work / "tests", ignore=bare)
    (work / "mutants").mkdir()
    for name in NEEDED:  # copied, for a mutant may write where it should not
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, work / "mutants" / name)
    for module in () if compiled else (work / "src/clusters" / room).rglob("*.py"):
        text = module.read_text("utf-8")
        module.write_text(COMPILED.sub("", text), "utf-8")
    slow = TOO_SLOW.get(room, ())
    deselected = [f"--deselect=tests/{room}/{name}" for name in LEFT_OUT[room] if "::" in name]
    settings = {
        "source_paths": ["src"],
        "only_mutate": [f"src/clusters/{room}/{name}.py" for name in modules],
        "pytest_add_cli_args_test_selection": tests_of(room, modules),
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-W", WRAPS, *slow, *deselected],
        # Without a server of its own a mutant would find what the clean run left in caches.
        "process_isolation": "forkserver",
        "timeout_multiplier": 2.0,
        "timeout_constant": 5.0,
        "use_git_change_detection": False,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    whole = (ROOT / "pyproject.toml").read_text("utf-8")
    (work / "pyproject.toml").write_text(f"{whole}\n[tool.mutmut]\n" + "\n".join(lines), "utf-8")
    return work


def drawn(
    work: Path, room: str, modules: list[str], sample: int, seed: int
) -> dict[str, list[str]]:
    """Return the names of the mutants to try, by module."""
    chosen = {}
    for module in modules:
        path = Path(f"src/clusters/{room}/{module}.py")
        found = mutate_file_contents(str(path), (work / path).read_text("utf-8")).mutant_names
        names = [get_mutant_name(path, name) for name in found]
        some = bool(sample) and len(names) > sample
        tried = sample if some else len(names)
        sys.stdout.write(f"{room}/{module}: {tried} of {len(names)} mutants\n")
        if names:
            chosen[module] = random.Random(seed).sample(names, sample) if some else names
    return chosen


def judged(work: Path, room: str, chosen: dict[str, list[str]]) -> dict[str, dict[str, int]]:
    """Count what became of the mutants of each module, and write the survivors down."""
    figures, pages = {}, []
    for module, names in chosen.items():
        meta = work / "mutants" / f"src/clusters/{room}/{module}.py.meta"
        codes = json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
        status = {name: status_by_exit_code[codes[name]] for name in names}
        figures[module] = dict(Counter(status.values()))
        for name in names:
            if status[name] in {"survived", "no tests"}:
                shown = tool(work, "show", name, capture_output=True, text=True).stdout
                pages.append(f"## {name} ({status[name]})\n\n```diff\n{shown}```\n")
    (work / "survivors.md").write_text("\n".join(pages), "utf-8")
    (work / "figures.json").write_text(json.dumps(figures, indent=1), "utf-8")
    return figures


def tool(work: Path, *arguments: str, **options) -> subprocess.CompletedProcess:
    """Run mutmut in the copy."""
    program = Path(sys.executable).with_name("mutmut")
    surroundings = {**os.environ, "PYTHONHASHSEED": "0"}
    surroundings.pop("PYTHONPATH", None)
    return subprocess.run([program, *arguments], check=False, cwd=work, env=surroundings, **options)


def told(figures: dict[str, dict[str, int]]) -> None:
    """Print how many were killed, by module; one that hangs is seen, one that nothing runs is not."""
    whole: Counter[str] = Counter()
    for module, counts in [*figures.items(), ("together", whole)]:
        if counts is not whole:
            whole.update(counts)
        tried = sum(counts.values())
        seen = sum(counts.get(status, 0) for status in SEEN)
        share = 100 * seen / tried if tried else 100.0
        sys.stdout.write(f"{module:22} {seen:5} of {tried:5} killed  {share:5.1f} %\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("room", choices=sorted(LEFT_OUT))
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--sample", type=int, default=25, help="mutants of each module; 0 for all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_intermixed_args()
    folder = ROOT / "src/clusters" / asked.room
    every = sorted(p.relative_to(folder).with_suffix("").as_posix() for p in folder.rglob("*.py"))
    held = COMPILED_MODULES.get(asked.room, ())
    modules = asked.modules or [m for m in every if not m.endswith("__init__") and m not in held]
    compiled = bool(held) and not set(held) & set(modules)
    os.environ["NUMBA_DISABLE_JIT"] = "0" if compiled else "1"
    work = prepare(asked.room, modules, compiled=compiled)
    chosen = drawn(work, asked.room, modules, asked.sample, asked.seed)
    names = [name for some in chosen.values() for name in some]
    sys.stdout.flush()
    done = tool(work, "run", "--max-children", str(asked.workers), *names)
    if done.returncode:
        return done.returncode
    told(judged(work, asked.room, chosen))
    return 0


if __name__ == "__main__":
    sys.exit(main())
