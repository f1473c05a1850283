"""One published snapshot of the shipped data for all page tests, and ways to read a page."""

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from clusters.settings import get_settings
from clusters.workspace import Snapshot, open_snapshot

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def _shipped_folder(
    tmp_path_factory: pytest.TempPathFactory, shipped_copy: Callable[[Path], Path]
) -> Path:
    return shipped_copy(tmp_path_factory.mktemp("shipped") / "workspace")


@pytest.fixture(scope="module")
def shipped_workspace(_shipped_folder: Path) -> Iterator[Path]:
    """Return one workspace of the shipped data; pages and settings look there in this module."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CLUSTERS_WORKSPACE", str(_shipped_folder))
        get_settings.cache_clear()
        yield _shipped_folder
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def snapshot(shipped_workspace: Path) -> Snapshot:
    """Return the snapshot of the shipped data."""
    return open_snapshot(shipped_workspace)


@pytest.fixture
def own_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return an empty workspace of one test, for tests that publish."""
    monkeypatch.setenv("CLUSTERS_WORKSPACE", str(tmp_path / "own"))
    get_settings.cache_clear()
    yield tmp_path / "own"
    get_settings.cache_clear()


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let pure functions speak English, which otherwise speak Chinese."""
    monkeypatch.setenv("CLUSTERS_LANGUAGE", "en")
    get_settings.cache_clear()
    yield
    monkeypatch.undo()
    get_settings.cache_clear()


OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_page(shipped_workspace: Path) -> OpenPage:
    """Return a function that opens a page of the app on the shipped snapshot."""
    return _opener()


@pytest.fixture
def open_own_page(own_workspace: Path) -> OpenPage:
    """Return a function that opens a page of the app on a workspace of one's own."""
    return _opener()


def _opener() -> OpenPage:

    def open_it(name: str, *, lang: str = "zh", **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
        app.query_params["lang"] = lang
        for key, value in query.items():
            app.query_params[key] = value
        return app.switch_page(str(ROOT / "pages" / f"{name}.py")).run()

    return open_it


def _words(app: AppTest) -> str:
    """Return everything a page says: markup taken away, style and tooltips included as text."""
    parts = []
    for element in app.get("html"):
        body = re.sub(r"<style>.*?</style>", " ", element.proto.body, flags=re.DOTALL)
        titles = " ".join(re.findall(r'(?:title|aria-label)="([^"]*)"', body))
        parts.append(html.unescape(re.sub(r"<[^>]+>", " ", body) + " " + titles))
    parts += [
        str(item.value) for kind in ("markdown", "caption", "warning") for item in app.get(kind)
    ]
    for kind in ("selectbox", "segmented_control", "button_group", "text_input", "tab", "expander"):
        for item in app.get(kind):
            parts.append(str(getattr(item, "label", "")))
            parts += [str(option) for option in getattr(item, "options", [])]
    for frame in app.dataframe:
        parts.append(frame.value.to_csv(index=False))
    return "\n".join(parts)


def _failures(app: AppTest) -> list[str]:
    """Return exceptions and failure boxes of a page."""
    boxes = [e.proto.body for e in app.get("html") if 'role="alert"' in e.proto.body]
    return [str(e.message) for e in app.exception] + boxes


@pytest.fixture(scope="session")
def raw_ids() -> re.Pattern[str]:
    """Return a pattern of identifiers no visitor may see, in either language."""
    import pandas as pd

    from clusters.export.columns import known_columns
    from clusters.export.definitions import definitions
    from clusters.places.zones import zones
    from clusters.registry import RULES
    from clusters.settings import data_path

    segments = pd.read_csv(data_path("taxonomy", "segments.csv"))["segment"]
    ids = {*definitions(), *known_columns(), *RULES, *segments, *zones()["zone_id"]}
    telling = sorted(name for name in ids if "_" in name or "-" in name)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, telling))})(?![\w-])")


@pytest.fixture(scope="session")
def words() -> Callable[[AppTest], str]:
    """Return the function that reads a page."""
    return _words


@pytest.fixture(scope="session")
def failures() -> Callable[[AppTest], list[str]]:
    """Return the function that lists what went wrong on a page."""
    return _failures
