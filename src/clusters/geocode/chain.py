# Compiled code takes arrays one by one, compares integers with == and branches by hand; the rules
# below are for code that may pass objects instead.
# ruff: noqa: C901, PLR0911, PLR0917, PLR1714, SIM109
"""The administrative chain at the head of an address, compiled; see `reader`."""

from typing import Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from clusters.geocode.fields import (
    DIGIT,
    MARK,
    ROAD,
    UNLISTED_TOWN,
    WRONG_PREFECTURE,
    Basis,
    Field,
    Kind,
)
from clusters.geocode.gazetteer import Entries
from clusters.geocode.scan import (
    COUNTY_ANYWHERE,
    TOWN_MOVED,
    Classes,
    Codes,
    Found,
    chain_follows,
    makes_road,
    scan,
    skip_marks,
    word_end,
)
from clusters.geocode.trie import Trie, plain, step

PROVINCE: Final = int(Kind.PROVINCE)
TRADE_ZONE: Final = int(Kind.TRADE_ZONE)
PREFECTURE: Final = int(Kind.PREFECTURE)
PREFECTURE_SHORT: Final = int(Kind.PREFECTURE_SHORT)
COUNTY: Final = int(Kind.COUNTY)
COUNTY_SHORT: Final = int(Kind.COUNTY_SHORT)
TOWN: Final = int(Kind.TOWN)
TOWN_STEM: Final = int(Kind.TOWN_STEM)
ZONE: Final = int(Kind.ZONE)
OUT_PROVINCE: Final = int(Kind.OUT_PROVINCE)
OUT_SHORT: Final = int(Kind.OUT_SHORT)
OUT_CITY: Final = int(Kind.OUT_CITY)
OUT_COUNTY: Final = int(Kind.OUT_COUNTY)
SKIP: Final = int(Kind.SKIP)
OFFICE: Final = int(Kind.OFFICE)
W_ESTATE: Final = int(Kind.W_ESTATE)

NONE: Final = int(Basis.NONE)
NAMED: Final = int(Basis.NAMED)
RENAMED: Final = int(Basis.RENAMED)
BY_SHORT: Final = int(Basis.SHORT)
BY_TOWN: Final = int(Basis.TOWN)
MOVED: Final = int(Basis.MOVED)
BY_ZONE: Final = int(Basis.ZONE)

F_PREFECTURE: Final = int(Field.PREFECTURE)
F_COUNTY: Final = int(Field.COUNTY)
F_BASIS: Final = int(Field.BASIS)
F_TOWN: Final = int(Field.TOWN)
F_TOWN_START: Final = int(Field.TOWN_START)
F_TOWN_END: Final = int(Field.TOWN_END)
F_WHY_START: Final = int(Field.WHY_START)
F_WHY_END: Final = int(Field.WHY_END)
F_ZONE: Final = int(Field.ZONE)
F_ZONE_START: Final = int(Field.ZONE_START)
F_ZONE_END: Final = int(Field.ZONE_END)
F_OUTSIDE: Final = int(Field.OUTSIDE)
F_OTHER_COUNTY: Final = int(Field.OTHER_COUNTY)
F_STATED: Final = int(Field.STATED)

_TOWN: Final = ord("镇")
_RURAL: Final = ord("乡")
_STREET: Final = ord("街")
_WAY: Final = ord("道")
_FIELD: Final = ord("场")
_OFFICE: Final = ord("办")
_PUBLIC: Final = ord("公")
_VILLAGE: Final = ord("村")

Out = NDArray[np.int64]
LINKS: Final = 12
"""Longest chain read: repeats of province and city included."""


