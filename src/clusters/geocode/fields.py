"""The numbers that the compiled reader and everything after it share.

Compiled code wants plain integers; the enumerations give them names outside.
"""

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray


class Kind(IntEnum):
    """What a name in the trie is."""

    PROVINCE = 0
    TRADE_ZONE = 1
    PREFECTURE = 2
    PREFECTURE_SHORT = 3
    COUNTY = 4
    COUNTY_SHORT = 5
    TOWN = 6
    TOWN_STEM = 7
    ZONE = 8
    SITE = 9
    OUT_PROVINCE = 10
    OUT_SHORT = 11
    OUT_CITY = 12
    OUT_COUNTY = 13
    SKIP = 14
    OFFICE = 15
    LANDMARK = 16
    W_ROAD = 17
    W_VILLAGE = 18
    W_ESTATE = 19
    W_BUILDING = 20


class Basis(IntEnum):
    """What in the text gave the county."""

    NONE = 0
    NAMED = 1
    RENAMED = 2
    SHORT = 3
    TOWN = 4
    MOVED = 5
    ZONE = 6
    SITE = 7
    LATER = 8


class Level(IntEnum):
    """The finest thing the text names."""

    NONE = 0
    PREFECTURE = 1
    COUNTY = 2
    SUBDISTRICT = 3
    VILLAGE = 4
    STREET = 5
    BUILDING = 6


class Field(IntEnum):
    """Columns of a reading; positions count folded characters from the start of the address.

    ``TOWN`` is a row of the township table, `UNLISTED_TOWN` or -1; ``WHY`` spans the words that
    gave the county (or, failing that, the prefecture); ``REST`` is where the chain ends and ``END``
    where the first address ends; ``STATED`` is the county as written where the territory has moved
    since, `WRONG_PREFECTURE` where a county was named under another prefecture.
    """

    PREFECTURE = 0
    COUNTY = 1
    BASIS = 2
    TOWN = 3
    TOWN_START = 4
    TOWN_END = 5
    WHY_START = 6
    WHY_END = 7
    REST = 8
    END = 9
    LEVEL = 10
    ZONE = 11
    ZONE_START = 12
    ZONE_END = 13
    SITE = 14
    SITE_START = 15
    SITE_END = 16
    OUTSIDE = 17
    OTHER_COUNTY = 18
    LANDMARK = 19
    STATED = 20
    SITE_COUNTY = 21
    SITE_PREFECTURE = 22


FIELDS: Final = len(Field)
UNLISTED_TOWN: Final = -2
WRONG_PREFECTURE: Final = -2

# Character classes.
ROAD: Final = 1  # ends a road name
FEATURE: Final = 2  # ends the name of a village, river, bridge …
DIRECTION: Final = 4  # stands before the end of a road name
DIGIT: Final = 8
MARK: Final = 16  # punctuation
BREAK: Final = 32  # begins another address
UNIT: Final = 64  # follows a number and makes it a door, floor or building
NAME_END: Final = 128  # after it another name can begin


def _classes() -> NDArray[np.uint8]:
    table = np.zeros(65536, dtype=np.uint8)
    for flag, chars in (
        (ROAD, "路街巷道弄"),
        (FEATURE, "村镇乡社组桥河湾坝沟山场寺庙园苑楼厦店馆院校厂铺坡岗坎岩"),
        (DIRECTION, "东西南北中前后上下内外正一二三四五六七八九十新老大环"),
        (DIGIT, "0123456789"),
        (MARK, "(),;:-#/"),
        (BREAK, ";"),
        (UNIT, "号幢栋楼层室座房门间铺#"),
        (NAME_END, "路街巷道弄镇乡村区"),
    ):
        for char in chars:
            table[ord(char)] |= flag
    table.setflags(write=False)
    return table


def _numerals() -> NDArray[np.bool_]:
    table = np.zeros(65536, dtype=np.bool_)
    for char in "一二三四五六七八九十百零":
        table[ord(char)] = True
    table.setflags(write=False)
    return table


NUMERALS: Final = _numerals()
"""Chinese numerals: 六号 and 二楼 make a building as 6号 does; 六组 does not."""

CLASSES: Final = _classes()
"""Class flags of every folded character."""
