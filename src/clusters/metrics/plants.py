"""Plant tables reduced to what agglomeration indices need, and darts thrown at their areas.

``plants`` is a DataFrame with one row per plant and the columns ``area``, ``industry``, ``size``
(≥ 0, one unit throughout; 1 for plain counts of firms); other columns are not looked at. Inside the
platform a row stands for so many plants alike as the column `ALIKE` says.
"""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from zlib import crc32

import numpy as np
import pandas as pd

from clusters.errors import MetricError
from clusters.metrics.counts import as_floats, check_labels, check_values, to_unit
from clusters.metrics.inference import BLOCK, check_whole, seeded

# No table from outside has such a column by chance: a number of a house, say, counts no plants.
ALIKE = "plants alike in this row"

Null: TypeAlias = Literal["normal", "simulate"]


@dataclass(frozen=True, kw_only=True)
class Shares:
    """How industries spread over areas, for one data set or, with leading axes, several at once.

    ``shares`` (..., industries, areas) s_ir; ``base`` (..., areas) x_r; ``number`` of plants and
    ``h`` = Σ z² (..., industries).
    """

    shares: np.ndarray
    base: np.ndarray
    number: np.ndarray
    h: np.ndarray

    @property
    def x2(self) -> np.ndarray:
        """Σ x², (...)."""
        return np.asarray((self.base**2).sum(axis=-1))

    @property
    def spread(self) -> np.ndarray:
        """1 - Σ x², (...), and exactly 0 where one area is everything."""
        return np.where(np.count_nonzero(self.base, axis=-1) < 2, 0.0, 1.0 - self.x2)

    @property
    def reasons(self) -> dict[str, np.ndarray]:
        """Which industries have no index, (..., industries), by reason code."""
        return {
            "no_plants": self.number == 0,
            "one_plant": (self.number == 1) | (self.h >= 1),
            "one_region": np.broadcast_to(self.spread[..., None] == 0, self.number.shape),
        }

    @property
    def undefined(self) -> np.ndarray:
        """Which industries have no index, (..., industries)."""
        return np.any(list(self.reasons.values()), axis=0)


@dataclass(frozen=True, kw_only=True)
class Plants(Shares):
    """Plants reduced to what the indices and their tests need.

    As `Shares` without leading axes, ``shares`` NaN for an industry without size; and
    ``industry_size`` (industries,); ``code`` and ``z`` (rows,) industry number and plant share;
    ``z4`` = Σ z⁴ (industries,).
    """

    industries: pd.Index
    industry_size: np.ndarray
    code: np.ndarray
    z: np.ndarray
    z4: np.ndarray

    @property
    def pair_variance(self) -> float:
        """Variance of (e_u - x)·(e_v - x) for two darts u and v."""
        x2 = float(self.x2)
        return x2 - 2 * float((self.base**3).sum()) + x2**2


def _checked(plants: pd.DataFrame) -> np.ndarray:
    """Return the sizes of a plant table after checking it."""
    if not isinstance(plants, pd.DataFrame):
        raise MetricError(
            f"plants is {type(plants).__name__}; pass a DataFrame with area, industry, size"
        )
    lost = [name for name in ("area", "industry", "size") if name not in plants.columns]
    if lost:
        raise MetricError(f"plants has no column {lost[0]!r}; it needs area, industry and size")
    twice = [name for name in ("area", "industry", "size") if (plants.columns == name).sum() > 1]
    if twice:
        raise MetricError(f"plants has column {twice[0]!r} twice; keep one of them")
    for name in ("area", "industry"):
        empty = plants[name].isna().to_numpy()
        if empty.any():
            row = plants.index[empty].tolist()[0]
            raise MetricError(f"plants: row {row!r} has no {name}; name it or leave the plant out")
    sizes = as_floats(plants["size"], "plants: column size")
    if sizes.size == 0:
        raise MetricError("plants has no rows; at least one plant is needed")
    bad = ~np.isfinite(sizes) | (sizes < 0)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        label = plants.index.tolist()[row]
        raise MetricError(
            f"plants: row {label!r} has size {sizes[row]}; sizes must be finite and "
            "not negative, so correct it or leave the plant out"
        )
    return to_unit(sizes)


def _base_shares(area_shares: pd.Series, found: pd.Index) -> pd.Series:
    """Return given area shares, scaled to 1, after checking that they cover every plant."""
    if not isinstance(area_shares, pd.Series):
        raise MetricError(
            f"area_shares is {type(area_shares).__name__}; pass a Series labelled by area"
        )
    check_labels(area_shares.index, "area_shares")
    values = as_floats(area_shares, "area_shares")
    check_values(values, "area_shares")
    lost = found.difference(area_shares.index)
    if len(lost):
        raise MetricError(
            f"area_shares has no area {lost.tolist()[0]!r}, but plants lie there; add it"
        )
    if values.sum() == 0:
        raise MetricError("area_shares adds up to 0; give the share of every area in the economy")
    return pd.Series(adding_to_one(values), index=area_shares.index)


def adding_to_one(values: np.ndarray) -> np.ndarray:
    """Return values ≥ 0, (..., n), over their sum along the last axis; NaN where that is 0."""
    unit = to_unit(values, -1)
    total = unit.sum(axis=-1, keepdims=True)
    return unit / np.where(total > 0, total, np.nan)


def _numbered(labels: pd.Series) -> tuple[np.ndarray, Any]:
    """Return the number of each row's label and the labels in order."""
    try:
        return pd.factorize(labels, sort=True)
    except TypeError as error:
        raise MetricError(
            f"plants: column {labels.name} holds what cannot be a label ({error}); name each "
            "by a text or a number"
        ) from error


