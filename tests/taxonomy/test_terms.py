"""The shipped tables and the search for terms."""

import pandas as pd
import pytest

from clusters.errors import ShippedDataError
from clusters.settings import data_path
from clusters.taxonomy import layers, load_rules, relevance_levels, segments

SEGMENTS = {
    "agri_ai",
    "compute_infrastructure",
    "connected_vehicle",
    "cross_media",
    "fintech_ai",
    "foundation_software_models",
    "healthcare_ai",
    "information_security",
    "intelligent_hardware",
    "intelligent_manufacturing_equipment",
    "other_application",
    "robotics",
    "safety_supervision",
    "smart_airport",
    "smart_city_governance",
    "smart_home",
    "uav",
}
HEADER = "term,kind,where,role,segment,layer,note\n"


def test_the_seventeen_segments_have_names_layers_and_distinct_colours():
    table = segments()
    assert set(table.index) == SEGMENTS
    assert set(table["default_layer"]) <= set(layers().index)
    assert sorted(table["colour_index"].astype(int)) == list(range(17))
    assert table[["zh", "en", "plan_term_zh", "plan_term_en"]].ne("").all(axis=None)
    # ten product lines in the plan, each with one segment
    assert table["plan_part"].eq("product_line").sum() == 10


def test_levels_and_layers():
    assert list(relevance_levels().index) == ["core", "related", "weak", "none"]
    assert list(layers().index) == ["foundation", "technology", "application"]


def test_every_segment_can_be_found_by_a_rule():
    rules = load_rules().rules
    assert {r.segment for r in rules if r.kind in {"core", "related"}} >= SEGMENTS


def test_evidence_rules_name_segment_and_layer_except_vague_names():
    for rule in load_rules().rules:
        if rule.kind in {"core", "related", "weak"} and rule.role != "vague":
            assert rule.segment, rule
            assert rule.layer, rule


def test_the_rule_table_is_in_its_order():
    table = pd.read_csv(data_path("taxonomy", "rules.csv"), dtype=str, keep_default_na=False)
    kinds = ["core", "related", "weak", "exclusion", "context"]
    keys = [
        (kinds.index(r.kind), r.segment, r.where, r.term) for r in table.itertuples(index=False)
    ]
    assert keys == sorted(keys)


def test_a_longer_exclusion_hides_a_shorter_term():
    rules = load_rules()
    assert rules.in_scope("程控交换机(人工智能台)") == []
    assert [hit.rule.term for hit in rules.in_scope("人工智能技术")] == ["人工智能"]


def test_latin_terms_stand_alone():
    rules = load_rules()
    assert [hit.rule.term for hit in rules.in_scope("AI平台")] == ["AI"]
    assert rules.in_scope("MAIN CHAIR") == []
    assert rules.in_scope("XRFID2") == []


def test_a_rule_for_a_field_overrides_the_rule_for_any(tmp_path):
    path = tmp_path / "rules.csv"
    path.write_text(
        HEADER + "智能卡,core,any,,robotics,application,\n智能卡,weak,name,,uav,application,\n",
        encoding="utf-8",
    )
    rules = load_rules(path)
    assert rules.in_name("智能卡公司")[0].rule.kind == "weak"
    assert rules.in_scope("智能卡")[0].rule.kind == "core"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("甲,strong,any,,uav,application,\n", "row 2: kind"),
        ("甲,core,title,,uav,application,\n", "row 2: where"),
        ("甲,core,any,,flying,application,\n", "row 2: segment"),
        ("甲,core,any,,uav,roof,\n", "row 2: layer"),
        ("甲,core,any,loud,uav,application,\n", "row 2: role"),
        ("甲,core,any,,uav,application,\n甲,weak,any,,uav,application,\n", "row 3"),
        (",core,any,,uav,application,\n", "row 2"),
    ],
)
def test_a_wrong_rule_is_named_by_row(tmp_path, row, words):
    path = tmp_path / "rules.csv"
    path.write_text(HEADER + row, encoding="utf-8")
    with pytest.raises(ShippedDataError, match=words):
        load_rules(path)


def test_a_table_without_its_columns_is_refused(tmp_path):
    path = tmp_path / "rules.csv"
    path.write_text("term,kind\n甲,core\n", encoding="utf-8")
    with pytest.raises(ShippedDataError, match="where"):
        load_rules(path)
