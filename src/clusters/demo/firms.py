"""Synthetic firms, chunk by chunk: what a registry would say of them, and the truth beside it.

The dirt follows what real Sichuan registries hold (shares measured on them are in the constants):
addresses without county, spaces, full-width digits, former prefixes, repeated rows, codes with a
wrong check character, amounts with and without a unit.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from clusters.demo.world import AI_SHARE, SPREAD_M, World, words, world
from clusters.places.boundaries import CRS_METRES
from clusters.registry.credit_code import ALPHABET, check_character
from clusters.settings import data_path

CHUNK_ROWS = 100_000
MARK = "（合成）"
"""Stands in every name: no export or popup can lose it."""
SOURCE = "synthetic: "
"""Begins the source of every row; a snapshot counts its synthetic rows by it."""

_FORMS = {
    "city_county": 0.46,
    "county_first": 0.22,
    "full": 0.152,
    "city_road": 0.12,
    "town_first": 0.03,
    "none": 0.018,
}
_SPACED, _WIDE = 0.003, 0.006
_WITH_POINT = 0.3
_WRONG_CODE = 0.005
_REPEATED = 0.01
_FIRST_DAY, _LAST_DAY = np.datetime64("1995-01-01"), np.datetime64("2025-12-31")
_WIDE_DIGITS = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a synthetic registry and what is true of each.

    ``registry`` has the headers of the usual exports. ``truth`` has the same rows: ``name``,
    ``county_code``, ``segment`` (null for firms of no segment), ``cluster`` (-1 outside),
    ``zone_id``, ``lon``, ``lat`` (WGS 84 degrees), ``repeats`` (the row is there twice).
    """

    registry: pd.DataFrame
    truth: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Drawn:
    county: NDArray[np.intp]
    segment: NDArray[np.intp]
    cluster: NDArray[np.intp]


def chunks(enterprises: int, *, seed: int) -> Iterator[Chunk]:
    """Yield a synthetic registry in chunks of at most `CHUNK_ROWS` rows.

    Parameters
    ----------
    enterprises
        Rows in all, repeated rows among them.
    seed
        Of the world and of every row.
    """
    place = world(seed)
    for number, begin in enumerate(range(0, enterprises, CHUNK_ROWS)):
        rows = min(CHUNK_ROWS, enterprises - begin)
        yield _chunk(place, number, seed, rows)


def _chunk(place: World, number: int, seed: int, rows: int) -> Chunk:
    # Always a whole chunk is drawn, so that row k does not depend on how many are asked for.
    rng = np.random.default_rng([seed, 1, number])
    drawn = _draw(place, rng)
    xy = _positions(place, drawn, rng)
    to_degrees = pyproj.Transformer.from_crs(CRS_METRES, 4326, always_xy=True)
    lon, lat = to_degrees.transform(xy[:, 0], xy[:, 1])
    name, scope = _business(place, drawn, rng)
    registry = pd.DataFrame(
        {
            "企业名称": name,
            "统一社会信用代码": _codes(place, drawn, number, rng),
            "注册地址": _addresses(place, drawn, rng),
            "成立日期": _days(rng),
            "注册资本": _capital(rng),
            "参保人数": np.floor(rng.lognormal(2.0, 1.2, CHUNK_ROWS)).astype(np.int64),
            "登记状态": rng.choice(words()["status"], CHUNK_ROWS),
            "经营范围": scope,
            "数据来源": f"{SOURCE}clusters demo, seed {seed}",
        }
    )
    pointed = rng.random(CHUNK_ROWS) < _WITH_POINT
    registry["经度"] = np.where(pointed, lon.round(6), np.nan)
    registry["纬度"] = np.where(pointed, lat.round(6), np.nan)
    registry["坐标系"] = pd.Series("WGS84", index=registry.index).where(pointed)
    truth = pd.DataFrame(
        {
            "name": name,
            "county_code": place.county_codes[drawn.county],
            "segment": np.array([*place.segments, None], dtype=object)[drawn.segment],
            "cluster": drawn.cluster,
            "zone_id": _zone_ids(place, drawn),
            "lon": lon,
            "lat": lat,
        }
    )
    repeats = np.zeros(CHUNK_ROWS, dtype=bool)
    repeats[1:] = rng.random(CHUNK_ROWS - 1) < _REPEATED
    repeats[1:] &= ~repeats[:-1]  # the row before must itself be there to be repeated
    source = np.where(repeats, np.arange(CHUNK_ROWS) - 1, np.arange(CHUNK_ROWS))[:rows]
    registry = registry.iloc[source].reset_index(drop=True)
    truth = truth.iloc[source].reset_index(drop=True).assign(repeats=repeats[:rows])
    return Chunk(registry, truth)


def _draw(place: World, rng: np.random.Generator) -> _Drawn:
    segment = rng.choice(len(place.segments), size=CHUNK_ROWS, p=place.segment_weights)
    segment[rng.random(CHUNK_ROWS) >= AI_SHARE] = len(place.segments)  # of no segment
    county = rng.choice(len(place.weights), size=CHUNK_ROWS, p=place.weights)
    cluster = np.full(CHUNK_ROWS, -1)
    luck = rng.random(CHUNK_ROWS)
    index = {code: row for row, code in enumerate(place.county_codes)}
    for one in place.planted:
        own = segment == int(np.flatnonzero(place.segments == one.segment)[0])
        joins = own & (luck < one.share)
        cluster[joins] = one.cluster
        county[joins] = index[one.county_code]
    return _Drawn(county, segment, cluster)


