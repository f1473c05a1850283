"""Briefings as PowerPoint: every word is text, every table a table, every chart a chart.

The deck has a theme of its own, so a reader who changes the theme's colours or fonts changes the
whole deck. Chinese is set in Microsoft YaHei (微软雅黑), Latin in Arial, which every office PC in
China has: fonts are not embedded, and python-pptx writes the Latin typeface only, so the East Asian
one is set here.
"""

import io
from collections.abc import Callable
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_TICK_LABEL_POSITION, XL_TICK_MARK
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Length, Pt

from clusters.export.briefing import deck
from clusters.export.briefing.elements import (
    WIDTH,
    Box,
    ChartBox,
    Fill,
    MapBox,
    Paragraph,
    Sheet,
    TableBox,
    TextBox,
)
from clusters.export.briefing.layout import canvas_height, lay_out, scale_of
from clusters.export.briefing.measure import LINE
from clusters.export.briefing.model import Briefing, Cell
from clusters.export.briefing.tablefit import PAD_X, PAD_Y
from clusters.export.briefing.tones import colour_of
from clusters.export.zips import settle
from clusters.maps.palette import LIGHT
from clusters.maps.still import SheetSize

MapPicture = Callable[[MapBox, float], bytes]
"""Returns the PNG of a map for a scale of the canvas."""


_CHART_DATA: Any = CategoryChartData
_COLOUR: Any = RGBColor


def _rgb(colour: str) -> Any:
    return _COLOUR.from_string(colour.lstrip("#").upper())


def slides_bytes(briefing: Briefing, size: SheetSize, picture: MapPicture) -> bytes:
    """Return a briefing as the bytes of a ``.pptx``."""
    scale = scale_of(size)
    presentation = Presentation()
    deck.prepare(presentation, briefing, width=WIDTH * scale, height=canvas_height(size) * scale)
    for number, sheet in enumerate(lay_out(briefing, size), start=1):
        _Writer(presentation, briefing, scale, picture).slide(sheet, number)
    deck.finish(presentation, briefing)
    buffer = io.BytesIO()
    presentation.save(buffer)
    return settle(buffer.getvalue())


