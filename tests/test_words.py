"""Words that must stand in two places are the same in both.

Commands declare what an option takes without importing the rooms that know it, for a help text must
come at once; settings and metrics import no room at all.
"""

import importlib
import pkgutil
from enum import StrEnum
from typing import get_args

import pytest

from clusters import cli, levels, workspace
from clusters.access.roles import Role
from clusters.cli import brief, console, firms, ingest, tables
from clusters.export.briefing.request import FORMATS
from clusters.export.layers import LAYERS
from clusters.geocode.online.services import ServiceName
from clusters.goals import benchmark, milestones
from clusters.maps import drawn, firm_filter
from clusters.maps.still import SheetSize
from clusters.maps.words import Language
from clusters.metrics import counts, sums, table
from clusters.places.boundaries import Level
from clusters.places.coordinates import DatumChoice
from clusters.places.output import PRECISIONS
from clusters.registry import schema
from clusters.screening import scenario, whatif
from clusters.settings import Settings
from clusters.ui import screening_whatif

OPTIONS = {
    console.Language: get_args(Language),
    console.Datum: get_args(DatumChoice),
    ingest.Service: get_args(ServiceName),
    tables.By: levels.NAMES,
    tables.MeasuredBy: (*levels.NAMES, levels.HEXAGON),
    tables.Industry: table.SCHEMES,
    tables.Weight: get_args(counts.Weight),
    tables.LayerName: LAYERS,
    tables.Relevance: schema.RELEVANCES,
    tables.ChainLayer: (*schema.LAYERS, drawn.UNKNOWN),
    tables.Honours: firm_filter.HONOURS,
    tables.Precision: PRECISIONS,
    firms.Evidence: benchmark.LEVELS,
    firms.State: {*milestones.STATES} - {"planned"},
    brief.Size: get_args(SheetSize),
    brief.Kind: FORMATS,
    brief.Grain: get_args(Level),
}


@pytest.mark.parametrize(
    ("option", "known"), OPTIONS.items(), ids=lambda one: getattr(one, "__name__", "")
)
def test_an_option_takes_the_words_the_platform_knows(option, known):
    assert {one.value for one in option} == set(known)


def test_the_tables_of_metrics_are_the_areas_and_tables_of_a_snapshot():
    assert {one.value for one in tables.MetricTable} - {"areas"} <= set(workspace.TABLES)


def test_no_option_is_left_out_here():
    declared = {
        one
        for module in pkgutil.iter_modules(cli.__path__)
        for one in vars(importlib.import_module(f"clusters.cli.{module.name}")).values()
        if isinstance(one, type) and issubclass(one, StrEnum) and one is not StrEnum
    }
    assert declared == {*OPTIONS, tables.MetricTable}


def test_settings_name_the_roles_services_and_languages_there_are():
    fields = Settings.model_fields
    assert get_args(get_args(fields["role_names"].annotation)[1]) == tuple(Role)
    assert get_args(fields["default_role"].annotation) == ("", *Role)
    assert get_args(get_args(fields["geocoder_base_urls"].annotation)[0]) == get_args(ServiceName)
    assert get_args(fields["language"].annotation) == get_args(Language)


def test_a_datum_is_chosen_among_those_there_are():
    assert get_args(DatumChoice) == ("auto", *schema.DATUMS)


def test_firms_of_the_industry_are_the_same_to_rules_and_metrics():
    assert sums.AI_FIRMS == schema.AI_FIRMS


def test_every_step_of_a_scenario_is_checked_done_and_offered():
    known = set(scenario._FIELDS)
    assert set(scenario._TOUCHES) == known
    assert set(whatif._STEPS) == known
    assert set(screening_whatif._STEP_FIELDS) == known
