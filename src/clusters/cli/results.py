"""Commands that hand results out: measure, export, goals, brief."""

import contextlib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from clusters.cli.console import (
    SnapshotOption,
    WorkspaceOption,
    command_line,
    folder,
    out,
)
from clusters.cli.console import open_or_build as _open
from clusters.errors import InputError
from clusters.settings import get_settings

if TYPE_CHECKING:
    from clusters.export.provenance import Provenance
    from clusters.workspace import Snapshot

goals_app = typer.Typer()


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


class Size(StrEnum):
    """Sizes of a map sheet."""

    slide = "16:9"
    a4 = "A4"
    a3 = "A3"


class LayerName(StrEnum):
    """Layers that can be exported."""

    enterprises = "enterprises"
    areas = "areas"
    zones = "zones"
    hotspots = "hotspots"


class Language(StrEnum):
    """Language of headers and texts."""

    zh = "zh"
    en = "en"


_WARNINGS = {
    "review_number_missing": "the map has no 审图号; set CLUSTERS_REVIEW_NUMBER to print one"
}

LanguageOption = Annotated[
    Language | None,
    typer.Option(help="Language of headers and texts; column names if none.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(measure)
    app.command()(export)
    app.command()(brief)
    app.add_typer(goals_app, name="goals")


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
    """Write a metric table of a snapshot: value, interval, doubt, p, q, method, note of each cell.

    Example: clusters measure lq.xlsx --by county --industry segment
    """
    from clusters.export.definitions import definitions_of, metrics_in
    from clusters.export.tables import write_table
    from clusters.export.views import metric_table
    from clusters.pipeline import remeasure

    _needs(target, ".csv", ".xlsx", ".parquet")
    opened = _open(workspace, snapshot)
    if table is not MetricTable.areas:
        found = getattr(opened, table.value)
    elif weight is Weight.firms:
        found = metric_table(opened, by=by.value, industry=industry.value)
    else:
        found = remeasure(opened, level=by.value, scheme=industry.value, weight=weight.value)
    write_table(
        found,
        target,
        provenance=_provenance(opened),
        language=_language(language),
        definitions=definitions_of(metrics_in(found)),
        canonical=language is None,
    )
    out.print(f"{len(found)} values of snapshot {opened.id} written to {target}", markup=False)


def export(
    target: Annotated[
        Path, typer.Argument(metavar="OUTPUT", help=".gpkg, .geojson, .parquet, .csv or .xlsx")
    ],
    layer: Annotated[LayerName, typer.Option(help="What to export.")] = LayerName.enterprises,
    by: Annotated[By, typer.Option(help="Areal units of the layer areas.")] = By.county,
    language: LanguageOption = None,
    workspace: WorkspaceOption = None,
    snapshot: SnapshotOption = None,
) -> None:
    """Write a layer of a snapshot in the format of the file's ending.

    Example: clusters export firms.gpkg --layer enterprises
    """
    from clusters.export import views
    from clusters.export.tables import write_table

    _needs(target, ".gpkg", ".geojson", ".parquet", ".csv", ".xlsx")
    opened = _open(workspace, snapshot)
    if layer is LayerName.enterprises:
        table = views.enterprise_table(opened)
    elif layer is LayerName.areas:
        table = views.area_layer(opened, by.value)
    elif layer is LayerName.zones:
        table = views.zone_layer()
    else:
        table = views.hotspot_layer(opened)
    write_table(
        table,
        target,
        provenance=_provenance(opened),
        language=_language(language),
        layer=layer.value,
        canonical=language is None,
    )
    out.print(f"{len(table)} rows of snapshot {opened.id} written to {target}", markup=False)


def brief(
    target: Annotated[Path, typer.Argument(metavar="OUTPUT", help=".png, .svg or .pdf")],
    area: Annotated[
        str, typer.Option(help="province, a prefecture or county code, or a zone id.")
    ] = "province",
    metric: Annotated[
        str | None,
        typer.Option(
            help="Colour areas by this metric instead of drawing firms.", show_default=False
        ),
    ] = None,
    by: Annotated[By, typer.Option(help="Areal units of --metric.")] = By.prefecture,
    industry: Annotated[
        str, typer.Option(help="Industry of --metric: ai:ai, chain_layer:… or segment:….")
    ] = "ai:ai",
    size: Annotated[Size, typer.Option(help="Size of the sheet.")] = Size.slide,
    language: LanguageOption = None,
    workspace: WorkspaceOption = None,
    snapshot: SnapshotOption = None,
) -> None:
    """Write a map of a snapshot as a picture, with legend, scale, source and provenance.

    Example: clusters brief chengdu.png --area 510100 --size A4
    """
    from clusters.export.pictures import MapRequest, map_picture
    from clusters.export.tables import write_whole
    from clusters.maps.choropleth import Selection

    _needs(target, ".png", ".svg", ".pdf")
    opened = _open(workspace, snapshot)
    formats: dict[str, Literal["png", "svg", "pdf"]] = {".png": "png", ".svg": "svg", ".pdf": "pdf"}
    scheme, _, name = industry.partition(":")
    request = MapRequest(
        area=area,
        layer="firms" if metric is None else "metric",
        selection=Selection(by.value, metric or "lq_population", scheme=scheme, industry=name),
        language=_language(language),
        size=size.value,
        fmt=formats[target.suffix.lower()],
    )
    picture = map_picture(
        opened, request, made=opened.created.date(), provenance=_provenance(opened)
    )
    write_whole(target, picture.data)
    for warning in picture.warnings:
        out.print(f"warning: {_WARNINGS[warning]}", markup=False)
    out.print(f"map of snapshot {opened.id} written to {target}", markup=False)


@goals_app.command()
def observe(
    indicator: Annotated[str, typer.Argument(help="Indicator id, see data/goals/indicators.csv.")],
    value: Annotated[str, typer.Argument(help="The published number.")],
    unit: Annotated[str, typer.Option(help="Unit, as the indicator has it.")],
    period: Annotated[str, typer.Option(help="2025, 2025-06, 2025-06-30 or 2025-Q3.")],
    source: Annotated[str, typer.Option(help="Document or address where it is published.")],
    area: Annotated[str, typer.Option(help="Area the value is for.")] = "四川省",
    qualifier: Annotated[str, typer.Option(help="=, >, <, ~ as the source puts it.")] = "=",
    forecast: Annotated[bool, typer.Option("--forecast", help="A forecast, not a fact.")] = False,
    definition: Annotated[
        str, typer.Option(help="Definition group the source counts by.", show_default=False)
    ] = "",
    note: Annotated[str, typer.Option(help="Words of the source.", show_default=False)] = "",
    confidence: Annotated[str, typer.Option(help="high, medium or low.")] = "medium",
    corrects: Annotated[
        int | None, typer.Option(help="Id of the observation this corrects.", show_default=False)
    ] = None,
    who: Annotated[
        str | None,
        typer.Option(help="Account or role that adds it; CLUSTERS_ACCOUNT.", show_default=False),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Add an observed value to the ledger; nothing is ever overwritten.

    Example: clusters goals observe AI_FIRMS 1200 --unit 家 --period 2025 --source 川府发1号
    """
    from clusters.ledger import Draft, add_observation, open_ledger

    draft = Draft(
        indicator_id=indicator,
        area=area,
        period=period,
        value=value,
        unit=unit,
        source=source,
        qualifier=qualifier,
        forecast=forecast,
        definition_group=definition,
        definition_note=note,
        confidence=confidence,
        supersedes=corrects,
    )
    with contextlib.closing(open_ledger(get_settings().ledger_url or folder(workspace))) as ledger:
        number = add_observation(ledger, draft, who=who or get_settings().account)
    out.print(f"observation {number} added", markup=False)


def _needs(target: Path, *endings: str) -> None:
    """Refuse an output this command cannot write before any work is done."""
    if target.suffix.lower() not in endings:
        raise InputError(f"{target}: cannot write this ending; use one of {', '.join(endings)}")


def _language(chosen: Language | None) -> Literal["zh", "en"]:
    return chosen.value if chosen else get_settings().language


def _provenance(snapshot: "Snapshot") -> "Provenance":
    from clusters.export.provenance import Provenance

    return Provenance.from_manifest(snapshot.manifest, command=command_line())
