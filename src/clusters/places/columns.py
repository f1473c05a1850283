"""Location columns while they are being filled, one array each."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray


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
