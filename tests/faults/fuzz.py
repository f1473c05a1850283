"""Fuzz the readers: sound and broken files, bent at random, must be read or refused, never crash.

    PYTHONPATH=src:tests python tests/faults/fuzz.py 600 [seed]

CI runs a short one (`test_fuzz`). A find is written beside the message, to be added to `broken`.
"""

import sys
import tempfile
import time
import traceback
from pathlib import Path

import numpy as np

from clusters.errors import InputError
from clusters.registry import read_registry
from faults import broken

WORDS = [b",", b"\n", b'"', b"\t", b"\x00", b"\xff", "合计".encode(), "万元".encode(), b"1e309", b"-", b"=",
         "企业名称".encode(), "成立日期".encode(), "李四".encode(), b"<!DOCTYPE", b"PK\x03\x04", b"\r", b"%", b"{0}"]  # fmt: skip


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


def fuzz(seconds: float, seed: int, *, most: int = 10**9) -> tuple[int, list[str]]:
    """Bend and read for some seconds; return how many files, and the tracebacks."""
    generator = np.random.default_rng(seed)
    pool, found = seeds(), []
    count, end = 0, time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end and count < most:
            name, content = pool[int(generator.integers(0, len(pool)))]
            path = Path(folder) / name
            bent = bend(content, generator, pool)
            path.write_bytes(bent)
            count += 1
            try:
                read = read_registry(path)
                if not read.account.adds_up:
                    found.append(f"{name}: rows are not conserved\n{bent!r}")
            except InputError as error:
                if not error.code:
                    found.append(f"{name}: no code: {error}\n{bent!r}")
            except Exception:  # noqa: BLE001 - what a fuzzer is for
                found.append(f"{name}:\n{traceback.format_exc()}\n{bent!r}")
            path.unlink()
    return count, found


if __name__ == "__main__":
    done, finds = fuzz(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    sys.stdout.write(f"{done} files, {len(finds)} finds\n")
    sys.stdout.write("\n\n".join(finds[:20]) + "\n")
    sys.exit(bool(finds))
