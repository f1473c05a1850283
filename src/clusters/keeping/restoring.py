"""Bring a workspace and its ledger back from an archive.

Everything is looked at first: names, sizes and SHA-256 of all members, the manifests of the
snapshots, every row of the ledger. Only then is something written, in an order that leaves the old
or the new state published at any moment: snapshots, ledger (one transaction), and the pointer last.
"""

import contextlib
import hashlib
import json
import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clusters.atomic import replacing
from clusters.errors import InputError, WorkspaceError
from clusters.keeping.archive import CURRENT, FORMAT, MANIFEST, MEMBER, backup
from clusters.ledger import Ledger, note, open_ledger
from clusters.ledger.copying import counts, replace_all, staged
from clusters.places.park_files import KEPT as PARKS
from clusters.registry.remembered import FOLDER as MAPPINGS
from clusters.settings import get_settings
from clusters.workspace import point_to, prepare, published_id

_LARGEST_MANIFEST = 64 * 1024 * 1024
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back, and the archive of what was there before, if anything was."""

    snapshots: tuple[str, ...]
    published: str | None
    rows: dict[str, int]
    before: Path | None


@dataclass(frozen=True, slots=True)
class _Checked:
    """An archive whose members are what its manifest says."""

    archive: zipfile.ZipFile
    about: dict[str, Any]
    names: tuple[str, ...]

    @property
    def snapshots(self) -> tuple[str, ...]:
        found = (name.split("/")[1] for name in self.names if name.startswith("snapshots/"))
        return tuple(dict.fromkeys(found))


def restore(
    source: Path, workspace: Path, where: Path | str, *, who: str, replace: bool = False
) -> Restored:
    """Bring back what an archive holds.

    Parameters
    ----------
    source
        Archive written by `backup`.
    workspace
        Folder to fill.
    where
        The ledger to fill, as `clusters.ledger.open_ledger` takes it; either database.
    who
        Account the audit trail names for this.
    replace
        Whether what is there may be replaced; it is written to an archive beside it first.

    Raises
    ------
    InputError
        If the archive is damaged, or holds what no archive of ours holds; nothing was touched.
    WorkspaceError
        If a newer version wrote it, or there is something already and `replace` is False.
    """
    with _opened(source) as archive:
        checked = _check(archive, source)
        rows = {
            Path(name).stem: _lines(archive, name)
            for name in checked.names
            if name.startswith("ledger/")
        }
        with (
            staged(rows, str(checked.about["ledger_schema"])) as copy,
            contextlib.closing(open_ledger(where)) as ledger,
        ):
            before = _make_room(workspace, ledger, checked, replace=replace)
            prepare(workspace)
            with _unpacked(checked, workspace) as folder:
                _move_in(folder, workspace, checked)
            replace_all(ledger, copy)
            told = {"archive": source.name, "created": str(checked.about["created"])}
            note(ledger, "workspace.restore", told, who=who)
            _publish(workspace, checked)
            return Restored(checked.snapshots, checked.about["published"], counts(copy), before)


@contextlib.contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise _damaged(source, str(error)) from error
    except OSError as error:
        msg = f"{source} cannot be read ({error.strerror}); give the path of a backup"
        raise InputError(msg) from error
    with archive:
        try:
            yield archive
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise _damaged(source, str(error)) from error


def _damaged(source: Path, what: str) -> InputError:
    return InputError(f"{source}: {what}; nothing was touched. Use another backup")


def _check(archive: zipfile.ZipFile, source: Path) -> _Checked:
    """Look at every member before anything is written."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    for entry in entries:
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if entry.filename != MANIFEST and not MEMBER.fullmatch(entry.filename):
            raise _damaged(source, f"member {entry.filename!r} belongs in no backup")
        if kind not in {0, stat.S_IFREG} or entry.flag_bits & 1:
            raise _damaged(source, f"member {entry.filename!r} is no plain file")
    if len(set(names)) != len(names):
        raise _damaged(source, "a member is there twice")
    about = _manifest(archive, source)
    members = about["members"]
    if set(members) != set(names) - {MANIFEST}:
        odd = min(set(members) ^ (set(names) - {MANIFEST}))
        raise _damaged(source, f"member {odd!r} is missing or was added")
    found: dict[str, str] = {}
    for entry in entries:
        if entry.filename == MANIFEST:
            continue
        expected = members[entry.filename]
        if entry.file_size != expected["bytes"]:
            raise _damaged(source, f"member {entry.filename!r} has another size")
        found[entry.filename] = _sha256(archive, entry)
        if found[entry.filename] != expected["sha256"]:
            raise _damaged(source, f"member {entry.filename!r} has another content")
    checked = _Checked(archive, about, tuple(sorted(found)))
    _check_snapshots(checked, found, source)
    return checked


