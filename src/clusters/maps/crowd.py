"""What a window of the interactive map shows of many firms: dots, or hexagons that count them.

The server keeps the firms of a view as columns; the browser asks for its window whenever it has
moved. Up to `MAX_DOTS` firms travel once and stay in the browser. Above, hexagons of the zoom
level travel, and near by the dots of the window. Names and ids never travel with the dots: the
browser asks for one when the pointer rests on it.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clusters.maps.grid import cell_size, count_cells

MAX_DOTS: Final = 20_000
"""Above this many dots the server draws hexagons: a browser stays fluent, a reader sees more."""

EDGES: Final = (1, 3, 9, 27, 81, 243)
"""Upper class limits of firms per hexagon, the last class open: counts are heavy-tailed."""

NEAR: Final = 13
"""From this zoom level on, a window with few enough firms shows them as dots."""

_CLIPPED: Final = 9  # from this zoom level on, hexagons of the window only
_UNKNOWN_YEAR: Final = 0


@dataclass(frozen=True, eq=False)
class Crowd:
    """Firms with a precise place as columns of equal length n.

    Attributes
    ----------
    lon, lat
        (n,) degrees; the datum is that of the base map.
    kind
        (n,) position in ``kinds``, the keys of the layer's styles.
    year
        (n,) founding year, 0 where it is not known.
    row
        (n,) position of the firm in its snapshot.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    kind: NDArray[np.int8]
    year: NDArray[np.int16]
    row: NDArray[np.int32]
    kinds: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of firms."""
        return len(self.lon)


Bounds = tuple[float, float, float, float]


def _inside(crowd: Crowd, bounds: Bounds) -> NDArray[np.bool_]:
    west, south, east, north = bounds
    return (crowd.lon >= west) & (crowd.lon <= east) & (crowd.lat >= south) & (crowd.lat <= north)


def window(
    crowd: Crowd, *, zoom: int, bounds: Bounds | None = None, until: int | None = None
) -> dict[str, Any]:
    """Return what the browser draws of a crowd.

    Parameters
    ----------
    zoom : int
        Leaflet zoom level.
    bounds : tuple, optional
        Visible (west, south, east, north) in degrees.
    until : int, optional
        Last founding year shown while time is played; firms without one are then left out.

    Returns
    -------
    dict
        ``form`` is ``dots`` (columns ``lon``, ``lat`` in 1e-5 degrees, ``kind``, ``year``,
        ``row``) or ``cells`` (``q``, ``r``, ``n`` and ``size``, the circumradius in Web-Mercator
        metres). ``whole``: it holds the whole crowd, so nothing is asked again; ``shown``
        counts the firms of the crowd that pass ``until``, drawn in this window or beyond it.
    """
    keep = np.ones(len(crowd), dtype=bool)
    if until is not None and len(crowd) > MAX_DOTS:
        keep = (crowd.year > _UNKNOWN_YEAR) & (crowd.year <= until)
    shown = int(keep.sum())
    if len(crowd) <= MAX_DOTS:
        return _dots(crowd, keep) | {"whole": True, "shown": shown}
    if bounds is not None and zoom >= NEAR:
        near = keep & _inside(crowd, bounds)
        if near.sum() <= MAX_DOTS:
            return _dots(crowd, near) | {"whole": False, "shown": shown}
    if bounds is not None and zoom >= _CLIPPED:
        keep &= _inside(crowd, bounds)
    return _cells(crowd, keep, zoom) | {"whole": False, "shown": shown}


def _dots(crowd: Crowd, keep: NDArray[np.bool_]) -> dict[str, Any]:
    def degrees(values: NDArray[np.float64]) -> list[int]:
        return np.rint(values[keep] * 1e5).astype("int64").tolist()

    return {
        "form": "dots",
        "lon": degrees(crowd.lon),
        "lat": degrees(crowd.lat),
        "kind": crowd.kind[keep].tolist(),
        "year": crowd.year[keep].tolist(),
        "row": crowd.row[keep].tolist(),
    }


def _cells(crowd: Crowd, keep: NDArray[np.bool_], zoom: int) -> dict[str, Any]:
    cells = count_cells(crowd.lon[keep], crowd.lat[keep], zoom=zoom)
    return {
        "form": "cells",
        "zoom": zoom,
        "size": round(cell_size(zoom), 3),
        "q": cells.q.tolist(),
        "r": cells.r.tolist(),
        "n": cells.count.tolist(),
    }
