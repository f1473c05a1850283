# Compiled code takes arrays one by one, compares integers with == and branches by hand; the rules
# below are for code that may pass objects instead.
# ruff: noqa: C901, PLR0912, PLR0917
"""From remembered words to a county, compiled.

For one address the question is: given that it names no county, in which county of its prefecture
is it? Three things are known from the registry's other addresses:

- how often each key (`keys`) stood together with each county, ``count[key, county]``;
- how often addresses of a county leave the county out at all, ``omission[county]``: firms in the
  inner city do, firms in the counties around hardly ever, so a 南河路 known only from a distant
  county says little about ``绵阳市南河路``;
- the share of each county among addresses without one, ``prior[county]``.

Keys that begin at the same place form a chain from the shortest to the longest. Each longer key
refines the distribution of the shorter one by Dirichlet smoothing,

    P_k(c) = (count[k, c] * omission[c] + strength[k] * P_{k-1}(c)) / (sum + strength[k]),

starting from the prior. ``strength`` is how much a shorter name is worth against a longer one; it
falls with the length because two characters recur in many names and eight hardly do. Chains that
begin at different places (the road, the estate after it) are multiplied, the prior counted once.

Two kinds of witnesses are counted under numbers beyond the counties: addresses that name a zone but
no county (`SILENT`), and addresses that name a county which has since lost the place
(`MOVED` onwards, one number for each county that received territory). The latter speak for the
county of today, and how many they are is told.
"""

from typing import Final, NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from clusters.geocode.keys import ROOM, keys_of
from clusters.geocode.trie import slot_of

COUNTIES: Final = 183

SILENT: Final = COUNTIES
"""County number of addresses that name a zone of several counties but no county."""

MOVED: Final = COUNTIES + 1
"""County number ``MOVED + c``: the text names a county that has since lost the place to ``c``."""

# Right answers of keys with n agreeing witnesses, measured by leaving addresses out of a registry
# of 95 000: 72 % for n = 1 at two characters, 85 % at four, 95 % at six, 98.5 % at ten. Strength
# s gives n / (n + s) for the first of these, and fits the rest up to n > 9.
STRENGTH: Final = np.array(
    [0.5, 0.5, 0.40, 0.28, 0.20, 0.14, 0.07, 0.04, 0.03, 0.02, 0.015, 0.015], dtype=np.float64
)


class Store(NamedTuple):
    """Remembered counts in the form compiled code reads.

    Attributes
    ----------
    slots, rows
        Open-addressing table from key to row; rows are -1 where a slot is empty.
    first
        Entries of row k are ``first[k]:first[k + 1]``.
    county, witnesses
        Columns of the entries.
    """

    slots: NDArray[np.uint64]
    rows: NDArray[np.int32]
    first: NDArray[np.int32]
    county: NDArray[np.int16]
    witnesses: NDArray[np.int32]


class Frames(NamedTuple):
    """Among which counties an answer is looked for: a prefecture's, or those of its zones.

    Attributes
    ----------
    members, first
        Counties of frame f are ``members[first[f]:first[f + 1]]``.
    prior, omission, silence
        Parallel to ``members``: share among addresses without county, rate of leaving the county
        out, rate at which addresses of the zone's part name the part (0 for prefectures).
    """

    members: NDArray[np.int16]
    first: NDArray[np.int32]
    prior: NDArray[np.float64]
    omission: NDArray[np.float64]
    silence: NDArray[np.float64]


class Texts(NamedTuple):
    """Addresses as inference reads them.

    Attributes
    ----------
    codes, starts
        Folded addresses: characters, offsets (n + 1).
    spans
        (n, 2) start and end of the rest after the chain.
    contexts
        (n,) prefecture row, -1 unknown: keys are looked up under it.
    classes
        Character classes.
    """

    codes: NDArray[np.uint16]
    starts: NDArray[np.int64]
    spans: NDArray[np.int32]
    contexts: NDArray[np.int32]
    classes: NDArray[np.uint8]


def build_store(
    keys: NDArray[np.uint64], county: NDArray[np.int16], count: NDArray[np.int32]
) -> Store:
    """Index counts by key.

    Parameters
    ----------
    keys, county, count
        Parallel columns, sorted by key then county, no repeats.
    """
    change = np.empty(len(keys), dtype=np.bool_)
    if len(keys):
        change[0] = True
        np.not_equal(keys[1:], keys[:-1], out=change[1:])
    starts = np.flatnonzero(change)
    first = np.append(starts, len(keys)).astype(np.int32)
    size = 1 << max(4, int(2 * len(starts)).bit_length())
    slots = np.zeros(size, dtype=np.uint64)
    rows = np.full(size, -1, dtype=np.int32)
    _fill(keys[starts], slots, rows)
    return Store(slots, rows, first, county, count)


@nb.njit(cache=True, nogil=True)
def _fill(keys: NDArray[np.uint64], slots: NDArray[np.uint64], rows: NDArray[np.int32]) -> None:
    mask = slots.size - 1
    for row in range(keys.size):
        at = slot_of(keys[row], slots.size)
        while rows[at] >= 0:
            at = (at + 1) & mask
        slots[at] = keys[row]
        rows[at] = row


@nb.njit(cache=True, nogil=True)
def find_row(store: Store, key: int) -> int:
    """Return the row of a key, or -1."""
    mask = store.slots.size - 1
    at = slot_of(key, store.slots.size)
    while store.rows[at] >= 0:
        if store.slots[at] == key:
            return store.rows[at]
        at = (at + 1) & mask
    return -1


