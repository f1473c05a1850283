"""One app and one Chromium for all browser tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser.driver import browser, chromium, server


@pytest.fixture(scope="session")
def started() -> Iterator[Browser]:
    """Yield Chromium; without one, skip on a desk and fail in CI."""
    if chromium() is None:
        message = "Chromium is not installed: sudo apt-get install chromium fonts-noto-cjk"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with browser() as running:
        yield running


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of an app that builds its first snapshot from the shipped data."""
    workspace = Path(tmp_path_factory.mktemp("browser")) / "workspace"
    with server(workspace) as address:
        yield address
