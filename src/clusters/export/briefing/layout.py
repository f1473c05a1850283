"""Where everything of a briefing stands: one layout, drawn by the slides and by the sheets.

A page is a header (kicker, title, lead), a strip of figures, a body, a footer. The body is text
beside a map, charts side by side, or tables below findings. What does not fit moves to a page of
its own, marked as continued; letters shrink only as far as a projector allows.
"""

from dataclasses import replace
from typing import Any

from clusters.export.briefing.elements import (
    WIDTH,
    Box,
    ChartBox,
    Element,
    Fill,
    MapBox,
    Paragraph,
    Sheet,
    TableBox,
    TextBox,
)
from clusters.export.briefing.flow import broken, findings_at, findings_height, one_line
from clusters.export.briefing.measure import LINE, height_of, lines_of, width_of
from clusters.export.briefing.model import Briefing, Chart, Figure, Page
from clusters.export.briefing.tablefit import fit_table, table_at, table_height
from clusters.export.briefing.wording import Wording
from clusters.maps.palette import LIGHT
from clusters.maps.still import SHEETS, SheetSize

MARGIN = 0.6
_FOOT = 0.68
_GAP = 0.3
_STRIP = 1.12
_BESIDE = 0.37
"""Share of the width that findings take beside a map."""
_TEXT_SIZES = (14.0, 13.5, 13.0, 12.5, 12.0, 11.5, 11.0, 10.5, 10.0)
_SIDE_SIZES = (11.0, 10.5, 10.0, 9.5, 9.0)


def canvas_height(size: SheetSize) -> float:
    """Return the height of the canvas that has the shape of a sheet."""
    width, height = SHEETS[size]
    return WIDTH * height / width


def scale_of(size: SheetSize) -> float:
    """Return inches of the sheet per inch of the canvas."""
    return SHEETS[size][0] / WIDTH


def lay_out(briefing: Briefing, size: SheetSize) -> list[Sheet]:
    """Return the sheets of a briefing."""
    words = Wording(briefing.language)
    height = canvas_height(size)
    drawn = [part for page in briefing.pages for part in _page(page, words, height)]
    notes = notes_of(briefing)
    sheets = []
    for number, (page, elements) in enumerate(drawn, start=1):
        frame = _frame(briefing, page, words, height, number=number, of=len(drawn))
        told = {p.text for one in frame if isinstance(one, TextBox) for p in one.paragraphs}
        whole = [text for text in (page.title, page.lead) if text and text not in told]
        sheets.append(Sheet(page.title, (*frame, *elements), "\n".join([*whole, notes])))
    return sheets


def notes_of(briefing: Briefing) -> str:
    """Return what the speaker finds under every slide: where the figures come from."""
    record = briefing.provenance
    inputs = [f"{item.name} sha256 {item.sha256}" for item in record.inputs]
    versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
    return "\n".join([briefing.credits, *inputs, versions, record.command])


_Drawn = tuple[Page, list[Element]]


def _frame(
    briefing: Briefing, page: Page, words: Wording, height: float, *, number: int, of: int
) -> list[Element]:
    kicker = f"{briefing.subtitle}　{words.day(briefing.made)}"
    room = WIDTH - 2 * MARGIN - 0.2
    size = _largest(page.title, room, (25.0, 23.0, 21.0, 19.0, 17.0, 15.0, 13.0))
    shown = one_line(page.title, size, room, bold=True)
    foot = height - 0.46
    wide = WIDTH - 2 * MARGIN - 1.6
    frame: list[Element] = [
        Fill(Box(MARGIN, 0.44, 0.07, 0.62), LIGHT.accent),
        TextBox(
            Box(MARGIN + 0.2, 0.38, room, 0.24),
            (Paragraph(one_line(kicker, 10, room, bold=True), 10, LIGHT.accent, bold=True),),
        ),
        TextBox(
            Box(MARGIN + 0.2, 0.6, room, 0.52),
            (Paragraph(shown, size, LIGHT.ink, bold=True),),
            role="title",
            middle=True,
        ),
    ]
    if page.lead:
        lead = one_line(page.lead, 12, room)
        frame.append(
            TextBox(Box(MARGIN + 0.2, 1.12, room, 0.28), (Paragraph(lead, 12, LIGHT.muted),))
        )
    frame += [
        Fill(Box(MARGIN, foot - 0.08, WIDTH - 2 * MARGIN, 0.01), LIGHT.line),
        TextBox(
            Box(MARGIN, foot, wide, 0.24),
            (Paragraph(one_line(briefing.credits, 8, wide), 8, LIGHT.muted),),
            role="footer",
        ),
        TextBox(
            Box(WIDTH - MARGIN - 1.5, foot, 1.5, 0.24),
            (Paragraph(words("common.page", n=number, of=of), 8, LIGHT.muted, right=True),),
            role="footer",
        ),
    ]
    return frame


