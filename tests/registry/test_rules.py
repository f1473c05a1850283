"""Every rule code means something, is used, and is documented."""

import re
from pathlib import Path
from string import Formatter

import clusters.registry
from clusters.errors import InputError
from clusters.registry import faults
from clusters.registry.rules import RULES, markdown

ROOM = Path(clusters.registry.__file__).parent
# Where parks lie is found in another room.
SOURCES = [*ROOM.glob("*.py"), ROOM.parent / "places" / "park_files.py"]
DOCS = Path(__file__).resolve().parents[2] / "docs" / "rules.md"


def test_docs_are_what_the_table_says():
    text = f"{markdown()}\n{faults.markdown()}"
    assert DOCS.read_text(encoding="utf-8") == text, "run docs/build.py"


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
    source = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
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


class TestFaults:
    def test_every_fault_has_both_texts_with_the_same_fields(self):
        fields = {
            code: [
                {name.rstrip("!r") for _, name, _, _ in Formatter().parse(text) if name}
                for text in (texts["en"], texts["zh"])
            ]
            for code, texts in faults.FAULTS.items()
        }
        for code, texts in faults.FAULTS.items():
            english, chinese = fields[code]
            assert chinese <= english, code
            assert "file" not in english or "file" in chinese, code
            assert re.search("[\u4e00-\u9fff]", texts["zh"]), code

    def test_every_fault_is_raised_somewhere(self):
        source = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
        built = {"address_column_missing"}
        assert {code for code in faults.FAULTS if f'"{code}"' not in source} == built

    def test_an_error_is_told_in_both_languages_and_keeps_its_code(self):
        error = faults.fault("file_empty", file="名录.csv")
        assert error.code == "file_empty"
        assert str(error) == faults.told(error, "en")
        assert faults.told(error, "zh").startswith("名录.csv：文件是空的")

    def test_values_with_braces_are_data(self):
        error = faults.fault("sheet_unknown", file="{0}", wanted="{x}", names="{}")
        assert "{x}" in str(error)
        assert "{0}" in faults.told(error, "zh")

    def test_an_error_without_code_is_told_as_raised(self):
        assert faults.told(InputError("as it is"), "zh") == "as it is"
