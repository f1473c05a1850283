"""The enterprise map: filters, places, search, the card, and the page on the shipped snapshot."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters import workspace
from clusters.maps.drawn import UNKNOWN, inside, read_area
from clusters.places.output import PRECISIONS
from clusters.places.parks import shipped_parks
from clusters.registry.schema import RELEVANCES
from clusters.ui import candidates_view, filters, firm_card, map_state, map_table, map_view, maps
from clusters.ui.text import plain
from visits import raw, visit, words


def firms() -> gpd.GeoDataFrame:
    """Five firms: two dots in Chengdu, one known to a county, one to a prefecture, one to none."""
    return gpd.GeoDataFrame(
        {
            "enterprise_id": ["a", "b", "c", "d", "e"],
            "name": ["成都甲科技", "成都乙智能", "绵阳丙", "成都丁", "戊"],
            "name_en": ["Alpha Robotics", None, None, None, None],
            "former_names": [None, "旧名公司", None, None, None],
            "short_name": None,
            "uscc": ["91510100MA61U0RN2A", None, None, None, None],
            "ai_relevance": ["core", "related", "related", "weak", "core"],
            "chain_layer": ["foundation", "technology", None, "application", "application"],
            "segment": ["uav", "uav", "robotics", None, "robotics"],
            "precision": ["point", "street", "county", "prefecture", "none"],
            "radius_m": [50.0, 400.0, 15_000.0, 60_000.0, np.nan],
            "lon": [104.06, 104.1, 104.7, 103.9, np.nan],
            "lat": [30.57, 30.6, 31.5, 30.7, np.nan],
            "founded": pd.to_datetime(["2010-05-01", "2020-01-01", None, "2015-01-01", None]),
            "listing": ["688000", None, None, None, None],
            "honours": [None, "小巨人", None, None, None],
            "prefecture_code": ["510100", "510100", "510700", "510100", None],
            "county_code": ["510107", "510107", "510703", None, None],
            "zone_ids": [["z1"], [], [], [], []],
            "park_ids": [[], ["p1"], [], [], []],
            "zone_evidence": [["text"], [], [], [], []],
            "registered_capital_cny": [1e7, np.nan, np.nan, np.nan, np.nan],
            "confidence": ["high", "low", None, None, None],
        },
        geometry=gpd.points_from_xy([104.06, 104.1, 104.7, 103.9, 0], [30.57, 30.6, 31.5, 30.7, 0]),
        crs="EPSG:4326",
    )


def kept(wanted: filters.Filters, place: str = "") -> list[str]:
    table = firms()
    parts = filters.masks(filters.firm_index(table), wanted, place)
    return table.loc[filters.combine(parts), "enterprise_id"].tolist()


EVERYTHING = filters.Filters(relevance=())


@pytest.mark.parametrize(
    ("wanted", "place", "expected"),
    [
        (filters.Filters(), "", ["a", "b", "c", "e"]),
        (EVERYTHING, "", ["a", "b", "c", "d", "e"]),
        (EVERYTHING, "510100", ["a", "b", "d"]),
        (EVERYTHING, "510107", ["a", "b"]),
        (EVERYTHING, "z1", ["a"]),
        (EVERYTHING, "p1", ["b"]),
        (EVERYTHING, "no-such-zone", []),
        (filters.Filters(segment=("uav",)), "", ["a", "b"]),
        (filters.Filters(relevance=(), layer=("unknown",)), "", ["c"]),
        (filters.Filters(relevance=(), precision=("none", "county")), "", ["c", "e"]),
        # A firm without a founding date passes only while no year is asked for.
        (filters.Filters(relevance=(), first=2010), "", ["a", "b", "d"]),
        (filters.Filters(relevance=(), first=2011, last=2015), "", ["d"]),
        (filters.Filters(honours=("listed",)), "", ["a"]),
        (filters.Filters(honours=("listed", "honoured")), "", []),
    ],
)
def test_filters_keep_what_they_say(wanted, place, expected):
    assert kept(wanted, place) == expected


def test_a_choice_is_counted_under_all_other_filters():
    index = filters.firm_index(firms())
    chosen = filters.Filters(relevance=("core",), segment=("robotics",))
    counts = filters.facet_counts(index, filters.masks(index, chosen, ""))
    assert counts["relevance"] == {"core": 1, "related": 1}  # both robotics firms: c and e
    assert counts["segment"] == {"uav": 1, "robotics": 1}  # both core firms: a and e
    assert counts["precision"] == {"none": 1}
    assert counts["honours"] == {"listed": 0, "honoured": 0}


def test_a_count_is_what_the_click_leaves():
    index = filters.firm_index(firms())
    counts = filters.facet_counts(index, filters.masks(index, filters.Filters(), ""))
    for segment, count in counts["segment"].items():
        assert len(kept(filters.Filters(segment=(segment,)))) == count


CHOICES = {
    "relevance": st.lists(st.sampled_from(RELEVANCES), unique=True),
    "layer": st.lists(st.sampled_from(filters.CHAIN_LAYERS), unique=True),
    "segment": st.lists(st.sampled_from(("uav", "robotics", UNKNOWN)), unique=True),
    "honours": st.lists(st.sampled_from(tuple(filters.HONOURS)), unique=True),
    "precision": st.lists(st.sampled_from(PRECISIONS), unique=True),
}


@given(st.fixed_dictionaries(CHOICES), st.integers(1950, 2030), st.booleans())
def test_a_link_gives_the_same_filters_back(chosen, first, dated):
    known = filters._choices()
    ordered = {k: tuple(one for one in known[k] if one in v) for k, v in chosen.items()}
    wanted = filters.Filters(**ordered, first=first if dated else None)
    assert filters.from_link(filters.to_link(wanted)) == wanted


AREAS = ["", "c104.06,30.57,3000", "p103,30,105,30,105,32,103,32"]


@given(st.fixed_dictionaries(CHOICES), st.none() | st.integers(2005, 2021), st.sampled_from(AREAS))
def test_a_command_line_filters_like_the_map(chosen, first, area):
    table = firms()
    wanted = filters.Filters(**{k: tuple(v) for k, v in chosen.items()}, first=first)
    exported = map_state.exported(map_state.State("", "", (), wanted, area=area))
    held = set(table.loc[inside(read_area(area), table), "enterprise_id"] if area else "abcde")
    passes = [one for one in kept(wanted) if one in held]
    assert exported.select(table)["enterprise_id"].tolist() == passes


@given(st.dictionaries(st.sampled_from(filters.LINK_KEYS), st.text(max_size=20)))
def test_nonsense_in_a_link_is_ignored(query):
    found = filters.from_link(query)
    assert filters.from_link(filters.to_link(found)) == found


def test_the_default_link_is_empty_and_crossed_years_are_ignored():
    assert filters.to_link(filters.Filters()) == {}
    assert filters.from_link({"first": "2020", "last": "2010"}) == filters.Filters()
    assert filters.from_link({"relevance": "绝密"}) == filters.Filters()


def test_the_way_up_leads_to_the_province():
    assert [place.zh for place in maps.way_up("510107")] == ["四川省", "成都市", "武侯区"]
    assert maps.within("510107") == "510100"
    assert maps.within("") == ""
    assert len([p for p in maps.places().values() if p.kind == "county"]) == 183
    assert maps.known_place("999999") == maps.known_place(None) == ""


def test_a_view_fits_its_bounds():
    # 256 · 2**z pixels around the world: one degree of longitude at zoom 9 is 364 pixels.
    view = maps.fit((104.0, 30.0, 105.0, 30.1), width=400, height=600)
    assert (view.lon, view.zoom) == (104.5, 9.0)
    assert view.lat == pytest.approx(30.05, abs=1e-3)


@given(st.floats(97.5, 107), st.floats(26.5, 33.5), st.floats(0.01, 1.5))
def test_no_view_cuts_what_it_shows(west, south, size):
    view = maps.fit((west, south, west + size, south + size), width=800, height=600)
    assert size * 256 * 2**view.zoom / 360 <= 800


@pytest.mark.parametrize("text", [None, "", "a,b,c", "30,104", "0,0,7", "30,104,99", "nan,nan,7"])
def test_a_wrong_position_is_ignored(text):
    assert maps.view_of_link(text) is None


def test_a_position_survives_its_link():
    view = maps.View(30.57, 104.06, 11.5)
    assert maps.view_of_link(view.text()) == view


@pytest.mark.parametrize(
    ("query", "kind", "found"),
    [
        ("成都市", "prefecture", "510100"),
        ("cds", "prefecture", "510100"),
        ("whq", "county", "510107"),
        ("成都甲", "firm", "a"),
        ("旧名", "firm", "b"),
        ("alpha", "firm", "a"),
        ("ＡＬＰＨＡ", "firm", "a"),
        ("91510100ma61", "firm", "a"),
        ("cdjkj", "firm", "a"),
    ],
)
def test_search_finds_by_every_name(query, kind, found):
    hit = maps.search(maps.search_index(firms()), query)[0]
    assert (hit.kind, hit.id) == (kind, found)


def test_search_says_nothing_of_nothing():
    index = maps.search_index(firms())
    assert maps.search(index, "  ") == []
    assert maps.search(index, "没有这样的企业") == []
    assert maps.search(index, "(.*") == []


class Snapshot:
    enterprises = firms()
    metrics = pd.DataFrame(
        columns=["level", "area", "scheme", "industry", "weight", "metric", "value", "q", "n"]
    )
    hotspots = gpd.GeoDataFrame({"hotspot_id": []}, geometry=[], crs="EPSG:4326")
    parks = shipped_parks()


def drawn(**asked) -> map_view.Drawn:
    keep = np.ones(len(Snapshot.enterprises), dtype=bool)
    return map_view.drawn(Snapshot(), keep, map_view.Request(**asked))


def layer(found: map_view.Drawn, key: str):
    return next((one for one in found.layers if one.key == key), None)


def test_only_precise_places_are_dots_and_all_are_accounted_for():
    found = drawn()
    assert layer(found, "firms").crowd.row.tolist() == [0, 1]
    account = found.account
    assert account.left_out == {"precision": 2, "none": 1}
    assert account.shown + sum(account.left_out.values()) == account.selected == 5
    assert "成都 3" in layer(found, "counts").frame["text"].tolist()


def test_uncertain_firms_show_their_radius_when_asked():
    assert layer(drawn(), "uncertain") is None
    circles = layer(drawn(layers=("uncertain",)), "uncertain")
    assert sorted(circles.frame["radius_m"]) == [15_000.0, 60_000.0]


def test_counties_carry_the_numbers_of_a_prefecture():
    found = drawn(place="510100")
    assert dict(zip(*layer(found, "counts").frame[["id", "count"]].T.to_numpy(), strict=True)) == {
        "510107": 2,
        "510703": 1,
    }
    assert map_table.only_to_this_prefecture(firms(), "510100") == 1
    assert map_table.only_to_prefecture(firms(), "510107") == 1


def test_a_chosen_firm_is_ringed_and_a_vague_one_only_circled():
    precise, vague = drawn(firm="a"), drawn(firm="d")
    assert layer(precise, "selected") is not None
    assert layer(vague, "selected") is None
    assert layer(vague, "selected-circle").frame["radius_m"].tolist() == [60_000.0]
    assert layer(drawn(firm="e"), "selected-circle") is None


def test_the_assumed_zone_is_dashed():
    zones = layer(drawn(), "zones")
    assert zones.styles["assumed"].dash
    assert (zones.frame["kind"] == "assumed").sum() == 1


def test_short_names():
    assert map_view.short_name("阿坝藏族羌族自治州") == "阿坝"
    assert map_view.short_name("凉山彝族自治州") == "凉山"
    assert map_view.short_name("成都市") == "成都"


def test_links_of_a_card_are_web_addresses_only():
    text = "https://a.cn/x?y=1 ; javascript:alert(1) ; http://b.cn/ ; https://a.cn/x?y=1"
    assert firm_card.web_links(text) == ("https://a.cn/x?y=1", "http://b.cn/")


def test_a_card_escapes_what_it_shows():
    section = firm_card.Section("<b>", (firm_card.Field("<i>", "<script>", ("https://a.cn/\"'",)),))
    shown = firm_card.card_html((section,))
    assert "<script>" not in shown
    assert "<b>" not in shown
    assert '"\'"' not in shown


def test_clicks_and_moves_are_read_from_the_map():
    drawing = {"properties": {"id": "510100", "layer": "counts"}}
    answer = {"last_active_drawing": drawing, "last_object_clicked": {"lat": 1, "lng": 2}}
    assert maps.clicked(answer)[:2] == ("counts", "510100")
    assert maps.clicked(None) is None
    assert maps.clicked({"last_active_drawing": None}) is None


def test_a_zone_is_a_place_as_soon_as_it_has_an_outline(import_outline):
    assert "jinjiang-bailuwan" not in maps._lasting()
    import_outline("jinjiang-bailuwan")
    assert "jinjiang-bailuwan" in maps._lasting()


@pytest.mark.parametrize("digits", ["²⁰²⁰", "①②③④"])
def test_signs_that_are_no_number_in_a_link_are_ignored(digits):
    """They are digits by name, which `int` does not read."""
    assert filters.from_link({"first": digits}) == filters.Filters()
    assert map_state.opacity_of_link(f"firms:{digits[:2]}") == ()
    assert candidates_view.from_link(f"core.{digits[0]}") == candidates_view.stated_weights()


@pytest.mark.parametrize("place", ["", "510100", "510107", "chengdu-htz-new-economy"])
@pytest.mark.parametrize(
    "wanted",
    [
        filters.Filters(),
        filters.Filters(relevance=("core",), layer=("technology",), precision=("county",)),
        filters.Filters(segment=("robotics",), first=2010, last=2020),
        filters.Filters(relevance=(), layer=("foundation", UNKNOWN), honours=("listed",)),
        filters.Filters(relevance=(), segment=(UNKNOWN,), honours=("listed", "honoured")),
    ],
)
def test_the_command_of_a_download_exports_the_firms_of_the_view(shipped_workspace, place, wanted):
    firms = workspace.open_snapshot(shipped_workspace).enterprises
    keep = filters.combine(filters.masks(filters.firm_index(firms), wanted, place))
    chosen = map_state.exported(map_state.State(place, "", (), wanted)).select(firms)
    assert chosen["enterprise_id"].tolist() == firms.loc[keep, "enterprise_id"].tolist()


def test_labels_print_markdown_as_it_is():
    assert plain("a*b_[c]") == r"a\*b\_\[c\]"


# ---- the page ------------------------------------------------------------------------------


@pytest.fixture
def relevant(snapshot):
    table = snapshot.enterprises
    return table[table["ai_relevance"].isin(["core", "related"])]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_shows_the_shipped_firms(lang, relevant):
    at = visit("map", lang=lang)
    assert not at.exception
    assert at.dataframe[0].value["name"].tolist() == relevant["name"].tolist()
    assert f"{len(relevant)}" in words(at)
    assert raw(at) == []


@pytest.mark.parametrize(("lang", "heading"), [("zh", "位置与定位依据"), ("en", "Place and how")])
def test_a_link_opens_place_filters_and_firm(lang, heading, relevant):
    core = relevant["ai_relevance"] == "core"
    chengdu = relevant[core & (relevant["prefecture_code"] == "510100")]
    firm = chengdu.iloc[0]
    at = visit(
        "map",
        lang=lang,
        place="510100",
        relevance="core",
        firm=firm["enterprise_id"],
        layers="firms,uncertain",
    )
    assert not at.exception
    assert at.dataframe[0].value["name"].tolist() == chengdu["name"].tolist()
    assert heading in words(at)
    assert firm["name"] in words(at)
    assert raw(at) == []


def test_wrong_values_in_a_link_are_ignored(relevant):
    at = visit(
        "map",
        lang="zh",
        place="nowhere",
        firm="x-0",
        layers="gold",
        at="x",
        first="abcd",
        metric="luck",
        industry="x:y",
        segment="cheese",
    )
    assert not at.exception
    assert len(at.dataframe[0].value) == len(relevant)


@pytest.mark.usefixtures("shipped_workspace")
def test_an_empty_result_has_words_and_a_next_step():
    at = visit("map", lang="zh", segment="smart_airport", relevance="none")
    assert not at.exception
    assert "没有符合条件的企业" in words(at)
    assert not at.dataframe


def test_a_ticked_filter_goes_into_the_link(snapshot):
    at = visit("map", lang="zh")
    at.checkbox(key="filter-relevance-weak").check().run()
    assert at.query_params["relevance"] == "core,related,weak"
    assert not at.exception
    assert len(at.dataframe[0].value) == len(snapshot.enterprises)


@pytest.mark.usefixtures("shipped_workspace")
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("place", ["", "510100", "510107", "tianfu-wireless-valley", "cd-htz"])
def test_every_layer_draws_everywhere(lang, place):
    at = visit("map", lang=lang, place=place, layers=",".join(map_view.LAYERS))
    assert not at.exception
    assert raw(at) == []


@pytest.mark.usefixtures("shipped_workspace")
def test_search_leads_to_a_place():
    at = visit("map", lang="zh")
    at.text_input(key="map-search").input("mys").run()
    at.button(key="hit-prefecture-510700").click().run()
    assert not at.exception
    assert at.query_params["place"] == "510700"
    at.button(key="crumb-province").click().run()
    assert "place" not in at.query_params


def test_order_and_opacity_come_from_the_link():
    assert map_state.opacity_of_link("metric:60,gold:50,density:5,firms:100,zones:x") == (
        ("metric", 60),
    )
    turned = ",".join(reversed(map_view.STACK))
    assert map_state.stack_of_link(turned) == tuple(reversed(map_view.STACK))
    assert map_state.stack_of_link("firms,metric") == ()
    assert map_state.stack_of_link(",".join(map_view.STACK)) == ()
    usual = drawn(layers=("firms", "parks", "zones"))
    assert layer(usual, "firms").order > layer(usual, "parks").order > layer(usual, "zones").order
    found = drawn(
        layers=("firms", "parks", "zones"),
        stack=tuple(reversed(map_view.STACK)),
        opacity=(("parks", 40),),
    )
    assert layer(found, "firms").order < layer(found, "parks").order < layer(found, "zones").order
    assert layer(found, "parks").opacity == 0.4
    assert layer(found, "firms").opacity == 1


def test_over_amap_everything_is_shifted_and_nothing_painted_over_it():
    plain, over = drawn(firm="a"), drawn(firm="a", datum="gcj02", on_tiles=True)
    one, other = layer(plain, "firms").crowd, layer(over, "firms").crowd
    metres = np.hypot((other.lon - one.lon) * 95_000, (other.lat - one.lat) * 111_000)
    assert ((metres > 200) & (metres < 700)).all()
    for key in ("zones", "counts", "selected", "boundary-prefecture"):
        before, after = layer(plain, key).frame.total_bounds, layer(over, key).frame.total_bounds
        moved = (after - before) * [95_000, 111_000, 95_000, 111_000]
        assert 50 < np.abs(moved).max() < 700
    ground = layer(over, "boundary-prefecture")
    assert all(style.fill is None for style in ground.styles.values())


def test_a_page_of_the_table_holds_its_rows():
    rows = np.arange(0, 2402, 2)
    assert map_table.pages(len(rows)) == 3
    assert map_table.pages(0) == 1
    whole = np.concatenate([map_table.rows_of_page(rows, page) for page in (1, 2, 3)])
    assert whole.tolist() == rows.tolist()
    assert map_table.rows_of_page(rows, 99).tolist() == rows[1000:].tolist()
    assert map_table.page_of(1000) == 3
    assert map_table.page_of(None) == 1


def test_years_count_under_all_other_filters():
    index = filters.firm_index(firms())
    asked = filters.Filters(relevance=("core", "related"), first=2019, last=2021)
    found = filters.years(index, filters.masks(index, asked, ""))
    assert (found.first, len(found.counts)) == (2010, 11)
    assert (found.counts[0], found.counts[5], found.counts[10]) == (1, 0, 1)
    assert found.undated == 2


@pytest.mark.usefixtures("shipped_workspace")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_drawn_area_in_the_link_shows_what_it_holds(lang):
    at = visit("map", lang=lang, area="c104.06,30.57,40000", layers="firms,density")
    assert not at.exception
    assert ("所画区域" if lang == "zh" else "Drawn area") in words(at)
    assert raw(at) == []
    at = visit("map", lang=lang, area="p1,2,3")
    assert not at.exception
    assert ("平方公里；" if lang == "zh" else "km²;") not in words(at)


def test_an_area_by_numbers_goes_into_the_link(shipped_workspace):
    at = visit("map", lang="zh")
    at.number_input(key="area-km").set_value(12.0)
    at.button[[one.label for one in at.button].index("确定")].click().run()
    assert not at.exception
    assert at.query_params["area"] == "c104.06600,30.57000,12000"


@pytest.mark.usefixtures("shipped_workspace")
def test_layers_are_lifted_and_thinned():
    at = visit("map", lang="zh", layers="firms,zones,parks")
    at.button(key="map.layer_up-zones").click().run()
    assert at.query_params["stack"].split(",").index("zones") < (
        at.query_params["stack"].split(",").index("parks")
    )
    at.slider(key="opacity-zones").set_value(40).run()
    assert at.query_params["opacity"] == "zones:40"
    assert not at.exception
