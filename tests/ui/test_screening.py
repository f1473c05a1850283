"""The park screening page: its words, links, what it refuses, and what it says of doubt."""

import numpy as np
import pytest

from clusters import workspace
from clusters.places.parks import shipped_parks
from clusters.screening.link import profile_from_query
from clusters.screening.profile import default_profile
from clusters.screening.scenario import pack, scenario_from_mapping
from clusters.screening.screen import screen_snapshot
from clusters.screening.tables import ranking_table
from clusters.ui import screening_view as view
from visits import raw, visit, words

pytestmark = pytest.mark.usefixtures("shipped_workspace")
REAL = shipped_parks()


def ranking(at):
    return next(frame.value for frame in at.dataframe if "p_first" in frame.value)


def failures(at):
    return [block.proto.body for block in at.get("html") if 'role="alert"' in block.proto.body]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_ranks_the_hundred_parks_in_either_language(lang):
    at = visit("screening", lang=lang, parks="cd-htz,my-htz,no-such-park")
    assert not at.exception
    assert failures(at) == []
    assert raw(at) == []
    found = ranking(at)
    assert len(found) == 100
    assert found["rank"].is_monotonic_increasing
    said = words(at)
    for text in {
        "zh": ("为什么是这个名次", "名次有多稳", "不等于"),
        "en": ("Why this rank", "How stable", "not none"),
    }[lang]:
        assert text in said


def test_the_page_and_the_command_come_to_the_same_answer(shipped_workspace):
    query = {"segment": "uav", "w": "gdp:30,airport_km:50,level:20", "level": "provincial"}
    at = visit("screening", lang="zh", **query)
    opened = workspace.open_snapshot(shipped_workspace)
    expected = ranking_table(
        screen_snapshot(opened, profile_from_query(query), workspace=shipped_workspace)
    )
    found = ranking(at)
    np.testing.assert_allclose(found["score"], expected["score"])
    np.testing.assert_allclose(found["p_first"], 100 * expected["p_first"])


def test_limits_in_a_link_work_and_say_what_they_remove():
    at = visit(
        "screening", lang="zh", level="national_htz,provincial", area_known="1", max="airport_km:30"
    )
    keep = REAL["level"].isin(["national_htz", "provincial"]) & REAL["approved_area_ha"].notna()
    assert len(ranking(at)) <= keep.sum()
    said = words(at)
    assert "到机场的距离（公里） ≤" in said
    assert "依次去掉" in said


def test_wrong_values_of_a_link_are_ignored():
    at = visit(
        "screening", lang="zh", level="gold", within="x", segment="cheese", parks="x", w="a:1,gdp:-1",
        f="gdp", min="gdp:much", radius="-3", seed="x", park="x", vary="?",
    )  # fmt: skip
    assert not at.exception
    # Nothing of the weights could be read, so none is left, and the page says what to do.
    assert "所有权重都是零" in words(at)
    at = visit("screening", lang="zh", what="%%%")
    assert not at.exception
    assert "链接里的假设打不开" in words(at)
    assert len(ranking(at)) == 100
    at = visit("screening", lang="en", scenario="nobody saved this")
    assert "cannot be opened: nobody saved this" in words(at)


def test_weights_of_zero_and_limits_that_leave_nothing_have_a_next_step():
    at = visit("screening", lang="zh", w="gdp:0,level:0")
    assert not at.exception
    assert "请至少给一个指标大于零的权重" in words(at)
    at = visit("screening", lang="zh", level="national_htz", prefecture="513200")
    assert not at.exception
    assert "没有园区同时满足这些条件" in words(at)


def test_one_park_left_is_shown_without_a_crash():
    at = visit("screening", lang="en", prefecture="510400", level="national_htz")
    assert not at.exception
    assert failures(at) == []
    assert len(ranking(at)) == 1
    assert "No park is above it" in words(at)


def test_weights_move_the_ranking_and_stand_in_the_link():
    at = visit("screening", lang="zh")
    before = ranking(at)
    box = next(one for one in at.number_input if one.key == "screen-weight-gdp")
    box.set_value(0.0).run()
    at.number_input(key="screen-weight-rail_km").set_value(90.0).run()
    assert "rail_km:90" in at.query_params["w"]
    assert not at.exception
    assert list(ranking(at)["score"]) != list(before["score"])


def test_a_what_if_of_a_link_is_applied_and_told_apart():
    steps = [
        {"do": "add_firm", "segment": "robotics", "park": "my-htz", "count": 9, "name": "甲<b>"}
    ]
    packed = pack(scenario_from_mapping({"name": "", "steps": steps}))
    at = visit("screening", lang="zh", what=packed)
    assert not at.exception
    assert ranking(at)["name"].iloc[0] == "绵阳高新技术产业开发区"
    said = words(at)
    assert "重新计算的指标：周边同领域企业" in said
    assert any("甲<b>（智能机器人，9 家）落户绵阳高新技术产业开发区" in b.label for b in at.button)


def test_a_profile_can_be_kept_and_opened_again():
    at = visit("screening", lang="zh", segment="uav")
    at.text_input(key="screen-profile-name").set_value("无人机方案").run()
    at.button(key="screen-profile-save").click().run()
    assert "已保存：无人机方案" in words(at)
    again = visit("screening", lang="zh")
    again.selectbox(key="screen-profile-load").set_value("无人机方案").run()
    assert again.query_params["segment"] == "uav"
    empty = visit("screening", lang="zh")
    empty.button(key="screen-profile-save").click().run()
    assert "请先写一个名称" in words(empty)


def test_sources_are_web_addresses_only():
    assert view.first_link("general ; http://c.cn") == "http://c.cn"
    assert view.first_link("javascript:alert(1)") is None


def test_lead_industries_are_listed_by_frequency():
    listed = view.industry_words(REAL)
    assert next(iter(listed)) == "电子"
    assert listed["人工智能"] == "AI"


def test_the_shipped_profile_is_what_the_page_starts_from():
    at = visit("screening", lang="zh")
    assert {f"screen-weight-{one.criterion}" for one in default_profile().choices} <= {
        one.key for one in at.number_input
    }
