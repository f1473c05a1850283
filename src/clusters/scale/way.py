"""The way of a registry in parts, up to located firms and what measuring needs of them."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters import levels
from clusters.decisions import Decisions
from clusters.doubt import Around, around_all
from clusters.errors import InputError
from clusters.geocode.datum import DatumVotes, decide_datum
from clusters.geocode.memory import ROUNDS, Memory, added, with_omitted
from clusters.manifest import FirmCounts, as_of_told, growth_window
from clusters.metrics.parts import merged
from clusters.metrics.sums import Level, Sums
from clusters.places.coordinates import DatumChoice, Stacks, Whole, piles_of
from clusters.registry import Account, ColumnMapping, SourceFile
from clusters.registry.entities import ORDERS, candidates_of
from clusters.registry.files import split_part
from clusters.registry.findings import REPORT_COLUMNS, Findings, typed
from clusters.registry.model import RawTable
from clusters.registry.proposal import propose
from clusters.registry.rows import Whole as WholeFile
from clusters.registry.rows import note_columns, source_file
from clusters.registry.slices import Samples, plan_of
from clusters.scale import near, steps
from clusters.scale.job import Job, cut, name_of, versions_here
from clusters.scale.joining import Joining, join_parts
from clusters.scale.opening import digest_of_source, open_in_slices
from clusters.scale.runners import Runner
from clusters.scale.store import Store
from clusters.scale.watch import Progress, Way
from clusters.scale.writing import write_joined
from clusters.taxonomy.learned import Learned, Lesson, learn_from
from clusters.taxonomy.terms import load_rules

_APART: Final = 8
"""Results of parts that wait to be added up."""


@dataclass(frozen=True)
class Result:
    """What a registry in parts comes out as.

    Attributes
    ----------
    tables
        Name of each large table of the snapshot → its file in the work folder.
    candidates
        Pairs that may be one firm.
    duplicates
        As in a registry read whole.
    account, sources, findings
        Rows and where they went; the files; findings by rule.
    counts, datum, learned
        What the manifest says of the firms, of the datum, of the model.
    memory
        What the addresses taught.
    ai, sites
        AI firms with what patterns and doubt ask of them; AI firms and all precisely placed ones.
    around
        What all firms tell of the places of others.
    sums, others
        Sums by level and scheme; sums of firms outside AI by level.
    hexagons
        Their level.
    described, since
        Day the data describe and on what that rests; where the window of growth begins.
    store
        The work folder, to be removed once the snapshot is published.
    """

    tables: dict[str, Path]
    candidates: pd.DataFrame
    duplicates: pd.DataFrame
    account: Account
    sources: tuple[SourceFile, ...]
    findings: dict[str, int]
    counts: FirmCounts
    datum: Any
    learned: dict[str, int] | None
    memory: Memory
    ai: gpd.GeoDataFrame
    sites: pd.DataFrame
    around: Around
    sums: dict[tuple[str, str], Sums]
    others: dict[str, Sums]
    hexagons: Level
    described: dict[str, str]
    since: pd.Timestamp | None
    store: Store


@contextlib.contextmanager
def run_in_parts(
    paths: Sequence[str | Path],
    labels: Sequence[str],
    *,
    runner: Runner,
    workspace: Path,
    mapping: ColumnMapping,
    as_of: date | None,
    datum: DatumChoice,
    decisions: Decisions,
    parks: gpd.GeoDataFrame,
    rows_per_part: int,
    progress: Progress,
) -> Iterator[Result]:
    """Take a registry in parts to located firms; nothing is published here.

    The work folder is kept from other runs until the context ends.

    Parameters
    ----------
    paths, labels
        Registry files, as `clusters.registry.read_registry` takes them, and how messages and tables
        call them.
    runner
        Where the parts are done.
    workspace
        Its cache holds what is done already.
    parks
        The parks in use, as `clusters.places.park_files.parks_with` gives them.
    mapping, as_of, datum, decisions, progress
        As `clusters.pipeline.run`.
    rows_per_part
        Rows taken at once.

    Raises
    ------
    InputError
        If a file cannot be used.
    WorkspaceError
        If the scheduler is lost, or another run takes the same files.
    """
    if rows_per_part < 1:
        raise InputError(f"rows per part {rows_per_part}: at least one is needed")
    progress("read: how the files are to be understood")
    digests = [digest_of_source(path) for path in paths]
    sheets = [split_part(path)[1] for path in paths]
    decided = decisions.digest
    name = name_of(digests, sheets, rows_per_part, mapping, as_of, datum, decided, parks)
    store = Store(workspace.resolve() / "cache" / "runs" / name)
    with store.held():
        store.remove_forgotten()
        opened = [
            open_in_slices(path, label, mapping, store, number)
            for number, (path, label) in enumerate(zip(paths, labels, strict=True))
        ]
        files = tuple(file for file, _ in opened)
        samples = [some for _, some in opened]
        plans = tuple(plan_of(some, file.label, mapping) for file, some in opened)
        job = Job(
            files, plans, cut(files, rows_per_part), store, mapping, as_of, datum,
            dict(decisions.labels), decisions.merges, parks, versions_here(),
        )  # fmt: skip
        yield _taken(Way(job, runner, progress), samples, digests)


def _taken(way: Way, samples: Sequence[Samples], digests: Sequence[str]) -> Result:
    """Return what the files of a job come out as."""
    job, store = way.job, way.job.store
    way.do("read", steps.read, _whole_files(way))
    way.tell("read: one row per enterprise")
    joining = join_parts(job)
    way.do("classify", steps.classify, own=joining.parts)
    _refuse_doubles(way)
    candidates = _candidates(way)
    memory = _learn(way)
    model = _model(way)
    whole = _whole_registry(way, memory)
    way.do("locate", steps.place, steps.Known(model, memory, whole))
    located = list(way.go("count", steps.count))
    counts = reduce(add, [one.counts for one in located])
    described = as_of_told(counts, job.as_of)
    since = growth_window(counts, described["as_of"])
    hexagons = levels.hexagons_named(sorted({code for one in located for code in one.hexagons}))
    sums, others = _sums(way, hexagons, since)
    way.tell("locate: the tables of the snapshot")
    notes = [_notes(way, number, some.proposal) for number, some in enumerate(samples)]
    rejected = sum(store.rows("read", number, "rejected") for number in way.numbers)
    ai, sites = _frames(way)
    return Result(
        tables=_tables(way, notes, joining),
        candidates=candidates,
        duplicates=joining.duplicates,
        account=Account(
            sum(file.rows for file in job.files), counts.firms, len(joining.duplicates), rejected
        ),
        sources=tuple(
            _source(way, number, some, digest)
            for number, (some, digest) in enumerate(zip(samples, digests, strict=True))
        ),
        findings=_findings(way, notes, joining),
        counts=counts,
        datum=located[0].datum,
        learned=None if model is None else model.told(),
        memory=memory,
        ai=ai,
        sites=sites,
        around=around_all([one.around for one in located]),
        sums=sums,
        others=others,
        hexagons=hexagons,
        described=described,
        since=since,
        store=store,
    )


def _whole_files(way: Way) -> tuple[WholeFile, ...]:
    """Return what each file tells as a whole; asked only of files that have something to tell."""
    job = way.job
    found: dict[int, WholeFile] = {}
    for part, told in zip(job.parts, way.go("ask", steps.ask), strict=True):
        earlier = found.get(part.file)
        found[part.file] = told if earlier is None else _both(earlier, told)
    return tuple(found[number] for number in range(len(job.files)))


def _both(one: WholeFile, other: WholeFile) -> WholeFile:
    return WholeFile(one.codes | other.codes, one.people + other.people)


def _refuse_doubles(way: Way) -> None:
    """Refuse to go on when an id occurs twice: that would be a bug of ours."""
    digests = np.concatenate([way.job.store.arrays("classify", n)["id"] for n in way.numbers])
    twice = np.sort(digests)
    twice = np.unique(twice[1:][twice[1:] == twice[:-1]])
    if not len(twice):
        return
    frames = way.frames("classify", "table", ["enterprise_id"])
    ids = pd.concat([frame["enterprise_id"] for frame in frames])
    if ids.duplicated().any():
        raise RuntimeError("an enterprise_id occurs twice; nothing was published")


def _candidates(way: Way) -> pd.DataFrame:
    """Return the pairs of firms that may be one."""
    kept = [way.job.store.rows("classify", number, "table") for number in way.numbers]
    way.do("sort", near.sort, own=np.cumsum([0, *kept]).tolist())
    found = near.ranges(way.job)
    # A range holds about as many rows as any other; each row is in one range of every order.
    rows = np.full(len(found), sum(kept) * len(ORDERS) // len(found)).tolist()
    way.do("compare", near.compare, own=found, rows=rows)
    return candidates_of(near.pairs(way.job, found))


def _learn(way: Way) -> Memory:
    """Learn what the addresses of all parts teach, each distinct one once."""
    store = way.job.store
    keys = [store.arrays("classify", number)["address"] for number in way.numbers]
    way.do("learn", steps.teach, own=_first_ones(keys))
    counted = []
    for number in way.numbers:
        arrays = store.arrays("teach", number)
        frame = store.frame("teach", number, "counts")
        told = store.facts("teach", number)["addresses"]
        counted.append(Memory(frame, arrays["omitted"], arrays["named"], told))
        if len(counted) > _APART:
            counted = [added(counted)]
    memory = known = added(counted)
    for number in range(1, ROUNDS + 1):
        found = way.go(f"learn (round {number} of {ROUNDS})", steps.attribute, memory)
        memory = with_omitted(known, reduce(add, found))
    return memory


def _first_ones(keys: Sequence[NDArray[np.uint64]]) -> list[NDArray[np.bool_]]:
    """Tell for every part which of its keys came in no earlier row."""
    every = np.concatenate(keys)
    order = np.argsort(every, kind="stable")
    ordered = every[order]
    new = np.ones(len(every), dtype=np.bool_)
    new[order[1:]] = ordered[1:] != ordered[:-1]
    return np.split(new, np.cumsum([len(part) for part in keys])[:-1])


def _model(way: Way) -> Learned | None:
    store = way.job.store
    lesson: Lesson | None = None
    for number in way.numbers:
        told = store.facts("classify", number)
        sure, silent, labelled = (
            store.frame("classify", number, name) for name in ("sure", "silent", "told")
        )
        one = Lesson(sure, silent, labelled, told["n_sure"], told["n_silent"])
        lesson = one if lesson is None else lesson + one
    return None if lesson is None else learn_from(lesson, load_rules())


def _whole_registry(way: Way, memory: Memory) -> Whole:
    """Return what all coordinates together tell: their datum, and which are nobody's."""
    estimate = None
    silent = list(way.go("datum", steps.has_silent_rows))
    if way.job.datum == "auto" and any(silent):
        votes: list[DatumVotes] = list(way.go("datum", steps.vote, memory))
        estimate = decide_datum(reduce(add, votes))
    stacks: list[Stacks] = list(way.go("coordinates", steps.stack, estimate))
    whole = Stacks(
        *(
            np.concatenate([getattr(one, name) for one in stacks])
            for name in ("rows", "x", "y", "street")
        )
    )
    return Whole(estimate, piles_of(whole))


