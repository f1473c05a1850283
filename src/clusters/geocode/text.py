"""Addresses as arrays of characters: folding, joining, and slicing back.

Registers write the same place with full-width digits, blanks inside names, three kinds of
brackets and four kinds of commas. `fold` maps all of that to one form *by character*, so a
hundred thousand addresses are folded by one look-up in an array instead of a hundred thousand
regular expressions, and every folded character still knows where it stood in the original:
evidence can be quoted in the exact words of the address.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

LIMIT: Final = 400
"""Longest address read, in characters; no registered address comes near it."""

_PLANE: Final = 0x10000
_DROP: Final = 0
_UNKNOWN: Final = 0xFFFD

# Every bracket becomes ( or ), every mark that separates two addresses or door numbers a comma,
# a semicolon or a colon; dashes and dots inside door numbers become "-".
_SAME: Final = {
    "(": "（【〔［[{｛〈《「『“‘",
    ")": "）】〕］]}｝〉》」』”’",
    ",": "，、",
    ";": "；。|｜",
    ":": "：",
    "-": "－—–―‐‑−~～",
    "#": "＃",
}
# Letters people mistake for others; not traditional characters, which registers do not use.
_TYPOS: Final = {"〇": "零", "０": "0"}
_DROPPED: Final = "\"'`*＊·•.\u200b\u200c\u200d\ufeff\u3000\u00a0?？!！_＿\\"


@lru_cache(maxsize=1)
def folding_table() -> NDArray[np.uint16]:
    """Return for every character of the basic plane its folded form, or 0 where it is dropped."""
    table = np.arange(_PLANE, dtype=np.uint16)
    for code in range(_PLANE):
        char = chr(code)
        category = unicodedata.category(char)
        if category[0] in "CZM" or char in _DROPPED:
            table[code] = _DROP
        elif 0xFF01 <= code <= 0xFF5E:
            table[code] = code - 0xFEE0
    for target, sources in _SAME.items():
        for char in sources:
            table[ord(char)] = ord(target)
    for char, target in _TYPOS.items():
        table[ord(char)] = ord(target)
    for code in range(ord("a"), ord("z") + 1):
        table[code] = code - 32
        table[code + 0xFEE0] = code - 32
    table.setflags(write=False)
    return table


@dataclass(frozen=True)
class Folded:
    """Folded addresses laid end to end.

    Attributes
    ----------
    codes
        Folded characters of all addresses, uint16.
    starts
        Offsets of each address in ``codes``, length n + 1.
    origin
        For every folded character its position in the original string.
    """

    codes: NDArray[np.uint16]
    starts: NDArray[np.int64]
    origin: NDArray[np.int32]

    def __len__(self) -> int:
        """Return the number of addresses."""
        return len(self.starts) - 1


def fold(addresses: Sequence[str]) -> Folded:
    """Fold addresses character by character.

    Parameters
    ----------
    addresses
        Strings; anything past `LIMIT` characters is not read.

    Returns
    -------
    Folded
        Characters, offsets and original positions.
    """
    clipped = [text[:LIMIT] for text in addresses]
    lengths = np.fromiter(map(len, clipped), dtype=np.int64, count=len(clipped))
    starts = np.zeros(len(clipped) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    # surrogatepass: a lone surrogate in a broken export is one more unreadable character.
    raw = np.frombuffer(
        "".join(clipped).encode("utf-32-le", errors="surrogatepass"), dtype=np.uint32
    )
    small = np.where(raw < _PLANE, raw, _UNKNOWN).astype(np.uint16)
    folded = folding_table()[small]
    origin = (np.arange(len(raw), dtype=np.int64) - np.repeat(starts[:-1], lengths)).astype(
        np.int32
    )
    kept = folded != _DROP
    if not kept.all():
        before = np.zeros(len(raw) + 1, dtype=np.int64)
        np.cumsum(kept, out=before[1:])
        return Folded(folded[kept], before[starts], origin[kept])
    return Folded(folded, starts, origin)


def normalise(address: str) -> str:
    """Return one address in folded form: half-width, one kind of bracket, no blanks.

    Folding a folded address changes nothing.

    Parameters
    ----------
    address
        Any string.
    """
    return fold([address]).codes.tobytes().decode("utf-16-le", errors="replace")
