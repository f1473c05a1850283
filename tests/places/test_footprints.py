"""Official footprints: every format and datum in, what changes, and back again."""

import json
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters.errors import InputError, WorkspaceError
from clusters.geocode.datum import DATUMS, from_wgs84
from clusters.places import zones as room
from clusters.places.areas import area_positions
from clusters.places.assign import zone_membership
from clusters.places.boundaries import counties, to_metres
from clusters.places.footprint_files import read_footprint_file
from clusters.places.footprints import import_footprints, reset_footprints
from clusters.places.locate import locate

WIRELESS = "tianfu-wireless-valley"
BOX = shapely.box(104.00, 30.40, 104.10, 30.50)
FORMATS = ("geojson", "gpkg", "shp", "zip", "kml", "kmz")

KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Folder><name>outlines</name><Placemark><name>{name}</name>
<MultiGeometry>{polygons}</MultiGeometry></Placemark></Folder>
<Folder><name>labels</name><Placemark><name>label</name>
<Point><coordinates>104,30.4,0</coordinates></Point></Placemark></Folder>
</Document></kml>"""
RING = (
    "<Polygon><outerBoundaryIs><LinearRing><coordinates>{}</coordinates></LinearRing>"
    "</outerBoundaryIs></Polygon>"
)


def kml_text(shape, name="天府无线通信谷"):
    parts = [
        RING.format(" ".join(f"{x},{y},512.5" for x, y in part.exterior.coords))
        for part in shapely.get_parts(shape)
    ]
    return KML.format(name=name, polygons="".join(parts))


def in_datum(shape, datum):
    def shifted(points):
        return np.column_stack(from_wgs84(points[:, 0], points[:, 1], datum))

    return shapely.transform(shape, shifted)


def write(folder, suffix, shape=BOX, zone_id=WIRELESS, crs="EPSG:4326", **columns):
    """Write one footprint in a format and return the file."""
    if suffix in {"kml", "kmz"}:
        text = folder / "one.kml"
        text.write_text(kml_text(shape), encoding="utf-8")
        if suffix == "kml":
            return text
        with zipfile.ZipFile(folder / "one.kmz", "w") as archive:
            archive.write(text, "doc.kml")
        return folder / "one.kmz"
    frame = gpd.GeoDataFrame({"zone_id": [zone_id], **columns}, geometry=[shape], crs="EPSG:4326")
    frame = frame.to_crs(crs)
    if suffix == "zip":
        (folder / "inner").mkdir()
        frame.to_file(folder / "inner" / "one.shp")
        with zipfile.ZipFile(folder / "one.zip", "w") as archive:
            for part in sorted((folder / "inner").iterdir()):
                archive.write(part, part.name)
        return folder / "one.zip"
    path = folder / f"one.{suffix}"
    frame.to_file(path)
    return path


def valley():
    return room.zones().set_index("zone_id").loc[WIRELESS]


def metres_apart(one, other):
    """Return how far two shapes are apart at most (Hausdorff distance)."""
    shapes = to_metres(gpd.GeoSeries([one, other], crs="EPSG:4326"))
    return float(shapely.hausdorff_distance(*shapes))


@pytest.mark.parametrize("datum", DATUMS)
@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_in_every_datum_lands_at_the_same_place(tmp_path, suffix, datum):
    source = write(tmp_path, suffix, in_datum(BOX, datum))
    frame, finding = read_footprint_file(source, datum=datum)
    assert frame["zone_id"].tolist() == [WIRELESS]
    assert frame.crs == "EPSG:4326"
    assert not frame.geometry.has_z.any()
    assert metres_apart(frame.geometry[0], BOX) < 0.01
    assert (finding.datum, finding.basis) == (datum, "given")


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4543", "EPSG:32648", "EPSG:3857"])
def test_every_crs_lands_at_the_same_place(tmp_path, crs):
    source = write(tmp_path, "gpkg", crs=crs)
    frame, finding = read_footprint_file(source)
    assert metres_apart(frame.geometry[0], BOX) < 0.05
    # Web Mercator is what map services write, whatever their datum: it tells nothing.
    assert finding.basis == ("unknown" if crs == "EPSG:3857" else "crs")


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
def test_an_outline_along_a_county_border_tells_its_datum(tmp_path, datum):
    # A zone that ends where its county ends: 龙泉驿 cut off at its western border.
    county = counties().set_index("code").geometry["510112"]
    west, south, _, north = county.bounds
    zone = shapely.intersection(county, shapely.box(west, south, west + 0.1, north))
    zone = max(shapely.get_parts(zone), key=lambda part: part.area)
    source = write(tmp_path, "geojson", in_datum(zone, datum))
    frame, finding = read_footprint_file(source)
    assert (finding.datum, finding.basis) == (datum, "estimated")
    assert finding.shared_m[datum] > 10_000
    assert shapely.hausdorff_distance(frame.geometry[0], zone) < 1e-6
    assert frame["boundary_error_m"].tolist() == [0]


def test_an_outline_that_tells_nothing_keeps_its_doubt(tmp_path):
    frame, finding = read_footprint_file(write(tmp_path, "geojson"), error_m=20)
    assert (finding.datum, finding.basis) == ("unknown", "unknown")
    assert frame["boundary_error_m"].tolist() == [1520]
    assert metres_apart(frame.geometry[0], BOX) < 1e-6


def test_parts_of_one_zone_are_joined(tmp_path):
    left, right = shapely.box(104.0, 30.4, 104.05, 30.5), shapely.box(104.05, 30.4, 104.1, 30.5)
    frame = gpd.GeoDataFrame(
        {"zone_id": [WIRELESS, "luxi-zhigu", WIRELESS], "boundary_error_m": [5, None, 9]},
        geometry=[left, shapely.box(104.2, 30.4, 104.3, 30.5), right],
        crs="EPSG:4490",
    )
    frame.to_file(tmp_path / "many.gpkg")
    read, _ = read_footprint_file(tmp_path / "many.gpkg")
    assert read["zone_id"].tolist() == ["luxi-zhigu", WIRELESS]
    assert read["features"].tolist() == [1, 2]
    assert read["boundary_error_m"].tolist() == [0, 9]
    assert read.geometry[1].equals(BOX)


def test_polygons_are_taken_out_of_collections_of_a_kml(tmp_path):
    two = shapely.union_all([BOX, shapely.box(104.2, 30.4, 104.3, 30.5)])
    (tmp_path / "a.kml").write_text(kml_text(two), encoding="utf-8")
    frame, _ = read_footprint_file(tmp_path / "a.kml", datum="wgs84")
    assert frame.geometry[0].equals(two)


def test_the_zone_may_be_told_by_its_name_or_by_the_caller(tmp_path):
    (tmp_path / "a.kml").write_text(kml_text(BOX, "Tianfu Wireless Communication Valley"), "utf-8")
    assert read_footprint_file(tmp_path / "a.kml")[0]["zone_id"].tolist() == [WIRELESS]
    (tmp_path / "b.kml").write_text(kml_text(BOX, "Untitled"), "utf-8")
    with pytest.raises(InputError, match=r"'Untitled' names no zone.*--zone"):
        read_footprint_file(tmp_path / "b.kml")
    assert read_footprint_file(tmp_path / "b.kml", zone_id=WIRELESS)[0]["zone_id"][0] == WIRELESS


def test_an_id_that_does_not_exist_is_not_overruled_by_a_name(tmp_path):
    source = write(tmp_path, "gpkg", zone_id="no-such-zone", name_zh=["天府无线通信谷"])
    with pytest.raises(InputError, match="no-such-zone"):
        read_footprint_file(source)


BOWTIE = shapely.Polygon([(104, 30.4), (104.1, 30.5), (104.1, 30.4), (104, 30.5)])


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (BOWTIE, r"feature 1 is no valid polygon \(Self-intersection"),
        (shapely.LineString([(104, 30.4), (104.1, 30.5)]), "holds LineString"),
        (shapely.Point(104, 30.4), "holds Point"),
        (shapely.Polygon(), "feature 1 has no shape"),
        (None, "feature 1 has no shape"),
        (shapely.box(30.4, 104.0, 30.5, 104.1), "longitude and latitude are exchanged"),
        (shapely.box(116.3, 39.9, 116.4, 40.0), "outside Sichuan.*--crs"),
    ],
)
def test_shapes_that_are_no_footprint_are_refused_with_their_feature(tmp_path, shape, why):
    source = write(tmp_path, "geojson", shape)
    with pytest.raises(InputError, match=why):
        read_footprint_file(source, datum="wgs84")


def test_a_vertex_that_is_no_place_is_refused(tmp_path):
    source = write(tmp_path, "geojson")
    text = json.loads(source.read_text())
    text["features"][0]["geometry"]["coordinates"][0][1][0] = 1e400
    source.write_text(json.dumps(text).replace("Infinity", "1e400"))
    with pytest.raises(InputError):
        read_footprint_file(source, datum="wgs84")


def test_metres_that_call_themselves_degrees_are_refused(tmp_path):
    metres = write(tmp_path, "gpkg", crs="EPSG:32648")
    with pytest.raises(InputError, match=r"outside Sichuan.*--crs"):
        read_footprint_file(metres, crs="EPSG:4326", datum="wgs84")
    frame, _ = read_footprint_file(metres, crs="EPSG:32648")
    assert metres_apart(frame.geometry[0], BOX) < 0.05


def test_a_shapefile_without_its_prj_needs_a_crs(tmp_path):
    source = write(tmp_path, "shp", crs="EPSG:4490")
    source.with_suffix(".prj").unlink()
    with pytest.raises(InputError, match=r"\.prj.*--crs"):
        read_footprint_file(source)
    frame, finding = read_footprint_file(source, crs="EPSG:4490")
    assert finding.basis == "crs"
    assert metres_apart(frame.geometry[0], BOX) < 0.01


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"crs": "EPSG:0"}, "unknown coordinate reference system"),
        ({"datum": "itrf"}, "unknown datum"),
        ({"zone_id": "no-such-zone"}, "unknown zone"),
        ({"layer": "other"}, "no layer 'other'"),
        ({"error_m": -1}, "from 0 to 100000"),
        ({"error_m": float("nan")}, "from 0 to 100000"),
    ],
)
def test_wrong_options_are_told(tmp_path, options, why):
    with pytest.raises(InputError, match=why):
        read_footprint_file(write(tmp_path, "gpkg"), **options)


def test_an_error_that_is_no_length_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"feature 1, boundary_error_m: 'wide'"):
        read_footprint_file(write(tmp_path, "gpkg", boundary_error_m=["wide"]))


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.shp", "a.zip", "a.kml", "a.kmz"])
@pytest.mark.parametrize("content", [b"", b"not a map", b"\x00\xff" * 400])
def test_a_broken_file_of_any_format_is_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        read_footprint_file(tmp_path / name)


def test_missing_empty_and_foreign_files_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_footprint_file(tmp_path / "none.geojson")
    (tmp_path / "a.docx").write_bytes(b"x")
    with pytest.raises(InputError, match="footprints are read from"):
        read_footprint_file(tmp_path / "a.docx")
    (tmp_path / "e.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(InputError, match="no feature"):
        read_footprint_file(tmp_path / "e.geojson")


def test_a_file_with_several_layers_asks_which(tmp_path):
    source = write(tmp_path, "gpkg")
    gpd.read_file(source).to_file(source, layer="second")
    with pytest.raises(InputError, match=r"one, second.*--layer"):
        read_footprint_file(source)
    assert len(read_footprint_file(source, layer="second")[0]) == 1


@pytest.mark.usefixtures("own_data")
class TestImport:
    def test_it_ends_the_assumption_and_is_used_at_once(self, tmp_path):
        before, position = room.zone_version(), area_positions()[WIRELESS]
        assert WIRELESS not in zone_membership([104.05], [30.45], [50])[0][0]
        report = import_footprints(write(tmp_path, "gpkg", crs="EPSG:4490"), error_m=10)
        assert valley()["geometry_basis"] == "official"
        assert not valley()["assumed"]
        assert valley()["boundary_error_m"] == 10
        assert valley()["area_km2_drawn"] == pytest.approx(106.5, abs=0.1)
        assert report.version_before == before
        assert report.version_after == room.zone_version() != before
        assert WIRELESS in zone_membership([104.05], [30.45], [50])[0][0]
        assert area_positions()[WIRELESS] != position
        found = locate(
            pd.DataFrame({"address": [""], "lon": [104.05], "lat": [30.45]}), datum="wgs84"
        )
        assert WIRELESS in found["zone_ids"].iloc[0]
        assert "polygon" in found["zone_evidence"].iloc[0]

    def test_its_source_stands_in_the_note(self, tmp_path):
        report = import_footprints(
            write(tmp_path, "gpkg", crs="EPSG:4490", source_note=["川府函 1号"])
        )
        assert valley()["source_note"] == (
            f"川府函 1号; imported from one.gpkg, sha256 {report.sha256[:12]}, datum cgcs2000 (crs)"
        )

    def test_the_report_compares_the_two_footprints(self, tmp_path):
        old = valley().geometry
        moved = shapely.affinity.translate(old, 0.01, 0)
        change = import_footprints(write(tmp_path, "geojson", moved), datum="wgs84").changes[0]
        assert change.basis_before == "assumed"
        assert change.area_km2_after == pytest.approx(change.area_km2_before, rel=1e-3)
        assert change.shift_m == pytest.approx(957, abs=5)  # 0.01 degrees at 30.5 N
        shapes = to_metres(gpd.GeoSeries([old, moved], crs="EPSG:4326"))
        both, either = shapes[0].intersection(shapes[1]).area, shapes[0].union(shapes[1]).area
        assert change.iou == pytest.approx(both / either)
        assert change.overlap == pytest.approx(both / min(shapes.area))
        assert change.counties_before == ("510116",)

    def test_the_same_shape_changes_nothing(self, tmp_path):
        change = import_footprints(
            write(tmp_path, "geojson", valley().geometry), datum="wgs84"
        ).changes[0]
        assert change.iou == pytest.approx(1, abs=1e-6)
        assert change.shift_m == pytest.approx(0, abs=0.01)
        assert change.counties_before == change.counties_after

    def test_a_zone_without_footprint_gets_its_first(self, tmp_path):
        change = import_footprints(
            write(tmp_path, "geojson", zone_id="unicorn-island"), datum="wgs84"
        ).changes[0]
        assert change.basis_before is None
        assert np.isnan(change.shift_m)
        assert np.isnan(change.area_km2_before)
        assert (change.iou, change.counties_before) == (0, ())

    def test_firms_that_change_membership_are_counted(self, tmp_path):
        # In the old footprint only by text, in the new one by place, in neither.
        firms = locate(
            pd.DataFrame(
                {
                    "address": ["天府无线通信谷", "", "", ""],
                    "lon": [104.05, 104.06, 104.30, np.nan],
                    "lat": [30.45, 30.46, 30.45, np.nan],
                }
            ),
            datum="wgs84",
        )
        source = write(tmp_path, "geojson")
        firm = import_footprints(source, datum="wgs84", firms=firms, write=False).changes[0].firms
        by_text = WIRELESS in firms["zone_ids"].iloc[0]
        assert firm.points == 3
        assert (firm.inside_before, firm.inside_after) == (0, 2)
        assert (firm.entered, firm.left) == (1 if by_text else 2, 0)
        import_footprints(source, datum="wgs84")
        away = write(tmp_path, "geojson", shapely.box(104.25, 30.4, 104.35, 30.5))
        firm = import_footprints(away, datum="wgs84", firms=firms).changes[0].firms
        assert (firm.inside_before, firm.inside_after) == (2, 1)
        assert (firm.entered, firm.left) == (1, 1 if by_text else 2)

    def test_a_dry_run_writes_nothing(self, own_data, tmp_path):
        before = sorted(path.name for path in own_data.iterdir())
        report = import_footprints(write(tmp_path, "geojson"), write=False)
        assert report.version_before == report.version_after
        assert sorted(path.name for path in own_data.iterdir()) == before

    def test_one_bad_feature_refuses_all_and_leaves_nothing(self, own_data, tmp_path):
        frame = gpd.GeoDataFrame(
            {"zone_id": [WIRELESS, "luxi-zhigu"]}, geometry=[BOX, BOWTIE], crs="EPSG:4490"
        )
        frame.to_file(tmp_path / "two.gpkg")
        before = {path.name: path.read_bytes() for path in own_data.iterdir()}
        with pytest.raises(InputError, match="feature 2"):
            import_footprints(tmp_path / "two.gpkg")
        assert {path.name: path.read_bytes() for path in own_data.iterdir()} == before

    def test_a_failing_disk_leaves_the_old_state(self, own_data, tmp_path, monkeypatch):
        import_footprints(write(tmp_path, "geojson"), datum="wgs84")
        before = {path.name: path.read_bytes() for path in own_data.iterdir()}

        def full(*_args):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("pathlib.Path.replace", full)
        with pytest.raises(WorkspaceError, match="No space left"):
            import_footprints(write(tmp_path, "geojson"), datum="gcj02")
        assert {path.name: path.read_bytes() for path in own_data.iterdir()} == before

    def test_imports_of_other_zones_stay_and_the_same_file_gives_the_same_bytes(
        self, own_data, tmp_path
    ):
        first = write(tmp_path, "geojson")
        import_footprints(first, datum="wgs84")
        import_footprints(write(tmp_path, "gpkg", zone_id="luxi-zhigu"), datum="wgs84")
        basis = room.zones().set_index("zone_id")["geometry_basis"]
        assert basis["luxi-zhigu"] == basis[WIRELESS] == "official"
        before = (own_data / room.OFFICIAL).read_bytes()
        import_footprints(first, datum="wgs84")
        assert (own_data / room.OFFICIAL).read_bytes() == before

    def test_reset_gives_the_shipped_footprints_back(self, own_data, tmp_path):
        shipped, version = valley(), room.zone_version()
        import_footprints(write(tmp_path, "geojson"), datum="wgs84")
        import_footprints(write(tmp_path, "gpkg", zone_id="luxi-zhigu"), datum="wgs84")
        with pytest.raises(InputError, match="xinchuan-park"):
            reset_footprints([WIRELESS, "xinchuan-park"])
        assert valley()["geometry_basis"] == "official"
        assert reset_footprints([WIRELESS]) == (WIRELESS,)
        assert valley().geometry.equals(shipped.geometry)
        assert valley()["assumed"]
        assert reset_footprints() == ("luxi-zhigu",)
        assert room.zone_version() == version
        assert not (own_data / room.OFFICIAL).exists()
        assert reset_footprints() == ()

    def test_a_damaged_import_is_told_and_can_be_reset(self, own_data):
        (own_data / room.OFFICIAL).write_text("{")
        with pytest.raises(Exception, match=r"zones\.official\.geojson cannot be read"):
            room.zones()
        assert reset_footprints() == ()
        assert len(room.zones()) == 41


@settings(max_examples=25)
@given(
    lon=st.floats(99, 107),
    lat=st.floats(28, 33),
    size=st.floats(0.005, 0.5),
    datum=st.sampled_from(DATUMS),
)
def test_any_box_in_the_province_comes_back_where_it_was(tmp_path_factory, lon, lat, size, datum):
    box = shapely.box(lon, lat, lon + size, lat + size)
    source = write(tmp_path_factory.mktemp("any"), "geojson", in_datum(box, datum))
    west, south, east, north = counties().total_bounds
    inside = lon >= west and lat >= south and lon + size <= east and lat + size <= north
    if not inside:
        return
    frame, _ = read_footprint_file(source, datum=datum)
    assert metres_apart(frame.geometry[0], box) < 0.02
