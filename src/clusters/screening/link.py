"""A profile as the query of a link, and back: what a link says wrongly is ignored.

Only what differs from the shipped profile stands in a link, so that links stay short.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from clusters.errors import InputError
from clusters.screening.criteria import criteria
from clusters.screening.profile import (
    FUNCTION_FIELDS,
    Profile,
    default_profile,
    profile_from_mapping,
    profile_to_mapping,
)

__all__ = ["KEYS", "profile_from_query", "profile_to_query"]

KEYS: Final = (
    "name",
    "segment",
    "radius",
    "method",
    "w",
    "f",
    "level",
    "prefecture",
    "industries",
    "area_known",
    "place_known",
    "within",
    "min",
    "max",
    "vary",
    "spread",
    "shapes",
    "data",
    "draws",
    "seed",
)
"""The keys of a link that a profile stands in."""
_LISTS: Final = {"level": "levels", "prefecture": "prefectures", "industries": "industries"}
_FLAGS: Final = {"area_known": "area_known", "place_known": "place_known"}
_NUMBERS: Final = {"min": "at_least", "max": "at_most"}


def profile_to_query(profile: Profile) -> dict[str, str]:
    """Return the keys and values a link carries; empty where it is the shipped profile."""
    own, base = profile_to_mapping(profile), profile_to_mapping(default_profile())
    limits, stability = own["limits"], own["stability"]
    query = {
        key: _text(own[name])
        for key, name in (
            ("name", "name"),
            ("segment", "segment"),
            ("radius", "radius_km"),
            ("method", "method"),
        )
        if own[name] != base[name]
    }
    if list(own["weights"].items()) != list(base["weights"].items()):
        query["w"] = _pairs(own["weights"]) or "-"
    if own["functions"]:
        query["f"] = ",".join(
            ":".join([name, *(f"{key}={_text(value)}" for key, value in table.items())])
            for name, table in own["functions"].items()
        )
    query |= {key: ",".join(limits[name]) for key, name in _LISTS.items() if limits.get(name)}
    query |= {key: "1" for key, name in _FLAGS.items() if limits.get(name)}
    query |= {key: _pairs(limits[name]) for key, name in _NUMBERS.items() if limits.get(name)}
    if "most_uncertain_km" in limits:
        query["within"] = _text(limits["most_uncertain_km"])
    query |= {
        key: _text(stability[name])
        for key, name in _STABILITY.items()
        if stability[name] != base["stability"][name]
    }
    return query


_STABILITY: Final = {
    "vary": "weights",
    "spread": "concentration",
    "shapes": "value_shapes",
    "data": "data",
    "draws": "draws",
    "seed": "seed",
}


def profile_from_query(query: Mapping[str, str]) -> Profile:
    """Return the shipped profile with what a link says of it; each wrong part is left out."""
    mapping = profile_to_mapping(default_profile())
    for path, value in _said(query):
        trial = _with(mapping, path, value)
        try:
            profile_from_mapping(trial)
        except InputError:
            continue
        mapping = trial
    return profile_from_mapping(mapping)


def _said(query: Mapping[str, str]) -> Iterable[tuple[tuple[str, ...], Any]]:
    """Yield what a link says, part by part."""
    for name in ("name", "segment", "method"):
        if query.get(name):
            yield (name,), query[name]
    if query.get("radius"):
        yield ("radius_km",), _number(query["radius"])
    yield from _said_of_criteria(query)
    yield from _said_of_limits(query)
    for key, name in _STABILITY.items():
        text = query.get(key)
        if text:
            words = {"true": True, "false": False}
            value = words[text] if text in words else _number(text)
            yield ("stability", name), text if key == "vary" else value


def _said_of_criteria(query: Mapping[str, str]) -> Iterable[tuple[tuple[str, ...], Any]]:
    if query.get("w"):
        yield ("weights",), {}
        for name, number in _split(query["w"]):
            yield ("weights", name), number
    for part in filter(None, query.get("f", "").split(",")):
        name, *words = part.split(":")
        given = dict(word.split("=", 1) for word in words if "=" in word)
        table = {key: value for key, value in given.items() if key in FUNCTION_FIELDS}
        numbers = {
            key: _number(value) for key, value in table.items() if key in FUNCTION_FIELDS[2:]
        }
        yield ("functions", name), {**table, **numbers}


def _said_of_limits(query: Mapping[str, str]) -> Iterable[tuple[tuple[str, ...], Any]]:
    for key, name in _LISTS.items():
        if query.get(key):
            yield ("limits", name), [word for word in query[key].split(",") if word]
    for key, name in _FLAGS.items():
        if query.get(key) == "1":
            yield ("limits", name), True
    if query.get("within"):
        yield ("limits", "most_uncertain_km"), _number(query["within"])
    for key, name in _NUMBERS.items():
        for criterion, number in _split(query.get(key, "")):
            yield ("limits", name, criterion), number


def _with(mapping: Mapping[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Return nested tables with one value put in."""
    head, *rest = path
    inner = _with(mapping.get(head, {}), tuple(rest), value) if rest else value
    return {**mapping, head: inner}


def _split(text: str) -> list[tuple[str, Any]]:
    parts = [part.partition(":") for part in text.split(",") if ":" in part]
    return [(name, _number(number)) for name, _, number in parts if name in criteria()]


def _number(text: str) -> Any:
    """Return a number, or the text itself, which no check lets pass."""
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _pairs(table: Mapping[str, float]) -> str:
    return ",".join(f"{name}:{_text(value)}" for name, value in table.items())


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, float) else str(value)
