"""A placement while it is being made, and the reasons a row ends with."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clusters.geocode.address import Reading
from clusters.geocode.fields import WRONG_PREFECTURE, Field
from clusters.geocode.gazetteer import gazetteer

LIKELY: Final = 0.55
"""Probability above which a county that is not given is at least mentioned as likely."""


@dataclass
class Draft:
    """A placement while it is being made; arrays of n.

    Attributes
    ----------
    county, prefecture
        Rows of the gazetteer, -1 where unknown.
    located_by, belief
        As in `cascade.Placement`.
    start, end
        The words that decided, as folded positions.
    guess
        County thought of but not given, -1 where none.
    against
        County the enterprise's name tells against `guess`, -1 where none.
    moved
        Whether `guess` is withheld because registers still follow the county of before.
    """

    county: NDArray[np.int32]
    prefecture: NDArray[np.int32]
    located_by: NDArray[np.object_]
    belief: NDArray[np.float64]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    guess: NDArray[np.int32]
    against: NDArray[np.int32]
    moved: NDArray[np.bool_]

    def withhold(self, rows: NDArray[np.int64]) -> None:
        """Take back the county of places that changed hands and keep it as a guess."""
        self.guess[rows] = self.county[rows]
        self.prefecture[rows] = gazetteer().county_prefecture[self.county[rows]]
        self.county[rows], self.located_by[rows] = -1, ""
        self.moved[rows] = True


def conflicts(reading: Reading, draft: Draft) -> NDArray[np.object_]:
    """Return why evidence disagrees, or why no county is given; None where all is well."""
    names = gazetteer().counties["name_zh"].to_numpy(object)
    provinces = gazetteer().outside["province_zh"].to_numpy(object)
    county = draft.county
    conflict = np.full(len(reading), None, dtype=object)
    stated = reading.field(Field.STATED)
    today = np.where(draft.moved, draft.guess, county)
    for row in np.flatnonzero(stated >= 0):
        conflict[row] = (
            f"territory_moved: text says {names[stated[row]]}, today {names[today[row]]}"
        )
    for row in np.flatnonzero(draft.moved & (stated < 0)):
        conflict[row] = f"territory_moved: today {names[today[row]]}"
    for row in np.flatnonzero(stated == WRONG_PREFECTURE):
        conflict[row] = "county_outside_named_prefecture"
    other = reading.field(Field.OTHER_COUNTY)
    for row in np.flatnonzero((other >= 0) & (county >= 0)):
        conflict[row] = f"two_counties: {names[county[row]]}, {names[other[row]]}"
    outside = reading.field(Field.OUTSIDE)
    for row in np.flatnonzero(outside >= 0):
        conflict[row] = f"outside_province: {provinces[outside[row]]}"
    size = np.diff(reading.folded.starts)
    unknown = np.flatnonzero((county < 0) & (outside < 0) & ~draft.moved)
    for number in unknown.tolist():
        conflict[number] = _why_not(reading, draft, number, names, empty=bool(size[number] == 0))
    return conflict


def _why_not(
    reading: Reading, draft: Draft, row: int, names: NDArray[np.object_], *, empty: bool
) -> str:
    if empty:
        return "no_address"
    guess = draft.guess[row]
    if draft.against[row] >= 0:
        return f"name_against_memory: {names[draft.against[row]]}, {names[guess]}"
    if guess >= 0 and draft.belief[row] >= LIKELY:
        return f"county_uncertain: {names[guess]} {draft.belief[row]:.2f}"
    named = reading.fields[row, Field.PREFECTURE] >= 0
    return "county_not_named" if named else "names_no_place"
