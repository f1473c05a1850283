"""An observation as a person gives it, and what is checked before it may be written."""

import hashlib
import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from rapidfuzz import fuzz, process

from clusters.ledger.known import Known
from clusters.ledger.texts import LONGEST_NAME, FieldError, checked_text

QUALIFIERS = ("=", ">", ">=", "<", "<=", "~")
CONFIDENCES = ("high", "medium", "low")
# Two rows that agree in these are the same statement of the same source.
IDENTITY = (
    "indicator_id",
    "definition_group",
    "area",
    "period",
    "value",
    "qualifier",
    "forecast",
    "source",
)
_FIRST_YEAR = 1990
_FORECAST_YEARS = 15
_PERIOD = re.compile(r"(\d{4})(?:-(?:(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?|Q[1-4]))?")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_NEAR_NAMES = 5
_NEAR_ENOUGH = 40  # of 100: half a name in common, which catches 成都 for 成都市


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An observation as a person gives it; ``add_observation`` checks it.

    ``period`` is a year, month, day or quarter (``2025``, ``2025-06``, ``2025-06-30``,
    ``2025-Q3``); ``qualifier`` tells how the source puts the value (``>`` for "over");
    ``area`` is a name or code of the province, a prefecture, a county, a zone or of a target;
    ``definition_group`` is the definition the source counts by (the indicator's own if empty);
    ``supersedes`` is the id of the row that this one corrects.
    """

    indicator_id: str
    area: str
    period: str
    value: float | str
    unit: str
    source: str
    qualifier: str = "="
    forecast: bool = False
    definition_group: str = ""
    definition_note: str = ""
    source_date: str = ""
    confidence: str = "medium"
    supersedes: int | None = None


def checked(draft: Draft, known: Known, now: datetime) -> dict[str, Any]:
    """Return the row of a draft, all but who wrote it when.

    Raises
    ------
    FieldError
        If the draft cannot be accepted: the first thing that is wrong.
    """
    row, wrong = examined(draft, known, now)
    if wrong:
        raise wrong[0]
    return row


def examined(draft: Draft, known: Known, now: datetime) -> tuple[dict[str, Any], list[FieldError]]:
    """Return the row of a draft and everything that is wrong with it, at most once a field."""
    last_year = now.year + (_FORECAST_YEARS if draft.forecast else 0)
    checks: dict[str, Callable[[], object]] = {
        "indicator_id": lambda: _indicator(draft, known),
        "unit": lambda: _unit(draft, known),
        "definition_group": lambda: _group(draft, known),
        "qualifier": lambda: _one_of("qualifier", draft.qualifier, QUALIFIERS),
        "confidence": lambda: _one_of("confidence", draft.confidence, CONFIDENCES),
        "area": lambda: _area(draft.area, known),
        "source": lambda: checked_text("source", draft.source, required=True),
        "definition_note": lambda: checked_text("definition_note", draft.definition_note),
        "value": lambda: _number(draft.value, known.units.get(draft.indicator_id, "")),
        "period": lambda: _period(draft.period, last_year),
        "source_date": lambda: _date("source_date", draft.source_date),
    }
    row: dict[str, Any] = asdict(draft)
    wrong = []
    for name, check in checks.items():
        try:
            row[name] = check()
        except FieldError as error:
            wrong.append(error)
    if not wrong:
        parts = [row["supersedes"], *(row[c] for c in IDENTITY)]
        row["fingerprint"] = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    return row, wrong


def _indicator(draft: Draft, known: Known) -> str:
    if draft.indicator_id not in known.units:
        hint = _near(draft.indicator_id, list(known.units))
        cause = f"{draft.indicator_id!r} is unknown"
        raise FieldError("indicator_id", cause, f"use one of indicators.csv{hint}")
    return draft.indicator_id


def _unit(draft: Draft, known: Known) -> str:
    expected = known.units.get(draft.indicator_id, draft.unit)
    if draft.unit.strip() != expected:
        cause = f"{draft.unit!r} does not fit {draft.indicator_id}"
        raise FieldError("unit", cause, f"convert the value and give it in {expected!r}")
    return expected


def _group(draft: Draft, known: Known) -> str:
    if draft.indicator_id not in known.units:
        return draft.definition_group  # what is wrong is the indicator
    group = draft.definition_group or known.own_group[draft.indicator_id]
    if known.groups.get(group) != draft.indicator_id:
        own = [g for g, i in known.groups.items() if i == draft.indicator_id]
        cause = f"{group!r} is none of {draft.indicator_id}"
        raise FieldError("definition_group", cause, f"use one of {own}")
    return group


def _one_of(field: str, value: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise FieldError(field, f"{value!r} is unknown", f"use one of {', '.join(allowed)}")
    return value


def _area(area: str, known: Known) -> str:
    """Return the name an area is stored by."""
    name = checked_text("area", area, longest=LONGEST_NAME, required=True)
    if name not in known.areas:
        hint = _near(name, sorted({*known.areas, *known.areas.values()}))
        remedy = "use the province, a prefecture, a county, a zone or the area of a target"
        raise FieldError("area", f"{name!r} is unknown", remedy + hint)
    return known.areas[name]


def _near(name: str, names: Sequence[str]) -> str:
    found = process.extract(
        name, names, scorer=fuzz.ratio, score_cutoff=_NEAR_ENOUGH, limit=_NEAR_NAMES
    )
    return f"; near names: {', '.join(one for one, *_ in found)}" if found else ""


def _number(value: float | str, unit: str) -> float:
    plain = not isinstance(value, str) or _NUMBER.fullmatch(value.strip())
    try:
        number = float(value) if plain else math.nan
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number):
        remedy = "give digits only, the unit stands apart"
        raise FieldError("value", f"{value!r} is not a number", remedy)
    if number < 0 and unit not in {"%", ""}:
        cause = f"{value!r} is below zero, which cannot be for a value in {unit}"
        raise FieldError("value", cause, "look at the source again")
    return number


def _period(period: str, last_year: int) -> str:
    text = str(period).strip()
    match = _PERIOD.fullmatch(text)
    if not match:
        cause = f"{period!r} is no year, month, day or quarter"
        raise FieldError("period", cause, "write 2025, 2025-06 or 2025-Q3")
    year = int(match[1])
    if not _FIRST_YEAR <= year <= last_year:
        cause = f"{period!r}: year must lie between {_FIRST_YEAR} and {last_year}"
        raise FieldError("period", cause, "correct the year; a forecast is marked as one")
    return _date("period", text) if match[3] else text


def _date(field: str, text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()
    except ValueError as error:
        cause = f"{text!r} does not exist or is not written like 2025-06-30"
        raise FieldError(field, cause, "correct it", said="date") from error
