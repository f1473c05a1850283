"""The overview: the province in one look, the plan, the zones, the structure, the thirty firms."""

from collections import Counter
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from clusters.export.briefing import facts
from clusters.export.briefing.model import Cell, Column, Figure, MapFigure, Page, Table
from clusters.export.briefing.targets import status_counts, target_table
from clusters.export.briefing.wording import MISSING, Wording
from clusters.export.pictures import MapRequest
from clusters.export.views import SnapshotLike
from clusters.goals import TargetStatus, benchmark_firms
from clusters.ledger import Ledger
from clusters.maps.layers import firm_layers
from clusters.maps.words import distance
from clusters.metrics.sums import memberships
from clusters.places.output import VAGUE
from clusters.places.zones import five

# The promises a reader asks about first: 2025 in numbers, 2030 in words, then what follows.
HEADLINES = (
    "S18-2025-01",
    "S18-2025-02",
    "S18-2025-03",
    "S18-2025-04",
    "S24-2027-01",
    "A26-2027-01",
    "A26-2030-06",
    "S18-2030-Q2",
)


def overview_pages(
    snapshot: SnapshotLike,
    statuses: list[TargetStatus],
    words: Wording,
    *,
    ledger: Ledger | None = None,
) -> list[Page]:
    """Return the pages of the overview; the ledger decides who the benchmark firms are."""
    firms = facts.ai_firms(snapshot)
    return [
        _first(snapshot, firms, statuses, words),
        _plan(statuses, words),
        _zones(snapshot, firms, words),
        _structure(firms, words),
        _benchmark(snapshot, words, ledger),
    ]


class _Said(NamedTuple):
    """Figures and sentences about one matter."""

    figures: tuple[Figure, ...]
    findings: tuple[str, ...]


def _first(
    snapshot: SnapshotLike,
    firms: gpd.GeoDataFrame,
    statuses: list[TargetStatus],
    words: Wording,
) -> Page:
    split = facts.by_relevance(firms)
    places = facts.counts(firms, "prefecture_code")
    counted = [status for status in statuses if not status.target.qualitative]
    total = Counter(status.status for status in counted)
    account = firm_layers(firms, language=words.language, total=len(snapshot.enterprises)).account
    leader = _leader(snapshot, places, words)
    figures = [
        Figure(
            words("overview.ai_firms"),
            words.number(len(firms)),
            words("overview.ai_firms_note", **split),
        ),
        *leader.figures,
        Figure(
            words("overview.prefectures"),
            words.number(len(places)),
            words("overview.prefectures_note"),
        ),
        Figure(
            words("overview.targets"),
            words.number(len(counted)),
            words("overview.targets_note", reached=total["reached"], none=total["no_public_value"]),
        ),
    ]
    findings = [
        words("overview.find_total", total=len(snapshot.enterprises), ai=len(firms), **split),
        *leader.findings,
        *_findings(firms, counted, words),
    ]
    place = words.place("province")
    return Page(
        title=words("overview.title"),
        figures=tuple(figures),
        findings=tuple(findings),
        map=MapFigure(
            MapRequest(language=words.language),
            words("common.map_alt", place=place, account=account.sentence(words.language)),
        ),
    )


def _leader(snapshot: SnapshotLike, places: list[tuple[str, int]], words: Wording) -> _Said:
    """Say which prefecture leads, by what share and in what interval; nothing where none does."""
    if not places:
        return _Said((), ())
    code, n = places[0]
    share = facts.measured(snapshot, "prefecture", code, "share")
    known = sum(count for _, count in places)
    three = sum(count for _, count in places[:3]) / known
    place = words.place(code)
    interval = words.percent_interval(share.low, share.high)
    figure = Figure(
        words("overview.first_share", place=place),
        words.percent(share.value),
        words("overview.first_share_note", n=words.counted("common.firms", n), interval=interval),
    )
    finding = words(
        "overview.find_first",
        place=place,
        n=words.number(n),
        interval=interval,
        known=words.number(known),
        share=words.percent(share.value),
        three=words.percent(three),
    )
    return _Said((figure,), (finding,))


def _findings(firms: gpd.GeoDataFrame, counted: list[TargetStatus], words: Wording) -> list[str]:
    found = []
    segments = facts.counts(firms, "segment")[:3]
    if segments:
        share = sum(n for _, n in segments) / len(firms)
        found.append(
            words(
                "overview.find_segments",
                names=facts.leading(firms, words),
                share=words.percent(share),
            )
        )
    found.append(_in_zones(firms, words))
    found.append(
        words("overview.find_targets", n=len(counted), counts=status_counts(counted, words))
    )
    found.append(words.counted("overview.find_places", facts.dots(firms)))
    return found


