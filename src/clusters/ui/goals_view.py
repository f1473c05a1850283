"""What the page of goals says of a target: its words, numbers, filters and neighbours.

Everything here is pure but for the language, which is the visitor's.
"""

import html
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

import pandas as pd

from clusters.export.briefing.targets import COMPARATORS, UNITS
from clusters.goals import MEASURED, STATUSES, Observation, Target, TargetStatus, rule_text
from clusters.goals.counted import PROVINCE as PROVINCE_NAME
from clusters.goals.plan import load_targets
from clusters.maps.palette import STATUS
from clusters.metrics.rows import PROVINCE
from clusters.places.boundaries import counties, prefectures
from clusters.places.zones import zones
from clusters.settings import data_path
from clusters.ui import cards
from clusters.ui.tables import Html
from clusters.ui.text import MISSING, day, language, number, pick, t, texts

_COARSE: Final = 1000
LEVELS: Final = ("province", "prefecture", "zone")
# Class of the style sheet and glyph of every status; the six of the palette come from there.
MARKS: Final = {
    **{name: (name, STATUS[name].glyph) for name in STATUSES if name in STATUS},
    "no_public_value": ("no_value", STATUS["no_value"].glyph),
    "not_comparable": ("not_comparable", "≠"),
    "qualitative": ("qualitative", "¶"),
    "not_due": ("not_due", "○"),
}
_PERIOD: Final = re.compile(r"(\d{4})(?:-(\d{2})|-Q(\d)(?:-Q(\d))?)?")
_LINK: Final = re.compile(r"https?://\S+")


def today() -> date:
    """Return the day targets are judged on, the same as that of the command line."""
    return datetime.now(UTC).date()


def status_chip(status: str) -> Html:
    """Return the chip of a status: colour, glyph and word."""
    kind, glyph = MARKS[status]
    return Html(cards.chip(t(f"goals.status_{status}"), glyph=glyph, kind=kind))


def amount(value: float | None, unit: str) -> str:
    """Return a number with its unit as people read it; a dash where there is none."""
    if value is None or pd.isna(value):
        return MISSING
    key, factor = UNITS.get(unit, ("", 1.0))
    shown = value * factor if language() == "en" else value
    # A computed number of four digits needs no decimals; a published one keeps what it has.
    finest = 2 if abs(shown) < _COARSE else 0
    digits = next((d for d in range(finest) if abs(shown - round(shown, d)) < 1e-9), finest)
    text = number(shown, digits)
    return t(f"goals.unit_{key}", n=text) if key else f"{text} {unit}".strip()


def unit_name(unit: str) -> str:
    """Return the name of a unit as the plans write numbers in it."""
    key, _ = UNITS.get(unit, ("", 1.0))
    return t(f"goals.unit_name_{key}") if key else unit


def axis_unit(unit: str) -> tuple[str, float]:
    """Return the unit of an axis in the visitor's language and what to multiply values by."""
    key, factor = UNITS.get(unit, ("", 1.0))
    if language() == "zh" or factor == 1:
        return unit_name(unit), 1.0
    return t(f"goals.unit_axis_{key}"), factor


def wanted(target: Target) -> str:
    """Return what a target asks for: "over 100 bn yuan"; its kind where it is in words."""
    if target.value is None:
        return t("goals.in_words")
    text = amount(target.value, target.unit)
    if target.value_high is not None:
        text = f"{amount(target.value, target.unit)} – {amount(target.value_high, target.unit)}"
    return t(f"goals.cmp_{COMPARATORS[target.comparator]}", v=text)


def seen(observation: Observation, unit: str = "") -> str:
    """Return an observed value with the source's own "over" or "about"."""
    text = amount(observation.value, observation.unit or unit)
    if observation.qualifier == "=":
        return text
    return t(f"goals.cmp_{COMPARATORS[observation.qualifier]}", v=text)


