"""The page of zones and goals: words, filters, chart, form, and the page itself."""

import datetime as dt
import re
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from clusters import workspace
from clusters.export.briefing.targets import UNITS
from clusters.goals import MEASURED, Observation, assess, load_targets
from clusters.goals.status import evaluate
from clusters.ledger import add_observation, audit, open_ledger
from clusters.metrics.sums import memberships
from clusters.ui import goal_charts, goals_form, goals_table, zones_view
from clusters.ui import goals_view as view
from clusters.ui.text import texts
from drafts import draft

ROOT = Path(__file__).resolve().parents[2]
DAY = dt.date(2026, 11, 22)
# What no visitor may see: ids of definitions, indicators, plans, targets, zones, columns.
RAW = re.compile(
    r"ai_(?:core|industry|related|fusion)_size|AI_[A-Z]{3,}|S18-20|SC-AI|no_public_value|"
    r"not_comparable|tianfu-|chengdu-htz|mianyang-|wv-hyp|smart-mfg|intelligent_hardware|"
    r"lq_population|other_definition|definition_group|county_code"
)


def target(identity):
    return next(t for t in load_targets() if t.target_id == identity)


@pytest.fixture(scope="module")
def statuses():
    return evaluate(DAY)


def by_id(statuses, identity):
    return next(s for s in statuses if s.target.target_id == identity)


# Words and numbers


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (1000.0, "亿元", "1,000 亿元"),
        (1741.74, "亿元", "1,742 亿元"),
        (45.5, "%", "45.5%"),
        (21.2, "万架", "21.2 万架"),
        (30.0, "家", "30 家"),
        (4.0, "全国位次", "全国第 4 位"),
        (None, "亿元", "—"),
        (float("nan"), "家", "—"),
    ],
)
def test_amounts_in_chinese(value, unit, shown):
    assert view.amount(value, unit) == shown


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (1000.0, "亿元", "100 bn yuan"),
        (5.0, "亿元", "0.5 bn yuan"),
        (21.2, "万架", "212 thousand racks"),
        (8.0, "毫秒", "8 ms"),
    ],
)
def test_amounts_in_english(value, unit, shown):
    assert view.amount(value, unit) == shown


def test_every_unit_and_comparator_of_the_plans_has_words(statuses):
    units = {t.unit for t in load_targets() if t.unit}
    assert units <= set(UNITS)
    for status in statuses:
        assert not RAW.search(view.wanted(status.target))


def test_wanted_keeps_the_words_of_the_plan():
    assert view.wanted(target("S18-2025-03")) == "超过 1,000 亿元"
    assert view.wanted(target("S18-2025-04")) == "5,000 亿元以上"
    assert view.wanted(target("S18-2025-02")) == "约 30 家"
    assert view.wanted(target("S18-2030-Q1")) == "文字目标"


@pytest.mark.parametrize(
    ("period", "shown"),
    [
        ("2024", "2024年"),
        ("2024-11", "2024年11月"),
        ("2024-11-06", "2024年11月6日"),
        ("2024-Q1-Q3", "2024年前3季度"),
        ("2025-Q3", "2025年第3季度"),
        ("2025/2026", "2025/2026"),
    ],
)
def test_periods(period, shown):
    assert view.period(period) == shown


def test_links_are_numbered_once_each_and_escaped():
    html = view.links_html('http://a.cn/?x="1 ; http://b.cn/2 ; http://b.cn/2')
    assert html.count("<a ") == 2
    assert "来源1" in html
    assert "来源2" in html
    assert '"1"' not in html
    assert view.links_html(MEASURED) == "—"
    assert "未公布链接" in view.links_html("")
    assert "未公布链接：&lt;b&gt;口头&lt;/b&gt;" in view.links_html("<b>口头</b>")


def test_every_status_rule_caveat_and_reason_has_words():
    from clusters.goals import STATUSES, rules

    for name in STATUSES:
        assert f"goals.status_{name}" in texts()
        assert name in view.MARKS
    assert set(rules()["status"]) <= set(STATUSES)
    glyphs = [glyph for _, glyph in view.MARKS.values()]
    assert len(set(glyphs)) == len(glyphs)
    source = (ROOT / "src/clusters/goals/status.py").read_text(encoding="utf-8")
    for reason in re.findall(r'projection_reason="(\w+)"|reason = "(\w+)"', source):
        assert f"goals.projection_{''.join(reason)}" in texts()
    block = source[source.index("checks = {") : source.index("return tuple(code")]
    for code in re.findall(r'"(\w+)": ', block):
        assert f"goals.caveat_{code}" in texts()