@nb.njit(cache=True, nogil=True)
def _outside(trie: Trie, entries: Entries, codes: Codes, at: int, end: int, found: Found) -> int:
    """Return the row of another province named at ``at``, or -1.

    Its full name, a city of its own, or its short name followed by a city or county of it:
    西藏拉萨市 is Tibet, 西藏饭店 is not.
    """
    if found[OUT_PROVINCE, 0]:
        return entries.item[found[OUT_PROVINCE, 1]]
    if found[OUT_SHORT, 0]:
        short = found[OUT_SHORT, 1]
        node, here = plain(0), at + found[OUT_SHORT, 0]
        while here < end:
            node = step(trie, node, codes[here])
            if node < 0:
                break
            here += 1
            for row in range(trie.first[node], trie.first[node + 1]):
                kind = entries.kind[row]
                below = kind == OUT_CITY or kind == OUT_COUNTY
                if below and entries.county[row] == entries.county[short]:
                    return entries.item[short]
        return -1
    return entries.item[found[OUT_CITY, 1]] if found[OUT_CITY, 0] >= 3 else -1


@nb.njit(cache=True, nogil=True)
def _take(entries: Entries, kind: int, row: int, at: int, length: int, out: Out) -> None:
    """Take a prefecture, county or zone into the reading."""
    after = at + length
    county = entries.county[row]
    if kind == PREFECTURE:
        out[F_PREFECTURE] = entries.prefecture[row]
        if out[F_BASIS] == NONE:
            out[F_WHY_START], out[F_WHY_END] = at, after
    elif kind == COUNTY:
        weak = out[F_BASIS] == BY_ZONE or out[F_BASIS] == BY_SHORT
        if out[F_COUNTY] < 0 or weak:
            if out[F_BASIS] == BY_SHORT and county != out[F_COUNTY]:
                out[F_OTHER_COUNTY] = out[F_COUNTY]
            if out[F_PREFECTURE] >= 0 and entries.prefecture[row] != out[F_PREFECTURE]:
                out[F_STATED] = WRONG_PREFECTURE
            out[F_COUNTY], out[F_PREFECTURE] = county, entries.prefecture[row]
            out[F_BASIS] = RENAMED if entries.former[row] else NAMED
            out[F_WHY_START], out[F_WHY_END] = at, after
        elif county != out[F_COUNTY]:
            out[F_OTHER_COUNTY] = county
    else:
        if out[F_ZONE] < 0:
            out[F_ZONE], out[F_ZONE_START], out[F_ZONE_END] = entries.item[row], at, after
        elif county >= 0 and entries.item[row] != out[F_ZONE]:
            # 高新区(西区): the second word says which part.
            out[F_ZONE], out[F_ZONE_END] = entries.item[row], after
        if out[F_PREFECTURE] < 0:
            out[F_PREFECTURE] = entries.prefecture[row]
        if out[F_COUNTY] < 0 and county >= 0:
            out[F_COUNTY], out[F_BASIS] = county, BY_ZONE
            out[F_WHY_START], out[F_WHY_END] = at, after


@nb.njit(cache=True, nogil=True)
def _after_level(codes: Codes, at: int, end: int) -> int:
    """Return the position after 镇, 乡 or 场镇 at ``at``, or ``at``."""
    if at < end and (codes[at] == _TOWN or codes[at] == _RURAL):
        return at + 1
    if at + 1 < end and codes[at] == _FIELD and (codes[at + 1] == _TOWN or codes[at + 1] == _RURAL):
        return at + 2
    return at


@nb.njit(cache=True, nogil=True)
def _after_office(trie: Trie, entries: Entries, codes: Codes, at: int, end: int) -> int:
    """Return the position after 街道办事处, 镇政府, 办 … if they stand at ``at``."""
    after = word_end(trie, entries, codes, at, end, plain(OFFICE))
    if after + 1 < end and codes[after] == _OFFICE and codes[after + 1] != _PUBLIC:
        return after + 1
    return after


