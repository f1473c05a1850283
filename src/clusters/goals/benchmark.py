"""The benchmark firms: thirty places, our selection by evidence, and what people decided since.

No official list of 人工智能创新标杆企业 was found. The list in ``data/enterprises`` is the
platform's own, with a basis and an evidence level per firm (A strongest); it never answers the
plan's target of "about 30", it only shows which firms could. Decisions of people (see
`clusters.goals.decisions`) take the place of shipped rows and are marked so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

import pandas as pd

from clusters.errors import InputError
from clusters.goals.observations import Observation, measured
from clusters.goals.plan import first_day
from clusters.ledger import Ledger, records
from clusters.settings import data_path

BENCHMARK_INDICATOR: Final = "AI_FIRMS_BENCH"
KIND: Final = "benchmark"
LEVELS: Final = ("A", "B", "C")
# A place nobody has looked at for this long is to be checked again.
STALE_AFTER: Final = timedelta(days=365)
SHIPPED: Final = "shipped"
DECIDED: Final = "decided"
_OWN_GROUP = "ai_benchmark_firms_own_selection"
_LISTED: Final = (
    "place",
    "name",
    "evidence_level",
    "basis_zh",
    "basis_en",
    "source_url",
    "origin",
    "checked",
    "owner",
    "note",
    "reason",
    "who",
    "recorded_at",
)
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
    "group_hint",
    "as_of",
)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The benchmark firms joined to a snapshot.

    ``table`` has one row per place: place (from 1), name, evidence_level, basis_zh, basis_en,
    source_url, origin (shipped or decided), checked, owner, note, reason, who, recorded_at,
    in_snapshot, matched_by (name, former_name, or null), and the columns of the snapshot.
    ``vacant`` are the places whose firm was withdrawn.
    """

    table: pd.DataFrame
    vacant: tuple[int, ...] = ()

    @property
    def in_place(self) -> int:
        """How many of the firms the snapshot holds."""
        return int(self.table["in_snapshot"].sum())

    @property
    def groups(self) -> int:
        """How many of them are independent of each other: firms of one family count once."""
        return int(families(self.table).nunique())


def watched_firms(
    before: pd.DataFrame, after: pd.DataFrame, *, ledger: Ledger | None = None
) -> pd.DataFrame:
    """Return ``enterprise_id`` and ``name`` of the benchmark firms that either snapshot holds."""
    tables = [benchmark_firms(firms, ledger=ledger).table for firms in (after, before)]
    columns = ["enterprise_id", "name"]
    known = [table.reindex(columns=columns).dropna(subset="enterprise_id") for table in tables]
    return pd.concat(known, ignore_index=True).drop_duplicates("enterprise_id", ignore_index=True)


def benchmark_firms(
    enterprises: pd.DataFrame,
    *,
    names: Iterable[str] | None = None,
    ledger: Ledger | None = None,
) -> Benchmark:
    """Join the benchmark firms to the enterprises of a snapshot by name.

    Parameters
    ----------
    enterprises
        One row per enterprise with ``name`` and, where known, ``former_names`` (joined by ``;``).
    names
        Another list of firms; the shipped one if None.
    ledger
        Its decisions take the place of shipped rows.
    """
    chosen = shipped_places()
    if names is not None:
        wanted = pd.DataFrame({"name": list(dict.fromkeys(names))}, dtype="str")
        chosen = wanted.merge(chosen.drop(columns="place"), on="name", how="left")
        chosen.insert(0, "place", range(1, len(chosen) + 1))
    vacant: tuple[int, ...] = ()
    if ledger is not None:
        chosen, vacant = _decided(chosen, ledger)
    by_name = _positions(enterprises)
    found = [by_name.get(name_key(name)) for name in chosen["name"]]
    shown = [c for c in _SHOWN if c in enterprises.columns]
    rows = enterprises[shown].reset_index(drop=True)
    joined = rows.reindex([f[0] if f else -1 for f in found]).reset_index(drop=True)
    table = pd.concat([chosen.reset_index(drop=True), joined], axis=1)
    place = len(chosen.columns)
    table.insert(place, "in_snapshot", [f is not None for f in found])
    how = pd.Series([f[1] if f else None for f in found], dtype="str")
    table.insert(place + 1, "matched_by", how)
    return Benchmark(table, vacant)


