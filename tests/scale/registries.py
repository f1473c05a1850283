"""Registries with everything that parts could get wrong."""

from pathlib import Path

import numpy as np
import pandas as pd

from clusters.demo.firms import chunks

ROWS = 1_000
AS_OF = "2026-06-30"
PEOPLE = ("王小明", "李四", "张三丰", "欧阳修", "陈某")


def plain(rows: int = ROWS, seed: int = 1) -> pd.DataFrame:
    """Return the first rows of a synthetic registry."""
    return next(iter(chunks(rows, seed=seed))).registry.copy()


def dirty(rows: int = ROWS) -> pd.DataFrame:
    """Return rows that are joined, masked, flagged and rejected across any cut.

    Every twentieth row is tied to one from the other end: same code; same name and address without
    a code; former name; branch and head; same name, day and nearly the same address; nearly
    the same name; a total.
    """
    rng = np.random.default_rng(0)
    table = plain(rows)
    table["法定代表人"] = rng.choice(PEOPLE, rows)
    table["联系电话"] = "13812345678"
    table["备注"] = [
        "联系人:王小明"
        if row % 97 == 0
        else "李四"
        if row == 501
        else "高县"
        if row % 50 == 7
        else ""
        for row in range(rows)
    ]
    table["说明列"] = ["13987654321" if row % 3 == 0 else "x" for row in range(rows)]
    table["坐标系"] = None
    name, code, address, day = (
        table[column].astype(object).tolist()
        for column in ("企业名称", "统一社会信用代码", "注册地址", "成立日期")
    )
    former: list[str | None] = [None] * rows
    for number, (first, last) in enumerate(
        zip(range(0, rows, 20), range(rows - 1, 0, -17), strict=False)
    ):
        if first >= last:
            break
        kind = number % 6
        code[last] = code[first] if kind == 0 else code[last] if kind == 3 else None
        if kind == 1:
            name[last], address[last] = name[first], address[first]
        elif kind == 2:
            former[first] = name[last]
        elif kind == 3:
            name[first] = name[first].replace("（合成）", "")
            name[last] = f"{name[first]}绵阳分公司"
        elif kind == 4:
            code[first] = None
            name[last], day[last] = name[first], day[first]
            address[last] = f"{address[first] or ''}附1号"
        elif kind == 5 and number % 4 == 1:
            name[last] = name[first].replace("有限公司", "科技有限公司")
            address[last], day[last] = address[first], day[first]
        elif kind == 5:
            name[last] = "合计"
    table["企业名称"], table["统一社会信用代码"], table["注册地址"] = name, code, address
    table["成立日期"], table["曾用名"] = day, former
    pointed = table.index[table["经度"].notna()]
    table.loc[pointed[:60], ["经度", "纬度"]] = [104.06, 30.67]
    table.loc[pointed[-1], ["经度", "纬度"]] = 0.0
    return table


def write(table: pd.DataFrame, path: Path, row_group_size: int | None = None) -> Path:
    """Write a registry as Parquet."""
    table.to_parquet(path, index=False, row_group_size=row_group_size)
    return path
