"""The server sends every answer at once: it runs on an event loop that holds no piece back."""

import asyncio
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import uvicorn
from streamlit.web.server.starlette.starlette_server import _bind_socket
from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop does not exist on Windows")
def test_small_answers_are_not_held_back_until_the_last_one_is_confirmed() -> None:
    """Streamlit's port does not name its protocol, which Python's own loop takes for a reason."""
    held_back: list[int] = []

    class Door(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            port = transport.get_extra_info("socket")
            held_back.append(port.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()

    async def visit() -> None:
        port = _bind_socket("127.0.0.1", 0, 5)
        doors = await asyncio.get_running_loop().create_server(Door, sock=port)
        reader, writer = await asyncio.open_connection(*port.getsockname())
        await reader.read()
        writer.close()
        doors.close()

    def serve() -> None:
        with asyncio.Runner(loop_factory=uvicorn.Config("app:app").get_loop_factory()) as runner:
            runner.run(visit())

    with ThreadPoolExecutor(1) as apart:  # the browser's driver keeps a loop running in this one
        apart.submit(serve).result()
    assert held_back == [1]


def test_requests_are_read_by_the_compiled_parser() -> None:
    assert AutoHTTPProtocol is HttpToolsProtocol
