"""Which target continues which, from plan to plan, and where the definition changes.

A succession joins two promises, never two series: where ``definition`` is not "same", values
observed for one say nothing about the other.
"""

from dataclasses import dataclass
from functools import lru_cache

from clusters.errors import ShippedDataError
from clusters.goals.plan import load_targets, read_goals

RELATIONS = (
    "stage",
    "restated",
    "adopted",
    "raised",
    "replaced",
    "succeeded",
    "cascaded",
)
DEFINITIONS = ("same", "changed", "unclear", "words")
BASES = ("document", "our reading")


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """One step from an earlier target to a later one.

    ``relation`` is one of `RELATIONS`: a later stage of one plan, the same number restated, a
    draft adopted, a number raised, a target replaced, a purpose succeeded by another measure, or
    a province's target cascaded to a city. ``definition`` tells whether both count the same
    thing; ``basis`` whether a document says so or it is our reading.
    """

    earlier: str
    later: str
    relation: str
    definition: str
    basis: str
    note_zh: str
    note_en: str


@lru_cache(maxsize=1)
def load_successions() -> tuple[Succession, ...]:
    """Return the steps of ``data/goals/successions.csv`` in the order of the file.

    Raises
    ------
    ShippedDataError
        If a row names an unknown target or word, or calls two definition groups the same.
    """
    groups = {target.target_id: target.definition_group for target in load_targets()}
    found = []
    for row, record in enumerate(read_goals("successions.csv").to_dict("records"), start=2):
        try:
            step = Succession(**{str(key): str(value) for key, value in record.items()})
            _check(step, groups)
        except (KeyError, TypeError, ValueError) as error:
            msg = f"goals/successions.csv row {row}: {error}; restore the shipped file"
            raise ShippedDataError(msg) from error
        found.append(step)
    return tuple(found)


def _check(step: Succession, groups: dict[str, str]) -> None:
    same = groups[step.earlier] == groups[step.later]
    if step.definition == "same" and not same:
        msg = f"{step.earlier} and {step.later} are of two definition groups"
        raise ValueError(msg)
    for name, known in (("relation", RELATIONS), ("definition", DEFINITIONS), ("basis", BASES)):
        if getattr(step, name) not in known:
            msg = f"{name} {getattr(step, name)!r} is none of {', '.join(known)}"
            raise ValueError(msg)


@lru_cache(maxsize=256)
def chain_of(target_id: str) -> tuple[Succession, ...]:
    """Return all steps that lead to a target or on from it, the earliest first.

    Only forebears and heirs: a sister that shares a forebear is not in the chain.
    """
    before = _follow(target_id, forward=False)
    return (*reversed(before), *_follow(target_id, forward=True))


def _follow(target_id: str, *, forward: bool) -> tuple[Succession, ...]:
    steps: list[Succession] = []
    waiting, seen = [target_id], {target_id}
    while waiting:
        here = waiting.pop(0)
        for step in load_successions():
            start, end = (step.earlier, step.later) if forward else (step.later, step.earlier)
            if start == here and step not in steps:
                steps.append(step)
                if end not in seen:
                    seen.add(end)
                    waiting.append(end)
    return tuple(steps)
