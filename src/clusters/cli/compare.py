"""The command that compares two snapshots."""

from pathlib import Path
from typing import Annotated

import typer

from clusters.cli.console import (
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
    cells,
    command_line,
    folder,
    needs_ending,
    out,
    say_json,
    say_table,
)
from clusters.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(compare)


def compare(
    before: Annotated[str, typer.Argument(metavar="A", help="Earlier snapshot.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Later snapshot.")],
    output: Annotated[
        Path | None,
        typer.Option(help="Write all changes to this .csv, .xlsx or .parquet.", show_default=False),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--map", help="Write flows between zones as a map to this .html.", show_default=False
        ),
    ] = None,
    language: LanguageOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Say what became of firms between two snapshots.

    Which entered, left, moved, changed name, class or size.

    Example: clusters compare 20260601T080000Z-1a2b3c 20261122T101500Z-3f9c2a
    """
    from datetime import date

    from clusters.changes import KINDS, alerts
    from clusters.changes import compare as changes_between
    from clusters.export.flow_map import flow_page
    from clusters.export.provenance import Provenance
    from clusters.export.tables import write_table, write_whole
    from clusters.goals.benchmark import watched_firms
    from clusters.workspace import open_snapshot

    if picture is not None and picture.suffix.lower() != ".html":
        raise InputError(f"--map {picture.name}: the map is a web page; end its name in .html")
    if output is not None:
        needs_ending(output, ".csv", ".xlsx", ".parquet")
    place = folder(workspace)
    old, new = open_snapshot(place, before), open_snapshot(place, after)
    found = changes_between(old, new)
    watched = watched_firms(old.enterprises, new.enterprises)
    warned = alerts(found, watched, as_of=date.fromisoformat(new.manifest["as_of"][:10]))
    tables = {name: getattr(found, name) for name in KINDS}
    tables |= {"flows": found.flows, "balances": found.balances, "alerts": warned}
    provenance = Provenance.from_manifest(new.manifest, command=command_line())
    if picture is not None:
        tongue = language or Language.zh
        page = flow_page(found, language=tongue.value, provenance=provenance)
        write_whole(picture, page.encode())
    if output is not None:
        write_table(found.long(), output, provenance=provenance, canonical=True)
    if json:
        say_json({name: table.to_dict("records") for name, table in tables.items()})
        return
    for name, table in tables.items():
        out.print(f"{name}: {len(table)}")
        if len(table):
            say_table("", list(table.columns), cells(table.head(10)))
