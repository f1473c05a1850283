"""Names of places as the reader meets them: one trie, and columns that say what a name means.

Tables live in ``data/gazetteer``; this module only reads them. A name may mean several things
(永兴 is in Chengdu, Mianyang and Ya'an): the trie keeps them all and the reader chooses by the
prefecture or county already read.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.geocode.fields import Kind
from clusters.geocode.text import normalise
from clusters.geocode.trie import Trie, build_trie
from clusters.settings import data_path

TRADE_ZONES: Final = (
    "中国(四川)自由贸易试验区",
    "中国四川自由贸易试验区",
    "四川自由贸易试验区",
    "四川自贸区",
    "四川自贸试验区",
    "中国(四川)自贸区",
    "中国(四川)自贸试验区",
    "(四川)自由贸易试验区",
    "自由贸易试验区",
    "自贸试验区",
)
CODES_ISSUED: Final = 2015
"""Year from which enterprises carry the unified credit code, which names the county that registered
them and never changes: territory that moved before moved in the registers too, later did not."""

_WORD_KINDS: Final = {
    "skip": Kind.SKIP,
    "office": Kind.OFFICE,
    "road": Kind.W_ROAD,
    "village": Kind.W_VILLAGE,
    "estate": Kind.W_ESTATE,
    "building": Kind.W_BUILDING,
}
# A stem is the name without its level; these stems are also everyday words or the beginnings of
# other names, so they never stand alone.
_NO_STEM: Final = frozenset({"市中", "东", "西", "高坪", "大安", "南部", "新都", "广安区"})


class Entries(NamedTuple):
    """Columns of the entries, in trie order; a named tuple because compiled code takes it.

    Attributes
    ----------
    kind
        `Kind`.
    prefecture, county
        Row numbers in `Gazetteer.prefectures` and `Gazetteer.counties`, -1 where none.
    item
        Row number in the table the kind belongs to.
    former
        1 where the name is a former one; of a site, where it counts only right after its zone.
    district
        1 where a county is an urban district: its stem is often part of other names.
    """

    kind: NDArray[np.int64]
    prefecture: NDArray[np.int64]
    county: NDArray[np.int64]
    item: NDArray[np.int64]
    former: NDArray[np.int64]
    district: NDArray[np.int64]


@dataclass(frozen=True)
class Gazetteer:
    """All names, ready for reading.

    Attributes
    ----------
    trie, entries
        The dictionary.
    counties
        Columns ``code``, ``name_zh``, ``prefecture_code``; 183 rows.
    prefectures
        Columns ``code``, ``name_zh``; 21 rows.
    county_prefecture
        Row of the prefecture of each county.
    splits, unsettled
        Boolean (183, 183): territory of the first county is today in the second; and since so
        late that the codes of its enterprises still name the first.
    towns, zone_names, outside, landmarks
        The tables behind ``item``.
    zone_counties
        For each prefecture row the counties over which its zones lie, where they are several.
    zone_spread
        For each zone name whether it is, or is part of, a zone that lies in several counties.
    """

    trie: Trie
    entries: Entries
    counties: pd.DataFrame
    prefectures: pd.DataFrame
    county_prefecture: NDArray[np.int64]
    splits: NDArray[np.bool_]
    unsettled: NDArray[np.bool_]
    towns: pd.DataFrame
    zone_names: pd.DataFrame
    outside: pd.DataFrame
    landmarks: pd.DataFrame
    zone_counties: dict[int, list[int]]
    zone_spread: NDArray[np.bool_]


class _Names:
    """Collects entries before the trie is built."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.rows: list[tuple[int, int, int, int, int, int]] = []

    def add(
        self,
        name: str,
        kind: Kind,
        *,
        prefecture: int = -1,
        county: int = -1,
        item: int = -1,
        former: bool = False,
        district: bool = False,
    ) -> None:
        folded = normalise(name)
        if folded:
            self.names.append(folded)
            self.rows.append((int(kind), prefecture, county, item, int(former), int(district)))


def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(
        data_path("gazetteer", f"{name}.csv"), dtype=str, keep_default_na=False, encoding="utf-8"
    )


def prefecture_stem(name: str) -> str:
    """Return the name without its level: 成都市 → 成都, 阿坝藏族羌族自治州 → 阿坝."""
    return name[:2] if name.endswith("州") else name[:-1]


def county_stem(name: str) -> str | None:
    """Return the name without its level (简阳市 → 简阳), or None where nothing safe remains."""
    stem = name[:-1] if name[-1] in "县市区" else name
    return stem if len(stem) >= 2 and stem not in _NO_STEM and "自治" not in stem else None


