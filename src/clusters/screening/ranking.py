"""Who ranks where, why, and what would have to change.

The score of a park is the sum of its expected worths by the weights: it adds up, criterion by
criterion. TOPSIS (Hwang & Yoon 1981, by pymcdm) orders by nearness to the best and distance from
the worst of the parks left, on the same worths.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pymcdm.methods import TOPSIS

from clusters.screening.profile import Choice, Method
from clusters.screening.worth import Worth

__all__ = ["Change", "Ranking", "changes_for_next_rank", "rank", "rank_parks", "topsis"]

DIGITS = 12
"""Decimals in which scores must differ not to share a rank: the rest is rounding."""


@dataclass(frozen=True)
class Ranking:
    """A ranking of parks.

    Attributes
    ----------
    weights : ndarray, shape (criteria,)
        Shares of 1.
    score, low, high : ndarray, shape (parks,)
        Weighted sum of expected worths, 0 to 100; and with every figure at its worst and at its
        best.
    closeness : ndarray, shape (parks,)
        TOPSIS closeness, 0 to 1; NaN where all parks are alike.
    contributions : ndarray, shape (parks, criteria)
        Points of the score from each criterion.
    ranks, ranks_topsis : ndarray of int, shape (parks,)
        1 is best; equal parks share the better rank.
    order : ndarray of int, shape (parks,)
        Positions of the parks by the method of the profile, best first.
    """

    weights: NDArray[np.float64]
    score: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    closeness: NDArray[np.float64]
    contributions: NDArray[np.float64]
    ranks: NDArray[np.intp]
    ranks_topsis: NDArray[np.intp]
    order: NDArray[np.intp]


@dataclass(frozen=True)
class Change:
    """What would lift a park past the one above it, by one criterion alone.

    Attributes
    ----------
    criterion : str
    worth, worth_needed : float
        Of the park now, and at which it draws level with the park above; above 1 is out of reach.
    figure_needed : float
        The figure that has that worth; NaN where no figure has.
    weight_needed : float
        Weight of the criterion, of 100, at which the two parks draw level while the others keep
        their proportions; NaN where no weight does.
    """

    criterion: str
    worth: float
    worth_needed: float
    figure_needed: float
    weight_needed: float

    @property
    def possible(self) -> bool:
        """Whether the criterion alone can do it."""
        return self.worth_needed <= 1 and np.isfinite(self.figure_needed)


def rank(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return ranks (n,) from 1, higher values first; equal ones share the better rank."""
    rounded = np.round(values, DIGITS)
    return 1 + (rounded[None, :] > rounded[:, None]).sum(axis=1)


def _as_is(
    values: NDArray[np.float64],
    cost: bool,  # noqa: ARG001 - pymcdm names it
) -> NDArray[np.float64]:
    """Leave worths as they are: all run from 0 to 1 already."""
    return values


def topsis(worth: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the TOPSIS closeness of (parks, criteria) worths; NaN where all parks are alike."""
    if len(worth) < 2 or np.allclose(worth, worth[0]):
        return np.full(len(worth), np.nan)
    method = TOPSIS(normalization_function=_as_is)
    return np.asarray(method(worth, weights, np.ones(len(weights)), validation=False))


def rank_parks(worth: Worth, choices: tuple[Choice, ...], *, method: Method) -> Ranking:
    """Rank parks by their worth; weights of `choices` sum to 100."""
    weights = np.array([choice.weight for choice in choices]) / 100
    score = 100 * worth.expected @ weights
    closeness = topsis(worth.expected, weights)
    ranks, by_topsis = rank(score), rank(np.nan_to_num(closeness))
    first, second = (ranks, by_topsis) if method == "weighted_sum" else (by_topsis, ranks)
    return Ranking(
        weights=weights,
        score=score,
        low=100 * worth.low @ weights,
        high=100 * worth.high @ weights,
        closeness=closeness,
        contributions=100 * worth.expected * weights,
        ranks=ranks,
        ranks_topsis=by_topsis,
        order=np.lexsort((np.arange(len(score)), second, first)),
    )


def changes_for_next_rank(
    ranking: Ranking, worth: Worth, figures: NDArray[np.float64], names: tuple[str, ...], park: int
) -> tuple[int, list[Change]]:
    """Return the park just above by score, and what in each criterion would draw level with it.

    Parameters
    ----------
    figures : ndarray, shape (parks, criteria)
        Expected figures; NaN where not known.
    park : int
        Position of the park.

    Returns
    -------
    above : int
        Position of the park above; -1 for a park nobody is above, which needs no change.
    changes : list of Change
        Smallest rise of worth first.
    """
    higher = np.flatnonzero(ranking.ranks < ranking.ranks[park])
    if not len(higher):
        return -1, []
    above = int(higher[np.argmin(ranking.score[higher])])
    gap = (ranking.score[above] - ranking.score[park]) / 100
    found = []
    for at, name in enumerate(names):
        now = float(worth.expected[park, at])
        needed = now + gap / float(ranking.weights[at])
        figure = worth.scales[at].figure(needed, float(figures[park, at]))
        weight = _level_weight(ranking, worth, park, above, at)
        found.append(Change(name, now, needed, figure if needed <= 1 else np.nan, weight))
    return above, sorted(found, key=lambda change: change.worth_needed - change.worth)


def _level_weight(ranking: Ranking, worth: Worth, park: int, above: int, at: int) -> float:
    """Return the weight of one criterion, of 100, at which two parks have equal scores."""
    ahead = worth.expected[park] - worth.expected[above]
    own = float(ahead[at])
    share = float(ranking.weights[at])
    if share >= 1:
        return float("nan")
    others = float((ahead * ranking.weights).sum() - own * share) / (1 - share)
    if own == others:
        return float("nan")
    level = others / (others - own)
    return 100 * level if 0 <= level <= 1 else float("nan")
