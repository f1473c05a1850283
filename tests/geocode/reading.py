"""One address as the reader leaves it, in names instead of row numbers."""

from dataclasses import dataclass

import pandas as pd

from clusters.geocode.address import LEVELS, prefecture_hints, read_addresses
from clusters.geocode.fields import UNLISTED_TOWN, WRONG_PREFECTURE, Basis, Field
from clusters.geocode.gazetteer import gazetteer


@dataclass(frozen=True)
class Said:
    """What one address says; None or an empty string where it says nothing.

    ``why``, ``town_words``, ``zone_words`` and ``site_words`` are quoted from the address; ``rest``
    is what follows the chain up to the end of the first address, ``town`` the published name of a
    township (``unlisted`` where the gazetteer does not know it).
    """

    prefecture: str | None
    county: str | None
    basis: str
    why: str
    town: str | None
    town_words: str
    rest: str
    level: str
    zone: str | None
    zone_words: str
    site: str | None
    site_words: str
    outside: str | None
    other: str | None
    stated: str | None
    landmark: str | None


def said(address: str, region: str | None = None) -> Said:
    """Read one address, with the text of a region column beside it where one is given."""
    hints = None if region is None else prefecture_hints(pd.Series([region]))
    reading = read_addresses([address], hints=hints)
    book = gazetteer()

    def number(field: Field) -> int:
        return int(reading.field(field)[0])

    def name(field: Field, table: pd.DataFrame, column: str = "name_zh") -> str | None:
        row = number(field)
        return str(table[column].iloc[row]) if row >= 0 else None

    def words(start: Field, end: Field) -> str:
        return reading.quote(reading.field(start), reading.field(end))[0]

    unlisted = number(Field.TOWN) == UNLISTED_TOWN
    astray = number(Field.STATED) == WRONG_PREFECTURE
    return Said(
        prefecture=name(Field.PREFECTURE, book.prefectures),
        county=name(Field.COUNTY, book.counties),
        basis=Basis(number(Field.BASIS)).name.lower(),
        why=words(Field.WHY_START, Field.WHY_END),
        town="unlisted" if unlisted else name(Field.TOWN, book.towns),
        town_words=words(Field.TOWN_START, Field.TOWN_END),
        rest=words(Field.REST, Field.END),
        level=str(LEVELS[number(Field.LEVEL)]),
        zone=name(Field.ZONE, book.zone_names, "zone_ids"),
        zone_words=words(Field.ZONE_START, Field.ZONE_END),
        site=name(Field.SITE, book.zone_names, "name"),
        site_words=words(Field.SITE_START, Field.SITE_END),
        outside=name(Field.OUTSIDE, book.outside, "province_zh"),
        other=name(Field.OTHER_COUNTY, book.counties),
        stated="another prefecture" if astray else name(Field.STATED, book.counties),
        landmark=name(Field.LANDMARK, book.landmarks),
    )
