"""Base maps under the layers: none of them is on unless a setting says so.

The platform stands on its own boundaries. A tile service may lie under them: one of the intranet,
天地图 with a key, OpenStreetMap, or Amap. Amap's pictures are in GCJ-02, some hundred metres off,
so whatever lies over them is shifted by the same amount (`shifted`); an unshifted overlay is
never drawn. Tiles are asked for by the visitor's browser, not by the server.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from clusters.errors import InputError
from clusters.geocode.datum import UNSHIFTED, Datum, from_wgs84, to_wgs84
from clusters.maps.layers import Layer
from clusters.settings import Settings

BaseMapId = Literal["own", "intranet", "tianditu", "osm", "amap"]
OWN: Final[BaseMapId] = "own"

_TIANDITU: Final = (
    "https://t{{s}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
    "&LAYER={layer}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
    "&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)
_AMAP: Final = (
    "https://webrd0{s}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8"
    "&x={x}&y={y}&z={z}"
)
_OSM: Final = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"


@dataclass(frozen=True)
class BaseMap:
    """One tile service.

    ``urls`` are Web-Mercator tile addresses with ``{z}``, ``{x}``, ``{y}`` and perhaps
    ``{s}``, the lowest layer first; ``deepest`` is the last zoom level it has pictures of.
    """

    id: BaseMapId
    urls: tuple[str, ...]
    attribution: str
    subdomains: str = ""
    datum: Datum = "wgs84"
    deepest: int = 18


def base_maps(settings: Settings) -> dict[BaseMapId, BaseMap]:
    """Return the base maps the settings switch on; the own boundaries need none.

    Raises
    ------
    InputError
        If the intranet address is no address of tiles.
    """
    found: dict[BaseMapId, BaseMap] = {}
    if settings.tile_url:
        found["intranet"] = BaseMap(
            "intranet",
            (_checked(settings.tile_url),),
            settings.tile_attribution,
            datum=settings.tile_datum,
        )
    key = settings.tianditu_browser_key.get_secret_value()
    if key:
        # A key goes into an address: nothing but letters and digits may stand in it.
        if not key.isalnum():
            raise InputError("CLUSTERS_TIANDITU_BROWSER_KEY holds other than letters and digits")
        urls = tuple(_TIANDITU.format(layer=layer, key=key) for layer in ("vec", "cva"))
        found["tianditu"] = BaseMap(
            "tianditu", urls, "天地图 © 国家基础地理信息中心", subdomains="01234567"
        )
    if "osm" in settings.online_base_maps:
        found["osm"] = BaseMap("osm", (_OSM,), "© OpenStreetMap contributors (ODbL)")
    if "amap" in settings.online_base_maps:
        found["amap"] = BaseMap("amap", (_AMAP,), "© 高德地图", subdomains="1234", datum="gcj02")
    return found


def _checked(url: str) -> str:
    whole = url.startswith(("http://", "https://", "/")) and all(
        part in url for part in ("{z}", "{x}", "{y}")
    )
    if not whole:
        raise InputError(
            f"CLUSTERS_TILE_URL is {url!r}; give an http(s) address with {{z}}, {{x}} and {{y}}, "
            "such as http://tiles.example/{z}/{x}/{y}.png"
        )
    return url


def _moved(xy: NDArray[np.float64], datum: Datum) -> NDArray[np.float64]:
    lon, lat = from_wgs84(xy[:, 0], xy[:, 1], datum)
    return np.column_stack([lon, lat])


def shifted(layer: Layer, datum: Datum) -> Layer:
    """Return a layer in the datum of the base map under it."""
    if datum in UNSHIFTED:
        return layer
    frame = layer.frame.copy()
    if len(frame):
        moved = shapely.transform(frame.geometry.to_numpy(), lambda xy: _moved(xy, datum))
        frame = frame.set_geometry(moved, crs=frame.crs)
    crowd = layer.crowd
    if crowd is not None and len(crowd):
        lon, lat = from_wgs84(crowd.lon, crowd.lat, datum)
        crowd = replace(crowd, lon=lon, lat=lat)
    return replace(layer, frame=frame, crowd=crowd)


def unshifted(area: str, datum: Datum) -> str:
    """Return the text of an area drawn over a base map (`drawn`) in WGS 84."""
    if datum in UNSHIFTED or not area:
        return area
    values = [float(part) for part in area[1:].split(",")]
    rest = values[2:] if area[0] == "c" else []
    places = values[:2] if area[0] == "c" else values
    lon, lat = to_wgs84(np.array(places[::2]), np.array(places[1::2]), datum)
    pairs = [f"{x:.5f},{y:.5f}" for x, y in zip(lon, lat, strict=True)]
    return area[0] + ",".join([*pairs, *(f"{value:.0f}" for value in rest)])


def for_browser(base: BaseMap) -> dict[str, Any]:
    """Return what the browser must know of a base map."""
    return {
        "urls": list(base.urls),
        "subdomains": base.subdomains,
        "attribution": base.attribution,
        "deepest": base.deepest,
    }
