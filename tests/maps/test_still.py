"""Still maps: complete, reproducible, honest about what is missing."""

import io
import json

import pytest
from PIL import Image

from clusters.errors import InputError
from clusters.maps import context, furniture
from clusters.maps.choropleth import Selection, choropleth
from clusters.maps.layers import count_labels, firm_layers
from clusters.maps.painting import Inset
from clusters.maps.still import StillText, still_map
from clusters.places.boundaries import display
from clusters.places.zones import five

TEXT = StillText(
    title="泸州 郫都 犍为 邛崃 潆溪 $5$",
    subtitle="图中标出 3 家",
    source="enterprises.csv",
    as_of="2025-10-31",
    made="2026-11-22",
    snapshot="20261122T101500Z-3f9c2a",
)


def draw(firms, **options):
    areas = display("prefecture")
    layers = [
        context.boundary_layer(areas, level="prefecture", language="zh"),
        context.zone_layer(five(), language="zh"),
        *firm_layers(firms, language="zh", show_uncertain=True).layers,
    ]
    labels = count_labels(firms, areas, code="prefecture_code", language="zh")
    settings = {
        "focus": areas.geometry,
        "text": TEXT,
        "language": "zh",
        "labels": furniture.area_labels(labels, with_counts=True),
        "dpi": 60,
    }
    return still_map(layers, **(settings | options))


@pytest.mark.parametrize(
    ("size", "pixels"), [("16:9", (799, 450)), ("A4", (701, 496)), ("A3", (992, 701))]
)
def test_sheets_have_their_size(firms, size, pixels):
    picture = Image.open(io.BytesIO(draw(firms, size=size).data))
    assert picture.size == pytest.approx(pixels, abs=1)


@pytest.mark.parametrize("fmt", ["png", "svg", "pdf"])
def test_the_same_call_gives_the_same_bytes(firms, fmt):
    assert draw(firms, fmt=fmt).data == draw(firms, fmt=fmt).data


@pytest.mark.parametrize(
    ("fmt", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
def test_formats_are_what_they_say(firms, fmt, start):
    assert draw(firms, fmt=fmt).data.startswith(start)


def test_an_empty_review_number_is_a_warning_not_a_silence(firms):
    assert draw(firms).warnings == ("review_number_missing",)
    from dataclasses import replace

    numbered = replace(TEXT, review_number="川S〔2026〕00001号")
    assert draw(firms, text=numbered).warnings == ()


def test_a_missing_glyph_stops_the_export(firms):
    from dataclasses import replace

    with pytest.raises(InputError, match=r"U\+1F680"):
        draw(firms, text=replace(TEXT, title="火箭\U0001f680"))


def test_provenance_is_in_the_picture(firms):
    record = json.dumps({"snapshot": "x", "name": "成都"}, ensure_ascii=True)
    with Image.open(io.BytesIO(draw(firms, provenance=record).data)) as picture:
        assert picture.info["clusters:provenance"] == record
        assert "Software" not in picture.info


@pytest.mark.parametrize("kind", ["locator", "detail"])
def test_an_inset_changes_the_sheet(firms, kind):
    chengdu = display("prefecture").query("code == '510100'").geometry
    inset = Inset(kind, "位置示意", chengdu)
    assert draw(firms, inset=inset).data != draw(firms).data


def test_a_choropleth_with_missing_and_small_values_is_drawn(metrics):
    areas = display("prefecture")
    layer = choropleth(
        metrics,
        areas,
        Selection("prefecture", "lq_population"),
        title="人口区位商",
        language="zh",
        note="1 为全省平均；分级按对数等距。",
    )
    sheet = still_map([layer], focus=areas.geometry, text=TEXT, language="en", dpi=60)
    colours = Image.open(io.BytesIO(sheet.data)).convert("RGB").getcolors(maxcolors=100_000)
    assert len(colours) > 100
    assert sheet.labels_left_out == ()
