"""The overview: headline targets, zones, benchmark firms, change, freshness; and the page."""

import re
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from clusters import workspace
from clusters.goals import assess, benchmark_firms
from clusters.ui import goals_view, links
from clusters.ui import overview_view as view
from clusters.ui.text import texts

ROOT = Path(__file__).resolve().parents[2]
RAW = re.compile(
    r"ai_(?:core|industry|related|fusion)_size|S18-20|SC-AI|no_public_value|not_comparable|"
    r"tianfu-|chengdu-htz|mianyang-|intelligent_hardware|shipped_data|own_selection|lq_"
)


@pytest.fixture(scope="module")
def statuses(snapshot):
    return assess(snapshot.enterprises, as_of=goals_view.today())


def test_headlines_are_the_promises_of_the_plan(statuses):
    found = view.headline_statuses(statuses)
    assert [s.target.target_id for s in found] == list(view.HEADLINES)
    asked = [s.target.value for s in found]
    assert asked == [5.0, 30.0, 1000.0, 5000.0, None, 4000.0]


def test_evidence_never_crosses_a_definition(statuses):
    by_id = {s.target.target_id: s for s in statuses}
    core = view.evidence(by_id["S18-2025-03"], zones_named=3)
    assert core == "产业规模：超过 1,300 亿元（2024年）"
    assert view.evidence(by_id["S18-2025-04"], zones_named=3) == "没有公开值"
    assert view.evidence(by_id["S18-2025-02"], zones_named=3).endswith("30")
    assert "3 个园区" in view.evidence(by_id["S18-2025-01"], zones_named=3)
    assert view.evidence(by_id["S18-2030-Q2"], zones_named=3) == "定性目标，由人评价"


def test_the_table_links_each_target_to_its_details(statuses):
    html = view.headline_html(statuses, zones_named=3)
    assert 'href="goals?view=targets&amp;target=S18-2025-03"' in html
    assert 'href="goals?view=words"' in html
    assert html.count("c-chip") == len(view.HEADLINES)


def test_there_are_four_doors():
    html = view.doors_html()
    assert html.count("c-door") == 5  # four and their frame
    for page in ("map", "screening", "metrics", "briefing"):
        assert f'href="{page}"' in html


def test_links_carry_what_is_given_and_nothing_empty():
    assert links.href("goals", view="targets", plan="") == "goals?view=targets"
    assert links.href("overview") == "."


def test_benchmark_figures_add_up(snapshot):
    benchmark = benchmark_firms(snapshot.enterprises)
    figures = view.benchmark_figures(benchmark)
    assert figures[0].value == "30 / 30"
    assert [f.value for f in figures[1:]] == ["11", "15", "4"]
    counted = re.findall(r" (\d+)(?:、|$)", view.benchmark_places(benchmark))
    assert sum(map(int, counted)) == 30


def test_change_needs_an_earlier_snapshot(snapshot, tmp_path):
    assert view.changes(snapshot) is None
    folder = tmp_path / "snapshots"
    older = folder / "20200101T000000Z-abcdef"
    shutil.copytree(snapshot.path, folder / snapshot.id)
    shutil.copytree(snapshot.path, older)
    firms = snapshot.enterprises.iloc[5:].copy()
    firms.loc[firms.index[0], "county_code"] = "510104"
    firms.to_parquet(older / "enterprises.parquet", index=False)
    change = view.changes(workspace.open_snapshot(tmp_path, snapshot.id))
    assert change is not None
    numbers = [figure.value for figure in view.change_figures(change)]
    assert numbers == ["5", "0", "1", "0"]


def test_quality_says_what_the_manifest_says(snapshot):
    rows = dict(view.quality_rows(snapshot))
    account = snapshot.manifest["account"]
    assert rows["行数核对"].startswith(f"读入 {account['read']} 行 = 发布 {account['published']}")
    assert rows["来源可信度（企业数）"] == "高 80；中 67；低 88"
    html = view.precision_html(snapshot)
    shown = [int(n.replace(",", "")) for n in re.findall(r"<b>([\d,]+)</b>", html)]
    assert sum(shown) == account["published"]


# The page


def opened(language="zh", **query):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    at.query_params["lang"] = language
    for key, text in query.items():
        at.query_params[key] = text
    at.run()
    assert not at.exception
    body = " ".join(block.proto.body for block in at.get("html"))
    body = re.sub(r"<style>.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r'data:image/svg\+xml;base64,[^"]+', "", body)
    return at, re.sub(r'(?:href|title|class|id|style)="[^"]*"', "", body)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_renders_with_real_numbers(shipped_workspace, language):
    _, text = opened(language)
    assert not RAW.search(text), RAW.search(text)
    assert {"zh": "全部 128 个目标的状态", "en": "All 128 targets by status"}[language] in text
    assert {"zh": "超过 1,000 亿元", "en": "over 100 bn yuan"}[language] in text
    assert "30 / 30" in text
    index = 0 if language == "zh" else 1
    for key in ("doors", "plan", "zones", "benchmark", "changes", "quality"):
        if key != "doors":
            assert texts()[f"overview.{key}"][index] in text
    assert texts()["overview.changes_none"][index] in text
    assert texts()["zones.place_assumed"][index] in text


def test_a_wrong_snapshot_in_the_link_is_ignored(shipped_workspace):
    at, text = opened(snapshot="20990101T000000Z-ffffff")
    assert "快照" in text
    assert "snapshot" not in at.query_params


def test_the_page_ends_in_exports(shipped_workspace):
    at, _ = opened()
    labels = {button.proto.label for button in at.get("download_button")}
    assert {"下载 CSV", "下载 Excel"} <= labels


def test_a_registry_without_ai_firms_has_all_its_pages(tmp_path, monkeypatch):
    from clusters import pipeline
    from clusters.settings import get_settings
    from visits import visit

    file = tmp_path / "firms.csv"
    rows = "".join(f"成都第{i}餐饮有限公司,成都市武侯区科园路{i}号,餐饮服务\n" for i in range(6))
    file.write_text("企业名称,注册地址,经营范围\n" + rows, encoding="utf-8")
    pipeline.run(file, workspace=tmp_path / "w")
    monkeypatch.setenv("CLUSTERS_WORKSPACE", str(tmp_path / "w"))
    get_settings.cache_clear()
    try:
        for page in ("overview", "map", "metrics", "goals", "firms", "screening", "briefing"):
            assert not visit(page, lang="zh").exception, page
    finally:
        get_settings.cache_clear()
