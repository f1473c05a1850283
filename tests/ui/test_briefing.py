"""Briefing: sheets, their contents, the equal command, the page."""

import io

import pytest
from PIL import Image
from typer.main import get_command

from clusters import workspace
from clusters.cli import app
from clusters.export.briefing import BriefingRequest
from clusters.goals import benchmark_firms
from clusters.ledger import add_observation, prefer
from clusters.maps.still import StillMap
from clusters.ui import briefing_state, briefs_state, goals_form
from clusters.ui import briefing_view as view
from drafts import draft
from visits import raw, visit, words


def test_areas_are_the_province_prefectures_counties_and_drawn_zones():
    areas = view.areas()
    assert areas[0] == "province"
    assert sum(area.isdigit() for area in areas) == 21 + 183
    assert areas.index("510107") == areas.index("510106") + 1 > areas.index("510100")
    assert "tianfu-new-area-ai" in areas
    assert len(set(areas)) == len(areas)


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
@pytest.mark.parametrize("area", ["province", "510700", "510107", "tianfu-wireless-valley"])
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


# ---- the templates -------------------------------------------------------------------------


@pytest.mark.usefixtures("shipped_workspace")
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("page", "choice", "told"),
    [
        ("overview", {}, "--page overview"),
        ("zone", {"zone": "mianyang-science-city"}, "--page zone:"),
        ("area", {"area": "510700"}, "--page area:510700"),
        ("firm", {}, "--page firm:"),
        ("screening", {"screening": "uav"}, "--page screening:uav"),
    ],
)
def test_every_template_is_shown_with_its_command(lang, page, choice, told):
    at = visit("briefing", lang=lang, page=page, **choice)
    assert not at.exception
    assert told in at.code[0].value
    assert f"--language {lang}" in at.code[0].value
    assert [one for one in raw(at) if one not in at.code[0].value] == []


@pytest.mark.usefixtures("shipped_workspace")
def test_with_one_snapshot_there_is_nothing_to_compare():
    at = visit("briefing", lang="en", page="compare")
    assert not at.exception
    assert "only one snapshot" in words(at)


@pytest.mark.usefixtures("shipped_workspace")
@pytest.mark.parametrize("page", ["zones", "firms"])
def test_a_batch_says_how_many_files_it_makes(page):
    at = visit("briefing", lang="en", page=page)
    assert not at.exception
    assert f"--page {page} --format pptx" in at.code[0].value
    assert "briefings will be made" in words(at)


def test_page_and_command_write_the_same_bytes(shipped_workspace, tmp_path):
    snapshot = workspace.open_snapshot(shipped_workspace)
    request = BriefingRequest("area", "511700", "en")
    briefing = briefs_state.composed(snapshot, request)
    page = briefs_state.file_bytes(snapshot, briefing, "html", "16:9")
    target = tmp_path / "b.html"
    arguments = ["brief", str(target), "--page", "area:511700", "--language", "en"]
    get_command(app).main(
        [*arguments, "--workspace", str(shipped_workspace)], standalone_mode=False
    )
    assert target.read_bytes() == page


def test_a_choice_between_values_is_in_the_next_briefing(own_workspace, shipped_copy):
    snapshot = workspace.open_snapshot(shipped_copy(own_workspace))
    book = goals_form.ledger()
    for value in ("1300", "1250"):
        given = draft(period="2025", value=value, source=f"source of {value}")
        add_observation(book, given, who="a")
    request = BriefingRequest("overview", language="en")
    contents = set()
    for chosen in ("ledger.1", "ledger.2"):
        prefer(book, chosen, who="a", reason="the final report")
        contents.add(briefs_state.composed(snapshot, request).provenance.content)
    assert len(contents) == 2


def test_benchmark_firms_lead_the_list_of_firms(shipped_workspace):
    snapshot = workspace.open_snapshot(shipped_workspace)
    names = briefs_state.firm_choices(snapshot)
    assert set(names) == set(snapshot.enterprises["enterprise_id"])
    assert (
        list(names)[:30]
        == [
            str(one)
            for one in benchmark_firms(snapshot.enterprises).table["enterprise_id"].dropna()
        ][:30]
    )
