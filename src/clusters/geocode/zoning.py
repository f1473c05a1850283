"""Which zones and parks the words of an address evidence.

The order of trust is: the subdistrict, then a road or site of the zone, then the zone's own word.
Thousands of addresses share a few hundred combinations of (zone word, site, subdistrict, county),
so the rules run once per combination.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.geocode.gazetteer import gazetteer, town_stem
from clusters.geocode.grouping import group_rows
from clusters.settings import data_path

HTZ: Final = "chengdu-htz"
HTZ_PARTS: Final = {
    "510117": "chengdu-htz-west",
    "510107": "chengdu-htz-south",
    "510116": "chengdu-htz-south",
}
TIANFU: Final = "tianfu-chengdu-direct"
OTHER_HTZ: Final = "other-htz"
OTHER_ETDZ: Final = "other-etdz"


@dataclass(frozen=True)
class Zoning:
    """Zones of each address.

    Attributes
    ----------
    zone_ids, zone_evidence
        Object arrays of parallel tuples: ids, and ``subdistrict`` or ``text``.
    also
        Zones implied by these: those they are part of or share a footprint with.
    uncertain
        Zones that hold part of the subdistrict named.
    park_ids
        Parks named.
    """

    zone_ids: NDArray[np.object_]
    zone_evidence: NDArray[np.object_]
    also: NDArray[np.object_]
    uncertain: NDArray[np.object_]
    park_ids: NDArray[np.object_]


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[tuple[str, str], list[tuple[str, bool]]], dict[str, list[str]]]:
    towns: dict[tuple[str, str], list[tuple[str, bool]]] = {}
    listed = pd.read_csv(data_path("gazetteer", "zone_subdistricts.csv"), dtype=str)
    for zone_id, county_code, stem, status in zip(
        *(listed[column].tolist() for column in ("zone_id", "county_code", "stem", "status")),
        strict=True,
    ):
        towns.setdefault((county_code, stem), []).append((zone_id, status == "whole"))
    also: dict[str, list[str]] = {}
    for zone, other in pd.read_csv(data_path("gazetteer", "zone_relations.csv"), dtype=str)[
        ["zone_id", "also"]
    ].itertuples(index=False):
        also.setdefault(zone, []).append(other)
    return towns, also


def town_zones(county_code: str, town: str) -> list[tuple[str, bool]]:
    """Return the zones of a subdistrict and whether all of it belongs to each.

    Parameters
    ----------
    county_code
        Today's code of the county.
    town
        Its name as published or as written: 华阳街道, 华阳镇, 华阳.
    """
    towns, _ = _tables()
    stem = town_stem(town) or town
    for suffix in ("街道办事处", "街道办", "街办", "街道", "场镇", "镇", "乡"):
        if town.endswith(suffix) and len(town) > len(suffix):
            stem = town[: -len(suffix)]
            break
    return towns.get((county_code, stem), [])


def implied(zone_ids: tuple[str, ...]) -> tuple[str, ...]:
    """Return the zones that follow from the given ones, without repeating them."""
    _, also = _tables()
    return tuple(
        dict.fromkeys(
            other for zone in zone_ids for other in also.get(zone, []) if other not in zone_ids
        )
    )


def part_of(zone_id: str, county_code: str | None) -> str:
    """Return the part of a zone that lies in a county, or the zone where it has no such parts."""
    return HTZ_PARTS.get(county_code or "", zone_id) if zone_id == HTZ else zone_id


def zones_of(
    zone_row: NDArray[np.int32],
    site_row: NDArray[np.int32],
    town: list[str],
    county: NDArray[np.int32],
    named: NDArray[np.bool_],
) -> Zoning:
    """Return the zones of addresses.

    Parameters
    ----------
    zone_row, site_row
        Rows of `Gazetteer.zone_names` found in the text, -1 where none.
    town
        Subdistrict as written, empty where none.
    county
        Row of the county finally given, -1 where none.
    named
        Whether the text itself names that county.
    """
    book = gazetteer()
    # Only the subdistricts that belong to a zone distinguish anything.
    words = np.array(town, dtype=object)
    codes_of = [*book.counties["code"], ""]
    pair, example = group_rows(county, words)
    known = np.array(
        [bool(words[row] and town_zones(codes_of[county[row]], words[row])) for row in example],
        dtype=np.bool_,
    )
    words = np.where(known[pair], words, "")
    group, example = group_rows(zone_row, site_row, words, county, named)
    results = [
        _combination(
            (int(zone_row[row]), int(site_row[row])), words[row], int(county[row]), bool(named[row])
        )
        for row in example
    ]
    columns = []
    for part in range(5):
        column = np.empty(len(results), dtype=object)
        for position, result in enumerate(results):
            column[position] = result[part]
        columns.append(column[group])
    return Zoning(*columns)


@lru_cache(maxsize=1024)
def _zone_entry(row: int) -> dict[str, str]:
    return {str(key): str(value) for key, value in gazetteer().zone_names.iloc[row].items()}


@lru_cache(maxsize=100_000)
def _combination(
    places: tuple[int, int], town: str, county: int, named: bool, /
) -> tuple[tuple[str, ...], ...]:
    book = gazetteer()
    zone_row, site_row = places
    code = str(book.counties["code"].iloc[county]) if county >= 0 else ""
    by_town = town_zones(code, town) if town else []
    whole = [zone for zone, all_of_it in by_town if all_of_it]
    partly = [zone for zone, all_of_it in by_town if not all_of_it]
    found: dict[str, str] = dict.fromkeys(whole, "subdistrict")
    parks: list[str] = []
    for row in (site_row, zone_row):
        if row < 0:
            continue
        entry = _zone_entry(row)
        allowed = [part for part in entry["county_code"].split(";") if part]
        fits = not code or not allowed or code in allowed
        zones = [zone for zone in entry["zone_ids"].split(";") if zone]
        if fits:
            parks += [park for park in entry["park_ids"].split(";") if park]
        else:
            moved = _elsewhere(zones, entry["name"], code, site=row == site_row)
            zones = moved if named else []
        for zone in zones:
            found.setdefault(zone, "text")
    found = _one_part(found, code)
    ids = tuple(found)
    return (
        ids,
        tuple(found[zone] for zone in ids),
        implied(ids),
        tuple(zone for zone in dict.fromkeys(partly) if zone not in ids),
        tuple(dict.fromkeys(parks)),
    )


def _elsewhere(zones: list[str], word: str, code: str, *, site: bool) -> list[str]:
    """Return what a zone word means in a county where the city's own zone does not lie."""
    if site:
        return []
    if TIANFU in zones:
        if code in {"510107", "510112", "510118", "510185"}:
            return ["tianfu-new-area"]
        return ["meishan-shigao"] if code in {"511421", "511403"} else []
    if "高新" in word or "高科技" in word:
        return [OTHER_HTZ]
    return [OTHER_ETDZ] if "经" in word else []


def _one_part(found: dict[str, str], code: str) -> dict[str, str]:
    """Replace the Chengdu high-tech zone by its part where subdistrict, road or county tell it."""
    if HTZ not in found:
        return found
    parts = [zone for zone in found if zone in HTZ_PARTS.values()]
    how = found[HTZ]
    rest = {zone: evidence for zone, evidence in found.items() if zone != HTZ}
    if not parts:
        return {part_of(HTZ, code): how, **rest}
    return rest
