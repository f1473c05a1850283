"""One archive with all that would be missed: snapshots, pointer, mappings, ledger, own footprints.

The archive is a ZIP with a manifest that names every member with its size and SHA-256. The ledger
is read at one moment, as rows of text, so it can go back into either database. Caches are left out.
"""

import contextlib
import hashlib
import importlib.metadata
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clusters.atomic import replacing
from clusters.errors import WorkspaceError
from clusters.ledger import Ledger
from clusters.ledger.copying import lines_of, moment_of, table_names
from clusters.ledger.upgrade import head
from clusters.places.park_files import KEPT as PARKS
from clusters.places.zones import OFFICIAL
from clusters.registry.remembered import FOLDER as MAPPINGS
from clusters.settings import get_settings
from clusters.workspace import Snapshot, list_snapshots, open_snapshot, published_id

FORMAT = 1
MANIFEST = "manifest.json"
CURRENT = "current"
# What people bring in beside the workspace: footprints of zones of their own.
OWN_DATA = (f"boundaries/{OFFICIAL}",)
MEMBER = re.compile(
    r"current"
    r"|snapshots/\d{8}T\d{6}Z-[0-9a-f]{6}/[a-z_]+\.(?:parquet|json)"
    rf"|{MAPPINGS}/[0-9a-f]{{16}}\.toml"
    rf"|{re.escape(PARKS)}"
    r"|ledger/[a-z_]+\.jsonl"
    rf"|data/(?:{'|'.join(map(re.escape, OWN_DATA))})"
)
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """What an archive holds: ids of snapshots, rows of the ledger by table, and its size."""

    snapshots: tuple[str, ...]
    published: str | None
    rows: dict[str, int]
    size_bytes: int


class _Writer:
    """Adds members to an archive and remembers their size and SHA-256."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.members: dict[str, dict[str, Any]] = {}

    def add(self, name: str, chunks: Iterable[bytes], *, packed: bool = True) -> str:
        """Write a member and return its SHA-256."""
        info = zipfile.ZipInfo(name)  # without a time: the same content makes the same archive
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = 0o600 << 16
        digest, size = hashlib.sha256(), 0
        with self._archive.open(info, "w", force_zip64=True) as member:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                member.write(chunk)
        self.members[name] = {"bytes": size, "sha256": digest.hexdigest()}
        return digest.hexdigest()


def backup(
    workspace: Path, target: Path, ledger: Ledger, *, snapshots: Sequence[str] | None = None
) -> Kept:
    """Write a workspace and its ledger to one archive; others may go on working meanwhile.

    Parameters
    ----------
    workspace
        Folder of the snapshots.
    target
        File to write; it appears whole or not at all.
    ledger
        The ledger that belongs to it, on either database.
    snapshots
        Ids to keep beside the published one; all if None.

    Raises
    ------
    WorkspaceError
        If something cannot be read or written, or a snapshot is not what its manifest says.
    """
    chosen = _chosen(workspace, snapshots)
    published = published_id(workspace)
    rows: dict[str, int] = {}
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            part = stack.enter_context(replacing(target))
            part.touch(mode=0o600)  # the whole ledger is in it: for the one who asked only
            archive = stack.enter_context(zipfile.ZipFile(part, "w", allowZip64=True))
            writer = _Writer(archive)
            for snapshot in chosen:
                _add_snapshot(writer, snapshot)
            if published is not None:
                writer.add(CURRENT, [f"{published}\n".encode()])
            for name, file in _small_files(workspace):
                writer.add(name, _content(file))
            with moment_of(ledger) as connection:
                for table in table_names():
                    counted = _Counted(lines_of(connection, table))
                    writer.add(f"ledger/{table}.jsonl", counted)
                    rows[table] = counted.count
            about = {
                "format": FORMAT,
                "created": datetime.now(UTC).isoformat(timespec="seconds"),
                "software": importlib.metadata.version("sichuan-ai-clusters"),
                "ledger_schema": head(),
                "ledger_rows": rows,
                "published": published,
                "members": writer.members,
            }
            writer.add(MANIFEST, [json.dumps(about, ensure_ascii=False, indent=1).encode()])
    except OSError as error:
        if isinstance(error, WorkspaceError):
            raise
        msg = f"{target} cannot be written ({error.strerror or error}); free some space or choose "
        raise WorkspaceError(msg + "another place") from error
    return Kept(tuple(s.id for s in chosen), published, rows, target.stat().st_size)


def _chosen(workspace: Path, wanted: Sequence[str] | None) -> list[Snapshot]:
    if wanted is None:
        return list_snapshots(workspace)
    published = published_id(workspace)
    ids = dict.fromkeys([*([published] if published else []), *wanted])
    return [open_snapshot(workspace, one) for one in ids]


def _add_snapshot(writer: _Writer, snapshot: Snapshot) -> None:
    for name, expected in snapshot.manifest["files"].items():
        member = f"snapshots/{snapshot.id}/{name}"
        if writer.add(member, _content(snapshot.path / name), packed=False) != expected:
            msg = (
                f"snapshot {snapshot.id}: {name} is not what was published; bring it back from an "
                "earlier backup or remove the folder, then back up again"
            )
            raise WorkspaceError(msg)
    writer.add(f"snapshots/{snapshot.id}/manifest.json", _content(snapshot.path / "manifest.json"))


def _small_files(workspace: Path) -> Iterator[tuple[str, Path]]:
    for file in sorted((workspace / MAPPINGS).glob("*.toml")):
        if MEMBER.fullmatch(f"{MAPPINGS}/{file.name}"):
            yield f"{MAPPINGS}/{file.name}", file
    if (workspace / PARKS).is_file():
        yield PARKS, workspace / PARKS
    for name in OWN_DATA:
        file = get_settings().data / name
        if file.is_file():
            yield f"data/{name}", file


def _content(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk
    except OSError as error:
        msg = f"{file} cannot be read ({error.strerror}); check the rights of the workspace"
        raise WorkspaceError(msg) from error


class _Counted:
    """Passes chunks on and counts them."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.count += 1
            yield chunk
