"""Small targets and observations for cases worked by hand."""

import pytest

from clusters.goals import Observation, Target


@pytest.fixture(scope="session")
def target():
    def make(**changes):
        fields = {
            "target_id": "T",
            "indicator_id": "X",
            "name_zh": "甲",
            "name_en": "x",
            "definition_group": "x",
            "family": "X",
            "unit": "亿元",
            "comparator": ">=",
            "value": 200.0,
            "due_year": 2027,
            "level": "province",
            "area": "四川省",
            "plan_year": 2022,
        }
        return Target(**(fields | changes))

    return make


@pytest.fixture(scope="session")
def seen():
    def make(time, value, **changes):
        fields = {
            "observation_id": f"{time}.{value}",
            "indicator_id": "X",
            "definition_group": "x",
            "area": "四川省",
            "period": str(time),
            "time": float(time),
            "value": float(value),
            "unit": "亿元",
        }
        return Observation(**(fields | changes))

    return make
