"""Firms that could stand beside the thirty, ranked by stated criteria with their weights."""

import pandas as pd

from clusters.goals.candidates import criteria
from clusters.ui import firms_view, goals_view
from clusters.ui.tables import Column, table_html
from clusters.ui.text import number, pick, t, term
from clusters.workspace import Snapshot


def candidate_rows(found: pd.DataFrame, snapshot: Snapshot) -> pd.DataFrame:
    """Return the candidates with what the snapshot holds of each."""
    firms = pd.DataFrame(snapshot.enterprises.drop(columns="geometry"))
    return found.merge(firms.drop(columns="name"), on="enterprise_id", how="left")


def criterion(code: str) -> str:
    """Return the name of a criterion with its weight."""
    rule = criteria().loc[code]
    return t("firms.criterion", name=pick(rule["zh"], rule["en"]), weight=rule["weight"])


def candidate_table(rows: pd.DataFrame) -> str:
    """Return the candidates as HTML: rank, score, criteria met with their weights."""
    names = ("firm", "score", "criteria", "segment", "place_title")
    columns = [
        Column(t("firms.rank"), numeric=True),
        *(Column(t(f"firms.{name}"), numeric=name == "score") for name in names),
        Column(t("goals.confidence")),
        Column(t("goals.source_short")),
    ]
    cells = [
        (
            number(rank),
            firms_view.firm_name(row),
            number(row["score"]),
            t("goals.joiner").join(criterion(code) for code in row["criteria"].split(";")),
            term("segment", row["segment"]),
            firms_view.place_words(row),
            term("confidence", row["confidence"]),
            goals_view.links_html(firms_view.or_missing(row["source_url"])),
        )
        for rank, row in enumerate(firms_view.records(rows), start=1)
    ]
    return f'<div class="c-mid">{table_html(columns, cells, label=t("firms.candidates"))}</div>'


def weights_words() -> str:
    """Return all criteria with their weights in one line."""
    return t("goals.joiner").join(criterion(str(code)) for code in criteria().index)


def candidate_frame(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the candidates with headings and words in the visitor's language."""
    return pd.DataFrame(
        [
            {
                t("firms.rank"): rank,
                t("firms.firm"): row["name"],
                t("firms.score"): row["score"],
                t("firms.criteria"): t("goals.joiner").join(
                    criterion(code) for code in row["criteria"].split(";")
                ),
                t("firms.segment"): term("segment", row["segment"]),
                t("firms.place_title"): firms_view.place_words(row),
                t("goals.source_short"): row["source_url"],
            }
            for rank, row in enumerate(firms_view.records(rows), start=1)
        ]
    )
