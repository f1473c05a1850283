"""The way of a registry in parts, up to located firms and what measuring needs of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters import levels
from clusters.decisions import Decisions
from clusters.doubt import Around
from clusters.errors import InputError
from clusters.geocode.datum import DatumVotes, decide_datum
from clusters.geocode.memory import ROUNDS, Memory, added, with_omitted
from clusters.manifest import FirmCounts, as_of_told, growth_window
from clusters.metrics.sums import AI_FIRMS, Level, Sums, merged
from clusters.patterns import PRECISE
from clusters.places.coordinates import DatumChoice, Stacks, Whole, piles_of
from clusters.registry import Account, ColumnMapping, SourceFile
from clusters.registry.findings import REPORT_COLUMNS, Findings, typed
from clusters.registry.model import ColumnProposal
from clusters.registry.proposal import propose
from clusters.registry.rows import Whole as WholeFile
from clusters.registry.rows import note_columns, source_file
from clusters.registry.slices import digest_of, open_sliced, plan_of, samples_of
from clusters.scale import steps
from clusters.scale.job import Job, cut, name_of
from clusters.scale.joining import Joining, join_parts
from clusters.scale.runners import Runner, Step, Watch
from clusters.scale.store import Store
from clusters.scale.writing import write_joined
from clusters.taxonomy.learned import Learned, Lesson, learn_from
from clusters.taxonomy.terms import load_rules

Progress = Callable[[str], None]
Made = TypeVar("Made")


@dataclass(frozen=True)
class Result:
    """What a registry in parts comes out as.

    Attributes
    ----------
    tables
        Name of each large table of the snapshot → its file in the work folder.
    candidates
        Pairs that may be one firm; None where the registry is too large to look for them.
    duplicates, conflicts
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
    hexagons, since
        Level of the hexagons; where the window of growth begins.
    store
        The work folder, to be removed once the snapshot is published.
    """

    tables: dict[str, Path]
    candidates: pd.DataFrame | None
    duplicates: pd.DataFrame
    account: Account
    sources: tuple[SourceFile, ...]
    findings: dict[str, int]
    counts: FirmCounts
    datum: Any
    learned: dict[str, int] | None
    memory: Memory
    ai: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    around: Around
    sums: dict[tuple[str, str], Sums]
    others: dict[str, Sums]
    hexagons: Level
    described: dict[str, str]
    since: pd.Timestamp | None
    store: Store
    parts: int


class _Way:
    """A job, where it runs, and how far it is."""

    def __init__(self, job: Job, runner: Runner, progress: Progress) -> None:
        self.job, self._runner, self._progress = job, runner, progress
        self.numbers = range(len(job.parts))

    def go(self, name: str, step: Step[Made], shared: Any = None) -> Iterator[Made]:
        """Yield what a step makes of each part, telling how far it is."""
        parts = self.job.parts
        watch = Watch(name, sum(part.stop - part.start for part in parts), self._progress)
        found = self._runner.map(step, self.job, shared, self.numbers)
        for part, made in zip(parts, found, strict=True):
            watch.add(part.stop - part.start)
            yield made

    def do(self, name: str, step: Step[None], shared: Any = None) -> None:
        """Let a step keep what it makes."""
        for _ in self.go(name, step, shared):
            pass

    def frames(self, step: str, name: str, columns: list[str] | None = None) -> list[pd.DataFrame]:
        """Return a frame of every part."""
        store = self.job.store
        return [store.frame(step, number, name, columns) for number in self.numbers]


def run_in_parts(
    paths: Sequence[Path],
    labels: Sequence[str],
    *,
    runner: Runner,
    workspace: Path,
    mapping: ColumnMapping,
    as_of: date | None,
    datum: DatumChoice,
    seed: int,
    decisions: Decisions,
    rows_per_part: int,
    progress: Progress,
) -> Result:
    """Take a registry in parts to located firms; nothing is published here.

    Parameters
    ----------
    paths, labels
        Parquet files, and how messages and tables call them.
    runner
        Where the parts are done.
    workspace
        Its cache holds what is done already.
    mapping, as_of, datum, seed, decisions, progress
        As `clusters.pipeline.run`.
    rows_per_part
        Rows taken at once.

    Raises
    ------
    InputError
        If a file cannot be used.
    WorkspaceError
        If the scheduler is lost.
    """
    if rows_per_part < 1:
        raise InputError(f"rows per part {rows_per_part}: at least one is needed")
    files = tuple(open_sliced(path, label) for path, label in zip(paths, labels, strict=True))
    progress("read: how the files are to be understood")
    digests = [digest_of(path) for path in paths]
    samples = [samples_of(file, mapping) for file in files]
    plans = tuple(
        plan_of(some, file.label, mapping) for some, file in zip(samples, files, strict=True)
    )
    name = name_of(digests, rows_per_part, mapping, as_of, datum, decisions.digest)
    store = Store(workspace.resolve() / "cache" / "runs" / name)
    store.folder.mkdir(parents=True, exist_ok=True)
    job = Job(
        files, plans, cut(files, rows_per_part), store, mapping, as_of, datum,
        dict(decisions.labels), decisions.merges, seed,
    )  # fmt: skip
    way = _Way(job, runner, progress)
    way.do("read", steps.read, _whole_files(way))
    progress("read: one row per enterprise")
    joining = join_parts(job)
    way.do("classify", steps.classify, joining.parts)
    _refuse_doubles(way)
    memory = _learn(way)
    model = _model(way)
    whole = _whole_registry(way, memory)
    located = list(way.go("locate", steps.place, steps.Known(model, memory, whole)))
    counts = reduce(add, [one.counts for one in located])
    described = as_of_told(counts, as_of)
    since = growth_window(counts, described["as_of"])
    hexagons = levels.hexagons_named(sorted({code for one in located for code in one.hexagons}))
    sums, others = _sums(way, hexagons, since)
    notes = [
        _notes(way, number, some.proposal, digest)
        for number, (some, digest) in enumerate(zip(samples, digests, strict=True))
    ]
    proposals = [
        propose(some.proposal, plan, mapping) for some, plan in zip(samples, plans, strict=True)
    ]
    progress("locate: the tables of the snapshot")
    ai, sites = _frames(way)
    tables = _tables(way, notes, joining)
    rejected = sum(store.rows("read", number, "rejected") for number in way.numbers)
    return Result(
        tables=tables,
        candidates=joining.candidates,
        duplicates=joining.duplicates,
        account=Account(
            sum(file.rows for file in files), counts.firms, len(joining.duplicates), rejected
        ),
        sources=tuple(
            _source(way, number, some.proposal, digest, proposed)
            for number, (some, digest, proposed) in enumerate(
                zip(samples, digests, proposals, strict=True)
            )
        ),
        findings=_findings(way, notes, joining),
        counts=counts,
        datum=located[0].datum,
        learned=None if model is None else model.told(),
        memory=memory,
        ai=ai,
        sites=sites,
        around=reduce(add, [one.around for one in located]),
        sums=sums,
        others=others,
        hexagons=hexagons,
        described=described,
        since=since,
        store=store,
        parts=len(job.parts),
    )


def _whole_files(way: _Way) -> tuple[WholeFile, ...]:
    """Return what each file tells as a whole; asked only of files that have something to tell."""
    job = way.job
    found: dict[int, WholeFile] = {}
    for part, told in zip(job.parts, way.go("ask", steps.ask), strict=True):
        earlier = found.get(part.file)
        found[part.file] = told if earlier is None else _both(earlier, told)
    return tuple(found[number] for number in range(len(job.files)))


def _both(one: WholeFile, other: WholeFile) -> WholeFile:
    return WholeFile(one.codes | other.codes, one.people + other.people)


def _refuse_doubles(way: _Way) -> None:
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


def _learn(way: _Way) -> Memory:
    """Learn what the addresses of all parts teach, each distinct one once."""
    store = way.job.store
    keys = [store.arrays("classify", number)["address"] for number in way.numbers]
    way.do("learn", steps.teach, _first_ones(keys))
    counted = []
    for number in way.numbers:
        arrays = store.arrays("teach", number)
        frame = store.frame("teach", number, "counts")
        told = store.facts("teach", number)["addresses"]
        counted.append(Memory(frame, arrays["omitted"], arrays["named"], told))
        if len(counted) > 8:
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


def _model(way: _Way) -> Learned | None:
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


def _whole_registry(way: _Way, memory: Memory) -> Whole:
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
    way: _Way, hexagons: Level, since: pd.Timestamp | None
) -> tuple[dict[tuple[str, str], Sums], dict[str, Sums]]:
    every: dict[tuple[str, str], list[Sums]] = {}
    others: dict[str, list[Sums]] = {}
    for part in way.go("measure", steps.add_up, (hexagons, since)):
        for key, sums in part.every.items():
            every.setdefault(key, []).append(sums)
        for name, sums in part.others.items():
            others.setdefault(name, []).append(sums)
    return (
        {key: merged(found) for key, found in every.items()},
        {name: merged(found) for name, found in others.items()},
    )


def _frames(way: _Way) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the AI firms of all parts, and with them all precisely placed firms."""
    ai, sites = [], []
    for number in way.numbers:
        path = way.job.store.path("place", number, "enterprises")
        firms = gpd.read_parquet(path, columns=list(steps.AI_COLUMNS))
        mine = firms["ai_relevance"].isin(AI_FIRMS)
        ai.append(firms[mine])
        sites.append(firms.loc[mine | firms["precision"].isin(PRECISE), list(steps.SITE_COLUMNS)])
    return (
        gpd.GeoDataFrame(pd.concat(ai, ignore_index=True)),
        gpd.GeoDataFrame(pd.concat(sites, ignore_index=True)),
    )


