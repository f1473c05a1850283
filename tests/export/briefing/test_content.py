"""What briefings say is counted from the snapshot, in both languages, and never more."""

import contextlib
import re
import tomllib
from pathlib import Path

import pytest

from clusters.errors import InputError
from clusters.export.briefing import BriefingRequest, batch_requests, compose, parse_page, wording
from clusters.export.briefing.wording import Wording, texts
from clusters.ledger import open_ledger, record
from clusters.maps import fonts

SUBJECTS = [
    ("overview", ""),
    ("zone", "chengdu-htz-new-economy"),
    ("zone", "chengdu-wireless-valley"),
    ("area", "510100"),
    ("area", "511700"),
    ("firm", "极米科技股份有限公司"),
]


def subject(kind, name):
    if name == "chengdu-wireless-valley":
        from clusters.places.zones import five

        table = five()
        return table[table["assumed"]]["zone_id"].iloc[0]
    return name


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("kind", "name"), SUBJECTS)
def test_no_code_no_hole_and_no_chinese_sentence_in_english(published, kind, name, language):
    request = BriefingRequest(kind, subject(kind, name), language)
    briefing = compose(published, request)
    for text in briefing.texts():
        assert "nan" not in text.lower().split()
        assert "{" not in text
        assert not re.search(
            r"\b(no_public_value|county_uncertain|region_only|named_in_plan)\b", text
        )
    if language == "en":
        findings = [text for page in briefing.pages for text in page.findings]
        assert not any(re.search("[。；，]", text) for text in findings)


def test_the_overview_counts_what_the_snapshot_holds(published):
    firms = published.enterprises
    inside = firms[firms["ai_relevance"].isin(["core", "related"])]
    page = compose(published, BriefingRequest("overview", language="en")).pages[0]
    assert page.figures[0].value == f"{len(inside):,}"
    first = inside["prefecture_code"].value_counts()
    share = first.iloc[0] / first.sum()
    assert page.figures[1].value == f"{100 * share:.1f}%"
    assert str(first.iloc[0]) in page.findings[1]
    segments = inside["segment"].value_counts()
    assert f" {segments.iloc[0]}," in page.findings[2]


def test_bars_of_the_overview_add_up_to_all_firms(published):
    briefing = compose(published, BriefingRequest("overview", language="en"))
    inside = published.enterprises["ai_relevance"].isin(["core", "related"])
    segments, places = next(page.charts for page in briefing.pages if page.charts)
    assert sum(bar.value for bar in segments.bars) == inside.sum()
    known = published.enterprises.loc[inside, "prefecture_code"].notna().sum()
    assert sum(bar.value for bar in places.bars) == known
    assert str(inside.sum() - known) in places.note


def test_an_assumed_zone_and_an_empty_one_say_so(published):
    from clusters.places.zones import five

    table = five()
    assumed = table[table["assumed"]]["zone_id"].iloc[0]
    page = compose(published, BriefingRequest("zone", assumed, "en")).pages[0]
    assert any("assumption" in text for text in page.findings)
    assert any("not found is not none" in text for text in page.findings)


def test_a_firm_known_to_its_county_is_not_called_placed(published):
    firms = published.enterprises
    county = firms[firms["precision"] == "county"].iloc[0]
    page = compose(published, BriefingRequest("firm", county["enterprise_id"], "en")).pages[0]
    assert any("not drawn as a dot" in text for text in page.findings)
    nowhere = firms[firms["precision"] == "none"].iloc[0]
    page = compose(published, BriefingRequest("firm", nowhere["enterprise_id"], "en")).pages[0]
    assert page.map is None


def test_a_year_of_founding_is_not_told_as_a_day(published):
    firms = published.enterprises
    year_only = firms[firms["flags"].map(lambda flags: "date_year_only" in flags)].iloc[0]
    page = compose(published, BriefingRequest("firm", year_only["enterprise_id"], "en")).pages[0]
    profile = {label.text: value.text for label, value in page.tables[0].rows}
    assert profile["Founded"] == str(year_only["founded"].year)


def test_a_firm_is_found_by_id_and_by_name_with_one_command(published):
    by_name = compose(published, BriefingRequest("firm", "极米科技股份有限公司"))
    identity = by_name.stem.removeprefix("firm-").removesuffix("-zh")
    by_id = compose(published, BriefingRequest("firm", identity))
    assert by_id == by_name
    assert identity in by_name.provenance.command


def test_a_screening_ranks_as_the_command_does_and_says_how_open_it_is(published):
    from clusters.screening.profile import default_profile
    from clusters.screening.screen import screen_snapshot
    from clusters.screening.tables import ranking_table

    briefing = compose(published, BriefingRequest("screening", language="en"))
    result = screen_snapshot(published, default_profile(), workspace=published.path.parent.parent)
    table = ranking_table(result)
    names = [row[1].text for row in briefing.pages[1].tables[0].rows]
    assert names == table["name_en"].fillna(table["name_zh"]).head(len(names)).tolist()
    assert briefing.pages[0].figures[1].value == f"{table['score'].iloc[0]:.1f}"
    open_ended = table["p_first"].iloc[0] < 0.5
    assert any("first place is open" in text for text in briefing.pages[0].findings) == open_ended


