"""The command that screens parks: the same answer as the page."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from clusters.cli.console import (
    Language,
    LanguageOption,
    SnapshotOption,
    WorkspaceOption,
    cells,
    command_line,
    folder,
    out,
    progress,
    say_table,
)
from clusters.errors import InputError
from clusters.settings import get_settings

if TYPE_CHECKING:
    from clusters.screening.scenario import Scenario

_SHOWN = 10


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(screen)


def screen(
    target: Annotated[
        Path, typer.Argument(metavar="OUTPUT", help=".xlsx, .csv, .parquet or .json")
    ],
    profile: Annotated[
        Path | None,
        typer.Option(
            help="Profile as TOML: segment, weights, limits; the shipped one if none.",
            show_default=False,
        ),
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(
            help="What-if: the name of a saved scenario, or a .json or .toml file.",
            show_default=False,
        ),
    ] = None,
    language: LanguageOption = None,
    workspace: WorkspaceOption = None,
    snapshot: SnapshotOption = None,
) -> None:
    """Rank parks for a segment: scores, contributions, rank probabilities, and what decides.

    Example: clusters screen parks.xlsx --profile robotics.toml
    """
    from clusters.export.provenance import SIDECAR, Provenance
    from clusters.export.screening import ENDINGS, screening_bytes
    from clusters.export.tables import write_whole
    from clusters.pipeline import ensure_snapshot
    from clusters.screening.profile import default_profile, profile_to_mapping, read_profile
    from clusters.screening.screen import screen_snapshot
    from clusters.screening.tables import ranking_table
    from clusters.workspace import open_snapshot

    ending = target.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(f"{target}: cannot write this ending; use one of {', '.join(ENDINGS)}")
    asked = read_profile(profile) if profile else default_profile()
    place = folder(workspace)
    what_if = None if scenario is None else _scenario(scenario, place)
    with progress() as step:
        opened = (
            open_snapshot(place, snapshot) if snapshot else ensure_snapshot(place, progress=step)
        )
        step("screen")
        result = screen_snapshot(opened, asked, workspace=place, scenario=what_if)
        before = None
        if what_if is not None:
            before = screen_snapshot(opened, asked, workspace=place)
        provenance = Provenance.from_manifest(
            opened.manifest, command=command_line(), filters=profile_to_mapping(asked)
        )
        data = screening_bytes(
            result,
            ending,
            provenance=provenance,
            language=_language(language),
            baseline=before,
            canonical=language is None,
        )
    write_whole(target, data)
    if ending == ".csv":
        write_whole(target.with_name(target.name + SIDECAR), provenance.to_json().encode())
    table = ranking_table(result)
    columns = ["rank", "park_id", "name_zh", "score", "score_low", "score_high", "p_first"]
    shown = table[[*columns, "rank_low", "rank_high"]].head(_SHOWN).round(2)
    say_table(f"{len(table)} parks of snapshot {opened.id}", list(shown.columns), cells(shown))
    out.print(f"written to {target}", markup=False)


def _language(chosen: Language | None) -> Literal["zh", "en"]:
    return chosen.value if chosen else get_settings().language


def _scenario(given: str, workspace: Path) -> "Scenario":
    """Return a scenario from a file, or a saved one by its name."""
    import json
    import tomllib

    from clusters.ledger import open_ledger, records
    from clusters.screening.scenario import scenario_from_mapping
    from clusters.screening.words import near

    path = Path(given)
    if path.suffix.lower() in {".json", ".toml"}:
        try:
            text = path.read_text(encoding="utf-8")
            read = tomllib.loads if path.suffix.lower() == ".toml" else json.loads
            return scenario_from_mapping(read(text), where=path.name)
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror}); check the path") from error
        except (ValueError, AttributeError) as error:
            raise InputError(f"{path.name} cannot be read as a scenario: {error}") from error
    with contextlib.closing(open_ledger(get_settings().ledger_url or workspace)) as ledger:
        saved = records(ledger, "scenario").set_index("key")["payload"]
    if given not in saved.index:
        raise InputError(f"there is no saved scenario {given!r}; {near(given, saved.index)}")
    return scenario_from_mapping(saved[given], where=f"scenario {given}")
