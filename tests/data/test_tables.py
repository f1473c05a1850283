"""The shipped tables keep their promises: known codes, typed cells, sourced values, no persons."""

import csv
import re
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from clusters.places.boundaries import counties, prefectures, to_metres
from clusters.places.parks import shipped_parks
from clusters.places.reference import amenities, figures
from clusters.places.zones import zones

DATA = Path(__file__).parents[2] / "data"
FOLDERS = ("boundaries", "enterprises", "parks", "goals", "reference", "screening")
TABLES = sorted(path for folder in FOLDERS for path in (DATA / folder).glob("*.csv"))
FUNCTIONAL = {"510109", "510110", "510111", "510171", "510172", "510173"}
"""Codes of functional zones in and around Chengdu, outside GB/T 2260."""
SEGMENTS = {
    "agri_ai", "compute_infrastructure", "connected_vehicle", "cross_media", "fintech_ai",
    "foundation_software_models", "healthcare_ai", "information_security", "intelligent_hardware",
    "intelligent_manufacturing_equipment", "other_application", "robotics", "safety_supervision",
    "smart_airport", "smart_city_governance", "smart_home", "uav",
}  # fmt: skip
PARTIAL_DATE = r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"


def read(*parts):
    return pd.read_csv(DATA.joinpath(*parts), dtype="str", keep_default_na=False)


def county_codes():
    return set(counties()["code"])


def prefecture_codes():
    return set(prefectures()["code"])


