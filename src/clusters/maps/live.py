"""The firms of a view for a browser that asks for its window: columns instead of features.

The rules are those of `layers.firm_layers`: only a place known to the street or better is a dot,
and whatever is not drawn is counted with its reason. What differs is the number: here a hundred
thousand firms are a few arrays, and the window decides between dots and hexagons (`crowd`).
"""

from itertools import pairwise
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.maps import palette
from clusters.maps.crowd import EDGES, MAX_DOTS, Crowd
from clusters.maps.layers import (
    Account,
    FirmLayers,
    Layer,
    LegendEntry,
    Style,
    firm_marks,
    range_text,
    uncertain_layer,
)
from clusters.maps.palette import ThemeName
from clusters.maps.words import Language, word
from clusters.places.output import PRECISE

_PLACE: Final = ("enterprise_id", "lon", "lat", "radius_m", "precision")


def live_firms(
    enterprises: gpd.GeoDataFrame,
    keep: NDArray[np.bool_],
    *,
    language: Language,
    theme: ThemeName = "light",
    show_uncertain: bool = False,
) -> FirmLayers:
    """Decide how the firms of a view are drawn on the interactive map.

    Parameters
    ----------
    enterprises : GeoDataFrame
        All firms of a snapshot, with the location columns, EPSG:4326.
    keep : array, shape (n,)
        Which of them the view is about.
    """
    precision = enterprises["precision"]
    placed = enterprises["lon"].notna().to_numpy()
    precise = precision.isin(PRECISE).to_numpy() & placed
    placeless = (precision.eq("none") | precision.isna()).to_numpy(dtype=bool)
    drawn = keep & precise
    vague = keep & ~precise & ~placeless
    account = Account(
        total=len(enterprises),
        selected=int(keep.sum()),
        shown=int(drawn.sum()),
        left_out={"precision": int(vague.sum()), "none": int((keep & placeless).sum())},
    )
    layers = []
    if show_uncertain and vague.any():
        rows = pd.DataFrame({name: enterprises[name].to_numpy()[vague] for name in _PLACE})
        layers.append(uncertain_layer(rows, language, theme))
    layers.append(_crowd_layer(enterprises, np.flatnonzero(drawn), language, theme))
    return FirmLayers(tuple(layers), account)


def _crowd_layer(
    firms: gpd.GeoDataFrame, rows: NDArray[np.intp], language: Language, theme: ThemeName
) -> Layer:
    marks = firm_marks(firms, "chain_layer", {}, language, theme)
    kinds = tuple(marks)
    group = pd.Categorical(firms["chain_layer"].to_numpy()[rows], categories=kinds)
    code = np.where(group.codes < 0, kinds.index("unknown"), group.codes).astype("int8")
    founded = pd.to_datetime(firms["founded"].iloc[rows], errors="coerce")
    crowd = Crowd(
        lon=firms["lon"].to_numpy(dtype="float64")[rows],
        lat=firms["lat"].to_numpy(dtype="float64")[rows],
        kind=code,
        year=founded.dt.year.fillna(0).to_numpy(dtype="int16"),
        row=rows.astype("int32"),
        kinds=kinds,
    )
    paper = palette.THEMES[theme].paper
    dots = {
        key: Style(fill=mark.colour, stroke=paper, stroke_width=0.8, shape=mark.shape, size=5)
        for key, (_, mark) in marks.items()
    }
    ramp = palette.sequential(len(EDGES) + 1, theme=theme)
    cells = {
        f"cell-{i}": Style(fill=colour, fill_opacity=0.85, stroke=paper, stroke_width=0.5)
        for i, colour in enumerate(ramp)
    }
    many = len(crowd) > MAX_DOTS
    number = np.bincount(code, minlength=len(kinds))
    legend = (
        _cell_legend(cells, language)
        if many
        else tuple(
            LegendEntry(name, dots[key], "point", int(n))
            for (key, (name, _)), n in zip(marks.items(), number, strict=True)
            if n
        )
    )
    empty = gpd.GeoDataFrame({"id": [], "kind": [], "tip": []}, geometry=[], crs="EPSG:4326")
    return Layer(
        key="firms",
        title=word("grid" if many else "firms", language),
        form="point",
        frame=empty,
        styles=dots | cells,
        legend=legend,
        order=60,
        crowd=crowd,
    )


def _cell_legend(styles: dict[str, Style], language: Language) -> tuple[LegendEntry, ...]:
    lows = (1, *(edge + 1 for edge in EDGES))
    texts = [range_text(low, next_low - 1) for low, next_low in pairwise(lows)]
    texts.append(f"{lows[-1]} {word('and_more', language)}")
    return tuple(
        LegendEntry(text, style, "shape")
        for text, style in zip(reversed(texts), reversed(styles.values()), strict=True)
    )
