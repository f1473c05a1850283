"""Commands that hand tables and layers out: measure and export."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from clusters.cli import named
from clusters.cli.console import (
    Language,
    LanguageOption,
    SnapshotOption,
    WorkspaceOption,
    language_of,
    ledger_in,
    needs_ending,
    open_or_build,
    out,
)
from clusters.errors import InputError


class By(StrEnum):
    """Areal units."""

    prefecture = "prefecture"
    county = "county"
    zone = "zone"
    park = "park"


class MeasuredBy(StrEnum):
    """Areal units of the metric table."""

    prefecture = "prefecture"
    county = "county"
    zone = "zone"
    park = "park"
    hexagon = "hexagon"


class MetricTable(StrEnum):
    """Tables of metrics a snapshot holds."""

    areas = "areas"
    sensitivity = "sensitivity"
    distances = "distances"
    ellipses = "ellipses"


class Industry(StrEnum):
    """Ways to group firms."""

    segment = "segment"
    chain_layer = "chain_layer"
    ai = "ai"


class Weight(StrEnum):
    """What is summed."""

    firms = "firms"
    employees = "employees"
    registered_capital = "registered_capital"
    revenue = "revenue"


class LayerName(StrEnum):
    """Layers that can be exported."""

    enterprises = "enterprises"
    areas = "areas"
    zones = "zones"
    hotspots = "hotspots"
    metrics = "metrics"
    goals = "goals"
    benchmark = "benchmark"


class Relevance(StrEnum):
    """How much a firm has to do with AI."""

    core = "core"
    related = "related"
    weak = "weak"
    none = "none"


class ChainLayer(StrEnum):
    """Layers of the industrial chain."""

    foundation = "foundation"
    technology = "technology"
    application = "application"
    unknown = "unknown"


class Honours(StrEnum):
    """Marks of a firm."""

    listed = "listed"
    honoured = "honoured"


class Precision(StrEnum):
    """How well a place is known."""

    point = "point"
    building = "building"
    street = "street"
    park = "park"
    subdistrict = "subdistrict"
    county = "county"
    prefecture = "prefecture"
    none = "none"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(measure)
    app.command()(export)


def measure(
    target: Annotated[Path, typer.Argument(metavar="OUTPUT", help=".csv, .xlsx or .parquet")],
    by: Annotated[
        MeasuredBy, typer.Option(help="Areal units; hexagons of 17 km hold precise firms only.")
    ] = MeasuredBy.prefecture,
    industry: Annotated[Industry, typer.Option(help="Grouping of firms.")] = Industry.segment,
    weight: Annotated[Weight, typer.Option(help="What is summed.")] = Weight.firms,
    table: Annotated[
        MetricTable,
        typer.Option(
            help="areas: the long table; sensitivity: segments over several areal units; "
            "distances: Kd and M with bands; ellipses. Only the first depends on other options."
        ),
    ] = MetricTable.areas,
    language: LanguageOption = None,
    workspace: WorkspaceOption = None,
    snapshot: SnapshotOption = None,
) -> None:
    """Write a table of cluster metrics.

    Each cell has value, interval, doubt, p, q, method and note.

    Example: clusters measure lq.xlsx --by county --industry segment
    """
    from clusters.export.definitions import definitions_of, metrics_in
    from clusters.export.measured import MetricRequest
    from clusters.export.tables import write_table
    from clusters.export.views import metric_table
    from clusters.measuring import remeasure

    needs_ending(target, ".csv", ".xlsx", ".parquet")
    held = open_or_build(workspace, snapshot)
    if table is not MetricTable.areas:
        found = getattr(held, table.value)
    elif weight is Weight.firms:
        found = metric_table(held, by=by.value, industry=industry.value)
    else:
        found = remeasure(held, level=by.value, scheme=industry.value, weight=weight.value)
    chosen = _language(target, language)
    request = MetricRequest(by.value, industry.value, weight.value, table.value, chosen)
    write_table(
        found,
        target,
        provenance=request.provenance(held, ending=target.suffix.lower()),
        language=language_of(language),
        definitions=definitions_of(metrics_in(found)),
        canonical=chosen is None,
    )
    out.print(f"{len(found)} values of snapshot {held.id} written to {target}", markup=False)


def export(
    target: Annotated[
        Path, typer.Argument(metavar="OUTPUT", help=".gpkg, .geojson, .parquet, .csv or .xlsx")
    ],
    layer: Annotated[LayerName, typer.Option(help="What to export.")] = LayerName.enterprises,
    by: Annotated[By, typer.Option(help="Areal units of the layer areas.")] = By.county,
    prefecture: Annotated[
        list[str] | None, typer.Option(help="Only firms there, by code or name; may be repeated.")
    ] = None,
    county: Annotated[list[str] | None, typer.Option(help="Likewise.")] = None,
    zone: Annotated[list[str] | None, typer.Option(help="Likewise, by id or name.")] = None,
    park: Annotated[list[str] | None, typer.Option(help="Likewise, by id or name.")] = None,
    relevance: Annotated[
        list[Relevance] | None, typer.Option(help="Only firms that have this much to do with AI.")
    ] = None,
    chain_layer: Annotated[
        list[ChainLayer] | None,
        typer.Option(help="Only this layer of the chain; unknown: firms without one."),
    ] = None,
    segment: Annotated[
        list[str] | None,
        typer.Option(help="Only this segment, by id or name; unknown: firms without one."),
    ] = None,
    honours: Annotated[
        list[Honours] | None,
        typer.Option(
            help="Only firms listed on an exchange, or with honours; both if given twice."
        ),
    ] = None,
    precision: Annotated[
        list[Precision] | None, typer.Option(help="Only places known this well.")
    ] = None,
    founded_from: Annotated[int | None, typer.Option(help="First year of founding.")] = None,
    founded_to: Annotated[int | None, typer.Option(help="Last year of founding.")] = None,
    within: Annotated[
        str | None,
        typer.Option(
            metavar="AREA",
            help="Only firms placed inside, to the street or better: p and corners as lon,lat,…, "
            "or c and lon,lat,metres, as the link of the map after area=.",
            show_default=False,
        ),
    ] = None,
    language: LanguageOption = None,
    workspace: WorkspaceOption = None,
    snapshot: SnapshotOption = None,
) -> None:
    """Write firms, areas, zones or other layers to a file.

    Filtered as the map is, in the format of the file's ending.

    Example: clusters export firms.gpkg --layer enterprises --prefecture 510100

    Example: clusters export near.csv --within c104.06,30.66,5000 --honours listed

    Example: clusters export areas.xlsx --layer areas --by prefecture --language zh
    """
    from clusters.export.definitions import definitions_of, metrics_in
    from clusters.export.layers import TableRequest, layer_table
    from clusters.export.tables import write_table
    from clusters.maps.firm_filter import FirmFilter, area_of

    needs_ending(target, ".gpkg", ".geojson", ".parquet", ".csv", ".xlsx")
    if founded_from is not None and founded_to is not None and founded_from > founded_to:
        raise InputError(
            f"--founded-from {founded_from} is after --founded-to {founded_to}; swap them"
        )
    found = open_or_build(workspace, snapshot)
    filters = FirmFilter(
        prefectures=named.prefecture_ids(prefecture),
        counties=named.county_ids(county),
        zones=named.zone_ids(zone),
        parks=named.park_ids(park, found.parks),
        relevance=tuple(each.value for each in relevance or ()),
        chain_layers=tuple(each.value for each in chain_layer or ()),
        segments=named.segment_ids(segment),
        honours=tuple(each.value for each in honours or ()),
        precisions=tuple(each.value for each in precision or ()),
        founded_from=founded_from,
        founded_to=founded_to,
        within="" if within is None else area_of(within).text,
    )
    request = TableRequest(layer.value, by.value, filters, _language(target, language))
    with ledger_in(workspace) as ledger:
        table = layer_table(found, request, ledger=ledger)
        record = request.provenance(found, ending=target.suffix.lower(), ledger=ledger)
    write_table(
        table,
        target,
        provenance=record,
        language=language_of(language),
        definitions=definitions_of(metrics_in(table)),
        layer=layer.value,
        canonical=request.language is None,
    )
    out.print(f"{len(table)} rows of snapshot {found.id} written to {target}", markup=False)


def _language(target: Path, language: Language | None) -> Literal["zh", "en"] | None:
    """Return the language of the headers; a workbook has one, a file for programs has none."""
    if language is None and target.suffix.lower() != ".xlsx":
        return None
    return language_of(language)
