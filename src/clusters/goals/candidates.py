"""Firms that could hold a place among the benchmark firms, ranked by criteria anyone can read.

Every criterion is a rule on a column of the snapshot with a weight; the score is the sum of the
weights of the criteria met. A criterion whose column says nothing of a firm is unknown, which is
not "no": it adds nothing and is listed.
"""

import re
from collections.abc import Mapping
from typing import Final

import pandas as pd

from clusters.errors import InputError
from clusters.goals.benchmark import Benchmark, name_key
from clusters.goals.plan import package_table
from clusters.metrics.sums import AI_FIRMS

LARGEST_WEIGHT: Final = 10
# A figure that rose by a tenth between two snapshots counts as growth.
_RISE = 1.1
_ROUNDING = 1e-9


def criteria() -> pd.DataFrame:
    """Return the criteria: weight, kind, column, rule, names zh/en; by code."""
    table = package_table("criteria.csv").set_index("criterion")
    return table.assign(weight=table["weight"].astype(int))


def checked_weights(weights: Mapping[str, int] | None) -> dict[str, int]:
    """Return the weight of every criterion: the stated one, or the one given.

    Raises
    ------
    InputError
        If a criterion is unknown, a weight is no whole number from 0 to 10, or all are 0.
    """
    found = {str(code): int(weight) for code, weight in criteria()["weight"].items()}
    for code, weight in (weights or {}).items():
        if code not in found:
            msg = f"weight {code!r}: no such criterion; use one of {', '.join(found)}"
            raise InputError(msg)
        if isinstance(weight, bool) or not isinstance(weight, int):
            msg = f"weight {code}={weight!r} is no whole number; give 0 to {LARGEST_WEIGHT}"
            raise InputError(msg)
        if not 0 <= weight <= LARGEST_WEIGHT:
            msg = f"weight {code}={weight} is out of range; give 0 to {LARGEST_WEIGHT}"
            raise InputError(msg)
        found[code] = weight
    if not any(found.values()):
        msg = "weight: all are 0, so nothing can be ranked; give one criterion a weight"
        raise InputError(msg)
    return found


def candidates(
    enterprises: pd.DataFrame,
    benchmark: Benchmark,
    *,
    weights: Mapping[str, int] | None = None,
    earlier: pd.DataFrame | None = None,
    limit: int = 30,
) -> pd.DataFrame:
    """Return the firms outside the list with the most stated criteria, best first.

    Only firms that are core or related stand for a place. Ties are ordered by name.

    Parameters
    ----------
    enterprises, benchmark
        Of one snapshot.
    weights
        Other weights than the stated ones, 0 to 10 by code of the criterion.
    earlier
        Enterprises of an earlier snapshot: growth is told from the two, else unknown.
    limit
        How many to return.

    Returns
    -------
    pandas.DataFrame
        ``enterprise_id`` (where present), ``name``, ``score``, ``criteria`` and ``unknown``
        (codes, ``;``-joined), ``group_hint`` (where present), ``shares_group`` (whether a firm of
        its family is on the list already: their figures overlap).
    """
    used = checked_weights(weights)
    taken = {name_key(name) for name in benchmark.table["name"]}
    inside = enterprises["ai_relevance"].isin(AI_FIRMS)
    outside = ~enterprises["name"].fillna("").map(name_key).isin(taken)
    table = enterprises[inside & outside].reset_index(drop=True)
    score = pd.Series(0, index=table.index)
    met = pd.Series("", index=table.index, dtype="str")
    unknown = pd.Series("", index=table.index, dtype="str")
    for code, rule in criteria().iterrows():
        holds, known = _holds(table, rule, earlier)
        score += holds * used[str(code)]
        met = met.mask(holds, met + ";" + str(code))
        unknown = unknown.mask(~known, unknown + ";" + str(code))
    identity = [c for c in ("enterprise_id", "group_hint") if c in table.columns]
    result = table[[*identity, "name"]].assign(
        score=score,
        criteria=met.str[1:],
        unknown=unknown.str[1:],
        shares_group=_shares(table, benchmark),
    )
    ranked = result[score > 0].sort_values(["score", "name"], ascending=[False, True])
    return ranked.head(limit).reset_index(drop=True)


def _shares(table: pd.DataFrame, benchmark: Benchmark) -> pd.Series:
    if not {"group_hint"} <= set(table.columns) & set(benchmark.table.columns):
        return pd.Series(data=False, index=table.index)
    listed = set(benchmark.table["group_hint"].dropna()) - {""}
    return table["group_hint"].isin(listed)


def _holds(
    table: pd.DataFrame, rule: pd.Series, earlier: pd.DataFrame | None
) -> tuple[pd.Series, pd.Series]:
    """Return for every firm whether a criterion is met and whether anything is known of it."""
    nothing = pd.Series(data=False, index=table.index)
    if rule["kind"] == "pattern":
        if rule["column"] not in table.columns:
            return nothing, nothing
        text = table[rule["column"]].astype("str").fillna("")
        # A record of honours or listings holds what was found: nothing found is not unknown.
        pattern = re.compile(rule["rule"])
        return text.map(lambda words: bool(pattern.search(words))).astype(bool), ~nothing
    columns = [c for c in str(rule["column"]).split(";") if c in table.columns]
    if rule["kind"] == "rise":
        return _rises(table, columns, earlier)
    bounds = dict(
        zip(str(rule["column"]).split(";"), map(float, str(rule["rule"]).split(";")), strict=True)
    )
    holds, known = nothing.copy(), nothing.copy()
    for column in columns:
        holds |= (table[column] >= bounds[column]).fillna(value=False).astype(bool)
        known |= table[column].notna()
    return holds, known


def _rises(
    table: pd.DataFrame, columns: list[str], earlier: pd.DataFrame | None
) -> tuple[pd.Series, pd.Series]:
    holds = pd.Series(data=False, index=table.index)
    known = holds.copy()
    if earlier is None or "enterprise_id" not in table.columns:
        return holds, known
    before = earlier.set_index("enterprise_id")
    for column in columns:
        if column not in before.columns:
            continue
        was = table["enterprise_id"].map(before[column]).astype("float64")
        now = table[column].astype("float64")
        both = was.notna() & now.notna() & (was > 0)
        known |= both
        holds |= both & (now >= was * _RISE * (1 - _ROUNDING))
    return holds, known
