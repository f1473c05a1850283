"""Tell rows that cannot be an enterprise: totals, repeated headers, notes, rows without name."""

import numpy as np
import pandas as pd

from clusters.registry.columns import ColumnPlan
from clusters.registry.findings import Findings
from clusters.registry.headers import compact, recognise
from clusters.registry.masks import as_mask
from clusters.registry.model import RawTable
from clusters.registry.personal import showable

TOTAL = (
    r"(?i)(?:合\s*计|总\s*计|小\s*计|共\s*计|累\s*计|总\s*和|(?:grand |sub-?)?total)"
    r"[\s::：]*[\d,.]*\s*[家户个条件]?"
)
"""Pattern of a cell that announces a sum, be it of firms or of parks."""
_FOOTER = (
    r"(?:注|备注|说明|附注|数据来源|资料来源|来源|制表|制表人|填表人|填报人|审核人|制表日期|打印日期|"
    r"填报单位|制表单位|联系人|单位负责人|统计负责人)\s*[::：]|[（(]?(?:以下空白|续表|本页完)[）)]?$"
)

_HEADER_LIKE = (
    r"(?i).{0,12}(?:名称|全称|企业名|公司名|name)[)）]?|企业|公司|firm|company|enterprise"
)


def _matches(text: pd.Series, pattern: str, *, whole: bool) -> np.ndarray:
    found = text.str.fullmatch(pattern) if whole else text.str.match(pattern)
    return as_mask(found)


def _means(text: str, column: str) -> bool:
    found = recognise(text)
    return found is not None and found[0] == column


def _repeats_header(texts: pd.DataFrame, raw: RawTable, plan: ColumnPlan) -> np.ndarray:
    """Tell rows whose name cell is a header and whose other cells are headers or empty."""
    label = compact(raw.headers[plan.used["name"][0]])
    names = texts["name"]
    # Few names look like a header at all; only those are worth the exact comparison.
    candidates = [
        position
        for position in np.flatnonzero(_matches(names, _HEADER_LIKE, whole=True))
        if compact(names.iloc[position]) == label or _means(names.iloc[position], "name")
    ]
    result = np.zeros(len(texts), dtype=bool)
    for position in candidates:
        others = texts.iloc[position].drop("name").dropna()
        result[position] = all(
            _means(value, str(column))
            or compact(value) == compact(raw.headers[plan.used[str(column)][0]])
            for column, value in others.items()
        )
    return result


def _any_cell_is_total(cells: pd.DataFrame, plan: ColumnPlan, where: np.ndarray) -> np.ndarray:
    result = np.zeros(len(cells), dtype=bool)
    rows = np.flatnonzero(where)
    if not rows.size:
        return result
    for column in cells.columns.difference(list(plan.personal)):
        result[rows] |= _matches(cells[column].iloc[rows].str.strip(), TOTAL, whole=True)
    return result


def _footer_elsewhere(cells: pd.DataFrame, where: np.ndarray) -> np.ndarray:
    result = np.zeros(len(cells), dtype=bool)
    rows = np.flatnonzero(where)
    if not rows.size:
        return result
    for column in cells.columns:
        result[rows] |= _matches(cells[column].iloc[rows].str.strip(), _FOOTER, whole=False)
    return result


def reject(
    texts: pd.DataFrame,
    raw: RawTable,
    plan: ColumnPlan,
    findings: Findings,
    *,
    given_up: np.ndarray,
    masked_names: np.ndarray,
) -> np.ndarray:
    """Note the rows that are rejected and return a (n,) mask of those that stay.

    Parameters
    ----------
    texts
        (n, columns) cleaned canonical texts.
    given_up
        Positions of shifted rows that could not be put right.
    masked_names
        Positions of rows whose name held a personal value.
    """
    name = texts["name"]
    missing = as_mask(name.isna())
    alone = as_mask(texts.drop(columns="name").isna().all(axis=1))
    personal = np.zeros(len(texts), dtype=bool)
    personal[masked_names] = True
    shifted = np.zeros(len(texts), dtype=bool)
    shifted[given_up] = True
    total = _matches(name, TOTAL, whole=True)
    total |= _any_cell_is_total(raw.cells, plan, missing)
    footer = alone & (
        _matches(name, _FOOTER, whole=False) | _footer_elsewhere(raw.cells, missing & alone)
    )
    no_letter = ~missing & ~_matches(name, r".*[^\W\d_]", whole=False)
    header = raw.headers[plan.used["name"][0]]
    taken = np.zeros(len(texts), dtype=bool)
    for rule, hit in (
        ("row_shifted", shifted),
        ("totals_row", total),
        ("repeated_header", _repeats_header(texts, raw, plan)),
        ("footer_row", footer),
        ("personal_in_name", missing & personal),
        ("name_missing", missing),
        ("name_invalid", no_letter),
    ):
        rows = np.flatnonzero(hit & ~taken)
        shown = None
        if rule == "totals_row":  # 合计 is as short as a name and tells nothing of a person
            shown = name.iloc[rows]
        elif rule == "name_invalid":
            shown = showable(name.iloc[rows])
        findings.add(rule, raw.rows[rows], column=header, values=shown)
        taken |= hit
    return ~taken
