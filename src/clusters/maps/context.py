"""Layers around the firms: boundaries, zones, parks, hot spots, facilities."""

from collections.abc import Collection, Mapping

import geopandas as gpd
import pandas as pd

from clusters.maps import palette
from clusters.maps.layers import Layer, LegendEntry, Style
from clusters.maps.palette import Shape, ThemeName
from clusters.maps.words import Language, distance, labelled, number, word
from clusters.places.boundaries import Level

# How the facts table's kinds are grouped on a map: (word, shape, glyph size in pixels).
_FACILITIES: Mapping[str, tuple[str, Shape, float]] = {
    "airport": ("airport", "triangle", 6),
    "rail_station_main": ("station", "square", 4),
    "university": ("university", "diamond", 4.5),
    "university_ai": ("university", "diamond", 4.5),
    "laboratory": ("university", "diamond", 4.5),
    "innovation_platform": ("university", "diamond", 4.5),
    "science_centre": ("university", "diamond", 4.5),
    "compute_centre": ("university", "diamond", 4.5),
    "comprehensive_bonded_zone": ("logistics", "cross", 5),
    "river_port": ("logistics", "cross", 5),
    "port_of_entry_air": ("logistics", "cross", 5),
    "port_of_entry_rail": ("logistics", "cross", 5),
}


def _names(frame: pd.DataFrame, language: Language) -> pd.Series:
    chinese = frame["name_zh"].astype("str")
    if language == "zh" or "name_en" not in frame:
        return chinese
    return frame["name_en"].where(frame["name_en"].notna(), chinese).astype("str")


def _placed(frame: pd.DataFrame, language: Language) -> list[str]:
    """Return names, each with how well its place is known."""
    return [
        name
        if pd.isna(error)
        else "\n".join(
            [
                name,
                labelled(word("place_error", language), distance(error * 1000, language), language),
            ]
        )
        for name, error in zip(_names(frame, language), frame["uncertainty_km"], strict=True)
    ]


def boundary_layer(
    areas: gpd.GeoDataFrame,
    *,
    level: Level,
    language: Language,
    filled: bool = True,
    focus: Collection[str] | None = None,
    theme: ThemeName = "light",
) -> Layer:
    """Return the outlines of an administrative level.

    Parameters
    ----------
    areas : GeoDataFrame
        Display boundaries with ``code``, ``name_zh``, ``name_en``, EPSG:4326.
    filled : bool
        Paint the land; switch off when a choropleth lies underneath.
    focus : collection of str, optional
        Codes the map is about; the other areas step back into the surround.
    """
    tokens = palette.THEMES[theme]
    wide = level == "prefecture"
    styles = {
        "outside": Style(
            fill=tokens.surround if filled else None, stroke=tokens.line, stroke_width=0.5
        ),
        level: Style(
            fill=tokens.land if filled else None,
            stroke=tokens.boundary,
            stroke_width=1.2 if wide else 0.5,
        ),
    }
    inside = areas["code"].isin(areas["code"] if focus is None else list(focus))
    frame = gpd.GeoDataFrame(
        {
            "id": areas["code"].astype("str"),
            "kind": inside.map({True: level, False: "outside"}),
            "tip": _names(areas, language),
        },
        geometry=areas.geometry,
        crs="EPSG:4326",
    ).reset_index(drop=True)
    title = word("prefectures" if wide else "counties", language)
    return Layer(
        key=f"boundary-{level}",
        title=title,
        form="shape",
        frame=frame,
        styles=styles,
        order=5 if filled else (21 if wide else 20),
    )


def zone_layer(zones: gpd.GeoDataFrame, *, language: Language, theme: ThemeName = "light") -> Layer:
    """Return zone footprints, honest about how well each is known.

    Every footprint is an approximation, so its boundary error is in the tooltip. A zone whose
    place is assumed is hatched, dashed and called so in the legend.

    Parameters
    ----------
    zones : GeoDataFrame
        ``zone_id``, ``name_zh``, ``name_en``, ``boundary_error_m``, ``assumed`` (bool), polygons.
    """
    tokens = palette.THEMES[theme]
    styles = {
        "approximate": Style(
            fill=tokens.accent, fill_opacity=0.10, stroke=tokens.accent, stroke_width=1.6
        ),
        "assumed": Style(
            fill=tokens.warm,
            fill_opacity=0.10,
            stroke=tokens.warm,
            stroke_width=1.6,
            dash="6 4",
            hatch="///",
        ),
    }
    drawn = zones[zones.geometry.notna() & ~zones.geometry.is_empty]
    assumed = drawn["assumed"].fillna(value=False).astype("bool")
    kinds = assumed.map({True: "assumed", False: "approximate"})
    words = {"assumed": word("assumed", language), "approximate": word("approximate", language)}
    tips = [
        "\n".join(
            [
                name,
                words[kind],
                labelled(word("boundary_error", language), distance(error, language), language),
            ]
        )
        for name, kind, error in zip(
            _names(drawn, language), kinds, drawn["boundary_error_m"], strict=True
        )
    ]
    frame = gpd.GeoDataFrame(
        {"id": drawn["zone_id"].astype("str"), "kind": kinds.astype("str"), "tip": tips},
        geometry=drawn.geometry,
        crs="EPSG:4326",
    ).reset_index(drop=True)
    texts = {
        "approximate": word("approximate", language),
        "assumed": word("assumed", language),
    }
    legend = tuple(
        LegendEntry(texts[kind], style, "shape", int((kinds == kind).sum()))
        for kind, style in styles.items()
        if (kinds == kind).any()
    )
    return Layer("zones", word("zones", language), "shape", frame, styles, legend, order=45)