def test_an_unknown_profile_is_refused(published):
    with pytest.raises(InputError, match="no profile 'moon'"):
        compose(published, BriefingRequest("screening", "moon"))


def test_decisions_in_the_ledger_decide_who_is_a_benchmark_firm(published, tmp_path):
    shipped = batch_requests(published, "firms", language="en", size="16:9")
    first = shipped[0].subject
    firms = published.enterprises
    newcomer = firms[~firms["enterprise_id"].isin([one.subject for one in shipped])].iloc[0]
    payload = {
        "place": 1,
        "name": newcomer["name"],
        "evidence_level": "A",
        "basis_zh": "新的依据",
        "basis_en": "a new basis",
    }
    with contextlib.closing(open_ledger(tmp_path)) as ledger:
        record(ledger, "benchmark", "1", payload, who="test", reason="test")
        wanted = batch_requests(published, "firms", language="en", size="16:9", ledger=ledger)
        assert [one.subject for one in wanted][:2] == [
            newcomer["enterprise_id"],
            shipped[1].subject,
        ]
        request = BriefingRequest("firm", newcomer["enterprise_id"], "en")
        briefing = compose(published, request, ledger=ledger)
        left = compose(published, BriefingRequest("firm", first, "en"), ledger=ledger)
    assert "a new basis" in briefing.pages[0].findings[0]
    assert briefing.provenance.parameters["ledger_benchmark_decisions"] == "1"
    assert "Not among" in left.pages[0].findings[0]


def test_a_snapshot_compared_with_itself_has_no_change(published):
    page = compose(published, BriefingRequest("compare", published.id, "en")).pages[0]
    assert any("No firm differs" in text for text in page.findings)
    assert [figure.value for figure in page.figures] == ["0"] * 5


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("nothing", "not known"),
        ("zone", "needs a subject"),
        ("overview:x", "takes no subject"),
    ],
)
def test_a_wrong_page_is_refused(page, said):
    with pytest.raises(InputError, match=said):
        parse_page(page)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("zone", "atlantis"), ("area", "999900"), ("firm", "无此企业"), ("area", "x")],
)
def test_an_unknown_subject_is_named(published, kind, name):
    with pytest.raises(InputError, match=name):
        compose(published, BriefingRequest(kind, name))


def test_digest_follows_the_figures(published):
    one = compose(published, BriefingRequest("overview"))
    assert one.digest() == compose(published, BriefingRequest("overview")).digest()
    assert one.digest() == one.provenance.content
    assert one.digest() != compose(published, BriefingRequest("overview", language="en")).digest()


def test_a_missing_glyph_stops_the_briefing(published, monkeypatch):
    firms = published.enterprises.copy()
    firms.loc[firms["name"] == "极米科技股份有限公司", "address"] = "火箭\U0001f680路"
    monkeypatch.setitem(published.__dict__, "enterprises", firms)
    with pytest.raises(InputError, match=r"U\+1F680"):
        compose(published, BriefingRequest("firm", "极米科技股份有限公司"))


def test_rare_characters_have_glyphs():
    fonts.require_glyphs(["泸 郫 犍 邛 瓛 潆"])


def test_batches_hold_every_benchmark_firm_and_every_drawn_zone(published):
    firms = batch_requests(published, "firms", language="zh", size="16:9")
    assert len({one.subject for one in firms}) == len(firms) == 30
    from clusters.places.zones import zones

    drawn = batch_requests(published, "zones", language="zh", size="16:9")
    assert len(drawn) == zones().geometry.notna().sum()


def test_every_text_is_used_and_complete():
    source = "".join(
        path.read_text(encoding="utf-8") for path in Path(wording.__file__).parent.glob("*.py")
    )
    for key, (zh, en) in texts().items():
        assert zh
        assert en
        assert set(re.findall(r"{(\w+)}", zh)) == set(re.findall(r"{(\w+)}", en)), key
        group, _, name = key.partition(".")
        stem = re.sub(r"_one$", "", name)
        # Keys put together from a head and a code count by their head.
        heads = [stem[: i + 1] + "{" for i, c in enumerate(stem) if c == "_"]
        heads = [f'"{group}.{head}' for head in [*heads, "{"]]
        assert any(one in source for one in [f'"{group}.{stem}"', *heads]), key


def test_texts_are_valid_toml_without_repeats():
    content = Path(wording.__file__).with_name("words.toml").read_text(encoding="utf-8")
    assert tomllib.loads(content)


@pytest.mark.parametrize(
    ("language", "cny", "said"),
    [
        ("zh", 7e7, "7,000 万元"),
        ("zh", 3.405e9, "34.05 亿元"),
        ("en", 7e7, "70 m yuan"),
        ("en", None, "—"),
    ],
)
def test_money_is_told_in_units_of_the_language(language, cny, said):
    assert Wording(language).money(cny) == said
