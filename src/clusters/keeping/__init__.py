"""Keep a workspace and its ledger in one file, and bring them back."""

from clusters.keeping.archive import Kept, backup
from clusters.keeping.restoring import Restored, restore

__all__ = ["Kept", "Restored", "backup", "restore"]
