"""One published snapshot of the shipped firms for all tests of briefings."""

import pytest

from clusters.workspace import open_snapshot


@pytest.fixture(scope="session")
def published(tmp_path_factory, shipped_copy):
    return open_snapshot(shipped_copy(tmp_path_factory.mktemp("briefing") / "workspace"))
