"""The whole way of the data, from registry files to a published snapshot.

Read it top to bottom: `run` is the list of steps, and each step is one call into one room.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from clusters import doubt, levels
from clusters.decisions import Decisions, ledger_of, read_decisions
from clusters.distances import distance_functions, ellipses
from clusters.errors import ClustersError, InputError, WorkspaceError
from clusters.manifest import (
    FirmCounts,
    as_of_told,
    count_firms,
    counted,
    growth_told,
    growth_window,
    versions,
)
from clusters.metrics.stars import StarRule
from clusters.metrics.sums import WEIGHTS
from clusters.metrics.table import measure, measure_sums
from clusters.patterns import find_hotspots
from clusters.places.coordinates import DatumChoice
from clusters.places.locate import learn, locate
from clusters.places.park_files import parks_told, parks_with
from clusters.registry import Account, ColumnMapping, Registry, read_registry
from clusters.registry.mapping import read_mapping
from clusters.registry.read import labels_of
from clusters.scale import Result, is_large, run_in_parts, runner_of
from clusters.scale.job import ROWS_PER_PART
from clusters.settings import data_path, get_settings
from clusters.taxonomy import classify
from clusters.workspace import Snapshot, open_snapshot, prepare, publish, published_id

STEPS = ("read", "classify", "learn", "locate", "measure", "publish")
ORIGINS = 20
Progress = Callable[[str], None]


def run(
    registry: str | Path | Sequence[str | Path] | None = None,
    *,
    workspace: str | Path | None = None,
    mapping: Path | ColumnMapping | None = None,
    as_of: date | str | None = None,
    datum: DatumChoice = "auto",
    seed: int = 0,
    corrections: Path | None = None,
    decisions: Decisions | None = None,
    parks: Sequence[str | Path] = (),
    scheduler: str | None = None,
    rows_per_part: int | None = None,
    progress: Progress = lambda _step: None,
) -> Snapshot:
    """Read, classify, locate and measure a registry, and publish the result.

    Parameters
    ----------
    registry : path or sequence of paths, optional
        Registry files; the shipped firms where none is given.
    workspace : path, optional
        Where the snapshot goes; the setting ``workspace`` where none is given.
    mapping : Path or ColumnMapping, optional
        TOML file, or its model, that names columns the reader does not know.
    as_of : date, optional
        The day the registry describes; the newest date in the registry, or today.
    datum : {"auto", "wgs84", "gcj02", "bd09", "cgcs2000"}
        Datum of given coordinates; ``auto`` estimates it.
    seed : int
        Of everything drawn at random.
    corrections : Path, optional
        Report of a check, corrected by a person; the changed cells replace those of the files.
    decisions : Decisions, optional
        Labels and merges; those of the workspace's ledger where none are given.
    parks : sequence of paths, optional
        Registries of parks, used beside those shipped and those the workspace keeps.
    scheduler : str, optional
        Address of a Dask scheduler, such as ``tcp://10.0.0.5:8786``, whose workers take the
        registry in parts; ``local`` starts one here for the run.
    rows_per_part : int, optional
        Take the registry in parts of so many rows; Parquet files with more than 400 000 are taken
        so by themselves. A file of another format is read in one piece first.
    progress : callable
        Called with the name of each step of `STEPS` as it begins; of a registry in parts, with how
        far each step is.

    Raises
    ------
    InputError
        If a file cannot be used; nothing is published then.
    WorkspaceError
        If the workspace cannot be written.
    """
    folder = Path(workspace) if workspace is not None else get_settings().workspace
    prepare(folder)
    day = _day(as_of)
    sources = registry if registry is not None else data_path("enterprises", "enterprises.csv")

    paths = [sources] if isinstance(sources, str | Path) else list(sources)
    asked = scheduler is not None or rows_per_part is not None
    if asked and corrections is not None:
        raise InputError(
            "a registry is corrected in one piece: leave --scheduler and --rows-per-part out, or "
            "run the corrected file itself"
        )
    in_use = parks_with(folder, parks)
    told = decisions if decisions is not None else read_decisions(ledger_of(folder))
    if asked or (corrections is None and is_large(paths)):
        with _stops_told(folder), contextlib.ExitStack() as stack:
            with runner_of(scheduler) as runner:
                parts = run_in_parts(
                    paths,
                    labels_of(paths),
                    runner=runner,
                    workspace=folder,
                    mapping=read_mapping(mapping),
                    as_of=day,
                    datum=datum,
                    decisions=told,
                    parks=in_use,
                    rows_per_part=rows_per_part or ROWS_PER_PART,
                    progress=progress,
                )
                found = stack.enter_context(parts)
            return _publish_parts(
                folder, found, told, in_use, as_of=day, datum=datum, seed=seed, progress=progress
            )
    progress("read")
    read = read_registry(
        sources, mapping=mapping, as_of=day, merges=told.merges, corrections=corrections
    )
    progress("classify")
    classified = classify(read.table, learn=True, labels=told.labels)
    progress("learn")
    memory = learn(classified)
    progress("locate")
    firms = locate(classified, memory=memory, datum=datum, parks=in_use)
    progress("measure")
    counts = count_firms(firms)
    described = as_of_told(counts, day)
    growth = growth_window(counts, described["as_of"])
    tables, measured_told = measured(firms, in_use, seed=seed, growth=growth)
    progress("publish")
    _check_rows(read, firms)
    return publish(
        folder,
        {
            "enterprises": firms,
            "rejected": read.rejected,
            "duplicates": read.duplicates,
            "candidates": read.candidates,
            "findings": read.report,
            "memory": memory.to_frame(),
            **tables,
        },
        {
            **described,
            **_manifest(
                read,
                firms,
                counts,
                shipped=registry is None,
                as_of=day,
                datum=datum,
                seed=seed,
            ),
            **_judged(classified, told, corrections),
            **measured_told,
            "stars": {**asdict(star_rule()), **growth_told(growth, described["as_of"])},
        },
    )


def measured(
    firms: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, *, seed: int, growth: pd.Timestamp | None
) -> tuple[dict[str, pd.DataFrame | Path], dict[str, Any]]:
    """Measure located firms and parks: the tables of a snapshot, and what its manifest says."""
    metrics = measure_all(firms, parks, seed=seed, since=growth)
    draws = doubt.draw_firms(firms, get_settings().position_draws, seed=seed)
    hotspots = find_hotspots(firms)
    return {
        "metrics": doubt.with_places_in_doubt(metrics, firms, draws),
        "sensitivity": doubt.sensitivity(draws, origins=ORIGINS, seed=seed),
        "distances": distance_functions(firms, seed=seed),
        "ellipses": ellipses(firms),
        "hotspots": hotspots,
        "parks": parks,
    }, {
        "parks": parks_told(parks),
        "hotspots": {"found": len(hotspots), **hotspots.attrs},
        "doubt": doubt.told(firms, draws),
    }


@contextlib.contextmanager
def _stops_told(folder: Path) -> Iterator[None]:
    """Tell in one sentence when the disk refuses, and how to go on."""
    try:
        yield
    except ClustersError:
        raise
    except OSError as error:
        msg = (
            f"the work folder in {folder / 'cache' / 'runs'} cannot be used "
            f"({error.strerror or error}); nothing was published. Free some space or choose "
            "another --workspace, and give the same command again: it goes on where it stopped"
        )
        raise WorkspaceError(msg) from error


def _publish_parts(
    folder: Path,
    found: Result,
    told: Decisions,
    parks: gpd.GeoDataFrame,
    *,
    as_of: date | None,
    datum: DatumChoice,
    seed: int,
    progress: Progress,
) -> Snapshot:
    """Measure and publish a registry that was taken in parts, as `run` does one in one table."""
    account = found.account
    if not account.adds_up:
        msg = f"rows are not conserved: {account}; nothing was published"
        raise RuntimeError(msg)
    progress("measure: metrics by area")
    metrics = measure_sums(found.sums.values(), seed=seed, rule=star_rule())
    progress("measure: places in doubt")
    draws = doubt.draw_firms(
        found.ai, get_settings().position_draws, seed=seed, around=found.around
    )
    wanted = doubt.redrawn_levels(found.hexagons)
    metrics = doubt.widened(metrics, draws, found.others, wanted)
    progress("measure: density clusters")
    hotspots = find_hotspots(found.ai)
    progress("measure: functions of distance")
    tables: dict[str, pd.DataFrame | Path] = {
        "duplicates": found.duplicates,
        "candidates": found.candidates,
        "metrics": metrics,
        "sensitivity": doubt.sensitivity(draws, origins=ORIGINS, seed=seed),
        "distances": distance_functions(found.sites, seed=seed),
        "ellipses": ellipses(found.sites),
        "hotspots": hotspots,
        "memory": found.memory.to_frame(),
        "parks": parks,
        **found.tables,
    }
    progress("publish")
    snapshot = publish(
        folder,
        tables,
        {
            **found.described,
            "shipped_data": False,
            "inputs": [asdict(source) for source in found.sources],
            "account": _told_account(account),
            "findings": found.findings,
            **found.counts.told(),
            "datum": found.datum or datum,
            "hotspots": {"found": len(hotspots), **hotspots.attrs},
            "parameters": _parameters(as_of, datum, seed),
            "versions": versions(),
            "learned": found.learned,
            "decisions": _told_decisions(told),
            "corrections": None,
            "parks": parks_told(parks),
            "doubt": doubt.told(found.ai, draws),
            "stars": {
                **asdict(star_rule()),
                **growth_told(found.since, found.described["as_of"]),
            },
        },
    )
    found.store.remove()
    return snapshot


def _day(as_of: date | str | None) -> date | None:
    if not isinstance(as_of, str):
        return as_of
    try:
        return date.fromisoformat(as_of)
    except ValueError as error:
        raise InputError(f"as_of {as_of!r} is not a day; write it as 2026-06-30") from error


def ensure_snapshot(folder: Path, *, progress: Progress = lambda _step: None) -> Snapshot:
    """Return the published snapshot, building one from the shipped data where there is none."""
    if published_id(folder) is None:
        return run(workspace=folder, progress=progress)
    return open_snapshot(folder)


def star_rule() -> StarRule:
    """Return the rule of the stars as the settings have it."""
    settings = get_settings()
    names = StarRule.__dataclass_fields__
    return StarRule(**{name: getattr(settings, f"star_{name}") for name in names})


def measure_all(
    firms: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, *, seed: int, since: pd.Timestamp | None
) -> pd.DataFrame:
    """Measure firms by number over every level."""
    placed = levels.with_hexagons(firms)
    wanted = [levels.level(name, parks) for name in levels.NAMES]
    wanted.append(levels.hexagon_level(placed))
    return measure(placed, wanted, seed=seed, rule=star_rule(), since=since)


def remeasure(snapshot: Snapshot, *, level: str, scheme: str, weight: str) -> pd.DataFrame:
    """Measure the firms of a snapshot anew, by another weight than the snapshot holds."""
    column = WEIGHTS[weight]
    if column is not None and snapshot.enterprises[column].isna().all():
        raise InputError(
            f"no firm of snapshot {snapshot.id} has a value of {column}; "
            "measure by firms, or import a registry with that column"
        )
    firms = snapshot.enterprises
    if level == levels.HEXAGON:
        firms = levels.with_hexagons(firms)
    return measure(
        firms,
        [
            levels.hexagon_level(firms)
            if level == levels.HEXAGON
            else levels.level(level, snapshot.parks)
        ],
        schemes=[scheme],
        weight=weight,
        seed=int(snapshot.manifest["parameters"]["seed"]),
        rule=star_rule(),
        since=growth_window(count_firms(firms), str(snapshot.manifest["as_of"])),
    )


def _check_rows(read: Registry, firms: gpd.GeoDataFrame) -> None:
    """Refuse to publish when a row went missing or came twice: that would be a bug of ours."""
    account = read.account
    if not account.adds_up or len(firms) != account.kept:
        msg = f"rows are not conserved: {account}, located {len(firms)}; nothing was published"
        raise RuntimeError(msg)
    if firms["enterprise_id"].duplicated().any():
        msg = "an enterprise_id occurs twice; nothing was published"
        raise RuntimeError(msg)


def _manifest(
    read: Registry,
    firms: gpd.GeoDataFrame,
    counts: FirmCounts,
    *,
    shipped: bool,
    as_of: date | None,
    datum: str,
    seed: int,
) -> dict[str, Any]:
    """Say what the tables cannot say of themselves."""
    return {
        "shipped_data": shipped,
        "inputs": [asdict(source) for source in read.sources],
        "account": _told_account(read.account),
        "findings": counted(read.report["rule"]),
        **counts.told(),
        "datum": firms.attrs.get("datum", datum),
        "parameters": _parameters(as_of, datum, seed),
        "versions": versions(),
    }


def _judged(classified: pd.DataFrame, told: Decisions, corrections: Path | None) -> dict[str, Any]:
    """Say what was learnt and what people had decided or corrected."""
    return {
        "learned": classified.attrs.get("learned"),
        "decisions": _told_decisions(told),
        "corrections": None if corrections is None else Path(corrections).name,
    }


def _told_account(account: Account) -> dict[str, int]:
    return {
        "read": account.read,
        "published": account.kept,
        "duplicates": account.duplicates,
        "rejected": account.rejected,
    }


def _parameters(as_of: date | None, datum: str, seed: int) -> dict[str, Any]:
    return {"datum": datum, "seed": seed, "as_of": as_of.isoformat() if as_of else None}


def _told_decisions(told: Decisions) -> dict[str, Any]:
    return {"labels": len(told.labels), "merges": len(told.merges), "digest": told.digest}
