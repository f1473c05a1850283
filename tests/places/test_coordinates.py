"""Coordinates as registries give them: what each reader decides, at its very edges."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusters.geocode.datum import SICHUAN, DatumEstimate, from_wgs84
from clusters.places.coordinates import (
    Stacks,
    Whole,
    piles_of,
    read_coordinates,
    silent_points,
    stacks_of,
)

NO_PILES = pd.MultiIndex.from_arrays([[], []])


def read(lon, lat):
    """Read WGS 84 coordinates of rows whose addresses say nothing."""
    table = pd.DataFrame({"lon": lon, "lat": lat})
    nobody = np.full(len(table), None, dtype=object)
    return read_coordinates(table, nobody, "wgs84", addresses=pd.Series([""] * len(table)))


def test_without_coordinates_there_is_nothing_to_read():
    assert (
        read_coordinates(None, np.array([]), "auto", addresses=pd.Series([], dtype="str")) is None
    )


@pytest.mark.parametrize(
    ("lon", "lat", "note", "x"),
    [
        (104.0, 30.0, None, 104.0),
        (30.0, 104.0, "swapped", 104.0),
        (1e-7, 30.0, "zero", np.nan),
        (104.0, -1e-7, "zero", np.nan),
        (1e-5, 30.0, "outside_province", np.nan),
        (-104.0, 30.0, "outside_province", np.nan),
        (SICHUAN[0], 30.0, "outside_province", np.nan),  # the frame itself is outside
        (SICHUAN[0] + 1e-9, 30.0, None, SICHUAN[0] + 1e-9),
        (104.0, SICHUAN[3], "outside_province", np.nan),
        (np.nan, 30.0, "incomplete", np.nan),
        (np.nan, np.nan, None, np.nan),
        (np.inf, np.inf, None, np.nan),
    ],
)
def test_each_defect_has_its_word_and_only_good_ones_a_place(lon, lat, note, x):
    found = read([lon], [lat])
    assert found.note[0] == note
    np.testing.assert_array_equal(found.x, [x])
    np.testing.assert_array_equal(found.lon, [lon])  # as given, whatever it is


@pytest.mark.parametrize(
    ("said", "shifted"),
    [
        ("GCJ-02", True), ("gcj02", True), ("火星坐标 GCJ", True), ("EPSG:4326", False),
        ("EPSG:4490", False), ("WGS 1984", False), ("cgcs2000", False),
    ],
)  # fmt: skip
def test_a_row_may_write_its_datum_in_many_ways(said, shifted):
    lon, lat = from_wgs84([104.06], [30.6], "gcj02" if shifted else "wgs84")
    table = pd.DataFrame({"lon": lon, "lat": lat, "datum": [said]})
    nobody = np.array([None], dtype=object)
    found = read_coordinates(table, nobody, "bd09", addresses=pd.Series([""]))
    assert found.x[0] == pytest.approx(104.06, abs=1e-8)
    assert found.radius[0] == 100
    assert found.estimate is None


@pytest.mark.parametrize("said", ["bd", "BD-09", "bd09ll"])
def test_baidu_is_known_by_its_short_names(said):
    lon, lat = from_wgs84([104.06], [30.6], "bd09")
    table = pd.DataFrame({"lon": lon, "lat": lat, "datum": [said]})
    nobody = np.array([None], dtype=object)
    found = read_coordinates(table, nobody, "wgs84", addresses=pd.Series([""]))
    assert (found.x[0], found.y[0]) == pytest.approx((104.06, 30.6), abs=1e-7)


@pytest.mark.parametrize("said", ["Beijing 54", "", None, 4326])
def test_a_datum_nobody_knows_is_none_and_the_caller_s_counts(said):
    lon, lat = from_wgs84([104.06], [30.6], "gcj02")
    table = pd.DataFrame({"lon": lon, "lat": lat, "datum": pd.Series([said], dtype=object)})
    nobody = np.array([None], dtype=object)
    found = read_coordinates(table, nobody, "gcj02", addresses=pd.Series([""]))
    assert found.x[0] == pytest.approx(104.06, abs=1e-8)


def test_rows_of_several_datums_stand_in_one_table():
    lon, lat = np.full(4, 104.06), np.full(4, 30.6)
    said = ["wgs84", "gcj02", "bd09", "cgcs2000"]
    for row, datum in enumerate(said):
        (lon[row],), (lat[row],) = from_wgs84([104.06], [30.6], datum)
    table = pd.DataFrame({"lon": lon, "lat": lat, "datum": said})
    found = read_coordinates(
        table, np.full(4, None, dtype=object), "auto", addresses=pd.Series([""] * 4)
    )
    np.testing.assert_allclose(found.x, 104.06, atol=1e-7)
    assert found.estimate is None  # every row says its own: nothing to estimate


def test_weak_evidence_leaves_the_place_and_widens_only_the_silent_rows():
    table = pd.DataFrame({"lon": [104.06] * 2, "lat": [30.6] * 2, "datum": ["wgs84", ""]})
    found = read_coordinates(
        table, np.full(2, None, dtype=object), "auto", addresses=pd.Series([""] * 2)
    )
    assert found.radius.tolist() == [100, 1500]
    assert found.x.tolist() == [104.06] * 2
    assert found.estimate.datum == "unknown"


def test_what_the_whole_registry_says_goes_before_what_a_part_could_tell():
    lon, lat = from_wgs84([104.06], [30.6], "gcj02")
    estimate = DatumEstimate(datum="gcj02", best="gcj02", rows=900, odds=1e9, agreement={})
    table = pd.DataFrame({"lon": lon, "lat": lat})
    nobody = np.array([None], dtype=object)
    for piles, piled in ((NO_PILES, False), (pd.MultiIndex.from_arrays([[104.06], [30.6]]), True)):
        found = read_coordinates(
            table, nobody, "auto", addresses=pd.Series([""]), whole=Whole(estimate, piles)
        )
        assert found.x[0] == pytest.approx(104.06, abs=1e-8)
        assert (found.radius[0], found.piled[0]) == (100, piled)


def test_silent_points_are_the_usable_rows_that_name_no_datum():
    table = pd.DataFrame(
        {"lon": [104.0, 104.1, 0.0, 30.5, np.nan], "lat": [30.0, 30.1, 0.0, 104.5, 30.0],
         "datum": ["", "gcj02", "", None, ""]}
    )  # fmt: skip
    rows, x, y = silent_points(table)
    assert rows.tolist() == [0, 3]
    assert x.tolist() == [104.0, 104.5]  # an exchanged pair put right
    assert y.tolist() == [30.0, 30.5]
    assert [len(part) for part in silent_points(None)] == [0, 0, 0]


def stack(streets, x=None, y=None):
    count = len(streets)
    return Stacks(
        np.arange(count),
        np.full(count, 104.0) if x is None else np.asarray(x, dtype=float),
        np.full(count, 30.0) if y is None else np.asarray(y, dtype=float),
        np.asarray(streets, dtype=np.uint64),
    )


@pytest.mark.parametrize(
    ("streets", "piled"),
    [
        ([n % 12 + 1 for n in range(25)], True),  # 25 rows of 12 streets
        ([n % 12 + 1 for n in range(24)], False),  # one row too few
        ([n % 11 + 1 for n in range(25)], False),  # one street too few
        ([0] * 100, True),  # a hundred that say nothing
        ([0] * 99, False),
        ([0] * 99 + [1], False),  # one that says something
        ([0] * 13 + list(range(1, 13)), True),  # silent ones count as rows, not as streets
    ],
)
def test_a_pile_is_25_rows_of_12_streets_or_100_that_say_nothing(streets, piled):
    assert len(piles_of(stack(streets))) == piled


def test_piles_are_told_apart_by_either_coordinate():
    streets = [n % 12 + 1 for n in range(50)]
    x, y = [104.0] * 25 + [104.1] * 25, [30.0] * 50
    assert piles_of(stack(streets, x, y)).tolist() == [(104.0, 30.0), (104.1, 30.0)]
    assert piles_of(stack(streets, y=[30.0] * 25 + [30.1] * 25)).tolist() == [
        (104.0, 30.0), (104.0, 30.1),
    ]  # fmt: skip
    assert len(piles_of(stack([*streets[:24], 1], [104.0] * 24 + [104.1]))) == 0
    assert len(piles_of(stack([]))) == 0


@given(st.permutations(range(40)))
def test_piles_do_not_depend_on_the_order_of_rows(order):
    streets = np.array([n % 13 for n in range(40)])
    x = np.where(np.arange(40) < 30, 104.0, 104.5)
    order = list(order)
    plain = piles_of(stack(streets, x))
    assert piles_of(stack(streets[order], x[order])).tolist() == plain.tolist() == [(104.0, 30.0)]


def test_a_street_ends_at_its_first_number_and_spaces_do_not_tell():
    texts = ["天府 路1号", "天府路２号3栋", "天府路", "地府路1号", "", "9号", None]
    table = pd.DataFrame({"lon": [104.0] * 7, "lat": [30.0] * 7})
    found = stacks_of(table, "wgs84", None, addresses=pd.Series(texts, dtype=object)).street
    assert found[0] == found[1] == found[2] != found[3]
    assert found[4:].tolist() == [0, 0, 0]


def test_stacks_are_rounded_to_a_tenth_of_a_metre_and_in_wgs84():
    lon, lat = from_wgs84([104.06], [30.6], "gcj02")
    table = pd.DataFrame({"lon": [*lon, 200.0], "lat": [*lat, 30.0]})
    found = stacks_of(table, "gcj02", None, addresses=pd.Series(["甲路", "乙路"]))
    assert (found.rows.tolist(), found.x.tolist(), found.y.tolist()) == ([0], [104.06], [30.6])
    assert len(stacks_of(None, "auto", None, addresses=pd.Series([], dtype="str")).rows) == 0
