"""Names of places in tables: of counties, prefectures, zones and parks."""

from functools import lru_cache

from clusters.places.zones import zones
from clusters.ui.data_view import listed
from clusters.ui.maps import area_name
from clusters.ui.text import MISSING, language, pick, t


@lru_cache(maxsize=1)
def _zone_names() -> dict[str, tuple[str, str]]:
    """Return the names of all zones; a map knows only those with a footprint."""
    table = zones()[["zone_id", "name_zh", "name_en"]]
    return {row["zone_id"]: (row["name_zh"], row["name_en"]) for row in table.to_dict("records")}


def place_name(code: object) -> str:
    """Return the name of a county, prefecture, zone or park; a dash where there is none."""
    known = area_name(code, language())
    if known != MISSING:
        return known
    return pick(*_zone_names().get(str(code), (MISSING, MISSING)))


def zone_list(ids: str) -> str:
    """Return the names of zones by their ids joined by ``;``; outside any zone for none."""
    return listed([place_name(code) for code in ids.split(";")]) if ids else t("data.no_zone")
