"""Let an online geocoder sharpen what text alone could not place.

The geocoder is asked only where a user configured one. Its answer is used where it is finer than
what we have and lies in the county or prefecture the text or the memory tells; where they disagree
the answer is not used and the row says so. Most answers of the services are not points but streets
or buildings, so the precision and radius are those of the answer, never ``point``.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd

from clusters.places.boundaries import counties
from clusters.places.columns import LocationColumns

OnlineAsk = Callable[[list[str], list[str | None]], pd.DataFrame]
"""Takes texts and the county code each names (or None); returns the columns of
`clusters.geocode.online.geocode_online`, one row per text."""

_FINER: Final = ("building", "street", "subdistrict")


def apply_online(columns: LocationColumns, texts: list[str], ask: OnlineAsk) -> dict[str, Any]:
    """Ask for the rows without a point and use the answers that are finer and agree.

    Returns
    -------
    dict
        What the geocoder tells of the run: service, asked, cached, open, stopped, message.
    """
    rows = np.flatnonzero(columns.precision != "point")
    named = [columns.county[row] if columns.named[row] else None for row in rows.tolist()]
    answers = ask([texts[row] for row in rows.tolist()], named)
    radius = answers["radius_m"].to_numpy(float)
    known = np.where(np.isnan(columns.radius[rows]), np.inf, columns.radius[rows])
    usable = answers["precision"].isin(_FINER) & answers["county_code"].notna()
    prefecture = dict(zip(counties()["code"], counties()["prefecture_code"], strict=True))
    answered = answers["county_code"].to_numpy(object)
    elsewhere = np.array(
        [
            one and _outside(code, columns.county[row], columns.prefecture[row], prefecture)
            for row, code, one in zip(rows.tolist(), answered, usable, strict=True)
        ],
        dtype=np.bool_,
    )
    good = usable.to_numpy(bool) & (radius < known) & ~elsewhere
    use, taken = rows[good], answers[good]
    columns.lon[use], columns.lat[use] = taken["lon"], taken["lat"]
    columns.radius[use] = radius[good]
    columns.precision[use] = taken["precision"].to_numpy(object)
    columns.located_by[use] = ("online:" + taken["service"]).to_numpy(object)
    new = ~columns.named[use]  # the text has the last word on the county it names
    columns.county[use[new]] = taken["county_code"].to_numpy(object)[new]
    columns.prefecture[use] = [prefecture[code] for code in columns.county[use]]
    told = answers["conflict"].notna().to_numpy(bool)
    columns.note(rows[told], answers["conflict"][told].tolist())
    columns.note(
        rows[elsewhere & ~told],
        [
            f"county_differs: {columns.county[row] or columns.prefecture[row]} by "
            f"{columns.located_by[row] or 'text'}, service {code}"
            for row, code in zip(
                rows[elsewhere & ~told].tolist(), answered[elsewhere & ~told], strict=True
            )
        ],
    )
    return dict(answers.attrs["online"])


def _outside(
    code: str, county: str | None, prefecture: str | None, prefecture_of: dict[str, str]
) -> bool:
    """Whether an answer lies outside the smallest area known of a row."""
    if isinstance(county, str):
        return code != county
    return isinstance(prefecture, str) and prefecture_of[code] != prefecture