class _Writer:
    """Draws one slide."""

    def __init__(
        self, presentation: Any, briefing: Briefing, scale: float, picture: MapPicture
    ) -> None:
        # python-pptx types its objects in part only.
        self.slide_of: Any = presentation.slides.add_slide(presentation.slide_layouts[0])
        self.language = "zh-CN" if briefing.language == "zh" else "en-US"
        self.scale = scale
        self.picture = picture

    def slide(self, sheet: Sheet, number: int) -> None:
        for element in sheet.elements:
            if isinstance(element, TextBox):
                self._text(element, number)
            elif isinstance(element, Fill):
                self._fill(element)
            elif isinstance(element, TableBox):
                self._table(element)
            elif isinstance(element, ChartBox):
                self._chart(element)
            else:
                self._map(element)
        frame = self.slide_of.notes_slide.notes_text_frame
        if frame is not None:
            frame.text = sheet.notes
            for paragraph in frame.paragraphs:
                for run in paragraph.runs:
                    deck.speak(run._r.get_or_add_rPr(), self.language)  # noqa: SLF001 - no public way to the East Asian font

    def _emu(self, inches: float) -> Emu:
        return Emu(round(inches * self.scale * 914400))

    def _place(self, box: Box) -> tuple[Length, Length, Length, Length]:
        return (self._emu(box.x), self._emu(box.y), self._emu(box.w), self._emu(box.h))

    def _points(self, size: float) -> Length:
        return Pt(round(size * self.scale * 2) / 2)

    def _text(self, element: TextBox, number: int) -> None:
        if element.role == "title":
            shape = self.slide_of.shapes.title
            shape.left, shape.top, shape.width, shape.height = self._place(element.box)
        else:
            shape = self.slide_of.shapes.add_textbox(*self._place(element.box))
        frame = shape.text_frame
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        frame.word_wrap = True
        frame.auto_size = MSO_AUTO_SIZE.NONE
        frame.vertical_anchor = MSO_ANCHOR.MIDDLE if element.middle else MSO_ANCHOR.TOP
        for position, paragraph in enumerate(element.paragraphs):
            target = frame.paragraphs[0] if position == 0 else frame.add_paragraph()
            self._paragraph(target, paragraph)
            if element.role == "footer" and paragraph.right:
                deck.as_slide_number(target, number)

    def _paragraph(self, target: Any, source: Paragraph) -> None:
        for position, part in enumerate(source.text.split("\n")):
            if position:
                target.add_line_break()
            run = target.add_run()
            run.text = part
            run.font.size = self._points(source.size)
            run.font.bold = source.bold
            run.font.color.rgb = _rgb(source.colour)
            deck.speak(run._r.get_or_add_rPr(), self.language)  # noqa: SLF001 - as above
        target.alignment = PP_ALIGN.RIGHT if source.right else PP_ALIGN.LEFT
        target.line_spacing = self._points(source.size * LINE)
        target.space_before = Pt(0)
        target.space_after = self._points(source.after)
        if source.bullet:
            deck.bullet(target, LIGHT.accent, Inches(0.2 * self.scale))

    def _fill(self, element: Fill) -> None:
        shape = self.slide_of.shapes.add_shape(MSO_SHAPE.RECTANGLE, *self._place(element.box))
        shape.fill.solid()
        shape.fill.fore_color.rgb = _rgb(element.colour)
        shape.line.fill.background()
        shape.shadow.inherit = False
        deck.decorative(shape)

    def _table(self, element: TableBox) -> None:
        table = element.table
        rows = len(table.rows) + table.headed
        frame = self.slide_of.shapes.add_table(rows, len(table.columns), *self._place(element.box))
        deck.describe(frame, table.title or self._title())
        grid = frame.table
        deck.plain_table(frame)
        grid.first_row = table.headed
        for position, width in enumerate(element.widths):
            grid.columns[position].width = self._emu(width)
        for position, height in enumerate(element.heights):
            grid.rows[position].height = self._emu(height)
        texts = [tuple(Cell(c.label, "muted") for c in table.columns)] if table.headed else []
        for row, cells in enumerate([*texts, *table.rows]):
            head = table.headed and row == 0
            for column, cell in enumerate(cells):
                label = not table.headed and column == 0
                target = grid.cell(row, column)
                target.margin_left = target.margin_right = self._emu(PAD_X)
                target.margin_top = target.margin_bottom = self._emu(PAD_Y * 0.8)
                target.vertical_anchor = MSO_ANCHOR.BOTTOM if head else MSO_ANCHOR.MIDDLE
                paragraph = Paragraph(
                    cell.text,
                    element.size,
                    LIGHT.muted if label else colour_of(cell.tone),
                    bold=head or cell.tone == "strong",
                    right=table.columns[column].numeric,
                )
                self._paragraph(target.text_frame.paragraphs[0], paragraph)
                deck.underline(target, LIGHT.ink if head else LIGHT.line, 1.0 if head else 0.5)

    def _title(self) -> str:
        return str(self.slide_of.shapes.title.text_frame.text)

    def _chart(self, element: ChartBox) -> None:
        chart = element.chart
        written = "#,##0.0" if chart.decimals else "#,##0"
        data: Any = _CHART_DATA(number_format=written)
        data.categories = [bar.label for bar in chart.bars]
        data.add_series(chart.title, [bar.value for bar in chart.bars])
        frame = self.slide_of.shapes.add_chart(
            XL_CHART_TYPE.BAR_CLUSTERED, *self._place(element.box), data
        )
        deck.describe(frame, chart.alt)
        drawn = frame.chart
        drawn.has_legend = False
        drawn.has_title = False
        drawn.font.size = self._points(element.size)
        drawn.font.color.rgb = _rgb(LIGHT.ink)
        for properties in drawn._chartSpace.iter(qn("a:defRPr")):  # noqa: SLF001 - as above
            deck.speak(properties, self.language)
        drawn.value_axis.visible = False
        drawn.value_axis.has_major_gridlines = False
        drawn.value_axis.minimum_scale = 0
        axis = drawn.category_axis
        axis.reverse_order = True
        axis.major_tick_mark = XL_TICK_MARK.NONE
        axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
        axis.format.line.color.rgb = _rgb(LIGHT.boundary)
        plot = drawn.plots[0]
        plot.gap_width = 45
        plot.vary_by_categories = False
        plot.has_data_labels = True
        plot.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END
        plot.data_labels.show_value = True
        plot.data_labels.number_format = written
        plot.data_labels.number_format_is_linked = False
        two_tones = any(bar.accent for bar in chart.bars)
        for position, bar in enumerate(chart.bars):
            fill = plot.series[0].points[position].format.fill
            fill.solid()
            light = two_tones and not bar.accent
            fill.fore_color.rgb = _rgb(LIGHT.boundary if light else LIGHT.accent)

    def _map(self, element: MapBox) -> None:
        data = self.picture(element, self.scale)
        shape = self.slide_of.shapes.add_picture(io.BytesIO(data), *self._place(element.box))
        deck.describe(shape, element.map.alt)
