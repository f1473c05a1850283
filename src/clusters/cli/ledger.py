"""Commands for the ledger: observations in and out, the value that is used, the audit trail."""

import json as jsonlib
from pathlib import Path
from typing import Annotated

import typer

from clusters.cli.console import (
    JsonOption,
    Language,
    WhoOption,
    WorkspaceOption,
    account_of,
    ledger_in,
    out,
    say_json,
    say_table,
)
from clusters.cli.observe import goals_app

_LONGEST_CELL = 120


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    goals_app.command("import")(import_)
    goals_app.command()(export)
    goals_app.command()(prefer)
    app.command()(audit)


def import_(
    source: Annotated[Path, typer.Argument(metavar="FILE", help=".csv or .xlsx")],
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Add the observations of a table, all or none.

    None is added where one row cannot be accepted.

    The columns are those of an export, by name or by Chinese header; indicator_id, area, period,
    value, unit and source are needed. A row of an export that is here already is passed over.

    Example: clusters goals import observations.xlsx --who 统计处
    """
    from clusters.ledger.importing import import_observations

    with ledger_in(workspace) as ledger:
        done = import_observations(ledger, source, who=account_of(who))
    passed = f", {done.unchanged} were here already" if done.unchanged else ""
    out.print(f"{len(done.added)} observations added{passed}", markup=False)


def export(
    target: Annotated[Path, typer.Argument(metavar="FILE", help=".csv or .xlsx")],
    language: Annotated[Language, typer.Option(help="Language of the headers.")] = Language.en,
    workspace: WorkspaceOption = None,
) -> None:
    """Write the observations of the ledger to a table.

    Corrected ones too; import takes the file back.

    Example: clusters goals export observations.xlsx --language zh
    """
    from clusters.export.observations import write_observations

    with ledger_in(workspace) as ledger:
        count = write_observations(ledger, target, language=language.value)
    out.print(f"{count} observations written to {target}", markup=False)


def prefer(
    observation: Annotated[
        str, typer.Argument(help="Id of a shipped observation, or ledger.N for row N.")
    ],
    reason: Annotated[
        str, typer.Option(help="Why this value; needed to choose.", show_default=False)
    ] = "",
    rule: Annotated[
        bool, typer.Option("--rule", help="Take the choice back: the rule decides again.")
    ] = False,
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Choose which of several values is used, and say why.

    Several values may be known for the same thing and time.

    Example: clusters goals prefer ledger.12 --reason "final value of the statistical communiqué"
    """
    from clusters.ledger import prefer as choose
    from clusters.ledger import prefer_none

    account = account_of(who)
    with ledger_in(workspace) as ledger:
        if rule:
            prefer_none(ledger, observation, who=account, reason=reason)
            out.print("the rule decides again", markup=False)
        else:
            choose(ledger, observation, who=account, reason=reason)
            out.print(f"{observation} is used", markup=False)


def audit(
    last: Annotated[
        int | None, typer.Option(min=1, help="Only the newest entries.", show_default=False)
    ] = None,
    action: Annotated[
        str,
        typer.Option(help="Only actions that begin so, such as observation.", show_default=False),
    ] = "",
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Show who did what when in the ledger, oldest first.

    Example: clusters audit --last 20
    """
    from clusters.ledger import audit as trail

    with ledger_in(workspace) as ledger:
        table = trail(ledger)
    table = table[table["action"].str.startswith(action)]
    table = table.tail(last) if last else table
    entries = [
        {**row, "payload": jsonlib.loads(row["payload"])} for row in table.to_dict("records")
    ]
    if json:
        say_json({"audit": entries})
        return
    rows = [
        [str(e["id"]), e["recorded_at"], e["who"], e["action"], _short(e["payload"])]
        for e in entries
    ]
    say_table(f"{len(rows)} entries", ["id", "recorded_at", "who", "action", "what"], rows)


def _short(payload: dict) -> str:
    """Return what an entry is about on one line; the whole is in --json."""
    parts = [f"{name}={value}" for name, value in payload.items() if value not in (None, "", {})]
    text = " ".join(parts).replace("\n", " ")
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"
