"""The page of cluster metrics: real numbers on the shipped snapshot, and hand-worked curves."""

import io

import numpy as np
import openpyxl
import pandas as pd
import pytest

from clusters.export.tables import table_bytes
from clusters.metrics.concentration import locational_gini
from clusters.metrics.rows import COLUMNS, PROVINCE
from clusters.metrics.sums import AI_FIRMS
from clusters.ui import (
    metrics_distance,
    metrics_levels,
    metrics_maps,
    metrics_pairs,
    metrics_rules,
)
from clusters.ui import metrics_view as view
from clusters.ui.metrics_text import note_text
from clusters.ui.text import number

LEVELS = ("prefecture", "county", "zone", "hexagon")
PARTS = ("cells", "industry", "neighbours", "rules", "units", "distance", "pairs")


def _rows(snapshot, level="prefecture", scheme="segment"):
    table = snapshot.metrics
    return table[(table["level"] == level) & (table["scheme"] == scheme)].reset_index(drop=True)


def _long(**columns) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    table = pd.DataFrame(columns)
    defaults = {
        "level": "prefecture", "scheme": "segment", "industry": "robotics", "weight": "firms",
        "metric": "lq", "low": np.nan, "high": np.nan, "doubt_share": np.nan, "p": np.nan, "q": np.nan, "n": 1.0,
        "method": "", "note": "",
        "left_out": 0, "value": 1.0,
    }  # fmt: skip
    for name, value in defaults.items():
        if name not in table:
            table[name] = [value] * n
    table["area_name_zh"] = table["area"].map(lambda code: f"甲{code}")
    table["area_name_en"] = table["area"].map(lambda code: f"A{code}")
    return table[COLUMNS]


def gini(curve: pd.DataFrame) -> float:
    """Return one minus twice the area under a localisation curve."""
    return 1 - 2 * np.trapezoid(curve["share"], curve["reference"])


class TestCurve:
    def test_worked_by_hand(self):
        """Shares 1/4, 3/4 of two equal areas: the curve passes (1/2, 1/4), Gini 1/4."""
        curve = view.localisation_curve(
            pd.Series({"a": 3.0, "b": 1.0}), pd.Series({"a": 10.0, "b": 10.0})
        )
        assert curve["area"].tolist() == ["", "b", "a"]
        assert curve["reference"].tolist() == [0.0, 0.5, 1.0]
        assert curve["share"].tolist() == [0.0, 0.25, 1.0]
        assert gini(curve) == pytest.approx(0.25, abs=1e-12)

    def test_equal_distribution_is_the_diagonal(self):
        reference = pd.Series({"a": 2.0, "b": 6.0, "c": 2.0})
        curve = view.localisation_curve(reference * 3, reference)
        assert curve["share"].to_numpy() == pytest.approx(curve["reference"].to_numpy())
        assert gini(curve) == pytest.approx(0, abs=1e-12)

    def test_agrees_with_the_metric(self):
        counts = pd.DataFrame(
            {"x": [5.0, 0, 2, 1], "rest": [10.0, 4, 8, 40]}, index=["a", "b", "c", "d"]
        )
        curve = view.localisation_curve(counts["x"], counts.sum(axis=1))
        assert gini(curve) == pytest.approx(locational_gini(counts)["x"], rel=1e-9)

    @pytest.mark.parametrize("level", view.COVERING)
    def test_agrees_with_every_industry_of_the_snapshot(self, snapshot, level):
        rows, everything = _rows(snapshot, level), _rows(snapshot, level, "ai")
        compared = 0
        for industry in view.industries(rows):
            stored = view.wholes(rows, industry)["locational_gini"]["value"]
            if np.isfinite(stored):
                curve = view.curve_of(rows, everything, industry)
                assert gini(curve) == pytest.approx(stored, abs=1e-9)
                compared += 1
        assert compared >= 5


