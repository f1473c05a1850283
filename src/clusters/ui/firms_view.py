"""Benchmark firms: our thirty with their evidence, one firm in full, and who could stand beside.

No official list was found. Nothing here says otherwise.
"""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import streamlit as st

from clusters.goals import Benchmark, benchmark_firms
from clusters.goals.benchmark import DECIDED, LEVELS, checked_on, stale_places
from clusters.ledger import Ledger
from clusters.places.output import PRECISE
from clusters.ui import cards, goals_form
from clusters.ui import goals_view as view
from clusters.ui.tables import Column, Html, table_html
from clusters.ui.text import MISSING, day, language, number, pick, t, term
from clusters.workspace import Snapshot

# Boards as the records write them, the longer name first, and the key of their English name.
_BOARDS: Final = (
    ("深交所创业板", "szse_chinext"),
    ("深交所主板", "szse_main"),
    ("上交所科创板", "sse_star"),
    ("上交所主板", "sse_main"),
    ("北交所", "bse"),
    ("新三板", "neeq"),
    ("港交所", "hkex"),
)
_WAITING: Final = ("拟", "审核")


@dataclass(frozen=True)
class Choice:
    """Filters of the list; an empty field does not filter."""

    level: str = ""
    prefecture: str = ""
    segment: str = ""
    words: str = ""


def benchmark(snapshot: Snapshot) -> Benchmark:
    """Return the benchmark firms as decided so far, joined to a snapshot."""
    book = goals_form.ledger()
    return _benchmark(snapshot, book, (snapshot.id, book.url, goals_form.version(book)))


@st.cache_resource(max_entries=4, show_spinner=False)
def _benchmark(
    _snapshot: Snapshot,
    _ledger: Ledger,
    key: tuple[str, ...],  # noqa: ARG001  # key of the cache
) -> Benchmark:
    return benchmark_firms(_snapshot.enterprises, ledger=_ledger)


# Columns of the list that a firm's record has too, and what they are called beside it.
_OF_THE_LIST: Final = {"source_url": "list_source", "note": "list_note"}
_LIST: Final = (
    "place",
    "name",
    "evidence_level",
    "basis_zh",
    "basis_en",
    "source_url",
    "origin",
    "checked",
    "owner",
    "note",
    "reason",
    "in_snapshot",
    "enterprise_id",
)


def benchmark_rows(joined_list: Benchmark, snapshot: Snapshot) -> pd.DataFrame:
    """Return the benchmark firms with everything the snapshot holds of each, in their order.

    Columns of the list win; ``list_source`` is the source of the choice, ``list_note`` what a
    check noted, ``stale`` whether the place must be checked again.
    """
    chosen = joined_list.table[list(_LIST)].rename(columns=_OF_THE_LIST)
    firms = pd.DataFrame(snapshot.enterprises.drop(columns="geometry"))
    joined = chosen.merge(
        firms.drop(columns="name"), on="enterprise_id", how="left", validate="many_to_one"
    )
    old = stale_places(joined_list, as_of=view.today())
    return joined.assign(stale=joined["place"].isin(old))


