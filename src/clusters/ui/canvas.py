"""The enterprise map on the page: one Leaflet map that answers clicks and never reruns on a pan.

The drawing is that of `maps.interactive`, shared with the exported files. What differs is the way
to the browser: the page sends names of layers, the browser fetches what it lacks (`parcels`), a
click answers without delay, and the position goes into the link without asking the server.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from weakref import WeakKeyDictionary

import pandas as pd
import streamlit as st

from clusters.maps import palette
from clusters.maps.assets import CLUSTERS_PREFIX, LEAFLET_PREFIX
from clusters.maps.interactive import specification
from clusters.maps.layers import Layer
from clusters.maps.palette import ThemeName
from clusters.maps.words import Language, word
from clusters.ui.parcels import PARCELS, PREFIX, Firms

_ENTRY: Final = """
export default async function (component) {
  const module = await import(window.location.origin + "PREFIX/canvas.js");
  return module.draw(component);
}
"""


@lru_cache(maxsize=1)
def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        "clusters_map",
        html='<div class="clusters-canvas"></div>',
        js=_ENTRY.replace("PREFIX", CLUSTERS_PREFIX),
        isolate_styles=False,
    )


@dataclass(frozen=True)
class Target:
    """Where the map is sent; a new ``turn`` sends it again to the same place."""

    lat: float
    lon: float
    zoom: float
    turn: int = 0


_packed: WeakKeyDictionary[Layer, str] = WeakKeyDictionary()


def pack(layer: Layer, table: pd.DataFrame, snapshot: str) -> dict[str, Any]:
    """Return what the page tells the browser of a layer; its content waits under its name.

    Parameters
    ----------
    table : DataFrame
        The firms of the snapshot, for the rows of a crowd.
    snapshot : str
        Its id.
    """
    name = _packed.get(layer)
    if name is None or PARCELS.get(name) is None:
        text = specification(layer).encode()
        name = PARCELS.put(text, text)
        _packed[layer] = name
    told: dict[str, Any] = {
        "name": name,
        "key": layer.key,
        "order": layer.order,
        "opacity": layer.opacity,
        "zooms": layer.zooms,
    }
    if layer.crowd is not None:
        shape = layer.crowd.lon.tobytes() if layer.crowd.lon.size else b""
        identity = snapshot.encode() + layer.crowd.row.tobytes() + sha256(shape).digest()
        told["firms"] = PARCELS.put(Firms(layer.crowd, table), identity)
        told["kinds"] = layer.crowd.kinds
    return told


def message(
    layers: Sequence[Layer],
    *,
    table: pd.DataFrame,
    snapshot: str,
    target: Target,
    language: Language,
    theme: ThemeName,
    height: int,
    extras: Mapping[str, Any],
) -> bytes:
    """Return what the page sends to the browser, as JSON."""
    words = (
        "zoom_in zoom_out draw draw_polygon draw_rectangle draw_circle draw_clear draw_hint "
        "draw_hint_two play pause play_until play_undated tiles_failed tiles_slow whole_span"
    )
    told = {
        "layers": [pack(layer, table, snapshot) for layer in layers],
        "target": vars(target),
        "height": height,
        "theme": theme,
        "background": palette.THEMES[theme].surround,
        "alternative": "; ".join(layer.title for layer in layers if layer.title),
        "words": {key: word(key, language) for key in words.split()},
        "urls": {"parts": PREFIX, "leaflet": LEAFLET_PREFIX, "clusters": CLUSTERS_PREFIX},
        "locale": "zh-CN" if language == "zh" else "en",
    }
    return json.dumps(told | dict(extras), ensure_ascii=False, separators=(",", ":")).encode()


def show(data: bytes, *, key: str, on_answer: Callable[[], None]) -> None:
    """Put the map on the page; its answer is read with `answered` inside `on_answer`."""
    _component()(key=key, data=data, on_answer_change=on_answer)


def answered(key: str) -> dict[str, Any]:
    """Return what the visitor did on the map: ``type`` and its details; empty when nothing."""
    state = st.session_state.get(key)
    value = state.get("answer") if isinstance(state, Mapping) else getattr(state, "answer", None)
    return dict(value) if isinstance(value, Mapping) else {}
