"""Put every row of a registry on the map, and say how sure that is.

`locate` joins what the text says (`geocode`), what coordinates say, and the shapes of counties,
zones and parks. Three things are kept apart on purpose:

- ``precision`` and ``radius_m`` describe the *position that is given*. An address with a door
  number in a county whose streets have no known coordinates is positioned at its county, with
  the county's radius, and never drawn as a dot.
- ``text_level`` describes what the *text* names at the finest.
- ``zone_ids`` hold what the evidence says of the row itself; ``zone_also_ids`` the zones that
  follow from those (a part's whole, a zone with the same footprint); ``zone_uncertain_ids`` those
  it may be in.
- ``location_conflict`` tells which evidence disagrees; ``location_note`` what the text lacks.
"""

from dataclasses import fields
from functools import lru_cache
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from clusters.errors import InputError
from clusters.geocode.cascade import CHUNK, Placement, learn_memory, place_addresses
from clusters.geocode.datum import DATUMS
from clusters.geocode.gazetteer import gazetteer
from clusters.geocode.grouping import group_rows
from clusters.geocode.memory import Memory
from clusters.geocode.zoning import implied, part_of
from clusters.places.areas import tightest
from clusters.places.assign import county_rows, zone_membership
from clusters.places.boundaries import counties, to_metres
from clusters.places.columns import LocationColumns
from clusters.places.coordinates import DatumChoice, Given, read_coordinates
from clusters.places.online import OnlineAsk, apply_online
from clusters.places.zones import follows_zones, zones

__all__ = ["COLUMNS", "learn", "locate"]

COLUMNS: Final = (
    "lon",
    "lat",
    "precision",
    "radius_m",
    "prefecture_code",
    "county_code",
    "subdistrict",
    "zone_ids",
    "zone_evidence",
    "zone_also_ids",
    "zone_uncertain_ids",
    "park_ids",
    "located_by",
    "text_level",
    "county_probability",
    "evidence",
    "location_conflict",
    "location_note",
    "coordinate_note",
)
"""Columns `locate` adds, in order; the geometry comes last."""

DISAGREEMENTS: Final = frozenset(
    {
        "two_counties",
        "name_against_memory",
        "county_outside_named_prefecture",
        "address_against_coordinates",
        "zone_against_coordinates",
        "county_differs",
    }
)
"""Reasons that go to ``location_conflict``; the others say in ``location_note`` what is missing."""

TOLERANCE_M: Final = 2000.0
"""A point this near to the county its address names does not contradict it."""


def learn(table: pd.DataFrame, *, address: str = "address") -> Memory:
    """Learn which roads, villages and estates lie in which county, from text only.

    Parameters
    ----------
    table
        One row per enterprise; the column `address`, and ``region`` where present.
    address
        Name of the address column.

    Returns
    -------
    Memory
        For `locate`; ``to_frame`` and ``from_frame`` store it.

    Raises
    ------
    InputError
        If the column is missing.
    """
    _require(table, address)
    return learn_memory(_addresses(table, address), table.get("region"))


def locate(
    table: pd.DataFrame,
    memory: Memory | None = None,
    *,
    datum: DatumChoice = "auto",
    address: str = "address",
    online: OnlineAsk | None = None,
) -> gpd.GeoDataFrame:
    """Locate enterprises.

    Parameters
    ----------
    table
        One row per enterprise. Column `address` is needed; ``name``, ``region``, ``lon``, ``lat``,
        ``datum`` are used where present.
    memory
        What `learn` returned.
    datum
        Datum of ``lon`` and ``lat`` where the row's own ``datum`` does not say; ``auto``
        estimates it from rows that also name their county.
    address
        Name of the address column.
    online
        Asks an online geocoder, see `clusters.places.online`; none by default. Its checked
        answers sharpen rows without a point of their own; what it said of the run is in
        ``attrs["online"]``.

    Returns
    -------
    GeoDataFrame
        The same rows, order and index, all columns of `table`, and `COLUMNS`; EPSG:4326 points,
        null where ``precision`` is ``none``. Coordinates as given move to ``given_lon`` and
        ``given_lat``. ``attrs["datum"]`` tells the estimate: datum, rows, odds, agreement.

    Raises
    ------
    InputError
        If the address column is missing, or the datum unknown.
    """
    if datum != "auto" and datum not in DATUMS:
        msg = f"unknown datum {datum!r}; use auto, {', '.join(DATUMS)}"
        raise InputError(msg)
    _require(table, address)
    parts = []
    asked: list[str] = []
    for begin in range(0, max(len(table), 1), CHUNK):
        part = table.iloc[begin : begin + CHUNK]
        texts, by_region = _texts(part, address)
        asked += texts if online is not None else []
        placed = place_addresses(
            texts,
            region=part.get("region"),
            names=part["name"].tolist() if "name" in part.columns else None,
            memory=memory,
        )
        parts.append(_from_text(placed))
        parts[-1].note(by_region, ["region_only"] * len(by_region))
    columns = _joined(parts)
    nothing = np.full(len(table), None, dtype=object)
    given = read_coordinates(table, np.where(columns.named, columns.county, nothing), datum)
    if given is not None:
        _apply_points(columns, given)
    _add_areas(columns)
    report = apply_online(columns, asked, online) if online is not None else None
    _finish_zones(columns)
    located = _assemble(table, columns, given)
    if report is not None:
        located.attrs["online"] = report
    return located


