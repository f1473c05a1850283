"""How answers look: a page of rows as GeoJSON, JSON or CSV, and its entity tag."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from fastapi import Response
from fastapi.responses import JSONResponse

from clusters.export.tables import flat, harmless_table

Format = Literal["json", "csv"]
MOST_ROWS = 10_000
GEOJSON = "application/geo+json"
CSV = "text/csv; charset=utf-8"
DIGITS = 6
"""Degrees to a tenth of a metre."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of many.

    Attributes
    ----------
    rows : DataFrame
        The rows of this page.
    matched : int
        How many rows the request has in all.
    offset, limit : int
    """

    rows: pd.DataFrame
    matched: int
    offset: int
    limit: int

    @classmethod
    def of(cls, table: pd.DataFrame, offset: int, limit: int) -> "Page":
        """Cut a page out of a table."""
        return cls(table.iloc[offset : offset + limit], len(table), offset, limit)

    @property
    def next_offset(self) -> int | None:
        """Where the next page begins, or None on the last one."""
        following = self.offset + self.limit
        return following if following < self.matched else None


def entity_tag(*parts: object) -> str:
    """Return a weak entity tag of a snapshot, the software and a request."""
    text = json.dumps([str(part) for part in parts])
    return f'W/"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values; missing ones are null, dates are ISO texts."""
    names = [str(column) for column in rows.columns]
    columns = [rows[column].tolist() for column in rows.columns]
    return [
        dict(zip(names, map(_plain, values), strict=True)) for values in zip(*columns, strict=True)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | list | tuple):
        return [_plain(one) for one in value]
    if pd.isna(value) or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if isinstance(value, np.generic) else value


def features(rows: gpd.GeoDataFrame, key: str) -> list[dict[str, Any]]:
    """Return rows as GeoJSON features; rings run anticlockwise outside (RFC 7946)."""
    shapes = shapely.set_precision(
        shapely.orient_polygons(rows.geometry.to_numpy()), 10.0**-DIGITS, mode="pointwise"
    )
    geometries = [None if text is None else json.loads(text) for text in shapely.to_geojson(shapes)]
    properties = records(pd.DataFrame(rows.drop(columns=rows.geometry.name)))
    return [
        {"type": "Feature", "id": row[key], "geometry": geometry, "properties": row}
        for row, geometry in zip(properties, geometries, strict=True)
    ]


def csv_answer(rows: pd.DataFrame, headers: Mapping[str, str]) -> Response:
    """Return rows as CSV with canonical headers; texts a spreadsheet would run are neutralised."""
    table = harmless_table(flat(rows))
    text = table.to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\r\n")
    return Response(text.encode("utf-8-sig"), media_type=CSV, headers=dict(headers))


def json_answer(
    body: Mapping[str, Any], headers: Mapping[str, str], media_type: str = "application/json"
) -> Response:
    """Return a JSON body with headers."""
    return JSONResponse(dict(body), headers=dict(headers), media_type=media_type)


def links(base: str, page: Page, query: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """Return ``self`` and, where there is one, ``next``."""
    kept = [(name, value) for name, value in query if name != "offset"]
    found = [{"rel": "self", "href": f"{base}?{urlencode([*kept, ('offset', str(page.offset))])}"}]
    if page.next_offset is not None:
        following = urlencode([*kept, ("offset", str(page.next_offset))])
        found.append({"rel": "next", "href": f"{base}?{following}"})
    return found
