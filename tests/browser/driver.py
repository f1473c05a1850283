"""The app in a real Chromium, with everything outside this machine blocked and noted."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PAGES = tuple(sorted(file.stem for file in (ROOT / "pages").glob("*.py")))
LOCAL = {"127.0.0.1", "localhost"}
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
)


def chromium() -> str | None:
    """Return the system's Chromium, or None."""
    return next((path for name in _CHROMIUM if (path := shutil.which(name))), None)


@dataclass
class Visit:
    """One visitor: a page on which every request is watched."""

    page: Page
    base: str
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, name: str, **query: str) -> None:
        """Open a page of the app and wait until it has finished drawing."""
        path = "" if name == "overview" else name
        arguments = "&".join(f"{key}={value}" for key, value in query.items())
        self.page.goto(f"{self.base}/{path}?{arguments}")
        self.settle()

    def query(self) -> dict[str, list[str]]:
        """Return what the address asks for."""
        return parse_qs(urlsplit(self.page.url).query)

    def settle(self, seconds: float = 60) -> None:
        """Wait until Streamlit has stopped running and the maps have drawn."""
        self.page.wait_for_selector(".c-foot", timeout=seconds * 1000)
        self.page.wait_for_function(
            """() => {
                const app = document.querySelector('[data-testid="stApp"]');
                const waiting = document.querySelector('[data-testid="stSkeleton"], .stSpinner');
                return app && app.dataset.testScriptState === 'notRunning' && !waiting;
            }""",
            timeout=seconds * 1000,
        )
        if self.page.locator(".clusters-canvas").count():
            self.page.wait_for_selector(
                ".clusters-canvas-map[data-drawn]", timeout=seconds * 1000, state="attached"
            )
        for frame in self.page.frames[1:]:
            if "streamlit_folium" in frame.url:
                frame.wait_for_selector(".leaflet-container", timeout=seconds * 1000)
        self.page.wait_for_timeout(700)

    def grave(self) -> list[str]:
        """Return the serious and critical faults an accessibility scan finds."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']}: {node['html'][:160]}"
            for one in found
            if one["impact"] in {"serious", "critical"}
            for node in one["nodes"]
        ]

    def text(self) -> str:
        """Return the visible words of the page."""
        return self.page.inner_text('[data-testid="stApp"]')


@contextlib.contextmanager
def server(workspace: Path, **settings: str) -> Iterator[str]:
    """Serve the app on a free port of the loopback and yield its address.

    Parameters
    ----------
    settings : str
        Further settings, by the name of their environment variable; ``{base}`` in a value stands
        for the address of the app.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    more = {name: value.replace("{base}", base) for name, value in settings.items()}
    log = workspace.parent / f"app-{port}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "clusters", "app", "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "CLUSTERS_WORKSPACE": str(workspace), **more},
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + 180
            while True:
                with contextlib.suppress(OSError):
                    if urllib.request.urlopen(f"{base}/_stcore/health", timeout=2).status == 200:
                        break
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the app did not start:\n{log.read_text()}")
                time.sleep(0.3)
            yield base
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=list(_FLAGS))
        yield started
        started.close()


def visit(
    started: Browser,
    base: str,
    *,
    width: int = 1440,
    height: int = 900,
    scheme: str = "light",
) -> Visit:
    """Return a fresh visitor whose requests to other hosts are refused and noted."""
    context = started.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, accept_downloads=True
    )
    page = context.new_page()
    visitor = Visit(page, base)

    def guard(route: Route) -> None:
        host = urlsplit(route.request.url).hostname
        if host in LOCAL or route.request.url.startswith(("data:", "blob:")):
            route.continue_()
        else:
            visitor.outside.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    page.on("pageerror", lambda error: visitor.errors.append(str(error)))
    return visitor
