"""The house stays small: what one must hold in mind to change a line has a limit.

A module holds one noun and a function one thought. About 400 lines and 60 lines are where neither
holds any more; a twentieth above is let pass, so that a sentence of explanation never costs a split.
A function is counted without its docstring and without its signature: options of a command and
parameters of a published method are declarations, not logic.
"""

import ast
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
