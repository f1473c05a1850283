"""An observation as a person gives it, and what is checked before it may be written."""

import hashlib
import json
import math
import re
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
        If the draft cannot be accepted.
    """
    unit = _unit(draft, known)
    for field, allowed in (("qualifier", QUALIFIERS), ("confidence", CONFIDENCES)):
        if getattr(draft, field) not in allowed:
            cause = f"{getattr(draft, field)!r} is unknown"
            raise FieldError(field, cause, f"use one of {', '.join(allowed)}")
    row = asdict(draft) | {
        "definition_group": _group(draft, known),
        "value": _number(draft.value, unit),
        "area": _area(draft.area, known),
        "unit": unit,
        "source": checked_text("source", draft.source, required=True),
        "definition_note": checked_text("definition_note", draft.definition_note),
        "period": _period(draft.period, now.year + (_FORECAST_YEARS if draft.forecast else 0)),
        "source_date": _date("source_date", draft.source_date),
    }
    parts = [row["supersedes"], *(row[c] for c in IDENTITY)]
    row["fingerprint"] = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    return row


def _unit(draft: Draft, known: Known) -> str:
    if draft.indicator_id not in known.units:
        near = [i for i in known.units if i.split("_")[0] == draft.indicator_id.split("_")[0]][:6]
        hint = f"; known ones of that kind: {', '.join(near)}" if near else ""
        cause = f"{draft.indicator_id!r} is unknown"
        raise FieldError("indicator_id", cause, f"use one of indicators.csv{hint}")
    expected = known.units[draft.indicator_id]
    if draft.unit.strip() != expected:
        cause = f"{draft.unit!r} does not fit {draft.indicator_id}"
        raise FieldError("unit", cause, f"convert the value and give it in {expected!r}")
    return expected


def _group(draft: Draft, known: Known) -> str:
    group = draft.definition_group or known.own_group[draft.indicator_id]
    if known.groups.get(group) != draft.indicator_id:
        own = [g for g, i in known.groups.items() if i == draft.indicator_id]
        cause = f"{group!r} is none of {draft.indicator_id}"
        raise FieldError("definition_group", cause, f"use one of {own}")
    return group


def _area(area: str, known: Known) -> str:
    """Return the name an area is stored by."""
    name = checked_text("area", area, longest=LONGEST_NAME, required=True)
    if name not in known.areas:
        found = process.extract(
            name, known.areas, processor=str, scorer=fuzz.ratio, score_cutoff=_NEAR_ENOUGH
        )
        near = list(dict.fromkeys(stored for stored, _score, _key in found))[:_NEAR_NAMES]
        hint = f"; near names: {', '.join(near)}" if near else ""
        remedy = "use the province, a prefecture, a county, a zone or the area of a target"
        raise FieldError("area", f"{name!r} is unknown", remedy + hint)
    return known.areas[name]


def _number(value: float | str, unit: str) -> float:
    plain = not isinstance(value, str) or _NUMBER.fullmatch(value.strip())
    try:
        number = float(value) if plain else math.nan
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number):
        remedy = "give digits only, the unit stands apart"
        raise FieldError("value", f"{value!r} is not a number", remedy)
    if number < 0 and unit != "%":
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
