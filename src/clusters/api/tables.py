"""Plain tables for programs that want no geometry: areas, zones, firms, metrics."""

from collections.abc import Callable

import pandas as pd
from fastapi import APIRouter, Request, Response

from clusters.access import Right, require
from clusters.api.answers import Page, csv_answer, json_answer, links, records
from clusters.api.collections import COLLECTIONS, chosen
from clusters.api.requests import (
    PAGING,
    PREFIX,
    TABLE,
    Asked,
    Visitor,
    filters_of,
    headers_of,
    snapshot_of,
    unchanged,
)
from clusters.export.views import metric_table
from clusters.workspace import Snapshot

router = APIRouter()
_AREA_LEVELS = {"prefecture": "prefectures", "county": "counties"}


@router.get("/areas", responses=TABLE, summary="Prefectures and counties")
def areas(  # noqa: PLR0917 - parameters of the request
    request: Request,
    account: Visitor,
    asked: Asked,
    level: str | None = None,
    code: str | None = None,
    prefecture_code: str | None = None,
) -> Response:
    """Return the areas with level, code, names and size; a prefecture is in itself."""
    require(account, Right.LOOK)
    wanted = _given(level=level, code=code, prefecture_code=prefecture_code)
    return _answer(request, asked, "areas", wanted, _areas)


@router.get("/zones", responses=TABLE, summary="Zones of the plan, candidates and frames")
def zones(
    request: Request,
    account: Visitor,
    asked: Asked,
    role: str | None = None,
    prefecture_code: str | None = None,
) -> Response:
    """Return the zones; ``assumed`` and ``boundary_error_m`` say how sure a footprint is."""
    require(account, COLLECTIONS["zones"].right)
    wanted = _given(role=role, prefecture_code=prefecture_code)
    return _answer(request, asked, "zones", wanted, COLLECTIONS["zones"].table)


@router.get("/firms", responses=TABLE, summary="Firms")
def firms(  # noqa: PLR0917 - parameters of the request
    request: Request,
    account: Visitor,
    asked: Asked,
    prefecture_code: str | None = None,
    county_code: str | None = None,
    zone: str | None = None,
    segment: str | None = None,
    chain_layer: str | None = None,
    ai_relevance: str | None = None,
    precision: str | None = None,
) -> Response:
    """Return firms; ``precision`` and ``radius_m`` say how far a place can be trusted."""
    require(account, COLLECTIONS["firms"].right)
    wanted = _given(
        prefecture_code=prefecture_code,
        county_code=county_code,
        zone=zone,
        segment=segment,
        chain_layer=chain_layer,
        ai_relevance=ai_relevance,
        precision=precision,
    )
    return _answer(request, asked, "firms", wanted, COLLECTIONS["firms"].table)


@router.get("/metrics", responses=TABLE, summary="The long metric table")
def metrics(  # noqa: PLR0917 - parameters of the request
    request: Request,
    account: Visitor,
    asked: Asked,
    level: str | None = None,
    scheme: str | None = None,
    industry: str | None = None,
    metric: str | None = None,
    area: str | None = None,
    weight: str | None = None,
) -> Response:
    """Return metrics with interval, p, q, n and note, one value a row."""
    require(account, Right.LOOK)
    wanted = _given(
        level=level, scheme=scheme, industry=industry, metric=metric, area=area, weight=weight
    )
    return _answer(request, asked, "metrics", wanted, metric_table)


def _given(**filters: str | None) -> dict[str, str | None]:
    return filters


def _answer(
    request: Request,
    asked: Asked,
    name: str,
    wanted: dict[str, str | None],
    table_of: Callable[[Snapshot], pd.DataFrame],
) -> Response:
    filters_of(request, tuple(wanted), PAGING)
    shown = snapshot_of(asked.snapshot)
    headers = headers_of(request, shown)
    same = unchanged(request, headers)
    if same is not None:
        return same
    filters = {column: value for column, value in wanted.items() if value is not None}
    table = chosen(table_of(shown), filters)
    page = Page.of(table.drop(columns="geometry", errors="ignore"), asked.offset, asked.limit)
    if asked.f == "csv":
        return csv_answer(page.rows, headers)
    body = {
        "numberMatched": page.matched,
        "numberReturned": len(page.rows),
        "links": links(f"{PREFIX}/{name}", page, request.query_params.multi_items()),
        "snapshot": shown.id,
        "rows": records(page.rows),
    }
    return json_answer(body, headers)


def _areas(snapshot: Snapshot) -> pd.DataFrame:
    parts = [
        pd.DataFrame(COLLECTIONS[name].table(snapshot).drop(columns="geometry")).assign(level=level)
        for level, name in _AREA_LEVELS.items()
    ]
    parts[0]["prefecture_code"] = parts[0]["code"]
    return pd.concat(parts, ignore_index=True)
