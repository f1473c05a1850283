"""The parts of an import on the page of data: read, understand, check, correct."""

from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from clusters.access import Right
from clusters.errors import ClustersError
from clusters.registry import ColumnMapping
from clusters.registry.remembered import forget, remember
from clusters.ui import cards, tables
from clusters.ui import columns_view as wording
from clusters.ui import data_view as view
from clusters.ui.account import current_account
from clusters.ui.handing import EXCEL, offer
from clusters.ui.text import MISSING, language, number, t


def account(read: int, published: int, duplicates: int, rejected: int, label: str) -> None:
    """Show where the rows of a file went."""
    cards.figures(
        [
            cards.Figure(t("data.read"), number(read)),
            cards.Figure(label, number(published)),
            cards.Figure(t("data.duplicates"), number(duplicates)),
            cards.Figure(t("data.rejected"), number(rejected)),
        ]
    )


def corrections_of(upload: UploadedFile) -> bytes | None:
    """Return the corrected report that was dropped for this file, if any."""
    held: bytes | None = st.session_state.get(f"mended-{upload.file_id}")
    return held


def check(upload: UploadedFile, corrections: bytes | None, folder: Path) -> view.Checked | None:
    """Read and check an upload once for each way of reading it; tell why where it cannot be."""
    said = st.session_state.get(f"said-{upload.file_id}")
    state = (upload.file_id, said, corrections)
    done = st.session_state.get("checked")
    if done and done[0] == state:
        found: view.Checked = done[1]
        return found
    try:
        with st.spinner(t("data.checking")):
            checked = view.check(
                upload.name,
                upload.getvalue(),
                folder=folder,
                mapping=said,
                corrections=corrections,
            )
    except ClustersError as error:
        st.html(view.fault_html(error))
        if corrections is not None:
            st.session_state.pop(f"mended-{upload.file_id}", None)
        _help_reader(upload, None)
        return None
    if st.session_state.pop(f"keep-{upload.file_id}", False):
        remember(folder, checked.headers, checked.mapping)
    st.session_state["checked"] = (state, checked)
    return checked


def _help_reader(upload: UploadedFile, checked: view.Checked | None) -> None:
    """Ask how the file is to be read: sheet, header row, encoding, separator."""
    now = ColumnMapping() if checked is None else checked.mapping
    with st.form(f"hint-{checked is None}", border=checked is None):
        if checked is None:
            st.markdown(f"**{t('data.hint_title')}**")
        one, two, three = st.columns(3)
        name = one.text_input(t("data.hint_name")) if checked is None else ""
        sheet = two.text_input(t("data.hint_sheet"), value=now.sheet or "")
        row = three.number_input(t("data.hint_row"), min_value=1, value=now.header_row, step=1)
        encoding = one.selectbox(
            t("data.hint_encoding"),
            wording.ENCODINGS,
            index=wording.ENCODINGS.index(now.encoding or ""),
            format_func=lambda name: name.upper() or t("data.by_itself"),
        )
        delimiter = two.selectbox(
            t("data.hint_delimiter"),
            wording.DELIMITERS,
            index=wording.DELIMITERS.index(now.delimiter or ""),
            format_func=view.delimiter_name,
        )
        if not st.form_submit_button(t("data.hint_apply")):
            return
    said = wording.hint(
        sheet=sheet, header_row=row, name=name, encoding=encoding, delimiter=delimiter
    )
    if said is None:
        cards.failure(t("data.hint_bad"))
        return
    st.session_state[f"said-{upload.file_id}"] = (
        said if checked is None else wording.reread(checked, said)
    )
    st.rerun()


