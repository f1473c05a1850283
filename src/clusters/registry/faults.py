"""One table of what makes a file unusable: a code, and its text in both languages.

The command line prints the English text, the page of data the visitor's. Codes are stable, so that
a program that calls us can tell a locked workbook from a cut one without reading words.
"""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

from clusters.errors import ClustersError, InputError


def _load() -> dict[str, dict[str, str]]:
    text = files("clusters.registry").joinpath("faults.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


FAULTS: Mapping[str, Mapping[str, str]] = MappingProxyType(_load())


def fault(code: str, **values: Any) -> InputError:
    """Return the error of one code; ``values`` fill the fields of its texts."""
    return InputError(FAULTS[code]["en"].format(**values), code=code, values=values)


def told(error: ClustersError, language: Literal["en", "zh"]) -> str:
    """Return the text of an error in a language; an error without a code as it was raised."""
    code = getattr(error, "code", "")
    if code not in FAULTS:
        return str(error)
    return FAULTS[code][language].format(**error.values)  # type: ignore[attr-defined]


def markdown() -> str:
    """Return the part of ``docs/rules.md`` that lists every fault in both languages."""
    lines = [
        "# Faults of a whole file · 文件不能使用的原因",
        "",
        (
            "Nothing is read, published or overwritten where one of these is told. "
            "出现下列任一情况时，不读取、不发布，也不覆盖任何内容。"
        ),
        "",
        "| code | text | 说明 |",
        "|---|---|---|",
    ]
    for code, texts in FAULTS.items():
        cells = (f"`{code}`", texts["en"], texts["zh"])
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
