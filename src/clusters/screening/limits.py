"""Hard limits: which parks stay, and how many each limit removes, alone and in sequence.

A limit on a figure looks at its expected value; where the interval of a park lies on both sides of
the limit, the park counts as decided within doubt, whichever way it went. What is not known never
passes a limit on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.screening.measurements import Measurements

__all__ = ["Bound", "Limits", "Removed", "Screened", "apply_limits"]


@dataclass(frozen=True)
class Bound:
    """A criterion with the lowest or highest value that passes."""

    criterion: str
    sign: str
    value: float


@dataclass(frozen=True)
class Limits:
    """Hard limits; an empty one does not limit. ``industries`` are Chinese words, any of them."""

    levels: tuple[str, ...] = ()
    prefectures: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    area_known: bool = False
    place_known: bool = False
    most_uncertain_km: float | None = None
    bounds: tuple[Bound, ...] = ()


@dataclass(frozen=True)
class Removed:
    """What one limit does.

    Attributes
    ----------
    parks : int
        Parks that fail it.
    alone : int
        Of these, those that fail no other limit.
    in_sequence : int
        Parks it removes of those the limits before it have left.
    left : int
        Parks left after it.
    doubtful : int
        Parks whose interval lies on both sides of it.
    """

    parks: int
    alone: int
    in_sequence: int
    left: int
    doubtful: int = 0


@dataclass(frozen=True)
class Screened:
    """The parks that pass, as a mask over the table, and what each limit in force removes."""

    keep: NDArray[np.bool_]
    removed: Mapping[str, Removed]


def apply_limits(parks: pd.DataFrame, limits: Limits, measured: Measurements) -> Screened:
    """Apply hard limits, telling what each removes.

    Parameters
    ----------
    parks : DataFrame
        Parks in the order of `measured`.
    measured : Measurements
        Holds the criteria of the bounds.

    Returns
    -------
    Screened
        Keys of ``removed``: names of the fields of `Limits`, and ``<criterion> ≥`` or
        ``<criterion> ≤`` for bounds; in the order they are applied.
    """
    checks = _checks(parks, limits)
    doubtful = {}
    for bound in limits.bounds:
        name = f"{bound.criterion} {bound.sign}"
        checks[name], doubtful[name] = _within(bound, measured)
    left = np.ones(len(parks), dtype=bool)
    failures = sum((~passed).astype(int) for passed in checks.values())
    removed = {}
    for name, passed in checks.items():
        gone = left & ~passed
        left = left & passed
        removed[name] = Removed(
            parks=int((~passed).sum()),
            alone=int((~passed & (failures == 1)).sum()),
            in_sequence=int(gone.sum()),
            left=int(left.sum()),
            doubtful=doubtful.get(name, 0),
        )
    return Screened(left, removed)


def _within(bound: Bound, measured: Measurements) -> tuple[NDArray[np.bool_], int]:
    at = measured.criteria.index(bound.criterion)
    value, low, high = measured.value[:, at], measured.low[:, at], measured.high[:, at]
    with np.errstate(invalid="ignore"):
        passed = value >= bound.value if bound.sign == "≥" else value <= bound.value
        both = (low < bound.value) & (bound.value < high)
    return passed, int(both.sum())


def _checks(parks: pd.DataFrame, limits: Limits) -> dict[str, NDArray[np.bool_]]:
    found = {}
    if limits.levels:
        found["levels"] = parks["level"].isin(limits.levels).to_numpy()
    if limits.prefectures:
        found["prefectures"] = parks["prefecture_code"].isin(limits.prefectures).to_numpy()
    if limits.industries:
        wanted = set(limits.industries)
        found["industries"] = np.array([bool(wanted & set(one)) for one in parks["industries_zh"]])
    if limits.area_known:
        found["area_known"] = parks["approved_area_ha"].notna().to_numpy()
    if limits.place_known:
        found["place_known"] = parks["lon"].notna().to_numpy()
    if limits.most_uncertain_km is not None:
        found["most_uncertain_km"] = (
            parks["uncertainty_km"] <= limits.most_uncertain_km
        ).to_numpy()
    return found
