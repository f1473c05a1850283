"""Who may do what: accounts with a role, where they come from, and one check for every door."""

from clusters.access.doors import THIS_MACHINE, account_of_claims, account_of_gateway
from clusters.access.roles import RIGHTS, AccessDenied, Account, Right, Role, may, require
from clusters.access.tokens import TokenReader

__all__ = [
    "RIGHTS",
    "THIS_MACHINE",
    "AccessDenied",
    "Account",
    "Right",
    "Role",
    "TokenReader",
    "account_of_claims",
    "account_of_gateway",
    "may",
    "require",
]
