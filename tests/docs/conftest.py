"""The scripts of docs/, which are no package, and the site they build."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def script() -> Callable[[str], ModuleType]:
    """Return a function that imports a script of docs/ by name."""

    def load(name: str) -> ModuleType:
        folder = str(ROOT / "docs")
        if folder not in sys.path:
            sys.path.insert(0, folder)
        return importlib.import_module(name)

    return load


@pytest.fixture(scope="session")
def site(script: Callable[[str], ModuleType], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the built handbook; a link or an anchor that leads nowhere fails here."""
    target = tmp_path_factory.mktemp("handbook") / "site"
    script("handbook").build(target)
    return target
