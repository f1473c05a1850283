"""Measure locating: accuracy on labelled and real addresses, speed beside other packages.

Run from a checkout with the reference material beside it::

    python benchmarks/locating.py [--shared ../shared]

``BENCHMARK_PEERS`` names the Python of another environment that holds cpca 0.5.5, cnloc 0.1.7,
addressparser 0.2.4 (with six, which it needs and does not ask for) and jionlp 1.5.31; without it
this environment is tried. Whatever runs is measured in the same run, and what does not says why.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from report import Sheet, scaled

from clusters.geocode.gazetteer import gazetteer
from clusters.places.assign import county_rows
from clusters.places.boundaries import counties
from clusters.places.locate import learn, locate

FOLDS = 5


def registry_table(shared: Path) -> pd.DataFrame:
    """Read the real registry into the columns `locate` takes, plus the USCC."""
    raw = pd.read_parquet(shared / "data" / "registry" / "sichuan_1978_2007_2013.parquet")
    return pd.DataFrame(
        {
            "name": raw["企业名称"],
            "address": raw["注册地址"].fillna(""),
            "region": raw["地区"],
            "uscc": raw["统一社会信用代码"].fillna(""),
        }
    )


def registering_county(uscc: pd.Series) -> pd.Series:
    """Return today's county of the registering authority, or NaN where it is none."""
    aliases = pd.read_csv(
        Path(__file__).parents[1] / "data" / "gazetteer" / "aliases.csv", dtype=str
    ).dropna(subset=["old_code", "code"])
    code = uscc.str[2:8].replace(dict(zip(aliases["old_code"], aliases["code"], strict=True)))
    return code.where(code.isin(gazetteer().counties["code"]))


def zone_f1(found: list[set[str]], labels: list[set[str]]) -> float:
    """Return micro-averaged F1 of two lists of sets."""
    hit = sum(len(a & b) for a, b in zip(found, labels, strict=True))
    wrong = sum(len(a ^ b) for a, b in zip(found, labels, strict=True))
    return 2 * hit / (2 * hit + wrong)


def score_gold(gold: pd.DataFrame, located: pd.DataFrame) -> dict[str, float]:
    """Score located rows against the labels."""
    code = located["county_code"].astype("object").where(located["county_code"].notna(), "")
    truth = gold["county_code"].fillna("")
    right, answered = code.to_numpy() == truth.to_numpy(), code.to_numpy() != ""
    counts = ~gold["zone_basis"].fillna("").str.contains("proxy_only").to_numpy()
    labels = [set(filter(None, text.split(";"))) for text in gold["zone_ids"].fillna("")]
    found = [set(ids) for ids in located["zone_ids"]]
    listed = [{z for z in ids if not z.startswith("other-")} for ids in labels]
    own = [{z for z in ids if not z.startswith("other-")} for ids in found]
    scores = {
        f"county right, {stratum}": right[(gold["stratum"] == stratum).to_numpy()].mean()
        for stratum in sorted(gold["stratum"].unique())
    }

    def counted(sets: list[set[str]]) -> list[set[str]]:
        return [one for one, keep in zip(sets, counts, strict=True) if keep]

    return scores | {
        "county right, all": right.mean(),
        "county right, of answered": right[answered].mean(),
        "answered": answered.mean(),
        "zone F1": zone_f1(counted(found), counted(labels)),
        "zone F1, listed zones only": zone_f1(counted(own), counted(listed)),
        "finest level right": (located["text_level"].to_numpy() == gold["finest"]).mean(),
    }


def cross_validate(table: pd.DataFrame) -> dict[str, float]:
    """Measure against the registering authority, memory learnt from the other folds."""
    truth = registering_county(table["uscc"])
    fold = np.random.default_rng(0).integers(0, FOLDS, len(table))
    parts = []
    for number in range(FOLDS):
        memory = learn(table[fold != number])
        parts.append(locate(table[fold == number].drop(columns="uscc"), memory))
    located = pd.concat([part.drop(columns="geometry") for part in parts]).sort_index()
    code = located["county_code"]
    has, answered = truth.notna(), code.notna()
    right = (code == truth) & has
    moved = located["location_note"].fillna("").str.startswith("territory_moved")
    return {
        "rows with a county code": int(has.sum()),
        "right, of all": right[has].mean(),
        "right, of answered": right[has & answered].mean(),
        "answered": answered[has].mean(),
        "no county because territory moved lately": int((moved & ~answered & has).sum()),
    }


SAMPLE = "County of real addresses"
SPEED = "Reading addresses"


