"""See, measure and steer the AI industry of Sichuan.

The public API on one screen. Names are loaded when first used, so importing the package is cheap.

>>> import clusters
>>> snapshot = clusters.run("firms.xlsx")  # doctest: +SKIP
>>> snapshot.metrics  # doctest: +SKIP
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clusters import metrics
    from clusters.changes import compare
    from clusters.counting import count
    from clusters.errors import (
        ClustersError,
        InputError,
        MetricError,
        ShippedDataError,
        WorkspaceError,
    )
    from clusters.geocode.memory import Memory
    from clusters.pipeline import run
    from clusters.places.locate import learn, locate
    from clusters.registry import Registry, read_registry
    from clusters.taxonomy import classify
    from clusters.workspace import Snapshot, list_snapshots, open_snapshot

_HOMES = {
    "read_registry": "clusters.registry",
    "Registry": "clusters.registry",
    "classify": "clusters.taxonomy",
    "learn": "clusters.places.locate",
    "locate": "clusters.places.locate",
    "Memory": "clusters.geocode.memory",
    "count": "clusters.counting",
    "run": "clusters.pipeline",
    "Snapshot": "clusters.workspace",
    "open_snapshot": "clusters.workspace",
    "list_snapshots": "clusters.workspace",
    "compare": "clusters.changes",
    "ClustersError": "clusters.errors",
    "InputError": "clusters.errors",
    "MetricError": "clusters.errors",
    "ShippedDataError": "clusters.errors",
    "WorkspaceError": "clusters.errors",
}

__all__ = [
    "ClustersError",
    "InputError",
    "Memory",
    "MetricError",
    "Registry",
    "ShippedDataError",
    "Snapshot",
    "WorkspaceError",
    "classify",
    "compare",
    "count",
    "learn",
    "list_snapshots",
    "locate",
    "metrics",
    "open_snapshot",
    "read_registry",
    "run",
]


def __getattr__(name: str) -> object:
    """Load a public name from its room (PEP 562)."""
    if name == "metrics":
        return importlib.import_module("clusters.metrics")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'clusters' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
