"""The house stays small: what one must hold in mind to change a line has a limit.

A module holds one noun and a function one thought. About 400 lines and 60 lines are where neither
holds any more; a twentieth above is let pass, so that a sentence of explanation never costs a split.
A function is counted without its docstring and without its signature: options of a command and
parameters of a published method are declarations, not logic.

In the rooms that turn registries into figures, tests are at least as long as what they test: lines of
code there and here, docstrings, comments and blank lines left out.
"""

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOLERANCE = 1.05
MODULE_LINES = int(400 * TOLERANCE)
FUNCTION_LINES = int(60 * TOLERANCE)
MODULES = [
    ROOT / "app.py",
    *(path for room in ("src", "pages") for path in sorted((ROOT / room).rglob("*.py"))),
]
CORE = ("taxonomy", "places", "geocode", "metrics", "goals", "screening")
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
# Tokens that are no code: what a line of them alone holds is not counted.
SILENT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def bodies(module: str) -> Iterator[tuple[str, int]]:
    """Yield each function of a module with the lines of its body, docstring left out."""
    for node in ast.walk(ast.parse(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            said = ast.get_docstring(node, clean=False) is not None
            body = node.body[1:] if said else node.body
            lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            yield node.name, lines


def code_lines(module: str) -> int:
    """Count the lines of a module that hold code: no docstrings, comments or blanks."""
    said = {
        line
        for node in ast.walk(ast.parse(module))
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None
        for line in range(node.body[0].lineno, node.body[0].end_lineno + 1)
    }
    written = {
        line
        for token in tokenize.generate_tokens(io.StringIO(module).readline)
        if token.type not in SILENT
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(written - said)


def code_of(folder: Path) -> int:
    return sum(code_lines(path.read_text("utf-8")) for path in folder.rglob("*.py"))


def test_no_module_outgrows_its_noun() -> None:
    lines = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert len(lines) > 100
    assert not {name: n for name, n in lines.items() if n > MODULE_LINES}, "split it by noun"


def test_no_function_outgrows_its_thought() -> None:
    lines = {
        f"{name_of(path)}:{function}": n
        for path in MODULES
        for function, n in bodies(path.read_text("utf-8"))
    }
    assert not {name: n for name, n in lines.items() if n > FUNCTION_LINES}, "split it by thought"


def test_the_count_leaves_out_signature_and_docstring() -> None:
    module = 'def f(\n    a,\n    b,\n):\n    """Say.\n\n    More.\n    """\n    c = a\n\n    return c + b\n'
    assert dict(bodies(module)) == {"f": 3}
    assert dict(bodies("def g():\n    '''Only words.'''\n")) == {"g": 0}


def test_the_core_has_at_least_as_many_lines_of_tests_as_of_source() -> None:
    lines = {
        room: (code_of(ROOT / "src" / "clusters" / room), code_of(ROOT / "tests" / room))
        for room in CORE
    }
    assert all(source > 500 for source, _ in lines.values()), "a room of the core has moved"
    assert not {room: n for room, n in lines.items() if n[1] < n[0]}, "source against tests"


def test_only_lines_of_code_are_counted() -> None:
    function = (
        "def f(a):\n    '''Say.'''\n    # why\n\n    return (\n        a\n        # why\n    )\n"
    )
    assert code_lines("'''Say.\n\nMore.\n'''\n# why\n\n\n" + function) == 4
    assert code_lines("text = '''one\n\ntwo'''\n") == 3
    assert code_lines("") == code_lines("# why\n\n") == 0
