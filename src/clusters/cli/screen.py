"""The command that screens parks: the same answer as the page."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clusters.cli.console import (
    LanguageOption,
    SnapshotOption,
    WorkspaceOption,
    cells,
    folder,
    language_of,
    ledger_in,
    needs_ending,
    out,
    progress,
    say_table,
)
from clusters.errors import InputError

if TYPE_CHECKING:
    from clusters.screening.profile import Profile
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
        str | None,
        typer.Option(
            help="Profile: a TOML file of segment, weights, limits, or the same as JSON in braces; "
            "the shipped one if none.",
            show_default=False,
        ),
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(
            help="What-if: the name of a saved scenario, a .json or .toml file, or JSON in braces.",
            show_default=False,
        ),
    ] = None,
    language: LanguageOption = None,
    workspace: WorkspaceOption = None,
    snapshot: SnapshotOption = None,
) -> None:
    """Rank parks for a segment, and say why and how sure.

    Scores, contributions, rank probabilities, and what decides.

    Example: clusters screen parks.xlsx --profile robotics.toml
    """
    from clusters.export.provenance import SIDECAR, Provenance
    from clusters.export.screening import ENDINGS, screening_bytes, screening_command
    from clusters.export.tables import write_whole
    from clusters.pipeline import ensure_snapshot
    from clusters.screening.profile import profile_to_mapping
    from clusters.screening.screen import screen_snapshot
    from clusters.screening.tables import ranking_table
    from clusters.workspace import open_snapshot

    ending = target.suffix.lower()
    needs_ending(target, *ENDINGS)
    asked = _profile(profile)
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
        chosen = None if language is None else language_of(language)
        provenance = Provenance.from_manifest(
            opened.manifest,
            command=screening_command(result, ending, snapshot=opened.id, language=chosen),
            filters=profile_to_mapping(asked),
        )
        data = screening_bytes(
            result,
            ending,
            provenance=provenance,
            language=language_of(language),
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


def _profile(given: str | None) -> "Profile":
    """Return the profile of a file or of a JSON object; the shipped one where none is given."""
    from clusters.screening.profile import default_profile, profile_from_mapping, read_profile

    if given is None:
        return default_profile()
    if _inline(given):
        return profile_from_mapping(_json(given, "--profile"), where="--profile")
    return read_profile(Path(given))


def _inline(given: str) -> bool:
    return given.lstrip().startswith("{")


def _json(text: str, where: str) -> dict[str, Any]:
    import json

    try:
        return dict(json.loads(text))
    except (RecursionError, ValueError) as error:
        raise InputError(f"{where} is not a JSON object: {error}") from error


def _scenario(given: str, workspace: Path) -> "Scenario":
    """Return a scenario from a file or a JSON object, or a saved one by its name."""
    import json
    import tomllib

    from clusters.ledger import records
    from clusters.screening.scenario import scenario_from_mapping
    from clusters.screening.words import near

    if _inline(given):
        return scenario_from_mapping(_json(given, "--scenario"), where="--scenario")
    path = Path(given)
    if path.suffix.lower() in {".json", ".toml"}:
        try:
            text = path.read_text(encoding="utf-8-sig")
            read = tomllib.loads if path.suffix.lower() == ".toml" else json.loads
            return scenario_from_mapping(read(text), where=path.name)
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror}); check the path") from error
        except (RecursionError, ValueError, AttributeError) as error:
            raise InputError(f"{path.name} cannot be read as a scenario: {error}") from error
    with ledger_in(workspace) as ledger:
        saved = records(ledger, "scenario").set_index("key")["payload"]
    if given not in saved.index:
        raise InputError(f"there is no saved scenario {given!r}; {near(given, saved.index)}")
    return scenario_from_mapping(saved[given], where=f"scenario {given}")
