"""What if: firms and parks added, moved or grown, and footprints replaced, before screening anew.

A scenario is a named list of steps, kept as a record of the ledger or carried by a link. Its firms
and parks are assumed, marked as such, and never enter a snapshot.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from clusters.errors import InputError
from clusters.screening.criteria import Criterion, level_points, segment_words
from clusters.screening.numeric import finite
from clusters.screening.words import near

__all__ = ["Scenario", "pack", "scenario_from_mapping", "unpack"]

MOST_STEPS: Final = 50
MOST_COPIES: Final = 200
_WEST, _EAST, _SOUTH, _NORTH = 97.0, 109.0, 26.0, 34.5
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "add_firm": ("name", "segment", "park", "lon", "lat", "radius_m", "employees", "count"),
    "move_firm": ("firm", "park", "lon", "lat", "radius_m"),
    "grow_firm": ("firm", "employees"),
    "add_park": ("name", "lon", "lat", "uncertainty_km", "level", "area_ha", "industries"),
    "move_park": ("park", "lon", "lat", "uncertainty_km"),
    "grow_park": ("park", "area_ha", "level"),
    "footprint": ("zone", "geometry", "boundary_error_m"),
}
_WHOLE: Final = ("employees", "count")
_TOUCHES: Final = {
    "add_firm": {"firms"},
    "move_firm": {"firms"},
    "grow_firm": {"firms"},
    "add_park": {"everything"},
    "move_park": {"everything"},  # its city changes with it
    "grow_park": {"facts"},
    "footprint": {"zones", "parks"},
}
_MOST_PACKED: Final = 200_000


@dataclass(frozen=True)
class Scenario:
    """A named list of checked steps; each step is a mapping with ``do`` and its fields."""

    name: str
    steps: tuple[Mapping[str, Any], ...] = field(default_factory=tuple)

    @property
    def touches(self) -> frozenset[str]:
        """What it changes: ``firms``, places of ``parks``, ``zones``, ``facts``, ``everything``."""
        found: set[str] = set()
        for step in self.steps:
            found |= _TOUCHES[str(step["do"])]
        return frozenset(found)

    def changes(self, criterion: Criterion) -> bool:
        """Whether a criterion must be measured anew under it."""
        return "everything" in self.touches or bool(self.touches & set(criterion.touches))

    def with_step(self, step: Mapping[str, Any]) -> "Scenario":
        """Return the scenario with one more step, checked."""
        steps = [*self.steps, step]
        return scenario_from_mapping({"name": self.name, "steps": steps})

    def to_mapping(self) -> dict[str, Any]:
        """Return it as the ledger and links hold it."""
        return {"name": self.name, "steps": [dict(step) for step in self.steps]}


def scenario_from_mapping(content: Mapping[str, Any], *, where: str = "scenario") -> Scenario:
    """Check a scenario.

    Raises
    ------
    InputError
        Naming the step, the field, the value and the remedy.
    """
    steps = content.get("steps", ())
    if not isinstance(steps, Sequence) or isinstance(steps, str):
        raise InputError(f"{where}: steps is {steps!r}; give a list of steps")
    if len(steps) > MOST_STEPS:
        raise InputError(f"{where}: {len(steps)} steps; {MOST_STEPS} are the most")
    name = content.get("name", "")
    if not isinstance(name, str):
        raise InputError(f"{where}: name is {name!r}; give a text")
    checked = [_checked(step, f"{where}, step {at}") for at, step in enumerate(steps, start=1)]
    return Scenario(name.strip()[:80], tuple(checked))


def _checked(step: object, where: str) -> dict[str, Any]:
    kind = step.get("do") if isinstance(step, Mapping) else step
    if not isinstance(step, Mapping) or not isinstance(kind, str) or kind not in _FIELDS:
        raise InputError(f"{where}: do is {kind!r}; {near(str(kind), _FIELDS)}")
    for key in step:
        if key != "do" and key not in _FIELDS[kind]:
            raise InputError(f"{where}: {kind} has no field {key!r}; {near(key, _FIELDS[kind])}")
    given = {key: value for key, value in step.items() if value is not None}
    for key, low, high in (
        ("lon", _WEST, _EAST),
        ("lat", _SOUTH, _NORTH),
        ("radius_m", 1, 200_000),
        ("uncertainty_km", 0, 200),
        ("employees", 0, 1e7),
        ("area_ha", 0, 1e6),
        ("count", 1, MOST_COPIES),
        ("boundary_error_m", 0, 50_000),
    ):
        if key in given:
            _number(given[key], low, high, f"{where}: {key}", whole=key in _WHOLE)
    for key in ("name", "segment", "park", "firm", "zone", "level"):
        if key in given and not isinstance(given[key], str):
            raise InputError(f"{where}: {key} is {given[key]!r}; give a text")
    words = given.get("industries", [])
    if not isinstance(words, list | tuple) or not all(isinstance(one, str) for one in words):
        raise InputError(f"{where}: industries is {words!r}; give a list of texts")
    _complete(kind, given, where)
    return given


def _number(value: object, low: float, high: float, where: str, *, whole: bool) -> None:
    number = finite(value)
    if number is None or not low <= number <= high:
        raise InputError(f"{where} is {value!r}; give a number between {low:g} and {high:g}")
    if whole and not number.is_integer():
        raise InputError(f"{where} is {value!r}; give a whole number")


def _complete(kind: str, given: Mapping[str, Any], where: str) -> None:
    """Refuse a step without what it cannot do without."""
    needed = {
        "add_firm": ("segment",),
        "move_firm": ("firm",),
        "grow_firm": ("firm", "employees"),
        "add_park": ("name", "lon", "lat"),
        "move_park": ("park", "lon", "lat"),
        "grow_park": ("park",),
        "footprint": ("zone", "geometry"),
    }[kind]
    missing = [key for key in needed if key not in given]
    if kind in {"add_firm", "move_firm"} and "park" not in given and not {"lon", "lat"} <= {*given}:
        missing.append("park, or lon and lat")
    if kind == "grow_park" and not {"area_ha", "level"} & {*given}:
        missing.append("area_ha or level")
    if missing:
        raise InputError(f"{where}: {kind} needs {', '.join(missing)}")
    if "segment" in given and given["segment"] not in segment_words():
        raise InputError(
            f"{where}: segment {given['segment']!r} is unknown; "
            f"{near(given['segment'], segment_words())}"
        )
    if "level" in given and given["level"] not in level_points():
        raise InputError(
            f"{where}: level {given['level']!r} is unknown; {near(given['level'], level_points())}"
        )


def pack(scenario: Scenario) -> str:
    """Return a scenario as text that fits a link."""
    text = json.dumps(scenario.to_mapping(), ensure_ascii=False, separators=(",", ":"))
    packed = zlib.compress(text.encode(), 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def unpack(text: str) -> Scenario:
    """Read a scenario back out of a link.

    Raises
    ------
    InputError
        If it holds none.
    """
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        opened = zlib.decompressobj().decompress(packed, _MOST_PACKED)
        content = json.loads(opened)
    except (binascii.Error, RecursionError, ValueError, zlib.error) as error:
        raise InputError("the link holds no scenario that can be read; ask for it again") from error
    if not isinstance(content, Mapping):
        raise InputError("the link holds no scenario that can be read; ask for it again")
    return scenario_from_mapping(content, where="scenario of the link")
