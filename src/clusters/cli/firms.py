"""The commands for the benchmark firms: the list, candidates, decisions, milestones."""

from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clusters.cli.console import (
    JsonOption,
    SnapshotOption,
    WhoOption,
    WorkspaceOption,
    account_of,
    cells,
    command_line,
    ledger_in,
    needs_ending,
    open_or_build,
    out,
    say_json,
    say_table,
)
from clusters.errors import InputError
from clusters.settings import get_settings

if TYPE_CHECKING:
    import pandas as pd

firms_app = typer.Typer(help="The benchmark firms: list, candidates, decisions, milestones.")


class Evidence(StrEnum):
    """Levels of evidence, the strongest first."""

    a = "A"
    b = "B"
    c = "C"


class State(StrEnum):
    """How a milestone ended."""

    done = "done"
    dropped = "dropped"


PlaceArgument = Annotated[int, typer.Argument(help="Number of the place, from 1.")]
ReasonOption = Annotated[str, typer.Option(help="Why; kept with the decision.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(firms_app, name="firms")


def _today() -> date:
    return datetime.now(UTC).date()


@firms_app.callback(invoke_without_command=True)
def firms(
    context: typer.Context,
    workspace: WorkspaceOption = None,
    snapshot: SnapshotOption = None,
    json: JsonOption = False,
) -> None:
    """Show the places, who holds them, the evidence, and which must be checked again.

    The list is the platform's own selection; no official list was found.

    Example: clusters firms --json
    """
    if context.invoked_subcommand is not None:
        return
    from clusters.goals.benchmark import benchmark_firms, stale_places
    from clusters.goals.milestones import milestones

    opened = open_or_build(workspace, snapshot)
    with ledger_in(workspace) as ledger:
        listed = benchmark_firms(opened.enterprises, ledger=ledger)
        planned = milestones(ledger, as_of=_today())
    table = listed.table.assign(stale=False)
    table["stale"] = table["place"].isin(stale_places(listed, as_of=_today()))
    if json:
        say_json(
            {
                "snapshot": opened.id,
                "official": False,
                "in_place": listed.in_place,
                "groups": listed.groups,
                "vacant": list(listed.vacant),
                "firms": _records(table),
                "milestones": _records(planned),
            }
        )
        return
    shown = table[["place", "name", "evidence_level", "origin", "checked", "as_of", "stale"]]
    say_table("benchmark firms, our own selection", list(shown.columns), cells(shown.fillna("–")))
    if listed.vacant:
        out.print(f"vacant: {', '.join(map(str, listed.vacant))}", markup=False)


@firms_app.command()
def candidates(
    weight: Annotated[
        list[str] | None,
        typer.Option(help="CRITERION=0..10, repeatable; the stated ones if none.", metavar="C=N"),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 30,
    workspace: WorkspaceOption = None,
    snapshot: SnapshotOption = None,
    json: JsonOption = False,
) -> None:
    """Rank the firms that could hold a place.

    By stated criteria and their weights.

    Example: clusters firms candidates --weight growth=5 --weight listed=0
    """
    from clusters.goals.benchmark import benchmark_firms
    from clusters.goals.candidates import candidates as rank
    from clusters.goals.candidates import checked_weights
    from clusters.workspace import list_snapshots

    weights = _weights(weight or [])
    used = checked_weights(weights)
    opened = open_or_build(workspace, snapshot)
    before = [s for s in list_snapshots(opened.path.parent.parent) if s.id < opened.id]
    with ledger_in(workspace) as ledger:
        listed = benchmark_firms(opened.enterprises, ledger=ledger)
    found = rank(
        opened.enterprises,
        listed,
        weights=weights,
        earlier=before[0].enterprises if before else None,
        limit=limit,
    )
    if json:
        say_json({"snapshot": opened.id, "weights": used, "candidates": _records(found)})
        return
    named = ", ".join(f"{code}={number}" for code, number in used.items())
    say_table(f"candidates, weights {named}", list(found.columns), cells(found.fillna("–")))


def _weights(given: list[str]) -> dict[str, int]:
    found = {}
    for text in given:
        code, _, number = text.partition("=")
        if not number.strip().isdecimal():
            raise InputError(f"--weight {text!r}: write CRITERION=NUMBER, such as listed=3")
        found[code.strip()] = int(number)
    return found


@firms_app.command()
def promote(
    name: Annotated[str, typer.Argument(help="Registered name of the firm.")],
    basis: Annotated[str, typer.Option(help="What shows that it sets a benchmark.")],
    reason: ReasonOption,
    evidence: Annotated[Evidence, typer.Option(help="Level of evidence.")] = Evidence.c,
    source: Annotated[str, typer.Option(help="Document or address.", show_default=False)] = "",
    place: Annotated[
        int | None,
        typer.Option(help="Replace the firm of this place; a vacant one if none."),
    ] = None,
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Give a firm a place of the list.

    A vacant one, or with --place that of the firm it replaces.

    Example: clusters firms promote 环天智慧科技股份有限公司 --place 30 --evidence B
    --basis 无人机产业链链主 --reason 证据更强
    """
    from clusters.goals.decisions import Choice
    from clusters.goals.decisions import promote as give

    choice = Choice(name=name, evidence_level=evidence.value, basis=basis, source=source)
    opened = open_or_build(workspace, None)
    with ledger_in(workspace) as ledger:
        given = give(
            ledger, opened.enterprises, choice, who=account_of(who), reason=reason, place=place
        )
    out.print(f"place {given}: {name}", markup=False)


@firms_app.command()
def withdraw(
    place: PlaceArgument,
    reason: ReasonOption,
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Withdraw the firm of a place and leave the place vacant.

    Example: clusters firms withdraw 30 --reason 不再从事人工智能业务
    """
    from clusters.goals.decisions import vacate

    opened = open_or_build(workspace, None)
    with ledger_in(workspace) as ledger:
        name = vacate(ledger, opened.enterprises, place, who=account_of(who), reason=reason)
    out.print(f"place {place} is vacant; it was held by {name}", markup=False)


@firms_app.command()
def restore(
    place: PlaceArgument,
    reason: ReasonOption,
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Give a place back to the firm of the shipped list.

    Example: clusters firms restore 30 --reason 误操作
    """
    from clusters.goals.decisions import restore as give_back

    with ledger_in(workspace) as ledger:
        give_back(ledger, place, who=account_of(who), reason=reason)
    out.print(f"place {place} is as shipped again", markup=False)


@firms_app.command()
def check(
    place: PlaceArgument,
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="When somebody looked; today.", show_default=False),
    ] = None,
    owner: Annotated[str, typer.Option(help="Role that looks after it.", show_default=False)] = "",
    note: Annotated[str, typer.Option(help="What was seen.", show_default=False)] = "",
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Note that a place was checked, and what was seen.

    Example: clusters firms check 12 --owner 产业处 --note 年报已核对
    """
    from clusters.goals.decisions import check as note_check

    when = day.date() if day else _today()
    opened = open_or_build(workspace, None)
    with ledger_in(workspace) as ledger:
        note_check(
            ledger, opened.enterprises, place, day=when, who=account_of(who), owner=owner, note=note
        )
    out.print(f"place {place} checked on {when}", markup=False)


@firms_app.command()
def milestone(
    firm: Annotated[str, typer.Argument(help="Name of the firm.")],
    title: Annotated[str, typer.Argument(help="What is to happen.")],
    due: Annotated[str, typer.Option(help="2027, 2027-06 or 2027-06-30.")],
    note: Annotated[str, typer.Option(help="More about it.", show_default=False)] = "",
    source: Annotated[str, typer.Option(help="Document or address.", show_default=False)] = "",
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Plan a milestone of a firm.

    Example: clusters firms milestone 成都明途科技有限公司 省级企业技术中心 --due 2027-06
    """
    from clusters.goals.milestones import add_milestone

    with ledger_in(workspace) as ledger:
        key = add_milestone(
            ledger, firm, title, due=due, who=account_of(who), note=note, source=source
        )
    out.print(f"milestone {key} of {firm} is due {due}", markup=False)


@firms_app.command()
def close(
    key: Annotated[str, typer.Argument(help="Key of the milestone, as the list shows it.")],
    state: Annotated[State, typer.Option(help="done or dropped.")] = State.done,
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="When; today.", show_default=False),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why it is dropped.", show_default=False)] = "",
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Say that a milestone was done or dropped.

    Example: clusters firms close 3f9c2a7b1d04 --day 2027-05-12
    """
    from clusters.goals.milestones import close_milestone

    when = day.date() if day else _today()
    with ledger_in(workspace) as ledger:
        close_milestone(
            ledger, key, state=state.value, day=when, who=account_of(who), reason=reason
        )
    out.print(f"milestone {key} is {state.value}", markup=False)


@firms_app.command()
def export(
    target: Annotated[Path, typer.Argument(metavar="OUTPUT", help=".csv or .xlsx")],
    workspace: WorkspaceOption = None,
    snapshot: SnapshotOption = None,
) -> None:
    """Write the list of places to a table.

    With evidence, decisions and what the snapshot holds of each firm.

    Example: clusters firms export benchmark.xlsx
    """
    from clusters.export.provenance import Provenance
    from clusters.export.tables import write_table
    from clusters.goals.benchmark import benchmark_firms

    needs_ending(target, ".csv", ".xlsx")
    opened = open_or_build(workspace, snapshot)
    with ledger_in(workspace) as ledger:
        listed = benchmark_firms(opened.enterprises, ledger=ledger)
    provenance = Provenance.from_manifest(opened.manifest, command=command_line())
    write_table(
        _flat(listed.table),
        target,
        provenance=provenance,
        language=get_settings().language,
        canonical=True,
    )
    out.print(f"{len(listed.table)} places written to {target}", markup=False)


def _flat(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return a table whose lists are texts, as files need them."""
    return table.map(lambda cell: ";".join(map(str, cell)) if _is_list(cell) else cell)


def _is_list(cell: object) -> bool:
    return hasattr(cell, "__iter__") and not isinstance(cell, str)


def _records(table: "pd.DataFrame") -> list[dict[str, object]]:
    flat = _flat(table).astype(object)
    flat = flat.where(flat.notna(), None)
    return [{str(k): v for k, v in row.items()} for row in flat.to_dict("records")]
