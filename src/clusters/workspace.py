"""Snapshots: written whole, published in one step, never changed afterwards.

A snapshot is a folder of Parquet tables and a manifest. It is built under a temporary name in the
same file system, flushed to disk, renamed, and only then named by the one-line file ``current``.
A crash at any moment therefore leaves the old or the new snapshot published, never half of one.
Temporary folders a crash left behind are removed by the next publication once they are a day old;
until then they may belong to a run that is still working.
"""

import contextlib
import hashlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from clusters.atomic import flush, replacing
from clusters.errors import WorkspaceError
from clusters.places.parks import shipped_parks, with_lists
from clusters.registry.entities import CANDIDATE_COLUMNS

TABLES = (
    "enterprises",
    "rejected",
    "duplicates",
    "candidates",
    "findings",
    "metrics",
    "sensitivity",
    "distances",
    "ellipses",
    "hotspots",
    "memory",
    "parks",
)
_NO_CANDIDATES = pd.DataFrame(columns=list(CANDIDATE_COLUMNS), dtype="str")
GEOGRAPHIC = frozenset({"enterprises", "hotspots", "parks"})
_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
_NEEDED = {"id", "created", "files"}
_STALE_AFTER_SECONDS = 86_400
ROWS_PER_GROUP = 131_072
"""Rows of a row group of the `LONG` tables: what writers and readers of them hold at once."""

LONG = frozenset({"enterprises", "rejected", "findings"})
"""Tables with about a row for each row of the registry."""


