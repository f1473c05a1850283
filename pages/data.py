import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from clusters import workspace
from clusters.errors import ClustersError
from clusters.export.tables import table_bytes
from clusters.registry.remembered import forget, remember
from clusters.settings import get_settings
from clusters.ui import cards, links, tables
from clusters.ui import data_view as view
from clusters.ui import history_view as past
from clusters.ui.methods_view import PRECISIONS
from clusters.ui.state import snapshot, workspace_folder
from clusters.ui.text import MISSING, day, language, number, t

FOLDER = workspace_folder()
SHOWN_CHANGES = 200
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def account(read: int, published: int, duplicates: int, rejected: int, label: str) -> None:
    cards.figures(
        [
            cards.Figure(t("data.read"), number(read)),
            cards.Figure(label, number(published)),
            cards.Figure(t("data.duplicates"), number(duplicates)),
            cards.Figure(t("data.rejected"), number(rejected)),
        ]
    )


def present(shown: workspace.Snapshot) -> None:
    cards.section(t("data.now_title"))
    manifest = shown.manifest
    if manifest["shipped_data"]:
        cards.note(t("data.now_shipped"))
    else:
        cards.note(t("data.now_own", files=past.input_names(manifest)))
    kept = manifest["account"]
    cards.figures(
        [
            cards.Figure(t("data.as_of"), day(manifest["as_of"]), past.kind_name(manifest)),
            cards.Figure(
                t("data.published"),
                number(kept["published"]),
                t("data.account_note", **{name: number(n) for name, n in kept.items()}),
            ),
            cards.Figure(
                t("data.conflicts"), number(manifest["doubtful"]), t("data.conflicts_note")
            ),
        ]
    )


def check(upload: UploadedFile) -> view.Checked | None:
    said = st.session_state.get(f"said-{upload.file_id}")
    done = st.session_state.get("checked")
    if done and done[0] == (upload.file_id, said):
        return done[1]
    try:
        with st.spinner(t("data.checking")):
            checked = view.check(upload.name, upload.getvalue(), folder=FOLDER, mapping=said)
    except ClustersError as error:
        st.html(view.fault_html(error))
        help_reader(upload)
        return None
    st.session_state["checked"] = ((upload.file_id, said), checked)
    return checked


def help_reader(upload: UploadedFile) -> None:
    with st.form("hint", border=True):
        st.markdown(f"**{t('data.hint_title')}**")
        one, two, three = st.columns(3)
        name = one.text_input(t("data.hint_name"))
        sheet = two.text_input(t("data.hint_sheet"))
        row = three.number_input(t("data.hint_row"), min_value=1, value=None, step=1)
        if st.form_submit_button(t("data.hint_apply")):
            said = view.hint(sheet=sheet, header_row=row, name=name)
            if said is None:
                cards.failure(t("data.hint_bad"))
            else:
                st.session_state[f"said-{upload.file_id}"] = said
                st.rerun()


