"""A screening as a file: the ranking, why, how sure, by what method, on what data.

The page's download and ``clusters screen`` write the same bytes. CSV and Parquet hold one row a
park; a workbook has a sheet for each part; JSON holds everything.
"""

import csv
import json
import shlex
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from clusters.errors import InputError
from clusters.export.definitions import Definition
from clusters.export.provenance import KEY, Provenance
from clusters.export.strict_json import strict
from clusters.export.tables import table_bytes
from clusters.export.workbook import Sheet, workbook_bytes
from clusters.maps.words import Language
from clusters.places.boundaries import display
from clusters.screening.criteria import criteria, level_names
from clusters.screening.profile import default_profile, profile_to_mapping
from clusters.screening.screen import Screening
from clusters.screening.tables import (
    answer,
    contribution_table,
    difference_table,
    limit_table,
    parameter_rows,
    probability_table,
    ranking_table,
    weight_table,
)

__all__ = [
    "ENDINGS",
    "screening_bytes",
    "screening_command",
    "screening_headings",
    "screening_table",
]

ENDINGS = (".csv", ".xlsx", ".parquet", ".json")
_SHEETS = {
    "zh": {
        "ranking": "排名",
        "contributions": "贡献",
        "probabilities": "名次概率",
        "weights": "中心权重",
        "limits": "硬性条件",
        "method": "方法与参数",
        "difference": "与基准之差",
    },
    "en": {
        "ranking": "Ranking",
        "contributions": "Contributions",
        "probabilities": "Rank probabilities",
        "weights": "Central weights",
        "limits": "Hard limits",
        "method": "Method and parameters",
        "difference": "Difference from baseline",
    },
}
_CONFIDENCE = {"high": "高", "medium": "中", "low": "低"}
_METHOD = {
    "zh": (
        (
            "得分",
            "各指标期望价值按权重加总（0–100）；未知数值的价值在 0 到 1 之间，期望 0.5，不当作零。",
        ),
        (
            "名次概率",
            (
                "SMAA-2（Lahdelma & Salminen 2001）：随机抽取权重、价值函数和不确定数据，"
                "统计各名次出现的比例。"
            ),
        ),
        ("TOPSIS", "Hwang & Yoon 1981，用 pymcdm 计算，输入为同样的价值。"),
        ("距离", "均为大圆距离，不是路程；园区中心多为 ±3–10 公里，按可能位置计入。"),
    ),
    "en": (
        (
            "Score",
            (
                "Expected worths by weight, 0 to 100; an unknown figure is worth anything from "
                "0 to 1, 0.5 expected, and is never taken for zero."
            ),
        ),
        (
            "Rank probabilities",
            (
                "SMAA-2 (Lahdelma & Salminen 2001): weights, value functions and uncertain data "
                "are drawn, and ranks counted."
            ),
        ),
        ("TOPSIS", "Hwang & Yoon 1981, by pymcdm, on the same worths."),
        (
            "Distances",
            (
                "Great-circle, not travel; most park centres are known to ±3–10 km and count by "
                "where they may be."
            ),
        ),
    ),
}


@lru_cache(maxsize=1)
def screening_headings() -> dict[str, tuple[str, str]]:
    """Return the Chinese and English heading of every column of a screening."""
    with Path(__file__).with_name("screening.csv").open(encoding="utf-8", newline="") as handle:
        return {row["column"]: (row["zh"], row["en"]) for row in csv.DictReader(handle)}


def screening_table(screening: Screening) -> pd.DataFrame:
    """Return one row a park, best first, with points by criterion and rank probabilities."""
    table = ranking_table(screening)
    points = contribution_table(screening).pivot_table(
        index="park_id", columns="criterion", values="points", sort=False
    )
    for name in screening.measured.criteria:
        table[f"points_{name}"] = table["park_id"].map(points[name])
    accepted = probability_table(screening).drop(columns="park_id").to_numpy()
    return table.assign(rank_probabilities=[row.tolist() for row in accepted])


def screening_command(
    screening: Screening, ending: str, *, snapshot: str, language: Language | None
) -> str:
    """Return the command that makes a file of a screening again; it needs no other file.

    Parameters
    ----------
    snapshot : str
        Id of the snapshot that was screened.
    language : {"zh", "en"} or None
        Language of the headings; None keeps the column names of programs.
    """
    words = ["clusters", "screen", f"parks{ending}", "--snapshot", snapshot]
    if language is not None:
        words += ["--language", language]
    if screening.profile != default_profile():
        words += ["--profile", _inline(profile_to_mapping(screening.profile))]
    if screening.scenario is not None and screening.scenario.steps:
        words += ["--scenario", _inline(screening.scenario.to_mapping())]
    return shlex.join(words)


