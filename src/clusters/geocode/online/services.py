"""What three geocoders are asked, and what their answers mean.

Every service is one `Service`: its address, the name of its key parameter, the question, and a
reader of replies. What a code or a level word means stands in ``codes.csv`` and ``levels.csv``
beside this module, in English and Chinese; code reads them.

References
----------
Tianditu geocoding: http://lbs.tianditu.gov.cn/server/geocodinginterface.html (``ds``, ``tk``;
status 0, 101, 404). Keys of the wrong kind are refused with code 301012, outside that page.
Amap geocoding: https://lbs.amap.com/api/webservice/guide/api/georegeo; info codes:
https://lbs.amap.com/api/webservice/guide/tools/info; level words of December 2023:
https://lbs.amap.com/news/geocoder_api
Baidu geocoding v3: https://lbsyun.baidu.com/index.php?title=webapi/guide/webservice-geocoding;
status values: https://lbsyun.baidu.com/index.php?title=webapi/appendix
"""

import csv
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

from clusters.geocode.datum import Datum

Kind = Literal["ok", "no_match", "refused", "retry", "failed", "key", "quota", "call"]
ServiceName = Literal["tianditu", "amap", "baidu"]

_CHINA: Final = (70.0, 0.0, 140.0, 60.0)
"""West, south, east, north in degrees: what a point in China must be within."""
_SAID: Final = 120
# Confidence of at least the first promises an error below the second, in metres (Baidu).
_BAIDU_ERROR_M: Final = (
    (100, 20.0),
    (90, 50.0),
    (80, 100.0),
    (75, 200.0),
    (70, 300.0),
    (60, 500.0),
    (50, 1000.0),
    (40, 2000.0),
    (30, 5000.0),
    (25, 8000.0),
    (20, 10000.0),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service says of one address, as it says it.

    Attributes
    ----------
    kind
        ``ok``, ``no_match`` or ``refused`` (the service does not take this text); others are
        faults and never kept.
    code
        Code of the service, or ours where it has none.
    lon, lat
        Degrees in `datum`; NaN where nothing was found.
    datum
        Datum of the coordinates.
    level
        The service's own word for how fine its match is.
    score
        The service's trust in its reading of the text, 0 to 100; NaN where it gives none.
    error_m
        Error the service promises for the point, in metres; NaN where it promises none.
    exact
        False where the service itself calls the point approximate.
    matched
        The address the service matched, where it tells.
    said
        Words of the service on a fault, shortened.
    """

    kind: Kind
    code: str
    lon: float = math.nan
    lat: float = math.nan
    datum: Datum = "wgs84"
    level: str = ""
    score: float = math.nan
    error_m: float = math.nan
    exact: bool = True
    matched: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A code in words: what it means and what to do, in English and Chinese."""

    kind: Kind
    meaning: str
    remedy: str
    meaning_zh: str
    remedy_zh: str


@dataclass(frozen=True, slots=True)
class Service:
    """One geocoder.

    Attributes
    ----------
    name, title, title_zh
        Identifier of the settings, and names for people.
    url
        Public address; settings may name a mirror instead.
    key_parameter
        Name of the query parameter that carries the key.
    longest_bytes
        Longest text the service takes, in bytes of UTF-8.
    ask
        Question and coordinate type to query parameters, without the key.
    read
        Reply (parsed JSON) and coordinate type to `Answer`.
    """

    name: ServiceName
    title: str
    title_zh: str
    url: str
    key_parameter: str
    longest_bytes: int
    ask: Callable[[str, Datum], dict[str, str]]
    read: Callable[[dict[str, Any], Datum], Answer]


@lru_cache(maxsize=1)
def _codes() -> dict[tuple[str, str], Explanation]:
    with Path(__file__).with_name("codes.csv").open(encoding="utf-8", newline="") as handle:
        return {
            (row.pop("service"), row.pop("code")): Explanation(**row)  # type: ignore[arg-type]
            for row in csv.DictReader(handle)
        }


@lru_cache(maxsize=1)
def _levels() -> dict[tuple[str, str], str]:
    with Path(__file__).with_name("levels.csv").open(encoding="utf-8", newline="") as handle:
        return {(row["service"], row["level"]): row["precision"] for row in csv.DictReader(handle)}


def explain(service: ServiceName, code: str) -> Explanation:
    """Return what a code means and what to do; codes in no list are told to be so."""
    codes = _codes()
    found = codes.get((service, code)) or codes.get(("*", code))
    if found is None and code.startswith("HTTP "):
        found = codes.get(("*", f"{code[:6]}xx")) or codes[("*", "HTTP 400")]
    return found or codes[("*", "unknown")]


def precision_of(service: ServiceName, level: str) -> str:
    """Return the precision a level word stands for; an unlisted word counts as ``county``."""
    return _levels().get((service, level), "county")


def _fault(service: ServiceName, code: str, said: object) -> Answer:
    words = said if isinstance(said, str) else ""
    return Answer(explain(service, code).kind, code, said=" ".join(words.split())[:_SAID])


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _point(service: ServiceName, code: str, lon: object, lat: object, **rest: Any) -> Answer:
    x, y = _number(lon), _number(lat)
    west, south, east, north = _CHINA
    if not (west < x < east and south < y < north):
        return _fault(service, "not_documented", "")
    return Answer("ok", code, x, y, **rest)


def _ask_tianditu(question: str, _datum: Datum) -> dict[str, str]:
    return {"ds": json.dumps({"keyWord": question}, ensure_ascii=False)}


def _read_tianditu(reply: dict[str, Any], _datum: Datum) -> Answer:
    code = str(reply.get("status", reply.get("code", "")))
    if code == "0":
        place = reply.get("location")
        if not isinstance(place, dict):
            return _fault("tianditu", "not_documented", "")
        return _point(
            "tianditu",
            code,
            place.get("lon"),
            place.get("lat"),
            datum="cgcs2000",
            level=_text(place.get("level")),
            score=_number(place.get("score")),
            matched=_text(place.get("keyWord")),
        )
    return _fault("tianditu", code or "not_documented", reply.get("resolve") or reply.get("msg"))


def _ask_amap(question: str, _datum: Datum) -> dict[str, str]:
    return {"address": question, "output": "JSON"}


def _read_amap(reply: dict[str, Any], _datum: Datum) -> Answer:
    code = str(reply.get("infocode", ""))
    if str(reply.get("status")) != "1":
        return _fault("amap", code or "not_documented", reply.get("info"))
    places = reply.get("geocodes")
    if not isinstance(places, list) or (places and not isinstance(places[0], dict)):
        return _fault("amap", "not_documented", "")
    if not places:
        return Answer("no_match", "no_geocodes")
    lon, _, lat = _text(places[0].get("location")).partition(",")
    return _point(
        "amap",
        code or "10000",
        lon,
        lat,
        datum="gcj02",
        level=_text(places[0].get("level")),
        matched=_text(places[0].get("formatted_address")),
    )


def _ask_baidu(question: str, datum: Datum) -> dict[str, str]:
    kind = "gcj02ll" if datum == "gcj02" else "bd09ll"
    return {"address": question, "output": "json", "ret_coordtype": kind}


def _read_baidu(reply: dict[str, Any], datum: Datum) -> Answer:
    code, said = str(reply.get("status", "")), reply.get("msg") or reply.get("message")
    # Nothing found is told as an internal fault with these words.
    if code == "1" and "无相关结果" in _text(said):
        return Answer("no_match", "no_result")
    if code != "0":
        return _fault("baidu", code or "not_documented", said)
    found = reply.get("result")
    place = found.get("location") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not isinstance(place, dict):
        return _fault("baidu", "not_documented", "")
    trust = _number(found.get("confidence"))
    promised = [metres for least, metres in _BAIDU_ERROR_M if trust >= least]
    return _point(
        "baidu",
        code,
        place.get("lng"),
        place.get("lat"),
        datum=datum,
        level=_text(found.get("level")),
        score=_number(found.get("comprehension")),
        error_m=promised[0] if promised else math.nan,
        exact=_number(found.get("precise")) == 1,
    )


SERVICES: Final[dict[str, Service]] = {
    "tianditu": Service(
        "tianditu",
        "Tianditu",
        "天地图",
        "https://api.tianditu.gov.cn/geocoder",
        "tk",
        600,
        _ask_tianditu,
        _read_tianditu,
    ),
    "amap": Service(
        "amap",
        "Amap",
        "高德",
        "https://restapi.amap.com/v3/geocode/geo",
        "key",
        600,
        _ask_amap,
        _read_amap,
    ),
    "baidu": Service(
        "baidu",
        "Baidu",
        "百度",
        "https://api.map.baidu.com/geocoding/v3/",
        "ak",
        128,
        _ask_baidu,
        _read_baidu,
    ),
}