def _manifest(archive: zipfile.ZipFile, source: Path) -> dict[str, Any]:
    try:
        if archive.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
            raise _damaged(source, "its manifest is too large")
        about = json.loads(archive.read(MANIFEST))
        newer = about["format"] > FORMAT
        texts = (about["created"], about["ledger_schema"], about["published"] or "")
        sizes = {name: (one["bytes"], one["sha256"]) for name, one in about["members"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(source, "it has no manifest of a backup") from error
    if newer:
        msg = f"{source} was written by a newer version of clusters; update clusters first"
        raise WorkspaceError(msg)
    whole = all(isinstance(size, int) for size, _ in sizes.values())
    if not whole or not all(isinstance(text, str) for text in texts):
        raise _damaged(source, "it has no manifest of a backup")
    return dict(about)


def _check_snapshots(checked: _Checked, found: Mapping[str, str], source: Path) -> None:
    """Hold the tables against the manifest of their snapshot, and the pointer against both."""
    for identity in checked.snapshots:
        folder = f"snapshots/{identity}"
        try:
            files = json.loads(checked.archive.read(f"{folder}/manifest.json"))["files"]
        except (KeyError, TypeError, ValueError) as error:
            raise _damaged(source, f"snapshot {identity} has no manifest") from error
        for name, digest in files.items():
            if found.get(f"{folder}/{name}") != digest:
                raise _damaged(source, f"snapshot {identity}: {name} is not what was published")
    published = checked.about["published"]
    given = checked.archive.read(CURRENT).decode(errors="replace") if CURRENT in found else None
    if given is not None:
        given = given.strip()
    if published != given or (published is not None and published not in checked.snapshots):
        raise _damaged(source, "its published snapshot is missing")


def _sha256(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    digest = hashlib.sha256()
    with archive.open(entry) as member:
        while chunk := member.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _lines(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as member:
        yield from member


def _make_room(workspace: Path, ledger: Ledger, checked: _Checked, *, replace: bool) -> Path | None:
    """Refuse to fill what is filled, or keep it; and see that there is room on the disk."""
    there = [name for name in ("snapshots", CURRENT, MAPPINGS, PARKS) if _filled(workspace / name)]
    own = [f"data/{file}" for file in _own_that_differs(checked)]
    rows = sum(counts(ledger).values())
    if rows:
        there.append(f"a ledger with {rows} rows")
    if (there or own) and not replace:
        msg = (
            f"{workspace} is not empty ({', '.join([*there, *own])}); restore to another folder, "
            "or say --replace: what is there is then written to an archive beside it first"
        )
        raise WorkspaceError(msg)
    needed = sum(int(one["bytes"]) for one in checked.about["members"].values())
    workspace.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(workspace).free
    if needed > free:
        msg = f"{workspace}: {needed:,} bytes are needed and {free:,} are free; make room first"
        raise WorkspaceError(msg)
    if not (there or own):
        return None
    before = workspace / f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%S}Z.zip"
    backup(workspace, before, ledger)
    return before


def _filled(place: Path) -> bool:
    return any(place.iterdir()) if place.is_dir() else place.exists()


def _own_that_differs(checked: _Checked) -> list[str]:
    """Return outlines of people's own that are there already and are others than the archive's."""
    found = []
    for name in checked.names:
        file = get_settings().data / name.removeprefix("data/")
        if name.startswith("data/") and file.exists():
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            if digest != checked.about["members"][name]["sha256"]:
                found.append(name.removeprefix("data/"))
    return found


@contextlib.contextmanager
def _unpacked(checked: _Checked, workspace: Path) -> Iterator[Path]:
    """Yield a folder in the workspace with all files of the archive, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=".restoring-", dir=workspace))
    try:
        for name in checked.names:
            if name.startswith("ledger/"):
                continue
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            with checked.archive.open(name) as member, file.open("wb") as target:
                shutil.copyfileobj(member, target, _CHUNK)
                target.flush()
                os.fsync(target.fileno())
        yield folder
    except OSError as error:
        if isinstance(error, WorkspaceError):
            raise
        msg = (
            f"{workspace} cannot be written ({error.strerror or error}); it is published as before"
        )
        raise WorkspaceError(msg) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _move_in(folder: Path, workspace: Path, checked: _Checked) -> None:
    """Put the files in their places; one that is there is replaced, never absent."""
    for identity in checked.snapshots:
        target = workspace / "snapshots" / identity
        if not target.exists():
            (folder / "snapshots" / identity).rename(target)
    for name in checked.names:
        file = folder / name
        if name.startswith("data/"):
            _place(file, get_settings().data / name.removeprefix("data/"))
        elif name != CURRENT and file.exists():
            _place(file, workspace / name)
    if PARKS not in checked.names:
        (workspace / PARKS).unlink(missing_ok=True)
    for old in (workspace / MAPPINGS).glob("*.toml"):
        if f"{MAPPINGS}/{old.name}" not in checked.names:
            old.unlink()


def _place(file: Path, target: Path) -> None:
    """Put a file where it belongs, which may be on another disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as part:
        shutil.copyfile(file, part)


def _publish(workspace: Path, checked: _Checked) -> None:
    """Point to the snapshot of the archive, then take away what the archive does not hold."""
    published = checked.about["published"]
    if published is not None:
        point_to(workspace, published)
    elif published_id(workspace) is not None:
        (workspace / CURRENT).unlink()
    for folder in (workspace / "snapshots").iterdir():
        if folder.name not in checked.snapshots and not folder.name.startswith("."):
            shutil.rmtree(folder, ignore_errors=True)
