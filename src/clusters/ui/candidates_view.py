"""Firms that could stand beside the thirty, ranked by stated criteria with weights to move."""

import html
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from clusters.goals import Benchmark, candidates
from clusters.goals.candidates import LARGEST_WEIGHT, criteria
from clusters.ui import cards, firms_view, links
from clusters.ui.tables import Column, Html, table_html
from clusters.ui.text import MISSING, number, pick, t, term
from clusters.workspace import Snapshot, list_snapshots

_LINK = "weights"


def stated_weights() -> dict[str, int]:
    """Return the weights as stated, by code of the criterion."""
    return {str(code): int(weight) for code, weight in criteria()["weight"].items()}


def from_link(text: str) -> dict[str, int]:
    """Return the weights of a link, such as ``core.5,listed.0``; what is wrong is ignored."""
    found = stated_weights()
    for part in text.split(","):
        code, _, weight = part.partition(".")
        if code in found and weight.isdecimal() and int(weight) <= LARGEST_WEIGHT:
            found[code] = int(weight)
    return found


def to_link(weights: Mapping[str, int]) -> str:
    """Return the weights that differ from the stated ones as they stand in a link."""
    stated = stated_weights()
    return ",".join(f"{code}.{n}" for code, n in weights.items() if n != stated[code])


def weight_fields() -> dict[str, int]:
    """Show a field for every weight, and return what is set; other than stated go into the link."""
    asked = from_link(st.query_params.get(_LINK, ""))
    cards.note(t("decide.weights"))
    found = {}
    columns = st.columns(3)
    for place, code in enumerate(asked):
        rule = criteria().loc[code]
        key = f"weight-{code}"
        if key not in st.session_state:
            st.session_state[key] = asked[code]
        with columns[place % 3]:
            found[code] = int(
                st.number_input(
                    pick(rule["zh"], rule["en"]),
                    min_value=0,
                    max_value=LARGEST_WEIGHT,
                    step=1,
                    key=key,
                )
            )
    links.keep(_LINK, to_link(found))
    return found


def ranked(shown: Snapshot, listed: Benchmark, weights: Mapping[str, int]) -> pd.DataFrame:
    """Return all candidates, best first; growth is told from the snapshot before."""
    before = [s for s in list_snapshots(shown.path.parent.parent) if s.id < shown.id]
    return candidates(
        shown.enterprises,
        listed,
        weights=weights,
        earlier=before[0].enterprises if before else None,
        limit=len(shown.enterprises),
    )


def candidate_rows(found: pd.DataFrame, snapshot: Snapshot) -> pd.DataFrame:
    """Return the candidates with what the snapshot holds of each."""
    firms = pd.DataFrame(snapshot.enterprises.drop(columns="geometry"))
    return found.merge(
        firms.drop(columns=["name", "group_hint"], errors="ignore"), on="enterprise_id", how="left"
    )


def criterion(code: str, weights: Mapping[str, int]) -> str:
    """Return the name of a criterion with its weight."""
    rule = criteria().loc[code]
    return t("firms.criterion", name=pick(rule["zh"], rule["en"]), weight=weights[code])


def met_words(codes: str, weights: Mapping[str, int]) -> str:
    """Return the criteria met that count, with their weights."""
    counted = [code for code in codes.split(";") if code and weights[code]]
    return t("goals.joiner").join(criterion(code, weights) for code in counted)


def unknown_words(codes: str, weights: Mapping[str, int]) -> str:
    """Return the criteria of which nothing is known and that would count."""
    rules = criteria()
    names = [
        pick(rules.loc[code, "zh"], rules.loc[code, "en"])
        for code in codes.split(";")
        if code and weights[code]
    ]
    return t("goals.joiner").join(names) or MISSING


def candidate_table(rows: pd.DataFrame, weights: Mapping[str, int]) -> str:
    """Return the candidates as HTML: rank, score, criteria met with weights, what is not known."""
    columns = [
        Column(t("firms.rank"), numeric=True),
        Column(t("firms.firm")),
        Column(t("firms.score"), numeric=True),
        Column(t("firms.criteria")),
        Column(t("decide.unknown")),
        Column(t("firms.segment")),
        Column(t("firms.place_title")),
        Column(t("goals.confidence")),
        Column(t("goals.source_short")),
    ]
    cells = [
        (
            number(rank),
            _name(row),
            number(row["score"]),
            met_words(row["criteria"], weights),
            Html(f"<small>{html.escape(unknown_words(row['unknown'], weights))}</small>"),
            term("segment", row["segment"]),
            firms_view.place_words(row),
            term("confidence", row["confidence"]),
            firms_view.link_cell(row["source_url"]),
        )
        for rank, row in enumerate(firms_view.records(rows), start=1)
    ]
    return f'<div class="c-wide">{table_html(columns, cells, label=t("firms.candidates"))}</div>'


def _name(row: Mapping[str, object]) -> Html:
    name = html.escape(firms_view.firm_name(row))
    if not row["shares_group"]:
        return Html(name)
    return Html(f"{name}<br>{cards.chip(t('decide.shares_group'), kind='assumed')}")


def candidate_frame(rows: pd.DataFrame, weights: Mapping[str, int]) -> pd.DataFrame:
    """Return the candidates with headings and words in the visitor's language."""
    return pd.DataFrame(
        [
            {
                t("firms.rank"): rank,
                t("firms.firm"): row["name"],
                t("firms.score"): row["score"],
                t("firms.criteria"): met_words(row["criteria"], weights),
                t("decide.unknown"): unknown_words(row["unknown"], weights),
                t("firms.segment"): term("segment", row["segment"]),
                t("firms.place_title"): firms_view.place_words(row),
                t("goals.source_short"): row["source_url"],
            }
            for rank, row in enumerate(firms_view.records(rows), start=1)
        ]
    )
