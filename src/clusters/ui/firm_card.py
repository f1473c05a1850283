"""The card of one firm: every field, where it comes from, how its place is known."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import pandas as pd

from clusters.maps.words import Language
from clusters.places.output import PRECISE
from clusters.ui import cards
from clusters.ui.maps import area_name
from clusters.ui.text import MISSING, day, money, number, t, term, texts


@dataclass(frozen=True)
class Field:
    """One line of a firm's card; ``links`` are addresses, ``kind`` a look: plain or assumed."""

    label: str
    value: str
    links: tuple[str, ...] = ()
    kind: str = "plain"


@dataclass(frozen=True)
class Section:
    """A group of lines of a firm's card."""

    title: str
    fields: tuple[Field, ...]


def firm_card(row: pd.Series, language: Language) -> tuple[Section, ...]:
    """Return everything the snapshot knows of a firm and how it knows it."""
    return (
        Section(t("map.card_place"), tuple(_place_fields(row, language))),
        Section(t("map.card_class"), tuple(_class_fields(row))),
        Section(t("map.card_identity"), tuple(_identity_fields(row))),
        Section(t("map.card_source"), tuple(_source_fields(row))),
    )


def _cell(row: pd.Series, column: str) -> str:
    value = row.get(column)
    return value.strip() if isinstance(value, str) else ""


def _identity_fields(row: pd.Series) -> Iterator[Field]:
    for column in ("name_en", "short_name", "former_names", "uscc"):
        if _cell(row, column):
            yield Field(t(f"map.field_{column}"), _cell(row, column))
    yield Field(t("map.field_founded"), day(row.get("founded")))
    status = _cell(row, "status")
    if f"map.status_{status}" in texts():
        yield Field(t("map.field_status"), t(f"map.status_{status}"))
    yield Field(t("map.field_capital"), money(row.get("registered_capital_cny")))
    if pd.notna(row.get("employees")):
        yield Field(t("map.field_employees"), number(row["employees"]))
    if pd.notna(row.get("revenue_cny")):
        label = t("map.field_revenue")
        if pd.notna(row.get("revenue_year")):
            label = t("map.field_revenue_of", year=int(row["revenue_year"]))
        yield Field(label, money(row["revenue_cny"]))
    for column in ("listing", "honours", "business_scope", "note"):
        if _cell(row, column):
            yield Field(t(f"map.field_{column}"), _cell(row, column).replace(";", "；"))


def _class_fields(row: pd.Series) -> Iterator[Field]:
    score = row.get("ai_score")
    relevance = term("ai_relevance", row.get("ai_relevance"))
    if pd.notna(score):
        relevance += t("map.score", score=number(score, 2))
    yield Field(t("map.field_ai_relevance"), relevance)
    yield Field(t("map.field_chain_layer"), term("chain_layer", row.get("chain_layer")))
    yield Field(t("map.field_segment"), term("segment", row.get("segment")))
    if _cell(row, "taxonomy_evidence"):
        yield Field(
            t("map.field_taxonomy_evidence"), classified_by(_cell(row, "taxonomy_evidence"))
        )


# How the evidence of a classification begins, and the key of its words.
_PHRASES: Final = {
    "judged one by one on the sources of this row": "map.why_judged",
    "found in an AI-focused search": "map.why_search",
    "not judged one by one": "map.why_not_judged",
    "no deciding words": "map.why_no_words",
    "relevance, layer, segment as given in the source": "map.why_given",
}


def classified_by(evidence: str) -> str:
    """Return the evidence of a classification in the visitor's language."""
    parts = []
    for part in evidence.split("; "):
        if part.startswith("taken as related because"):
            continue
        phrase = next((key for start, key in _PHRASES.items() if part.startswith(start)), None)
        if phrase is None and part.endswith("as given in the source"):
            phrase = "map.why_given"
        level = part.rpartition(": ")[2]
        if phrase == "map.why_judged" and f"terms.confidence_{level}" in texts():
            parts.append(t("map.why_judged_level", level=t(f"terms.confidence_{level}")))
        else:
            parts.append(t(phrase) if phrase else part)
    return t("map.join").join(parts)


