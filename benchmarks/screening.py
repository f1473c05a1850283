"""Stability analysis of 100 parks: ours against a plain loop and pymcdm in a loop, one run.

``python benchmarks/screening.py``
"""

import time

import numpy as np
from pymcdm.methods import WSM
from pymcdm.normalizations import minmax_normalization
from report import Sheet, scaled

from clusters.screening.profile import StabilityOptions
from clusters.screening.stability import draw_weights, smaa

PARKS, CRITERIA, WORLDS, DRAWS = 100, 12, 512, scaled(10_000, 512)
LOOPED = scaled(1_000, 100)
"""Draws the loops are given; their time is scaled to `DRAWS`."""


def timed(work):
    """Return seconds and the result of some work, the best of three runs."""
    best, result = np.inf, None
    for _ in range(3):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result


def plain_loop(states, drawn, world):
    """Score, rank and count draw by draw in numpy."""
    counts = np.zeros((PARKS, PARKS))
    wins = np.zeros((PARKS, PARKS))
    for row, weights in enumerate(drawn):
        scores = states[world[row]] @ weights
        order = np.argsort(-scores, kind="stable")
        counts[order, np.arange(PARKS)] += 1
        wins += scores[:, None] > scores[None, :]
    return counts / len(drawn)


def pymcdm_loop(states, drawn, world):
    """Let the library score every draw; ranks counted as above."""
    method = WSM(normalization_function=minmax_normalization)
    types = np.ones(CRITERIA)
    counts = np.zeros((PARKS, PARKS))
    for row, weights in enumerate(drawn):
        scores = method(states[world[row]], weights, types, validation=False)
        counts[np.argsort(-scores, kind="stable"), np.arange(PARKS)] += 1
    return counts / len(drawn)


CASE = "Stability of 100 parks, 12 criteria, 10 000 draws"


def main():
    """Measure ours, then both loops."""
    sheet = Sheet("screening")
    states = np.random.default_rng(1).random((WORLDS, PARKS, CRITERIA))
    weights = np.full(CRITERIA, 1 / CRITERIA)
    for shapes in (False, True):
        options = StabilityOptions(weights="uniform", value_shapes=shapes, draws=DRAWS, seed=1)
        seconds, found = timed(lambda o=options: smaa(states, states.mean(axis=0), weights, o))
        name = "clusters, value functions varied too" if shapes else "clusters"
        sheet.add(CASE, name, seconds, own=True)
        if not shapes:
            result = found
    generator = np.random.default_rng(1)
    options = StabilityOptions(weights="uniform", draws=DRAWS)
    drawn = draw_weights(weights, options, generator)[:LOOPED]
    world = generator.permutation(np.arange(DRAWS) % WORLDS)[:LOOPED]
    for name, loop in (("plain numpy loop", plain_loop), ("pymcdm in a loop", pymcdm_loop)):
        seconds, counts = timed(lambda f=loop: f(states, drawn, world))
        apart = np.abs(counts - result.acceptability).max()
        sheet.add(
            CASE,
            name,
            seconds * DRAWS / LOOPED,
            note=f"{LOOPED} draws, scaled; a probability differs by {apart:.3f} at most",
        )
    sheet.save()


if __name__ == "__main__":
    main()
