import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from clusters import workspace
from clusters.access import Right
from clusters.errors import ClustersError
from clusters.pipeline import STEPS
from clusters.places.output import PRECISIONS
from clusters.registry.schema import RELEVANCES
from clusters.settings import get_settings
from clusters.ui import cards, links, parks_part, tables
from clusters.ui import data_view as view
from clusters.ui import history_view as past
from clusters.ui import import_parts as parts
from clusters.ui import review_view as review
from clusters.ui.account import allowed, current_account
from clusters.ui.state import snapshot, workspace_folder
from clusters.ui.text import day, number, t

FOLDER = workspace_folder()


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


def publish(upload: UploadedFile, checked: view.Checked, corrections: bytes | None) -> None:
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
    bar = st.progress(0.0)

    def tell(step: str) -> None:
        bar.progress(STEPS.index(step) / len(STEPS))
        status.write(t(f"shell.step_{step}"))

    try:
        made = view.publish(
            upload.name,
            upload.getvalue(),
            folder=FOLDER,
            mapping=checked.mapping,
            as_of=as_of,
            datum=datum,
            corrections=corrections,
            who=current_account(Right.IMPORT),
            progress=tell,
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
    parts.account(
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
        tables.show(counted, view.count_rows("ai_relevance", manifest["relevance"], RELEVANCES))
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
    corrections = parts.corrections_of(upload)
    checked = parts.check(upload, corrections, FOLDER)
    if checked is None:
        return
    parts.columns(upload, checked, FOLDER)
    parts.report(upload, checked)
    publish(upload, checked, corrections)


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
    past.show_changes(str(FOLDER), before, after)


def go_back(kept: list[workspace.Snapshot]) -> None:
    current = workspace.published_id(FOLDER)
    others = {one.id: past.label(one) for one in kept if one.id != current}
    if not others or not allowed(Right.ADMINISTER):
        return
    cards.section(t("data.back_title"), t("data.back_lead"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            t("data.back_choose"), list(others), format_func=others.get, key="back-to", width=520
        )
        with st.popover(t("data.back_open")):
            st.write(t("data.back_confirm", label=others[chosen]))
            if st.button(t("data.back_yes"), type="primary", key="back-yes"):
                past.roll_back(FOLDER, chosen, who=current_account(Right.ADMINISTER))
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
parks_part.show(shown, FOLDER)
snapshots = workspace.list_snapshots(FOLDER)
review.show(shown, FOLDER)
history(snapshots)
compare(snapshots)
go_back(snapshots)
