"""Every request to the interface as one event of the log: by whom, for what, with what end."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clusters.logs import event

_REFUSED = frozenset({401, 403, 429})
_LONGEST_PATH = 200  # a line of the log is for reading, whatever somebody asks for


class Journal:
    """ASGI middleware that tells of every request; parameters of links stay out of the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and tell how it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        start = time.perf_counter()
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            refused = status in _REFUSED
            event(
                "refused" if refused else "api",
                level=logging.WARNING if refused else logging.INFO,
                method=scope["method"],
                path=scope["path"][:_LONGEST_PATH],
                status=status,
                account=state.get("account"),
                duration_ms=round(1000 * (time.perf_counter() - start)),
            )
