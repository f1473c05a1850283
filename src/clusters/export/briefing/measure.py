"""How much room a text takes, from the metrics of the typeface itself.

Slides are laid out before anyone opens them, so overflow must be known here. Widths are those of
Noto Sans CJK SC. A slide is read in Microsoft YaHei, as wide for Chinese characters, and Arial,
measured at 94 to 100 % of the width here for Latin words and figures; `SAFETY` covers the rest.
"""

import re
from functools import lru_cache

from fontTools.ttLib import TTFont

from clusters.maps.fonts import font_files

LINE = 1.38
"""Height of a line as a multiple of the size of its letters; writers set it exactly."""
SAFETY = 1.04
_POINTS = 72.0
# Latin words and numbers stay whole; a Chinese character may end a line, no stop begins one.
_SEAM = re.compile(r"(?<=[\u4e00-\u9fff])(?=[0-9A-Za-z])|(?<=[0-9A-Za-z%])(?=[\u4e00-\u9fff])")
_PIECE = re.compile(
    r"[\x21-\x7e\u00a0-\u024f\u2010-\u2015\u2212]+|\s"
    r"|[（“「《]*[^\x00-\x7f][，。；：、）”」》！？％]*"
)


@lru_cache(maxsize=2)
def _metrics(bold: bool) -> tuple[dict[int, str], dict[str, tuple[int, int]], int]:
    with TTFont(font_files()[1 if bold else 0], lazy=True) as font:
        return dict(font.getBestCmap()), dict(font["hmtx"].metrics), font["head"].unitsPerEm


@lru_cache(maxsize=20_000)
def _advance(character: str, bold: bool) -> float:
    glyphs, widths, em = _metrics(bold)
    name = glyphs.get(ord(character))
    return 1.0 if name is None else widths[name][0] / em


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width in inches of a text in one line; `size` in points."""
    ems = sum(_advance(character, bold) for character in text)
    # Setters leave a quarter of a letter between Chinese and Latin.
    ems += 0.25 * len(_SEAM.findall(text))
    return ems * size / _POINTS * (1.0 if all(ord(c) > 0x2E7F for c in text) else SAFETY)


def lines_of(text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
    """Break a text into lines of at most `width` inches; a word that is too long is cut."""
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _PIECE.findall(paragraph) or [""]:
            for part in _cut(piece, size, width, bold=bold):
                if line and width_of((line + part).rstrip(), size, bold=bold) > width:
                    lines.append(line.rstrip())
                    line = ""
                if line or not part.isspace():
                    line += part
        lines.append(line.rstrip())
    return lines


def _cut(piece: str, size: float, width: float, *, bold: bool) -> list[str]:
    if width_of(piece, size, bold=bold) <= width or len(piece) == 1:
        return [piece]
    parts, start = [], 0
    for end in range(1, len(piece) + 1):
        if end - start > 1 and width_of(piece[start:end], size, bold=bold) > width:
            parts.append(piece[start : end - 1])
            start = end - 1
    return [*parts, piece[start:]]


def height_of(text: str, size: float, width: float, *, bold: bool = False) -> float:
    """Return the height in inches of a text set in a column."""
    return len(lines_of(text, size, width, bold=bold)) * size * LINE / _POINTS


def widest_word(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width in inches of the longest piece of a text that cannot be broken."""
    pieces = [piece for piece in _PIECE.findall(text) if not piece.isspace()]
    return max((width_of(piece, size, bold=bold) for piece in pieces), default=0.0)
