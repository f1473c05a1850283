"""One firm: what is known of it, from where, how sure; where it is, as exactly as known."""

from typing import Final

import pandas as pd

from clusters.errors import InputError
from clusters.export.briefing import facts
from clusters.export.briefing.model import Column, Figure, MapFigure, Page, Table, plain
from clusters.export.briefing.wording import MISSING, Wording
from clusters.export.pictures import MapRequest
from clusters.export.views import SnapshotLike
from clusters.goals import benchmark_firms
from clusters.ledger import Ledger
from clusters.maps.words import distance
from clusters.places.output import PRECISE

_ASKED: Final = ("founded", "capital", "employees", "revenue", "address")


def find_firm(snapshot: SnapshotLike, asked: str) -> pd.Series:
    """Return the firm of an id, a credit code, or a present or former name.

    Raises
    ------
    InputError
        If there is none, or the name is that of several.
    """
    firms = snapshot.enterprises
    for column in ("enterprise_id", "uscc", "name", "short_name"):
        if column not in firms:
            continue
        rows = firms[firms[column] == asked]
        if len(rows) > 1:
            raise InputError(f"{len(rows)} firms have {column} {asked!r}; use the enterprise_id")
        if len(rows):
            return rows.iloc[0]
    raise InputError(
        f"no firm {asked!r} in snapshot {snapshot.id}; use its id, credit code or full name"
    )


def benchmark_ids(snapshot: SnapshotLike, ledger: Ledger | None = None) -> list[str]:
    """Return the ids of the benchmark firms that the snapshot holds, in their order."""
    table = benchmark_firms(snapshot.enterprises, ledger=ledger).table
    return [str(identity) for identity in table["enterprise_id"].dropna()]


def firm_pages(
    snapshot: SnapshotLike, firm: pd.Series, words: Wording, *, ledger: Ledger | None = None
) -> list[Page]:
    """Return the page of a firm; the ledger decides who the benchmark firms are."""
    listed = benchmark_firms(snapshot.enterprises, ledger=ledger).table
    precision = str(firm["precision"])
    where = _where(firm, words)
    firms = facts.ai_firms(snapshot)
    kin = firms[firms["segment"] == firm["segment"]] if pd.notna(firm["segment"]) else firms[:0]
    near = kin[kin["prefecture_code"] == firm["prefecture_code"]]
    segment = words.value("segment", firm["segment"])
    relevance = words.value("ai_relevance", firm["ai_relevance"])
    score = words.number(firm["ai_score"], 2)
    layer = words.value("chain_layer", firm["chain_layer"])
    figures = (
        Figure(words("firm.relevance"), relevance, words("firm.relevance_note", score=score)),
        Figure(words("firm.segment"), segment, words("firm.layer_note", layer=layer)),
        Figure(
            words("firm.place"),
            where,
            words("firm.place_note", precision=words.value("precision", precision)),
        ),
        Figure(
            words("firm.peers"),
            words.counted("common.firms", len(kin)),
            words("firm.peers_note", n=len(near)),
        ),
    )
    title = words.pick(firm["name"], firm.get("name_en"))
    other = str(firm["name"]) if words.language == "en" else _text(firm, "name_en")
    return [
        Page(
            title=title,
            lead=other if other != title else "",
            figures=figures,
            findings=tuple(_findings(listed, firm, kin, near, words)),
            tables=(_profile(firm, words),),
            map=_map(firm, words),
        )
    ]


def _text(firm: pd.Series, column: str) -> str:
    value = firm.get(column)
    return value.strip() if isinstance(value, str) else ""


def _where(firm: pd.Series, words: Wording) -> str:
    names = [words.place(firm[code]) for code in ("prefecture_code", "county_code")]
    if words.language == "en":
        names.reverse()
    found = [name for name in names if name != MISSING]
    return (" · " if words.language == "zh" else ", ").join(found) or MISSING


