"""A visitor without a browser, who speaks Streamlit's own protocol over its WebSocket.

He keeps what a browser keeps: the elements on his page, the values of the widgets, the query of his
address, the layers of the map he has fetched. What he finds wrong he writes down instead of
stopping: an exception or a failure on the page, an answer of 500 and above, a socket that closes.
"""

import asyncio
import json
import re
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PATIENCE: Final = 120.0
T = TypeVar("T")


def web_client() -> httpx.AsyncClient:
    """Return what visitors ask for documents with.

    The server ends a connection after five idle seconds. A browser asks again where that crosses
    its question; this client rather ends it first, well before.
    """
    limits = httpx.Limits(
        max_connections=None, max_keepalive_connections=None, keepalive_expiry=1.0
    )
    return httpx.AsyncClient(limits=limits, timeout=PATIENCE, trust_env=False)


def apart(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in a thread of its own: a browser has a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


_DONE: Final = frozenset(
    {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY}
)
_FAILURE: Final = re.compile(r'class="[^"]*\bc-failure\b')
_SCRIPTS: Final = re.compile(r'(?:src|href)="\.?/?((?:static/)[^"]+\.(?:js|css))"')


@dataclass(frozen=True)
class Part:
    """One element of a page and the part of the page that reruns alone it belongs to."""

    kind: str
    what: Any
    fragment: str


@dataclass
class SocketVisitor:
    """One visitor; made with `arrive`, ended with `leave`.

    Attributes
    ----------
    parts : dict
        What is on the page, by place.
    values : dict
        Values of the widgets, by id, as the server is told with every act.
    query : str
        Query of the address bar.
    faults : list of str
        What went wrong so far.
    received : int
        Bytes that came through the socket and from the map's parts.
    """

    base: str
    web: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=dict)
    parts: dict[tuple[int, ...], Part] = field(default_factory=dict)
    values: dict[str, WidgetState] = field(default_factory=dict)
    query: str = ""
    faults: list[str] = field(default_factory=list)
    received: int = 0
    _socket: ClientConnection | None = None
    _reader: asyncio.Task[None] | None = None
    _held: dict[str, bytes] = field(default_factory=dict)
    _layers: set[str] = field(default_factory=set)
    _fetching: set[asyncio.Task[None]] = field(default_factory=set)
    _pages: dict[str, str] = field(default_factory=dict)
    _page: str = ""
    session: str = ""
    _answers: dict[str, asyncio.Future[Any]] = field(default_factory=dict)
    _finished: asyncio.Event = field(default_factory=asyncio.Event)
    _run: tuple[str, tuple[str, ...]] = ("", ())
    _fresh: set[tuple[int, ...]] = field(default_factory=set)

    # ---- coming and going ----------------------------------------------------------------------

    async def arrive(self, page: str, query: str = "", *, cold: bool = True) -> None:
        """Open a link: the document, its scripts where the browser is cold, the socket, the page."""
        path = "" if page == "overview" else page
        document = await self.fetch(f"/{path}")
        if cold:
            for name in _SCRIPTS.findall(document.text):
                await self.fetch(f"/{name}")
        await self.fetch("/_stcore/health")  # brings the token a form needs
        await self.fetch("/_stcore/host-config")
        token = self.web.cookies.get("_streamlit_xsrf") or ""
        self._socket = await connect(
            self.base.replace("http", "ws", 1) + "/_stcore/stream",
            origin=self.base,
            subprotocols=["streamlit", *([token] if token else [])],
            additional_headers={
                "Cookie": "; ".join(f"{name}={value}" for name, value in self.web.cookies.items()),
                **self.headers,
            },
            max_size=None,
            compression=None,
            open_timeout=PATIENCE,
            proxy=None,
        )
        self._reader = asyncio.create_task(self._read())
        self.query = query
        await self._run_script(page_name=path)

    async def leave(self) -> None:
        """Close the page."""
        reader, self._reader = self._reader, None
        if self._socket is not None:
            await self._socket.close()
        if reader is not None:
            await asyncio.wait([reader], timeout=PATIENCE)
        for task in self._fetching:
            task.cancel()

    async def fetch(self, path: str, **options: Any) -> httpx.Response:
        """Ask for something over HTTP; an answer of 500 and above is a fault."""
        answer = await self.web.get(f"{self.base}{path}", headers=self.headers, **options)
        if answer.status_code >= 500:
            self.faults.append(f"HTTP {answer.status_code} of {path.partition('?')[0]}")
        return answer

    # ---- acts ----------------------------------------------------------------------------------

    async def go(self, page: str) -> None:
        """Turn to another page of the app by its navigation."""
        self.query = ""
        self._page = self._pages[page]
        await self._run_script()

    async def tick(self, key: str, *, on: bool) -> None:
        """Tick or clear a checkbox."""
        part = self.part(key)
        self.values[part.what.id] = WidgetState(id=part.what.id, bool_value=on)
        await self._run_script(part.fragment)

    async def choose(self, key: str, *options: str) -> None:
        """Choose options of a select box or a row of buttons, as the server named them."""
        part = self.part(key)
        state = WidgetState(id=part.what.id)
        if part.kind == "selectbox":
            state.string_value = options[0]
        else:
            state.string_array_value.data.extend(options)
        self.values[part.what.id] = state
        await self._run_script(part.fragment)

    async def write(self, key: str, text: str) -> None:
        """Write into a text field."""
        part = self.part(key)
        self.values[part.what.id] = WidgetState(id=part.what.id, string_value=text)
        await self._run_script(part.fragment)

    async def press(self, key: str) -> None:
        """Press a button."""
        part = self.part(key)
        trigger = WidgetState(id=part.what.id, trigger_value=True)
        await self._run_script(part.fragment, trigger=trigger)

    async def take(self, key: str) -> bytes:
        """Press a button that hands over a file and return the file."""
        part = self.part(key)
        message = BackMsg()
        request = message.backend_operation_request
        request.request_id = f"{time.monotonic_ns()}"
        request.session_id = self.session
        request.deferred_file.file_id = part.what.deferred_file_id
        waiting = self._answers[request.request_id] = asyncio.get_running_loop().create_future()
        await self._say(message)
        answer = await asyncio.wait_for(waiting, PATIENCE)
        if answer.error_msg:
            self.faults.append(f"download refused: {answer.error_msg}")
            return b""
        return (await self.fetch(answer.deferred_file.url)).content

    # ---- what is on the page -------------------------------------------------------------------

    def keys(self, beginning: str) -> list[str]:
        """Return the keys of the widgets that begin so, in the order of the page."""
        found = [_key(part.what.id) for _, part in sorted(self.parts.items()) if _id(part.what)]
        return [key for key in found if key.startswith(beginning)]

    def part(self, key: str) -> Part:
        """Return the widget with a key."""
        for part in self.parts.values():
            if _id(part.what) and _key(part.what.id) == key:
                return part
        raise KeyError(f"nothing on the page has the key {key!r}")

    def ticked(self, beginning: str) -> set[str]:
        """Return the keys of the checkboxes that are ticked, without their common beginning."""
        boxes = (part.what for part in self.parts.values() if part.kind == "checkbox")
        return {
            _key(box.id).removeprefix(beginning)
            for box in boxes
            if _key(box.id).startswith(beginning) and self.values[box.id].bool_value
        }

    def words(self) -> str:
        """Return the words of the page that are HTML or plain text, in order."""
        bodies = [
            getattr(part.what, "body", "") or getattr(part.what, "label", "")
            for _, part in sorted(self.parts.items())
        ]
        return re.sub(r"<[^>]*>", " ", " ".join(filter(None, bodies)))

    def asked(self) -> dict[str, str]:
        """Return the query of the address as parameters."""
        return {name: values[0] for name, values in parse_qs(self.query).items()}

    # ---- the protocol --------------------------------------------------------------------------

    async def _say(self, message: BackMsg) -> None:
        assert self._socket is not None
        await self._socket.send(message.SerializeToString())

    async def _run_script(
        self, fragment: str = "", *, page_name: str = "", trigger: WidgetState | None = None
    ) -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string = self.query
        state.page_script_hash = self._page
        state.page_name = page_name
        state.fragment_id = fragment
        state.widget_states.widgets.extend(self.values.values())
        if trigger is not None:
            state.widget_states.widgets.append(trigger)
        state.cached_message_hashes.extend(self._held)
        state.context_info.url = f"{self.base}/{page_name}"
        state.context_info.timezone = "Asia/Shanghai"
        state.context_info.locale = "zh-CN"
        state.context_info.color_scheme = "light"
        self._finished.clear()
        await self._say(message)
        await asyncio.wait_for(self._finished.wait(), PATIENCE)
        if self._fetching:
            await asyncio.wait(self._fetching, timeout=PATIENCE)

    async def _read(self) -> None:
        assert self._socket is not None
        try:
            async for data in self._socket:
                self.received += len(data)
                message = ForwardMsg.FromString(data)
                if message.WhichOneof("type") == "ref_hash":
                    whole = ForwardMsg.FromString(self._held[message.ref_hash])
                    whole.metadata.CopyFrom(message.metadata)
                    message = whole
                elif message.metadata.cacheable:
                    self._held[message.hash] = data
                self._take_in(message)
        except ConnectionClosed as closed:
            if self._reader is not None:
                self.faults.append(f"socket closed: {closed}")
        except Exception as error:  # noqa: BLE001 - a reader that stops would only look slow
            self.faults.append(f"message not understood: {error!r}")
        if self._reader is not None:
            self.faults.append("socket closed")
            self._finished.set()

    def _take_in(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "new_session":
                self._begin(message)
            case "navigation":
                self._page = message.navigation.page_script_hash
                self._pages = {
                    "overview" if page.is_default else page.url_pathname: page.page_script_hash
                    for page in message.navigation.app_pages
                }
            case "delta":
                self._draw(message)
            case "page_info_changed":
                self.query = message.page_info_changed.query_string
            case "backend_operation_response":
                answer = message.backend_operation_response
                self._answers.pop(answer.request_id).set_result(answer)
            case "script_finished" if message.script_finished in _DONE:
                self._end(message.script_finished)
                self._finished.set()
            case "script_finished" if (
                message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR
            ):
                self.faults.append("the script does not compile")
                self._finished.set()
            case "page_not_found":
                self.faults.append("page not found")

    def _begin(self, message: ForwardMsg) -> None:
        self.session = message.new_session.initialize.session_id or self.session
        self._page = message.new_session.page_script_hash
        self._run = (
            message.metadata.run.script_run_id,
            tuple(message.metadata.run.fragment_ids),
        )
        self._fresh = set()

    def _draw(self, message: ForwardMsg) -> None:
        at = tuple(message.metadata.delta_path)
        self._fresh.add(at)
        delta = message.delta
        if delta.WhichOneof("type") != "new_element":
            self.parts[at] = Part("block", delta.add_block, delta.fragment_id)
            return
        kind = delta.new_element.WhichOneof("type")
        what = getattr(delta.new_element, kind)
        self.parts[at] = Part(kind, what, delta.fragment_id)
        self._look(kind, what)
        state = _state(delta.new_element, kind)
        if state is not None and (getattr(what, "set_value", False) or what.id not in self.values):
            self.values[what.id] = state
        elif state is None and getattr(what, "set_value", False):
            self.values.pop(what.id, None)  # set to nothing

    def _look(self, kind: str, what: Any) -> None:
        if kind == "exception":
            self.faults.append(f"exception on the page: {what.type} {what.message}")
        elif kind == "html" and _FAILURE.search(what.body):
            self.faults.append("failure: " + re.sub(r"<[^>]*>", " ", what.body).strip()[:200])
        elif kind == "bidi_component" and what.component_name == "clusters_map":
            task = asyncio.create_task(self._map(json.loads(what.bytes)))
            self._fetching.add(task)
            task.add_done_callback(self._fetched)

    def _fetched(self, task: asyncio.Task[None]) -> None:
        self._fetching.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.faults.append(f"a layer of the map did not come: {task.exception()!r}")

    def _end(self, status: int) -> None:
        """Forget what the finished run did not draw again: the page, or the part that reran."""
        whole = status == ForwardMsg.FINISHED_SUCCESSFULLY
        gone = [
            at
            for at, part in self.parts.items()
            if at not in self._fresh and (whole or part.fragment in self._run[1])
        ]
        for at in gone:
            del self.parts[at]
        there = {part.what.id for part in self.parts.values() if _id(part.what)}
        for one in set(self.values) - there:
            del self.values[one]

    async def _map(self, told: dict[str, Any]) -> None:
        """Fetch the layers of a map that are not there yet, and the firms of the whole province."""
        at = told["target"]
        for layer in told["layers"]:
            low, high = layer["zooms"]
            if not low <= at["zoom"] < high + 1:
                continue
            asked = [layer["name"]]
            if "firms" in layer:
                asked.append(f"{layer['firms']}?{_window(at)}")
            for name in asked:
                if name in self._layers:
                    continue
                answer = await self.fetch(f"{told['urls']['parts']}/{name}")
                self.received += len(answer.content)
                if answer.status_code == 200:
                    self._layers.add(name)
                else:
                    self.faults.append(f"a layer of the map is gone: HTTP {answer.status_code}")


def _window(at: dict[str, float]) -> str:
    """Return the query a map of 800 × 640 pixels asks its firms with."""
    zoom = int(at["zoom"])
    if zoom < 9:
        return f"zoom={zoom}"
    step = 180 / 2**zoom
    wide, tall = 1.5 * 800 * 360 / 256 / 2 ** at["zoom"], 1.5 * 640 * 310 / 256 / 2 ** at["zoom"]
    corners = (
        (at["lon"] - wide / 2) // step * step,
        (at["lat"] - tall / 2) // step * step,
        ((at["lon"] + wide / 2) // step + 1) * step,
        ((at["lat"] + tall / 2) // step + 1) * step,
    )
    return f"zoom={zoom}&bounds=" + ",".join(f"{corner:.5f}" for corner in corners)


def _id(what: Any) -> str:
    found = getattr(what, "id", "")
    return found if isinstance(found, str) and found.startswith("$$ID-") else ""


def _key(identity: str) -> str:
    """Return the key in an id of Streamlit: ``$$ID-<digest>-<key>``."""
    return identity.split("-", 2)[2]


def _state(element: Element, kind: str) -> WidgetState | None:
    """Return the value a widget has when it appears, as a browser reports it; None for others."""
    what = getattr(element, kind)
    if not _id(what) or kind not in _VALUES:
        return None
    state = WidgetState(id=what.id)
    # A select box carries what was set under another name.
    given = getattr(what, "set_value", False) and hasattr(what, "value")
    value = what.value if given else getattr(what, "default", None)
    _VALUES[kind](state, what, value)
    return state if state.WhichOneof("value") else None


def _checked(state: WidgetState, _what: Any, value: bool) -> None:
    state.bool_value = value


def _written(state: WidgetState, _what: Any, value: str) -> None:
    state.string_value = value


def _counted(state: WidgetState, what: Any, value: float) -> None:
    if what.data_type == what.INT:
        state.int_value = int(value)
    else:
        state.double_value = value


def _slid(state: WidgetState, _what: Any, value: Any) -> None:
    state.double_array_value.data.extend(value)


def _pressed(state: WidgetState, what: Any, value: Any) -> None:
    chosen = what.raw_values if what.set_value else [what.options[i].content for i in value]
    state.string_array_value.data.extend(chosen)


def _chosen(state: WidgetState, what: Any, value: Any) -> None:
    if what.set_value and what.HasField("raw_value"):
        state.string_value = what.raw_value
    elif not what.set_value and what.HasField("default") and len(what.options):
        state.string_value = what.options[value]


_VALUES: Final[dict[str, Callable[[WidgetState, Any, Any], None]]] = {
    "checkbox": _checked,
    "text_input": _written,
    "number_input": _counted,
    "slider": _slid,
    "button_group": _pressed,
    "selectbox": _chosen,
}