def reduce_plants(plants: pd.DataFrame, area_shares: pd.Series | None) -> Plants:
    """Check a plant table and add it up by industry and area."""
    sizes = _checked(plants)
    if ALIKE in plants and len(np.unique(sizes)) > 1:
        plants = one_by_one(plants)
        sizes = _checked(plants)
    alike = plants[ALIKE].to_numpy(np.int64) if ALIKE in plants else None
    area_code, areas = _numbered(plants["area"])
    code, industries = _numbered(plants["industry"])
    areas, industries = pd.Index(areas), pd.Index(industries)
    if area_shares is not None:
        base = _base_shares(area_shares, areas)
        area_code = base.index.get_indexer(areas)[area_code]
        x = base.to_numpy()
    else:
        by_area = _added(area_code, sizes, len(areas), alike)
        x = by_area / by_area.sum() if by_area.sum() > 0 else np.full(len(areas), np.nan)
    rows, columns = len(industries), len(x)
    cell = code * columns + area_code
    total = _added(code, sizes, rows, alike)
    with np.errstate(invalid="ignore"):
        z = np.nan_to_num(sizes / total[code])
        shares = _added(cell, z, rows * columns, alike).reshape(rows, columns)
        shares[total == 0] = np.nan
    counted = sizes > 0
    return Plants(
        industries=industries,
        shares=shares,
        base=x,
        industry_size=total,
        code=code,
        z=z,
        number=np.bincount(code[counted], None if alike is None else alike[counted], rows).astype(
            np.int64
        ),
        h=_added(code, z**2, rows, alike),
        z4=_added(code, z**4, rows, alike),
    )


def shares_of(counts: np.ndarray, base: np.ndarray) -> Shares:
    """Return the shares of plants that all weigh the same, as `reduce_plants` would.

    Parameters
    ----------
    counts
        (..., industries, areas), numbers of plants.
    base
        (..., areas), share of every area in the economy, adding up to 1.
    """
    number = counts.sum(axis=-1).astype(np.int64)
    z = 1 / np.maximum(number, 1)
    return Shares(
        shares=_repeated(np.broadcast_to(z[..., None], counts.shape), counts.astype(np.int64)),
        base=base,
        number=number,
        h=_repeated(z**2, number),
    )


def one_by_one(plants: pd.DataFrame) -> pd.DataFrame:
    """Return a plant table with one row per plant."""
    if not isinstance(plants, pd.DataFrame) or ALIKE not in plants:
        return plants
    rows = plants.drop(columns=ALIKE)
    return rows.loc[rows.index.repeat(plants[ALIKE])].reset_index(drop=True)


def _added(
    group: np.ndarray, values: np.ndarray, groups: int, alike: np.ndarray | None
) -> np.ndarray:
    """Return the sum of each group's values, (groups,).

    With ``alike`` each value comes so many times, and all values of a group are the same. They are
    added one by one all the same: a product would differ from a sum in the last digit, and a
    registry in parts from one in one table.
    """
    if alike is None:
        return np.bincount(group, weights=values, minlength=groups)
    number = np.bincount(group, weights=alike, minlength=groups).astype(np.int64)
    of = np.zeros(groups)
    of[group] = values
    return _repeated(of, number)


def _repeated(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return each value added up so many times (≥ 0) one by one; both of one shape."""
    result = np.zeros(times.shape)
    some = np.nonzero(times)
    of, number, sums = values[some], times[some], np.zeros(len(some[0]))
    for value in np.unique(of):
        same = np.flatnonzero(of == value)
        sums[same] = _multiples(float(value), number[same])
    result[some] = sums
    return result


def _multiples(value: float, times: np.ndarray) -> np.ndarray:
    """Return ``value`` added up so many times, for every one of ``times`` (≥ 1)."""
    result, carried = np.zeros(len(times)), 0.0
    for begin in range(0, int(times.max()), BLOCK):
        steps = np.full(min(BLOCK, int(times.max()) - begin) + 1, value)
        steps[0] = carried
        sums = np.cumsum(steps)
        here = (times > begin) & (times <= begin + BLOCK)
        result[here] = sums[times[here] - begin]
        carried = float(sums[-1])
    return result


def throw(z: np.ndarray, x: np.ndarray, draws: int, generator: np.random.Generator) -> np.ndarray:
    """Throw the plants of one industry and return the area shares, (draws, areas)."""
    sizes, copies = np.unique(z[z > 0], return_counts=True)
    if len(sizes) * len(x) <= len(z):  # equal plants fall as one multinomial
        thrown = np.zeros((draws, len(x)))
        for size, number in zip(sizes, copies, strict=True):
            thrown += size * generator.multinomial(number, x, size=draws)
        return thrown
    darts = np.sort(z[z > 0])  # the order of the rows must not matter
    edges = np.cumsum(x)[:-1]
    places = np.searchsorted(edges, generator.random((draws, len(darts))), side="right")
    places += np.arange(draws)[:, None] * len(x)
    weights = np.broadcast_to(darts, places.shape).ravel()
    return np.bincount(places.ravel(), weights=weights, minlength=draws * len(x)).reshape(draws, -1)


def generator_of(seed: int | None, *labels: object) -> np.random.Generator:
    """Return the random numbers of one industry, independent of which others are measured."""
    if seed is None:
        return np.random.default_rng()
    words = [crc32(str(label).encode()) for label in labels]
    return seeded(lambda number: np.random.default_rng([number, *words]), seed)


def check_null(null: str, draws: int) -> None:
    """Raise MetricError for an unknown null or too few draws."""
    if null not in ("normal", "simulate"):
        raise MetricError(f"null {null!r} is unknown; choose normal or simulate")
    check_whole(draws, "draws")
    if draws < 1:
        raise MetricError(f"draws is {draws}; at least 1 is needed, better 999")
