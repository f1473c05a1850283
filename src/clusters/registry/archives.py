"""Archives that would harm the reader: bombs, lying sizes, entities, links to other workbooks.

What an archive declares is checked before anything is unpacked, what it really holds is counted
while it is unpacked piece by piece. Nothing is kept in memory on the way.
"""

import io
import lzma
import re
import zipfile
import zlib
from typing import Final

from clusters.registry.faults import fault

# A registry of two million rows stays below; larger ones come as Parquet or in parts.
LARGEST_FILE: Final = 1024**3
LARGEST_UNPACKED: Final = 2 * 1024**3
_LARGEST_RATIO: Final = 200
_RATIO_FROM: Final = 50 * 1024**2
_PIECE: Final = 1024**2
# Excel ends a cell at 32 767 characters; XML without a tag for this long is one endless cell.
_LONGEST_TEXT: Final = 4
_ENTITY: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)|<\x00!\x00(?:D\x00O|E\x00N)", re.IGNORECASE)
# A cell with content, and where it stands. Decoders make room for everything from A1 to the last.
_CELL: Final = re.compile(rb'<(?:\w+:)?c\b[^<>]*?\br="([A-Za-z]{1,3})(\d{1,7})"[^<>]*(?<!/)>')
_ROOM: Final = 20_000_000
_ROOM_PER_CELL: Final = 100
_NO_RESULT: Final = re.compile(rb"(?:</f>|<f[^>]{0,200}/>)(?:<v\s*/>|<v></v>)?</c>")
_TAIL: Final = 256
UNREADABLE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    OSError,
    EOFError,
    ValueError,
)
"""What reading a member of a damaged archive raises."""


def open_archive(data: bytes, label: str) -> zipfile.ZipFile:
    """Open a ZIP from memory after weighing what it says it holds.

    Raises
    ------
    InputError
        If it is damaged, or declares more than a registry of its size can unpack to.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeError) as error:
        raise fault("file_damaged", file=label) from error
    unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > LARGEST_UNPACKED or (
        unpacked > _RATIO_FROM and unpacked > _LARGEST_RATIO * len(data)
    ):
        raise fault("archive_too_large", file=label, megabytes=f"{unpacked / 1024**2:,.0f}")
    return archive


def inspect_workbook(data: bytes, label: str) -> int:
    """Look through every part of an XLSX before a decoder sees it.

    Returns
    -------
    int
        Number of formulas that were saved without a result.

    Raises
    ------
    InputError
        If a part is damaged, longer than declared, declares entities, or holds an endless cell;
        or if the workbook takes values from other workbooks.
    """
    with open_archive(data, label) as archive:
        links = [n for n in archive.namelist() if re.fullmatch(r"xl/externalLinks/[^/]+\.xml", n)]
        if links:
            raise fault("workbook_links", file=label, links=len(links))
        if any(name.startswith("xl/") and name.endswith(".bin") and "sheet" in name
               for name in archive.namelist()):  # fmt: skip
            raise fault("workbook_binary", file=label)
        return sum(
            _inspect_part(archive, info, label)
            for info in archive.infolist()
            if info.filename.endswith((".xml", ".rels", ".vml"))
        )


class _Extent:
    """How far the cells of a sheet reach, and how many there are."""

    def __init__(self) -> None:
        self.cells = self.row = self.column = 0
        self._letters = b""

    def add(self, piece: bytes) -> None:
        """Count the cells of a piece; one that lies in two pieces may count twice."""
        found = _CELL.findall(piece)
        self.cells += len(found)
        for letters, row in found:
            self.row = max(self.row, int(row))
            if (len(letters), letters) > (len(self._letters), self._letters):
                self._letters = letters.upper()
                self.column = sum(
                    (letter - 64) * 26**place for place, letter in enumerate(self._letters[::-1])
                )

    @property
    def last(self) -> str:
        """The corner of the sheet, such as XFD1048576."""
        return f"{self._letters.decode()}{self.row}"

    @property
    def is_empty_room(self) -> bool:
        """Whether a decoder would make room for far more cells than there are."""
        room = self.row * self.column
        return room > _ROOM and room > _ROOM_PER_CELL * self.cells


def _inspect_part(archive: zipfile.ZipFile, info: zipfile.ZipInfo, label: str) -> int:
    sheet = info.filename.startswith("xl/worksheets/")
    missing = without_tag = 0
    extent = _Extent()
    tail = b""
    try:
        with archive.open(info) as stream:
            while piece := stream.read(_PIECE):
                seen = tail + piece
                if _ENTITY.search(seen):
                    raise fault("workbook_unsafe", file=label)
                without_tag = 0 if b"<" in piece else without_tag + 1
                if without_tag >= _LONGEST_TEXT:
                    raise fault("cell_too_long", file=label)
                if sheet:
                    missing += len(_NO_RESULT.findall(seen)) - len(_NO_RESULT.findall(tail))
                    extent.add(seen)
                    if extent.is_empty_room:
                        raise fault("workbook_sparse", file=label, last=extent.last)
                tail = seen[-_TAIL:]
    except UNREADABLE as error:
        if getattr(error, "code", ""):
            raise
        raise fault("workbook_damaged", file=label) from error
    except RuntimeError as error:
        raise fault("workbook_locked", file=label) from error
    return missing
