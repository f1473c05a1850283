"""A screening profile: the question asked of the parks, as a table people can write and keep.

A profile is a TOML file, a record of the ledger and a link of the app; all three are read here, so
that the same words give the same answer everywhere.
"""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

from clusters.errors import InputError
from clusters.places.boundaries import display
from clusters.screening.criteria import (
    DIRECTIONS,
    Direction,
    criterion,
    level_points,
    segment_words,
)
from clusters.screening.limits import Bound, Limits
from clusters.screening.numeric import finite
from clusters.screening.words import near
from clusters.settings import data_path

__all__ = [
    "Choice",
    "Profile",
    "StabilityOptions",
    "default_profile",
    "profile_from_mapping",
    "profile_to_mapping",
    "read_profile",
]

Function = Literal["linear", "ideal", "threshold"]
Method = Literal["weighted_sum", "topsis"]
Weighting = Literal["around", "uniform"]
FUNCTIONS: Final[tuple[Function, ...]] = get_args(Function)
METHODS: Final[tuple[Method, ...]] = get_args(Method)
WEIGHTINGS: Final[tuple[Weighting, ...]] = get_args(Weighting)
MOST_DRAWS: Final = 100_000
_FIELDS: Final = (
    "name",
    "segment",
    "radius_km",
    "method",
    "weights",
    "functions",
    "limits",
    "stability",
)
_LIMITS: Final = (
    "levels",
    "prefectures",
    "industries",
    "area_known",
    "place_known",
    "most_uncertain_km",
    "at_least",
    "at_most",
)
_STABILITY: Final = ("weights", "concentration", "value_shapes", "data", "draws", "seed")
FUNCTION_FIELDS: Final = ("kind", "direction", "from", "to", "ideal", "tolerance", "threshold")
"""What a profile may say of the value function of a criterion; numbers from the third on."""


@dataclass(frozen=True)
class Choice:
    """A criterion with its weight and how its values turn into worth.

    Attributes
    ----------
    weight : float
        0 or more; only the shares of the sum matter.
    kind : {"linear", "ideal", "threshold"}
        Linear from worst to best; full at ``ideal`` and falling to nothing ``tolerance`` away from
        it; or full on the good side of ``threshold`` and nothing on the other.
    direction : {"more", "less"} or None
        None takes the criterion's own.
    start, end : float or None
        Ends of the linear scale; None takes the criterion's own, or the range of the parks left.
    """

    criterion: str
    weight: float
    kind: Function = "linear"
    direction: Direction | None = None
    start: float | None = None
    end: float | None = None
    ideal: float | None = None
    tolerance: float | None = None
    threshold: float | None = None

    @property
    def less_is_better(self) -> bool:
        """Whether low values are the good ones."""
        return (self.direction or criterion(self.criterion).direction) == "less"


@dataclass(frozen=True)
class StabilityOptions:
    """What is varied to see how stable a ranking is.

    Attributes
    ----------
    weights : {"around", "uniform"}
        Dirichlet around the chosen weights, or uniform over all weights of the same criteria.
    concentration : float
        Of the Dirichlet: larger stays closer. 50 lets a weight of 20 % vary by about ±11 points.
    value_shapes : bool
        Also vary each value function between concave, straight and convex.
    data : bool
        Also vary the uncertain data.
    """

    weights: Weighting = "around"
    concentration: float = 50.0
    value_shapes: bool = True
    data: bool = True
    draws: int = 10_000
    seed: int = 2018


@dataclass(frozen=True)
class Profile:
    """A question: target segment, criteria, limits, method and what to vary."""

    name: str
    segment: str
    radius_km: float
    choices: tuple[Choice, ...]
    limits: Limits = field(default_factory=Limits)
    method: Method = "weighted_sum"
    stability: StabilityOptions = field(default_factory=StabilityOptions)

    @property
    def criteria(self) -> tuple[str, ...]:
        """Every criterion it needs: those with a weight, then those of bounds."""
        names = [one.criterion for one in self.choices]
        names += [bound.criterion for bound in self.limits.bounds]
        return tuple(dict.fromkeys(names))

    @property
    def weighted(self) -> tuple[Choice, ...]:
        """The choices that count, their weights scaled to a sum of 100; empty where all are 0."""
        total = math.fsum(one.weight for one in self.choices)
        if not total > 0:
            return ()
        return tuple(
            replace(one, weight=100 * one.weight / total) for one in self.choices if one.weight > 0
        )


@lru_cache(maxsize=1)
def default_profile() -> Profile:
    """Return the shipped profile that screening starts from."""
    return read_profile(data_path("screening", "default.toml"))


