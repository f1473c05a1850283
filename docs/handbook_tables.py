"""Tables of the handbook that repeat shipped tables, in either language."""

import csv
import tomllib
from collections.abc import Callable, Iterable
from functools import partial

from clusters.settings import data_path, shipped_root

_TEXTS = shipped_root() / "src" / "clusters" / "ui" / "texts"
_PRECISIONS = {
    "point": ("坐标", "the coordinates"),
    "building": ("在线服务给出的门牌", "a number found by an online service"),
    "street": (
        "地址写明的地标（位置误差一公里以内），或在线服务给出的道路",
        "a landmark the address names, known to 1 km, or a road found by an online service",
    ),
    "park": (
        "地址写明的园区、集聚区或较大的地标",
        "a park, a zone or a larger landmark the address names",
    ),
    "subdistrict": ("地址写明的街道、乡镇", "a subdistrict or township the address names"),
    "county": ("地址写明或推断的区县", "a county named or inferred"),
    "prefecture": ("地址写明的市州", "a prefecture named"),
    "none": ("没有可用的证据", "nothing"),
}


def table(name: str, language: str) -> str:
    """Return a table as Markdown."""
    return _TABLES[name](language)


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in one) + " |" for one in lines
    )


def _csv(*parts: str) -> list[dict[str, str]]:
    with data_path(*parts).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _terms(file: str, key: str, language: str) -> str:
    """Return names and definitions of a table of the taxonomy."""
    head = ("代码", "名称", "定义") if language == "zh" else ("code", "name", "definition")
    return _rows(
        head,
        (
            (f"`{row[key]}`", row[language], row[f"definition_{language}"])
            for row in _csv("taxonomy", file)
        ),
    )


def _segments(language: str) -> str:
    head = (
        ("代码", "领域", "方案用语")
        if language == "zh"
        else ("code", "segment", "words of the plan")
    )
    return _rows(
        head,
        (
            (f"`{row['segment']}`", row[language], row[f"plan_term_{language}"])
            for row in _csv("taxonomy", "segments.csv")
        ),
    )


def _precision(language: str) -> str:
    names = tomllib.loads((_TEXTS / "terms.toml").read_text(encoding="utf-8"))
    english = language == "en"
    head = (
        ("`precision`", "known from", "on the map")
        if english
        else ("`precision`", "依据", "在地图上")
    )
    dot, area, none = (
        ("a dot", "counted in its area", "counted in the province only")
        if english
        else ("圆点", "计入所在地区", "只计入全省")
    )
    drawn = {"point": dot, "building": dot, "street": dot, "none": none}
    return _rows(
        head,
        (
            (f"`{one}` {names[f'precision_{one}'][english]}", how[english], drawn.get(one, area))
            for one, how in _PRECISIONS.items()
        ),
    )


def _statuses(language: str) -> str:
    names = tomllib.loads((_TEXTS / "goals.toml").read_text(encoding="utf-8"))
    english = language == "en"
    head = ("rule", "status", "because") if english else ("规则", "状态", "依据")
    path = shipped_root() / "src" / "clusters" / "goals" / "rules.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        rules = list(csv.DictReader(handle))
    return _rows(
        head,
        (
            (f"`{rule['rule']}`", names[f"status_{rule['status']}"][english], rule[language])
            for rule in rules
        ),
    )


def _criteria(language: str) -> str:
    english = language == "en"
    head = ("criterion", "definition", "unit") if english else ("指标", "定义", "单位")
    return _rows(
        head,
        (
            (
                f"{row[f'name_{language}']} (`{row['criterion']}`)",
                row[f"definition_{language}"],
                row[f"unit_{language}"],
            )
            for row in _csv("screening", "criteria.csv")
        ),
    )


_TABLES: dict[str, Callable[[str], str]] = {
    "relevance": partial(_terms, "relevance.csv", "relevance"),
    "layers": partial(_terms, "layers.csv", "layer"),
    "segments": _segments,
    "precision": _precision,
    "statuses": _statuses,
    "criteria": _criteria,
}
