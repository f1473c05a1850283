"""What the browser fetches for a map beside the page: layers by name, firms by window.

A page tells the browser only the names of its layers; the browser keeps what it has and fetches
what it lacks. A name is a keyed digest of the content, so equal layers are held and sent once for
all visitors, and nobody can ask for what no page has told him of. Parcels are kept until newer
ones need the room; a browser that asks too late tells the page, which makes them anew.
"""

import gzip
import hmac
import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import anyio.to_thread
import pandas as pd
from starlette.requests import Request
from starlette.responses import Response

from clusters.maps.crowd import Bounds, Crowd, window

PREFIX: Final = "/map-parts"
_SECRET: Final = secrets.token_bytes(32)
_MOST_BYTES: Final = 192 * 2**20
_ROW_BYTES: Final = 24
_SQUEEZE: Final = 1_000  # smaller answers are not worth packing


@dataclass(frozen=True, eq=False)
class Firms:
    """A crowd with the table its rows are rows of."""

    crowd: Crowd
    table: pd.DataFrame


class Parcels:
    """Parcels by name, the least recently used dropped first; safe among threads."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most = most_bytes
        self._held: OrderedDict[str, tuple[bytes | Firms, int]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def put(self, parcel: bytes | Firms, identity: bytes) -> str:
        """Hold a parcel and return its name; `identity` tells its content apart from others."""
        name = hmac.new(_SECRET, identity, sha256).hexdigest()[:40]
        size = len(parcel) if isinstance(parcel, bytes) else _ROW_BYTES * len(parcel.crowd)
        with self._lock:
            if name not in self._held:
                self._held[name] = (parcel, size)
                self._size += size
            self._held.move_to_end(name)
            while self._size > self._most and len(self._held) > 1:
                _, (_, freed) = self._held.popitem(last=False)
                self._size -= freed
        return name

    def get(self, name: str) -> bytes | Firms | None:
        """Return a parcel, or None where it is no longer held."""
        with self._lock:
            found = self._held.get(name)
            if found is None:
                return None
            self._held.move_to_end(name)
            return found[0]


PARCELS: Final = Parcels()


def _bounds(text: str | None) -> Bounds | None:
    if not text:
        return None
    west, south, east, north = (float(part) for part in text.split(","))
    return west, south, east, north


def answer(parcel: bytes | Firms, query: Mapping[str, str]) -> bytes:
    """Return what a browser asks of a parcel.

    Parameters
    ----------
    query : mapping
        For firms: ``row`` asks for one firm's id and name; ``zoom``, ``bounds`` and ``until``
        for a window.

    Raises
    ------
    ValueError
        If the query is malformed.
    """
    if isinstance(parcel, bytes):
        return parcel
    if "row" in query:
        found = parcel.table.iloc[int(query["row"])]
        name = found["name"]
        told = {"id": str(found["enterprise_id"]), "tip": name if isinstance(name, str) else ""}
        return json.dumps(told, ensure_ascii=False).encode()
    until = query.get("until")
    seen = window(
        parcel.crowd,
        zoom=min(max(int(float(query.get("zoom", "7"))), 0), 18),
        bounds=_bounds(query.get("bounds")),
        until=int(until) if until else None,
    )
    return json.dumps(seen, separators=(",", ":")).encode()


async def serve(request: Request) -> Response:
    """Answer a browser: 404 for a parcel no longer held, 400 for a malformed question."""
    parcel = PARCELS.get(request.path_params["name"])
    if parcel is None:
        return Response(status_code=404)
    try:
        body = await anyio.to_thread.run_sync(answer, parcel, dict(request.query_params))
    except (ValueError, IndexError, OverflowError):
        return Response(status_code=400)
    headers = {
        "Cache-Control": "private, max-age=3600, immutable",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    if len(body) > _SQUEEZE and "gzip" in request.headers.get("accept-encoding", ""):
        body = await anyio.to_thread.run_sync(gzip.compress, body, 5)
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type="application/json", headers=headers)
