"""Park screening: hard limits, what they remove, the comparison, the page."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.places.parks import parks
from clusters.ui import screening_state
from clusters.ui import screening_view as view
from visits import raw, visit, words

PARKS = pd.DataFrame(
    {
        "park_id": ["one", "two", "three"],
        "name_zh": ["一", "二", "三"],
        "name_en": ["One", None, "Three"],
        "level": ["national_htz", "provincial", "other"],
        "prefecture_code": ["510100", "510100", "510700"],
        "county_codes": [["510107", "510116"], ["510107"], []],
        "industries_zh": [["人工智能", "电子"], ["电子"], []],
        "industries_en": [["AI", "electronics"], ["electronics"], []],
        "approved_area_ha": [100.0, np.nan, np.nan],
        "area_basis": ["approved", None, None],
        "lon": [104.06, 104.1, np.nan],
        "lat": [30.57, 30.6, np.nan],
        "uncertainty_km": [1.0, 8.0, np.nan],
        "source_url": ["https://a.cn/1 ; https://b.cn", "general knowledge", "http://c.cn"],
        "confidence": ["high", "low", "low"],
    }
)
FIRMS = pd.DataFrame(
    {
        "ai_relevance": ["core", "related", "weak", "core"],
        "county_code": ["510107", "510116", "510107", None],
        "park_ids": [["one"], ["one", "two"], ["one"], []],
    }
)
METRICS = pd.DataFrame(
    {
        "level": "county",
        "metric": "lq",
        "scheme": "segment",
        "weight": "firms",
        "industry": ["uav", "uav", "robotics"],
        "area": ["510107", "510116", "510107"],
        "value": [2.0, np.nan, 9.0],
        "low": [0.5, np.nan, 1.0],
        "high": [4.0, np.nan, 20.0],
        "q": [0.03, 1.0, 0.5],
    }
)


@pytest.fixture
def table():
    return view.park_table(
        PARKS,
        FIRMS,
        METRICS,
        segment="uav",
        population=pd.Series({"510100": 2140.3, "510700": 491.1}),
        gdp=pd.Series({"510100": 22074.7}),
    )


def test_parks_carry_counts_quotient_and_figures(table):
    # Core and related only: park one has two, park two one; weak firms do not count.
    assert table["firms_park"].tolist() == [2, 1, 0]
    assert table["firms_county"].iloc[:2].tolist() == [2, 1]
    assert np.isnan(table["firms_county"].iloc[2])  # no county known: missing, not zero
    assert table["lq"].iloc[:2].tolist() == [2.0, 2.0]
    assert np.isnan(table["lq"].iloc[2])
    assert table["population"].tolist() == [2140.3, 2140.3, 491.1]
    assert np.isnan(table["gdp"].iloc[2])


def test_a_test_without_a_quotient_is_not_shown():
    found = view._quotient(METRICS, "uav")
    assert found.loc["510107", "lq_q"] == 0.03
    assert np.isnan(found.loc["510116", "lq_q"])


def test_each_limit_says_what_it_removes(table):
    limits = view.Limits(levels=("national_htz", "provincial"), area_known=True)
    screened = view.screen(table, limits)
    assert screened.keep.tolist() == [True, False, False]
    assert screened.removed["levels"] == view.Removed(parks=1, alone=0)
    assert screened.removed["area_known"] == view.Removed(parks=2, alone=1)


def test_no_limit_keeps_all(table):
    screened = view.screen(table, view.Limits())
    assert screened.keep.all()
    assert screened.removed == {}


def test_an_unknown_place_never_passes_a_limit_on_places(table):
    assert view.screen(table, view.Limits(most_uncertain_km=8)).keep.tolist() == [True, True, False]
    assert view.screen(table, view.Limits(place_known=True)).keep.tolist() == [True, True, False]


def test_any_industry_named_is_enough(table):
    assert view.screen(table, view.Limits(industries=("电子",))).keep.tolist() == [
        True,
        True,
        False,
    ]
    assert view.industry_words(PARKS) == {"电子": "electronics", "人工智能": "AI"}


REAL = parks()


@given(
    st.lists(st.sampled_from(view.LEVELS), unique=True),
    st.lists(st.sampled_from(sorted(set(REAL["prefecture_code"]))), unique=True, max_size=4),
    st.booleans(),
    st.booleans(),
)
def test_limits_only_ever_remove(levels, prefectures, area, place):
    frame = pd.DataFrame(REAL.drop(columns="geometry"))
    limits = view.Limits(tuple(levels), tuple(prefectures), (), area, place)
    screened = view.screen(frame, limits)
    gone = int((~screened.keep).sum())
    assert all(one.alone <= one.parks <= gone for one in screened.removed.values())
    assert sum(one.alone for one in screened.removed.values()) <= gone
    assert gone <= sum(one.parks for one in screened.removed.values())


def test_comparison_puts_parks_side_by_side(table):
    names, rows = view.comparison(table, "zh")
    assert names == ["一", "二", "三"]
    lines = {row[0]: row[1:] for row in rows}
    assert lines["园区内 AI 企业"] == ["2", "1", "0"]
    assert lines["所在区县 AI 企业"] == ["2", "1", "—"]
    assert lines["95% 区间"] == ["0.50 – 4.00", "0.50 – 4.00", "—"]
    assert lines["面积口径"] == ["核准面积", "—", "—"]


def test_the_map_draws_known_places_with_their_reach(table):
    layers = {one.key: one for one in view.layers(table, ["two"], language="zh", theme="light")}
    assert layers["parks"].frame["kind"].tolist() == ["park", "chosen"]
    assert layers["reach"].frame["radius_m"].tolist() == [1000.0, 8000.0]


def test_sources_are_web_addresses_only():
    links = PARKS["source_url"].map(view.first_link)
    assert links.dropna().tolist() == ["https://a.cn/1", "http://c.cn"]
    assert view.first_link("javascript:alert(1)") is None


def test_the_export_keeps_canonical_columns(table):
    exported = screening_state.export(table, "uav")
    assert list(exported.columns)[:2] == ["park_id", "name_zh"]
    assert exported["segment"].tolist() == ["uav"] * 3


# ---- the page ------------------------------------------------------------------------------


@pytest.mark.usefixtures("shipped_workspace")
@pytest.mark.parametrize(
    ("lang", "count"), [("zh", "留下 100 个，共 100 个园区"), ("en", "100 of 100")]
)
def test_the_page_lists_the_hundred_parks(lang, count):
    at = visit("screening", lang=lang)
    assert not at.exception
    assert count in words(at)
    assert len(at.dataframe[0].value) == 100
    assert raw(at) == []


@pytest.mark.usefixtures("shipped_workspace")
def test_limits_in_a_link_work_and_say_what_they_remove():
    at = visit("screening", lang="zh", level="national_htz,provincial", area_known="1")
    keep = REAL["level"].isin(["national_htz", "provincial"]) & REAL["approved_area_ha"].notna()
    assert len(at.dataframe[0].value) == keep.sum() == 19
    assert f"留下 {keep.sum()} 个" in words(at)


@pytest.mark.usefixtures("shipped_workspace")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_parks_of_a_link_are_compared(lang):
    at = visit("screening", lang=lang, parks="cd-htz,my-htz,no-such-park", segment="robotics")
    assert not at.exception
    name = "绵阳高新技术产业开发区" if lang == "zh" else "Mianyang"
    assert name in words(at)
    assert raw(at) == []


@pytest.mark.usefixtures("shipped_workspace")
def test_wrong_values_are_ignored_and_an_empty_result_has_a_next_step():
    at = visit("screening", lang="zh", level="gold", within="x", segment="cheese", parks="x")
    assert not at.exception
    assert len(at.dataframe[0].value) == 100
    at = visit("screening", lang="zh", level="national_htz", prefecture="513200")
    assert not at.exception
    assert "没有园区同时满足这些条件" in words(at)


@pytest.mark.usefixtures("shipped_workspace")
def test_the_page_says_that_it_does_not_rank():
    assert "不打分、不排名" in words(visit("screening", lang="zh"))
    assert "no ranks" in words(visit("screening", lang="en"))
