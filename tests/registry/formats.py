"""One registry written in every format, and whether all of them give the same snapshot.

    PYTHONPATH=src:tests python tests/registry/formats.py REGISTRY.parquet [ROWS]

runs each format all the way and prints one line a format; ``make faults`` does so with the real
registry where it is there. What must be the same are the bytes of every table, once the columns
are left out that say from which file and row a line comes.
"""

import hashlib
import io
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import pandas as pd
import xlsxwriter

from clusters import pipeline, workspace

ORIGIN = {
    "enterprises": ["source_file", "row"],
    "rejected": ["file", "row"],
    "duplicates": ["file", "row", "kept_file", "kept_row"],
    "findings": ["file", "row"],
    "candidates": [],
}


def write_workbook(path: Path, table: pd.DataFrame) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(table.columns))
        for at, row in enumerate(table.itertuples(index=False), start=1):
            for position, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(at, position, value)


def in_formats(table: pd.DataFrame, folder: Path) -> dict[str, list[Path]]:
    """Write a table of text as GB18030 CSV, XLSX in two files, Parquet and zipped CSV."""
    table.to_csv(folder / "a.csv", index=False, encoding="gb18030")
    half = len(table) // 2
    write_workbook(folder / "a.xlsx", table.iloc[:half])
    write_workbook(folder / "b.xlsx", table.iloc[half:])
    table.to_parquet(folder / "a.parquet", index=False)
    table.to_csv(folder / "u.csv", index=False)
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "u.csv", "a.csv")
    return {
        "csv": [folder / "a.csv"],
        "xlsx": [folder / "a.xlsx", folder / "b.xlsx"],
        "parquet": [folder / "a.parquet"],
        "zip": [folder / "a.zip"],
    }


def digests(snapshot: workspace.Snapshot) -> dict[str, str]:
    """Return the SHA-256 of each table without what names files and rows."""
    found = {}
    for name in workspace.TABLES:
        if name not in ORIGIN:
            found[name] = snapshot.manifest["files"][f"{name}.parquet"]
            continue
        table = getattr(snapshot, name)
        if name == "findings":  # what is said of a whole file is about its format
            table = table[table["row"].notna()]
        target = io.BytesIO()
        table.drop(columns=ORIGIN[name]).to_parquet(target, index=False)
        found[name] = hashlib.sha256(target.getvalue()).hexdigest()
    return found


def main(source: Path, rows: int | None) -> int:
    table = pd.read_parquet(source).astype("str").head(rows or 10**9)
    wrong, reference = 0, None
    with tempfile.TemporaryDirectory() as folder:
        for name, files in in_formats(table, Path(folder)).items():
            begin = time.monotonic()
            snapshot = pipeline.run(files, workspace=Path(folder) / name)
            account, found = snapshot.manifest["account"], digests(snapshot)
            adds_up = account["read"] == len(table) == sum(
                account[part] for part in ("published", "duplicates", "rejected")
            )  # fmt: skip
            reference = reference or found
            others = [one for one in found if found[one] != reference[one]]
            verdict = "the same snapshot" if not others else f"DIFFERS in {', '.join(others)}"
            wrong += bool(others) or not adds_up
            took = time.monotonic() - begin
            sys.stdout.write(f"{name}: {account}, {verdict}, {took:.0f} s\n")
            sys.stdout.flush()
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None))
