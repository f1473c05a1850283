"""The answer as tables, on three parks small enough to rank by hand.

Area 100, 300, 200 ha (weight 60, from the parks: worth 0, 1, 1/2) and level national, other,
provincial (weight 40, scale 0 to 3: worth 1, 0, 2/3): 40, 60 and 30 + 80/3 points.
"""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from clusters.errors import InputError
from clusters.screening.limits import Bound, Limits
from clusters.screening.profile import Choice, profile_from_mapping
from clusters.screening.scenario import scenario_from_mapping
from clusters.screening.screen import ask, judge, screen, under
from clusters.screening.tables import (
    answer,
    contribution_table,
    difference_table,
    limit_table,
    parameter_rows,
    probability_table,
    ranking_table,
    weight_table,
)

HERE = (104.06, 30.57)
POINTS = {"p0": 40.0, "p1": 60.0, "p2": 30 + 80 / 3}


@pytest.fixture
def sources(world):
    found = world([HERE] * 3, uncertainty_km=[0.0, 1.0, 2.0])
    found.parks["approved_area_ha"] = [100.0, 300.0, 200.0]
    found.parks["area_basis"] = "approved"
    found.parks["level"] = ["national_htz", "other", "provincial"]
    found.parks["name_zh"] = ["甲园", "乙园", "丙园"]
    found.parks["name_en"] = ["A", "B", "C"]
    found.parks["confidence"] = ["high", "medium", "low"]
    return found


@pytest.fixture
def question(profile):
    found = profile({"approved_area": 60, "level": 40})
    return replace(found, stability=replace(found.stability, weights="uniform", value_shapes=False))


@pytest.fixture
def screening(sources, question):
    return screen(sources, question)


def test_the_ranking_is_that_worked_by_hand(screening):
    table = ranking_table(screening).set_index("park_id")
    assert table.index.tolist() == ["p1", "p2", "p0"]
    assert table["rank"].tolist() == [1, 2, 3]
    for park, points in POINTS.items():
        assert table.loc[park, "score"] == pytest.approx(points, abs=1e-6)
    # Nothing in doubt: no range.
    assert (table["score_low"] == table["score"]).all()
    assert (table["score_high"] == table["score"]).all()
    assert table.loc["p0", ["name_zh", "name_en", "level"]].tolist() == [
        "甲园",
        "A",
        "national_htz",
    ]
    assert table["uncertainty_km"].tolist() == [1, 2, 0]
    assert table["confidence"].tolist() == ["medium", "low", "high"]


def test_closeness_is_topsis_by_hand(screening):
    # Weighted worths (0, 0.4), (0.6, 0), (0.3, 0.8/3) against the best (0.6, 0.4) and (0, 0).
    table = ranking_table(screening).set_index("park_id")
    away, off = np.hypot(0.3, 0.8 / 3), np.hypot(0.3, 0.4 / 3)
    assert table.loc["p0", "closeness"] == pytest.approx(0.4)
    assert table.loc["p1", "closeness"] == pytest.approx(0.6)
    assert table.loc["p2", "closeness"] == pytest.approx(away / (away + off), abs=1e-6)
    assert table["rank_topsis"].tolist() == [1, 2, 3]


def test_probabilities_over_all_weights_are_the_exact_ones(screening):
    """Scores are 1 - w, w and w/2 + (1 - w) 2/3 = 2/3 - w/6 by the weight w of the area."""
    # The first leads while 1 - w > 2/3 - w/6, w < 0.4; the second from w > 2/3 - w/6, w > 4/7.
    table = ranking_table(screening).set_index("park_id")
    exact = {"p0": 0.4, "p1": 3 / 7, "p2": 4 / 7 - 0.4}
    for park, probability in exact.items():
        assert table.loc[park, "p_first"] == pytest.approx(probability, abs=0.035)
    assert table.loc["p2", "rank_high"] == 2  # the even park is never last
    assert (table["p_top3"] == 1).all()
    assert (table["p_top10"] == 1).all()
    assert table["confidence_factor"].tolist() == [1, 1, 1]


def test_the_row_of_probabilities_holds_every_rank_in_order(screening):
    table = probability_table(screening)
    assert list(table.columns) == ["park_id", "rank_1", "rank_2", "rank_3"]
    ranked = ranking_table(screening)
    assert table["park_id"].tolist() == ranked["park_id"].tolist()
    assert table["rank_1"].tolist() == ranked["p_first"].tolist()
    expected = table[["rank_1", "rank_2", "rank_3"]].to_numpy() @ [1, 2, 3]
    np.testing.assert_allclose(ranked["expected_rank"], expected, atol=1e-5)


