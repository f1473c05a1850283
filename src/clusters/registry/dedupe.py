"""One enterprise, one row: exact duplicates by credit code, else by name and address.

Near-duplicates (branches, misspelt or changed names) are linked elsewhere. Rows are never
merged into a mixture: the fullest row stays as it is, the others are listed with a link to it.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from clusters.registry.findings import DUPLICATE_COLUMNS, typed
from clusters.registry.schema import COLUMNS

_ID_DIGITS = 12
_NOT_CONTENT = frozenset({"source_file", "row", "flags", "enterprise_id"})


@dataclass(frozen=True, slots=True)
class Deduplicated:
    """Kept rows with their ids, the duplicates, and kept rows whose code has other names.

    ``conflicts`` has columns ``position`` (in ``table``) and ``other_name``.
    """

    table: pd.DataFrame
    duplicates: pd.DataFrame
    conflicts: pd.DataFrame


def normalised(texts: pd.Series) -> pd.Series:
    """Return texts for comparison: NFKC, one kind of bracket, no white space, lower case."""
    array = pa.array(texts.tolist(), pa.large_string(), from_pandas=True)
    array = pc.utf8_lower(pc.utf8_normalize(array, form="NFKC"))
    array = pc.replace_substring_regex(array, r"\s+", "")
    array = pc.replace_substring_regex(array, r"[【〔〖\[{]", "(")
    array = pc.replace_substring_regex(array, r"[】〕〗\]}]", ")")
    return pd.Series(pc.fill_null(array, "").to_pandas().to_numpy(), dtype="str")


def hashed_ids(keys: list[str], digits: int = _ID_DIGITS) -> dict[str, str]:
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


def _identities(table: pd.DataFrame, keys: pd.Series) -> pd.Series:
    """Return the id of every row; rows of one enterprise share it."""
    code = table["uscc"]
    coded = code.notna()
    pairs = pd.DataFrame({"key": keys[coded], "code": code[coded]}).drop_duplicates()
    # A row without code belongs to the one firm of that name and address; to none if several.
    single = pairs.drop_duplicates("key", keep=False)
    identity = code.to_numpy(dtype=object, copy=True)
    borrowed = np.flatnonzero(~coded & keys.isin(single["key"]))
    of_key = dict(zip(single["key"], single["code"], strict=True))
    identity[borrowed] = [of_key[key] for key in keys.iloc[borrowed]]
    still_open = np.flatnonzero(pd.isna(identity))
    hashed = hashed_ids(keys.iloc[still_open].tolist())
    identity[still_open] = [hashed[key] for key in keys.iloc[still_open]]
    return pd.Series(identity, dtype="str")


def deduplicate(table: pd.DataFrame) -> Deduplicated:
    """Give every row its ``enterprise_id`` and keep one row for each.

    Parameters
    ----------
    table
        Typed canonical rows of all files; RangeIndex.

    Returns
    -------
    Deduplicated
        Kept is the row with a code, then with most filled fields, then with the newest
        ``as_of``, then the first one. Kept rows stay in their order.
    """
    names = normalised(table["name"])
    keys = names + "\n" + normalised(table["address"])
    identity = _identities(table, keys)
    content = [c for c in table.columns if c in COLUMNS and c not in _NOT_CONTENT]
    order = pd.DataFrame(
        {
            "id": pd.factorize(identity)[0],
            "coded": table["uscc"].isna(),
            "filled": -table[content].notna().sum(axis=1),
            "age": -pd.factorize(table["as_of"].fillna(""), sort=True)[0],
            "position": np.arange(len(table)),
        }
    ).sort_values(["id", "coded", "filled", "age", "position"])
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
    duplicates = pd.DataFrame(
        {
            "file": table["source_file"].to_numpy()[lost],
            "row": table["row"].to_numpy()[lost],
            "kept_file": table["source_file"].to_numpy()[winner],
            "kept_row": table["row"].to_numpy()[winner],
            "rule": rule,
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
    result = table.assign(enterprise_id=identity)[kept].reset_index(drop=True)
    return Deduplicated(result, typed(duplicates), conflicts)
