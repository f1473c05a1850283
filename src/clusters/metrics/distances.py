"""Compiled loops over pairs of points; imported only by functions that need them.

numba compiles each kernel once per machine and keeps it on disk. Coordinates are float64 arrays
(n,) in metres, radii are ascending; a pair at exactly a radius counts as within it, and distances
that exceed the radius by a rounding error (1e-9 of it) count as at it.
"""

import math

import numba
import numpy as np

_jit = numba.njit(cache=True, nogil=True)

# Gaussian kernels are cut where they fall below 4e-18 of their top.
_CUT = 9.0
_SLACK = 1.0 + 1e-9


@_jit
def kernel_sum(
    x: np.ndarray, y: np.ndarray, w: np.ndarray, radii: np.ndarray, bandwidth: float
) -> np.ndarray:
    """Return Σ_{k<l} w_k w_l [φ((r - d)/h) + φ((r + d)/h)] / h at every radius, (radii,)."""
    out = np.zeros(len(radii))
    reach = _CUT * bandwidth
    last = radii[-1] + reach
    top = 1.0 / (math.sqrt(2.0 * math.pi) * bandwidth)
    for k in range(len(x)):
        for m in range(k + 1, len(x)):
            d = math.hypot(x[k] - x[m], y[k] - y[m])
            if d > last:
                continue
            weight = w[k] * w[m] * top
            for j in range(np.searchsorted(radii, d - reach), len(radii)):
                r = radii[j]
                if r > d + reach:
                    break
                u = (r - d) / bandwidth
                v = (r + d) / bandwidth
                out[j] += weight * (math.exp(-0.5 * u * u) + math.exp(-0.5 * v * v))
    return out


@_jit
def pair_histogram(
    x: np.ndarray, y: np.ndarray, w: np.ndarray, width: float, bins: int
) -> np.ndarray:
    """Return pair weights on nodes 0, width, 2 width …, each pair shared between its two nodes.

    Pairs beyond the last node are left out.
    """
    out = np.zeros(bins + 1)
    limit = (width * bins) ** 2
    for k in range(len(x)):
        for m in range(k + 1, len(x)):
            dx = x[k] - x[m]
            dy = y[k] - y[m]
            d2 = dx * dx + dy * dy
            if d2 < limit:
                place = math.sqrt(d2) / width
                node = int(place)
                if node < bins:
                    share = place - node
                    weight = w[k] * w[m]
                    out[node] += weight * (1.0 - share)
                    out[node + 1] += weight * share
    return out


@_jit
def neighbours_within(
    x: np.ndarray, y: np.ndarray, w: np.ndarray, focus: np.ndarray, radii: np.ndarray
) -> np.ndarray:
    """Return the weight of other points within every radius of the focus points, (focus, radii)."""
    out = np.zeros((len(focus), len(radii)))
    last = (radii[-1] * _SLACK) ** 2
    limits = (radii * _SLACK) ** 2
    for k in range(len(focus)):
        i = focus[k]
        for j in range(len(x)):
            dx = x[i] - x[j]
            dy = y[i] - y[j]
            d2 = dx * dx + dy * dy
            if j != i and d2 <= last:
                out[k, np.searchsorted(limits, d2)] += w[j]
        for r in range(1, len(radii)):
            out[k, r] += out[k, r - 1]
    return out


@_jit
def share_of_neighbours(
    x: np.ndarray, y: np.ndarray, w: np.ndarray, sector: np.ndarray, radii: np.ndarray
) -> np.ndarray:
    """Return for each radius Σ (sector weight / all weight nearby) and Σ of the expected share.

    Sums over the sector's points with a neighbour in reach, (2, radii): numerator and denominator
    of Marcon and Puech's M.
    """
    total = w.sum()
    own = 0.0
    for i in range(len(x)):
        if sector[i]:
            own += w[i]
    out = np.zeros((2, len(radii)))
    limits = (radii * _SLACK) ** 2
    last = limits[-1]
    near = np.zeros((2, len(radii)))
    for i in range(len(x)):
        if not sector[i]:
            continue
        near[:] = 0.0
        for j in range(len(x)):
            dx = x[i] - x[j]
            dy = y[i] - y[j]
            d2 = dx * dx + dy * dy
            if j != i and d2 <= last:
                r = np.searchsorted(limits, d2)
                near[1, r] += w[j]
                if sector[j]:
                    near[0, r] += w[j]
        expected = (own - w[i]) / (total - w[i])
        inside = 0.0
        everything = 0.0
        for r in range(len(radii)):
            inside += near[0, r]
            everything += near[1, r]
            if everything > 0.0:
                out[0, r] += inside / everything
                out[1, r] += expected
    return out


