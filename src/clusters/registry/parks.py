"""Read a registry of parks: which column is what, what each row says, and what is wrong with it.

Parks come through the readers of firms: any format, header row and encoding they know, personal
columns dropped, every finding with a code of `clusters.registry.rules`. A park needs a name that no
other row has; where it lies is found by `clusters.places.park_files`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from clusters.errors import InputError
from clusters.registry.cleaning import clean
from clusters.registry.columns import ColumnPlan, require_headers, some_headers
from clusters.registry.faults import fault
from clusters.registry.files import open_file
from clusters.registry.findings import Findings
from clusters.registry.headers import compact, is_personal
from clusters.registry.masks import as_mask
from clusters.registry.model import FileNote, RawTable, SourceFile
from clusters.registry.park_mapping import PARK_COLUMNS, ParkMapping
from clusters.registry.people import mask_people, scrub
from clusters.registry.personal import holds_personal_values, mask, showable
from clusters.registry.rejection import TOTAL
from clusters.registry.rows import source_file
from clusters.registry.schema import Datum

__all__ = ["ReadParks", "meaning_of", "read_park_table"]

_ORDER: Final = {
    alias: (column, rank)
    for column, aliases in PARK_COLUMNS.items()
    for rank, alias in enumerate(aliases)
}

_LEVELS: Final = (
    (r"国家.*高新|national_htz", "national_htz"),
    (r"国家.*经|国家级|national", "national_etdz"),
    (r"省|provincial", "provincial"),
    (r"功能区|municipal_function_zone", "municipal_function_zone"),
)
_OTHER_LEVEL: Final = r"其他|其它|other|市级|县级|区级"
# Hectares for one unit of an area.
_AREA_UNITS: Final = {
    "平方公里": 100.0,
    "km2": 100.0,
    "km²": 100.0,
    "公顷": 1.0,
    "ha": 1.0,
    "亩": 1 / 15,
}
_AREA: Final = r"([\d,]+(?:\.\d+)?)\s*(\S*)"
LARGEST_HA: Final = 200_000.0
"""No park is larger than 2 000 square kilometres; 天府新区 has 1 578."""


@dataclass(frozen=True, slots=True)
class ReadParks:
    """A registry of parks, read and checked, its places not yet looked up.

    Attributes
    ----------
    table
        ``name, name_en, level, address, industries, source_url`` as text and ``lon, lat, area_ha``
        as float64, one park a row.
    rows
        (n,) row numbers a person sees.
    headers
        Column → header it was read from.
    findings
        What was found so far; errors are of rows that are not in `table`.
    source
        How the file was understood.
    datum
        Datum of ``lon`` and ``lat`` where it is known: stated, or WGS 84 of geometries.
    """

    table: pd.DataFrame
    rows: np.ndarray
    headers: Mapping[str, str]
    findings: Findings
    source: SourceFile
    datum: Datum | None


def read_park_table(source: str | Path, label: str, mapping: ParkMapping) -> ReadParks:
    """Read a registry of parks.

    Raises
    ------
    InputError
        If the file cannot be used, or has no column with the names of parks.
    """
    try:
        opened = open_file(source, label, mapping.reading())
    except InputError as error:
        if error.code != "name_column_missing":
            raise
        raise fault("park_name_column_missing", **error.values) from error
    raw = opened.raw
    plan = _understand(raw, label, mapping)
    findings = Findings(label)
    _note(raw, plan, findings)
    headers = {column: raw.headers[at[0]] for column, at in plan.used.items()}
    texts = _texts(raw, plan, findings)
    stays = _kept(texts, raw, headers["name"], findings)
    table, rows = texts[stays].reset_index(drop=True), raw.rows[stays]
    table = table.reindex(columns=list(PARK_COLUMNS)).astype("str")
    _areas(table, rows, headers.get("area"), mapping, findings)
    _levels(table, rows, headers.get("level"), findings)
    _points(table, rows, headers, findings)
    if raw.points is not None:
        table["lon"], table["lat"] = raw.points[stays, 0], raw.points[stays, 1]
    return ReadParks(
        table=table,
        rows=rows,
        headers=headers,
        findings=findings,
        source=source_file(raw, plan, label, opened.sha256),
        datum="wgs84" if raw.points is not None else mapping.datum,
    )


def meaning_of(header: str) -> str | None:
    """Return what a header says without being told, or None."""
    found = _ORDER.get(_bare(header))
    return None if found is None else found[0]


def _bare(header: str) -> str:
    """Return a header in compact form without the unit in its brackets."""
    return re.sub(r"[(\[].*", "", compact(header))


def _understand(raw: RawTable, label: str, mapping: ParkMapping) -> ColumnPlan:
    said = {compact(header): column for column, header in mapping.columns.items()}
    require_headers(raw, label, mapping.columns)
    off = {compact(header) for header in mapping.ignore}
    found: dict[str, list[tuple[int, int]]] = {}
    personal: list[int] = []
    ignored: list[int] = []
    for at, header in enumerate(raw.headers):
        meaning = (
            (said[compact(header)], 0) if compact(header) in said else _ORDER.get(_bare(header))
        )
        if meaning is not None and meaning[0] in mapping.columns and compact(header) not in said:
            meaning = None
        if meaning is not None and compact(header) not in off:
            found.setdefault(meaning[0], []).append((meaning[1], at))
        elif is_personal(header) or holds_personal_values(raw.cells[at]):
            personal.append(at)
        else:
            ignored.append(at)
    if "name" not in found:
        seen = some_headers(raw.headers)
        raise fault("park_name_column_missing", file=label, searched=1, seen=seen)
    ranked = {column: [at for _, at in sorted(places)] for column, places in found.items()}
    return ColumnPlan(
        used={column: (places[0],) for column, places in ranked.items()},
        units={},
        ignored=tuple(ignored),
        repeated=tuple(sorted(at for places in ranked.values() for at in places[1:])),
        personal=tuple(personal),
    )


def _note(raw: RawTable, plan: ColumnPlan, findings: Findings) -> None:
    for note in raw.notes:
        findings.note(note)
    for rule, places in (
        ("column_ignored", plan.ignored),
        ("column_repeated", plan.repeated),
        ("personal_column_dropped", plan.personal),
    ):
        for at in places:
            findings.note(FileNote(rule, raw.headers[at]))
    findings.add("row_short", raw.rows[list(raw.short)])
    findings.add("geometry_not_point", raw.rows[list(raw.not_points)])
    findings.add("quote_unbalanced", raw.rows[list(raw.unbalanced)])


def _texts(raw: RawTable, plan: ColumnPlan, findings: Findings) -> pd.DataFrame:
    """Return the cells that are read, cleaned, without contacts and names of people."""
    texts: dict[str, pd.Series] = {}
    for column, (at,) in plan.used.items():
        text, masked = mask(clean(raw.cells[at]).text)
        findings.add("personal_value_masked", raw.rows[masked], column=raw.headers[at])
        texts[column] = pd.Series(
            [scrub(v) or None if isinstance(v, str) else v for v in text], dtype="str"
        )
    # What `mask_people` knows as free text; the name of a park is never a person's.
    known = {"industries": "business_scope", "level": "note", "address": "address"}
    free = pd.DataFrame(
        {known[c]: texts[c] for c in known if c in texts}, index=texts["name"].index
    )
    cleaned, people = mask_people(free, raw, plan)
    for column, name in known.items():
        if name in people:
            texts[column] = cleaned[name]
            header = raw.headers[plan.used[column][0]]
            findings.add("personal_name_masked", raw.rows[people[name]], column=header)
    return pd.DataFrame(texts)


def _kept(texts: pd.DataFrame, raw: RawTable, header: str, findings: Findings) -> np.ndarray:
    """Note the rows that are no park, and return a (n,) mask of the others."""
    name = texts["name"]
    shifted = np.zeros(len(texts), dtype=bool)
    shifted[list(raw.overlong)] = True
    missing = as_mask(name.isna())
    total = as_mask(name.str.fullmatch(TOTAL))
    taken = np.zeros(len(texts), dtype=bool)
    for rule, hit in (
        ("row_shifted", shifted),
        ("totals_row", total),
        ("park_name_missing", missing),
        ("park_repeated", name.duplicated().to_numpy() & ~missing),
    ):
        at = np.flatnonzero(hit & ~taken)
        shown = name.iloc[at] if rule in {"totals_row", "park_repeated"} else None
        findings.add(rule, raw.rows[at], column=header, values=shown)
        taken |= hit
    return ~taken


def _areas(
    table: pd.DataFrame,
    rows: np.ndarray,
    header: str | None,
    mapping: ParkMapping,
    findings: Findings,
) -> None:
    """Put areas in hectares into ``area_ha``; their unit is in the cell or the header, or said."""
    given = table.pop("area")
    numbers = np.full(len(table), np.nan)
    wrong = []
    for at, value in enumerate(given):
        if not isinstance(value, str):
            continue
        found = re.fullmatch(_AREA, value)
        where = (found[2] or f"{header} {mapping.area_unit or ''}").lower() if found else ""
        factor = next((f for unit, f in _AREA_UNITS.items() if unit in where), None)
        if found is not None and factor is not None:
            numbers[at] = float(found[1].replace(",", "")) * factor
        if not 0 < numbers[at] <= LARGEST_HA:
            numbers[at] = np.nan
            wrong.append(at)
    findings.add(
        "park_area_invalid", rows[wrong], column=header, values=showable(given.iloc[wrong])
    )
    table["area_ha"] = numbers


def _levels(table: pd.DataFrame, rows: np.ndarray, header: str | None, findings: Findings) -> None:
    given = table["level"]
    levels = [_level(value) if isinstance(value, str) else None for value in given]
    table["level"] = pd.Series(levels, index=table.index, dtype="str")
    known = given.isna() | given.str.contains(_OTHER_LEVEL, regex=True).fillna(value=True)
    unknown = np.flatnonzero((table["level"] == "other").to_numpy() & ~known.to_numpy(dtype=bool))
    shown = showable(given.iloc[unknown])
    findings.add("park_level_unknown", rows[unknown], column=header, values=shown)


def _level(text: str) -> str:
    return next((name for pattern, name in _LEVELS if re.search(pattern, text.lower())), "other")


def _points(
    table: pd.DataFrame, rows: np.ndarray, headers: Mapping[str, str], findings: Findings
) -> None:
    """Turn longitude and latitude into numbers; a pair of which one is none is no place."""
    bad = np.zeros(len(table), dtype=bool)
    for axis in ("lon", "lat"):
        given = table[axis]
        table[axis] = pd.to_numeric(given.str.rstrip("°"), errors="coerce").astype("float64")
        wrong = np.flatnonzero(as_mask(given.notna()) & ~np.isfinite(table[axis].to_numpy()))
        shown = showable(given.iloc[wrong])
        findings.add("coordinates_invalid", rows[wrong], column=headers.get(axis), values=shown)
        bad[wrong] = True
    half = table["lon"].isna().to_numpy() != table["lat"].isna().to_numpy()
    lonely = np.flatnonzero(half & ~bad)
    column = headers.get("lon", headers.get("lat"))
    findings.add("coordinates_incomplete", rows[lonely], column=column)
    swapped = (table["lat"] > 90).to_numpy() & (table["lon"] < 60).to_numpy()
    findings.add("coordinates_swapped", rows[swapped], column=column)
    table.loc[swapped, ["lon", "lat"]] = table.loc[swapped, ["lat", "lon"]].to_numpy()
    table.loc[half | bad, ["lon", "lat"]] = np.nan
