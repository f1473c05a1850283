"""The import of parks on the page of data: drop a file, understand it, keep it, publish again."""

from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from clusters import workspace
from clusters.access import Right
from clusters.errors import ClustersError
from clusters.places.park_files import forget_parks
from clusters.registry.park_mapping import ParkMapping
from clusters.republish import STEPS
from clusters.ui import cards
from clusters.ui import data_view as data
from clusters.ui import import_parts as parts
from clusters.ui import parks_view as view
from clusters.ui.account import current_account
from clusters.ui.handing import EXCEL, offer, write_down
from clusters.ui.text import MISSING, language, number, t


def show(shown: workspace.Snapshot, folder: Path) -> None:
    """Show which parks are in use, and take in others."""
    cards.section(t("parks.title"), t("parks.lead"))
    kept = view.kept_count(folder)
    lines = [view.in_use(shown)]
    lines += [t("parks.kept", n=number(kept))] if kept else []
    lines += [t("parks.pending")] if view.pending(shown, folder) else []
    cards.note(*lines)
    if said := st.session_state.pop("parks-said", None):
        st.success(said)
    upload = st.file_uploader(
        t("parks.drop"),
        type=list(data.TYPES),
        key=f"parks-file-{st.session_state.get('park-imports', 0)}",
    )
    if upload is None:
        st.session_state.pop("checked-parks", None)
        _again(shown, folder, kept)
        return
    checked = _check(upload, folder)
    if checked is not None:
        _columns(upload, checked)
        _report(checked)
        _keep(checked, folder)


def _check(upload: UploadedFile, folder: Path) -> view.CheckedParks | None:
    said: ParkMapping | None = st.session_state.get(f"parks-said-{upload.file_id}")
    state = (upload.file_id, said)
    done = st.session_state.get("checked-parks")
    if done and done[0] == state:
        found: view.CheckedParks = done[1]
        return found
    try:
        with st.spinner(t("data.checking")):
            checked = view.check(upload.name, upload.getvalue(), folder=folder, mapping=said)
    except ClustersError as error:
        st.html(data.fault_html(error))
        _help_reader(upload)
        return None
    if st.session_state.pop(f"parks-keep-{upload.file_id}", False):
        view.remember_columns(folder, checked)
    st.session_state["checked-parks"] = (state, checked)
    return checked


def _help_reader(upload: UploadedFile) -> None:
    """Ask where the table of a file that could not be read begins."""
    with st.form("parks-hint"):
        st.markdown(f"**{t('data.hint_title')}**")
        one, two, three = st.columns(3)
        name = one.text_input(t("parks.hint_name"))
        sheet = two.text_input(t("data.hint_sheet"), key="parks-hint-sheet")
        row = three.number_input(
            t("data.hint_row"), min_value=1, value=None, step=1, key="parks-hint-row"
        )
        if not st.form_submit_button(t("data.hint_apply")):
            return
    said = view.hint(name=name, sheet=sheet, row=row)
    if said is None:
        cards.failure(t("parks.hint_bad"))
        return
    st.session_state[f"parks-said-{upload.file_id}"] = said
    st.rerun()


