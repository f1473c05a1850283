"""Published figures of the prefectures: population, output, area, universities.

The table is long, one row per place, indicator and period. Series of the same name may follow
different definitions (first-published and revised years, census and year-end counts); the
definition travels with every value, and nothing here chains them.
"""

from functools import lru_cache

import geopandas as gpd
import pandas as pd

from clusters.places.shipped import read_table

__all__ = ["amenities", "figures", "gdp", "indicators", "population", "reference"]


@lru_cache(maxsize=1)
def figures() -> pd.DataFrame:
    """Return every figure: ``code``, ``name_zh``, ``level``, ``indicator_id``, ``period``, ….

    Returns
    -------
    DataFrame
        ``code`` (six digits; 510000 the province, 100000 the country), ``name_zh``, ``level``
        (country, province, prefecture, county), ``indicator_id``, ``period`` (as published),
        ``year`` (Int64, missing where undated), ``value`` (float64), ``unit``, ``derived``
        (yes, no), ``definition_note``, ``source_url``, ``confidence``. Cached: do not modify it.

    Raises
    ------
    ShippedDataError
        If the file is missing or damaged.
    """
    return read_table(
        "reference",
        "prefectures.csv",
        required=("code", "level", "indicator_id", "period", "unit", "source_url"),
        numbers=("value",),
        integers=("year",),
    )


@lru_cache(maxsize=1)
def indicators() -> pd.DataFrame:
    """Return the indicators of `figures`: id, names, unit, definition, coverage; all strings."""
    return read_table("reference", "indicators.csv", required=("indicator_id", "name_zh", "unit"))


def reference(indicator: str, year: int | None = None) -> pd.Series:
    """Return one indicator of one year by prefecture.

    Parameters
    ----------
    indicator
        An ``indicator_id`` of `indicators`.
    year
        Calendar year; None takes the undated values.

    Returns
    -------
    Series
        float64 by prefecture code, all 21, NaN where nothing was published. ``attrs`` holds
        ``indicator_id``, ``year``, ``unit``, ``sources`` and ``notes`` (dicts by code),
        ``missing`` (codes without a value) and ``total`` (the published value of the province,
        or None).

    Raises
    ------
    ValueError
        If the indicator, or the indicator in that year, is not in the table.
    """
    table = figures()
    rows = table[table["indicator_id"] == indicator]
    if rows.empty:
        known = ", ".join(sorted(table["indicator_id"].unique()))
        msg = f"unknown indicator {indicator!r}; known are {known}"
        raise ValueError(msg)
    chosen = rows[
        rows["year"].isna() if year is None else (rows["year"] == year).fillna(value=False)
    ]
    local = chosen[chosen["level"] == "prefecture"].set_index("code")
    if chosen.empty:
        years = ", ".join(str(one) for one in sorted(rows["year"].dropna().unique()))
        msg = f"{indicator!r} has no value for {year}; years with values: {years or 'undated only'}"
        raise ValueError(msg)
    codes = _prefecture_codes()
    values = local["value"].reindex(codes).rename(indicator)
    province = chosen.loc[chosen["level"] == "province", "value"]
    values.attrs = {
        "indicator_id": indicator,
        "year": year,
        "unit": str(chosen["unit"].iloc[0]),
        "sources": local["source_url"].to_dict(),
        "notes": local["definition_note"].to_dict(),
        "missing": [code for code in codes if code not in local.index],
        "total": None if province.empty else float(province.iloc[0]),
    }
    return values


@lru_cache(maxsize=1)
def _prefecture_codes() -> pd.Index:
    counties = read_table("gazetteer", "counties.csv", required=("prefecture_code",))
    return pd.Index(sorted(counties["prefecture_code"].unique()), name="code")


def population(year: int = 2023) -> pd.Series:
    """Return the year-end resident population (常住人口) in 万人 by prefecture; see `reference`."""
    return reference("pop_resident", year)


def gdp(year: int = 2023) -> pd.Series:
    """Return gross domestic product in 亿元 by prefecture; see `reference`.

    2023 is the first-published figure, before the fifth economic census: do not chain it to 2024.
    """
    return reference("gdp", year)


@lru_cache(maxsize=1)
def amenities() -> gpd.GeoDataFrame:
    """Return airports, main stations, campuses, laboratories, compute centres.

    Returns
    -------
    GeoDataFrame
        Points in EPSG:4326, null where no coordinate was found; ``uncertainty_km`` (float64):
        do not rank on distance where it is 4 or more. Cached: do not modify it.

    Raises
    ------
    ShippedDataError
        If the file is missing or damaged.
    """
    table = read_table(
        "reference",
        "amenities.csv",
        required=("amenity_id", "kind", "name_zh", "name_en", "prefecture_code"),
        numbers=("lon", "lat", "uncertainty_km"),
        lists=("county_codes",),
    )
    points = gpd.GeoSeries.from_xy(table["lon"], table["lat"], crs="EPSG:4326")
    points[table["lon"].isna()] = None
    return gpd.GeoDataFrame(table, geometry=points)