def test_all_texts_have_both_languages_and_the_same_fields():
    for key, (zh, en) in texts().items():
        if key.split(".")[0] in {"goals", "zones", "firms", "overview"}:
            assert zh, key
            assert en, key
            fields = re.compile(r"{(\w+)}")
            assert set(fields.findall(zh)) == set(fields.findall(en)), key
            assert not re.search(r"[\u4e00-\u9fff]", en), key


# Filters


def test_filters_narrow_and_combine(statuses):
    countable = tuple(s for s in statuses if not s.target.qualitative)
    assert len(countable) == 104
    assert view.selected(countable, view.Choice()) == countable
    plan = view.selected(countable, view.Choice(plan="SC-AI-2018"))
    assert len(plan) == 12
    assert {s.target.due_year for s in plan} == {2020, 2025}
    due = view.selected(countable, view.Choice(plan="SC-AI-2018", year="2025"))
    assert [s.target.target_id for s in due] == [f"S18-2025-0{n}" for n in range(1, 5)]
    found = view.selected(countable, view.Choice(words="核心产业规模"))
    assert {"S18-2020-07", "S18-2025-03"} <= {s.target.target_id for s in found}
    assert view.selected(countable, view.Choice(words="no such thing")) == ()


def test_counts_hold_every_target_and_no_empty_status(statuses):
    counted = view.counts(statuses)
    assert sum(counted.values()) == 128
    assert counted["qualitative"] == 24
    assert 0 not in counted.values()


def test_groups_follow_the_plans_and_lose_nothing(statuses):
    groups = view.grouped(statuses)
    assert sum(len(found) for found in groups.values()) == len(statuses)
    assert list(groups)[:2] == ["CD-AI-2018", "SC-AI-2018"]


def test_succession_stays_in_area_and_family_and_in_order(statuses):
    core = by_id(statuses, "S18-2025-03")
    kin = view.succession(core, statuses)
    assert core in kin
    assert {s.target.area for s in kin} == {"四川省"}
    assert "S24-2027-05" in {s.target.target_id for s in kin}
    years = [s.target.due_year for s in kin]
    assert years == sorted(years)


# Tables


def test_a_target_without_public_value_never_shows_a_zero(statuses):
    for status in statuses:
        if status.status == "no_public_value" and status.used is None:
            cell = goals_table.observed_cell(status)
            assert "没有" in cell
            assert not re.search(r">\s*0\s*<", cell)
            assert view.amount(status.gap, status.target.unit) == "—"


def test_the_bar_has_one_part_per_status_with_its_number(statuses):
    counted = view.counts(statuses)
    html = goals_table.status_bar(counted)
    for name, count in counted.items():
        assert f"flex:{count}" in html
        assert texts()[f"goals.status_{name}"][0] in html
    assert "128" in html


def test_export_has_a_row_per_target_and_no_raw_heading(statuses):
    frame = goals_table.export_frame(statuses)
    assert len(frame) == 128
    assert list(frame.columns)[:3] == ["目标编号", "规划文件", "文本性质"]
    assert not any("_" in heading for heading in frame.columns)
    row = frame[frame["目标编号"] == "S18-2025-03"].iloc[0]
    assert row["目标值"] == 1000.0
    assert row["状态"] == "不可比"
    assert pd.isna(row["公开实绩"])


# The chart


def value(period_end, number, *, group="ai_industry_size", nature="observed", partial=False):
    return Observation(
        observation_id=f"t.{group}.{period_end}.{nature}",
        indicator_id="AI_IND_SIZE",
        definition_group=group,
        area="四川省",
        period=str(int(period_end - 1)),
        time=period_end,
        value=number,
        unit="亿元",
        nature=nature,
        partial=partial,
    )


def test_decimal_years_end_on_the_last_day():
    assert goal_charts.decimal_day(2025.0) == dt.date(2024, 12, 31)
    assert goal_charts.decimal_day(2024 + 152 / 366) == dt.date(2024, 5, 31)


