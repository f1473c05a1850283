"""The five zones side by side: role, place and how well it is known, firms, quotients, parks."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import geopandas as gpd
import pandas as pd
import shapely
import streamlit as st

from clusters.goals import TargetStatus, ZoneProfile, load_observations, zone_profile
from clusters.goals.observations import decimal_year
from clusters.maps.palette import THEMES, ThemeName
from clusters.metrics.sums import AI_FIRMS, memberships
from clusters.places.boundaries import CRS_METRES, display
from clusters.places.output import VAGUE
from clusters.places.zones import five, zones
from clusters.ui import cards
from clusters.ui import goals_view as view
from clusters.ui.sketch import Sketch
from clusters.ui.tables import Column, Html, table_html
from clusters.ui.text import MISSING, interval, number, p_value, pick, t, term
from clusters.ui.zone_words import (
    hotspot_words,
    movement_words,
    observation_list,
    park_names,
    precision_list,
    stars_words,
)
from clusters.workspace import Snapshot, list_snapshots

_LEADING = 3
_MARGIN_M = 22_000
_NAMED_M2 = 4e8


@dataclass(frozen=True)
class Zone:
    """One of the five zones with what a snapshot knows of it."""

    profile: ZoneProfile

    @property
    def row(self) -> pd.Series:
        """Its row of the zone table."""
        return self.profile.row

    @property
    def number(self) -> int:
        """Its place among the five."""
        return int(self.row["of_five"])

    @property
    def id(self) -> str:
        """Its id in the shipped table."""
        return self.profile.id

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
        return self.profile.named

    @property
    def assumed(self) -> bool:
        """Whether its place is assumed."""
        return self.profile.place == "assumed"

    @property
    def firms(self) -> int:
        """How many AI firms it holds."""
        return len(self.profile.firms)

    @property
    def leading(self) -> tuple[tuple[str, int], ...]:
        """Its leading segments with numbers of firms."""
        return tuple(self.profile.by_segment.items())[:_LEADING]


def five_zones(snapshot: Snapshot, statuses: Sequence[TargetStatus]) -> tuple[Zone, ...]:
    """Return the five zones in order with what the snapshot knows of each."""
    day = statuses[0].as_of if statuses else date.max
    now = decimal_year(min(day, date(2100, 12, 31)))
    known = tuple(o for o in load_observations() if o.known_by(now))
    return tuple(
        Zone(
            replace(
                profile,
                targets=tuple(s for s in statuses if s.target.area_id == profile.id),
                observations=tuple(o for o in profile.observations if o in known),
            )
        )
        for profile in _held(snapshot, snapshot.id)
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _held(
    _snapshot: Snapshot,
    key: str,  # noqa: ARG001  # key of the cache
) -> tuple[ZoneProfile, ...]:
    before = [s for s in list_snapshots(_snapshot.path.parent.parent) if s.id < _snapshot.id]
    return tuple(
        zone_profile(
            str(zone_id),
            _snapshot,
            observations=load_observations(),
            earlier=before[0] if before else None,
        )
        for zone_id in five()["zone_id"]
    )


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
        t(f"zones.evidence_{kind}", n=count) for kind, count in zone.profile.by_evidence.items()
    )


def leading_words(zone: Zone) -> str:
    """Return its leading segments with numbers of firms."""
    named = [f"{term('segment', name)} {count}" for name, count in zone.leading]
    return t("zones.comma").join(named) or MISSING


def quotient(zone: Zone) -> Html:
    """Return its location quotient with interval and q; in brackets where it rests on few firms."""
    if not zone.firms:
        return Html(f"{MISSING}<br><small>{html.escape(t('zones.lq_none'))}</small>")
    found = zone.profile.quotient
    value = number(found.value, 2)
    shown = f"({value})" if found.small and pd.notna(found.value) else value
    parts = [interval(found.low, found.high), f"q {p_value(found.q)}"]
    parts += [t("zones.few")] if found.small else []
    return Html(
        f'<b class="c-num">{html.escape(shown)}</b>'
        f"<br><small>{html.escape(' · '.join(parts))}</small>"
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
    """Return the tasks of the plan that name the zone, with their agencies."""
    if zone.profile.tasks.empty:
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
            for _, row in zone.profile.tasks.iterrows()
        ]
    )


def _targets(zone: Zone) -> Html:
    lines = [
        f"{html.escape(view.target_name(s.target))} {view.status_chip(s.status)}"
        for s in zone.profile.targets
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
        (t("zones.precision"), *(_list_html(precision_list(z.profile)) for z in found)),
        (t("zones.lq"), *(quotient(z) for z in found)),
        (t("zones.stars"), *(stars_words(z.profile) for z in found)),
        (t("zones.hotspots"), *(hotspot_words(z.profile) for z in found)),
        (t("zones.movements"), *(movement_words(z.profile) for z in found)),
        (
            t("zones.parks"),
            *(_list_html(park_names(z.profile)) for z in found),
        ),
        (t("zones.targets"), *(_targets(z) for z in found)),
        (t("zones.observations"), *(_list_html(observation_list(z.profile)) for z in found)),
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
    inside = firms[firms["ai_relevance"].isin(AI_FIRMS)]
    five_ids = set(ids)
    placed = memberships(inside).map(lambda ids: bool(five_ids & set(ids))).astype(bool)
    vague = inside["precision"].isin(VAGUE)
    return {
        "total": len(firms),
        "ai": len(inside),
        "placed": int(placed.sum()),
        "left": int((vague & ~placed).sum()),
    }


def export_frame(found: Sequence[Zone]) -> pd.DataFrame:
    """Return the five zones, one a row, with headings and words in the visitor's language."""
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
                t("zones.lq_value"): zone.profile.quotient.value,
                t("zones.lq_low"): zone.profile.quotient.low,
                t("zones.lq_high"): zone.profile.quotient.high,
                t("zones.lq_q"): zone.profile.quotient.q,
                t("zones.parks"): t("zones.comma").join(park_names(zone.profile)),
                t("zones.why"): readable(pick(zone.row["note_zh"], zone.row["note"])),
                t("goals.source_short"): str(zone.row["source_url"]),
            }
            for zone in found
        ]
    )