def _inline(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def screening_bytes(
    screening: Screening,
    ending: str,
    *,
    provenance: Provenance,
    language: Language = "zh",
    baseline: Screening | None = None,
    canonical: bool = False,
) -> bytes:
    """Return a screening as the bytes of a file.

    Parameters
    ----------
    ending : {".csv", ".xlsx", ".parquet", ".json"}
    baseline : Screening, optional
        The screening without the scenario: a workbook then has a sheet of differences.
    canonical : bool
        Keep the column names programs rely on as headings of CSV.

    Raises
    ------
    InputError
        For another ending.
    """
    if ending not in ENDINGS:
        raise InputError(
            f"cannot write {ending or 'a file without ending'}; use {', '.join(ENDINGS)}"
        )
    if ending == ".json":
        content = {**answer(screening), KEY: json.loads(provenance.to_json())}
        text = json.dumps(strict(content), ensure_ascii=False, indent=1, allow_nan=False)
        return f"{text}\n".encode()
    if ending == ".xlsx":
        return _workbook(screening, provenance, language, baseline)
    table = screening_table(screening)
    if ending == ".csv" and not canonical:
        table = _in_words(table, language)
    return table_bytes(table, ending, provenance=provenance, language=language, canonical=True)


def _workbook(
    screening: Screening, provenance: Provenance, language: Language, baseline: Screening | None
) -> bytes:
    names = _SHEETS[language]
    others = {
        "contributions": contribution_table(screening),
        "probabilities": probability_table(screening),
        "weights": weight_table(screening),
        "limits": limit_table(screening),
    }
    if baseline is not None:
        others["difference"] = difference_table(baseline, screening)
    parks = screening.parks if baseline is None else pd.concat([screening.parks, baseline.parks])
    sheets = [
        Sheet(names[key], _in_words(_named(table, parks, language), language))
        for key, table in others.items()
    ]
    method = pd.DataFrame(
        [*_METHOD[language], *parameter_rows(screening)], columns=["parameter", "setting"]
    )
    sheets.append(Sheet(names["method"], _in_words(method, language)))
    return workbook_bytes(
        _in_words(ranking_table(screening), language),
        provenance=provenance,
        language=language,
        definitions=_definitions(screening),
        name=names["ranking"],
        more=sheets,
    )


def _definitions(screening: Screening) -> list[Definition]:
    return [
        Definition(
            metric=name,
            zh=one.name_zh,
            en=one.name_en,
            formula="",
            range=one.unit_en or "–",
            reference=one.source,
            reading_zh=f"{one.definition_zh}（年份：{one.vintage}；可信度：{_CONFIDENCE[one.confidence]}）",
            reading_en=f"{one.definition_en} (vintage: {one.vintage}; "
            f"confidence: {one.confidence})",
            version=one.vintage,
        )
        for name in screening.measured.criteria
        for one in (criteria()[name],)
    ]


def _named(table: pd.DataFrame, parks: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Put the name of the park beside its id."""
    if "park_id" not in table or "name_zh" in table:
        return table
    column = "name_zh" if language == "zh" else "name_en"
    names = parks.drop_duplicates("park_id").set_index("park_id")[column]
    result = table.copy()
    result.insert(1, column, result["park_id"].map(names))
    return result


def _in_words(table: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Return a table with headings and values in the reader's language."""
    at = 1 if language == "en" else 0
    table = table.copy()
    if "level" in table:
        table["level"] = table["level"].map(lambda one: level_names().get(one, (one, one))[at])
    if "prefecture_code" in table:
        places = display("prefecture").set_index("code")[("name_zh", "name_en")[at]]
        table["prefecture_code"] = table["prefecture_code"].map(places)
    for column in ("criterion", "limit"):
        if column in table:
            table[column] = [_criterion(name, language) for name in table[column]]
    if "parameter" in table:
        table["parameter"] = [_parameter(name, language) for name in table["parameter"]]
    heading = {name: pair[at] for name, pair in screening_headings().items()}
    for column in table.columns:
        name = str(column)
        if name in criteria():
            heading[name] = criteria()[name].name(language)
        elif name.startswith("points_"):
            word = "贡献：" if language == "zh" else "Points: "
            heading[name] = word + criteria()[name.removeprefix("points_")].name(language)
        elif name.startswith("rank_") and name[5:].isdigit():
            heading[name] = f"第 {name[5:]} 名" if language == "zh" else f"Rank {name[5:]}"
    return table.rename(columns=heading)


def _criterion(name: str, language: Language) -> str:
    """Return a criterion, with or without its sign, or a limit, in words."""
    first, _, sign = name.partition(" ")
    if first in criteria():
        return f"{criteria()[first].label(language)} {sign}".strip()
    words = {
        "levels": ("级别", "Level"),
        "prefectures": ("市州", "Prefecture"),
        "industries": ("主导产业", "Lead industry"),
        "area_known": ("面积有公开数据", "Area is published"),
        "place_known": ("位置已知", "Place is known"),
        "most_uncertain_km": ("位置误差上限（公里）", "Place known to within (km)"),
    }
    return words[name][language == "en"] if name in words else name


def _parameter(name: str, language: Language) -> str:
    """Return a parameter: the criterion in its path in words."""
    head, _, last = name.rpartition(".")
    return f"{head} · {_criterion(last, language)}" if last in criteria() else name
