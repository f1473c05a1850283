"""The whole way of the data, from registry files to a published snapshot.

Read it top to bottom: `run` is the list of steps, and each step is one call into one room.
"""

import importlib.metadata
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from clusters import doubt, levels
from clusters.decisions import Decisions, ledger_of, read_decisions
from clusters.demo import SOURCE as SYNTHETIC
from clusters.distances import distance_functions, ellipses
from clusters.errors import InputError
from clusters.metrics.stars import StarRule
from clusters.metrics.sums import WEIGHTS
from clusters.metrics.table import measure
from clusters.patterns import find_hotspots
from clusters.places.boundaries import boundary_version
from clusters.places.coordinates import DatumChoice
from clusters.places.locate import learn, locate
from clusters.places.zones import zone_version
from clusters.registry import ColumnMapping, Registry, read_registry
from clusters.settings import data_path, data_version, get_settings
from clusters.taxonomy import classify
from clusters.workspace import Snapshot, open_snapshot, prepare, publish, published_id

STEPS = ("read", "classify", "learn", "locate", "measure", "publish")
METRIC_VERSION = "2"
ORIGINS = 20
DATED = 0.5
"""Share of firms with a founding date below which growth is not measured."""

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
    progress : callable
        Called with the name of each step of `STEPS` as it begins.

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

    progress("read")
    told = decisions if decisions is not None else read_decisions(ledger_of(folder))
    read = read_registry(
        sources, mapping=mapping, as_of=day, merges=told.merges, corrections=corrections
    )
    progress("classify")
    classified = classify(read.table, learn=True, labels=told.labels)
    progress("learn")
    memory = learn(classified)
    progress("locate")
    firms = locate(classified, memory=memory, datum=datum)
    progress("measure")
    described = _as_of(firms, day)
    growth = _window(firms, described["as_of"])
    metrics = measure_all(firms, seed=seed, since=growth)
    draws = doubt.draw_firms(firms, get_settings().position_draws, seed=seed)
    metrics = doubt.with_places_in_doubt(metrics, firms, draws)
    hotspots = find_hotspots(firms)
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
            "metrics": metrics,
            "sensitivity": doubt.sensitivity(draws, origins=ORIGINS, seed=seed),
            "distances": distance_functions(firms, seed=seed),
            "ellipses": ellipses(firms),
            "hotspots": hotspots,
            "memory": memory.to_frame(),
        },
        {
            **described,
            **_manifest(
                read, firms, hotspots, shipped=registry is None, as_of=day, datum=datum, seed=seed
            ),
            **_judged(classified, told, corrections),
            "doubt": doubt.told(firms, draws),
            "stars": {**asdict(star_rule()), **_told_growth(growth, described["as_of"])},
        },
    )


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


def measure_all(firms: gpd.GeoDataFrame, *, seed: int, since: pd.Timestamp | None) -> pd.DataFrame:
    """Measure firms by number over every level."""
    placed = levels.with_hexagons(firms)
    wanted = [*(levels.level(name) for name in levels.NAMES), levels.hexagon_level(placed)]
    return measure(placed, wanted, seed=seed, rule=star_rule(), since=since)


def _window(firms: pd.DataFrame, as_of: str) -> pd.Timestamp | None:
    """Return where the window of growth begins; None where too few firms have a founding date."""
    years = get_settings().growth_years
    if years == 0 or firms["founded"].notna().mean() < DATED:
        return None
    return pd.Timestamp(as_of) - pd.DateOffset(years=years)


def _told_growth(since: pd.Timestamp | None, as_of: str) -> dict[str, str | None]:
    return {"growth_from": since.date().isoformat() if since else None, "growth_to": as_of}


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
        [levels.hexagon_level(firms) if level == levels.HEXAGON else levels.level(level)],
        schemes=[scheme],
        weight=weight,
        seed=int(snapshot.manifest["parameters"]["seed"]),
        rule=star_rule(),
        since=_window(firms, str(snapshot.manifest["as_of"])),
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
    hotspots: gpd.GeoDataFrame,
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
        "account": {
            "read": read.account.read,
            "published": read.account.kept,
            "duplicates": read.account.duplicates,
            "rejected": read.account.rejected,
        },
        "synthetic": int(firms["source"].fillna("").str.startswith(SYNTHETIC).sum()),
        "findings": _counted(read.report["rule"]),
        "places": _counted(firms["precision"]),
        "relevance": _counted(firms["ai_relevance"]),
        "conflicts": int(firms["location_conflict"].notna().sum()),
        "vague": int(firms["location_note"].notna().sum()),
        "doubtful": int(firms[["location_note", "location_conflict"]].notna().any(axis=1).sum()),
        "coordinates": _counted(firms["coordinate_note"].dropna()),
        "datum": firms.attrs.get("datum", datum),
        "hotspots": {"found": len(hotspots), **hotspots.attrs},
        "parameters": {"datum": datum, "seed": seed, "as_of": as_of.isoformat() if as_of else None},
        "versions": {
            "clusters": importlib.metadata.version("sichuan-ai-clusters"),
            "python": platform.python_version(),
            "boundaries": boundary_version(),
            "zones": zone_version(),
            "gazetteer": data_version("gazetteer"),
            "taxonomy": data_version("taxonomy"),
            "metrics": METRIC_VERSION,
        },
    }


def _judged(classified: pd.DataFrame, told: Decisions, corrections: Path | None) -> dict[str, Any]:
    """Say what was learnt and what people had decided or corrected."""
    return {
        "learned": classified.attrs.get("learned"),
        "decisions": {
            "labels": len(told.labels),
            "merges": len(told.merges),
            "digest": told.digest,
        },
        "corrections": None if corrections is None else Path(corrections).name,
    }


def _as_of(firms: pd.DataFrame, given: date | None) -> dict[str, str]:
    """Return the day the data describe and on what that rests: given, dated rows, or the import."""
    today = datetime.now(UTC).date().isoformat()
    if given is not None:
        return {"as_of": given.isoformat(), "as_of_basis": "given"}
    dates = firms["as_of"].dropna().astype("str").str[:10]
    past = dates[dates <= today]
    if len(past):
        return {"as_of": str(past.max()), "as_of_basis": "rows"}
    return {"as_of": today, "as_of_basis": "import"}


def _counted(column: pd.Series) -> dict[str, int]:
    return {str(k): int(v) for k, v in column.value_counts().sort_index().items()}