def test_contributions_tell_figure_worth_weight_and_points_of_every_cell(screening):
    table = contribution_table(screening)
    assert table["park_id"].tolist() == ["p1", "p1", "p2", "p2", "p0", "p0"]
    assert table["criterion"].tolist() == ["approved_area", "level"] * 3
    assert table["weight"].tolist() == [60, 40] * 3
    assert table["value"].tolist() == [300, 0, 200, 2, 100, 3]
    np.testing.assert_allclose(table["worth"], [1, 0, 0.5, 2 / 3, 0, 1], atol=1e-6)
    np.testing.assert_allclose(table["points"], [60, 0, 30, 80 / 3, 0, 40], atol=1e-6)
    for park, points in table.groupby("park_id")["points"].sum().items():
        assert points == pytest.approx(POINTS[park], abs=1e-5)


def test_an_unknown_figure_is_missing_and_worth_anything_in_between(sources, question):
    sources.parks["area_basis"] = ["approved", "approved", "planned"]
    table = contribution_table(screen(sources, question)).set_index(["park_id", "criterion"])
    cell = table.loc[("p2", "approved_area")]
    assert np.isnan([cell["value"], cell["low"], cell["high"]]).all()
    assert (cell["worth"], cell["worth_low"], cell["worth_high"]) == (0.5, 0, 1)
    assert cell["points"] == 30


def test_by_topsis_the_table_follows_closeness(sources, question):
    by_topsis = ranking_table(screen(sources, replace(question, method="topsis")))
    assert by_topsis["rank"].tolist() == by_topsis["rank_topsis"].tolist()
    assert by_topsis["closeness"].is_monotonic_decreasing


def test_numbers_are_given_to_six_decimals(screening):
    for table in (ranking_table(screening), contribution_table(screening)):
        numbers = table.select_dtypes("float64")
        pd.testing.assert_frame_equal(numbers, numbers.round(6))


def test_central_weights_are_those_of_the_draws_that_lead(screening):
    # The first leads for area weights from 0 to 0.4: their middle is 0.2, of 100.
    table = weight_table(screening).set_index("park_id")
    assert table.loc["p0", "approved_area"] == pytest.approx(20, abs=1.5)
    assert table.loc["p1", "approved_area"] == pytest.approx(100 * (4 / 7 + 1) / 2, abs=1.5)
    np.testing.assert_allclose(table.sum(axis=1), 100, atol=1e-5)


def test_a_park_that_never_leads_has_no_central_weights(sources, question):
    sources.parks["level"] = ["national_htz", "provincial", "other"]  # the third now behind
    found = screen(sources, question)
    assert sorted(weight_table(found)["park_id"]) == ["p0", "p1"]
    last = next(one for one in answer(found)["parks"] if one["park_id"] == "p2")
    assert last["central_weights"] is None
    assert np.isnan(last["confidence_factor"])


def test_limits_are_listed_in_the_order_they_are_applied(sources, question):
    limits = Limits(levels=("other", "provincial"), bounds=(Bound("approved_area", "≥", 250),))
    table = limit_table(screen(sources, replace(question, limits=limits)))
    assert table.to_dict("records") == [
        {"limit": "levels", "removes": 1, "by_this_only": 0, "in_sequence": 1, "left": 2,
         "within_doubt": 0},
        {"limit": "approved_area ≥", "removes": 2, "by_this_only": 1, "in_sequence": 1, "left": 1,
         "within_doubt": 0},
    ]  # fmt: skip


def test_without_limits_the_table_is_empty_and_has_its_headings(screening):
    table = limit_table(screening)
    assert table.empty
    assert table.columns[0] == "limit"
    assert len(table.columns) == 6


def test_limits_that_leave_nothing_name_the_one_that_removes_most(sources, question):
    limits = Limits(levels=("other",), bounds=(Bound("approved_area", "≥", 1e5),))
    with pytest.raises(InputError, match="approved_area ≥ alone removes 3 of 3: relax it first"):
        screen(sources, replace(question, limits=limits))


def test_scales_over_the_parks_left_are_taken_anew(sources, question):
    limits = Limits(levels=("national_htz", "provincial"))
    found = screen(sources, replace(question, limits=limits))
    assert found.ids == ["p0", "p2"]
    # Areas left are 100 and 200: worth 0 and 1 now.
    table = ranking_table(found).set_index("park_id")
    assert table.loc["p2", "score"] == pytest.approx(60 + 80 / 3, abs=1e-6)