class TestViews:
    def test_heat_table_orders_and_cuts(self, shipped_workspace):
        rows = _long(
            area=["1", "2", "3", "1", "2", "3"],
            metric=["lq", "lq", "lq", "count", "count", "count"],
            value=[0.5, 4.0, np.nan, 2, 7, 0],
            q=[0.5, 0.01, np.nan, np.nan, np.nan, np.nan],
            n=[2.0, 7, 0, 2, 7, 0],
        )
        heat = view.heat_table(rows, "lq", scheme="segment")
        assert heat.rows == ["甲2", "甲1"]  # most firms first, none left out but the empty one
        assert heat.columns == ["智能机器人"]
        (best,), (small,) = heat.cells
        assert best.significant
        assert not best.small
        assert small.small
        assert not small.significant
        assert "4.00" in best.tip
        assert view.heat_table(rows, "lq", scheme="segment", most=1).rows == ["甲2"]

    def test_counts_are_never_small(self, shipped_workspace):
        rows = _long(area=["1"], metric=["count"], value=[2.0], n=[2.0])
        assert not view.heat_table(rows, "count", scheme="segment").cells[0][0].small

    def test_ranking_leaves_out_what_has_no_firm(self, shipped_workspace):
        rows = _long(
            area=["1", "2", "3"], value=[1.0, 3.0, np.nan], n=[4.0, 9, 0], q=[0.2, 0.01, np.nan]
        )
        ranked = view.ranking(rows, "lq", "robotics")
        assert ranked["area"].tolist() == ["2", "1"]
        assert ranked["mark"].tolist() == ["显著（q < 0.05）", "不显著"]

    @pytest.mark.parametrize(
        ("note", "said"),
        [
            ("fewer than 5 firms", "不足 5 家"),
            ("191 firms left out: no known county", "191 家因所在区县不明未计入"),
            ("HH", "高—高：多企业地区相邻"),
            ("a note nobody knows", "a note nobody knows"),
        ],
    )
    def test_notes_are_translated_or_shown_as_they_are(self, shipped_workspace, note, said):
        assert note_text(note) == said

    def test_every_note_of_the_snapshot_is_translated(self, snapshot):
        notes = [note for note in snapshot.metrics["note"].unique() if note]
        assert [note for note in notes if note_text(note) == note] == []

    def test_coverage_adds_up(self, snapshot):
        ai = int(snapshot.enterprises["ai_relevance"].isin(AI_FIRMS).sum())
        for level in LEVELS:
            for weight in ("firms", "employees"):
                seen = view.coverage(snapshot.enterprises, level, weight)
                assert seen.firms == ai
                assert seen.shown + seen.no_place + seen.no_weight == ai
        assert view.coverage(snapshot.enterprises, "prefecture", "firms").no_weight == 0

    def test_metrics_by_employees_are_measured_now(self, snapshot):
        rows = view.metrics_of(snapshot, snapshot.id, "prefecture", "segment", "employees")
        assert set(rows["weight"]) <= {"employees"}
        assert rows["q"].isna().all() or set(rows.loc[rows["q"].notna(), "metric"]) <= {
            "local_moran",
            "moran",
            "ellison_glaeser",
            "getis_ord",
            "coagglomeration",
        }

    def test_the_command_makes_the_table_of_the_page(self, snapshot):
        made = view.command(level="county", scheme="ai", weight="revenue", identity=snapshot.id)
        assert made == (
            "clusters measure metrics-county.xlsx --by county --industry ai --weight revenue "
            f"--language zh --snapshot {snapshot.id}"
        )

    def test_moran_lists_only_what_passes(self, snapshot):
        rows = _rows(snapshot, scheme="ai")
        for metric in metrics_maps.LOCAL:
            found = metrics_maps.found_table(rows, metric, "ai")
            assert (found["q"] < 0.05).all()
            assert not found["area"].duplicated().any()
            assert set(found["note"]) <= {"HH", "HL", "LH", "LL", "hot", "cold"}