@pytest.mark.parametrize("path", TABLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_files_are_plain_utf8_csv(path):
    raw = path.read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    rows = list(csv.reader(raw.decode("utf-8").splitlines(keepends=True), strict=True))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert all(cell == cell.strip() for row in rows for cell in row)
    assert len({tuple(row) for row in rows}) == len(rows)


@pytest.mark.parametrize("path", TABLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_persons_no_paths_of_a_machine(path):
    text = re.sub(r"https?://\S+", " ", path.read_text(encoding="utf-8"))
    assert not re.search(r"(?<![\dA-Za-z])1[3-9]\d{9}(?!\d)", text)  # mobile numbers
    assert not re.search(r"(?<!\d)0\d{2,3}[-—]\d{7,8}(?!\d)", text)  # land lines
    assert not re.search(r"[\w.]+@[\w.]+", text)
    assert not re.search(r"法定代表人|法人代表|联系人|电话[:：]|邮箱", text)
    assert not re.search(r"(?:^|[\s,])(?:/home/|/root/|/work/|/tmp/|[A-Z]:\\)", text)


@pytest.mark.parametrize("path", TABLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_links_are_links(path):
    table = read(path.parent.name, path.name)
    for column in [name for name in table.columns if name.endswith("source_url")]:
        for link in table[column].str.split(" ; ").explode():
            assert not re.search(r"mailto:|tel:|://[^/]*@", link), link


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_tells_its_provenance(folder):
    text = (DATA / folder / "README.md").read_text(encoding="utf-8")
    for heading in (
        "Files", "Sources", "Licence", "Date", "Datum", "Rebuild", "Corrections", "Not proven",
    ):  # fmt: skip
        assert re.search(rf"^## .*{heading}", text, re.MULTILINE), heading
    for path in (DATA / folder).iterdir():
        assert path.name == "README.md" or f"`{path.name}`" in text, path.name


class TestCounties:
    def test_183_codes_in_21_prefectures(self):
        table = read("gazetteer", "counties.csv")
        assert len(table) == table["code"].nunique() == 183
        assert (table["prefecture_code"] == table["code"].str[:4] + "00").all()
        assert table["prefecture_code"].nunique() == 21
        assert set(table["code"]) == county_codes()
        assert table["code"].is_monotonic_increasing

    def test_english_names_are_pinyin_unless_corrected(self):
        from pypinyin import lazy_pinyin

        table = read("gazetteer", "counties.csv")
        assert table["name_en"].str.fullmatch(r"[A-Z][A-Za-z' ]+").all()
        for row in table.itertuples():
            pinyin = "".join(lazy_pinyin(row.name_zh[:-1])).capitalize()
            stem = row.name_en.rsplit(" ", 1)[0]
            assert (stem == pinyin) == (row.name_basis == "pinyin"), row.name_zh
            assert row.note or row.name_basis == "pinyin", row.name_zh

    @pytest.mark.parametrize(
        ("code", "name"),
        [
            ("510114", "Xindu District"),
            ("510117", "Pidu District"),
            ("510682", "Shifang City"),
            ("511123", "Qianwei County"),
            ("511526", "Gong County"),
            ("511527", "Junlian County"),
            ("511822", "Yingjing County"),
            ("513422", "Muli Tibetan Autonomous County"),
            ("513232", "Zoige County"),
        ],
    )
    def test_polyphones_and_autonomous_counties(self, code, name):
        table = read("gazetteer", "counties.csv").set_index("code")
        assert table.loc[code, "name_en"] == name

    def test_names_are_unique_within_a_prefecture(self):
        table = read("gazetteer", "counties.csv")
        assert not table.duplicated(["prefecture_code", "name_zh"]).any()
        assert not table.duplicated(["prefecture_code", "name_en"]).any()


class TestZonesAndParks:
    def test_zone_codes_are_known(self):
        for row in zones().itertuples():
            assert set(row.county_codes) <= county_codes(), row.zone_id
            assert set(row.functional_codes) <= FUNCTIONAL, row.zone_id
            if row.county_codes:
                assert row.prefecture_code in {code[:4] + "00" for code in row.county_codes}

    def test_zones_without_counties_are_known(self):
        table = read("boundaries", "zones.csv")
        bare = table.loc[table["county_codes"] == "", "zone_id"]
        assert set(bare) == {"tianfu-wireless-valley", "west-china-science-city-chengdu"}

    def test_parks_lie_where_they_say(self):
        zone_ids = set(zones()["zone_id"])
        for row in shipped_parks().itertuples():
            assert set(row.county_codes) <= county_codes(), row.park_id
            assert set(row.functional_codes) <= FUNCTIONAL, row.park_id
            assert row.prefecture_code in prefecture_codes()
            assert pd.isna(row.zone_id) or row.zone_id in zone_ids
            if row.county_codes:
                assert row.prefecture_code in {code[:4] + "00" for code in row.county_codes}

    def test_park_centres_lie_in_their_counties_within_their_uncertainty(self):
        shapes = to_metres(counties().set_index("code")).geometry
        for row in shipped_parks()[shipped_parks().geometry.notna()].itertuples():
            point = shapely.Point(to_metres(row.lon, row.lat)[0])
            gap_km = shapes[row.county_codes].distance(point).min() / 1000
            assert gap_km <= row.uncertainty_km, row.park_id

    def test_park_areas_carry_their_basis(self):
        frame = shipped_parks()
        assert (frame["approved_area_ha"].notna() == frame["area_basis"].notna()).all()
        assert frame["area_basis"].value_counts().to_dict() == {"approved": 14, "planned": 7}
        assert set(frame["level"]) == {
            "national_etdz", "national_htz", "provincial", "municipal_function_zone", "other",
        }  # fmt: skip

    @pytest.mark.parametrize("frame", [zones, shipped_parks])
    def test_established_is_a_partial_date(self, frame):
        assert frame()["established"].dropna().str.fullmatch(PARTIAL_DATE).all()

    @pytest.mark.parametrize(
        ("frame", "lon", "lat"),
        [(zones, "centre_lon", "centre_lat"), (shipped_parks, "lon", "lat")],
    )
    def test_gcj02_points_were_converted_exactly(self, frame, lon, lat):
        table = frame()
        shifted = table[table["datum_source"] == "gcj02"]
        assert len(shifted) >= 2
        for row in shifted.itertuples():
            again = gcj02(getattr(row, lon), getattr(row, lat))
            source = float(row.lon_source), float(row.lat_source)
            np.testing.assert_allclose(again, source, atol=1.5e-5)
        other = table[(table["datum_source"] != "gcj02") & table["lon_source"].notna()]
        np.testing.assert_array_equal(other[lon], other["lon_source"].astype(float))
        np.testing.assert_array_equal(other[lat], other["lat_source"].astype(float))


def gcj02(lon, lat):
    """Return WGS 84 degrees shifted to GCJ-02 by the public formula (Krasovsky 1940)."""
    x, y = lon - 105.0, lat - 35.0
    ripple = (20 * np.sin(6 * x * np.pi) + 20 * np.sin(2 * x * np.pi)) * 2 / 3
    d_lat = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * np.sqrt(abs(x)) + ripple
    d_lat += (20 * np.sin(y * np.pi) + 40 * np.sin(y / 3 * np.pi)) * 2 / 3
    d_lat += (160 * np.sin(y / 12 * np.pi) + 320 * np.sin(y * np.pi / 30)) * 2 / 3
    d_lon = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * np.sqrt(abs(x)) + ripple
    d_lon += (20 * np.sin(x * np.pi) + 40 * np.sin(x / 3 * np.pi)) * 2 / 3
    d_lon += (150 * np.sin(x / 12 * np.pi) + 300 * np.sin(x / 30 * np.pi)) * 2 / 3
    phi, axis, e2 = np.radians(lat), 6378245.0, 0.00669342162296594323
    root = np.sqrt(1 - e2 * np.sin(phi) ** 2)
    return (
        lon + np.degrees(d_lon / (axis / root * np.cos(phi))),
        lat + np.degrees(d_lat / (axis * (1 - e2) / root**3)),
    )


def uscc_is_valid(code):
    """Check the 18th character of a unified social credit code (GB 32100-2015)."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    weights = [3**place % 31 for place in range(17)]
    total = sum(alphabet.index(character) * w for character, w in zip(code, weights, strict=False))
    return len(code) == 18 and alphabet[(31 - total % 31) % 31] == code[17]


class TestEnterprises:
    table = staticmethod(lambda: read("enterprises", "enterprises.csv"))

    def test_235_firms_with_unique_names(self):
        table = self.table()
        assert len(table) == table["name"].nunique() == 235
        assert table["name"].is_monotonic_increasing

    def test_credit_codes_pass_their_check_digit(self):
        codes = self.table()["uscc"]
        codes = codes[codes != ""]
        assert len(codes) == codes.nunique() == 5
        assert codes.map(uscc_is_valid).all()

    def test_words_come_from_the_agreed_lists(self):
        table = self.table()
        assert set(table["segment"]) == SEGMENTS
        assert set(table["chain_layer"]) == {"foundation", "technology", "application"}
        assert set(table["ai_relevance"]) == {"core", "related", "weak", ""}
        assert set(table["confidence"]) == {"high", "medium", "low"}
        assert set(table["source_kind"]) == {"link", "repost", "unidentified"}
        assert ((table["source_kind"] == "unidentified") == (table["source_url"] == "")).all()

    def test_relevance_says_where_it_comes_from(self):
        table = self.table()
        judged = table["ai_relevance"] != ""
        assert judged.sum() == 70
        assert table.loc[judged, "taxonomy_evidence"].str.startswith("judged one by one").all()
        assert (
            table.loc[~judged, "taxonomy_evidence"]
            == "found in an AI-focused search; not judged one by one"
        ).all()

    def test_dates_parse_and_are_not_in_the_future(self):
        table = self.table()
        for column in ("founded", "as_of"):
            filled = table.loc[table[column] != "", column]
            assert filled.str.fullmatch(PARTIAL_DATE).all()
            assert (filled.str[:4].astype(int) <= 2026).all()
            for value in filled[filled.str.len() == 10]:
                date.fromisoformat(value)
        assert (table["founded"].str.len().isin([0, 4, 10])).all()

    def test_amounts_are_in_yuan(self):
        table = self.table().set_index("name")
        # 四川长虹, annual report 2024: revenue 103 691 161 000 yuan.
        changhong = table.loc["四川长虹电器股份有限公司"]
        assert float(changhong["revenue_cny"]) == 103_691_161_000
        assert float(changhong["registered_capital_cny"]) == 4_616_244_222
        for column in ("registered_capital_cny", "revenue_cny"):
            amounts = pd.to_numeric(table[column].replace("", None))
            assert (amounts.dropna() >= 1e6).all()
        assert ((table["revenue_cny"] != "") == (table["revenue_year"] != "")).all()

    def test_the_one_coordinate_is_declared_gcj02(self):
        table = self.table()
        placed = table[table["lon"] != ""]
        assert placed["datum"].tolist() == ["gcj02"]
        assert (table.loc[table["lon"] == "", "datum"] == "").all()

    def test_addresses_carry_their_basis(self):
        table = self.table()
        assert ((table["address"] != "") == (table["address_basis"] != "")).all()
        assert (table["address"] != "").sum() == 58
        assert not table["address"].str.contains("办公|注册").any()

    def test_thirty_benchmark_firms_are_in_the_table(self):
        chosen = read("enterprises", "benchmark_30.csv")
        assert len(chosen) == chosen["enterprise"].nunique() == 30
        assert set(chosen["enterprise"]) <= set(self.table()["name"])
        assert chosen["evidence_level"].value_counts().to_dict() == {"A": 11, "B": 15, "C": 4}
        assert (chosen[["basis_zh", "basis_en"]] != "").all(axis=None)


class TestGoals:
    @pytest.mark.parametrize(
        ("name", "rows", "key"),
        [
            ("targets.csv", 128, "target_id"),
            ("observations.csv", 91, "observation_id"),
            ("tasks.csv", 30, "task_id"),
            ("plans.csv", 31, "plan_id"),
            ("indicators.csv", 95, "indicator_id"),
            ("definitions.csv", 119, "definition_group"),
        ],
    )
    def test_rows_and_keys(self, name, rows, key):
        table = read("goals", name)
        assert len(table) == table[key].nunique() == rows

    @pytest.mark.parametrize("name", ["targets.csv", "observations.csv"])
    def test_indicators_definitions_and_plans_are_known(self, name):
        table = read("goals", name)
        definitions = read("goals", "definitions.csv").set_index("definition_group")["indicator_id"]
        assert set(table["indicator_id"]) <= set(read("goals", "indicators.csv")["indicator_id"])
        assert (table["definition_group"].map(definitions) == table["indicator_id"]).all()
        if "plan_id" in table:
            assert set(table["plan_id"]) == set(read("goals", "plans.csv")["plan_id"])

    @pytest.mark.parametrize("name", ["targets.csv", "observations.csv"])
    def test_areas_are_known(self, name):
        known = (
            {"510000", "100000", ""} | prefecture_codes() | county_codes() | set(zones()["zone_id"])
        )
        assert set(read("goals", name)["area_id"]) <= known

    def test_targets_are_typed(self):
        table = read("goals", "targets.csv")
        quantified = table["definition_group"] != "qualitative"
        assert quantified.sum() == 104
        assert set(table.loc[quantified, "comparator"]) == {">=", "=", ">", "~", "<", "<="}
        assert pd.to_numeric(table.loc[quantified, "value"]).gt(0).all()
        assert (table.loc[~quantified, ["value", "comparator", "unit"]] == "").all(axis=None)
        assert table["due_year"].str.fullmatch(r"(20[2-3]\d)?").all()
        assert set(table["document_kind"]) == {"plan", "press report", "draft"}
        upper = pd.to_numeric(table["value_high"].replace("", None))
        assert (upper > pd.to_numeric(table["value"].replace("", None)))[upper.notna()].all()
        assert (table["source_url"].str.startswith("http")).all()

    def test_drafts_are_never_called_plans(self):
        table = read("goals", "targets.csv")
        draft = table["target_id"].str.startswith("A25D")
        assert ((table["document_kind"] == "draft") == draft).all()

    def test_size_definitions_are_never_one_line(self):
        targets = read("goals", "targets.csv").set_index("target_id")["definition_group"]
        assert targets["S18-2020-07"] == targets["S18-2025-03"] == "ai_core_size"
        assert targets["S24-2027-05"] == targets["A26-2030-06"] == "ai_industry_size"
        table = read("goals", "observations.csv").query(
            "indicator_id == 'AI_IND_SIZE' and area == '四川省' and nature == 'observed'"
        )
        assert set(table["definition_group"]) == {
            "ai_total_value",
            "ai_industry_size",
            "ai_revenue",
        }

    def test_observations_are_typed(self):
        table = read("goals", "observations.csv")
        assert pd.to_numeric(table["value"]).gt(0).all()
        assert set(table["qualifier"]) == {"=", ">", ">=", "~"}
        assert table["nature"].value_counts().to_dict() == {
            "observed": 84, "derived": 5, "forecast": 2,
        }  # fmt: skip
        starts = table["period_start"].map(date.fromisoformat)
        ends = table["period_end"].map(date.fromisoformat)
        assert (starts <= ends).all()
        assert not table["definition_note"].str.contains("qualifier:").any()
        assert ((table["source_url"] != "") | (table["source_note"] != "")).all()

    def test_units_agree_with_the_indicator(self):
        units = read("goals", "indicators.csv").set_index("indicator_id")["unit"]
        for name in ("targets.csv", "observations.csv"):
            table = read("goals", name)
            assert (table["indicator_id"].map(units) == table["unit"]).all()

    def test_tasks_and_places(self):
        tasks = read("goals", "tasks.csv")
        assert tasks["kind"].value_counts().to_dict() == {
            "product": 10, "demonstration": 10, "cluster": 4, "research": 3, "talent": 3,
        }  # fmt: skip
        places = read("goals", "collab_places.csv")
        assert set(places["prefecture_code"]) <= prefecture_codes()
        assert places["role"].tolist() == ["main"] * 2 + ["collab"] * 2 + ["candidate"] * 4
        assert ((places["role"] == "candidate") == (places["status"] == "unconfirmed")).all()


class TestReference:
    def test_long_table_has_one_value_per_place_indicator_period(self):
        table = read("reference", "prefectures.csv")
        assert len(table) == 435
        assert not table.duplicated(["code", "indicator_id", "period"]).any()
        known = county_codes() | prefecture_codes() | {"510000", "100000"}
        assert set(table["code"]) <= known
        assert (table["source_url"] != "").all()

    def test_published_areas_against_the_polygons(self):
        areas = figures().query("indicator_id == 'land_area_alt' and level == 'prefecture'")
        drawn = prefectures().set_index("code")["area_km2"]
        ratio = areas.set_index("code")["value"] / drawn
        assert len(ratio) == 21
        assert (ratio - 1).abs().max() < 0.016  # 阿坝: 84 242 published, 82 990 drawn

    def test_amenities_lie_where_they_say(self):
        shapes = to_metres(counties().set_index("code")).geometry
        frame = amenities()
        assert set(frame["prefecture_code"]) <= prefecture_codes()
        for row in frame.itertuples():
            assert set(row.county_codes) <= county_codes()
            assert {code[:4] + "00" for code in row.county_codes} <= {row.prefecture_code}
            if pd.notna(row.lon) and row.county_codes:
                point = shapely.Point(to_metres(row.lon, row.lat)[0])
                gap_km = shapes[row.county_codes].distance(point).min() / 1000
                assert gap_km <= row.uncertainty_km, row.amenity_id