@_jit
def translate_sums(
    x: np.ndarray, y: np.ndarray, radii: np.ndarray, wide: float, high: float
) -> np.ndarray:
    """Return Σ_{i≠j} 1(d ≤ r) A / overlap of a rectangle with itself shifted by the pair."""
    out = np.zeros(len(radii))
    limits = (radii * _SLACK) ** 2
    for i in range(len(x)):
        for j in range(i + 1, len(x)):
            dx = abs(x[i] - x[j])
            dy = abs(y[i] - y[j])
            d2 = dx * dx + dy * dy
            if d2 <= limits[-1]:
                overlap = (wide - dx) * (high - dy)
                if overlap > 0.0:
                    out[np.searchsorted(limits, d2)] += 2.0 * wide * high / overlap
    return np.cumsum(out)


@_jit
def _is_inside(px: float, py: float, edges: np.ndarray) -> bool:
    """Cast a ray east and count the boundary's edges it crosses (even-odd, so holes work)."""
    inside = False
    for k in range(len(edges)):
        x1, y1, x2, y2 = edges[k]
        if (y1 > py) != (y2 > py) and px < (x2 - x1) * (py - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


@_jit
def _inside_share(cx: float, cy: float, radius: float, edges: np.ndarray) -> float:
    """Return the share of a circle's circumference that lies inside a polygon, exactly."""
    angles = np.empty(2 * len(edges) + 1)
    number = 0
    for k in range(len(edges)):
        x1, y1, x2, y2 = edges[k]
        dx, dy, fx, fy = x2 - x1, y2 - y1, x1 - cx, y1 - cy
        a = dx * dx + dy * dy
        b = 2 * (fx * dx + fy * dy)
        c = fx * fx + fy * fy - radius * radius
        root = b * b - 4 * a * c
        if a == 0.0 or root <= 0.0:
            continue
        root = math.sqrt(root)
        for sign in (-1.0, 1.0):
            t = (-b + sign * root) / (2 * a)
            if 0.0 <= t <= 1.0:
                angles[number] = math.atan2(fy + t * dy, fx + t * dx)
                number += 1
    if number == 0:
        return 1.0 if _is_inside(cx + radius, cy, edges) else 0.0
    found = np.sort(angles[:number])
    inside = 0.0
    for k in range(number):
        start = found[k]
        end = found[k + 1] if k + 1 < number else found[0] + 2 * math.pi
        middle = (start + end) / 2
        if _is_inside(cx + radius * math.cos(middle), cy + radius * math.sin(middle), edges):
            inside += end - start
    return inside / (2 * math.pi)


@_jit
def isotropic_sums(
    x: np.ndarray, y: np.ndarray, radii: np.ndarray, edges: np.ndarray
) -> np.ndarray:
    """Return Σ_{i≠j} 1(d ≤ r) / (share of the circle around i through j inside the window)."""
    out = np.zeros(len(radii))
    limits = radii * _SLACK
    for i in range(len(x)):
        for j in range(len(x)):
            if i == j:
                continue
            d = math.hypot(x[i] - x[j], y[i] - y[j])
            if d <= limits[-1]:
                share = 1.0 if d == 0.0 else _inside_share(x[i], y[i], d, edges)
                out[np.searchsorted(limits, d)] += 1.0 / share if share > 0.0 else 0.0
    return np.cumsum(out)
