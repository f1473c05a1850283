"""Script that was stored or that stands in a link: on every page it is text, and nothing runs.

The registry, the ledger and the link carry the same prepared words wherever a text can stand. A
marker counts what would have run; pictures and links made of them are looked for in the page.
"""

import contextlib
import csv
import io
import itertools
import re
import secrets
import zipfile

import httpx
import pandas as pd
import pytest
import xlsxwriter
from playwright.sync_api import Browser, expect
from typer.testing import CliRunner

from browser.driver import ROOT, server, visit
from clusters import open_snapshot, pipeline
from clusters.cli import app
from clusters.decisions import decide_merge, label
from clusters.goals.decisions import Choice, promote
from clusters.goals.milestones import add_milestone
from clusters.ledger import add_observation, open_ledger, record, save_view
from clusters.maps.assets import asset_folders
from clusters.places.park_files import keep_parks, read_parks
from clusters.ui.filters import LINK_KEYS
from clusters.workspace import published_id
from drafts import draft
from sockets import SocketVisitor, apart, web_client

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

LIMIT_MB = 3
LONGEST_LINK = 60_000  # the server takes requests with 64 kB of headers
RUN = "(window.ran = (window.ran || 0) + 1)"
HTML = f"<img src=nowhere onerror={RUN}><script>{RUN}</script>"
BREAKS_OUT = f"\"'><svg onload={RUN}></textarea></style></script>"
MARKDOWN = "[甲](javascript:window.ran=1) ![乙](//outside.example/x.png) :red[丙] $\\href{x}{y}$"
TEMPLATE = "{{7*7}}{% raw %}${7*7}\u202egnp.exe\u202c\u200f"  # engines of texts; reading order
LONG = "长" * 500
WORDS = {"name": HTML, "short": BREAKS_OUT, "note": MARKDOWN + TEMPLATE}

