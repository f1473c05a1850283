"""What the platform counts itself, from a snapshot: beside published values, never among them.

None of these is the number a plan asks for; each note says what was counted and by which rule.
A value of the platform never decides a status.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

import pandas as pd

from clusters.goals.benchmark import Benchmark, measure_benchmark
from clusters.goals.observations import Observation, measured
from clusters.goals.zone_stars import SMALLEST, STARS_NEEDED, zone_stars
from clusters.metrics.sums import AI_FIRMS, memberships
from clusters.places.zones import five

PROVINCE: Final = "四川省"
CHENGDU: Final = "成都市"
_CHENGDU_CODE: Final = "510100"
_PROVINCE_STEM: Final = "51"
_LITTLE_GIANT: Final = r"国家级(?:重点)?专精特新小巨人"
_CHAMPION: Final = r"单项冠军"
# Indicator of Chengdu's plan of 2019 and the revenue in yuan that its class starts above.
_REVENUE_CLASSES: Final = (
    ("AI_FIRMS_GT5B", "ai_firms_over_5bn_in_snapshot", 5e9),
    ("AI_FIRMS_GT1B", "ai_firms_over_1bn_in_snapshot", 1e9),
    ("AI_FIRMS_GT100M", "ai_firms_over_100m_in_snapshot", 1e8),
)


def measure(
    enterprises: pd.DataFrame,
    *,
    as_of: date,
    benchmark: Benchmark,
) -> tuple[Observation, ...]:
    """Return what a snapshot counts for the indicators of the plans.

    Parameters
    ----------
    enterprises
        Enterprises of a snapshot: ``ai_relevance``, ``prefecture_code``, ``zone_ids``; optional
        ``honours``, ``revenue_cny``, ``segment``, ``county_code``.
    as_of
        The day the values are for.
    benchmark
        The list of benchmark firms joined to the snapshot.
    """
    inside = enterprises[enterprises["ai_relevance"].isin(AI_FIRMS)]
    prefecture = inside["prefecture_code"].astype("str")
    here = inside[prefecture.str.startswith(_PROVINCE_STEM).fillna(value=False)]
    found = [
        measured(
            "AI_FIRMS",
            "ai_firms_in_snapshot",
            PROVINCE,
            len(here),
            as_of=as_of,
            note="firms of this snapshot judged core or related and placed in Sichuan",
        ),
        _zones_with_firms(inside, as_of),
        measure_benchmark(benchmark, as_of=as_of, area=PROVINCE),
        *_zones_with_stars(enterprises, as_of),
        *_honoured(here, as_of),
        *_by_revenue(here[here["prefecture_code"] == _CHENGDU_CODE], as_of),
    ]
    return tuple(found)


def _zones_with_firms(inside: pd.DataFrame, as_of: date) -> Observation:
    zones = set(five()["zone_id"])
    held = {zone for ids in memberships(inside) for zone in ids} & zones
    return measured(
        "AI_CLUSTER",
        "plan_zones_with_firms",
        PROVINCE,
        len(held),
        as_of=as_of,
        unit="个",
        note=f"of the {len(zones)} zones, three named by the plan and the rest assumed, "
        "those with at least one firm judged core or related; no test of agglomeration",
    )


def _zones_with_stars(enterprises: pd.DataFrame, as_of: date) -> Iterable[Observation]:
    stars = zone_stars(enterprises, five()["zone_id"])
    if not stars:
        return
    passing = sum(max(of_zone.values(), default=0) >= STARS_NEEDED for of_zone in stars.values())
    yield measured(
        "AI_CLUSTER",
        "plan_zones_with_stars",
        PROVINCE,
        passing,
        as_of=as_of,
        unit="个",
        note=f"of the five zones, those with at least {SMALLEST} firms and {STARS_NEEDED} of 3 "
        "stars (size, location quotient, focus, against the counties) in some segment; a rule of "
        "the European Cluster Observatory, not an official designation",
    )


def _honoured(here: pd.DataFrame, as_of: date) -> Iterable[Observation]:
    if "honours" not in here.columns:
        return
    honours = here["honours"].astype("str").fillna("")
    giants = honours.str.contains(_LITTLE_GIANT)
    yield measured(
        "AI_FIRMS_LGCHAMP",
        "ai_little_giants_in_snapshot",
        PROVINCE,
        int((giants | honours.str.contains(_CHAMPION)).sum()),
        as_of=as_of,
        note="firms of this snapshot judged core or related whose record names them national "
        "little giant or single champion; a selection, so a floor at best",
    )
    robots = here["segment"].eq("robotics") if "segment" in here.columns else giants & False
    in_chengdu = here["prefecture_code"].eq(_CHENGDU_CODE)
    yield measured(
        "EMB_FIRMS_LG",
        "robot_little_giants_in_snapshot",
        CHENGDU,
        int((giants & robots & in_chengdu).sum()),
        as_of=as_of,
        note="little giants of the segment intelligent robots in Chengdu in this snapshot; "
        "embodied AI is not told apart from other robots",
    )


def _by_revenue(chengdu: pd.DataFrame, as_of: date) -> Iterable[Observation]:
    if "revenue_cny" not in chengdu.columns:
        return
    revenue = chengdu["revenue_cny"]
    for indicator, group, above in _REVENUE_CLASSES:
        yield measured(
            indicator,
            group,
            CHENGDU,
            int((revenue > above).sum()),
            as_of=as_of,
            note=f"firms of this snapshot in Chengdu with a known revenue above {above / 1e8:g} "
            f"亿元 ({int(revenue.notna().sum())} of {len(chengdu)} have one); all revenue of the "
            "firm, not only that of AI, of the year its record gives",
        )
