"""One table of rule codes: what a finding means and what to do about it.

The row report, the reasons of rejection and ``docs/rules.md`` all read ``rules.toml``, so a code
cannot mean one thing on screen and another in the handbook. Texts never quote a value: values
have their own column in the report, and some must not be shown.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Rule:
    """Meaning of one rule code.

    ``error`` removes the row, ``warning`` keeps it (mostly with the value set to null),
    ``info`` tells how the file was understood. ``{column}`` in a text is the header as the file
    writes it.
    """

    code: str
    severity: Severity
    en: str
    zh: str
    remedy_en: str
    remedy_zh: str

    def texts(self, column: str | None, language: Literal["en", "zh"] = "en") -> tuple[str, str]:
        """Return meaning and remedy for `column`, or for the row where there is none."""
        texts = (self.en, self.remedy_en) if language == "en" else (self.zh, self.remedy_zh)
        named = column or ("the row" if language == "en" else "本行")
        meaning, remedy = (text.replace("{column}", named) for text in texts)
        return meaning, remedy

    def message(self, column: str | None, language: Literal["en", "zh"] = "en") -> str:
        """Return meaning and remedy as one text for a cell of `column`."""
        parts = self.texts(column, language)
        return ". ".join(parts) + "." if language == "en" else "。".join(parts) + "。"


def _load() -> dict[str, Rule]:
    text = files("clusters.registry").joinpath("rules.toml").read_text(encoding="utf-8")
    return {code: Rule(code=code, **texts) for code, texts in tomllib.loads(text).items()}


RULES: Mapping[str, Rule] = MappingProxyType(_load())


def describe_rule(code: str) -> Rule:
    """Return what a rule code means; ``KeyError`` for a code that is in no report."""
    return RULES[code]


_SEVERITY_ZH = {"error": "拒收", "warning": "警告", "info": "说明"}


def markdown() -> str:
    """Return the whole of ``docs/rules.md``: every rule in both languages."""
    lines = [
        "# Rules of the row report · 逐行检查规则",
        "",
        (
            "Every finding of `clusters check` and of the Data page carries one of these codes. "
            "An `error` removes the row (it is listed among the rejected rows), a `warning` keeps "
            "it, mostly with the value set to null, an `info` tells how the file was understood."
        ),
        "",
        (
            "`clusters check` 和“数据”页的每条提示都带有下列代码之一。拒收：该行不进入结果，"
            "列入拒收清单；警告：保留该行，多数情况下把该值置空；说明：告知文件是如何被理解的。"
        ),
        "",
        "| code | severity | meaning | what to do | 级别 | 含义 | 处理办法 |",
        "|---|---|---|---|---|---|---|",
    ]
    for rule in RULES.values():
        cells = (
            f"`{rule.code}`",
            rule.severity,
            rule.en,
            rule.remedy_en,
            _SEVERITY_ZH[rule.severity],
            rule.zh,
            rule.remedy_zh,
        )
        lines.append("| " + " | ".join(c.replace("{column}", "…") for c in cells) + " |")
    return "\n".join(lines) + "\n"
