"""Compile every loop before the first click needs it."""

import numpy as np
import shapely

from clusters.metrics.hotspots import hdbscan_many
from clusters.metrics.localisation import duranton_overman
from clusters.metrics.pair_density import as_cloud, exact_density, smoother
from clusters.metrics.point_pattern import lattice_sums_of, ripley_k
from clusters.metrics.relative import marcon_puech_m, marcon_puech_m_density
from clusters.metrics.spread import spread_by_counting

_SIDE = 100.0


def warm_up() -> None:
    """Run every compiled loop once on a few points.

    The machine code is kept on disk beside the modules (or in the user's cache where they cannot
    be written), so this costs up to two minutes once per machine and version, and a few seconds
    after that. Run it after installing, or in the background when a server starts.
    """
    points = np.random.default_rng(0).uniform(0, _SIDE, (60, 2))
    radii = np.array([10.0, 40.0])
    duranton_overman(points, radii)
    duranton_overman(points, radii, method="grid")
    duranton_overman(points, radii, method="sampled", seed=0)
    exact_density(as_cloud(points, np.ones(60)), smoother(radii, 5.0))
    spread_by_counting(points)
    marcon_puech_m(points, radii, np.arange(60) < 20)
    marcon_puech_m_density(points, radii, np.arange(60) < 20)
    square = shapely.box(0, 0, _SIDE, _SIDE)
    ripley_k(points, radii, square)
    ripley_k(points, radii, square, "border")
    ripley_k(points, radii, square, "isotropic")
    lattice_sums_of(points, radii, square)
    hdbscan_many(points, 5, 5)
