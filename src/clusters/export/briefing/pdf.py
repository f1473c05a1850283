"""Briefings as PDF, set by typst with the typeface that ships: no system font, no network."""

import json
import tempfile
from pathlib import Path
from typing import Any, Literal

import typst

from clusters.export.briefing.charts import chart_svg
from clusters.export.briefing.elements import (
    WIDTH,
    Box,
    ChartBox,
    Element,
    Fill,
    MapBox,
    Paragraph,
    TableBox,
    TextBox,
)
from clusters.export.briefing.layout import canvas_height, lay_out, scale_of
from clusters.export.briefing.measure import LINE
from clusters.export.briefing.model import Briefing, Cell
from clusters.export.briefing.slides import MapPicture
from clusters.export.briefing.tablefit import PAD_X, PAD_Y
from clusters.export.briefing.tones import colour_of
from clusters.maps import fonts
from clusters.maps.palette import LIGHT
from clusters.maps.still import SheetSize

_TEMPLATE = Path(__file__).with_name("briefing.typ")


def sheets_bytes(briefing: Briefing, size: SheetSize, picture: MapPicture) -> bytes:
    """Return a briefing as the bytes of a ``.pdf``; `picture` returns SVG."""
    return bytes(_compiled(briefing, size, picture, "pdf", 0.0))


def sheet_pictures(
    briefing: Briefing, size: SheetSize, picture: MapPicture, *, ppi: float
) -> list[bytes]:
    """Return the sheets of a briefing as PNG, one a page, `ppi` pixels an inch."""
    made = _compiled(briefing, size, picture, "png", ppi)
    return [bytes(page) for page in made] if isinstance(made, list) else [bytes(made)]


def _compiled(
    briefing: Briefing, size: SheetSize, picture: MapPicture, fmt: Literal["pdf", "png"], ppi: float
) -> Any:
    scale = scale_of(size)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        maker = _Maker(folder, scale, picture)
        content = {
            "width": WIDTH * scale,
            "height": canvas_height(size) * scale,
            "line": LINE,
            "language": briefing.language,
            "title": briefing.title,
            "keywords": briefing.provenance.to_json(),
            "family": fonts.FAMILY,
            "pages": [
                {"title": sheet.title, "elements": [maker.element(one) for one in sheet.elements]}
                for sheet in lay_out(briefing, size)
            ],
        }
        (folder / "content.json").write_text(json.dumps(content), encoding="utf-8")
        (folder / "briefing.typ").write_bytes(_TEMPLATE.read_bytes())
        return typst.compile(
            str(folder / "briefing.typ"),
            root=str(folder),
            font_paths=[str(fonts.font_files()[0].parent)],
            ignore_system_fonts=True,
            format=fmt,
            timestamp=0,
            ppi=ppi or None,
        )


class _Maker:
    """Turns elements into what the template reads; pictures become files beside it."""

    def __init__(self, folder: Path, scale: float, picture: MapPicture) -> None:
        self.folder = folder
        self.scale = scale
        self.picture = picture
        self.files = 0

    def element(self, element: Element) -> dict[str, object]:
        box = self._box(element.box)
        if isinstance(element, TextBox):
            return {
                "kind": "text",
                **box,
                "role": element.role,
                "middle": element.middle,
                "paragraphs": [self._paragraph(one) for one in element.paragraphs],
            }
        if isinstance(element, Fill):
            return {"kind": "fill", **box, "colour": element.colour}
        if isinstance(element, TableBox):
            return {"kind": "table", **box, **self._table(element)}
        if isinstance(element, ChartBox):
            svg = chart_svg(element.chart, element.box.w, element.box.h, size=element.size)
            return {"kind": "image", **box, "file": self._file(svg), "alt": element.chart.alt}
        return self._map(element, box)

    def _map(self, element: MapBox, box: dict[str, object]) -> dict[str, object]:
        svg = self.picture(element, self.scale)
        return {"kind": "image", **box, "file": self._file(svg), "alt": element.map.alt}

    def _box(self, box: Box) -> dict[str, object]:
        parts = {"x": box.x, "y": box.y, "w": box.w, "h": box.h}
        return {name: value * self.scale for name, value in parts.items()}

    def _paragraph(self, paragraph: Paragraph) -> dict[str, object]:
        return {
            "text": paragraph.text,
            "size": paragraph.size * self.scale,
            "colour": paragraph.colour,
            "bold": paragraph.bold,
            "bullet": paragraph.bullet,
            "right": paragraph.right,
            "after": paragraph.after * self.scale,
            "accent": LIGHT.accent,
        }

    def _table(self, element: TableBox) -> dict[str, object]:
        table = element.table
        head = [tuple(Cell(c.label, "muted") for c in table.columns)] if table.headed else []
        rows = []
        for row, cells in enumerate([*head, *table.rows]):
            first = table.headed and row == 0
            rows.append(
                [
                    {
                        "text": cell.text,
                        "colour": LIGHT.muted
                        if not table.headed and column == 0
                        else colour_of(cell.tone),
                        "bold": first or cell.tone == "strong",
                        "right": table.columns[column].numeric,
                    }
                    for column, cell in enumerate(cells)
                ]
            )
        return {
            "headed": table.headed,
            "rows": rows,
            "widths": [width * self.scale for width in element.widths],
            "heights": [height * self.scale for height in element.heights],
            "size": element.size * self.scale,
            "pad_x": PAD_X * self.scale,
            "pad_y": PAD_Y * self.scale,
            "ink": LIGHT.ink,
            "rule": LIGHT.line,
        }

    def _file(self, data: bytes) -> str:
        self.files += 1
        name = f"picture-{self.files}.svg"
        (self.folder / name).write_bytes(data)
        return name