@nb.njit(cache=True, nogil=True)
def _refine(
    store: "Store",
    row: int,
    strength: float,
    omission: NDArray[np.float64],
    silence: NDArray[np.float64],
    local: NDArray[np.int32],
    belief: NDArray[np.float64],
) -> tuple[int, int]:
    """Update ``belief`` by one key; return the witnesses counted, and those of moved territory."""
    total = 0.0
    seen = 0
    silent = 0
    moved = 0
    low, high = store.first[row], store.first[row + 1]
    for entry in range(low, high):
        county = store.county[entry]
        if county == SILENT:
            silent += store.witnesses[entry]
            continue
        today = county - MOVED if county >= MOVED else county
        place = local[today]
        if place >= 0:
            total += store.witnesses[entry] * omission[place]
            seen += store.witnesses[entry]
            if county >= MOVED:
                moved += store.witnesses[entry]
    if silent > 0 and seen == 0 and silence.size:
        # Named often in the zone, never with the words of one part: it lies in the other part.
        norm = 0.0
        # Addresses on one road are written alike, so beyond a few they are no new witnesses.
        power = min(silent, 5)
        for place in range(belief.size):
            belief[place] *= (1.0 - silence[place]) ** power
            norm += belief[place]
        if norm > 0:
            for place in range(belief.size):
                belief[place] /= norm
        return 0, 0
    if total <= 0:
        return 0, 0
    for place in range(belief.size):
        belief[place] *= strength / (total + strength)
    for entry in range(low, high):
        county = store.county[entry]
        if county == SILENT:
            continue
        place = local[county - MOVED if county >= MOVED else county]
        if place >= 0:
            belief[place] += store.witnesses[entry] * omission[place] / (total + strength)
    return seen, moved


@nb.njit(cache=True, nogil=True)
def infer(
    texts: Texts,
    rows: NDArray[np.int64],
    frame_of: NDArray[np.int32],
    store: Store,
    frames: Frames,
) -> tuple[
    NDArray[np.int16],
    NDArray[np.float64],
    NDArray[np.int32],
    NDArray[np.float64],
    NDArray[np.int32],
]:
    """Infer the county of addresses that name none.

    Parameters
    ----------
    texts
        All addresses.
    rows
        Which of them to answer.
    frame_of
        Frame of every address: which counties are possible; -1 none.
    store
        Remembered counts.
    frames
        Counties of each frame.

    Returns
    -------
    county, belief, witnesses, moved, why
        For each asked row the best county, its weight among the counties possible, the number of
        witnesses behind the deciding key, the share of them that name a county which has lost the
        place, and that key's (start, end).
    """
    best = np.full(rows.size, -1, dtype=np.int16)
    sure = np.zeros(rows.size, dtype=np.float64)
    witnesses = np.zeros(rows.size, dtype=np.int32)
    moved = np.zeros(rows.size, dtype=np.float64)
    why = np.zeros((rows.size, 2), dtype=np.int32)
    hashes = np.empty(ROOM, dtype=np.uint64)
    key_spans = np.empty((ROOM, 2), dtype=np.int32)
    local = np.full(COUNTIES, -1, dtype=np.int32)
    for position in range(rows.size):
        row = rows[position]
        frame = frame_of[row]
        if frame < 0:
            continue
        low, high = frames.first[frame], frames.first[frame + 1]
        size = high - low
        for place in range(size):
            local[frames.members[low + place]] = place
        base = frames.prior[low:high]
        rate = frames.omission[low:high]
        part = frames.silence[low:high] if frames.silence[low:high].sum() > 0 else base[:0]
        count = _keys_at(texts, row, hashes, key_spans)
        pooled = np.log(base)
        belief = base.copy()
        strongest, begun = 0.0, -1
        for key in range(count + 1):
            new_chain = key == count or key_spans[key, 0] != begun
            if new_chain and begun >= 0:
                pooled += np.log(belief + 1e-9) - np.log(base)
                belief[:] = base
            if key == count:
                break
            begun = key_spans[key, 0]
            entry = find_row(store, hashes[key])
            if entry < 0:
                continue
            length = min(key_spans[key, 1] - key_spans[key, 0], STRENGTH.size - 1)
            seen, lost = _refine(store, entry, STRENGTH[length], rate, part, local, belief)
            top = belief.max()
            if seen and top >= strongest:
                strongest = top
                witnesses[position], moved[position] = seen, lost / seen
                why[position, 0], why[position, 1] = key_spans[key, 0], key_spans[key, 1]
        pooled = np.exp(pooled - pooled.max())
        pooled /= pooled.sum()
        place = int(pooled.argmax())
        best[position], sure[position] = frames.members[low + place], pooled[place]
        for place in range(size):
            local[frames.members[low + place]] = -1
    return best, sure, witnesses, moved, why


@nb.njit(cache=True, nogil=True)
def _keys_at(
    texts: Texts, row: int, hashes: NDArray[np.uint64], key_spans: NDArray[np.int32]
) -> int:
    """Write the keys of one address; return how many."""
    return keys_of(
        texts.codes[texts.starts[row] : texts.starts[row + 1]],
        texts.spans[row, 0],
        texts.spans[row, 1],
        texts.contexts[row],
        texts.classes,
        hashes,
        key_spans,
    )


@nb.njit(cache=True, nogil=True)
def gather_keys(
    texts: Texts, rows: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Return all keys of the given rows: hash, position in ``rows``."""
    hashes = np.empty(ROOM, dtype=np.uint64)
    key_spans = np.empty((ROOM, 2), dtype=np.int32)
    total = 0
    for position in range(rows.size):
        total += _keys_at(texts, rows[position], hashes, key_spans)
    keys = np.empty(total, dtype=np.uint64)
    owner = np.empty(total, dtype=np.int32)
    at = 0
    for position in range(rows.size):
        count = _keys_at(texts, rows[position], hashes, key_spans)
        keys[at : at + count] = hashes[:count]
        owner[at : at + count] = position
        at += count
    return keys, owner
