"""From text to county, zones and evidence: reading, memory, name, in this order.

What the text says comes first. Where it names no county, the memory of the registry's other
addresses is asked; where that is silent, the enterprise's own name (成都成华…公司) is the last
witness. A county is given only where it is right in about 99 of 100 cases; otherwise the row says
why not. That includes places whose county changed so late that the registers still follow the old
one (Yibin's south bank): there the text, the registering office and the ground name different
counties, and nothing but the text's own word for the new one settles it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.geocode.address import LEVELS, Reading, prefecture_hints, read_addresses
from clusters.geocode.draft import Draft, conflicts
from clusters.geocode.fields import Basis, Field
from clusters.geocode.gazetteer import gazetteer
from clusters.geocode.memory import (
    TEACHING,
    Memory,
    Question,
    Taught,
    learn_counts,
    question,
    recall,
)
from clusters.geocode.names import ask_names
from clusters.geocode.zoning import Zoning, zones_of

SURE: Final = 0.94
"""Probability above which a remembered county is given; 99 of 100 of those given are right."""

MOVED_SHARE: Final = 0.05
"""Where more witnesses than this still name the county that lost the place, none is given."""

NAME_BELIEF: Final = 0.9
"""Probability of a county that only the enterprise's name tells."""

CHUNK: Final = 100_000
"""Addresses read at a time: bounds the memory a large registry needs."""


@dataclass(frozen=True)
class Placement:
    """Where the text puts each row; arrays of n.

    Attributes
    ----------
    county, prefecture
        Rows of the gazetteer, -1 where unknown.
    located_by
        ``gazetteer``, ``memory``, ``name`` or an empty string.
    belief
        Probability of the county: 1 where the text names it.
    subdistrict
        As published where listed, else as written; empty where none.
    text_level
        Finest thing the text names: building, street, village, subdistrict, county, prefecture,
        none.
    evidence
        The exact words that decided.
    conflict
        Reason why the evidence disagrees or nothing was found; None where all is well.
    zoning
        Zones and parks.
    landmark
        Row of the landmark named, -1 where none.
    """

    county: NDArray[np.int32]
    prefecture: NDArray[np.int32]
    located_by: NDArray[np.object_]
    belief: NDArray[np.float64]
    subdistrict: NDArray[np.object_]
    text_level: NDArray[np.object_]
    evidence: NDArray[np.object_]
    conflict: NDArray[np.object_]
    zoning: Zoning
    landmark: NDArray[np.int32]


def learn_memory(addresses: Sequence[str], region: pd.Series | None = None) -> Memory:
    """Learn which words lie in which county from addresses that name both.

    Parameters
    ----------
    addresses
        Addresses; repeats count once.
    region
        Text of a region column beside them, used as weak context for the prefecture.
    """
    hints = region_hints(region, len(addresses))
    # As objects: Arrow strings refuse a lone surrogate, which a broken export may hold.
    texts = pd.Series(list(addresses), dtype=object)
    frame = pd.DataFrame({"address": texts, "hint": hints}).drop_duplicates()
    return learn_counts(read_to_learn(frame["address"].tolist(), frame["hint"].to_numpy(np.int32)))


