"""Mappings a visitor made once, kept for the next file with the same headers.

A mapping is stored as a TOML file that ``--mapping`` also reads, under a key made from the set of
headers: the order of columns does not matter, one more or fewer column is another source. Headers
of personal columns take part in the key as a digest only; no value of any row is stored.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel

from clusters.atomic import replacing
from clusters.errors import InputError, WorkspaceError
from clusters.registry.files import open_file, split_part
from clusters.registry.headers import compact
from clusters.registry.mapping import ColumnMapping, read_mapping
from clusters.registry.park_mapping import ParkMapping, read_park_mapping
from clusters.registry.toml import toml_text

FOLDER = "mappings"
_OF_ONE_FILE = ("sheet", "header_row", "encoding", "delimiter")


def source_key(headers: Iterable[str]) -> str:
    """Return the key of a set of headers, whatever their order or spelling of width and case."""
    text = "\n".join(sorted({compact(header) for header in headers}))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def to_toml(mapping: BaseModel) -> str:
    """Return a mapping as the TOML text that `read_mapping` reads back."""
    return toml_text(mapping.model_dump(exclude_defaults=True))


def of_parks(headers: Iterable[str]) -> list[str]:
    """Return what stands for the headers of a registry of parks: not those of one of firms."""
    return ["\x00parks", *headers]


def remember(workspace: Path, headers: Iterable[str], mapping: BaseModel) -> Path:
    """Store what headers mean for files with these headers; an older mapping is replaced whole.

    How one file had to be read (its sheet, header row, encoding, separator) says nothing of the
    next and is left out.

    Raises
    ------
    WorkspaceError
        If the workspace cannot be written.
    """
    path = workspace / FOLDER / f"{source_key(headers)}.toml"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part:
            kept = mapping.model_copy(update=dict.fromkeys(_OF_ONE_FILE))
            part.write_text(to_toml(kept), encoding="utf-8")
    except OSError as error:
        msg = (
            f"the mapping cannot be kept in {path.parent} ({error.strerror or error}); "
            "check the rights of the workspace"
        )
        raise WorkspaceError(msg) from error
    return path


def recall(workspace: Path, headers: Iterable[str]) -> ColumnMapping | None:
    """Return the mapping kept for files with these headers, or None.

    A file that someone damaged by hand counts as none.
    """
    path = workspace / FOLDER / f"{source_key(headers)}.toml"
    if not path.is_file():
        return None
    try:
        return read_mapping(path)
    except InputError:
        return None


def recall_for(workspace: Path, source: str | Path) -> ColumnMapping | None:
    """Return the mapping kept for the headers of a file, or None.

    A file that cannot be read without help has none: its headers are not known.
    """
    if not (workspace / FOLDER).is_dir():
        return None
    path, _ = split_part(source)
    try:
        raw = open_file(source, path.name, ColumnMapping()).raw
    except InputError:
        return None
    return recall(workspace, raw.headers)


def recall_parks(workspace: Path, headers: Iterable[str]) -> ParkMapping | None:
    """Return the mapping kept for registries of parks with these headers, or None."""
    path = workspace / FOLDER / f"{source_key(of_parks(headers))}.toml"
    try:
        return read_park_mapping(path) if path.is_file() else None
    except InputError:
        return None


def recall_parks_for(workspace: Path, source: str | Path) -> ParkMapping | None:
    """Return the mapping kept for the headers of a registry of parks, or None; see `recall_for`."""
    if not (workspace / FOLDER).is_dir():
        return None
    path, _ = split_part(source)
    try:
        raw = open_file(source, path.name, ParkMapping().reading()).raw
    except InputError:
        return None
    return recall_parks(workspace, raw.headers)


def forget(workspace: Path, headers: Iterable[str]) -> None:
    """Drop the mapping kept for files with these headers, if there is one."""
    (workspace / FOLDER / f"{source_key(headers)}.toml").unlink(missing_ok=True)
