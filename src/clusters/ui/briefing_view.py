"""Briefing: which picture is wanted, what it will hold, and the command that draws it again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, cast

import geopandas as gpd

from clusters.export.briefing import facts
from clusters.export.maprequest import map_command, map_stem
from clusters.export.pictures import PROVINCE, MapRequest
from clusters.maps.choropleth import Selection
from clusters.maps.layers import Account, firm_layers
from clusters.maps.still import Format, SheetSize
from clusters.maps.words import Language
from clusters.places.boundaries import display
from clusters.places.zones import zones

SIZES: Final[tuple[SheetSize, ...]] = ("16:9", "A4", "A3")
FORMATS: Final[tuple[Format, ...]] = ("png", "svg", "pdf")
LAYERS: Final = ("firms", "metric")
MIME: Final = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
PREVIEW_DPI: Final = 110
PRINT_DPI: Final = 300


@dataclass(frozen=True)
class Sheet:
    """What a visitor chose; `area` is ``province``, a code or a zone id."""

    area: str = PROVINCE
    layer: str = "firms"
    metric: str = "lq_population"
    industry: str = "ai:ai"
    grain: str = "prefecture"
    language: Language = "zh"
    size: SheetSize = "16:9"
    fmt: Format = "png"


def areas() -> list[str]:
    """Return the areas a sheet can be about: province, prefectures with counties, drawn zones."""
    known = zones()
    order = known[known.geometry.notna()].sort_values("of_five", na_position="last", kind="stable")
    codes = sorted([*display("prefecture")["code"], *display("county")["code"]])
    return [PROVINCE, *codes, *order["zone_id"]]


def sheet_of(query: Mapping[str, str], *, area: str, language: Language) -> Sheet:
    """Return the sheet of choices already checked by their widgets."""
    return Sheet(
        area=area,
        layer=query.get("layer", "firms"),
        metric=query.get("metric", "lq_population"),
        industry=query.get("industry", "ai:ai"),
        grain=query.get("grain", "prefecture"),
        language=language,
        size=cast("SheetSize", query.get("size", "16:9")),
        fmt=cast("Format", query.get("format", "png")),
    )


def request(sheet: Sheet, *, dpi: int) -> MapRequest:
    """Return the sheet as the export room draws it; firms are core and related ones."""
    scheme, _, industry = sheet.industry.partition(":")
    return MapRequest(
        area=sheet.area,
        layer=cast("Literal['firms', 'metric']", sheet.layer),
        selection=Selection(sheet.grain, sheet.metric, scheme=scheme, industry=industry),
        filters=facts.AI,
        language=sheet.language,
        size=sheet.size,
        dpi=dpi,
        fmt=sheet.fmt,
    )


def preview(sheet: Sheet) -> MapRequest:
    """Return the same sheet as a light picture for the page."""
    return replace(request(sheet, dpi=PREVIEW_DPI), fmt="png")


def firms_of(enterprises: gpd.GeoDataFrame, area: str) -> gpd.GeoDataFrame:
    """Return the core and related firms known to lie in the area of a sheet."""
    firms = facts.AI.select(enterprises)
    return firms if area == PROVINCE else facts.inside(firms, area)


def contents(enterprises: gpd.GeoDataFrame, area: str, language: Language) -> Account:
    """Return how many firms the sheet draws of how many, and why the others are not dots."""
    firms = firms_of(enterprises, area)
    return firm_layers(firms, language=language, total=len(enterprises)).account


def command(sheet: Sheet, *, snapshot: str) -> str:
    """Return the command line that draws the sheet."""
    return map_command(request(sheet, dpi=PRINT_DPI), snapshot=snapshot)


def file_name(sheet: Sheet) -> str:
    """Return the name of the file: area, layer and language."""
    return f"{map_stem(request(sheet, dpi=PRINT_DPI))}.{sheet.fmt}"
