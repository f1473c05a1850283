"""Observed values with what their source says about them; conflicts are kept, never averaged.

Times are decimal years at the end of the period: a stock is counted then, and a flow is complete
then (2024 → 2025.0, May 2024 → 2024.42). A part of a year, such as the first three quarters of a
flow, is no value of the year and does not stand on a path.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from clusters.errors import ShippedDataError
from clusters.goals.plan import families, first_day, read_goals
from clusters.ledger import Ledger
from clusters.ledger import observations as ledger_rows
from clusters.places.zones import follows_zones, zones

PUBLISHED = "published"
LEDGER = "ledger"
MEASURED = "measured from registry"
# "About" and "nearly" in a source: the true value is taken to lie within 5 % (our reading).
_ABOUT = 0.05
_CONFIDENCE = {"high": 0, "medium": 1, "low": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One value of an indicator for an area at a time.

    ``time`` is the end of the period as a decimal year; ``qualifier`` is =, >, >=, <, <= or ~;
    ``nature`` is observed, forecast or derived; ``origin`` is published, ledger or measured from
    registry; ``published`` is the date of the source as far as it is known and ``known`` the
    decimal year it gives (None: known from the end of the period); ``inferred`` tells that the
    definition is our reading of the source; ``chosen`` is why a person preferred this value.
    """

    observation_id: str
    indicator_id: str
    definition_group: str
    area: str
    period: str
    time: float
    value: float
    unit: str
    qualifier: str = "="
    nature: str = "observed"
    partial: bool = False
    definition_note: str = ""
    source: str = ""
    confidence: str = "medium"
    origin: str = PUBLISHED
    area_id: str = ""
    published: str = ""
    known: float | None = None
    inferred: bool = False
    chosen: str = ""

    @property
    def family(self) -> str:
        """The indicators a reader would confuse this one with."""
        return families().get(self.indicator_id, self.indicator_id)

    @property
    def actual(self) -> bool:
        """Whether the value is an observed one: no forecast, not derived from other figures."""
        return self.nature == "observed"

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true value lies by the words of the source (low, high); open ends infinite."""
        infinity = float("inf")
        if self.qualifier in {">", ">="}:
            return self.value, infinity
        if self.qualifier in {"<", "<="}:
            return -infinity, self.value
        if self.qualifier == "~":
            return self.value * (1 - _ABOUT), self.value * (1 + _ABOUT)
        return self.value, self.value

    @property
    def preference(self) -> tuple[float, int, int, int, str]:
        """Sort key for "which is used": later, chosen by a person, surer, more exact, by id."""
        exact = 0 if self.qualifier == "=" else 1
        sure = _CONFIDENCE.get(self.confidence, 3)
        return -self.time, 0 if self.chosen else 1, sure, exact, self.observation_id

    def known_by(self, now: float) -> bool:
        """Tell whether the value was public at a decimal year."""
        return (self.time if self.known is None else self.known) <= now

    def part_of(self, area_id: str) -> bool:
        """Tell whether the area lies within another and is not the same.

        A prefecture lies in its province, a county or zone in its prefecture.
        """
        mine = zone_prefectures().get(self.area_id, self.area_id)
        if not (mine.isdigit() and area_id.isdigit()) or self.area_id == area_id:
            return False
        stem = area_id[:2] if area_id.endswith("0000") else area_id[:4]
        return area_id.endswith("00") and mine.startswith(stem)


def decimal_year(day: date) -> float:
    """Return a day as a decimal year, counted at its end: 31 December 2024 → 2025.0."""
    first, following = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return day.year + ((day - first).days + 1) / (following - first).days


@follows_zones
def zone_prefectures() -> dict[str, str]:
    """Return the prefecture of every zone."""
    found = zones().dropna(subset=["prefecture_code"])
    return dict(zip(found["zone_id"], found["prefecture_code"].astype(str), strict=True))


@lru_cache(maxsize=1)
def shipped_observations() -> tuple[Observation, ...]:
    """Return the observations of ``data/goals/observations.csv`` in the order of the file."""
    found = []
    for row, record in enumerate(read_goals("observations.csv").to_dict("records"), start=2):
        try:
            found.append(
                Observation(
                    observation_id=record["observation_id"],
                    indicator_id=record["indicator_id"],
                    definition_group=record["definition_group"],
                    area=record["area"],
                    area_id=record["area_id"],
                    period=record["period"],
                    time=decimal_year(date.fromisoformat(record["period_end"])),
                    value=float(record["value"]),
                    unit=record["unit"],
                    qualifier=record["qualifier"],
                    nature=record["nature"],
                    partial=record["period_kind"] == "quarters",
                    definition_note=record["definition_note"],
                    source=record["source_url"] or record["source_note"],
                    confidence=record["confidence"],
                    published=record["published"],
                    known=_known(record["published"]),
                    inferred=record["definition_basis"] == "inferred",
                )
            )
        except (KeyError, ValueError) as error:
            msg = f"goals/observations.csv row {row}: {error}; restore the shipped file"
            raise ShippedDataError(msg) from error
    return tuple(found)


def ledger_observations(ledger: Ledger) -> tuple[Observation, ...]:
    """Return the current rows of the ledger as observations."""
    return tuple(
        Observation(
            observation_id=f"ledger.{row['id']}",
            indicator_id=row["indicator_id"],
            definition_group=row["definition_group"],
            area=row["area"],
            period=row["period"],
            time=decimal_year(_period_end(row["period"])),
            value=float(row["value"]),
            unit=row["unit"],
            qualifier=row["qualifier"],
            nature="forecast" if row["forecast"] else "observed",
            partial="Q" in row["period"],
            definition_note=row["definition_note"],
            source=row["source"],
            confidence=row["confidence"],
            origin=LEDGER,
            published=row["source_date"],
            known=_known(_public_since(row)),
        )
        for row in ledger_rows(ledger).to_dict("records")
    )


def _public_since(row: Mapping[Any, Any]) -> str:
    """Return the date of the source; of an undated forecast the day it was written down.

    An undated value is known from the end of its period, which a forecast's own lies ahead of.
    """
    recorded = str(row["recorded_at"])[:10] if row["forecast"] else ""
    return str(row["source_date"]) or recorded


def load_observations(ledger: Ledger | None = None) -> tuple[Observation, ...]:
    """Return the shipped observations and, with a ledger, its current rows after them."""
    return shipped_observations() + (ledger_observations(ledger) if ledger else ())


def _known(published: str) -> float | None:
    """Return the first day of a stated date as a decimal year, or None where none is stated."""
    return decimal_year(first_day(published)) if published else None


def measured(
    indicator_id: str,
    definition_group: str,
    area: str,
    value: float,
    *,
    as_of: date,
    note: str,
    unit: str = "家",
) -> Observation:
    """Return a value that the platform measured itself, marked so."""
    return Observation(
        observation_id=f"measured.{indicator_id}.{area}",
        indicator_id=indicator_id,
        definition_group=definition_group,
        area=area,
        period=as_of.isoformat(),
        time=decimal_year(as_of),
        value=value,
        unit=unit,
        definition_note=note,
        source=MEASURED,
        origin=MEASURED,
    )


def one_per_time(observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """Return the preferred observation of each time, earliest first."""
    best: dict[float, Observation] = {}
    for observation in sorted(observations, key=lambda o: o.preference):
        best.setdefault(observation.time, observation)
    return tuple(best[time] for time in sorted(best))


def _period_end(period: str) -> date:
    """Return the last day of a period of the ledger: a year, month, quarter or day."""
    year = int(period[:4])
    if len(period) == 10:
        return date.fromisoformat(period)
    month = 12
    if "Q" in period:
        month = 3 * int(period[-1])
    elif len(period) == 7:
        month = int(period[5:])
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)
