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
from clusters.metrics.sums import memberships
from clusters.places.zones import five

PROVINCE: Final = "四川省"
CHENGDU: Final = "成都市"
_CHENGDU_CODE: Final = "510100"
_PROVINCE_STEM: Final = "51"
AI: Final = ("core", "related")
# A zone qualifies as a cluster in a segment from this many of the three stars on.
STARS_NEEDED: Final = 2
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
    metrics: pd.DataFrame | None = None,
) -> tuple[Observation, ...]:
    """Return what a snapshot counts for the indicators of the plans.

    Parameters
    ----------
    enterprises
        Enterprises of a snapshot: ``ai_relevance``, ``prefecture_code``, ``zone_ids``; optional
        ``honours``, ``revenue_cny``, ``segment``.
    as_of
        The day the values are for.
    benchmark
        The list of benchmark firms joined to the snapshot.
    metrics
        The metric table of the snapshot; without its metric ``stars`` no zone is judged by them.
    """
    inside = enterprises[enterprises["ai_relevance"].isin(AI)]
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
        *_zones_with_stars(metrics, as_of),
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


def stars_of_zones(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return the stars of the five zones: zone_id, industry, stars; empty where none are known."""
    rows = metrics[
        (metrics["metric"] == "stars")
        & (metrics["level"] == "zone")
        & metrics["area"].isin(five()["zone_id"])
        & metrics["value"].notna()
    ]
    named = rows[["area", "industry", "value"]].rename(
        columns={"area": "zone_id", "value": "stars"}
    )
    return named.reset_index(drop=True)


def _zones_with_stars(metrics: pd.DataFrame | None, as_of: date) -> Iterable[Observation]:
    stars = stars_of_zones(metrics) if metrics is not None else pd.DataFrame()
    if stars.empty:
        return
    passing = stars.loc[stars["stars"] >= STARS_NEEDED, "zone_id"].nunique()
    yield measured(
        "AI_CLUSTER",
        "plan_zones_with_stars",
        PROVINCE,
        int(passing),
        as_of=as_of,
        unit="个",
        note=f"of the five zones, those with at least {STARS_NEEDED} of 3 stars (size, location "
        "quotient, focus) in some segment; a rule of the European Cluster Observatory, not an "
        "official designation",
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
