"""One zone, prefecture or county: its firms, how sure their places are, segments, targets."""

from collections import Counter
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from clusters.errors import InputError
from clusters.export.briefing import facts
from clusters.export.briefing.model import (
    Bar,
    Cell,
    Chart,
    Column,
    Figure,
    MapFigure,
    Page,
    Table,
    Tone,
)
from clusters.export.briefing.targets import target_table
from clusters.export.briefing.wording import MISSING, Wording
from clusters.export.pictures import MapRequest
from clusters.export.views import SnapshotLike
from clusters.goals import TargetStatus
from clusters.maps.layers import firm_layers
from clusters.maps.palette import LAYERS
from clusters.maps.words import distance
from clusters.places.output import VAGUE
from clusters.places.zones import zones

_MOST_FIRMS = 60


@dataclass(frozen=True)
class Subject:
    """What the briefing is about; ``zone`` is the row of the zone table, None for an area."""

    id: str
    name: str
    zone: pd.Series | None

    @property
    def level(self) -> str:
        """Level of its metrics."""
        if self.zone is not None:
            return "zone"
        return "prefecture" if self.id.endswith("00") else "county"

    @property
    def drawn(self) -> bool:
        """Whether there is an outline to draw."""
        return self.zone is None or self.zone["geometry"] is not None


def find_place(kind: str, identity: str, words: Wording) -> Subject:
    """Return the zone or area of an id.

    Raises
    ------
    InputError
        If there is none; the message names some that there are.
    """
    if kind == "zone":
        table = zones()
        row = table[table["zone_id"] == identity]
        if row.empty:
            known = ", ".join(table["zone_id"].head(8))
            raise InputError(f"zone {identity!r} is not known; there are {known}, …")
        return Subject(identity, words.pick(*row.iloc[0][["short_zh", "short_en"]]), row.iloc[0])
    name = words.place(identity)
    if not identity.isdigit() or name == MISSING:
        raise InputError(
            f"area {identity!r} is not known; use the six-digit code of a prefecture or county"
        )
    return Subject(identity, name, None)


def place_pages(
    snapshot: SnapshotLike, subject: Subject, statuses: list[TargetStatus], words: Wording
) -> list[Page]:
    """Return the pages of a zone or area."""
    firms = facts.ai_firms(snapshot)
    here = facts.inside(firms, subject.id)
    pages = [_first(snapshot, subject, firms, here, words)]
    if len(here):
        pages.append(_structure(subject, firms, here, words))
        pages.append(_list(subject, here, words))
    mine = [status for status in statuses if status.target.area_id == subject.id]
    if mine:
        lead = words("place.targets_lead", day=words.day(mine[0].as_of))
        title = words("place.targets_title", place=subject.name)
        pages.append(Page(title, lead, tables=(target_table(mine, words),)))
    return pages


def _first(
    snapshot: SnapshotLike,
    subject: Subject,
    firms: gpd.GeoDataFrame,
    here: gpd.GeoDataFrame,
    words: Wording,
) -> Page:
    share = facts.measured(snapshot, subject.level, subject.id, "share")
    interval = words.percent_interval(share.low, share.high)
    figures = [
        Figure(
            words("place.ai_firms"),
            words.number(len(here)) if len(here) else words("common.not_found"),
            words("overview.ai_firms_note", **facts.by_relevance(here)),
        )
    ]
    findings = []
    if len(here):
        figures.append(
            Figure(
                words("place.share"),
                words.percent(share.value),
                words("place.share_note", interval=interval),
            )
        )
        findings.append(
            words(
                "place.find_firms",
                n=words.number(len(here)),
                share=words.percent(share.value),
                interval=interval,
                **facts.by_relevance(here),
            )
        )
        findings.append(words("place.find_segments", names=facts.leading(here, words)))
    else:
        findings.append(words("place.find_none"))
    figures.append(
        Figure(
            words("place.precise"),
            words.counted("common.firms", facts.dots(here)),
            words("place.precise_note"),
        )
    )
    more_figures, more_findings = (
        _of_zone(subject.zone, firms, here, words)
        if subject.zone is not None
        else _of_area(snapshot, subject, words)
    )
    account = firm_layers(here, language=words.language, total=len(snapshot.enterprises)).account
    alt = words("common.map_alt", place=subject.name, account=account.sentence(words.language))
    request = MapRequest(area=subject.id, language=words.language)
    return Page(
        title=words("place.title", place=subject.name),
        lead=_full_name(subject, words),
        figures=(*figures, *more_figures),
        findings=(*findings, *more_findings),
        map=MapFigure(request, alt) if subject.drawn else None,
    )


def _full_name(subject: Subject, words: Wording) -> str:
    if subject.zone is None:
        return ""
    return words.pick(subject.zone["name_zh"], subject.zone["name_en"])


_Told = tuple[list[Figure], list[str]]


