"""Fixtures of the room of places."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from clusters.settings import get_settings

SHIPPED = Path(__file__).parents[2] / "data"


@pytest.fixture
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the test a copy of ``data/boundaries`` it may change, beside the shipped rest."""
    root = tmp_path / "data"
    root.mkdir()
    for part in SHIPPED.iterdir():
        if part.name == "boundaries":
            shutil.copytree(part, root / part.name)
        else:
            (root / part.name).symlink_to(part)
    monkeypatch.setenv("CLUSTERS_DATA", str(root))
    get_settings.cache_clear()
    yield root / "boundaries"
    monkeypatch.undo()
    get_settings.cache_clear()
