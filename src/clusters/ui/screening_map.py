"""The map of the park screening: where the parks left are, how surely, and which lead."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from clusters.maps import palette
from clusters.maps.context import boundary_layer
from clusters.maps.layers import Layer, LegendEntry, Style
from clusters.maps.palette import ThemeName
from clusters.maps.words import Language
from clusters.places.boundaries import display
from clusters.screening.screen import Screening
from clusters.ui.screening_view import park_name
from clusters.ui.text import number, t


def layers(
    screening: Screening, chosen: Sequence[str], *, language: Language, theme: ThemeName
) -> list[Layer]:
    """Return the map of the parks left: circles hold their true place, squares mark it."""
    tokens = palette.THEMES[theme]
    table = screening.parks.assign(
        rank=screening.ranking.ranks,
        p_first=screening.stability.acceptability[:, 0],
        score=screening.ranking.score,
    )
    drawn = table[table["lon"].notna()]
    kinds = np.where(drawn["rank"] <= 10, "first", "park")
    marked = pd.Series(np.where(drawn["park_id"].isin(list(chosen)), "chosen", kinds), drawn.index)
    tips = [
        t(
            "screening.tip",
            name=park_name(row, language),
            rank=number(row["rank"]),
            score=number(row["score"], 1),
            km=number(row["uncertainty_km"], 1),
        )
        for row in drawn.to_dict("records")
    ]
    frame = gpd.GeoDataFrame(
        {
            "id": drawn["park_id"].astype("str"),
            "kind": marked.astype("str"),
            "tip": tips,
            "radius_m": drawn["uncertainty_km"].astype("float64") * 1000,
        },
        geometry=gpd.points_from_xy(drawn["lon"], drawn["lat"]),
        crs="EPSG:4326",
    ).reset_index(drop=True)
    circle = Style(fill=tokens.warm, fill_opacity=0.06, stroke=tokens.warm, dash="4 4")
    squares = {
        "park": Style(
            fill=tokens.paper, stroke=tokens.accent, stroke_width=1.6, shape="square", size=4.5
        ),
        "first": Style(
            fill=tokens.accent, stroke=tokens.accent, stroke_width=1.6, shape="square", size=5
        ),
        "chosen": Style(
            fill=tokens.warm, stroke=tokens.ink, stroke_width=1.8, shape="square", size=6.5
        ),
    }
    counts = frame["kind"].value_counts()
    known = [key for key in squares if counts.get(key, 0)]
    legend = tuple(
        LegendEntry(t(f"screening.mark_{key}"), squares[key], "point", int(counts[key]))
        for key in known
    )
    reach = LegendEntry(t("screening.mark_reach"), circle, "circle")
    found = [
        boundary_layer(display("prefecture"), level="prefecture", language=language, theme=theme)
    ]
    if len(frame):
        shapes = {"park": circle, "first": circle, "chosen": circle}
        found.append(Layer("reach", "", "circle", frame, shapes, order=40))
        title = t("screening.legend")
        found.append(Layer("parks", title, "point", frame, squares, (*legend, reach), order=50))
    return found
