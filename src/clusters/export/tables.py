"""Tables and layers as files: one builder for the page's download and the command line.

CSV and XLSX are for people: headers and names of codes in their language, lists joined by ``;``, no
geometry. The other formats are for programs: canonical columns and codes, geometry where there is
one; a GeoPackage brings the style QGIS draws it with. A text that
a spreadsheet would run as a formula is written with a leading apostrophe in CSV; in XLSX it is a
text cell and needs none.
"""

import hashlib
import io
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely

from clusters.atomic import replacing
from clusters.errors import InputError
from clusters.export.columns import headers
from clusters.export.definitions import Definition
from clusters.export.gis_styles import FIXED_TIME, add_style
from clusters.export.provenance import GDAL_KEY, KEY, SIDECAR, Provenance
from clusters.export.values import named
from clusters.export.workbook import workbook_bytes
from clusters.maps.words import Language

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


# What a layer without a single shape would hold: QGIS gives one of unknown kind no style.
_KINDS = {"enterprises": "Point", "benchmark": "Point", "hotspots": "Polygon"}


@dataclass(frozen=True)
class _Request:
    frame: pd.DataFrame
    provenance: Provenance
    language: Language
    definitions: Sequence[Definition]
    layer: str
    canonical: bool


def table_bytes(
    frame: pd.DataFrame,
    ending: str,
    *,
    provenance: Provenance,
    language: Language = "zh",
    definitions: Sequence[Definition] = (),
    layer: str = "data",
    canonical: bool = False,
) -> bytes:
    """Return a table as the bytes of a file.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        Canonical column names; geometry in EPSG:4326.
    ending : str
        ``.csv``, ``.xlsx``, ``.parquet``, ``.geojson`` or ``.gpkg``.
    definitions : sequence of Definition
        Written to the second sheet of a workbook.
    layer : str
        Name of the layer in a GeoPackage.
    canonical : bool
        Keep the column names programs rely on as headers of CSV.

    Raises
    ------
    InputError
        For an unknown ending, a geographic format without geometry, or a sheet that is too big.
    """
    writer = _WRITERS.get(ending.lower())
    if writer is None:
        raise InputError(f"cannot write {ending or 'a file without ending'}; use {_endings()}")
    record = replace(provenance, content=content_digest(frame))
    return writer(_Request(frame, record, language, definitions, layer, canonical))


def write_table(
    frame: pd.DataFrame,
    path: Path,
    *,
    provenance: Provenance,
    language: Language = "zh",
    definitions: Sequence[Definition] = (),
    layer: str = "data",
    canonical: bool = False,
) -> Path:
    """Write a table to a file whose ending decides the format; return the path.

    The file appears whole or not at all, an older one stays until then. Parameters are those
    of `table_bytes`. A ``.csv`` gets its provenance as a second file beside it.

    Raises
    ------
    InputError
        As `table_bytes`; or if the target cannot be written.
    """
    path = Path(path)
    data = table_bytes(
        frame,
        path.suffix,
        provenance=provenance,
        language=language,
        definitions=definitions,
        layer=layer,
        canonical=canonical,
    )
    write_whole(path, data)
    if path.suffix.lower() == ".csv":
        record = replace(provenance, content=content_digest(frame))
        write_whole(path.with_name(path.name + SIDECAR), record.to_json().encode())
    return path


def content_digest(frame: pd.DataFrame) -> str:
    """Return the SHA-256 of the figures of a table: canonical columns, codes, full precision."""
    table = flat(frame).to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\n")
    digest = hashlib.sha256(table.encode())
    if isinstance(frame, gpd.GeoDataFrame):
        for shape in shapely.to_wkb(frame.geometry.to_numpy(), byte_order=1):
            digest.update(shape or b"-")
    return digest.hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Write bytes under a temporary name beside the target, then rename.

    Raises
    ------
    InputError
        If the folder is missing or cannot be written.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file in it")
    try:
        with replacing(path) as part:
            part.write_bytes(data)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror}; choose an existing, writable folder"
        ) from error


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table without geometry, its lists joined by ``;``."""
    if isinstance(frame, gpd.GeoDataFrame):
        frame = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    joined = {
        column: frame[column].map(_join)
        for column in frame.columns
        if frame[column].dtype == object and frame[column].map(_is_list).any()
    }
    return frame.assign(**joined)


def _is_list(value: Any) -> bool:  # a cell of any type
    return isinstance(value, list | tuple) or type(value).__name__ == "ndarray"


def _join(value: Any) -> Any:  # a cell of any type
    return ";".join(str(item) for item in value) if _is_list(value) else value


def harmless(value: Any) -> Any:  # a cell of any type
    """Return a text that no spreadsheet runs as a formula; other values as they are."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


