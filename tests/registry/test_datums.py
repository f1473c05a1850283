"""Datums as people write them."""

import numpy as np
import pandas as pd
import pytest

from clusters.registry.datums import known_datums


@pytest.mark.parametrize(
    ("text", "datum"),
    [
        ("WGS84", "wgs84"),
        ("WGS 84", "wgs84"),
        ("ＷＧＳ－８４", "wgs84"),
        ("ＧＣＪ０２（高德）", "gcj02"),
        ("wgs_1984", "wgs84"),
        ("EPSG:4326", "wgs84"),
        ("CGCS2000", "cgcs2000"),
        ("国家2000坐标系", "cgcs2000"),
        ("epsg:4490", "cgcs2000"),
        ("GCJ-02", "gcj02"),
        ("火星坐标", "gcj02"),
        ("高德（坐标系）", "gcj02"),
        ("BD-09", "bd09"),
        ("bd09ll", "bd09"),
        ("百度坐标系", "bd09"),
        ("火星坐标系 GCJ-02", "gcj02"),
        ("GCJ-02（高德地图）", "gcj02"),
        ("WGS84 (EPSG:4326)", "wgs84"),
        ("2000国家大地坐标系（CGCS2000）", "cgcs2000"),
        ("GCJ02 / BD09", None),
        ("WGS84或GCJ02", None),
        ("bd09mc", None),
        ("西安80", None),
        ("", None),
        (None, None),
    ],
)
def test_names_of_datums(text, datum):
    found = known_datums(pd.Series([text], dtype="str")).iloc[0]
    assert (found == datum) if datum else pd.isna(found)


def test_an_empty_column():
    assert known_datums(pd.Series([np.nan, np.nan], dtype="str")).isna().all()
    assert known_datums(pd.Series([], dtype="str")).empty