def _require(table: pd.DataFrame, address: str) -> None:
    if address not in table.columns:
        msg = (
            f"the table has no column {address!r}, only {', '.join(map(str, table.columns))}; "
            "name the address column with address=…"
        )
        raise InputError(msg)


def _addresses(table: pd.DataFrame, address: str) -> list[str]:
    return [value if isinstance(value, str) else "" for value in table[address].astype("object")]


def _texts(table: pd.DataFrame, address: str) -> tuple[list[str], NDArray[np.intp]]:
    """Return what there is to read of each row, and the rows where that is the region column.

    A region (所在地区, or what a collected table knows of the place) is weak beside an address, but
    all there is without one.
    """
    texts = _addresses(table, address)
    if "region" not in table.columns or address == "region":
        return texts, np.empty(0, dtype=np.intp)
    regions = _addresses(table, "region")
    by_region = np.array(
        [row for row, text in enumerate(texts) if not text.strip() and regions[row].strip()],
        dtype=np.intp,
    )
    for row in by_region.tolist():
        texts[row] = regions[row]
    return texts, by_region


def _blank(values: NDArray[np.object_]) -> NDArray[np.object_]:
    result = values.copy()
    result[values == ""] = None
    return result


def _from_text(placed: Placement) -> LocationColumns:
    book = gazetteer()
    county_names = np.array([*book.counties["code"], None], dtype=object)
    prefecture_names = np.array([*book.prefectures["code"], None], dtype=object)
    count = len(placed.county)
    return LocationColumns(
        county=county_names[placed.county],
        prefecture=prefecture_names[placed.prefecture],
        named=placed.located_by == "gazetteer",
        located_by=_blank(placed.located_by),
        belief=placed.belief,
        # Arrow strings take a fraction of the room of a million Python strings.
        subdistrict=pd.array(_blank(placed.subdistrict), dtype="str"),
        text_level=placed.text_level,
        evidence=pd.array(_blank(placed.evidence), dtype="str"),
        conflict=placed.conflict,
        zone_ids=placed.zoning.zone_ids,
        zone_evidence=placed.zoning.zone_evidence,
        uncertain=placed.zoning.uncertain,
        park_ids=placed.zoning.park_ids,
        landmark=placed.landmark,
        lon=np.full(count, np.nan),
        lat=np.full(count, np.nan),
        radius=np.full(count, np.nan),
        precision=np.full(count, "none", dtype=object),
    )


def _joined(parts: list[LocationColumns]) -> LocationColumns:
    """Put the columns of all chunks end to end."""
    if len(parts) == 1:
        return parts[0]

    def column(name: str) -> Any:
        pieces = [getattr(part, name) for part in parts]
        if isinstance(pieces[0], np.ndarray):
            return np.concatenate(pieces)
        return pd.concat([pd.Series(piece) for piece in pieces], ignore_index=True).array

    return LocationColumns(**{field.name: column(field.name) for field in fields(LocationColumns)})


