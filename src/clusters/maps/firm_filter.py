"""Which firms a view is about: the same question for the map, a table and a command line."""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from clusters.errors import InputError
from clusters.maps.drawn import UNKNOWN, DrawnArea, inside, read_area
from clusters.metrics.sums import memberships

HONOURS: Final = {"listed": "listing", "honoured": "honours"}
"""Marks of a firm, and the column that holds one."""


@dataclass(frozen=True)
class FirmFilter:
    """Which firms a view is about; an empty field does not filter.

    Years are founding years, both ends included; a firm without one passes only when no year
    is asked for. ``unknown`` among ``chain_layers`` or ``segments`` are the firms that have none.
    ``honours`` (keys of `HONOURS`) are all required at once. ``within`` is the text of a drawn
    area (`drawn.read_area`); only firms placed to the street or better are known to lie in one.
    """

    prefectures: tuple[str, ...] = ()
    counties: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    parks: tuple[str, ...] = ()
    relevance: tuple[str, ...] = ()
    chain_layers: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    honours: tuple[str, ...] = ()
    precisions: tuple[str, ...] = ()
    founded_from: int | None = None
    founded_to: int | None = None
    within: str = ""

    def select(self, enterprises: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return the rows that pass, in their order.

        Raises
        ------
        InputError
            If ``within`` is no area in or around Sichuan.
        """
        keep = pd.Series(data=True, index=enterprises.index)
        for column, wanted in (
            ("prefecture_code", self.prefectures),
            ("county_code", self.counties),
            ("ai_relevance", self.relevance),
            ("chain_layer", self.chain_layers),
            ("segment", self.segments),
            ("precision", self.precisions),
        ):
            if wanted:
                passes = enterprises[column].isin(wanted)
                keep &= passes | enterprises[column].isna() if UNKNOWN in wanted else passes
        for column, wanted in (("zone_ids", self.zones), ("park_ids", self.parks)):
            if wanted:
                wanted_ids = set(wanted)
                of_firm = memberships(enterprises, column)
                keep &= of_firm.map(lambda ids, w=wanted_ids: bool(w & set(ids))).astype(bool)
        for mark in self.honours:
            keep &= enterprises[HONOURS[mark]].notna()
        if self.founded_from is not None or self.founded_to is not None:
            year = pd.to_datetime(enterprises["founded"], errors="coerce").dt.year
            keep &= year.between(
                -np.inf if self.founded_from is None else self.founded_from,
                np.inf if self.founded_to is None else self.founded_to,
            )
        if self.within:
            keep &= inside(area_of(self.within), enterprises)
        return enterprises[keep]


def area_of(text: str) -> DrawnArea:
    """Return the area of a text.

    Raises
    ------
    InputError
        If it is none in or around Sichuan.
    """
    area = read_area(text)
    if area is None:
        raise InputError(
            f"within {text!r} is not an area in or around Sichuan; give p and 3 to 100 corners as "
            "lon,lat,lon,lat,… in degrees (p104.0,30.6,104.1,30.6,104.1,30.7), or c and "
            "lon,lat,radius with a radius of 10 to 500000 m (c104.06,30.66,5000), as the link of "
            "a map does after area="
        )
    return area
