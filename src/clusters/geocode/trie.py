"""A dictionary of names as arrays that compiled code can walk.

An Aho-Corasick automaton finds every name anywhere, which is what the reader does *not* want:
county names inside road names are traps. The reader stands at one position and asks which names
start there, so a plain trie is enough. Edges live in one open-addressing hash table keyed by
(node, character), about ten nanoseconds a step.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
EMPTY = -1


class Trie(NamedTuple):
    """Arrays of a trie; a named tuple because compiled code takes it as one argument.

    Attributes
    ----------
    keys
        ``node * 65536 + character`` of each edge, -1 where the slot is empty.
    children
        Node the edge leads to.
    root
        Child of the root for each of the 65536 characters, -1 where none.
    first
        For each node the position of its first entry; entries of node k are
        ``first[k]:first[k + 1]``.
    """

    keys: NDArray[np.int64]
    children: NDArray[np.int64]
    root: NDArray[np.int64]
    first: NDArray[np.int64]


def build_trie(names: Iterable[str]) -> tuple[Trie, NDArray[np.int64]]:
    """Build a trie over folded names.

    Parameters
    ----------
    names
        Names, repeats allowed: each repeat is one more entry of the same node.

    Returns
    -------
    Trie
        The arrays.
    order : ndarray of int64
        Permutation that puts the caller's columns into entry order.
    """
    edges: dict[tuple[int, int], int] = {}
    ends = []
    nodes = 1
    for name in names:
        node = 0
        for char in name:
            edge = (node, ord(char))
            if edge not in edges:
                edges[edge] = nodes
                nodes += 1
            node = edges[edge]
        ends.append(node)
    size = 1 << max(4, (2 * len(edges)).bit_length())
    keys = np.full(size, EMPTY, dtype=np.int64)
    children = np.full(size, EMPTY, dtype=np.int64)
    root = np.full(65536, EMPTY, dtype=np.int64)
    for (node, code), child in edges.items():
        if node == 0:
            root[code] = child
        else:
            _insert(keys, children, node * 65536 + code, child)
    at = np.asarray(ends, dtype=np.int64)
    order = np.argsort(at, kind="stable")
    first = np.searchsorted(at[order], np.arange(nodes + 1)).astype(np.int64)
    return Trie(keys, children, root, first), order


@nb.njit(cache=True, nogil=True)
def plain(value: int) -> int:
    """Return ``value``: a bare -1 as an argument would compile the callee again for that value."""
    return value


@nb.njit(cache=True, nogil=True, inline="always")
def slot_of(key: int, size: int) -> np.int64:
    """Return the home slot of a key in a table of ``size`` (a power of two) slots."""
    mixed = np.uint64(key) * _MULTIPLIER
    return np.int64((mixed >> np.uint64(32)) & np.uint64(size - 1))


@nb.njit(cache=True, nogil=True)
def _insert(keys: NDArray[np.int64], children: NDArray[np.int64], key: int, child: int) -> None:
    slot = slot_of(key, keys.size)
    while keys[slot] != EMPTY:
        slot = (slot + 1) & (keys.size - 1)
    keys[slot] = key
    children[slot] = child


@nb.njit(cache=True, nogil=True)
def step(trie: Trie, node: int, code: int) -> int:
    """Return the child of ``node`` by ``code``, or -1."""
    if node == 0:
        return trie.root[code]
    key = node * 65536 + code
    slot = slot_of(key, trie.keys.size)
    while True:
        found = trie.keys[slot]
        if found == key:
            return trie.children[slot]
        if found == EMPTY:
            return -1
        slot = (slot + 1) & (trie.keys.size - 1)
