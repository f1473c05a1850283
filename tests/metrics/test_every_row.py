"""No cell, area, industry or pair vanishes from the long table, and what has no value says why."""

import itertools
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest

from clusters.metrics.rows import ALL, PAIR, PROVINCE
from clusters.metrics.sums import Level
from clusters.metrics.table import measure
from clusters.metrics.undefined import REASONS

AREAS = pd.DataFrame(
    {
        "name_zh": list("甲乙丙丁"),
        "name_en": list("ABCD"),
        "area_km2": [10.0, 20.0, 70.0, 5.0],
        "population": [1e6, 2e6, 1e6, 5e5],
        "gdp": [1e11, 1e11, 2e11, 5e10],
    },
    index=list("abcd"),
)
SINCE = pd.Timestamp("2020-01-01")


class Joined:
    """As much of a libpysal ``W`` as is asked for: a, b and c in a line, d an island."""

    id_order = tuple("abcd")
    sparse = np.array([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]], dtype=float)


COVERING = Level("county", AREAS, "county_code", neighbours=Joined())
ZONES = Level("zone", AREAS.iloc[:2], "zone_ids", whole=False)
TYPICAL = [
    # county, zones, relevance, segment, employees, founded
    ("a", ["a"], "core", "chips", 8.0, "2011-02-03"),
    ("a", ["a", "b"], "core", "robots", 3.0, "2021-02-03"),
    ("b", [], "related", "chips", 5.0, "2012-02-03"),
    ("b", ["b"], "core", "robots", 1.0, "2013-02-03"),
    ("c", [], "related", "robots", 2.0, None),
    ("c", [], "none", "chips", 9.0, "2010-02-03"),
    ("d", [], "weak", "chips", 4.0, "2019-02-03"),
]
CASES = {
    "typical": TYPICAL,
    "an industry of size 0": [*TYPICAL, ("b", ["b"], "core", "uav", 0.0, None)],
    "two industries of size 0": [
        *TYPICAL,
        ("b", [], "core", "uav", 0.0, None),
        ("c", [], "related", "voice", 0.0, None),
    ],
    "an industry whose size is unknown": [
        *TYPICAL,
        ("b", ["b"], "core", "uav", np.nan, None),
    ],
    "an industry nowhere placed": [*TYPICAL, (None, [], "core", "uav", 7.0, None)],
    "a relevance class of size 0": [("a", [], "core", "chips", 0.0, None), *TYPICAL[4:]],
    "all of size 0": [(*firm[:4], 0.0, firm[5]) for firm in TYPICAL],
    "nothing placed": [(None, [], *firm[2:]) for firm in TYPICAL],
    "one placed": [TYPICAL[0], *((None, [], *firm[2:]) for firm in TYPICAL[1:])],
    "all in one area": [("a", ["a"], *firm[2:]) for firm in TYPICAL],
    "one of each industry": [TYPICAL[0], TYPICAL[3]],
    "AI firms in one area, others elsewhere": [
        *TYPICAL[:2],
        *((*firm[:2], "none", *firm[3:]) for firm in TYPICAL[2:]),
    ],
}

OF_CELLS = ("count", "share", "lq", "density_km2", "per_10k_residents", "lq_population", "lq_gdp")
OF_COVERING_CELLS = ("local_moran", "getis_ord", "stars", "litzenberger_sternberg")
OF_INDUSTRIES = (
    "hhi", "locational_gini", "hoover", "theil", "ellison_glaeser", "maurel_sedillot", "moran",
)  # fmt: skip


def firms(rows: list[tuple]) -> pd.DataFrame:
    names = ["county_code", "zone_ids", "ai_relevance", "segment", "employees", "founded"]
    table = pd.DataFrame(rows, columns=names)
    text = dict.fromkeys(["county_code", "ai_relevance", "segment"], "str")
    return table.astype(text).assign(founded=pd.to_datetime(table["founded"]))


def promised(scheme: str, industries: list[str], weight: str) -> dict[str, set[tuple[str, str]]]:
    """Return (area, industry) of the rows of each metric, whatever the firms are."""
    areas = list(COVERING.areas.index)
    cells = set(itertools.product(areas, industries))
    found = dict.fromkeys(OF_CELLS + OF_COVERING_CELLS, cells)
    each = {(PROVINCE, name) for name in industries}
    found |= dict.fromkeys(OF_INDUSTRIES, each)
    if scheme == "ai" or len(industries) < 2:
        return found
    whole = {(area, ALL) for area in areas}
    found |= {"krugman": whole, "eci": whole, "hhi": found["hhi"] | whole}
    found |= {"pci": each, "relatedness_density": cells}
    pairs = {(PROVINCE, PAIR.join(pair)) for pair in itertools.combinations(industries, 2)}
    found |= {"coagglomeration": pairs, "proximity": pairs}
    return found | ({"colocation": pairs} if weight == "firms" else {})