def _page(page: Page, words: Wording, height: float) -> list[_Drawn]:
    top = 1.56 if page.lead else 1.34
    body = Box(MARGIN, top, WIDTH - 2 * MARGIN, height - _FOOT - top)
    elements: list[Element] = []
    if page.figures:
        elements += _strip(page.figures, Box(body.x, body.y, body.w, _STRIP))
        body = Box(body.x, body.y + _STRIP + 0.2, body.w, body.h - _STRIP - 0.2)
    if page.map:
        return _beside_map(page, body, elements, words)
    if not page.charts:
        return _findings_and_tables(page, body, elements, words)
    more: list[_Drawn] = []
    if page.findings:
        left = Box(body.x, body.y, 0.4 * (body.w - _GAP), body.h)
        size = next(
            (s for s in _TEXT_SIZES if findings_height(page.findings, s, left.w) <= left.h),
            _TEXT_SIZES[-1],
        )
        kept, rest = broken(page.findings, size, left.w, left.h)
        elements.append(TextBox(left, findings_at(kept, size)))
        body = Box(left.right + 2 * _GAP, body.y, body.right - left.right - 2 * _GAP, body.h)
        if rest:
            more = _page(_following(page, words, findings=rest, charts=()), words, height)
    return [(page, elements + _charts(page.charts, body)), *more]


def _following(page: Page, words: Wording, **parts: Any) -> Page:  # fields of a page
    """Return the page that holds what a page had no room for."""
    title = page.title
    mark = words("common.continued", title="")
    if not title.endswith(mark):
        title = words("common.continued", title=title)
    return replace(page, title=title, figures=(), map=None, **parts)


def _strip(figures: tuple[Figure, ...], box: Box) -> list[Element]:
    elements: list[Element] = []
    width = box.w / len(figures)
    for position, figure in enumerate(figures):
        x = box.x + position * width
        inner = width - 0.3
        if position:
            elements.append(Fill(Box(x - 0.15, box.y + 0.06, 0.01, box.h - 0.12), LIGHT.line))
        size = _largest(figure.value, inner, (25.0, 22.0, 19.0, 17.0, 15.0, 13.0, 11.0))
        # The baseline of all values is one line, whatever their size.
        elements += [
            TextBox(Box(x, box.y, inner, 0.26), (Paragraph(figure.label, 10.5, LIGHT.muted),)),
            TextBox(
                Box(x, box.y + 0.25, inner, 0.5),
                (Paragraph(figure.value, size, LIGHT.accent, bold=True),),
                middle=True,
            ),
            TextBox(Box(x, box.y + 0.76, inner, 0.36), (Paragraph(figure.note, 9.5, LIGHT.muted),)),
        ]
    return elements


def _largest(text: str, room: float, sizes: tuple[float, ...]) -> float:
    """Return the largest size at which a bold text fits one line; the last where none does."""
    return next((size for size in sizes if width_of(text, size, bold=True) < room), sizes[-1])


