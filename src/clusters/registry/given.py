"""What the functions of the public API accept: a table of enterprises, a day."""

from datetime import date, datetime

import pandas as pd

from clusters.errors import InputError
from clusters.registry.faults import fault

__all__ = ["as_day", "require_table"]


def as_day(given: date | str | None) -> date | None:
    """Return a day that was given as one, as a moment of it or as ISO text; None stays None.

    Raises
    ------
    InputError
        If it is no day.
    """
    if isinstance(given, datetime):
        given = str(given)[:10]  # of a Timestamp too; NaT has no day
    if given is None or isinstance(given, date):
        return given
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError) as error:
        raise fault("as_of_not_a_day", value=given) from error


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
