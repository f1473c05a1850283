"""Shares of whole numbers and their exact limits, each combination of numbers worked out once."""

from collections.abc import Callable

import numpy as np
import pandas as pd


def once_each(function: Callable[..., np.ndarray], *arguments: np.ndarray) -> np.ndarray:
    """Apply an elementwise function to every combination of its arguments, to equal ones once.

    Tables of firms are sparse: a few hundred combinations fill a hundred thousand cells, and
    quantiles and tails of distributions are dear.

    Parameters
    ----------
    function
        Takes as many vectors as there are arguments, returns one alike.
    arguments
        Arrays without missing values that broadcast together.

    Returns
    -------
        Array of their common shape.
    """
    shape = np.broadcast_shapes(*(np.shape(one) for one in arguments))
    flat = [np.broadcast_to(one, shape).ravel() for one in arguments]
    kind = np.zeros(len(flat[0]), dtype=np.int64)
    for column in flat:
        code, known = pd.factorize(column)
        kind = pd.factorize(kind * len(known) + code)[0]
    # Kinds are numbered as they come: a new one is higher than all before.
    first = np.flatnonzero(np.diff(np.maximum.accumulate(kind), prepend=-1))
    return function(*(column[first] for column in flat))[kind].reshape(shape)


def proportion_bounds(
    k: np.ndarray, n: np.ndarray, *, confidence: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact limits of a proportion k of n (Clopper & Pearson 1934).

    Parameters
    ----------
    k, n
        Whole numbers, 0 ≤ k ≤ n, that broadcast together. Where n is 0 the limits are 0 and 1.
    confidence
        Of the two-sided interval.

    Returns
    -------
        Lower and upper limits in [0, 1], of the common shape.
    """
    from scipy.special import betaincinv  # noqa: PLC0415 - imported when first needed

    tail = (1 - confidence) / 2

    def low(k: np.ndarray, n: np.ndarray) -> np.ndarray:
        return np.where(k > 0, betaincinv(np.maximum(k, 1), n - k + 1, tail), 0.0)

    def high(k: np.ndarray, n: np.ndarray) -> np.ndarray:
        return np.where(k < n, betaincinv(k + 1, np.maximum(n - k, 1), 1 - tail), 1.0)

    return once_each(low, k, n), once_each(high, k, n)
