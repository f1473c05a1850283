"""Areas × industries with the totals they are held against, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CrossTable:
    """Sums of one level and scheme, for one data set or, with leading axes, several at once.

    Attributes
    ----------
    industries : sequence of str
    counts : ndarray, shape (..., areas, industries)
        In memory one industry after the other: sums of rounded numbers depend on it.
    area_total : ndarray, shape (..., areas)
        Sums over all firms of an area, AI or not.
    industry_total : ndarray, shape (..., industries)
        Sums over the province.
    grand_total : ndarray, shape (...)
        Sum over all firms of the province.
    overlapping : bool
        Whether a firm may belong to several areas, or to none.
    """

    industries: Sequence[str]
    counts: Floats
    area_total: Floats
    industry_total: Floats
    grand_total: Floats
    overlapping: bool

    @property
    def blocks(self) -> list[NDArray[np.intp]]:
        """Positions of industries in groups without overlap: ``ai`` is the sum of two others."""
        whole = np.array([name == "ai" for name in self.industries], dtype=bool)
        return [np.flatnonzero(some) for some in (~whole, whole) if some.any()]

    def against_others(self, block: NDArray[np.intp]) -> Floats:
        """Return tables of a block of industries and all other firms, each firm once.

        Returns
        -------
            (..., areas, block + 1); for areas that overlap (..., areas, 2, block + 1): each has a
            table of its own with a second row for the rest of the province, so that the margins
            of every table are true sums.
        """
        inside = _with_rest(self.counts[..., block], self.area_total)
        if not self.overlapping:
            return inside
        whole = _with_rest(self.industry_total[..., block], self.grand_total)[..., None, :]
        return by_industry(np.stack([inside, whole - inside], axis=-2))


def by_industry(tables: Floats) -> Floats:
    """Return tables (..., areas, industries) in memory one industry after the other."""
    return np.swapaxes(np.ascontiguousarray(np.swapaxes(tables, -1, -2)), -1, -2)


def _with_rest(parts: Floats, whole: Floats) -> Floats:
    """Return parts (..., k) and what is left of the whole (...), (..., k + 1)."""
    joined = np.concatenate([parts, (whole - parts.sum(axis=-1))[..., None]], axis=-1)
    return by_industry(joined) if joined.ndim > 1 else joined
