"""Write a profile as TOML: the standard library reads that format but does not write it."""

import json
from collections.abc import Mapping
from typing import Any

from clusters.screening.profile import Profile, profile_to_mapping

__all__ = ["profile_to_toml"]


def profile_to_toml(profile: Profile) -> str:
    """Return a profile as the TOML text that `profile.read_profile` reads back."""
    return "\n".join(_lines(profile_to_mapping(profile), ())).strip() + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    lines = [f"{key} = {_value(value)}" for key, value in plain.items()]
    if path and plain:
        lines = ["", f"[{'.'.join(path)}]", *lines]
    for key, value in table.items():
        if isinstance(value, Mapping):
            lines += _lines(value, (*path, key))
    return lines


def _value(value: Any) -> str:
    # Strings, numbers, booleans and lists of strings are written alike in JSON and TOML, but for
    # one character JSON leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
