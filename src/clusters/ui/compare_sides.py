"""Two selections of firms side by side: what the link asks for, and what each of them holds.

Pure functions. Side A and side B have their own snapshot, place and filters, kept in the link with
``a_`` and ``b_`` before the names that the enterprise map uses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from clusters.maps.drawn import UNKNOWN
from clusters.metrics import herfindahl, location_quotient, location_quotient_interval
from clusters.places.output import PRECISE
from clusters.ui import filters
from clusters.ui.filters import Filters, FirmIndex, Mask
from clusters.ui.maps import known_place, parts_of, places, within

SIDES: Final = ("a", "b")
PROVINCE: Final = "province"
DEFAULT_PLACE: Final = {"a": "510100", "b": "510700"}
FIGURES: Final = (
    "firms",
    "core",
    "listed",
    "honoured",
    "located",
    "median_year",
    "counties",
    "herfindahl",
)


@dataclass(frozen=True)
class Side:
    """What one side of the link asks for; ``place`` is "" for the province."""

    place: str
    filters: Filters
    snapshot: str = ""


def side_of(query: Mapping[str, str], side: str) -> Side:
    """Read one side of a link; what is not understood is ignored."""
    own = {k[2:]: v for k, v in query.items() if k.startswith(f"{side}_")}
    asked = own.get("place", DEFAULT_PLACE[side])
    place = "" if asked == PROVINCE else known_place(asked) or DEFAULT_PLACE[side]
    return Side(place, filters.from_link(own), own.get("snapshot", ""))


def swapped(query: Mapping[str, str]) -> dict[str, str]:
    """Return the link with the sides exchanged; what belongs to neither stays."""
    other = {"a": "b", "b": "a"}
    link = {k: v for k, v in query.items() if k[:2] not in {"a_", "b_"}}
    for side in SIDES:
        own = {k[2:]: v for k, v in query.items() if k.startswith(f"{side}_")}
        own.setdefault("place", DEFAULT_PLACE[side])
        if own["place"] == DEFAULT_PLACE[other[side]]:
            del own["place"]
        link |= {f"{other[side]}_{name}": value for name, value in own.items()}
    return link


def kept(index: FirmIndex, side: Side) -> Mask:
    """Return which firms of a snapshot a side holds."""
    return filters.combine(filters.masks(index, side.filters, side.place))


def undated(index: FirmIndex, side: Side) -> int:
    """Return how many firms a side leaves out because no founding date is known."""
    if side.filters.first is None and side.filters.last is None:
        return 0
    anyway = filters.combine(filters.masks(index, side.filters, side.place), without="years")
    return int((anyway & index.columns["year"].isna().to_numpy()).sum())


def figures(index: FirmIndex, firms: pd.DataFrame, keep: Mask) -> dict[str, float]:
    """Return the figures of a side by name; NaN where they are undefined.

    ``located`` is the share whose position is known to the street or better, ``herfindahl`` the
    concentration on segments (1: all in one).
    """
    rows = index.columns[keep]
    known = rows.loc[rows["segment"].astype(str) != UNKNOWN, "segment"]
    segments = known.astype(str).value_counts()
    count = float(keep.sum())
    precise = rows["precision"].astype(str).isin(PRECISE).sum()
    return {
        "firms": count,
        "core": float((rows["relevance"].astype(str) == "core").sum()),
        "listed": float(rows["listed"].sum()),
        "honoured": float(rows["honoured"].sum()),
        "located": float(precise) / count if count else np.nan,
        "median_year": float(rows["year"].median()) if rows["year"].notna().any() else np.nan,
        "counties": float(firms.loc[keep, "county_code"].nunique()),
        "herfindahl": float(herfindahl(segments.astype("float64"))) if len(segments) else np.nan,
    }


def segments(index: FirmIndex, side: Side, keep: Mask) -> pd.DataFrame:
    """Return firms, share and location quotient of each segment of a side.

    The quotient compares the place with all firms of the snapshot under the same filters, but for
    those that choose among segments; for the province it is undefined. Limits are the exact 95 %
    ones. A segment that exists but not in the place has 0 firms and a quotient of 0.

    Returns
    -------
    DataFrame
        Index segment; n, share, lq, low, high.
    """
    names = index.columns["segment"].astype(str)
    known = (names != UNKNOWN).to_numpy()
    own = names[keep & known].value_counts()
    base = Side("", replace(side.filters, segment=(), layer=()), side.snapshot)
    everything = kept(index, base) & known
    inside = index.inside(side.place) & everything
    if not (side.filters.segment or side.filters.layer):
        own = own.reindex(sorted(names[everything].unique()), fill_value=0)
    table = pd.DataFrame({"n": own.astype("float64")})
    table["share"] = table["n"] / table["n"].sum() if table["n"].sum() else np.nan
    quotients = pd.DataFrame(index=table.index, columns=["lq", "low", "high"], dtype="float64")
    if side.place and inside.any() and (everything & ~inside).any():
        counts = _counts(names, inside, everything & ~inside)
        low, high = location_quotient_interval(counts, method="exact")
        found = {"lq": location_quotient(counts), "low": low, "high": high}
        inner = pd.DataFrame({name: frame.loc["inside"] for name, frame in found.items()})
        quotients = inner.reindex(table.index)
    return table.join(quotients)


def _counts(names: pd.Series, inside: Mask, outside: Mask) -> pd.DataFrame:
    """Return firms by place (inside, outside) and segment."""
    rows = {"inside": names[inside].value_counts(), "outside": names[outside].value_counts()}
    return pd.DataFrame(rows).T.fillna(0).astype("int64")


def differences(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Return both tables of `segments` side by side, the largest difference of shares first.

    Returns
    -------
    DataFrame
        Index segment; the columns of both with ``_a`` and ``_b``, and ``difference``: share of B
        less share of A. A segment that neither side has is left out; one that a single side has
        counts 0 on the other.
    """
    table = pd.concat([one.add_suffix("_a"), other.add_suffix("_b")], axis=1)
    for column in ("n_a", "n_b", "share_a", "share_b"):
        table[column] = table[column].fillna(0.0)
    table = table[(table["n_a"] > 0) | (table["n_b"] > 0)].copy()
    table["difference"] = table["share_b"] - table["share_a"]
    order = table.assign(size=table["difference"].abs(), name=table.index)
    order = order.sort_values(["size", "name"], ascending=[False, True])
    return table.loc[order.index]


def area_counts(firms: pd.DataFrame, keep: Mask, place: str) -> pd.Series:
    """Return firms by area code; firms not known to the area are left out."""
    codes = firms.loc[keep, f"{parts_of(place)}_code"]
    return codes.dropna().astype(str).value_counts().sort_index()


def in_both(one: pd.DataFrame, other: pd.DataFrame, masks: tuple[Mask, Mask]) -> int:
    """Return how many firms stand on both sides."""
    first, second = (
        set(table.loc[mask, "enterprise_id"])
        for table, mask in zip((one, other), masks, strict=True)
    )
    return len(first & second)


def choices() -> list[str]:
    """Return the places a side can be: the province, its prefectures, the zones."""
    found = places().values()
    return [
        PROVINCE,
        *(one.id for one in found if one.kind == "prefecture"),
        *(one.id for one in found if one.kind == "zone"),
    ]


def window(place: str) -> str:
    """Return the prefecture that a map of a place shows; "" for the province."""
    return within(place)
