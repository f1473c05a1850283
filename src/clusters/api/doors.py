"""Who asks: the account behind a request, by the way of access the settings name."""

from functools import lru_cache

from fastapi import HTTPException, Request

from clusters.access import (
    THIS_MACHINE,
    AccessDenied,
    Account,
    Role,
    TokenReader,
    account_of_claims,
    account_of_gateway,
)
from clusters.api.limits import Budget
from clusters.settings import get_settings

_LOOPBACK = THIS_MACHINE | {"testclient"}


@lru_cache(maxsize=1)
def _tokens() -> TokenReader:
    return TokenReader(get_settings())


@lru_cache(maxsize=1)
def _budget(per_minute: int) -> Budget:
    return Budget(per_minute)


def caller(request: Request) -> Account:
    """Return the account behind a request of a program, which may ask only so often.

    Raises
    ------
    HTTPException
        429 where it has asked too often, with the seconds to wait; else as `visitor`.
    AccessDenied
        As `visitor`.
    """
    account, settings = visitor(request), get_settings()
    most = settings.api_requests_per_minute
    wait_s = _budget(most).take(account.name) if most and settings.access != "single" else 0
    if wait_s:
        told = f"more than {most} requests a minute; wait {wait_s} s"
        raise HTTPException(429, told, {"Retry-After": str(wait_s)})
    return account


def visitor(request: Request) -> Account:
    """Return the account behind a request, and leave its name there for the log.

    Raises
    ------
    HTTPException
        401 where nobody, or nobody valid, is named.
    AccessDenied
        Where the account has no role.
    """
    account = _account(request)
    request.state.account = account.name
    return account


def _account(request: Request) -> Account:
    settings = get_settings()
    if settings.access == "gateway":
        try:
            return account_of_gateway(request.headers, settings)
        except AccessDenied as error:
            raise HTTPException(401, str(error)) from error
    if settings.access == "oidc":
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise HTTPException(401, "send a token of the sign-in: Authorization: Bearer …")
        try:
            claims = _tokens().claims(token.strip())
        except AccessDenied as error:
            raise HTTPException(401, str(error)) from error
        return account_of_claims(claims, settings)
    if request.client is not None and request.client.host not in _LOOPBACK:
        raise AccessDenied(
            "single-user mode answers this machine only; "
            "set CLUSTERS_ACCESS to gateway or oidc to share the platform"
        )
    return Account(settings.account, Role.ADMIN)
