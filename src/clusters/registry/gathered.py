"""Duplicates and head firms of a registry that is too large for one table.

Most rows share nothing with any other row. Of each row a few numbers are kept (digests of what
could join it to another), and only the rows that share one of them are put into a table and judged
by the very rules of `dedupe` and `entities`. Digests that meet by chance send a row to the judges
for nothing; they never decide.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.registry.dedupe import ID_DIGITS, filled_cells, identity_keys
from clusters.registry.entities import (
    HEAD_END,
    core_names,
    ends_as_branch,
    former_pieces,
    normalised,
)

NOTHING: Final = np.uint64(0)
"""Digest of a row that has none."""

JUDGED: Final = (
    "name", "address", "uscc", "founded", "former_names", "as_of", "source_file", "row",
)  # fmt: skip
"""Columns of the rows that are judged."""

_OWN_ID = re.compile(r"x-[0-9a-f]{12,64}")


@dataclass(frozen=True)
class Keys:
    """What could join each of n rows to another, as numbers; `NOTHING` where a row has none.

    Attributes
    ----------
    high, low
        First and second half of the first 16 bytes of the SHA-256 of name and address.
    code, name, day
        Digests of the credit code; of the normalised name; of short name and day of founding.
    filled
        Cells that say something.
    former
        Digests of all former names given, with the rows that give them in ``former_of``.
    stems
        Digests of the beginnings of branches' names, any of which may be the head firm's.
    branch
        Whether the name ends as that of a branch.
    """

    high: NDArray[np.uint64]
    low: NDArray[np.uint64]
    code: NDArray[np.uint64]
    name: NDArray[np.uint64]
    day: NDArray[np.uint64]
    filled: NDArray[np.int16]
    former: NDArray[np.uint64]
    former_of: NDArray[np.int64]
    stems: NDArray[np.uint64]
    branch: NDArray[np.bool_]

    def arrays(self) -> dict[str, NDArray]:
        """Return everything by name."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def _digest(texts: pd.Series, known: NDArray[np.bool_]) -> NDArray[np.uint64]:
    found = np.zeros(len(texts), dtype=np.uint64)
    some = np.flatnonzero(known)
    if len(some):
        values = texts.iloc[some].to_numpy(dtype=object)
        found[some] = pd.util.hash_array(values, categorize=False)
    return found


def keys_of(table: pd.DataFrame) -> Keys:
    """Return what could join each row of a part to another row of the registry.

    Parameters
    ----------
    table
        Typed canonical rows; RangeIndex.
    """
    names = normalised(table["name"])
    digests = [hashlib.sha256(key.encode()).digest()[:16] for key in identity_keys(table)]
    own = np.frombuffer(b"".join(digests), dtype=">u8").reshape(-1, 2).astype(np.uint64)
    known = np.ones(len(table), dtype=np.bool_)
    day = table["founded"].notna().to_numpy()
    dated = core_names(table["name"]) + "\n" + table["founded"].astype("str").fillna("")
    former = former_pieces(table["former_names"])
    branch = ends_as_branch(names)
    stems = [
        name[: found.end()]
        for name in names[branch]
        for found in HEAD_END.finditer(name)
        if found.end() < len(name)
    ]
    stem_texts = pd.Series(stems, dtype="str")
    return Keys(
        high=own[:, 0],
        low=own[:, 1],
        code=_digest(table["uscc"], table["uscc"].notna().to_numpy()),
        name=_digest(names, known),
        day=_digest(dated, day),
        filled=filled_cells(table).to_numpy(np.int16),
        former=_digest(former, np.ones(len(former), dtype=np.bool_)),
        former_of=former.index.to_numpy(np.int64),
        stems=np.unique(_digest(stem_texts, np.ones(len(stem_texts), dtype=np.bool_))),
        branch=branch,
    )


def crowded_prefixes(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the 48-bit beginnings that two different keys share."""
    short = high >> np.uint64(16)
    order = np.lexsort((low, high))
    first, second = high[order], low[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    distinct = short[order][new]
    return np.unique(distinct[1:][distinct[1:] == distinct[:-1]])


def shared(values: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Tell which values occur more than once; `NOTHING` is no value."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    same = (ordered[1:] == ordered[:-1]) & (ordered[1:] != NOTHING)
    twice = np.zeros(len(values), dtype=np.bool_)
    twice[order[1:][same]] = True
    twice[order[:-1][same]] = True
    return twice


def to_judge(keys: Keys, merges: pd.DataFrame | None) -> NDArray[np.int64]:
    """Return the positions of the rows that share something with another row.

    Parameters
    ----------
    merges
        Decisions of people; the rows they name are judged too.
    """
    uncoded = keys.code == NOTHING
    judged = shared(keys.high) | shared(keys.code)
    # Name and day join nothing to a row with a code but rows without one.
    judged |= shared(keys.day) & np.isin(keys.day, keys.day[uncoded])
    called = uncoded & np.isin(keys.name, keys.former)
    judged |= called
    judged[keys.former_of[np.isin(keys.former, keys.name[called])]] = True
    if merges is not None and len(merges):
        named = pd.unique(merges[["kept", "dropped"]].to_numpy(dtype=object).ravel())
        own = [int(text[2 : 2 + ID_DIGITS], 16) for text in named if _OWN_ID.fullmatch(text)]
        codes = pd.util.hash_array(np.array(named, dtype=object), categorize=False)
        judged |= np.isin(keys.high >> np.uint64(16), np.array(own, dtype=np.uint64))
        judged |= np.isin(keys.code, codes)
    return np.flatnonzero(judged)


def may_have_heads(keys: Keys, kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the positions of kept rows that are a branch or may be the head of one."""
    return np.flatnonzero(kept & (keys.branch | np.isin(keys.name, keys.stems)))
