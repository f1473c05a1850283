"""An officer screens parks from first limit to a link; a colleague opens it and sees the same."""

import io
import json
import re

import openpyxl
import pytest
from playwright.sync_api import Browser

from browser.driver import Visit, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
PARKS = "my-htz,cd-htz,cd-etdz"


def appears(visitor: Visit, text: str) -> None:
    """Wait until a text stands on the page and all has been drawn anew."""
    visitor.page.get_by_text(text).first.wait_for(timeout=120_000)
    visitor.page.wait_for_function(
        "() => !document.querySelector('[data-stale=\"true\"]')", timeout=120_000
    )
    visitor.settle(120)


def tables(visitor: Visit) -> list[str]:
    """Return the words of every accessible table of the page."""
    return visitor.page.evaluate(
        "() => [...document.querySelectorAll('table[aria-label]')].map(t => t.innerText)"
    )


def test_an_officer_screens_and_a_colleague_sees_the_same(started: Browser, base: str) -> None:
    officer = visit(started, base)
    try:
        officer.open("screening", lang="zh", parks=PARKS)
        # Hard limits first: only parks whose place is known.
        officer.page.get_by_text("位置已知", exact=True).click()
        appears(officer, "留下 99 个，共 100 个园区")
        assert officer.query()["place_known"] == ["1"]
        # Then weights: the distance to a station counts more.
        weight = officer.page.get_by_role("spinbutton", name=re.compile("^到铁路客站的距离"))
        weight.fill("30")
        weight.press("Enter")
        # 30 of 125, shown as a share of 100.
        appears(officer, "到铁路客站的距离 · 24.0%")
        assert "rail_km:30" in officer.query()["w"][0]
        # Why, how stable, and three side by side.
        found = tables(officer)
        assert any("贡献（分）" in one for one in found)
        heat = next(one for one in found if one.startswith("园区 \\ 名次"))
        assert len(heat.splitlines()) >= 10
        side = next(one for one in found if "名次区间" in one and "绵阳高新技术产业开发区" in one)
        assert "成都高新技术产业开发区" in side
        assert "成都经济技术开发区" in side
        # What if nine firms of the segment settle in Mianyang.
        officer.page.get_by_label("家数", exact=True).fill("9")
        officer.page.get_by_label("家数", exact=True).press("Enter")
        officer.settle()
        park = officer.page.get_by_label("园区", exact=True).first
        park.click()
        park.fill("绵阳高新技术产业开发区")
        officer.page.get_by_role("option", name="绵阳高新技术产业开发区", exact=True).click()
        officer.settle()
        officer.page.get_by_role("button", name="加入", exact=True).click()
        appears(officer, "9 家）落户绵阳高新技术产业开发区")
        assert any("原名次" in one for one in tables(officer))
        with officer.page.expect_download() as waiting:
            officer.page.get_by_role("button", name="下载 Excel（含方法与参数）").click()
        book = openpyxl.load_workbook(io.BytesIO(waiting.value.path().read_bytes()), read_only=True)
        assert {"排名", "贡献", "名次概率", "方法与参数", "与基准之差", "来源"} <= set(
            book.sheetnames
        )
        first = list(book["排名"].iter_rows(values_only=True))[1]
        assert first[1] == "my-htz"
        with officer.page.expect_download() as waiting:
            officer.page.get_by_role("button", name="下载 JSON").click()
        answer = json.loads(waiting.value.path().read_text(encoding="utf-8"))
        assert answer["parks"][0]["park_id"] == "my-htz"
        link, seen = officer.page.url, tables(officer)
        assert officer.outside == []
        assert officer.errors == []
    finally:
        officer.page.context.close()
    colleague = visit(started, base)
    try:
        colleague.page.goto(link)
        colleague.settle()
        assert tables(colleague) == seen
        assert colleague.outside == []
        assert colleague.errors == []
    finally:
        colleague.page.context.close()
