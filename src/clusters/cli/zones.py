"""Commands about footprints of zones: list, import, reset."""

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clusters.cli.console import (
    Datum,
    JsonOption,
    WorkspaceOption,
    folder,
    out,
    say_json,
    say_table,
)
from clusters.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from clusters.places.footprints import FootprintChange, ImportReport

zones_app = typer.Typer(help="Footprints of zones.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(zones_app, name="zones")


@zones_app.command(name="list")
def list_zones(json: JsonOption = False) -> None:
    """List all zones and what is known of their footprints.

    Example: clusters zones list
    """
    from clusters.places.zones import zone_version, zones

    columns = [
        "zone_id",
        "name_zh",
        "name_en",
        "geometry_basis",
        "area_km2_drawn",
        "boundary_error_m",
        "assumed",
        "source_note",
    ]
    table = zones()[columns].astype(object)
    table = table.where(table.notna(), None)
    if json:
        say_json({"version": zone_version(), "zones": table.to_dict(orient="records")})
        return
    rows = [
        [
            row.zone_id,
            row.name_zh,
            row.geometry_basis or "no footprint",
            "" if row.area_km2_drawn is None else f"{row.area_km2_drawn:,.1f}",
            "" if row.boundary_error_m is None else f"{row.boundary_error_m:,.0f}",
            row.source_note if row.geometry_basis == "official" else "",
        ]
        for row in table.itertuples(index=False)
    ]
    say_table(
        f"zones, version {zone_version()}",
        ["zone", "name", "footprint", "km²", "error m", "source"],
        rows,
    )


@zones_app.command(name="import")
def import_zones(
    source: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="GeoJSON, GeoPackage, Shapefile (.shp, .zip) or KML."),
    ],
    zone: Annotated[
        str | None, typer.Option(help="Zone of all features, where the file has no zone_id.")
    ] = None,
    datum: Annotated[
        Datum, typer.Option(help="Datum of longitudes and latitudes; auto estimates it.")
    ] = Datum.auto,
    crs: Annotated[
        str | None, typer.Option(help="CRS where the file names none or a wrong one: EPSG:4490.")
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Layer of a file with several.")] = None,
    error: Annotated[
        float | None, typer.Option(help="Error of the footprint in metres; default 0.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change and write nothing.")
    ] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Replace footprints by official ones.

    Says what changes.

    The next run uses them; `clusters zones reset` takes them back.

    Example: clusters zones import official.kml --zone tianfu-wireless-valley --datum gcj02
    """
    from clusters.places.footprints import import_footprints

    report = import_footprints(
        source,
        zone_id=zone,
        layer=layer,
        crs=crs,
        datum=datum.value,
        error_m=error,
        firms=_published_firms(folder(workspace)),
        write=not dry_run,
    )
    if json:
        say_json({**dataclasses.asdict(report), "written": not dry_run})
        return
    _say(report, written=not dry_run)


@zones_app.command(name="reset")
def reset_zones(
    zone_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ZONE_ID]...", help="Zones to reset.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Reset all zones.")] = False,
    json: JsonOption = False,
) -> None:
    """Take imported footprints back; shipped ones count again.

    Example: clusters zones reset tianfu-wireless-valley
    """
    from clusters.places.footprints import reset_footprints
    from clusters.places.zones import zone_version

    if everything == bool(zone_ids):
        raise InputError("name the zones to reset, or give --all")
    done = reset_footprints(None if everything else zone_ids)
    if json:
        say_json({"reset": list(done), "version": zone_version()})
        return
    out.print(f"reset: {', '.join(done) or 'nothing was imported'}; run the registry again")


def _published_firms(workspace: Path) -> "pd.DataFrame | None":
    from clusters.workspace import open_snapshot, published_id

    if published_id(workspace) is None:
        return None
    return open_snapshot(workspace).enterprises


def _say(report: "ImportReport", *, written: bool) -> None:
    for change in report.changes:
        say_table(f"{change.zone_id}  {change.name_zh}", ["", "before", "after"], _rows(change))
    measured = ", ".join(f"{name} {m / 1000:.1f} km" for name, m in report.datum.shared_m.items())
    followed = f"; edge along county borders: {measured}" if measured else ""
    out.print(f"datum: {report.datum.datum} ({report.datum.basis}{followed})", markup=False)
    if report.datum.datum == "unknown":
        out.print(
            "The file does not tell its datum and the footprint gives no hint: it is taken as WGS "
            "84 and 1500 m are added to its error. Import again with --datum if you know it."
        )
    if written:
        out.print(f"zones are now version {report.version_after}; run the registry again")
    else:
        out.print("nothing was written (--dry-run)")


def _rows(change: "FootprintChange") -> list[list[str]]:
    rows = [
        ["basis", change.basis_before or "no footprint", "official"],
        ["area, km²", _number(change.area_km2_before, 2), _number(change.area_km2_after, 2)],
        ["counties", " ".join(change.counties_before), " ".join(change.counties_after)],
        ["error, m", "", _number(change.error_m, 0)],
        ["features joined", "", str(change.features)],
        ["shift of the centre, m", "", _number(change.shift_m, 0)],
        ["overlap, share of the smaller", "", f"{change.overlap:.1%}"],
        ["overlap, share of both (IoU)", "", f"{change.iou:.1%}"],
    ]
    firms = change.firms
    if firms is None:
        return [*rows, ["firms", "", "no snapshot published yet"]]
    return [
        *rows,
        ["firms with a point inside", str(firms.inside_before), str(firms.inside_after)],
        ["firms that enter the zone", "", str(firms.entered)],
        ["firms that leave the zone", "", str(firms.left)],
    ]


def _number(value: float, digits: int) -> str:
    return "" if math.isnan(value) else f"{value:,.{digits}f}"
