"""The scripts and styles of Streamlit's front end, packed once and handed out from memory.

Streamlit reads each file anew for each browser, unpacked and in pieces that go by way of a thread.
Where many open their first page at once that is most of what the server does. The names of these
files change with their content, so a browser keeps them for good.
"""

import gzip
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import file_util

PREFIX: Final = "/static/"
_PACKED: Final = frozenset({".js", ".css", ".svg", ".json", ".wasm", ".ttf"})
_HEADERS: Final = {
    "Cache-Control": "public, immutable, max-age=31536000",
    "Vary": "Accept-Encoding",
}


@dataclass(frozen=True, slots=True)
class Held:
    """A file as it is and packed; ``packed`` is empty where packing gains nothing."""

    body: bytes
    packed: bytes
    media_type: str


@lru_cache(maxsize=1)
def names() -> dict[str, Path]:
    """Return the files there are, by the rest of their address: nothing else is ever opened."""
    folder = Path(file_util.get_static_dir()) / "static"
    return {one.relative_to(folder).as_posix(): one for one in folder.rglob("*") if one.is_file()}


def read(name: str) -> Held:
    """Return a file, read and packed."""
    path = names()[name]
    body = path.read_bytes()
    packed = gzip.compress(body, 6, mtime=0) if path.suffix in _PACKED else b""
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Held(body, packed if len(packed) < len(body) else b"", kind)


class Frontend:
    """ASGI middleware that answers for these files; whatever else is asked goes on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._held: dict[str, Held] = {}  # bounded by the files there are

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a browser, or pass the request on."""
        path = scope.get("path", "")
        name = path.removeprefix(PREFIX)
        asked = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
        if not asked or name == path or name not in names():
            await self._app(scope, receive, send)
            return
        found = self._held.get(name)
        if found is None:
            found = self._held[name] = await anyio.to_thread.run_sync(read, name)
        body, headers = found.body, _HEADERS
        if found.packed and "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            body, headers = found.packed, {**_HEADERS, "Content-Encoding": "gzip"}
        answer = Response(body, headers=headers, media_type=found.media_type)
        await answer(scope, receive, send)
