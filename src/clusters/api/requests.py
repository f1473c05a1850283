"""What requests may say, and the parts of an answer that follow from the request."""

import importlib.metadata
import math
from dataclasses import dataclass, fields
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Query, Request, Response

from clusters.access import Account
from clusters.api.answers import GEOJSON, MOST_ROWS, Format, entity_tag
from clusters.api.doors import caller
from clusters.errors import InputError
from clusters.places.zones import follows_zones, zone_version
from clusters.settings import get_settings
from clusters.workspace import Snapshot, held_snapshot, published_id

PREFIX = "/api/v1"
_SOFTWARE = importlib.metadata.version("sichuan-ai-clusters")
WORDS: dict[int | str, dict[str, Any]] = {
    304: {"description": "The entity tag sent is still right."},
    400: {"description": "The request is at fault; `description` says how to mend it."},
    401: {"description": "No valid sign-in came with the request."},
    403: {"description": "The role does not allow this."},
    404: {"description": "There is no such thing."},
    429: {"description": "The account asks too often; `Retry-After` says how long to wait."},
    503: {"description": "No snapshot was published yet, or a service needed does not answer."},
}
TABLE = {200: {"content": {"application/json": {}, "text/csv": {}}}, **WORDS}
FEATURES = {200: {"content": {GEOJSON: {}, "text/csv": {}}}, **WORDS}

Visitor = Annotated[Account, Depends(caller)]
SnapshotId = Annotated[
    str | None,
    Query(alias="snapshot", description="Snapshot id; the published one if not given."),
]
Box = Annotated[str | None, Query(description="west,south,east,north in degrees")]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which rows of which snapshot in which format."""

    limit: Annotated[int, Query(ge=1, le=MOST_ROWS, description="Most rows of one answer.")] = 1000
    offset: Annotated[
        int, Query(ge=0, le=10**9, description="Rows to leave out at the beginning.")
    ] = 0
    f: Annotated[Format, Query(description="Format of the answer.")] = "json"
    snapshot: SnapshotId = None


Asked = Annotated[_Asked, Depends()]
PAGING = tuple(one.name for one in fields(_Asked))


def filters_of(
    request: Request, allowed: tuple[str, ...], known: tuple[str, ...]
) -> dict[str, str]:
    """Return the filters of a request: parameters in ``allowed``, next to those in ``known``.

    Raises
    ------
    InputError
        For an unknown or repeated parameter: left unnoticed it would give a wrong number.
    """
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in allowed and name not in known:
            hint = ", ".join((*allowed, *known))
            raise InputError(f"unknown parameter {name!r}; there are {hint}")
        if name in found:
            raise InputError(f"parameter {name!r} is given twice; give it once")
        found[name] = value
    return {name: value for name, value in found.items() if name in allowed}


def box_of(text: str) -> tuple[float, float, float, float]:
    """Return the corners of a ``bbox`` parameter.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"bbox {text!r} is not west,south,east,north in degrees") from None
    inside = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    if not inside or not all(map(math.isfinite, (west, south, east, north))):
        raise InputError(f"bbox {text!r}: west must not exceed east, nor south north, in degrees")
    return west, south, east, north


def snapshot_of(identity: str | None) -> Snapshot:
    """Return the snapshot asked for, or the published one."""
    folder = get_settings().workspace
    wanted = identity or published_id(folder)
    if wanted is None:
        raise HTTPException(503, "no snapshot was published yet; run: clusters run")
    return held_snapshot(folder, wanted)


@follows_zones
def _zones_in_use() -> str:
    return zone_version()


def headers_of(request: Request, shown: Snapshot) -> dict[str, str]:
    """Return entity tag, caching and snapshot of an answer."""
    asked = sorted(request.query_params.multi_items())
    # Zones are those in use, which an import changes without another snapshot.
    tag = entity_tag(shown.id, _SOFTWARE, _zones_in_use(), request.url.path, asked)
    return {"ETag": tag, "Cache-Control": "private, no-cache", "X-Clusters-Snapshot": shown.id}


def unchanged(request: Request, headers: dict[str, str]) -> Response | None:
    """Return the short answer to a program that has this answer already, or None."""
    sent = [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]
    known = headers["ETag"] in sent or "*" in sent
    return Response(status_code=304, headers=headers) if known else None
