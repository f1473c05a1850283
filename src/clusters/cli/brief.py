"""The command that briefs: maps, slides, sheets and web pages of a snapshot; many at once."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.progress import Progress

from clusters.cli.console import (
    LanguageOption,
    SnapshotOption,
    WorkspaceOption,
    err,
    folder,
    language_of,
    ledger_in,
    needs_ending,
    open_or_build,
    out,
)
from clusters.cli.named import area_id, zone_ids
from clusters.errors import InputError
from clusters.settings import get_settings

if TYPE_CHECKING:
    from clusters.export.briefing import Briefing, BriefingRequest
    from clusters.export.briefing.batch import Group
    from clusters.export.pictures import MapRequest
    from clusters.maps.still import Format
    from clusters.maps.words import Language as Tongue
    from clusters.workspace import Snapshot


class Size(StrEnum):
    """Sizes of a sheet."""

    slide = "16:9"
    a4 = "A4"
    a3 = "A3"


class Kind(StrEnum):
    """Formats of a batch."""

    pptx = "pptx"
    pdf = "pdf"
    html = "html"


class Grain(StrEnum):
    """Areal units of a metric map."""

    prefecture = "prefecture"
    county = "county"


_WARNINGS = {
    "review_number_missing": "the map has no 审图号; set CLUSTERS_REVIEW_NUMBER to print one",
    "review_number_unusual": "CLUSTERS_REVIEW_NUMBER is not written as 审图号 are, such as "
    "GS（2024）1234号; check it",
}
_WORKERS = 2


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(brief)


def brief(
    target: Annotated[
        Path,
        typer.Argument(
            metavar="OUTPUT",
            help=".pptx, .pdf, .html or .png; .png or .svg for a map; a folder for a batch",
        ),
    ],
    page: Annotated[
        str | None,
        typer.Option(
            help="overview, zone:ID, area:CODE, firm:ID, screening, compare:SNAPSHOT or map; "
            "zones or firms for a batch. Default: overview, or map for .png and .svg.",
            show_default=False,
        ),
    ] = None,
    area: Annotated[
        str, typer.Option(help="Area of a map: province, or a place by code or name.")
    ] = "province",
    metric: Annotated[
        str | None,
        typer.Option(
            help="Colour the areas of a map by this metric instead of drawing firms.",
            show_default=False,
        ),
    ] = None,
    by: Annotated[Grain, typer.Option(help="Areal units of --metric.")] = Grain.prefecture,
    industry: Annotated[
        str, typer.Option(help="Industry of --metric: ai:ai, chain_layer:… or segment:….")
    ] = "ai:ai",
    size: Annotated[Size, typer.Option(help="Size of the sheet.")] = Size.slide,
    fmt: Annotated[Kind, typer.Option("--format", help="Format of a batch.")] = Kind.pptx,
    language: LanguageOption = None,
    workspace: WorkspaceOption = None,
    snapshot: SnapshotOption = None,
) -> None:
    """Make a briefing or a map, or a whole batch.

    Slides that stay editable, a PDF, or one web page that works offline.

    Example: clusters brief overview.pptx

    Example: clusters brief zone.pdf --page zone:chengdu-htz-new-economy --size A4

    Example: clusters brief firms/ --page firms --format pdf

    Example: clusters brief chengdu.png --area 510100
    """
    from clusters.export.briefing.request import BriefingRequest, parse_page
    from clusters.export.pictures import MapRequest
    from clusters.maps.choropleth import Selection

    tongue = language_of(language)
    if page in {"zones", "firms"}:
        group = cast("Group", page)
        _batch(open_or_build(workspace, snapshot), group, target, fmt.value, tongue, size)
        return
    if _is_map(target, page, area, metric):
        needs_ending(target, ".png", ".svg", ".pdf")
        scheme, _, name = industry.partition(":")
        request = MapRequest(
            area=area_id("--area", area),
            layer="firms" if metric is None else "metric",
            selection=Selection(by.value, metric or "lq_population", scheme=scheme, industry=name),
            language=tongue,
            size=size.value,
            fmt=cast("Format", target.suffix.lower()[1:]),
        )
        _map(open_or_build(workspace, snapshot), request, target)
        return
    needs_ending(target, ".pptx", ".pdf", ".html", ".png")
    kind, subject = parse_page(page or "overview")
    if kind == "area":
        subject = area_id("--page", subject)
    elif kind == "zone":
        subject = zone_ids([subject], option="--page")[0]
    wanted = BriefingRequest(kind, subject, tongue, size.value)
    _briefing(open_or_build(workspace, snapshot), wanted, target, folder(workspace))


def _is_map(target: Path, page: str | None, area: str, metric: str | None) -> bool:
    if page is not None:
        if page != "map" and target.suffix.lower() == ".svg":
            raise InputError(
                f"{target}: a briefing is .pptx, .pdf, .html or .png; for a map use --page map "
                "--area"
            )
        return page == "map"
    if target.suffix.lower() in {".png", ".svg"}:
        return True
    return area != "province" or metric is not None


def _map(snapshot: "Snapshot", request: "MapRequest", target: Path) -> None:
    from clusters.export.maprequest import map_provenance
    from clusters.export.pictures import map_picture
    from clusters.export.tables import write_whole

    picture = map_picture(
        snapshot,
        request,
        made=snapshot.created.date(),
        provenance=map_provenance(snapshot, request),
    )
    write_whole(target, picture.data)
    _warn(picture.warnings)
    out.print(f"map of snapshot {snapshot.id} written to {target}", markup=False)


def _briefing(snapshot: "Snapshot", request: "BriefingRequest", target: Path, place: Path) -> None:
    from clusters.export.briefing import compose, render
    from clusters.export.tables import write_whole

    with ledger_in(place) as ledger:
        briefing: Briefing = compose(snapshot, request, ledger=ledger)
    data = render(snapshot, briefing, target.suffix.lower()[1:], size=request.size)
    write_whole(target, data)
    _warn(briefing.warnings)
    pages = len(briefing.pages)
    out.print(
        f"briefing of snapshot {snapshot.id}, {pages} topics, written to {target}", markup=False
    )


def _batch(
    snapshot: "Snapshot", group: "Group", target: Path, fmt: str, language: "Tongue", size: Size
) -> None:
    from clusters.export.briefing import batch, batch_requests

    if target.suffix and not target.is_dir():
        raise InputError(f"{target}: a batch needs a folder, without an ending")
    with ledger_in(snapshot.path.parent.parent) as ledger:
        requests = batch_requests(
            snapshot, group, language=language, size=size.value, ledger=ledger
        )
    shown = Progress(console=err, transient=True, disable=not err.is_terminal)
    with shown:
        task = shown.add_task(group, total=len(requests))
        paths = batch(
            snapshot,
            requests,
            target,
            fmt=fmt,
            workers=_WORKERS,
            progress=lambda done, _of: shown.update(task, completed=done),
        )
    if not get_settings().review_number:
        _warn(("review_number_missing",))
    out.print(f"{len(paths)} briefings of snapshot {snapshot.id} written to {target}", markup=False)


def _warn(codes: tuple[str, ...]) -> None:
    for code in codes:
        out.print(f"warning: {_WARNINGS[code]}", markup=False)
