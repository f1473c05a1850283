"""Located firms → the tables that measure them, and what the manifest says of those tables."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import geopandas as gpd
import pandas as pd

from clusters import doubt, levels
from clusters.distances import distance_functions, ellipses
from clusters.errors import InputError
from clusters.manifest import count_firms, growth_told, growth_window
from clusters.metrics.counts import WEIGHT_COLUMN
from clusters.metrics.stars import StarRule
from clusters.metrics.table import measure, measure_sums
from clusters.patterns import find_hotspots
from clusters.places.park_files import parks_told
from clusters.scale import Result
from clusters.settings import get_settings
from clusters.workspace import Snapshot

ORIGINS = 20
Tables = dict[str, pd.DataFrame]
Told = dict[str, Any]


def measure_firms(
    firms: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, *, seed: int, since: pd.Timestamp | None
) -> tuple[Tables, Told]:
    """Measure a registry located in one table.

    Parameters
    ----------
    firms, parks
        Located firms; the parks in use.
    seed
        Of everything drawn at random.
    since
        Where the window of growth begins; None where growth is not measured.

    Returns
    -------
    tuple
        Tables of the snapshot by name, and what its manifest says of them.
    """
    placed = levels.with_hexagons(firms)
    wanted = [levels.level(name, parks) for name in levels.NAMES]
    wanted.append(levels.hexagon_level(placed))
    metrics = measure(placed, wanted, seed=seed, rule=star_rule(), since=since)
    draws = doubt.draw_firms(firms, get_settings().position_draws, seed=seed)
    hotspots = find_hotspots(firms)
    return {
        "metrics": doubt.with_places_in_doubt(metrics, firms, draws),
        "sensitivity": doubt.sensitivity(draws, origins=ORIGINS, seed=seed),
        "distances": distance_functions(firms, seed=seed),
        "ellipses": ellipses(firms),
        "hotspots": hotspots,
        "parks": parks,
    }, _told(parks, hotspots, doubt.told(firms, draws))


def measure_parts(
    found: Result,
    parks: gpd.GeoDataFrame,
    *,
    seed: int,
    progress: Callable[[str], None],
) -> tuple[Tables, Told]:
    """Measure a registry that was taken in parts, as `measure_firms` does one in one table."""
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
    return {
        "metrics": metrics,
        "sensitivity": doubt.sensitivity(draws, origins=ORIGINS, seed=seed),
        "distances": distance_functions(found.sites, seed=seed),
        "ellipses": ellipses(found.sites),
        "hotspots": hotspots,
        "parks": parks,
    }, _told(parks, hotspots, doubt.told(found.ai, draws))


def remeasure(snapshot: Snapshot, *, level: str, scheme: str, weight: str) -> pd.DataFrame:
    """Measure the firms of a snapshot anew, by another weight than the snapshot holds."""
    column = WEIGHT_COLUMN[weight]
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


def star_rule() -> StarRule:
    """Return the rule of the stars as the settings have it."""
    settings = get_settings()
    names = StarRule.__dataclass_fields__
    return StarRule(**{name: getattr(settings, f"star_{name}") for name in names})


def stars_told(since: pd.Timestamp | None, as_of: str) -> dict[str, Any]:
    """Return the rule of the stars and its window of growth, as the manifest says them."""
    return {**asdict(star_rule()), **growth_told(since, as_of)}


def _told(parks: gpd.GeoDataFrame, hotspots: pd.DataFrame, in_doubt: Told) -> Told:
    return {
        "parks": parks_told(parks),
        "hotspots": {"found": len(hotspots), **hotspots.attrs},
        "doubt": in_doubt,
    }
