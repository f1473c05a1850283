"""Commands that keep a whole workspace with its ledger, and bring it back."""

from pathlib import Path
from typing import Annotated

import typer

from clusters.cli.console import (
    WhoOption,
    WorkspaceOption,
    account_of,
    folder,
    ledger_in,
    needs_ending,
    out,
    progress,
)
from clusters.settings import get_settings


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(backup)
    app.command()(restore)


def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE.zip", help="Archive to write.")],
    snapshot: Annotated[
        list[str] | None,
        typer.Option(
            help="Keep this snapshot and the published one only; may be repeated.",
            show_default=False,
        ),
    ] = None,
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Write everything that must be kept to one archive.

    Snapshots, mappings, own footprints and the ledger; the app may run on.

    Example: clusters backup clusters-2026-11-22.zip
    """
    from clusters.keeping import backup as keep
    from clusters.ledger import note

    needs_ending(target, ".zip")
    place = folder(workspace)
    with ledger_in(workspace) as ledger:
        with progress() as step:
            step("writing")
            kept = keep(place, target, ledger, snapshots=snapshot)
        if not ledger.read_only:
            told = {"archive": target.name, "snapshots": len(kept.snapshots)}
            note(ledger, "workspace.backup", told, who=account_of(who))
    out.print(
        f"{target}: {len(kept.snapshots)} snapshots, {sum(kept.rows.values())} rows of the ledger, "
        f"{kept.size_bytes / 1e6:.1f} MB",
        markup=False,
    )


def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE.zip", help="Archive of a backup.")],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Replace what is there; it is written to an archive first."),
    ] = False,
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Bring a backup back into an empty workspace and ledger.

    Everything is checked first.

    The ledger goes where CLUSTERS_LEDGER_URL says, or into the workspace, whichever database it
    came from.

    Example: clusters restore clusters-2026-11-22.zip --workspace restored
    """
    from clusters.keeping import restore as bring_back

    place = folder(workspace)
    with progress() as step:
        step("checking and writing")
        done = bring_back(
            source,
            place,
            get_settings().ledger_url or place,
            who=account_of(who),
            replace=replace,
        )
    out.print(
        f"{place}: {len(done.snapshots)} snapshots, published {done.published or 'none'}, "
        f"{sum(done.rows.values())} rows of the ledger",
        markup=False,
    )
    if done.before is not None:
        out.print(f"what was there before: {done.before}", markup=False)
