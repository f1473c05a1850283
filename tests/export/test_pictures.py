"""Pictures of a snapshot: the right area, firms and words."""

from datetime import date

import pytest

from clusters.errors import InputError
from clusters.export import pictures
from clusters.export.pictures import MapRequest, map_picture
from clusters.maps.choropleth import Selection
from clusters.maps.firm_filter import FirmFilter
from clusters.maps.layers import merge_legends

DAY = date(2026, 11, 22)


@pytest.fixture
def drawn(snapshot, provenance, monkeypatch):
    """Return what a request would draw, without drawing it."""

    def ask(**request):
        seen = {}

        def keep(layers, **options):
            seen.update(options, layers={layer.key: layer for layer in layers})

        monkeypatch.setattr(pictures, "still_map", keep)
        map_picture(snapshot, MapRequest(**request), made=DAY, provenance=provenance)
        return seen

    return ask


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("area", ["province", "510100", "510104", "tianfu-wireless-valley"])
def test_every_kind_of_area_is_drawn(snapshot, provenance, area, language):
    request = MapRequest(area=area, language=language, dpi=40)
    sheet = map_picture(snapshot, request, made=DAY, provenance=provenance)
    assert sheet.data.startswith(b"\x89PNG")


def test_a_metric_is_drawn_for_province_and_prefecture(snapshot, provenance):
    for area, level in (("province", "prefecture"), ("510100", "county")):
        request = MapRequest(area=area, layer="metric", selection=Selection(level, "count"), dpi=40)
        assert map_picture(snapshot, request, made=DAY, provenance=provenance).data


def test_the_sheet_says_what_it_shows(drawn):
    seen = drawn()
    assert seen["text"].title == "四川省人工智能企业分布"
    assert seen["text"].subtitle == "图中标出 2 家，共 4 家；位置不够精确 1；无位置 1"
    assert seen["text"].as_of == "2025-10-31"
    assert seen["text"].made == "2026-11-22"
    assert seen["text"].source == "企业.csv"
    assert seen["inset"].kind == "detail"


def test_the_title_names_metric_industry_and_place(drawn):
    seen = drawn(
        area="510100", layer="metric", selection=Selection("county", "count"), language="en"
    )
    assert seen["text"].title == "AI enterprises in Chengdu: Number of firms"
    assert set(seen["layers"]["areas"].frame["id"].str[:4]) == {"5101"}


def test_areas_without_firms_are_named_without_a_number(drawn):
    texts = {label.text for label in drawn()["labels"]}
    assert "成都市\n2" in texts
    assert "阿坝藏族羌族自治州" in texts


def test_numbers_are_explained_where_no_firm_is_a_dot(drawn):
    layers = drawn(area="510700", filters=FirmFilter(precisions=("county",)))["layers"]
    assert layers["firms"].legend == ()
    notes = {title: note for title, _, note in merge_legends(list(layers.values()))}
    assert notes["企业"].startswith("地名下的数字")


def test_a_zone_shows_its_own_firms_only(drawn):
    seen = drawn(area="chengdu-htz-new-economy")
    assert seen["layers"]["firms"].frame["id"].tolist() == ["a"]
    assert seen["inset"].kind == "locator"


def test_the_legend_leaves_out_zones_of_elsewhere(drawn):
    assert drawn(area="510700")["layers"]["zones"].frame["id"].tolist() == ["mianyang-science-city"]
    assert len(drawn()["layers"]["zones"].frame) == 5


def test_filters_reach_the_picture(drawn):
    seen = drawn(filters=FirmFilter(chain_layers=("technology",)))
    assert seen["layers"]["firms"].frame["id"].tolist() == ["b"]


def test_the_review_number_of_the_settings_is_printed(drawn, monkeypatch):
    from clusters.settings import get_settings

    monkeypatch.setenv("CLUSTERS_REVIEW_NUMBER", "川S〔2026〕00001号")
    get_settings.cache_clear()
    try:
        assert drawn()["text"].review_number == "川S〔2026〕00001号"
    finally:
        get_settings.cache_clear()


@pytest.mark.parametrize("area", ["", "999999", "nowhere"])
def test_an_unknown_area_says_what_may_be_named(snapshot, provenance, area):
    with pytest.raises(InputError, match="is not known; use 'province'"):
        map_picture(snapshot, MapRequest(area=area), made=DAY, provenance=provenance)


def test_a_metric_that_cannot_be_mapped_is_refused(snapshot, provenance):
    for selection, reason in (
        (Selection("zone", "count"), "level prefecture or county"),
        (Selection("county", "unheard-of"), "is not known"),
    ):
        request = MapRequest(layer="metric", selection=selection)
        with pytest.raises(InputError, match=reason):
            map_picture(snapshot, request, made=DAY, provenance=provenance)
