"""Every word of the app comes from the tables of texts: both languages, all keys, no leftovers."""

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from clusters.export.definitions import definitions
from clusters.maps import palette
from clusters.registry import RULES
from clusters.settings import data_path
from clusters.ui.text import _names, number, texts
from clusters.workspace import open_snapshot

ROOT = Path(__file__).resolve().parents[2]
UI = ROOT / "src" / "clusters" / "ui"
PAGES = sorted((ROOT / "pages").glob("*.py"))
MODULES = sorted(UI.glob("*.py"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Modules whose Chinese is not prose: the units of text.py, the languages' own names in the frame.
OWN_CHINESE = {"text.py": None, "shell.py": {"中文"}, "maps.py": {"四川省"}}
# Chinese handed to these is looked for in the data, not shown.
LOOKING = {"sub", "match", "search", "fullmatch", "findall", "replace", "split", "startswith",
           "endswith", "contains", "removeprefix", "removesuffix", "isin", "get", "partition",
           "compile", "extract", "join"}  # fmt: skip
# What a call of these shows to a visitor must come from the tables.
SHOWN_BY = {
    "title", "section", "note", "empty", "failure", "Figure", "chip", "Column", "write", "markdown",
    "caption", "button", "selectbox", "text_input", "segmented_control", "pills", "radio", "toggle",
    "checkbox", "download_button", "expander", "popover", "tabs", "success", "warning", "info",
    "error", "metric", "header", "subheader", "multiselect", "slider", "date_input", "link_button",
}  # fmt: skip
PROSE = re.compile(r"[A-Za-z]{3,}")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _docstrings(tree: ast.Module) -> set[int]:
    """Return the ids of docstring nodes, of attributes too: they are for readers of the code."""
    found = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                found.add(id(statement.value))
    return found


def _strings(path: Path) -> Iterator[ast.Constant]:
    skip = _docstrings(_tree(path))
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skip:
            yield node


def _pattern(node: ast.JoinedStr) -> str:
    """Return an f-string as a regular expression: what is filled in can be any key part."""
    parts = list(ast.iter_child_nodes(node))
    return "".join(
        re.escape(part.value) if isinstance(part, ast.Constant) else "[A-Za-z0-9_]+"
        for part in parts
    )


def _keys_used() -> tuple[set[str], set[str]]:
    """Return keys written out, and patterns of keys put together, in pages and the ui."""
    namespaces = {key.split(".")[0] for key in texts()}
    written, patterns = set(), set()
    shape = re.compile(rf"(?:{'|'.join(sorted(namespaces))})\.[A-Za-z0-9_]+")
    for path in [*PAGES, *MODULES, ROOT / "app.py"]:
        for node in _strings(path):
            if shape.fullmatch(node.value):
                written.add(node.value)
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.JoinedStr):
                pattern = _pattern(node)
                if re.match(rf"(?:{'|'.join(sorted(namespaces))})\\\.", pattern):
                    patterns.add(pattern)
    return written, patterns


def _called_with(name: str) -> Iterator[tuple[Path, str]]:
    """Yield the first argument of every call of t(), written out."""
    for path in [*PAGES, *MODULES]:
        for node in ast.walk(_tree(path)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == name
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                yield path, str(node.args[0].value)


def _fields(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


@pytest.mark.parametrize("file", sorted((UI / "texts").glob("*.toml")), ids=lambda path: path.name)
class TestTables:
    def test_every_text_has_both_languages(self, file):
        for key, value in tomllib.loads(file.read_text(encoding="utf-8")).items():
            assert isinstance(value, list), key
            assert len(value) == 2, key
            assert all(isinstance(text, str) and text.strip() for text in value), key

    def test_the_same_is_filled_in_in_both(self, file):
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        differing = {key for key, (zh, en) in content.items() if _fields(zh) != _fields(en)}
        assert differing == set()

    def test_english_has_no_chinese(self, file):
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        # Numbers of documents and the headers a registry writes stay Chinese.
        told = re.compile(r"川府函〔2018〕151号|审图号|企业名称|“[^”]*”|元|万元|亿元|中文")
        found = {key: en for key, (_, en) in content.items() if CHINESE.search(told.sub("", en))}
        assert found == {}


def test_every_key_used_exists():
    missing = {(path.name, key) for path, key in _called_with("t") if key not in texts()}
    assert missing == set()


def test_every_pattern_of_keys_matches_some():
    _, patterns = _keys_used()
    assert [p for p in patterns if not any(re.fullmatch(p, key) for key in texts())] == []


def test_every_key_is_used():
    written, patterns = _keys_used()
    # Titles and sentences of limits and the glossary are found by their beginning.
    listed = ("methods.limit_", "methods.gloss_")
    unused = sorted(
        key
        for key in texts()
        if key not in written
        and not key.startswith(listed)
        and not any(re.fullmatch(pattern, key) for pattern in patterns)
    )
    assert unused == []


def _looked_for(tree: ast.Module) -> set[int]:
    """Return the ids of strings that are compared with the data: constants, patterns, keys."""
    holders: list[ast.AST] = []
    for node in ast.walk(tree):
        name = getattr(getattr(node, "func", None), "attr", "")
        if isinstance(node, ast.Compare) or (isinstance(node, ast.Call) and name in LOOKING):
            holders.append(node)
        elif isinstance(node, ast.Subscript):
            holders.append(node.slice)
    holders += [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    return {id(node) for holder in holders for node in ast.walk(holder)}


@pytest.mark.parametrize("path", [*PAGES, *MODULES], ids=lambda path: path.name)
def test_no_chinese_outside_the_tables(path):
    allowed = OWN_CHINESE.get(path.name, set())
    if allowed is None:
        return
    looked_for = _looked_for(_tree(path))
    found = {
        node.value
        for node in _strings(path)
        if CHINESE.search(node.value) and id(node) not in looked_for
    }
    assert found - allowed == set()


@pytest.mark.parametrize("path", [*PAGES, *MODULES], ids=lambda path: path.name)
def test_nothing_shown_is_written_in_the_code(path):
    found = [
        (node.lineno, argument.value)
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call) and _shows(node)
        for argument in node.args[:3]
        if isinstance(argument, ast.Constant)
        and isinstance(argument.value, str)
        and PROSE.search(argument.value)
        and (" " in argument.value or argument is node.args[0])
    ]
    assert found == []


def _shows(call: ast.Call) -> bool:
    """Whether a call puts its arguments on the screen; a log does not."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    owner = getattr(getattr(call.func, "value", None), "id", "")
    return name in SHOWN_BY and owner != "_LOG"


def test_terms_name_every_value_that_occurs(shipped_workspace):
    snapshot = open_snapshot(shipped_workspace)
    firms, metrics = snapshot.enterprises, snapshot.metrics
    wanted = {
        *(f"terms.precision_{value}" for value in firms["precision"].unique()),
        *(f"terms.confidence_{value}" for value in firms["confidence"].dropna().unique()),
        *(f"terms.located_by_{value}" for value in firms["located_by"].dropna().unique()),
        *(f"terms.level_{value}" for value in metrics["level"].unique()),
        *(f"terms.scheme_{value}" for value in metrics["scheme"].unique()),
        *(f"terms.weight_{value}" for value in metrics["weight"].unique()),
        *(f"methods.severity_{rule.severity}" for rule in RULES.values()),
    }
    assert wanted - set(texts()) == set()
    for kind in ("segment", "chain_layer", "ai_relevance"):
        assert set(firms[kind].dropna().unique()) <= set(_names(kind))
    assert set(metrics["metric"]) <= set(definitions())


def test_names_of_terms_are_complete():
    for kind in ("segment", "chain_layer", "ai_relevance"):
        for zh, en in _names(kind).values():
            assert CHINESE.search(zh)
            assert en
            assert not CHINESE.search(en)


def test_the_theme_is_made_of_the_tokens():
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))[
        "theme"
    ]
    for name, tokens in palette.THEMES.items():
        assert theme[name] == {
            "primaryColor": tokens.accent,
            "backgroundColor": tokens.paper,
            "secondaryBackgroundColor": tokens.panel,
            "textColor": tokens.ink,
            "borderColor": tokens.line,
            "linkColor": tokens.accent,
        }
    marks = palette.categories([str(i) for i in range(8)])
    assert theme["chartCategoricalColors"] == [mark.colour for mark in marks.values()]
    sequential = theme["chartSequentialColors"]
    assert set(palette.sequential(7)) <= set(sequential)
    lightness = [palette.lightness(colour) for colour in sequential]
    assert lightness == sorted(lightness, reverse=True)


def test_segments_have_distinct_names():
    table = pd.read_csv(data_path("taxonomy", "segments.csv"))
    assert not table["zh"].duplicated().any()
    assert not table["en"].duplicated().any()


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [(-0.3, 0, "0"), (-0.004, 2, "0.00"), (-1.5, 1, "−1.5"), (12345, 0, "12,345"), (None, 0, "—")],
)
def test_what_rounds_to_nothing_has_no_sign(value, digits, said):
    assert number(value, digits) == said


def test_english_quotes_are_straight() -> None:
    """A Chinese typeface draws curly ones as wide as a character, with a hole in the sentence."""
    assert [key for key, words in texts().items() if set("“”‘’") & set(words[1])] == []