def read_to_learn(addresses: Sequence[str], hints: NDArray[np.int32]) -> Taught:
    """Read addresses, each distinct one once, for what they teach.

    Parameters
    ----------
    addresses
        Addresses.
    hints
        (n,) row of the prefecture that a neighbouring column names, -1 where none.
    """
    reading = read_addresses(addresses, hints=hints)
    basis, county = reading.field(Field.BASIS), reading.field(Field.COUNTY)
    asked = question(reading.folded, reading.fields, reading.hints, gazetteer())
    in_frame = asked.frame >= len(gazetteer().prefectures)
    teaches = np.isin(basis, [int(one) for one in TEACHING]) | ((basis == Basis.TOWN) & in_frame)
    inside = reading.field(Field.OUTSIDE) < 0
    # A doubtful county neither teaches nor counts as left out.
    doubtful = (county >= 0) & ~teaches
    asked = Question(
        asked.folded,
        asked.spans,
        np.where(inside, asked.context, -1).astype(np.int32),
        np.where(inside & ~doubtful, asked.frame, -1).astype(np.int32),
    )
    kinds = np.append(gazetteer().zone_names["kind"].to_numpy(object), "")
    by_road = (basis == Basis.SITE) & (kinds[reading.field(Field.SITE)] != "within")
    stated = reading.field(Field.STATED)
    unsettled = gazetteer().unsettled[np.maximum(stated, 0), np.maximum(county, 0)]
    return Taught(
        asked,
        np.where(teaches, county, -1).astype(np.int32),
        zone=in_frame & (county < 0),
        by_road=by_road,
        moved=(basis == Basis.MOVED) & (stated >= 0) & unsettled,
    )


def place_addresses(
    addresses: Sequence[str],
    *,
    region: pd.Series | None = None,
    names: Sequence[str] | None = None,
    memory: Memory | None = None,
) -> Placement:
    """Place addresses by their text.

    Parameters
    ----------
    addresses
        Addresses; missing ones as empty strings.
    region
        Text of a region column beside them.
    names
        Enterprise names, asked last.
    memory
        What `learn_memory` returned; without it only the gazetteer answers.
    """
    reading = read_addresses(addresses, hints=region_hints(region, len(addresses)))
    book = gazetteer()
    draft = _from_reading(reading)
    if memory is not None:
        _ask_memory(draft, reading, memory)
    evidence = np.array(reading.quote(draft.start, draft.end), dtype=object)
    if names is not None:
        _ask_names(draft, reading, names, evidence)
    county, prefecture = draft.county, draft.prefecture
    has = county >= 0
    prefecture[has] = book.county_prefecture[county[has]]
    hinted = (prefecture < 0) & (reading.field(Field.OUTSIDE) < 0) & (reading.hints >= 0)
    prefecture[hinted] = reading.hints[hinted]
    subdistrict = _subdistricts(reading)
    named = np.isin(
        reading.field(Field.BASIS), [Basis.NAMED, Basis.RENAMED, Basis.SHORT, Basis.MOVED]
    )
    zoning = zones_of(
        reading.field(Field.ZONE),
        reading.field(Field.SITE),
        subdistrict.tolist(),
        county,
        named,
    )
    level = reading.field(Field.LEVEL)
    return Placement(
        county=county,
        prefecture=prefecture,
        located_by=draft.located_by,
        belief=np.where(has, draft.belief, 0.0),
        subdistrict=subdistrict,
        text_level=LEVELS[np.clip(level, 0, len(LEVELS) - 1)].astype(object),
        evidence=evidence,
        conflict=conflicts(reading, draft),
        zoning=zoning,
        landmark=reading.field(Field.LANDMARK).copy(),
    )


def _from_reading(reading: Reading) -> Draft:
    """Begin with what the text itself says."""
    county = reading.field(Field.COUNTY).copy()
    stated = reading.field(Field.STATED)
    count = len(reading)
    draft = Draft(
        county=county,
        prefecture=reading.field(Field.PREFECTURE).copy(),
        located_by=np.where(county >= 0, "gazetteer", "").astype(object),
        belief=np.where(county >= 0, 1.0, 0.0),
        start=reading.field(Field.WHY_START).copy(),
        end=reading.field(Field.WHY_END).copy(),
        guess=np.full(count, -1, dtype=np.int32),
        against=np.full(count, -1, dtype=np.int32),
        moved=np.zeros(count, dtype=np.bool_),
    )
    unsettled = gazetteer().unsettled[np.maximum(stated, 0), np.maximum(county, 0)]
    draft.withhold(np.flatnonzero((stated >= 0) & (county >= 0) & unsettled))
    return draft