@nb.njit(cache=True, nogil=True)
def _unlisted_town(codes: Codes, at: int, end: int, classes: Classes) -> int:
    """Return the end of a township's name the gazetteer does not list (…镇, …乡, …街道), or -1.

    One to seven characters before the level, none of them a number, a mark or the end of a road.
    """
    for here in range(at, min(at + 8, end)):
        code = codes[here]
        follow = codes[here + 1] if here + 1 < end else 0
        if here > at:
            if code == _TOWN or code == _RURAL:
                return -1 if follow and classes[follow] & ROAD else here + 1
            if code == _STREET and follow == _WAY:
                return here + 2
        if classes[code] & (DIGIT | MARK | ROAD) or code == _VILLAGE:
            return -1
    return -1


@nb.njit(cache=True, nogil=True)
def _set_town(entries: Entries, row: int, at: int, after: int, out: Out) -> None:
    out[F_TOWN], out[F_TOWN_START], out[F_TOWN_END] = entries.item[row], at, after
    if out[F_COUNTY] < 0:
        out[F_COUNTY], out[F_PREFECTURE] = entries.county[row], entries.prefecture[row]
        out[F_BASIS], out[F_WHY_START], out[F_WHY_END] = BY_TOWN, at, after


@nb.njit(cache=True, nogil=True)
def _read_town(
    trie: Trie,
    entries: Entries,
    codes: Codes,
    at: int,
    end: int,
    classes: Classes,
    out: Out,
    found: Found,
) -> int:
    """Read a subdistrict or township at ``at``; return the position after it, or ``at``."""
    if found[TOWN, 0]:
        after = at + found[TOWN, 0]
        _set_town(entries, found[TOWN, 1], at, after, out)
        return _after_office(trie, entries, codes, after, end)
    prefecture, county = out[F_PREFECTURE], out[F_COUNTY]
    if found[TOWN_MOVED, 0]:
        # The county as written has lost this town to a neighbour since.
        row, bare = found[TOWN_MOVED, 1], at + found[TOWN_MOVED, 0]
        after = _after_level(codes, bare, end)
        whole = entries.kind[row] == TOWN or after > bare
        if at + found[TOWN_STEM, 0] < after and (
            whole or not makes_road(codes, after, end, classes)
        ):
            out[F_STATED], out[F_COUNTY], out[F_BASIS] = county, entries.county[row], MOVED
            out[F_WHY_START], out[F_WHY_END] = at, after
            out[F_TOWN], out[F_TOWN_START], out[F_TOWN_END] = entries.item[row], at, after
            return _after_office(trie, entries, codes, after, end)
    if prefecture < 0 and county < 0:
        return at
    stem_end = at + found[TOWN_STEM, 0]
    if found[TOWN_STEM, 0]:
        after = max(
            _after_level(codes, stem_end, end), _after_office(trie, entries, codes, stem_end, end)
        )
        if after > stem_end:
            _set_town(entries, found[TOWN_STEM, 1], at, after, out)
            return after
    after = _unlisted_town(codes, at, end, classes)
    if after > 0 and (county >= 0 or codes[after - 1] != _WAY):
        out[F_TOWN], out[F_TOWN_START], out[F_TOWN_END] = UNLISTED_TOWN, at, after
        return _after_office(trie, entries, codes, after, end)
    if found[TOWN_STEM, 0] and county >= 0 and not makes_road(codes, stem_end, end, classes):
        _set_town(entries, found[TOWN_STEM, 1], at, stem_end, out)
        return stem_end
    return at


