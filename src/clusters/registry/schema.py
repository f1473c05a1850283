"""The canonical enterprise columns and the assertion that a table has them."""

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, get_args

import pandas as pd

if TYPE_CHECKING:
    import pandera.pandas as pandera

TEXT = "str"
WHOLE = "Int64"
NUMBER = "float64"
DATE = "datetime64[us]"

# Order of the columns of `Registry.table`; units: CNY, persons, degrees.
COLUMNS: dict[str, str] = {
    "enterprise_id": TEXT,
    "head_enterprise_id": TEXT,
    "name": TEXT,
    "name_en": TEXT,
    "short_name": TEXT,
    "former_names": TEXT,
    "uscc": TEXT,
    "address": TEXT,
    "region": TEXT,
    "lon": NUMBER,
    "lat": NUMBER,
    "datum": TEXT,
    "founded": DATE,
    "status": TEXT,
    "registered_capital_cny": NUMBER,
    "registered_capital_currency": TEXT,
    "employees": WHOLE,
    "revenue_cny": NUMBER,
    "revenue_year": WHOLE,
    "business_scope": TEXT,
    "listing": TEXT,
    "honours": TEXT,
    "source": TEXT,
    "source_url": TEXT,
    "as_of": TEXT,
    "confidence": TEXT,
    "note": TEXT,
    "source_file": TEXT,
    "row": WHOLE,
    "flags": "object",
}

# Present only where a file carries them: a judgement that classification must respect, and what a
# collected table knows of its own rows (on what an address rests, which firms belong together).
OPTIONAL = (
    "ai_relevance",
    "chain_layer",
    "segment",
    "taxonomy_evidence",
    "address_basis",
    "address_confidence",
    "group_hint",
)

STATUSES = ("active", "revoked", "cancelled", "moved", "unknown")
Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
DATUMS: tuple[Datum, ...] = get_args(Datum)
CONFIDENCES = ("high", "medium", "low")
AI_FIRMS = ("core", "related")
"""Relevances of a firm that counts as a firm of AI."""

RELEVANCES = (*AI_FIRMS, "weak", "none")
LAYERS = ("foundation", "technology", "application")


@lru_cache(maxsize=1)
def _schema() -> "pandera.DataFrameSchema":
    import pandera.pandas as pandera  # noqa: PLC0415 (one second of import, needed once a run)

    check = pandera.Check
    rules: dict[str, list[pandera.Check]] = {
        "enterprise_id": [check.str_matches(r"^([0-9A-Z]{18}|x-[0-9a-f]{12,64})$")],
        "uscc": [check.str_length(18, 18)],
        "status": [check.isin(STATUSES)],
        "datum": [check.isin(DATUMS)],
        "confidence": [check.isin(CONFIDENCES)],
        "registered_capital_cny": [check.ge(0)],
        "revenue_cny": [check.ge(0)],
        "employees": [check.ge(0)],
        "lon": [check.in_range(-180, 180)],
        "lat": [check.in_range(-90, 90)],
    }
    required = {"enterprise_id", "name", "source_file", "row", "flags"}
    columns = {
        name: pandera.Column(
            dtype,
            checks=rules.get(name),
            nullable=name not in required,
            unique=name == "enterprise_id",
        )
        for name, dtype in COLUMNS.items()
    }
    columns |= {n: pandera.Column(TEXT, nullable=True, required=False) for n in OPTIONAL}
    return pandera.DataFrameSchema(columns, index=pandera.Index("int64"), strict=True)


def assert_canonical(table: pd.DataFrame) -> None:
    """Raise pandera's ``SchemaError`` if a table breaks the contract: a bug, not bad input."""
    _schema().validate(table)