def test_parameters_name_scales_parks_and_states(screening):
    rows = dict(parameter_rows(screening))
    assert rows["weights.approved_area"] == "60.0"
    assert rows["scale.approved_area"] == "linear: 100 → 300"
    assert rows["scale.level"] == "linear: 0 → 3"
    assert (rows["parks"], rows["parks_left"], rows["states_of_data"]) == ("3", "3", "512")
    assert rows["stability.weights"] == "uniform"
    assert not any(name.startswith("scenario") for name in rows)


def test_parameters_tell_ideals_thresholds_lists_and_scenarios(sources, profile):
    choices = [
        Choice("approved_area", 1, kind="ideal", ideal=200, tolerance=50),
        Choice("level", 1, kind="threshold", threshold=2),
    ]
    steps = [{"do": "grow_park", "park": "p0", "area_ha": 150}]
    what_if = scenario_from_mapping({"name": "", "steps": steps})
    asked = replace(profile(choices), limits=Limits(levels=("national_htz", "provincial")))
    rows = dict(parameter_rows(screen(sources, asked, scenario=what_if)))
    assert rows["scale.approved_area"] == "ideal: 200 ± 50"
    assert rows["scale.level"] == "threshold: 2 → 2"
    assert rows["limits.levels"] == "national_htz;provincial"
    assert rows["scenario"] == "–"
    assert rows["scenario.step_1"] == "do = grow_park; park = p0; area_ha = 150"
    assert (rows["parks"], rows["parks_left"]) == ("3", "2")


def test_the_shape_of_a_footprint_is_left_out_of_the_parameters(sources, question):
    shape = {"type": "Polygon", "coordinates": [[[104, 30], [105, 30], [105, 31], [104, 30]]]}
    step = {"do": "footprint", "zone": "chengdu-htz", "geometry": shape}
    what_if = scenario_from_mapping({"name": "新界", "steps": [step]})
    rows = dict(parameter_rows(screen(sources, question, scenario=what_if)))
    assert rows["scenario.step_1"] == "do = footprint; zone = chengdu-htz"


def compared(sources, question, *steps, limits=None):
    asked = ask(sources, question)
    what_if = scenario_from_mapping({"name": "s", "steps": list(steps)})
    changed = question if limits is None else replace(question, limits=limits)
    return difference_table(judge(asked, question), judge(under(asked, what_if), changed))


def test_a_difference_worked_by_hand(sources, question):
    # The first grows to 300 ha: 60 + 40 points instead of 40, and leads.
    table = compared(sources, question, {"do": "grow_park", "park": "p0", "area_ha": 300})
    row = table.iloc[0]
    assert (row["park_id"], row["rank_before"], row["rank"]) == ("p0", 3, 1)
    assert (row["score_before"], row["score"], row["score_change"]) == pytest.approx((40, 100, 60))
    # The third falls to 0.5 · 0 + 80/3: the smallest park is now 200 ha.
    third = table.set_index("park_id").loc["p2"]
    assert third["score_change"] == pytest.approx(-30, abs=1e-5)
    assert table["park_id"].tolist() == ["p0", "p1", "p2"]


def test_parks_that_left_come_last_with_their_old_rank_and_name(sources, question):
    table = compared(
        sources, question, {"do": "grow_park", "park": "p0", "area_ha": 100},
        limits=Limits(levels=("national_htz", "provincial")),
    )  # fmt: skip
    assert table["park_id"].tolist() == ["p2", "p0", "p1"]
    gone = table.iloc[-1]
    assert (gone["name_zh"], gone["name_en"], gone["rank_before"]) == ("乙园", "B", 1)
    assert pd.isna(gone[["rank", "score", "score_change", "p_first"]]).all()


def test_the_whole_answer_is_one_mapping_that_says_what_the_tables_say(screening):
    whole = answer(screening)
    assert [one["park_id"] for one in whole["parks"]] == ["p1", "p2", "p0"]
    first = whole["parks"][0]
    assert first["rank_probabilities"] == probability_table(screening).iloc[0, 1:].tolist()
    assert [one["criterion"] for one in first["contributions"]] == ["approved_area", "level"]
    assert "park_id" not in first["contributions"][0]
    assert whole["pairwise"]["parks"] == ["p0", "p1", "p2"]
    winning = np.array(whole["pairwise"]["winning"])
    np.testing.assert_allclose(winning + winning.T, 1, atol=1e-6)
    assert list(whole["criteria"]) == ["level", "approved_area"]  # in the order of the table
    assert whole["criteria"]["level"]["unit_en"] == "points"
    assert (whole["scenario"], whole["limits"]) == (None, [])
    assert profile_from_mapping(whole["profile"]) == screening.profile
    assert json.loads(json.dumps(whole))["method"]["parks"] == "3"
