"""Functions of distance over the precisely placed AI firms of a registry.

Only firms placed to a building, a street or a given coordinate take part: others would stand on
one another at the middle of their county and make clusters of nothing. Each industry is held
against redraws from the places of all precisely placed firms, AI or not, so a registry of AI firms
alone can compare segments with each other, but not AI with everything else.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.metrics.bands import DistanceFunction
from clusters.metrics.localisation import duranton_overman
from clusters.metrics.point_pattern import standard_ellipse
from clusters.metrics.relative import marcon_puech_m
from clusters.metrics.sums import AI_FIRMS
from clusters.places.boundaries import to_degrees, to_metres
from clusters.places.output import PRECISE

RADII_M: Final = np.concatenate(
    [[250.0, 500.0, 750.0, 1_000.0, 1_500.0, 2_000.0], np.arange(2_500.0, 100_001.0, 2_500.0)]
)
"""Finer near 0, where firms of one building or one park show."""

LEAST: Final = 10
"""Firms of an industry below which no function of distance is drawn."""

SIMULATIONS: Final = 999
FEWEST: Final = 199
PAIRS: Final = 500_000_000
"""Pairs counted for the redraws of one function: larger industries get fewer redraws, never fewer
than `FEWEST`."""

LARGEST_SITES: Final = 20_000
LARGEST_INDUSTRY: Final = 2_000
"""Places, and firms of the industry among them, beyond which functions of distance are taken over
so many drawn from them: pairs grow with the square."""

COLUMNS: Final = (
    "scheme",
    "industry",
    "function",
    "radius_m",
    "value",
    "local_low",
    "local_high",
    "global_low",
    "global_high",
    "n",
    "sites",
    "left_out",
    "simulations",
    "method",
    "note",
)
ELLIPSES: Final = (
    "scheme",
    "industry",
    "n",
    "left_out",
    "lon",
    "lat",
    "major_m",
    "minor_m",
    "angle_deg",
    "standard_distance_m",
    "note",
)


def distance_functions(firms: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Return Kd and M of AI firms, layers and segments with their bands.

    Parameters
    ----------
    firms : DataFrame
        Located firms; ``lon``, ``lat`` WGS 84 degrees.
    seed : int
        Of the redraws.

    Returns
    -------
    DataFrame
        `COLUMNS`, one row per industry, function (``kd`` per metre, ``m``) and radius (metres);
        ``n`` precise firms of the industry, ``sites`` precise firms of all kinds, ``left_out``
        firms of the industry without a precise place. An industry that cannot be measured has one
        row without a radius, whose ``note`` says why.
    """
    rows = [row for part in _industries(firms) for row in _functions(part.sampled(), seed)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype(
        {name: "float64" for name in COLUMNS if name.startswith(("value", "local", "global"))}
        | {"radius_m": "float64", "n": "int64", "sites": "int64", "left_out": "int64"}
        | {"simulations": "int64"}
        | dict.fromkeys(("scheme", "industry", "function", "method", "note"), "str")
    )


def ellipses(firms: pd.DataFrame) -> pd.DataFrame:
    """Return the standard ellipse of the precise firms of every industry.

    Returns
    -------
    DataFrame
        `ELLIPSES`: centre in degrees (WGS 84), semi-axes and standard distance in metres,
        direction of the major axis in degrees clockwise from north; missing, with a note, below
        three firms.
    """
    rows = []
    for part in _industries(firms):
        found = standard_ellipse(part.points) if len(part.points) else None
        centre = (
            [np.nan, np.nan]
            if found is None or not np.isfinite(found.centre_x)
            else to_degrees([[found.centre_x, found.centre_y]])[0].tolist()
        )
        rows.append(
            {
                **part.told(),
                "lon": centre[0],
                "lat": centre[1],
                "major_m": np.nan if found is None else found.major_m,
                "minor_m": np.nan if found is None else found.minor_m,
                "angle_deg": np.nan if found is None else found.angle_deg,
                "standard_distance_m": np.nan if found is None else found.standard_distance_m,
                "note": "too_few_points" if found is None else found.reason or "",
            }
        )
    table = pd.DataFrame(rows, columns=list(ELLIPSES))
    text = dict.fromkeys(("scheme", "industry", "note"), "str")
    numbers = ("lon", "lat", "major_m", "minor_m", "angle_deg", "standard_distance_m")
    return table.astype(text | dict.fromkeys(numbers, "float64") | {"n": "int64"})


@dataclass(frozen=True)
class _Part:
    """One industry among the precise firms: which of the sites are its own, and how many it has."""

    scheme: str
    industry: str
    sites: NDArray[np.float64]
    mine: NDArray[np.bool_]
    firms: int
    precise: int
    drawn_from: int

    @property
    def points(self) -> NDArray[np.float64]:
        """Places of the industry, (n, 2) metres."""
        return self.sites[self.mine]

    def told(self) -> dict[str, Any]:
        """Return what every row says of the industry."""
        return {
            "scheme": self.scheme,
            "industry": self.industry,
            "n": int(self.mine.sum()),
            "left_out": self.firms - self.precise,
        }

    def sampled(self) -> "_Part":
        """Return the part over so many places drawn from all that pairs stay countable.

        Each place is as likely as any other: the share of an industry and the shape of its
        functions stay what they are.
        """
        few = LARGEST_INDUSTRY / max(int(self.mine.sum()), LARGEST_INDUSTRY)
        number = min(LARGEST_SITES, round(len(self.sites) * few))
        if number == len(self.sites):
            return self
        drawn = np.random.default_rng(0).choice(len(self.sites), number, replace=False)
        drawn.sort()
        return replace(self, sites=self.sites[drawn], mine=self.mine[drawn])


def _industries(firms: pd.DataFrame) -> Iterator[_Part]:
    precise = firms["precision"].isin(PRECISE).to_numpy() & firms["lon"].notna().to_numpy()
    sites = to_metres(firms["lon"].to_numpy()[precise], firms["lat"].to_numpy()[precise])
    ai = firms["ai_relevance"].isin(AI_FIRMS).to_numpy()
    groups = {("ai", "ai"): ai} if ai.any() else {}
    for scheme in ("chain_layer", "segment"):
        column = firms[scheme]
        for name in sorted(column[ai].dropna().unique()):
            groups[scheme, str(name)] = ai & column.eq(name).to_numpy()
    for (scheme, name), chosen in groups.items():
        mine = chosen[precise]
        yield _Part(scheme, name, sites, mine, int(chosen.sum()), int(mine.sum()), len(sites))


def _why_not(part: _Part) -> str:
    if len(part.points) < LEAST:
        return f"fewer than {LEAST} precisely placed firms"
    if len(np.unique(part.points.round(), axis=0)) < LEAST:
        return f"fewer than {LEAST} different places"
    if part.mine.all():
        return "no other firms to compare with"
    return ""


def _functions(part: _Part, seed: int) -> Iterator[dict[str, Any]]:
    common = {**part.told(), "sites": len(part.sites)}
    why = _why_not(part)
    if why:
        for name in ("kd", "m"):
            yield {**common, "function": name, "simulations": 0, "method": "", "note": why}
        return
    squared = len(part.points) ** 2
    kd = duranton_overman(
        part.points, RADII_M, part.sites, simulations=_redraws(squared // 2), seed=seed
    )
    m = marcon_puech_m(part.sites, RADII_M, part.mine, simulations=_redraws(squared), seed=seed)
    sample = (
        f"; {len(part.sites)} places drawn from {part.drawn_from}"
        if len(part.sites) < part.drawn_from
        else ""
    )
    for name, function in (("kd", kd), ("m", m)):
        yield from _rows({**common, "function": name}, function, sample)


def _redraws(pairs: int) -> int:
    """Return how many redraws a function gets that counts so many pairs in each."""
    return min(SIMULATIONS, max(FEWEST, PAIRS // pairs))


def _rows(common: dict[str, Any], found: DistanceFunction, sample: str) -> Iterator[dict[str, Any]]:
    for k, radius in enumerate(found.radii.tolist()):
        yield {
            **common,
            "radius_m": radius,
            "value": found.density[k],
            "local_low": found.local_low[k],
            "local_high": found.local_high[k],
            "global_low": found.global_low[k],
            "global_high": found.global_high[k],
            "simulations": found.simulations,
            "method": found.method + sample,
            "note": "",
        }