def town_stem(name: str) -> str | None:
    """Return a township's name without its level, ethnic names included."""
    for suffix in ("街道", "镇", "乡"):
        if name.endswith(suffix):
            stem = name[: -len(suffix)]
            for people in (
                "藏族",
                "羌族",
                "彝族",
                "回族",
                "苗族",
                "土家族",
                "傈僳族",
                "傣族",
                "纳西族",
                "蒙古族",
            ):
                stem = stem.removesuffix(people)
            return stem if len(stem) >= 2 else None
    return None


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """Return the shipped gazetteer, built once per process (about 0.2 s)."""
    counties = _read("counties")[["code", "name_zh", "prefecture_code", "prefecture_zh"]]
    prefectures = (
        counties[["prefecture_code", "prefecture_zh"]]
        .drop_duplicates()
        .set_axis(["code", "name_zh"], axis=1)
        .reset_index(drop=True)
    )
    county_row = {code: row for row, code in enumerate(counties["code"])}
    prefecture_row = {code: row for row, code in enumerate(prefectures["code"])}
    county_prefecture = counties["prefecture_code"].map(prefecture_row).to_numpy(np.int16)
    names = _Names()
    names.add("四川省", Kind.PROVINCE)
    for word in TRADE_ZONES:
        names.add(word, Kind.TRADE_ZONE)
    _add_areas(names, counties, prefectures, county_prefecture)
    _add_aliases(names, county_row, prefecture_row, county_prefecture)
    towns = _add_towns(names, county_row, county_prefecture)
    zone_names = _add_zones(names, county_row, prefecture_row)
    outside = _add_outside(names)
    landmarks = _read("landmarks")
    for row, name in enumerate(landmarks["name_zh"]):
        names.add(name, Kind.LANDMARK, item=row)
    words = _read("words")
    for word_class, listed in zip(words["class"], words["words"], strict=True):
        for word in listed.split():
            names.add(word, _WORD_KINDS[word_class])
    # Entries of one name are sorted by kind: the scanner takes each kind in one run.
    sequence = sorted(range(len(names.rows)), key=lambda row: names.rows[row][0])
    trie, order = build_trie([names.names[row] for row in sequence])
    columns = np.asarray([names.rows[row] for row in sequence], dtype=np.int64)[order]
    entries = Entries(*(np.ascontiguousarray(column, dtype=np.int64) for column in columns.T))
    return Gazetteer(
        trie,
        entries,
        counties,
        prefectures,
        county_prefecture,
        _splits(county_row, since=0),
        _splits(county_row, since=CODES_ISSUED),
        towns,
        zone_names,
        outside,
        landmarks,
        _zone_counties(zone_names, county_row, prefecture_row),
        _zone_spread(zone_names),
    )


def _add_areas(
    names: _Names,
    counties: pd.DataFrame,
    prefectures: pd.DataFrame,
    county_prefecture: NDArray[np.int64],
) -> None:
    for row, name in enumerate(prefectures["name_zh"]):
        names.add(name, Kind.PREFECTURE, prefecture=row)
        names.add(f"{name}区", Kind.PREFECTURE, prefecture=row)
        names.add(prefecture_stem(name), Kind.PREFECTURE_SHORT, prefecture=row)
    for row, name in enumerate(counties["name_zh"]):
        area = int(county_prefecture[row])
        district = name.endswith("区")
        names.add(name, Kind.COUNTY, prefecture=area, county=row, district=district)
        stem = county_stem(name)
        if stem:
            names.add(stem, Kind.COUNTY_SHORT, prefecture=area, county=row, district=district)


def _add_aliases(
    names: _Names,
    county_row: dict[str, int],
    prefecture_row: dict[str, int],
    county_prefecture: NDArray[np.int64],
) -> None:
    aliases = _read("aliases").drop_duplicates("alias")
    for alias, code, kind in aliases[["alias", "code", "kind"]].itertuples(index=False):
        if kind == "prefecture":
            names.add(alias, Kind.PREFECTURE, prefecture=prefecture_row[code])
            continue
        row = county_row.get(code)
        if row is None:
            continue
        area = int(county_prefecture[row])
        former = kind in {"former", "divided"}
        names.add(alias, Kind.COUNTY, prefecture=area, county=row, former=former)
        stem = county_stem(alias)
        if (former or alias.endswith("县")) and stem and not stem.endswith(("市", "区")):
            names.add(stem, Kind.COUNTY_SHORT, prefecture=area, county=row, former=former)


