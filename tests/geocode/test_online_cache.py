"""The cache: kept answers and their age, claims, pace, and many that open it at once."""

import threading

import pytest

from clusters.errors import WorkspaceError
from clusters.geocode.online import cache as cache_module
from clusters.geocode.online.cache import FOUND_DAYS, MISSING_DAYS, AnswerCache
from clusters.geocode.online.services import Answer
from geocode.online_help import (
    ADDRESS,
    TIANFU,
    many,
    running,
)

DAY = 86400.0


class Clock:
    """A clock the cache goes by."""

    def __init__(self, now=1_800_000_000.0):
        self.now = now

    def time(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(cache_module, "time", clock)
    return clock


@pytest.fixture
def cache(tmp_path):
    with AnswerCache(tmp_path / "a" / "b" / "geocoder.sqlite", "amap") as cache:
        yield cache


def test_an_answer_comes_back_as_it_was(cache):
    full = Answer("ok", "0", 104.1, 30.2, "gcj02", "门址", 95.0, 100.0, False, "某地")
    bare = Answer("no_match", "101")
    cache.put("甲", full)
    cache.put("乙", bare)
    found = cache.get(["甲", "乙", "丙"])
    assert found["甲"] == full
    assert repr(found["乙"]) == repr(bare)
    assert set(found) == {"甲", "乙"}


def test_many_questions_are_looked_up(cache):
    for number in range(1203):
        cache.put(f"甲{number}", Answer("no_match", "101"))
    assert len(cache.get([f"甲{number}" for number in range(1300)])) == 1203


def test_services_do_not_share_answers(tmp_path, cache):
    cache.put("甲", Answer("no_match", "101"))
    with AnswerCache(tmp_path / "a" / "b" / "geocoder.sqlite", "baidu") as other:
        assert other.get(["甲"]) == {}


def test_answers_grow_old(cache, clock):
    cache.put("甲", Answer("ok", "0", 104.0, 30.0))
    cache.put("乙", Answer("no_match", "101"))
    clock.now += (MISSING_DAYS + 1) * DAY
    assert set(cache.get(["甲", "乙"])) == {"甲"}
    clock.now += FOUND_DAYS * DAY
    assert cache.get(["甲", "乙"]) == {}


def test_claims_exclude_and_expire(cache, clock):
    assert cache.claim("甲", "one", seconds=5)
    assert cache.claim("甲", "one", seconds=5)
    assert not cache.claim("甲", "two", seconds=5)
    clock.now += 6
    assert cache.claim("甲", "two", seconds=5)
    cache.release("甲", "one")
    assert not cache.claim("甲", "one", seconds=5)
    cache.release("甲", "two")
    assert cache.claim("甲", "one", seconds=5)


def test_a_clock_set_back_holds_nobody_up(cache, clock):
    assert cache.claim("甲", "one", seconds=5)
    assert cache.reserve(per_second=2, daily_limit=0) == 0
    clock.now -= 5000
    assert cache.claim("甲", "two", seconds=5)
    assert cache.reserve(per_second=2, daily_limit=0) == 0


def test_requests_queue_at_the_rate(cache, clock):
    waits = [cache.reserve(per_second=4, daily_limit=0) for _ in range(4)]
    assert waits == pytest.approx([0, 0.25, 0.5, 0.75])
    clock.now += 10
    assert cache.reserve(per_second=4, daily_limit=0) == 0


def test_the_day_is_that_of_beijing(cache, clock):
    midnight = 1_800_000_000 // 86400 * 86400 + 16 * 3600  # 16:00 UTC is 0:00 in Beijing
    clock.now = midnight - 10
    assert cache.reserve(per_second=1, daily_limit=1) == 0
    assert cache.reserve(per_second=1, daily_limit=1) is None
    clock.now = midnight + 1
    assert cache.reserve(per_second=1, daily_limit=1) == 0


def test_answers_are_used_again_without_key_or_service(tmp_path):
    with running(tmp_path) as (_, ask):
        first = ask([ADDRESS, "无名之地"])
    with running(tmp_path, amap_key="") as (script, ask):
        again = ask([ADDRESS, "无名之地"])
    assert script.asked == []
    assert again["cached"].all()
    columns = [name for name in first.columns if name != "cached"]
    assert first[columns].equals(again[columns])


def test_the_cache_may_be_put_elsewhere(tmp_path):
    with running(tmp_path) as (_, ask):
        ask([ADDRESS], cache=tmp_path / "mine.sqlite")
    assert (tmp_path / "mine.sqlite").exists()
    assert not (tmp_path / "cache").exists()


def test_a_damaged_cache_is_told_with_the_remedy(tmp_path):
    path = tmp_path / "cache" / "geocoder.sqlite"
    path.parent.mkdir()
    path.write_bytes(b"this is no database, only a long enough text" * 50)
    with (
        running(tmp_path) as (_, ask),
        pytest.raises(WorkspaceError, match=r"geocoder cache .* delete the file"),
    ):
        ask([ADDRESS])


def test_a_file_in_place_of_the_folder_is_told(tmp_path):
    (tmp_path / "cache").write_text("")
    with running(tmp_path) as (_, ask), pytest.raises(WorkspaceError, match="cannot be made"):
        ask([ADDRESS])


def test_another_thread_that_was_faster_is_believed(tmp_path):
    texts, script = many(1)
    script.delay_s = 0.3
    results = []
    with running(tmp_path, script, geocoder_timeout_s=5) as (_, ask):
        threads = [threading.Thread(target=lambda: results.append(ask(texts))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(script.asked) == 1
    assert sorted(table["cached"][0] for table in results) == [False, True, True]
    lons = [table["lon"][0] for table in results]
    assert lons == pytest.approx([TIANFU.lon] * 3, abs=2e-6)


def test_many_may_open_a_new_cache_at_the_same_moment(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    from clusters.geocode.online.cache import AnswerCache

    def visit(file):
        with AnswerCache(file, "amap"):
            return True

    for attempt in range(25):
        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(visit, [tmp_path / str(attempt) / "g.sqlite"] * 4))
