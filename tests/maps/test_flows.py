"""Flows are arrows: there and back apart, wider for more firms, every move drawn or counted."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.maps.flows import flow_layers
from clusters.maps.interactive import legend_html, specification
from clusters.places.boundaries import CRS_METRES

ZONES = gpd.GeoDataFrame(
    {"zone_id": ["a", "b", "c", "unknown", "twin"]},
    geometry=[
        shapely.box(104.0, 30.5, 104.1, 30.6),
        shapely.box(104.6, 30.5, 104.7, 30.6),
        shapely.box(104.0, 31.4, 104.1, 31.5),
        None,
        shapely.box(104.0, 30.5, 104.1, 30.6),
    ],
    crs="EPSG:4326",
)
NAMES = {"a": "甲区", "b": "乙区<b>", "c": "丙区", "unknown": "某区", "twin": "同地区"}


def flows(*rows: tuple[str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["from_zone", "to_zone", "firms"])


def drawn(*rows, **options):
    return flow_layers(flows(*rows), ZONES, names=NAMES, **{"language": "zh"} | options)


def metres(layer) -> gpd.GeoSeries:
    return layer.frame.geometry.to_crs(CRS_METRES)


def middle(zone: str) -> np.ndarray:
    shape = ZONES.set_index("zone_id").geometry.representative_point().to_crs(CRS_METRES)[zone]
    return np.array([shape.x, shape.y])


def test_an_arrow_goes_from_one_zone_to_the_other():
    found = drawn(("a", "b", 3))
    lines, heads, _names = found.layers
    path = np.array(metres(lines).iloc[0].coords)
    length = np.hypot(*(middle("b") - middle("a")))
    assert np.hypot(*(path[0] - middle("a"))) < 0.1 * length
    assert np.hypot(*(path[-1] - middle("b"))) < 0.1 * length
    head = metres(heads).iloc[0]
    assert head.distance(shapely.Point(path[-1])) == pytest.approx(0, abs=1)
    # The tip is nearer to where it goes than the line's end is, and no further than its zone.
    tip = np.array(head.exterior.coords[0])
    assert np.hypot(*(tip - middle("b"))) < np.hypot(*(path[-1] - middle("b"))) + 1
    assert (found.drawn, found.left_out) == (3, 0)


def test_there_and_back_lie_on_different_sides():
    lines = metres(drawn(("a", "b", 3), ("b", "a", 3)).layers[0])
    there, back = (np.array(line.interpolate(0.5, normalized=True).coords[0]) for line in lines)
    straight = (middle("a") + middle("b")) / 2
    assert (there - straight) @ (back - straight) < 0
    # Each bends to the right of its own direction.
    along = middle("b") - middle("a")
    assert np.cross([*along, 0], [*(there - straight), 0])[2] < 0


def test_more_firms_make_a_wider_line():
    lines = drawn(("a", "b", 40), ("b", "a", 1), ("a", "c", 12)).layers[0]
    kinds = lines.frame.set_index("id")["kind"]
    width = {one: lines.styles[kind].stroke_width for one, kind in kinds.items()}
    assert width["a>b"] > width["a>c"] > width["b>a"] > 0


def test_outside_all_zones_is_an_arrow_at_the_zone():
    found = drawn(("", "a", 2), ("a", "", 5))
    lines = found.layers[0]
    into, out = (np.array(line.coords) for line in metres(lines))
    distance = [np.hypot(*(end - middle("a"))) for end in (into[0], into[-1], out[0], out[-1])]
    assert distance[1] < distance[0]
    assert distance[2] < distance[3]
    assert all(style.dash for style in lines.styles.values())
    assert [entry.count for entry in lines.legend[:2]] == [2, 5]
    assert "集聚区之外" in lines.frame["tip"].iloc[0]


@pytest.mark.parametrize(
    "row", [("a", "unknown", 4), ("unknown", "", 4), ("a", "twin", 4), ("nowhere", "a", 4)]
)
def test_what_cannot_be_drawn_is_counted(row):
    found = drawn(row)
    assert (found.layers, found.drawn, found.left_out, found.bounds) == ((), 0, 4, None)
    both = drawn(row, ("a", "b", 1))
    assert (both.drawn, both.left_out) == (1, 4)


def test_no_flows_are_no_layers():
    assert drawn().layers == ()


def test_names_are_text_and_the_legend_says_what_a_width_is():
    found = drawn(("a", "b", 40))
    text = specification(found.layers[0])
    assert "<b>" not in text
    assert "乙区" in text
    legend = legend_html(found.layers, language="zh")
    assert "从一个集聚区迁到另一个" in legend
    assert "家企业" in legend
    english = legend_html(drawn(("a", "b", 1), language="en").layers, language="en")
    assert "1 firm<" in english


IDS = st.sampled_from(["", "a", "b", "c", "unknown", "twin"])
ROWS = st.dictionaries(st.tuples(IDS, IDS), st.integers(1, 500), min_size=1, max_size=12)


@settings(max_examples=40)
@given(ROWS)
def test_every_move_is_drawn_or_counted(table):
    rows = [(*pair, n) for pair, n in table.items() if pair[0] != pair[1]]
    found = drawn(*rows)
    assert found.drawn + found.left_out == sum(row[2] for row in rows)
    if found.layers:
        lines, heads, names = found.layers
        assert lines.frame["id"].is_unique
        used = {zone for row in lines.frame["id"] for zone in row.split(">")} - {""}
        assert set(names.frame["id"]) == used
        assert len(lines.frame) == len(heads.frame)
        assert heads.frame.geometry.is_valid.all()
        assert set(lines.frame["kind"]) == set(lines.styles) == set(heads.styles)
        counted = sum(entry.count or 0 for entry in lines.legend)
        assert counted == found.drawn
        west, south, east, north = found.bounds
        assert west < east
        assert south <= north
