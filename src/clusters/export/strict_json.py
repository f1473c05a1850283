"""Values as strict JSON holds them: what is missing is null, never NaN."""

import math
from typing import Any

import pandas as pd


def strict(value: Any) -> Any:
    """Return a value whose numbers are finite; those that are not, and missing cells, are None.

    Mappings, lists, tuples and arrays are gone through; numbers of numpy become plain ones.
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(name): strict(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [strict(inner) for inner in value]
    if value is pd.NA or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value
