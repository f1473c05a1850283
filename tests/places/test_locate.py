import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.errors import InputError
from clusters.geocode.datum import from_wgs84
from clusters.geocode.gazetteer import gazetteer
from clusters.places.assign import county_codes
from clusters.places.boundaries import counties
from clusters.places.draws import draw_positions
from clusters.places.locate import COLUMNS, learn, locate

ADDRESSES = [
    "成都市武侯区人民南路四段1号",
    "成都高新区天府五街200号",
    "西藏拉萨市某路1号",
    "",
    "绵阳市某某街2号",
]


@pytest.fixture(scope="module")
def plain():
    return locate(pd.DataFrame({"address": ADDRESSES}, index=[9, 3, 3, 1, 0]))


def test_rows_order_and_index_stay(plain):
    assert plain.index.tolist() == [9, 3, 3, 1, 0]
    assert plain["address"].tolist() == ADDRESSES
    assert set(COLUMNS) <= set(plain.columns)
    assert plain.crs == "EPSG:4326"


def test_precision_speaks_of_the_position_and_level_of_the_text(plain):
    assert plain["precision"].tolist() == ["county", "park", "none", "none", "prefecture"]
    assert plain["text_level"].tolist()[:2] == ["building", "building"]
    assert plain["county_code"].tolist()[:2] == ["510107", "510107"]
    assert plain["prefecture_code"].tolist()[4] == "510700"


def test_every_place_says_how_it_was_found(plain):
    assert plain["located_by"].isna().tolist() == [False, False, True, True, False]
    assert set(plain["located_by"].dropna()) == {"gazetteer"}
    wide = locate(
        pd.DataFrame({"address": ["成都高新区云华路333号", None], "region": [None, "德阳市"]})
    )
    assert wide["county_code"].isna().all()  # a zone and a prefecture, but no county
    assert (wide["precision"] != "none").all()
    assert wide["located_by"].tolist() == ["gazetteer", "gazetteer"]


def test_unknown_is_said_with_a_reason(plain):
    assert plain.geometry.isna().tolist() == [False, False, True, True, False]
    assert plain["lon"].isna().tolist() == [False, False, True, True, False]
    assert plain["radius_m"].isna().tolist() == [False, False, True, True, False]
    assert plain["location_note"].iloc[2].startswith("outside_province")
    assert plain["location_note"].iloc[3] == "no_address"
    assert plain["location_note"].iloc[4] == "county_not_named"


def test_lists_are_lists_and_parallel(plain):
    for column in ("zone_ids", "zone_evidence", "zone_also_ids", "zone_uncertain_ids", "park_ids"):
        assert all(isinstance(value, list) for value in plain[column])
    assert [
        len(a) == len(b) for a, b in zip(plain["zone_ids"], plain["zone_evidence"], strict=True)
    ]
    assert plain["zone_ids"].iloc[1] == ["chengdu-htz-south"]
    assert "chengdu-htz" in plain["zone_also_ids"].iloc[1]


def test_a_position_lies_in_the_county_it_stands_for(plain):
    some = plain[plain["precision"].isin(["county", "park"])]
    assert county_codes(some["lon"], some["lat"]).tolist() == some["county_code"].tolist()


def test_it_can_be_written_and_read(plain, tmp_path):
    path = tmp_path / "located.parquet"
    plain.reset_index(drop=True).to_parquet(path)
    again = gpd.read_parquet(path)
    assert [list(value) for value in again["zone_ids"]] == plain["zone_ids"].tolist()


