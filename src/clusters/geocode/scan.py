# Compiled code takes arrays one by one, compares integers with == and branches by hand; the rules
# below are for code that may pass objects instead.
# ruff: noqa: C901, PLR0917, PLR1714, SIM109
"""Which names stand at one position of an address, compiled.

One walk down the trie finds, for every kind of name, the longest one that fits what has been read
so far: a township of the county already named, a zone of the city already named. A name that
several counties bear fits none of them until something else decides.
"""

from typing import Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from clusters.geocode.fields import DIRECTION, FEATURE, MARK, ROAD, Kind
from clusters.geocode.gazetteer import Entries
from clusters.geocode.trie import Trie, plain, step

COUNTY: Final = int(Kind.COUNTY)
COUNTY_SHORT: Final = int(Kind.COUNTY_SHORT)
TOWN: Final = int(Kind.TOWN)
TOWN_STEM: Final = int(Kind.TOWN_STEM)
ZONE: Final = int(Kind.ZONE)
PREFECTURE: Final = int(Kind.PREFECTURE)
COUNTY_ANYWHERE: Final = len(Kind)
"""Slot of the longest county name whatever the prefecture already read."""
TOWN_MOVED: Final = len(Kind) + 1
"""Slot of the longest township that today lies in a county split from the one already read."""
SLOTS: Final = len(Kind) + 2

Codes = NDArray[np.uint16]
Classes = NDArray[np.uint8]
Found = NDArray[np.int64]

_STREET: Final = ord("街")
_WAY: Final = ord("道")
_BIG: Final = ord("大")
_ROAD: Final = ord("路")
_LANE: Final = ord("巷")


@nb.njit(cache=True, nogil=True)
def is_road_word(codes: Codes, at: int, end: int) -> bool:
    """Whether 路, 街, 巷 or 大道 stands right at ``at``: then the name before it is a road's."""
    if at >= end:
        return False
    code = codes[at]
    follow = codes[at + 1] if at + 1 < end else 0
    if code == _STREET:
        return follow != _WAY
    if code == _BIG:
        return follow == _WAY
    return code == _ROAD or code == _LANE


@nb.njit(cache=True, nogil=True)
def makes_road(codes: Codes, at: int, end: int, classes: Classes) -> bool:
    """Whether the characters from ``at`` turn the name before them into a road or a feature.

    路, 大道, 西街, 中路, 河村 …: within four characters, nothing but directions before the end.
    """
    for offset in range(4):
        here = at + offset
        if here >= end:
            return False
        kind = classes[codes[here]]
        if kind & ROAD:
            # 街道 after a name is a subdistrict, not a road.
            return not (codes[here] == _STREET and here + 1 < end and codes[here + 1] == _WAY)
        if offset == 0 and kind & FEATURE:
            return True
        if not kind & DIRECTION:
            return offset == 1 and (kind & FEATURE) != 0
    return False


@nb.njit(cache=True, nogil=True)
def skip_marks(codes: Codes, at: int, end: int, classes: Classes) -> int:
    """Return the first position from ``at`` that is no punctuation."""
    while at < end and classes[codes[at]] & MARK:
        at += 1
    return at


@nb.njit(cache=True, nogil=True)
def word_end(trie: Trie, entries: Entries, codes: Codes, at: int, end: int, kind: int) -> int:
    """Return where the longest word of ``kind`` at ``at`` ends, or ``at``."""
    node, here, after = plain(0), at, at
    while here < end:
        node = step(trie, node, codes[here])
        if node < 0:
            break
        here += 1
        for row in range(trie.first[node], trie.first[node + 1]):
            if entries.kind[row] == kind:
                after = here
    return after


@nb.njit(cache=True, nogil=True)
def _choose(entries: Entries, low: int, high: int, prefecture: int, county: int, hint: int) -> int:
    """Return the one entry of ``low:high`` that fits the context, or -1.

    Entries of one kind and one name. Where several counties bear it, the city in the neighbouring
    column decides if the address names none; today's bearer beats a former one.
    """
    for attempt in range(2):
        found, several = -1, False
        for row in range(low, high):
            if county >= 0 and entries.county[row] != county:
                continue
            area = entries.prefecture[row]
            if prefecture >= 0 and area >= 0 and area != prefecture:
                continue
            if found < 0 or (entries.former[found] and not entries.former[row]):
                found, several = row, False
            elif entries.former[found] == entries.former[row]:
                several = several or entries.county[found] != entries.county[row]
        if not several:
            return found
        if attempt == 0 and prefecture < 0 and hint >= 0:
            prefecture = hint
        else:
            break
    return -1


@nb.njit(cache=True, nogil=True)
def scan(
    trie: Trie,
    entries: Entries,
    splits: NDArray[np.bool_],
    codes: Codes,
    at: int,
    end: int,
    prefecture: int,
    county: int,
    hint: int,
    found: Found,
) -> None:
    """Find the longest fitting name of every kind at ``at``.

    Parameters
    ----------
    trie, entries, splits
        The gazetteer.
    codes, at, end
        Folded address, where to look, where it ends.
    prefecture, county
        What has been read, -1 where nothing.
    hint
        Prefecture named beside the address, -1 where none.
    found
        (SLOTS, 2) filled with length (0 where none) and entry.
    """
    found[:, 0] = 0
    node, here, anywhere = plain(0), at, plain(-1)
    while here < end:
        node = step(trie, node, codes[here])
        if node < 0:
            return
        here += 1
        low, last = trie.first[node], trie.first[node + 1]
        while low < last:
            kind = entries.kind[low]
            high = low + 1
            while high < last and entries.kind[high] == kind:
                high += 1
            # 武侯区路 would be a road; 高新区西区大道 is 高新区 and 西区大道.
            road = (kind == COUNTY or kind == ZONE) and is_road_word(codes, here, end)
            if not road:
                town = kind == TOWN or kind == TOWN_STEM
                inside = county if town else anywhere
                # A township alone is looked for in the city of the neighbouring column only.
                area = hint if town and prefecture < 0 else prefecture
                row = _choose(entries, low, high, area, inside, hint)
                if row >= 0:
                    found[kind, 0], found[kind, 1] = here - at, row
                if kind == COUNTY:
                    row = _choose(entries, low, high, anywhere, anywhere, hint)
                    if row >= 0:
                        found[COUNTY_ANYWHERE, 0], found[COUNTY_ANYWHERE, 1] = here - at, row
                if town and county >= 0:
                    for row in range(low, high):
                        if splits[county, entries.county[row]]:
                            found[TOWN_MOVED, 0], found[TOWN_MOVED, 1] = here - at, row
            low = high


@nb.njit(cache=True, nogil=True)
def chain_follows(
    trie: Trie,
    entries: Entries,
    splits: NDArray[np.bool_],
    codes: Codes,
    at: int,
    end: int,
    prefecture: int,
    county: int,
    spare: Found,
) -> bool:
    """Whether another name of the chain stands at ``at``; ``spare`` is room to work in."""
    scan(trie, entries, splits, codes, at, end, prefecture, county, plain(-1), spare)
    return (
        spare[PREFECTURE, 0] > 0
        or spare[COUNTY, 0] > 0
        or spare[ZONE, 0] > 0
        or spare[TOWN, 0] > 0
        or (county >= 0 and spare[TOWN_STEM, 0] > 0)
    )
