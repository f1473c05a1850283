"""Who acts: the account behind a visit, and what it may do here.

The way of access is a setting: one user on this machine, users an intranet gateway vouches for, or
people who signed in at an OpenID Connect provider. Streamlit keeps a sign-in in a signed cookie but
checks neither its end nor any role; both are checked here on every run of a page.
"""

import functools
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec

import streamlit as st

from clusters.access import (
    AccessDenied,
    Account,
    Right,
    Role,
    account_of_claims,
    account_of_gateway,
    may,
    require,
)
from clusters.logs import event
from clusters.settings import Settings, get_settings
from clusters.ui import cards

_P = ParamSpec("_P")


class NotSignedInError(AccessDenied):
    """Nobody has signed in yet."""


def visitor() -> Account:
    """Return the account of this visit.

    Raises
    ------
    NotSignedInError
        Where sign-in is asked for and has not happened.
    AccessDenied
        Where the sign-in has run out, names nobody or holds no role; where a gateway is missing;
        where somebody elsewhere reaches the platform of a single user.
    """
    settings = get_settings()
    if settings.access == "gateway":
        return account_of_gateway(_headers(), settings)
    if settings.access == "oidc":
        claims = st.user.to_dict()
        if not claims.get("is_logged_in"):
            raise NotSignedInError("nobody has signed in")
        return account_of_claims(claims, settings)
    if _from_elsewhere():
        raise AccessDenied(
            "single-user mode answers this machine only; "
            "set CLUSTERS_ACCESS to gateway or oidc to share the platform"
        )
    return Account(settings.account, Role.ADMIN)


def allowed(right: Right) -> bool:
    """Tell whether this visit has a right, so that a page need not offer what would be refused."""
    try:
        return may(visitor(), right)
    except AccessDenied:
        return False


def current_account(right: Right) -> str:
    """Return the name under which the ledger writes down what this visit does.

    Parameters
    ----------
    right
        What is about to be done; it is checked here, at the last step before it happens.

    Raises
    ------
    AccessDenied
        If the account has no such right; the refusal is logged.
    """
    account = visitor()
    try:
        require(account, right)
    except AccessDenied:
        told = {"account": account.name, "role": account.role.value, "right": right.value}
        event("refused", level=logging.WARNING, **told)
        raise
    return account.name


def fragment(body: Callable[_P, None]) -> Callable[_P, None]:
    """Make a part of a page that reruns alone, and look at the visit each time it does.

    Streamlit runs such a part without the frame around it, so the frame's check of the visit would
    be that of long ago: a sign-in that has run out meanwhile would go on reading.
    """

    @functools.wraps(body)
    def checked(*args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            current_account(Right.LOOK)
        except AccessDenied as error:
            cards.failure(str(error))
            return
        body(*args, **kwargs)

    return st.fragment(checked)


def sign_in_secrets(settings: Settings) -> Mapping[str, Any]:
    """Return what Streamlit's sign-in needs to know, from our own settings."""
    if settings.access != "oidc":
        return {}
    return {
        "auth": {
            "redirect_uri": f"{settings.public_url.rstrip('/')}/oauth2callback",
            "cookie_secret": settings.cookie_secret.get_secret_value(),
            "client_id": settings.oidc_client_id,
            "client_secret": settings.oidc_client_secret.get_secret_value(),
            "server_metadata_url": settings.oidc_metadata_url,
        }
    }


def _from_elsewhere() -> bool:
    peer = st.context.ip_address  # None is this machine; only a connection has a text
    return isinstance(peer, str)


def _headers() -> Iterable[tuple[str, str]]:
    sent = st.context.headers  # its own items leave out what came more than once
    return [(name, value) for name in sent for value in sent.get_all(name)]
