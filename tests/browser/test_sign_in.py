"""Sign-in against a real OpenID Connect provider on this machine, and a gateway that vouches."""

import contextlib
import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import httpx
import pytest

import clusters
from browser.driver import answers, server, visit
from clusters.ledger import audit, open_ledger
from ports import held_port

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
PATIENCE = 60.0
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
    people = [json.dumps({"sub": sub, "roles": roles}) for sub, roles in PEOPLE.items()]
    flags = [part for person in people for part in ("--user-claims", person)]
    with held_port() as port:
        command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
        process = subprocess.Popen([*command, *flags], stderr=subprocess.DEVNULL)
        address = f"http://127.0.0.1:{port}"
        try:
            end = time.monotonic() + 120
            while not answers(f"{address}/.well-known/openid-configuration"):
                assert process.poll() is None, "the provider has ended"
                assert time.monotonic() < end, "the provider does not answer"
                time.sleep(0.2)
            yield address
        finally:
            process.kill()
            process.wait()


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


class Log:
    """What the app tells its operator from here on; a line may come after the answer it is of."""

    def __init__(self, base, workspace):
        self._file = workspace.parent / f"app-{urlsplit(base).port}.log"
        self._start = self._file.stat().st_size

    def wait_for(self, words, seconds=PATIENCE):
        """Return when a line has these words; fail with what was told when none comes in time."""
        end = time.monotonic() + seconds
        while words not in (new := self._file.read_bytes()[self._start :].decode()):
            assert time.monotonic() < end, f"no {words!r} in what was told:\n{new}"
            time.sleep(0.1)


@pytest.fixture
def log(base, workspace):
    return Log(base, workspace)


def get(address, headers):
    return httpx.get(address, headers=headers, trust_env=False, timeout=PATIENCE)


def token_of(provider, who):
    """Return an identity token as a program of somebody gets it from the provider."""
    asked = {
        "client_id": "clusters",
        "redirect_uri": "http://127.0.0.1/back",
        "response_type": "code",
        "scope": "openid profile",
    }
    with httpx.Client(trust_env=False, timeout=PATIENCE) as web:
        answer = web.post(f"{provider}/oauth2/authorize", params=asked, data={"sub": who})
        code = httpx.URL(answer.headers["location"]).params["code"]
        given = {**asked, "grant_type": "authorization_code", "code": code}
        answer = web.post(f"{provider}/oauth2/token", data=given, auth=("clusters", "secret"))
        return answer.raise_for_status().json()["id_token"]


def test_nobody_sees_anything_before_signing_in(started, base):
    visitor = visit(started, base)
    for page in ("overview", "firms", "data"):
        visitor.open(page)
        words = visitor.text()
        assert "登录" in words
        assert "甲机器人" not in words
        assert "规划目标" not in words
    visitor.page.context.close()


def test_a_viewer_looks_but_neither_exports_nor_imports(started, base, log):
    visitor = signed_in(started, base, "v1")
    assert "v1（查看）" in visitor.text()
    assert visitor.page.get_by_role("link", name="数据", exact=True).count() == 0
    visitor.open("data")
    assert "needs editor" in visitor.text()
    log.wait_for("refused account=v1 role=viewer right=import")
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


def test_somebody_without_a_role_is_refused(started, base, log):
    visitor = signed_in(started, base, "n1")
    assert "no role" in visitor.text()
    assert "甲机器人" not in visitor.text()
    log.wait_for("refused why=n1 has no role")
    visitor.page.context.close()


def test_a_forged_state_does_not_sign_in(started, base, log):
    visitor = visit(started, base)
    visitor.page.goto(f"{base}/oauth2callback?code=abc&state=forged")
    visitor.open("overview")
    assert "登录" in visitor.text()
    log.wait_for("replayed callback")
    visitor.page.context.close()


@pytest.mark.parametrize("cookie", ["forged", "2|1:0|10:1800000000|15:_streamlit_user|4:e30=|0"])
def test_a_forged_cookie_does_not_sign_in(started, base, cookie):
    visitor = visit(started, base)
    visitor.page.context.add_cookies([{"name": "_streamlit_user", "value": cookie, "url": base}])
    visitor.open("firms")
    assert "登录" in visitor.text()
    assert "甲机器人" not in visitor.text()
    visitor.page.context.close()


def test_a_sign_in_that_runs_out_while_the_page_is_open_ends_there(
    started, base, provider, workspace, log
):
    for seconds in (30, 120, 480):  # long enough for this machine to come that far
        ends = int(time.time()) + seconds
        person = {"roles": ["editor"], "exp": ends}
        told = httpx.put(f"{provider}/users/x1", json=person, trust_env=False, timeout=PATIENCE)
        told.raise_for_status()
        begun = {"Authorization": f"Bearer {token_of(provider, 'x1')}"}
        visitor = signed_in(started, base, "x1")
        visitor.open("map", relevance="all")
        shown = visitor.page.locator(".st-key-map-search").count()
        answer = get(f"{base}/api/v1/firms", begun).status_code
        if time.time() < ends:
            break
        visitor.page.context.close()
    assert (shown, answer) == (1, 200)
    time.sleep(max(ends - time.time(), 0) + 1)
    # A part that reruns alone, a file offered before, another page, the interface.
    visitor.page.get_by_role("button", name="下载 CSV").first.click()
    visitor.page.wait_for_timeout(1500)
    with contextlib.closing(open_ledger(workspace)) as book:
        assert "x1" not in set(audit(book)["who"])
    visitor.page.locator(".st-key-filter-relevance-core label").first.click()
    visitor.page.get_by_text("run out").first.wait_for()
    visitor.page.get_by_role("link", name="标杆企业", exact=True).first.click()
    visitor.page.get_by_role("button", name="退出并重新登录").wait_for()
    assert "甲机器人" not in visitor.text()
    assert get(f"{base}/api/v1/firms", begun).status_code == 401
    log.wait_for("refused why=the sign-in has run out")
    visitor.page.context.close()


def test_programs_have_the_role_of_their_token(base, provider, log):
    def asked(who, path):
        headers = {"Authorization": f"Bearer {token_of(provider, who)}"}
        return get(f"{base}/api/v1{path}", headers)

    assert asked("v1", "/firms").json()["numberMatched"] == 1
    refused = asked("n1", "/firms")
    assert refused.status_code == 403
    assert "no role" in refused.json()["description"]
    log.wait_for("refused method=GET path=/api/v1/firms status=403")


def test_who_has_not_signed_in_puts_nothing_into_memory(base, log):
    path = f"{base}/_stcore/upload_file/some-session/some-file"
    files = {"file": ("x.csv", b"1")}
    for cookies in ({}, {"_streamlit_user": "forged"}):
        with httpx.Client(trust_env=False, cookies=cookies, timeout=PATIENCE) as web:
            assert web.put(path, files=files).status_code == 403
            assert web.get(f"{base}/_stcore/metrics").status_code == 404
    log.wait_for("refused path=/_stcore/upload_file/")


@pytest.mark.parametrize("token", [None, "", "abc", "a.b.c"])
def test_the_interface_refuses_who_brings_no_token(base, log, token):
    request = urllib.request.Request(f"{base}/api/v1/firms")
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=PATIENCE)
    refused.value.close()
    assert refused.value.code == 401
    log.wait_for("refused method=GET path=/api/v1/firms status=401")