VIEWS = (
    ("overview", {}),
    ("map", {"relevance": "all", "layers": "firms,uncertain,metric,density,hotspots"}),
    ("metrics", {}),
    ("compare", {}),
    ("goals", {"view": "targets", "target": "S24-2027-05"}),
    ("goals", {"view": "observe"}),
    ("firms", {}),
    ("firms", {"view": "candidates"}),
    ("firms", {"view": "decide"}),
    ("firms", {"view": "milestones"}),
    ("screening", {}),
    ("briefing", {}),
    ("data", {}),
    ("methods", {}),
)
# What prepared words would be made into.
MADE = "img[src='nowhere'], img[src*='outside.example'], svg[onload], a[href^='javascript:']"
SOURCES = [*(ROOT / "pages").glob("*.py"), *(ROOT / "src/clusters/ui").glob("*.py")]
_NAMED = re.compile(r'(?:key=|query\.get\(|query_params\.get\()"([\w-]+)"')
PARAMETERS = sorted(
    {*LINK_KEYS, "a_place", "b_place", "a_segment", "b_snapshot"}.union(
        *(_NAMED.findall(file.read_text(encoding="utf-8")) for file in SOURCES)
    )
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """Return a workspace whose every text is prepared."""
    folder = tmp_path_factory.mktemp("prepared")
    words = (HTML, BREAKS_OUT, MARKDOWN, TEMPLATE, LONG)
    firms = [f"{one}智能机器人有限公司" for one in words]
    table = pd.DataFrame(
        {
            "企业名称": [*firms, firms[0]],
            "简称": WORDS["short"],
            "曾用名": WORDS["name"],
            "英文名称": WORDS["name"],
            "注册地址": [f"成都市武侯区科园路{i}号{HTML}" for i in range(1, 7)],
            "经营范围": f"人工智能芯片研发{HTML}{MARKDOWN}",
            "上市情况": f"{BREAKS_OUT}",
            "荣誉": f"{HTML}",
            "来源网址": "javascript:window.ran=1",
            "成立日期": "2020-01-01",
        }
    )
    table.to_csv(folder / "firms.csv", index=False)
    workspace = folder / "workspace"
    parks = pd.DataFrame(
        {
            "园区名称": [f"{one}智能产业园" for one in words],
            "级别": "省级",
            "地址": [f"成都市武侯区科园路{i}号{HTML}" for i in range(5)],
            "经度": [104.04 + i / 100 for i in range(5)],
            "纬度": 30.60,
            "主导产业": f"{BREAKS_OUT}",
            "备注": MARKDOWN,
        }
    )
    parks.to_csv(folder / "parks.csv", index=False)
    keep_parks(workspace, read_parks(folder / "parks.csv"))
    pipeline.run(folder / "firms.csv", workspace=workspace)
    found = open_snapshot(workspace).enterprises
    first, second = (str(one) for one in found["enterprise_id"].iloc[:2])
    with contextlib.closing(open_ledger(workspace)) as book:
        observed = draft(
            indicator_id="AI_CORE_SIZE",
            period="2025",
            value=2100,
            source=HTML,
            definition_note=MARKDOWN,
        )
        add_observation(book, observed, who=HTML[:40])
        chosen = Choice(
            name=str(found["name"].iloc[0]),
            evidence_level="B",
            basis=HTML,
            source="javascript:window.ran=1",
        )
        promote(book, found, chosen, who="u", reason=MARKDOWN, place=1)
        add_milestone(
            book, firms[0], HTML[:70], due="2027-01-01", who="u", note=MARKDOWN, source=HTML
        )
        for i, words in enumerate(WORDS.values()):
            save_view(book, f"{words[:70]}{i}", page="map", payload={"q": words}, who="u")
            record(book, "profile", f"{words[:70]}{i}", {"name": words}, who="u")
            record(book, "scenario", f"{words[:70]}{i}", {"name": words, "steps": []}, who="u")
        label(book, first, "core", who="u", reason=HTML)
        decide_merge(book, first, second, "reversed", who="u", reason=MARKDOWN)
    return workspace


@pytest.fixture(scope="module")
def prepared(workspace):
    with server(workspace, CLUSTERS_MAX_UPLOAD_MB=str(LIMIT_MB)) as address:
        yield address


def unharmed(visitor) -> None:
    """Nothing ran, and nothing of the prepared words became part of the page."""
    for frame in visitor.page.frames:
        assert frame.evaluate("window.ran || 0") == 0
        assert frame.locator(MADE).count() == 0
    assert visitor.errors == []
    assert visitor.outside == []
    assert "抱歉" not in visitor.text()


@pytest.mark.parametrize(("name", "query"), VIEWS)
def test_stored_script_is_text_on_every_page(started: Browser, prepared, name, query) -> None:
    visitor = visit(started, prepared)
    try:
        visitor.open(name, **query)
        folds = "details:not([open]) > summary"
        visitor.page.locator(folds).evaluate_all("all => all.forEach(one => one.click())")
        visitor.page.locator(".st-key-views button").first.click()
        menu = visitor.page.get_by_test_id("stPopoverBody")
        expect(menu).to_contain_text("<script>", use_inner_text=True)
        unharmed(visitor)
    finally:
        visitor.page.context.close()


@pytest.mark.parametrize("name", sorted({name for name, _ in VIEWS}))
def test_script_in_a_link_is_ignored_or_text(started: Browser, prepared, name) -> None:
    visitor = visit(started, prepared)
    try:
        words = itertools.cycle((HTML + BREAKS_OUT, HTML + TEMPLATE))
        query = httpx.QueryParams(list(zip(PARAMETERS, words, strict=False)))
        assert len(str(query)) < LONGEST_LINK
        path = "" if name == "overview" else name
        visitor.page.goto(f"{prepared}/{path}?{query}")
        visitor.settle()
        unharmed(visitor)
    finally:
        visitor.page.context.close()


def test_the_mark_and_the_card_of_a_firm_are_text(started: Browser, prepared, workspace) -> None:
    """Its name travels to the map only when the pointer rests on it."""
    firms = open_snapshot(workspace).enterprises
    firm = firms.loc[firms["name"].str.startswith("<img"), "enterprise_id"].iloc[0]
    visitor = visit(started, prepared)
    try:
        visitor.open("map", relevance="all", firm=str(firm))
        box = visitor.page.locator(".clusters-canvas-map").bounding_box()
        assert box is not None
        visitor.page.mouse.move(box["x"] + box["width"] / 2 + 40, box["y"] + box["height"] / 2)
        visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
        tip = visitor.page.locator(".leaflet-tooltip", has_text="<img src=nowhere").first
        tip.wait_for()
        assert "<script>" in visitor.page.locator(".st-key-map-card").inner_text()
        unharmed(visitor)
    finally:
        visitor.page.context.close()


@pytest.mark.parametrize("page", ["overview", "screening", "firm"])
def test_script_in_a_briefing_is_text(
    started: Browser, prepared, workspace, tmp_path, page
) -> None:
    """The one file that leaves the platform runs nothing at whoever opens it."""
    firm = str(open_snapshot(workspace).enterprises["enterprise_id"].iloc[0])
    asked = f"firm:{firm}" if page == "firm" else page
    told = ["brief", str(tmp_path / "b.html"), "--page", asked, "--workspace", str(workspace)]
    done = CliRunner().invoke(app, told)
    assert done.exit_code == 0, done.output
    visitor = visit(started, prepared)
    try:
        visitor.page.set_content((tmp_path / "b.html").read_text(encoding="utf-8"))
        words = visitor.page.locator("body")
        expect(words).to_contain_text("<img src=nowhere", use_inner_text=True)
        visitor.page.wait_for_timeout(500)  # what would run has had its time
        for frame in visitor.page.frames:
            assert frame.evaluate("window.ran || 0") == 0
            assert frame.locator(MADE).count() == 0
        assert visitor.outside == []
    finally:
        visitor.page.context.close()


def test_what_leaves_the_platform_runs_no_formula(prepared) -> None:
    with httpx.Client(base_url=prepared, trust_env=False, timeout=60) as web:
        answer = web.get("/api/v1/firms?f=csv")
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert len(rows) > 3
        assert not [cell for row in rows for cell in row if cell[:1] in {"=", "@", "\t", "\r"}]
        assert answer.headers["x-content-type-options"] == "nosniff"
        for path in ("/firms", f"/firms?limit={HTML}", f"/collections/{HTML}", f"/firms?{HTML}=1"):
            answer = web.get(f"/api/v1{path}")
            assert answer.headers["content-type"].startswith("application/json"), path
            assert answer.headers["x-content-type-options"] == "nosniff", path


PATHS = (
    "/map-parts/..%2f..%2fetc%2fpasswd",
    "/map-parts/%2e%2e/%2e%2e/etc/passwd",
    "/clusters-assets/..%2f..%2f..%2fsettings.py",
    "/media/..%2f..%2fetc%2fpasswd",
    "/app/static/..%2f..%2fapp.py",
    "/static/..%2f..%2f..%2fetc%2fpasswd",
    "/static/%2fetc%2fpasswd",
    "/component/..%2f..%2fapp.py",
    "/_stcore/upload_file/..%2f../x",
    "/api/v1/collections/..%2f..%2fetc/items",
    "/api/v1/collections/firms/items/..%2f..%2fetc%2fpasswd",
    "/api/v1/collections/firms/items?snapshot=../../../etc",
    "/api/v1/firms?snapshot=%2fetc",
    "/api/v1/firms?snapshot=%00",
)


def test_paths_that_lead_out_lead_nowhere(prepared) -> None:
    """No address serves a file of the machine, and none fails by an error of the server."""
    more = [
        f"{prefix}/{dots}{file}"
        for prefix in asset_folders()
        for dots in ("..%2f" * 6, "%2e%2e/" * 6, "..%5c" * 6, "%2f")
        for file in ("etc/passwd", "pyproject.toml")
    ]
    with httpx.Client(base_url=prepared, trust_env=False, timeout=60) as web:
        document = web.get("/").text
        for path in (*PATHS, *more):
            answer = web.get(path)
            page = answer.text == document  # which is what Streamlit answers elsewhere
            assert answer.status_code in {400, 403, 404, 405} or page, path
            assert "root:" not in answer.text
            assert "[project]" not in answer.text


def _bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.csv", b"0" * 60_000_000)
    return target.getvalue()


def _far_cell() -> bytes:
    """Return a workbook whose second cell stands in the last corner of its sheet."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "企业名称")
        sheet.write(1_048_575, 16_383, "甲")
    return target.getvalue()


def _dropped() -> dict[str, tuple[bytes, str]]:
    """Return files by name, and what the page says of each."""
    wide = ",".join(["企业名称", *map(str, range(3000))]) + "\n甲公司,1\n"
    endless = "企业名称,住址\n甲公司,".encode() + b'"' + b"x" * 200_000
    return {
        "a.zip": (_bomb(), "请自行解压"),
        "a.xlsx": (_far_cell(), "XFD1048576"),
        "b.xlsx": (b"PK\x03\x04" + b"x" * 3000, "文件已损坏"),
        "a.csv": (b"\x89PNG\r\n\x1a\n" + bytes(2000), "是 PNG 文件"),
        "b.csv": (wide.encode(), "3,001 列"),
        "c.csv": (endless, "131 072"),
        f"{HTML}.csv".replace("/", ""): (b"", "文件是空的"),
        "d.csv": (bytes((LIMIT_MB + 1) * 2**20), "file must be 3"),
    }


def test_files_that_are_no_registry_are_refused_in_words(
    started: Browser, prepared, workspace, tmp_path
) -> None:
    before = published_id(workspace)
    visitor = visit(started, prepared)
    try:
        visitor.open("data")
        for name, (content, told) in _dropped().items():
            (tmp_path / name).write_bytes(content)
            visitor.page.locator('input[type="file"]').first.set_input_files(tmp_path / name)
            visitor.page.get_by_text(told).first.wait_for()
            unharmed(visitor)
        assert published_id(workspace) == before
    finally:
        visitor.page.context.close()


def test_what_is_too_large_is_refused_before_it_is_held(prepared) -> None:
    """An upload over the limit is cut off, whatever its header says of its size."""

    async def upload() -> list[int]:
        async with web_client() as web:
            visitor = SocketVisitor(prepared, web)
            await visitor.arrive("data", cold=False)
            token = web.cookies["_streamlit_xsrf"]
            address = f"{prepared}/_stcore/upload_file/{visitor.session}/{secrets.token_hex(8)}"

            head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n'

            async def body():
                yield head
                for _ in range(30):
                    yield b"x" * 2**20

            found = []
            for headers in ({"Content-Length": str(len(head) + 30 * 2**20)}, {}):
                sent = {"X-Xsrftoken": token, "Content-Type": "multipart/form-data; boundary=b"}
                try:
                    answer = await web.put(address, headers=sent | headers, content=body())
                    found.append(answer.status_code)
                except httpx.HTTPError:  # the server may close before all is sent
                    found.append(413)
            without = await web.put(address, files={"file": ("x.csv", b"1")})
            token_only = {"X-Xsrftoken": token}
            cut = {**token_only, "Content-Type": "multipart/form-data; boundary=b"}
            broken = await web.put(address, headers=cut, content=b"--b\r\nContent-Dispo")
            no_form = await web.put(address, headers=token_only, content=b"x")
            await visitor.leave()
            return [*found, *(one.status_code for one in (without, broken, no_form))]

    assert apart(upload()) == [413, 413, 403, 400, 400]
