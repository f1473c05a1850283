"""Read a shipped CSV table with the types its README promises, or say what is wrong with it."""

from collections.abc import Iterable

import pandas as pd

from clusters.errors import ShippedDataError
from clusters.settings import data_path

__all__ = ["read_table", "typed_table"]


def read_table(
    *parts: str,
    required: Iterable[str] = (),
    numbers: Iterable[str] = (),
    integers: Iterable[str] = (),
    lists: Iterable[str] = (),
) -> pd.DataFrame:
    """Read one table of the shipped data.

    Parameters
    ----------
    *parts
        Folder and file below ``data/``.
    required
        Columns that must be there, beside those named below.
    numbers, integers
        Columns read as float64 and as Int64; empty cells are missing.
    lists
        Columns that hold ``;``-joined words; empty cells become empty lists.

    Returns
    -------
    DataFrame
        All other columns are strings, empty cells missing; rows in file order.

    Raises
    ------
    ShippedDataError
        If the file is missing, lacks a column, or holds a word where a number belongs.
    """
    name = "/".join(("data", *parts))
    path = data_path(*parts)
    try:
        table = pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])
    except (ValueError, OSError) as error:
        msg = f"{name} cannot be read as a UTF-8 CSV table ({error}); reinstall"
        raise ShippedDataError(msg) from error
    return typed_table(
        table, name, required=required, numbers=numbers, integers=integers, lists=lists
    )


def typed_table(
    table: pd.DataFrame,
    name: str,
    *,
    required: Iterable[str] = (),
    numbers: Iterable[str] = (),
    integers: Iterable[str] = (),
    lists: Iterable[str] = (),
) -> pd.DataFrame:
    """Give the text columns of a table their types, in place; parameters as of `read_table`.

    Raises
    ------
    ShippedDataError
        If it lacks a column, or holds a word where a number belongs.
    """
    numbers, integers, lists = tuple(numbers), tuple(integers), tuple(lists)
    missing = [
        column for column in (*required, *numbers, *integers, *lists) if column not in table.columns
    ]
    if missing:
        msg = f"{name} has no column {', '.join(missing)}; reinstall, or undo the last edit"
        raise ShippedDataError(msg)
    for column in (*numbers, *integers):
        table[column] = _as_numbers(table[column], name, whole=column in integers)
    for column in lists:
        table[column] = [
            [word.strip() for word in cell.split(";")] if isinstance(cell, str) else []
            for cell in table[column]
        ]
    return table


def _as_numbers(cells: pd.Series, name: str, *, whole: bool) -> pd.Series:
    values = pd.to_numeric(cells, errors="coerce")
    bad = cells.notna() & (values.isna() | (whole & (values % 1 != 0)))
    if bad.any():
        at = int(bad.to_numpy().argmax())
        kind = "whole number" if whole else "number"
        # Row 1 of the file is its header.
        msg = f"{name} row {at + 2}, column {cells.name}: {cells.iloc[at]!r} is not a {kind}"
        raise ShippedDataError(msg)
    return values.astype("Int64") if whole else values.astype("float64")
