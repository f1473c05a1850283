"""Nothing leaves its page, covers another thing, or is lost when a table breaks."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.export.briefing import BriefingRequest, compose
from clusters.export.briefing.elements import WIDTH, Box, Fill, MapBox, TableBox, TextBox
from clusters.export.briefing.layout import MARGIN, canvas_height, lay_out
from clusters.export.briefing.measure import height_of, lines_of, width_of
from clusters.export.briefing.model import Cell, Column, Table
from clusters.export.briefing.tablefit import fit_table

SUBJECTS = [
    ("overview", ""),
    ("zone", "chengdu-htz-new-economy"),
    ("area", "510100"),
    ("firm", "极米科技股份有限公司"),
]


@pytest.mark.parametrize("size", ["16:9", "A4", "A3"])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("kind", "name"), SUBJECTS)
def test_everything_stands_on_the_page_and_apart(published, kind, name, language, size):
    briefing = compose(published, BriefingRequest(kind, name, language, size))
    for sheet in lay_out(briefing, size):
        boxes = [one.box for one in sheet.elements if not isinstance(one, Fill)]
        for box in boxes:
            assert box.x >= MARGIN - 0.01
            assert box.right <= WIDTH - MARGIN + 0.01
            assert box.bottom <= canvas_height(size) - 0.2
        big = [
            one.box
            for one in sheet.elements
            if isinstance(one, MapBox | TableBox)
            or (isinstance(one, TextBox) and any(p.bullet for p in one.paragraphs))
        ]
        for one, other in combinations(big, 2):
            apart = (
                one.right <= other.x + 0.01
                or other.right <= one.x + 0.01
                or one.bottom <= other.y + 0.01
                or other.bottom <= one.y + 0.01
            )
            assert apart, (sheet.title, one, other)


@pytest.mark.parametrize(("kind", "name"), SUBJECTS)
def test_text_fits_the_box_it_is_given(published, kind, name):
    briefing = compose(published, BriefingRequest(kind, name, "en"))
    for sheet in lay_out(briefing, "16:9"):
        for one in sheet.elements:
            if not isinstance(one, TextBox) or one.role == "title":
                continue
            indent = 0.2 if one.paragraphs[0].bullet else 0.0
            tall = sum(
                height_of(p.text, p.size, one.box.w - indent, bold=p.bold) + p.after / 72
                for p in one.paragraphs
            )
            assert tall <= one.box.h + 0.06, (sheet.title, one.paragraphs[0].text)


def test_a_table_that_breaks_keeps_every_row_and_its_header():
    rows = tuple((Cell(f"row {n}"), Cell("x" * 40)) for n in range(120))
    table = Table("", (Column("Name"), Column("Words")), rows)
    parts = fit_table(table, Box(0.6, 1.5, 12.1, 5.0))
    assert len(parts) > 1
    assert [row for part in parts for row in part.table.rows] == list(rows)
    for part in parts:
        assert part.box.h <= 5.0
        assert len(part.heights) == len(part.table.rows) + 1


@settings(max_examples=40)
@given(
    st.text("泸州郫都，。（）AI enterprises 0123.%", min_size=1, max_size=120),
    st.sampled_from([9.0, 12.0, 20.0]),
    st.floats(0.8, 6.0),
)
def test_lines_hold_the_text_and_fit_the_width(text, size, width):
    lines = lines_of(text, size, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        # A stop may hang out rather than begin a line.
        assert width_of(line.rstrip("，。）"), size) <= width + size / 72 * 1.2


def test_no_line_begins_with_a_stop():
    lines = lines_of("人工智能企业，" * 30, 12, 2.0)
    assert not any(line.startswith("，") for line in lines)


@given(st.lists(st.integers(1, 60), min_size=2, max_size=6))
@settings(max_examples=30)
def test_columns_fill_the_width_exactly(lengths):
    columns = tuple(Column(f"c{n}") for n in range(len(lengths)))
    row = tuple(Cell("字" * n) for n in lengths)
    part = fit_table(Table("", columns, (row,)), Box(0, 0, 12.0, 50.0))[0]
    assert sum(part.widths) == pytest.approx(12.0)
    assert min(part.widths) > 0.3