def read_profile(path: Path) -> Profile:
    """Read a profile from a TOML file.

    Raises
    ------
    InputError
        If it cannot be read or says something no profile can say.
    """
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check the path") from error
    # Bytes that are no UTF-8, text that is no TOML, endless numbers, endless lists in lists.
    except (RecursionError, ValueError) as error:
        raise InputError(f"{path} is not a TOML file in UTF-8: {error}") from error
    return profile_from_mapping(content, where=Path(path).name)


def profile_from_mapping(content: Mapping[str, Any], *, where: str = "profile") -> Profile:
    """Read a profile from nested tables, as TOML and the ledger hold them.

    Raises
    ------
    InputError
        Naming the field, the value and the remedy.
    """
    _known(content, _FIELDS, where)
    segment = content.get("segment")
    if not isinstance(segment, str) or segment not in segment_words():
        raise InputError(
            f"{where}: segment {segment!r} is unknown; {near(str(segment), segment_words())}"
        )
    method = _one_of(content.get("method", "weighted_sum"), METHODS, f"{where}: method")
    return Profile(
        name=_text(content.get("name", ""), f"{where}: name"),
        segment=segment,
        radius_km=_number(content.get("radius_km", 20), f"{where}: radius_km", low=1, high=500),
        choices=_choices(content, where),
        limits=_limits(_table(content, "limits", where), f"{where}: limits"),
        method=cast("Method", method),
        stability=_stability(_table(content, "stability", where), f"{where}: stability"),
    )


def _choices(content: Mapping[str, Any], where: str) -> tuple[Choice, ...]:
    weights = _table(content, "weights", where)
    functions = _table(content, "functions", where)
    for name in functions:
        criterion(name, where=f"{where}: functions")
        if name not in weights:
            raise InputError(f"{where}: functions.{name} has no weight; add it under [weights]")
    found = []
    for name, weight in weights.items():
        criterion(name, where=f"{where}: weights")
        value = _number(weight, f"{where}: weights.{name}", low=0)
        found.append(
            _choice(name, value, _table(functions, name, where), f"{where}: functions.{name}")
        )
    return tuple(found)


def _choice(name: str, weight: float, table: Mapping[str, Any], where: str) -> Choice:
    _known(table, FUNCTION_FIELDS, where)
    kind = _one_of(table.get("kind", "linear"), FUNCTIONS, f"{where}.kind")
    direction = table.get("direction")
    if direction is not None:
        _one_of(direction, DIRECTIONS[:2], f"{where}.direction")
    numbers = {
        key: None if table.get(key) is None else _number(table[key], f"{where}.{key}")
        for key in ("from", "to", "ideal", "tolerance", "threshold")
    }
    for key, needed in (("ideal", "ideal"), ("threshold", "threshold")):
        if kind == needed and numbers[key] is None:
            raise InputError(f"{where}: kind {kind!r} needs {key} = a number")
    if numbers["tolerance"] is not None and not numbers["tolerance"] > 0:
        raise InputError(f"{where}.tolerance is {numbers['tolerance']:g}; give a number above 0")
    if numbers["from"] is not None and numbers["from"] == numbers["to"]:
        raise InputError(f"{where}: from and to are both {numbers['to']:g}; they must differ")
    return Choice(
        criterion=name,
        weight=weight,
        kind=cast("Function", kind),
        direction=cast("Direction | None", direction),
        start=numbers["from"],
        end=numbers["to"],
        ideal=numbers["ideal"],
        tolerance=numbers["tolerance"],
        threshold=numbers["threshold"],
    )


def _limits(table: Mapping[str, Any], where: str) -> Limits:
    _known(table, _LIMITS, where)
    levels = _texts(table.get("levels", ()), f"{where}.levels")
    for level in levels:
        if level not in level_points():
            raise InputError(f"{where}.levels: {level!r} is unknown; {near(level, level_points())}")
    prefectures = _texts(table.get("prefectures", ()), f"{where}.prefectures")
    codes = set(display("prefecture")["code"])
    for code in prefectures:
        if code not in codes:
            raise InputError(
                f"{where}.prefectures: {code!r} is no prefecture of Sichuan; give six-digit codes "
                "such as 510100"
            )
    most = table.get("most_uncertain_km")
    bounds = [
        Bound(name, sign, _number(value, f"{where}.{key}.{name}"))
        for key, sign in (("at_least", "≥"), ("at_most", "≤"))
        for name, value in _table(table, key, where).items()
        if criterion(name, where=f"{where}.{key}")
    ]
    return Limits(
        levels=levels,
        prefectures=prefectures,
        industries=_texts(table.get("industries", ()), f"{where}.industries"),
        area_known=_flag(table.get("area_known", False), f"{where}.area_known"),
        place_known=_flag(table.get("place_known", False), f"{where}.place_known"),
        most_uncertain_km=None
        if most is None
        else _number(most, f"{where}.most_uncertain_km", low=0),
        bounds=tuple(bounds),
    )


