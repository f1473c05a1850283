"""What people decided about firms: relevance labels and merges, kept in the ledger.

The registry and its classification know no ledger; a run reads the decisions here and hands them
in, and the manifest says which ones it used.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from clusters.errors import InputError
from clusters.ledger import Ledger, record, records, withdraw
from clusters.registry.schema import RELEVANCES

Decision = Literal["confirmed", "reversed"]
MERGE_COLUMNS = ("kept", "dropped", "decision")


@dataclass(frozen=True)
class Decisions:
    """Labels (``enterprise_id`` → relevance) and merges (`MERGE_COLUMNS`), one row a decision."""

    labels: Mapping[str, str]
    merges: pd.DataFrame

    @property
    def digest(self) -> str:
        """Twelve hex digits of the SHA-256 over all decisions; empty where there is none."""
        if not self.labels and self.merges.empty:
            return ""
        text = json.dumps([sorted(self.labels.items()), sorted(self.merges.to_numpy().tolist())])
        return hashlib.sha256(text.encode()).hexdigest()[:12]


NONE = Decisions({}, pd.DataFrame(columns=list(MERGE_COLUMNS), dtype="str"))


def read_decisions(ledger: Ledger) -> Decisions:
    """Return the decisions that count: the newest of each firm or pair, withdrawn ones left out."""
    labels = records(ledger, "label")
    told = {
        key: str(payload.get("relevance"))
        for key, payload in zip(labels["key"], labels["payload"], strict=True)
        if payload.get("relevance") in RELEVANCES
    }
    merges = records(ledger, "merge")
    rows = [
        [str(payload.get(column, "")) for column in MERGE_COLUMNS] for payload in merges["payload"]
    ]
    return Decisions(told, pd.DataFrame(rows, columns=list(MERGE_COLUMNS), dtype="str"))


def label(ledger: Ledger, enterprise_id: str, relevance: str, *, who: str, reason: str = "") -> int:
    """Record how relevant a firm is; it counts from the next run on.

    Raises
    ------
    InputError
        If the relevance is none of the four.
    """
    if relevance not in RELEVANCES:
        raise InputError(f"relevance {relevance!r}: use one of {', '.join(RELEVANCES)}")
    payload = {"relevance": relevance}
    return record(ledger, "label", enterprise_id, payload, who=who, reason=reason)


def unlabel(ledger: Ledger, enterprise_id: str, *, who: str) -> int:
    """Withdraw the label of a firm."""
    return withdraw(ledger, "label", enterprise_id, who=who)


def decide_merge(
    ledger: Ledger, kept: str, dropped: str, decision: Decision, *, who: str, reason: str = ""
) -> int:
    """Record that two ids are one enterprise, or that they are not; from the next run on."""
    if kept == dropped:
        raise InputError(f"{kept}: a firm cannot be merged with itself; name two ids")
    payload = {"kept": kept, "dropped": dropped, "decision": decision}
    return record(ledger, "merge", f"{kept}={dropped}", payload, who=who, reason=reason)


def undecide_merge(ledger: Ledger, kept: str, dropped: str, *, who: str) -> int:
    """Withdraw a decision about two ids."""
    return withdraw(ledger, "merge", f"{kept}={dropped}", who=who)
