"""Read Parquet, GeoParquet, GeoPackage and GeoJSON through Arrow; attributes become text.

Points come out as longitude and latitude on WGS 84. CGCS2000 agrees with it to centimetres, so
such coordinates keep their values and only the datum is named differently.
"""

import io
import json
import warnings
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from clusters.errors import InputError
from clusters.registry.archives import LARGEST_UNPACKED
from clusters.registry.columns import choose_table, none_needed, score, unique_headers
from clusters.registry.faults import fault
from clusters.registry.mapping import ColumnMapping
from clusters.registry.model import FileNote, RawTable

# Five million rows of forty columns; each cell takes eight bytes before it says anything.
_MOST_CELLS = 200_000_000
_BYTES_PER_CELL = 8
_CGCS2000 = "China Geodetic Coordinate System 2000"


@dataclass(frozen=True, slots=True)
class _Points:
    """(n, 2) lon, lat in degrees; positions whose geometry is no point; datum; CRS known."""

    lonlat: np.ndarray
    not_points: tuple[int, ...]
    datum: str | None
    crs_known: bool


def text_of_column(column: pa.ChunkedArray) -> pd.Series:
    """Return a column of any type as text: whole numbers without .0, dates in ISO form."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = kind.value_type
    if pa.types.is_floating(kind):
        numbers = column.to_pandas().astype("float64")
        whole = (numbers % 1 == 0) & (numbers.abs() < 2.0**63)
        text = numbers.astype("str").where(numbers.notna())
        text[whole] = numbers[whole].astype("int64").astype("str")
        return text
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        column = pc.strftime(column.cast(pa.timestamp("s"), safe=False), format="%Y-%m-%d")
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        parts = [None if v is None else ";".join(map(str, v)) for v in column.to_pylist()]
        column = pa.chunked_array([pa.array(parts, pa.large_string())])
    elif pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        column = pa.chunked_array([pa.nulls(len(column), pa.large_string())])
    return column.cast(pa.large_string()).to_pandas()


def _sound(table: pa.Table) -> pa.Table:
    """Return a table after looking at every text of it: drivers hand on broken UTF-8."""
    table.validate(full=True)
    for position in range(table.num_columns):
        _ = table.field(position).name  # raises UnicodeDecodeError, which the callers catch
    return table


def _points(wkb: pa.ChunkedArray, crs: pyproj.CRS | None) -> _Points:
    shapes = shapely.from_wkb(wkb.to_numpy(zero_copy_only=False), on_invalid="ignore")
    given = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    is_point = given & (shapely.get_type_id(shapes) == shapely.GeometryType.POINT)
    lonlat = np.full((len(shapes), 2), np.nan)
    lonlat[is_point] = shapely.get_coordinates(shapes[is_point])
    datum = None
    if crs is not None:
        base = crs.geodetic_crs
        national = base is not None and _CGCS2000 in base.name.replace("_", " ")
        datum = "cgcs2000" if national else "wgs84"
        if not crs.is_geographic or not (national or crs.equals("OGC:CRS84") or _is_wgs84(crs)):
            move = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
            lonlat = np.column_stack(move.transform(lonlat[:, 0], lonlat[:, 1]))
            lonlat[~np.isfinite(lonlat)] = np.nan
    lost = tuple(np.flatnonzero(given & ~is_point).tolist())
    return _Points(lonlat, lost, datum, crs is not None)


def _is_wgs84(crs: pyproj.CRS) -> bool:
    return crs.to_epsg() in {4326, 4979}


def _raw(
    table: pa.Table, label: str, mapping: ColumnMapping, *, kind: str, points: _Points | None
) -> RawTable:
    if not score(table.column_names, mapping):
        raise none_needed(label, table.column_names, mapping)
    if not table.num_rows:
        raise fault("no_rows", file=label)
    cells = pd.DataFrame({i: text_of_column(table.column(i)) for i in range(table.num_columns)})
    notes: list[FileNote] = []
    if points is not None and not points.crs_known:
        notes.append(FileNote("crs_missing"))
    return RawTable(
        headers=unique_headers(table.column_names),
        cells=cells,
        # The header would be row 1, so that the same registry has the same row numbers as CSV.
        rows=np.arange(2, table.num_rows + 2),
        format=kind,
        notes=tuple(notes),
        points=None if points is None else points.lonlat,
        not_points=() if points is None else points.not_points,
        datum=None if points is None else points.datum,
    )


def raw_of_table(table: pa.Table, label: str, mapping: ColumnMapping) -> RawTable:
    """Return some rows of a Parquet file without geometries as text cells.

    Raises
    ------
    InputError
        If a text is damaged, there is no name column, or no row.
    """
    try:
        return _raw(_sound(table), label, mapping, kind="parquet", points=None)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise fault("file_damaged", file=label) from error


def _read_parquet(data: bytes, described: pq.FileMetaData, label: str) -> pa.Table:
    """Read a file whose texts stay as they are repeated, after weighing them written out.

    A few bytes can say the same text a billion times.
    """
    cells = described.num_rows * described.num_columns
    if cells > _MOST_CELLS:
        raise _too_large(label, cells * _BYTES_PER_CELL)
    schema = described.schema.to_arrow_schema()
    kinds = (pa.string(), pa.large_string())
    texts = [one.name for one in schema if one.type in kinds]
    table = pq.read_table(io.BytesIO(data), read_dictionary=texts)
    weight = 0
    for column in table.columns:
        for chunk in column.chunks:
            if isinstance(chunk, pa.DictionaryArray) and len(chunk.dictionary):
                lengths = pc.binary_length(chunk.dictionary)
                weight += pc.sum(pc.take(lengths, chunk.indices)).as_py() or 0
    if weight > LARGEST_UNPACKED:
        raise _too_large(label, weight)
    return table


def _too_large(label: str, size_bytes: int) -> InputError:
    return fault("archive_too_large", file=label, megabytes=f"{size_bytes / 1024**2:,.0f}")


def read_parquet(data: bytes, label: str, mapping: ColumnMapping) -> RawTable:
    """Read Parquet or GeoParquet from memory.

    Raises
    ------
    InputError
        If the file is damaged, has no name column or no row.
    """
    try:
        described = pq.read_metadata(io.BytesIO(data))
        weight = sum(
            described.row_group(group).total_byte_size for group in range(described.num_row_groups)
        )
        if weight > LARGEST_UNPACKED:
            raise _too_large(label, weight)
        table = _sound(_read_parquet(data, described, label))
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise fault("file_damaged", file=label) from error
    geo = (table.schema.metadata or {}).get(b"geo")
    if geo is None:
        return _raw(table, label, mapping, kind="parquet", points=None)
    try:
        meta = json.loads(geo)
        name = meta["primary_column"]
        crs = meta["columns"][name].get("crs", "OGC:CRS84")
        found = None if crs is None else pyproj.CRS.from_user_input(crs)
        points = _points(table.column(name), found)
    except (KeyError, TypeError, ValueError, pyproj.exceptions.CRSError) as error:
        raise fault("geometry_damaged", file=label) from error
    return _raw(table.drop_columns([name]), label, mapping, kind="geoparquet", points=points)


def _require_utf8(data: bytes, label: str) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise fault("not_utf8", file=label, offset=error.start) from error


def _choose_layer(
    data: bytes, label: str, mapping: ColumnMapping, wanted: str | None
) -> tuple[str, list[str]]:
    names = [str(name) for name, _ in pyogrio.list_layers(data)]

    def tables() -> list[str]:
        fields = {name: list(pyogrio.read_info(data, layer=name)["fields"]) for name in names}
        found = [name for name in names if score(fields[name], mapping)]
        if not found:
            every = [name for names in fields.values() for name in names]
            raise none_needed(label, every, mapping)
        return found

    return choose_table(wanted, names, tables, label)


def read_layer(
    data: bytes, label: str, mapping: ColumnMapping, *, kind: str, layer: str | None = None
) -> RawTable:
    """Read a GeoPackage or GeoJSON layer from memory.

    Parameters
    ----------
    kind
        ``geopackage`` or ``geojson``.
    layer
        Name of the layer; without it the only layer that holds a column of names is read.

    Raises
    ------
    InputError
        If the file is damaged, has no such layer, no or several layers with a name column, or
        no row.
    """
    if kind == "geojson":
        _require_utf8(data, label)
    try:
        with warnings.catch_warnings():
            # GDAL warns of details (dates out of range, unknown fields) the row report covers.
            warnings.simplefilter("ignore", RuntimeWarning)
            chosen, skipped = _choose_layer(data, label, mapping, layer)
            meta, table = pyogrio.read_arrow(data, layer=chosen)
            table = _sound(table)
    except (DataSourceError, DataLayerError, pa.ArrowException, UnicodeDecodeError) as error:
        raise fault("file_damaged", file=label) from error
    points = None
    name = meta["geometry_name"] or "wkb_geometry"
    if name in table.column_names:
        crs = pyproj.CRS.from_user_input(meta["crs"]) if meta["crs"] else None
        points = _points(table.column(name), crs)
        table = table.drop_columns([name])
    raw = _raw(table, label, mapping, kind=kind, points=points)
    notes = (FileNote("sheets_skipped", value=", ".join(skipped)),) if skipped else ()
    sheet = chosen if kind == "geopackage" else None
    return replace(raw, sheet=sheet, notes=raw.notes + notes)
