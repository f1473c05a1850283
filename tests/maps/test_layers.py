"""One place decides what is drawn; every firm is drawn or accounted for."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.errors import InputError
from clusters.maps import layers
from clusters.maps.firm_filter import FirmFilter
from clusters.maps.grid import hexagons
from clusters.maps.layers import count_labels, firm_layers
from clusters.places.boundaries import CRS_METRES, display


def test_only_street_or_better_is_a_dot(firms):
    drawn = firm_layers(firms, language="zh")
    (dots,) = drawn.layers
    assert dots.frame["id"].tolist() == ["a", "b", "c"]


def test_every_firm_is_drawn_or_has_a_reason(firms):
    account = firm_layers(firms, language="zh", total=99).account
    assert (account.total, account.selected, account.shown) == (99, 6, 3)
    assert account.left_out == {"precision": 2, "none": 1, "outside": 0}
    assert account.shown + sum(account.left_out.values()) == account.selected


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_account_is_a_sentence(firms, language):
    sentence = firm_layers(firms, language=language).account.sentence(language)
    assert "3" in sentence
    assert "6" in sentence
    assert ("位置不够精确 2" if language == "zh" else "place not precise enough 2") in sentence
    assert "图幅" not in sentence


def test_firms_outside_the_window_are_counted_as_outside(firms):
    account = firm_layers(firms, language="zh", bounds=(104.0, 30.0, 104.2, 31.0)).account
    assert account.shown == 2
    assert account.left_out["outside"] == 1


def test_uncertain_firms_appear_on_request_with_their_radius(firms):
    uncertain, dots = firm_layers(firms, language="zh", show_uncertain=True).layers
    assert uncertain.form == "circle"
    assert uncertain.frame["radius_m"].tolist() == [60000.0, 15000.0]
    assert "15 公里" in uncertain.frame["tip"].iloc[1]
    assert uncertain.order < dots.order
    assert uncertain.styles["uncertain"].dash


def test_uncertain_firms_of_one_place_share_a_circle(firms):
    twice = firms.iloc[[3, 3, 4]].reset_index(drop=True)
    uncertain = firm_layers(twice, language="en", show_uncertain=True).layers[0]
    assert len(uncertain.frame) == 2
    assert uncertain.frame["tip"].iloc[1].startswith("2 ")


def test_features_carry_no_more_than_id_class_and_name(firms):
    dots = firm_layers(firms, language="zh").layers[0]
    assert set(dots.frame.columns) == {"id", "kind", "tip", "geometry"}


def test_an_unclassified_firm_is_drawn_as_such(firms):
    firms["chain_layer"] = None
    (dots,) = firm_layers(firms, language="zh").layers
    assert set(dots.frame["kind"]) == {"unknown"}
    assert [(entry.text, entry.count) for entry in dots.legend] == [("未归类", 3)]


def test_legend_counts_the_dots_drawn(firms):
    (dots,) = firm_layers(firms, language="en").layers
    assert sum(entry.count for entry in dots.legend) == len(dots.frame)


def test_no_firms_is_a_view_too(firms):
    drawn = firm_layers(firms.iloc[:0], language="zh", show_uncertain=True)
    assert drawn.account.shown == 0
    assert all(layer.frame.empty for layer in drawn.layers)


def test_segments_are_coloured_only_while_they_can_be_told_apart(firms):
    (dots,) = firm_layers(
        firms, language="zh", colour_by="segment", group_names={"uav": "智能无人机"}
    ).layers
    assert dots.legend[0].text == "智能无人机"
    many = firms.iloc[[0] * 9].assign(segment=[f"s{i}" for i in range(9)])
    with pytest.raises(InputError, match="at most 8"):
        firm_layers(many, language="zh", colour_by="segment")


def test_many_dots_become_hexagons_that_conserve_them(many_firms):
    n = layers.MAX_DOTS + 1
    drawn = firm_layers(many_firms(n), language="zh", zoom=8)
    (cells,) = drawn.layers
    assert cells.form == "shape"
    assert drawn.account.shown == n
    counted = [int(tip.split()[0].replace(",", "")) for tip in cells.frame["tip"]]
    assert sum(counted) == n
    assert len(cells.frame) < 2_000
    assert set(cells.frame["kind"]) <= set(cells.styles)
    assert sum(entry.count for entry in cells.legend) == len(cells.frame)


def test_filters_narrow_and_keep_the_order(firms):
    firms.at[0, "zone_ids"] = ["z"]
    assert FirmFilter(zones=("z",)).select(firms)["enterprise_id"].tolist() == ["a"]
    chosen = FirmFilter(prefectures=("510100",), chain_layers=("foundation",)).select(firms)
    assert chosen["enterprise_id"].tolist() == ["a", "e"]
    assert len(FirmFilter().select(firms)) == len(firms)


def test_a_founding_year_filter_leaves_out_firms_without_one(firms):
    firms["founded"] = firms["founded"].astype("datetime64[s]")
    firms.loc[0, "founded"] = np.datetime64("2015-03-01")
    assert FirmFilter(founded_from=2015, founded_to=2015).select(firms)["name"].tolist() == ["甲"]
    assert FirmFilter(founded_from=2016).select(firms).empty


def test_an_area_holds_firms_placed_to_the_street_or_better(firms):
    everywhere = "p97,26,109,26,109,35,97,35"
    inside = FirmFilter(within=everywhere).select(firms)
    assert set(inside["precision"]) <= {"point", "building", "street"}
    assert len(inside) == firms["precision"].isin(["point", "building", "street"]).sum() > 0
    with pytest.raises(InputError, match="is not an area in or around Sichuan"):
        FirmFilter(within="p1,2").select(firms)


def test_labels_count_all_firms_of_an_area_and_say_how_many_are_vague(firms):
    labels = count_labels(firms, display("county"), code="county_code", language="zh")
    row = labels.frame.set_index("id").loc["510104"]
    assert (row["text"], row["count"], row["imprecise"]) == ("3", 3, 1)
    assert row["tip"] == "锦江区\n3 家企业\n其中位置仅知到区县或片区 1"


def test_labels_stand_inside_their_area(firms):
    areas = display("prefecture")
    labels = count_labels(firms, areas, code="prefecture_code", language="en")
    within = areas.set_index("code").loc[labels.frame["id"]].geometry.reset_index(drop=True)
    assert within.contains(labels.frame.geometry).all()
    # The firm known to its prefecture only is counted here, and in no county.
    assert labels.frame.set_index("id").loc["510100", "count"] == 4


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.floats(97.4, 108.5), st.floats(26.1, 34.3)), min_size=1, max_size=60),
    st.integers(4, 14),
)
def test_each_point_lies_in_exactly_one_hexagon(points, zoom):
    lon, lat = np.array(points).T
    cells = hexagons(lon, lat, zoom=zoom)
    assert cells["count"].sum() == len(points)
    near = [cells.intersects(shapely.Point(x, y).buffer(1e-6)).any() for x, y in points]
    assert all(near)
    assert cells["cell"].is_unique


def test_hexagons_of_one_zoom_share_one_size_on_the_screen():
    cells = hexagons(np.array([100.0, 104.0, 108.0]), np.array([27.0, 30.0, 33.0]), zoom=9)
    areas = cells.to_crs("EPSG:3857").area
    assert areas.max() / areas.min() == pytest.approx(1, abs=1e-4)
    assert cells.to_crs(CRS_METRES).is_valid.all()
