"""What the pages of targets, zones and benchmark firms add to reading: judging days, breaks,
successions, decisions, milestones, corrections."""

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from clusters import workspace
from clusters.errors import InputError
from clusters.goals import assess, benchmark_firms, evaluate, load_successions
from clusters.goals.choosing import known_observations
from clusters.goals.decisions import Choice, check, promote, restore, vacate
from clusters.goals.milestones import add_milestone, close_milestone
from clusters.ledger import add_observation, open_ledger, preferences
from clusters.settings import get_settings
from clusters.ui import (
    candidates_view,
    decisions_view,
    goal_charts,
    goals_detail,
    goals_table,
    zone_words,
    zones_view,
)
from clusters.ui import goals_view as view
from clusters.ui.text import texts
from drafts import draft

ROOT = Path(__file__).resolve().parents[2]
AS_OF = date(2026, 11, 22)
RAW = re.compile(r"S18-20|SC-AI|ai_(?:core|industry)_size|tianfu-|mianyang-|our reading|at_most")


@pytest.fixture(scope="module")
def statuses():
    return evaluate(AS_OF)


@pytest.fixture(scope="module")
def by_id(statuses):
    return {status.target.target_id: status for status in statuses}


@pytest.fixture
def book(tmp_path, monkeypatch, shipped_workspace):
    """Give the app a ledger of one test, beside the snapshot all tests share."""
    url = f"sqlite:///{(tmp_path / 'ledger.sqlite').as_posix()}"
    monkeypatch.setenv("CLUSTERS_LEDGER_URL", url)
    get_settings.cache_clear()
    opened = open_ledger(url)
    yield opened
    opened.close()
    monkeypatch.undo()
    get_settings.cache_clear()


def page(name, **query):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    for key, text in query.items():
        at.query_params[key] = text
    at.switch_page(str(ROOT / "pages" / f"{name}.py")).run()
    assert not at.exception
    return at


def words(at):
    body = " ".join(block.proto.body for block in at.get("html"))
    return re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", body, flags=re.DOTALL))


# Charts and words


def points(*rows):
    return pd.DataFrame(
        [
            {"when": pd.Timestamp(f"{year}-12-31"), "series": series, "filled": filled}
            for year, series, filled in rows
        ]
    )


@pytest.mark.parametrize(
    ("rows", "years"),
    [
        ([(2020, "a", True), (2023, "b", True)], [2022]),
        ([(2020, "a", True), (2021, "a", True), (2023, "b", True)], [2022]),
        ([(2020, "a", True), (2020, "b", True), (2023, "b", True)], []),
        ([(2020, "a", True), (2021, "b", True), (2022, "a", True)], [2021, 2022]),
        ([(2020, "a", True), (2023, "b", False)], []),  # a forecast breaks nothing
        ([(2020, "a", True)], []),
    ],
)
def test_a_break_stands_between_times_that_share_no_definition(rows, years):
    found = goal_charts.breaks(points(*rows))
    assert [when.year for when in found["when"]] == years


def test_the_chart_of_chengdu_breaks_between_2020_and_2023(by_id, book):
    status = by_id["CD21-2023-01"]
    values = tuple(
        o
        for o in known_observations(book)
        if o.area == "成都市" and o.family == status.target.family
    )
    found = goal_charts.breaks(goal_charts.points(status, values))
    assert next(when.year for when in found["when"]) == 2022
    assert "处变化" in goal_charts.alternative(status, values)


def test_a_gap_says_how_sure_it_is(by_id):
    assert goals_detail.gap_words(by_id["S24-2027-05"]) == "至多 700 亿元"
    assert goals_detail.gap_words(by_id["CD21-2023-01"]) == "20 亿元"
    assert goals_detail.gap_words(by_id["S18-2025-03"]) == "—"
    assert goals_detail.gap_words(by_id["S24-2027-06"]).startswith("约 ")


def test_a_value_of_a_part_names_its_area(by_id):
    assert goals_detail.used_words(by_id["S22-2025-02"]).startswith("成都市 10 个")
    parts = goals_detail.part_words(by_id["S24-2027-06"])
    assert "雅安市" in parts
    assert "成都市" in parts


