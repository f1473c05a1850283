"""S-maup: whether aggregating areas into regions distorts a variable."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from clusters.errors import MetricError
from clusters.metrics.inference import check_whole

# Spatial autocorrelation, and numbers of areas, the critical values were simulated for.
_RHO: Final = (-0.9, -0.7, -0.5, -0.3, 0.0, 0.3, 0.5, 0.7, 0.9)
_AREAS: Final = (25, 900)


@dataclass(frozen=True)
class SMaup:
    """Sensitivity of a variable to its aggregation.

    Attributes
    ----------
    statistic
        M in [0, 1]; larger is more distortion.
    critical_10, critical_05, critical_01
        Values above which the distortion is significant at 10, 5 and 1 %.
    reason
        Why the critical values are NaN (``outside_table``), or None.
    """

    statistic: float
    critical_10: float
    critical_05: float
    critical_01: float
    reason: str | None = None


def s_maup(areas: int, regions: int, rho: float) -> SMaup:
    """Return the S-maup statistic for aggregating areas into regions.

    With θ = regions/areas: M = L / (1 + η e^(ρ τ)), L = 1/(1 + e^(7.03 θ - 2.2)),
    η = e^(-0.6618) θ^1.3, τ = 5.32 - 5.53 θ. It depends on the variable through ρ only.

    Parameters
    ----------
    areas, regions
        Numbers of areas before and after, 1 ≤ regions ≤ areas; say 183 counties, 21 prefectures.
    rho
        Spatial autocorrelation of the variable over the areas, [-1, 1].

    Returns
    -------
        `SMaup`. The critical values are those of the nearest ρ simulated, linear between numbers
        of areas; NaN outside 25 to 900 areas.

    References
    ----------
    Duque, Laniado & Polo 2018, PLoS ONE 13(11).

    Raises
    ------
    MetricError
        Numbers or ρ out of range.
    """
    check_whole(areas, "areas")
    check_whole(regions, "regions")
    if not 1 <= regions <= areas:
        raise MetricError(f"regions is {regions} of {areas} areas; give 1 to the number of areas")
    if not -1 <= rho <= 1:
        raise MetricError(f"rho is {rho}; it must lie between -1 and 1")
    theta = regions / areas
    most = 1 / (1 + np.exp(-2.2 + 7.03 * theta))
    eta = np.exp(-0.6618) * theta**1.3
    statistic = float(most / (1 + eta * np.exp(rho * (5.32 - 5.53 * theta))))
    if not _AREAS[0] <= areas <= _AREAS[1]:
        return SMaup(statistic, np.nan, np.nan, np.nan, "outside_table")
    # esda holds the published table, and reads it right at the values of ρ it was made for.
    from esda.smaup import Smaup  # noqa: PLC0415 - two seconds to import

    table = Smaup(areas, regions, min(_RHO, key=lambda known: abs(known - rho)))
    return SMaup(
        statistic, float(table.critical_1), float(table.critical_05), float(table.critical_01)
    )
