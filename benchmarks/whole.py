"""The whole way from a registry to a snapshot, and every export, beside plain scripts.

    python benchmarks/whole.py

The registry is synthetic (`clusters demo`), at several sizes. The peer of the run is the script one
writes first, in pandas: county by the first name in the address, AI by a few words, quotients by a
cross table. It checks nothing, places nobody, tests nothing; it says what reading and counting cost
at least. The peers of the exports are the writers of pandas and geopandas on the same table.
"""

import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
from report import Sheet, scaled

from clusters.demo import write_demo
from clusters.export.layers import TableRequest, layer_table
from clusters.export.tables import write_table
from clusters.geocode.gazetteer import gazetteer
from clusters.maps.layers import FirmFilter
from clusters.workspace import Snapshot, open_snapshot

SIZES = (10_000, 30_000, 100_000)
RUN = """
import resource, sys, time
from clusters import pipeline
begun = time.perf_counter()
pipeline.run(sys.argv[1], workspace=sys.argv[2])
took = time.perf_counter() - begun
print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
WORDS = "人工智能|机器人|智能|无人机|机器视觉|语音识别|大数据|云计算|芯片"


def plain_run(file: Path, target: Path) -> None:
    """Do with pandas what a first script does."""
    table = pd.read_parquet(file).drop_duplicates()
    names = gazetteer().counties["name_zh"]
    county = table["注册地址"].str.extract(f"({'|'.join(map(re.escape, names))})")[0]
    text = table["企业名称"].fillna("") + table["经营范围"].fillna("")
    ai = text.str.contains(WORDS)
    counts = pd.crosstab(county, ai)
    share = counts.div(counts.sum(axis=1), axis=0)
    quotient = share / (counts.sum() / counts.to_numpy().sum())
    quotient.to_csv(target)
    table.assign(county=county, ai=ai).to_parquet(target.with_suffix(".parquet"))


def own_export(snapshot: Snapshot, path: Path) -> None:
    """Write the firms as `clusters export` does."""
    request = TableRequest("enterprises", "county", FirmFilter(), None)
    record = request.provenance(snapshot, ending=path.suffix, ledger=None)
    table = layer_table(snapshot, request)
    write_table(table, path, provenance=record, layer="enterprises", canonical=True)


def timed(work: Callable[[], object]) -> float:
    """Return seconds."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def runs(sheet: Sheet, folder: Path) -> Path:
    """Measure the whole run at every size; return the largest workspace."""
    workspace = folder
    for number in dict.fromkeys(scaled(size, 2_000) for size in SIZES):
        file, workspace = folder / f"{number}.parquet", folder / f"workspace-{number}"
        write_demo(file, number, seed=1, truth=False)
        done = subprocess.run(
            [sys.executable, "-c", RUN, str(file), str(workspace)],
            capture_output=True,
            text=True,
            check=True,
        )
        seconds, most = map(float, done.stdout.split()[-2:])
        case = "Growth: registry to published snapshot"
        sheet.add(case, "clusters", seconds, own=True, size=number, memory_mb=round(most))
        plain = timed(lambda f=file, n=number: plain_run(f, folder / f"{n}.csv"))
        note = "reads, counts and writes only"
        sheet.add(case, "plain pandas script", plain, size=number, partial=True, note=note)
    return workspace


def exports(sheet: Sheet, snapshot: Snapshot, folder: Path) -> None:
    """Measure every format beside the plain writer on the same table."""
    table = gpd.GeoDataFrame(snapshot.enterprises)
    flat = pd.DataFrame(table.drop(columns="geometry"))
    lists = [c for c in flat if flat[c].map(lambda v: isinstance(v, (list, tuple))).any()]
    joined = flat.assign(**{c: flat[c].map(lambda v: ";".join(map(str, v))) for c in lists})
    located = gpd.GeoDataFrame(joined, geometry=table.geometry, crs=table.crs)
    writers: dict[str, Callable[[Path], object]] = {
        ".csv": lambda path: joined.to_csv(path, index=False, encoding="utf-8-sig"),
        ".parquet": table.to_parquet,
        ".gpkg": lambda path: located.to_file(path, driver="GPKG"),
        ".geojson": lambda path: located.to_file(path, driver="GeoJSON"),
        ".xlsx": lambda path: joined.to_excel(path, index=False, engine="xlsxwriter"),
    }
    for ending, plain in writers.items():
        case = f"Export of 100 000 firms, {ending}"
        ours, theirs = folder / f"ours{ending}", folder / f"theirs{ending}"
        seconds = timed(lambda p=ours: own_export(snapshot, p))
        megabytes = ours.stat().st_size / 1e6
        note = f"{len(table):,} firms, {megabytes:.1f} MB, with definitions and provenance"
        sheet.add(case, "clusters", seconds, own=True, note=note)
        name = "geopandas" if ending in {".gpkg", ".geojson", ".parquet"} else "pandas"
        seconds = timed(lambda p=theirs, write=plain: write(p))
        sheet.add(case, name, seconds, note=f"{theirs.stat().st_size / 1e6:.1f} MB")


def main() -> None:
    """Measure runs, then exports of the largest."""
    sheet = Sheet("whole")
    with tempfile.TemporaryDirectory() as name:
        workspace = runs(sheet, Path(name))
        exports(sheet, open_snapshot(workspace), Path(name))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of this process {most:,.0f} MB")
    sheet.save()


if __name__ == "__main__":
    main()
