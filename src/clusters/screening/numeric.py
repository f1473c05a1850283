"""Numbers as profiles and scenarios give them, which anybody may have written."""

import math

__all__ = ["finite"]


def finite(value: object) -> float | None:
    """Return a number as float; None for text, truth, infinity and integers no float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
