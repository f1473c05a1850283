"""One app for all browser tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from browser.driver import server


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of an app that builds its first snapshot from the shipped data."""
    workspace = Path(tmp_path_factory.mktemp("browser")) / "workspace"
    with server(workspace) as address:
        yield address
