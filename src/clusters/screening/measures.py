"""One function per criterion: evidence in, a figure per park out, with what is not known of it.

The functions bear the names of ``data/screening/criteria.csv``. Each returns a value per park, and
where the value is in doubt one value per state of the data. NaN is "not known", never zero.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.levels import GDP_YEAR, POPULATION_YEAR
from clusters.metrics.counts import count
from clusters.metrics.relatedness import relatedness_density
from clusters.metrics.specialisation import location_quotient, location_quotient_interval
from clusters.metrics.sums import AI_FIRMS, OTHERS, industries, memberships
from clusters.places.reference import gdp as gdp_of
from clusters.places.reference import population as population_of
from clusters.screening.criteria import criterion, level_points, segment_words
from clusters.screening.evidence import Evidence
from clusters.screening.measurements import Measured, Measurements, stack

__all__ = ["MEASURES", "measure_parks"]

PRIOR_FIRMS: Final = 2.0
"""Weight of the provincial mix in a share of few firms."""
RESAMPLES: Final = 64
UNIVERSITIES: Final = ("university", "university_ai")


def segment_firms_radius(evidence: Evidence) -> Measured:
    """Count the segment's firms within the radius."""
    return Measured.from_draws(evidence.nearby["segment"])


def ai_firms_radius(evidence: Evidence) -> Measured:
    """Count the AI firms within the radius."""
    return Measured.from_draws(evidence.nearby["firms"])


def benchmark_near(evidence: Evidence) -> Measured:
    """Count the benchmark firms within the radius."""
    return Measured.from_draws(evidence.nearby["benchmark"])


def employees_radius(evidence: Evidence) -> Measured:
    """Add up the published employees of AI firms within the radius."""
    return Measured.from_draws(evidence.nearby["employees"])


def segment_lq_radius(evidence: Evidence) -> Measured:
    """Return the segment's share of the AI firms within the radius over its provincial share.

    The share of k in n firms is drawn from Beta(k + s q, n - k + s (1 - q)), q the provincial
    share and s = `PRIOR_FIRMS`: few firms say little, and their quotient stays near 1.
    """
    total = len(evidence.ai)
    overall = evidence.of_segment.sum() / total if total else 0.0
    shape = (evidence.worlds, len(evidence.parks))
    if not 0 < overall < 1:
        return Measured(np.full(shape[1], np.nan))
    k, n = evidence.nearby["segment"], evidence.nearby["firms"]
    draws = np.full(shape, np.nan)
    for at, park in enumerate(evidence.parks["park_id"]):
        some = n[:, at] > 0
        generator = evidence.random("share", str(park))
        inside, outside = k[some, at], n[some, at] - k[some, at]
        share = generator.beta(
            inside + PRIOR_FIRMS * overall, outside + PRIOR_FIRMS * (1 - overall)
        )
        draws[some, at] = share / overall
    return Measured.from_draws(draws)


def segment_firms_zone(evidence: Evidence) -> Measured:
    """Count the segment's firms known to be in the park or in the zone of the same ground.

    Firms that may be in the zone count between none and all of them, each number alike.
    """
    firms = evidence.ai[evidence.of_segment]
    in_park = memberships(firms, "park_ids")
    in_zone = memberships(firms, "zone_ids")
    maybe = (
        firms["zone_uncertain_ids"]
        if "zone_uncertain_ids" in firms
        else in_zone.map(lambda _zones: [])
    )
    sure = np.zeros(len(evidence.parks))
    open_ = sure.copy()
    for at, (park, zone) in enumerate(
        zip(evidence.parks["park_id"], evidence.parks["zone_id"], strict=True)
    ):
        held = [park in p or zone in z for p, z in zip(in_park, in_zone, strict=True)]
        sure[at] = sum(held)
        open_[at] = sum(zone in z and not inside for z, inside in zip(maybe, held, strict=True))
    draws = np.repeat(sure[None, :], evidence.worlds, axis=0)
    for at in np.flatnonzero(open_).tolist():
        generator = evidence.random("zone", str(evidence.parks["park_id"].iloc[at]))
        draws[:, at] += generator.integers(0, int(open_[at]) + 1, evidence.worlds)
    return Measured.from_draws(draws)


def segment_lq_county(evidence: Evidence) -> Measured:
    """Return the segment's quotient among all firms of the park's counties, Clopper-Pearson."""
    firms = evidence.sources.firms
    table = pd.DataFrame(
        {"county_code": firms["county_code"], "segment": industries(firms, "segment")}
    )
    counts = count(table, by="county", industry="segment")
    target = counts.get(evidence.segment, pd.Series(0, index=counts.index))
    pair = pd.DataFrame({evidence.segment: target, OTHERS: counts.sum(axis=1) - target})
    value = np.full(len(evidence.parks), np.nan)
    draws = np.full((evidence.worlds, len(value)), np.nan)
    for at, (park, codes) in enumerate(
        zip(evidence.parks["park_id"], evidence.parks["county_codes"], strict=True)
    ):
        inside = pair[pair.index.isin(list(codes))].sum()
        if inside.sum() == 0 or target.sum() == 0:
            continue
        two = pd.DataFrame([inside, pair.sum() - inside], index=["park", "rest"])
        quotient = location_quotient(two).to_numpy(float)[0, 0]
        low, high = location_quotient_interval(two, method="exact")
        generator = evidence.random("county", str(park))
        value[at] = quotient
        ends = low.to_numpy(float)[0, 0], high.to_numpy(float)[0, 0]
        draws[:, at] = _between(ends[0], quotient, ends[1], generator, evidence.worlds)
    return Measured(value, draws)


