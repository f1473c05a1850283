"""Fuzz the readers: sound and broken files, bent at random, must be read or refused, never crash.

    PYTHONPATH=src:tests python tests/faults/fuzz.py 600 [seed]

Bytes are bent, and so are cells of text files and members of archives, which are packed anew: what
a reader checks first (a sum, a length) would otherwise hide all that lies behind. A file that takes
longer than `SLOW_S` is a find too. CI runs a short one (`test_fuzz`); a find is written beside the
message, to be added to `broken`.
"""

import io
import sys
import tempfile
import time
import traceback
import zipfile
from pathlib import Path

import numpy as np

from clusters.errors import InputError
from clusters.registry import read_registry
from faults import broken

WORDS = [b",", b"\n", b'"', b"\t", b"\x00", b"\xff", "合计".encode(), "万元".encode(), b"1e309", b"-", b"=",
         "企业名称".encode(), "成立日期".encode(), "李四".encode(), b"<!DOCTYPE", b"PK\x03\x04", b"\r", b"%", b"{0}"]  # fmt: skip

CELLS = ["", "合计", "-", "1e309", "20l8", "2018/13/45", "1,2,3", "=1+1", "0.5亿美元", "１２", "李四", "nan", "True",
         "91510104MA0000001E", "13812345678", "四川甲公司" * 50, "\u202e", "\ud800", "1900-01-00", "100(万元人民币)"]  # fmt: skip
SLOW_S = 20.0


def seeds() -> list[tuple[str, bytes]]:
    """Return files to bend: small ones of every case."""
    made = [
        (name, content) for name, content, *_ in [*broken.READ.values(), *broken.REFUSED.values()]
    ]
    return [(name, content) for name, content in made if 0 < len(content) < 60_000]


def bend(content: bytes, generator: np.random.Generator, others: list[tuple[str, bytes]]) -> bytes:
    """Return bytes changed in one to eight ways."""
    data = bytearray(content)
    for _ in range(int(generator.integers(1, 9))):
        at = int(generator.integers(0, len(data) + 1))
        kind = int(generator.integers(0, 6))
        if kind == 0 and data:
            data[min(at, len(data) - 1)] = int(generator.integers(0, 256))
        elif kind == 1:
            data[at:at] = WORDS[int(generator.integers(0, len(WORDS)))]
        elif kind == 2:
            del data[at : at + int(generator.integers(1, 40))]
        elif kind == 3:
            data[at:at] = data[at : at + int(generator.integers(1, 200))]
        elif kind == 4:
            other = others[int(generator.integers(0, len(others)))][1]
            start = int(generator.integers(0, len(other)))
            data[at:at] = other[start : start + int(generator.integers(1, 100))]
        elif generator.random() < 0.1:
            del data[at:]
    return bytes(data)


def bend_cells(content: bytes, generator: np.random.Generator) -> bytes:
    """Return a text table with cells exchanged, repeated, emptied or replaced."""
    rows = [line.split(b",") for line in content.split(b"\n")]
    for _ in range(int(generator.integers(1, 12))):
        row = rows[int(generator.integers(0, len(rows)))]
        at = int(generator.integers(0, len(row)))
        kind = int(generator.integers(0, 5))
        if kind == 0:
            row[at] = CELLS[int(generator.integers(0, len(CELLS)))].encode("utf-8", "surrogatepass")
        elif kind == 1:
            other = rows[int(generator.integers(0, len(rows)))]
            row[at] = other[int(generator.integers(0, len(other)))]
        elif kind == 2:
            row.insert(at, row[at])
        elif kind == 3 and len(row) > 1:
            del row[at]
        else:
            rows.insert(0, list(row))
    return b"\n".join(b",".join(row) for row in rows)


def bend_members(content: bytes, generator: np.random.Generator, others: list) -> bytes:
    """Return an archive of which one member is bent and packed with the right sum again."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {info.filename: archive.read(info) for info in archive.infolist()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        return bend(content, generator, others)
    if not members or sum(map(len, members.values())) > 5_000_000:
        return bend(content, generator, others)
    chosen = sorted(members)[int(generator.integers(0, len(members)))]
    members[chosen] = bend(members[chosen], generator, others)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


def bent_somehow(content: bytes, generator: np.random.Generator, others: list) -> bytes:
    """Bend bytes, cells or members, whichever the file has."""
    if content.startswith(b"PK") and generator.random() < 0.8:
        return bend_members(content, generator, others)
    if b"," in content and b"\x00" not in content and generator.random() < 0.5:
        return bend_cells(content, generator)
    return bend(content, generator, others)


def fuzz(
    seconds: float, seed: int, *, most: int = 10**9, slow_s: float = SLOW_S
) -> tuple[int, list[str]]:
    """Bend and read for some seconds; return how many files, and the tracebacks."""
    generator = np.random.default_rng(seed)
    pool, found = seeds(), []
    count, end = 0, time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end and count < most:
            name, content = pool[int(generator.integers(0, len(pool)))]
            path = Path(folder) / name
            bent = bent_somehow(content, generator, pool)
            path.write_bytes(bent)
            count += 1
            begin = time.monotonic()
            try:
                read = read_registry(path)
                if not read.account.adds_up:
                    found.append(f"{name}: rows are not conserved\n{bent!r}")
            except InputError as error:
                if not error.code:
                    found.append(f"{name}: no code: {error}\n{bent!r}")
            except Exception:  # noqa: BLE001 - what a fuzzer is for
                found.append(f"{name}:\n{traceback.format_exc()}\n{bent!r}")
            took = time.monotonic() - begin
            if took > slow_s:
                found.append(f"{name}: {took:.0f} s\n{bent[:4000]!r}")
            path.unlink()
    return count, found


if __name__ == "__main__":
    done, finds = fuzz(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    sys.stdout.write(f"{done} files, {len(finds)} finds\n")
    sys.stdout.write("\n\n".join(finds[:20]) + "\n")
    sys.exit(bool(finds))
