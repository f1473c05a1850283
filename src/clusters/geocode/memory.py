"""What a registry's own addresses teach: which road, village or estate lies in which county.

Addresses that name both a county and a road teach the county of the road for addresses that name
only the road. Nothing but text is learnt from: never the credit code, never coordinates that may
be wrong, never a county that was itself inferred.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.errors import InputError
from clusters.geocode.fields import CLASSES, Basis, Field
from clusters.geocode.gazetteer import Gazetteer, gazetteer
from clusters.geocode.inference import (
    COUNTIES,
    MOVED,
    SILENT,
    Frames,
    Store,
    Texts,
    build_store,
    gather_keys,
    infer,
)
from clusters.geocode.text import Folded

TEACHING: Final = (Basis.NAMED, Basis.RENAMED, Basis.MOVED, Basis.ZONE, Basis.SITE)
"""Only what the text itself says teaches. A township without its county does not: several counties
had townships of the same name over the years, and memory is what corrects the gazetteer there."""

# Least share and rate of a county, for what was never seen may still be there.
_FLOOR: Final = 0.002
_USUAL_OMISSION: Final = (0.3, 0.01)
ROUNDS: Final = 3
_SURE: Final = 0.85

# The weights of `inference` treat the chains of one address as independent, which they are not, so
# they overstate. Logistic recalibration (Platt 1999): in a registry of 95 000, the county was cut
# out of the addresses that name one, asked of a memory learnt from the other folds, and compared
# with what the address had said; each county weighted by how often its addresses leave it out.
_SLOPE: Final = 0.406
_INTERCEPT: Final = 0.502


@dataclass(frozen=True)
class Memory:
    """Counts of remembered words, and how often each county is left out.

    Attributes
    ----------
    counts
        Columns ``key`` (int64, hash of prefecture and words), ``county`` (row of the gazetteer,
        `SILENT`, or `MOVED` and more), ``count``; sorted by key, county.
    omitted, named
        Per frame and county: addresses that leave the county out, and that name it.
        Frames are the 21 prefectures, then the zones of the same prefectures.
    addresses
        Number of distinct addresses learnt from.
    """

    counts: pd.DataFrame
    omitted: NDArray[np.float64]
    named: NDArray[np.float64]
    addresses: int = 0

    @cached_property
    def store(self) -> Store:
        """Return the counts indexed by key."""
        return build_store(
            self.counts["key"].to_numpy(np.int64).view(np.uint64),
            self.counts["county"].to_numpy(np.int16),
            self.counts["count"].to_numpy(np.int32),
        )

    def __len__(self) -> int:
        """Return the number of remembered (words, county) pairs."""
        return len(self.counts)

    def to_frame(self) -> pd.DataFrame:
        """Return everything in one table that `from_frame` reads back: the form of a snapshot."""
        codes = gazetteer().counties["code"].to_numpy()
        counts = pd.DataFrame(
            {
                "kind": "words",
                "key": self.counts["key"].to_numpy(np.int64),
                "county_code": _labels()[self.counts["county"].to_numpy()],
                "frame": np.int16(-1),
                "value": self.counts["count"].to_numpy(np.float64),
            }
        )
        parts = [counts]
        for kind, table in (("omitted", self.omitted), ("named", self.named)):
            frame, county = np.nonzero(table)
            parts.append(
                pd.DataFrame(
                    {
                        "kind": kind,
                        "key": np.int64(0),
                        "county_code": codes[county],
                        "frame": frame.astype(np.int16),
                        "value": table[frame, county],
                    }
                )
            )
        parts.append(
            pd.DataFrame(
                {
                    "kind": ["addresses"],
                    "key": [np.int64(0)],
                    "county_code": [""],
                    "frame": [np.int16(-1)],
                    "value": [float(self.addresses)],
                }
            )
        )
        return pd.concat(parts, ignore_index=True)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> "Memory":
        """Read the table `to_frame` wrote.

        Raises
        ------
        InputError
            If the table is not a memory.
        """
        needed = {"kind", "key", "county_code", "frame", "value"}
        if not needed <= set(frame.columns):
            msg = (
                f"not a memory: columns {sorted(needed - set(frame.columns))} are missing; "
                "use the memory.parquet of a snapshot, or learn again"
            )
            raise InputError(msg)
        book = gazetteer()
        number = {label: row for row, label in enumerate(_labels())}
        words = frame[frame["kind"] == "words"]
        counts = pd.DataFrame(
            {
                "key": words["key"].to_numpy(np.int64),
                "county": words["county_code"].map(number).to_numpy(np.int16),
                "count": words["value"].to_numpy(np.int32),
            }
        )
        tables = {}
        for kind in ("omitted", "named"):
            table = np.zeros((2 * len(book.prefectures), COUNTIES))
            rows = frame[frame["kind"] == kind]
            table[rows["frame"].to_numpy(int), rows["county_code"].map(number).to_numpy(int)] = (
                rows["value"].to_numpy(float)
            )
            tables[kind] = table
        addresses = int(frame.loc[frame["kind"] == "addresses", "value"].sum())
        return cls(counts, tables["omitted"], tables["named"], addresses)


def _labels() -> NDArray[np.object_]:
    """Return what stands in a stored memory for each county number."""
    codes = gazetteer().counties["code"].tolist()
    return np.array([*codes, "zone", *(f"moved:{code}" for code in codes)], dtype=object)


@dataclass(frozen=True)
class Recalled:
    """What the memory says of addresses; arrays of the rows asked.

    Attributes
    ----------
    county
        Best county, -1 where none is possible.
    belief
        Probability of that county, 0 to 1.
    witnesses
        Witnesses behind the words that decided.
    moved
        Share of them whose text names a county that has lost the place since.
    why
        (n, 2) start and end of the words that decided.
    """

    county: NDArray[np.int16]
    belief: NDArray[np.float64]
    witnesses: NDArray[np.int32]
    moved: NDArray[np.float64]
    why: NDArray[np.int32]


@dataclass(frozen=True)
class Question:
    """Addresses as the memory sees them.

    Attributes
    ----------
    folded
        The addresses.
    spans
        (n, 2) the part of each that can be remembered.
    context
        Prefecture row, -1 unknown.
    frame
        Prefecture row, plus 21 where a zone is named that lies in several counties; -1 unknown.
    """

    folded: Folded
    spans: NDArray[np.int32]
    context: NDArray[np.int32]
    frame: NDArray[np.int32]


def question(
    folded: Folded, reading: NDArray[np.int32], hints: NDArray[np.int32], book: Gazetteer
) -> Question:
    """Say for each reading what is to be looked up and among which counties.

    Parameters
    ----------
    folded, reading
        Addresses and what `reader.read_all` made of them.
    hints
        Prefecture row named by another column, -1 where none.
    book
        The gazetteer.
    """
    prefecture = reading[:, Field.PREFECTURE]
    context = np.where(prefecture >= 0, prefecture, hints).astype(np.int32)
    has_town = reading[:, Field.TOWN] != -1
    begin = np.where(has_town, reading[:, Field.TOWN_START], reading[:, Field.REST])
    spans = np.stack([begin, reading[:, Field.END]], axis=1).astype(np.int32)
    zone = reading[:, Field.ZONE]
    # Only a zone named in the chain limits the counties; 高新A区 inside an estate does not.
    framed = (zone >= 0) & book.zone_spread[np.maximum(zone, 0)] & (context >= 0)
    framed &= reading[:, Field.ZONE_START] < reading[:, Field.REST]
    frame = np.where(framed, context + len(book.prefectures), context)
    return Question(folded, spans, context, frame.astype(np.int32))


@dataclass(frozen=True)
class Taught:
    """Readings that teach.

    Attributes
    ----------
    asked
        Addresses, each distinct address once.
    county
        County row the text gives, -1 where it gives none.
    zone
        Whether the address names a zone that lies in several counties, and no county.
    by_road
        Whether the county follows only from a road or site of the gazetteer: the address itself
        leaves county and subdistrict out, which is what the rates of omission count.
    moved
        Whether the text names another county, which lost the place to `county`.
    """

    asked: Question
    county: NDArray[np.int32]
    zone: NDArray[np.bool_]
    by_road: NDArray[np.bool_]
    moved: NDArray[np.bool_]

    @property
    def silent(self) -> NDArray[np.int64]:
        """Rows without a county that lie in a known frame: memory attributes them."""
        return np.flatnonzero((self.county < 0) & (self.asked.frame >= 0))


def learn_counts(taught: Taught) -> Memory:
    """Learn from readings."""
    memory = known = count_words(taught)
    for _ in range(ROUNDS):
        memory = with_omitted(known, attributed(memory, taught.asked, taught.silent))
    return memory


def count_words(taught: Taught) -> Memory:
    """Count which words addresses that name a county use; memories of parts add up.

    Addresses without a county are attributed afterwards by what is known (`attributed`), which
    tells how often each county is left out, which sharpens the next attribution: expectation
    maximisation in `ROUNDS` rounds.
    """
    asked, county, zone = taught.asked, taught.county, taught.zone
    moved, by_road = taught.moved, taught.by_road
    usable = np.flatnonzero((asked.context >= 0) & ((county >= 0) | zone))
    told = np.where(county >= 0, county + np.where(moved, MOVED, 0), SILENT).astype(np.int16)
    keys, owner = gather_keys(_texts(asked), usable)
    counts = _count(keys, told[usable][owner])
    frames = 2 * len(gazetteer().prefectures)
    named = np.zeros((frames, COUNTIES))
    known_omitted = np.zeros_like(named)
    known = county >= 0
    framed = asked.frame >= 0
    for table, rows in ((named, known & ~by_road), (known_omitted, known & by_road)):
        np.add.at(table, (asked.frame[rows & framed], county[rows & framed]), 1)
    return Memory(counts, known_omitted, named, int(known.sum()))


def attributed(memory: Memory, asked: Question, silent: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (frames, counties) how many of the silent rows a memory attributes surely."""
    found = recall(memory, asked, silent)
    hit = (found.belief >= _SURE) & (found.witnesses >= 3)
    omitted = np.zeros_like(memory.omitted)
    np.add.at(omitted, (asked.frame[silent[hit]], found.county[hit]), 1)
    return omitted


