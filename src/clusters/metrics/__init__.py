"""Cluster metrics: pure functions from tables and points to numbers.

Tables of counts are areas × industries, plants have ``area``, ``industry`` and ``size``, points
are (n, 2) metres. Undefined results are NaN and `why_undefined` says why; invalid input raises
`clusters.errors.MetricError`. Importing costs numpy, pandas and shapely only: scipy,
scikit-learn and numba load when a function first needs them.
"""

from clusters.metrics.agglomeration import ellison_glaeser, maurel_sedillot
from clusters.metrics.areal import ArealSensitivity, areal_sensitivity, hexagons
from clusters.metrics.autocorrelation import getis_ord, local_moran, moran
from clusters.metrics.bands import DistanceFunction
from clusters.metrics.change import shift_share
from clusters.metrics.coagglomeration import coagglomeration, group_coagglomeration
from clusters.metrics.colocation import colocation
from clusters.metrics.concentration import gini, herfindahl, hoover, locational_gini, theil
from clusters.metrics.counts import check_counts, count
from clusters.metrics.density import DensityGrid, kernel_density
from clusters.metrics.geary import geary
from clusters.metrics.global_statistic import Autocorrelation
from clusters.metrics.hotspots import cluster_hulls, cluster_stability, density_clusters
from clusters.metrics.imputation import AreaDraws, PointDraws, impute, label_draws, pool, with_doubt
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
from clusters.metrics.join_counts import join_counts
from clusters.metrics.localisation import duranton_overman
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
from clusters.metrics.relative import marcon_puech_m, marcon_puech_m_density
from clusters.metrics.smaup import SMaup, s_maup
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
from clusters.metrics.warm import warm_up

__all__ = [
    "REASONS",
    "AreaDraws",
    "ArealSensitivity",
    "Autocorrelation",
    "ClarkEvans",
    "Complexity",
    "DensityGrid",
    "DistanceFunction",
    "Interval",
    "PointDraws",
    "SMaup",
    "StandardEllipse",
    "UndefinedFloat",
    "additive_location_quotient",
    "areal_sensitivity",
    "bootstrap_interval",
    "check_counts",
    "clark_evans",
    "cluster_hulls",
    "cluster_stability",
    "cluster_stars",
    "coagglomeration",
    "colocation",
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
    "hexagons",
    "hoover",
    "impute",
    "join_counts",
    "kernel_density",
    "krugman_specialisation",
    "kullback_leibler",
    "label_draws",
    "litzenberger_sternberg",
    "local_moran",
    "location_quotient",
    "location_quotient_interval",
    "location_quotient_test",
    "locational_correlation",
    "locational_gini",
    "lorenz_curve",
    "marcon_puech_m",
    "marcon_puech_m_density",
    "mark_undefined",
    "maurel_sedillot",
    "mean_log_deviation",
    "moran",
    "normal_p",
    "permutation_p",
    "pool",
    "proximity",
    "relatedness_density",
    "ripley_k",
    "ripley_l",
    "s_maup",
    "shift_share",
    "standard_ellipse",
    "standardised_location_quotient",
    "theil",
    "theil_decomposition",
    "warm_up",
    "why_undefined",
    "with_doubt",
]
