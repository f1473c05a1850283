"""The mapping file: what a user says about a registry that its headers do not say.

.. code-block:: toml

    sheet = "名录"          # worksheet, layer or member of a ZIP
    header_row = 3          # as seen in the file
    encoding = "gb18030"    # of a text file; found out without it
    delimiter = ";"
    ignore = ["通讯地址"]    # known headers that are not to be read
    datum = "gcj02"         # of the coordinate columns

    [columns]
    name = "单位全称"
    region = ["市州", "县区"]

    [units]
    registered_capital_cny = "万元"

    [rates]                 # CNY for one unit
    USD = 7.1
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from clusters.registry.amounts import CURRENCIES, parse_unit
from clusters.registry.faults import fault
from clusters.registry.headers import HEADERS, is_personal
from clusters.registry.schema import Datum

Model = TypeVar("Model", bound=BaseModel)


Encoding = Literal["utf-8", "utf-16", "gb18030", "big5"]
Delimiter = Literal[",", ";", "|", "\t"]


class ColumnMapping(BaseModel):
    """Answers of a user to what the file leaves open; every part is optional."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sheet: str | None = Field(default=None, description="Worksheet, layer or member to read.")
    header_row: int | None = Field(default=None, ge=1, description="Row number of the header.")
    encoding: Encoding | None = Field(default=None, description="Encoding of a text file.")
    delimiter: Delimiter | None = Field(default=None, description="Separator of a text file.")
    ignore: list[str] = Field(
        default_factory=list, description="Headers that are not read although they are known."
    )
    datum: Datum | None = Field(default=None, description="Datum of the coordinate columns.")
    needs: Literal["name", "address"] = Field(
        default="name", description="Column without which a table is not read."
    )
    columns: dict[str, str | list[str]] = Field(
        default_factory=dict, description="Canonical column → header or headers of the file."
    )
    units: dict[Literal["registered_capital_cny", "revenue_cny"], str] = Field(
        default_factory=dict, description="Unit of amounts written without one."
    )
    rates: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, description="CNY for one unit of a currency."
    )

    @field_validator("columns")
    @classmethod
    def _known_columns(cls, value: dict[str, str | list[str]]) -> dict[str, str | list[str]]:
        for canonical, headers in value.items():
            if canonical not in HEADERS:
                raise ValueError(f"unknown column {canonical!r}; choose from {', '.join(HEADERS)}")
            for header in [headers] if isinstance(headers, str) else headers:
                if is_personal(header):
                    raise ValueError(f"{header!r} is personal data and is never read")
        return value

    @field_validator("units")
    @classmethod
    def _known_units(cls, value: dict[str, str]) -> dict[str, str]:
        for unit in value.values():
            if parse_unit(unit) is None:
                raise ValueError(f"unknown unit {unit!r}; write 元, 万元, 亿元 or 万美元")
        return value

    @field_validator("rates")
    @classmethod
    def _known_currencies(cls, value: dict[str, float]) -> dict[str, float]:
        for currency in value:
            if currency not in CURRENCIES.values():
                known = ", ".join(sorted(set(CURRENCIES.values())))
                raise ValueError(f"unknown currency {currency!r}; choose from {known}")
        return value


def read_mapping(source: str | Path | ColumnMapping | None) -> ColumnMapping:
    """Return the mapping of a TOML file; an empty one for None.

    Raises
    ------
    InputError
        If the file is missing, not TOML, or has a key or value that is not understood; the
        message names the key.
    """
    if isinstance(source, ColumnMapping):
        return source
    return ColumnMapping() if source is None else read_model(source, ColumnMapping)


def read_model(source: str | Path, model: type[Model]) -> Model:
    """Return a TOML file as a model of answers; errors as of `read_mapping`."""
    path = Path(source)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise fault("mapping_unreadable", file=path.name, reason=error.strerror) from error
    # Bytes that are no UTF-8, text that is no TOML, endless numbers, endless lists in lists.
    except (RecursionError, ValueError) as error:
        raise fault("mapping_not_toml", file=path.name, reason=error) from error
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise fault("mapping_key", file=path.name, key=key, reason=reason) from error
