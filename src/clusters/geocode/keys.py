# Compiled code takes arrays one by one, compares integers with == and branches by hand; the rules
# below are for code that may pass objects instead.
# ruff: noqa: PLR0917
"""The words of an address that can be remembered, compiled.

What follows the administrative chain is cut into *keys*: runs of two to ten characters that begin
where a name can begin (at the start of the rest, after the end of a road, a number, a mark). A
road is a key, so is the road with its number or with the stretch of forty numbers it lies in, the
estate after it, and the first two characters of a name nobody wrote twice. Each key is hashed
together with the prefecture it was read in, so one table of 64-bit numbers holds what a registry
knows.
"""

from typing import Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from clusters.geocode.fields import DIGIT, MARK, NAME_END, ROAD, UNIT

SHORTEST: Final = 2
LONGEST: Final = 10
STARTS: Final = 5
ROOM: Final = STARTS * 2 * LONGEST
"""Most keys one address can have."""
STRETCH: Final = 40
"""Door numbers that make one stretch of a road, even and odd apart."""
DIGITS: Final = 5
_RANGE: Final = np.uint64(0x10000)
_ZERO: Final = ord("0")
_MULTIPLIER: Final = np.uint64(0xFF51AFD7ED558CCD)
_SEED: Final = np.uint64(0xCBF29CE484222325)


@nb.njit(cache=True, nogil=True, inline="always")
def mix(state: np.uint64, value: np.uint64) -> np.uint64:
    """Return the 64-bit state after one more character (multiply, shift, xor)."""
    state = (state ^ value) * _MULTIPLIER
    return state ^ (state >> np.uint64(29))


@nb.njit(cache=True, nogil=True)
def _is_boundary(codes: NDArray[np.uint16], at: int, classes: NDArray[np.uint8]) -> bool:
    """Whether a new name can begin at ``at``."""
    before = classes[codes[at - 1]]
    here = classes[codes[at]]
    if here & (DIGIT | MARK | ROAD):
        return False
    return bool(before & (MARK | NAME_END)) or bool(
        before & UNIT and at >= 2 and classes[codes[at - 2]] & DIGIT
    )


@nb.njit(cache=True, nogil=True)
def keys_of(
    codes: NDArray[np.uint16],
    start: int,
    end: int,
    context: int,
    classes: NDArray[np.uint8],
    hashes: NDArray[np.uint64],
    spans: NDArray[np.int32],
) -> int:
    """Write the keys of ``codes[start:end]``; return how many.

    Parameters
    ----------
    codes
        Folded characters of one address.
    start, end
        The rest after the chain.
    context
        Row of the prefecture, -1 where unknown; the same words in two cities are two keys.
    classes
        Character classes of the reader.
    hashes, spans
        Filled with the hash of each key and its (start, end); at least `ROOM` long.
    """
    count = 0
    begun = 0
    at = start
    while at < end and begun < STARTS:
        if at > start and not _is_boundary(codes, at, classes):
            at += 1
            continue
        if classes[codes[at]] & (MARK | DIGIT):
            at += 1
            continue
        begun += 1
        state = mix(_SEED, np.uint64(context + 2))
        for here in range(at, min(at + LONGEST, end)):
            code = codes[here]
            if classes[code] & MARK:
                break
            state = mix(state, np.uint64(code))
            if here - at + 1 < SHORTEST:
                continue
            # 百寿路1 is not the beginning of 百寿路16号.
            inside_number = (
                here + 1 < end and classes[code] & DIGIT and classes[codes[here + 1]] & DIGIT
            )
            if inside_number:
                continue
            hashes[count] = state
            spans[count, 0], spans[count, 1] = at, here + 1
            count += 1
            stop = here + 1
            number = 0
            while stop < end and stop - here <= DIGITS and classes[codes[stop]] & DIGIT:
                number = number * 10 + codes[stop] - _ZERO
                stop += 1
            if classes[code] & DIGIT or stop == here + 1:
                continue
            # Where a road crosses a border, near numbers on one side lie in one county.
            stretch = 2 * (number // STRETCH) + number % 2
            hashes[count] = mix(mix(state, _RANGE), np.uint64(stretch))
            spans[count, 0], spans[count, 1] = at, stop
            count += 1
        at += 1
    return count
