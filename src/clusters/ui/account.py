"""Who acts: the account under which the ledger writes down what a visitor does."""

from clusters.settings import get_settings


def current_account() -> str:
    """Return the account of this visit: the one of the settings, as there is a single user."""
    return get_settings().account
