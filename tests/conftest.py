"""Fixtures every room shares."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser

from browser.driver import browser, chromium

# Two draws of uncertain places take the same way as ten, in a fifth of the time.
os.environ.setdefault("CLUSTERS_POSITION_DRAWS", "2")

# How long an example takes says nothing of what it asserts; timings are benchmarks.
settings.register_profile("clusters", deadline=None)
settings.load_profile("clusters")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Callable[..., Path]:
    """Return a function that finds reference material beside the checkout, or skips the test."""

    def find(*parts: str) -> Path:
        path = SHARED.joinpath("data", *parts)
        if not path.exists():
            pytest.skip(f"reference material {'/'.join(parts)} is not beside this checkout")
        return path

    return find


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
