"""The command that asks a file where it comes from, and makes it again."""

import contextlib
import io
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clusters.cli.console import (
    JsonOption,
    Language,
    WorkspaceOption,
    folder,
    language_of,
    out,
    say_json,
    say_table,
)
from clusters.errors import InputError

if TYPE_CHECKING:
    from clusters.export.provenance import Provenance

_REPEATABLE = ("export", "measure", "brief", "screen")


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(provenance)


def provenance(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A file exported here: .csv .xlsx .parquet .geojson .gpkg .png .svg .pdf .pptx "
            ".html",
        ),
    ],
    again: Annotated[
        Path | None,
        typer.Option(
            metavar="OUTPUT",
            help="Make the file again under this name and compare their figures.",
            show_default=False,
        ),
    ] = None,
    language: Annotated[
        Language | None, typer.Option(help="Language of the labels.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Say where an exported file comes from.

    With --again, make it again and compare.

    Example: clusters provenance briefing.pptx

    Example: clusters provenance firms.gpkg --again firms-again.gpkg
    """
    from clusters.export.provenance import read_provenance

    record = read_provenance(file)
    if again is None:
        _tell(record, language_of(language), json=json)
        return
    _check(file, again)
    root = context.find_root().command
    _run(root, record.command, again, folder(workspace))
    result = _compare(file, again, record, read_provenance(again))
    if json:
        say_json({"file": str(file), "again": str(again), **result})
    else:
        out.print(result["said"], markup=False)
    if not result["figures_equal"]:
        raise typer.Exit(2)


def _tell(record: "Provenance", language: Any, *, json: bool) -> None:
    from clusters.export.workbook import provenance_rows

    if json:
        say_json(asdict(record))
        return
    say_table("", ["", ""], [list(row) for row in provenance_rows(record, language)])


def _check(file: Path, again: Path) -> None:
    if again.suffix.lower() != file.suffix.lower():
        raise InputError(f"{again}: must end in {file.suffix}, as {file.name} does")
    if again.resolve() == file.resolve():
        raise InputError(f"{again} is the file itself; name another to compare them")


def _run(root: Any, command: str, again: Path, workspace: Path) -> None:
    """Run the command of a record (`root` is the whole program) with another output.

    Only commands that write one export may run: a record is text from a file.
    """
    words = shlex.split(command)
    if len(words) < 3 or words[0] != "clusters" or words[1] not in _REPEATABLE:
        raise InputError(
            f"this file was made by “{command}”, which does not name one file to make again; "
            f"only {', '.join(_REPEATABLE)} can be repeated"
        )
    rest = [word for word in words[3:] if word != "--"]
    if "--workspace" in rest or words[2].startswith("-"):
        raise InputError(f"the command in the record is not one of ours: {command}")
    arguments = [words[1], str(again), *rest, "--workspace", str(workspace)]
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # what it says is not the answer here
            root.main(arguments, prog_name="clusters")
    except SystemExit as ended:
        if ended.code:
            raise InputError(f"the recorded command cannot be run: {command}") from ended


def _compare(file: Path, again: Path, old: "Provenance", new: "Provenance") -> dict[str, Any]:
    same_bytes = file.read_bytes() == again.read_bytes()
    same_figures = bool(old.content) and old.content == new.content
    before, after = asdict(old), asdict(new)
    differ = [name for name in before if before[name] != after[name]]
    if same_bytes:
        said = f"{again} equals {file}, byte for byte"
    elif same_figures:
        said = f"{again} holds the same figures as {file}; the bytes differ"
    else:
        said = f"the figures of {again} differ from those of {file}"
    if differ and not same_bytes:
        said += f"; the records differ in {', '.join(differ)}"
    return {
        "bytes_equal": same_bytes,
        "figures_equal": same_bytes or same_figures,
        "records_differ_in": differ,
        "said": said,
    }
