"""Sign-in against a real OpenID Connect provider on this machine, and a gateway that vouches."""

import contextlib
import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

import clusters
from browser.driver import server, visit
from clusters.ledger import audit, open_ledger

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
PEOPLE = {"v1": ["viewer"], "e1": ["editor"], "n1": []}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared") / "w"
    (folder.parent / "f.csv").write_text(
        "企业名称,注册地址,经营范围\n甲机器人有限公司,成都市武侯区科园路1号,机器人研发\n",
        encoding="utf-8",
    )
    clusters.run(folder.parent / "f.csv", workspace=folder)
    return folder


@pytest.fixture(scope="module")
def provider():
    """Run the provider in a process of its own: it warns of its libraries' future."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    people = [json.dumps({"sub": sub, "roles": roles}) for sub, roles in PEOPLE.items()]
    flags = [part for person in people for part in ("--user-claims", person)]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    process = subprocess.Popen([*command, *flags], stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(
                    f"{address}/.well-known/openid-configuration", timeout=2
                ).close()
                break
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def base(workspace, provider):
    settings = {
        "CLUSTERS_ACCESS": "oidc",
        "CLUSTERS_OIDC_METADATA_URL": f"{provider}/.well-known/openid-configuration",
        "CLUSTERS_OIDC_CLIENT_ID": "clusters",
        "CLUSTERS_OIDC_CLIENT_SECRET": "secret",
        "CLUSTERS_COOKIE_SECRET": "x" * 40,
        "CLUSTERS_PUBLIC_URL": "{base}",
    }
    with server(workspace, **settings) as address:
        yield address


def signed_in(started, base, who):
    visitor = visit(started, base)
    visitor.open("overview")
    visitor.page.get_by_role("button", name="登录").click()
    visitor.page.fill("input[name=sub]", who)
    visitor.page.locator("button[type=submit], input[type=submit]").first.click()
    visitor.page.wait_for_url(re.compile(re.escape(base)))
    visitor.settle()
    return visitor


def test_nobody_sees_anything_before_signing_in(started, base):
    visitor = visit(started, base)
    for page in ("overview", "firms", "data"):
        visitor.open(page)
        words = visitor.text()
        assert "登录" in words
        assert "甲机器人" not in words
        assert "规划目标" not in words
    visitor.page.context.close()


def test_a_viewer_looks_but_neither_exports_nor_imports(started, base):
    visitor = signed_in(started, base, "v1")
    assert "v1（查看）" in visitor.text()
    assert visitor.page.get_by_role("link", name="数据", exact=True).count() == 0
    visitor.open("data")
    assert "needs editor" in visitor.text()
    visitor.open("methods")
    assert "不能导出" in visitor.text()
    visitor.page.context.close()


def test_an_editor_imports_and_an_export_is_written_down(started, base, workspace):
    visitor = signed_in(started, base, "e1")
    visitor.open("data")
    assert "needs editor" not in visitor.text()
    visitor.open("methods")
    with visitor.page.expect_download():
        visitor.page.get_by_role("button", name="下载 CSV").click()
    with contextlib.closing(open_ledger(workspace)) as book:
        trail = audit(book)
    exports = trail[trail["action"].eq("export")]
    assert list(exports["who"]) == ["e1"]
    assert json.loads(exports["payload"].iloc[0])["file"] == "methods.csv"
    visitor.page.context.close()


def test_somebody_without_a_role_is_refused(started, base):
    visitor = signed_in(started, base, "n1")
    assert "no role" in visitor.text()
    assert "甲机器人" not in visitor.text()
    visitor.page.context.close()


def test_a_forged_state_does_not_sign_in(started, base):
    visitor = visit(started, base)
    visitor.page.goto(f"{base}/oauth2callback?code=abc&state=forged")
    visitor.open("overview")
    assert "登录" in visitor.text()
    visitor.page.context.close()


@pytest.mark.parametrize("token", [None, "", "abc", "a.b.c"])
def test_the_interface_refuses_who_brings_no_token(base, token):
    request = urllib.request.Request(f"{base}/api/v1/firms")
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    refused.value.close()
    assert refused.value.code == 401
