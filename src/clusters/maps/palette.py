"""The design tokens: every colour, marker shape and ramp of the platform, in one place.

Choices
-------
Few colours: ink, paper and greys carry the page, one restrained teal accents it, one warm
ochre marks what needs attention. Wherever colour carries meaning it has a companion that does
not need colour: a glyph for a status, a marker shape for a layer of the chain, and lightness
that falls steadily along every ramp, so a greyscale print keeps the order.

The location-quotient ramp changes hue at 1 (sand below, teal above) but keeps falling in
lightness across it. A classic diverging ramp, dark at both ends, would print "far below" and
"far above" as the same grey.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from clusters.errors import InputError

ThemeName = Literal["light", "dark"]
Shape = Literal["circle", "square", "triangle", "diamond", "cross"]


@dataclass(frozen=True)
class Theme:
    """Colours of surfaces, text and lines as ``#rrggbb``."""

    ink: str
    paper: str
    panel: str
    land: str
    surround: str
    muted: str
    line: str
    boundary: str
    accent: str
    warm: str
    no_value: str


@dataclass(frozen=True)
class Mark:
    """A colour with its companion: a glyph for text and tables, a shape for maps."""

    colour: str
    glyph: str
    shape: Shape = "circle"


LIGHT = Theme(
    ink="#1b2a33",
    paper="#ffffff",
    panel="#f5f6f4",
    land="#fbfaf6",
    surround="#eceeec",
    muted="#59666e",
    line="#d5dadb",
    boundary="#98a4a8",
    accent="#0f5f6b",
    warm="#a9541b",
    no_value="#ffffff",
)
DARK = Theme(
    ink="#e9edee",
    paper="#14191c",
    panel="#1d2428",
    land="#20282c",
    surround="#101416",
    muted="#a3b0b6",
    line="#343d42",
    boundary="#5d6a70",
    accent="#5fb8c2",
    warm="#e59a5c",
    no_value="#2b3438",
)
THEMES: dict[ThemeName, Theme] = {"light": LIGHT, "dark": DARK}

# Ordered from best to worst; lightness differs between neighbours and the glyph differs anyway.
STATUS: dict[str, Mark] = {
    "reached": Mark("#0a4a55", "✓"),
    "on_path": Mark("#48a2ae", "→"),
    "behind": Mark("#e3b25f", "↓"),
    "far_behind": Mark("#b8571c", "▼"),
    "missed": Mark("#5f1610", "✕"),
    "no_value": Mark("#b9c0c3", "–"),
}

LAYERS: dict[str, Mark] = {
    "foundation": Mark("#0b3c5d", "■", "square"),
    "technology": Mark("#1f8a8a", "▲", "triangle"),
    "application": Mark("#e0913a", "●", "circle"),
}
LAYERS_DARK: dict[str, Mark] = {
    "foundation": Mark("#3a7fd5", "■", "square"),
    "technology": Mark("#3dbb9f", "▲", "triangle"),
    "application": Mark("#ffdca6", "●", "circle"),
}
UNKNOWN_LAYER = Mark("#8b969b", "◆", "diamond")

# Okabe & Ito (2008), https://jfly.uni-koeln.de/color/, black replaced by our ink and the pale
# yellow darkened so that it stays visible on paper.
_CATEGORIES: tuple[Mark, ...] = (
    Mark("#0072b2", "●", "circle"),
    Mark("#d55e00", "■", "square"),
    Mark("#009e73", "▲", "triangle"),
    Mark("#cc79a7", "◆", "diamond"),
    Mark("#e69f00", "✚", "cross"),
    Mark("#56b4e9", "■", "square"),
    Mark("#1b2a33", "▲", "triangle"),
    Mark("#b8a600", "◆", "diamond"),
)

# ColorBrewer YlGnBu, 7 classes (colour-blind safe, print friendly; Brewer & Harrower 2003),
# without its palest yellow, which projectors lose, and closed by our ink blue.
_SEQUENTIAL: tuple[str, ...] = (
    "#e6f1d4",
    "#c0e3bd",
    "#86cdbb",
    "#4bb0bf",
    "#217ba4",
    "#22589a",
    "#142c5f",
)
_LQ_BELOW: tuple[str, ...] = ("#f6ead2", "#edd6a8", "#dfbd7c")
_LQ_ABOVE: tuple[str, ...] = ("#83bab5", "#2f7c80", "#0d5560")

