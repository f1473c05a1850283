"""Write TOML: the standard library reads that format but does not write it."""

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["toml_text"]


def toml_text(table: Mapping[str, Any]) -> str:
    """Return nested tables of texts, numbers, booleans and lists of texts as TOML."""
    return "\n".join(_lines(table, ())).strip() + "\n"


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
    # JSON writes these as TOML does, except that TOML forbids DEL in plain form.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
