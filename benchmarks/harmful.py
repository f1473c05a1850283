"""How long and how much memory it takes to refuse harmful files: one process each.

    python benchmarks/harmful.py

Prints seconds and the largest resident memory in MB beyond an idle reader.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from report import Sheet

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

READ = """
import resource, sys, time
from clusters.errors import InputError
from clusters.registry import read_registry
import clusters.registry.layers, clusters.registry.workbooks
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begun = time.perf_counter()
try:
    read_registry(sys.argv[1])
    code = "read"
except InputError as error:
    code = error.code
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(code, round(time.perf_counter() - begun, 2), round((most - idle) / 1024), round(most / 1024))
"""


def main() -> None:
    from faults import broken

    sheet = Sheet("harmful")
    with tempfile.TemporaryDirectory() as folder:
        files = {
            "zip bomb": ("bomb.zip", broken.zip_bomb(300)),
            "XML bomb": ("laughs.xlsx", broken.laughs()),
            "external links": ("links.xlsx", broken.linked()),
            "2 GB cell in a workbook": ("cell.xlsx", b""),
            "2 GB cell in a text": ("cell.csv", b""),
            "2 GB cell in a zip": ("cell.zip", b""),
        }
        for what, (name, content) in files.items():
            path = Path(folder) / name
            if name == "cell.csv":
                with path.open("wb") as file:
                    file.write("企业名称,地址\n".encode())
                    file.truncate(2 * 1024**3)
            elif name.startswith("cell"):
                path.write_bytes(endless(name))
            else:
                path.write_bytes(content)
            done = subprocess.run(
                [sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True
            )
            code, seconds, more, most = done.stdout.split()
            sheet.add(
                f"Refusing a harmful file: {what}",
                "clusters",
                float(seconds),
                own=True,
                memory_mb=float(most),
                note=f"{code}; {more} MB above an idle reader",
            )
    sheet.save()


def endless(name: str) -> bytes:
    """Return an archive whose one cell has 2 GB, written piece by piece."""
    import io
    import zipfile

    from faults import broken

    target = io.BytesIO()
    member = "xl/sharedStrings.xml" if name.endswith("xlsx") else "firms.csv"
    if name.endswith("xlsx"):
        target.write(broken.book(("甲公司", "成都", "")))
    with (
        zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(member, "w", force_zip64=True) as stream,
    ):
        for _ in range(2048):
            stream.write(b"x" * 1024**2)
    return target.getvalue()


if __name__ == "__main__":
    main()
