"""What a briefing says, before anyone decides what it looks like.

A template (`overview`, `place`, `firm`, `screening`, `comparison`) computes these objects from a
snapshot; three writers (`slides`, `sheets`, `web`) only draw them. Nothing here knows a file
format, and nothing in a writer computes a figure.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Literal

from clusters.export.pictures import MapRequest
from clusters.export.provenance import Provenance
from clusters.maps.words import Language

Tone = Literal["plain", "strong", "muted", "good", "warn"]


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its words and how they are meant; never by colour alone."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Column:
    """A column of a table; numbers stand to the right."""

    label: str
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """A table; without labels it is a list of names and values."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    @property
    def headed(self) -> bool:
        """Whether any column has a label."""
        return any(column.label for column in self.columns)


@dataclass(frozen=True)
class Figure:
    """One number that leads a page, with what it counts and how sure it is."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Bar:
    """One bar: its name, its value, the number as printed, and whether the page is about it."""

    label: str
    value: float
    shown: str
    accent: bool = False


@dataclass(frozen=True)
class Chart:
    """A chart of horizontal bars from zero, in the order given."""

    title: str
    bars: tuple[Bar, ...]
    decimals: int = 0
    note: str = ""

    @property
    def alt(self) -> str:
        """The chart in words."""
        return f"{self.title}: " + "; ".join(f"{bar.label} {bar.shown}" for bar in self.bars)


@dataclass(frozen=True)
class MapFigure:
    """A map of the snapshot; `alt` says in words what it shows."""

    request: MapRequest
    alt: str


@dataclass(frozen=True)
class Page:
    """One page: what it says in one line, the findings, and what shows them."""

    title: str
    lead: str = ""
    figures: tuple[Figure, ...] = ()
    findings: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    map: MapFigure | None = None
    remark: str = ""


@dataclass(frozen=True)
class Briefing:
    """A whole briefing.

    Attributes
    ----------
    stem : str
        Name of the file without ending.
    credits : str
        The line under every page: source, date of the data, snapshot.
    """

    stem: str
    title: str
    subtitle: str
    language: Language
    pages: tuple[Page, ...]
    credits: str
    made: str
    provenance: Provenance
    warnings: tuple[str, ...] = field(default=())

    def digest(self) -> str:
        """Return the SHA-256 of everything the pages say; equal figures, equal digest."""
        content = [asdict(page) for page in self.pages]
        text = json.dumps(content, ensure_ascii=True, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def texts(self) -> list[str]:
        """Return every text a reader sees, for the check of glyphs."""
        found = [self.title, self.subtitle, self.credits]
        for page in self.pages:
            found += [page.title, page.lead, page.remark, *page.findings]
            found += [part for f in page.figures for part in (f.label, f.value, f.note)]
            for table in page.tables:
                found += [table.title, table.note, *(column.label for column in table.columns)]
                found += [cell.text for row in table.rows for cell in row]
            for chart in page.charts:
                found += [chart.title, chart.note]
                found += [part for bar in chart.bars for part in (bar.label, bar.shown)]
        return found


def plain(*texts: str) -> tuple[Cell, ...]:
    """Return texts as a row of plain cells."""
    return tuple(Cell(text) for text in texts)
