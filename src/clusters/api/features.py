"""Features: the collections of OGC API – Features, and the short ways to the same tables."""

from typing import Any

import geopandas as gpd
from fastapi import APIRouter, HTTPException, Request, Response

from clusters.access import require
from clusters.api.answers import GEOJSON, Page, csv_answer, features, json_answer, links
from clusters.api.collections import COLLECTIONS, Collection, chosen, within
from clusters.api.requests import (
    FEATURES,
    PAGING,
    PREFIX,
    WORDS,
    Asked,
    Box,
    SnapshotId,
    Visitor,
    box_of,
    filters_of,
    headers_of,
    snapshot_of,
    unchanged,
)

router = APIRouter()


@router.get("/collections", responses=WORDS, summary="What can be asked for")
def collections(_account: Visitor) -> dict[str, Any]:
    """Return all collections with their filters."""
    return {
        "links": [{"rel": "self", "href": f"{PREFIX}/collections"}],
        "collections": [_described(name, one) for name, one in COLLECTIONS.items()],
    }


@router.get("/collections/{name}", responses=WORDS, summary="One collection")
def collection(name: str, _account: Visitor) -> dict[str, Any]:
    """Return one collection with its filters."""
    return _described(name, _collection(name))


@router.get("/collections/{name}/items", responses=FEATURES, summary="Features, page by page")
def items(
    request: Request,
    name: str,
    account: Visitor,
    asked: Asked,
    bbox: Box = None,
) -> Response:
    """Return the features that pass the filters of their collection and meet the box."""
    one = _collection(name)
    require(account, one.right)
    filters = filters_of(request, one.filters, ("bbox", *PAGING))
    shown = snapshot_of(asked.snapshot)
    headers = headers_of(request, shown)
    same = unchanged(request, headers)
    if same is not None:
        return same
    table = chosen(one.table(shown), filters)
    if bbox is not None:
        table = within(table, box_of(bbox))
    page = Page.of(table, asked.offset, asked.limit)
    if asked.f == "csv":
        return csv_answer(page.rows, headers)
    body = {
        "type": "FeatureCollection",
        "numberMatched": page.matched,
        "numberReturned": len(page.rows),
        "links": links(
            f"{PREFIX}/collections/{name}/items", page, request.query_params.multi_items()
        ),
        "snapshot": shown.id,
        "features": features(gpd.GeoDataFrame(page.rows), one.key),
    }
    return json_answer(body, headers, GEOJSON)


@router.get("/collections/{name}/items/{key}", responses=FEATURES, summary="One feature")
def item(
    request: Request, name: str, key: str, account: Visitor, snapshot: SnapshotId = None
) -> Response:
    """Return one feature by its id."""
    one = _collection(name)
    require(account, one.right)
    filters_of(request, (), ("snapshot",))
    shown = snapshot_of(snapshot)
    headers = headers_of(request, shown)
    same = unchanged(request, headers)
    if same is not None:
        return same
    table = one.table(shown)
    found = table[table[one.key].astype("str") == key]
    if found.empty:
        raise HTTPException(404, f"{name} holds nothing with the id {key!r}")
    return json_answer(features(found, one.key)[0] | {"snapshot": shown.id}, headers, GEOJSON)


def _described(name: str, one: Collection) -> dict[str, Any]:
    return {
        "id": name,
        "title": f"{one.title_zh} / {one.title_en}",
        "description": one.description,
        "itemType": "feature",
        "crs": ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"],
        "filters": list(one.filters),
        "links": [{"rel": "items", "type": GEOJSON, "href": f"{PREFIX}/collections/{name}/items"}],
    }


def _collection(name: str) -> Collection:
    if name not in COLLECTIONS:
        raise HTTPException(404, f"no collection {name!r}; there are {', '.join(COLLECTIONS)}")
    return COLLECTIONS[name]
