"""Nothing the app sends to a browser, keeps or logs holds a person that a registry was planted with.

Not the visible words are searched but every byte that reaches the browser: frames of the socket,
answers to requests, downloads.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.driver import Visit, server, visit
from clusters.workspace import open_snapshot
from planted import CONTENT, FOLLOWED, PARKS, planted_in, texts

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


# Scripts, styles and pictures are the app's own.
_OF_THE_APP = ("javascript", "font", "css", "image", "wasm")


class Listener:
    """Everything a page receives."""

    def __init__(self, page: Page) -> None:
        self.heard: list[bytes] = []
        page.on("websocket", self._socket)
        page.on("response", self._response)

    def _socket(self, socket) -> None:
        socket.on("framereceived", self._take)

    def _response(self, response) -> None:
        kind = response.headers.get("content-type", "")
        if response.status == 200 and not any(one in kind for one in _OF_THE_APP):
            try:
                self._take(response.body())
            except Exception:  # noqa: BLE001 - a body that the browser has dropped by now
                return

    def _take(self, data: str | bytes) -> None:
        self.heard.append(data.encode() if isinstance(data, str) else data)

    def text(self) -> str:
        return b"\n".join(self.heard).decode("utf-8", "ignore")


def upload(visitor: Visit, at: int, path: Path) -> None:
    visitor.page.locator('input[type="file"]').nth(at).set_input_files(str(path))
    visitor.settle(120)


def test_no_planted_person_reaches_a_browser(
    started: Browser, tmp_path: Path, shipped_copy: Callable[[Path], Path]
) -> None:
    firms, parks = tmp_path / "名录.csv", tmp_path / "园区.csv"
    firms.write_text(CONTENT, encoding="gb18030")
    parks.write_text(PARKS, encoding="utf-8")
    workspace = tmp_path / "kept" / "workspace"
    workspace.parent.mkdir()
    shipped_copy(workspace)
    with server(workspace) as base:
        visitor = visit(started, base)
        page, listener = visitor.page, Listener(visitor.page)
        try:
            visitor.open("data", lang="zh")
            upload(visitor, 0, firms)
            expect(page.get_by_text("各列是怎么理解的").first).to_be_visible()
            page.get_by_role("button", name="计算并发布").click()
            expect(page.get_by_text("所有页面已改用这份数据。")).to_be_visible(timeout=180_000)
            visitor.settle()
            upload(visitor, 1, parks)
            expect(page.get_by_text("园区各列是怎么理解的")).to_be_visible()
            page.get_by_role("button", name="采用并重新发布").click()
            expect(page.get_by_text("已保留 2 个园区")).to_be_visible(timeout=180_000)
            visitor.settle()
            table = open_snapshot(workspace).enterprises.set_index("name")
            for name in ("overview", "map", "metrics", "firms", "screening", "briefing", "data"):
                visitor.open(name, lang="zh")
            visitor.open(
                "map", lang="en", firm=table.loc[FOLLOWED, "enterprise_id"], place="510107"
            )
            assert FOLLOWED in visitor.text()
            assert visitor.errors == []
        finally:
            page.context.close()
    heard = listener.text()
    assert FOLLOWED in heard  # the listener does listen
    assert planted_in(heard) == []
    kept = {name: planted_in(text) for name, text in texts(workspace.parent) if planted_in(text)}
    assert kept == {}