def _ask_memory(draft: Draft, reading: Reading, memory: Memory) -> None:
    """Ask the memory where the text names no county, or only a township."""
    silent = (draft.county < 0) & (reading.field(Field.OUTSIDE) < 0) & ~draft.moved
    asked = question(reading.folded, reading.fields, reading.hints, gazetteer())
    by_town = (reading.field(Field.BASIS) == Basis.TOWN) & (draft.prefecture >= 0)
    rows = np.flatnonzero((silent | by_town) & (asked.frame >= 0))
    found = recall(memory, asked, rows)
    open_ = silent[rows]
    # A township's county is only overruled by addresses that name both.
    chosen = (found.belief >= SURE) & (
        open_ | ((found.witnesses >= 3) & (draft.county[rows] != found.county))
    )
    draft.guess[rows[open_]], draft.belief[rows[open_]] = found.county[open_], found.belief[open_]
    good = rows[chosen]
    draft.county[good], draft.belief[good] = found.county[chosen], found.belief[chosen]
    draft.located_by[good] = "memory"
    use = found.why[chosen, 1] > 0
    draft.start[good[use]], draft.end[good[use]] = found.why[chosen][use].T
    draft.withhold(rows[(draft.county[rows] == found.county) & (found.moved > MOVED_SHARE)])


def _ask_names(
    draft: Draft, reading: Reading, names: Sequence[str], evidence: NDArray[np.object_]
) -> None:
    """Ask the enterprise's own name where the text names no county; it may also contradict."""
    outside = reading.field(Field.OUTSIDE) >= 0
    asked = (draft.county < 0) | (draft.located_by == "memory")
    rows = np.flatnonzero(asked & ~outside & ~draft.moved)
    known = np.where(draft.prefecture >= 0, draft.prefecture, reading.hints)[rows]
    spoken = ask_names([names[row] for row in rows.tolist()], known.astype(np.int32))
    alone = (draft.county[rows] < 0) & (spoken.county >= 0)
    draft.county[rows[alone]], draft.located_by[rows[alone]] = spoken.county[alone], "name"
    evidence[rows[alone]] = spoken.words()[alone]
    draft.belief[rows[alone]] = NAME_BELIEF
    # Two witnesses disagree and nothing says which is right.
    other = ~alone & (spoken.county >= 0) & (spoken.county != draft.county[rows])
    differ = rows[other]
    draft.against[differ], draft.guess[differ] = spoken.county[other], draft.county[differ]
    draft.county[differ], draft.located_by[differ] = -1, ""


def region_hints(region: pd.Series | None, count: int) -> NDArray[np.int32]:
    """Return (n,) rows of the prefectures a region column names, -1 where none."""
    if region is None:
        return np.full(count, -1, dtype=np.int32)
    return prefecture_hints(region)


def _subdistricts(reading: Reading) -> NDArray[np.object_]:
    """Return the published name where the township is listed, the written one where it is not."""
    town = reading.field(Field.TOWN)
    written = np.array(
        reading.quote(reading.field(Field.TOWN_START), reading.field(Field.TOWN_END)), dtype=object
    )
    published = gazetteer().towns["name_zh"].to_numpy(object)
    # A listed name is only put in the place of the written one where the writer left the level
    # out; 华阳镇 stays 华阳镇 although it is 华阳街道 today.
    for row in np.flatnonzero(town != -1):
        word = "".join(written[row].split())
        written[row] = published[town[row]] if town[row] >= 0 and word[-1] not in "镇乡道" else word
    # 高新区中和…: the word that tells the part of the zone is a subdistrict's.
    book = gazetteer()
    site = reading.field(Field.SITE)
    within = (book.zone_names["kind"] == "within").to_numpy()
    words = book.zone_names["name"].to_numpy(object)
    bare = (town == -1) & (site >= 0) & within[np.maximum(site, 0)]
    written[bare] = words[site[bare]]
    return written
