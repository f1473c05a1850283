"""What stands where on a page: boxes in inches of a canvas 13.333 wide, letters in points."""

from dataclasses import dataclass
from typing import Literal

from clusters.export.briefing.model import Chart, MapFigure, Table

WIDTH = 13.333
"""Width of the canvas; a sheet of another size scales everything by one factor."""


@dataclass(frozen=True)
class Box:
    """Left, top, width and height in inches of the canvas."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """Right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.y + self.h


@dataclass(frozen=True)
class Paragraph:
    """One paragraph: size in points, space after it in points."""

    text: str
    size: float
    colour: str
    bold: bool = False
    bullet: bool = False
    right: bool = False
    after: float = 0.0


@dataclass(frozen=True)
class TextBox:
    """Text in a box; the role decides which placeholder a slide uses."""

    box: Box
    paragraphs: tuple[Paragraph, ...]
    role: Literal["title", "body", "footer"] = "body"
    middle: bool = False


@dataclass(frozen=True)
class Fill:
    """A filled rectangle."""

    box: Box
    colour: str


@dataclass(frozen=True)
class TableBox:
    """A table: widths of columns, heights of rows (the header first), size of letters."""

    box: Box
    table: Table
    widths: tuple[float, ...]
    heights: tuple[float, ...]
    size: float


@dataclass(frozen=True)
class ChartBox:
    """A chart without its title, which is text."""

    box: Box
    chart: Chart
    size: float = 10.0


@dataclass(frozen=True)
class MapBox:
    """A map."""

    box: Box
    map: MapFigure


Element = TextBox | Fill | TableBox | ChartBox | MapBox


@dataclass(frozen=True)
class Sheet:
    """One page of paper or one slide; ``notes`` are for the speaker."""

    title: str
    elements: tuple[Element, ...]
    notes: str
