# Compiled code takes arrays one by one, compares integers with == and branches by hand; the rules
# below are for code that may pass objects instead.
# ruff: noqa: C901, PLR0917, PLR1714, SIM109
"""The reading of addresses, compiled.

An address is a chain — province, prefecture, county, zone, subdistrict — followed by the rest:
road, number, building, village. The chain is read from the left and every name must stand *where
a chain name may stand*. That is what keeps 成华西街, 锦江新园, 马边河村 and 梓潼村 from being taken
for counties: they are found at no place of the chain, or what follows them makes them part of a
longer name.

Everything here works on numbers: folded characters (`text`), the trie and its entries
(`gazetteer`). One address costs a few microseconds.

Compiled code is cached beside the sources. The cache of `read_all` notices changes of this file
only: after editing a module it calls (`chain`, `scan`, `trie`), delete ``__pycache__``.
"""

from typing import Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from clusters.geocode.chain import read_chain
from clusters.geocode.fields import (
    BREAK,
    DIGIT,
    FIELDS,
    MARK,
    NUMERALS,
    ROAD,
    UNIT,
    Basis,
    Field,
    Kind,
    Level,
)
from clusters.geocode.gazetteer import Entries
from clusters.geocode.scan import SLOTS, Classes, Codes, Found
from clusters.geocode.trie import Trie, plain, step

COUNTY: Final = int(Kind.COUNTY)
ZONE: Final = int(Kind.ZONE)
SITE: Final = int(Kind.SITE)
LANDMARK: Final = int(Kind.LANDMARK)
W_ROAD: Final = int(Kind.W_ROAD)
W_VILLAGE: Final = int(Kind.W_VILLAGE)
W_ESTATE: Final = int(Kind.W_ESTATE)
W_BUILDING: Final = int(Kind.W_BUILDING)

NONE: Final = int(Basis.NONE)
NAMED: Final = int(Basis.NAMED)
RENAMED: Final = int(Basis.RENAMED)
BY_TOWN: Final = int(Basis.TOWN)
BY_SITE: Final = int(Basis.SITE)
LATER: Final = int(Basis.LATER)

L_NONE: Final = int(Level.NONE)
L_PREFECTURE: Final = int(Level.PREFECTURE)
L_COUNTY: Final = int(Level.COUNTY)
L_SUBDISTRICT: Final = int(Level.SUBDISTRICT)
L_VILLAGE: Final = int(Level.VILLAGE)
L_STREET: Final = int(Level.STREET)
L_BUILDING: Final = int(Level.BUILDING)

F_PREFECTURE: Final = int(Field.PREFECTURE)
F_COUNTY: Final = int(Field.COUNTY)
F_BASIS: Final = int(Field.BASIS)
F_TOWN: Final = int(Field.TOWN)
F_WHY_START: Final = int(Field.WHY_START)
F_WHY_END: Final = int(Field.WHY_END)
F_REST: Final = int(Field.REST)
F_END: Final = int(Field.END)
F_LEVEL: Final = int(Field.LEVEL)
F_ZONE: Final = int(Field.ZONE)
F_ZONE_START: Final = int(Field.ZONE_START)
F_SITE: Final = int(Field.SITE)
F_SITE_START: Final = int(Field.SITE_START)
F_SITE_END: Final = int(Field.SITE_END)
F_OUTSIDE: Final = int(Field.OUTSIDE)
F_LANDMARK: Final = int(Field.LANDMARK)
F_SITE_COUNTY: Final = int(Field.SITE_COUNTY)
F_SITE_PREFECTURE: Final = int(Field.SITE_PREFECTURE)

_OPEN: Final = ord("(")
_FORMER: Final = ord("原")


