"""Whatever a table holds becomes JSON that any reader takes."""

import json

import numpy as np
import pandas as pd
import pytest

from clusters.export.strict_json import strict


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (float("nan"), "null"),
        (np.float32("nan"), "null"),
        (np.float64("inf"), "null"),
        (pd.NA, "null"),
        (pd.NaT, "null"),
        (np.int64(3), "3"),
        (np.bool_(True), "true"),
        (np.array([]), "[]"),
        (np.array(["chengdu-htz"], dtype=object), '["chengdu-htz"]'),
        ({1: (np.array([1.5, np.nan]), None)}, '{"1": [[1.5, null], null]}'),
    ],
)
def test_what_a_cell_holds(value, said):
    assert json.dumps(strict(value), allow_nan=False) == said
