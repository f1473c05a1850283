"""A view is saved under a name in one browser and opens the same in a fresh one."""

import pytest
from playwright.sync_api import Browser, expect

from browser.driver import Visit, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
WORDS = {
    "zh": ("视图", "给当前视图起名", "保存当前视图", "撤下"),
    "en": ("Views", "Name this view", "Save this view", "Withdraw"),
}


def open_menu(visitor: Visit, language: str) -> None:
    menu, name, *_ = WORDS[language]
    visitor.page.locator(".st-key-views button", has_text=menu).first.click()
    visitor.page.get_by_label(name).wait_for()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_saved_view_opens_the_same_for_a_colleague(
    started: Browser, base: str, language: str
) -> None:
    _menu, name, save, take_off = WORDS[language]
    title = f'比较 <img src=x onerror="alert(1)"> {language}'
    asked = {"a_place": "511500", "b_place": "province", "b_first": "2015"}
    visitor = visit(started, base)
    try:
        visitor.open("compare", lang=language, **asked)
        open_menu(visitor, language)
        visitor.page.get_by_label(name).fill(title)
        visitor.page.get_by_role("button", name=save).click()
        expect(visitor.page.locator("a.c-view", has_text=title)).to_be_visible()
        shown = visitor.page.locator(".stMain").inner_text()
        assert visitor.errors == []
    finally:
        visitor.page.context.close()

    colleague = visit(started, base)
    try:
        colleague.open("methods", lang=language)
        open_menu(colleague, language)
        colleague.page.locator("a.c-view", has_text=title).click()
        colleague.page.wait_for_url("**/compare?*")
        colleague.settle()
        found = colleague.query()
        assert {key: found[key] for key in asked} == {key: [value] for key, value in asked.items()}
        heading = next(line for line in shown.splitlines() if line.startswith("B · "))
        assert heading in colleague.page.locator(".stMain").inner_text()
        open_menu(colleague, language)
        row = colleague.page.locator("a.c-view", has_text=title)
        colleague.page.locator(
            '[data-testid="stHorizontalBlock"], .stHorizontalBlock', has=row
        ).last.get_by_role("button", name=take_off).click()
        expect(row).to_have_count(0)
        assert colleague.outside == []
        assert colleague.errors == []
    finally:
        colleague.page.context.close()


def test_each_side_has_filters_of_its_own_and_the_link_tells_both(
    started: Browser, base: str
) -> None:
    visitor = visit(started, base)
    try:
        visitor.open("compare", lang="en", a_place="510700")
        before = visitor.page.locator("h2", has_text="A · ").inner_text()
        visitor.page.locator(".st-key-compare-b").get_by_label("Place").click()
        visitor.page.keyboard.type("Yibin")  # a long list draws only what is near
        visitor.page.keyboard.press("Enter")
        expect(visitor.page.locator("h2", has_text="B · Yibin")).to_be_visible()
        visitor.settle()
        assert visitor.query()["b_place"] == ["511500"]
        assert visitor.query()["a_place"] == ["510700"]
        assert visitor.page.locator("h2", has_text="A · ").inner_text() == before
        visitor.page.get_by_role("link", name="Exchange A and B").click()
        expect(visitor.page.locator("h2", has_text="A · Yibin")).to_be_visible()
        expect(visitor.page.locator("h2", has_text="B · Mianyang")).to_be_visible()
        for image in visitor.page.locator("img.c-map").all():
            assert "firms" in image.get_attribute("alt")
    finally:
        visitor.page.context.close()


def test_both_sides_of_the_figures_fit_a_telephone(started: Browser, base: str) -> None:
    visitor = visit(started, base, width=390, height=844)
    try:
        visitor.open("compare", lang="en")
        cut = visitor.page.evaluate(
            """() => [...document.querySelectorAll('.c-pair .c-scroll')]
                .filter(e => e.scrollWidth > e.clientWidth + 1).length"""
        )
        assert visitor.page.locator(".c-pair").count() == 2
        assert cut == 0
    finally:
        visitor.page.context.close()