def columns(upload: UploadedFile, checked: view.Checked) -> None:
    cards.section(t("data.columns_title"), view.reading_text(checked.source))
    cards.note(t("data.columns_lead"))
    if checked.remembered:
        cards.note(t("data.remembered"))
    table = view.column_table(checked)
    edited = st.data_editor(
        table,
        hide_index=True,
        disabled=[t("data.header")],
        column_config={
            t("data.taken_for"): st.column_config.SelectboxColumn(
                options=view.choices(), required=True
            )
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
    refused = view.cannot_drop(edited)
    if refused:
        cards.note(t("data.cannot_drop", headers=view.listed(refused)))
    with st.container(horizontal=True):
        if st.button(t("data.apply"), disabled=edited.equals(table) or bool(refused)):
            said = view.corrected(checked, edited)
            remember(FOLDER, checked.headers, said)
            st.session_state[f"said-{upload.file_id}"] = said
            st.rerun()
        if checked.remembered and st.button(t("data.forget")):
            forget(FOLDER, checked.headers)
            st.session_state[f"said-{upload.file_id}"] = view.ColumnMapping()
            st.rerun()


def report(checked: view.Checked) -> None:
    kept = checked.account
    cards.section(t("data.report_title"))
    account(kept.read, kept.kept, kept.duplicates, kept.rejected, t("data.good_rows"))
    if checked.report.empty:
        cards.empty(t("data.no_findings"), t("data.no_findings_next"))
        return
    tables.show(
        [
            tables.Column(t("data.severity")),
            tables.Column(t("data.finding")),
            tables.Column(t("data.rows_count"), numeric=True),
        ],
        view.finding_rows(checked.report["rule"].value_counts().to_dict()),
        label=t("data.report_title"),
    )
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
    whole = view.report_table(checked.report)
    tongue = language()
    st.download_button(
        t("data.report_download"),
        data=lambda: table_bytes(
            whole, ".xlsx", provenance=view.report_provenance(checked), language=tongue
        ),
        file_name="findings.xlsx",
        mime=EXCEL,
        on_click="ignore",
        key="findings-download",
    )


def publish(upload: UploadedFile, checked: view.Checked) -> None:
    cards.section(t("data.publish_title"), t("data.publish_lead"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        as_of = st.date_input(
            t("data.run_as_of"), value=None, format="YYYY-MM-DD", key="run-as-of", width=220
        )
        datum = st.selectbox(
            t("data.run_datum"),
            view.DATUMS,
            format_func=lambda name: t(f"data.datum_{name}"),
            key="run-datum",
            width=240,
        )
        start = st.button(t("data.run"), type="primary")
    if not start:
        return
    # A click reruns the page: the run ends at its next step, and nothing is published.
    st.button(t("data.cancel"))
    status = st.status(t("data.running", name=upload.name), expanded=True)
    try:
        made = view.publish(
            upload.name,
            upload.getvalue(),
            folder=FOLDER,
            mapping=checked.mapping,
            as_of=as_of,
            datum=datum,
            progress=lambda step: status.write(t(f"shell.step_{step}")),
        )
    except ClustersError as error:
        status.update(label=t("data.run_failed"), state="error")
        st.html(view.fault_html(error))
        return
    st.session_state["made"] = made.id
    st.session_state["imports"] = st.session_state.get("imports", 0) + 1  # an empty uploader
    st.query_params.pop("snapshot", None)
    st.rerun()


def result(made: workspace.Snapshot) -> None:
    manifest = made.manifest
    cards.section(t("data.done"), t("data.done_lead"))
    kept = manifest["account"]
    account(
        kept["read"], kept["published"], kept["duplicates"], kept["rejected"], t("data.published")
    )
    counted = [
        tables.Column(t("data.name")),
        tables.Column(t("data.firms"), numeric=True),
        tables.Column(t("data.share"), numeric=True),
    ]
    left, right = st.columns(2, gap="large")
    with left:
        cards.section(t("data.places_title"))
        tables.show(counted, view.count_rows("precision", manifest["places"], PRECISIONS))
    with right:
        cards.section(t("data.relevance_title"))
        tables.show(counted, view.count_rows("ai_relevance", manifest["relevance"], view.RELEVANCE))
    if manifest["findings"]:
        cards.section(t("data.warnings_title"))
        tables.show(
            [
                tables.Column(t("data.severity")),
                tables.Column(t("data.finding")),
                tables.Column(t("data.rows_count"), numeric=True),
            ],
            view.finding_rows(manifest["findings"]),
        )


def import_part() -> None:
    limit = get_settings().max_upload_mb
    cards.section(t("data.import_title"), t("data.import_lead", mb=number(limit)))
    st.html(view.uploader_style())
    upload = st.file_uploader(
        t("data.drop"),
        type=list(view.TYPES),
        max_upload_size=limit,
        key=f"registry-file-{st.session_state.get('imports', 0)}",
    )
    if upload is None:
        st.session_state.pop("checked", None)
        return
    checked = check(upload)
    if checked is None:
        return
    columns(upload, checked)
    report(checked)
    publish(upload, checked)


def history(kept: list[workspace.Snapshot]) -> None:
    cards.section(t("data.history_title"), t("data.history_lead"))
    current = workspace.published_id(FOLDER)
    tables.show(
        [
            tables.Column(t("data.state")),
            tables.Column(t("data.made")),
            tables.Column(t("data.as_of")),
            tables.Column(t("data.published"), numeric=True),
            tables.Column(t("data.duplicates"), numeric=True),
            tables.Column(t("data.rejected"), numeric=True),
            tables.Column(t("data.inputs")),
            tables.Column(t("data.id")),
        ],
        (
            [tables.Html(cards.chip(t("data.state_current"))) if is_current else "", *cells]
            for is_current, cells in past.history_rows(kept, current)
        ),
        label=t("data.history_title"),
    )


def compare(kept: list[workspace.Snapshot]) -> None:
    cards.section(t("data.compare_title"))
    if len(kept) < 2:
        cards.empty(t("data.compare_one"), t("data.compare_one_next"))
        return
    names = {one.id: past.label(one) for one in kept}
    one, two = st.columns(2)
    ids = list(names)
    with one:
        before = links.select(
            t("data.before"), ids, key="before", named=names.__getitem__, default=ids[1]
        )
    with two:
        after = links.select(
            t("data.after"), ids, key="after", named=names.__getitem__, default=ids[0]
        )
    found = past.compared(str(FOLDER), before, after)
    cards.figures(
        [cards.Figure(t(f"data.{kind}"), number(len(found[kind]))) for kind in past.CHANGES]
    )
    firms = [tables.Column(t(f"data.{name}")) for name in ("firm", "segment", "relevance", "place")]
    fields = [tables.Column(t(f"data.{name}")) for name in ("firm", "field", "was", "is_now")]
    for tab, kind in zip(
        st.tabs([t(f"data.{kind}") for kind in past.CHANGES]), past.CHANGES, strict=True
    ):
        with tab:
            table = found[kind]
            if table.empty:
                cards.note(t(f"data.{kind}_none"))
                continue
            first = table.head(SHOWN_CHANGES)
            if kind in {"entered", "left"}:
                tables.show(firms, past.firm_rows(first), label=t(f"data.{kind}"))
            else:
                tables.show(fields, past.change_rows(first), label=t(f"data.{kind}"))
            if len(table) > len(first):
                total, n = number(len(table)), number(len(first))
                cards.note(t("data.compare_cut", total=total, n=n))


def go_back(kept: list[workspace.Snapshot]) -> None:
    current = workspace.published_id(FOLDER)
    others = {one.id: past.label(one) for one in kept if one.id != current}
    if not others:
        return
    cards.section(t("data.back_title"), t("data.back_lead"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            t("data.back_choose"), list(others), format_func=others.get, key="back-to", width=520
        )
        with st.popover(t("data.back_open")):
            st.write(t("data.back_confirm", label=others[chosen]))
            if st.button(t("data.back_yes"), type="primary", key="back-yes"):
                workspace.point_to(FOLDER, chosen)
                st.session_state["went-back"] = True
                st.query_params.pop("snapshot", None)
                st.rerun()


shown = snapshot()
cards.title(t("shell.nav_data"), t("data.lead"))
if st.session_state.pop("went-back", False):
    st.success(t("data.back_done"))
made = st.session_state.get("made")
if made == shown.id:
    result(shown)
else:
    present(shown)
import_part()
snapshots = workspace.list_snapshots(FOLDER)
history(snapshots)
compare(snapshots)
go_back(snapshots)
