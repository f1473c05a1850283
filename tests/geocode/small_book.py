"""A dictionary of a few made-up names, for tests of what stands at one position of an address."""

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from clusters.geocode.fields import Kind
from clusters.geocode.gazetteer import Entries
from clusters.geocode.scan import SLOTS
from clusters.geocode.trie import Trie, build_trie

COUNTIES = 6


@dataclass(frozen=True)
class Name:
    """One entry: numbers of its places, -1 where none."""

    text: str
    kind: Kind
    prefecture: int = -1
    county: int = -1
    item: int = -1
    former: int = 0
    district: int = 0


@dataclass(frozen=True)
class Book:
    """The dictionary as compiled code takes it."""

    trie: Trie
    entries: Entries
    names: list[Name]
    splits: NDArray[np.bool_]

    def name(self, entry: int) -> Name:
        return self.names[int(entry)]


def book_of(*names: Name, splits: tuple[tuple[int, int], ...] = ()) -> Book:
    """Build the dictionary; entries of one name lie sorted by kind, as in the shipped one."""
    by_kind = sorted(names, key=lambda name: name.kind)
    trie, order = build_trie([name.text for name in by_kind])
    in_order = [by_kind[row] for row in order]
    columns = np.array([astuple(name)[1:] for name in in_order], dtype=np.int64).reshape(-1, 6)
    moved = np.zeros((COUNTIES, COUNTIES), dtype=np.bool_)
    for old, new in splits:
        moved[old, new] = True
    entries = Entries(*(np.ascontiguousarray(column) for column in columns.T))
    return Book(trie, entries, in_order, moved)


def coded(text: str) -> NDArray[np.uint16]:
    """Return the characters of a folded text."""
    return np.array([ord(char) for char in text], dtype=np.uint16)


def room() -> NDArray[np.int64]:
    """Return room for what `scan` finds, filled with what an earlier call left."""
    return np.full((SLOTS, 2), 7, dtype=np.int64)
