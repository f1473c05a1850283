"""The five zones side by side: role, place and how well it is known, firms, quotients, parks."""

import html
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import geopandas as gpd
import pandas as pd
import shapely
import streamlit as st

from clusters.goals import TargetStatus
from clusters.maps.palette import THEMES, ThemeName
from clusters.metrics.sums import memberships
from clusters.places.boundaries import CRS_METRES, display
from clusters.places.parks import parks
from clusters.places.zones import five, zones
from clusters.ui import cards
from clusters.ui import goals_view as view
from clusters.ui.sketch import Sketch
from clusters.ui.tables import Column, Html, table_html
from clusters.ui.text import MISSING, interval, number, pick, t, term
from clusters.workspace import Snapshot

AI: Final = ("core", "related")
EVIDENCE: Final = ("text", "subdistrict", "polygon")
_LEADING = 3
_MARGIN_M = 22_000
_NAMED_M2 = 4e8


@dataclass(frozen=True)
class Zone:
    """One of the five zones with what a snapshot knows of it.

    ``lq``, ``low`` and ``high`` compare its share of AI firms with that of all firms of the
    registry; NaN where undefined. ``small`` marks a quotient of fewer than five firms.
    """

    row: pd.Series
    firms: int
    by_evidence: dict[str, int]
    leading: tuple[tuple[str, int], ...]
    lq: float
    low: float
    high: float
    small: bool
    parks: tuple[str, ...]
    targets: tuple[TargetStatus, ...] = ()

    @property
    def number(self) -> int:
        """Its place among the five."""
        return int(self.row["of_five"])

    @property
    def id(self) -> str:
        """Its id in the shipped table."""
        return str(self.row["zone_id"])

    @property
    def name(self) -> str:
        """Its full name in the visitor's language."""
        return pick(self.row["name_zh"], self.row["name_en"])

    @property
    def short(self) -> str:
        """Its short name in the visitor's language."""
        return pick(self.row["short_zh"], self.row["short_en"])

    @property
    def named(self) -> bool:
        """Whether the plan names it; otherwise it is our inference."""
        return bool(self.row["role"] == "named_in_plan")

    @property
    def assumed(self) -> bool:
        """Whether its place is assumed."""
        return bool(self.row["assumed"])


