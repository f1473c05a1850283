"""Open a registry file: find out what it really is, whatever its name says, and read it."""

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from clusters.errors import InputError
from clusters.registry.archives import (
    LARGEST_FILE,
    UNREADABLE,
    inspect_workbook,
    open_archive,
)
from clusters.registry.faults import fault
from clusters.registry.layers import read_layer, read_parquet
from clusters.registry.mapping import ColumnMapping
from clusters.registry.model import FileNote, RawTable
from clusters.registry.text_files import read_text
from clusters.registry.workbooks import read_workbook

Kind = Literal["text", "workbook", "parquet", "geopackage", "geojson", "zip"]

_KINDS_OF_SUFFIX: Mapping[str, tuple[Kind, ...]] = {
    ".csv": ("text",),
    ".tsv": ("text",),
    ".txt": ("text",),
    # Exports named .xls are often text: Excel opens both, so do we.
    ".xls": ("workbook", "text"),
    ".xlsx": ("workbook",),
    ".xlsm": ("workbook",),
    ".xlsb": ("workbook",),  # told apart later, with what to do
    ".parquet": ("parquet",),
    ".geoparquet": ("parquet",),
    ".gpkg": ("geopackage",),
    ".geojson": ("geojson",),
    ".json": ("geojson",),
    ".zip": ("zip",),
}
# What a kind is called in either language, and the ending its name should have.
_NAME_OF_KIND: Mapping[Kind, tuple[str, str]] = {
    "text": ("CSV", ".csv"),
    "workbook": ("Excel", ".xlsx"),
    "parquet": ("Parquet", ".parquet"),
    "geopackage": ("GeoPackage", ".gpkg"),
    "geojson": ("JSON", ".geojson"),
    "zip": ("ZIP", ".zip"),
}
_FOREIGN_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"BM\x00", "BMP"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"{\\rtf", "RTF"),
)
_MARKUP = (b"<!doctype html", b"<html", b"<table", b"<head", b"<?xml", b"<meta")


MOST_COLUMNS = 2_000
"""Registries have some dozens of columns; each costs time whatever it holds."""


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file read into memory as text cells, with the digest of its bytes."""

    raw: RawTable
    sha256: str


def split_part(source: str | Path) -> tuple[Path, str | None]:
    """Split ``file.xlsx#Sheet2`` into path and part; a path that exists as it is stays whole."""
    path = Path(source)
    text = str(source)
    if "#" not in path.name or path.exists():
        return path, None
    head, _, part = text.rpartition("#")
    return Path(head), part or None


def read_bytes(path: Path) -> bytes:
    """Return the content of a file.

    Raises
    ------
    InputError
        If it is missing, a folder, empty, too large, or cannot be read.
    """
    name = path.name or str(path)
    if path.is_dir():
        raise fault("file_is_folder", file=name)
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            megabytes, limit = (f"{n / 1024**2:,.0f}" for n in (size, LARGEST_FILE))
            raise fault("file_too_large", file=name, megabytes=megabytes, limit=limit)
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise fault("file_missing", file=path) from error
    except OSError as error:
        reason = error.strerror or error
        raise fault("file_unreadable", file=name, reason=reason) from error
    except ValueError as error:  # a NUL in the path
        if isinstance(error, InputError):
            raise
        raise fault("file_not_a_path", file=name) from error
    if not data.strip(b"\x00 \r\n\t\xef\xbb\xbf"):
        raise fault("file_empty", file=name)
    return data


def kind_of(data: bytes, label: str) -> Kind:
    """Tell what bytes are by their first characters.

    Raises
    ------
    InputError
        If they are a document, picture, web page or archive that holds no table for us.
    """
    for magic, what in _FOREIGN_MAGIC:
        if data.startswith(magic):
            raise fault("foreign_document", file=label, what=what)
    if data.startswith(b"PK"):
        return _kind_of_zip(data, label)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return "workbook"
    if data.startswith(b"PAR1"):
        return "parquet"
    if data.startswith(b"SQLite format 3\x00"):
        return "geopackage"
    start = data[:2048].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_MARKUP):
        raise fault("web_page", file=label)
    if start.startswith((b"{", b"[{")):
        return "geojson"
    return "text"