def test_only_actual_values_of_one_definition_are_joined(statuses):
    status = by_id(statuses, "S24-2027-05")
    found = goal_charts.points(
        status,
        (
            value(2024.0, 900, group="ai_total_value"),
            value(2025.0, 1300),
            value(2024.0, 1040, nature="derived"),
            value(2026.0, 1500),
            value(2026.5, 1600, nature="forecast"),
            value(2026.75, 1400, partial=True),
        ),
    )
    joined = goal_charts.lines(found)
    assert joined["value"].tolist() == [1300, 1500]
    assert len(set(joined["series"])) == 1
    hollow = found[~found["filled"]]
    assert sorted(hollow["value"]) == [1040, 1400, 1600]
    assert set(hollow["nature"]) == {"推算", "预测", "部分年度"}


def test_required_paths_start_at_the_base_and_end_at_the_target(statuses):
    status = by_id(statuses, "S24-2027-05")
    asked = goal_charts.paths(status)
    for _, path in asked.groupby("path"):
        assert path["value"].iloc[0] == pytest.approx(1300)
        assert path["value"].iloc[-1] == pytest.approx(2000)
    middle = asked.groupby("path")["value"].nth(12).tolist()
    # halfway: the straight path at the mean, constant growth at the geometric mean
    assert sorted(middle) == pytest.approx([(1300 * 2000) ** 0.5, 1650.0])
    assert goal_charts.paths(by_id(statuses, "S18-2025-03")).empty


def test_chart_of_every_target_with_values_is_valid(statuses):
    drawn = 0
    for status in statuses:
        values = tuple(
            o for o in (status.used, *status.nearest, *status.conflicts) if o is not None
        )
        if goal_charts.drawable(status, values):
            spec = goal_charts.chart(status, values).to_dict()
            assert spec["layer"]
            assert goal_charts.alternative(status, values)
            drawn += 1
    assert drawn >= 20


def test_a_bare_target_is_not_drawn(statuses):
    assert not goal_charts.drawable(by_id(statuses, "S18-2025-04"), ())


# The zones


def test_notes_lose_sentences_that_name_rows():
    note = "两次点名，均未说明位置。另有三种假设见 wv-hyp-*。导入后即替换。"
    assert zones_view.readable(note) == "两次点名，均未说明位置。导入后即替换。"
    assert zones_view.readable(float("nan")) == ""
    for _, row in zones_view.five().iterrows():
        assert zones_view.readable(row["note_zh"])
        for text in (row["note_zh"], row["note"]):
            assert not RAW.search(zones_view.readable(text))


def test_five_zones_count_what_the_snapshot_holds(shipped_workspace, statuses):
    snapshot = workspace.open_snapshot(shipped_workspace)
    found = zones_view.five_zones(snapshot, statuses)
    assert [zone.number for zone in found] == [1, 2, 3, 4, 5]
    assert [zone.named for zone in found] == [True, True, True, False, False]
    assert [zone.assumed for zone in found] == [False, True, False, False, False]
    firms = snapshot.enterprises
    inside = firms[firms["ai_relevance"].isin(["core", "related"])]
    for zone in found:
        here = [zone.id in ids for ids in memberships(inside)]
        assert zone.firms == sum(here)
        assert sum(zone.profile.by_evidence.values()) == zone.firms
        assert sum(zone.profile.by_precision.values()) == zone.firms
    assert sum(zone.firms for zone in found) > 0
    assert len(found[0].profile.targets) == 1
    covered = zones_view.coverage(snapshot, found)
    assert covered["total"] == len(firms)
    assert covered["placed"] + covered["left"] <= covered["ai"]


def test_the_map_of_the_zones_is_an_image_with_words(shipped_workspace, statuses):
    found = zones_view.five_zones(workspace.open_snapshot(shipped_workspace), statuses)
    html = zones_view.zone_map(found)
    assert html.startswith('<img class="c-map" alt="五个集聚区示意图')
    assert "data:image/svg+xml;base64," in html
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")


# The form


def refused(ledger, **change):
    with pytest.raises(ValueError) as caught:
        add_observation(ledger, draft(**change), who="测试岗")
    return goals_form.problem(str(caught.value))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"value": "约一千"}, "不是数字"),
        ({"value": "-3"}, "小于零"),
        ({"period": "去年"}, "时期看不懂"),
        ({"period": "2090"}, "年份超出范围"),
        ({"source": " "}, "来源为空"),
        ({"source": "zhang@example.cn"}, "联系方式"),
        ({"source_date": "2026-02-30"}, "日期不存在"),
        ({"definition_group": "ai_firms"}, "口径不属于"),
        ({"unit": "万元"}, "单位与指标不符"),
    ],
)
def test_refusals_of_the_ledger_come_in_words(tmp_path, change, word):
    ledger = open_ledger(tmp_path)
    assert word in refused(ledger, **change)
    ledger.close()


