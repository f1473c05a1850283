"""A table of metrics to take away: one request for the page's button and the command line."""

import shlex
from dataclasses import dataclass

from clusters.export.provenance import Provenance
from clusters.export.views import SnapshotLike
from clusters.maps.words import Language


@dataclass(frozen=True)
class MetricRequest:
    """One table of metrics.

    Attributes
    ----------
    by, industry, weight : str
        Areal units, grouping of firms and what is summed, of the long table.
    table : str
        ``areas`` is the long table; the others depend on nothing else.
    language : Language, optional
        Headers and values for people; canonical names for programs where None.
    """

    by: str = "prefecture"
    industry: str = "segment"
    weight: str = "firms"
    table: str = "areas"
    language: Language | None = None

    def options(self) -> dict[str, str]:
        """Return what was asked for, by option of ``clusters measure``."""
        if self.table != "areas":
            return {"table": self.table}
        return {"by": self.by, "industry": self.industry, "weight": self.weight}

    def command(self, *, ending: str, snapshot: str) -> str:
        """Return the command line that writes the table from the snapshot."""
        stem = "metrics-" + (self.by if self.table == "areas" else self.table)
        words = ["clusters", "measure", f"{stem}{ending}"]
        words += [word for name, value in self.options().items() for word in (f"--{name}", value)]
        words += ["--language", self.language] if self.language else []
        return shlex.join([*words, "--snapshot", snapshot])

    def provenance(self, snapshot: SnapshotLike, *, ending: str) -> Provenance:
        """Return the record of the file."""
        return Provenance.from_manifest(
            snapshot.manifest,
            command=self.command(ending=ending, snapshot=snapshot.id),
            filters=self.options(),
        )
