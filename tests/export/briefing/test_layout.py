"""Nothing leaves its page, covers another thing, or is lost when a table breaks."""

from itertools import combinations
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.export.briefing import BriefingRequest, compose
from clusters.export.briefing.elements import WIDTH, Box, Fill, MapBox, TableBox, TextBox
from clusters.export.briefing.flow import findings_height
from clusters.export.briefing.layout import MARGIN, canvas_height, lay_out
from clusters.export.briefing.measure import height_of, lines_of, width_of
from clusters.export.briefing.model import (
    Bar,
    Briefing,
    Cell,
    Chart,
    Column,
    Figure,
    MapFigure,
    Page,
    Table,
)
from clusters.export.briefing.tablefit import fit_table
from clusters.export.pictures import MapRequest
from clusters.export.provenance import Provenance

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


WORDS = st.sampled_from(["泸州", "郫都区，", "AI ", "enterprises ", "2025。", "x" * 40, "\n"])
TEXTS = st.tuples(st.lists(WORDS, min_size=1, max_size=6), st.sampled_from([1, 2, 20])).map(
    lambda parts: "".join(parts[0]).strip() * parts[1] or "一"
)
CHART = Chart("Firms", (Bar("a", 1.0, "1"), Bar("b", 2.0, "2")), note="n")
FIGURES = (Figure("Firms", "12", "of 24"),)


def letters(text: str) -> str:
    return "".join(text.split())


@settings(max_examples=25)
@given(
    findings=st.lists(TEXTS, max_size=6).map(tuple),
    title=TEXTS,
    lead=st.just("") | TEXTS,
    cells=st.lists(TEXTS, max_size=2),
    figures=st.sampled_from([(), FIGURES]),
    beside=st.sampled_from(["map", "chart", ""]),
    size=st.sampled_from(["16:9", "A4"]),
)
def test_words_of_any_length_flow_on_and_none_is_lost(
    findings, title, lead, cells, figures, beside, size
):
    rows = tuple((Cell("name"), Cell(text)) for text in cells)
    table = Table("", (Column("Name"), Column("Words")), rows)
    page = Page(
        title,
        lead,
        figures,
        findings,
        tables=(table,) if rows and beside != "chart" else (),
        charts=(CHART,) if beside == "chart" else (),
        map=MapFigure(MapRequest(), "map") if beside == "map" else None,
    )
    record = Provenance("s", "", (), "clusters brief x.pptx")
    whole = Briefing("x", title, "s", "en", (page,), "credits " * 40, "2026-11-22", record)
    sheets = lay_out(whole, size)
    told, shown = [], []
    for sheet in sheets:
        for one in sheet.elements:
            assert one.box.bottom <= canvas_height(size) - 0.2
            assert one.box.right <= WIDTH - MARGIN + 0.01
            if isinstance(one, TableBox):
                assert one.box.bottom <= canvas_height(size) - 0.6
                shown += [row[1].text for row in one.table.rows]
            if not isinstance(one, TextBox):
                continue
            bullets = [p for p in one.paragraphs if p.bullet]
            told += [p.text for p in bullets]
            if bullets:
                tall = findings_height(tuple(p.text for p in bullets), bullets[0].size, one.box.w)
                assert tall <= one.box.h + 0.01
            elif one.role == "footer":
                assert len(lines_of(one.paragraphs[0].text, 8, one.box.w)) == 1
    assert letters("".join(told)) == letters("".join(findings))
    assert letters("".join(shown)) == letters(
        "".join(row[1].text for row in (rows if page.tables else ()))
    )
    for text in (title, lead):
        assert any(
            text in sheet.notes or any(text == p.text for p in paragraphs(sheet))
            for sheet in sheets
        )


def paragraphs(sheet):
    return [p for one in sheet.elements if isinstance(one, TextBox) for p in one.paragraphs]


def test_a_source_of_many_words_is_briefed_whole(published):
    """A registry says in its own words where a row comes from; nothing bounds them."""
    name, source = "极米科技股份有限公司", "四川省经济和信息化厅公示的名单，" * 200
    firms = published.enterprises.copy()
    firms.loc[firms["name"] == name, "source"] = source
    told = SimpleNamespace(
        id=published.id,
        created=published.created,
        manifest=published.manifest,
        enterprises=firms,
        metrics=published.metrics,
        path=published.path,
    )
    briefing = compose(told, BriefingRequest("firm", name, "zh"))
    sheets = lay_out(briefing, "16:9")
    words = "".join(p.text for sheet in sheets for p in paragraphs(sheet) if p.bullet)
    assert letters(source) in letters(words)
    assert isinstance(next(e for e in sheets[0].elements if isinstance(e, MapBox)), MapBox)


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
