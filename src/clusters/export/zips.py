"""Office files are ZIP archives full of times of writing: here they lose them.

The same call must give the same bytes, so every entry gets the earliest time ZIP knows, every
``docProps/core.xml`` a fixed day, and archives inside archives (the workbook of a chart) the same.
"""

import io
import re
import zipfile
import zlib

FIXED_TIME = "2000-01-01T00:00:00Z"
_TIMES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")


def settle(archive: bytes) -> bytes:
    """Return an Office file without the times of its writing."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target,
    ):
        for info in source.infolist():
            data = source.read(info)
            if info.filename == "docProps/core.xml":
                data = _TIMES.sub(rb"\g<1>" + FIXED_TIME.encode() + rb"\g<2>", data)
            elif info.filename.endswith(".xlsx"):
                data = settle(data)
            entry = zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            entry.create_system = 3
            target.writestr(entry, data)
    return buffer.getvalue()


def entry_of(archive: bytes, name: str) -> bytes | None:
    """Return one entry of an archive, or None where it has none.

    Raises
    ------
    zipfile.BadZipFile
        If the bytes are no archive, or a damaged one.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        if name not in source.namelist():
            return None
        try:
            return source.read(name)
        except zlib.error as error:
            raise zipfile.BadZipFile(str(error)) from error
