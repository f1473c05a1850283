"""The HTTP interface: OGC API – Features where features are asked for, plain tables otherwise.

Every answer names its snapshot, and its entity tag changes only with snapshot, software and
request, so that a program may ask again cheaply. Nothing can be written here.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from clusters.access import AccessDenied, Right, require
from clusters.api import features, tables
from clusters.api.journal import Journal
from clusters.api.requests import PREFIX, WORDS, Visitor
from clusters.errors import ClustersError, InputError, WorkspaceError
from clusters.settings import get_settings
from clusters.workspace import list_snapshots, published_id

__all__ = ["PREFIX", "create_api"]

_CONFORMS = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
)
_RELATIONS = {
    "self": "/",
    "service-desc": "/openapi.json",
    "conformance": "/conformance",
    "data": "/collections",
}


def create_api() -> FastAPI:
    """Return the interface as an ASGI application, to be mounted at `PREFIX`."""
    api = FastAPI(
        title="clusters",
        version="1",
        summary="Areas, zones, metrics and firms of Sichuan's AI industry, read only.",
        docs_url=None,  # the usual pages load scripts from other hosts
        redoc_url=None,
        redirect_slashes=False,
        root_path_in_servers=False,
        servers=[{"url": PREFIX}],
    )
    api.add_middleware(Journal)
    api.add_exception_handler(RequestValidationError, _refuse_values)
    api.add_exception_handler(ClustersError, _refuse_ours)
    api.add_exception_handler(HTTPException, _refuse_http)
    api.get("/", responses=WORDS, summary="Where everything is")(landing)
    api.get("/conformance", responses=WORDS, summary="Standards kept")(conformance)
    api.get("/snapshots", responses=WORDS, summary="Snapshots, newest first")(snapshots)
    api.include_router(features.router)
    api.include_router(tables.router)
    return api


def landing(_account: Visitor) -> dict[str, Any]:
    """Return the links to everything else."""
    return {
        "title": "clusters",
        "description": "Sichuan's AI industry: areas, zones, metrics, firms.",
        "links": [{"rel": rel, "href": PREFIX + path} for rel, path in _RELATIONS.items()],
    }


def conformance(_account: Visitor) -> dict[str, Any]:
    """Return the conformance classes of OGC API – Features that are kept."""
    return {"conformsTo": list(_CONFORMS)}


def snapshots(account: Visitor) -> dict[str, Any]:
    """Return the snapshots of the workspace and which one is published."""
    require(account, Right.LOOK)
    folder = get_settings().workspace
    published = published_id(folder)
    return {
        "snapshots": [
            {
                "id": one.id,
                "as_of": one.manifest.get("as_of"),
                "created": one.manifest["created"],
                "published": one.id == published,
            }
            for one in list_snapshots(folder)
        ]
    }


def _told(status: int, description: str, more: Mapping[str, str] | None = None) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else more
    return JSONResponse({"code": str(status), "description": description}, status, headers)


async def _refuse_values(_request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    return _told(400, "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in found))


async def _refuse_ours(_request: Request, error: Exception) -> Response:
    for kind, status in ((AccessDenied, 403), (InputError, 400), (WorkspaceError, 404)):
        if isinstance(error, kind):
            return _told(status, str(error))
    return _told(503, str(error))


async def _refuse_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    return _told(error.status_code, str(error.detail), error.headers)
