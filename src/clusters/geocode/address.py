"""Read addresses: normalise, find the administrative chain, say what each names at the finest."""

import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.geocode.fields import CLASSES, Field, Level
from clusters.geocode.gazetteer import Gazetteer, gazetteer, prefecture_stem
from clusters.geocode.reader import read_all
from clusters.geocode.text import Folded, fold, normalise

__all__ = ["LEVELS", "Reading", "normalise", "prefecture_hints", "read_addresses"]

LEVELS: Final = np.array([level.name.lower() for level in Level])
"""Names of `Level` by number: none, prefecture, county, subdistrict, village, street, building."""


SLICE: Final = 25_000
THREADS: Final = min(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class Reading:
    """What a list of addresses says, one row each.

    Attributes
    ----------
    addresses
        The original strings.
    folded
        Their folded characters.
    fields
        (n, `fields.FIELDS`) int32, see `fields.Field`.
    hints
        Prefecture row named beside the address, -1 where none.
    """

    addresses: Sequence[str]
    folded: Folded
    fields: NDArray[np.int32]
    hints: NDArray[np.int32]

    def __len__(self) -> int:
        """Return the number of addresses."""
        return len(self.addresses)

    def field(self, name: Field) -> NDArray[np.int32]:
        """Return one column."""
        return self.fields[:, name]

    def quote(self, start: NDArray[np.int32], end: NDArray[np.int32]) -> list[str]:
        """Return the exact words of each address between two folded positions.

        Parameters
        ----------
        start, end
            Folded positions, (n,); an empty string where ``end <= start``.
        """
        first = self.folded.starts[:-1]
        size = self.folded.starts[1:] - first
        begin = np.clip(start, 0, size)
        stop = np.clip(end, 0, size)
        some = stop > begin
        origin = self.folded.origin
        padded = origin if len(origin) else np.zeros(1, dtype=np.int32)
        low = padded[np.where(some, first + begin, 0)]
        high = padded[np.where(some, first + stop - 1, 0)] + 1
        return [
            text[a:b] if one else ""
            for text, a, b, one in zip(
                self.addresses, low.tolist(), high.tolist(), some.tolist(), strict=True
            )
        ]


def read_addresses(addresses: Sequence[str], *, hints: NDArray[np.int32] | None = None) -> Reading:
    """Read addresses.

    Parameters
    ----------
    addresses
        Strings of any kind; hostile input is read as what it is, an address that names nothing.
    hints
        Prefecture row of each, from a neighbouring column (`prefecture_hints`); only used where
        a name alone is ambiguous.
    """
    book = gazetteer()
    if hints is None:
        hints = np.full(len(addresses), -1, dtype=np.int32)
    folded = fold(addresses)
    # The compiled reader releases the interpreter, so slices are read side by side.
    cuts = list(range(0, len(addresses), SLICE)) or [0]

    def part(begin: int) -> NDArray[np.int32]:
        stop = min(begin + SLICE, len(addresses))
        return read_all(
            book.trie,
            book.entries,
            book.splits,
            folded.codes,
            folded.starts[begin : stop + 1],
            hints[begin:stop].astype(np.int64),
            CLASSES,
        ).astype(np.int32)

    with ThreadPoolExecutor(max_workers=min(THREADS, len(cuts))) as pool:
        fields = np.concatenate(list(pool.map(part, cuts)))
    return Reading(addresses, folded, fields, hints)


def prefecture_hints(region: pd.Series, book: Gazetteer | None = None) -> NDArray[np.int32]:
    """Return the prefecture row that free text of a region column names, -1 where none.

    Parameters
    ----------
    region
        Texts such as ``成都``, ``四川省绵阳市``, ``南充市顺庆区``; missing allowed.
    book
        The gazetteer, if at hand.
    """
    book = book or gazetteer()
    stems = {prefecture_stem(name): row for row, name in enumerate(book.prefectures["name_zh"])}
    pattern = re.compile("|".join(stems))
    texts = region.astype("object").where(region.notna(), "")
    codes, unique = pd.factorize(texts)
    rows = np.full(len(unique), -1, dtype=np.int32)
    for position, text in enumerate(unique):
        match = pattern.search(str(text))
        if match:
            rows[position] = stems[match.group()]
    return rows[codes] if len(unique) else np.full(len(region), -1, dtype=np.int32)
