"""One enterprise, one row, over all parts: which rows are kept, under which id, with which head."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from clusters.registry.checks import REPEATED_COORDINATES
from clusters.registry.dedupe import deduplicate, hashed_ids, identity_keys
from clusters.registry.entities import heads
from clusters.registry.findings import DUPLICATE_COLUMNS, joined
from clusters.registry.gathered import (
    JUDGED,
    Keys,
    crowded_prefixes,
    may_have_heads,
    to_judge,
)
from clusters.registry.read import conflict_findings
from clusters.registry.schema import COLUMNS, DATE, OPTIONAL
from clusters.scale.job import Job

_CONFLICT = "same_code_other_name"
_SHORT = np.uint64(16)


@dataclass(frozen=True)
class Joined:
    """What joining the rows of a registry says of one part.

    Attributes
    ----------
    kept
        (n,) whether a row is kept.
    ids, former, heads
        Position among the part's rows → id of the enterprise, former names, id of the head firm,
        where they are not what the row says by itself.
    conflicts
        Positions of rows whose code stands beside other names.
    crowded
        Beginnings of ids that two keys share, which need more digits.
    repeated
        Coordinates that fifty rows of a file or more share.
    optional
        Optional columns that any file of the registry has.
    """

    kept: NDArray[np.bool_]
    ids: dict[int, str]
    former: dict[int, str]
    heads: dict[int, str]
    conflicts: frozenset[int]
    crowded: NDArray[np.uint64]
    repeated: pd.MultiIndex
    optional: tuple[str, ...]


@dataclass(frozen=True)
class Joining:
    """What joining says of every part, and the duplicates and findings of the registry."""

    parts: tuple[Joined, ...]
    duplicates: pd.DataFrame
    conflicts: pd.DataFrame


def identified(table: pd.DataFrame, joined_: Joined, keys: dict[str, NDArray]) -> pd.DataFrame:
    """Return the kept rows of a part with ids, former names, head firms and flags."""
    ids = _default_ids(table, joined_.crowded, keys["high"])
    former = table["former_names"].to_numpy(dtype=object, copy=True)
    head = np.full(len(table), None, dtype=object)
    for values, told in ((ids, joined_.ids), (former, joined_.former), (head, joined_.heads)):
        values[list(told)] = list(told.values())
    for position in joined_.conflicts:
        table["flags"].iloc[position].append(_CONFLICT)
        table["flags"].iloc[position].sort()
    named = table.assign(
        enterprise_id=pd.array(ids, dtype="str"),
        former_names=pd.array(former, dtype="str"),
        head_enterprise_id=pd.array(head, dtype="str"),
    )
    kept = named[joined_.kept].reset_index(drop=True)
    kept = kept.reindex(columns=[*COLUMNS, *joined_.optional])
    kinds = COLUMNS | dict.fromkeys(joined_.optional, "str")
    return kept.astype({column: kind for column, kind in kinds.items() if kind != DATE})


def _default_ids(
    table: pd.DataFrame, crowded: NDArray[np.uint64], high: NDArray[np.uint64]
) -> NDArray[np.object_]:
    """Return the credit code of each row, else the id of its name and address."""
    ids = table["uscc"].to_numpy(dtype=object, copy=True)
    short = high >> _SHORT
    bare = np.flatnonzero(table["uscc"].isna().to_numpy())
    ids[bare] = [f"x-{value:012x}" for value in short[bare].tolist()]
    more = bare[np.isin(short[bare], crowded)]
    if len(more):
        keys = identity_keys(table).iloc[more].tolist()
        ids[more] = [hashed_ids([key], digits=64)[key] for key in keys]
    return ids


@dataclass(frozen=True)
class _Rows:
    """All rows of a registry by position: what is known of them, and how to fetch their texts."""

    job: Job
    starts: NDArray[np.int64]
    keys: Keys
    crowded: NDArray[np.uint64]

    def fetch(self, positions: NDArray[np.int64], columns: list[str]) -> pd.DataFrame:
        """Return some columns of rows, given by ascending positions, which come as ``at``."""
        parts = []
        for number in range(len(self.job.parts)):
            low, high = np.searchsorted(positions, self.starts[number : number + 2])
            if low < high or not number:
                frame = self.job.store.frame("read", number, "table", columns)
                mine = positions[low:high]
                parts.append(frame.iloc[mine - self.starts[number]].assign(at=mine))
        return pd.concat(parts, ignore_index=True)

    def ids(self, table: pd.DataFrame, known: dict[int, str]) -> NDArray[np.object_]:
        """Return the ids of fetched rows."""
        ids = _default_ids(table, self.crowded, self.keys.high[table["at"].to_numpy()])
        at = table["at"].to_numpy()
        for row in np.flatnonzero(np.isin(at, list(known))).tolist():
            ids[row] = known[int(at[row])]
        return ids


def join_parts(job: Job) -> Joining:
    """Join the rows of all parts that `clusters.scale.steps.read` has read."""
    keys, starts = _all_keys(job)
    rows = _Rows(job, starts, keys, crowded_prefixes(keys.high, keys.low))
    table = rows.fetch(to_judge(keys, job.merges), list(JUDGED))
    judged = table["at"].to_numpy()
    own = _default_ids(table.assign(uscc=None), rows.crowded, keys.high[judged])
    filled = pd.Series(keys.filled[judged])
    unique = deduplicate(table, merges=job.merges, filled=filled, own=own)
    kept = np.ones(len(keys.high), dtype=np.bool_)
    kept[judged] = False
    survivors = unique.table["at"].to_numpy()
    kept[survivors] = True
    ids = dict(zip(survivors.tolist(), unique.table["enterprise_id"].tolist(), strict=True))
    given = table.set_index("at")["former_names"].reindex(survivors).fillna("").to_numpy(object)
    names = unique.table["former_names"].fillna("").to_numpy(object)
    renamed = np.flatnonzero(given != names)
    former = {int(survivors[row]): str(names[row]) for row in renamed}
    conflicts = unique.table.iloc[unique.conflicts["position"].to_numpy()]
    heads_of = _heads(rows, kept, ids)
    told = _Told(ids, former, heads_of, frozenset(conflicts["at"].tolist()))
    repeated, optional = _repeated(job), _optional(job)
    return Joining(
        tuple(
            told.of(kept[start:stop], int(start), rows.crowded, repeated[part.file], optional)
            for part, start, stop in zip(job.parts, starts[:-1], starts[1:], strict=True)
        ),
        joined([unique.duplicates], DUPLICATE_COLUMNS),
        conflict_findings(conflicts, unique.conflicts["other_name"].to_numpy()),
    )


@dataclass(frozen=True)
class _Told:
    """What was decided of single rows, by position in the registry."""

    ids: dict[int, str]
    former: dict[int, str]
    heads: dict[int, str]
    conflicts: frozenset[int]

    def of(
        self,
        kept: NDArray[np.bool_],
        start: int,
        crowded: NDArray[np.uint64],
        repeated: pd.MultiIndex,
        optional: tuple[str, ...],
    ) -> Joined:
        """Return what concerns the part that begins at ``start``."""
        stop = start + len(kept)

        def mine(told: dict[int, str]) -> dict[int, str]:
            return {at - start: told[at] for at in self._between(told, start, stop)}

        return Joined(
            kept=kept,
            ids=mine(self.ids),
            former=mine(self.former),
            heads=mine(self.heads),
            conflicts=frozenset(at - start for at in self.conflicts if start <= at < stop),
            crowded=crowded,
            repeated=repeated,
            optional=optional,
        )

    def _between(self, told: dict[int, str], start: int, stop: int) -> list[int]:
        """Return the positions of a dictionary, which is in their order, within a part."""
        positions = np.fromiter(told, np.int64, len(told))
        low, high = np.searchsorted(positions, (start, stop))
        return positions[low:high].tolist()


def _all_keys(job: Job) -> tuple[Keys, NDArray[np.int64]]:
    store, numbers = job.store, range(len(job.parts))
    lengths = [store.rows("read", number, "table") for number in numbers]
    starts = np.cumsum([0, *lengths])

    def every(name: str) -> NDArray:
        # One name at a time: all of them twice would be the most this process ever holds.
        return np.concatenate([store.array("read", number, name) for number in numbers])

    arrays = {name: every(name) for name in Keys.__dataclass_fields__ if name != "former_of"}
    former_of = [
        store.array("read", number, "former_of") + start
        for number, start in zip(numbers, starts.tolist(), strict=False)
    ]
    return Keys(**arrays, former_of=np.concatenate(former_of)), starts


def _heads(rows: _Rows, kept: NDArray[np.bool_], ids: dict[int, str]) -> dict[int, str]:
    """Return position → id of the head firm of every branch."""
    table = rows.fetch(may_have_heads(rows.keys, kept), ["name", "address", "uscc"])
    found = heads(table.assign(enterprise_id=pd.array(rows.ids(table, ids), dtype="str")))
    some = found.notna().to_numpy()
    return dict(zip(table["at"][some].tolist(), found[some].tolist(), strict=True))


def _repeated(job: Job) -> dict[int, pd.MultiIndex]:
    """Return for each file the coordinates that too many of its rows share."""
    result = {}
    for file in range(len(job.files)):
        numbers = [number for number, part in enumerate(job.parts) if part.file == file]
        lon, lat = (
            np.concatenate([job.store.array("read", number, name) for number in numbers])
            for name in ("lon", "lat")
        )
        known = ~np.isnan(lon) & ~np.isnan(lat)
        order = np.lexsort((lat[known], lon[known]))
        x, y = lon[known][order], lat[known][order]
        new = np.ones(len(x), dtype=np.bool_)
        new[1:] = (x[1:] != x[:-1]) | (y[1:] != y[:-1])
        first = np.flatnonzero(new)
        many = first[np.diff(np.append(first, len(x))) >= REPEATED_COORDINATES]
        result[file] = pd.MultiIndex.from_arrays([x[many], y[many]])
    return result


def _optional(job: Job) -> tuple[str, ...]:
    present: set[str] = set()
    for number in range(len(job.parts)):
        present |= set(pq.read_schema(job.store.path("read", number, "table")).names)
    return tuple(column for column in OPTIONAL if column in present)