def _in_zones(firms: gpd.GeoDataFrame, words: Wording) -> str:
    ids = set(five()["zone_id"])
    within = memberships(firms).map(lambda found: set(found) & ids)
    held: set[str] = set().union(*within)
    placed = within.map(bool).astype(bool)
    vague = int((firms["precision"].isin(VAGUE) & ~placed).sum())
    return words(
        "overview.find_zones", held=len(held), n=int(placed.sum()), vague=words.number(vague)
    )


def _plan(statuses: list[TargetStatus], words: Wording) -> Page:
    by_id = {status.target.target_id: status for status in statuses}
    shown = [by_id[name] for name in HEADLINES if name in by_id]
    day = words.day(statuses[0].as_of) if statuses else MISSING
    note = words("overview.plan_note", n=len(statuses))
    return Page(
        title=words("overview.plan_title"),
        lead=words("overview.plan_lead", day=day),
        tables=(target_table(shown, words, note=note),),
    )


def _zones(snapshot: SnapshotLike, firms: gpd.GeoDataFrame, words: Wording) -> Page:
    columns = (
        Column(words("overview.zone")),
        Column(words("overview.zone_role")),
        Column(words("overview.zone_firms"), numeric=True),
        Column(words("overview.zone_share"), numeric=True),
        Column(words("overview.zone_leading")),
        Column(words("overview.zone_error"), numeric=True),
    )
    rows = tuple(_zone_row(row, snapshot, firms, words) for _, row in five().iterrows())
    return Page(
        title=words("overview.zones_title"),
        lead=words("overview.zones_lead"),
        findings=(_in_zones(firms, words), words("overview.zones_read")),
        tables=(Table("", columns, rows),),
    )


def _zone_row(
    row: pd.Series, snapshot: SnapshotLike, firms: gpd.GeoDataFrame, words: Wording
) -> tuple[Cell, ...]:
    here = facts.inside(firms, str(row["zone_id"]))
    share = facts.measured(snapshot, "zone", str(row["zone_id"]), "share")
    role = "named_in_plan" if row["role"] == "named_in_plan" else "inferred"
    error = float(row["boundary_error_m"])
    return (
        Cell(words.pick(row["short_zh"], row["short_en"]), "strong"),
        Cell(words.value("role", role), "plain" if role == "named_in_plan" else "warn"),
        Cell(words.number(len(here)) if len(here) else words("common.not_found")),
        Cell(
            f"{words.percent(share.value)}（{words.percent_interval(share.low, share.high)}）"
            if words.language == "zh"
            else f"{words.percent(share.value)} ({words.percent_interval(share.low, share.high)})"
        )
        if len(here)
        else Cell(MISSING),
        Cell(facts.leading(here, words)),
        Cell(words("overview.zone_assumed"), "warn")
        if row["assumed"]
        else Cell(distance(error, words.language)),
    )


def _structure(firms: gpd.GeoDataFrame, words: Wording) -> Page:
    unknown = int(firms["prefecture_code"].isna().sum())
    note = words("overview.structure_note", n=unknown) if unknown else ""
    segments = facts.count_chart(firms, "segment", words, title=words("common.by_segment"))
    places = facts.count_chart(
        firms, "prefecture_code", words, title=words("common.by_prefecture"), note=note
    )
    return Page(
        title=words("overview.structure_title"),
        lead=words("overview.structure_lead", n=words.number(len(firms))),
        charts=(segments, places),
    )


def _benchmark(snapshot: SnapshotLike, words: Wording, ledger: Ledger | None) -> Page:
    table = benchmark_firms(snapshot.enterprises, ledger=ledger).table
    english = snapshot.enterprises.set_index("enterprise_id").get("name_en", pd.Series(dtype="str"))
    columns = (
        Column(words("common.name")),
        Column(words("common.place")),
        Column(words("common.segment")),
        Column(words("overview.bench_level")),
        Column(words("overview.bench_basis")),
    )
    rows = tuple(
        (
            Cell(words.pick(row["name"], english.get(row["enterprise_id"])), "strong"),
            Cell(words.place(row.get("prefecture_code"))),
            Cell(words.value("segment", row.get("segment"))),
            Cell(words.value("evidence_level", row["evidence_level"])),
            Cell(words.pick(row["basis_zh"], row["basis_en"]), "muted"),
        )
        for _, row in table.iterrows()
    )
    return Page(
        title=words("overview.bench_title"),
        lead=words("overview.bench_lead"),
        tables=(Table("", columns, rows),),
    )