def with_omitted(known: Memory, omitted: NDArray[np.float64]) -> Memory:
    """Return what was counted, with the addresses attributed so far beside it."""
    return Memory(known.counts, known.omitted + omitted, known.named, known.addresses)


def added(memories: Sequence[Memory]) -> Memory:
    """Add up what was counted in the parts of a registry."""
    every = pd.concat([memory.counts for memory in memories], ignore_index=True)
    keys = every["key"].to_numpy(np.int64).view(np.uint64)
    county, count = every["county"].to_numpy(np.int16), every["count"].to_numpy(np.int64)
    order = np.lexsort((county, keys))
    keys, county, count = keys[order], county[order], count[order]
    at = _run_starts(keys, county)
    total = np.add.reduceat(count, at) if len(at) else count
    return Memory(
        _counts(keys[at], county[at], total),
        np.sum([memory.omitted for memory in memories], axis=0),
        np.sum([memory.named for memory in memories], axis=0),
        sum(memory.addresses for memory in memories),
    )


def recall(memory: Memory, asked: Question, rows: NDArray[np.int64]) -> Recalled:
    """Infer the counties of the given rows; see `inference`."""
    county, weight, witnesses, moved, why = infer(
        _texts(asked), rows.astype(np.int64), asked.frame, memory.store, _frames(memory)
    )
    return Recalled(county, _calibrated(weight), witnesses, moved, why)


