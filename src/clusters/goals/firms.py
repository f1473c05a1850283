"""The benchmark firms: thirty places, our selection by evidence, and candidates for them.

No official list of 人工智能创新标杆企业 was found. The list in ``data/enterprises`` is the
platform's own, with a basis and an evidence level per firm (A strongest); it never answers the
plan's target of "about 30", it only shows which firms could.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from clusters.errors import InputError
from clusters.goals.observations import Observation, measured
from clusters.goals.plan import package_table
from clusters.settings import data_path

BENCHMARK_INDICATOR = "AI_FIRMS_BENCH"
_OWN_GROUP = "ai_benchmark_firms_own_selection"
# Columns of a snapshot that a benchmark row shows; those missing there are left out.
_SHOWN = (
    "enterprise_id",
    "address",
    "prefecture_code",
    "county_code",
    "zone_ids",
    "precision",
    "ai_relevance",
    "chain_layer",
    "segment",
    "listing",
    "honours",
    "revenue_cny",
    "revenue_year",
    "as_of",
)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The benchmark firms joined to a snapshot.

    ``table`` has one row per place: name, evidence_level, basis_zh, basis_en, source_url,
    in_snapshot, matched_by (name, former_name, or null), and the columns of the snapshot.
    """

    table: pd.DataFrame

    @property
    def in_place(self) -> int:
        """How many of the firms the snapshot holds."""
        return int(self.table["in_snapshot"].sum())


def benchmark_firms(enterprises: pd.DataFrame, *, names: Iterable[str] | None = None) -> Benchmark:
    """Join the benchmark firms to the enterprises of a snapshot by name.

    Parameters
    ----------
    enterprises
        One row per enterprise with ``name`` and, where known, ``former_names`` (joined by ``;``).
    names
        Another list of firms; the shipped one if None.
    """
    chosen = _shipped()
    if names is not None:
        wanted = pd.DataFrame({"name": list(dict.fromkeys(names))}, dtype="str")
        chosen = wanted.merge(chosen, on="name", how="left")
    by_name = _positions(enterprises)
    found = [by_name.get(_key(name)) for name in chosen["name"]]
    shown = [c for c in _SHOWN if c in enterprises.columns]
    rows = enterprises[shown].reset_index(drop=True)
    joined = rows.reindex([f[0] if f else -1 for f in found]).reset_index(drop=True)
    table = pd.concat([chosen.reset_index(drop=True), joined], axis=1)
    place = len(chosen.columns)
    table.insert(place, "in_snapshot", [f is not None for f in found])
    how = pd.Series([f[1] if f else None for f in found], dtype="str")
    table.insert(place + 1, "matched_by", how)
    return Benchmark(table)


def _shipped() -> pd.DataFrame:
    table = pd.read_csv(data_path("enterprises", "benchmark_30.csv"), dtype=str)
    columns = ["enterprise", "evidence_level", "basis_zh", "basis_en", "source_url"]
    return table[columns].rename(columns={"enterprise": "name"})


def _positions(enterprises: pd.DataFrame) -> dict[str, tuple[int, str]]:
    """Return the row and kind of match for every name; a present name beats a former one."""
    if "name" not in enterprises.columns:
        msg = "enterprises: column name is missing; pass the enterprises of a snapshot"
        raise InputError(msg)
    found: dict[str, tuple[int, str]] = {}
    for row, name in enumerate(enterprises["name"].fillna("")):
        if name:
            found.setdefault(_key(name), (row, "name"))
    if "former_names" in enterprises.columns:
        for row, names in enumerate(enterprises["former_names"].fillna("")):
            for name in str(names).replace("；", ";").split(";"):
                if name.strip():
                    found.setdefault(_key(name), (row, "former_name"))
    return found


def _key(name: str) -> str:
    """Fold what differs between writings of one name: width of brackets and spaces."""
    return name.translate(str.maketrans("（）", "()", " 　")).strip()


def criteria() -> pd.DataFrame:
    """Return the criteria of candidates: weight, column, pattern, names zh/en."""
    table = package_table("criteria.csv").set_index("criterion")
    return table.assign(weight=table["weight"].astype(int))


def candidates(enterprises: pd.DataFrame, benchmark: Benchmark, *, limit: int = 30) -> pd.DataFrame:
    """Return the firms outside the list with the most stated criteria, best first.

    Only firms that are core or related stand for a place. The score is the sum of the weights of
    the criteria met (``criteria``); ties are ordered by name.

    Returns
    -------
    pandas.DataFrame
        ``enterprise_id`` (where present), ``name``, ``score``, ``criteria`` (codes, ``;``-joined).
    """
    taken = {_key(name) for name in benchmark.table["name"]}
    inside = enterprises["ai_relevance"].isin(["core", "related"])
    outside = ~enterprises["name"].fillna("").map(_key).isin(taken)
    table = enterprises[inside & outside].reset_index(drop=True)
    score = pd.Series(0, index=table.index)
    met = pd.Series("", index=table.index, dtype="str")
    for code, rule in criteria().iterrows():
        if rule["column"] not in table.columns:
            continue
        holds = table[rule["column"]].astype("str").fillna("").str.contains(rule["pattern"])
        score += holds * int(rule["weight"])
        met = met.mask(holds, met + ";" + str(code))
    identity = [c for c in ("enterprise_id",) if c in table.columns]
    result = table[[*identity, "name"]].assign(score=score, criteria=met.str[1:])
    ranked = result[score > 0].sort_values(["score", "name"], ascending=[False, True])
    return ranked.head(limit).reset_index(drop=True)


def measure_benchmark(benchmark: Benchmark, *, as_of: date, area: str = "四川省") -> Observation:
    """Return how many firms of our selection the snapshot holds, as a measured value."""
    places = len(benchmark.table)
    note = (
        f"{benchmark.in_place} of {places} firms of our own selection; no official list is public"
    )
    return measured(
        BENCHMARK_INDICATOR, _OWN_GROUP, area, benchmark.in_place, as_of=as_of, note=note
    )
