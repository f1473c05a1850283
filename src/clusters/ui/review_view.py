"""What people decide about firms on the page of data: labels that would help, and merges."""

from pathlib import Path

import pandas as pd
import streamlit as st

from clusters.access import Right
from clusters.decisions import (
    MERGE_COLUMNS,
    Decision,
    Decisions,
    decide_merge,
    label,
    read_decisions,
    undecide_merge,
    unlabel,
)
from clusters.errors import ClustersError
from clusters.ledger import ledger_of
from clusters.registry import RULES
from clusters.registry.schema import RELEVANCES
from clusters.taxonomy.suggest import most_useful
from clusters.ui import cards
from clusters.ui.account import current_account
from clusters.ui.methods_view import rule_text
from clusters.ui.text import MISSING, number, pick, t, term
from clusters.workspace import Snapshot

_MOST = 200


@st.cache_data(max_entries=4, show_spinner=False)
def _suggested(_shown: Snapshot, key: tuple[str, ...]) -> pd.DataFrame:
    """Return the firms to label; the key tells snapshots and labels apart."""
    return most_useful(_shown.enterprises, labelled=key[1:])


def show(shown: Snapshot, folder: Path) -> None:
    """Show what can be decided about the firms of a snapshot."""
    told = read_decisions(ledger_of(folder))
    cards.section(t("review.title"), t("review.lead"))
    if told.digest != shown.manifest.get("decisions", {}).get("digest", ""):
        cards.note(t("review.pending"))
    labels, merges = st.tabs([t("review.labels"), t("review.merges")])
    with labels:
        _labels(shown, folder, told)
    with merges:
        _candidates(shown, folder)
        _merged(shown, folder)
        _decided(folder, told)


def suggestion_table(firms: pd.DataFrame) -> pd.DataFrame:
    """Return firms to label as people read them; the last column is to be filled in."""
    return pd.DataFrame(
        {
            t("review.firm"): firms["name"].to_numpy(),
            t("review.now"): [term("ai_relevance", value) for value in firms["ai_relevance"]],
            t("review.probability"): 100 * firms["ai_score"].to_numpy(dtype=float),
            t("review.scope"): firms["business_scope"].fillna(MISSING).to_numpy(),
            t("review.judgement"): [None] * len(firms),
        }
    )


def _labels(shown: Snapshot, folder: Path, told: Decisions) -> None:
    cards.note(t("review.labels_lead", n=number(len(told.labels))))
    firms = _suggested(shown, (shown.id, *sorted(told.labels)))
    if firms.empty:
        cards.empty(t("review.labels_none"), t("review.labels_none_next"))
        return
    named = {term("ai_relevance", code): code for code in RELEVANCES}
    table = suggestion_table(firms)
    with st.form("labels", border=False):
        edited = st.data_editor(
            table,
            hide_index=True,
            disabled=list(table.columns[:-1]),
            column_config={
                table.columns[2]: st.column_config.NumberColumn(format="%.0f%%"),
                table.columns[-1]: st.column_config.SelectboxColumn(options=list(named)),
            },
            placeholder=MISSING,
            key=f"labels-{shown.id}-{len(told.labels)}",
        )
        if st.form_submit_button(t("review.labels_save")):
            ledger = ledger_of(folder)
            for key, word in zip(firms["enterprise_id"], edited.iloc[:, -1], strict=True):
                if word in named:
                    label(ledger, key, named[word], who=current_account(Right.RECORD))
            st.rerun()
    if told.labels:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            names = shown.enterprises.set_index("enterprise_id")["name"].to_dict()
            chosen = st.selectbox(
                t("review.labels_given"),
                list(told.labels),
                format_func=lambda key: (
                    f"{names.get(key, MISSING)} · {term('ai_relevance', told.labels[key])}"
                ),
                width=480,
            )
            if st.button(t("review.withdraw"), key="unlabel"):
                unlabel(ledger_of(folder), chosen, who=current_account(Right.RECORD))
                st.rerun()


def candidate_names(candidates: pd.DataFrame) -> list[str]:
    """Return pairs as people read them: both names, the score, and what speaks for them."""
    return [
        t(
            "review.pair",
            one=row["name"],
            two=row["other_name"],
            score=number(100 * row["score"]),
            name=number(100 * row["name_score"]),
            address=number(100 * row["address_score"]),
            day=t("review.same_day") if row["founded_same"] else t("review.other_day"),
        )
        for row in candidates.to_dict("records")
    ]


def merge_names(merged: pd.DataFrame, names: dict[str, str]) -> list[str]:
    """Return merged rows as people read them: which row joined which firm, and why."""
    return [
        t(
            "review.merged_row",
            row=number(row["row"]),
            name=row["name"],
            kept=names.get(row["enterprise_id"], MISSING),
            why=rule_text(pick(RULES[row["rule"]].zh, RULES[row["rule"]].en)),
        )
        for row in merged.to_dict("records")
    ]


def _choose(title: str, shown: list[str], total: int, key: str) -> int:
    if total > len(shown):
        cards.note(t("data.compare_cut", total=number(total), n=number(len(shown))))
    return int(st.selectbox(title, range(len(shown)), format_func=lambda at: shown[at], key=key))


def _decide(folder: Path, kept: str, dropped: str, *, same: bool) -> None:
    try:
        what: Decision = "confirmed" if same else "reversed"
        decide_merge(ledger_of(folder), kept, dropped, what, who=current_account(Right.RECORD))
    except ClustersError as error:
        cards.failure(str(error))
        return
    st.rerun()


def _candidates(shown: Snapshot, folder: Path) -> None:
    found = shown.candidates
    if found.empty:
        cards.note(t("review.candidates_none"))
        return
    first = found.head(_MOST)
    at = _choose(t("review.candidates"), candidate_names(first), len(found), "candidate")
    row = first.iloc[at]
    if st.button(t("review.same_firm"), key="same-firm"):
        _decide(folder, row["enterprise_id"], row["other_id"], same=True)


def _merged(shown: Snapshot, folder: Path) -> None:
    found = shown.duplicates
    if found.empty or "dropped_id" not in found:
        cards.note(t("review.merged_none"))
        return
    first = found.head(_MOST)
    names = shown.enterprises.set_index("enterprise_id")["name"].to_dict()
    at = _choose(t("review.merged"), merge_names(first, names), len(found), "merged")
    row = first.iloc[at]
    if st.button(t("review.not_same"), key="not-same"):
        _decide(folder, row["enterprise_id"], row["dropped_id"], same=False)


def _decided(folder: Path, told: Decisions) -> None:
    if told.merges.empty:
        return
    rows = [dict(zip(MERGE_COLUMNS, row, strict=True)) for row in told.merges.to_numpy().tolist()]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        at = st.selectbox(
            t("review.decided"),
            range(len(rows)),
            format_func=lambda n: t(f"review.{rows[n]['decision']}", **rows[n]),
            width=480,
        )
        if st.button(t("review.withdraw"), key="undecide"):
            row = rows[at]
            undecide_merge(
                ledger_of(folder), row["kept"], row["dropped"], who=current_account(Right.RECORD)
            )
            st.rerun()
