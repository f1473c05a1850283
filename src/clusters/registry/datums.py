"""Datums of coordinates as files and people name them: WGS 84, EPSG:4490, 火星坐标系, 百度."""

import pandas as pd

from clusters.registry.schema import Datum

_NAMES: dict[str, Datum] = {
    "wgs84": "wgs84", "wgs1984": "wgs84", "epsg4326": "wgs84", "4326": "wgs84",
    "cgcs2000": "cgcs2000", "国家2000": "cgcs2000", "epsg4490": "cgcs2000", "4490": "cgcs2000",
    "gcj02": "gcj02", "gcj": "gcj02", "火星": "gcj02", "高德": "gcj02", "腾讯": "gcj02",
    "bd09": "bd09", "bd09ll": "bd09", "bd": "bd09", "百度": "bd09",
}  # fmt: skip


def known_datums(texts: pd.Series) -> pd.Series:
    """Return the datum that each text names, null where it is none of `schema.DATUMS`.

    Parameters
    ----------
    texts
        (n,) text or null; case, blanks, marks and the word 坐标系 do not matter.
    """
    plain = texts.str.lower().str.replace(r"[^0-9a-z\u4e00-\u9fff]|[坐标系]", "", regex=True)
    return plain.map(_NAMES).astype("str")