def test_every_word_of_a_succession_is_there_and_no_id_shows(statuses):
    for step in load_successions():
        html = goals_table.chain_html(step.later, statuses)
        assert not RAW.search(re.sub(r"<[^>]+>", " ", html))
    html = goals_table.chain_html("S18-2025-03", statuses)
    assert "口径改变" in html
    assert html.count("<tr>") == 7


def test_what_is_counted_here_has_a_name_and_a_date(shipped_workspace):
    firms = workspace.open_snapshot(shipped_workspace).enterprises
    measured = [o for s in assess(firms, as_of=AS_OF) for o in s.measured]
    assert {o.definition_group for o in measured} >= {"plan_zones_with_stars"}
    for value in measured:
        assert view.definition_name(value.definition_group), value.definition_group
    mine = next(s for s in assess(firms, as_of=AS_OF) if s.target.target_id == "S18-2025-02")
    assert "非公布值" in goals_detail.measured_words(mine)


def test_zones_say_what_is_not_known(shipped_workspace, statuses):
    snapshot = workspace.open_snapshot(shipped_workspace)
    found = zones_view.five_zones(snapshot, statuses)
    for zone in found:
        assert zone_words.movement_words(zone.profile) == "只有一个快照，无从比较"
        assert "星" in zone_words.stars_words(zone.profile)
        assert zone_words.hotspot_words(zone.profile)
    early = zones_view.five_zones(snapshot, evaluate(date(2021, 1, 1)))
    assert all(not zone.profile.observations for zone in early)
    assert any(zone.profile.observations for zone in found)


# Weights in the link


def test_weights_go_into_the_link_and_back():
    stated = candidates_view.stated_weights()
    assert candidates_view.to_link(stated) == ""
    mine = stated | {"core": 7, "listed": 0}
    assert candidates_view.from_link(candidates_view.to_link(mine)) == mine


@pytest.mark.parametrize("text", ["", "core", "core.x", "luck.3", "core.99", "core.-1", "<b>.2"])
def test_wrong_weights_in_a_link_are_ignored(text):
    assert candidates_view.from_link(text) == candidates_view.stated_weights()


def test_the_page_ranks_by_the_weights_of_the_link(book):
    at = page("firms", view="candidates", weights="core.0,listed.9")
    assert at.number_input(key="weight-listed").value == 9
    assert "上市或挂牌（9）" in words(at)
    assert "以人工智能为主营（" not in words(at)


# Decisions


@pytest.fixture
def firms(shipped_workspace):
    return workspace.open_snapshot(shipped_workspace).enterprises


def test_everything_the_ledger_refuses_has_words(book, firms):
    day = date(2026, 1, 1)
    best = candidates_view.ranked(
        workspace.open_snapshot(get_settings().workspace),
        benchmark_firms(firms),
        candidates_view.stated_weights(),
    )["name"].iloc[0]
    held = str(benchmark_firms(firms).table["name"].iloc[0])

    def give(name=best, reason="更强", **changes):
        given = {"name": name, "evidence_level": "B", "basis": "链主"} | changes
        return promote(book, firms, Choice(**given), who="a", reason=reason, place=1)

    key = add_milestone(book, held, "上市", due="2027", who="a")
    refused = [
        lambda: give("无此公司"),
        lambda: give(held),
        lambda: give(basis=""),
        lambda: give(reason=""),
        lambda: vacate(book, firms, 99, who="a", reason="x"),
        lambda: restore(book, 5, who="a", reason="x"),
        lambda: check(book, firms, 1, day=date(2999, 1, 1), who="a"),
        lambda: check(book, firms, 1, day=day, who="a", owner="zhang@example.cn"),
        lambda: add_milestone(book, held, "", due="2027", who="a"),
        lambda: add_milestone(book, held, "x", due="soon", who="a"),
        lambda: add_milestone(book, held, "上市", due="2027", who="a"),
        lambda: close_milestone(book, "nope", state="done", day=day, who="a"),
        lambda: close_milestone(book, key, state="dropped", day=day, who="a"),
    ]
    for act in refused:
        with pytest.raises(InputError) as caught:
            act()
        said = decisions_view.problem(str(caught.value))
        assert said != texts()["goals.error_other"][0], str(caught.value)


