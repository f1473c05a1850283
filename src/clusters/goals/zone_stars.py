"""Does a zone qualify as a cluster? The stars rule, with the zone as one area among the counties.

A zone overlaps counties, so its firms are taken out of their counties and stand in a row of their
own: zone and counties together are a partition of the province, and every share and quotient is of
true sums. Firms known to their prefecture only stand in no row.
"""

from collections.abc import Iterable
from typing import Final

import pandas as pd

from clusters.metrics import cluster_stars
from clusters.metrics.sums import AI_FIRMS, memberships
from clusters.places.boundaries import counties

# A zone qualifies in a segment from this many of the three stars on.
STARS_NEEDED: Final = 2
# One or two firms make no cluster whatever their share: fewer than this earn no star.
SMALLEST: Final = 5
_ZONE: Final = "zone"
_OTHER: Final = "other"
_NEEDED: Final = frozenset({"county_code", "segment", "zone_ids", "ai_relevance"})


def zone_stars(enterprises: pd.DataFrame, zone_ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return the stars of zones by segment: size, location quotient and focus, one star each.

    Parameters
    ----------
    enterprises
        Enterprises of a snapshot; firms that are not AI stand in the base of the quotients.
    zone_ids
        The zones to judge, each on its own.

    Returns
    -------
    dict
        Zone id to segment to 1..3, segments without a star left out; empty where the table lacks
        what the rule needs.

    References
    ----------
    `clusters.metrics.cluster_stars` at its default thresholds, for at least five firms.
    """
    if not set(enterprises.columns) >= _NEEDED:
        return {}
    inside = enterprises["ai_relevance"].isin(AI_FIRMS)
    industry = enterprises["segment"].where(inside, _OTHER).fillna(_OTHER)
    county = enterprises["county_code"].astype("object")
    member = memberships(enterprises)
    codes = [str(code) for code in counties()["code"]]
    found = {}
    for zone_id in zone_ids:
        here = member.map(lambda ids, zone_id=zone_id: zone_id in ids).astype(bool)
        area = county.mask(here, _ZONE)
        counts = pd.crosstab(area[area.notna()], industry[area.notna()])
        whole = counts.reindex([_ZONE, *codes], fill_value=0).astype("float64")
        told: dict[str, int] = {}
        if whole.to_numpy().sum() > 0:
            stars = cluster_stars(whole, min_size=SMALLEST)
            row = zip(stars.columns, stars.loc[_ZONE].to_numpy().ravel().tolist(), strict=True)
            told = {str(one): int(n) for one, n in row if n > 0 and one != _OTHER}
        found[zone_id] = told
    return found
