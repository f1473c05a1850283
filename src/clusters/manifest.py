"""What a manifest says of a run: what was read, decided and found, from which versions of what."""

import importlib.metadata
import platform
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from clusters.decisions import Decisions
from clusters.demo import SOURCE as SYNTHETIC
from clusters.places.boundaries import boundary_version
from clusters.places.zones import zone_version
from clusters.registry import Account, SourceFile
from clusters.settings import data_version, get_settings

METRIC_VERSION = "2"
DATED = 0.5
"""Share of firms with a founding date below which growth is not measured."""


@dataclass(frozen=True)
class FirmCounts:
    """Counts of located firms.

    Attributes
    ----------
    firms, dated
        Firms, and those with a date of founding.
    newest
        Newest day, not after today, that a row says it describes; empty where none does.
    synthetic, conflicts, vague, doubtful
        Firms marked synthetic; with evidence that disagrees, with a note on their place, either.
    places, relevance, coordinates
        Firms by precision, by relevance, by what is remarkable of their coordinates.
    """

    firms: int
    dated: int
    newest: str
    synthetic: int
    conflicts: int
    vague: int
    doubtful: int
    places: Mapping[str, int]
    relevance: Mapping[str, int]
    coordinates: Mapping[str, int]

    def __add__(self, other: "FirmCounts") -> "FirmCounts":
        """Return the counts of two parts together."""
        values: dict[str, Any] = {}
        for field in fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if isinstance(mine, Mapping):
                both = Counter(mine) + Counter(theirs)
                values[field.name] = {name: both[name] for name in sorted(both)}
            else:
                values[field.name] = max(mine, theirs) if field.name == "newest" else mine + theirs
        return FirmCounts(**values)

    def told(self) -> dict[str, Any]:
        """Return what the manifest says of them."""
        return {
            "synthetic": self.synthetic,
            "places": dict(self.places),
            "relevance": dict(self.relevance),
            "conflicts": self.conflicts,
            "vague": self.vague,
            "doubtful": self.doubtful,
            "coordinates": dict(self.coordinates),
        }


def count_firms(firms: pd.DataFrame) -> FirmCounts:
    """Count located firms, all of a registry or a part of it."""
    dates = firms["as_of"].dropna().astype("str").str[:10]
    past = dates[dates <= _today()]
    doubts = firms[["location_note", "location_conflict"]].notna()
    return FirmCounts(
        firms=len(firms),
        dated=int(firms["founded"].notna().sum()),
        newest=str(past.max()) if len(past) else "",
        synthetic=int(firms["source"].fillna("").str.startswith(SYNTHETIC).sum()),
        conflicts=int(doubts["location_conflict"].sum()),
        vague=int(doubts["location_note"].sum()),
        doubtful=int(doubts.any(axis=1).sum()),
        places=counted(firms["precision"]),
        relevance=counted(firms["ai_relevance"]),
        coordinates=counted(firms["coordinate_note"].dropna()),
    )


def counted(column: pd.Series) -> dict[str, int]:
    """Return how often each value occurs, sorted by value."""
    return {str(k): int(v) for k, v in column.value_counts().sort_index().items()}


def as_of_told(counts: FirmCounts, given: date | None) -> dict[str, str]:
    """Return the day the data describe and on what that rests: given, dated rows, or the import."""
    if given is not None:
        return {"as_of": given.isoformat(), "as_of_basis": "given"}
    if counts.newest:
        return {"as_of": counts.newest, "as_of_basis": "rows"}
    return {"as_of": _today(), "as_of_basis": "import"}


def growth_window(counts: FirmCounts, as_of: str) -> pd.Timestamp | None:
    """Return where the window of growth begins; None where too few firms have a founding date."""
    years = get_settings().growth_years
    if years == 0 or not counts.firms or counts.dated / counts.firms < DATED:
        return None
    return pd.Timestamp(as_of) - pd.DateOffset(years=years)


def growth_told(since: pd.Timestamp | None, as_of: str) -> dict[str, str | None]:
    """Return the window of growth."""
    return {"growth_from": since.date().isoformat() if since else None, "growth_to": as_of}


def read_told(sources: Iterable[SourceFile], account: Account) -> dict[str, Any]:
    """Return which files were read and where their rows went."""
    return {
        "inputs": [asdict(source) for source in sources],
        "account": {
            "read": account.read,
            "published": account.kept,
            "duplicates": account.duplicates,
            "rejected": account.rejected,
        },
    }


def parameters_told(*, as_of: date | None, datum: str, seed: int) -> dict[str, Any]:
    """Return what was asked for: with these the same registry gives the same tables."""
    return {"datum": datum, "seed": seed, "as_of": as_of.isoformat() if as_of else None}


def decisions_told(decisions: Decisions) -> dict[str, Any]:
    """Return how many labels and merges of people took part, and a digest of them."""
    return {
        "labels": len(decisions.labels),
        "merges": len(decisions.merges),
        "digest": decisions.digest,
    }


def versions() -> dict[str, str]:
    """Return the versions of everything a snapshot depends on."""
    return {
        "clusters": importlib.metadata.version("sichuan-ai-clusters"),
        "python": platform.python_version(),
        "boundaries": boundary_version(),
        "zones": zone_version(),
        "parks": data_version("parks"),
        "gazetteer": data_version("gazetteer"),
        "taxonomy": data_version("taxonomy"),
        "metrics": METRIC_VERSION,
    }


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