def _apply_points(columns: LocationColumns, given: Given) -> None:
    """Let good coordinates decide position and county, and report where the text disagrees."""
    rows = county_rows(given.x, given.y)
    codes = np.array([*counties()["code"], None], dtype=object)
    by_point = codes[rows]
    point = np.isfinite(given.x)
    lost = point & (rows < 0)
    given.note[lost & (given.note == None)] = "outside_province"  # noqa: E711 - elementwise
    good = point & (rows >= 0) & (given.note != "piled_up")
    differs = np.flatnonzero(good & (columns.county != None) & (columns.county != by_point))  # noqa: E711
    far = differs[_metres_to_county(given, differs, columns.county) > TOLERANCE_M]
    stated = far[columns.named[far]]
    columns.note(
        far,
        [
            f"address_against_coordinates: text {columns.county[row]}, point {by_point[row]}"
            for row in far
        ],
    )
    # The text names a county the point is not in: one of the two is wrong, and nothing says which.
    # The registered address has the last word on the county; the point is not used.
    good[stated] = False
    near = np.setdiff1d(differs, far)
    use = np.flatnonzero(good)
    keep = np.zeros(len(good), dtype=np.bool_)
    keep[near] = columns.named[near]
    columns.lon[use], columns.lat[use] = given.x[use], given.y[use]
    columns.radius[use] = given.radius[use]
    columns.precision[use] = "point"
    decided = use[~keep[use]]
    columns.county[decided] = by_point[decided]
    columns.located_by[use] = "coordinates"
    columns.belief[use] = np.where(columns.belief[use] > 0, columns.belief[use], 0.99)
    prefecture = dict(zip(counties()["code"], counties()["prefecture_code"], strict=True))
    columns.prefecture[use] = [prefecture[code] for code in columns.county[use]]


def _metres_to_county(
    given: Given, rows: NDArray[np.int64], county: NDArray[np.object_]
) -> NDArray[np.float64]:
    """Return how far points are from the counties their addresses name, in metres."""
    shapes = _county_shapes()
    points = gpd.points_from_xy(*to_metres(given.x[rows], given.y[rows]).T) if len(rows) else []
    return np.array(
        [shapes[county[row]].distance(point) for row, point in zip(rows, points, strict=True)]
    )


@lru_cache(maxsize=1)
def _county_shapes() -> dict[str, shapely.Geometry]:
    frame = counties()
    return dict(zip(frame["code"], to_metres(frame).geometry, strict=True))


def _add_areas(columns: LocationColumns) -> None:
    """Give rows without a point the position of the smallest area they are known to be in."""
    open_rows = np.flatnonzero((columns.precision == "none") & (columns.prefecture != None))  # noqa: E711
    facts = (
        columns.county[open_rows],
        columns.prefecture[open_rows],
        columns.zone_ids[open_rows],
        columns.park_ids[open_rows],
        columns.landmark[open_rows],
    )
    group, example = group_rows(*facts)
    places = [tightest(*(fact[row] for fact in facts)) for row in example]
    if not places:
        return
    columns.lon[open_rows] = np.array([place[0].lon for place in places])[group]
    columns.lat[open_rows] = np.array([place[0].lat for place in places])[group]
    columns.radius[open_rows] = np.array([place[0].radius_m for place in places])[group]
    columns.precision[open_rows] = np.array([place[1] for place in places], dtype=object)[group]


def _finish_zones(columns: LocationColumns) -> None:
    """Add the zones whose footprint holds the point, and report zones the point is far from."""
    online = pd.Series(columns.located_by).str.startswith("online:").fillna(value=False)
    rows = np.flatnonzero((columns.precision == "point") | online.to_numpy(bool))
    if not len(rows):
        return
    inside, uncertain = zone_membership(columns.lon[rows], columns.lat[rows], columns.radius[rows])
    drawn = set(zones().loc[zones().geometry.notna(), "zone_id"])
    for row, held, maybe in zip(rows.tolist(), inside, uncertain, strict=True):
        # The point tells the county, and the county tells the part of a zone named as a whole.
        text = tuple(part_of(zone, columns.county[row]) for zone in columns.zone_ids[row])
        # Where the address itself says so, it beats a footprint near its edge.
        extra = tuple(zone for zone in held if zone not in text)
        columns.zone_ids[row] = text + extra
        columns.zone_evidence[row] = columns.zone_evidence[row] + ("polygon",) * len(extra)
        columns.uncertain[row] = tuple(
            dict.fromkeys(
                zone
                for zone in (*columns.uncertain[row], *maybe)
                if zone not in columns.zone_ids[row]
            )
        )
        missed = [z for z in text if z in drawn and z not in held and z not in maybe]
        if missed:
            columns.note(np.array([row]), [f"zone_against_coordinates: {', '.join(missed)}"])


