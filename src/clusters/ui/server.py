"""The server around the pages: routes beside them, secure headers, sign-in, health.

Streamlit's own front end needs inline styles and evaluated scripts of charts, so the policy cannot
forbid those; it forbids every other host, framing by others, and guessing of file types.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import net_util

from clusters import logs
from clusters.api import PREFIX, create_api
from clusters.errors import ClustersError
from clusters.ledger import open_ledger
from clusters.maps.assets import asset_folders
from clusters.maps.tiles import base_maps
from clusters.settings import get_settings
from clusters.ui import parcels, shell, warming
from clusters.ui.account import sign_in_secrets
from clusters.ui.frontend import Frontend
from clusters.ui.gate import Gate
from clusters.workspace import published_id

HEALTH = "/healthz"
_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' ws: wss:",
    "worker-src": "'self' blob:",
    "frame-src": "'self' data: blob:",
    "frame-ancestors": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def parts() -> dict[str, Any]:
    """Return what the app is made of beside its pages, as keywords of ``streamlit.App``."""
    logs.configure(get_settings().log_format)
    ask_nobody()
    return {
        "secrets": sign_in_secrets(get_settings()),
        "lifespan": lifespan,
        "routes": routes(),
        "middleware": [Middleware(SecureHeaders), Middleware(Gate), Middleware(Frontend)],
        "on_script_error": shell.on_script_error,
    }


@contextlib.asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Make ready for the first visitors while the server already answers."""
    warming.begin()
    yield


def ask_nobody() -> None:
    """Keep Streamlit from asking a host on the internet for the address of this machine.

    It would do so whenever a page of another origin knocks at its WebSocket. The address it takes
    for its own instead is one it lets in anyway.
    """
    net_util._external_ip = "127.0.0.1"  # noqa: SLF001 - there is no setting for it


def routes() -> list[BaseRoute]:
    """Return what is served beside the pages: scripts and layers of maps, interface, health."""
    files = [
        Mount(prefix, StaticFiles(directory=folder)) for prefix, folder in asset_folders().items()
    ]
    layers = Route(f"{parcels.PREFIX}/{{name}}", parcels.serve)
    return [*files, layers, Mount(PREFIX, create_api()), Route(HEALTH, health)]


def health(_request: Request) -> JSONResponse:
    """Tell a monitor whether a snapshot is published and the ledger answers; no names, no paths."""
    state = {"snapshot": "ok", "ledger": "ok"}
    try:
        if published_id(get_settings().workspace) is None:
            state["snapshot"] = "none"
    except ClustersError:
        state["snapshot"] = "unreadable"
    try:
        open_ledger().close()
    except ClustersError:
        state["ledger"] = "unreachable"
    fit = state["snapshot"] != "unreadable" and state["ledger"] == "ok"
    return JSONResponse({"status": "ok" if fit else "failing", **state}, 200 if fit else 503)


def tile_hosts() -> list[str]:
    """Return the hosts pictures may come from beside our own: those of base maps switched on."""
    found: set[str] = set()
    for base in base_maps(get_settings()).values():
        for url in base.urls:
            split = urlsplit(url.replace("{s}", base.subdomains[:1]))
            if split.netloc:
                host = (
                    split.netloc if not base.subdomains else f"*.{split.netloc.partition('.')[2]}"
                )
                found.add(f"{split.scheme}://{host}")
    return sorted(found)


class SecureHeaders:
    """ASGI middleware that adds the headers to every HTTP answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        pictures = " ".join([_POLICY["img-src"], *tile_hosts()])
        policy = "; ".join(
            f"{name} {value}" for name, value in (_POLICY | {"img-src": pictures}).items()
        )
        self._headers = _HEADERS | {"Content-Security-Policy": policy}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer with headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)
