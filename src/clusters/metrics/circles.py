"""Compiled loops over circles cut by a polygon: Ripley's isotropic edge correction."""
# ruff: noqa: PLR0917 - compiled functions take plain arguments, by position

import math
from typing import Final

import numba
import numpy as np

_jit = numba.njit(cache=True, nogil=True)

# Where an arc is looked at, as a part of it: its middle, or due east, is where a circle around a
# point of a lattice may touch the boundary, which would say nothing of the rest of the arc.
_ASIDE: Final = 0.381966


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
        east, north = radius * math.cos(_ASIDE), radius * math.sin(_ASIDE)
        return 1.0 if _is_inside(cx + east, cy + north, edges) else 0.0
    found = np.sort(angles[:number])
    inside = 0.0
    for k in range(number):
        start = found[k]
        end = found[k + 1] if k + 1 < number else found[0] + 2 * math.pi
        between = start + _ASIDE * (end - start)
        if _is_inside(cx + radius * math.cos(between), cy + radius * math.sin(between), edges):
            inside += end - start
    return inside / (2 * math.pi)


@_jit
def isotropic_sums(
    x: np.ndarray, y: np.ndarray, radii: np.ndarray, edges: np.ndarray, start: int, stop: int
) -> np.ndarray:
    """Return Σ_{i≠j} 1 / (share of the circle around i through j inside the window), per ring.

    Over the rows i from start to stop; x ascends.
    """
    out = np.zeros(len(radii))
    limits = radii * (1.0 + 1e-9)
    reach = limits[-1]
    for i in range(start, stop):
        for j in range(
            np.searchsorted(x, x[i] - reach), np.searchsorted(x, x[i] + reach, side="right")
        ):
            if i == j:
                continue
            d = math.hypot(x[i] - x[j], y[i] - y[j])
            if d <= reach:
                share = 1.0 if d == 0.0 else _inside_share(x[i], y[i], d, edges)
                out[np.searchsorted(limits, d)] += 1.0 / share if share > 0.0 else 0.0
    return out