@nb.njit(cache=True, nogil=True)
def _note_place(
    entries: Entries,
    row: int,
    here: int,
    probe: int,
    at: int,
    road_next: bool,
    out: NDArray[np.int64],
    hint: int,
) -> None:
    """Note a zone, site, county or landmark named inside the rest, ``here:probe``."""
    what = entries.kind[row]
    if what == LANDMARK:
        out[F_LANDMARK] = entries.item[row]
        return
    wanted = out[F_PREFECTURE] if out[F_PREFECTURE] >= 0 else hint
    if entries.prefecture[row] != wanted or (what != SITE and road_next):
        return
    if what == COUNTY:
        # 蛟龙工业港青羊区…: a full county name inside the rest, where nothing else tells.
        if out[F_COUNTY] < 0 and probe - here >= 3:
            out[F_COUNTY], out[F_BASIS] = entries.county[row], LATER
            out[F_WHY_START], out[F_WHY_END] = here, probe
        return
    if entries.former[row] and (here > at or out[F_ZONE] < 0):
        return
    slot = F_ZONE if what == ZONE else F_SITE
    start = F_ZONE_START if what == ZONE else F_SITE_START
    longer = probe - here > out[start + 1] - out[start]
    if out[slot] < 0 or (out[start] == here and longer):
        out[slot], out[start], out[start + 1] = entries.item[row], here, probe
        # A zone's word inside the rest tells no county: 温江卫星城经济开发区 is not the city's own.
        if what == SITE and entries.county[row] >= 0:
            out[F_SITE_COUNTY] = entries.county[row]
            out[F_SITE_PREFECTURE] = entries.prefecture[row]


@nb.njit(cache=True, nogil=True)
def _word_at(
    trie: Trie,
    entries: Entries,
    codes: Codes,
    here: int,
    end: int,
    at: int,
    classes: Classes,
    out: NDArray[np.int64],
    hint: int,
) -> tuple[int, int]:
    """Return length and kind of the longest common word at ``here``; note places on the way."""
    length, word = plain(0), plain(-1)
    node, probe = plain(0), here
    while probe < end:
        node = step(trie, node, codes[probe])
        if node < 0:
            break
        probe += 1
        follow = classes[codes[probe]] if probe < end else MARK
        for row in range(trie.first[node], trie.first[node + 1]):
            what = entries.kind[row]
            former = what == COUNTY and here > 0 and codes[here - 1] == _FORMER
            if what == ZONE or what == SITE or (what == COUNTY and not former) or what == LANDMARK:
                _note_place(entries, row, here, probe, at, (follow & ROAD) != 0, out, hint)
            elif what >= W_ROAD:
                # A single 园, 楼 or 城 is a building only at the end of a word: 枝园街 is a street.
                alone = probe - here == 1 and what == W_BUILDING
                if not (alone and not follow & (DIGIT | MARK | UNIT)) and probe - here >= length:
                    length, word = probe - here, what
    return length, word


@nb.njit(cache=True, nogil=True)
def read_rest(
    trie: Trie,
    entries: Entries,
    codes: Codes,
    at: int,
    end: int,
    classes: Classes,
    out: NDArray[np.int64],
    hint: int,
) -> None:
    """Read what follows the chain: places named inside it, and how fine it is.

    A number with 号, 栋, 室 … or a building's word makes a building; a road without number a
    street; 村, 组, 社 a village. A name of four characters or more that ends in nothing known is a
    building's: registers leave 大厦 and 公司 out more often than 村.
    """
    level = L_NONE
    number = False
    here = at
    while here < end:
        kind = classes[codes[here]]
        if kind & DIGIT:
            number = True
            here += 1
            continue
        if kind & UNIT and (number or (here > at and NUMERALS[codes[here - 1]])):
            level = L_BUILDING
        length, word = _word_at(trie, entries, codes, here, end, at, classes, out, hint)
        if word == W_BUILDING and (here > at or length > 1):
            level = max(level, L_BUILDING)
        elif (word == W_ROAD or word == W_ESTATE) and here > at:
            level = max(level, L_STREET)
        elif word == W_VILLAGE and here > at:
            level = max(level, L_VILLAGE)
        number = False
        here += max(1, length)
    if number and (level == L_NONE or level == L_STREET):
        level = L_BUILDING
    if level == L_NONE and end - at >= 2:
        level = L_BUILDING if end - at >= 4 else L_VILLAGE
    if level == L_NONE:
        if out[F_TOWN] != -1:
            level = L_SUBDISTRICT
        elif out[F_COUNTY] >= 0:
            level = L_COUNTY
        elif out[F_PREFECTURE] >= 0:
            level = L_PREFECTURE
    out[F_LEVEL] = level


