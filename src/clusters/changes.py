"""What became of firms between two snapshots: entered, left, moved, renamed, reclassified, resized.

Firms are the same by ``enterprise_id``. A firm moved where its county or its zones differ, or where
both places are known to a street or better and lie further apart than both radii together; what
differs only because one registry knew the place less well is no move. Flows count moves of zones.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from clusters.places.boundaries import to_metres
from clusters.places.output import PRECISE
from clusters.workspace import Snapshot

KINDS: Final = ("entered", "left", "moved", "renamed", "reclassified", "resized", "changed")
_BRIEF: Final = ["name", "segment", "ai_relevance", "prefecture_code", "county_code"]
_CLASS: Final = ("ai_relevance", "chain_layer", "segment")
_SIZE: Final = ("registered_capital_cny", "employees", "revenue_cny")
_OTHER: Final = ("address", "status", "listing", "honours")
_STALE_DAYS: Final = 365
_GONE: Final = ("cancelled", "revoked", "moved")


@dataclass(frozen=True)
class Changes:
    """Changes from one snapshot to another, each table sorted by ``enterprise_id``.

    Attributes
    ----------
    entered, left : DataFrame
        Firms found in the later, in the earlier snapshot only: name, segment, relevance, place.
    moved : DataFrame
        ``from_county, to_county, from_zones, to_zones`` (ids joined by ``;``), ``distance_m``
        between the places (NaN where one is not known to a street), ``radius_m`` their doubt.
    renamed, reclassified, resized, changed : DataFrame
        One changed field a row: ``column, before, after``; ``resized`` has ``ratio`` too.
    flows : DataFrame
        ``from_zone, to_zone, firms`` of firms whose zones differ; empty text is outside any zone.
    balances : DataFrame
        One zone a row: ``before`` + ``entered`` + ``moved_in`` - ``moved_out`` - ``left`` +
        ``reassessed`` = ``after``; reassessed are firms that stayed, but whose zones are read
        differently now.
    """

    before: Snapshot
    after: Snapshot
    entered: pd.DataFrame
    left: pd.DataFrame
    moved: pd.DataFrame
    renamed: pd.DataFrame
    reclassified: pd.DataFrame
    resized: pd.DataFrame
    changed: pd.DataFrame
    flows: pd.DataFrame
    balances: pd.DataFrame

    @property
    def entries(self) -> pd.DataFrame:
        """Every changed field but those of the place, one a row."""
        parts = [self.renamed, self.reclassified, self.resized, self.changed]
        columns = ["enterprise_id", "name", "column", "before", "after"]
        whole = pd.concat([part[columns] for part in parts], ignore_index=True)
        return whole.sort_values(["enterprise_id", "column"], ignore_index=True)

    def counted(self) -> dict[str, int]:
        """Return how many firms entered, left, moved, and have other entries."""
        return {
            "entered": len(self.entered),
            "left": len(self.left),
            "moved": len(self.moved),
            "changed": self.entries["enterprise_id"].nunique(),
        }

    def long(self) -> pd.DataFrame:
        """Return all changes as one table: kind, firm, column, before, after, distance in m."""
        parts = []
        for kind in KINDS:
            table = getattr(self, kind)
            if kind in {"entered", "left"}:
                table = table.assign(column="", before="", after="")
            elif kind == "moved":
                table = table.assign(
                    column="county_code", before=table["from_county"], after=table["to_county"]
                )
            parts.append(table.assign(kind=kind))
        whole = pd.concat(parts, ignore_index=True)
        columns = ["kind", "enterprise_id", "name", "column", "before", "after", "distance_m"]
        columns += ["from_zones", "to_zones"]
        return whole.reindex(columns=columns)


def compare(before: Snapshot, after: Snapshot) -> Changes:
    """Compare two snapshots firm by firm."""
    old = before.enterprises.set_index("enterprise_id").sort_index()
    new = after.enterprises.set_index("enterprise_id").sort_index()
    both = old.index.intersection(new.index)
    was, now = old.loc[both], new.loc[both]
    moved = _moved(was, now)
    sizes = _fields(was, now, _SIZE)
    first = pd.to_numeric(sizes["before"], errors="coerce")
    second = pd.to_numeric(sizes["after"], errors="coerce")
    return Changes(
        before=before,
        after=after,
        entered=pd.DataFrame(new.loc[new.index.difference(old.index), _BRIEF]).reset_index(),
        left=pd.DataFrame(old.loc[old.index.difference(new.index), _BRIEF]).reset_index(),
        moved=moved,
        renamed=_fields(was, now, ("name",)),
        reclassified=_fields(was, now, _CLASS),
        resized=sizes.assign(ratio=(second / first.where(first > 0)).round(3)),
        changed=_fields(was, now, _OTHER),
        flows=_flows(moved),
        balances=_balances(old, new, moved),
    )


def _joined(values: pd.Series) -> np.ndarray:
    """Return lists of ids as sorted text, nothing as empty text."""
    return np.array(
        [";".join(sorted(v)) if isinstance(v, list | tuple | np.ndarray) else "" for v in values],
        dtype=object,
    )


def _text(values: pd.Series) -> np.ndarray:
    return values.astype("str").fillna("").to_numpy(dtype=object)


def _moved(was: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    counties = [_text(frame["county_code"]) for frame in (was, now)]
    zones = [_joined(frame["zone_ids"]) for frame in (was, now)]
    known = (counties[0] != "") & (counties[1] != "")
    precise = was["precision"].isin(PRECISE).to_numpy() & now["precision"].isin(PRECISE).to_numpy()
    distance = np.full(len(was), np.nan)
    if precise.any():
        here, there = (
            to_metres(frame["lon"].to_numpy()[precise], frame["lat"].to_numpy()[precise])
            for frame in (was, now)
        )
        distance[precise] = np.hypot(*(there - here).T)
    doubt = was["radius_m"].fillna(0).to_numpy() + now["radius_m"].fillna(0).to_numpy()
    far = precise & (distance > np.maximum(doubt, 1.0))
    # Zones said of one address and not of another are a move only if the address differs as well.
    readdressed = _text(was["address"]) != _text(now["address"])
    hit = (known & (counties[0] != counties[1])) | far | ((zones[0] != zones[1]) & readdressed)
    table = pd.DataFrame(
        {
            "enterprise_id": was.index[hit],
            "name": now["name"].to_numpy()[hit],
            "from_county": counties[0][hit],
            "to_county": counties[1][hit],
            "from_zones": zones[0][hit],
            "to_zones": zones[1][hit],
            "distance_m": distance[hit].round(0),
            "radius_m": doubt[hit].round(0),
        }
    )
    texts = ["enterprise_id", "name", "from_county", "to_county", "from_zones", "to_zones"]
    return table.astype(dict.fromkeys(texts, "str"))


def _flows(moved: pd.DataFrame) -> pd.DataFrame:
    """Count the moves from zone to zone; a firm of several zones counts once for each pair."""
    pairs = [
        (origin, target)
        for before, after in zip(moved["from_zones"], moved["to_zones"], strict=True)
        if before != after
        for origin in sorted(set(before.split(";")) - set(after.split(";"))) or [""]
        for target in sorted(set(after.split(";")) - set(before.split(";"))) or [""]
    ]
    table = pd.DataFrame(pairs, columns=["from_zone", "to_zone"], dtype="str")
    counted = table.value_counts(["from_zone", "to_zone"]).rename("firms").reset_index()
    order = ["firms", "from_zone", "to_zone"]
    return counted.sort_values(order, ascending=[False, True, True], ignore_index=True)


def _balances(old: pd.DataFrame, new: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    """Count how each zone came from its firms before to its firms after."""
    held = [
        pd.DataFrame({"zone": frame["zone_ids"], "firm": frame.index}).explode("zone").dropna()
        for frame in (old, new)
    ]
    before, after = (set(zip(one["zone"], one["firm"], strict=True)) for one in held)
    both, movers = set(old.index) & set(new.index), set(moved["enterprise_id"])
    came, went = after - before, before - after
    parts = {
        "before": before,
        "entered": {pair for pair in came if pair[1] not in both},
        "moved_in": {pair for pair in came if pair[1] in movers},
        "moved_out": {pair for pair in went if pair[1] in movers},
        "left": {pair for pair in went if pair[1] not in both},
        "after": after,
    }
    zones = sorted({zone for pairs in (before, after) for zone, _ in pairs})
    counts = {name: Counter(zone for zone, _ in pairs) for name, pairs in parts.items()}
    columns = {name: [count[zone] for zone in zones] for name, count in counts.items()}
    table = pd.DataFrame({"zone": pd.array(zones, dtype="str"), **columns})
    told = table["before"] + table["entered"] + table["moved_in"]
    told -= table["moved_out"] + table["left"]
    table.insert(len(table.columns) - 1, "reassessed", table["after"] - told)
    return table


def _fields(was: pd.DataFrame, now: pd.DataFrame, columns: Collection[str]) -> pd.DataFrame:
    parts = []
    for column in columns:
        one, two = (_plain(frame[column]) for frame in (was, now))
        hit = one != two
        parts.append(
            pd.DataFrame(
                {
                    "enterprise_id": was.index[hit],
                    "name": now["name"].to_numpy()[hit],
                    "column": column,
                    "before": one[hit],
                    "after": two[hit],
                }
            )
        )
    table = pd.concat(parts, ignore_index=True).astype("str")
    return table.sort_values(["enterprise_id", "column"], ignore_index=True)


def _plain(values: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(values):
        numbers = pd.to_numeric(values, errors="coerce").astype("float64")
        return np.array(["" if np.isnan(v) else f"{v:.12g}" for v in numbers], dtype=object)
    return _text(values)


def alerts(found: Changes, firms: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Tell what a person watching some firms must know.

    Parameters
    ----------
    firms
        The firms watched: ``enterprise_id`` and ``name``, null ids for those in no snapshot.
    as_of
        The day from which a source's date counts as old.

    Returns
    -------
    DataFrame
        ``enterprise_id, name, alert, detail``: ``left`` (no longer in the registry),
        ``deregistered``, ``moved`` (detail: distance in m, empty where unknown), ``stale`` (detail:
        date of the source, older than a year).
    """
    watched = firms.dropna(subset="enterprise_id")
    later = found.after.enterprises.set_index("enterprise_id")
    gone = set(found.left["enterprise_id"])
    distance = dict(zip(found.moved["enterprise_id"], found.moved["distance_m"], strict=True))
    rows: list[tuple[str, str, str, str]] = []
    for key, name in watched[["enterprise_id", "name"]].itertuples(index=False):
        if key in gone:
            rows.append((key, name, "left", ""))
        if key in distance:
            known = not np.isnan(distance[key])
            rows.append((key, name, "moved", f"{distance[key]:.0f}" if known else ""))
        if key not in later.index:
            continue
        firm = later.loc[key]
        if firm["status"] in _GONE:
            rows.append((key, name, "deregistered", str(firm["status"])))
        told = pd.to_datetime(firm["as_of"], errors="coerce", format="ISO8601")
        if pd.notna(told) and (pd.Timestamp(as_of) - told).days > _STALE_DAYS:
            rows.append((key, name, "stale", str(firm["as_of"])))
    return pd.DataFrame(rows, columns=["enterprise_id", "name", "alert", "detail"], dtype="str")
