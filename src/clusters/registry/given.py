"""What the functions of the public API accept as a table of enterprises."""

import pandas as pd

from clusters.errors import InputError

__all__ = ["require_table"]


def require_table(table: object) -> None:
    """Refuse what is no table, with what to pass instead.

    Raises
    ------
    InputError
        If `table` is not a pandas DataFrame.
    """
    if isinstance(table, pd.DataFrame):
        return
    kind = type(table).__name__
    remedy = "pass its .table" if hasattr(table, "table") else "pass a pandas DataFrame"
    raise InputError(f"a table of enterprises is needed, not a {kind}; {remedy}")