@nb.njit(cache=True, nogil=True)
def _begin(out: NDArray[np.int64]) -> None:
    out[:] = -1
    out[F_BASIS], out[F_WHY_START], out[F_WHY_END] = NONE, 0, 0


@nb.njit(cache=True, nogil=True)
def _read_later(
    trie: Trie,
    entries: Entries,
    splits: NDArray[np.bool_],
    codes: Codes,
    at: int,
    classes: Classes,
    out: NDArray[np.int64],
    hint: int,
    found: Found,
    spare: Found,
    draft: NDArray[np.int64],
) -> None:
    """Where the first address names no county, take one from an address after it.

    Another address begins after any mark; what follows ``(原`` is where it used to be.
    """
    end = plain(len(codes))
    for here in range(at, end - 3):
        if not classes[codes[here]] & MARK:
            continue
        if codes[here] == _OPEN and codes[here + 1] == _FORMER:
            continue
        _begin(draft)
        draft[F_PREFECTURE] = out[F_PREFECTURE]
        read_chain(trie, entries, splits, codes, here + 1, end, classes, draft, hint, found, spare)
        basis = draft[F_BASIS]
        named = basis == NAMED or basis == RENAMED or basis == BY_TOWN
        # Its second place of business in another city does not move the first.
        here_too = out[F_PREFECTURE] < 0 or draft[F_PREFECTURE] == out[F_PREFECTURE]
        if draft[F_COUNTY] >= 0 and named and here_too:
            out[F_COUNTY], out[F_PREFECTURE] = draft[F_COUNTY], draft[F_PREFECTURE]
            out[F_BASIS] = LATER
            out[F_WHY_START], out[F_WHY_END] = draft[F_WHY_START], draft[F_WHY_END]
            return


@nb.njit(cache=True, nogil=True)
def read_all(
    trie: Trie,
    entries: Entries,
    splits: NDArray[np.bool_],
    codes: Codes,
    starts: NDArray[np.int64],
    hints: NDArray[np.int64],
    classes: Classes,
) -> NDArray[np.int64]:
    """Read every address.

    Parameters
    ----------
    trie, entries, splits
        The gazetteer.
    codes, starts
        Folded characters and offsets (n + 1).
    hints
        Row of the prefecture another column names, -1 where none.
    classes
        `fields.CLASSES`.

    Returns
    -------
    ndarray of int64, shape (n, FIELDS)
        See `fields.Field`.
    """
    count = len(starts) - 1
    result = np.empty((count, FIELDS), dtype=np.int64)
    found = np.zeros((SLOTS, 2), dtype=np.int64)
    spare = np.zeros((SLOTS, 2), dtype=np.int64)
    draft = np.zeros(FIELDS, dtype=np.int64)
    for row in range(count):
        text = codes[starts[row] : starts[row + 1]]
        out = result[row]
        _begin(out)
        end = plain(len(text))
        for here in range(4, len(text)):
            if classes[text[here]] & BREAK:
                end = here
                break
        hint = hints[row]
        rest = read_chain(
            trie, entries, splits, text, plain(0), end, classes, out, hint, found, spare
        )
        out[F_REST], out[F_END] = rest, end
        if out[F_OUTSIDE] >= 0:
            out[F_PREFECTURE], out[F_COUNTY], out[F_BASIS] = -1, -1, NONE
            read_rest(trie, entries, text, rest, end, classes, out, plain(-1))
            out[F_COUNTY], out[F_BASIS] = -1, NONE
            continue
        read_rest(trie, entries, text, rest, end, classes, out, hint)
        if out[F_COUNTY] < 0 and out[F_SITE_COUNTY] >= 0:
            out[F_COUNTY], out[F_BASIS] = out[F_SITE_COUNTY], BY_SITE
            out[F_PREFECTURE] = out[F_SITE_PREFECTURE]
            out[F_WHY_START], out[F_WHY_END] = out[F_SITE_START], out[F_SITE_END]
        if out[F_COUNTY] < 0:
            _read_later(trie, entries, splits, text, rest, classes, out, hint, found, spare, draft)
    return result
