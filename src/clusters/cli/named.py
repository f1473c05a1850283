"""What a person calls a place or a group, as the id the tables use.

An id passes as it is; so does a name in Chinese or English, also without its last word, as long as
only one is called so. Anything else is refused: a filter nobody passes would write an empty file.
"""

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from clusters.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_MOST_SHOWN = 8


def prefecture_ids(given: Sequence[str] | None) -> tuple[str, ...]:
    """Return codes of prefectures.

    Raises
    ------
    InputError
        If one is not known, or could be several; so do the other functions here.
    """
    return _ids("--prefecture", given, _prefectures())


def county_ids(given: Sequence[str] | None) -> tuple[str, ...]:
    """Return codes of counties."""
    return _ids("--county", given, _counties())


def zone_ids(given: Sequence[str] | None, *, option: str = "--zone") -> tuple[str, ...]:
    """Return ids of zones."""
    return _ids(option, given, _zones())


def park_ids(given: Sequence[str] | None, parks: "pd.DataFrame") -> tuple[str, ...]:
    """Return ids of the parks of a snapshot."""
    return _ids("--park", given, _table(parks, "park_id", "name_zh"))


def segment_ids(given: Sequence[str] | None) -> tuple[str, ...]:
    """Return ids of segments; ``unknown`` is that of firms without one."""
    import pandas as pd

    from clusters.maps.drawn import UNKNOWN
    from clusters.maps.words import word
    from clusters.taxonomy.terms import segments

    none = {"segment": UNKNOWN, "zh": word("unknown", "zh"), "en": word("unknown", "en")}
    every = pd.concat([segments().reset_index(drop=True), pd.DataFrame([none])])
    return _ids("--segment", given, _table(every, "segment", "zh", "en"))


def area_id(option: str, given: str) -> str:
    """Return the code of a prefecture or county or the id of a zone; ``province`` as it is."""
    if given == "province":
        return given
    return _ids(option, [given], _prefectures(), _counties(), _zones())[0]


def _prefectures() -> "pd.DataFrame":
    from clusters.places.boundaries import prefectures

    return _table(prefectures(), "code", "name_zh", "name_en")


def _counties() -> "pd.DataFrame":
    from clusters.places.boundaries import counties

    table = counties()
    # With their prefecture, as some share a name; first, as an error tells the first name.
    whole = table.assign(whole=table["prefecture_zh"] + table["name_zh"])
    return _table(whole, "code", "whole", "name_zh", "name_en")


def _zones() -> "pd.DataFrame":
    from clusters.places.zones import zones

    return _table(zones(), "zone_id", "name_zh", "short_zh", "name_en", "short_en")


def _table(frame: "pd.DataFrame", key: str, *names: str) -> "pd.DataFrame":
    """Return every name with its id, one row a name."""
    import pandas as pd

    parts = [
        pd.DataFrame({"id": frame[key].to_numpy(), "name": frame[name].to_numpy()})
        for name in names
        if name in frame
    ]
    return pd.concat(parts, ignore_index=True).dropna().drop_duplicates()


def _ids(option: str, given: Sequence[str] | None, *known: "pd.DataFrame") -> tuple[str, ...]:
    return tuple(_id(option, text.strip(), known) for text in given or ())


def _id(option: str, text: str, tables: "Sequence[pd.DataFrame]") -> str:
    """Return the one id of a text; the larger places, which stand first, before smaller ones."""
    import pandas as pd

    known = pd.concat(tables, ignore_index=True)
    if text in set(known["id"]):
        return text
    wanted = text.casefold()
    alike = [table[table["name"].str.casefold() == wanted] for table in tables]
    if wanted:
        alike += [table[table["name"].str.casefold().str.startswith(wanted)] for table in tables]
    for some in (found.drop_duplicates("id") for found in alike if len(found)):
        if len(some) > 1:
            several = _shown(some["id"], known)
            raise InputError(f"{option} {text!r} could be several: {several}; give the id")
        return str(some["id"].iloc[0])
    names = known["name"].str.casefold()
    near = difflib.get_close_matches(wanted, [*known["id"], *names], n=3, cutoff=0.6)
    like = known.loc[known["id"].isin(near) | names.isin(near), "id"]
    there = _shown(like if len(like) else known["id"], known)
    raise InputError(f"{option} {text!r} is not known; there are {there}")


def _shown(ids: "pd.Series", known: "pd.DataFrame") -> str:
    """Return some ids, each with the first of its names."""
    some = ids.unique()
    names = known.drop_duplicates("id").set_index("id")["name"]
    words = [f"{key} ({names[key]})" for key in some[:_MOST_SHOWN]]
    return ", ".join(words) + (", …" if len(some) > _MOST_SHOWN else "")