def period(text: str) -> str:
    """Return a period as people write it: 2024年11月, 2024年前三季度."""
    match = _PERIOD.fullmatch(text)
    if not match:
        return day(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else text
    year, month, first, last = match.groups()
    if month:
        return t("goals.period_month", year=year, month=int(month))
    if last:
        return t("goals.period_quarters", year=year, last=last)
    if first:
        return t("goals.period_quarter", year=year, quarter=first)
    return t("goals.period_year", year=year)


def due(target: Target) -> str:
    """Return the year a target is due, or that the plan names none."""
    return str(target.due_year) if target.due_year else t("goals.no_due")


@lru_cache(maxsize=1)
def _areas() -> dict[str, tuple[str, str]]:
    """Return names zh/en of the areas with an id."""
    found = {PROVINCE: (PROVINCE_NAME, "Sichuan")}
    for table in (prefectures(), counties()):
        for row in table.itertuples():
            found[str(row.code)] = (str(row.name_zh), str(row.name_en))
    for row in zones().itertuples():
        found[str(row.zone_id)] = (str(row.name_zh), str(row.name_en))
    return found


@lru_cache(maxsize=1)
def area_ids() -> dict[str, str]:
    """Return the id of every area name of the plans, the province and its prefectures."""
    known = {target.area: target.area_id for target in load_targets()}
    own = {str(row.name_zh): str(row.code) for row in prefectures().itertuples()}
    return {PROVINCE_NAME: PROVINCE, **own, **known}


def area_name(area: str) -> str:
    """Return the name of an area of a target or an observation in the visitor's language."""
    if language() == "zh":
        return area
    identity = area_ids().get(area, "")
    if identity in _areas():
        return _areas()[identity][1]
    key = f"goals.area_{_AREA_KEYS.get(area, '')}"
    return t(key) if key in texts() else area


def area_label(code: object) -> str:
    """Return the name of a prefecture, county or zone by its code; a dash where unknown."""
    names = _areas().get(str(code))
    return pick(*names) if names else MISSING


_AREA_KEYS: Final = {
    "全省28个高新区": "hightech_zones",
    "成都国家新一代人工智能创新发展试验区": "pilot_zone",
    "天府智算中心（四川天府新区）": "tianfu_computing",
    "成都智算中心（郫都/高新）": "chengdu_computing",
}


@lru_cache(maxsize=4)
def table(name: str) -> pd.DataFrame:
    """Return a table of the goals by its first column."""
    frame = pd.read_csv(data_path("goals", f"{name}.csv"), dtype=str, keep_default_na=False)
    return frame.set_index(frame.columns[0])


def _named(name: str, key: str) -> str:
    names = _names(name).get(key)
    return pick(*names) if names else ""


@lru_cache(maxsize=4)
def _names(name: str) -> dict[str, tuple[str, str]]:
    frame = table(name)
    return dict(zip(frame.index, zip(frame["name_zh"], frame["name_en"], strict=True), strict=True))


def plan_name(plan_id: str) -> str:
    """Return the name of a plan."""
    return _named("plans", plan_id)


def definition_name(group: str) -> str:
    """Return the name of what a value counts; measured values have names of their own."""
    own = f"goals.measured_{group}"
    return t(own) if own in texts() else _named("definitions", group)


def indicator_name(indicator_id: str) -> str:
    """Return the name of an indicator."""
    return _named("indicators", indicator_id)


def target_name(target: Target) -> str:
    """Return what a target is about."""
    return pick(target.name_zh, target.name_en)


def links_html(source: str) -> Html:
    """Return the addresses in a source as short numbered links, other words as they are."""
    if source == MEASURED:
        return Html(html.escape(MISSING))
    if not source:
        return Html(f"<small>{html.escape(t('track.no_link'))}</small>")
    urls = [url.rstrip(";；，,") for url in _LINK.findall(source)]
    rest = " ".join(_LINK.sub(" ", source).replace(";", " ").replace("；", " ").split())
    marks = [
        f'<a class="c-source" href="{html.escape(url, quote=True)}" target="_blank" '
        f'rel="noopener noreferrer" '
        f'title="{html.escape(url, quote=True)}">'
        f"{html.escape(t('goals.link', n=n))}</a>"
        for n, url in enumerate(dict.fromkeys(urls), start=1)
    ]
    if urls:
        return Html(" ".join(marks))
    return Html(f"<small>{html.escape(t('track.no_link_words', words=rest))}</small>")


@dataclass(frozen=True)
class Choice:
    """Filters of the table of targets; an empty field does not filter."""

    plan: str = ""
    year: str = ""
    level: str = ""
    area: str = ""
    status: str = ""
    words: str = ""


def selected(statuses: Iterable[TargetStatus], choice: Choice) -> tuple[TargetStatus, ...]:
    """Return the targets that pass; words are looked for in names, definition and plan."""
    words = choice.words.casefold().split()

    def passes(status: TargetStatus) -> bool:
        target = status.target
        text = " ".join(
            (
                target.name_zh,
                target.name_en,
                target.document,
                target.area,
                target.note,
                definition_name(target.definition_group),
                plan_name(target.plan_id),
            )
        ).casefold()
        return (
            choice.plan in {"", target.plan_id}
            and choice.year in {"", str(target.due_year)}
            and choice.level in {"", target.level}
            and choice.area in {"", target.area}
            and choice.status in {"", status.status}
            and all(word in text for word in words)
        )

    return tuple(status for status in statuses if passes(status))


def counts(statuses: Iterable[TargetStatus]) -> dict[str, int]:
    """Return how many targets have each status, in the order best to unknown, none at zero."""
    found = Counter(status.status for status in statuses)
    return {name: found[name] for name in STATUSES if found[name]}


def grouped(statuses: Sequence[TargetStatus]) -> dict[str, tuple[TargetStatus, ...]]:
    """Return the targets by plan, plans in the order of the plan table."""
    plans = [
        plan for plan in table("plans").index if any(s.target.plan_id == plan for s in statuses)
    ]
    return {plan: tuple(s for s in statuses if s.target.plan_id == plan) for plan in plans}


def best_known(status: TargetStatus) -> Observation | None:
    """Return what comes nearest to an answer: the value used, another public one, a measured."""
    candidates = [status.used, *status.nearest, *status.measured]
    return next((value for value in candidates if value is not None), None)


def why(status: TargetStatus) -> str:
    """Return the rule that decided."""
    return rule_text(status.rule, language())


def succession(status: TargetStatus, statuses: Iterable[TargetStatus]) -> tuple[TargetStatus, ...]:
    """Return the targets of all plans for the same area and family, the order of their dates.

    A family holds the quantities a reader would confuse: each target keeps its own definition.
    """
    mine = status.target
    kin = [
        other
        for other in statuses
        if other.target.area == mine.area
        and other.target.family == mine.family
        and not other.target.qualitative
    ]
    return tuple(sorted(kin, key=lambda s: (s.target.due_year or 9999, s.target.plan_year or 9999)))


def options(statuses: Iterable[TargetStatus]) -> dict[str, tuple[str, ...]]:
    """Return what each filter offers: only what occurs, in the order of the plans or of size."""
    found = list(statuses)
    areas = Counter(s.target.area for s in found)
    years = sorted({s.target.due_year for s in found if s.target.due_year})
    return {
        "plan": tuple(grouped(found)),
        "year": tuple(str(year) for year in years),
        "level": tuple(level for level in LEVELS if any(s.target.level == level for s in found)),
        "area": tuple(sorted(areas, key=lambda name: (-areas[name], name))),
        "status": tuple(counts(found)),
    }


def link_of(choice: Choice) -> dict[str, str]:
    """Return the filters as parameters of a link."""
    return {
        "plan": choice.plan,
        "year": choice.year,
        "level": choice.level,
        "area": choice.area,
        "status": choice.status,
        "q": choice.words,
    }


def option(status: TargetStatus) -> str:
    """Return one line that tells a target from all others."""
    target = status.target
    return t(
        "goals.option",
        name=target_name(target),
        due=due(target),
        area=area_name(target.area),
        plan=plan_name(target.plan_id),
    )


def first_choice(statuses: Sequence[TargetStatus]) -> str:
    """Return the target shown first: the one with most evidence, else the first."""
    best = max(
        statuses,
        key=lambda s: (s.target.level == "province", s.used is not None, len(s.nearest)),
    )
    return best.target.target_id