def _stability(table: Mapping[str, Any], where: str) -> StabilityOptions:
    _known(table, _STABILITY, where)
    start = StabilityOptions()
    weights = _one_of(table.get("weights", start.weights), WEIGHTINGS, f"{where}.weights")
    return StabilityOptions(
        weights=cast("Weighting", weights),
        concentration=_number(
            table.get("concentration", start.concentration), f"{where}.concentration", low=1
        ),
        value_shapes=_flag(table.get("value_shapes", start.value_shapes), f"{where}.value_shapes"),
        data=_flag(table.get("data", start.data), f"{where}.data"),
        draws=_whole(table.get("draws", start.draws), f"{where}.draws", 100, MOST_DRAWS),
        seed=_whole(table.get("seed", start.seed), f"{where}.seed", 0, 2**31 - 1),
    )


def profile_to_mapping(profile: Profile) -> dict[str, Any]:
    """Return a profile as nested tables that `profile_from_mapping` reads back."""
    limits, stability = profile.limits, profile.stability
    functions = {one.criterion: _function(one) for one in profile.choices}
    given: dict[str, Any] = {
        "levels": list(limits.levels),
        "prefectures": list(limits.prefectures),
        "industries": list(limits.industries),
        "area_known": limits.area_known,
        "place_known": limits.place_known,
        "most_uncertain_km": limits.most_uncertain_km,
        "at_least": {b.criterion: b.value for b in limits.bounds if b.sign == "≥"},
        "at_most": {b.criterion: b.value for b in limits.bounds if b.sign == "≤"},
    }
    return {
        "name": profile.name,
        "segment": profile.segment,
        "radius_km": profile.radius_km,
        "method": profile.method,
        "weights": {one.criterion: one.weight for one in profile.choices},
        "functions": {name: table for name, table in functions.items() if table},
        "limits": {key: value for key, value in given.items() if _said(value)},
        "stability": {
            "weights": stability.weights,
            "concentration": stability.concentration,
            "value_shapes": stability.value_shapes,
            "data": stability.data,
            "draws": stability.draws,
            "seed": stability.seed,
        },
    }


def _said(value: object) -> bool:
    """Whether a limit limits; 0 does."""
    return bool(value) or (value == 0 and value is not False)


def _function(choice: Choice) -> dict[str, Any]:
    table = {
        "kind": None if choice.kind == "linear" else choice.kind,
        "direction": choice.direction,
        "from": choice.start,
        "to": choice.end,
        "ideal": choice.ideal,
        "tolerance": choice.tolerance,
        "threshold": choice.threshold,
    }
    return {key: value for key, value in table.items() if value is not None}


def _known(table: Mapping[str, Any], fields: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in fields:
            raise InputError(f"{where}: there is no field {key!r}; {near(str(key), fields)}")


def _table(content: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    value = content.get(key, {})
    if not isinstance(value, Mapping):
        raise InputError(f"{where}: {key} is {value!r}; write it as a table [{key}]")
    return value


def _number(value: object, where: str, *, low: float = -math.inf, high: float = math.inf) -> float:
    number = finite(value)
    if number is None:
        raise InputError(f"{where} is {value!r}; give a number")
    if not low <= number <= high:
        limits = f"of at least {low:g}" if high == math.inf else f"between {low:g} and {high:g}"
        raise InputError(f"{where} is {number:g}; give a number {limits}")
    return number


def _whole(value: object, where: str, low: int, high: int) -> int:
    number = _number(value, where, low=low, high=high)
    if number != int(number):
        raise InputError(f"{where} is {number:g}; give a whole number")
    return int(number)


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{where} is {value!r}; write true or false")
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"{where} is {value!r}; give a text in quotes")
    return value.strip()[:120]


def _texts(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise InputError(f'{where} is {value!r}; give a list of texts, such as ["…"]')
    return tuple(dict.fromkeys(value))


def _one_of(value: object, allowed: tuple[str, ...], where: str) -> str:
    if value not in allowed:
        raise InputError(f"{where} is {value!r}; {near(str(value), allowed)}")
    return str(value)