def _point_layer(
    key: str,
    rows: pd.DataFrame,
    styles: dict[str, Style],
    texts: Mapping[str, str],
    *,
    title: str,
    order: int,
) -> Layer:
    located = rows[rows["lon"].notna() & rows["lat"].notna()]
    frame = gpd.GeoDataFrame(
        located[["id", "kind", "tip"]].astype("str"),
        geometry=gpd.points_from_xy(located["lon"], located["lat"]),
        crs="EPSG:4326",
    ).reset_index(drop=True)
    counts = frame["kind"].value_counts()
    legend = tuple(
        LegendEntry(texts[kind], style, "point", int(counts[kind]))
        for kind, style in styles.items()
        if counts.get(kind, 0)
    )
    return Layer(key, title, "point", frame, styles, legend, order=order)


def park_layer(parks: pd.DataFrame, *, language: Language, theme: ThemeName = "light") -> Layer:
    """Return the centres of parks.

    Parameters
    ----------
    parks : DataFrame
        ``park_id``, ``name_zh``, ``name_en``, ``lon``, ``lat``, ``uncertainty_km``.
    """
    tokens = palette.THEMES[theme]
    style = Style(
        fill=tokens.paper, stroke=tokens.accent, stroke_width=1.6, shape="square", size=4.5
    )
    rows = pd.DataFrame(
        {
            "id": parks["park_id"],
            "kind": "park",
            "tip": _placed(parks, language),
            "lon": parks["lon"],
            "lat": parks["lat"],
        }
    )
    title = word("parks", language)
    return _point_layer(
        "parks", rows, {"park": style}, {"park": word("park", language)}, title=title, order=50
    )


def amenity_layer(
    amenities: pd.DataFrame, *, language: Language, theme: ThemeName = "light"
) -> Layer:
    """Return airports, stations, universities and ports.

    Parameters
    ----------
    amenities : DataFrame
        ``amenity_id``, ``kind``, ``name_zh``, ``name_en``, ``lon``, ``lat``,
        ``uncertainty_km``.
    """
    tokens = palette.THEMES[theme]
    kinds = amenities["kind"].map(lambda kind: _FACILITIES[kind][0])
    styles: dict[str, Style] = {}
    for group, shape, size in _FACILITIES.values():
        styles[group] = Style(
            fill=tokens.muted, stroke=tokens.paper, stroke_width=0.8, shape=shape, size=size
        )
    rows = pd.DataFrame(
        {
            "id": amenities["amenity_id"],
            "kind": kinds,
            "tip": _placed(amenities, language),
            "lon": amenities["lon"],
            "lat": amenities["lat"],
        }
    )
    texts = {group: word(group, language) for group in styles}
    return _point_layer(
        "amenities", rows, styles, texts, title=word("amenities", language), order=48
    )


def _covered(shapes: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, language: Language) -> list[str]:
    """Return the names of the areas each shape reaches into, the largest part first."""
    names = _names(areas, language).to_numpy()
    separator = "、" if language == "zh" else ", "
    found = []
    for shape in shapes.geometry:
        touched = areas.sindex.query(shape, predicate="intersects")
        share = areas.geometry.iloc[touched].intersection(shape).to_numpy()
        order = sorted(range(len(touched)), key=lambda i: (-share[i].area, touched[i]))
        found.append(separator.join(names[touched[i]] for i in order))
    return found


def hotspot_layer(
    hotspots: gpd.GeoDataFrame,
    *,
    language: Language,
    theme: ThemeName = "light",
    areas: gpd.GeoDataFrame | None = None,
) -> Layer:
    """Return the hulls of density clusters.

    Parameters
    ----------
    hotspots : GeoDataFrame
        ``hotspot_id``, ``firms``, ``stability`` (share of settings that find it, or NaN),
        hulls EPSG:4326.
    areas : GeoDataFrame, optional
        Areas with ``name_zh``, ``name_en``; the tooltip names those a hull reaches into.
    """
    tokens = palette.THEMES[theme]
    style = Style(fill=tokens.warm, fill_opacity=0.12, stroke=tokens.warm, stroke_width=1.4)
    tips = []
    covered = [""] * len(hotspots) if areas is None else _covered(hotspots, areas, language)
    for firms, stability, places in zip(
        hotspots["firms"], hotspots["stability"], covered, strict=True
    ):
        lines = [f"{word('hotspot', language)}", f"{firms:,} {word('firms_here', language)}"]
        if places:
            lines.append(labelled(word("covers", language), places, language))
        if pd.notna(stability):
            lines.append(
                labelled(word("stability", language), number(round(stability, 2)), language)
            )
        tips.append("\n".join(lines))
    frame = gpd.GeoDataFrame(
        {"id": hotspots["hotspot_id"].astype("str"), "kind": "hotspot", "tip": tips},
        geometry=hotspots.geometry,
        crs="EPSG:4326",
    ).reset_index(drop=True)
    legend = (LegendEntry(word("hotspot", language), style, "shape", len(frame)),)
    title = word("hotspots", language)
    return Layer("hotspots", title, "shape", frame, {"hotspot": style}, legend, order=35)
