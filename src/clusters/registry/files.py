"""Open a registry file: find out what it really is, whatever its name says, and read it."""

import hashlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from clusters.errors import InputError
from clusters.registry.layers import read_layer, read_parquet
from clusters.registry.mapping import ColumnMapping
from clusters.registry.model import RawTable
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
    ".xlsb": ("workbook",),
    ".parquet": ("parquet",),
    ".geoparquet": ("parquet",),
    ".gpkg": ("geopackage",),
    ".geojson": ("geojson",),
    ".json": ("geojson",),
    ".zip": ("zip",),
}
_NAME_OF_KIND: Mapping[Kind, str] = {
    "text": "plain text; name it .csv",
    "workbook": "an Excel workbook; name it .xlsx (.xls for the old format)",
    "parquet": "a Parquet file; name it .parquet",
    "geopackage": "a GeoPackage; name it .gpkg",
    "geojson": "JSON; name it .geojson if it is GeoJSON, else export it as CSV",
    "zip": "a ZIP archive; name it .zip",
}
_FOREIGN_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM\x00", "a bitmap picture"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"{\\rtf", "a text document (RTF)"),
)
_MARKUP = (b"<!doctype html", b"<html", b"<table", b"<head", b"<?xml", b"<meta")

# A registry of ten million rows stays below; an archive that unpacks to more is refused.
_LARGEST_UNPACKED = 4 * 1024**3
_LARGEST_RATIO = 200
_RATIO_FROM = 50 * 1024**2

_UNREADABLE_MEMBER = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    OSError,
    EOFError,
    ValueError,
)


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


def _read_bytes(path: Path) -> bytes:
    name = path.name or str(path)
    if path.is_dir():
        raise InputError(f"{name}: is a folder; give the registry file itself")
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; check the path and the name") from error
    except OSError as error:
        raise InputError(
            f"{name}: cannot be read ({error.strerror or error}); close it in other programs and "
            "check the permissions"
        ) from error
    except ValueError as error:  # a NUL in the path
        raise InputError(f"{name!r}: is not a path; check the name") from error
    if not data.strip(b"\x00 \r\n\t\xef\xbb\xbf"):
        raise InputError(f"{name}: the file is empty; export the registry again")
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
            raise InputError(f"{label}: is {what}, not a table; export the registry as CSV or XLSX")
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
        raise InputError(
            f"{label}: is a web page (HTML or XML), not a table; open it in Excel and save it as "
            "XLSX"
        )
    if start.startswith((b"{", b"[{")):
        return "geojson"
    return "text"


def _open_zip(data: bytes, label: str) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError(
            f"{label}: the file is damaged or cut off; copy or export it again"
        ) from error
    unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > _LARGEST_UNPACKED or (
        unpacked > _RATIO_FROM and unpacked > _LARGEST_RATIO * len(data)
    ):
        raise InputError(
            f"{label}: would unpack to {unpacked / 1024**2:,.0f} MB, which no registry of this "
            "size needs; unpack it yourself and give the table"
        )
    return archive


def _kind_of_zip(data: bytes, label: str) -> Kind:
    with _open_zip(data, label) as archive:
        names = archive.namelist()
    if any(name.startswith("xl/") for name in names):
        return "workbook"
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise InputError(
            f"{label}: is an office document, not a table; export the registry as CSV or XLSX"
        )
    return "zip"


def _check_suffix(name: str, kind: Kind, label: str) -> None:
    expected = _KINDS_OF_SUFFIX.get(PurePosixPath(name).suffix.lower())
    if expected is None or kind in expected:
        return
    if kind == "text" and "text" not in expected:
        raise InputError(
            f"{label}: is not what its name says (damaged, or plain text under another name); "
            "if it is text, name it .csv, else export it again"
        )
    raise InputError(f"{label}: is not what its name says but {_NAME_OF_KIND[kind]}")


def _member_name(info: zipfile.ZipInfo) -> str:
    """Return the name of a member; archives made on Chinese Windows write it in GBK."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return info.filename


def _read_zip(data: bytes, label: str, mapping: ColumnMapping, part: str | None) -> RawTable:
    with _open_zip(data, label) as archive:
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
            raise InputError(
                f"{label}: has no table {member!r}; it holds {', '.join(members) or 'none'}"
            )
        if not members:
            raise InputError(
                f"{label}: holds no table (csv, xlsx, parquet, gpkg, geojson); pack the registry "
                "itself"
            )
        if not member and len(members) > 1:
            first = next(iter(members))
            raise InputError(
                f"{label}: holds {len(members)} tables ({', '.join(members)}); name one, such as "
                f'"{label}#{first}"'
            )
        name = member or next(iter(members))
        try:
            content = archive.read(members[name])
        except RuntimeError as error:
            raise InputError(
                f"{label}: {name} is protected by a password; pack it without one"
            ) from error
        except _UNREADABLE_MEMBER as error:
            raise InputError(f"{label}: {name} is damaged; pack it again") from error
    if not content.strip():
        raise InputError(f"{label}: {name} is empty; pack the registry again")
    return _read(content, name, f"{label}#{name}", mapping, inner or None)


def _read(data: bytes, name: str, label: str, mapping: ColumnMapping, part: str | None) -> RawTable:
    kind = kind_of(data, label)
    _check_suffix(name, kind, label)
    sheet = part or (mapping.sheet if kind != "zip" else None)
    if kind == "workbook":
        return read_workbook(data, label, mapping, sheet=sheet)
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
    data = _read_bytes(path)
    raw = _read(data, path.name, label, mapping, part)
    return OpenedFile(raw, hashlib.sha256(data).hexdigest())
