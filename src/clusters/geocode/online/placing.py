"""From a service's answer to a position with its doubt, checked against the county of the text.

A level word of a service says what kind of thing was matched, not how near the point is. The
radius is what the service promises where it promises anything (Baidu), and an assumption by
precision elsewhere: `RADIUS_M`. The assumptions are on the careful side and not measured, because
measuring them needs addresses with known places and a key.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clusters.geocode.datum import to_wgs84
from clusters.geocode.online.services import Answer, ServiceName, precision_of

CountyOf = Callable[[NDArray[np.float64], NDArray[np.float64]], ArrayLike]
"""Function from WGS 84 longitudes and latitudes, (n,) degrees, to county codes or null."""

RADIUS_M: Final = {
    "building": 300.0,
    "street": 2_000.0,
    "subdistrict": 5_000.0,
    "county": 40_000.0,
    "prefecture": 150_000.0,
}
"""Assumed radius of the 95 % circle by precision, in metres."""

_COARSER: Final = {"building": "street", "street": "subdistrict"}
_DOUBTFUL_SCORE: Final = 80.0
# Comprehension of at least the first puts 95 % of points within the second (Baidu, v3 page: 500 m
# hold 95 to 96 % from 80 on, 93 % from 70, 90 % from 50; the last two are doubled).
_BAIDU_RADIUS_M: Final = ((80.0, 500.0), (50.0, 1000.0))
_BORDER_M: Final = (300.0, 2_000.0)
_RING: Final = np.arange(8) * math.pi / 4
_METRES_PER_DEGREE: Final = 111_320.0


@dataclass(frozen=True, slots=True)
class Positions:
    """Positions of n answers; arrays of n.

    Attributes
    ----------
    lon, lat
        WGS 84 degrees; NaN where `precision` is ``none``.
    precision
        ``building``, ``street``, ``subdistrict``, ``county``, ``prefecture`` or ``none``.
    radius_m
        Radius of the 95 % circle in metres; NaN where there is no position.
    status
        ``found``, ``too_coarse``, ``county_differs`` or ``outside_province``.
    county
        County the point is in, also where it contradicts the text; None where not checked.
    conflict
        Why there is no position although the service gave one; None elsewhere.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    precision: NDArray[np.object_]
    radius_m: NDArray[np.float64]
    status: NDArray[np.object_]
    county: NDArray[np.object_]
    conflict: NDArray[np.object_]


def fineness(service: ServiceName, answer: Answer) -> tuple[str, float]:
    """Return precision and radius in metres of an answer of kind ``ok``.

    Parameters
    ----------
    service
        Who answered.
    answer
        What it said. A point the service calls approximate, or a text it says it hardly
        understood, counts one step coarser.
    """
    precision = precision_of(service, answer.level)
    if not answer.exact or answer.score < _DOUBTFUL_SCORE:
        precision = _COARSER.get(precision, precision)
    radius = RADIUS_M.get(precision, math.nan)
    if service == "baidu":
        promised = [metres for least, metres in _BAIDU_RADIUS_M if answer.score >= least]
        stated = [promised[0] if promised else 2 * RADIUS_M["street"], answer.error_m]
        radius = max(radius, *(metres for metres in stated if not math.isnan(metres)))
    return precision, radius


def place(
    service: ServiceName,
    answers: Sequence[Answer],
    *,
    named: Sequence[str | None],
    county_of: CountyOf | None,
) -> Positions:
    """Turn answers of kind ``ok`` into positions.

    Parameters
    ----------
    service
        Who answered.
    answers
        Length n.
    named
        County code each address names, or None; length n.
    county_of
        Tells the county of points; None checks nothing.

    Notes
    -----
    Near a border the point may lie across it by its own error: the county of the text is accepted
    where any of eight points around it is inside, at a distance of its radius but at least 300 m
    and at most 2 km. A match no finer than a prefecture must be in the prefecture of the text.
    """
    count = len(answers)
    fine = [fineness(service, answer) for answer in answers]
    precision = np.array([word for word, _ in fine] or [], dtype=object)
    radius = np.array([metres for _, metres in fine], dtype=np.float64)
    lon, lat = np.empty(count), np.empty(count)
    for datum in sorted({answer.datum for answer in answers}):
        rows = [row for row, answer in enumerate(answers) if answer.datum == datum]
        lon[rows], lat[rows] = to_wgs84(
            [answers[row].lon for row in rows], [answers[row].lat for row in rows], datum
        )
    status = np.full(count, "found", dtype=object)
    conflict = np.full(count, None, dtype=object)
    county = np.full(count, None, dtype=object)
    status[precision == "province"] = "too_coarse"
    if county_of is not None and count:
        county = _codes(county_of(lon, lat))
        for row in np.flatnonzero(status == "found").tolist():
            near = _near(lon[row], lat[row], radius[row], county_of)
            status[row], conflict[row] = _check(
                precision[row], county[row], named[row], near, (lon[row], lat[row])
            )
    gone = status != "found"
    lon[gone], lat[gone], radius[gone] = np.nan, np.nan, np.nan
    precision[gone] = "none"
    return Positions(lon, lat, precision, radius, status, county, conflict)


def _codes(values: ArrayLike) -> NDArray[np.object_]:
    codes: list[Any] = [
        value if isinstance(value, str) and value else None for value in np.asarray(values, object)
    ]
    return np.array(codes, dtype=object)


def _near(
    lon: float, lat: float, radius_m: float, county_of: CountyOf
) -> Callable[[], set[str | None]]:
    """Return a function for the counties around a point: most points never need it."""

    def counties() -> set[str | None]:
        least, most = _BORDER_M
        degrees = min(max(radius_m, least), most) / _METRES_PER_DEGREE
        x = lon + degrees * np.cos(_RING) / math.cos(math.radians(lat))
        return set(_codes(county_of(x, lat + degrees * np.sin(_RING))))

    return counties


def _check(
    precision: str,
    found: str | None,
    named: str | None,
    near: Callable[[], set[str | None]],
    point: tuple[float, float],
) -> tuple[str, str | None]:
    where = f"{point[0]:.5f}, {point[1]:.5f}"
    if named is not None:
        digits = 4 if precision == "prefecture" else 6
        wanted = named[:digits]
        if (found or "")[:digits] == wanted:
            return "found", None
        if any((code or "")[:digits] == wanted for code in near()):
            return "found", None
        inside = f"in {found}" if found else "outside the province"
        return "county_differs", f"county_differs: text {named}, service {where} {inside}"
    if found is None and near() == {None}:
        return "outside_province", f"outside_province: service {where}"
    return "found", None