def test_a_firm_is_promoted_checked_and_restored_on_the_page(book, firms):
    at = page("firms", view="decide")
    name = at.selectbox(key="promote-name").options[1]
    at.selectbox(key="promote-name").select_index(1)
    at.text_input(key="promote-basis").set_value("链主")
    at.text_input(key="promote-reason").set_value("证据更强")
    at.button(key="promote-send").click().run()
    assert "已列入第 1 席" in at.success[0].value
    assert str(benchmark_firms(firms, ledger=book).table["name"].iloc[0]) == name
    assert "证据更强" in words(at)
    at.radio(key="change-act").set_value("restore")
    at.text_input(key="change-reason").set_value("误操作")
    at.button(key="change-send").click().run()
    assert "已恢复" in at.success[0].value
    assert name not in set(benchmark_firms(firms, ledger=book).table["name"])


def test_a_withdrawal_without_reason_changes_nothing(book, firms):
    at = page("firms", view="decide")
    at.radio(key="change-act").set_value("withdraw")
    at.button(key="change-send").click().run()
    assert "没有改动" in at.error[0].value
    assert benchmark_firms(firms, ledger=book).vacant == ()


def test_milestones_are_added_and_overdue_ones_marked(book):
    at = page("firms", view="milestones")
    at.text_input(key="milestone-title").set_value("省级技术中心")
    at.text_input(key="milestone-due").set_value("2020-06")
    at.button(key="milestone-send").click().run()
    assert "已登记" in at.success[0].value
    assert "已逾期" in words(at)
    at.button(key="close-send").click().run()
    assert "完成" in words(at)


# Observations


def value(source, number, confidence="medium"):
    return draft(period="2025", value=number, source=source, confidence=confidence)


def test_a_person_chooses_among_values_of_one_period(book):
    add_observation(book, value("https://a.example/1", 1500, "high"), who="a")
    add_observation(book, value("https://b.example/2", 1600), who="a")
    at = page("goals", view="targets", target="S24-2027-05")
    options = at.selectbox(key="used-choice").options
    assert ["1,500" in options[0], "1,600" in options[1]] == [True, True]
    at.selectbox(key="used-choice").select_index(1)
    at.button(key="used-save").click().run()
    assert "没有改动" in at.error[0].value
    at.text_input(key="used-reason").set_value("统计局口径")
    at.button(key="used-save").click().run()
    assert list(preferences(book)["reason"]) == ["统计局口径"]
    again = words(page("goals", view="targets", target="S24-2027-05"))
    assert "统计局口径" in again
    assert "1,600 亿元" in again


def test_a_correction_keeps_the_old_row(book):
    number = add_observation(book, value("https://a.example/1", 1500), who="a")
    at = page("goals", view="observe")
    at.selectbox(key="observe-corrects").select_index(1).run()
    assert at.selectbox(key=f"observe-area-{number}").disabled
    at.text_input(key="observe-period").set_value("2025")
    at.text_input(key="observe-value").set_value("1520")
    at.text_input(key="observe-source").set_value("https://a.example/1")
    at.button(key="observe-add").click().run()
    assert at.success
    assert [o.value for o in known_observations(book) if o.origin == "ledger"] == [1520]


def test_a_past_day_is_judged_by_what_was_public_then(book):
    at = page("goals", view="targets", day="2023-12-31", target="S24-2027-05")
    assert "2023年12月31日" in words(at)
    assert "尚未发布" in words(at)
    for wrong in ("1999-01-01", "2999-01-01", "soon"):
        assert "2023年12月31日" not in words(page("goals", view="targets", day=wrong))


def test_a_zone_of_the_link_is_shown_in_full(book):
    text = words(page("goals", zone="mianyang-science-city"))
    assert "一个集聚区的档案" in text
    assert "绵阳科技城新区" in text
    assert "clusters goals --zone" in text
