"""From a briefing to the bytes of a file: slides, sheets, a picture of them or a web page."""

import io
from dataclasses import dataclass, replace

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from clusters.errors import InputError
from clusters.export.briefing.elements import MapBox
from clusters.export.briefing.model import Briefing
from clusters.export.briefing.pdf import sheet_pictures, sheets_bytes
from clusters.export.briefing.request import FORMATS
from clusters.export.briefing.slides import slides_bytes
from clusters.export.briefing.web import web_bytes
from clusters.export.pictures import map_picture
from clusters.export.provenance import KEY
from clusters.export.views import SnapshotLike
from clusters.maps.still import Format, Panel, SheetSize

_DPI = 300
_PICTURE_PPI = 150  # a slide is 2 000 pixels wide: sharp on a projector, small enough for a message


def render(
    snapshot: SnapshotLike,
    briefing: Briefing,
    fmt: str,
    *,
    size: SheetSize = "16:9",
    dpi: int = _DPI,
) -> bytes:
    """Return a briefing as a file.

    Parameters
    ----------
    fmt : {"pptx", "pdf", "html", "png"}
        ``png`` is one picture of the sheets, one below the other.
    size : SheetSize
        Of slides and sheets; a web page has none.
    dpi : int
        Resolution of the maps of slides; sheets carry them as outlines.

    Raises
    ------
    InputError
        For another format.
    """
    if fmt == "pptx":
        return slides_bytes(briefing, size, _Maps(snapshot, briefing, "png", dpi))
    if fmt == "pdf":
        return sheets_bytes(briefing, size, _Maps(snapshot, briefing, "svg", dpi))
    if fmt == "html":
        return web_bytes(snapshot, briefing)
    if fmt == "png":
        sheets = preview(snapshot, briefing, size=size, ppi=_PICTURE_PPI)
        return _one_picture(sheets, briefing.provenance.to_json())
    raise InputError(f"briefings are written as {', '.join((*FORMATS, 'png'))}, not as {fmt!r}")


def preview(
    snapshot: SnapshotLike, briefing: Briefing, *, size: SheetSize = "16:9", ppi: float = 96
) -> list[bytes]:
    """Return the pages of a briefing as PNG, for the screen."""
    return sheet_pictures(briefing, size, _Maps(snapshot, briefing, "svg", _DPI), ppi=ppi)


def _one_picture(sheets: list[bytes], provenance: str) -> bytes:
    """Return sheets one below the other as one PNG that carries the record of its making."""
    pages = [Image.open(io.BytesIO(sheet)).convert("RGB") for sheet in sheets]
    whole = Image.new("RGB", (max(p.width for p in pages), sum(p.height for p in pages)), "white")
    below = 0
    for page in pages:
        whole.paste(page, (0, below))
        below += page.height
    record = PngInfo()
    record.add_text(KEY, provenance)
    written = io.BytesIO()
    whole.save(written, "PNG", pnginfo=record, dpi=(_PICTURE_PPI, _PICTURE_PPI), optimize=False)
    return written.getvalue()


@dataclass(frozen=True)
class _Maps:
    """Draws the maps of a briefing in the size they are set."""

    snapshot: SnapshotLike
    briefing: Briefing
    fmt: Format
    dpi: int

    def __call__(self, element: MapBox, scale: float) -> bytes:
        box = element.box
        request = replace(
            element.map.request,
            size=Panel((box.w * scale, box.h * scale), unit=scale),
            dpi=self.dpi,
            fmt=self.fmt,
        )
        made = self.snapshot.created.date()
        record = self.briefing.provenance
        return map_picture(self.snapshot, request, made=made, provenance=record).data