def _notes(way: _Way, number: int, sample: Any, _digest: str) -> pd.DataFrame:
    """Return the findings about a whole file."""
    job = way.job
    findings = Findings(job.files[number].label)
    note_columns(sample, job.plans[number], findings)
    parts = [n for n in way.numbers if job.parts[n].file == number]
    states = [job.store.frame("read", part, "notes") for part in parts]
    return pd.concat([findings.notes(), *states], ignore_index=True).drop_duplicates(
        ignore_index=True
    )


def _source(
    way: _Way, number: int, sample: Any, digest: str, proposals: tuple[ColumnProposal, ...]
) -> SourceFile:
    file = way.job.files[number]
    told = source_file(sample, way.job.plans[number], file.label, digest, proposals)
    return replace(told, rows=file.rows)


def _tables(way: _Way, notes: Sequence[pd.DataFrame], joining: Joining) -> dict[str, Path]:
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


def _findings(way: _Way, notes: Sequence[pd.DataFrame], joining: Joining) -> dict[str, int]:
    """Return how often each rule was found."""
    rules = [frame["rule"] for frame in (*notes, joining.conflicts)]
    total = pd.concat(rules).value_counts()
    for frame in (way.job.store.frame("classify", n, "report", ["rule"]) for n in way.numbers):
        total = total.add(frame["rule"].value_counts(), fill_value=0)
    return {str(rule): int(count) for rule, count in total.sort_index().items()}
