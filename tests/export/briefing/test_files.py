"""Every format opens, is editable or searchable, says where it comes from, twice alike."""

import io
import zipfile
from html import unescape

import pypdfium2
import pytest
from PIL import Image
from pptx import Presentation
from pptx.oxml.ns import qn

from clusters.errors import InputError
from clusters.export.briefing import BriefingRequest, batch, compose, preview, render
from clusters.export.provenance import read_provenance

RARE = "泸郫犍邛瓛潆"
FIRM = "极米科技股份有限公司"


@pytest.fixture(scope="module")
def rare(published):
    """A firm whose address holds the rare characters."""
    firms = published.enterprises.copy()
    firms.loc[firms["name"] == FIRM, "address"] = f"{RARE}路1号"
    kept = published.enterprises
    published.__dict__["enterprises"] = firms
    yield compose(published, BriefingRequest("firm", FIRM))
    published.__dict__["enterprises"] = kept


@pytest.fixture(scope="module")
def files(published, rare):
    return {fmt: render(published, rare, fmt, dpi=60) for fmt in ("pptx", "pdf", "html", "png")}


def test_slides_hold_text_tables_and_pictures_that_can_be_edited(files):
    deck = Presentation(io.BytesIO(files["pptx"]))
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, abs=0.001)
    text = []
    for slide in deck.slides:
        assert slide.shapes.title.text_frame.text
        assert "sha256" in slide.notes_slide.notes_text_frame.text
        for shape in slide.shapes:
            text.append(shape.text_frame.text if shape.has_text_frame else "")
            if shape.has_table:
                text += [cell.text for row in shape.table.rows for cell in row.cells]
    assert RARE in "".join(text)
    pictures = [s for s in deck.slides[0].shapes if s.shape_type == 13]
    assert all(s._element.nvPicPr.cNvPr.get("descr") for s in pictures)
    assert pictures


def test_charts_of_slides_are_native_with_their_numbers(published):
    briefing = compose(published, BriefingRequest("area", "510700", "en"))
    deck = Presentation(io.BytesIO(render(published, briefing, "pptx", dpi=50)))
    charts = [s.chart for slide in deck.slides for s in slide.shapes if s.has_chart]
    wanted = [chart for page in briefing.pages for chart in page.charts]
    assert [list(c.plots[0].series[0].values) for c in charts] == [
        [bar.value for bar in chart.bars] for chart in wanted
    ]


def test_every_run_names_an_east_asian_typeface_that_the_theme_has(files):
    with zipfile.ZipFile(io.BytesIO(files["pptx"])) as archive:
        theme = archive.read("ppt/theme/theme1.xml").decode()
    assert 'a:ea typeface="Microsoft YaHei"' in theme
    deck = Presentation(io.BytesIO(files["pptx"]))
    for slide in deck.slides:
        for properties in slide._element.iter(qn("a:rPr")):
            assert properties.find(qn("a:ea")).get("typeface") == "+mn-ea"
            assert properties.get("lang") == "zh-CN"


def test_the_pdf_holds_its_text_and_its_pages(files):
    document = pypdfium2.PdfDocument(files["pdf"])
    assert document[0].get_size() == pytest.approx((960, 540), abs=1)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    assert RARE in text
    assert document.get_metadata_value("Title") == FIRM


def test_html_is_one_file_that_may_ask_nobody(files):
    text = files["html"].decode()
    assert RARE in text
    assert "default-src 'none'" in unescape(text)
    assert 'src="http' not in text
    assert "@import" not in text


@pytest.mark.browser
def test_html_opens_offline_and_its_map_moves(files, started, tmp_path):
    path = tmp_path / "briefing.html"
    path.write_bytes(files["html"])
    context = started.new_context(offline=True)
    page = context.new_page()
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text))
    page.goto(path.as_uri())
    page.wait_for_selector("figure.map[data-ready=yes]")
    assert page.locator("figure.map path.leaflet-interactive").count() > 3
    before = page.locator(".leaflet-control-scale-line").inner_text()
    page.locator(".leaflet-control-zoom-in").click()
    page.locator(".leaflet-control-zoom-in").click()
    page.wait_for_function(
        "b => document.querySelector('.leaflet-control-scale-line').innerText !== b", arg=before
    )
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert faults == []
    context.close()


@pytest.mark.parametrize("fmt", ["pptx", "pdf", "html", "png"])
def test_the_same_briefing_gives_the_same_bytes(published, rare, files, fmt):
    assert render(published, rare, fmt, dpi=60) == files[fmt]


@pytest.mark.parametrize("fmt", ["pptx", "pdf", "html", "png"])
def test_provenance_comes_back_out(rare, files, fmt, tmp_path):
    path = tmp_path / f"b.{fmt}"
    path.write_bytes(files[fmt])
    assert read_provenance(path) == rare.provenance


def test_hostile_text_stays_text_in_the_page(published, monkeypatch):
    firms = published.enterprises.copy()
    hostile = "</script><img src=x onerror=alert(1)>"
    firms.loc[firms["name"] == FIRM, "address"] = hostile
    identity = firms.loc[firms["name"] == FIRM, "enterprise_id"].iloc[0]
    firms.loc[firms["name"] == FIRM, "name"] = hostile
    monkeypatch.setitem(published.__dict__, "enterprises", firms)
    text = render(published, compose(published, BriefingRequest("firm", identity)), "html").decode()
    assert "<img" not in text
    assert "&lt;img src=x" in text


def test_a_picture_holds_every_sheet_one_below_the_other(published, rare, files):
    sheets = [Image.open(io.BytesIO(data)) for data in preview(published, rare, ppi=150)]
    whole = Image.open(io.BytesIO(files["png"]))
    assert whole.size == (2000, sum(sheet.height for sheet in sheets))
    assert [round(n) for n in whole.info["dpi"]] == [150, 150]
    below = 0
    for sheet in sheets:
        part = whole.crop((0, below, sheet.width, below + sheet.height))
        assert part.tobytes() == sheet.convert("RGB").tobytes()
        below += sheet.height


def test_another_format_is_refused(published, rare):
    with pytest.raises(InputError, match="pptx, pdf, html"):
        render(published, rare, "docx")


def test_a_batch_writes_each_file_whole_and_tells_how_far_it_is(published, tmp_path):
    requests = [BriefingRequest("area", code, "en") for code in ("511700", "511800")]
    told = []
    paths = batch(
        published, requests, tmp_path / "b", fmt="html", progress=lambda n, of: told.append((n, of))
    )
    assert [path.name for path in paths] == ["area-511700-en.html", "area-511800-en.html"]
    assert told == [(1, 2), (2, 2)]
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == [p.name for p in paths]
    with pytest.raises(InputError, match="nothing to brief"):
        batch(published, [], tmp_path / "c", fmt="html")