def test_the_same_input_gives_the_same_bytes(tmp_path):
    table = pd.DataFrame({"address": ADDRESSES * 20})
    for name in ("a", "b"):
        locate(table, learn(table)).to_parquet(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_another_column_name_and_a_missing_one():
    table = pd.DataFrame({"住所": ["成都市武侯区一环路1号", None, 5]})
    assert locate(table, address="住所")["county_code"].iloc[0] == "510107"
    with pytest.raises(InputError, match="住所"):
        locate(table)
    with pytest.raises(InputError, match="住所"):
        learn(table)


def test_an_empty_table():
    located = locate(pd.DataFrame({"address": pd.Series([], dtype="str")}))
    assert len(located) == 0
    assert set(COLUMNS) <= set(located.columns)


def test_an_unknown_datum_is_refused():
    with pytest.raises(InputError, match="itrf"):
        locate(pd.DataFrame({"address": ["成都市"]}), datum="itrf")


class TestCoordinates:
    def place(self, lon, lat, address="", **more):
        return locate(
            pd.DataFrame({"address": [address], "lon": [lon], "lat": [lat]}),
            **{"datum": "wgs84", **more},
        ).iloc[0]

    def test_a_point_decides_position_and_county(self):
        row = self.place(104.0, 30.7)
        assert row["precision"] == "point"
        assert row["located_by"] == "coordinates"
        assert row["county_code"] == "510106"
        assert row["radius_m"] == 100

    def test_a_point_far_from_the_named_county_is_a_conflict(self):
        row = self.place(104.0, 30.7, "四川省泸县牛滩镇")
        assert row["county_code"] == "510521"
        assert row["precision"] == "county"
        assert row["location_conflict"].startswith("address_against_coordinates")

    def test_a_point_just_across_the_border_is_none(self):
        # 104.0386, 30.6667 is in 青羊, some hundred metres from 武侯.
        frame = counties().set_index("code")
        border = frame.geometry["510105"].intersection(frame.geometry["510107"])
        spot = (
            border.interpolate(0.5, normalized=True)
            if border.geom_type == "LineString"
            else border.geoms[0].centroid
        )
        for shift in (-0.002, 0.002):
            row = self.place(spot.x, spot.y + shift, "成都市武侯区某街")
            assert row["precision"] == "point"
            assert row["county_code"] == "510107"
            assert pd.isna(row["location_conflict"])

    @pytest.mark.parametrize(
        ("lon", "lat", "note", "precision"),
        [
            (30.7, 104.0, "swapped", "point"),
            (0.0, 0.0, "zero", "county"),
            (104.0, 0.0, "zero", "county"),
            (116.4, 39.9, "outside_province", "county"),
            (104.0, np.nan, "incomplete", "county"),
            (np.inf, 30.0, "incomplete", "county"),
            (98.0, 26.5, "outside_province", "county"),
        ],
    )
    def test_defects_are_reported_per_row(self, lon, lat, note, precision):
        row = self.place(lon, lat, "成都市金牛区某街1号")
        assert row["coordinate_note"] == note
        assert row["precision"] == precision

    def test_given_coordinates_are_kept(self):
        row = self.place(30.7, 104.0)
        assert (row["given_lon"], row["given_lat"]) == (30.7, 104.0)
        assert (row["lon"], row["lat"]) == (104.0, 30.7)

    def test_a_row_may_say_its_own_datum(self):
        lon, lat = from_wgs84([104.06], [30.57], "gcj02")
        table = pd.DataFrame(
            {
                "address": ["", ""],
                "lon": [lon[0]] * 2,
                "lat": [lat[0]] * 2,
                "datum": ["GCJ-02", "WGS84"],
            }
        )
        located = locate(table)
        assert located["lon"].iloc[0] == pytest.approx(104.06, abs=1e-8)
        assert located["lon"].iloc[1] == lon[0]

    def test_text_beats_a_footprint_near_its_edge(self):
        row = self.place(104.0646, 30.5747, "成都高新区天府大道")
        assert row["zone_ids"][0] == "chengdu-htz-south"
        assert row["zone_evidence"][0] == "text"


@pytest.fixture(scope="module")
def table():
    random = np.random.default_rng(3)
    x, y = random.uniform(103.7, 104.4, 3000), random.uniform(30.35, 30.95, 3000)
    codes = county_codes(x, y)
    known = np.array([code is not None for code in codes])
    names = gazetteer().counties.set_index("code")["name_zh"]
    u, v = from_wgs84(x[known], y[known], "gcj02")
    addresses = [f"四川省{names[code]}某街{n}号" for n, code in enumerate(codes[known])]
    return pd.DataFrame({"address": addresses, "lon": u, "lat": v}), x[known]


class TestDatum:
    def test_the_datum_is_estimated_told_and_used(self, table):
        frame, x = table
        located = locate(frame)
        told = located.attrs["datum"]
        assert told["datum"] == "gcj02"
        assert told["rows"] > 1000
        assert told["odds"] > 100
        points = located["precision"] == "point"
        assert points.mean() > 0.99
        assert np.abs(located["lon"] - x)[points].max() < 1e-8
        assert (located["radius_m"][points] == 100).all()

    def test_weak_evidence_converts_nothing_and_widens_the_radius(self, table):
        frame, _ = table
        located = locate(frame.head(5))
        assert located.attrs["datum"]["datum"] == "unknown"
        assert (located["lon"] == frame["lon"].head(5)).all()
        assert (located["radius_m"] == 1500).all()


def test_a_pile_of_firms_at_one_coordinate_is_no_position():
    table = pd.DataFrame(
        {
            "address": [
                f"成都市武侯区{chr(0x4E00 + n)}{chr(0x4E80 + n)}街{n}号" for n in range(60)
            ],
            "lon": 104.02,
            "lat": 30.60,
        }
    )
    located = locate(table, datum="wgs84")
    assert (located["coordinate_note"] == "piled_up").all()
    assert (located["precision"] == "county").all()
    tower = table.assign(address=[f"成都市武侯区科华北路1号{n}室" for n in range(60)])
    assert (locate(tower, datum="wgs84")["precision"] == "point").all()


def test_draws_stay_in_the_county_and_repeat():
    located = locate(
        pd.DataFrame({"address": ["成都市武侯区某街", "绵阳市", "", "成都高新区(西区)"]})
    )
    drawn = draw_positions(located, 5, seed=4)
    assert drawn.shape == (5, 4, 2)
    assert np.array_equal(drawn, draw_positions(located, 5, seed=4), equal_nan=True)
    assert np.isnan(drawn[:, 2]).all()
    assert np.isfinite(np.delete(drawn, 2, axis=1)).all()


@given(
    st.lists(
        st.tuples(
            st.text(max_size=30),
            st.floats(allow_nan=True, allow_infinity=True),
            st.floats(allow_nan=True, allow_infinity=True),
        ),
        max_size=12,
    )
)
@settings(max_examples=60)
def test_any_table_is_located(rows):
    table = pd.DataFrame(rows, columns=["address", "lon", "lat"])
    located = locate(table)
    assert len(located) == len(table)
    placed = located["precision"] != "none"
    assert (located["lon"].notna() == placed).all()


@pytest.fixture(scope="module")
def gold(shared):
    return pd.read_csv(shared("gold", "addresses_dev.csv"), dtype=str)


@pytest.fixture(scope="module")
def registry(shared):
    raw = pd.read_parquet(shared("registry", "sichuan_1978_2007_2013.parquet"))
    return pd.DataFrame(
        {
            "name": raw["企业名称"],
            "address": raw["注册地址"].fillna(""),
            "region": raw["地区"],
            "uscc": raw["统一社会信用代码"].fillna(""),
        }
    )


@pytest.fixture(scope="module")
def located(gold, registry):
    memory = learn(registry[~registry["uscc"].isin(gold["uscc"])])
    return locate(gold[["address"]].assign(region=gold["region_field"]), memory)


class TestLabelled:
    """Floors are the figures asked for; `benchmarks/locating.py` prints the figures themselves."""

    def right(self, gold, located):
        return (
            located["county_code"].fillna("").to_numpy()
            == gold["county_code"].fillna("").to_numpy()
        )

    def test_counties(self, gold, located):
        right = self.right(gold, located)
        assert right[(gold["stratum"] == "random").to_numpy()].mean() >= 0.94
        assert right.mean() >= 0.90
        answered = located["county_code"].notna().to_numpy()
        assert right[answered].mean() >= 0.99

    def test_without_memory(self, gold):
        random = gold[gold["stratum"] == "random"].reset_index(drop=True)
        assert self.right(random, locate(random[["address"]])).mean() >= 0.84

    def test_zones(self, gold, located):
        counts = ~gold["zone_basis"].fillna("").str.contains("proxy_only")
        hit = wrong = 0
        for found, text in zip(
            located["zone_ids"][counts], gold["zone_ids"][counts].fillna(""), strict=True
        ):
            labels = set(filter(None, text.split(";")))
            hit += len(labels & set(found))
            wrong += len(labels ^ set(found))
        assert 2 * hit / (2 * hit + wrong) >= 0.90

    def test_levels(self, gold, located):
        assert (located["text_level"].to_numpy() == gold["finest"].to_numpy()).mean() >= 0.92

    @pytest.mark.slow
    def test_against_the_registering_authority(self, registry):
        aliases = pd.read_csv("data/gazetteer/aliases.csv", dtype=str).dropna(
            subset=["old_code", "code"]
        )
        code = (
            registry["uscc"]
            .str[2:8]
            .replace(dict(zip(aliases["old_code"], aliases["code"], strict=True)))
        )
        truth = code.where(code.isin(gazetteer().counties["code"]))
        fold = np.random.default_rng(0).integers(0, 5, len(registry))
        rows = registry.drop(columns="uscc")
        located = pd.concat(
            [
                locate(rows[fold == part], learn(rows[fold != part]))["county_code"]
                for part in range(5)
            ]
        ).sort_index()
        has, answered = truth.notna(), located.notna()
        right = located == truth
        assert right[has].mean() >= 0.97
        assert right[has & answered].mean() >= 0.993
