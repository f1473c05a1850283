"""Compiled loops over pairs of points; imported only by functions that need them.

numba compiles each kernel once per machine and keeps it on disk. Coordinates are float64 arrays
(n,) in metres, sorted by x so that a loop can stop where x alone is out of reach; a kernel works
on the rows start to stop, and `clusters.metrics.parallel` runs such blocks on all cores. Radii
come as squared limits, ascending, with the table that finds a distance's place among them
(`rings`): a pair at exactly a radius counts as within it, and so does one that exceeds it by a
rounding error (1e-9 of it).
"""
# ruff: noqa: PLR0917 - compiled functions take plain arguments, by position

import math
from typing import Final, NamedTuple

import numba
import numpy as np

_jit = numba.njit(cache=True, nogil=True)
# Sums may be reordered and products fused: pairs are independent, so rounding is all that changes.
_fast = numba.njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz", "arcp"})

MOMENTS: Final = 4
"""Powers of the distance from its node's middle that are kept, 0 to 3."""
# Bandwidths beyond which a Gaussian is below 4e-18 of its top.
REACH: Final = 9.0
_SLACK: Final = 1.0 + 1e-9
_CELLS: Final = 4096
# Distances computed in one go: the processor takes 4 or 8 square roots at a time.
_BATCH: Final = 1024


class Rings(NamedTuple):
    """Squared radii (r,) with slack, and for each of 4096 equal steps of distance its first ring.

    ``scale`` turns metres into steps; ``reach`` is the last radius with its slack.
    """

    limits: np.ndarray
    first: np.ndarray
    scale: float
    reach: float


def rings(radii: np.ndarray) -> Rings:
    """Prepare ascending radii (r,) in metres for the kernels."""
    limits = (radii * _SLACK) ** 2
    reach = float(radii[-1]) * _SLACK
    scale = _CELLS / reach if reach > 0 else 0.0
    starts = np.arange(_CELLS + 2) / _CELLS * reach * (1 - 1e-12)
    return Rings(limits, np.searchsorted(limits, starts**2), scale, reach)


@_jit
def _ring(d2: float, near: Rings) -> int:
    """Return the place of a squared distance within reach among the limits."""
    place = near.first[int(math.sqrt(d2) * near.scale)]
    while near.limits[place] < d2:
        place += 1
    return place


@_jit
def kernel_sum(
    x: np.ndarray,
    y: np.ndarray,
    w: np.ndarray,
    radii: np.ndarray,
    bandwidth: float,
    start: int,
    stop: int,
) -> np.ndarray:
    """Return Σ_{k<l} w_k w_l [φ((r - d)/h) + φ((r + d)/h)] / h at every radius, (radii,)."""
    out = np.zeros(len(radii))
    reach = REACH * bandwidth
    last = radii[-1] + reach
    top = 1.0 / (math.sqrt(2.0 * math.pi) * bandwidth)
    for k in range(start, stop):
        for m in range(k + 1, len(x)):
            if x[m] - x[k] > last:
                break
            d = math.hypot(x[k] - x[m], y[k] - y[m])
            if d > last:
                continue
            weight = w[k] * w[m] * top
            for j in range(np.searchsorted(radii, d - reach), len(radii)):
                u = (radii[j] - d) / bandwidth
                v = (radii[j] + d) / bandwidth
                if u > REACH:
                    break
                out[j] += weight * math.exp(-0.5 * u * u)
                if v <= REACH:
                    out[j] += weight * math.exp(-0.5 * v * v)
    return out


@_fast
def pair_nodes(
    x: np.ndarray,
    y: np.ndarray,
    w: np.ndarray,
    width: float,
    bins: int,
    start: int,
    stop: int,
) -> np.ndarray:
    """Return Σ_{k<l} w_k w_l v^p per interval of ``width`` metres, ((bins + 1) · 4,), p = 0 … 3.

    v in [-½, ½) is the distance from the middle of the interval in units of its width: with the
    moments, smoothing can follow every pair inside its interval. The last interval takes all
    pairs that are farther apart.
    """
    out = np.zeros((bins + 1) * MOMENTS)
    places = np.empty(_BATCH)
    reach = width * bins
    scale = 1.0 / width
    for k in range(start, stop):
        xk, yk, wk = x[k], y[k], w[k]
        end = np.searchsorted(x, xk + reach, side="right")
        for at in range(k + 1, end, _BATCH):
            number = min(end - at, _BATCH)
            xs, ys, ws = x[at : at + number], y[at : at + number], w[at : at + number]
            for t in range(number):
                dx = xs[t] - xk
                dy = ys[t] - yk
                places[t] = min(math.sqrt(dx * dx + dy * dy) * scale, bins)
            for t in range(number):
                node = np.uint32(places[t])
                v = places[t] - node - 0.5
                weight = wk * ws[t]
                slot = np.uint32(MOMENTS) * node
                out[slot] += weight
                weight *= v
                out[slot + np.uint32(1)] += weight
                weight *= v
                out[slot + np.uint32(2)] += weight
                weight *= v
                out[slot + np.uint32(3)] += weight
    return out


