"""The typeface of still maps: Noto Sans CJK SC from ``mpl-font``, with every glyph checked.

matplotlib prints an empty box for a missing glyph and only warns. A box in a briefing is a
mistake nobody notices until the meeting, so a missing glyph stops the export and is named.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import mpl_font
from fontTools.ttLib import TTFont
from matplotlib import font_manager

from clusters.errors import InputError, ShippedDataError

FAMILY = "Noto Sans CJK SC"
_FILES = ("NotoSansCJKsc-Regular.otf", "NotoSansCJKsc-Bold.otf")


def font_files() -> tuple[Path, ...]:
    """Return the font files, regular first.

    Raises
    ------
    ShippedDataError
        If the package ``mpl-font`` does not hold them.
    """
    folder = Path(mpl_font.__file__).parent / "fonts" / "noto"
    files = tuple(folder / name for name in _FILES)
    for file in files:
        if not file.is_file():
            raise ShippedDataError(f"font {file.name} is missing; reinstall the package mpl-font")
    return files


@lru_cache(maxsize=1)
def register() -> str:
    """Make the typeface known to matplotlib once per process; return its family name."""
    for file in font_files():
        font_manager.fontManager.addfont(str(file))
    return FAMILY


@lru_cache(maxsize=1)
def _covered() -> frozenset[int]:
    with TTFont(font_files()[0], lazy=True) as font:
        return frozenset(font.getBestCmap())


def printable(text: str) -> str:
    """Return text without control and direction marks, which have no glyph and can mislead."""
    return "".join(
        character
        for character in text
        if character == "\n" or unicodedata.category(character) not in {"Cc", "Cf"}
    )


def missing_glyphs(texts: Iterable[str]) -> list[str]:
    """Return the characters of the texts that the typeface cannot print, sorted."""
    wanted = {character for text in texts for character in text if not character.isspace()}
    return sorted(character for character in wanted if ord(character) not in _covered())


def require_glyphs(texts: Iterable[str]) -> None:
    """Check that every character can be printed.

    Raises
    ------
    InputError
        Naming each character and its code point.
    """
    missing = missing_glyphs(texts)
    if missing:
        named = ", ".join(f"{character} (U+{ord(character):04X})" for character in missing[:10])
        raise InputError(
            f"the map typeface has no glyph for {named}; replace the character in the title "
            "or name, or leave the text out"
        )
