"""A port for a server that a test starts as a process of its own."""

import contextlib
import socket
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def held_port() -> Iterator[int]:
    """Yield a port of the loopback that nobody else is given while it is held.

    A port that was only looked up is free for anybody until its server has started. A socket that
    is bound without listening keeps it: the system gives it to nobody who asks for any port, and a
    server that names it may have it, as Linux lets two share a port of which one listens.
    """
    with socket.socket() as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]
        if sys.platform != "linux":
            place.close()
        yield port
