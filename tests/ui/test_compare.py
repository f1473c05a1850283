"""Two selections side by side: the link, the numbers, the maps, the page."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters import workspace
from clusters.metrics import location_quotient
from clusters.ui import compare_sides as sides
from clusters.ui import compare_view as view
from clusters.ui import filters
from clusters.ui.text import texts

FIRMS = pd.DataFrame(
    {
        "enterprise_id": [f"f{n}" for n in range(8)],
        "ai_relevance": ["core", "core", "related", "core", "related", "weak", "core", "core"],
        "chain_layer": ["foundation"] * 4 + ["application"] * 4,
        "segment": ["robotics", "robotics", "security", "robotics", "security", "security", None, "robotics"],
        "precision": ["building", "county", "prefecture", "point", "county", "county", "county", "none"],
        "founded": ["2001-01-01", "2011-01-01", None, "2015-01-01", "2016-01-01", "2018-01-01", "2019-01-01", "2020-01-01"],
        "listing": ["sse", None, None, None, None, None, None, None],
        "honours": [None, "x", None, None, None, None, None, None],
        "prefecture_code": ["510100"] * 4 + ["510700"] * 3 + [None],
        "county_code": ["510104", "510104", None, "510105", "510703", "510703", "510704", None],
        "zone_ids": [[] for _ in range(8)],
        "zone_probabilities": [[] for _ in range(8)],
        "park_ids": [[] for _ in range(8)],
    }
)  # fmt: skip


@pytest.fixture(scope="module")
def index():
    columns = filters.firm_index(FIRMS.assign(zone_ids=FIRMS["zone_ids"])).columns
    return filters.FirmIndex(columns, {}, {})


def side(place="510100", **changes):
    return sides.Side(place, filters.Filters(**changes))


def test_each_side_reads_its_own_part_of_the_link():
    query = {"a_place": "510700", "a_segment": "robotics", "b_first": "2010", "b_last": "2019", "lang": "en",
             "place": "511500", "segment": "security"}  # fmt: skip
    one, other = (sides.side_of(query, name) for name in sides.SIDES)
    assert (one.place, one.filters.segment, one.filters.first) == ("510700", ("robotics",), None)
    assert (other.place, other.filters.segment) == ("510700", ())
    assert (other.filters.first, other.filters.last) == (2010, 2019)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({}, "510100"),
        ({"a_place": "province"}, ""),
        ({"a_place": "nowhere"}, "510100"),
        ({"a_place": ""}, "510100"),
        ({"a_place": "511500"}, "511500"),
        ({"b_place": "511500"}, "510100"),
    ],
)
def test_a_wrong_place_is_ignored_and_the_province_has_a_name_of_its_own(query, place):
    assert sides.side_of(query, "a").place == place


_SIDE = st.fixed_dictionaries(
    {},
    optional={
        "place": st.sampled_from(sides.choices()),
        "segment": st.sampled_from(filters.segment_ids()),
        "first": st.sampled_from(["2001", "2010"]),
        "relevance": st.sampled_from(["core", "all"]),
    },
)


@given(_SIDE, _SIDE)
def test_exchanging_twice_gives_the_same_view_and_once_the_other(one, other):
    query = (
        {f"a_{k}": v for k, v in one.items()} | {f"b_{k}": v for k, v in other.items()} | {"x": "y"}
    )
    once = sides.swapped(query)
    assert sides.side_of(once, "a") == sides.side_of(query, "b")
    assert sides.side_of(once, "b") == sides.side_of(query, "a")
    twice = sides.swapped(once)
    assert [sides.side_of(twice, s) for s in "ab"] == [sides.side_of(query, s) for s in "ab"]
    assert once["x"] == "y"


def test_the_figures_of_a_side(index):
    keep = sides.kept(index, side())
    assert keep.tolist() == [True] * 4 + [False] * 4
    assert sides.figures(index, FIRMS, keep) == {
        "firms": 4.0,
        "core": 3.0,
        "listed": 1.0,
        "honoured": 1.0,
        "located": 0.5,
        "median_year": 2011.0,
        "counties": 2.0,
        "herfindahl": pytest.approx(0.75**2 + 0.25**2),
    }


def test_nothing_kept_has_no_undefined_figure_shown_as_a_number(index):
    keep = np.zeros(8, dtype=bool)
    found = sides.figures(index, FIRMS, keep)
    assert found["firms"] == 0
    assert all(np.isnan(found[name]) for name in ("located", "median_year", "herfindahl"))
    assert sides.segments(index, side("511500"), keep)["n"].sum() == 0


def test_quotients_are_those_of_the_metrics_and_of_the_filters(index):
    asked = side(relevance=("core", "related", "weak"))
    table = sides.segments(index, asked, sides.kept(index, asked))
    counts = pd.DataFrame({"robotics": [3, 1], "security": [1, 2]}, index=["inside", "outside"])
    assert table["n"].to_dict() == {"robotics": 3, "security": 1}
    expected = location_quotient(counts).loc["inside"]
    assert table["lq"].to_dict() == pytest.approx(expected.to_dict())
    assert (table["low"] < table["lq"]).all()
    assert (table["lq"] < table["high"]).all()
    later = side(relevance=("core", "related", "weak"), first=2010)
    narrowed = sides.segments(index, later, sides.kept(index, later))
    # inside 2 robotics; outside 1 robotics, 2 security: (2/2) / (3/5)
    assert narrowed.loc["robotics", "lq"] == pytest.approx(5 / 3)
    assert narrowed.loc["security", ["n", "lq"]].tolist() == [0, 0]


def test_a_chosen_segment_is_still_compared_with_all(index):
    asked = side(relevance=(), segment=("robotics",))
    table = sides.segments(index, asked, sides.kept(index, asked))
    assert list(table.index) == ["robotics"]
    everything = sides.segments(index, side(relevance=()), sides.kept(index, side(relevance=())))
    assert table.loc["robotics", "lq"] == everything.loc["robotics", "lq"]
    assert table.loc["robotics", "share"] == 1


def test_the_province_has_no_quotient(index):
    asked = side("", relevance=())
    assert sides.segments(index, asked, sides.kept(index, asked))["lq"].isna().all()


def test_differences_are_of_shares_and_change_sign_with_the_sides(index):
    tables = []
    for place in ("510100", "510700"):
        asked = side(place, relevance=())
        tables.append(sides.segments(index, asked, sides.kept(index, asked)))
    one, other = sides.differences(*tables), sides.differences(*tables[::-1])
    assert one.loc["robotics", "difference"] == pytest.approx(0 - 0.75)
    assert one["difference"].to_dict() == pytest.approx((-other["difference"]).to_dict())
    assert one["difference"].sum() == pytest.approx(0)
    assert one["difference"].abs().is_monotonic_decreasing
    assert sides.differences(tables[0], tables[0])["difference"].eq(0).all()


def test_firms_of_unknown_area_are_not_on_the_map(index):
    keep = np.ones(8, dtype=bool)
    assert sides.area_counts(FIRMS, keep, "").to_dict() == {"510100": 4, "510700": 3}
    inside = sides.kept(index, side(relevance=()))
    assert sides.area_counts(FIRMS, inside, "510100").to_dict() == {"510104": 2, "510105": 1}


def test_firms_without_a_date_are_accounted_for_once_years_are_asked(index):
    assert sides.undated(index, side(relevance=())) == 0
    assert sides.undated(index, side(relevance=(), first=2010)) == 1
    assert sides.undated(index, side("510700", relevance=(), last=2010)) == 0


def test_firms_on_both_sides_are_counted_once(index):
    one = sides.kept(index, side(relevance=()))
    assert sides.in_both(FIRMS, FIRMS, (one, one)) == 4
    assert sides.in_both(FIRMS, FIRMS, (one, ~one)) == 0


def picture(counts, place, most):
    import base64

    image = view.side_map(pd.Series(counts), place, most=most, alternative='A "map" <b>')
    assert 'alt="A &quot;map&quot; &lt;b&gt;"' in image
    return base64.b64decode(re.search(r"base64,([^\"]+)", image)[1]).decode()


def radii(svg):
    return [float(r) for r in re.findall(r'<circle [^>]*r="([\d.]+)"', svg)]


def test_areas_of_circles_stand_for_firms_on_one_scale():
    drawn = radii(picture({"510104": 100, "510105": 25}, "510100", 100))
    assert sorted(drawn) == pytest.approx([13, 26])
    assert radii(picture({"510703": 25}, "510700", 100)) == pytest.approx([13])
    assert radii(picture({}, "510100", 1)) == []


def test_a_zone_is_drawn_within_its_prefecture():
    zone = next(one for one in sides.choices() if one == "chengdu-htz-new-economy")
    svg = picture({"510107": 5}, zone, 5)
    assert svg.count('fill-opacity="0.14"') >= 1
    assert len(radii(svg)) == 1


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(3, 0, "+3"), (-3, 0, "−3"), (0, 0, "0"), (-0.0004, 3, "0.000"), (0.04, 1, "0.0"), (1234.5, 1, "+1,234.5")],
)  # fmt: skip
def test_differences_carry_their_sign_and_nothing_has_none(value, digits, text):
    assert view.signed(value, digits) == text


def test_few_firms_are_marked_and_undefined_is_a_dash(open_page):
    assert view.SMALL in view.quotient(1.2, 0.5, 2, 4)
    assert view.SMALL not in view.quotient(1.2, 0.5, 2, 5)
    assert view.quotient(np.nan, np.nan, np.nan, 0) == "—"
    assert view.difference_text("located", np.nan, 0.5) == "—"


def test_every_figure_has_its_words():
    assert {f"compare.{name}" for name in sides.FIGURES} <= set(texts())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_shows_what_the_link_asks_for(open_page, shipped_workspace, lang):
    at = open_page(
        "compare", lang=lang, a_place="510700", b_place="province", b_segment="", b_first="2015"
    )
    assert not at.exception
    snapshot = workspace.open_snapshot(shipped_workspace)
    ai = snapshot.enterprises["ai_relevance"].isin(["core", "related"])
    expected = int((ai & (snapshot.enterprises["prefecture_code"] == "510700")).sum())
    words = " ".join(block.proto.body for block in at.get("html"))
    assert (f"绵阳市，{expected} 家" if lang == "zh" else f"Mianyang, {expected} firms") in words
    years = pd.to_datetime(snapshot.enterprises["founded"], errors="coerce").dt.year
    late = int((ai & (years >= 2015)).sum())
    assert (f"四川省，{late} 家" if lang == "zh" else f"Sichuan, {late} firms") in words


def test_a_choice_goes_to_its_own_side_only(open_page):
    at = open_page("compare")
    at.selectbox(key="choice-b_place").set_value("511500").run()
    assert not at.exception
    assert at.query_params["b_place"] in ("511500", ["511500"])
    assert "a_place" not in at.query_params


def test_wrong_values_and_an_empty_side_still_make_a_page(open_page):
    at = open_page(
        "compare",
        a_place="<script>",
        a_snapshot="none",
        b_place="510100",
        b_first="2099",
        a_first="20225",
    )
    assert not at.exception
    at = open_page("compare", a_first="2024", a_last="2001", b_segment="none", b_relevance="all")
    assert not at.exception
