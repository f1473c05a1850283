"""The app in a real Chromium, with everything outside this machine blocked and noted."""

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from ports import held_port

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
# Five seconds, which is the default, are little on a machine that has other things to do.
expect.set_options(timeout=60_000)
# At rest is what has been so for a while, and was looked at more than once: a click returns before
# its page begins to run. Every turn of waiting counts anew.
_AT_REST = """([turn, milliseconds]) => {
    const app = document.querySelector('[data-testid="stApp"]');
    const rests = app && app.dataset.testScriptState === 'notRunning'
        && document.querySelector('.c-foot')
        && !document.querySelector('[data-testid="stSkeleton"], .stSpinner, [data-stale="true"]')
        && [...document.querySelectorAll('.clusters-canvas')].every(one => {
            const map = one.querySelector('.clusters-canvas-map');
            return map && map.dataset.drawn && map.dataset.drawn === map.dataset.begun;
        });
    const now = performance.now();
    const known = window.clustersRest;
    if (!rests || !known || known.turn !== turn) {
        window.clustersRest = { turn: turn, since: now, looks: 0 };
        return false;
    }
    known.looks += 1;
    return known.looks >= 10 && now - known.since >= milliseconds;
}"""
_turns = itertools.count()


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

    def settle(self, seconds: float = 120) -> None:
        """Wait until Streamlit has stopped running and the maps have drawn, for good."""
        self.page.wait_for_selector(".c-foot", timeout=seconds * 1000)
        for frame in self.page.frames[1:]:
            if "streamlit_folium" in frame.url:
                frame.wait_for_selector(".leaflet-container", timeout=seconds * 1000)
        # By the clock: looked at with every picture, a page at rest would be painted all the time.
        self.page.wait_for_function(
            _AT_REST, arg=[next(_turns), 700], polling=60, timeout=seconds * 1000
        )

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
    with held_port() as port:
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
            deadline = time.monotonic() + 300
            while not answers(f"{base}/_stcore/health"):
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
                process.wait()


def answers(address: str) -> bool:
    """Return whether a server is there and well."""
    with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=10) as answer:
        return answer.status == 200
    return False


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
    context.set_default_timeout(60_000)
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
