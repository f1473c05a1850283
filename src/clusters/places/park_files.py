"""Park registries through the same door: any table the registry reader knows, checked and located.

A park needs a name; its county comes from its coordinates, else from its address. A park called
like a shipped one takes its place and keeps its id. Imported parks lie beside the shipped table,
and `clusters.places.parks.parks` is still the one place that says what parks exist.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from clusters.errors import InputError
from clusters.places.assign import county_codes
from clusters.places.boundaries import counties
from clusters.places.locate import locate
from clusters.places.parks import IMPORTED, parks, shipped_columns
from clusters.registry.cleaning import clean
from clusters.registry.files import open_file, split_part
from clusters.registry.headers import compact
from clusters.registry.mapping import ColumnMapping
from clusters.registry.model import RawTable
from clusters.registry.people import scrub
from clusters.registry.personal import mask
from clusters.settings import get_settings

_HEADERS: Final = {
    "name_zh": ("园区名称", "开发区名称", "园区", "开发区", "名称", "name_zh", "name"),
    "name_en": ("英文名称", "name_en"),
    "level": ("级别", "园区级别", "类型", "level"),
    "address": ("地址", "园区地址", "管委会地址", "所在地", "注册地址", "address"),
    "lon": ("经度", "lon", "lng", "longitude"),
    "lat": ("纬度", "lat", "latitude"),
    "area": ("面积", "规划面积", "核准面积", "批准面积", "approved_area_ha", "area"),
    "industries_zh": ("主导产业", "主要产业", "产业", "industries_zh", "industries"),
    "source_url": ("来源", "来源网址", "source_url", "source"),
}
_LEVELS: Final = (
    (r"国家.*高新|national_htz", "national_htz"),
    (r"国家.*经|国家级|national", "national_etdz"),
    (r"省|provincial", "provincial"),
    (r"功能区|municipal_function_zone", "municipal_function_zone"),
)
# Hectares for one unit of an area.
_AREA_UNITS: Final = {"平方公里": 100.0, "km2": 100.0, "公顷": 1.0, "ha": 1.0, "亩": 1 / 15}
_CENTRE_KM: Final = 0.5


def _raw(source: str | Path, label: str) -> RawTable:
    """Read the table under whichever header stands for the name of a park."""
    failure: InputError | None = None
    for header in _HEADERS["name_zh"]:
        try:
            return open_file(source, label, ColumnMapping(columns={"name": header})).raw
        except InputError as error:
            if error.code != "name_column_missing":
                raise
            failure = failure or error
    msg = f"{label}: no column with the names of parks; call it 园区名称 ({failure})"
    raise InputError(msg) from failure


def _columns(raw: RawTable) -> dict[str, pd.Series]:
    bare = [re.sub(r"[(\[].*", "", compact(header)) for header in raw.headers]
    found: dict[str, pd.Series] = {}
    for column, aliases in _HEADERS.items():
        for alias in aliases:
            if compact(alias) in bare and column not in found:
                position = bare.index(compact(alias))
                text = mask(clean(raw.cells[position]).text)[0]
                found[column] = pd.Series(
                    [scrub(v) if isinstance(v, str) else v for v in text], dtype="str"
                )
                if column == "area":
                    found["unit"] = pd.Series([raw.headers[position]] * len(text), dtype="str")
    return found


def read_parks(source: str | Path) -> pd.DataFrame:
    """Read and locate a registry of parks.

    Returns
    -------
    DataFrame
        The columns of ``data/parks/parks.csv`` as text, one row a park, in the order of the file.

    Raises
    ------
    InputError
        If the file cannot be used, a name is missing or occurs twice, or a place is not in Sichuan;
        the message names the row.
    """
    label = split_part(source)[0].name
    raw = _raw(source, label)
    given = _columns(raw)
    names = given["name_zh"]
    for row, name in zip(raw.rows, names, strict=True):
        if not isinstance(name, str):
            raise InputError(f"{label}, row {row}: the park has no name; fill it in")
    if names.duplicated().any():
        at = int(names.duplicated().to_numpy().argmax())
        raise InputError(f"{label}, row {raw.rows[at]}: {names.iloc[at]} occurs twice; keep one")
    table = pd.DataFrame("", index=range(len(names)), columns=shipped_columns())
    known = dict(zip(parks()["name_zh"], parks()["park_id"], strict=True))
    table["park_id"] = [known.get(name) or _identity(name) for name in names]
    for column in ("name_zh", "name_en", "source_url"):
        if column in given:
            table[column] = given[column].fillna("")
    table["name_en"] = table["name_en"].mask(table["name_en"] == "", table["name_zh"])
    table["level"] = [_level(value) for value in given.get("level", pd.Series([""] * len(names)))]
    if "industries_zh" in given:
        table["industries_zh"] = (
            given["industries_zh"].fillna("").str.replace(r"[、,，;；]\s*", ";", regex=True)
        )
    _place(table, given, raw, label)
    if "area" in given:
        table["approved_area_ha"] = _areas(given["area"], given["unit"], raw, label)
        table["area_basis"] = "as imported"
    table["confidence"] = "medium"
    table["note"] = f"imported from {label}"
    return table


def _identity(name: str) -> str:
    return f"own-{hashlib.sha256(name.encode()).hexdigest()[:10]}"


def _level(value: object) -> str:
    text = str(value).lower()
    return next((level for pattern, level in _LEVELS if re.search(pattern, text)), "other")


def _areas(values: pd.Series, units: pd.Series, raw: RawTable, label: str) -> list[str]:
    """Return areas in hectares as text; the unit stands in the cell or in the header."""
    result = []
    for row, value, header in zip(raw.rows, values, units, strict=True):
        if not isinstance(value, str):
            result.append("")
            continue
        found = re.fullmatch(r"([\d,]+(?:\.\d+)?)\s*(\S*)", value)
        where = (found[2] or header).lower() if found else ""
        factor = next((f for unit, f in _AREA_UNITS.items() if unit in where), None)
        if found is None or factor is None:
            raise InputError(f"{label}, row {row}: {value!r} is no area; add 公顷, 亩 or 平方公里")
        result.append(f"{float(found[1].replace(',', '')) * factor:.6g}")
    return result


def _place(table: pd.DataFrame, given: dict[str, pd.Series], raw: RawTable, label: str) -> None:
    """Fill coordinates, county and prefecture; coordinates go before the address."""
    lon, lat = (
        pd.to_numeric(given[axis], errors="coerce").to_numpy(dtype=float)
        if axis in given
        else np.full(len(table), np.nan)
        for axis in ("lon", "lat")
    )
    if raw.points is not None:
        lon, lat = raw.points[:, 0], raw.points[:, 1]
    county = np.full(len(table), None, dtype=object)
    has = ~(np.isnan(lon) | np.isnan(lat))
    county[has] = county_codes(lon[has], lat[has])
    for at in np.flatnonzero(has).tolist():
        if county[at] is None:
            raise InputError(
                f"{label}, row {raw.rows[at]}: {lon[at]}, {lat[at]} is not in Sichuan; correct "
                "longitude and latitude (WGS 84), or leave both empty"
            )
    if "address" in given and not has.all():
        rest = np.flatnonzero(~has)
        asked = pd.DataFrame(
            {
                "name": table["name_zh"].iloc[rest].to_numpy(),
                "address": given["address"].iloc[rest].to_numpy(),
            }
        )
        located = locate(asked)
        county[rest] = (
            located["county_code"].astype(object).where(located["county_code"].notna(), None)
        )
    prefecture_of = counties().set_index("code")["prefecture_code"]
    for at, code in enumerate(county):
        if code is None:
            raise InputError(
                f"{label}, row {raw.rows[at]}: the place of {table['name_zh'].iloc[at]} is not "
                "known; give coordinates, or an address with its county"
            )
        table.loc[at, "prefecture_code"] = prefecture_of[code]
        table.loc[at, "county_codes"] = code
        table.loc[at, "county_basis"] = "coordinates" if has[at] else "address"
        if has[at]:
            for column, value in (("lon", lon[at]), ("lat", lat[at])):
                table.loc[at, column] = table.loc[at, f"{column}_source"] = f"{value:.6f}"
            table.loc[at, "uncertainty_km"] = str(_CENTRE_KM)
            table.loc[at, "coord_basis"] = "as imported"


def import_parks(source: str | Path) -> tuple[str, ...]:
    """Read parks and keep them beside the shipped table, replacing earlier imports of the same id.

    Returns
    -------
    tuple of str
        The ids imported, sorted.

    Raises
    ------
    InputError
        As `read_parks`; nothing is written then.
    """
    table = read_parks(source)
    target = get_settings().data / "parks" / IMPORTED
    if target.exists():
        earlier = pd.read_csv(target, dtype="str", keep_default_na=False)
        table = pd.concat([table, earlier[~earlier["park_id"].isin(table["park_id"])]])
    table = table.sort_values("park_id", ignore_index=True)
    unfinished = target.with_name(f".{target.name}.part")
    try:
        table.to_csv(unfinished, index=False)
        os.replace(unfinished, target)  # noqa: PTH105  # atomic on every platform
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        msg = f"{target} cannot be written ({error.strerror}); check the rights of the data folder"
        raise InputError(msg) from error
    parks.cache_clear()
    return tuple(table["park_id"])
