"""Saved views: a page with the parameters of its link, under a name. Records of the kind ``view``.

The newest view of a name counts, whoever saved it: names are shared as the ledger is.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from clusters.ledger.recording import record, records
from clusters.ledger.store import Ledger
from clusters.ledger.texts import checked_text

KIND = "view"
LONGEST_PAGE = 64


def save_view(ledger: Ledger, name: str, *, page: str, payload: Mapping[str, Any], who: str) -> int:
    """Append a saved view: a page and the parameters of its link."""
    page = checked_text("page", page, longest=LONGEST_PAGE, required=True)
    return record(ledger, KIND, name, {"page": page, "parameters": dict(payload)}, who=who)


def saved_views(ledger: Ledger) -> pd.DataFrame:
    """Return the newest view of every name that is not withdrawn.

    Returns
    -------
    DataFrame
        id, name, page, payload (dict: the parameters), who, recorded_at, in the order of saving.
    """
    found = records(ledger, KIND).rename(columns={"key": "name"})
    content = found["payload"]
    found["page"] = [given["page"] for given in content]
    found["payload"] = pd.Series(
        [given["parameters"] for given in content], index=found.index, dtype=object
    )
    return found[["id", "name", "page", "payload", "who", "recorded_at"]]
