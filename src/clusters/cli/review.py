"""Commands for what people decide about firms: labels of relevance, merges."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clusters.cli.console import (
    JsonOption,
    SnapshotOption,
    WorkspaceOption,
    cells,
    folder,
    ledger_in,
    out,
    say_json,
    say_table,
)

if TYPE_CHECKING:
    import pandas as pd

    from clusters.decisions import Decision

labels_app = typer.Typer(help="Say which firms belong to the industry.", no_args_is_help=True)
merges_app = typer.Typer(help="Say which rows are one enterprise.", no_args_is_help=True)
ReasonOption = Annotated[str, typer.Option(help="Why, in your words.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(labels_app, name="labels")
    app.add_typer(merges_app, name="merges")


def _say(table: "pd.DataFrame", *, json: bool, empty: str) -> None:
    if json:
        say_json(table.to_dict("records"))
    elif table.empty:
        out.print(empty)
    else:
        say_table("", list(table.columns), cells(table))


@labels_app.command("suggest")
def suggest(
    count: Annotated[int, typer.Option(min=1, max=200, help="How many firms.")] = 20,
    snapshot: SnapshotOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """List the firms whose label would help most.

    They are in doubt, and unlike each other.

    Example: clusters labels suggest --count 20
    """
    from clusters.decisions import read_decisions
    from clusters.taxonomy.suggest import most_useful
    from clusters.workspace import open_snapshot

    place = folder(workspace)
    firms = open_snapshot(place, snapshot).enterprises
    with ledger_in(workspace) as ledger:
        labelled = read_decisions(ledger).labels
    found = most_useful(firms, count=count, labelled=list(labelled))
    shown = ["enterprise_id", "name", "ai_relevance", "ai_score", "taxonomy_evidence", "usefulness"]
    _say(found[shown], json=json, empty="no firm is left to label")


@labels_app.command("set")
def set_label(
    enterprise: Annotated[str, typer.Argument(help="Id of the firm.")],
    relevance: Annotated[str, typer.Argument(help="core, related, weak or none.")],
    reason: ReasonOption = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Label a firm; it counts from the next run on.

    Example: clusters labels set 91510100XXXXXXXXXX related
    """
    from clusters.decisions import label
    from clusters.settings import get_settings

    who = get_settings().account
    with ledger_in(workspace) as ledger:
        label(ledger, enterprise, relevance, who=who, reason=reason)
    out.print(f"{enterprise}: {relevance}, from the next run on", markup=False)


@labels_app.command("withdraw")
def withdraw_label(
    enterprise: Annotated[str, typer.Argument(help="Id of the firm.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Take a label back.

    Example: clusters labels withdraw 91510100XXXXXXXXXX
    """
    from clusters.decisions import unlabel
    from clusters.settings import get_settings

    with ledger_in(workspace) as ledger:
        unlabel(ledger, enterprise, who=get_settings().account)
    out.print(f"{enterprise}: label withdrawn", markup=False)


@labels_app.command("list")
def list_labels(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """List the labels that count.

    Example: clusters labels list
    """
    import pandas as pd

    from clusters.decisions import read_decisions

    with ledger_in(workspace) as ledger:
        told = read_decisions(ledger).labels
    table = pd.DataFrame(list(told.items()), columns=["enterprise_id", "relevance"])
    _say(table, json=json, empty="no labels yet; see: clusters labels suggest")


@merges_app.command("list")
def list_merges(
    snapshot: SnapshotOption = None, workspace: WorkspaceOption = None, json: JsonOption = False
) -> None:
    """List the rows merged into another, and by which rule.

    Example: clusters merges list
    """
    from clusters.workspace import open_snapshot

    merged = open_snapshot(folder(workspace), snapshot).duplicates
    _say(merged, json=json, empty="no row was merged")


@merges_app.command("candidates")
def candidates(
    snapshot: SnapshotOption = None, workspace: WorkspaceOption = None, json: JsonOption = False
) -> None:
    """List pairs of firms that may be one enterprise.

    Each with its score and what speaks for it.

    Example: clusters merges candidates
    """
    from clusters.workspace import open_snapshot

    found = open_snapshot(folder(workspace), snapshot).candidates
    _say(found, json=json, empty="no pair of firms looks like one enterprise")


@merges_app.command("confirm")
def confirm(
    kept: Annotated[str, typer.Argument(help="Id of the enterprise that stays.")],
    dropped: Annotated[str, typer.Argument(help="Id of the firm that is the same.")],
    reason: ReasonOption = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Confirm that two firms are one, from the next run on.

    Example: clusters merges confirm 91510100XXXXXXXXXX x-0123456789ab
    """
    _decide(kept, dropped, "confirmed", reason, workspace)
    out.print(f"{dropped} is {kept}, from the next run on", markup=False)


@merges_app.command("reverse")
def reverse(
    kept: Annotated[str, typer.Argument(help="Id of the enterprise that kept the row.")],
    dropped: Annotated[str, typer.Argument(help="dropped_id of the row, see: merges list.")],
    reason: ReasonOption = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Take a merge back, from the next run on.

    The row is an enterprise of its own again.

    Example: clusters merges reverse 91510100XXXXXXXXXX x-0123456789ab
    """
    _decide(kept, dropped, "reversed", reason, workspace)
    out.print(f"{dropped} is not {kept}, from the next run on", markup=False)


def _decide(
    kept: str, dropped: str, decision: "Decision", reason: str, workspace: Path | None
) -> None:
    from clusters.decisions import decide_merge
    from clusters.settings import get_settings

    who = get_settings().account
    with ledger_in(workspace) as ledger:
        decide_merge(ledger, kept, dropped, decision, who=who, reason=reason)


@merges_app.command("undecide")
def undecide(
    kept: Annotated[str, typer.Argument(help="First id of the decision.")],
    dropped: Annotated[str, typer.Argument(help="Second id of the decision.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Withdraw a decision about two ids.

    Example: clusters merges undecide 91510100XXXXXXXXXX x-0123456789ab
    """
    from clusters.decisions import undecide_merge
    from clusters.settings import get_settings

    with ledger_in(workspace) as ledger:
        undecide_merge(ledger, kept, dropped, who=get_settings().account)
    out.print(f"decision about {kept} and {dropped} withdrawn", markup=False)
