"""Small registries written for one test."""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from clusters.registry.credit_code import ALPHABET


def credit_code(number: int, area: str = "510104") -> str:
    """A code with a right check character, worked out one character at a time."""
    body = f"91{area}MA{number:07d}"
    total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + ALPHABET[(31 - total % 31) % 31]


@pytest.fixture
def code() -> Callable[..., str]:
    return credit_code


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes lines (or bytes) to a new file and gives its path."""
    numbers = itertools.count()

    def make(
        content: Sequence[str] | str | bytes, name: str | None = None, encoding: str = "utf-8"
    ) -> Path:
        path = tmp_path / (name or f"firms{next(numbers)}.csv")
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else "\n".join(content) + "\n"
            path.write_bytes(text.encode(encoding))
        return path

    return make
