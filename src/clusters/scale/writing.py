"""Tables of a snapshot from the tables of its parts, in row groups that do not follow the parts.

The same rows give the same bytes, however they were cut: row groups have a fixed number of rows,
the type of a column is that of the parts that know one (a part without zones has empty lists of
nothing), and what the file says of itself is put together from what the parts say.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from clusters.workspace import ROWS_PER_GROUP


def write_joined(target: Path, parts: Sequence[Path]) -> None:
    """Write the tables of all parts end to end as one Parquet file."""
    schemas = [pq.read_schema(part) for part in parts]
    schema = _joined_schema(schemas)
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for group in _groups(_batches(parts, schema), schema):
            writer.write_table(group, row_group_size=ROWS_PER_GROUP)


def _batches(parts: Sequence[Path], schema: pa.Schema) -> Iterator[pa.Table]:
    for part in parts:
        yield pq.read_table(part).cast(schema)


def _groups(tables: Iterable[pa.Table], schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield tables of `ROWS_PER_GROUP` rows, the last one shorter; one empty one for no rows."""
    waiting: list[pa.Table] = []
    number, written = 0, False
    for table in tables:
        waiting.append(table)
        number += table.num_rows
        while number >= ROWS_PER_GROUP:
            whole = pa.concat_tables(waiting)
            yield whole.slice(0, ROWS_PER_GROUP).combine_chunks()
            waiting = [whole.slice(ROWS_PER_GROUP)]
            number, written = number - ROWS_PER_GROUP, True
    if number or not written:
        yield pa.concat_tables([schema.empty_table(), *waiting]).combine_chunks()


def _joined_schema(schemas: Sequence[pa.Schema]) -> pa.Schema:
    first = schemas[0]
    fields, chosen = [], []
    for name in first.names:
        known = next((k for k, s in enumerate(schemas) if _is_known(s.field(name).type)), 0)
        field = schemas[known].field(name)
        fields.append(field.with_type(_as_made(field.type)))
        chosen.append(known)
    metadata = dict(first.metadata or {})
    if b"pandas" in metadata:
        described = [json.loads(schema.metadata[b"pandas"]) for schema in schemas]
        whole = described[0]
        whole["columns"] = [described[k]["columns"][at] for at, k in enumerate(chosen)]
        metadata[b"pandas"] = json.dumps(whole).encode()
    if b"geo" in metadata:
        told = [json.loads(schema.metadata[b"geo"]) for schema in schemas]
        metadata[b"geo"] = json.dumps(_joined_geo(told)).encode()
    return pa.schema(fields, metadata=metadata)


def _as_made(kind: pa.DataType) -> pa.DataType:
    """Return a type as pandas makes it; read back from a file, items of lists have another name."""
    return pa.list_(_as_made(kind.value_type)) if pa.types.is_list(kind) else kind


def _is_known(kind: pa.DataType) -> bool:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _is_known(kind.value_type)
    return not pa.types.is_null(kind)


def _joined_geo(told: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what GeoParquet says of the geometries of all parts."""
    whole = told[0]
    for name, column in whole["columns"].items():
        every = [one["columns"][name] for one in told]
        column["geometry_types"] = sorted({kind for one in every for kind in one["geometry_types"]})
        boxes = np.array([one["bbox"] for one in every if "bbox" in one], dtype=float)
        boxes = boxes[~np.isnan(boxes).any(axis=1)] if len(boxes) else boxes
        if len(boxes):
            low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
            column["bbox"] = [*low.tolist(), *high.tolist()]
    return whole