@follows_zones
def _implications() -> dict[str, tuple[str, ...]]:
    """Return for each zone those it is within, and those the gazetteer says go with it."""
    frame = zones()
    within = dict(zip(frame["zone_id"], frame["within"], strict=True))
    found: dict[str, tuple[str, ...]] = {}
    for zone_id in frame["zone_id"]:
        names = [
            *implied((zone_id,)),
            *(within[zone_id] if isinstance(within[zone_id], list) else []),
        ]
        found[zone_id] = tuple(dict.fromkeys(name for name in names if name != zone_id))
    return found


def _also(zone_ids: tuple[str, ...]) -> tuple[str, ...]:
    rules = _implications()
    return tuple(
        dict.fromkeys(
            other for zone in zone_ids for other in rules.get(zone, ()) if other not in zone_ids
        )
    )


def _assemble(
    table: pd.DataFrame, columns: LocationColumns, given: Given | None
) -> gpd.GeoDataFrame:
    result = table.drop(columns=[c for c in (*COLUMNS, "geometry") if c in table.columns])
    index = table.index
    if given is not None:
        result["given_lon"] = pd.Series(given.lon, index=index)
        result["given_lat"] = pd.Series(given.lat, index=index)
    unplaced = columns.precision == "none"
    columns.radius[unplaced] = np.nan
    also_codes, also_unique = pd.factorize(columns.zone_ids)
    also = np.empty(len(also_unique), dtype=object)
    for position, zone_ids in enumerate(also_unique):
        also[position] = _also(zone_ids)
    also_column = also[also_codes] if len(also_unique) else np.empty(0, dtype=object)
    values: dict[str, object] = {
        "lon": columns.lon,
        "lat": columns.lat,
        "precision": pd.array(columns.precision, dtype="str"),
        "radius_m": columns.radius,
        "prefecture_code": _text(columns.prefecture),
        "county_code": _text(columns.county),
        "subdistrict": columns.subdistrict,
        "zone_ids": _lists(columns.zone_ids),
        "zone_evidence": _lists(columns.zone_evidence),
        "zone_also_ids": _lists(also_column),
        "zone_uncertain_ids": _lists(columns.uncertain),
        "park_ids": _lists(columns.park_ids),
        "located_by": _text(columns.located_by),
        "text_level": pd.array(columns.text_level, dtype="str"),
        "county_probability": np.where(columns.belief > 0, columns.belief, np.nan),
        "evidence": columns.evidence,
        "location_conflict": _text(_parts(columns.conflict, disagreeing=True)),
        "location_note": _text(_parts(columns.conflict, disagreeing=False)),
        "coordinate_note": _text(
            given.note if given is not None else np.full(len(table), None, dtype=object)
        ),
    }
    added = pd.DataFrame({name: pd.Series(values[name], index=index) for name in COLUMNS})
    located = gpd.GeoDataFrame(
        pd.concat([result, added], axis=1),
        geometry=_points(columns.lon, columns.lat),
        crs="EPSG:4326",
    )
    estimate = given.estimate if given is not None else None
    if estimate is not None:
        located.attrs["datum"] = {
            "datum": estimate.datum,
            "best": estimate.best,
            "rows": estimate.rows,
            "odds": estimate.odds,
            "agreement": estimate.agreement,
        }
    return located


def _parts(reasons: NDArray[np.object_], *, disagreeing: bool) -> NDArray[np.object_]:
    """Return the reasons that are disagreements of evidence, or those that are not."""
    codes, unique = pd.factorize(reasons)
    kept = np.empty(len(unique) + 1, dtype=object)
    for position, text in enumerate(unique):
        parts = [
            part
            for part in text.split("; ")
            if (part.partition(":")[0] in DISAGREEMENTS) == disagreeing
        ]
        kept[position] = "; ".join(parts) or None
    return kept[codes]  # a missing reason has code -1, the last place


def _text(values: NDArray[np.object_]) -> pd.api.extensions.ExtensionArray:
    return pd.array(values, dtype="str")


def _points(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.object_]:
    """Return points, None where there is none; rows at one place share one point."""
    group, example = group_rows(lon, lat)
    points = shapely.points(lon[example], lat[example])
    points[np.isnan(lon[example])] = None
    return points[group]


def _lists(values: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return tuples as lists; equal rows share one list, which saves 500 MB a million rows."""
    codes, unique = pd.factorize(values)
    lists = np.empty(len(unique), dtype=object)
    for position, value in enumerate(unique):
        lists[position] = list(value)
    return lists[codes] if len(unique) else np.empty(0, dtype=object)
