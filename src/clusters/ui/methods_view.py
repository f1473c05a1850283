"""What the page of methods holds: every entry with its words, searchable in both languages."""

import html
import re
from collections.abc import Iterable, Sequence

import pandas as pd
import streamlit as st

from clusters.export.definitions import definitions
from clusters.goals.plan import package_table
from clusters.maps.palette import STATUS
from clusters.maps.words import distance
from clusters.places.output import PRECISIONS
from clusters.places.zones import zones
from clusters.registry import RULES
from clusters.settings import data_path
from clusters.ui import cards
from clusters.ui.definition import definition_html
from clusters.ui.methods_classes import class_parts
from clusters.ui.methods_entry import Entry, Part, both, entry, found
from clusters.ui.tables import Column, Html, table_html
from clusters.ui.text import MISSING, language, number, pick, t, term, texts

GROUPS = {
    "size": ("count", "share", "density_km2", "per_10k_residents"),
    "specialisation": ("lq", "lq_population", "lq_gdp", "krugman"),
    "concentration": ("locational_gini", "hoover", "theil", "hhi"),
    "rules": ("stars", "litzenberger_sternberg"),
    "agglomeration": ("ellison_glaeser", "maurel_sedillot"),
    "neighbours": ("moran", "local_moran", "getis_ord"),
    "pairs": ("coagglomeration", "colocation", "proximity", "relatedness_density", "eci", "pci"),
    "distance": ("kd", "m", "standard_ellipse"),
    "growth": ("new_firms", "shift_national", "shift_mix", "shift_regional"),
}
FOLDERS = (
    "boundaries",
    "enterprises",
    "parks",
    "goals",
    "reference",
    "gazetteer",
    "taxonomy",
    "screening",
    "demo",
)
_BETWEEN = " · "
_OWN_LICENCE = frozenset(FOLDERS) - {"boundaries"}


def metric_entries() -> tuple[Entry, ...]:
    """Return every metric, by group; the cell is its definition as HTML."""
    grouped = {metric: group for group, metrics in GROUPS.items() for metric in metrics}
    order = [*grouped, *(metric for metric in definitions() if metric not in grouped)]
    return tuple(
        entry(
            Html(definition_html(metric)),
            also=f"{item.zh} {item.en} {item.reading_zh} {item.reading_en}",
            group=grouped.get(metric, "other"),
        )
        for metric in order
        if (item := definitions().get(metric)) is not None
    )


def place_part(firms: pd.DataFrame) -> Part:
    """Return the grades of precision with their firms and the median radius in this snapshot."""
    entries = []
    for precision in PRECISIONS:
        of = firms[firms["precision"] == precision]
        radius = of["radius_m"].median()
        key = f"methods.meaning_{precision}"
        entries.append(
            entry(
                term("precision", precision),
                t(key),
                number(len(of)),
                MISSING if pd.isna(radius) else distance(float(radius), language()),
                also=both(key),
            )
        )
    columns = (
        Column(t("methods.precision")),
        Column(t("methods.meaning")),
        Column(t("methods.firms"), numeric=True),
        Column(t("methods.radius"), numeric=True),
    )
    return Part("places", columns, tuple(entries))


def zone_part() -> Part:
    """Return the zones with the basis of their footprint and its boundary error."""
    table = zones()
    table = table[~table["zone_id"].str.startswith("wv-hyp-")]
    entries = []
    for row in table.drop(columns="geometry").to_dict("records"):
        basis = row["geometry_basis"] if isinstance(row["geometry_basis"], str) else "none"
        rank = cards.chip(t("methods.zone_named"))
        if row["basis_as_one_of_five"] != "named":
            rank = cards.chip(t("methods.zone_inferred"), kind="assumed")
        if row["assumed"]:
            rank += " " + cards.chip(t("methods.zone_assumed"), kind="assumed")
        error, drawn = row["boundary_error_m"], row["area_km2_drawn"]
        entries.append(
            entry(
                pick(row["name_zh"], row["name_en"]),
                Html(rank) if pd.notna(row["of_five"]) else "",
                t(f"methods.basis_{basis}"),
                MISSING if pd.isna(error) else distance(float(error), language()),
                MISSING if pd.isna(drawn) else number(float(drawn), 1),
                also=f"{row['name_zh']} {row['name_en']} {both(f'methods.basis_{basis}')}",
            )
        )
    columns = (
        Column(t("methods.zone")),
        Column(t("methods.zone_rank")),
        Column(t("methods.basis")),
        Column(t("methods.boundary_error"), numeric=True),
        Column(t("methods.drawn_area"), numeric=True),
    )
    return Part("zones", columns, tuple(entries))


