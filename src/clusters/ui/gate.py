"""What reaches Streamlit's own routes: uploads of those who may, and the messages pages send.

Streamlit answers everybody who reaches its port, and some of its messages act for all visitors at
once: one empties every cache, one reads the state of the checkout. Its figures of memory are
counted by walking every table held, and it has an interface of its own that asks for no sign-in.
Our pages need none of these. Whoever asks is refused here, before anything is parsed or stored, and
what he said or sent is told to the operator.

The platform of a single user answers to the names of this machine only: a page elsewhere whose
name is made to point here would otherwise be taken for one of ours.
"""

import json
import logging
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import HTTPException
from google.protobuf.message import DecodeError
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.web.server.starlette import starlette_websocket

from clusters.access import THIS_MACHINE, AccessDenied, Account, Right, account_of_claims, require
from clusters.api.doors import visitor
from clusters.logs import event
from clusters.settings import get_settings

UPLOADS: Final = "/_stcore/upload_file/"
CLOSED: Final = ("/_stcore/metrics/", "/_stcore/agent/")
_SAYS: Final = frozenset(
    {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request", "operation"}
)
_OPERATIONS: Final = frozenset({"deferred_file", "dataframe_chunk"})
_IDENTITY_COOKIE: Final = "_streamlit_user"


class Gate:
    """ASGI middleware that lets through what our pages need, for those who may use them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request or a connection on, or refuse it."""
        if scope["type"] in {"http", "websocket"} and _misnamed(HTTPConnection(scope)):
            event("refused", level=logging.WARNING, why="this machine under another name")
            if scope["type"] == "http":
                await PlainTextResponse("Unknown host", 421)(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "websocket":
            await self._app(scope, _heeded(scope, receive), send)
            return
        path = scope.get("path", "")
        if scope["type"] == "http" and path.startswith(UPLOADS) and scope["method"] != "OPTIONS":
            why = await run_in_threadpool(_refusal, Request(scope))
            if why:
                event("refused", level=logging.WARNING, path=UPLOADS, why=why)
                await PlainTextResponse(why, 403)(scope, receive, send)
                return
        if scope["type"] == "http" and f"{path}/".startswith(CLOSED):
            await PlainTextResponse("Not Found", 404)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _misnamed(connection: HTTPConnection) -> bool:
    """Tell whether the platform of a single user is asked under a name of somewhere else."""
    if get_settings().access != "single":
        return False
    try:
        name = urlsplit(f"//{connection.headers.get('host', '')}").hostname
    except ValueError:
        return True
    return name not in THIS_MACHINE


def _heeded(scope: Scope, receive: Receive) -> Receive:
    """Return a receiver that leaves out messages our pages have no use for."""

    async def next_one() -> Message:
        while True:
            message = await receive()
            kind = _kind(message)
            if not kind or kind in _SAYS:
                return message
            peer = HTTPConnection(scope).client
            event("refused", level=logging.WARNING, said=kind, peer=peer.host if peer else None)

    return next_one


def _kind(message: Message) -> str:
    """Return what a message from a browser asks for; "" for what Streamlit itself refuses."""
    data = message.get("bytes") if message["type"] == "websocket.receive" else None
    if not data:
        return ""
    try:
        said = BackMsg.FromString(data)
    except DecodeError:
        return ""
    kind = said.WhichOneof("type") or ""
    if kind != "backend_operation_request":
        return kind
    asked = [field.name for field, _ in said.backend_operation_request.ListFields()]
    wanted = [name for name in asked if name not in {"request_id", "session_id"}]
    return "operation" if set(wanted) <= _OPERATIONS else wanted[-1]


def _refusal(request: Request) -> str:
    """Return why somebody may not upload, or nothing where he may."""
    try:
        require(_account_of(request), Right.LOOK)
    except AccessDenied as error:
        return str(error)
    except HTTPException as error:
        return str(error.detail)
    return ""


def _account_of(request: Request) -> Account:
    """Return the account behind a request of a browser, which brings a cookie and no token.

    Raises
    ------
    AccessDenied
        Where the sign-in is missing, forged, has run out or holds no role.
    HTTPException
        Where a gateway does not vouch for the request.
    """
    settings = get_settings()
    if settings.access != "oidc":
        return visitor(request)
    signed = starlette_websocket._get_signed_cookie_with_chunks(  # noqa: SLF001 - no public reader
        request.cookies, _IDENTITY_COOKIE
    )
    claims: Any = json.loads(signed) if signed else {}
    if not claims.get("is_logged_in"):
        raise AccessDenied("nobody has signed in")
    return account_of_claims(claims, settings)
