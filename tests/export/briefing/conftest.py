"""One published snapshot of the shipped firms for all tests of briefings."""

import pytest

from clusters.pipeline import run


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    return run(workspace=tmp_path_factory.mktemp("briefing") / "workspace")
