"""The enterprise map in a real browser: the four users' tasks, both languages, link to link."""

import csv
import http.server
import io
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from browser.driver import Visit, server, visit
from clusters import pipeline
from clusters.maps.words import word
from clusters.ui.text import texts

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
LANGUAGES = ("zh", "en")
MAP = ".clusters-canvas-map"
HOSTILE = (
    "<img src=x onerror=alert(1)>智能",
    '"><script>alert(1)</script>智能',
    "{{7*7}}智能",
    "=HYPERLINK(1)智能",
    "甲\u202e乙科技",
    "瓛" * 500,
)


def said(key: str, language: str, **values: str) -> str:
    return texts()[key][LANGUAGES.index(language)].format(**values)


@pytest.fixture
def newcomer(started: Browser) -> Iterator[Callable[..., Visit]]:
    """Return a function that makes visitors on fresh profiles; all are seen off in the end."""
    met: list[Visit] = []

    def make(base: str, **options: str) -> Visit:
        met.append(visit(started, base, **options))
        return met[-1]

    yield make
    for one in met:
        one.page.context.close()
        assert one.errors == []
        assert one.outside == []


def rounds(page: Page) -> int:
    return int(page.get_attribute(MAP, "data-drawn") or 0)


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def wait_for(page: Page, name: str) -> None:
    page.wait_for_function("name => new URL(location.href).searchParams.has(name)", arg=name)


def at(page: Page, right: float, down: float) -> tuple[float, float]:
    page.locator(MAP).scroll_into_view_if_needed()
    box = page.locator(MAP).bounding_box()
    return box["x"] + right * box["width"], box["y"] + down * box["height"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_planner_goes_down_to_a_firm_and_hands_on_the_link(newcomer, base, language):
    visitor = newcomer(base)
    page = visitor.page
    visitor.open("map", lang=language)
    page.locator(f"{MAP} .clusters-label").filter(
        has_text="成都" if language == "zh" else "Chengdu"
    ).click()
    wait_for(page, "place")
    visitor.settle()
    assert query(page)["place"] == "510100"
    # Down by the list, back up by the path.
    page.locator(".st-key-map-below").click()
    page.get_by_role("option").nth(1).click()
    page.wait_for_function("() => !location.search.includes('place=510100')")
    visitor.settle()
    page.locator(".st-key-crumb-510100 button").click()
    page.wait_for_function("() => location.search.includes('place=510100')")
    visitor.settle()
    # A pan writes the position and draws nothing anew.
    before = rounds(page)
    page.mouse.move(*at(page, 0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*at(page, 0.35, 0.4), steps=4)
    page.mouse.up()
    wait_for(page, "at")
    page.wait_for_timeout(600)
    assert rounds(page) == before
    # The search finds a firm; its card tells how it was located.
    page.locator(".st-key-map-search input").fill("科技")
    page.locator("[class*=st-key-hit-firm] button").first.click()
    wait_for(page, "firm")
    visitor.settle()
    assert said("map.card_place", language) in visitor.text()
    told, address = visitor.text(), page.url
    other = newcomer(base)
    other.page.goto(address)
    other.settle()
    assert other.text() == told


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_analyst_draws_an_area_and_takes_its_numbers(newcomer, base, language):
    visitor = newcomer(base)
    page = visitor.page
    visitor.open("map", lang=language, place="510100", layers="firms,metric,density")
    page.get_by_role("button", name=word("draw_rectangle", language)).click()
    page.mouse.click(*at(page, 0.1, 0.1))
    page.mouse.click(*at(page, 0.9, 0.9))
    wait_for(page, "area")
    page.mouse.move(2, 2)
    visitor.settle()
    assert said("map.area_title", language) in visitor.text()
    told = visitor.text()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=said("shell.download_csv", language)).last.click()
    rows = list(csv.reader(io.StringIO(Path(waiting.value.path()).read_text("utf-8-sig"))))
    assert len(rows) > 1
    # Someone who draws with the keyboard gets the same by numbers.
    other = newcomer(base)
    other.page.goto(page.url)
    other.settle()
    assert other.text() == told
    other.page.locator(".st-key-map-area button").first.click()
    other.page.get_by_role("button", name=said("map.area_clear", language)).click()
    other.page.wait_for_function("() => !location.search.includes('area=')")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_investment_officer_compares_places_by_a_metric(newcomer, base, language):
    visitor = newcomer(base)
    page = visitor.page
    visitor.open("map", lang=language, layers="metric,parks,amenities", grain="county")
    assert said("map.breaks", language) in visitor.text()
    page.locator(".st-key-choice-breaks").click()
    page.get_by_role("option", name=said("map.breaks_quantiles", language)).click()
    wait_for(page, "breaks")
    visitor.settle()
    assert query(page)["breaks"] == "quantiles"
    page.locator(".st-key-map-settings button").first.click()
    page.locator("[class*='layer_down-parks'] button").first.click()
    wait_for(page, "stack")
    visitor.settle()
    page.keyboard.press("Escape")
    page.wait_for_timeout(400)
    told = visitor.page.locator(".st-key-map-body").inner_text()
    other = newcomer(base)
    other.page.goto(page.url)
    other.settle()
    assert other.page.locator(".st-key-map-body").inner_text() == told


@pytest.mark.parametrize("language", LANGUAGES)
def test_staff_play_the_years_and_take_the_view_to_a_briefing(newcomer, base, language):
    visitor = newcomer(base)
    page = visitor.page
    visitor.open("map", lang=language, place="510700")
    before = rounds(page)
    page.get_by_role("button", name=word("play", language)).click()
    expect(page.locator(".clusters-time-text")).to_contain_text(word("play_until", language))
    page.get_by_role("button", name=word("pause", language)).click()
    assert rounds(page) == before
    page.locator(".clusters-time-bars button").last.click()
    wait_for(page, "first")
    visitor.settle()
    assert query(page)["first"] == query(page)["last"]
    page.locator(".clusters-time-bars button").last.click()
    page.wait_for_function("() => !location.search.includes('first=')")
    visitor.settle()
    page.get_by_role("link", name=said("map.to_briefing", language)).click()
    page.wait_for_url("**/briefing?*")
    visitor.settle()
    assert query(page)["area"] == "510700"
    assert texts()["shell.nav_briefing"][LANGUAGES.index(language)] in visitor.text()


# ---- names that try to be something else, and base maps --------------------------------------


class Tiles:
    """A tile server of the intranet in four moods: good, wrong key, slow, and gone."""

    def __init__(self) -> None:
        self.mood = "good"
        tiles = self
        picture = bytes.fromhex(
            "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
            "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
        )

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if tiles.mood == "slow":
                    time.sleep(60)  # longer than any browser waits
                self.send_response(403 if tiles.mood == "refused" else 200)
                self.send_header("Content-Type", "image/png")
                self.end_headers()
                if tiles.mood != "refused":
                    self.wfile.write(picture)

            def log_message(self, *_: object) -> None:
                pass

        self.web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.web.daemon_threads = True
        threading.Thread(target=self.web.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.web.server_port}/{{z}}/{{x}}/{{y}}.png"

    def stop(self) -> None:
        self.web.shutdown()
        self.web.server_close()


@pytest.fixture(scope="module")
def tiles() -> Iterator[Tiles]:
    served = Tiles()
    yield served
    served.stop()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, tiles) -> Iterator[str]:
    """Yield an app whose firms have hostile names, with a base map of the intranet."""
    folder = tmp_path_factory.mktemp("hostile")
    pd.DataFrame(
        {
            "企业名称": HOSTILE,
            "注册地址": "四川省成都市武侯区天府三街1号",
            "经度": [104.05 + i / 200 for i in range(len(HOSTILE))],
            "纬度": 30.55,
            "坐标系": "wgs84",
            "成立日期": [f"{2010 + i}-01-01" for i in range(len(HOSTILE))],
            "经营范围": "人工智能芯片研发",
        }
    ).to_csv(folder / "firms.csv", index=False)
    pipeline.run(folder / "firms.csv", workspace=folder / "workspace")
    with server(folder / "workspace", CLUSTERS_TILE_URL=tiles.address) as address:
        yield address


