"""Read any table with addresses as it is, to add columns to it: same rows, same order."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from clusters.registry.cleaning import clean, join_texts
from clusters.registry.columns import understand
from clusters.registry.faults import fault
from clusters.registry.files import open_file, split_part
from clusters.registry.headers import JOINED
from clusters.registry.mapping import ColumnMapping
from clusters.registry.people import mask_people
from clusters.registry.personal import mask
from clusters.registry.shifted import align

_FOR_LOCATING = ("name", "address", "region", "uscc")


def read_plain(source: str | Path, *, address: str | None = None) -> pd.DataFrame:
    """Read a table of addresses without checking, rejecting or merging any row.

    Parameters
    ----------
    source
        Any format `read_registry` reads.
    address
        Header of the address column; recognised without it.

    Returns
    -------
    DataFrame
        The file's own columns as text, personal ones left out, and beside them the canonical
        ``name``, ``address``, ``region``, ``uscc`` (text), ``lon`` and ``lat`` (float64,
        degrees as given) where the file has them. RangeIndex in the order of the file.

    Raises
    ------
    InputError
        If the file cannot be used, has no address column, or has shifted rows.
    """
    columns: dict[str, str | list[str]] = {"address": address} if address else {}
    mapping = ColumnMapping(needs="address", columns=columns)
    label = split_part(source)[0].name
    raw = open_file(source, label, mapping).raw
    plan = understand(raw, label, mapping)
    alignment = align(raw, plan, label)
    if alignment.given_up.size:
        row = raw.rows[alignment.given_up[0]]
        raise fault("row_too_long", file=label, row=row)
    kept = [p for p in range(len(raw.headers)) if p not in plan.personal]
    cleaned = {p: mask(clean(alignment.cells[p]).text)[0] for p in kept}
    # Whatever a column holds, it may hold people; only registered names of firms look like them.
    aligned, named = replace(raw, cells=alignment.cells), plan.used.get("name", ())
    for p in kept:
        if p not in named:
            free = pd.DataFrame({"note": cleaned[p]})
            cleaned[p] = mask_people(free, aligned, plan)[0]["note"]
    table = {raw.headers[p]: cleaned[p] for p in kept}
    for column in _FOR_LOCATING:
        if column in plan.used:
            parts = [cleaned[p] for p in plan.used[column]]
            table[column] = join_texts(parts, JOINED.get(column, " "))
    for axis, column in enumerate(("lon", "lat")):
        if raw.points is not None:
            table[column] = pd.Series(raw.points[:, axis])
        elif column in plan.used:
            number = pd.to_numeric(cleaned[plan.used[column][0]], errors="coerce")
            table[column] = number.astype("float64").where(np.isfinite(number.astype("float64")))
    return pd.DataFrame(table)
