"""Observed values with what their source says about them; conflicts are kept, never averaged.

Times are decimal years at the end of the period: a stock is counted then, and a flow is complete
then (2024 → 2025.0, May 2024 → 2024.42). A part of a year, such as the first three quarters of a
flow, is no value of the year and does not stand on a path.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import pandas as pd

from clusters.errors import ShippedDataError
from clusters.goals.plan import families
from clusters.ledger import Ledger
from clusters.ledger import observations as ledger_rows
from clusters.settings import data_path

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
    registry.
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
    def preference(self) -> tuple[float, int, int, str]:
        """Sort key for "which of several is used": later, surer, more exact, then by id."""
        exact = 0 if self.qualifier == "=" else 1
        sure = _CONFIDENCE.get(self.confidence, 3)
        return -self.time, sure, exact, self.observation_id


def decimal_year(day: date) -> float:
    """Return a day as a decimal year, counted at its end: 31 December 2024 → 2025.0."""
    first, following = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return day.year + ((day - first).days + 1) / (following - first).days


@lru_cache(maxsize=1)
def shipped_observations() -> tuple[Observation, ...]:
    """Return the observations of ``data/goals/observations.csv`` in the order of the file."""
    table = pd.read_csv(data_path("goals", "observations.csv"), dtype=str, keep_default_na=False)
    found = []
    for row, record in enumerate(table.to_dict("records"), start=2):
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
        )
        for row in ledger_rows(ledger).to_dict("records")
    )


def load_observations(ledger: Ledger | None = None) -> tuple[Observation, ...]:
    """Return the shipped observations and, with a ledger, its current rows after them."""
    return shipped_observations() + (ledger_observations(ledger) if ledger else ())


def measured(
    indicator_id: str, definition_group: str, area: str, value: float, *, as_of: date, note: str
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
        unit="",
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
