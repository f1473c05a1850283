"""The frame around every page: navigation, language, as-of line, errors, footer."""

import contextlib
import html
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from clusters.access import AccessDenied, Right
from clusters.errors import ClustersError
from clusters.logs import event
from clusters.settings import get_settings, shipped_root
from clusters.ui import cards, saved_views
from clusters.ui.account import NotSignedInError, allowed, current_account, visitor
from clusters.ui.state import is_published, snapshot
from clusters.ui.style import dark_variables, style_sheet
from clusters.ui.text import LANGUAGES, day, language, number, t
from clusters.workspace import Snapshot

_LOG = logging.getLogger(__name__)
_RIGHTS = {"firms": Right.FIRMS, "map": Right.FIRMS, "data": Right.IMPORT}
_LANGUAGE_NAMES = {"zh": "中文", "en": "English"}
PAGES = (
    "overview",
    "map",
    "metrics",
    "compare",
    "goals",
    "firms",
    "screening",
    "briefing",
    "data",
    "methods",
)


def own_navigation() -> None:
    """Tell Streamlit before the first visit that ``pages/`` is ours to navigate.

    Until the first run of the app it takes a folder of that name for its older kind of pages and
    would answer the first link to a page without the frame.
    """
    PagesManager.uses_pages_directory = False


def on_script_error(error: Exception) -> bool:
    """Show an error as words: what a person can act on, or an apology; never a traceback."""
    if isinstance(error, ClustersError):
        cards.failure(str(error))
    else:
        _LOG.error("page failed", exc_info=error)
        cards.failure(t("shell.failed_bug"))
    return True


def run() -> None:
    """Draw the frame and the chosen page."""
    st.set_page_config(page_title=t("shell.product"), page_icon="🗺️", layout="wide")
    st.html(style_sheet())
    if st.context.theme.type == "dark":
        st.html(dark_variables())
    if not _entered():
        st.html(f'<div class="c-foot">{html.escape(t("shell.footer"))}</div>')
        return
    page = st.navigation(_pages(), position="top")
    _header(page.url_path or PAGES[0])
    try:
        current_account(_right(page.url_path))
        with _told(page.url_path or PAGES[0]):
            page.run()
    except ClustersError as error:
        cards.failure(str(error))
    st.html(f'<div class="c-foot">{html.escape(t("shell.footer"))}</div>')


@contextlib.contextmanager
def _told(page: str) -> Iterator[None]:
    """Write to the log which page of which snapshot was drawn for whom, and how long it took."""
    who, shown = visitor().name, snapshot().id
    start = time.perf_counter()
    try:
        yield
    finally:  # a page may end early, to be drawn again
        duration = round(1000 * (time.perf_counter() - start))
        event("page", page=page, account=who, snapshot=shown, duration_ms=duration)


def _entered() -> bool:
    """Let a visitor in, or show the door: sign in, or the words why not."""
    try:
        visitor()
    except NotSignedInError:
        st.html(f'<h1 class="c-title">{html.escape(t("shell.product"))}</h1>')
        if st.button(t("shell.sign_in"), type="primary"):
            st.login()
        return False
    except AccessDenied as error:
        event("refused", level=logging.WARNING, why=str(error))
        cards.failure(str(error))
        if get_settings().access == "oidc" and st.button(t("shell.sign_in_again")):
            st.logout()
        return False
    return True


def _right(page: str) -> Right:
    """Return what a page asks of its visitor; the default page has no path."""
    return _RIGHTS.get(page, Right.LOOK)


def page_path(name: str) -> Path:
    """Return the file of a page."""
    return shipped_root() / "pages" / f"{name}.py"


def _pages() -> list[st.Page]:
    return [
        st.Page(
            page_path(name),
            title=t(f"shell.nav_{name}"),
            url_path=None if name == "overview" else name,
            default=name == "overview",
            # A link to a forbidden page must be refused in words, not end on another page.
            visibility="visible" if allowed(_right(name)) else "hidden",
        )
        for name in PAGES
    ]


def _signed_in() -> None:
    """Say under which account and role a shared platform is used; offer the way out."""
    if get_settings().access == "single":
        return
    account = visitor()
    role = t(f"shell.role_{account.role.value}")
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        st.caption(t("shell.signed_in_as", name=account.name, role=role))
        if get_settings().access == "oidc" and st.button(t("shell.sign_out"), type="tertiary"):
            st.logout()


def _as_of_text(shown: Snapshot) -> str:
    undated = shown.manifest.get("as_of_basis") == "import"
    return "shell.imported" if undated else "shell.as_of"


def _header(page: str) -> None:
    """Show as of when, from which snapshot and how many firms; saved views; the other language."""
    shown = snapshot()
    parts = [
        f"<strong>{html.escape(t('shell.product'))}</strong>",
        *(
            f"<span>{html.escape(text)}</span>"
            for text in (
                t(_as_of_text(shown), date=day(shown.manifest["as_of"])),
                t("shell.firms_total", n=number(shown.manifest["account"]["published"])),
                t("shell.shipped" if shown.manifest["shipped_data"] else "shell.own_registry"),
                t("shell.snapshot", id=shown.id),
            )
        ),
    ]
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.html(f'<div class="c-bar">{"".join(parts)}</div>', width="content")
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            saved_views.control(page)
            chosen = st.segmented_control(
                t("shell.language"),
                LANGUAGES,
                default=language(),
                format_func=_LANGUAGE_NAMES.__getitem__,
                key="lang",
                required=True,
                label_visibility="collapsed",
            )
    if chosen != get_settings().language or "lang" in st.query_params:
        st.query_params["lang"] = chosen  # by hand: a bound widget would write the label
    _signed_in()
    synthetic = shown.manifest.get("synthetic", 0)
    if synthetic:
        st.warning(t("shell.synthetic", n=number(synthetic)))
    if not is_published(shown):
        st.warning(t("shell.older_snapshot"))
