"""Files that appear whole or not at all."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a path to write to; what is written there becomes the target when the block ends well.

    It is flushed before it gets its name. Where the block or the disk fails, a file that was there
    stays as it was and nothing is left beside it.
    """
    # Not the process id: workers in containers share theirs.
    part = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        yield part
        flush(part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Force a file, or a folder's list of names, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
