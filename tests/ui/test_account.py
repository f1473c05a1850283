"""Who may do what on the pages, and what the server adds around them."""

import time

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit import net_util
from streamlit.testing.v1 import AppTest

from clusters.access import AccessDenied, Account, Right, Role, require
from clusters.errors import InputError
from clusters.ledger import audit, open_ledger
from clusters.settings import Settings, get_settings
from clusters.ui import account, handing, server
from visits import ROOT


@pytest.fixture
def set_to(monkeypatch):
    def change(**values):
        for name, value in values.items():
            monkeypatch.setenv(f"CLUSTERS_{name.upper()}", value)
        get_settings.cache_clear()

    yield change
    monkeypatch.undo()
    get_settings.cache_clear()


def test_alone_on_this_machine_one_may_do_everything(set_to):
    set_to(account="planner")
    assert account.visitor() == Account("planner", Role.ADMIN)
    assert account.current_account(Right.ADMINISTER) == "planner"


def test_behind_a_gateway_its_headers_count(set_to, monkeypatch, caplog):
    set_to(access="gateway", gateway_secret="s")
    headers = {"X-Clusters-Gateway": "s", "X-Forwarded-User": "u", "X-Forwarded-Role": "analyst"}
    monkeypatch.setattr(account, "_headers", lambda: headers)
    assert account.current_account(Right.SAVE) == "u"
    assert not account.allowed(Right.RECORD)
    with pytest.raises(AccessDenied, match="needs editor"):
        account.current_account(Right.RECORD)
    assert "refused account=u role=analyst right=record" in caplog.text
    monkeypatch.setattr(account, "_headers", dict)
    with pytest.raises(AccessDenied, match="gateway"):
        account.visitor()


def test_without_the_gateway_a_visitor_sees_words_and_nothing_else(set_to):
    set_to(access="gateway", gateway_secret="s")
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180).run()
    bodies = " ".join(block.proto.body for block in page.get("html"))
    assert "did not come through the gateway" in bodies
    assert "<nav" not in bodies
    assert not page.exception


def test_a_sign_in_that_ran_out_in_mid_visit_is_refused():
    with pytest.raises(AccessDenied, match="run out"):
        require(Account("u", Role.ADMIN, time.time() - 1), Right.LOOK)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"access": "gateway"}, "CLUSTERS_GATEWAY_SECRET"),
        ({"access": "oidc"}, "CLUSTERS_OIDC_METADATA_URL"),
        (
            {
                "access": "oidc",
                "oidc_metadata_url": "http://127.0.0.1/x",
                "oidc_client_id": "c",
                "oidc_client_secret": "hush-hush",
                "cookie_secret": "short",
            },
            "32 characters",
        ),
    ],
)
def test_half_configured_sharing_does_not_start_and_tells_no_secret(set_to, values, told):
    set_to(**values)
    with pytest.raises(InputError, match=told) as refused:
        get_settings()
    assert "hush-hush" not in str(refused.value)


def test_without_sign_in_other_machines_are_refused(set_to, monkeypatch):
    set_to(account="planner")
    monkeypatch.setattr(account, "_from_elsewhere", lambda: True)
    with pytest.raises(AccessDenied, match="this machine only"):
        account.visitor()
    assert not account.allowed(Right.LOOK)


def test_pages_are_told_with_account_snapshot_and_duration(shipped_workspace, caplog):
    caplog.set_level("INFO", "clusters.events")
    AppTest.from_file(str(ROOT / "app.py"), default_timeout=180).run()
    told = [one.clusters_facts for one in caplog.records if hasattr(one, "clusters_facts")]
    page = next(one for one in told if one["event"] == "page")
    assert (page["page"], page["account"]) == ("overview", get_settings().account)
    assert page["snapshot"]
    assert page["duration_ms"] > 0


def test_exports_are_written_down(set_to, tmp_path, caplog):
    caplog.set_level("INFO", "clusters.events")
    set_to(workspace=str(tmp_path))
    taken = handing._written_down(lambda: b"12345", Account("u", Role.ANALYST), "t.csv")
    assert taken() == b"12345"
    trail = audit(open_ledger(tmp_path))
    assert list(trail["who"]) == ["u"]
    assert trail["payload"].iloc[0] == '{"bytes": 5, "file": "t.csv"}'
    assert "export account=u file=t.csv bytes=5" in caplog.text
    refused = handing._written_down(lambda: b"1", Account("v", Role.VIEWER), "t.csv")
    with pytest.raises(AccessDenied):
        refused()


def _client(*routes):
    return TestClient(Starlette(routes=list(routes), middleware=[Middleware(server.SecureHeaders)]))


def test_every_answer_carries_secure_headers(set_to):
    set_to(tile_url="http://tiles.example:8080/{z}/{x}/{y}.png")
    answer = _client(Route("/", lambda _request: PlainTextResponse("x"))).get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http://tiles.example:8080" in policy.split("img-src")[1].split(";")[0]
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_address_of_this_machine_is_asked_of_nobody(monkeypatch):
    monkeypatch.setattr(net_util, "_external_ip", None)
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda *_a, **_k: pytest.fail("asked"))
    server.ask_nobody()
    assert net_util.get_external_ip() == "127.0.0.1"


def test_hosts_of_base_maps_with_subdomains_are_all_let_in(set_to):
    set_to(tianditu_browser_key="abc123", online_base_maps='["osm"]')
    hosts = server.tile_hosts()
    assert "https://tile.openstreetmap.org" in hosts
    assert any(host.startswith("https://*.") and "tianditu" in host for host in hosts)


def test_health_tells_a_monitor_without_names_or_paths(set_to, tmp_path):
    set_to(workspace=str(tmp_path / "new"))
    client = _client(Route("/healthz", server.health))
    answer = client.get("/healthz")
    assert answer.json() == {"status": "ok", "snapshot": "none", "ledger": "ok"}
    set_to(ledger_url="postgresql://u:hush@127.0.0.1:9/none")
    failing = client.get("/healthz")
    assert failing.status_code == 503
    assert failing.json()["ledger"] == "unreachable"
    assert "hush" not in failing.text


def test_sign_in_asks_the_provider_of_the_settings():
    settings = Settings(
        access="oidc",
        oidc_metadata_url="https://id.example/.well-known/openid-configuration",
        oidc_client_id="c",
        oidc_client_secret="s",
        cookie_secret="k" * 32,
        public_url="https://clusters.example/",
    )
    told = account.sign_in_secrets(settings)["auth"]
    assert told["redirect_uri"] == "https://clusters.example/oauth2callback"
    assert account.sign_in_secrets(Settings()) == {}