@pytest.mark.parametrize("lang", ["zh", "en"])
class TestPage:
    def test_says_real_numbers(self, open_page, words, failures, snapshot, raw_ids, lang):
        app = open_page("metrics", lang=lang, part="industry")
        assert failures(app) == []
        said = words(app)
        seen = view.coverage(snapshot.enterprises, "prefecture", "firms")
        assert f"{number(seen.shown)}" in said
        assert f"{number(seen.firms)}" in said
        assert ("成都市" if lang == "zh" else "Chengdu") in said
        rows = _rows(snapshot)
        first = view.industries(rows)[0]
        gamma = view.wholes(rows, first)["ellison_glaeser"]["value"]
        assert number(gamma, 3) in said
        assert raw_ids.findall(said.replace(view.command(
            level="prefecture", scheme="segment", weight="firms", identity=snapshot.id), "")) == []  # fmt: skip

    @pytest.mark.parametrize("level", LEVELS)
    @pytest.mark.parametrize("scheme", view.SCHEMES)
    def test_every_level_and_scheme(self, open_page, failures, lang, level, scheme):
        assert failures(open_page("metrics", lang=lang, by=level, group=scheme)) == []

    @pytest.mark.parametrize("part", PARTS)
    @pytest.mark.parametrize("level", ["prefecture", "hexagon"])
    def test_every_part(self, open_page, words, failures, raw_ids, snapshot, lang, part, level):
        app = open_page("metrics", lang=lang, part=part, by=level)
        assert failures(app) == []
        said = words(app).replace(
            view.command(
                level=level, scheme="segment", weight="firms", identity=snapshot.id
            ), ""
        )  # fmt: skip
        assert raw_ids.findall(said) == []
        assert any('class="c-def"' in element.proto.body for element in app.get("html"))

    def test_the_rule_of_the_stars_is_on_screen(self, open_page, words, snapshot, lang):
        said = words(open_page("metrics", lang=lang, part="rules"))
        for line in metrics_rules.rule_texts(snapshot.manifest["stars"]):
            assert len(line) > 5
        assert ("区位商不低于 2.0" if lang == "zh" else "quotient of at least 2.0") in said
        assert ("18 家有成立日期" if lang == "zh" else "18 of 204 AI firms") in said

    def test_what_cannot_be_measured_by_distance_says_why(self, open_page, words, lang):
        said = words(open_page("metrics", lang=lang, part="distance"))
        assert ("位置精确的只有 5 家" if lang == "zh" else "only 5 have a precise place") in said

    def test_doubt_of_places_is_told(self, open_page, words, snapshot, lang):
        said = words(open_page("metrics", lang=lang, by="county"))
        doubt = snapshot.manifest["doubt"]
        assert f"{number(doubt['redrawn'])}" in said
        assert ("位置不确定所占比重" if lang == "zh" else "Doubt of place") in said

    @pytest.mark.parametrize("weight", ["employees", "registered_capital", "revenue"])
    def test_other_weights(self, open_page, failures, lang, weight):
        assert failures(open_page("metrics", lang=lang, weight=weight)) == []

    def test_wrong_values_in_the_link_are_ignored(self, open_page, failures, lang):
        app = open_page(
            "metrics", lang=lang, by="village", group="colour", metric="luck", base="7",
            weight="stones", industry="witchcraft", snapshot="nothing",
        )  # fmt: skip
        assert failures(app) == []
        assert app.session_state["choice-by"] == "prefecture"

    def test_base_question_changes_the_table(self, open_page, words, lang):
        mix, residents = (
            words(open_page("metrics", lang=lang, base=base)) for base in ("lq", "lq_population")
        )
        assert mix != residents

    def test_counties_can_only_compare_the_mix(self, open_page, words, lang):
        said = words(open_page("metrics", lang=lang, by="county", base="lq_gdp"))
        assert ("只能比构成" if lang == "zh" else "only the mix") in said