def _between(
    low: float, middle: float, high: float, generator: np.random.Generator, number: int
) -> NDArray[np.float64]:
    """Draw from an interval: half of the draws on either side of the estimate, evenly spread."""
    return np.interp(generator.random(number), (0.0, 0.5, 1.0), (low, middle, high))


def relatedness(evidence: Evidence) -> Measured:
    """Return the relatedness density of the segment in the park's prefecture."""
    counts = count(evidence.ai, by="prefecture", industry="segment").astype(float)
    codes = evidence.parks["prefecture_code"]

    def of_parks(table: pd.DataFrame) -> NDArray[np.float64]:
        held = table.loc[table.sum(axis=1) > 0]
        if held.empty or evidence.segment not in held or held[evidence.segment].sum() == 0:
            return np.full(len(codes), np.nan)
        density = relatedness_density(held)[evidence.segment]
        # A prefecture without an AI firm has none of what is near the segment.
        return codes.map(density).fillna(0.0).to_numpy(float)

    value = of_parks(counts)
    if not np.isfinite(value).any():
        return Measured(value)
    generator = evidence.random("relatedness")
    resampled = [
        of_parks(pd.DataFrame(generator.poisson(counts), counts.index, counts.columns))
        for _ in range(RESAMPLES)
    ]
    draws = np.array(resampled)[np.arange(evidence.worlds) % RESAMPLES]
    # A resample in which the segment is nowhere says nothing; the estimate stands in.
    return Measured(value, np.where(np.isfinite(draws), draws, value))


def growth(evidence: Evidence) -> Measured:
    """Return the net change of AI firms in the park's counties since the earlier snapshot."""
    earlier = evidence.sources.earlier
    if earlier is None:
        return Measured(np.full(len(evidence.parks), np.nan))
    before = earlier[earlier["ai_relevance"].isin(AI_FIRMS)]["county_code"]
    change = evidence.ai["county_code"].value_counts().sub(before.value_counts(), fill_value=0)
    values = [
        float(sum(change.get(code, 0) for code in codes)) if codes else np.nan
        for codes in evidence.parks["county_codes"]
    ]
    return Measured(np.array(values))


def density_cluster_km(evidence: Evidence) -> Measured:
    """Return the distance to the nearest density cluster."""
    return Measured.from_draws(evidence.to_hotspots())


def universities_radius(evidence: Evidence) -> Measured:
    """Count the campuses within the radius."""
    distances = evidence.to_amenities(*UNIVERSITIES)
    inside = (distances <= evidence.radius_km).sum(axis=2).astype(float)
    inside[np.isnan(evidence.park_places[:, :, 0])] = np.nan
    return Measured.from_draws(inside)


def _nearest(evidence: Evidence, kind: str) -> Measured:
    distances = evidence.to_amenities(kind)
    if not distances.shape[2]:
        return Measured(np.full(len(evidence.parks), np.nan))
    return Measured.from_draws(distances.min(axis=2))


def ai_university_km(evidence: Evidence) -> Measured:
    """Return the distance to the nearest university strong in AI."""
    return _nearest(evidence, "university_ai")


def laboratory_km(evidence: Evidence) -> Measured:
    """Return the distance to the nearest laboratory."""
    return _nearest(evidence, "laboratory")


def airport_km(evidence: Evidence) -> Measured:
    """Return the distance to the nearest airport."""
    return _nearest(evidence, "airport")


def rail_km(evidence: Evidence) -> Measured:
    """Return the distance to the nearest main station."""
    return _nearest(evidence, "rail_station_main")


def population(evidence: Evidence) -> Measured:
    """Return the residents of the prefecture."""
    known = population_of(POPULATION_YEAR)
    return Measured(evidence.parks["prefecture_code"].map(known).to_numpy(float))


def gdp(evidence: Evidence) -> Measured:
    """Return the output of the prefecture."""
    return Measured(evidence.parks["prefecture_code"].map(gdp_of(GDP_YEAR)).to_numpy(float))


def level(evidence: Evidence) -> Measured:
    """Return the points of the park's level."""
    return Measured(evidence.parks["level"].map(level_points()).to_numpy().astype(np.float64))


def approved_area(evidence: Evidence) -> Measured:
    """Return the approved area; planned areas are another thing and stay unknown."""
    parks = evidence.parks
    area = parks["approved_area_ha"].where(parks["area_basis"] == "approved")
    return Measured(np.asarray(area, dtype=np.float64))


def industry_match(evidence: Evidence) -> Measured:
    """Return whether a lead industry holds a word of the segment."""
    words = segment_words().get(evidence.segment, ())
    values = [
        float(any(word in name for word in words for name in names)) if names else np.nan
        for names in evidence.parks["industries_zh"]
    ]
    return Measured(np.array(values))


MEASURES: Final[Mapping[str, Callable[[Evidence], Measured]]] = {
    function.__name__: function
    for function in (
        segment_firms_radius,
        segment_lq_radius,
        segment_firms_zone,
        segment_lq_county,
        ai_firms_radius,
        employees_radius,
        relatedness,
        growth,
        benchmark_near,
        density_cluster_km,
        universities_radius,
        ai_university_km,
        laboratory_km,
        airport_km,
        rail_km,
        population,
        gdp,
        level,
        approved_area,
        industry_match,
    )
}


def measure_parks(evidence: Evidence, names: Iterable[str]) -> Measurements:
    """Measure every park by the criteria named.

    Raises
    ------
    InputError
        If there is no criterion of a name.
    """
    names = tuple(names)
    for name in names:
        criterion(name)
    return stack(
        {name: MEASURES[name](evidence) for name in names},
        worlds=evidence.worlds,
        parks=len(evidence.parks),
    )
