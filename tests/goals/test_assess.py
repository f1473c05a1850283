"""Targets against a snapshot."""

from datetime import date

import pandas as pd
import pytest

from clusters.errors import ShippedDataError
from clusters.goals import MEASURED, assess, measure
from clusters.ledger import open_ledger
from clusters.settings import data_path

AS_OF = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _built():
    for parts in (("boundaries", "zones.csv"), ("goals", "targets.csv")):
        try:
            data_path(*parts)
        except ShippedDataError:
            pytest.skip("the shipped data are not built yet")


@pytest.fixture
def firms():
    return pd.DataFrame(
        {
            "name": ["甲", "乙", "丙", "丁"],
            "ai_relevance": ["core", "related", "weak", "core"],
            "prefecture_code": ["510100", "510700", "510100", None],
            "zone_ids": [
                ["tianfu-new-area-ai", "chengdu-science-city"],
                ["mianyang-science-city"],
                ["smart-manufacturing-park"],
                [],
            ],
        }
    )


def test_what_the_snapshot_counts(firms):
    got = {o.indicator_id: o for o in measure(firms, as_of=AS_OF)}
    # 丁 has no place, 丙 is weak
    assert got["AI_FIRMS"].value == 2
    # 丙's zone does not count, and 成都科学城 is not one of the five
    assert got["AI_CLUSTER"].value == 2
    assert got["AI_FIRMS_BENCH"].value == 0
    assert {o.origin for o in got.values()} == {MEASURED}


def test_no_enterprises_at_all(firms):
    assert [o.value for o in measure(firms.iloc[:0], as_of=AS_OF)] == [0, 0, 0]


def test_measured_values_stand_beside_the_status_and_do_not_change_it(firms, tmp_path):
    ledger = open_ledger(tmp_path)
    got = {s.target.target_id: s for s in assess(firms, as_of=AS_OF, ledger=ledger)}
    ledger.close()
    assert len(got) == 128
    zones = got["S18-2025-01"]
    assert (zones.status, [o.value for o in zones.measured]) == ("no_public_value", [2])
    assert all(not s.used or s.used.origin != MEASURED for s in got.values())