def _of_zone(
    zone: pd.Series, firms: gpd.GeoDataFrame, here: gpd.GeoDataFrame, words: Wording
) -> _Told:
    identity = str(zone["zone_id"])
    findings = []
    kinds = Counter(
        evidence[list(ids).index(identity)] if identity in ids else evidence[0]
        for ids, evidence in zip(here["zone_ids"], here["zone_evidence"], strict=True)
        if len(evidence)
    )
    if kinds:
        told = [words(f"place.find_how_{k}", n=n) for k, n in sorted(kinds.items())]
        findings.append(words("place.find_how", kinds=words.join(told)))
    around = facts.inside(firms, str(zone["prefecture_code"]))
    vague = around[around["precision"].isin(VAGUE) & ~around.index.isin(here.index)]
    if len(vague):
        name = words.place(zone["prefecture_code"])
        findings.append(words.counted("place.find_vague", len(vague), place=name))
    named = zone["role"] == "named_in_plan"
    findings.append(words("place.find_role_named" if named else "place.find_role_other"))
    if zone["geometry"] is None:
        return [], findings
    error = distance(float(zone["boundary_error_m"]), words.language)
    if zone["assumed"]:
        findings.append(words("place.find_assumed"))
    else:
        basis = words.value("geometry_basis", zone["geometry_basis"])
        findings.append(words("place.find_basis", basis=basis, error=error))
    note = (
        words("place.error_note_assumed")
        if zone["assumed"]
        else words.value("geometry_basis", zone["geometry_basis"])
    )
    return [Figure(words("place.error"), error, note)], findings


def _of_area(snapshot: SnapshotLike, subject: Subject, words: Wording) -> _Told:
    cell = facts.measured(snapshot, subject.level, subject.id, "lq_population")
    if pd.isna(cell.value):
        return [], []
    few = cell.n < facts.FEW
    q = "< 0.001" if cell.q < 0.001 else words.number(cell.q, 3)
    told = {
        "v": words.number(cell.value, 2),
        "interval": words.interval(cell.low, cell.high),
        "q": q,
    }
    note = words("place.few") if few else words("place.lq_note_area", **told)
    figure = Figure(words("place.lq"), told["v"], note)
    if few:
        return [figure], []
    key = "ns" if not cell.significant else ("high" if cell.value > 1 else "low")
    return [figure], [words(f"place.find_lq_{key}", **told)]


def _structure(
    subject: Subject, firms: gpd.GeoDataFrame, here: gpd.GeoDataFrame, words: Wording
) -> Page:
    charts = [facts.count_chart(here, "segment", words, title=words("common.by_segment"))]
    if subject.level == "prefecture":
        charts.append(
            facts.count_chart(here, "county_code", words, title=words("common.by_county"))
        )
    else:
        charts.append(_against_province(subject, firms, here, words))
    return Page(
        title=words("place.structure_title"),
        lead=words("place.title", place=subject.name),
        charts=tuple(charts),
    )


def _against_province(
    subject: Subject, firms: gpd.GeoDataFrame, here: gpd.GeoDataFrame, words: Wording
) -> Chart:
    """Return the shares of the layers of the chain here and in the province."""
    bars = []
    for layer in LAYERS:
        for frame, name, accent in (
            (here, subject.name, True),
            (firms, words.place("province"), False),
        ):
            share = 100 * float((frame["chain_layer"] == layer).sum()) / len(frame)
            label = f"{words.value('chain_layer', layer)} · {name}"
            bars.append(Bar(label, share, words.number(share, 1), accent))
    return Chart(words("place.compare"), tuple(bars), decimals=1)


def _list(subject: Subject, here: gpd.GeoDataFrame, words: Wording) -> Page:
    shown = facts.sorted_firms(here).head(_MOST_FIRMS)
    key = "place.firms_lead" if len(shown) == len(here) else "place.firms_lead_cut"
    return Page(
        title=words("place.firms_title", place=subject.name),
        lead=words(key, n=words.number(len(here)), k=len(shown)),
        tables=(firm_table(shown, words),),
    )


def firm_table(firms: pd.DataFrame, words: Wording) -> Table:
    """Return firms as a table: name, class, place and how well it is known, date."""
    columns = (
        Column(words("common.name")),
        Column(words("common.relevance")),
        Column(words("common.segment")),
        Column(words("common.place")),
        Column(words("common.placed")),
        Column(words("common.as_of")),
        Column(words("common.confidence")),
    )
    rows = tuple(
        (
            Cell(words.pick(row["name"], row.get("name_en")), "strong"),
            Cell(words.value("ai_relevance", row["ai_relevance"])),
            Cell(words.value("segment", row.get("segment"))),
            Cell(_where(row, words)),
            Cell(words.value("precision", row["precision"]), _tone(row["precision"])),
            Cell(words.day(row.get("as_of"))),
            Cell(words.value("confidence", row.get("confidence"))),
        )
        for _, row in firms.iterrows()
    )
    return Table("", columns, rows)


def _tone(precision: str) -> Tone:
    return "muted" if precision in VAGUE else "plain"


def _where(row: pd.Series, words: Wording) -> str:
    code = row["county_code"] if isinstance(row["county_code"], str) else row["prefecture_code"]
    return words.place(code)
