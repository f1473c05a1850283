"""The shipped boundaries can be built again from their source package, byte for byte."""

import struct

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely

from clusters.errors import InputError, ShippedDataError
from clusters.places import build as building
from clusters.places.boundaries import FILES
from clusters.settings import data_path


def _writer(content):
    """Return who wrote a Parquet file: other versions of the libraries write other bytes."""
    metadata = pq.read_metadata(content)
    return metadata.created_by, metadata.metadata[b"geo"], metadata.metadata[b"pandas"]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boundaries")
    return folder, building.build(building.default_source(), folder)


@pytest.mark.slow
def test_rebuild_is_byte_identical_to_what_is_shipped(built):
    folder, report = built
    assert [file.name for file in report.files] == list(FILES)
    for file in report.files:
        shipped, again = data_path("boundaries", file.name), folder / file.name
        same_writer = not file.name.endswith(".parquet") or _writer(shipped) == _writer(again)
        if same_writer:
            assert again.read_bytes() == shipped.read_bytes(), file.name
        else:  # a newer Arrow or geopandas signs its files differently; the content may not move
            a, b = gpd.read_parquet(shipped), gpd.read_parquet(again)
            pd.testing.assert_frame_equal(pd.DataFrame(a), pd.DataFrame(b))


@pytest.mark.slow
def test_report_describes_the_files(built):
    folder, report = built
    for file in report.files:
        assert file.size_bytes == (folder / file.name).stat().st_size < 5_000_000
        assert file.features in {183, 21}
        assert len(file.sha256) == 64
    assert report.files[0].vertices == 166_233
    assert not list(folder.glob(".*.part"))


def test_display_files_are_light():
    assert data_path("boundaries", "counties.display.geojson").stat().st_size <= 600 * 1024
    assert data_path("boundaries", "prefectures.display.geojson").stat().st_size <= 250 * 1024


def test_display_coordinates_have_five_decimals():
    frame = gpd.read_file(data_path("boundaries", "counties.display.geojson"))
    coordinates = shapely.get_coordinates(frame.geometry.to_numpy())
    np.testing.assert_array_equal(coordinates, np.round(coordinates, 5))


def test_county_parquet_is_geoparquet_1_1():
    metadata = pq.read_metadata(data_path("boundaries", "counties.parquet"))
    assert b'"version": "1.1.0"' in metadata.metadata[b"geo"]


def _ring_bytes(points, *, differences):
    counts = np.rint((np.asarray(points) + np.array([180, 90])) / 2e-6).astype(np.int64)
    if differences:
        body = counts[0].astype("<u4").tobytes() + np.diff(counts, axis=0).astype("<i2").tobytes()
    else:
        body = counts.astype("<u4").tobytes()
    return struct.pack("<I", differences) + body


def _block(parts):
    sizes = np.array([len(part) for part in parts], "<u4").tobytes()
    return struct.pack("<I", len(parts)) + sizes + b"".join(parts)


@pytest.mark.parametrize("differences", [False, True])
def test_rings_decode_in_both_encodings(differences):
    points = [(104.0, 30.0), (104.01, 30.0), (104.01, 30.01), (104.0, 30.0)]
    ring = building._ring(_ring_bytes(points, differences=differences))
    np.testing.assert_array_equal(ring, points)


def test_polygons_with_holes_and_parts_decode():
    shell = _ring_bytes([(104, 30), (105, 30), (105, 31), (104, 30)], differences=False)
    hole = _ring_bytes(
        [(104.5, 30.2), (104.6, 30.2), (104.6, 30.3), (104.5, 30.2)], differences=False
    )
    polygon = _block([shell, hole])
    shape = building._geometry(
        struct.pack("<I", building.MULTIPOLYGON) + _block([polygon, polygon])
    )
    assert shapely.get_num_geometries(shape) == 2
    assert len(shape.geoms[0].interiors) == 1
    with pytest.raises(InputError, match="geometry type 0"):
        building._geometry(struct.pack("<I", 0))


def test_missing_source_names_the_file(tmp_path):
    with pytest.raises(InputError, match=r"cn_district\.csv not found"):
        building.build(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_table_and_shapes_must_have_the_same_length(tmp_path):
    (tmp_path / "cn_district.csv").write_text("province_adcode,district_adcode\n510000,510104\n")
    (tmp_path / "cn_district.bin").write_bytes(_block([]))
    with pytest.raises(InputError, match=r"1 rows but cn_district\.bin 0 geometries"):
        building._read_edition(tmp_path)


def test_unknown_county_is_named():
    frame = gpd.GeoDataFrame({"code": ["519999"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326)
    with pytest.raises(ShippedDataError, match="519999"):
        building._with_names(frame)


def test_overlap_is_refused_and_named():
    boxes = [shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)]
    frame = gpd.GeoDataFrame({"code": ["510104", "510105"]}, geometry=boxes, crs=4326)
    with pytest.raises(InputError, match="510104, 510105"):
        building._require_coverage(frame, "the test")
