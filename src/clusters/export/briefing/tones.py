"""Colours of the tones of a cell; each tone has its words, so none speaks by colour alone."""

from typing import Final

from clusters.export.briefing.model import Tone
from clusters.maps.palette import LIGHT

_COLOURS: Final[dict[Tone, str]] = {
    "plain": LIGHT.ink,
    "strong": LIGHT.ink,
    "muted": LIGHT.muted,
    "good": LIGHT.accent,
    "warn": LIGHT.warm,
}


def colour_of(tone: Tone) -> str:
    """Return the colour of a tone as ``#rrggbb``."""
    return _COLOURS[tone]
