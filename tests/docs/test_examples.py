"""What the docs show as code runs and gives what they say."""

import doctest
import re
import tomllib
from pathlib import Path

import pytest

from clusters.export.definitions import definitions
from clusters.registry.mapping import read_mapping

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
WORKED = tomllib.loads((DOCS / "metrics.toml").read_text(encoding="utf-8"))
SETUP = WORKED.pop("setup")


def fenced(path: Path, kind: str) -> list[str]:
    """Return the blocks of a kind in a page."""
    return re.findall(rf"^```{kind}\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def pages_with(kind: str) -> list[Path]:
    return [path for path in sorted(DOCS.rglob("*.md")) if fenced(path, kind)]


def run(code: str, name: str, names: dict | None = None) -> int:
    """Run a session; fail with the report of doctest; return how many examples it held."""
    test = doctest.DocTestParser().get_doctest(code, names or {}, name, None, 0)
    told: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=told.append, clear_globs=False)
    assert result.failed == 0, "".join(told)
    return result.attempted


def test_every_metric_has_a_formula_and_an_example() -> None:
    assert set(WORKED) == set(definitions())
    for metric, worked in WORKED.items():
        assert worked["tex"], metric
        assert all(worked["by_hand"]), metric
        assert len(worked["by_hand"]) == 2, metric


def test_worked_examples_of_the_metrics() -> None:
    names: dict = {}
    session = SETUP + "".join(worked["code"] for worked in WORKED.values())
    assert run(session, "metrics.toml", names) > len(WORKED)


@pytest.mark.parametrize("metric", ["lq", "ellison_glaeser", "kd"])
def test_a_wrong_result_would_be_noticed(metric: str) -> None:
    code = re.sub(r"^(?!>>>|\.\.\.)(.+)$", r"\1 wrong", WORKED[metric]["code"], flags=re.MULTILINE)
    before = "".join(one["code"] for one in WORKED.values())
    with pytest.raises(AssertionError, match="wrong"):
        run(SETUP + before + code, metric)


# The pages of the metrics are made from metrics.toml, which is run as a whole.
BY_HAND = [page for page in pages_with("pycon") if page.name not in {"metrics.md", "metrics.zh.md"}]


@pytest.mark.parametrize("page", BY_HAND, ids=lambda p: p.relative_to(DOCS).as_posix())
def test_sessions_in_the_pages(page: Path) -> None:
    assert run("".join(fenced(page, "pycon")), page.name) > 0


def test_both_languages_show_the_same_code() -> None:
    for chinese in DOCS.rglob("*.zh.md"):
        english = chinese.with_name(chinese.name.replace(".zh.md", ".md"))
        for kind in ("pycon", "python", "csv"):
            assert fenced(chinese, kind) == fenced(english, kind), chinese
        plain = [
            re.sub(r"#.*|\w*[\u4e00-\u9fff]+\w*|NEW", "", one) for one in fenced(chinese, "sh")
        ]
        other = [
            re.sub(r"#.*|\w*[\u4e00-\u9fff]+\w*|NEW", "", one) for one in fenced(english, "sh")
        ]
        assert plain == other, chinese


@pytest.mark.parametrize("name", ["registry.md", "registry.zh.md"])
def test_the_mapping_file_is_one(name: str, tmp_path: Path) -> None:
    (text,) = fenced(DOCS / "guide" / name, "toml")
    file = tmp_path / "mapping.toml"
    file.write_text(text, encoding="utf-8")
    assert read_mapping(file).columns == {"name": "单位全称", "address": "登记住所"}
