import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.errors import InputError
from clusters.geocode.datum import DATUMS, SICHUAN, estimate_datum, from_wgs84, to_wgs84
from clusters.places.assign import county_codes

lon = st.floats(97.3, 108.6)
lat = st.floats(26.0, 34.4)
METRES = 111_320.0


@given(lon, lat, st.sampled_from(DATUMS))
def test_there_and_back_is_within_a_millimetre(x, y, datum):
    u, v = from_wgs84([x], [y], datum)
    p, q = to_wgs84(u, v, datum)
    assert abs(p[0] - x) * METRES < 1e-3
    assert abs(q[0] - y) * METRES < 1e-3


@pytest.mark.parametrize("datum", DATUMS)
def test_both_ways_are_within_a_millimetre_all_over_the_province(datum):
    # Every 0.04 degrees, and close to 105 east, where the series has a kink.
    west, south, east, north = SICHUAN
    near = 105 + np.concatenate([s * np.geomspace(1e-13, 1e-2, 60) for s in (-1.0, 1.0)])
    columns = np.concatenate([np.arange(west, east, 0.04), [105.0], near])
    x, y = (grid.ravel() for grid in np.meshgrid(columns, np.arange(south, north, 0.04)))
    for there, back in ((from_wgs84, to_wgs84), (to_wgs84, from_wgs84)):
        p, q = back(*there(x, y, datum), datum)
        assert np.abs(p - x).max() * METRES < 1e-3
        assert np.abs(q - y).max() * METRES < 1e-3


@given(lon, lat, st.sampled_from(DATUMS))
def test_neighbours_stay_neighbours(x, y, datum):
    # A shift that tore the ground would move borders: 100 m stay 100 m within 3 %.
    step = 100 / METRES
    u, v = to_wgs84([x, x + step, x], [y, y, y + step], datum)
    assert (u[1] - u[0]) / step == pytest.approx(1, abs=0.03)
    assert (v[2] - v[0]) / step == pytest.approx(1, abs=0.03)


@given(lon, lat)
def test_the_shift_has_the_known_size_in_sichuan(x, y):
    u, v = from_wgs84([x], [y], "gcj02")
    metres = np.hypot((u[0] - x) * METRES * np.cos(np.radians(y)), (v[0] - y) * METRES)
    assert 100 < metres < 800
    s, t = from_wgs84([x], [y], "bd09")
    assert 500 < np.hypot((s[0] - x) * METRES, (t[0] - y) * METRES) < 2200


def test_reference_value():
    # Worked independently from the published series for the point (104.0, 30.5).
    u, v = from_wgs84([104.0], [30.5], "gcj02")
    assert 0.0020 < u[0] - 104.0 < 0.0030
    assert -0.0032 < v[0] - 30.5 < -0.0018


def test_cgcs2000_is_wgs84_and_missing_stays_missing():
    x, _ = to_wgs84([104.0, np.nan], [30.0, 30.0], "cgcs2000")
    assert x[0] == 104.0
    assert np.isnan(x[1])
    assert np.isnan(to_wgs84([np.nan], [30.0], "bd09")[0][0])


def test_errors_name_the_remedy():
    with pytest.raises(InputError, match="use one of"):
        to_wgs84([1.0], [1.0], "itrf")
    with pytest.raises(InputError, match="one latitude per longitude"):
        to_wgs84([1.0, 2.0], [1.0], "gcj02")


@pytest.fixture(scope="module")
def places():
    random = np.random.default_rng(7)
    x, y = random.uniform(103.6, 104.5, 4000), random.uniform(30.3, 31.0, 4000)
    codes = county_codes(x, y)
    known = np.array([code is not None for code in codes])
    return x[known], y[known], codes[known]


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
def test_the_datum_is_found(places, datum):
    x, y, codes = places
    u, v = from_wgs84(x, y, datum)
    estimate = estimate_datum(u, v, codes, county_codes)
    assert estimate.datum == datum
    assert estimate.rows == len(x)
    assert estimate.odds > 100
    assert estimate.agreement[datum] > 0.999


def test_wrong_addresses_do_not_mislead(places):
    x, y, codes = places
    noisy = codes.copy()
    noisy[::10] = "513333"
    u, v = from_wgs84(x, y, "gcj02")
    assert estimate_datum(u, v, noisy, county_codes).datum == "gcj02"


def test_weak_evidence_decides_nothing(places):
    x, y, codes = places
    few = estimate_datum(x[:10], y[:10], codes[:10], county_codes)
    assert few.datum == "unknown"
    assert few.rows == 10
    none = estimate_datum([], [], [], county_codes)
    assert none.datum == "unknown"
    assert none.rows == 0


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize("convert", [from_wgs84, to_wgs84])
def test_what_is_no_place_on_earth_is_missing_and_words_are_refused(convert, datum):
    x, y = convert([1e308, np.inf, 104.0], [1e308, 30.0, 30.0], datum)
    assert np.isnan([x[:2], y[:2]]).all()
    assert np.isfinite([x[2], y[2]]).all()
    with pytest.raises(InputError, match="lon and lat must be numbers, in degrees"):
        convert(["east"], [30.0], datum)
