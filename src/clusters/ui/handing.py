"""What leaves the platform: one way to offer a file, for those who may, written down when taken."""

import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from clusters.access import Account, Right, may, require
from clusters.errors import WorkspaceError
from clusters.ledger import note, open_ledger
from clusters.logs import event
from clusters.settings import get_settings
from clusters.ui import cards
from clusters.ui.account import visitor
from clusters.ui.text import t

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def offer(
    label: str,
    build: Callable[[], bytes],
    *,
    file_name: str,
    mime: str,
    key: str,
    primary: bool = False,
) -> None:
    """Show the button that hands a file over; it is built, and written down, when it is taken.

    Parameters
    ----------
    label : str
        Words on the button.
    build : callable
        Makes the bytes of the file.
    file_name, mime, key : str
        Name and kind of the file; key of the widget.
    primary : bool
        Whether this is the page's main action.
    """
    account = visitor()
    if not may(account, Right.EXPORT):
        cards.note(t("shell.export_refused"))
        return
    st.download_button(
        label,
        data=_written_down(build, account, file_name),
        file_name=file_name,
        mime=mime,
        on_click="ignore",
        type="primary" if primary else "secondary",
        key=key,
    )


def _written_down(build: Callable[[], bytes], account: Account, name: str) -> Callable[[], bytes]:
    # The bytes are asked for later and outside the page's run, so the account comes along.
    def taken() -> bytes:
        require(account, Right.EXPORT)
        data = build()
        write_down("export", {"file": name, "bytes": len(data)}, who=account.name)
        return data

    return taken


def write_down(action: str, about: Mapping[str, Any], *, who: str) -> None:
    """Note in the audit trail what somebody does that the ledger itself does not hold.

    Raises
    ------
    WorkspaceError
        If the ledger cannot be written on a shared platform: there, nothing goes untold.
    """
    event(action, account=who, **about)
    try:
        with contextlib.closing(open_ledger()) as book:
            note(book, action, about, who=who)
    except WorkspaceError:
        # One person looking at a read-only folder may take a table; shared use is audited.
        if get_settings().access != "single":
            raise
        event("not written down", level=logging.WARNING, action=action)
