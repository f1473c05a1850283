"""Kernel density of points on a grid, corrected for the edge of the study area."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from clusters.errors import MetricError
from clusters.metrics.counts import as_floats, check_above_zero, check_values
from clusters.metrics.hotspots import check_points
from clusters.metrics.point_pattern import Window, as_window

_MAX_CELLS: Final = 25_000_000
_BLOCK: Final = 20_000


@dataclass(frozen=True)
class DensityGrid:
    """Density of points per square metre on a grid of square cells.

    Attributes
    ----------
    density
        (rows, columns) points (or weight) per m² at the cell centres; row 0 is the northernmost;
        NaN outside the window.
    transform
        (cell, 0, west, 0, -cell, north): x = west + column · cell, y = north - row · cell of a
        cell's upper left corner, in the order affine and rasterio use.
    cell_m, bandwidth_m
        Cell side and standard deviation of the kernel, metres.
    """

    density: np.ndarray
    transform: tuple[float, float, float, float, float, float]
    cell_m: float
    bandwidth_m: float


def _kernel(centres: np.ndarray, places: np.ndarray, bandwidth: float) -> np.ndarray:
    """Return the one-dimensional Gaussian densities (centres, places)."""
    u = (centres[:, None] - places[None, :]) / bandwidth
    return np.exp(-0.5 * u * u) / (np.sqrt(2 * np.pi) * bandwidth)


def _within(centres: np.ndarray, low: float, high: float, bandwidth: float) -> np.ndarray:
    """Return the part of a one-dimensional Gaussian at each centre between two bounds."""
    from scipy.special import ndtr  # noqa: PLC0415 - imported when first needed

    return ndtr((high - centres) / bandwidth) - ndtr((low - centres) / bandwidth)


def kernel_density(
    points: np.ndarray,
    bandwidth_m: float,
    window: Window,
    cell_m: float,
    *,
    weights: np.ndarray | None = None,
) -> DensityGrid:
    """Return Σ_j φ_h(u - x_j) / mass(u) on a grid, mass(u) = ∫_W φ_h(u - v) dv.

    The Gaussian is a product of two one-dimensional ones, so the sum is exact at every cell
    centre and costs two matrix products. The mass is exact where the window is a rectangle. In any
    other it is taken over the cells whose centre lies in the window; its relative error is of the
    order of cell/bandwidth along the edge, so choose cells well below the bandwidth.

    Parameters
    ----------
    points
        (n, 2) metres; points outside the window are not used.
    bandwidth_m
        Standard deviation h of the kernel, metres.
    window
        Polygon in metres, or (west, south, east, north).
    cell_m
        Cell side, metres; the grid starts at the window's north-west corner.
    weights
        (n,) ≥ 0; 1 by default.

    Returns
    -------
        `DensityGrid`; zero everywhere in the window when there is no point in it.

    References
    ----------
    Diggle 1985, Applied Statistics 34.

    Raises
    ------
    MetricError
        Bandwidth or cell not positive, a grid of over 25 million cells, points not finite,
        weights of another length or negative.
    """
    xy, area = check_points(points), as_window(window)
    for name, value in (("bandwidth_m", bandwidth_m), ("cell_m", cell_m)):
        check_above_zero(value, name)
    w = np.ones(len(xy)) if weights is None else as_floats(weights, "weights")
    if w.shape != (len(xy),):
        raise MetricError(f"weights has shape {w.shape}; points need ({len(xy)},)")
    if len(w):
        check_values(w, "weights")
    west, south, east, north = area.bounds
    columns = max(1, int(np.ceil((east - west) / cell_m - 1e-9)))
    rows = max(1, int(np.ceil((north - south) / cell_m - 1e-9)))
    if rows * columns > _MAX_CELLS:
        raise MetricError(f"the grid would have {rows} × {columns} cells; choose a larger cell_m")
    x = west + (np.arange(columns) + 0.5) * cell_m
    y = north - (np.arange(rows) + 0.5) * cell_m
    inside = shapely.contains_xy(area, *np.meshgrid(x, y))
    used = shapely.intersects_xy(area, xy[:, 0], xy[:, 1])
    xy, w = xy[used], w[used]
    total = np.zeros((rows, columns))
    for at in range(0, len(xy), _BLOCK):
        part = slice(at, at + _BLOCK)
        across = _kernel(x, xy[part, 0], bandwidth_m) * w[part]
        total += _kernel(y, xy[part, 1], bandwidth_m) @ across.T
    if shapely.box(*area.bounds).equals(area):
        across = _within(x, west, east, bandwidth_m)
        mass = _within(y, south, north, bandwidth_m)[:, None] * across
    else:
        mass = _kernel(y, y, bandwidth_m) @ inside.astype(float) @ _kernel(x, x, bandwidth_m)
        mass *= cell_m**2
    density = np.divide(total, mass, out=np.full(total.shape, np.nan), where=inside & (mass > 0))
    transform = (float(cell_m), 0.0, float(west), 0.0, -float(cell_m), float(north))
    return DensityGrid(density, transform, float(cell_m), float(bandwidth_m))
