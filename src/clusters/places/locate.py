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

import geopandas as gpd
import numpy as np
import pandas as pd

from clusters.errors import InputError
from clusters.geocode.cascade import CHUNK, learn_memory, place_addresses
from clusters.geocode.datum import DATUMS, DatumVotes, datum_votes
from clusters.geocode.grouping import group_rows
from clusters.geocode.memory import Memory
from clusters.geocode.zoning import part_of
from clusters.places.areas import park_positions, tightest
from clusters.places.assign import county_codes, zone_membership
from clusters.places.columns import LocationColumns, from_text, joined
from clusters.places.coordinates import DatumChoice, Whole, read_coordinates, silent_points
from clusters.places.inputs import addresses_of, check_table, given_coordinates, texts_of
from clusters.places.online import OnlineAsk, apply_online
from clusters.places.output import COLUMNS, assemble
from clusters.places.park_names import ParkNames
from clusters.places.parks import shipped_parks
from clusters.places.points import apply_points
from clusters.places.zones import zones

__all__ = ["COLUMNS", "ask_datum", "learn", "locate"]


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
        If `table` is no DataFrame, or the column is missing or there twice.
    """
    check_table(table, address)
    return learn_memory(addresses_of(table, address), table.get("region"))


def locate(
    table: pd.DataFrame,
    memory: Memory | None = None,
    *,
    datum: DatumChoice = "auto",
    address: str = "address",
    online: OnlineAsk | None = None,
    whole: Whole | None = None,
    parks: pd.DataFrame | None = None,
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
    whole
        What the whole registry tells of its coordinates, where `table` is a part of it: see
        `ask_datum` and `clusters.places.coordinates`.
    parks
        The parks in use, as `clusters.places.parks.with_own` gives them; those shipped by default.

    Returns
    -------
    GeoDataFrame
        The same rows, order and index, all columns of `table`, and `COLUMNS`; EPSG:4326 points,
        null where ``precision`` is ``none``. Coordinates as given move to ``given_lon`` and
        ``given_lat``, other columns named like ours to ``given_…``; a table that was located
        before is located anew from what was given. ``attrs["datum"]`` tells the estimate: datum,
        rows, odds, agreement.

    Raises
    ------
    InputError
        If `table` is no DataFrame, `memory` no memory, the address column missing, a column that
        is read there twice, or the datum unknown.
    """
    if datum != "auto" and datum not in DATUMS:
        msg = f"unknown datum {datum!r}; use auto, {', '.join(DATUMS)}"
        raise InputError(msg)
    check_table(table, address)
    if memory is not None and not isinstance(memory, Memory):
        msg = f"memory is a {type(memory).__name__}; give what clusters.learn returns, or None"
        raise InputError(msg)
    known_parks = shipped_parks() if parks is None else parks
    named_parks = ParkNames(known_parks)
    parts = []
    asked: list[str] = []
    for begin in range(0, max(len(table), 1), CHUNK):
        part = table.iloc[begin : begin + CHUNK]
        texts, by_region = texts_of(part, address)
        asked += texts if online is not None else []
        placed = place_addresses(
            texts,
            region=part.get("region"),
            names=part["name"].tolist() if "name" in part.columns else None,
            memory=memory,
        )
        parts.append(from_text(placed))
        named_parks.look(texts, begin)
        parts[-1].note(by_region, ["region_only"] * len(by_region))
    columns = joined(parts)
    nothing = np.full(len(table), None, dtype=object)
    given = read_coordinates(
        given_coordinates(table),
        np.where(columns.named, columns.county, nothing),
        datum,
        addresses=table[address],
        whole=whole,
    )
    if given is not None:
        apply_points(columns, given)
    named_parks.add_to(columns)
    _add_areas(columns, known_parks)
    report = apply_online(columns, asked, online) if online is not None else None
    _finish_zones(columns)
    located = assemble(table, columns, given)
    if report is not None:
        located.attrs["online"] = report
    return located


def ask_datum(table: pd.DataFrame, memory: Memory | None) -> DatumVotes:
    """Return what a part of a registry says of the datum of coordinates that do not state one."""
    rows, x, y = silent_points(given_coordinates(table))
    part = table.iloc[rows]
    placed = place_addresses(
        texts_of(part, "address")[0],
        region=part.get("region"),
        names=part["name"].tolist() if "name" in part.columns else None,
        memory=memory,
    )
    columns = from_text(placed)
    nothing = np.full(len(rows), None, dtype=object)
    named = np.where(columns.named, columns.county, nothing)
    return datum_votes(x, y, named, county_codes)


def _add_areas(columns: LocationColumns, parks: pd.DataFrame) -> None:
    """Give rows without a point the position of the smallest area they are known to be in."""
    centres = park_positions(parks)
    open_rows = np.flatnonzero((columns.precision == "none") & (columns.prefecture != None))  # noqa: E711
    facts = (
        columns.county[open_rows],
        columns.prefecture[open_rows],
        columns.zone_ids[open_rows],
        columns.park_ids[open_rows],
        columns.landmark[open_rows],
    )
    group, example = group_rows(*facts)
    places = [tightest(*(fact[row] for fact in facts), centres=centres) for row in example]
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
