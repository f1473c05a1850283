"""Cluster metrics: pure functions from tables and points to numbers.

Tables of counts are areas × industries, plants have ``area``, ``industry`` and ``size``, points
are (n, 2) metres. Undefined results are NaN and `why_undefined` says why; invalid input raises
`clusters.errors.MetricError`. Importing costs numpy, pandas and shapely only: scipy,
scikit-learn and numba load when a function first needs them.
"""

from clusters.metrics.agglomeration import ellison_glaeser, maurel_sedillot
from clusters.metrics.autocorrelation import Autocorrelation, getis_ord, local_moran, moran
from clusters.metrics.bands import DistanceFunction
from clusters.metrics.change import shift_share
from clusters.metrics.coagglomeration import coagglomeration, group_coagglomeration
from clusters.metrics.concentration import gini, herfindahl, hoover, locational_gini, theil
from clusters.metrics.counts import check_counts, count
from clusters.metrics.density import DensityGrid, kernel_density
from clusters.metrics.geary import geary
from clusters.metrics.hotspots import cluster_hulls, cluster_stability, density_clusters
from clusters.metrics.inequality import (
    kullback_leibler,
    lorenz_curve,
    mean_log_deviation,
    theil_decomposition,
)
from clusters.metrics.inference import (
    Interval,
    bootstrap_interval,
    false_discovery,
    normal_p,
    permutation_p,
)
from clusters.metrics.localisation import duranton_overman, marcon_puech_m
from clusters.metrics.point_pattern import (
    ClarkEvans,
    StandardEllipse,
    clark_evans,
    ripley_k,
    ripley_l,
    standard_ellipse,
)
from clusters.metrics.relatedness import (
    Complexity,
    complexity,
    locational_correlation,
    proximity,
    relatedness_density,
)
from clusters.metrics.specialisation import (
    additive_location_quotient,
    hachman,
    krugman_specialisation,
    location_quotient,
    location_quotient_interval,
    location_quotient_test,
    standardised_location_quotient,
)
from clusters.metrics.stars import cluster_stars, litzenberger_sternberg
from clusters.metrics.undefined import REASONS, UndefinedFloat, mark_undefined, why_undefined

__all__ = [
    "REASONS",
    "Autocorrelation",
    "ClarkEvans",
    "Complexity",
    "DensityGrid",
    "DistanceFunction",
    "Interval",
    "StandardEllipse",
    "UndefinedFloat",
    "additive_location_quotient",
    "bootstrap_interval",
    "check_counts",
    "clark_evans",
    "cluster_hulls",
    "cluster_stability",
    "cluster_stars",
    "coagglomeration",
    "complexity",
    "count",
    "density_clusters",
    "duranton_overman",
    "ellison_glaeser",
    "false_discovery",
    "geary",
    "getis_ord",
    "gini",
    "group_coagglomeration",
    "hachman",
    "herfindahl",
    "hoover",
    "kernel_density",
    "krugman_specialisation",
    "kullback_leibler",
    "litzenberger_sternberg",
    "local_moran",
    "location_quotient",
    "location_quotient_interval",
    "location_quotient_test",
    "locational_correlation",
    "locational_gini",
    "lorenz_curve",
    "marcon_puech_m",
    "mark_undefined",
    "maurel_sedillot",
    "mean_log_deviation",
    "moran",
    "normal_p",
    "permutation_p",
    "proximity",
    "relatedness_density",
    "ripley_k",
    "ripley_l",
    "shift_share",
    "standard_ellipse",
    "standardised_location_quotient",
    "theil",
    "theil_decomposition",
    "why_undefined",
]
