"""One enterprise, one row: by credit code, else by name and address, former name, or name and day.

Rows that are only much alike are candidates (`entities`), not merged. Rows are never merged into a
mixture: the fullest row stays as it is, the others are listed with a link to it. Every merge can be
taken back, and every candidate confirmed, by a decision that the caller hands in.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
from rapidfuzz import fuzz

from clusters.registry.entities import core_names, former_pieces, normalised
from clusters.registry.findings import DUPLICATE_COLUMNS, typed
from clusters.registry.schema import COLUMNS

ID_DIGITS = 12
_SAME_ADDRESS = 85
_NOT_CONTENT = frozenset({"source_file", "row", "flags", "enterprise_id"})


@dataclass(frozen=True, slots=True)
class Deduplicated:
    """Kept rows with their ids, the duplicates, and kept rows whose code has other names.

    ``conflicts`` has columns ``position`` (in ``table``) and ``other_name``.
    """

    table: pd.DataFrame
    duplicates: pd.DataFrame
    conflicts: pd.DataFrame


def hashed_ids(keys: list[str], digits: int = ID_DIGITS) -> dict[str, str]:
    """Return ``x-`` + first hex digits of the SHA-256 of each key, more digits where two collide.

    At 12 digits two of a million keys collide with a probability of 0.2 %.
    """
    whole = {key: hashlib.sha256(key.encode()).hexdigest() for key in sorted(set(keys))}
    counts: dict[str, int] = {}
    for digest in whole.values():
        counts[digest[:digits]] = counts.get(digest[:digits], 0) + 1
    return {
        key: f"x-{digest[:digits] if counts[digest[:digits]] == 1 else digest}"
        for key, digest in whole.items()
    }


@dataclass(frozen=True, slots=True)
class _Identity:
    """Ids of rows: of the enterprise, of the row by itself, and the rule that joined it."""

    of: np.ndarray
    own: np.ndarray
    rule: np.ndarray

    def join(self, rows: np.ndarray, target: np.ndarray, rule: str) -> None:
        self.of[rows] = target
        self.rule[rows] = rule


def _identities(
    table: pd.DataFrame, keys: pd.Series, merges: pd.DataFrame | None, own: np.ndarray | None
) -> _Identity:
    """Return the id of every row; rows of one enterprise share it."""
    code = table["uscc"]
    coded = code.notna()
    pairs = pd.DataFrame({"key": keys[coded], "code": code[coded]}).drop_duplicates()
    # A row without code belongs to the one firm of that name and address; to none if several.
    single = pairs.drop_duplicates("key", keep=False)
    if own is None:
        own_of = hashed_ids(keys.tolist())
        own = np.array([own_of[key] for key in keys], dtype=object)
    identity = code.to_numpy(dtype=object, copy=True)
    borrowed = np.flatnonzero(~coded & keys.isin(single["key"]))
    of_key = dict(zip(single["key"], single["code"], strict=True))
    identity[borrowed] = [of_key[key] for key in keys.iloc[borrowed]]
    still_open = np.flatnonzero(pd.isna(identity))
    identity[still_open] = own[still_open]
    made = _Identity(identity, own, np.full(len(table), "", dtype=object))
    _join_by_former_name(table, made)
    _join_by_name_and_day(table, made)
    if merges is not None and len(merges):
        _decided(made, merges)
    return made


def _join_by_former_name(table: pd.DataFrame, made: _Identity) -> None:
    """Join rows without code to the one firm that gives their name as its former one."""
    pieces = former_pieces(table["former_names"])
    if pieces.empty:
        return
    former = pd.DataFrame({"name": pieces.to_numpy(), "id": made.of[pieces.index.to_numpy()]})
    former = former.drop_duplicates()
    of_name = former.drop_duplicates("name", keep=False).set_index("name")["id"]
    names = normalised(table["name"])
    hit = table["uscc"].isna().to_numpy() & np.array(names.isin(of_name.index), dtype=bool)
    rows = np.flatnonzero(hit)
    target = of_name.loc[names.iloc[rows]].to_numpy(dtype=object)
    other = target != made.of[rows]
    made.join(rows[other], target[other], "duplicate_former_name")


def _join_by_name_and_day(table: pd.DataFrame, made: _Identity) -> None:
    """Join rows without code to the one firm of their name, day of founding and nearly address."""
    open_ = table["uscc"].isna() & table["founded"].notna() & table["address"].notna()
    if not open_.any():
        return
    frame = pd.DataFrame(
        {
            "name": core_names(table["name"]),
            "day": table["founded"],
            "address": normalised(table["address"]),
        }
    )
    shared = frame["day"].notna() & frame.duplicated(["name", "day"], keep=False)
    # Only a row without a code can join another, so most groups have nothing to say.
    frame = frame[shared].assign(open=open_[shared])
    frame = frame[frame.groupby(["name", "day"], sort=False)["open"].transform("any")]
    for _, group in frame.groupby(["name", "day"], sort=False):
        rows = group.index.to_numpy()
        anchors = [row for row in rows if not open_.iloc[row]] or [rows[0]]
        for row in rows:
            if row in anchors or not open_.iloc[row]:
                continue
            alike = {
                made.of[other]
                for other in anchors
                if fuzz.ratio(group["address"].loc[row], group["address"].loc[other])
                >= _SAME_ADDRESS
            }
            if len(alike) == 1 and (target := alike.pop()) != made.of[row]:
                made.join(np.array([row]), np.array([target], dtype=object), "duplicate_name_date")


def _decided(made: _Identity, merges: pd.DataFrame) -> None:
    """Follow what people decided: take merges back, then make those they confirmed."""
    for kept, dropped, decision in merges[["kept", "dropped", "decision"]].itertuples(index=False):
        # A candidate is named by its id, which is its code where it has one.
        rows = np.flatnonzero((made.own == dropped) | (made.of == dropped))
        if decision == "reversed":
            rows = rows[made.of[rows] == kept]
            made.join(rows, made.own[rows], "")
        elif decision == "confirmed" and (made.of == kept).any():
            # All rows of the enterprise follow, those without a row of that name included.
            same = np.isin(made.of, made.of[rows]) & (made.of != kept)
            made.join(np.flatnonzero(same), np.array([kept], dtype=object), "duplicate_confirmed")


def identity_keys(table: pd.DataFrame) -> pd.Series:
    """Return normalised name and address, the text an id without code is the digest of."""
    return normalised(table["name"]) + "\n" + normalised(table["address"])


def filled_cells(table: pd.DataFrame) -> pd.Series:
    """Return (n,) how many cells of a row say something."""
    content = [c for c in table.columns if c in COLUMNS and c not in _NOT_CONTENT]
    return table[content].notna().sum(axis=1)


def deduplicate(
    table: pd.DataFrame,
    *,
    merges: pd.DataFrame | None = None,
    filled: pd.Series | None = None,
    own: np.ndarray | None = None,
) -> Deduplicated:
    """Give every row its ``enterprise_id`` and keep one row for each.

    Parameters
    ----------
    table
        Typed canonical rows of all files; RangeIndex.
    merges
        What people decided: ``kept`` (id of the enterprise), ``dropped`` (``dropped_id`` of a
        merged row, or the id of the other firm of a candidate), ``decision`` (``confirmed`` or
        ``reversed``).
    filled, own
        What `filled_cells` and `hashed_ids` gave for the rows in their registry, where `table`
        holds only the rows that share something with another, and the columns that tell so.

    Returns
    -------
    Deduplicated
        Kept is the row with a code, then with most filled fields, then with the newest
        ``as_of``, then the first one. Kept rows stay in their order. Names that older rows of
        the same enterprise carry join its ``former_names``.
    """
    names = normalised(table["name"])
    made = _identities(table, identity_keys(table), merges, own)
    identity = pd.Series(made.of, dtype="str")
    order = pd.DataFrame(
        {
            "id": pd.factorize(identity)[0],
            "joined": made.rule != "",
            "coded": table["uscc"].isna(),
            "filled": -(filled_cells(table) if filled is None else filled),
            "age": -pd.factorize(table["as_of"].fillna(""), sort=True)[0],
            "position": np.arange(len(table)),
        }
    ).sort_values(["id", "joined", "coded", "filled", "age", "position"])
    first = order.groupby("id", sort=False)["position"].transform("first")
    kept_of = pd.Series(first.to_numpy(), index=order["position"].to_numpy()).sort_index()
    kept = (kept_of == np.arange(len(table))).to_numpy()
    lost, winner = np.flatnonzero(~kept), kept_of.to_numpy()[~kept]

    same_code = table["uscc"].notna().to_numpy()[lost]
    same_name = (names.to_numpy()[lost] == names.to_numpy()[winner]).astype(bool)
    rule = np.where(
        same_code,
        np.where(same_name, "duplicate_uscc", "duplicate_uscc_other_name"),
        "duplicate_name_address",
    )
    rule = np.where(made.rule[lost] != "", made.rule[lost], rule)
    duplicates = pd.DataFrame(
        {
            "file": table["source_file"].to_numpy()[lost],
            "row": table["row"].to_numpy()[lost],
            "kept_file": table["source_file"].to_numpy()[winner],
            "kept_row": table["row"].to_numpy()[winner],
            "rule": rule,
            "enterprise_id": made.of[lost],
            "dropped_id": made.own[lost],
            "name": table["name"].to_numpy()[lost],
        },
        columns=list(DUPLICATE_COLUMNS),
    )
    new_position = np.cumsum(kept) - 1
    other = rule == "duplicate_uscc_other_name"
    conflicts = pd.DataFrame(
        {
            "position": new_position[winner[other]],
            "other_name": table["name"].to_numpy()[lost[other]],
        }
    ).drop_duplicates(ignore_index=True)
    named = table.assign(
        enterprise_id=identity, former_names=_former_names(table, names, lost, winner)
    )
    return Deduplicated(named[kept].reset_index(drop=True), typed(duplicates), conflicts)


def _former_names(
    table: pd.DataFrame, names: pd.Series, lost: np.ndarray, winner: np.ndarray
) -> pd.Series:
    """Return ``former_names`` with the names that older rows of the same enterprise carry."""
    result = table["former_names"].copy()
    as_of = table["as_of"].to_numpy(dtype=object)
    for old, new in zip(lost.tolist(), winner.tolist(), strict=True):
        if names.iloc[old] == names.iloc[new]:
            continue
        dates = as_of[old], as_of[new]
        if not all(isinstance(day, str) for day in dates) or dates[0] >= dates[1]:
            continue
        known = result.iloc[new] if isinstance(result.iloc[new], str) else ""
        if table["name"].iloc[old] not in known.split(";"):
            result.iloc[new] = ";".join(filter(None, [known, table["name"].iloc[old]]))
    return result
