"""How stable a ranking is: stochastic multicriteria acceptability analysis (SMAA-2).

Weights, value functions and uncertain data are drawn many times; every draw ranks the parks. What
comes out are probabilities of ranks, not another ranking. Equal scores share their ranks in equal
parts, so that the probabilities sum to 1 by park and by rank, exactly.

References
----------
Lahdelma, R. & Salminen, P. (2001). SMAA-2: stochastic multicriteria acceptability analysis for
group decision making. Operations Research 49(3), 444-454.
Tervonen, T. & Lahdelma, R. (2007). Implementing stochastic multicriteria acceptability analysis.
European Journal of Operational Research 178(2), 500-513.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clusters.screening.profile import StabilityOptions
from clusters.screening.ranking import DIGITS

__all__ = ["Stability", "acceptability", "draw_weights", "smaa"]

POWERS: Final = (1.0, 0.5, 2.0)
"""Value functions drawn from: straight, concave (early gains count most), convex."""
_CHUNK: Final = 500


@dataclass(frozen=True)
class Stability:
    """What the draws say.

    Attributes
    ----------
    acceptability : ndarray, shape (parks, ranks)
        Probability of each rank, best first.
    central_weights : ndarray, shape (parks, criteria)
        Mean weights of the draws in which a park is first; NaN where it never is.
    confidence : ndarray, shape (parks,)
        Probability of being first at its central weights, over the uncertain data; NaN likewise.
    pairwise : ndarray, shape (parks, parks)
        Probability that the park of the row beats that of the column, equal scores half each.
    expected_rank : ndarray, shape (parks,)
    rank_low, rank_high : ndarray of int, shape (parks,)
        Ranks that hold the middle 90 % of the draws.
    draws, worlds : int
        Draws, and the states of the data among them.
    """

    acceptability: NDArray[np.float64]
    central_weights: NDArray[np.float64]
    confidence: NDArray[np.float64]
    pairwise: NDArray[np.float64]
    expected_rank: NDArray[np.float64]
    rank_low: NDArray[np.intp]
    rank_high: NDArray[np.intp]
    draws: int
    worlds: int


def draw_weights(
    weights: NDArray[np.float64], options: StabilityOptions, generator: np.random.Generator
) -> NDArray[np.float64]:
    """Return drawn weights, (draws, criteria), each row summing to 1.

    Uniform on the simplex is Dirichlet(1, …, 1); around the chosen is Dirichlet with a mean of the
    chosen weights, its parameters summing to the concentration.
    """
    uniform = options.weights == "uniform"
    shape = np.ones(len(weights)) if uniform else options.concentration * weights
    return generator.dirichlet(shape, options.draws)


def smaa(
    worth: NDArray[np.float64],
    expected: NDArray[np.float64],
    weights: NDArray[np.float64],
    options: StabilityOptions,
) -> Stability:
    """Analyse the acceptability of every rank.

    Parameters
    ----------
    worth : ndarray, shape (worlds, parks, criteria)
        Worths in [0, 1] in every state of the data.
    expected : ndarray, shape (parks, criteria)
        Worths used where the options keep the data fixed.
    weights : ndarray, shape (criteria,)
        Chosen weights, all above 0, summing to 1.
    options : StabilityOptions
    """
    states = worth if options.data else expected[None]
    worlds, parks, criteria = states.shape
    generator = np.random.default_rng(options.seed)
    drawn = draw_weights(weights, options, generator)
    world = generator.permutation(np.arange(options.draws) % worlds)
    shape = np.zeros(drawn.shape, dtype=np.intp)
    if options.value_shapes:
        shape = generator.integers(0, len(POWERS), drawn.shape)
    # One contiguous table per criterion: shapes × worlds, parks.
    powers = POWERS if options.value_shapes else POWERS[:1]
    tables = [
        np.concatenate([np.ascontiguousarray(states[:, :, at]) ** power for power in powers])
        for at in range(criteria)
    ]
    ranks = np.zeros((parks, parks + 1))
    beats = np.zeros((parks, parks))
    first_weights = np.zeros((parks, criteria))
    for start in range(0, options.draws, _CHUNK):
        rows = slice(start, start + _CHUNK)
        scores = np.zeros((len(world[rows]), parks))
        for at, table in enumerate(tables):
            scores += table[shape[rows, at] * worlds + world[rows]] * drawn[rows, at, None]
        first = _accumulate(np.round(scores, DIGITS), ranks, beats)
        first_weights += first.T @ drawn[rows]
    accepted = np.cumsum(ranks, axis=1)[:, :-1] / options.draws
    accepted = np.clip(accepted, 0.0, 1.0)
    accepted[accepted < 1e-12] = 0.0  # what cancels in a cumulative sum leaves a trace
    central = _central(first_weights, accepted[:, 0], options.draws)
    low, high = _middle(accepted)
    return Stability(
        acceptability=accepted,
        central_weights=central,
        confidence=_confidence(states, central),
        pairwise=beats / options.draws,
        expected_rank=accepted @ np.arange(1, parks + 1),
        rank_low=low,
        rank_high=high,
        draws=options.draws,
        worlds=worlds,
    )


def _accumulate(
    scores: NDArray[np.float64], ranks: NDArray[np.float64], beats: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Add draws to the differences of rank counts and to the pairwise wins.

    ``ranks`` holds differences along its second axis: a group of g equal parks from rank f adds
    1/g at f and takes it off again at f + g.

    Returns
    -------
    ndarray, shape (draws, parks)
        Share of the first place of every park in every draw.
    """
    number, parks = scores.shape
    order = np.argsort(-scores, axis=1, kind="stable")
    ordered = np.take_along_axis(scores, order, axis=1)
    begins = np.ones((number, parks), dtype=bool)
    begins[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    flat = np.flatnonzero(begins.ravel())
    group = np.cumsum(begins.ravel()) - 1
    size = np.diff(np.append(flat, number * parks))
    begin = (flat % parks)[group]
    share = 1.0 / size[group]
    park = order.ravel()
    width = parks + 1
    at = park * width + begin
    ranks += np.bincount(at, share, parks * width).reshape(parks, width)
    ranks -= np.bincount(at + size[group], share, parks * width).reshape(parks, width)
    # Places as small integers, draws side by side: comparing all pairs is then cheap.
    places = np.empty((parks, number), dtype=np.uint8 if parks <= 256 else np.uint16)
    places[park, np.repeat(np.arange(number), parks)] = begin
    for one in range(parks):
        behind = np.count_nonzero(places > places[one], axis=1)
        beats[one] += behind + 0.5 * np.count_nonzero(places == places[one], axis=1)
    first = np.zeros((number, parks))
    leading = begin == 0
    draw = np.repeat(np.arange(number), parks)
    first[draw[leading], park[leading]] = share[leading]
    return first


def acceptability(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probability of each rank, (parks, ranks), over scores (draws, parks)."""
    parks = scores.shape[1]
    ranks = np.zeros((parks, parks + 1))
    _accumulate(np.round(scores, DIGITS), ranks, np.zeros((parks, parks)))
    return np.clip(np.cumsum(ranks, axis=1)[:, :-1] / len(scores), 0.0, 1.0)


def _central(
    sums: NDArray[np.float64], first: NDArray[np.float64], draws: int
) -> NDArray[np.float64]:
    central = np.full(sums.shape, np.nan)
    ever = first > 0
    central[ever] = sums[ever] / (first[ever, None] * draws)
    return central


def _confidence(states: NDArray[np.float64], central: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how often a park is first at its central weights over the states of the data."""
    result = np.full(len(central), np.nan)
    for park in np.flatnonzero(np.isfinite(central[:, 0])):
        scores = np.round(states @ central[park], DIGITS)
        best = scores.max(axis=1)
        leads = scores == best[:, None]
        result[park] = (leads[:, park] / leads.sum(axis=1)).mean()
    return result


def _middle(accepted: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the ranks that hold the middle 90 %."""
    cumulated = np.cumsum(accepted, axis=1)
    low = 1 + (cumulated < 0.05 - 1e-9).sum(axis=1)
    high = 1 + (cumulated < 0.95 - 1e-9).sum(axis=1)
    return low, np.minimum(high, accepted.shape[1])
