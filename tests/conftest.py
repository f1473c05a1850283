"""Fixtures every room shares."""

from collections.abc import Callable
from pathlib import Path

import pytest

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
