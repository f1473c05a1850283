"""Write a synthetic registry and its truth, chunk by chunk, so that size costs no memory."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from clusters.atomic import replacing
from clusters.demo.firms import chunks
from clusters.demo.world import world
from clusters.errors import InputError

ENDINGS = (".csv", ".parquet")
Progress = Callable[[int], None]


class _Writer(Protocol):
    def write_table(self, table: pa.Table) -> None: ...
    def close(self) -> None: ...


def write_demo(
    output: Path,
    enterprises: int,
    *,
    seed: int = 0,
    truth: bool = True,
    progress: Progress = lambda _rows: None,
) -> tuple[Path, ...]:
    """Write a synthetic registry.

    Parameters
    ----------
    output
        Registry to write, ``.csv`` (UTF-8 with byte order mark) or ``.parquet``.
    enterprises
        Rows to write.
    seed
        Same seed, same rows.
    truth
        Also write ``<name>.truth.parquet`` (one row per registry row) and
        ``<name>.clusters.csv`` (the planted clusters).
    progress
        Called with the number of rows written so far.

    Returns
    -------
    tuple of Path
        The files written; none is left half-written.

    Raises
    ------
    InputError
        If the ending, the number or the folder cannot be used.
    """
    _check(output, enterprises)
    stem = output.with_suffix("")
    files = [output]
    if truth:
        files += [Path(f"{stem}.truth.parquet"), Path(f"{stem}.clusters.csv")]
    try:
        with ExitStack() as appearing, ExitStack() as open_files:
            # What is entered last appears first: without the registry nothing does.
            partial = [appearing.enter_context(replacing(file)) for file in reversed(files)][::-1]
            registry = _Lazy(open_files, partial[0], output.suffix.lower())
            facts = _Lazy(open_files, partial[1], ".parquet") if truth else None
            done = 0
            for chunk in chunks(enterprises, seed=seed):
                registry.write(chunk.registry)
                if facts is not None:
                    facts.write(chunk.truth)
                done += len(chunk.registry)
                progress(done)
            if truth:
                planted = pd.DataFrame([asdict(one) for one in world(seed).planted])
                planted.to_csv(partial[2], index=False, encoding="utf-8-sig")
    except OSError as error:
        raise InputError(
            f"{output} cannot be written ({error.strerror}); choose another"
        ) from error
    return tuple(files)


def _check(output: Path, enterprises: int) -> None:
    if output.suffix.lower() not in ENDINGS:
        raise InputError(f"{output.name}: the ending must be one of {', '.join(ENDINGS)}")
    if enterprises < 1:
        raise InputError(f"--enterprises {enterprises}: ask for at least one")
    if not output.parent.is_dir():
        raise InputError(f"folder {output.parent} does not exist; create it or choose another")


class _Lazy:
    """A file that opens with its first table, whose columns it takes."""

    def __init__(self, stack: ExitStack, path: Path, ending: str) -> None:
        self._stack, self._path, self._ending = stack, path, ending
        self._writer: _Writer | None = None

    def write(self, frame: pd.DataFrame) -> None:
        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
        if self._writer is None:
            self._writer = self._stack.enter_context(self._open(table.schema))
        self._writer.write_table(table)

    def _open(self, schema: pa.Schema) -> pq.ParquetWriter | pacsv.CSVWriter:
        if self._ending == ".parquet":
            return pq.ParquetWriter(self._path, schema, compression="zstd")
        sink = self._stack.enter_context(self._path.open("wb"))
        sink.write(b"\xef\xbb\xbf")  # Excel in China reads UTF-8 only with its mark
        return pacsv.CSVWriter(sink, schema)