def _sums(
    way: Way, hexagons: Level, since: pd.Timestamp | None
) -> tuple[dict[tuple[str, str], Sums], dict[str, Sums]]:
    every: dict[tuple[str, str], list[Sums]] = {}
    others: dict[str, list[Sums]] = {}
    for part in way.go("add up", steps.add_up, (hexagons, since)):
        for key, sums in part.every.items():
            _put(every.setdefault(key, []), sums)
        for name, sums in part.others.items():
            _put(others.setdefault(name, []), sums)
    return (
        {key: merged(found) for key, found in every.items()},
        {name: merged(found) for name, found in others.items()},
    )


def _put(found: list[Sums], sums: Sums) -> None:
    """Add sums to those found, a few of which are kept apart."""
    found.append(sums)
    if len(found) > _APART:
        found[:] = [merged(found)]


def _frames(way: Way) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the AI firms of all parts, and with them all precisely placed firms."""
    ai, sites = [], []
    for mine, placed in way.go("pick", steps.pick):
        ai.append(mine)
        sites.append(placed)
    return (
        gpd.GeoDataFrame(pd.concat(ai, ignore_index=True)),
        pd.concat(sites, ignore_index=True),
    )


def _notes(way: Way, number: int, sample: RawTable) -> pd.DataFrame:
    """Return the findings about a whole file."""
    job = way.job
    findings = Findings(job.files[number].label)
    note_columns(sample, job.plans[number], findings)
    parts = [n for n in way.numbers if job.parts[n].file == number]
    states = [job.store.frame("read", part, "notes") for part in parts]
    return pd.concat([findings.notes(), *states], ignore_index=True).drop_duplicates(
        ignore_index=True
    )


def _source(way: Way, number: int, samples: Samples, digest: str) -> SourceFile:
    job, sample = way.job, samples.proposal
    proposals = propose(sample, job.plans[number], job.mapping)
    file = job.files[number]
    told = source_file(sample, job.plans[number], file.label, digest, proposals)
    return replace(told, rows=file.rows)


def _tables(way: Way, notes: Sequence[pd.DataFrame], joining: Joining) -> dict[str, Path]:
    """Write the large tables of the snapshot into the work folder."""
    store, parts = way.job.store, way.job.parts
    findings, last = [], -1
    for number in way.numbers:
        if parts[number].file != last:
            last = parts[number].file
            store.save("notes", last, frames={"report": typed(notes[last][list(REPORT_COLUMNS)])})
            findings.append(store.path("notes", last, "report"))
        findings.append(store.path("classify", number, "report"))
    store.save("conflicts", 0, frames={"report": joining.conflicts})
    findings.append(store.path("conflicts", 0, "report"))
    sources = {
        "enterprises": [store.path("place", number, "enterprises") for number in way.numbers],
        "rejected": [store.path("read", number, "rejected") for number in way.numbers],
        "findings": findings,
    }
    tables = {}
    for name, paths in sources.items():
        tables[name] = store.folder / f"{name}.parquet"
        write_joined(tables[name], paths)
    return tables


def _findings(way: Way, notes: Sequence[pd.DataFrame], joining: Joining) -> dict[str, int]:
    """Return how often each rule was found."""
    rules = [frame["rule"] for frame in (*notes, joining.conflicts)]
    total = pd.concat(rules).value_counts()
    for frame in (way.job.store.frame("classify", n, "report", ["rule"]) for n in way.numbers):
        total = total.add(frame["rule"].value_counts(), fill_value=0)
    return {str(rule): int(count) for rule, count in total.sort_index().items()}
