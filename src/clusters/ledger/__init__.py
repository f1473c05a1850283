"""The ledger: the only thing that changes. What people observe and decide, and who did what when.

Append-only: a correction is a new row, and nothing is ever updated or deleted. SQLite in the
workspace by default, PostgreSQL by URL for a ledger that several machines share. Times are UTC.
Names of accounts or roles are kept, never contact details.
"""

from clusters.ledger.drafts import CONFIDENCES, QUALIFIERS, Draft
from clusters.ledger.known import Known, known_indicators
from clusters.ledger.observing import add_observation, observations
from clusters.ledger.preferring import prefer, prefer_none, preferences
from clusters.ledger.recording import record, records, withdraw
from clusters.ledger.store import Ledger, ledger_of, open_ledger
from clusters.ledger.texts import FieldError
from clusters.ledger.trail import audit, note
from clusters.ledger.views import save_view, saved_views

__all__ = [
    "CONFIDENCES",
    "QUALIFIERS",
    "Draft",
    "FieldError",
    "Known",
    "Ledger",
    "add_observation",
    "audit",
    "known_indicators",
    "ledger_of",
    "note",
    "observations",
    "open_ledger",
    "prefer",
    "prefer_none",
    "preferences",
    "record",
    "records",
    "save_view",
    "saved_views",
    "withdraw",
]
