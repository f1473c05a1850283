"""Targets of the plans in the words of a briefing: what is asked, what is known, why."""

from typing import Final

from clusters.export.briefing.model import Cell, Column, Table, Tone
from clusters.export.briefing.wording import MISSING, Wording
from clusters.goals import STATUSES, Target, TargetStatus, rule_text
from clusters.goals.observations import Observation

# Wording of a unit, and what an English reader's unit is a multiple of.
UNITS: Final = {
    "亿元": ("yi", 0.1),
    "家": ("firms", 1.0),
    "个": ("pieces", 1.0),
    "项": ("items", 1.0),
    "款": ("models", 1.0),
    "所": ("schools", 1.0),
    "%": ("percent", 1.0),
    "PFLOPS": ("pflops", 1.0),
    "ratio": ("ratio", 1.0),
    "毫秒": ("ms", 1.0),
    "万个": ("wan", 10.0),
    "万架": ("wan_racks", 10.0),
    "EB": ("eb", 1.0),
    "TB": ("tb", 1.0),
    "PB/年": ("pb_year", 1.0),
    "个/年": ("per_year", 1.0),
    "全国位次": ("rank", 1.0),
}
COMPARATORS: Final = {">=": "ge", ">": "gt", "=": "eq", "<=": "le", "<": "lt", "~": "about"}
_TONES: Final[dict[str, Tone]] = {
    "reached": "good",
    "on_path": "good",
    "behind": "warn",
    "far_behind": "warn",
    "missed": "warn",
}


def amount(value: float, unit: str, words: Wording) -> str:
    """Return a number with its unit as people read it."""
    key, factor = UNITS.get(unit, ("", 1.0))
    shown = value * factor if words.language == "en" else value
    digits = next((d for d in range(3) if abs(shown - round(shown, d)) < 1e-9), 2)
    text = words.number(shown, digits)
    return words(f"target.unit_{key}", n=text) if key else f"{text} {unit}".strip()


def asked(target: Target, words: Wording) -> str:
    """Return what a target asks for."""
    if target.value is None:
        return words("target.in_words")
    text = amount(target.value, target.unit, words)
    if target.value_high is not None:
        text = f"{text} – {amount(target.value_high, target.unit, words)}"
    return words(f"target.cmp_{COMPARATORS[target.comparator]}", v=text)


def _seen(observation: Observation, words: Wording) -> str:
    text = amount(observation.value, observation.unit, words)
    if observation.qualifier == "=":
        return text
    return words(f"target.cmp_{COMPARATORS[observation.qualifier]}", v=text)


def known(status: TargetStatus, words: Wording) -> str:
    """Return the published value used, or the nearest in another definition, or a dash."""
    if status.used is not None:
        return f"{_seen(status.used, words)}\n{status.used.period}"
    near = next((value for value in status.nearest if value.actual), None)
    if near is None:
        return MISSING
    return words("target.near", v=_seen(near, words), period=near.period)


def status_counts(statuses: list[TargetStatus], words: Wording) -> str:
    """Return how many targets have each status, none at zero."""
    found = [status.status for status in statuses]
    parts = []
    for name in STATUSES:
        if name in found:
            named = words.value("status", name)
            named = named.lower() if words.language == "en" else named
            parts.append(words("target.count_of", status=named, n=found.count(name)))
    return words.clauses(parts)


def target_table(
    statuses: list[TargetStatus], words: Wording, *, title: str = "", note: str = ""
) -> Table:
    """Return targets as a table: what is asked, by when, what is known, status, why."""
    columns = (
        Column(words("overview.plan_target")),
        Column(words("overview.plan_asks"), numeric=True),
        Column(words("overview.plan_due"), numeric=True),
        Column(words("overview.plan_seen"), numeric=True),
        Column(words("common.status")),
        Column(words("overview.plan_why")),
    )
    rows = tuple(
        (
            Cell(words.pick(s.target.name_zh, s.target.name_en), "strong"),
            Cell(asked(s.target, words)),
            Cell(str(s.target.due_year) if s.target.due_year else words("target.no_due")),
            Cell(known(s, words)),
            Cell(words.value("status", s.status), _TONES.get(s.status, "muted")),
            Cell(rule_text(s.rule, words.language), "muted"),
        )
        for s in statuses
    )
    return Table(title, columns, rows, note)
