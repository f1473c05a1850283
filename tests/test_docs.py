"""The docs say what the code does: generated parts are compared, named files exist."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def build():
    if (folder := str(ROOT / "docs")) not in sys.path:
        sys.path.insert(0, folder)  # its scripts import each other
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_up_to_date() -> None:
    for name, text in build().pages().items():
        written = (ROOT / "docs" / name).read_text(encoding="utf-8")
        assert written == text, f"docs/{name} is old: run `make docs`"


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_links_of_the_readme_lead_somewhere(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_links_of_the_docs_lead_somewhere_in_a_checkout() -> None:
    gone = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/**/*.md")]
        for link in re.findall(r"\]\((?!http|mailto)([^)#\s]+)\)", page.read_text("utf-8"))
        if not (page.parent / link).exists()
    ]
    assert gone == []


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_readme_names_only_commands_that_exist(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    known = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^clusters ([a-z]+)", text, re.MULTILINE))
    assert {"run", "check", "measure", "export", "goals"} <= named
    assert [name for name in named if f"## clusters {name}\n" not in known] == []


def test_the_tree_names_no_machine_and_no_registry_host() -> None:
    hosts = re.compile(r"https?://[^\s\"']*(?:pypi|pythonhosted|npmjs|files\.)[^\s\"']*")
    home = re.compile(r"(?:^|[\"'= (])/(?:root|home|opt|work)/[A-Za-z0-9_.-]+")
    for pattern in ("*.toml", "*.txt", "Makefile", "*.md", ".ci/*", "src/**/*.py", "docs/**/*.md"):
        for file in ROOT.glob(pattern):
            text = file.read_text(encoding="utf-8")
            assert not hosts.search(text), file
            assert not home.search(text), file
