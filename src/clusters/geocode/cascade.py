"""From text to county, zones and evidence: reading, memory, name, in this order.

What the text says comes first. Where it names no county, the memory of the registry's other
addresses is asked; where that is silent, the enterprise's own name (成都成华…公司) is the last
witness. A county is given only where it is right in about 99 of 100 cases; otherwise the row says
why not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.geocode.address import LEVELS, Reading, prefecture_hints, read_addresses
from clusters.geocode.fields import Basis, Field
from clusters.geocode.gazetteer import gazetteer
from clusters.geocode.memory import (
    TEACHING,
    Memory,
    Question,
    learn_counts,
    question,
    recall,
)
from clusters.geocode.names import ask_names
from clusters.geocode.zoning import Zoning, zones_of

SURE: Final = 0.97
"""Probability above which a remembered county is given."""

LIKELY: Final = 0.4
"""Probability above which a county that is not given is at least mentioned as likely."""

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
        Reason why the evidence disagrees or nothing was found; empty where all is well.
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
    hints = _hints(region, len(addresses))
    frame = pd.DataFrame({"address": list(addresses), "hint": hints}).drop_duplicates()
    reading = read_addresses(frame["address"].tolist(), hints=frame["hint"].to_numpy(np.int32))
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
    in_zone = in_frame & (county < 0)
    return learn_counts(asked, np.where(teaches, county, -1), in_zone, by_road)


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
    reading = read_addresses(addresses, hints=_hints(region, len(addresses)))
    book = gazetteer()
    county = reading.field(Field.COUNTY).copy()
    prefecture = reading.field(Field.PREFECTURE).copy()
    located_by = np.full(len(reading), "", dtype=object)
    located_by[county >= 0] = "gazetteer"
    belief = np.where(county >= 0, 1.0, 0.0)
    start, end = reading.field(Field.WHY_START).copy(), reading.field(Field.WHY_END).copy()
    outside = reading.field(Field.OUTSIDE) >= 0
    open_rows = (county < 0) & ~outside
    asked = question(reading.folded, reading.fields, reading.hints, book)
    guess = np.full(len(reading), -1, dtype=np.int32)
    if memory is not None:
        by_town = (reading.field(Field.BASIS) == Basis.TOWN) & (prefecture >= 0)
        rows = np.flatnonzero((open_rows | by_town) & (asked.frame >= 0))
        best, sure, witnesses, why = recall(memory, asked, rows)
        # A township's county is only overruled by addresses that name both.
        chosen = (sure >= SURE) & (open_rows[rows] | ((witnesses >= 3) & (county[rows] != best)))
        silent = rows[open_rows[rows]]
        guess[silent], belief[silent] = best[open_rows[rows]], sure[open_rows[rows]]
        good = rows[chosen]
        belief[good] = sure[chosen]
        county[good] = best[chosen]
        located_by[good] = "memory"
        use = why[chosen, 1] > 0
        start[good[use]], end[good[use]] = why[chosen][use, 0], why[chosen][use, 1]
    evidence = np.array(reading.quote(start, end), dtype=object)
    against = np.full(len(reading), -1, dtype=np.int32)
    if names is not None:
        rows = np.flatnonzero(((county < 0) | (located_by == "memory")) & ~outside)
        known = np.where(prefecture >= 0, prefecture, reading.hints)[rows]
        spoken = ask_names([names[row] for row in rows.tolist()], known.astype(np.int32))
        alone = (county[rows] < 0) & (spoken.county >= 0)
        county[rows[alone]], located_by[rows[alone]] = spoken.county[alone], "name"
        evidence[rows[alone]] = spoken.words()[alone]
        belief[rows[alone]] = NAME_BELIEF
        # Two witnesses disagree and nothing says which is right.
        differ = ~alone & (spoken.county >= 0) & (spoken.county != county[rows])
        against[rows[differ]] = spoken.county[differ]
        guess[rows[differ]] = county[rows[differ]]
        county[rows[differ]], located_by[rows[differ]] = -1, ""
    has = county >= 0
    prefecture[has] = book.county_prefecture[county[has]]
    hinted = (prefecture < 0) & ~outside & (reading.hints >= 0)
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
        located_by=located_by,
        belief=np.where(has, belief, 0.0),
        subdistrict=subdistrict,
        text_level=LEVELS[np.clip(level, 0, len(LEVELS) - 1)].astype(object),
        evidence=evidence,
        conflict=_conflicts(reading, county, guess, belief, against),
        zoning=zoning,
        landmark=reading.field(Field.LANDMARK).copy(),
    )


def _hints(region: pd.Series | None, count: int) -> NDArray[np.int32]:
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


def _conflicts(
    reading: Reading,
    county: NDArray[np.int32],
    guess: NDArray[np.int32],
    belief: NDArray[np.float64],
    against: NDArray[np.int32],
) -> NDArray[np.object_]:
    book = gazetteer()
    names = book.counties["name_zh"].to_numpy(object)
    conflict = np.full(len(reading), None, dtype=object)
    stated = reading.field(Field.STATED)
    for row in np.flatnonzero(stated >= 0):
        conflict[row] = (
            f"territory_moved: text says {names[stated[row]]}, today {names[county[row]]}"
        )
    for row in np.flatnonzero(stated == -2):
        conflict[row] = "county_outside_named_prefecture"
    other = reading.field(Field.OTHER_COUNTY)
    for row in np.flatnonzero((other >= 0) & (county >= 0)):
        conflict[row] = f"two_counties: {names[county[row]]}, {names[other[row]]}"
    outside = reading.field(Field.OUTSIDE)
    provinces = book.outside["province_zh"].to_numpy(object)
    for row in np.flatnonzero(outside >= 0):
        conflict[row] = f"outside_province: {provinces[outside[row]]}"
    unknown = (county < 0) & (outside < 0)
    size = np.diff(reading.folded.starts)
    for row in np.flatnonzero(unknown):
        if size[row] == 0:
            conflict[row] = "no_address"
        elif against[row] >= 0:
            conflict[row] = f"name_against_memory: {names[against[row]]}, {names[guess[row]]}"
        elif guess[row] >= 0 and belief[row] >= LIKELY:
            conflict[row] = f"county_uncertain: {names[guess[row]]} {belief[row]:.2f}"
        elif reading.fields[row, Field.PREFECTURE] >= 0:
            conflict[row] = "county_not_named"
        else:
            conflict[row] = "names_no_place"
    return conflict
