"""Clusters by rule and growth on the page of cluster metrics."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from clusters.metrics.sums import AI_FIRMS
from clusters.ui.metrics_text import area_name, industry_name
from clusters.ui.metrics_view import cells
from clusters.ui.text import day, number, percent, t

MOST = 20
PARTS = ("shift_national", "shift_mix", "shift_regional")


def rule_texts(rule: Mapping[str, Any]) -> list[str]:
    """Return the rule of the stars in words, one line a star, from the manifest of a snapshot."""
    lines = [
        t("measures.rule_size", share=percent(rule["size_share"], 0)),
        t("measures.rule_quotient", quotient=number(rule["quotient"], 1)),
        t("measures.rule_focus", share=percent(rule["focus_share"], 0)),
    ]
    if rule.get("growth_from"):
        words = {"first": day(rule["growth_from"]), "last": day(rule["growth_to"])}
        share = percent(rule["growth_share"], 0)
        lines.append(t("measures.rule_growth", share=share, **words))
    return [*lines, t("measures.rule_least", least=number(rule["min_size"]))]


def star_table(rows: pd.DataFrame, *, scheme: str, most: int = MOST) -> pd.DataFrame:
    """Return the area-industry cells with stars, most stars first.

    Columns ``area, industry, stars, firms, lq, share``; relevance classes other than all AI firms
    are no industries and are left out.
    """
    stars = cells(rows, "stars")
    stars = stars[stars["value"] > 0]
    if scheme == "ai":
        stars = stars[stars["industry"] == "ai"]
    keys = ["area", "industry"]
    for metric in ("lq", "share"):
        other = cells(rows, metric).set_index(keys)["value"].rename(metric)
        stars = stars.join(other, on=keys)
    stars = stars.sort_values(
        ["value", "n", *keys], ascending=[False, False, True, True], ignore_index=True
    )
    return pd.DataFrame(
        {
            "area": area_name(stars),
            "industry": [industry_name(scheme, name) for name in stars["industry"]],
            "stars": stars["value"].astype(int),
            "firms": stars["n"].astype(int),
            "lq": stars["lq"],
            "share": stars["share"],
        }
    ).head(most)


def star_rows(table: pd.DataFrame, of: int) -> list[list[str]]:
    """Return the rows of `star_table` as texts; stars not earned stay hollow."""
    return [
        [
            row["area"],
            row["industry"],
            "★" * row["stars"] + "☆" * (of - row["stars"]),
            number(row["firms"]),
            number(row["lq"], 2),
            percent(row["share"]),
        ]
        for row in table.to_dict("records")
    ]


def growth_table(rows: pd.DataFrame, industry: str, *, most: int = MOST) -> pd.DataFrame:
    """Return what was founded in each area and the parts of it, most firms first.

    Columns ``name, new_firms, shift_national, shift_mix, shift_regional``; empty where growth was
    not measured.
    """
    parts = []
    for metric in ("new_firms", *PARTS):
        table = cells(rows, metric)
        table = table[table["industry"] == industry]
        parts.append(table.set_index("area")["value"].rename(metric))
    joined = pd.concat(parts, axis=1)
    named = cells(rows, "count").drop_duplicates("area").set_index("area")
    joined = joined.assign(name=area_name(named).reindex(joined.index))
    joined = joined[(joined[["new_firms", *PARTS]].abs() > 1e-9).any(axis=1)]
    order = joined.assign(at=joined.index).sort_values(["new_firms", "at"], ascending=[False, True])
    return order.reset_index(drop=True)[["name", "new_firms", *PARTS]].head(most)


def dated_text(firms: pd.DataFrame) -> str:
    """Say how many AI firms and how many firms at all have a founding date."""
    ai = firms[firms["ai_relevance"].isin(AI_FIRMS)]
    known = int(ai["founded"].notna().sum())
    return t("measures.growth_dated", n=number(known), total=number(len(ai)))


def long_growth(table: pd.DataFrame) -> pd.DataFrame:
    """Return the parts of `growth_table` one a row, for stacked bars."""
    long = table.melt("name", list(PARTS), var_name="part", value_name="value")
    long["part"] = [t(f"measures.{part}") for part in long["part"]]
    return long.assign(value=np.round(long["value"].astype(float), 3))