def status_part() -> Part:
    """Return the rules that give a goal its status, in the order they are tried."""
    entries = []
    for row in package_table("rules.csv").to_dict("records"):
        key = f"goals.status_{row['status']}"
        mark = STATUS.get(row["status"], STATUS["no_value"])
        kind = row["status"] if row["status"] in STATUS else "no_value"
        entries.append(
            entry(
                Html(cards.chip(t(key), glyph=mark.glyph, kind=kind)),
                pick(row["zh"], row["en"]),
                also=f"{both(key)} {row['zh']} {row['en']}",
            )
        )
    return Part("status", (Column(t("methods.status")), Column(t("methods.rule"))), tuple(entries))


def rule_text(text: str) -> str:
    """Return the text of a check rule without the header of one particular file."""
    that = t("methods.that_column")
    told = text.replace("“{column}”", that).replace("{column}", that)
    return told[:1].upper() + told[1:]


def check_part() -> Part:
    """Return every rule of the row report."""
    entries = tuple(
        entry(
            t(f"methods.severity_{rule.severity}"),
            rule_text(pick(rule.zh, rule.en)),
            rule_text(pick(rule.remedy_zh, rule.remedy_en)),
            also=f"{rule.zh} {rule.en} {rule.remedy_zh} {rule.remedy_en}",
        )
        for rule in RULES.values()
    )
    columns = (
        Column(t("methods.severity")),
        Column(t("methods.check")),
        Column(t("methods.remedy")),
    )
    return Part("checks", columns, entries)


def _rows_of(folder: str) -> int:
    """Return the number of rows of the tables in a folder of shipped data."""
    files = sorted(data_path(folder).glob("*.csv"))
    return sum(len(pd.read_csv(file, dtype=str, usecols=[0])) for file in files)


@st.cache_data(show_spinner=False)
def shipped_rows() -> dict[str, int]:
    """Return the number of rows in each folder of shipped data."""
    return {folder: _rows_of(folder) for folder in FOLDERS}


def source_part() -> Part:
    """Return the shipped data: what they are made from, licence, date, rows."""
    entries = []
    for folder in FOLDERS:
        licence = "methods.licence_own" if folder in _OWN_LICENCE else "methods.licence_boundaries"
        keys = (f"methods.source_{folder}", f"methods.origin_{folder}", licence)
        dated = f"methods.date_{folder}"
        entries.append(
            entry(
                *(t(key) for key in (*keys, dated)),
                number(shipped_rows()[folder]),
                also=" ".join(map(both, keys)),
            )
        )
    columns = (
        Column(t("methods.source")),
        Column(t("methods.origin")),
        Column(t("methods.licence")),
        Column(t("methods.date")),
        Column(t("methods.rows"), numeric=True),
    )
    return Part("sources", columns, tuple(entries))


def _pairs(prefix: str, text_prefix: str) -> Iterable[tuple[str, str]]:
    """Return the keys of a title and its sentence, in the order of the table of texts."""
    for key in texts():
        if key.startswith(prefix) and (text := text_prefix + key.removeprefix(prefix)) in texts():
            yield key, text


def limit_part() -> Part:
    """Return the limits of data and methods, in plain words."""
    entries = tuple(
        entry(t(title), t(text), also=f"{both(title)} {both(text)}")
        for title, text in _pairs("methods.limit_title_", "methods.limit_text_")
    )
    return Part("limits", (Column(t("methods.limit")), Column(t("methods.meaning"))), entries)


