"""Briefing: sheets, their contents, the equal command, the page."""

import io

import pytest
from PIL import Image
from typer.main import get_command

from clusters import workspace
from clusters.cli import app
from clusters.maps.still import StillMap
from clusters.ui import briefing_state
from clusters.ui import briefing_view as view
from visits import raw, visit, words


def test_areas_are_the_province_its_prefectures_and_drawn_zones():
    areas = view.areas()
    assert areas[0] == "province"
    assert sum(area.isdigit() for area in areas) == 21
    assert "tianfu-new-area-ai" in areas
    assert len(set(areas)) == len(areas)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("510100", "510100"),
        ("510107", "510100"),
        ("tianfu-new-area-ai", "tianfu-new-area-ai"),
        ("nowhere", "province"),
        ("", "province"),
        (None, "province"),
    ],
)
def test_the_area_of_a_link_is_one_a_sheet_can_show(asked, found):
    assert view.area_of_link(asked) == found


def test_a_sheet_becomes_a_request_of_core_and_related_firms():
    sheet = view.Sheet(layer="metric", industry="segment:uav", grain="county", size="A3", fmt="pdf")
    request = view.request(sheet, dpi=300)
    assert (request.selection.scheme, request.selection.industry) == ("segment", "uav")
    assert request.selection.level == "county"
    assert request.filters.relevance == ("core", "related")
    assert (request.size, request.fmt, request.dpi) == ("A3", "pdf", 300)
    assert (view.preview(sheet).fmt, view.preview(sheet).dpi) == ("png", view.PREVIEW_DPI)


def test_the_command_is_one_the_command_line_understands():
    told = view.command(view.Sheet(area="510100"), snapshot="20260101T000000Z-abcdef")
    assert told == (
        "clusters brief 510100-firms-zh.png --area 510100 --language zh "
        "--snapshot 20260101T000000Z-abcdef"
    )
    known = {o for p in get_command(app).commands["brief"].params for o in p.opts}
    assert {word for word in told.split() if word.startswith("--")} <= known


def test_the_command_of_a_metric_sheet_names_what_it_colours():
    sheet = view.Sheet(layer="metric", industry="segment:uav", grain="county", size="A4")
    told = view.command(sheet, snapshot="x")
    assert "--metric lq_population --by county --industry segment:uav --size A4" in told
    known = {o for p in get_command(app).commands["brief"].params for o in p.opts}
    assert {word for word in told.split() if word.startswith("--")} <= known


def test_warnings_are_words():
    drawn = StillMap(b"", ("review_number_missing",), ("成都市", "德阳市"))
    told = briefing_state.warnings(view.Sheet(area="tianfu-wireless-valley"), drawn)
    assert len(told) == 3
    assert "审图号" in told[0]
    assert "假定" in told[1]
    assert "成都市、德阳市" in told[2]


def test_contents_count_every_firm_of_the_area(shipped_workspace):
    firms = workspace.open_snapshot(shipped_workspace).enterprises
    account = view.contents(firms, "510100", "zh")
    ai = firms[firms["ai_relevance"].isin(["core", "related"])]
    assert account.selected == (ai["prefecture_code"] == "510100").sum()
    assert account.shown + sum(account.left_out.values()) == account.selected
    assert view.contents(firms, "province", "zh").selected == len(ai)


@pytest.mark.parametrize("fmt", ["png", "svg", "pdf"])
def test_every_format_is_drawn(shipped_workspace, fmt):
    snapshot = workspace.open_snapshot(shipped_workspace)
    sheet = view.Sheet(fmt=fmt)
    record = briefing_state.provenance(snapshot, sheet)
    data = briefing_state.picture(snapshot, view.request(sheet, dpi=60), record).data
    starts = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    assert data.startswith(starts[fmt])
    if fmt == "png":
        assert Image.open(io.BytesIO(data)).size == (799, 450)  # 13.333 in at 60 dpi


# ---- the page ------------------------------------------------------------------------------


@pytest.mark.usefixtures("shipped_workspace")
@pytest.mark.parametrize(
    ("lang", "warning"), [("zh", "审图号为空"), ("en", "review number is empty")]
)
@pytest.mark.parametrize("area", ["province", "510700", "tianfu-wireless-valley"])
def test_the_page_shows_a_sheet_with_its_warnings(lang, warning, area):
    at = visit("briefing", lang=lang, area=area)
    assert not at.exception
    assert warning in words(at)
    assert f"--area {area}" in at.code[0].value
    assert [one for one in raw(at) if one not in at.code[0].value] == []


def test_the_page_says_how_many_firms_it_shows(shipped_workspace):
    firms = workspace.open_snapshot(shipped_workspace).enterprises
    at = visit("briefing", lang="zh", area="510100")
    account = view.contents(firms, "510100", "zh")
    told = " ".join(words(at).split())
    assert f"该地区企业（核心与相关） {account.selected}" in told
    assert f"库中企业 {len(firms)}" in told


@pytest.mark.usefixtures("shipped_workspace")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_metric_sheet(lang):
    at = visit("briefing", lang=lang, layer="metric", metric="count", grain="county", size="A4")
    assert not at.exception
    assert "--metric count --by county" in at.code[0].value
    assert raw(at) == []


@pytest.mark.usefixtures("shipped_workspace")
def test_wrong_values_are_ignored():
    at = visit("briefing", lang="zh", area="moon", layer="gold", size="A0", format="bmp", text="fr")
    assert not at.exception
    assert "--area province" in at.code[0].value
