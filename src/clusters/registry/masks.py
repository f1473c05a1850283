"""Masks of rows as NumPy arrays."""

import numpy as np
import pandas as pd


def as_mask(hits: pd.Series) -> np.ndarray:
    """Return a column of true, false and null as a writable (n,) bool array, null as False."""
    return np.array(hits.fillna(value=False), dtype=bool)