def harmless_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table none of whose texts a spreadsheet runs as a formula."""
    texts = {
        column: table[column].map(harmless)
        for column in table.columns
        if pd.api.types.is_string_dtype(table[column]) or table[column].dtype == object
    }
    return table.assign(**texts)


def _csv(request: _Request) -> bytes:
    table = flat(request.frame)
    if not request.canonical:
        table = named(table, request.language)
    table = harmless_table(table)
    if not request.canonical:
        table.columns = headers([str(column) for column in table.columns], request.language)
    text = table.to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\r\n")
    return text.encode("utf-8-sig")


def _xlsx(request: _Request) -> bytes:
    return workbook_bytes(
        named(flat(request.frame), request.language),
        provenance=request.provenance,
        language=request.language,
        definitions=request.definitions,
    )


def _parquet(request: _Request) -> bytes:
    buffer = io.BytesIO()
    if isinstance(request.frame, gpd.GeoDataFrame):
        request.frame.to_parquet(buffer, index=False)
        table = pq.read_table(io.BytesIO(buffer.getvalue()))
        buffer = io.BytesIO()
    else:
        table = pa.Table.from_pandas(request.frame, preserve_index=False)
    record = {KEY.encode(): request.provenance.to_json().encode()}
    pq.write_table(table.replace_schema_metadata((table.schema.metadata or {}) | record), buffer)
    return buffer.getvalue()


def _geographic(request: _Request, ending: str) -> gpd.GeoDataFrame:
    frame = request.frame
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(f"this table has no geometry for {ending}; use .csv, .xlsx or .parquet")
    lists = {
        column: frame[column].map(_join)
        for column in frame.columns.drop(frame.geometry.name)
        if frame[column].dtype == object
    }
    return frame.assign(**lists).to_crs("EPSG:4326")


def _geojson(request: _Request) -> bytes:
    frame = _geographic(request, ".geojson")
    # RFC 7946: WGS 84 without a "crs" member, outer rings counterclockwise.
    geometry = shapely.to_geojson(shapely.orient_polygons(frame.geometry.to_numpy()))
    rows = frame.drop(columns=frame.geometry.name).to_json(
        orient="records", date_format="iso", date_unit="s", force_ascii=False, double_precision=10
    )
    features = [
        {
            "type": "Feature",
            "properties": row,
            "geometry": None if text is None else json.loads(text),
        }
        for row, text in zip(json.loads(rows), geometry, strict=True)
    ]
    collection = {
        "type": "FeatureCollection",
        KEY: json.loads(request.provenance.to_json()),
        "features": features,
    }
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _gpkg(request: _Request) -> bytes:
    frame = _geographic(request, ".gpkg")
    nothing = bool(frame.geometry.isna().all())
    kept = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    # A GeoPackage carries the time of its last change; ours is the snapshot's affair.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FIXED_TIME})
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "layer.gpkg"
            pyogrio.write_dataframe(
                frame,
                path,
                layer=request.layer,
                driver="GPKG",
                layer_metadata={GDAL_KEY: request.provenance.to_json()},
                geometry_type=_KINDS.get(request.layer, "Unknown") if nothing else None,
            )
            add_style(path, request.layer, frame)
            return path.read_bytes()
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": kept})


_WRITERS: dict[str, Callable[[_Request], bytes]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".parquet": _parquet,
    ".geojson": _geojson,
    ".gpkg": _gpkg,
}


def _endings() -> str:
    return ", ".join(_WRITERS)