def _add_towns(
    names: _Names, county_row: dict[str, int], county_prefecture: NDArray[np.int64]
) -> pd.DataFrame:
    towns = pd.concat([_read("subdistricts"), _seats(county_row)], ignore_index=True)
    for row, (name, code, status) in enumerate(
        towns[["name_zh", "county_code", "status"]].itertuples(index=False)
    ):
        county = county_row[code]
        area = int(county_prefecture[county])
        former = status == "former"
        names.add(name, Kind.TOWN, prefecture=area, county=county, item=row, former=former)
        stem = town_stem(name)
        if stem:
            names.add(stem, Kind.TOWN_STEM, prefecture=area, county=county, item=row, former=former)
    return towns


def _seats(county_row: dict[str, int]) -> pd.DataFrame:
    """Return the towns that gave a split-off county its name: 前锋区 was 广安区前锋镇.

    They became subdistricts under other names when the county was founded, so no edition of the
    township table still lists them.
    """
    names = _read("counties").set_index("code")["name_zh"]
    rows = []
    for code in sorted(set(_read("splits")["new_code"]) & set(county_row)):
        stem = county_stem(names[code])
        if stem:
            rows.append((f"{stem}镇", code, "former", ""))
    return pd.DataFrame(rows, columns=["name_zh", "county_code", "status", "town_code"])


def _add_zones(
    names: _Names, county_row: dict[str, int], prefecture_row: dict[str, int]
) -> pd.DataFrame:
    zone_names = _read("zone_names")
    for row, (name, prefecture, county, kind) in enumerate(
        zone_names[["name", "prefecture_code", "county_code", "kind"]].itertuples(index=False)
    ):
        names.add(
            name,
            Kind.ZONE if kind == "zone" else Kind.SITE,
            prefecture=prefecture_row[prefecture],
            county=county_row.get(county, -1),
            item=row,
            former=kind == "within",
        )
    return zone_names


def _add_outside(names: _Names) -> pd.DataFrame:
    outside = _read("outside")
    kinds = {"province": Kind.OUT_PROVINCE, "city": Kind.OUT_CITY, "county": Kind.OUT_COUNTY}
    provinces = {name: row for row, name in enumerate(outside["name_zh"])}
    short = ("维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省", "市")
    for row, (name, level, province) in enumerate(
        outside[["name_zh", "level", "province_zh"]].itertuples(index=False)
    ):
        # Entries carry their province so that 西藏 + 拉萨市 can be seen to belong together.
        names.add(name, kinds[level], item=row, county=provinces[province])
        if level == "province":
            for suffix in short:
                if name.endswith(suffix):
                    names.add(name.removesuffix(suffix), Kind.OUT_SHORT, item=row, county=row)
                    break
    return outside


def _zone_counties(
    zone_names: pd.DataFrame, county_row: dict[str, int], prefecture_row: dict[str, int]
) -> dict[int, list[int]]:
    """Return for each prefecture row the counties over which its many-county zones lie."""
    spread: dict[int, set[int]] = {}
    for prefecture, listed in zone_names[["prefecture_code", "county_code"]].itertuples(
        index=False
    ):
        if ";" in listed:
            rows = spread.setdefault(prefecture_row[prefecture], set())
            rows.update(county_row[code] for code in listed.split(";"))
    return {prefecture: sorted(rows) for prefecture, rows in spread.items()}


def _zone_spread(zone_names: pd.DataFrame) -> NDArray[np.bool_]:
    relations = _read("zone_relations")
    many = zone_names["county_code"].str.contains(";")
    whole = set(
        zip(zone_names.loc[many, "prefecture_code"], zone_names.loc[many, "zone_ids"], strict=True)
    )
    also: dict[str, set[str]] = {}
    for zone, other in relations[["zone_id", "also"]].itertuples(index=False):
        also.setdefault(zone, {zone}).add(other)
    return np.array(
        [
            any((prefecture, zone) in whole for zone in also.get(zone_id, {zone_id}))
            for prefecture, zone_id in zone_names[["prefecture_code", "zone_ids"]].itertuples(
                index=False
            )
        ],
        dtype=np.bool_,
    )


def _splits(county_row: dict[str, int], *, since: int) -> NDArray[np.bool_]:
    table = np.zeros((len(county_row), len(county_row)), dtype=np.bool_)
    for old, new, year in _read("splits")[["old_code", "new_code", "since"]].itertuples(
        index=False
    ):
        table[county_row[old], county_row[new]] = int(year) >= since
    return table