class TestParts:
    def test_stars_are_those_of_the_table(self, snapshot):
        rows = _rows(snapshot)
        found = metrics_rules.star_table(rows, scheme="segment", most=1000)
        stars = rows[rows["metric"] == "stars"]
        assert len(found) == (stars["value"] > 0).sum()
        assert found["stars"].is_monotonic_decreasing
        assert (found["firms"] >= snapshot.manifest["stars"]["min_size"]).all()
        shown = metrics_rules.star_rows(found, 3)
        assert {len(row[2]) for row in shown} == {3}

    def test_growth_lists_what_was_founded_and_its_parts(self, shipped_workspace):
        rows = _long(
            area=["1", "2"] * 5,
            metric=np.repeat(["count", "new_firms", *metrics_rules.PARTS], 2),
            value=[3.0, 4.0, 1.0, 2.0, 0.5, 0.5, 0.25, 0.5, 0.25, 1.0],
        )
        table = metrics_rules.growth_table(rows, "robotics")
        assert table["name"].tolist() == ["甲2", "甲1"]
        parts = table[list(metrics_rules.PARTS)].sum(axis=1)
        assert parts.tolist() == table["new_firms"].tolist()
        long = metrics_rules.long_growth(table)
        assert len(long) == 6
        assert long["part"].nunique() == 3

    def test_a_spread_over_zero_is_called_unsteady(self, shipped_workspace):
        shown = pd.DataFrame({"name": ["粗", "细"], "value": [0.1, -0.2]})
        assert "不稳" in metrics_levels.spread_text(shown)
        assert "方向一致" in metrics_levels.spread_text(shown.assign(value=[0.1, 0.2]))
        assert "看不出" in metrics_levels.spread_text(shown.assign(value=[0.1, np.nan]))

    def test_sensitivity_runs_from_coarse_to_fine(self, snapshot):
        table = snapshot.sensitivity
        segment = str(table["industry"].iloc[0])
        shown = metrics_levels.sensitivity_table(table, "hhi", segment)
        assert shown["name"].iloc[0] == "市州"
        assert len(shown) == len(metrics_levels.UNITS)
        known = shown.dropna()
        assert (known["low"] <= known["value"]).all()

    def test_pairs_are_symmetric_with_an_empty_diagonal(self, snapshot):
        heat = metrics_pairs.matrix(_rows(snapshot), "coagglomeration", scheme="segment")
        size = len(heat.rows)
        assert size >= 10
        for i in range(size):
            assert heat.cells[i][i].text == ""
            for j in range(i):
                assert heat.cells[i][j] == heat.cells[j][i]

    def test_where_a_function_of_distance_leaves_its_band(self, shipped_workspace):
        curve = pd.DataFrame(
            {
                "km": [1.0, 2.0, 3.0, 4.0],
                "value": [5.0, 5.0, 2.0, 0.1],
                "global_low": 1.0,
                "global_high": 4.0,
            }
        )
        said = metrics_distance.finding(curve, "kd")
        assert "1.0–2.0" in said
        assert "4.0–4.0" in said
        inside = curve.assign(value=2.0)
        assert "带内" in metrics_distance.finding(inside, "kd")

    def test_reasons_of_the_distance_table_are_translated(self, snapshot):
        why = metrics_distance.why_not(snapshot.distances)
        assert len(why) > 5
        assert not why["note"].str.contains("[a-z]{4}").any()
        assert metrics_distance.measured(snapshot.distances) == []


def test_the_download_carries_definitions_and_provenance(snapshot):
    from clusters.export.definitions import definitions_of
    from clusters.export.provenance import Provenance

    rows = _rows(snapshot)
    data = table_bytes(
        rows,
        ".xlsx",
        provenance=Provenance.from_manifest(snapshot.manifest, command="clusters measure"),
        definitions=definitions_of(rows["metric"].unique()),
    )
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    assert len(book.sheetnames) == 3
    assert book[book.sheetnames[0]].max_row == len(rows) + 1
    assert (rows["area"] == PROVINCE).any()
    book.close()