@dataclass(frozen=True)
class Snapshot:
    """One immutable state of the platform's data.

    Attributes
    ----------
    path : Path
        Folder of the snapshot.
    manifest : dict
        Inputs with sha256 and rows, parameters, versions, row account, warnings.
    """

    path: Path
    manifest: dict[str, Any]

    @property
    def id(self) -> str:
        """UTC time of publication and first six characters of the content hash."""
        return self.path.name

    @property
    def created(self) -> datetime:
        """Time of publication (UTC)."""
        return datetime.strptime(self.id[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    @cached_property
    def enterprises(self) -> gpd.GeoDataFrame:
        """Published firms: canonical, taxonomy and location columns; points in EPSG:4326."""
        return self._read("enterprises")

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """Metrics in long form, one value with its inference a row."""
        return self._read("metrics")

    @cached_property
    def sensitivity(self) -> pd.DataFrame:
        """Indices of the segments over several sets of areas and origins of hexagons."""
        return self._read("sensitivity")

    @cached_property
    def distances(self) -> pd.DataFrame:
        """Functions of distance with their bands, one radius a row."""
        return self._read("distances")

    @cached_property
    def ellipses(self) -> pd.DataFrame:
        """Standard ellipses of the precisely placed firms of each industry."""
        return self._read("ellipses")

    @cached_property
    def hotspots(self) -> gpd.GeoDataFrame:
        """Density clusters of precisely placed firms; hulls in EPSG:4326."""
        return self._read("hotspots")

    @cached_property
    def rejected(self) -> pd.DataFrame:
        """Rows that could not be published, with rule and reason."""
        return self._read("rejected")

    @cached_property
    def duplicates(self) -> pd.DataFrame:
        """Rows left out because another row is the same enterprise."""
        return self._read("duplicates")

    @cached_property
    def candidates(self) -> pd.DataFrame:
        """Pairs of firms that may be one enterprise; empty in snapshots of older versions."""
        if not (self.path / "candidates.parquet").exists():
            return _NO_CANDIDATES.copy()
        return self._read("candidates")

    @cached_property
    def findings(self) -> pd.DataFrame:
        """Everything the checks had to say, row by row."""
        return self._read("findings")

    @cached_property
    def parks(self) -> gpd.GeoDataFrame:
        """The parks in use: shipped and imported; in snapshots of older versions those shipped."""
        if not (self.path / "parks.parquet").exists():
            return shipped_parks()
        return with_lists(self._read("parks"))

    @cached_property
    def memory(self) -> pd.DataFrame:
        """What this registry taught about roads, villages and estates."""
        return self._read("memory")

    def _read(self, table: str) -> Any:  # GeoDataFrame or DataFrame, named by the properties above
        file = self.path / f"{table}.parquet"
        try:
            return gpd.read_parquet(file) if table in GEOGRAPHIC else pd.read_parquet(file)
        except (OSError, ValueError) as error:
            msg = (
                f"snapshot {self.id}: {file.name} cannot be read ({error}); "
                "run the registry again, or choose another snapshot with --snapshot"
            )
            raise WorkspaceError(msg) from error


def prepare(workspace: Path) -> None:
    """Make sure a snapshot can be written here, before any work is done.

    Raises
    ------
    WorkspaceError
        If the folder cannot be created or written.
    """
    try:
        snapshots = _snapshots(workspace)
        snapshots.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=snapshots):
            pass
    except OSError as error:
        msg = (
            f"workspace {workspace} cannot be written ({error.strerror or error}); "
            "choose a writable folder with --workspace or CLUSTERS_WORKSPACE"
        )
        raise WorkspaceError(msg) from error


def publish(
    workspace: Path, tables: Mapping[str, pd.DataFrame | Path], manifest: dict[str, Any]
) -> Snapshot:
    """Write a snapshot and make it the published one.

    Parameters
    ----------
    workspace : Path
        Folder that holds ``snapshots/`` and ``current``.
    tables : mapping of str to DataFrame or Path
        One table for each name in `TABLES`, or the Parquet file it was written to; without
        ``candidates`` there are none, without ``parks`` those shipped are in use.
    manifest : dict
        What the tables cannot say of themselves; the content hash and time are added here.

    Returns
    -------
    Snapshot

    Raises
    ------
    WorkspaceError
        If the disk refuses; the snapshot published before stays published.
    """
    prepare(workspace)
    _remove_stale(workspace)
    try:
        with _building(workspace) as folder:
            digest = hashlib.sha256()
            files = {}
            for name in TABLES:
                file = folder / f"{name}.parquet"
                table = tables[name] if name in tables else _usual(name)
                if isinstance(table, Path):
                    shutil.copyfile(table, file)
                else:
                    rows = ROWS_PER_GROUP if name in LONG else None
                    table.to_parquet(file, compression="zstd", index=False, row_group_size=rows)
                flush(file)
                content = _sha256(file)
                files[file.name] = content
                digest.update(content.encode())
            created = datetime.now(UTC)
            identity = f"{created:%Y%m%dT%H%M%SZ}-{digest.hexdigest()[:6]}"
            full = {"id": identity, "created": created.isoformat(timespec="seconds"), **manifest}
            full["content_sha256"] = digest.hexdigest()
            full["files"] = files
            described = folder / "manifest.json"
            described.write_text(json.dumps(full, ensure_ascii=False, indent=1), encoding="utf-8")
            flush(described)
            flush(folder)
            final = _snapshots(workspace) / identity
            if not final.exists():  # the same content published twice within a second is one
                folder.rename(final)
                flush(final.parent)
        point_to(workspace, identity)
    except OSError as error:
        msg = (
            f"the snapshot could not be written to {workspace} ({error.strerror or error}); "
            "the one published before is unchanged. Free some space or choose another --workspace"
        )
        raise WorkspaceError(msg) from error
    return open_snapshot(workspace, identity)


def _usual(name: str) -> pd.DataFrame:
    """Return what a table holds where a run does not give it."""
    if name == "parks":
        return shipped_parks()
    if name == "candidates":
        return _NO_CANDIDATES
    raise KeyError(name)


def point_to(workspace: Path, identity: str) -> None:
    """Make an existing snapshot the published one (also used to roll back)."""
    if not (_snapshots(workspace) / identity / "manifest.json").is_file():
        raise WorkspaceError(_unknown(workspace, identity))
    pointer = workspace / "current"
    with replacing(pointer) as part:
        part.write_text(identity + "\n", encoding="utf-8")
    flush(workspace)


def published_id(workspace: Path) -> str | None:
    """Return the id of the published snapshot, or None where nothing was published yet."""
    try:
        identity = (workspace / "current").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{workspace / 'current'} cannot be read ({error}); check the folder's rights"
        raise WorkspaceError(msg) from error
    return identity or None


def open_snapshot(workspace: str | Path, identity: str | None = None) -> Snapshot:
    """Open one snapshot: the published one unless another is named.

    Raises
    ------
    WorkspaceError
        If nothing was published yet, or no snapshot has this id.
    """
    workspace = Path(workspace)
    if identity is None:
        identity = published_id(workspace)
        if identity is None:
            msg = f"no snapshot in {workspace} yet; make one with: clusters run"
            raise WorkspaceError(msg)
    folder = _snapshots(workspace) / identity
    if not _ID.fullmatch(identity) or not folder.is_dir():
        raise WorkspaceError(_unknown(workspace, identity))
    return Snapshot(folder, _manifest(folder))


@lru_cache(maxsize=4)
def held_snapshot(workspace: Path, identity: str) -> Snapshot:
    """Open a snapshot once for everybody in this process; it never changes, so it may be kept."""
    return open_snapshot(workspace, identity)


def list_snapshots(workspace: str | Path) -> list[Snapshot]:
    """Return every complete snapshot of a workspace, newest first."""
    folder = _snapshots(Path(workspace))
    if not folder.is_dir():
        return []
    names = sorted((p.name for p in folder.iterdir() if _ID.fullmatch(p.name)), reverse=True)
    return [Snapshot(folder / name, _manifest(folder / name)) for name in names]


def _snapshots(workspace: Path) -> Path:
    return workspace / "snapshots"


def _unknown(workspace: Path, identity: str) -> str:
    known = ", ".join(s.id for s in list_snapshots(workspace)[:5])
    if not known:
        return f"no snapshot {identity!r} in {workspace}, and no other; make one with: clusters run"
    return f"no snapshot {identity!r} in {workspace}; newest there: {known} (clusters snapshots)"


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = dict(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
        missing = sorted(_NEEDED - manifest.keys())
        if missing:
            raise ValueError(f"no {', '.join(missing)}")  # noqa: TRY301 - told as any other damage
    except (OSError, ValueError, TypeError) as error:
        msg = f"snapshot {folder.name}: manifest.json cannot be read ({error}); remove the folder"
        raise WorkspaceError(msg) from error
    return manifest


@contextlib.contextmanager
def _building(workspace: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=".building-", dir=_snapshots(workspace)))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        if folder.exists():
            shutil.rmtree(folder, ignore_errors=True)


def _remove_stale(workspace: Path) -> None:
    for folder in _snapshots(workspace).glob(".building-*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > _STALE_AFTER_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