# Dark theme: the ramps run from the dark land to a light end, so "more" still stands out.
_SEQUENTIAL_DARK: tuple[str, ...] = (
    "#1d3a52",
    "#1f527a",
    "#23709a",
    "#419cb7",
    "#5cb0b4",
    "#97cfb9",
    "#dff0c8",
)
_LQ_BELOW_DARK: tuple[str, ...] = ("#4a3720", "#5f4526", "#75542c")
_LQ_ABOVE_DARK: tuple[str, ...] = ("#4e9ea0", "#7cc3bf", "#c4ebe4")

# Local Moran: clusters of many (HH) and of few (LL), outliers of many (HL) and of few (LH).
LISA: dict[str, str] = {
    "HH": "#0d5560",
    "HL": "#b35a1f",
    "LH": "#edd6a8",
    "LL": "#a9d3ce",
    "hot": "#b35a1f",
    "cold": "#2a86b0",
    "ns": "#f0f0ec",
}
# On dark land: the same order of lightness turned round, "not significant" close to the land.
LISA_DARK: dict[str, str] = {
    "HH": "#c4ebe4",
    "HL": "#e59a5c",
    "LH": "#75542c",
    "LL": "#2f6f73",
    "hot": "#e59a5c",
    "cold": "#5aa7d6",
    "ns": "#28323a",
}

LQ_BREAKS: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Upper class limits of location quotients: even steps on a log scale, centred at 1."""


def kinds(*, theme: ThemeName = "light") -> dict[str, str]:
    """Return the colours of local Moran and Getis-Ord on a light or a dark map."""
    return LISA if theme == "light" else LISA_DARK


def layer_marks(*, theme: ThemeName = "light") -> dict[str, Mark]:
    """Return the marks of the layers of the chain on a light or a dark map."""
    return LAYERS if theme == "light" else LAYERS_DARK


def sequential(classes: int, *, theme: ThemeName = "light") -> tuple[str, ...]:
    """Return ``classes`` colours of one ramp from low to high.

    Raises
    ------
    InputError
        Outside 1 to 7: more classes cannot be told apart on a map.
    """
    ramp = _SEQUENTIAL if theme == "light" else _SEQUENTIAL_DARK
    if not 1 <= classes <= len(ramp):
        raise InputError(f"{classes} classes asked for; a map shows 1 to {len(ramp)}")
    if classes == 1:
        return (ramp[len(ramp) // 2],)
    step = (len(ramp) - 1) / (classes - 1)
    return tuple(ramp[int(i * step + 0.5)] for i in range(classes))  # halves go up


def quotient_ramp(*, theme: ThemeName = "light") -> tuple[str, ...]:
    """Return the six colours of the classes that ``LQ_BREAKS`` makes, from low to high."""
    if theme == "light":
        return _LQ_BELOW + _LQ_ABOVE
    return _LQ_BELOW_DARK + _LQ_ABOVE_DARK


def categories(ids: Sequence[str]) -> dict[str, Mark]:
    """Return one mark per id, in the order given.

    Raises
    ------
    InputError
        For more than eight ids: nobody tells nine hues apart on a map.
    """
    if len(ids) > len(_CATEGORIES):
        raise InputError(
            f"{len(ids)} groups cannot be told apart by colour; choose at most {len(_CATEGORIES)}"
        )
    return dict(zip(ids, _CATEGORIES, strict=False))


def rgb(colour: str) -> tuple[float, float, float]:
    """Return red, green, blue in [0, 1] of a ``#rrggbb`` colour."""
    value = colour.lstrip("#")
    red, green, blue = (int(value[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    """Return the relative luminance in [0, 1] (WCAG 2.2, definition of relative luminance)."""
    red, green, blue = (_linear(channel) for channel in rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio in [1, 21] of two colours (WCAG 2.2, 1.4.3)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lightness(colour: str) -> float:
    """Return CIE L* in [0, 100]: what a greyscale print keeps of a colour."""
    relative = luminance(colour)
    if relative > (6 / 29) ** 3:
        return 116 * relative ** (1 / 3) - 16
    return relative * (29 / 3) ** 3


def text_on(colour: str) -> str:
    """Return ink or white, whichever reads better on a coloured ground."""
    return max((LIGHT.ink, "#ffffff"), key=lambda candidate: contrast(candidate, colour))