def _kind_of_zip(data: bytes, label: str) -> Kind:
    with open_archive(data, label) as archive:
        names = archive.namelist()
    if any(name.startswith("xl/") for name in names):
        return "workbook"
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise fault("office_document", file=label)
    return "zip"


def _check_suffix(name: str, kind: Kind, label: str) -> None:
    expected = _KINDS_OF_SUFFIX.get(PurePosixPath(name).suffix.lower())
    if expected is None or kind in expected:
        return
    if kind == "text" and "text" not in expected:
        raise fault("content_unknown", file=label)
    what, ending = _NAME_OF_KIND[kind]
    raise fault("name_and_content_differ", file=label, what=what, ending=ending)


def _member_name(info: zipfile.ZipInfo) -> str:
    """Return the name of a member; archives made on Chinese Windows write it in GBK."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return info.filename


def _read_zip(data: bytes, label: str, mapping: ColumnMapping, part: str | None) -> RawTable:
    with open_archive(data, label) as archive:
        members = {
            name: info
            for info in archive.infolist()
            if PurePosixPath(name := _member_name(info)).suffix.lower() in _KINDS_OF_SUFFIX
            and not info.is_dir()
            and not name.startswith(("__MACOSX/", "."))
            and PurePosixPath(name).suffix.lower() != ".zip"
        }
        member, _, inner = (part or "").partition("#")
        if member and member not in members:
            names = ", ".join(members) or "–"
            raise fault("member_unknown", file=label, wanted=member, names=names)
        if not members:
            raise fault("archive_without_table", file=label)
        if not member and len(members) > 1:
            first = next(iter(members))
            raise fault(
                "archive_several_tables",
                file=label,
                count=len(members),
                names=", ".join(members),
                first=first,
            )
        name = member or next(iter(members))
        try:
            content = archive.read(members[name])
        except RuntimeError as error:
            raise fault("archive_locked", file=label, member=name) from error
        except UNREADABLE as error:
            raise fault("member_damaged", file=label, member=name) from error
    if not content.strip():
        raise fault("member_empty", file=label, member=name)
    return _read(content, name, f"{label}#{name}", mapping, inner or None)


def _read(data: bytes, name: str, label: str, mapping: ColumnMapping, part: str | None) -> RawTable:
    kind = kind_of(data, label)
    _check_suffix(name, kind, label)
    sheet = part or (mapping.sheet if kind != "zip" else None)
    if kind == "workbook":
        # The old binary format is no archive.
        formulas = inspect_workbook(data, label) if data.startswith(b"PK") else 0
        raw = read_workbook(data, label, mapping, sheet=sheet)
        unsaved = FileNote("formulas_without_value", value=str(formulas))
        return replace(raw, notes=(*raw.notes, unsaved)) if formulas else raw
    if kind in {"geopackage", "geojson"}:
        return read_layer(data, label, mapping, kind=kind, layer=sheet)
    if kind == "parquet":
        return read_parquet(data, label, mapping)
    if kind == "zip":
        return _read_zip(data, label, mapping, part)
    return read_text(data, label, mapping)


def open_file(source: str | Path, label: str, mapping: ColumnMapping) -> OpenedFile:
    """Read one registry file, whatever its format.

    Parameters
    ----------
    source
        Path, with ``#part`` where a workbook, GeoPackage or ZIP holds several tables.
    label
        How messages and tables call the file.

    Raises
    ------
    InputError
        If the file is missing, empty, a folder, no table, or not what its name says; see the
        readers for what else can be wrong.
    """
    path, part = split_part(source)
    data = read_bytes(path)
    raw = _read(data, path.name, label, mapping, part)
    if len(raw.headers) > MOST_COLUMNS:
        columns = f"{len(raw.headers):,}"
        raise fault("table_too_wide", file=label, columns=columns, limit=f"{MOST_COLUMNS:,}")
    return OpenedFile(raw, hashlib.sha256(data).hexdigest())
