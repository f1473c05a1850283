"""The `clusters` command: one file for each group of commands, put together here.

Exit codes: 0 done; 1 a bug of ours; 2 the input or the call is at fault and nothing was published
or overwritten; 130 interrupted, nothing half-written.
"""

import os
import sys
import traceback
from importlib.metadata import version
from typing import Annotated

import typer

from clusters.cli.brief import register as register_brief
from clusters.cli.compare import register as register_compare
from clusters.cli.console import say_error
from clusters.cli.demo import register as register_demo
from clusters.cli.doctor import register as register_doctor
from clusters.cli.firms import register as register_firms
from clusters.cli.house import register as register_house
from clusters.cli.ingest import register as register_ingest
from clusters.cli.keep import register as register_keep
from clusters.cli.ledger import register as register_ledger
from clusters.cli.observe import register as register_observe
from clusters.cli.parks import register as register_parks
from clusters.cli.provenance import register as register_provenance
from clusters.cli.review import register as register_review
from clusters.cli.screen import register as register_screen
from clusters.cli.tables import register as register_tables
from clusters.cli.targets import register as register_targets
from clusters.cli.zones import register as register_zones
from clusters.errors import ClustersError


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"clusters {version('sichuan-ai-clusters')}")
        raise typer.Exit


app = typer.Typer(
    name="clusters",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for register in (
    register_ingest,
    register_compare,
    register_parks,
    register_observe,
    register_review,
    register_ledger,
    register_screen,
    register_demo,
    register_house,
    register_doctor,
    register_zones,
    register_targets,
    register_firms,
    register_tables,
    register_brief,
    register_provenance,
    register_keep,
):
    register(app)


@app.callback()
def clusters(
    version_asked: Annotated[  # its callback answers before any command runs
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_say_version, is_eager=True
        ),
    ] = False,
) -> None:
    """See, measure and steer the AI industry of Sichuan.

    Begin with: clusters app, or with your own file: clusters run firms.xlsx
    """


def main() -> None:
    """Run the command and turn every end into its exit code."""
    try:
        app(prog_name="clusters")
    except ClustersError as error:
        say_error(str(error))
        sys.exit(2)
    except BrokenPipeError:  # the reader of our output, such as `head`, has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - the last door: a traceback must not reach a user
        say_error(
            f"this is a bug of ours: {type(error).__name__}: {error}\n"
            "Nothing was published. Run again with CLUSTERS_DEBUG=1 and report what it prints."
        )
        if os.environ.get("CLUSTERS_DEBUG"):
            traceback.print_exc()
        sys.exit(1)