@lru_cache(maxsize=1)
def shipped_places() -> pd.DataFrame:
    """Return the shipped list, one row a place; do not modify it."""
    table = pd.read_csv(data_path("enterprises", "benchmark_30.csv"), dtype=str)
    columns = ["enterprise", "evidence_level", "basis_zh", "basis_en", "source_url"]
    found = table[columns].rename(columns={"enterprise": "name"})
    found.insert(0, "place", range(1, len(found) + 1))
    empty = {column: "" for column in _LISTED if column not in found}
    return found.assign(**(empty | {"origin": SHIPPED}))[list(_LISTED)]


def _decided(chosen: pd.DataFrame, ledger: Ledger) -> tuple[pd.DataFrame, tuple[int, ...]]:
    """Return the list with the newest decision of every place, and the places left vacant."""
    held: dict[int, dict[str, Any]] = {
        int(row["place"]): {str(name): value for name, value in row.items()}
        for row in chosen.to_dict("records")
    }
    vacant = []
    for decision in records(ledger, KIND).to_dict("records"):
        payload: Mapping[str, Any] = decision["payload"]
        place = int(payload["place"])
        if not payload["name"]:
            vacant.append(place)
            held.pop(place, None)
            continue
        told: dict[str, Any] = {name: str(payload.get(name, "")) for name in _LISTED}
        told |= {name: str(decision[name]) for name in ("reason", "who", "recorded_at")}
        origin = SHIPPED if payload.get("kept") else DECIDED
        held[place] = told | {"place": place, "origin": origin}
    rows = pd.DataFrame([held[place] for place in sorted(held)], columns=chosen.columns)
    return rows, tuple(sorted(vacant))


def _positions(enterprises: pd.DataFrame) -> dict[str, tuple[int, str]]:
    """Return the row and kind of match for every name; a present name beats a former one."""
    if "name" not in enterprises.columns:
        msg = "enterprises: column name is missing; pass the enterprises of a snapshot"
        raise InputError(msg)
    found: dict[str, tuple[int, str]] = {}
    for row, name in enumerate(enterprises["name"].fillna("")):
        if name:
            found.setdefault(name_key(name), (row, "name"))
    if "former_names" in enterprises.columns:
        for row, names in enumerate(enterprises["former_names"].fillna("")):
            for name in str(names).replace("；", ";").split(";"):
                if name.strip():
                    found.setdefault(name_key(name), (row, "former_name"))
    return found


def name_key(name: str) -> str:
    """Fold what differs between writings of one name: width of brackets and spaces."""
    return name.translate(str.maketrans("（）", "()", " 　")).strip()


def families(table: pd.DataFrame) -> pd.Series:
    """Return what firms belong together: their family name, or their own where they have none."""
    if "group_hint" not in table.columns:
        return table["name"]
    hint = table["group_hint"].fillna("")
    return hint.where(hint != "", table["name"])


def checked_on(row: Mapping[str, Any]) -> str:
    """Return when a place was last looked at: by a person, else the date of its record."""
    checked = row.get("checked")
    if isinstance(checked, str) and checked:
        return checked
    as_of = row.get("as_of")
    return as_of if isinstance(as_of, str) else ""


def stale(row: Mapping[str, Any], *, as_of: date) -> bool:
    """Tell whether a place must be checked again: no date, or one more than a year old."""
    day = checked_on(row)
    return not day or as_of - first_day(day[:10]) > STALE_AFTER


def stale_places(benchmark: Benchmark, *, as_of: date) -> Sequence[int]:
    """Return the places that must be checked again."""
    rows = [{str(k): v for k, v in row.items()} for row in benchmark.table.to_dict("records")]
    return [int(row["place"]) for row in rows if stale(row, as_of=as_of)]


def measure_benchmark(benchmark: Benchmark, *, as_of: date, area: str = "四川省") -> Observation:
    """Return how many firms of our selection the snapshot holds, as a measured value."""
    places = len(benchmark.table)
    note = (
        f"{benchmark.in_place} of {places} firms of our own selection; no official list is public"
    )
    return measured(
        BENCHMARK_INDICATOR, _OWN_GROUP, area, benchmark.in_place, as_of=as_of, note=note
    )