def test_an_added_value_is_listed_and_judged(tmp_path):
    ledger = open_ledger(tmp_path)
    given = draft(period="2025", value="2100", source="四川省统计公报", qualifier=">")
    add_observation(ledger, given, who="测试岗")
    rows = goals_form.recent(audit(ledger))
    assert rows[0][1:] == (
        "测试岗",
        "登记",
        "人工智能产业规模(营收)",
        "四川省",
        "2025年",
        "2,100 亿元",
        "四川省统计公报",
    )
    firms = pd.DataFrame(
        {"name": [], "ai_relevance": [], "prefecture_code": [], "zone_ids": []}, dtype="str"
    )
    judged = assess(firms, as_of=DAY, ledger=ledger)
    assert by_id(judged, "S24-2027-05").status == "reached"
    ledger.close()


# The page


def opened(shipped_workspace, **query):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    for key, text in query.items():
        at.query_params[key] = text
    at.run()
    at.switch_page("pages/goals.py").run()
    assert not at.exception
    return at


def words(at):
    """Return every word on the page, as text without tags."""
    body = " ".join(block.proto.body for block in at.get("html"))
    body = re.sub(r"<style>.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r'data:image/svg\+xml;base64,[^"]+', "", body)
    body = re.sub(r'(?:href|title|class|id|style)="[^"]*"', "", body)
    shown = [*(s.label for s in at.selectbox), *(o for s in at.selectbox for o in s.options)]
    shown += [m.value for m in at.markdown] + [e.value for e in at.error]
    return body + " ".join(shown)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("page", ["zones", "targets", "words", "observe"])
def test_every_view_renders_in_both_languages(shipped_workspace, page, language):
    at = opened(shipped_workspace, view=page, lang=language)
    text = words(at)
    title = {"zh": "集聚区目标", "en": "Zones &amp; goals"}[language]
    assert title in text
    assert not RAW.search(text), RAW.search(text)


def test_zones_say_what_is_assumed(shipped_workspace):
    text = words(opened(shipped_workspace))
    assert text.count("本平台推断，非方案点名") == 2
    assert text.count("位置为假定") >= 1
    assert "边界误差约 1.5 公里" in text
    assert "此处未见”不等于没有" in text


def test_targets_show_numbers_and_the_chosen_one(shipped_workspace):
    text = words(opened(shipped_workspace, view="targets", target="S18-2025-03"))
    assert "显示 104 个，共 104 个量化目标；另有 24 个定性目标单列" in text
    assert "超过 1,000 亿元" in text
    assert "不推算：公开值口径不同，不能连成一条线。" in text
    assert "超过 1,300 亿元" in text


def test_filters_in_the_link_count(shipped_workspace):
    text = words(opened(shipped_workspace, view="targets", plan="SC-AI-2018", year="2025"))
    assert "显示 4 个，共 104 个" in text


def test_an_empty_result_says_what_to_do(shipped_workspace):
    text = words(opened(shipped_workspace, view="targets", q="量子泡泡"))
    assert "没有符合条件的目标" in text
    assert "清空查找的文字" in text


def test_wrong_values_in_the_link_are_ignored(shipped_workspace):
    at = opened(
        shipped_workspace,
        view="targets",
        plan="<script>",
        year="never",
        status="0",
        area="火星",
        target="none",
    )
    assert "显示 104 个，共 104 个" in words(at)
    assert opened(shipped_workspace, view="nonsense").query_params.get("view") is None


def test_the_form_refuses_in_words_and_adds(shipped_workspace, tmp_path, monkeypatch):
    from clusters.settings import get_settings

    monkeypatch.setenv("CLUSTERS_LEDGER_URL", f"sqlite:///{tmp_path / 'book.sqlite'}")
    get_settings.cache_clear()
    at = opened(shipped_workspace, view="observe")
    at.button(key="observe-add").click().run()
    assert "没有登记" in at.error[0].value
    at.text_input(key="observe-period").set_value("2025")
    at.text_input(key="observe-value").set_value("1450")
    at.text_input(key="observe-source").set_value("四川省统计公报")
    at.text_input(key="observe-who").set_value("综合处")
    at.button(key="observe-add").click().run()
    assert not at.exception
    assert "1,450 亿元" in at.success[0].value
    assert "综合处" in words(at)
    monkeypatch.undo()
    get_settings.cache_clear()
