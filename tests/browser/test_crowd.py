"""Several users at once: nobody meets a fault, and nobody's filter shows on another's page."""

import asyncio

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from crowd import Seen, load
from sockets import SocketVisitor, apart, web_client

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


def test_a_crowd_meets_no_fault(base):
    seen = Seen()
    for _ in range(10):  # on a busy machine nobody may come as far as a filter at once
        apart(load(base, users=5, seconds=12, think=(0.2, 0.8), seen=seen))
        if seen.seconds["filter"]:
            break
    assert dict(seen.faults) == {}
    assert seen.foreign == 0
    assert seen.seconds["filter"]


def test_each_of_many_sees_what_he_pressed_and_nothing_else(base):
    """All press at the same moment, each another filter, again and again."""

    async def together() -> None:
        async with web_client() as web:
            crowd = [SocketVisitor(base, web) for _ in range(5)]
            for one in crowd:
                await one.arrive("map", cold=False)
            boxes = crowd[0].keys("filter-precision-")
            assert len(boxes) >= 5
            for turn in range(3):
                mine = [boxes[(turn + i) % len(boxes)] for i in range(5)]
                await asyncio.gather(
                    *(one.tick(box, on=True) for one, box in zip(crowd, mine, strict=True))
                )
                for one, box in zip(crowd, mine, strict=True):
                    assert one.ticked("filter-precision-") == {
                        box.removeprefix("filter-precision-")
                    }
                    assert one.asked()["precision"] == box.removeprefix("filter-precision-")
                await asyncio.gather(
                    *(one.tick(box, on=False) for one, box in zip(crowd, mine, strict=True))
                )
            for one in crowd:
                assert one.faults == []
                assert one.asked().get("precision") is None
                await one.leave()

    apart(together())


def test_place_language_search_and_panel_stay_with_their_visitor(base):
    async def two() -> None:
        async with web_client() as web:
            one, other = SocketVisitor(base, web), SocketVisitor(base, web)
            await one.arrive("map", "place=510100&lang=en", cold=False)
            await other.arrive("map", cold=False)
            await asyncio.gather(one.write("map-search", "智能"), other.press("panel-hide"))
            assert one.keys("hit-")
            assert not other.keys("hit-")
            assert one.keys("filter-")
            assert not other.keys("filter-")
            assert "Enterprise map" in one.words()
            assert "企业地图" in other.words()
            assert other.asked().get("place") is None
            assert one.faults == other.faults == []
            await one.leave()
            await other.leave()

    apart(two())


def test_a_choice_that_crosses_the_answer_of_the_page_is_not_made_twice(base):
    """A browser repeats what it holds with every act, and learns only later that it is used up."""

    async def hasty() -> None:
        async with web_client() as web:
            one = SocketVisitor(base, web)
            await one.arrive("map", cold=False)
            await one.choose("map-below", "绵阳市")
            assert one.asked()["place"] == "510700"
            below = one.part("map-below").what
            one.values[below.id] = WidgetState(id=below.id, string_value="绵阳市")
            box = one.keys("filter-precision-")[0]
            await one.tick(box, on=True)
            assert one.asked()["place"] == "510700"
            assert one.ticked("filter-precision-") == {box.removeprefix("filter-precision-")}
            assert one.faults == []
            await one.leave()

    apart(hasty())