def _calibrated(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    some = np.clip(weight, 1e-9, 1.0 - 1e-9)
    odds = np.log(some / (1.0 - some))
    return np.where(weight > 0, 1.0 / (1.0 + np.exp(-_SLOPE * odds - _INTERCEPT)), 0.0)


def _texts(asked: Question) -> Texts:
    return Texts(asked.folded.codes, asked.folded.starts, asked.spans, asked.context, CLASSES)


def _count(keys: NDArray[np.uint64], county: NDArray[np.int16]) -> pd.DataFrame:
    order = np.lexsort((county, keys))
    keys, county = keys[order], county[order]
    at = _run_starts(keys, county)
    return _counts(keys[at], county[at], np.diff(np.append(at, len(keys))))


def _run_starts(keys: NDArray[np.uint64], county: NDArray[np.int16]) -> NDArray[np.int64]:
    """Return where runs of equal (key, county) begin in columns sorted by both."""
    new = np.ones(len(keys), dtype=np.bool_)
    new[1:] = (keys[1:] != keys[:-1]) | (county[1:] != county[:-1])
    return np.flatnonzero(new)


def _counts(
    keys: NDArray[np.uint64], county: NDArray[np.int16], count: NDArray[np.int64]
) -> pd.DataFrame:
    """Return the table of `Memory.counts`."""
    return pd.DataFrame(
        {"key": keys.view(np.int64), "county": county, "count": count.astype(np.int32)}
    )


def _frames(memory: Memory) -> Frames:
    """Return the counties of every frame, and how often each is left out."""
    book = gazetteer()
    count = len(book.prefectures)
    urban = book.counties["name_zh"].str.endswith("区").to_numpy()
    members: list[NDArray[np.int16]] = []
    priors, omissions, silences = [], [], []
    for frame in range(2 * count):
        inside = np.flatnonzero(book.county_prefecture == frame % count).astype(np.int16)
        named, omitted = memory.named[frame, inside], memory.omitted[frame, inside]
        zone = frame >= count
        if zone:
            listed = np.isin(inside, book.zone_counties.get(frame - count, inside))
            keep = listed if listed.any() else np.ones(len(inside), dtype=np.bool_)
            inside, named, omitted = inside[keep], named[keep], omitted[keep]
        everything = named + omitted
        # "眉山市…路" without a county is written in the city proper: until counts say otherwise,
        # urban districts are left out often, counties and county-level cities hardly ever.
        usual = np.where(urban[inside] | zone, *_USUAL_OMISSION)
        rate = (omitted + 10.0 * usual) / (everything + 10.0)
        expected = (named + 1.0) * usual
        share = (omitted + 8.0 * expected / expected.sum()) / (omitted.sum() + 8.0)
        share = (share + _FLOOR) / (share + _FLOOR).sum()
        members.append(inside)
        priors.append(share)
        omissions.append(np.maximum(rate / rate.max(), _FLOOR))
        silences.append((named + 1.0) / (everything + 2.0) if zone else np.zeros(len(inside)))
    first = np.zeros(2 * count + 1, dtype=np.int32)
    np.cumsum([len(part) for part in members], out=first[1:])
    return Frames(
        np.concatenate(members),
        first,
        np.concatenate(priors),
        np.concatenate(omissions),
        np.concatenate(silences),
    )
