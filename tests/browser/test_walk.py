"""A visitor walks every page in both languages, with everything outside this machine blocked."""

import re

import pytest
from playwright.sync_api import Browser

from browser.driver import PAGES, Visit, visit
from clusters.settings import data_path
from clusters.ui.text import LANGUAGES, texts

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


def raw_identifiers() -> set[str]:
    """Return ids of the data that no reader should ever see."""
    ids: set[str] = set()
    for parts in (("taxonomy", "segments.csv"), ("boundaries", "zones.csv")):
        lines = data_path(*parts).read_text(encoding="utf-8").splitlines()[1:]
        ids |= {line.split(",")[0] for line in lines}
    metrics = {"lq_population", "lq_gdp", "density_km2", "per_10k_residents", "locational_gini"}
    columns = {"enterprise_id", "ai_relevance", "chain_layer", "registered_capital_cny", "zone_ids"}
    statuses = {"no_public_value", "not_comparable", "far_behind", "not_due"}
    return {i for i in ids if re.search(r"[-_]", i)} | metrics | columns | statuses


def foreign_texts(language: str) -> list[str]:
    """Return texts of the other language that are long enough to be no name."""
    other = 1 - LANGUAGES.index(language)
    shortest = 4 if language == "en" else 14
    return [
        pair[other]
        for pair in texts().values()
        if len(pair[other]) >= shortest and "{" not in pair[other] and pair[0] != pair[1]
    ]


def overflowing(visitor: Visit) -> list[str]:
    """Return what stands out of the page to the right."""
    return visitor.page.evaluate(
        """() => {
            const main = document.querySelector('[data-testid="stMain"]');
            const width = document.documentElement.clientWidth;
            if (main.scrollWidth <= main.clientWidth + 1
                && document.documentElement.scrollWidth <= width) return [];
            return [...main.querySelectorAll('*')]
                .filter(e => e.getBoundingClientRect().right > width + 1)
                .slice(0, 5).map(e => e.className + ' ' + (e.textContent || '').slice(0, 40));
        }"""
    )


def dangling_dots(visitor: Visit) -> list[str]:
    """Return lines of the header that begin or end with a separating dot."""
    return visitor.page.evaluate(
        """() => {
            const bar = document.querySelector('.c-bar');
            const cut = bar.getBoundingClientRect().left;
            return [...bar.querySelectorAll('span')].filter(part => {
                const box = part.getBoundingClientRect();
                const before = part.previousElementSibling.getBoundingClientRect();
                const dot = box.left + parseFloat(getComputedStyle(part, '::before').left);
                return part.textContent === '·' || (before.bottom <= box.top && dot >= cut);
            }).map(part => part.textContent);
        }"""
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_page_is_whole_offline_and_in_one_language(
    started: Browser, base: str, name: str, language: str
) -> None:
    visitor = visit(started, base)
    try:
        visitor.open(name, lang=language)
        words = visitor.text()
        assert texts()[f"shell.nav_{name}"][LANGUAGES.index(language)] in words
        assert visitor.outside == []
        assert visitor.errors == []
        assert "Traceback" not in words
        for failure in ("failed_bug", "failed_title"):
            assert texts()[f"shell.{failure}"][LANGUAGES.index(language)] not in words
        assert [i for i in raw_identifiers() if re.search(rf"(?<![\w-]){i}(?![\w-])", words)] == []
        assert [text for text in foreign_texts(language) if text in words] == []
        assert overflowing(visitor) == []
        assert visitor.grave() == []
    finally:
        visitor.page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_page_fits_a_telephone_at_night(started: Browser, base: str, name: str) -> None:
    visitor = visit(started, base, width=390, height=844, scheme="dark")
    try:
        visitor.open(name, lang="zh")
        assert overflowing(visitor) == []
        assert visitor.grave() == []
        assert dangling_dots(visitor) == []
    finally:
        visitor.page.context.close()


def test_language_is_one_click_away_and_goes_into_the_link(started: Browser, base: str) -> None:
    visitor = visit(started, base)
    try:
        visitor.open("overview")
        assert "总览" in visitor.text()
        visitor.page.get_by_role("radio", name="English").click()
        visitor.page.wait_for_url("**lang=en**")
        visitor.settle()
        assert "Overview" in visitor.text()
        visitor.page.get_by_role("link", name="Methods").first.click()
        visitor.settle()
        assert "lang=en" in visitor.page.url
        assert "Methods" in visitor.text()
    finally:
        visitor.page.context.close()


@pytest.mark.parametrize("query", [{"lang": "xx"}, {"snapshot": "../../etc"}, {"place": "<b>"}])
def test_wrong_values_in_a_link_are_ignored(started: Browser, base: str, query) -> None:
    visitor = visit(started, base)
    try:
        visitor.open("map", **query)
        assert texts()["shell.failed_bug"][0] not in visitor.text()
        assert "企业地图" in visitor.text()
    finally:
        visitor.page.context.close()