def peers(sheet: Sheet, sample: list[str], truth: pd.Series) -> None:
    """Note speed and accuracy of other packages, run in the environment that holds them.

    A county counts as right where its name, or a former one, is that of the registering county.
    """
    done = subprocess.run(
        [
            os.environ.get("BENCHMARK_PEERS", sys.executable),
            str(Path(__file__).with_name("peers") / "addresses.py"),
        ],
        input=json.dumps(sample),
        capture_output=True,
        text=True,
        check=True,
    )
    names = gazetteer().counties.set_index("code")["name_zh"]
    former = pd.read_csv(
        Path(__file__).parents[1] / "data" / "gazetteer" / "aliases.csv", dtype=str
    )
    today = dict(zip(former["alias"], former["code"].map(names), strict=True))
    wanted = truth.map(names)
    for name, told in json.loads(done.stdout).items():
        if "failed" in told:
            sheet.absent(SAMPLE, name, told["failed"])
            continue
        found = pd.Series(told["counties"], dtype="object")
        label = wanted.iloc[: len(found)].reset_index(drop=True)
        has, said = label.notna(), found.notna()
        right = found.replace(today) == label
        sheet.add(SPEED, name, told["per_second"], "/s", note=f"{len(found):,} addresses")
        sheet.add(f"{SAMPLE}: right of all", name, right[has].mean(), "share")
        sheet.add(f"{SAMPLE}: right of answered", name, right[has & said].mean(), "share")


def own_speeds(sheet: Sheet, table: pd.DataFrame, sample: pd.DataFrame) -> None:
    """Note our speeds: text only, everything, and growth up to a million rows."""
    from clusters.geocode.cascade import place_addresses

    memory = learn(table)
    texts = sample["address"].tolist()
    for name, run in (
        ("clusters, text to county, zone, level", lambda: place_addresses(texts, memory=memory)),
        ("clusters, all location columns", lambda: locate(sample, memory)),
    ):
        run()
        times = []
        for _ in range(3):
            begin = time.perf_counter()
            run()
            times.append(time.perf_counter() - begin)
        sheet.add(SPEED, name, len(texts) / min(times), "/s", own=True)
    columns = table[["address", "region"]]
    for number in (scaled(10_000), scaled(100_000), scaled(1_000_000)):
        rows = pd.concat([columns] * (number // len(table) + 1), ignore_index=True).head(number)
        begin = time.perf_counter()
        locate(rows, memory)
        spent = time.perf_counter() - begin
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sheet.add(
            "Growth: locating addresses", "clusters", spent, own=True, size=number, memory_mb=most
        )


def assignment(sheet: Sheet) -> None:
    """Compare the assignment of a million points to counties with geopandas and shapely."""
    case, number = "Assigning a million points to counties", scaled(1_000_000, 1_000)
    random = np.random.default_rng(0)
    west, south, east, north = counties().total_bounds
    x, y = random.uniform(west, east, number), random.uniform(south, north, number)
    begin = time.perf_counter()
    rows = county_rows(x, y)
    sheet.add(case, "clusters", time.perf_counter() - begin, own=True, note="grid built in it")
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs="EPSG:4326")
    begin = time.perf_counter()
    joined = gpd.sjoin(points, counties()[["geometry"]], predicate="within", how="left")
    theirs = time.perf_counter() - begin
    same = (joined["index_right"].fillna(-1).to_numpy() == rows).mean()
    sheet.add(case, "geopandas.sjoin", theirs, note=f"{same:.4%} identical")
    begin = time.perf_counter()
    point, area = shapely.STRtree(counties().geometry.to_numpy()).query(
        points.geometry.to_numpy(), predicate="intersects"
    )
    tree = time.perf_counter() - begin
    by_tree = np.full(len(x), -1)
    by_tree[point[::-1]] = area[::-1]  # on a common border the lower code
    same = (by_tree == rows).mean()
    sheet.add(case, "shapely.STRtree of polygons", tree, note=f"{same:.4%} identical")


def shares(sheet: Sheet, case: str, figures: Mapping[str, float]) -> None:
    """Note several figures of our own; counts have no unit."""
    for name, value in figures.items():
        sheet.add(case, f"clusters, {name}", value, "share" if value <= 1 else "", own=True)


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    chosen = parser.parse_args()
    sheet = Sheet("locating")
    assignment(sheet)
    data = chosen.shared / "data"
    if not data.exists():
        sheet.absent(SAMPLE, "clusters", "no reference material beside the checkout")
        sheet.save()
        return
    gold = pd.read_csv(data / "gold" / "addresses_dev.csv", dtype=str, keep_default_na=True)
    table = registry_table(chosen.shared)
    table = table.head(scaled(len(table), 3_000))
    memory = learn(table[~table["uscc"].isin(gold["uscc"])])
    asked = gold[["address"]].assign(region=gold["region_field"])
    shares(sheet, "Labelled addresses, no memory", score_gold(gold, locate(asked)))
    shares(sheet, "Labelled addresses, with memory", score_gold(gold, locate(asked, memory)))
    only = score_gold(gold, locate(asked[["address"]], memory))
    shares(sheet, "Labelled addresses, with memory, address column only", only)
    folds = cross_validate(table)
    shares(sheet, "Real registry against the registering authority, 5 folds", folds)
    sample = table.sample(min(20_000, len(table)), random_state=0)
    own_speeds(sheet, table, sample[["address", "region"]])
    for kind in ("of all", "of answered"):
        sheet.add(
            f"{SAMPLE}: right {kind}",
            "clusters, 5 folds",
            folds[f"right, {kind}"],
            "share",
            own=True,
        )
    peers(sheet, sample["address"].tolist(), registering_county(sample["uscc"]))
    sheet.save()


if __name__ == "__main__":
    main()
