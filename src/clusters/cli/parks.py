"""Commands for the list of parks."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clusters.cli.console import (
    JsonOption,
    WorkspaceOption,
    folder,
    out,
    progress,
    say_json,
    say_table,
)
from clusters.errors import InputError

if TYPE_CHECKING:
    from clusters.places.park_files import ParkRegistry
    from clusters.workspace import Snapshot

parks_app = typer.Typer(help="Industrial parks.", no_args_is_help=True)

ParkMappingOption = Annotated[
    Path | None,
    typer.Option(help="TOML file that says which column is what.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(parks_app, name="parks")


@parks_app.command(name="import")
def import_file(
    source: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Table of parks: 园区名称, 级别, 地址, 经度, 纬度"),
    ],
    mapping: ParkMappingOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; keep nothing.")] = False,
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish the present firms again with these parks.")
    ] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Keep the parks of a table, beside those shipped.

    A park of the same name is replaced. Maps, screening and figures of the next run use them.

    Example: clusters parks import parks.xlsx --publish
    """
    from clusters.places.park_files import keep_parks, read_parks
    from clusters.registry.remembered import recall_parks_for

    place = folder(workspace)
    read = read_parks(source, mapping or recall_parks_for(place, source))
    if not dry_run:
        keep_parks(place, read)
    if not json:
        _say(read, written=not dry_run, published=publish)
    made = _publish(place) if publish and not dry_run else None
    if json:
        say_json(
            {
                "parks": read.table["park_id"].tolist(),
                "account": asdict(read.account),
                "findings": read.report["rule"].value_counts().sort_index().to_dict(),
                "written": not dry_run,
                "published": None if made is None else made.id,
            }
        )
    elif made is not None:
        out.print(f"snapshot {made.id} published in {made.path}", markup=False)


@parks_app.command(name="list")
def list_parks(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """List the parks imported into the workspace.

    Example: clusters parks list
    """
    from clusters.places.park_files import kept_parks

    kept = kept_parks(folder(workspace))
    columns = ["park_id", "name_zh", "level", "county_codes", "lon", "lat", "registry"]
    rows = [] if kept is None else kept[columns].to_dict("records")
    if json:
        say_json(rows)
        return
    if not rows:
        out.print("no parks were imported; the shipped ones are in use")
        return
    say_table("", columns, [[str(row[name]) for name in columns] for row in rows])


@parks_app.command(name="reset")
def reset_parks(
    park_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[PARK_ID]...", help="Parks to forget.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Forget all imported parks.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Forget imported parks; the shipped ones count again.

    Example: clusters parks reset --all
    """
    from clusters.places.park_files import forget_parks

    if everything == bool(park_ids):
        raise InputError("name the parks to forget, or give --all")
    gone = forget_parks(folder(workspace), None if everything else park_ids)
    out.print(f"{len(gone)} parks forgotten; run the registry again", markup=False)


def _say(read: "ParkRegistry", *, written: bool, published: bool) -> None:
    from clusters.cli.checked import say_findings

    account = read.account
    out.print(
        f"{account.read} rows read = {account.kept} parks + {account.duplicates} duplicates "
        f"+ {account.rejected} rejected"
    )
    say_findings(read.report)
    used = "publishing with them now" if published else "they are used from the next run on"
    kept = f"kept; {used}" if written else "nothing was kept (--dry-run)"
    out.print(f"{account.kept} parks: {kept}")


def _publish(place: Path) -> "Snapshot":
    from clusters.republish import publish_with_parks

    with progress() as step:
        return publish_with_parks(place, progress=step)