def columns(upload: UploadedFile, checked: view.Checked, folder: Path) -> None:
    """Show what each column was taken for, let it be corrected, and show the first firms."""
    cards.section(t("data.columns_title"), view.reading_text(checked.source))
    cards.note(t("data.columns_lead"))
    if checked.remembered:
        cards.note(t("data.remembered"))
    table = wording.column_table(checked)
    titles = [t(f"data.{name}") for name in ("header", "taken_for", "confidence", "proposal")]
    edited = st.data_editor(
        table,
        hide_index=True,
        disabled=[titles[0], titles[2], titles[3]],
        column_config={
            titles[1]: st.column_config.SelectboxColumn(options=wording.choices(), required=True),
            titles[2]: st.column_config.ProgressColumn(
                format="%.0f%%", min_value=0, max_value=100, help=t("data.confidence_help")
            ),
        },
        key=f"columns-{upload.file_id}-{language()}",
        height=min(38 + 35 * len(table), 420),
    )
    dropped = checked.source.personal
    cards.note(
        t("data.personal_dropped", headers=view.listed(dropped))
        if dropped
        else t("data.personal_none")
    )
    with st.container(horizontal=True):
        if st.button(t("data.apply"), disabled=edited.equals(table)):
            current_account(Right.IMPORT)
            # Kept only once the file was read with it: a wrong one would meet the next file too.
            st.session_state[f"keep-{upload.file_id}"] = True
            st.session_state[f"said-{upload.file_id}"] = wording.corrected(checked, edited)
            st.rerun()
        if checked.remembered and st.button(t("data.forget")):
            current_account(Right.IMPORT)
            forget(folder, checked.headers)
            st.session_state[f"said-{upload.file_id}"] = ColumnMapping()
            st.rerun()
    with st.expander(t("data.reread")):
        _help_reader(upload, checked)
    with st.expander(t("data.preview"), expanded=True):
        st.dataframe(
            wording.preview_table(checked), hide_index=True, placeholder=MISSING, key="preview"
        )


def findings(found: pd.DataFrame, label: str) -> None:
    """Show how often each thing was found."""
    tables.show(
        [
            tables.Column(t("data.severity")),
            tables.Column(t("data.finding")),
            tables.Column(t("data.rows_count"), numeric=True),
        ],
        view.finding_rows(view.times(found)),
        label=label,
    )


def report(upload: UploadedFile, checked: view.Checked) -> None:
    """Show what the check found, hand it out to be corrected, and take it back."""
    kept = checked.account
    cards.section(t("data.report_title"))
    account(kept.read, kept.kept, kept.duplicates, kept.rejected, t("data.good_rows"))
    if checked.candidates:
        cards.note(t("data.candidates_found", n=number(checked.candidates)))
    if checked.report.empty:
        cards.empty(t("data.no_findings"), t("data.no_findings_next"))
        return
    findings(checked.report, t("data.report_title"))
    chosen = st.pills(
        t("data.severities"),
        view.SEVERITIES,
        selection_mode="multi",
        default=list(view.SEVERITIES),
        format_func=lambda name: t(f"methods.severity_{name}"),
        key="severities",
    )
    table = view.report_table(checked.report, chosen)
    st.dataframe(
        table.head(view.MOST_FINDINGS),
        hide_index=True,
        height=340,
        placeholder=MISSING,
        key="findings",
    )
    if len(table) > view.MOST_FINDINGS:
        cards.note(t("data.report_cut", total=number(len(table)), n=number(view.MOST_FINDINGS)))
    offer(
        t("data.report_download"),
        lambda: view.report_bytes(checked),
        file_name="findings.xlsx",
        mime=EXCEL,
        key="findings-download",
    )
    _take_back(upload, checked)


def _take_back(upload: UploadedFile, checked: view.Checked) -> None:
    """Take a corrected report; the file is checked again with it."""
    key = f"mended-{upload.file_id}"
    mended = st.file_uploader(
        t("data.corrections_drop"), type=["xlsx"], key=f"corrections-{upload.file_id}"
    )
    given = None if mended is None else mended.getvalue()
    if given is not None and given != st.session_state.get(f"seen-{key}"):
        st.session_state[key] = st.session_state[f"seen-{key}"] = given
        st.rerun()
    if mended is None and st.session_state.pop(key, None) is not None:
        st.session_state.pop(f"seen-{key}", None)
        st.rerun()
    if st.session_state.get(key) is not None:
        cards.note(t("data.corrections_used"), *view.unread_words(checked.report))
