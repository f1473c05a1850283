"""Firms in imported parks: an address that names the park, in the park's own prefecture.

The gazetteer knows how shipped parks are written; of an imported one only its name is known.
"""

from typing import Final

import ahocorasick_rs
import pandas as pd

from clusters.places.columns import LocationColumns
from clusters.places.parks import OWN

__all__ = ["ParkNames"]

_SHORTEST: Final = 4
"""Shorter names, such as 东区, occur inside others."""


class ParkNames:
    """Looks for the names of imported parks in addresses.

    Parameters
    ----------
    parks
        The parks in use.
    """

    def __init__(self, parks: pd.DataFrame) -> None:
        long_enough = parks["name_zh"].str.len() >= _SHORTEST
        own = parks[parks["park_id"].str.startswith(OWN) & long_enough]
        self._ids: list[str] = own["park_id"].tolist()
        self._prefectures: list[str] = own["prefecture_code"].tolist()
        # Of names inside each other, 软件园 in 软件园二期, the longer one is meant.
        self._search = ahocorasick_rs.AhoCorasick(
            own["name_zh"].tolist(), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest
        )
        self._found: list[tuple[int, int]] = []

    def look(self, texts: list[str], first: int) -> None:
        """Look through the addresses of the rows from `first` on."""
        if not self._ids:
            return
        for row, text in enumerate(texts, start=first):
            hits = self._search.find_matches_as_indexes(text)
            self._found += [(row, which) for which in dict.fromkeys(hit[0] for hit in hits)]

    def add_to(self, columns: LocationColumns) -> None:
        """Add the parks found to ``park_ids`` of rows in the same prefecture, in place."""
        for row, which in self._found:
            if self._prefectures[which] == columns.prefecture[row]:
                columns.park_ids[row] = (*columns.park_ids[row], self._ids[which])
