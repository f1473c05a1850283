"""A small registry with everything parts could get wrong, and what one table makes of it."""

from pathlib import Path

import pytest

from clusters import pipeline, workspace
from scale.registries import AS_OF, dirty, write


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(dirty(), tmp_path_factory.mktemp("dirty") / "firms.parquet", 350)


@pytest.fixture(scope="session")
def whole(registry: Path, tmp_path_factory: pytest.TempPathFactory) -> workspace.Snapshot:
    return pipeline.run(registry, workspace=tmp_path_factory.mktemp("whole"), as_of=AS_OF)
