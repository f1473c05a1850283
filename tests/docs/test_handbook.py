"""The handbook names everything there is, in two languages, and asks no other host."""

import http.server
import re
import threading
from functools import partial
from pathlib import Path

import pytest
import typer

from clusters.cli import app
from clusters.export.columns import known_columns
from clusters.export.definitions import definitions
from clusters.goals.status import STATUSES
from clusters.registry import RULES
from clusters.screening.criteria import criteria
from clusters.settings import Settings
from clusters.ui.shell import PAGES
from clusters.ui.text import LANGUAGES, texts

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
HAND_WRITTEN = [
    path
    for path in [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "README.zh-CN.md"]
    if path.name not in {"commands.md", "licences.md"}
]


@pytest.fixture(scope="module")
def staged(script):
    handbook = script("handbook")
    return {language: handbook.pages(language) for language in LANGUAGES}


def commands() -> list[tuple[str, object]]:
    """Return every command with its path."""
    found, waiting = [], [("clusters", typer.main.get_command(app))]
    while waiting:
        path, command = waiting.pop()
        inner = getattr(command, "commands", {})
        found += [] if inner else [(path, command)]
        waiting += [(f"{path} {name}", one) for name, one in inner.items()]
    return found


def options(command: object) -> list[str]:
    return [name for one in command.params for name in one.opts if name.startswith("--")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_there_is_has_its_place(staged, language: str) -> None:
    pages = staged[language]
    for path, command in commands():
        part = pages["commands.md"].split(f"## {path}\n")[1].split("\n## ")[0]
        assert [name for name in options(command) if name not in part] == [], path
    everything = "\n".join(pages.values())
    wanted = [f"CLUSTERS_{name.upper()}" for name in Settings.model_fields]
    wanted += [f"`{code}`" for code in (*RULES, *definitions(), *known_columns())]
    wanted += [f"`{criterion}`" for criterion in criteria()]
    wanted += [texts()[f"goals.status_{status}"][LANGUAGES.index(language)] for status in STATUSES]
    assert [name for name in wanted if name not in everything] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guide_leads_to_every_page_of_the_app(staged, language: str) -> None:
    guide = "\n".join(text for name, text in staged[language].items() if name.startswith("guide/"))
    place = LANGUAGES.index(language)
    wanted = [texts()[f"shell.nav_{page}"][place] for page in PAGES if page != "overview"]
    assert [name for name in wanted if name not in guide] == []
    assert texts()["shell.nav_overview"][place] in staged[language]["index.md"]


def test_the_user_guide_methods_data_and_deployment_are_chinese(staged) -> None:
    for name, text in staged["zh"].items():
        if name.startswith(("guide/", "methods/")) or name in {
            "index.md",
            "metrics.md",
            "screening.md",
            "catalogue.md",
            "deployment.md",
            "extending.md",
            "benchmarks/index.md",
        }:
            prose = re.sub(
                r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|\]\([^)]*\)", "", text, flags=re.DOTALL
            )
            han = len(re.findall(r"[\u4e00-\u9fff]", prose))
            latin = len(re.findall(r"[A-Za-z]{2,}", prose))
            assert han > 3 * latin, name


def test_every_page_is_in_both_languages_and_the_navigation(staged) -> None:
    assert set(staged["zh"]) == set(staged["en"])
    menu = (DOCS / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:")[1]
    for name in staged["zh"]:
        assert name in menu or name.startswith(("data/", "python/", "decisions/")), name


def test_an_english_page_in_the_chinese_handbook_has_a_chinese_lead(staged) -> None:
    for name in (
        "commands.md",
        "python/index.md",
        "data/parks.md",
        "decisions/005-address-reader.md",
    ):
        assert "!!! note" in staged["zh"][name], name
        assert "!!! note" not in staged["en"][name], name


@pytest.mark.parametrize("path", HAND_WRITTEN, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_and_pictures_exist(path: Path, script) -> None:
    made = script("handbook")._MADE
    text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text):
        file = (path.parent / target).resolve()
        known = file.is_relative_to(DOCS) and file.relative_to(DOCS).as_posix() in made
        assert file.exists() or known, f"{path.name}: {target}"


@pytest.mark.parametrize("path", HAND_WRITTEN, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_commands_in_the_docs_exist_with_their_options(path: Path) -> None:
    known = dict(commands())
    groups = {name.rsplit(" ", 1)[0] for name in known}
    text = re.sub(r"\\\n\s*", " ", path.read_text(encoding="utf-8"))
    lines = re.findall(r"^(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?(clusters [a-z].*)$", text, re.MULTILINE)
    for line in lines + re.findall(r"`(clusters [a-z][^`\n]*)`", text):
        words = line.split("#")[0].split()
        name = next((" ".join(words[:n]) for n in (3, 2) if " ".join(words[:n]) in known), None)
        if name is None:
            assert " ".join(words[:2]) in groups, line
            continue
        given = [word.split("=")[0] for word in words if word.startswith("--")]
        assert [one for one in given if one not in (*options(known[name]), "--help")] == [], line


def test_every_picture_is_shown_and_small() -> None:
    everything = "".join(path.read_text(encoding="utf-8") for path in HAND_WRITTEN)
    for picture in (DOCS / "pictures").iterdir():
        assert picture.name in everything, f"{picture.name} is shown nowhere"
        assert picture.stat().st_size < 500_000, picture.name


@pytest.mark.slow
@pytest.mark.xdist_group("browser")  # one worker builds the site
def test_the_site_is_whole_and_names_no_other_host(site: Path, staged) -> None:
    for language, folder in (("zh", site), ("en", site / "en")):
        for name in staged[language]:
            assert (folder / name).with_suffix(".html").exists(), (language, name)
    loaded = re.compile(
        r"""<(?:script|img|iframe|source)[^>]*\bsrc=["']?(https?:|//)|<link\b(?=[^>]*\brel=["']?"""
        r"""(?:stylesheet|icon|preconnect|preload|manifest|dns-prefetch))[^>]*\bhref=["']?(https?:|//)"""
    )
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not loaded.search(text), page
        assert 'class="arithmatex"' not in text, page
    for style in site.rglob("*.css"):
        assert not re.search(
            r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", style.read_text("utf-8")
        ), style
    assert '<html lang="zh"' in (site / "index.html").read_text(encoding="utf-8")
    assert '<html lang="en"' in (site / "en" / "index.html").read_text(encoding="utf-8")
    assert (site / "metrics.html").read_text(encoding="utf-8").count("<math") >= len(definitions())
    assert "location_quotient" in (site / "python" / "clusters-metrics.html").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.xdist_group("browser")  # one worker builds the site
def test_a_reader_finds_a_chinese_word_without_any_network(site: Path, started) -> None:
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    asked: list[str] = []
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(quiet, directory=str(site))
    ) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        page = started.new_page()
        page.on("request", lambda request: asked.append(request.url))
        base = f"http://127.0.0.1:{web.server_port}/"
        page.goto(f"{base}metrics.html")
        formula = page.locator("math").first.bounding_box()
        page.goto(f"{base}index.html")
        page.locator(".md-search__input").fill("区位商")
        page.wait_for_selector(".md-search-result__item", timeout=60_000)
        found = page.locator(".md-search-result__item").first.inner_text()
        page.context.close()
        web.shutdown()
    assert formula["width"] > 20
    assert "区位商" in found
    assert [url for url in asked if not url.startswith((base, "data:", "blob:"))] == []
