"""From what a door knows of a visitor to an account: claims of a sign-in, headers of a gateway.

A gateway is trusted only with the shared secret of the settings: a header alone can be sent by
anybody who reaches the port.
"""

import hmac
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

from clusters.access.roles import AccessDenied, Account, Role
from clusters.settings import Settings

THIS_MACHINE: Final = frozenset({"127.0.0.1", "::1", "localhost"})
"""Where a platform of a single user, who needs no sign-in, is reached: from nowhere else."""

SECRET_HEADER = "X-Clusters-Gateway"  # noqa: S105 - the name of a header
_ROLES = {role.value: role for role in Role}


def account_of_claims(
    claims: Mapping[str, Any], settings: Settings, *, now: float | None = None
) -> Account:
    """Return the account of somebody who signed in.

    Parameters
    ----------
    claims
        Claims of an identity or access token whose signature has been checked.
    settings
        ``role_claim`` names the claim that holds the role or a list of them; ``role_names``
        translates its values; ``default_role`` stands in where it holds none that is known.
    now
        Seconds since 1970; the clock's if None.

    Raises
    ------
    AccessDenied
        If the token has run out, names nobody, or holds no role.
    """
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or isinstance(expires, bool):
        raise AccessDenied("the sign-in says nothing of its end; sign in again")
    if expires <= (time.time() if now is None else now):
        raise AccessDenied("the sign-in has run out; sign in again")
    name = str(claims.get("sub") or "").strip()
    if not name:
        raise AccessDenied("the sign-in names nobody; ask your administrator")
    found: Any = claims
    for part in settings.role_claim.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    values = found if isinstance(found, list | tuple) else [found]
    return Account(name, _highest(values, settings, name), float(expires))


def account_of_gateway(
    headers: Mapping[str, str] | Iterable[tuple[str, str]], settings: Settings
) -> Account:
    """Return the account an intranet gateway vouches for.

    Parameters
    ----------
    headers
        Headers of the request, every one of them; names in any case.
    settings
        ``gateway_secret``, ``gateway_user_header`` and ``gateway_role_header``.

    Raises
    ------
    AccessDenied
        If the secret is not there, user or role are missing, or one of them is given twice: a
        gateway that adds its words to those of the client leaves it open whose they are.
    """
    secret = settings.gateway_secret.get_secret_value()
    told = (SECRET_HEADER, settings.gateway_user_header, settings.gateway_role_header)
    lower: dict[str, str] = {}
    for name, value in headers.items() if isinstance(headers, Mapping) else headers:
        if name.lower() in lower and name.lower() in {one.lower() for one in told}:
            raise AccessDenied(f"{name} came twice; let the gateway replace it, not add to it")
        lower[name.lower()] = value
    given = lower.get(SECRET_HEADER.lower(), "")
    if not hmac.compare_digest(given.encode(), secret.encode()):
        raise AccessDenied("the request did not come through the gateway; open its address instead")
    name = lower.get(settings.gateway_user_header.lower(), "").strip()
    if not name:
        raise AccessDenied("the gateway names no user; ask your administrator")
    values = lower.get(settings.gateway_role_header.lower(), "").split(",")
    return Account(name, _highest(values, settings, name))


def _highest(values: "list[Any] | tuple[Any, ...]", settings: Settings, name: str) -> Role:
    translated = [
        settings.role_names.get(str(value).strip(), str(value).strip()) for value in values
    ]
    roles = [_ROLES[value] for value in translated if value in _ROLES]
    if not roles and settings.default_role:
        return Role(settings.default_role)
    if not roles:
        raise AccessDenied(f"{name} has no role on this platform; ask your administrator for one")
    return max(roles, key=tuple(Role).index)