def _positions(place: World, drawn: _Drawn, rng: np.random.Generator) -> NDArray[np.float64]:
    picks = rng.integers(place.places.shape[1], size=CHUNK_ROWS)
    xy = place.places[drawn.county, picks] + rng.uniform(-100.0, 100.0, (CHUNK_ROWS, 2))
    for one in place.planted:
        own = drawn.cluster == one.cluster
        centre = (one.easting, one.northing)
        xy[own] = rng.normal(centre, SPREAD_M, (int(own.sum()), 2))
    return np.asarray(xy)


def _zone_ids(place: World, drawn: _Drawn) -> NDArray[np.object_]:
    zones = np.array([*(one.zone_id or None for one in place.planted), None], dtype=object)
    return np.asarray(zones[drawn.cluster])


def _business(
    place: World, drawn: _Drawn, rng: np.random.Generator
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return names and scopes; terms of a segment are those of the taxonomy's own rules."""
    bank = words()
    brand = rng.choice(bank["brand_first"], CHUNK_ROWS) + rng.choice(
        bank["brand_second"], CHUNK_ROWS
    )
    trade = rng.integers(len(bank["trade_name"]), size=CHUNK_ROWS)
    word, scope = bank["trade_name"][trade], bank["trade_scope"][trade]
    terms = _terms()
    for row, segment in enumerate(place.segments):
        own = np.flatnonzero(drawn.segment == row)
        picked = rng.choice(terms[segment], size=(len(own), 2))
        word[own] = picked[:, 0]
        scope[own] = picked[:, 0] + "技术研发；" + picked[:, 1] + "的研发、生产和销售"
    stem = np.array([name[:2] for name in place.prefecture_names], dtype=object)[drawn.county]
    return stem + brand + word + "有限公司" + MARK, np.asarray(scope)


def _terms() -> dict[str, NDArray[np.object_]]:
    rules = pd.read_csv(data_path("taxonomy", "rules.csv"), dtype=str, keep_default_na=False)
    sure = rules[rules["kind"].isin(["core", "related"]) & rules["where"].eq("any")]
    sure = sure[sure["role"].eq("") & sure["term"].str.len().ge(3)]
    own = sure.groupby("segment")["term"].agg(list).to_dict()
    return {str(segment): np.array(terms, dtype=object) for segment, terms in own.items()}


def _addresses(place: World, drawn: _Drawn, rng: np.random.Generator) -> NDArray[np.object_]:
    county = drawn.county
    city, area = place.prefecture_names[county], place.county_names[county]
    road = place.roads[county, rng.integers(place.roads.shape[1], size=CHUNK_ROWS)]
    door = rng.integers(1, 400, CHUNK_ROWS).astype(str).astype(object) + "号"
    town = np.empty(CHUNK_ROWS, dtype=object)
    luck = rng.random(CHUNK_ROWS)
    for code in np.unique(county):
        own = np.flatnonzero(county == code)
        towns = place.subdistricts[code]
        town[own] = towns[(luck[own] * len(towns)).astype(int)]
    form = rng.choice(list(_FORMS), p=list(_FORMS.values()), size=CHUNK_ROWS)
    street = road + door
    text = np.select(
        [form == key for key in _FORMS],
        [
            city + area + street,
            area + street,
            "四川省" + city + area + town + street,
            city + street,
            town + street,
            "",
        ],
    ).astype(object)
    for one in place.planted:
        if one.zone_id:  # half of a zone's firms write the zone instead of the county
            own = np.flatnonzero((drawn.cluster == one.cluster) & (luck < 0.5))
            text[own] = city[own] + place.zone_names[one.zone_id] + street[own]
    for row in np.flatnonzero(rng.random(CHUNK_ROWS) < _SPACED):
        text[row] = " ".join(text[row])
    for row in np.flatnonzero(rng.random(CHUNK_ROWS) < _WIDE):
        text[row] = text[row].translate(_WIDE_DIGITS)
    return text


def _codes(
    place: World, drawn: _Drawn, number: int, rng: np.random.Generator
) -> NDArray[np.object_]:
    """Return credit codes no real firm has: organisation codes that begin with DEM."""
    serial = number * CHUNK_ROWS + np.arange(CHUNK_ROWS)
    digits = np.stack([serial // 31**power % 31 for power in range(5, -1, -1)], axis=1)
    letters = np.frombuffer(ALPHABET.encode(), dtype="S1")
    tail = letters[digits].view("S6").ravel()
    area = place.county_codes[drawn.county].astype("S6")
    head = np.char.add(np.char.add(b"91", area), np.char.add(b"DEM", tail))
    values = check_character(np.char.add(head, b"0"))
    values[rng.random(CHUNK_ROWS) < _WRONG_CODE] += 1
    codes = np.char.add(head, letters[values % 31])
    return np.asarray(codes.astype("U18").astype(object))


def _days(rng: np.random.Generator) -> NDArray[np.object_]:
    span = int((_LAST_DAY - _FIRST_DAY).astype(int))
    late = rng.beta(2.5, 1.2, CHUNK_ROWS)  # more firms are young than old
    days = _FIRST_DAY + (late * span).astype("timedelta64[D]")
    return np.asarray(days.astype(str).astype(object))


def _capital(rng: np.random.Generator) -> NDArray[np.object_]:
    amount = np.ceil(rng.lognormal(5.0, 1.4, CHUNK_ROWS)).astype(int).astype(str).astype(object)
    unit = rng.choice(np.array(["万元", "万元人民币", "万人民币"], dtype=object), CHUNK_ROWS)
    return np.asarray(amount + unit)
