"""Every rule code means something, is used, and is documented."""

import re
from pathlib import Path

import clusters.registry
from clusters.registry.rules import RULES, markdown

ROOM = Path(clusters.registry.__file__).parent
DOCS = Path(__file__).resolve().parents[2] / "docs" / "rules.md"


def test_docs_are_what_the_table_says():
    assert DOCS.read_text(encoding="utf-8") == markdown(), "write markdown() to docs/rules.md"


def test_every_rule_has_all_texts():
    for code, rule in RULES.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)
        assert rule.severity in {"error", "warning", "info"}
        for text in (rule.en, rule.zh, rule.remedy_en, rule.remedy_zh):
            assert text
            assert not text.endswith((".", "。"))
        for text in (rule.zh, rule.remedy_zh):
            assert re.search("[\u4e00-\u9fff]", text)
        assert "|" not in rule.en + rule.zh + rule.remedy_en + rule.remedy_zh


def test_every_rule_is_raised_somewhere():
    source = "".join(path.read_text(encoding="utf-8") for path in ROOM.glob("*.py"))
    # These two are put together from the name of a column.
    built = {"confidence_unknown"}
    unused = {code for code in RULES if f'"{code}"' not in source} - built
    assert not unused


def test_message_names_the_column():
    text = RULES["uscc_invalid"].message("信用代码")
    assert text.startswith("信用代码 is not")
    assert text.endswith(".")
    assert RULES["uscc_invalid"].message("信用代码", "zh").startswith("“信用代码”不是")
    assert "{" not in RULES["uscc_invalid"].message(None)
