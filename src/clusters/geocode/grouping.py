"""Rows that agree in several columns, found with integers instead of tuples."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["group_rows"]


def group_rows(*columns: NDArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the group of every row and one row of every group.

    Parameters
    ----------
    columns
        One or more arrays of n values: numbers, strings, tuples, None.

    Returns
    -------
    group : ndarray of int64, shape (n,)
        Rows with equal values in all columns share a number, counted from 0 by first appearance.
    example : ndarray of int64, shape (groups,)
        The first row of each group.
    """
    group = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes, unique = pd.factorize(column)
        group, _ = pd.factorize(group * (len(unique) + 1) + codes + 1)
        group = group.astype(np.int64)
    _, example = np.unique(group, return_index=True)
    return group, example.astype(np.int64)
