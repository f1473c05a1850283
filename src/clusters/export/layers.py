"""What can be taken away as a table: one request for the page's button and the command line."""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Final, Literal, get_args

import geopandas as gpd
import pandas as pd

from clusters.errors import InputError
from clusters.export import views
from clusters.export.provenance import Provenance
from clusters.export.views import SnapshotLike
from clusters.goals import assess, benchmark_firms, to_frame
from clusters.ledger import Ledger, observations, records
from clusters.maps.firm_filter import FirmFilter
from clusters.maps.words import Language
from clusters.metrics.counts import Area

LayerName = Literal["enterprises", "areas", "zones", "hotspots", "metrics", "goals", "benchmark"]
LAYERS: Final[tuple[LayerName, ...]] = get_args(LayerName)
OPTIONS: Final[Mapping[str, str]] = {
    "prefectures": "--prefecture",
    "counties": "--county",
    "zones": "--zone",
    "parks": "--park",
    "relevance": "--relevance",
    "chain_layers": "--chain-layer",
    "segments": "--segment",
    "honours": "--honours",
    "precisions": "--precision",
    "founded_from": "--founded-from",
    "founded_to": "--founded-to",
    "within": "--within",
}
"""Filters of firms by their field, and the option of ``clusters export`` that sets each."""


@dataclass(frozen=True)
class TableRequest:
    """One table to take away.

    Attributes
    ----------
    by : Area
        Areal units of the layer ``areas``.
    filters : FirmFilter
        Which firms, for ``enterprises`` and ``benchmark``.
    language : Language, optional
        Headers and values for people; canonical names for programs where None.
    """

    layer: LayerName = "enterprises"
    by: Area = "county"
    filters: FirmFilter = field(default_factory=FirmFilter)
    language: Language | None = None

    @property
    def stem(self) -> str:
        """Name of the file without ending."""
        return f"{self.layer}-{self.by}" if self.layer == "areas" else self.layer

    def chosen(self) -> dict[str, object]:
        """Return the filters that are set, by field."""
        every = {one.name: getattr(self.filters, one.name) for one in fields(self.filters)}
        return {name: value for name, value in every.items() if value not in ((), None, "")}

    def command(self, *, ending: str, snapshot: str) -> str:
        """Return the command line that writes the table from the snapshot."""
        words = ["clusters", "export", f"{self.stem}{ending}", "--layer", self.layer]
        if self.layer == "areas":
            words += ["--by", self.by]
        for name, value in self.chosen().items():
            values = value if isinstance(value, tuple) else (value,)
            words += [part for one in values for part in (OPTIONS[name], str(one))]
        if self.language:
            words += ["--language", self.language]
        return shlex.join([*words, "--snapshot", snapshot])

    def provenance(
        self, snapshot: SnapshotLike, *, ending: str, ledger: Ledger | None = None
    ) -> Provenance:
        """Return the record of the file."""
        extra: dict[str, object] = {}
        if self.layer == "goals":
            extra["targets_as_of"] = snapshot.created.date().isoformat()
            extra |= ledger_state(ledger)
        if self.layer == "benchmark":
            extra |= ledger_state(ledger)
        return Provenance.from_manifest(
            snapshot.manifest,
            command=self.command(ending=ending, snapshot=snapshot.id),
            filters=self.chosen(),
            extra=extra,
        )


def ledger_state(ledger: Ledger | None) -> dict[str, str]:
    """Return how far the ledger had come, for the record of a file that rests on it."""
    if ledger is None:
        return {}
    return {
        "ledger_observations": str(len(observations(ledger))),
        "ledger_benchmark_decisions": str(len(records(ledger, "benchmark", history=True))),
    }


def layer_table(
    snapshot: SnapshotLike, request: TableRequest, *, ledger: Ledger | None = None
) -> pd.DataFrame:
    """Return the table of a request; a GeoDataFrame where there is geometry.

    Targets are judged on the day the snapshot was published.

    Raises
    ------
    InputError
        If filters are set for a layer that has no firms, or the snapshot lacks the metrics.
    """
    if request.chosen() and request.layer not in {"enterprises", "benchmark"}:
        raise InputError(
            f"the layer {request.layer} cannot be filtered by firms; leave the filters out"
        )
    makers: dict[LayerName, Callable[[], pd.DataFrame]] = {
        "enterprises": lambda: views.enterprise_table(snapshot, filters=request.filters),
        "areas": lambda: views.area_layer(snapshot, request.by),
        "zones": views.zone_layer,
        "hotspots": lambda: views.hotspot_layer(snapshot),
        "metrics": lambda: views.metric_table(snapshot),
        "goals": lambda: to_frame(
            assess(snapshot.enterprises, as_of=snapshot.created.date(), ledger=ledger)
        ),
        "benchmark": lambda: _benchmark(snapshot, request.filters, ledger),
    }
    return makers[request.layer]()


def _benchmark(
    snapshot: SnapshotLike, filters: FirmFilter, ledger: Ledger | None
) -> gpd.GeoDataFrame:
    """Return the benchmark firms with the points of those the snapshot holds."""
    table = benchmark_firms(snapshot.enterprises, ledger=ledger).table
    points = snapshot.enterprises.set_index("enterprise_id").geometry
    geometry = gpd.GeoSeries(table["enterprise_id"].map(points), crs="EPSG:4326")
    found = gpd.GeoDataFrame(table, geometry=geometry, crs="EPSG:4326")
    kept = set(filters.select(snapshot.enterprises)["enterprise_id"])
    if filters == FirmFilter():
        return found
    return found[found["enterprise_id"].isin(kept)].reset_index(drop=True)
