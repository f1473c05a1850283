"""The one firm a map is about: a dot, the circle that holds it, or the area it is known to."""

import geopandas as gpd
import pandas as pd

from clusters.maps.layers import Form, Layer, LegendEntry, Style
from clusters.maps.palette import LIGHT
from clusters.maps.words import Language, word
from clusters.places.boundaries import display
from clusters.places.output import PRECISE

_DOT = Style(fill=LIGHT.warm, stroke=LIGHT.ink, stroke_width=2.0, shape="circle", size=9)
_AREA = Style(fill=LIGHT.warm, fill_opacity=0.16, stroke=LIGHT.warm, stroke_width=1.8, dash="6 4")


def highlight_layer(firm: pd.Series, *, language: Language) -> Layer | None:
    """Return the place of a firm as exactly as it is known, or None where it is not.

    Street or better is a dot; a park or subdistrict the circle that holds the firm with about
    95 % probability; a county or prefecture the area itself, because a centroid is no address.

    Parameters
    ----------
    firm : Series
        ``enterprise_id``, ``name``, ``precision``, ``radius_m``, ``lon``, ``lat``,
        ``prefecture_code``, ``county_code``.
    """
    precision = firm["precision"]
    form: Form = "shape"
    if precision in PRECISE or precision in {"park", "subdistrict"}:
        geometry = gpd.points_from_xy([firm["lon"]], [firm["lat"]])
        form = "point" if precision in PRECISE else "circle"
    elif precision in {"county", "prefecture"}:
        areas = display(precision)
        geometry = areas.loc[areas["code"] == firm[f"{precision}_code"], "geometry"].to_numpy()
    else:
        return None
    key = "this_firm" if form == "point" else f"this_firm_{form}"
    style = _DOT if form == "point" else _AREA
    frame = gpd.GeoDataFrame(
        {
            "id": [str(firm["enterprise_id"])],
            "kind": ["this"],
            "tip": [str(firm["name"])],
            "radius_m": [firm["radius_m"]],
        },
        geometry=geometry,
        crs="EPSG:4326",
    )
    shown: Form = "point" if form == "point" else "shape"
    return Layer(
        key="highlight",
        title=word("this_firm_title", language),
        form=form,
        frame=frame,
        styles={"this": style},
        legend=(LegendEntry(word(key, language), style, shown),),
        order=75 if form == "point" else 42,
    )
