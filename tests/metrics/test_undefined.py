"""Reasons travel with results through copies, files and tables."""

import copy
import math
import pickle
import subprocess
import sys

import pandas as pd
import pytest

from clusters import metrics
from clusters.metrics import (
    REASONS,
    UndefinedFloat,
    location_quotient,
    mark_undefined,
    why_undefined,
)

COUNTS = pd.DataFrame([[3, 0], [0, 0], [2, 0]], index=["c", "a", "b"], columns=["x", "y"])


def test_rows_win_over_columns() -> None:
    reasons = why_undefined(location_quotient(COUNTS))
    assert reasons.loc["a"].tolist() == ["area_total_zero"] * 2
    assert reasons.loc["c", "y"] == "industry_total_zero"


def test_reasons_follow_slices_concatenation_and_parquet(tmp_path) -> None:
    result = location_quotient(COUNTS)
    assert why_undefined(result.loc[["b", "a"]]).loc["a", "x"] == "area_total_zero"
    both = pd.concat([result, result.rename(index=str.upper)])
    assert len(both) == 6
    result.to_parquet(tmp_path / "lq.parquet")
    back = pd.read_parquet(tmp_path / "lq.parquet")
    assert why_undefined(back).equals(why_undefined(result))


def test_undefined_float_is_nan_with_a_reason() -> None:
    value = UndefinedFloat("total_zero")
    assert math.isnan(value)
    for twin in (copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert why_undefined(twin) == "total_zero"
    assert why_undefined(1.0) is None


def test_a_reason_without_text_is_a_bug() -> None:
    with pytest.raises(KeyError):
        UndefinedFloat("because")
    with pytest.raises(KeyError):
        mark_undefined(COUNTS.copy(), cells="because")


def test_public_names_exist_and_are_sorted() -> None:
    assert all(hasattr(metrics, name) for name in metrics.__all__)
    assert len(set(metrics.__all__)) == len(metrics.__all__)


def test_importing_loads_no_heavy_library() -> None:
    """A page's first click must not wait for numba, scikit-learn, scipy or esda."""
    code = (
        "import sys, clusters.metrics; "
        "print([m for m in ('numba','sklearn','scipy','esda','libpysal','fast_hdbscan') "
        "if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("name", sorted(REASONS))
def test_reasons_are_sentences(name) -> None:
    assert name == name.lower()
    assert len(REASONS[name]) > 10
