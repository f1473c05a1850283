"""The page of methods: everything is explained, in both languages, and can be found."""

import pandas as pd
import pytest

from clusters.export.definitions import definitions
from clusters.registry import RULES
from clusters.settings import data_path, get_settings
from clusters.ui import methods_view as view
from clusters.ui.definition import formula_html
from clusters.ui.text import texts
from clusters.workspace import open_snapshot


@pytest.fixture(scope="module")
def everything(shipped_workspace):
    return view.sections(open_snapshot(shipped_workspace).enterprises)


def test_every_metric_has_a_group_and_limits():
    grouped = [metric for metrics in view.GROUPS.values() for metric in metrics]
    assert sorted(grouped) == sorted(definitions())
    assert {f"methods.limit_{metric}" for metric in definitions()} <= set(texts())


def test_every_metric_of_a_snapshot_has_a_definition(shipped_workspace):
    metrics = open_snapshot(shipped_workspace).metrics["metric"]
    assert sorted(set(metrics) - set(definitions())) == []


def test_every_check_rule_is_listed_without_a_placeholder(everything):
    (part,) = everything["checks"]
    assert len(part.entries) == len(RULES)
    assert not any("{" in cell for entry in part.entries for cell in entry.cells)


def test_every_folder_of_shipped_data_is_a_source(everything):
    folders = {path.name for path in get_settings().data.iterdir() if path.is_dir()}
    assert set(view.FOLDERS) == folders
    (part,) = everything["sources"]
    assert len(part.entries) == len(folders)
    parks = sum(len(pd.read_csv(file)) for file in data_path("parks").glob("*.csv"))
    assert str(parks) in {entry.cells[-1] for entry in part.entries}


def test_firms_by_precision_add_up(everything, shipped_workspace):
    (part,) = everything["places"]
    firms = len(open_snapshot(shipped_workspace).enterprises)
    assert sum(int(entry.cells[2].replace(",", "")) for entry in part.entries) == firms


def test_the_assumed_zone_says_so(everything):
    (part,) = everything["zones"]
    (valley,) = [entry for entry in part.entries if entry.cells[0] == "天府无线通信谷"]
    assert "位置为假定" in valley.cells[1]
    assert "c-assumed" in valley.cells[1]
    assert sum(bool(entry.cells[1]) for entry in part.entries) == 5


@pytest.mark.parametrize(
    ("query", "section", "count"),
    [("moran", "metrics", 2), ("莫兰", "metrics", 2), ("LOCAL  moran", "metrics", 1)],
)
def test_search_finds_in_either_language(everything, query, section, count):
    assert len(view.search(everything, query)[section][0].entries) == count


def test_search_drops_what_does_not_match(everything):
    assert view.search(everything, "zzzz") == {}
    assert view.size(view.search(everything, "")) == view.size(everything)


def test_formula_indices_are_set_low_and_the_rest_escaped():
    assert formula_html("s_i,rest < x_r") == "s<sub>i,rest</sub> &lt; x<sub>r</sub>"


def test_the_table_to_take_away_has_no_markup(everything):
    table = view.as_table(everything)
    assert len(table) == view.size(everything)
    text = table.to_csv(index=False)
    assert "<" not in text.replace("<sub>", "<").replace("q < 0.05", "").replace("< 0", "")


@pytest.mark.parametrize("lang", ["zh", "en"])
class TestPage:
    @pytest.mark.parametrize(
        "part",
        ["metrics", "classes", "places", "zones", "status", "checks", "sources", "limits", "glossary"],
    )  # fmt: skip
    def test_every_part(self, open_page, words, failures, raw_ids, lang, part):
        app = open_page("methods", lang=lang, part=part)
        assert failures(app) == []
        assert raw_ids.findall(words(app)) == []

    def test_definition_of_the_quotient(self, open_page, words, lang):
        said = words(open_page("methods", lang=lang))
        assert ("区位商" if lang == "zh" else "Location quotient") in said
        assert "Florence 1939" in said

    def test_search_in_the_link(self, open_page, words, failures, lang):
        app = open_page("methods", lang=lang, q="Ellison")
        assert failures(app) == []
        said = words(app)
        assert "Ellison & Glaeser 1997" in said
        assert "Anselin 1995" not in said

    def test_nothing_found_has_a_next_step(self, open_page, words, lang):
        said = words(open_page("methods", lang=lang, q="zzzz"))
        assert ("清空搜索框" if lang == "zh" else "empty the search box") in said

    def test_wrong_part_is_ignored(self, open_page, failures, lang):
        app = open_page("methods", lang=lang, part="cooking")
        assert failures(app) == []
        assert app.session_state["choice-part"] == "metrics"