def _beside_map(page: Page, body: Box, elements: list[Element], words: Wording) -> list[_Drawn]:
    share = 0.56 if page.tables else _BESIDE
    left = Box(body.x, body.y, share * (body.w - _GAP), body.h)
    right = Box(left.right + _GAP, body.y, body.w - left.w - _GAP, body.h)
    if page.map:
        elements = [*elements, MapBox(right, page.map)]
    for size, small in zip(_TEXT_SIZES, (*_SIDE_SIZES, *[9.0] * 9), strict=False):
        tall = findings_height(page.findings, size, left.w)
        tables = sum(
            table_height(table, left.w, small) + (0.45 if table.title else 0.15)
            for table in page.tables
        )
        if tall + tables <= left.h:
            break
    else:
        # Findings stay beside the map as far as they go; tables move to a page of their own.
        beside = _BESIDE * (body.w - _GAP)
        kept, rest = broken(page.findings, _TEXT_SIZES[-1], beside, body.h)
        alone = replace(page, tables=(), findings=kept)
        moved = _following(page, words, findings=rest)
        base: list[Element] = [element for element in elements if not isinstance(element, MapBox)]
        return [*_beside_map(alone, body, base, words), *_page(moved, words, body.bottom + _FOOT)]
    elements.append(TextBox(Box(left.x, left.y, left.w, tall), findings_at(page.findings, size)))
    y = left.y + tall + 0.1
    for table in page.tables:
        if table.title:
            elements.append(
                TextBox(
                    Box(left.x, y, left.w, 0.28),
                    (Paragraph(table.title, 11.5, LIGHT.ink, bold=True),),
                )
            )
            y += 0.3
        placed = table_at(table, Box(left.x, y, left.w, 0), small)
        elements.append(placed)
        y = placed.box.bottom + 0.15
    return [(page, elements)]


def _charts(charts: tuple[Chart, ...], body: Box) -> list[Element]:
    elements: list[Element] = []
    width = (body.w - _GAP * 2 * (len(charts) - 1)) / len(charts)
    for position, chart in enumerate(charts):
        x = body.x + position * (width + 2 * _GAP)
        elements.append(
            TextBox(Box(x, body.y, width, 0.3), (Paragraph(chart.title, 13, LIGHT.ink, bold=True),))
        )
        note = height_of(chart.note, 9, width) + 0.05 if chart.note else 0.0
        # A bar is as thick whether there are three or twelve.
        tall = min(body.h - 0.36 - note, 0.42 * len(chart.bars) + 0.15)
        elements.append(ChartBox(Box(x, body.y + 0.36, width, tall), chart, size=10.5))
        if chart.note:
            elements.append(
                TextBox(
                    Box(x, body.y + 0.4 + tall, width, note),
                    (Paragraph(chart.note, 9, LIGHT.muted),),
                )
            )
    return elements


def _findings_and_tables(
    page: Page, body: Box, elements: list[Element], words: Wording
) -> list[_Drawn]:
    y = body.y
    tables = list(page.tables)
    if page.findings:
        # Text alone may be large; beside a table it leaves the table its room.
        need = sum(table_height(table, body.w, 9.5) + 0.3 for table in tables)
        size = next(
            (s for s in _TEXT_SIZES if findings_height(page.findings, s, body.w) + need <= body.h),
            _TEXT_SIZES[-1],
        )
        kept, rest = broken(page.findings, size, body.w, body.h)
        tall = findings_height(kept, size, body.w)
        elements.append(TextBox(Box(body.x, y, body.w, tall), findings_at(kept, size)))
        if rest:
            moved = _following(page, words, findings=rest)
            return [(page, elements), *_page(moved, words, body.bottom + _FOOT)]
        y += tall + 0.15
    pages: list[_Drawn] = [(page, elements)]
    for table in tables:
        note = height_of(table.note, 9, body.w) + 0.12 if table.note else 0.0
        room = Box(body.x, y, body.w, body.bottom - y - note)
        parts = fit_table(table, room)
        if (len(parts) > 1 or parts[0].box.h > room.h) and y > body.y + 0.5:
            # A table below text that does not fit begins on a page of its own.
            pages.append((_following(page, words), []))
            whole = Box(body.x, body.y, body.w, body.h - note)
            parts = fit_table(table, whole)
        for position, part in enumerate(parts):
            if position:
                pages.append((_following(page, words), []))
            pages[-1][1].append(part)
        last = parts[-1]
        if table.note:
            pages[-1][1].append(_note(table.note, last))
        y = last.box.bottom + note + 0.15
    return pages


def _note(text: str, above: TableBox) -> TextBox:
    box = above.box
    tall = len(lines_of(text, 9, box.w)) * 9 * LINE / 72
    return TextBox(Box(box.x, box.bottom + 0.1, box.w, tall), (Paragraph(text, 9, LIGHT.muted),))
