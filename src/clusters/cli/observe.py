"""The command that adds an observed value to the ledger."""

from typing import Annotated

import typer

from clusters.cli.console import WhoOption, WorkspaceOption, account_of, ledger_in, out

goals_app = typer.Typer()


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(goals_app, name="goals")


@goals_app.command()
def observe(
    indicator: Annotated[str, typer.Argument(help="Indicator id, see data/goals/indicators.csv.")],
    value: Annotated[str, typer.Argument(help="The published number.")],
    unit: Annotated[str, typer.Option(help="Unit, as the indicator has it.")],
    period: Annotated[str, typer.Option(help="2025, 2025-06, 2025-06-30 or 2025-Q3.")],
    source: Annotated[str, typer.Option(help="Document or address where it is published.")],
    area: Annotated[str, typer.Option(help="Area the value is for.")] = "四川省",
    qualifier: Annotated[str, typer.Option(help="=, >, <, ~ as the source puts it.")] = "=",
    forecast: Annotated[bool, typer.Option("--forecast", help="A forecast, not a fact.")] = False,
    definition: Annotated[
        str, typer.Option(help="Definition group the source counts by.", show_default=False)
    ] = "",
    note: Annotated[str, typer.Option(help="Words of the source.", show_default=False)] = "",
    confidence: Annotated[str, typer.Option(help="high, medium or low.")] = "medium",
    corrects: Annotated[
        int | None, typer.Option(help="Id of the observation this corrects.", show_default=False)
    ] = None,
    who: WhoOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Add an observed value; nothing is ever overwritten.

    Example: clusters goals observe AI_FIRMS 1200 --unit 家 --period 2025 --source 川府发1号
    """
    from clusters.ledger import Draft, add_observation

    draft = Draft(
        indicator_id=indicator,
        area=area,
        period=period,
        value=value,
        unit=unit,
        source=source,
        qualifier=qualifier,
        forecast=forecast,
        definition_group=definition,
        definition_note=note,
        confidence=confidence,
        supersedes=corrects,
    )
    with ledger_in(workspace) as ledger:
        number = add_observation(ledger, draft, who=account_of(who))
    out.print(f"observation {number} added", markup=False)
