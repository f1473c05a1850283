"""The page of benchmark firms: our thirty, a profile, the candidates; and the page."""

import re
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from clusters.goals import benchmark_firms, candidates
from clusters.goals.candidates import criteria
from clusters.ui import candidates_view, firm_profile
from clusters.ui import firms_view as view

ROOT = Path(__file__).resolve().parents[2]
RAW = re.compile(
    r"intelligent_hardware|information_security|foundation_software|compute_infra|chain_leader|"
    r"little_giant|enterprise_id|\bx-[0-9a-f]{6}|evidence_level|chengdu-htz|tianfu-|51\d{4}"
)


@pytest.fixture(scope="module")
def rows(snapshot):
    return view.benchmark_rows(benchmark_firms(snapshot.enterprises), snapshot)


def test_thirty_rows_in_the_order_of_the_list(rows):
    assert rows["place"].tolist() == list(range(1, 31))
    assert rows["in_snapshot"].all()
    assert rows["evidence_level"].tolist() == ["A"] * 11 + ["B"] * 15 + ["C"] * 4
    shipped = pd.read_csv(ROOT / "data/enterprises/benchmark_30.csv")
    assert rows["list_source"].tolist() == shipped["source_url"].tolist()


def test_filters_narrow_and_combine(rows):
    assert len(view.selected(rows, view.Choice())) == 30
    weak = view.selected(rows, view.Choice(level="C"))
    assert len(weak) == 4
    found = view.selected(rows, view.Choice(words="沃飞 链主"))
    assert found["name"].tolist() == ["四川沃飞长空科技发展有限公司"]
    assert view.selected(rows, view.Choice(words="(")).shape[0] <= 30
    assert view.selected(rows, view.Choice(words="火星")).empty


def test_filters_offer_only_what_occurs(rows):
    options = view.options(rows)
    assert options["level"] == ("A", "B", "C")
    assert options["prefecture"][0] == "510100"
    assert set(options["segment"]) == set(rows["segment"].dropna())


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("recorded", "shown"),
    [
        ("688297 上交所科创板", "688297 SSE STAR Market"),
        ("拟港交所上市(2025-08-25再次递表)", "HKEX (applied for)"),
        ("深交所创业板IPO审核中(已问询,2026-09-29)", "SZSE ChiNext (applied for)"),
        ("835015 新三板(川机器人)", "835015 NEEQ"),
        ("某新板", "某新板"),
        (None, "—"),
        (float("nan"), "—"),
    ],
)
def test_listings_in_english(recorded, shown):
    assert view.listing_words(recorded) == shown


def test_listings_in_chinese_stay_as_recorded():
    assert view.listing_words("688297 上交所科创板") == "688297 上交所科创板"


def test_place_says_how_well_it_is_known():
    row = {"prefecture_code": "510100", "county_code": None, "precision": "prefecture"}
    assert view.place_words(row) == "成都市（市州）"
    row = {"prefecture_code": "510100", "county_code": "510104", "precision": "street"}
    assert view.place_words(row) == "成都市 锦江区（街道路段）"
    assert view.place_words({"prefecture_code": None, "precision": "none"}) == "位置不明"


def test_only_precise_places_get_a_dot():
    assert view.precise({"precision": "street", "lon": 104.0})
    assert not view.precise({"precision": "street", "lon": float("nan")})
    assert not view.precise({"precision": "county", "lon": 104.0})


def test_notes_do_not_speak_of_columns():
    assert firm_profile.readable("须核对;county由该地址推得(未写入address)。") == (
        "须核对;区县由该地址推得(未写入地址)。"
    )
    assert firm_profile.readable("username countyside") == "username countyside"
    assert firm_profile.readable(None) == "—"


def test_a_family_warns_against_adding_up():
    families = firm_profile._families()
    assert families
    name, family = next(iter(families.items()))
    words = firm_profile.family_words(name)
    assert family in words
    assert "不可相加" in words
    assert name not in words.replace(family, "")
    assert firm_profile.family_words("无此企业") == ""


