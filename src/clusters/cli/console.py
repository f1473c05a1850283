"""How the commands speak: results on standard output, progress and errors on standard error."""

import contextlib
import json
import shlex
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from clusters.errors import InputError
from clusters.settings import get_settings

if TYPE_CHECKING:
    import pandas as pd

    from clusters.ledger import Ledger
    from clusters.workspace import Snapshot

# A pipe has no width: lines stay whole for whatever reads them.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 400)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class Datum(StrEnum):
    """Datum of longitudes and latitudes in a file."""

    auto = "auto"
    wgs84 = "wgs84"
    gcj02 = "gcj02"
    bd09 = "bd09"
    cgcs2000 = "cgcs2000"


class Language(StrEnum):
    """Language of headers and texts."""

    zh = "zh"
    en = "en"


WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace", help="Folder of snapshots; default ./workspace.", show_default=False
    ),
]
SnapshotOption = Annotated[
    str | None,
    typer.Option(
        "--snapshot", help="Snapshot id instead of the published one.", show_default=False
    ),
]
LanguageOption = Annotated[
    Language | None,
    typer.Option(help="Language of headers and texts; column names if none.", show_default=False),
]
WhoOption = Annotated[
    str | None,
    typer.Option(help="Account or role that does it; CLUSTERS_ACCOUNT.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")]


def say_error(message: str) -> None:
    """Print an error; text from files is data, never markup."""
    err.print(f"clusters: {message}", style="bold red", markup=False)


def say_json(value: dict[str, Any] | list[Any]) -> None:
    """Print one JSON value and nothing else."""
    from clusters.export.strict_json import strict

    text = json.dumps(strict(value), ensure_ascii=False, indent=1, default=str, allow_nan=False)
    sys.stdout.write(text + "\n")


def cells(table: "pd.DataFrame") -> list[list[str]]:
    """Return a table as text for `say_table`; a missing value is an empty cell."""
    return table.astype(object).where(table.notna(), "").astype(str).to_numpy().tolist()


def say_table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print a table; cells are data, never markup."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    out.print(table)


def command_line() -> str:
    """Return the command as typed, for the provenance of what it writes."""
    return shlex.join(["clusters", *sys.argv[1:]])


def folder(workspace: Path | None) -> Path:
    """Return the workspace named on the command line, or the one in the settings."""
    return workspace or get_settings().workspace


@contextlib.contextmanager
def ledger_in(workspace: Path | None) -> Iterator["Ledger"]:
    """Open the ledger of the workspace that is meant."""
    from clusters.ledger import ledger_of

    with contextlib.closing(ledger_of(folder(workspace))) as ledger:
        yield ledger


def account_of(given: str | None) -> str:
    """Return the account named on the command line, or the one in the settings."""
    return given or get_settings().account


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Show the running step while standard error is a terminal; say nothing otherwise."""
    if not err.is_terminal:
        yield lambda _step: None
        return
    with err.status("starting") as status:
        yield lambda step: status.update(f"{step} …")


def open_or_build(workspace: Path | None, snapshot: str | None) -> "Snapshot":
    """Return the snapshot asked for, building the first one where there is none."""
    from clusters.pipeline import ensure_snapshot
    from clusters.workspace import open_snapshot

    place = folder(workspace)
    if snapshot is not None:
        return open_snapshot(place, snapshot)
    with progress() as step:
        return ensure_snapshot(place, progress=step)


def needs_ending(target: Path, *endings: str) -> None:
    """Refuse an output this command cannot write before any work is done."""
    if target.suffix.lower() not in endings:
        raise InputError(f"{target}: cannot write this ending; use one of {', '.join(endings)}")


def language_of(chosen: Language | None) -> Literal["zh", "en"]:
    """Return the language asked for, or the one in the settings."""
    return chosen.value if chosen else get_settings().language
