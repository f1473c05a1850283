"""The part of the briefing page that shows templates: choices, preview, download, batch."""

from collections.abc import Callable
from typing import cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from clusters.access import Right
from clusters.errors import ClustersError
from clusters.export.briefing import FORMATS, Briefing, BriefingRequest
from clusters.export.briefing.batch import Group
from clusters.export.briefing.request import Kind
from clusters.maps.still import SheetSize
from clusters.maps.words import Language
from clusters.ui import briefing_state, cards
from clusters.ui import briefing_view as sheets
from clusters.ui import briefs_state as state
from clusters.ui.account import allowed
from clusters.ui.handing import offer
from clusters.ui.links import select
from clusters.ui.text import language, t, term
from clusters.workspace import Snapshot

Area = DeltaGenerator


def template() -> str:
    """Show the choice of a template; a link with an area alone means a map."""
    return select(
        t("briefs.template"),
        state.TEMPLATES,
        key="page",
        named=lambda one: t(f"briefs.template_{one}"),
        default="map",
    )


def options() -> tuple[Language, SheetSize, str]:
    """Show the choices every briefing has: language, size, format."""
    tongue = select(
        t("briefs.language"),
        ("zh", "en"),
        key="text",
        named=lambda one: t(f"briefing.language_{one}"),
        default=language(),
    )
    size = select(
        t("briefing.size"),
        sheets.SIZES,
        key="size",
        named=lambda one: t(f"briefing.size_{briefing_state.SIZE_KEYS[one]}"),
        default=sheets.SIZES[0],
    )
    fmt = select(
        t("briefing.format"),
        FORMATS,
        key="as",
        named=lambda one: t(f"briefs.format_{one}"),
        default=FORMATS[0],
    )
    return cast("Language", tongue), cast("SheetSize", size), fmt


def subject(shown: Snapshot, kind: str) -> str | None:
    """Show the choice of what the briefing is about; None where there is nothing to choose."""
    if kind == "overview":
        return ""
    label: Callable[[str], str]
    if kind == "firm":
        names = state.firm_choices(shown)
        found = list(names)
        label = names.__getitem__
    elif kind == "screening":
        found = list(state.segments())
        label = _segment
    elif kind == "compare":
        found = state.other_snapshots(shown)
        label = str
    elif kind == "zone":
        found = [one for one in sheets.areas() if not one.isdigit() and one != "province"]
        label = briefing_state.area_label
    else:
        found = [one for one in sheets.areas() if one.isdigit()]
        label = briefing_state.area_label
    if not found:
        return None
    return select(t(f"briefs.subject_{kind}"), found, key=kind, named=label, default=found[0])


def _segment(name: str) -> str:
    return term("segment", name)


def one_briefing(shown: Snapshot, kind: str, left: Area, right: Area) -> None:
    """Show one briefing: choices to the left, pages to the right."""
    with left:
        chosen = subject(shown, kind)
        tongue, size, fmt = options()
    if chosen is None:
        with right:
            cards.empty(t("briefs.no_other"), t("briefs.no_other_next"))
        return
    request = BriefingRequest(cast("Kind", kind), chosen, tongue, size)
    try:
        with right, st.spinner(t("briefs.composing")):
            briefing = state.composed(shown, request)
            pages = state.pictures(shown, briefing, size)
    except ClustersError as error:
        with right:
            cards.empty(t("briefs.failed", why=str(error)), "")
        return
    with left:
        _take_away(shown, briefing, size, fmt)
    with right:
        for message in _warnings(briefing):
            st.html(briefing_state.warning_html(message))
        st.caption(f"{t('briefs.pages', n=len(pages))} · {t('briefs.preview_note')}")
        for position, page in enumerate(pages, start=1):
            with st.container(key=f"brief-page-{position}"):
                st.image(page, width="stretch", alt=t("briefs.page_alt", n=position))


def _warnings(briefing: Briefing) -> list[str]:
    return [
        t(f"briefing.warning_{code.removeprefix('review_number_')}") for code in briefing.warnings
    ]


def _take_away(shown: Snapshot, briefing: Briefing, size: SheetSize, fmt: str) -> None:
    offer(
        t("briefing.download", format=fmt.upper()),
        lambda: state.file_bytes(shown, briefing, fmt, size),
        file_name=f"{briefing.stem}.{fmt}",
        mime=state.MIME[fmt],
        primary=True,
        key="brief-download",
    )
    cards.section(t("briefing.command"))
    line = briefing.provenance.command.replace(f"{briefing.stem}.pptx", f"{briefing.stem}.{fmt}")
    st.code(line, language="bash", wrap_lines=True)


def many_briefings(shown: Snapshot, group: str, left: Area, right: Area) -> None:
    """Show a batch: how many, a button, progress, the ZIP."""
    with left:
        tongue, size, fmt = options()
    wanted = state.wanted(shown, cast("Group", group), tongue, size)
    with right:
        seconds = state.SECONDS_EACH * wanted
        st.html(f'<p class="c-remark">{t("briefs.batch_lead", n=wanted, seconds=seconds)}</p>')
        if not allowed(Right.EXPORT):
            cards.note(t("shell.export_refused"))
            return
        key = f"batch-{shown.id}-{group}-{tongue}-{size}-{fmt}"
        if st.button(t("briefs.batch_make"), type="primary", key="batch-make"):
            bar = st.progress(0.0)

            def told(done: int, of: int) -> None:
                bar.progress(done / of, text=t("briefs.batch_progress", n=done, of=of))

            st.session_state[key] = state.packed(
                shown,
                cast("Group", group),
                fmt=fmt,
                language=tongue,
                size=size,
                progress=told,
            )
            bar.empty()
        if key in st.session_state:
            packed = st.session_state[key]
            offer(
                t("briefs.batch_download", n=wanted),
                lambda: packed,
                file_name=f"{group}-{tongue}-{fmt}.zip",
                mime="application/zip",
                key="batch-download",
            )
    with left:
        cards.section(t("briefing.command"))
        line = f"clusters brief {group}/ --page {group} --format {fmt} --language {tongue}"
        if size != "16:9":
            line += f" --size {size}"
        st.code(f"{line} --snapshot {shown.id}", language="bash", wrap_lines=True)
