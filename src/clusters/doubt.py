"""Places in doubt drawn several times, so that every metric shows what the doubt is worth.

All AI firms with a place are redrawn. A firm whose county is unknown gets one of its prefecture's
counties, with odds by the AI firms known to be in each, plus the share of all firms there as if it
were one firm more. Then its position is drawn inside the area it is known to lie in
(`places.draws`), and the areas follow from position and evidence: a county the address names stays,
a zone the address names stays, any other zone holds the firm where the drawn position lies in its
footprint, whose own error moves it too. Firms without any place are in no draw. All other firms
stay where they are: they only make the totals quotients are held against.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from clusters import levels
from clusters.geocode.positions import SIGMAS_95
from clusters.metrics.areal import ArealSensitivity, areal_sensitivity
from clusters.metrics.doubt import doubted, measure_draws
from clusters.metrics.sums import AI_FIRMS, Level, Sums, memberships, take_sums
from clusters.places.boundaries import to_degrees, to_metres
from clusters.places.draws import draw_positions
from clusters.places.output import PRECISE
from clusters.places.zones import follows_zones, zones

STATED: Final = ("text", "subdistrict")
"""Evidence of a zone that stands in the address; it does not move with the position."""

_CERTAIN: Final = 0.999
_SETS: Final = 5


@dataclass(frozen=True)
class Around:
    """What the other firms tell of where an uncertain one may be.

    Attributes
    ----------
    every, mine : Series
        County → firms, and AI firms, known to be in it.
    precise : ndarray of float64, shape (k, 2)
        WGS 84 degrees of the precisely placed firms, in the order of the registry.
    """

    every: pd.Series
    mine: pd.Series
    precise: NDArray[np.float64]


def around_of(firms: pd.DataFrame) -> Around:
    """Return what located firms, or a part of them, tell of the places of others."""
    known = firms[firms["county_code"].notna()]
    mine = known[known["ai_relevance"].isin(AI_FIRMS)]
    precise = firms[firms["precision"].isin(PRECISE)]
    return Around(
        known["county_code"].value_counts(),
        mine["county_code"].value_counts(),
        precise[["lon", "lat"]].to_numpy(np.float64),
    )


def around_all(parts: Sequence[Around]) -> Around:
    """Return what all parts of a registry tell, in their order."""
    return Around(
        reduce(lambda one, other: one.add(other, fill_value=0), [part.every for part in parts]),
        reduce(lambda one, other: one.add(other, fill_value=0), [part.mine for part in parts]),
        np.concatenate([part.precise for part in parts]),
    )


def draw_firms(
    firms: pd.DataFrame, draws: int, *, seed: int, around: Around | None = None
) -> list[pd.DataFrame]:
    """Return the placed AI firms several times, each time at one possible place.

    Parameters
    ----------
    firms : DataFrame
        Located firms of the whole registry, or its AI firms with `around`.
    draws : int
        Number of tables.
    seed : int
        The same seed gives the same draws.
    around : Around, optional
        What all firms tell; that of `firms` where it is not given.

    Returns
    -------
    list of DataFrame
        The columns of `firms`, with ``lon``, ``lat`` (WGS 84 degrees), ``prefecture_code``,
        ``county_code``, ``zone_ids``, ``zone_also_ids`` and ``hexagon_code`` as drawn.
    """
    table = pd.DataFrame(firms.drop(columns="geometry"))
    ai = table[table["ai_relevance"].isin(AI_FIRMS) & (table["precision"] != "none")]
    if ai.empty:
        return []
    told = around_of(table) if around is None else around
    odds = _county_odds(told)
    stated = _stated_zones(ai)
    alike = pd.DataFrame(  # of all draws, and held once
        {"zone_also_ids": pd.Series([[]] * len(ai), index=ai.index, dtype=object)}
    ).assign(precision="point", radius_m=0.0)
    result = []
    for number in np.random.SeedSequence(seed).generate_state(draws):
        generator = np.random.default_rng(int(number))
        drawn = _with_county(ai, odds, generator)
        metres = draw_positions(drawn, 1, seed=int(number), anchors=told.precise)[0]
        result.append(_assigned(drawn.assign(**alike), metres, stated, generator))
    return result


def _county_odds(around: Around) -> dict[str, pd.Series]:
    """Return the odds of each county of a prefecture for an AI firm known to the prefecture."""
    mine = around.mine
    counties = levels.level("county").areas.index.to_series()
    every = around.every.reindex(counties, fill_value=0)
    odds = {}
    for prefecture, codes in counties.groupby(counties.str[:4] + "00"):
        here = every[codes.to_numpy()]
        share = here / here.sum() if here.sum() else pd.Series(1 / len(here), index=here.index)
        weights = mine.reindex(here.index, fill_value=0) + share
        odds[str(prefecture)] = weights / weights.sum()
    return odds


def _with_county(
    ai: pd.DataFrame, odds: dict[str, pd.Series], generator: np.random.Generator
) -> pd.DataFrame:
    """Return the firms with a county drawn where it is unknown or not sure."""
    probability = ai["county_probability"].astype(float).fillna(0.0).to_numpy()
    unsure = generator.random(len(ai)) >= np.where(probability >= _CERTAIN, 1.0, probability)
    wanted = unsure & ai["prefecture_code"].notna().to_numpy()
    county, precision = ai["county_code"].to_numpy(object), ai["precision"].to_numpy(object)
    prefectures = ai["prefecture_code"].to_numpy(object)
    rows = np.flatnonzero(wanted & ~ai["precision"].isin(PRECISE))
    for row in rows.tolist():
        chances = odds[str(prefectures[row])]
        county[row] = generator.choice(chances.index.to_numpy(object), p=chances.to_numpy())
        precision[row] = "county" if precision[row] == "prefecture" else precision[row]
    return ai.assign(county_code=pd.array(county, dtype="str"), precision=precision)


def _stated_zones(ai: pd.DataFrame) -> list[list[str] | None]:
    """Return the zones of the firms whose address names them; None for all other firms."""
    named = ai["zone_evidence"].map(lambda kinds: any(kind in STATED for kind in kinds))
    every = memberships(ai)
    return [list(ids) if sure else None for ids, sure in zip(every, named, strict=True)]


def _assigned(
    drawn: pd.DataFrame,
    metres: NDArray[np.float64],
    stated: Sequence[list[str] | None],
    generator: np.random.Generator,
) -> pd.DataFrame:
    """Return the firms with the areas of their drawn positions."""
    # Most firms are in no zone, and there are many firms and draws: one empty list serves them all.
    nowhere: list[str] = []
    zone_ids = [nowhere if known is None else known for known in stated]
    for zone_id, shape, error in _footprints():
        moved = metres + generator.standard_normal(metres.shape) * (error / SIGMAS_95)
        for row in np.flatnonzero(shapely.contains_xy(shape, moved[:, 0], moved[:, 1])).tolist():
            if stated[row] is None:
                zone_ids[row] = [*zone_ids[row], zone_id]
    degrees = to_degrees(metres)
    table = drawn.assign(
        lon=degrees[:, 0],
        lat=degrees[:, 1],
        zone_ids=pd.Series(zone_ids, index=drawn.index, dtype=object),
    )
    return levels.with_hexagons(table)


@follows_zones
def _footprints() -> list[tuple[str, shapely.Geometry, float]]:
    """Return zone, footprint in metres and its error; assumed places hold nobody."""
    table = zones()
    table = table[table.geometry.notna() & ~table["assumed"].astype(bool)]
    shapes = to_metres(table).geometry.to_numpy()
    shapely.prepare(shapes)
    return list(zip(table["zone_id"], shapes, table["boundary_error_m"].fillna(0.0), strict=True))


def with_places_in_doubt(
    metrics: pd.DataFrame, firms: pd.DataFrame, draws: Sequence[pd.DataFrame]
) -> pd.DataFrame:
    """Return the metric table with intervals widened by the draws and ``doubt_share`` filled."""
    if len(draws) < 2 or metrics.empty:
        return metrics
    placed = levels.with_hexagons(firms)
    others = placed[~placed["ai_relevance"].isin(AI_FIRMS)]
    wanted = redrawn_levels(levels.hexagon_level(placed))
    sums = {level.name: take_sums(others, level, "ai", "firms") for level in wanted}
    return widened(metrics, draws, sums, wanted)


def redrawn_levels(hexagons: Level) -> list[Level]:
    """Return the levels the draws are measured over.

    Parks are centres with a radius, not areas: what the draws say of them is nothing.
    """
    return [*(levels.level(name) for name in levels.NAMES if name != "park"), hexagons]


def widened(
    metrics: pd.DataFrame,
    draws: Sequence[pd.DataFrame],
    others: Mapping[str, Sums],
    wanted: Sequence[Level],
) -> pd.DataFrame:
    """Return the metric table widened by the draws, held against the sums of all other firms."""
    if len(draws) < 2 or metrics.empty:
        return metrics
    return doubted(metrics, measure_draws(draws, others, wanted))


def sensitivity(draws: Sequence[pd.DataFrame], *, origins: int, seed: int) -> pd.DataFrame:
    """Return every index of every segment by level and hexagon size, over draws and origins.

    Parameters
    ----------
    draws : sequence of DataFrame
        What `draw_firms` returned. Each data set meets its own origins of the hexagons.
    origins : int
        Origins in all, dealt out over at most five of the data sets.
    seed : int
        Of the origins.

    Returns
    -------
    DataFrame
        ``industry, level, metric, value, low, high, areas, n, left_out, note``: the median, the
        lowest and the highest over draws and origins. The segments are held against all AI firms.
    """
    columns = ["industry", "level", "metric", "value", "low", "high", "areas", "n"]
    some = draws[:_SETS]
    each = max(1, round(origins / max(len(some), 1)))
    parts = [
        areal_sensitivity(table, industry="segment", origins=each, seed=seed + number)
        for number, table in enumerate(some)
        if table["county_code"].notna().any()
    ]
    if not parts:
        return pd.DataFrame(columns=[*columns, "left_out", "note"])
    return _pooled(parts)[[*columns, "left_out", "note"]]


def _pooled(parts: Sequence[ArealSensitivity]) -> pd.DataFrame:
    every = pd.concat([part.indices for part in parts], ignore_index=True)
    every = every.astype({"value": float, "low": float, "high": float})
    every = every.assign(
        low=every["low"].fillna(every["value"]), high=every["high"].fillna(every["value"])
    )
    grouped = every.groupby(["industry", "metric", "level"], sort=True)
    table = grouped.agg(
        value=("value", "median"),
        low=("low", "min"),
        high=("high", "max"),
        areas=("areas", "median"),
        n=("n", "median"),
        note=("reason", lambda reasons: next((str(r) for r in reasons if pd.notna(r)), "")),
    ).reset_index()
    table["note"] = table["note"].where(table["value"].isna(), "")
    return table.assign(
        left_out=max(part.left_out for part in parts),
        areas=table["areas"].round().astype("int64"),
        n=table["n"].round().astype("int64"),
    )


def told(firms: pd.DataFrame, draws: Sequence[pd.DataFrame]) -> dict[str, Any]:
    """Return what the manifest says of the draws."""
    ai = firms[firms["ai_relevance"].isin(AI_FIRMS)]
    placed = ai[ai["precision"] != "none"]
    return {
        "draws": len(draws),
        "redrawn": len(placed) if draws else 0,
        "redrawn_by_precision": {
            str(name): int(count)
            for name, count in placed["precision"].value_counts().sort_index().items()
        },
        "without_place": len(ai) - len(placed),
        "kept": "firms outside AI stay at their best place; parks are not redrawn",
    }