def _place_fields(row: pd.Series, language: Language) -> Iterator[Field]:
    precision = _cell(row, "precision") or "none"
    vague = precision not in PRECISE
    yield Field(t("map.field_address"), _cell(row, "address") or t("map.no_address"))
    names = [area_name(row.get("prefecture_code"), language)]
    names += [area_name(row.get("county_code"), language), _cell(row, "subdistrict")]
    where = " · ".join(name for name in names if name and name != MISSING)
    yield Field(t("map.field_where"), where or t("terms.precision_none"))
    zone_names = _named_zones(row, language)
    if zone_names:
        yield Field(t("map.field_zones"), zone_names)
    held = [area_name(one, language) for one in row["park_ids"]]
    if held:
        yield Field(t("map.field_parks"), t("map.join").join(held))
    yield Field(
        t("map.field_precision"), term("precision", precision), kind="assumed" if vague else "plain"
    )
    if pd.notna(row.get("radius_m")):
        yield Field(t("map.field_radius"), radius_text(float(row["radius_m"])))
    how = _cell(row, "located_by")
    if how:
        key = f"terms.located_by_{how}"
        yield Field(t("map.field_located_by"), t(key) if key in texts() else how)
    if _cell(row, "evidence"):
        yield Field(t("map.field_evidence"), _cell(row, "evidence"))
    for column, label in (("location_note", "why_vague"), ("location_conflict", "conflict")):
        if _cell(row, column):
            yield Field(t(f"map.field_{label}"), conflict_text(_cell(row, column)), kind="assumed")


def _named_zones(row: pd.Series, language: Language) -> str:
    evidence = list(row["zone_evidence"])
    parts = []
    for position, zone in enumerate(row["zone_ids"]):
        key = f"map.zone_by_{evidence[position]}" if position < len(evidence) else ""
        name = area_name(zone, language)
        parts.append(t("map.zone_with", name=name, why=t(key)) if key in texts() else name)
    return t("map.join").join(parts)


def radius_text(metres: float) -> str:
    """Return the radius that holds the true place with about 95 % probability."""
    if metres < 1000:
        return t("map.radius_m", n=number(metres))
    return t("map.radius_km", n=number(metres / 1000, 1 if metres < 10_000 else 0))


def conflict_text(conflict: str) -> str:
    """Return why the evidence of a place disagrees, in the visitor's language."""
    parts = []
    for one in conflict.split("; "):
        code, _, detail = one.partition(": ")
        key = f"map.conflict_{code}"
        if key not in texts():
            parts.append(t("map.conflict_other"))
            continue
        detail = detail.replace("text says ", "").replace("today ", "")
        parts.append(
            t(key) + (t("map.bracket", text=detail.replace(", ", " / ")) if detail else "")
        )
    return t("map.join").join(dict.fromkeys(parts))


def _source_fields(row: pd.Series) -> Iterator[Field]:
    source = _cell(row, "source")
    key = f"map.source_{source.replace(' ', '_').replace(',', '')}"
    links = web_links(_cell(row, "source_url"))
    shown = t(key) if key in texts() else source
    yield Field(t("shell.source"), shown or t("map.no_source"), links=links)
    yield Field(t("map.field_as_of"), day(_cell(row, "as_of") or None))
    confidence = term("confidence", row.get("confidence"))
    kind = "assumed" if _cell(row, "confidence") == "low" else "plain"
    yield Field(t("map.field_confidence"), confidence, kind=kind)
    if pd.notna(row.get("row")):
        text = t("map.file_row", file=_cell(row, "source_file"), row=int(row["row"]))
        yield Field(t("map.field_file"), text)


def web_links(text: str) -> tuple[str, ...]:
    """Return the web addresses in a text; anything that is not http or https is left out."""
    return tuple(dict.fromkeys(re.findall(r"https?://[^\s;；]+", text)))


def card_html(sections: tuple[Section, ...]) -> str:
    """Return a card as HTML; every text is escaped, links open in a new tab."""
    return "".join(
        f'<h3 class="c-group">{html.escape(section.title)}</h3>'
        f'<dl class="c-fields">{"".join(_field_html(field) for field in section.fields)}</dl>'
        for section in sections
    )


def _field_html(field: Field) -> str:
    value = html.escape(field.value)
    if field.kind == "assumed":
        value = cards.chip(field.value, kind="assumed")
        if len(field.value) > 24:
            value = f'<span class="c-warn">{html.escape(field.value)}</span>'
    links = "".join(
        f'<br><a href="{html.escape(link, quote=True)}" target="_blank" rel="noopener noreferrer">'
        f"{html.escape(t('map.link', n=position, host=urlsplit(link).hostname or ''))}</a>"
        for position, link in enumerate(field.links, start=1)
    )
    return f"<dt>{html.escape(field.label)}</dt><dd>{value}{links}</dd>"