def test_hostile_names_are_text_everywhere(newcomer, hostile):
    visitor = newcomer(hostile)
    page = visitor.page
    dialogs: list[str] = []
    page.on("dialog", lambda one: (dialogs.append(one.message), one.dismiss()))
    visitor.open("map", lang="zh", relevance="all", at="30.55,104.0625,14")
    # Dots are on a canvas: the pointer goes where each of them must be.
    right, down = at(page, 0.5, 0.5)
    for i, name in enumerate(HOSTILE[:4]):
        offset = (104.05 + i / 200 - 104.0625) * 256 * 2**14 / 360
        tip = page.locator(".clusters-tip-name").filter(has_text=name)
        # Leaflet looks where the pointer is thirty times a second at most.
        for turn in range(1_000):
            page.mouse.move(right + offset + turn % 2, down)
            page.wait_for_timeout(60)
            if tip.count():
                break
        expect(tip).to_be_visible()
    # From dot to dot without a way between them: each has its own name, and a click takes that one.
    for name, i in ((HOSTILE[0], 0), (HOSTILE[2], 2)):
        offset = (104.05 + i / 200 - 104.0625) * 256 * 2**14 / 360
        page.mouse.click(right + offset, down)
        page.locator(".st-key-map-body h2").filter(has_text=name).wait_for()
        visitor.settle()
    for name in HOSTILE[:3]:
        page.locator(".st-key-map-search input").fill(name[:20])
        hit = page.locator("[class*=st-key-hit-firm] button").filter(has_text=name)
        hit.first.click()
        page.locator(".st-key-map-body h2").filter(has_text=name).wait_for()
        visitor.settle()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=said("shell.download_csv", "zh")).last.click()
    cells = Path(waiting.value.path()).read_text("utf-8-sig")
    assert HOSTILE[0] in cells
    assert "\n=HYPERLINK" not in cells
    assert ",=HYPERLINK" not in cells
    assert page.locator("img[src=x]").count() == 0
    assert not any("49" in text for text in page.locator("h2").all_inner_texts())
    assert dialogs == []


@pytest.mark.parametrize(
    ("mood", "note"),
    [("good", ""), ("refused", "tiles_failed"), ("slow", "tiles_slow"), ("gone", "tiles_failed")],
)
def test_a_base_map_that_does_not_come_gives_way_with_a_note(newcomer, hostile, tiles, mood, note):
    tiles.mood = mood
    if mood == "gone":
        tiles.stop()
    visitor = newcomer(hostile)
    visitor.open("map", lang="zh", base="intranet", relevance="all")
    told = visitor.page.locator(".clusters-canvas-note")
    if note:
        told.filter(has_text=word(note, "zh")).wait_for()
        expect(visitor.page.locator(".leaflet-tile")).to_have_count(0)
    else:
        visitor.page.wait_for_selector(f"{MAP}[data-ground=shown]")
        assert told.inner_text() == ""
