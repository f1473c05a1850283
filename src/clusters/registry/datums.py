"""Datums of coordinates as files and people name them: WGS 84, EPSG:4490, 火星坐标系, 百度."""

import re
import unicodedata
from typing import Final

import pandas as pd

from clusters.registry.schema import Datum

_NAMES: Final[dict[str, Datum]] = {
    "wgs84": "wgs84", "wgs1984": "wgs84", "epsg4326": "wgs84", "4326": "wgs84",
    "cgcs2000": "cgcs2000", "国家2000": "cgcs2000", "2000国家": "cgcs2000",
    "epsg4490": "cgcs2000", "4490": "cgcs2000",
    "gcj02": "gcj02", "gcj": "gcj02", "火星": "gcj02", "高德": "gcj02", "腾讯": "gcj02",
    "bd09": "bd09", "bd09ll": "bd09", "bd": "bd09", "百度": "bd09",
}  # fmt: skip
_MARKS: Final = re.compile(r"[^0-9a-z\u4e00-\u9fff]|[坐标系]|地图|大地|经纬度")
_NAME: Final = re.compile("|".join(sorted(_NAMES, key=len, reverse=True)))


def known_datums(texts: pd.Series) -> pd.Series:
    """Return the datum that each text names, null where it is none of `schema.DATUMS`.

    Parameters
    ----------
    texts
        (n,) text or null; case, width, blanks, marks and words such as 坐标系 and 地图 do not
        matter. A text may name its datum twice (``GCJ-02（高德）``); one that names two datums, or
        says more than names, is not known.
    """
    named = {text: _named(text) for text in texts.dropna().unique()}
    return texts.map(named).astype("str")


def _named(text: str) -> Datum | None:
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", text).lower())
    datums = {_NAMES[name] for name in _NAME.findall(plain)}
    return datums.pop() if len(datums) == 1 and not _NAME.sub("", plain) else None
