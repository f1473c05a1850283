"""审图号, the number under which a map was reviewed: when a map needs one and how it is written.

The Regulation on Map Management (地图管理条例, State Council decree 664, in force since 2016,
articles 15 to 22) asks that a map shown to the public is reviewed and carries the number; maps
without boundaries of administrative areas are simple schemes and are left alone here. Numbers are
``GS（2024）1234号`` (national) or ``川S〔2024〕00001号`` (provincial).
"""

import re
from collections.abc import Sequence

from clusters.maps.layers import Layer
from clusters.maps.words import Language, labelled, word

_WRITTEN = re.compile(
    r"(?:GS|[\u4e00-\u9fff]S)[（(〔\[]?\s?(?:[\u4e00-\u9fff]{1,3}\s?)?\d{4}[）)〕\]]?\s?\d{1,6}\s?号"
)


def warnings_of(layers: Sequence[Layer], number: str) -> tuple[str, ...]:
    """Return what a person must know before the map leaves the house.

    Returns
    -------
    tuple of str
        ``review_number_missing`` where boundaries are drawn and there is no number,
        ``review_number_unusual`` where the number is not written as such numbers are.
    """
    if not number:
        drawn = any(layer.show and layer.key.startswith(("boundary-", "areas")) for layer in layers)
        return ("review_number_missing",) if drawn else ()
    return () if written_properly(number) else ("review_number_unusual",)


def printed(number: str, language: Language) -> str:
    """Return the number as a map prints it, or that it is still to be filled in."""
    return labelled(
        word("review_number", language), number or word("review_missing", language), language
    )


def written_properly(number: str) -> bool:
    """Whether a number is written as the reviewing offices write them."""
    return _WRITTEN.fullmatch(number.strip()) is not None
