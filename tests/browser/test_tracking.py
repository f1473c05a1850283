"""Two errands in a real browser: a value goes into the ledger, a firm takes a benchmark place."""

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.driver import visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


def fill(page: Page, label: str, text: str) -> None:
    """Write into a field and leave it, so that the app takes the text."""
    field = page.get_by_label(label, exact=True)
    field.fill(text)
    field.press("Tab")


def test_an_observation_is_refused_then_added_and_judged_by(started: Browser, base: str) -> None:
    visitor = visit(started, base)
    page = visitor.page
    try:
        visitor.open("goals", lang="en", view="observe")
        fill(page, "Period (2025, 2025-06, 2025-Q3)", "20225")
        fill(page, "Value (unit: 100 million yuan)", "2100")
        fill(page, "Source (document, number or address)", "https://example.org/bulletin")
        visitor.settle()
        page.get_by_role("button", name="Add to the ledger").click()
        expect(page.get_by_text("The period is not understood")).to_be_visible()
        fill(page, "Period (2025, 2025-06, 2025-Q3)", "2025")
        visitor.settle()
        page.get_by_role("button", name="Add to the ledger").click()
        expect(page.get_by_text("Added: industry size, Sichuan, 2025")).to_be_visible()
        visitor.open("goals", lang="en", view="targets", target="S24-2027-05")
        words = visitor.text()
        assert "A published actual value meets the target." in words
        assert "210 bn yuan" in words
        assert visitor.outside == []
        assert visitor.errors == []
    finally:
        page.context.close()


def test_a_candidate_is_refused_without_reason_then_takes_the_place(
    started: Browser, base: str
) -> None:
    visitor = visit(started, base)
    page = visitor.page
    try:
        visitor.open("firms", lang="en", view="decide")
        page.get_by_role("button", name="Put on the list").click()
        visitor.settle()
        expect(page.get_by_text("The basis is empty")).to_be_visible()
        fill(page, "Basis", "chain leader")
        fill(page, "Reason", "stronger evidence")
        visitor.settle()
        page.get_by_role("button", name="Put on the list").click()
        expect(page.get_by_text("now holds place 1.")).to_be_visible()
        visitor.settle()
        assert "promoted" in visitor.text()
        visitor.open("firms", lang="en")
        assert "decided here" in visitor.text()
        assert visitor.outside == []
        assert visitor.errors == []
    finally:
        page.context.close()


def test_a_day_in_the_past_stands_in_the_link(started: Browser, base: str) -> None:
    visitor = visit(started, base)
    try:
        visitor.open("goals", lang="en", view="targets", day="2023-12-31", target="S24-2027-05")
        assert "Judged on 31 Dec 2023" in visitor.text()
        assert "had not been issued" in visitor.text()
        visitor.open("goals", lang="en", view="targets", day="yesterday")
        assert "day=" not in visitor.page.url
    finally:
        visitor.page.context.close()