@_fast
def distance_nodes(d: np.ndarray, w: np.ndarray, width: float, bins: int) -> np.ndarray:
    """Return what `pair_nodes` does for distances (p,) with weights (p,)."""
    out = np.zeros((bins + 1) * MOMENTS)
    for t in range(len(d)):
        place = min(d[t] / width, bins)
        node = int(place)
        v = place - node - 0.5
        weight = w[t]
        for p in range(MOMENTS):
            out[MOMENTS * node + p] += weight
            weight *= v
    return out


@_fast
def smooth_nodes(
    moments: np.ndarray, first: np.ndarray, edges: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return Σ moments · weights for every radius, (rows, radii), from moments (rows, nodes · 4).

    The weights of radius r are those from edges[r] to edges[r + 1]; they meet the moments from
    first[r] on. Not a product of numpy's: its library starts threads of its own for long vectors,
    which fight those of `clusters.metrics.parallel`.
    """
    out = np.zeros((len(moments), len(first)))
    for k in range(len(moments)):
        for r in range(len(first)):
            row = weights[edges[r] : edges[r + 1]]
            near = moments[k, first[r] : first[r] + len(row)]
            total = 0.0
            for t in range(len(row)):
                total += near[t] * row[t]
            out[k, r] = total
    return out


@_fast
def row_nodes(
    x: np.ndarray,
    y: np.ndarray,
    w: np.ndarray,
    rows: np.ndarray,
    width: float,
    bins: int,
) -> np.ndarray:
    """Return the moments of `pair_nodes` around each of some points, (rows, (bins + 1) · 4)."""
    out = np.zeros((len(rows), (bins + 1) * MOMENTS))
    reach = width * bins
    for k in range(len(rows)):
        i = rows[k]
        first = np.searchsorted(x, x[i] - reach)
        for j in range(first, np.searchsorted(x, x[i] + reach, side="right")):
            if j == i:
                continue
            dx = x[j] - x[i]
            dy = y[j] - y[i]
            place = min(math.sqrt(dx * dx + dy * dy) / width, bins)
            node = int(place)
            v = place - node - 0.5
            weight = w[j]
            for p in range(MOMENTS):
                out[k, MOMENTS * node + p] += weight
                weight *= v
    return out


@_fast
def distance_sums(
    x: np.ndarray,
    y: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    bins: int,
    start: int,
    stop: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return Σ d and Σ d² over pairs, and their numbers around two brackets, (2, bins + 2).

    For bracket q, entry 0 counts the pairs closer than low[q], entry 1 + b those in the b-th of
    ``bins`` equal parts of [low[q], high[q]), the last those farther.
    """
    sums = np.zeros(2)
    counts = np.zeros((2, bins + 2), dtype=np.int64)
    places = np.empty((2, _BATCH))
    scale0, scale1 = bins / (high[0] - low[0]), bins / (high[1] - low[1])
    for k in range(start, stop):
        xk, yk = x[k], y[k]
        for at in range(k + 1, len(x), _BATCH):
            number = min(len(x) - at, _BATCH)
            xs, ys = x[at : at + number], y[at : at + number]
            total = 0.0
            squares = 0.0
            for t in range(number):
                dx = xs[t] - xk
                dy = ys[t] - yk
                d2 = dx * dx + dy * dy
                d = math.sqrt(d2)
                total += d
                squares += d2
                places[0, t] = min(max((d - low[0]) * scale0 + 1.0, 0.0), bins + 1.0)
                places[1, t] = min(max((d - low[1]) * scale1 + 1.0, 0.0), bins + 1.0)
            sums[0] += total
            sums[1] += squares
            for t in range(number):
                counts[0, int(places[0, t])] += 1
                counts[1, int(places[1, t])] += 1
    return sums, counts


@_jit
def neighbours_within(
    x: np.ndarray,
    y: np.ndarray,
    w: np.ndarray,
    rows: np.ndarray,
    near: Rings,
) -> np.ndarray:
    """Return the weight of other points within every radius of some points, (rows, radii)."""
    out = np.zeros((len(rows), len(near.limits)))
    last = near.limits[-1]
    for k in range(len(rows)):
        i = rows[k]
        for j in range(
            np.searchsorted(x, x[i] - near.reach),
            np.searchsorted(x, x[i] + near.reach, side="right"),
        ):
            dx = x[i] - x[j]
            dy = y[i] - y[j]
            d2 = dx * dx + dy * dy
            if j != i and d2 <= last:
                out[k, _ring(d2, near)] += w[j]
        for r in range(1, len(near.limits)):
            out[k, r] += out[k, r - 1]
    return out


@_jit
def share_of_neighbours(
    x: np.ndarray,
    y: np.ndarray,
    w: np.ndarray,
    chosen: np.ndarray,
    around: np.ndarray,
    total: float,
    near: Rings,
) -> np.ndarray:
    """Return for each radius Σ (sector weight / all weight nearby) and Σ of the expected share.

    Sums over the sector's points, (2, radii): numerator and denominator of Marcon and Puech's M.
    x, y, w are the sector's points; ``around[chosen[i]]`` is the weight of all other points
    within every radius of the i-th of them (radii,), ``total`` the weight of all points.
    """
    own = w.sum()
    out = np.zeros((2, len(near.limits)))
    last = near.limits[-1]
    ring = np.zeros(len(near.limits))
    for i in range(len(x)):
        ring[:] = 0.0
        for j in range(
            np.searchsorted(x, x[i] - near.reach),
            np.searchsorted(x, x[i] + near.reach, side="right"),
        ):
            dx = x[i] - x[j]
            dy = y[i] - y[j]
            d2 = dx * dx + dy * dy
            if j != i and d2 <= last:
                ring[_ring(d2, near)] += w[j]
        expected = (own - w[i]) / (total - w[i])
        inside = 0.0
        for r in range(len(near.limits)):
            inside += ring[r]
            everything = around[chosen[i], r]
            if everything > 0.0:
                out[0, r] += inside / everything
                out[1, r] += expected
    return out


@_jit
def translate_sums(
    x: np.ndarray,
    y: np.ndarray,
    near: Rings,
    wide: float,
    high: float,
    start: int,
    stop: int,
) -> np.ndarray:
    """Return Σ_{i≠j} A / overlap of a rectangle with itself shifted by the pair, per ring."""
    out = np.zeros(len(near.limits))
    last = near.limits[-1]
    area = 2.0 * wide * high
    for i in range(start, stop):
        for j in range(i + 1, np.searchsorted(x, x[i] + near.reach, side="right")):
            dx = abs(x[i] - x[j])
            dy = abs(y[i] - y[j])
            d2 = dx * dx + dy * dy
            if d2 <= last:
                overlap = (wide - dx) * (high - dy)
                if overlap > 0.0:
                    out[_ring(d2, near)] += area / overlap
    return out


@_jit
def lattice_sums(
    x: np.ndarray,
    y: np.ndarray,
    near: Rings,
    lattice: np.ndarray,
    step: float,
    start: int,
    stop: int,
) -> np.ndarray:
    """Return Σ_{i≠j} 1 / overlap per ring, the overlap read off a lattice of shifts.

    ``lattice[a, b]`` is the overlap at the shift (a step, (b - middle) step); between its points
    it is bilinear.
    """
    out = np.zeros(len(near.limits))
    last = near.limits[-1]
    middle = lattice.shape[1] // 2
    for i in range(start, stop):
        for j in range(i + 1, np.searchsorted(x, x[i] + near.reach, side="right")):
            dx = x[j] - x[i]
            dy = y[j] - y[i]
            d2 = dx * dx + dy * dy
            if d2 <= last:
                p = dx / step
                q = dy / step + middle
                a = int(p)
                b = int(q)
                p -= a
                q -= b
                overlap = (1 - p) * ((1 - q) * lattice[a, b] + q * lattice[a, b + 1]) + p * (
                    (1 - q) * lattice[a + 1, b] + q * lattice[a + 1, b + 1]
                )
                if overlap > 0.0:
                    out[_ring(d2, near)] += 2.0 / overlap
    return out