def _columns(upload: UploadedFile, checked: view.CheckedParks) -> None:
    source = checked.registry.source
    cards.section(t("parks.columns_title"), data.reading_text(source))
    cards.note(t("parks.columns_lead"))
    if checked.remembered:
        cards.note(t("data.remembered"))
    table = view.column_table(checked)
    title = t("data.taken_for")
    edited = st.data_editor(
        table,
        hide_index=True,
        disabled=[t("data.header")],
        column_config={
            title: st.column_config.SelectboxColumn(options=view.choices(), required=True)
        },
        key=f"parks-columns-{upload.file_id}-{language()}",
        height=min(38 + 35 * len(table), 420),
    )
    names = source.personal
    told = t("data.personal_dropped", headers=data.listed(names)) if names else ""
    cards.note(told or t("data.personal_none"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        datum = st.selectbox(
            t("parks.datum"),
            ("", *data.DATUMS[1:]),
            index=("", *data.DATUMS[1:]).index(checked.mapping.datum or ""),
            format_func=lambda one: t(f"data.datum_{one}" if one else "parks.datum_none"),
            key=f"parks-datum-{upload.file_id}",
            width=260,
        )
        unit = st.selectbox(
            t("parks.unit"),
            list(view.UNITS),
            index=list(view.UNITS).index(checked.mapping.area_unit or ""),
            format_func=lambda one: t(f"parks.{view.UNITS[one]}"),
            key=f"parks-unit-{upload.file_id}",
            width=200,
        )
        wanted = view.said(checked.mapping, datum=datum, unit=unit)
        changed = not edited.equals(table)
        if changed:
            wanted = view.corrected(checked, edited).model_copy(
                update={"datum": wanted.datum, "area_unit": wanted.area_unit}
            )
        if st.button(t("data.apply"), disabled=wanted == checked.mapping, key="parks-apply"):
            current_account(Right.IMPORT)
            st.session_state[f"parks-keep-{upload.file_id}"] = True
            st.session_state[f"parks-said-{upload.file_id}"] = wanted
            st.rerun()
    with st.expander(t("parks.preview"), expanded=True):
        st.dataframe(
            view.preview_table(checked), hide_index=True, placeholder=MISSING, key="parks-preview"
        )


def _report(checked: view.CheckedParks) -> None:
    read = checked.registry
    kept = read.account
    cards.section(t("parks.report_title"))
    parts.account(kept.read, kept.kept, kept.duplicates, kept.rejected, t("parks.good"))
    if read.report.empty:
        cards.empty(t("parks.no_findings"), t("parks.no_findings_next"))
        return
    parts.findings(read.report, t("parks.report_title"))
    st.dataframe(
        data.report_table(read.report).head(data.MOST_FINDINGS),
        hide_index=True,
        placeholder=MISSING,
        key="parks-findings",
    )
    offer(
        t("data.report_download"),
        lambda: view.report_bytes(checked),
        file_name="park-findings.xlsx",
        mime=EXCEL,
        key="parks-findings-download",
    )


def _keep(checked: view.CheckedParks, folder: Path) -> None:
    if not checked.registry.account.kept:
        cards.failure(t("parks.nothing"))
        return
    cards.note(t("parks.publish_note"))
    with st.container(horizontal=True):
        publish = st.button(t("parks.publish"), type="primary", key="parks-publish")
        later = st.button(t("parks.keep"), key="parks-keep")
    if not (publish or later):
        return
    who = current_account(Right.IMPORT)
    try:
        count = view.keep(folder, checked, who=who)
    except ClustersError as error:
        st.html(data.fault_html(error))
        return
    st.session_state["parks-said"] = t("parks.done", n=number(count))
    if later or _publish(folder):
        _next()


def _publish(folder: Path) -> bool:
    """Publish with the parks kept; True where that was done."""
    st.button(t("data.cancel"), key="parks-cancel")
    status = st.status(t("parks.running"), expanded=True)
    bar = st.progress(0.0)

    def tell(step: str) -> None:
        bar.progress(STEPS.index(step) / len(STEPS))
        status.write(t(f"shell.step_{step}"))

    try:
        view.publish(folder, who=current_account(Right.IMPORT), progress=tell)
    except ClustersError as error:
        status.update(label=t("parks.failed"), state="error")
        st.html(data.fault_html(error))
        return False
    return True


def _next() -> None:
    """Begin anew: an empty uploader, and the published snapshot."""
    st.session_state["park-imports"] = st.session_state.get("park-imports", 0) + 1
    st.query_params.pop("snapshot", None)
    st.rerun()


def _again(shown: workspace.Snapshot, folder: Path, kept: int) -> None:
    """Offer to publish with what is kept, and to forget it."""
    with st.container(horizontal=True):
        if view.pending(shown, folder) and st.button(t("parks.publish"), key="parks-again"):
            if _publish(folder):
                _next()
            return
        if not kept:
            return
        with st.popover(t("parks.forget")):
            st.write(t("parks.forget_confirm", n=number(kept)))
            if st.button(t("parks.forget_yes"), type="primary", key="parks-forget"):
                who = current_account(Right.IMPORT)
                write_down("parks.forget", {"parks": kept}, who=who)
                forget_parks(folder)
                st.session_state["parks-said"] = t("parks.forgotten")
                st.rerun()