def test_a_year_is_not_shown_as_a_day(rows):
    row = rows.iloc[0].to_dict() | {"founded": pd.Timestamp("2013-01-01")}
    assert dict(firm_profile.profile(row | {"flags": ["date_year_only"]}))["成立日期"] == "2013年"
    assert dict(firm_profile.profile(row | {"flags": []}))["成立日期"] == "2013年1月1日"


def test_an_assumed_zone_is_called_so(rows):
    row = rows.iloc[0].to_dict()
    held = dict(firm_profile.profile(row | {"zone_ids": ["tianfu-wireless-valley"]}))["所在集聚区"]
    assert held == "天府无线通信谷（位置为假定）"


def test_profile_has_every_field_and_missing_ones_as_dashes(rows):
    for row in rows.to_dict("records"):
        facts = dict(firm_profile.profile(row))
        assert len(facts) == 25
        assert all(facts.values())
        assert not any(re.search(r"\b(?:nan|None|NaT|<NA>)\b", text) for text in facts.values())


def test_the_map_of_a_firm_is_an_image_with_words(snapshot):
    firms = snapshot.enterprises
    row = firms[firms["precision"].isin(["point", "building", "street"])].iloc[0].to_dict()
    html = firm_profile.place_map(row)
    assert html.startswith('<img class="c-map"')
    assert row["name"] in html


def test_candidates_show_criteria_with_weights(snapshot):
    benchmark = benchmark_firms(snapshot.enterprises)
    found = candidates(snapshot.enterprises, benchmark, limit=500)
    table = candidates_view.candidate_rows(found, snapshot)
    weights = criteria()["weight"]
    for row in table.to_dict("records"):
        assert row["score"] == sum(int(weights[code]) for code in row["criteria"].split(";"))
    assert not set(table["name"]) & set(benchmark.table["name"])
    html = candidates_view.candidate_table(table.head(3), weights)
    assert "以人工智能为主营（3）" in html
    assert not RAW.search(html)
    heavier = candidates_view.candidate_table(table.head(3), dict(weights) | {"core": 7})
    assert "以人工智能为主营（7）" in heavier
    without = candidates_view.candidate_table(table.head(3), dict(weights) | {"core": 0})
    assert "以人工智能为主营" not in without
    assert "同系" in candidates_view.candidate_table(table.assign(shares_group=True), weights)


def test_exports_have_words_for_headings(rows, snapshot):
    frame = view.export_frame(rows)
    assert len(frame) == 30
    assert list(frame.columns)[:4] == ["序号", "企业", "证据等级", "入选依据"]
    assert not any("_" in heading for heading in frame.columns)


# The page


def opened(**query):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    for key, text in query.items():
        at.query_params[key] = text
    at.run()
    at.switch_page("pages/firms.py").run()
    assert not at.exception
    body = " ".join(block.proto.body for block in at.get("html"))
    body = re.sub(r"<style>.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r'data:image/svg\+xml;base64,[^"]+', "", body)
    body = re.sub(r'(?:href|title|class|id|style)="[^"]*"', "", body)
    return body + " ".join(o for s in at.selectbox for o in s.options)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("page", ["list", "candidates", "decide", "milestones"])
def test_every_view_renders_in_both_languages(shipped_workspace, page, language):
    text = opened(view=page, lang=language)
    assert not RAW.search(re.sub(r"\d{6} ", "", text)), RAW.search(text)
    assert {"zh": "没有找到官方的标杆企业名单", "en": "No official list"}[language] in text
    assert {"zh": "互不隶属", "en": "independent families"}[language] in text
    assert "30 / 30" in text


def test_the_list_and_a_profile_from_the_link(shipped_workspace):
    text = opened(firm="5")
    assert "显示 30 家，共 30 家" in text
    assert "<b>四川沃飞长空科技发展有限公司</b>" in text


def test_an_empty_result_says_what_to_do(shipped_workspace):
    text = opened(q="火星企业")
    assert "没有符合条件的标杆企业" in text
    assert "清空查找的文字" in text


def test_wrong_values_in_the_link_are_ignored(shipped_workspace):
    text = opened(level="Z", prefecture="999999", segment="<b>", firm="0", view="x")
    assert "显示 30 家，共 30 家" in text
