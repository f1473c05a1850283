"""Saved views: this page with all that is in its link, under a name, for all who share a ledger."""

import html
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from clusters.access import AccessDenied, Right
from clusters.errors import ClustersError, WorkspaceError
from clusters.ledger import FieldError, save_view, saved_views, withdraw
from clusters.ledger.texts import LONGEST_NAME
from clusters.ledger.views import KIND
from clusters.ui.account import allowed, current_account
from clusters.ui.goals_form import ledger
from clusters.ui.links import href
from clusters.ui.text import day, plain, t, texts

# The language is the reader's own; everything else in the link belongs to the view.
_NOT_KEPT = frozenset({"lang"})
_NAME = "views-name"
_TOLD = "views-told"


@dataclass(frozen=True)
class View:
    """A saved view as the list shows it; ``address`` is relative and carries the language."""

    name: str
    page: str
    address: str
    who: str
    when: str


def parameters(query: Mapping[str, str]) -> dict[str, str]:
    """Return what of a link is kept with a view."""
    return {key: value for key, value in sorted(query.items()) if key not in _NOT_KEPT and value}


def address(page: str, kept: Mapping[str, object]) -> str:
    """Return the link of a view in the visitor's language."""
    return href(page, **{str(k): str(value) for k, value in kept.items() if k not in _NOT_KEPT})


def listed(rows: pd.DataFrame) -> list[View]:
    """Return the views of pages there are, newest first.

    Parameters
    ----------
    rows : DataFrame
        As `clusters.ledger.saved_views` returns them.
    """
    return [
        View(
            name=row["name"],
            page=row["page"],
            address=address(row["page"], row["payload"]),
            who=row["who"],
            when=row["recorded_at"],
        )
        for row in rows.iloc[::-1].to_dict("records")
        if f"shell.nav_{row['page']}" in texts()
    ]


def control(page: str) -> None:
    """Offer the list of views saved, and to save that of a page where the visitor may save."""
    may_save = allowed(Right.SAVE)
    with st.popover(t("views.menu"), key="views", type="tertiary"):
        if may_save:
            st.text_input(
                t("views.name"), key=_NAME, placeholder=t("views.name_hint"), max_chars=LONGEST_NAME
            )
            st.button(t("views.save"), key="views-save", on_click=_save, args=(page,))
        told = st.session_state.pop(_TOLD, "")
        if told:
            st.html(f'<p class="c-small" role="status">{html.escape(told)}</p>')
        try:
            found = listed(saved_views(ledger()))
        except WorkspaceError:
            st.html(f'<p class="c-small c-warn">{html.escape(t("views.error_ledger"))}</p>')
            return
        _list(found, may_save=may_save)


def _list(found: list[View], *, may_save: bool) -> None:
    st.html(f'<p class="c-small"><strong>{html.escape(t("views.list"))}</strong></p>')
    if not found:
        st.html(f'<p class="c-small">{html.escape(t("views.none"))}</p>')
    for view in found:
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        ):
            st.html(entry(view), width="content")
            if may_save:
                st.button(
                    t("views.withdraw"),
                    key=f"views-withdraw-{view.name}",
                    type="tertiary",
                    help=t("views.withdraw_help", name=plain(view.name)),
                    on_click=_withdraw,
                    args=(view.name,),
                )


def entry(view: View) -> str:
    """Return one line of the list as HTML: the link, its page, who saved it when."""
    about = f"{t(f'shell.nav_{view.page}')} · {view.who} · {day(view.when)}"
    return (
        f'<a class="c-view" href="{html.escape(view.address, quote=True)}" target="_self">'
        f"{html.escape(view.name)}</a><small>{html.escape(about)}</small>"
    )


def _save(page: str) -> None:
    name = str(st.session_state[_NAME]).strip()
    if not name:
        st.session_state[_TOLD] = t("views.error_empty")
        return
    kept = parameters(st.query_params.to_dict())
    try:
        there = name in set(saved_views(ledger())["name"])
        save_view(ledger(), name, page=page, payload=kept, who=current_account(Right.SAVE))
    except ClustersError as error:
        st.session_state[_TOLD] = problem(error)
        return
    st.session_state[_NAME] = ""
    st.session_state[_TOLD] = t("views.replaced" if there else "views.saved", name=name)


def _withdraw(name: str) -> None:
    try:
        withdraw(ledger(), KIND, name, who=current_account(Right.SAVE))
    except ClustersError as error:
        st.session_state[_TOLD] = problem(error)
        return
    st.session_state[_TOLD] = t("views.withdrawn", name=name)


def problem(error: ClustersError) -> str:
    """Return why a view was not kept, in the visitor's language."""
    if isinstance(error, FieldError):
        if "withdrawn" in error.cause:
            return t("views.error_gone")
        return t("views.error_contact" if "contact" in error.remedy else "views.error_name")
    return t("views.error_right" if isinstance(error, AccessDenied) else "views.error_ledger")
