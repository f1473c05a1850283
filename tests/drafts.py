"""An observation for tests that need one: a test says only what it is about."""

from typing import Any

from clusters.ledger import Draft

GIVEN = {
    "indicator_id": "AI_IND_SIZE",
    "area": "四川省",
    "period": "2024",
    "value": 1300,
    "unit": "亿元",
    "source": "科技厅",
}
"""What every observation has, by its columns; the ledger accepts it."""


def draft(**changes: Any) -> Draft:
    """Return that observation with fields changed or added."""
    return Draft(**GIVEN | changes)
