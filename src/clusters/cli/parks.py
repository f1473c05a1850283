"""Commands for the list of parks."""

from pathlib import Path
from typing import Annotated

import typer

from clusters.cli.console import out

parks_app = typer.Typer(help="Industrial parks.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(parks_app, name="parks")


@parks_app.command(name="import")
def import_file(
    source: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Table of parks: 园区名称, 级别, 地址, 经度, 纬度"),
    ],
) -> None:
    """Add parks, or replace those of the same name; maps, screening and the next run use them.

    Example: clusters parks import parks.xlsx
    """
    from clusters.places.park_files import import_parks

    imported = import_parks(source)
    out.print(f"{len(imported)} imported parks in use; run the registry again")
