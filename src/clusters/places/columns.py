"""Location columns while they are being filled, one array each."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.geocode.cascade import Placement
from clusters.geocode.gazetteer import gazetteer

__all__ = ["LocationColumns", "from_text", "joined"]


@dataclass
class LocationColumns:
    """Location columns while they are being filled; arrays of n."""

    county: NDArray[np.object_]
    prefecture: NDArray[np.object_]
    named: NDArray[np.bool_]
    located_by: NDArray[np.object_]
    belief: NDArray[np.float64]
    subdistrict: pd.api.extensions.ExtensionArray
    text_level: NDArray[np.object_]
    evidence: pd.api.extensions.ExtensionArray
    conflict: NDArray[np.object_]
    zone_ids: NDArray[np.object_]
    zone_evidence: NDArray[np.object_]
    uncertain: NDArray[np.object_]
    park_ids: NDArray[np.object_]
    landmark: NDArray[np.int32]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    radius: NDArray[np.float64]
    precision: NDArray[np.object_]

    def note(self, rows: NDArray[np.int64], texts: list[str]) -> None:
        """Add a reason to the conflicts of rows."""
        for row, text in zip(rows.tolist(), texts, strict=True):
            earlier = self.conflict[row]
            self.conflict[row] = text if earlier is None else f"{earlier}; {text}"


def _blank(values: NDArray[np.object_]) -> NDArray[np.object_]:
    result = values.copy()
    result[values == ""] = None
    return result


def from_text(placed: Placement) -> LocationColumns:
    """Begin the columns with what the text says."""
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


def joined(parts: list[LocationColumns]) -> LocationColumns:
    """Put the columns of all chunks end to end."""
    if len(parts) == 1:
        return parts[0]

    def column(name: str) -> Any:
        pieces = [getattr(part, name) for part in parts]
        if isinstance(pieces[0], np.ndarray):
            return np.concatenate(pieces)
        return pd.concat([pd.Series(piece) for piece in pieces], ignore_index=True).array

    return LocationColumns(**{field.name: column(field.name) for field in fields(LocationColumns)})
