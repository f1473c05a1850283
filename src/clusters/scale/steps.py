"""The row-wise steps of a run in parts: pure functions of a job, what all parts share, and a part.

Each calls what a run in one table calls; what only the whole registry tells comes in as ``shared``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters import levels
from clusters.doubt import Around, around_of
from clusters.geocode.cascade import read_to_learn, region_hints
from clusters.geocode.datum import DatumEstimate, DatumVotes
from clusters.geocode.memory import Memory, attributed, count_words
from clusters.manifest import FirmCounts, count_firms
from clusters.metrics.parts import alike
from clusters.metrics.sums import AI_FIRMS, Level, Sums, take_sums
from clusters.metrics.table import SCHEMES
from clusters.places.coordinates import Stacks, Whole, silent_points, stacks_of
from clusters.places.inputs import addresses_of, given_coordinates
from clusters.places.locate import ask_datum, locate
from clusters.places.output import PRECISE
from clusters.registry.findings import REPORT_COLUMNS, Reserved, typed
from clusters.registry.gathered import keys_of
from clusters.registry.personal import showable
from clusters.registry.rows import Whole as WholeFile
from clusters.registry.rows import ask_whole, check_rows
from clusters.registry.schema import assert_canonical
from clusters.scale.job import Job
from clusters.scale.joining import Joined, identified
from clusters.taxonomy.classify import judge_by_rule, ruled_again, settle
from clusters.taxonomy.learned import Learned

_REPEATED = "coordinates_repeated"


def ask(job: Job, _shared: None, number: int) -> WholeFile:
    """Return what a part tells of its whole file."""
    part = job.parts[number]
    raw = job.files[part.file].read(part.start, part.stop, job.mapping)
    return ask_whole(raw, job.plans[part.file])


def read(job: Job, shared: tuple[WholeFile, ...], number: int) -> None:
    """Read and check a part; keep its typed rows, findings, and what could join its rows."""
    if job.store.has("read", number):
        return
    part = job.parts[number]
    file = job.files[part.file]
    raw = file.read(part.start, part.stop, job.mapping)
    plan, whole = job.plans[part.file], shared[part.file]
    found = check_rows(raw, plan, file.label, job.mapping, job.as_of, whole=whole)
    table, notes = found.table, found.findings.notes()
    later = found.findings.reserved(_REPEATED)
    job.store.save(
        "read",
        number,
        facts={"made": later.made, "column": later.column},
        arrays=keys_of(table).arrays() | {name: table[name].to_numpy() for name in ("lon", "lat")},
        frames={
            "table": table,
            "lon": pd.DataFrame({"lon": later.texts}),
            "report": found.findings.ordered(),
            "notes": notes[notes["rule"] == "status_normalised"],
            "rejected": found.findings.rejected(),
        },
    )


def classify(job: Job, joined: Joined, number: int) -> None:
    """Give the kept rows of a part their ids and let the rules judge them."""
    if job.store.has("classify", number):
        return
    table = job.store.frame("read", number, "table")
    report = _with_repeated(job, number, table, joined)
    kept = identified(table, joined, job.store.arrays("read", number))
    assert_canonical(kept)
    ruled = judge_by_rule(kept, labels=job.labels)
    lesson = ruled.lesson()
    hints = region_hints(kept.get("region"), len(kept))
    job.store.save(
        "classify",
        number,
        facts={"n_sure": lesson.n_sure, "n_silent": lesson.n_silent},
        arrays={
            "address": _digests(
                f"{hint}\n{text}"
                for hint, text in zip(hints.tolist(), addresses_of(kept, "address"), strict=True)
            ),
            "id": _digests(kept["enterprise_id"]),
        },
        frames={
            "table": kept,
            "verdicts": ruled.verdicts,
            "report": typed(report[list(REPORT_COLUMNS)]),
            "sure": lesson.sure,
            "silent": lesson.silent,
            "told": lesson.told,
        },
    )


def _digests(texts: Iterable[str]) -> NDArray[np.uint64]:
    listed = np.array([*texts, ""], dtype=object)[:-1]
    return np.asarray(pd.util.hash_array(listed, categorize=False), dtype=np.uint64)


def _with_repeated(job: Job, number: int, table: pd.DataFrame, joined: Joined) -> pd.DataFrame:
    """Return the findings, and flag the rows, with the coordinates that repeat in the file."""
    report = job.store.frame("read", number, "report")
    given = pd.MultiIndex.from_arrays([table["lon"], table["lat"]])
    if not len(joined.repeated):
        return report
    hit = np.flatnonzero(given.isin(joined.repeated))
    for position in hit.tolist():
        table["flags"].iloc[position].append(_REPEATED)
        table["flags"].iloc[position].sort()
    told = job.store.facts("read", number)
    texts = job.store.frame("read", number, "lon")["lon"]
    later = Reserved(_REPEATED, told["made"], told["column"], texts)
    label = job.files[job.parts[number].file].label
    added = later.rows(label, table["row"].to_numpy()[hit], showable(texts.iloc[hit]))
    both = pd.concat([report, added], ignore_index=True)
    return both.sort_values(["row", "made"], kind="stable", ignore_index=True)


def teach(job: Job, first: NDArray[np.bool_], number: int) -> None:
    """Count what the addresses of a part teach; only those that came ``first`` in the registry."""
    if job.store.has("teach", number):
        return
    table = job.store.frame("classify", number, "table", ["address", "region"])
    addresses = np.array([*addresses_of(table, "address"), ""], dtype=object)[:-1]
    hints = region_hints(table["region"], len(table))
    taught = read_to_learn(addresses[first].tolist(), hints[first])
    memory = count_words(taught)
    silent = taught.silent
    job.store.save(
        "teach",
        number,
        facts={"addresses": memory.addresses},
        arrays={"omitted": memory.omitted, "named": memory.named},
        frames={
            "counts": memory.counts,
            "silent": pd.DataFrame(
                {
                    "address": pd.array(addresses[first][silent], dtype="str"),
                    "hint": hints[first][silent],
                }
            ),
        },
    )


def attribute(job: Job, shared: Memory, number: int) -> NDArray[np.float64]:
    """Count the silent addresses of a part that a memory attributes surely."""
    frame = job.store.frame("teach", number, "silent")
    taught = read_to_learn(frame["address"].tolist(), frame["hint"].to_numpy(np.int32))
    return attributed(shared, taught.asked, np.arange(len(frame)))


def settled(job: Job, model: Learned | None, number: int) -> pd.DataFrame:
    """Return the rows of a part as rules, labels and the model judge them."""
    table = job.store.frame("classify", number, "table")
    verdicts = job.store.frame("classify", number, "verdicts")
    return settle(table, ruled_again(table, verdicts, job.labels), model)


def has_silent_rows(job: Job, _shared: None, number: int) -> bool:
    """Tell whether a row of a part has coordinates of no stated datum."""
    table = job.store.frame("classify", number, "table", ["lon", "lat", "datum"])
    return len(silent_points(given_coordinates(table))[0]) > 0


def vote(job: Job, shared: Memory, number: int) -> DatumVotes:
    """Return what a part says of the datum of coordinates that do not state theirs."""
    table = job.store.frame("classify", number, "table")
    return ask_datum(table, shared)


def stack(job: Job, shared: DatumEstimate | None, number: int) -> Stacks:
    """Return where the rows of a part stand, and on what streets."""
    table = job.store.frame("classify", number, "table", ["address", "lon", "lat", "datum"])
    given = given_coordinates(table)
    return stacks_of(given, job.datum, shared, addresses=table["address"])


@dataclass(frozen=True)
class Known:
    """What all parts must know to be located."""

    model: Learned | None
    memory: Memory
    whole: Whole


@dataclass(frozen=True)
class Located:
    """What locating a part told of it."""

    counts: FirmCounts
    around: Around
    hexagons: tuple[str, ...]
    datum: Any


def place(job: Job, shared: Known, number: int) -> None:
    """Settle and locate the rows of a part."""
    if job.store.has("place", number):
        return
    classified = settled(job, shared.model, number)
    firms = locate(
        classified,
        memory=shared.memory,
        datum=job.datum,
        whole=shared.whole,
        parks=job.parks,
    )
    with job.store.written("place", number, "enterprises") as path:
        firms.to_parquet(path, index=False)
    job.store.save("place", number, facts={"datum": firms.attrs.get("datum")})


def count(job: Job, _shared: None, number: int) -> Located:
    """Return what the located rows of a part tell."""
    path = job.store.path("place", number, "enterprises")
    firms = pd.read_parquet(path, columns=list(_COUNTED))
    coded = levels.with_hexagons(firms)["hexagon_code"].dropna()
    return Located(
        count_firms(firms),
        around_of(firms),
        tuple(sorted(coded.unique())),
        job.store.facts("place", number)["datum"],
    )


def pick(job: Job, _shared: None, number: int) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the AI firms of a part, and with them all precisely placed ones."""
    path = job.store.path("place", number, "enterprises")
    firms = gpd.read_parquet(path, columns=list(AI_COLUMNS))
    mine = firms["ai_relevance"].isin(AI_FIRMS)
    sites = mine | firms["precision"].isin(PRECISE)
    return firms[mine], pd.DataFrame(firms.loc[sites, list(SITE_COLUMNS)])