@nb.njit(cache=True, nogil=True)
def _read_short(
    trie: Trie,
    entries: Entries,
    splits: NDArray[np.bool_],
    codes: Codes,
    at: int,
    end: int,
    classes: Classes,
    out: Out,
    found: Found,
    spare: Found,
) -> int:
    """Read 成都 without 市, 简阳 without 市 at ``at``; return the position after it, or ``at``."""
    prefecture = out[F_PREFECTURE]
    if found[PREFECTURE_SHORT, 0]:
        after, row = at + found[PREFECTURE_SHORT, 0], found[PREFECTURE_SHORT, 1]
        follows = chain_follows(
            trie, entries, splits, codes, after, end, entries.prefecture[row], plain(-1), spare
        )
        if follows or (prefecture < 0 and not makes_road(codes, after, end, classes)):
            _take(entries, plain(PREFECTURE), row, at, found[PREFECTURE_SHORT, 0], out)
            return after
    if not found[COUNTY_SHORT, 0]:
        return at
    after, row = at + found[COUNTY_SHORT, 0], found[COUNTY_SHORT, 1]
    follows = chain_follows(
        trie,
        entries,
        splits,
        codes,
        after,
        end,
        entries.prefecture[row],
        entries.county[row],
        spare,
    )
    if follows:
        accept = True
    elif entries.district[row]:
        # 锦江宾馆 may stand anywhere; 武侯工业园 is in 武侯.
        accept = word_end(trie, entries, codes, after, end, plain(W_ESTATE)) > after
    else:
        accept = after < end and not makes_road(codes, after, end, classes)
    if not accept:
        return at
    out[F_COUNTY], out[F_PREFECTURE] = entries.county[row], entries.prefecture[row]
    out[F_BASIS] = RENAMED if entries.former[row] else BY_SHORT
    out[F_WHY_START], out[F_WHY_END] = at, after
    return after


@nb.njit(cache=True, nogil=True)
def _best_full_name(found: Found, prefecture: int, county: int) -> tuple[int, int, int]:
    """Return kind, entry and length of the name that reaches furthest.

    At equal length county before prefecture before zone. A county under another prefecture than
    its own is accepted where its name is unique: 资阳市简阳市 was right until 2016.
    """
    kind, row, length = plain(COUNTY), found[COUNTY, 1], found[COUNTY, 0]
    if not length and prefecture >= 0 and county < 0 and found[COUNTY_ANYWHERE, 0] >= 3:
        row, length = found[COUNTY_ANYWHERE, 1], found[COUNTY_ANYWHERE, 0]
    for other in (PREFECTURE, ZONE):
        if found[other, 0] > length:
            kind, row, length = plain(other), found[other, 1], found[other, 0]
    return kind, row, length


@nb.njit(cache=True, nogil=True)
def read_chain(
    trie: Trie,
    entries: Entries,
    splits: NDArray[np.bool_],
    codes: Codes,
    at: int,
    end: int,
    classes: Classes,
    out: Out,
    hint: int,
    found: Found,
    spare: Found,
) -> int:
    """Read the administrative chain from ``at`` into ``out``; return where the rest begins.

    Parameters
    ----------
    trie, entries, splits
        The gazetteer.
    codes, at, end
        Folded address, where the chain begins, where the address ends.
    classes
        `fields.CLASSES`.
    out
        One row of `fields.Field`, begun.
    hint
        Prefecture named beside the address, -1 where none.
    found, spare
        (SLOTS, 2) room for `scan.scan`.
    """
    for _ in range(LINKS):
        at = skip_marks(codes, at, end, classes)
        if at >= end:
            break
        prefecture, county = out[F_PREFECTURE], out[F_COUNTY]
        scan(trie, entries, splits, codes, at, end, prefecture, county, hint, found)
        if prefecture < 0 and county < 0:
            item = _outside(trie, entries, codes, at, end, found)
            if item >= 0:
                out[F_OUTSIDE] = item
                return at
        if found[TRADE_ZONE, 0] or found[PROVINCE, 0]:
            at += max(found[TRADE_ZONE, 0], found[PROVINCE, 0])
            continue
        kind, row, length = _best_full_name(found, prefecture, county)
        if length:
            _take(entries, kind, row, at, length, out)
            at += length
            continue
        if found[SKIP, 0] and not makes_road(codes, at + found[SKIP, 0], end, classes):
            at += found[SKIP, 0]
            continue
        after = at
        if county < 0 or out[F_BASIS] == BY_ZONE:
            after = _read_short(trie, entries, splits, codes, at, end, classes, out, found, spare)
        if after == at and out[F_TOWN] == -1:
            after = _read_town(trie, entries, codes, at, end, classes, out, found)
        if after == at:
            break
        at = after
    return at
