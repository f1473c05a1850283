"""What leaves a snapshot, and the words it leaves with."""

import typing

import pandas as pd
import pytest

from clusters.errors import InputError
from clusters.export import columns, definitions, industries, views
from clusters.export.columns import headers, known_columns
from clusters.maps.firm_filter import FirmFilter


def test_firms_leave_without_internal_columns(snapshot):
    table = views.enterprise_table(snapshot)
    assert len(table) == 4
    assert "flags" not in table.columns


def test_filters_apply_to_the_export(snapshot):
    table = views.enterprise_table(snapshot, filters=FirmFilter(zones=("chengdu-htz",)))
    assert table["enterprise_id"].tolist() == ["a"]


def test_metrics_are_chosen_by_level_scheme_and_weight(snapshot):
    table = views.metric_table(snapshot, by="prefecture", industry="ai", weight="firms")
    assert len(table) == 42
    assert len(views.metric_table(snapshot)) == 42 + 366


def test_a_level_that_was_not_measured_names_those_that_were(snapshot):
    with pytest.raises(InputError, match="there are: county, prefecture"):
        views.metric_table(snapshot, by="park")


def test_areas_carry_one_column_per_metric(snapshot):
    layer = views.area_layer(snapshot, "prefecture")
    assert len(layer) == 21
    assert layer.set_index("code").loc[layer["code"].iloc[3], "count:ai"] == 3
    assert layer["lq_population:ai"].isna().sum() == 1
    assert layer.crs.to_epsg() == 4326


def test_zones_leave_with_their_error_and_their_assumption():
    layer = views.zone_layer().set_index("zone_id")
    assert bool(layer.loc["tianfu-wireless-valley", "assumed"])
    assert layer.loc["chengdu-htz-new-economy", "boundary_error_m"] == 800


def test_hot_spots_leave_as_they_are(snapshot):
    assert views.hotspot_layer(snapshot)["hotspot_id"].tolist() == ["hotspot-1"]


def test_headers_are_unique_in_both_languages():
    names = list(known_columns())
    for language in ("zh", "en"):
        titles = headers(names, language)
        assert len(set(titles)) == len(titles)


def test_an_unknown_column_keeps_its_name():
    assert headers(["name", "lq:ai"], "zh") == ["企业名称", "区位商 · 人工智能企业"]


def test_every_column_has_a_known_kind_and_two_names():
    kinds = set(typing.get_args(columns.Kind))
    for item in known_columns().values():
        assert item.kind in kinds
        assert item.zh
        assert item.en


def test_every_definition_is_complete():
    table = definitions.definitions()
    assert len(table) == 32
    for item in table.values():
        assert all((item.zh, item.en, item.formula, item.range, item.version))
        assert item.reading("zh") != item.reading("en")


def test_definitions_follow_the_table_not_the_question():
    chosen = definitions.definitions_of(["moran", "count", "unheard-of", "count"])
    assert [item.metric for item in chosen] == ["count", "moran"]


def test_every_metric_the_platform_measures_is_defined():
    from clusters.levels import level
    from clusters.metrics.table import measure

    firms = pd.DataFrame(
        {
            "ai_relevance": ["core", "related", "core", "none"] * 3,
            "chain_layer": ["foundation", "technology", "application", None] * 3,
            "segment": ["uav", "robotics", "uav", None] * 3,
            "prefecture_code": ["510100", "510100", "510700", "510700"] * 3,
            "founded": pd.to_datetime(["2010-01-01", "2024-01-01"] * 6),
        }
    )
    since = pd.Timestamp("2020-01-01")
    measured = measure(firms, [level("prefecture")], permutations=9, since=since)
    of_points = {"kd", "m", "standard_ellipse"}
    assert set(measured["metric"]) | of_points == set(definitions.definitions())


@pytest.mark.parametrize(
    ("industry", "zh"),
    [("ai", "人工智能企业"), ("uav", "智能无人机"), ("foundation", "基础层"), ("?", "?")],
)
def test_industries_have_names(industry, zh):
    assert industries.industry_name(industry, "zh") == zh
