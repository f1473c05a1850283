"""Roles and what each may do; every role may also do what the ones before it may."""

import time
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from clusters.errors import ClustersError


class AccessDenied(ClustersError, PermissionError):  # noqa: N818 - the word a visitor reads
    """The account is unknown, out of date, or its role does not allow what was asked."""


class Role(StrEnum):
    """What an account is allowed, from least to most."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    EDITOR = "editor"
    ADMIN = "admin"


class Right(StrEnum):
    """Something a person may be allowed to do."""

    LOOK = "look"
    FIRMS = "firms"
    EXPORT = "export"
    SAVE = "save"
    RECORD = "record"
    IMPORT = "import"
    ADMINISTER = "administer"


_ORDER = tuple(Role)
RIGHTS = MappingProxyType(
    {
        Right.LOOK: Role.VIEWER,  # areas, zones, metrics, maps, goals
        Right.FIRMS: Role.VIEWER,  # single enterprises, as published in registries
        Right.EXPORT: Role.ANALYST,  # tables and briefings that leave the platform
        Right.SAVE: Role.ANALYST,  # views, profiles, scenarios under a name
        Right.RECORD: Role.EDITOR,  # observations, benchmark firms, labels, merges
        Right.IMPORT: Role.EDITOR,  # a registry, parks; publishing a snapshot
        Right.ADMINISTER: Role.ADMIN,  # roll back, audit trail, footprints, backup
    }
)
"""The least role that has each right."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who acts: a name for the audit trail, a role, and until when (seconds since 1970)."""

    name: str
    role: Role
    expires: float | None = field(default=None, compare=False)


def may(account: Account, right: Right) -> bool:
    """Tell whether an account has a right."""
    return _ORDER.index(account.role) >= _ORDER.index(RIGHTS[right])


def require(account: Account, right: Right) -> None:
    """Let an account with the right pass.

    Raises
    ------
    AccessDenied
        Otherwise, or when the sign-in has run out; the message names the role needed.
    """
    if account.expires is not None and account.expires <= time.time():
        raise AccessDenied("the sign-in has run out; sign in again")
    if not may(account, right):
        raise AccessDenied(
            f"{account.name} has the role {account.role.value}; "
            f"this needs {RIGHTS[right].value}: ask your administrator"
        )