def _fields(firm: pd.Series, words: Wording) -> dict[str, str]:
    """Return what is public of the firm; empty where it is not."""
    revenue = words.money(firm.get("revenue_cny"))
    if revenue != MISSING and pd.notna(firm.get("revenue_year")):
        revenue = words("firm.revenue_year", v=revenue, year=int(firm["revenue_year"]))
    employees = firm.get("employees")
    values = {
        "address": _text(firm, "address"),
        "founded": _founded(firm, words),
        "capital": words.money(firm.get("registered_capital_cny")),
        "employees": words.number(None if pd.isna(employees) else float(employees)),
        "revenue": revenue,
        "uscc": _text(firm, "uscc"),
        "listing": _text(firm, "listing"),
        "honours": _text(firm, "honours").replace(";", "；"),
    }
    return {name: "" if value == MISSING else value for name, value in values.items()}


def _founded(firm: pd.Series, words: Wording) -> str:
    founded = firm.get("founded")
    if pd.isna(founded):
        return MISSING
    # A registry that gives the year only is read as 1 January; that day is not a finding.
    flags = firm.get("flags")
    return (
        str(founded.year) if flags is not None and "date_year_only" in flags else words.day(founded)
    )


def _profile(firm: pd.Series, words: Wording) -> Table:
    rows = [(words(f"firm.{name}"), value) for name, value in _fields(firm, words).items() if value]
    ids = [*firm["zone_ids"], *firm["park_ids"]]
    if ids:
        names = list(dict.fromkeys(words.place(one) for one in ids))
        rows.append((words("firm.zones"), words.join(names)))
    if _text(firm, "location_note"):
        rows.append((words("firm.note"), words.value("location_note", firm["location_note"])))
    if _text(firm, "taxonomy_evidence"):
        evidence = words.value("taxonomy_evidence", firm["taxonomy_evidence"])
        rows.append((words("firm.evidence"), evidence))
    return Table(
        "",
        (Column(""), Column("")),
        tuple(plain(label, value) for label, value in rows),
    )


def _findings(
    benchmark: pd.DataFrame,
    firm: pd.Series,
    kin: pd.DataFrame,
    near: pd.DataFrame,
    words: Wording,
) -> list[str]:
    found = []
    listed = benchmark[benchmark["enterprise_id"] == firm["enterprise_id"]]
    if len(listed):
        row = listed.iloc[0]
        found.append(
            words(
                "firm.find_bench",
                level=words.value("evidence_level", row["evidence_level"]),
                basis=words.pick(row["basis_zh"], row["basis_en"]),
            )
        )
    else:
        found.append(words("firm.find_bench_plain"))
    precision = str(firm["precision"])
    told = {
        "precision": words.value("precision", precision),
        "place": _where(firm, words),
        "by": words.value("located_by", firm.get("located_by")),
    }
    if precision == "none":
        found.append(words("firm.find_place_none"))
    elif precision in PRECISE:
        radius = distance(float(firm["radius_m"]), words.language)
        found.append(words("firm.find_place_dot", radius=radius, **told))
    else:
        found.append(words("firm.find_place_area", **told))
    if len(kin) and pd.notna(firm["prefecture_code"]):
        found.append(
            words(
                "firm.find_peers",
                segment=words.value("segment", firm["segment"]),
                n=len(kin),
                m=len(near),
                place=words.place(firm["prefecture_code"]),
            )
        )
    values = _fields(firm, words)
    missing = [words(f"firm.{name}") for name in _ASKED if not values[name]]
    if missing:
        found.append(words("firm.find_missing", names=words.join(missing)))
    level = words.value("confidence", firm.get("confidence"))
    day = words.day(firm.get("as_of"))
    source = words.value("source", firm.get("source"))
    found.append(words("firm.find_confidence", level=level, day=day, source=source))
    return found


def _map(firm: pd.Series, words: Wording) -> MapFigure | None:
    precision = str(firm["precision"])
    area = firm["county_code"] if precision != "prefecture" else firm["prefecture_code"]
    if precision == "none" or not isinstance(area, str):
        area = firm["prefecture_code"]
    if precision == "none" or not isinstance(area, str):
        return None
    request = MapRequest(area=area, language=words.language, highlight=str(firm["enterprise_id"]))
    alt = words(
        "firm.map_alt",
        name=words.pick(firm["name"], firm.get("name_en")),
        precision=words.value("precision", precision),
    )
    return MapFigure(request, alt)
