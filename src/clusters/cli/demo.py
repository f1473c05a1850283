"""The command that makes synthetic registries."""

from pathlib import Path
from typing import Annotated

import typer

from clusters.cli.console import err, out


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(demo)


def demo(
    output: Annotated[Path, typer.Argument(help="Registry to write: .csv or .parquet.")],
    enterprises: Annotated[int, typer.Option(min=1, help="Rows to write.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same rows.")] = 0,
    truth: Annotated[
        bool, typer.Option(help="Also write the truth of every row and the planted clusters.")
    ] = True,
) -> None:
    """Write a made-up registry, marked synthetic in every row.

    Its clusters are known, so that one can check whether they are found.

    Example: clusters demo --enterprises 100000 --seed 7 demo.parquet
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from clusters.demo import write_demo

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal) as shown:
        task = shown.add_task("", total=enterprises)
        files = write_demo(
            output,
            enterprises,
            seed=seed,
            truth=truth,
            progress=lambda rows: shown.update(task, completed=rows),
        )
    out.print(f"{enterprises} synthetic rows (seed {seed}), each marked as synthetic:")
    for file in files:
        out.print(f"  {file}", markup=False)
