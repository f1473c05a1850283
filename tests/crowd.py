"""Many users of the app at once, each as a visitor without a browser (`sockets`).

Each opens the map and then, with some thought between, presses filters, changes place, searches,
opens firms and layers, turns to other pages, takes tables, asks the HTTP interface, or closes his
page and opens a link. After every press the ticks on his page are compared with what he pressed, so
that a filter of somebody else would show.
"""

import asyncio
import contextlib
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

import httpx

from sockets import SocketVisitor, web_client

PACE_S = 10.0
FACETS = ("relevance", "layer", "segment", "honours", "precision")
WORDS = ("智能", "机器人", "kdxf", "绵阳", "510104", "科技有限公司")
PAGES = ("overview", "metrics", "goals", "firms", "compare", "screening")
QUERIES = (
    "areas?level=prefecture",
    "metrics?level=prefecture&metric=lq&limit=500",
    "firms?prefecture_code=510100&limit=200",
    "collections/zones/items?limit=50",
)
LINKS = (
    ("map", ""),
    ("map", "place=510100"),
    ("map", "relevance=core&layer=technology"),
    ("overview", ""),
    ("metrics", "part=levels"),
)


@dataclass
class Seen:
    """What all users together have seen."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    faults: Counter[str] = field(default_factory=Counter)
    foreign: int = 0
    received: int = 0

    @contextlib.contextmanager
    def timed(self, act: str):
        begun = time.perf_counter()
        yield
        self.seconds[act].append(time.perf_counter() - begun)


class User:
    """One user: what he does next, and what he has pressed."""

    def __init__(self, base: str, number: int, seen: Seen, web: httpx.AsyncClient) -> None:
        self._base = base
        self._seen = seen
        self._draw = random.Random(number)
        self._web = web
        self._visit = SocketVisitor(base, web)
        self._page = ""

    async def use(self, until: float, think: tuple[float, float]) -> None:
        """Use the app until a moment of the monotonic clock."""
        cold = True
        while time.monotonic() < until:
            try:
                if cold:
                    await self._arrive("map", "", cold=True)
                    cold = False
                else:
                    await self._act()
            except (TimeoutError, OSError, httpx.HTTPError, KeyError) as error:
                self._visit.faults.append(f"{type(error).__name__} on {self._page}: {error}")
                await self._away()
                cold = True
            self._collect()
            rest = max(until - time.monotonic(), 0)
            await asyncio.sleep(min(self._draw.uniform(*think), rest))
        await self._away()

    def _collect(self) -> None:
        self._seen.faults.update(self._visit.faults)
        self._visit.faults.clear()
        self._seen.received += self._visit.received
        self._visit.received = 0

    async def _away(self) -> None:
        with contextlib.suppress(TimeoutError, OSError):
            await self._visit.leave()
        self._collect()

    async def _arrive(self, page: str, query: str, *, cold: bool = False) -> None:
        self._visit = SocketVisitor(self._base, self._web)
        self._page = page
        with self._seen.timed(f"open {page}"):
            await self._visit.arrive(page, query, cold=cold)

    async def _act(self) -> None:
        acts: dict[Callable[[], Coroutine[None, None, None]], int] = {
            self._filter: 50,
            self._place: 12,
            self._search: 8,
            self._layer: 6,
            self._turn: 14,
            self._take: 4,
            self._ask: 4,
            self._link: 2,
        }
        act = self._draw.choices(list(acts), list(acts.values()))[0]
        on_map = act in {self._filter, self._place, self._search, self._layer, self._take}
        if on_map and self._page != "map":
            await self._go("map")
        await act()

    async def _go(self, page: str) -> None:
        self._page = page
        with self._seen.timed(f"page {page}"):
            await self._visit.go(page)

    async def _filter(self) -> None:
        """Press any filter, and compare the ticks of the page with what was pressed."""
        facet = self._draw.choice(FACETS)
        boxes = self._visit.keys(f"filter-{facet}-")
        if not boxes:
            return
        box = self._draw.choice(boxes)
        before = self._visit.ticked("filter-")
        one = box.removeprefix("filter-")
        with self._seen.timed("filter"):
            await self._visit.tick(box, on=one not in before)
        expected = before ^ {one}
        found = self._visit.ticked("filter-")
        relevance = {name for name in expected if name.startswith("relevance-")}
        # The last relevance cleared stands for every relevance.
        if found != expected and relevance:
            self._seen.foreign += 1
            self._seen.faults[f"another's filter: {sorted(found ^ expected)}"] += 1

    async def _place(self) -> None:
        """Go to a prefecture, or back to the province by the path."""
        crumbs = [
            key for key in self._visit.keys("crumb-") if not self._visit.part(key).what.disabled
        ]
        if crumbs:
            with self._seen.timed("place"):
                await self._visit.press(crumbs[0])
            return
        names = self._visit.part("map-below").what.options
        with self._seen.timed("place"):
            await self._visit.choose("map-below", self._draw.choice(list(names)))

    async def _search(self) -> None:
        """Search and open the first answer."""
        word = self._draw.choice(WORDS)
        with self._seen.timed("search"):
            await self._visit.write("map-search", word)
        hits = self._visit.keys("hit-")
        if hits:
            with self._seen.timed("open a hit"):
                await self._visit.press(hits[0])

    async def _layer(self) -> None:
        """Switch layers on the map."""
        options = [one.content for one in self._visit.part("map-layers").what.options]
        chosen = self._draw.sample(options[2:], 1)
        with self._seen.timed("layers"):
            await self._visit.choose("map-layers", options[0], *chosen)

    async def _turn(self) -> None:
        await self._go(self._draw.choice([page for page in PAGES if page != self._page]))

    async def _take(self) -> None:
        """Take the table of the firms shown."""
        keys = [key for key in self._visit.keys("") if key.endswith("-download.csv")]
        if keys:
            with self._seen.timed("download"):
                await self._visit.take(keys[0])

    async def _ask(self) -> None:
        """Ask the HTTP interface, and again with the entity tag of its answer."""
        path = f"/api/v1/{self._draw.choice(QUERIES)}"
        with self._seen.timed("interface"):
            answer = await self._web.get(self._base + path)
        again = await self._web.get(
            self._base + path, headers={"If-None-Match": answer.headers.get("etag", "")}
        )
        if (answer.status_code, again.status_code) != (200, 304):
            self._seen.faults[f"interface: {answer.status_code}, {again.status_code}"] += 1

    async def _link(self) -> None:
        """Close the page and open a link."""
        await self._away()
        await self._arrive(*self._draw.choice(LINKS))


async def load(
    base: str,
    *,
    users: int,
    seconds: float,
    think: tuple[float, float],
    seen: Seen,
    memory: Callable[[], float] = lambda: 0.0,
) -> list[float]:
    """Let users in, one after another within ten seconds, and wait until their time is over.

    Parameters
    ----------
    think : tuple of float
        Least and most seconds between two acts of a user.
    seen : Seen
        Where they write down what they see.
    memory : callable
        Tells the memory of the server.

    Returns
    -------
    list of float
        Memory when a first visitor has opened the map, every `PACE_S` seconds, and in the end.
    """
    async with web_client() as web:
        first = SocketVisitor(base, web)
        await first.arrive("map")  # a server in use is warm
        await first.leave()
        held = [memory()]
        until = time.monotonic() + seconds
        begin = min(10.0, seconds / 3)

        async def come(number: int) -> None:
            await asyncio.sleep(begin * number / users)
            await User(base, number, seen, web).use(until, think)

        async def watch() -> None:
            while (left := until - time.monotonic()) > 0:
                await asyncio.sleep(min(PACE_S, left))
                held.append(memory())

        await asyncio.gather(watch(), *(come(number) for number in range(users)))
        return held