@pytest.mark.parametrize(
    ("case", "weight"), [(case, "employees" if "size" in case else "firms") for case in CASES]
)
def test_every_cell_industry_and_pair_has_its_row_and_its_reason(case: str, weight: str) -> None:
    held = firms(CASES[case])
    table = measure(
        held, [COVERING, ZONES], schemes=["ai", "segment"], weight=weight, permutations=9
    )
    inside = held["ai_relevance"].isin(["core", "related"])
    for scheme, names in (
        ("ai", {*held["ai_relevance"], "ai"}),
        ("segment", set(held.loc[inside, "segment"])),
    ):
        industries = sorted(names)
        some = table[(table["scheme"] == scheme) & (table["level"] == "county")]
        rows = some.groupby("metric")[["area", "industry"]].apply(
            lambda part: list(part.itertuples(index=False, name=None))
        )
        wanted = promised(scheme, industries, weight)
        assert set(rows.index) == set(wanted)
        for metric, found in rows.items():
            assert len(found) == len(set(found))
            assert set(found) == wanted[metric], metric
        zones = table[(table["scheme"] == scheme) & (table["level"] == "zone")]
        cells = len(ZONES.areas) * len(industries)
        assert zones["metric"].value_counts().to_dict() == dict.fromkeys(OF_CELLS, cells)
    undefined = table[table["value"].isna()]
    assert undefined.loc[undefined["note"] == "", ["metric", "industry", "area"]].empty
    assert undefined[["low", "high", "p", "q"]].isna().all(axis=None)
    assert table["n"].notna().all()


@lru_cache
def segments(case: str, weight: str) -> pd.DataFrame:
    options = {"schemes": ["segment"], "weight": weight, "permutations": 9}
    table = measure(firms(CASES[case]), [COVERING], since=SINCE, **options)
    return table.set_index(["metric", "industry", "area"], drop=False)


@pytest.mark.parametrize(
    ("case", "weight", "metric", "industry", "area", "note"),
    [
        ("an industry of size 0", "employees", "ellison_glaeser", "uav", PROVINCE, "no_plants"),
        ("an industry of size 0", "employees", "maurel_sedillot", "uav", PROVINCE, "no_plants"),
        ("an industry of size 0", "employees", "coagglomeration", "chips|uav", PROVINCE, "no_plants"),
        ("an industry of size 0", "employees", "share", "uav", "b", "industry_total_zero"),
        ("an industry of size 0", "employees", "lq", "uav", "b", "industry_total_zero"),
        ("an industry nowhere placed", "firms", "colocation", "chips|uav", PROVINCE, "industry_total_zero"),
        ("an industry nowhere placed", "firms", "proximity", "chips|uav", PROVINCE, "absent"),
        ("all of size 0", "employees", "lq", "chips", "a", "area_total_zero"),
        ("all of size 0", "employees", "moran", "chips", PROVINCE, "no_variation"),
        ("typical", "firms", "local_moran", "chips", "d", "no_neighbours"),
        ("all in one area", "firms", "coagglomeration", "chips|robots", PROVINCE, "one_region"),
    ],
)  # fmt: skip
def test_reasons_are_those_of_the_case(
    case: str, weight: str, metric: str, industry: str, area: str, note: str
) -> None:
    row = segments(case, weight).loc[metric, industry, area]
    assert np.isnan(row["value"])
    assert row["note"].split("; ")[0] == REASONS[note]


def test_an_area_without_firms_is_told_from_one_whose_firms_have_no_size() -> None:
    rows = segments("an industry of size 0", "employees")
    assert rows.loc["lq", "chips", "d"]["note"] == "fewer than 5 firms"
    empty = firms([("a", [], "core", "chips", 3.0, None), ("b", [], "core", "uav", 0.0, None)])
    table = measure(empty, [COVERING], schemes=["segment"], weight="employees", permutations=9)
    for metric in ("lq", "relatedness_density"):
        told = table[(table["metric"] == metric) & (table["industry"] == "chips")]
        notes = told.set_index("area")["note"]
        assert notes["b"] == REASONS["area_total_zero"]
        assert notes["c"] == "no firm in this area"


@pytest.mark.parametrize("metric", ["share", "lq", "lq_population", "stars"])
def test_an_industry_nowhere_placed_says_so_in_its_cells(metric: str) -> None:
    row = segments("an industry nowhere placed", "firms").loc[metric, "uav", "a"]
    assert row["note"] == "no firm of this industry placed"


def test_an_industry_nowhere_placed_changes_no_other_row() -> None:
    plain = segments("typical", "firms")
    more = segments("an industry nowhere placed", "firms")
    same = more[~more["industry"].str.contains("uav")]
    columns = ["value", "low", "high", "p", "n", "method"]
    pd.testing.assert_frame_equal(plain[columns], same[columns])
