"""Ledgers on both databases."""

import pytest

from clusters.ledger import open_ledger


@pytest.fixture(params=["sqlite"])
def any_ledger(request, tmp_path):
    """Yield an empty ledger."""
    opened = open_ledger(tmp_path)
    yield opened
    opened.close()
