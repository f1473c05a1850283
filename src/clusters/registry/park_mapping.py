"""What a registry of parks may tell, and what a user says about it that its headers do not say.

.. code-block:: toml

    header_row = 2          # as seen in the file
    datum = "gcj02"         # of longitude and latitude
    area_unit = "亩"         # of areas without a unit

    [columns]
    name = "单位"
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from clusters.registry.headers import is_personal
from clusters.registry.mapping import ColumnMapping, Delimiter, Encoding, read_model
from clusters.registry.schema import Datum

__all__ = ["PARK_COLUMNS", "ParkMapping", "read_park_mapping"]

PARK_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("园区名称", "开发区名称", "园区", "开发区", "名称", "namezh", "name", "parkname"),
    "name_en": ("英文名称", "英文名", "nameen"),
    "level": ("级别", "园区级别", "类型", "园区类型", "level"),
    "address": ("地址", "园区地址", "管委会地址", "所在地", "注册地址", "address"),
    "lon": ("经度", "lon", "lng", "longitude"),
    "lat": ("纬度", "lat", "latitude"),
    "area": ("面积", "规划面积", "核准面积", "批准面积", "approvedareaha", "area"),
    "industries": ("主导产业", "主要产业", "产业", "industrieszh", "industries"),
    "source_url": ("来源网址", "来源链接", "来源", "sourceurl", "source"),
}
"""What a registry of parks may tell, and the headers that say so, compact."""


class ParkMapping(BaseModel):
    """Answers of a user to what a registry of parks leaves open; every part is optional."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sheet: str | None = Field(default=None, description="Worksheet, layer or member to read.")
    header_row: int | None = Field(default=None, ge=1, description="Row number of the header.")
    encoding: Encoding | None = None
    delimiter: Delimiter | None = None
    datum: Datum | None = Field(default=None, description="Datum of longitude and latitude.")
    area_unit: Literal["公顷", "平方公里", "亩"] | None = Field(
        default=None, description="Unit of areas where neither cell nor header has one."
    )
    ignore: list[str] = Field(default_factory=list, description="Headers that are not read.")
    columns: dict[str, str] = Field(default_factory=dict, description="Column → header.")

    @field_validator("columns")
    @classmethod
    def _known(cls, value: dict[str, str]) -> dict[str, str]:
        for column, header in value.items():
            if column not in PARK_COLUMNS:
                known = ", ".join(PARK_COLUMNS)
                raise ValueError(f"unknown column {column!r}; choose from {known}")
            if is_personal(header):
                raise ValueError(f"{header!r} is personal data and is never read")
        return value

    def reading(self) -> ColumnMapping:
        """Return what the readers of files need to find the header row."""
        named = self.columns.get("name")
        return ColumnMapping(
            sheet=self.sheet,
            header_row=self.header_row,
            encoding=self.encoding,
            delimiter=self.delimiter,
            columns={"name": named if named is not None else list(PARK_COLUMNS["name"])},
        )


def read_park_mapping(source: str | Path | ParkMapping | None) -> ParkMapping:
    """Return the mapping of a TOML file; an empty one for None.

    Raises
    ------
    InputError
        As of `clusters.registry.mapping.read_mapping`.
    """
    if isinstance(source, ParkMapping):
        return source
    return ParkMapping() if source is None else read_model(source, ParkMapping)