def five_zones(snapshot: Snapshot, statuses: Sequence[TargetStatus]) -> tuple[Zone, ...]:
    """Return the five zones in order with what the snapshot knows of each."""
    return tuple(
        replace(zone, targets=tuple(s for s in statuses if s.target.area_id == zone.id))
        for zone in _held(snapshot, snapshot.id)
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _held(_snapshot: Snapshot, key: str) -> tuple[Zone, ...]:  # noqa: ARG001  # key of the cache
    firms = _snapshot.enterprises
    inside = firms[firms["ai_relevance"].isin(AI)]
    return tuple(_zone(row, inside, _snapshot.metrics) for _, row in five().iterrows())


def _zone(row: pd.Series, firms: pd.DataFrame, metrics: pd.DataFrame) -> Zone:
    identity = str(row["zone_id"])
    here = firms[memberships(firms).map(lambda ids: identity in ids).astype(bool)]
    # Membership that follows from a part of the zone rests on the evidence for that part.
    found = Counter(
        kinds[list(ids).index(identity)] if identity in ids else kinds[0]
        for ids, kinds in zip(here["zone_ids"], here["zone_evidence"], strict=True)
    )
    segments = Counter(here["segment"].dropna())
    leading = sorted(segments.items(), key=lambda item: (-item[1], item[0]))[:_LEADING]
    cell = metrics[
        (metrics["level"] == "zone")
        & (metrics["area"] == identity)
        & (metrics["industry"] == "ai")
        & (metrics["metric"] == "lq")
    ]
    value, low, high = (
        (float(cell[name].iloc[0]) if len(cell) else float("nan"))
        for name in ("value", "low", "high")
    )
    return Zone(
        row=row,
        firms=len(here),
        by_evidence={kind: found[kind] for kind in EVIDENCE if found[kind]},
        leading=tuple((str(name), int(count)) for name, count in leading),
        lq=value,
        low=low,
        high=high,
        small=len(here) < 5,
        parks=_parks_of(identity),
    )


def _parks_of(identity: str) -> tuple[str, ...]:
    """Return the ids of the parks in a zone: those of the zone and of zones that lie within it."""
    table = zones()
    within = set(table.loc[table["within"].map(lambda ids: identity in ids), "zone_id"])
    found = parks()
    return tuple(found.loc[found["zone_id"].isin({identity, *within}), "park_id"])


def chips(zone: Zone) -> Html:
    """Return how sure the zone is: named or inferred, place known or assumed."""
    marks = [
        cards.chip(t("zones.named"), kind="plain")
        if zone.named
        else cards.chip(t("zones.inferred"), kind="assumed")
    ]
    if zone.assumed:
        marks.append(cards.chip(t("zones.place_assumed"), kind="assumed"))
    return Html(" ".join(marks))


def place_words(zone: Zone) -> str:
    """Return where its outline comes from and how far it may be off."""
    basis = t(f"zones.basis_{zone.row['geometry_basis']}")
    error = float(zone.row["boundary_error_m"])
    if zone.assumed:
        return basis
    return t("zones.place", basis=basis, km=number(error / 1000, 1))


def firms_words(zone: Zone) -> str:
    """Return how its firms were placed: by the words of an address, a subdistrict, the outline."""
    if not zone.firms:
        return t("zones.not_none")
    return t("goals.joiner").join(
        t(f"zones.evidence_{kind}", n=count) for kind, count in zone.by_evidence.items()
    )


def leading_words(zone: Zone) -> str:
    """Return its leading segments with numbers of firms."""
    named = [f"{term('segment', name)} {count}" for name, count in zone.leading]
    return t("zones.comma").join(named) or MISSING


def quotient(zone: Zone) -> Html:
    """Return its location quotient with interval; in brackets where it rests on few firms."""
    if not zone.firms:
        return Html(f"{MISSING}<br><small>{html.escape(t('zones.lq_none'))}</small>")
    value = number(zone.lq, 2)
    shown = f"({value})" if zone.small and pd.notna(zone.lq) else value
    few = f" · {t('zones.few')}" if zone.small else ""
    return Html(
        f'<b class="c-num">{html.escape(shown)}</b>'
        f"<br><small>{html.escape(interval(zone.low, zone.high) + few)}</small>"
    )


def readable(text: object) -> str:
    """Return a note of the zone table without the sentences that point to rows by their id."""
    if not isinstance(text, str):
        return ""
    ids = "|".join(re.escape(identity) for identity in zones()["zone_id"])
    sentences = re.findall(r".+?(?:[。；](?=.)|\.\s+|$)", text)
    kept = [s for s in sentences if not re.search(rf"\brows? |wv-hyp|(?<![\w-])(?:{ids})", s)]
    return "".join(kept).rstrip("；; ")


def _list_html(items: Sequence[str]) -> Html:
    return Html("<br>".join(html.escape(item) for item in items) or html.escape(MISSING))


def _tasks(zone: Zone) -> Html:
    """Return the tasks of the plan's section that names the zone, with their agencies."""
    sections = {re.sub(r"^[一二三四五]、（.）", "", s.target.section) for s in zone.targets}
    found = view.table("tasks")
    mine = found[found["name_zh"].isin(sections)]
    if mine.empty:
        return Html(f"<small>{html.escape(t('zones.no_task'))}</small>")
    return _list_html(
        [
            t(
                "zones.task",
                name=pick(row["name_zh"], row["name_en"]),
                lead=row["lead_agency"],
                others=row["supporting_agencies"].replace(";", "、"),
                year=row["agencies_as_of"],
            )
            for _, row in mine.iterrows()
        ]
    )


def _targets(zone: Zone) -> Html:
    lines = [
        f"{html.escape(view.target_name(s.target))} {view.status_chip(s.status)}"
        for s in zone.targets
    ]
    return Html("<br>".join(lines) or f"<small>{html.escape(t('zones.no_target'))}</small>")


def _area(zone: Zone) -> str:
    published, drawn = zone.row["area_km2"], zone.row["area_km2_drawn"]
    known = t("zones.km2_published", n=number(published, 1)) if pd.notna(published) else ""
    return t("goals.joiner").join(
        part for part in (known, t("zones.km2_drawn", n=number(drawn, 1))) if part
    )


def side_by_side(found: Sequence[Zone]) -> str:
    """Return the five zones as the columns of one table, as HTML."""
    names = parks().set_index("park_id")
    rows: list[tuple[str, ...]] = [
        (t("zones.role"), *(chips(z) for z in found)),
        (t("zones.full_name"), *(z.name for z in found)),
        (t("zones.prefecture"), *(view.area_label(z.row["prefecture_code"]) for z in found)),
        (t("zones.place_basis"), *(place_words(z) for z in found)),
        (t("zones.area"), *(_area(z) for z in found)),
        (
            t("zones.firms"),
            *(
                Html(
                    f'<b class="c-num">{number(z.firms) if z.firms else t("zones.not_found")}</b>'
                    f"<br><small>{html.escape(firms_words(z))}</small>"
                )
                for z in found
            ),
        ),
        (t("zones.leading"), *(_list_html(_leading_list(z)) for z in found)),
        (t("zones.lq"), *(quotient(z) for z in found)),
        (
            t("zones.parks"),
            *(
                _list_html(
                    [pick(names.loc[p, "name_zh"], names.loc[p, "name_en"]) for p in z.parks]
                )
                for z in found
            ),
        ),
        (t("zones.targets"), *(_targets(z) for z in found)),
        (t("zones.tasks"), *(_tasks(z) for z in found)),
        (t("zones.why"), *(_small(readable(pick(z.row["note_zh"], z.row["note"]))) for z in found)),
        (t("goals.source_short"), *(view.links_html(z.row["source_url"]) for z in found)),
    ]
    columns = [Column(""), *(Column(f"{z.number}  {z.short}") for z in found)]
    return f'<div class="c-zones">{table_html(columns, rows, label=t("goals.view_zones"))}</div>'


def _small(text: str) -> Html:
    return Html(f"<small>{html.escape(text or MISSING)}</small>")


def _leading_list(zone: Zone) -> list[str]:
    return [f"{term('segment', name)} {count}" for name, count in zone.leading]


def zone_map(found: Sequence[Zone], *, theme: ThemeName = "light") -> str:
    """Return a small map of the five zones as HTML, numbered like the table beside it."""
    tokens = THEMES[theme]
    frame = gpd.GeoDataFrame(
        {"number": [z.number for z in found], "assumed": [z.assumed for z in found]},
        geometry=[z.row["geometry"] for z in found],
        crs="EPSG:4326",
    ).to_crs(CRS_METRES)
    west, south, east, north = frame.total_bounds
    box = (west - _MARGIN_M, south - _MARGIN_M, east + _MARGIN_M, north + _MARGIN_M)
    sketch = Sketch(box, tokens)
    land = display("prefecture").to_crs(CRS_METRES)
    shapes = land.geometry.intersection(shapely.box(*box))
    for shape in shapes:
        sketch.shape(shape, f'fill="{tokens.panel}" stroke="{tokens.boundary}"')
    for row, shape in zip(land.itertuples(), shapes, strict=True):
        if shape.area > _NAMED_M2:
            name = pick(row.name_zh, row.name_en)
            sketch.words_inside(sketch.at(shape.representative_point()), name, tokens.muted)
    for row in frame.itertuples():
        ink = tokens.warm if row.assumed else tokens.accent
        dash = ' stroke-dasharray="4 3"' if row.assumed else ""
        sketch.shape(row.geometry, f'fill="{ink}" fill-opacity="0.16" stroke="{ink}"{dash}')
    for row in frame.itertuples():
        at = sketch.at(row.geometry.representative_point())
        unsure = f'fill="{tokens.paper}" stroke="{tokens.warm}" stroke-dasharray="3 2"'
        sketch.circle(at, 9, unsure if row.assumed else f'fill="{tokens.accent}"')
        ink = tokens.warm if row.assumed else tokens.paper
        sketch.words((at[0], at[1] + 4), str(row.number), ink, bold=True)
    sketch.bar(50_000, t("zones.km50"))
    names = t("zones.comma").join(f"{z.number} {z.short}" for z in found)
    return sketch.image(t("zones.map_alt", names=names))


def coverage(snapshot: Snapshot, found: Sequence[Zone]) -> dict[str, int]:
    """Return how many firms there are, are AI, lie in the five zones, and cannot be assigned."""
    return dict(_coverage(snapshot, tuple(zone.id for zone in found), snapshot.id))


@st.cache_resource(max_entries=4, show_spinner=False)
def _coverage(
    _snapshot: Snapshot,
    ids: tuple[str, ...],
    key: str,  # noqa: ARG001  # key of the cache
) -> dict[str, int]:
    firms = _snapshot.enterprises
    inside = firms[firms["ai_relevance"].isin(AI)]
    five_ids = set(ids)
    placed = memberships(inside).map(lambda ids: bool(five_ids & set(ids))).astype(bool)
    vague = inside["precision"].isin(["county", "prefecture", "none"])
    return {
        "total": len(firms),
        "ai": len(inside),
        "placed": int(placed.sum()),
        "left": int((vague & ~placed).sum()),
    }


def export_frame(found: Sequence[Zone]) -> pd.DataFrame:
    """Return the five zones, one a row, with headings and words in the visitor's language."""
    names = parks().set_index("park_id")
    return pd.DataFrame(
        [
            {
                t("zones.number"): zone.number,
                t("zones.full_name"): zone.name,
                t("zones.role"): t("zones.named" if zone.named else "zones.inferred"),
                t("zones.prefecture"): view.area_label(zone.row["prefecture_code"]),
                t("zones.place_basis"): place_words(zone),
                t("zones.error_km"): float(zone.row["boundary_error_m"]) / 1000,
                t("zones.drawn_km2"): float(zone.row["area_km2_drawn"]),
                t("zones.firms"): zone.firms,
                t("zones.leading"): leading_words(zone),
                t("zones.lq_value"): zone.lq,
                t("zones.lq_low"): zone.low,
                t("zones.lq_high"): zone.high,
                t("zones.parks"): t("zones.comma").join(
                    pick(names.loc[p, "name_zh"], names.loc[p, "name_en"]) for p in zone.parks
                ),
                t("zones.why"): readable(pick(zone.row["note_zh"], zone.row["note"])),
                t("goals.source_short"): str(zone.row["source_url"]),
            }
            for zone in found
        ]
    )
