"""How often an account may ask: the rate promised, the wait told, nobody else's loss."""

from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

import clusters
from clusters.access.doors import SECRET_HEADER
from clusters.api import create_api
from clusters.api.limits import Budget
from clusters.settings import get_settings


class Clock:
    """A clock that is put forward by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@given(
    per_minute=st.integers(1, 90),
    pauses=st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=120),
)
def test_never_more_than_promised_and_the_wait_told_is_enough(per_minute, pauses):
    clock = Clock()
    budget = Budget(per_minute, clock)
    given_at = []
    for pause in pauses:
        clock.now += pause
        wait_s = budget.take("u")
        if wait_s:
            assert 1 <= wait_s <= 60
            assert budget.take("other") == 0 or per_minute < len(pauses)
            clock.now += wait_s
            assert budget.take("u") == 0
        given_at.append(clock.now)
    for i, begin in enumerate(given_at):
        for j in range(i, len(given_at)):
            most = per_minute * (1 + (given_at[j] - begin) / 60) + 1e-6
            assert j - i + 1 <= most + 1e-6


@given(per_minute=st.integers(1, 500))
def test_a_quiet_account_may_ask_all_at_once_and_then_as_time_passes(per_minute):
    clock = Clock()
    budget = Budget(per_minute, clock)
    assert not any(budget.take("u") for _ in range(per_minute))
    assert budget.take("u") > 0
    assert budget.take("other") == 0
    clock.now += 60
    assert not any(budget.take("u") for _ in range(per_minute))
    assert budget.take("u") > 0


def test_names_that_were_quiet_are_forgotten():
    clock = Clock()
    budget = Budget(600, clock)
    for number in range(30_000):
        clock.now += 0.1
        assert budget.take(f"u{number}") == 0
    assert len(budget._due) <= 10_000


def test_who_asks_too_often_is_told_when_to_come_again(tmp_path, monkeypatch, caplog):
    (tmp_path / "f.csv").write_text("企业名称,注册地址\n甲公司,成都市\n", encoding="utf-8")
    clusters.run(tmp_path / "f.csv", workspace=tmp_path / "w")
    monkeypatch.setenv("CLUSTERS_WORKSPACE", str(tmp_path / "w"))
    monkeypatch.setenv("CLUSTERS_ACCESS", "gateway")
    monkeypatch.setenv("CLUSTERS_GATEWAY_SECRET", "right")
    monkeypatch.setenv("CLUSTERS_API_REQUESTS_PER_MINUTE", "3")
    get_settings.cache_clear()
    web = TestClient(create_api(), client=("192.0.2.7", 50000))

    def ask(who, secret="right"):
        told = {SECRET_HEADER: secret, "X-Forwarded-User": who, "X-Forwarded-Role": "viewer"}
        return web.get("/conformance", headers=told)

    try:
        # Those who only pretend to be somebody use up nothing of his.
        assert {ask("u", "wrong").status_code for _ in range(5)} == {401}
        assert [ask("u").status_code for _ in range(4)] == [200, 200, 200, 429]
        refused = ask("u")
        assert 1 <= int(refused.headers["retry-after"]) <= 20
        assert "3 requests a minute" in refused.json()["description"]
        assert "status=429" in caplog.text
        assert ask("v").status_code == 200
    finally:
        get_settings.cache_clear()