@dataclass(frozen=True)
class Summed:
    """Sums of a part: of all its firms by level and scheme, and of those outside AI by level."""

    every: dict[tuple[str, str], Sums]
    others: dict[str, Sums]


def add_up(job: Job, shared: tuple[Level, pd.Timestamp | None], number: int) -> Summed:
    """Add up the firms of a part over every level and scheme."""
    hexagons, since = shared
    path = job.store.path("place", number, "enterprises")
    firms = levels.with_hexagons(pd.read_parquet(path, columns=list(_SUMMED)))
    # Of the day of founding it only matters whether the window of growth had begun.
    age = np.where(firms["founded"].isna(), 2, 0)
    if since is not None:
        age = np.where(firms["founded"] < since, 1, age)
    kinds = alike(firms.assign(age=age), (*_ASKED, "hexagon_code", "age"))
    others = kinds[~kinds["ai_relevance"].isin(AI_FIRMS)]
    wanted = [*(levels.level(name, job.parks) for name in levels.NAMES), hexagons]

    def sums(firms: pd.DataFrame, level: Level, scheme: str, since: pd.Timestamp | None) -> Sums:
        found = take_sums(firms, level, scheme, "firms", since=since, number="number")
        return replace(found, plants=found.plants.iloc[:0])  # they follow from the counts

    return Summed(
        {(level.name, scheme): sums(kinds, level, scheme, since)
         for level in wanted for scheme in SCHEMES},
        {level.name: sums(others, level, "ai", None) for level in wanted},
    )  # fmt: skip


_ASKED = (
    "ai_relevance", "chain_layer", "segment", "prefecture_code", "county_code", "zone_ids",
    "zone_also_ids", "park_ids",
)  # fmt: skip
_SUMMED = (*_ASKED, "precision", "radius_m", "lon", "lat", "founded")
_COUNTED = (
    "as_of", "founded", "location_note", "location_conflict", "source", "precision", "ai_relevance",
    "coordinate_note", "county_code", "radius_m", "lon", "lat",
)  # fmt: skip

AI_COLUMNS = (
    "ai_relevance", "chain_layer", "segment", "prefecture_code", "county_code",
    "county_probability", "precision", "radius_m", "lon", "lat", "zone_ids", "zone_also_ids",
    "zone_evidence", "park_ids", "geometry",
)  # fmt: skip
"""What patterns, distances and the doubt of places ask of AI firms."""

SITE_COLUMNS = ("ai_relevance", "chain_layer", "segment", "precision", "lon", "lat")
"""What functions of distance ask of all precisely placed firms."""