def selected(rows: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Return the firms that pass; words are looked for in names, basis and honours."""
    keep = pd.Series(data=True, index=rows.index)
    for column, wanted in (
        ("evidence_level", choice.level),
        ("prefecture_code", choice.prefecture),
        ("segment", choice.segment),
    ):
        if wanted:
            keep &= rows[column] == wanted
    text = rows[["name", "name_en", "short_name", "basis_zh", "basis_en", "honours", "listing"]]
    haystack = text.fillna("").agg(" ".join, axis=1).str.casefold()
    for word in choice.words.casefold().split():
        keep &= haystack.str.contains(word, regex=False)
    return rows[keep]


def options(rows: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return what each filter offers: only what occurs, the most frequent first."""
    return {
        "level": tuple(level for level in LEVELS if level in set(rows["evidence_level"])),
        "prefecture": tuple(rows["prefecture_code"].dropna().value_counts().index),
        "segment": tuple(rows["segment"].dropna().value_counts().index),
    }


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as dictionaries by column."""
    return [{str(key): cell for key, cell in row.items()} for row in rows.to_dict("records")]


def known(value: Any) -> bool:  # a cell of any type
    """Tell whether a cell holds something."""
    return value is not None and value != "" and not pd.isna(value)


def place_words(row: Mapping[str, Any]) -> str:
    """Return where a firm is, as far as it is known, and how well."""
    if not known(row.get("prefecture_code")):
        return term("precision", "none")
    code = row["county_code"] if known(row.get("county_code")) else row["prefecture_code"]
    name = view.area_label(row["prefecture_code"])
    if code != row["prefecture_code"]:
        name = f"{name} {view.area_label(code)}"
    return t("firms.place", name=name, precision=term("precision", row["precision"]))


def listing_words(text: Any) -> str:  # a cell of any type
    """Return a listing: as recorded in Chinese; code and board in English."""
    if not known(text):
        return MISSING
    if language() == "zh":
        return str(text)
    board = next((t(f"firms.board_{key}") for zh, key in _BOARDS if zh in text), "")
    code = re.match(r"\d{6}", str(text))
    pending = t("firms.board_pending") if any(word in text for word in _WAITING) else ""
    return " ".join(part for part in (code[0] if code else "", board, pending) if part) or str(text)


def level_chip(level: str) -> Html:
    """Return the chip of a level of evidence."""
    kind = "assumed" if level == LEVELS[-1] else f"level-{level}"
    return Html(cards.chip(t(f"firms.level_{level}"), kind=kind))


def table(rows: pd.DataFrame, *, link: Mapping[str, str]) -> str:
    """Return the firms as HTML; every name opens the profile.

    Parameters
    ----------
    link : mapping
        Place in the list to the address of the profile.
    """
    names = ("level", "firm", "basis", "segment", "place_title", "listing", "honours", "checked")
    columns = [Column(t("firms.number"), numeric=True), *(Column(t(f"firms.{n}")) for n in names)]
    columns += [Column(t("goals.confidence")), Column(t("goals.source_short"))]
    cells = []
    for row in records(rows):
        address = html.escape(link[str(row["place"])], quote=True)
        cells.append(
            (
                number(row["place"]),
                level_chip(row["evidence_level"]),
                Html(
                    f'<a href="{address}" target="_self">{html.escape(firm_name(row))}</a>'
                    + ("" if row["in_snapshot"] else f"<br><small>{_absent()}</small>")
                    + (f"<br>{_decided()}" if row["origin"] == DECIDED else "")
                ),
                Html(f"<small>{html.escape(pick(row['basis_zh'], row['basis_en']))}</small>"),
                term("segment", row["segment"]),
                place_words(row),
                listing_words(row["listing"]),
                honours_cell(row["honours"]),
                checked_cell(row),
                term("confidence", row["confidence"]),
                link_cell(row["list_source"]),
            )
        )
    return f'<div class="c-wide">{table_html(columns, cells, label=t("shell.nav_firms"))}</div>'


def _decided() -> str:
    return cards.chip(t("decide.decided"), kind="not_due")


def checked_cell(row: Mapping[str, Any]) -> Html:
    """Return when a place was last looked at, with a mark where that is too long ago."""
    when = html.escape(day(checked_on(row)) if checked_on(row) else MISSING)
    warn = cards.chip(t("decide.stale"), glyph="▲", kind="assumed")
    return Html(f"{when}<br>{warn}" if row["stale"] else when)


def _absent() -> str:
    return html.escape(t("firms.absent"))


def honours_cell(text: Any) -> Html:  # a cell of any type
    """Return the honours of a firm in small print."""
    words = "；".join(str(text).split(";")) if known(text) else MISSING
    return Html(f"<small>{html.escape(words)}</small>")


def firm_name(row: Mapping[str, Any]) -> str:
    """Return a firm's name; the English one beside it where it is known and asked for."""
    if language() == "en" and known(row.get("name_en")):
        return f"{row['name_en']} {row['name']}"
    return str(row["name"])


def link_cell(source: Any) -> Html:  # a cell of any type
    """Return the links of a source; that none was published where there is none."""
    return view.links_html(str(source) if known(source) else "")


def or_missing(value: Any) -> str:  # a cell of any type
    """Return a cell as text; a dash where it holds nothing."""
    return str(value) if known(value) else MISSING


def precise(row: Mapping[str, Any]) -> bool:
    """Tell whether the place is known well enough for a dot on a map."""
    return row.get("precision") in PRECISE and known(row.get("lon"))


def export_frame(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the firms with headings and words in the visitor's language."""
    return pd.DataFrame(
        [
            {
                t("firms.number"): row["place"],
                t("firms.firm"): row["name"],
                t("firms.level"): row["evidence_level"],
                t("firms.basis"): pick(row["basis_zh"], row["basis_en"]),
                t("firms.segment"): term("segment", row["segment"]),
                t("firms.place_title"): place_words(row),
                t("firms.address"): row["address"] if known(row["address"]) else None,
                t("firms.listing"): listing_words(row["listing"]),
                t("firms.honours"): row["honours"] if known(row["honours"]) else None,
                t("firms.revenue_cny"): row["revenue_cny"],
                t("firms.revenue_year"): row["revenue_year"],
                t("decide.owner_title"): row["owner"] or None,
                t("firms.checked"): checked_on(row),
                t("goals.confidence"): term("confidence", row["confidence"]),
                t("goals.source_short"): row["list_source"],
            }
            for row in records(rows)
        ]
    )


def warnings(listed: Benchmark, rows: pd.DataFrame) -> list[str]:
    """Return what needs attention: vacant places, and places not checked for a year."""
    found = []
    if listed.vacant:
        found.append(t("decide.vacant_note", places=_numbers(listed.vacant)))
    old = rows.loc[rows["stale"], "place"]
    if len(old):
        found.append(t("decide.stale_note", n=len(old), places=_numbers(old)))
    return found


def _numbers(places: Iterable[int]) -> str:
    return t("zones.comma").join(str(place) for place in places)


def account_words(shown: Sequence[Any] | pd.DataFrame, rows: pd.DataFrame) -> str:
    """Return how many firms are shown of how many, and how many have no precise place."""
    vague = sum(not precise(row) for row in records(rows))
    return t("firms.account", n=len(shown), total=len(rows), vague=vague)
