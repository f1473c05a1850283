"""Neighbours on the page of cluster metrics: local Moran and Getis-Ord as maps and tables."""

import numpy as np
import pandas as pd

from clusters.maps.choropleth import SIGNIFICANT_Q, Selection, choropleth
from clusters.maps.context import boundary_layer
from clusters.maps.layers import Layer
from clusters.maps.palette import ThemeName
from clusters.places.boundaries import display
from clusters.ui.maps import View, fit
from clusters.ui.metrics_text import area_name, note_text
from clusters.ui.metrics_view import cells
from clusters.ui.text import language, number, p_value, t

LOCAL = ("local_moran", "getis_ord")
UNITS = ("prefecture", "county")
"""Levels whose areas have neighbours."""


def found_table(rows: pd.DataFrame, metric: str, industry: str) -> pd.DataFrame:
    """Return the areas a local statistic singles out: q < 0.05, smallest q first."""
    table = cells(rows, metric)
    table = table[(table["industry"] == industry) & (table["q"] < SIGNIFICANT_Q)]
    table = table.assign(name=area_name(table), kind=[note_text(note) for note in table["note"]])
    order = ["note", "q", "area"]
    columns = ["area", "name", "note", "kind", "value", "q", "n"]
    return table.sort_values(order, ignore_index=True)[columns]


def found_rows(found: pd.DataFrame) -> list[list[str]]:
    """Return the rows of `found_table` as texts."""
    return [
        [row["name"], row["kind"], number(row["n"]), p_value(row["q"])]
        for row in found.to_dict("records")
    ]


def all_rows(rows: pd.DataFrame, metric: str, industry: str) -> pd.DataFrame:
    """Return every area of a map with its statistic, for the table under the map."""
    table = cells(rows, metric)
    table = table[table["industry"] == industry]
    told = np.where(table["q"] < SIGNIFICANT_Q, [note_text(n) for n in table["note"]], "")
    return pd.DataFrame(
        {
            t("metrics.area"): area_name(table),
            t("metrics.value"): table["value"].round(3),
            t("metrics.q"): [p_value(q) for q in table["q"]],
            t("metrics.moran_kind"): told,
            t("metrics.firms"): table["n"],
        }
    )


def areas_tested(rows: pd.DataFrame, metric: str) -> int:
    """Return the number of areas a local statistic looks at."""
    table = cells(rows, metric)
    return int(table.loc[table["p"].notna(), "area"].nunique())


def local_layers(
    rows: pd.DataFrame, metric: str, *, level: str, scheme: str, industry: str, theme: ThemeName
) -> list[Layer]:
    """Return the areas by kind of spatial cluster, under the outlines of the prefectures."""
    shown = choropleth(
        rows,
        display("county" if level == "county" else "prefecture"),
        Selection(
            level, metric, scheme=scheme, industry=industry, weight=str(rows["weight"].iloc[0])
        ),
        title=t(f"measures.map_{metric}"),
        language=language(),
        theme=theme,
    )
    outline = boundary_layer(
        display("prefecture"), level="prefecture", language=language(), filled=False, theme=theme
    )
    return [shown, outline]


def province_view() -> View:
    """Return the view of a map beside words that holds the province."""
    west, south, east, north = display("prefecture").total_bounds
    return fit((west, south, east, north), width=760, height=400)