def glossary_part() -> Part:
    """Return the terms of the platform in Chinese and English."""
    rows = [
        (*texts()[name], t(text), both(text))
        for name, text in _pairs("methods.gloss_", "methods.gloss_text_")
    ]
    rows += [
        (item.zh, item.en, item.reading(language()), f"{item.reading_zh} {item.reading_en}")
        for item in definitions().values()
    ]
    for file in ("relevance.csv", "layers.csv"):
        table = pd.read_csv(data_path("taxonomy", file), dtype=str, keep_default_na=False)
        rows += [
            (r["zh"], r["en"], pick(r["definition_zh"], r["definition_en"]), "")
            for _, r in table.iterrows()
        ]
    entries = tuple(entry(zh, en, text, also=also) for zh, en, text, also in rows)
    columns = (
        Column(t("methods.chinese")),
        Column(t("methods.english")),
        Column(t("methods.meaning")),
    )
    return Part("glossary", columns, entries)


def sections(firms: pd.DataFrame) -> dict[str, tuple[Part, ...]]:
    """Return everything the page explains, by section, in its order."""
    return {
        "metrics": (Part("metrics", (Column(t("methods.meaning")),), metric_entries()),),
        "classes": class_parts(),
        "places": (place_part(firms),),
        "zones": (zone_part(),),
        "status": (status_part(),),
        "checks": (check_part(),),
        "sources": (source_part(),),
        "limits": (limit_part(),),
        "glossary": (glossary_part(),),
    }


def search(everything: dict[str, tuple[Part, ...]], query: str) -> dict[str, tuple[Part, ...]]:
    """Return the sections and parts that hold a query, with the entries that do."""
    kept = {
        section: tuple(
            Part(part.key, part.columns, entries, part.title)
            for part in parts
            if (entries := found(part, query))
        )
        for section, parts in everything.items()
    }
    return {section: parts for section, parts in kept.items() if parts}


def size(everything: dict[str, tuple[Part, ...]]) -> int:
    """Return the number of entries."""
    return sum(len(part.entries) for parts in everything.values() for part in parts)


def part_html(part: Part) -> str:
    """Return a part as HTML: definitions side by side, everything else as a table."""
    if part.key != "metrics":
        return table_html(part.columns, (one.cells for one in part.entries), label=part.title)
    blocks = []
    for group in (*GROUPS, "other"):
        of = [one.cells[0] for one in part.entries if one.group == group]
        if of:
            title = heading(t(f"methods.group_{group}"))
            blocks.append(f'{title}<div class="c-defs">{"".join(of)}</div>')
    return "".join(blocks)


def as_table(everything: dict[str, tuple[Part, ...]]) -> pd.DataFrame:
    """Return all entries as one table to take away."""
    rows = [
        (t(f"methods.part_{section}"), *_plain(one.cells))
        for section, parts in everything.items()
        for part in parts
        for one in part.entries
    ]
    return pd.DataFrame(
        rows,
        columns=[t("methods.column_part"), t("methods.name"), t("methods.column_text")],
    )


def _plain(cells: Sequence[str]) -> tuple[str, str]:
    """Return the first cell and the others joined, without markup."""
    said = [_without_markup(cell) if isinstance(cell, Html) else cell for cell in cells]
    if len(said) == 1:
        head, _, rest = said[0].partition(_BETWEEN)
        return head, rest
    return said[0], _BETWEEN.join(text for text in said[1:] if text)


def _without_markup(cell: str) -> str:
    separated = re.sub(r"</(?:h3|p|dd)>", _BETWEEN, cell).replace("</dt>", " ")
    return html.unescape(re.sub(r"<[^>]+>", "", separated)).strip(_BETWEEN)


def heading(text: str) -> str:
    """Return the heading of a part as HTML."""
    return f'<h3 class="c-kind">{html.escape(text)}</h3>'
