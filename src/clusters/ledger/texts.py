"""What people write into the ledger, checked once for all its tables: no contact details.

Names of accounts or roles are kept, never e-mail addresses, telephone or identity numbers.
"""

import re

from clusters.errors import InputError
from clusters.registry.personal import holds_contact

LONGEST_NAME = 128
LONGEST_TEXT = 2000
# Line feed and tab are text; other control characters and half a character pair are not, and
# PostgreSQL could not store them.
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class FieldError(InputError):
    """A text or number that the ledger refuses: which field, what is wrong, what to do.

    ``field`` is the name of the argument or column; the message begins with it, or with the word
    in `said` where a reader knows it by another one.
    """

    def __init__(self, field: str, cause: str, remedy: str, *, said: str = "") -> None:
        super().__init__(f"{said or field} {cause}; {remedy}")
        self.field = field
        self.cause = cause
        self.remedy = remedy


def checked_text(
    field: str, text: str, *, longest: int = LONGEST_TEXT, required: bool = False
) -> str:
    """Return a text without blanks around it.

    Raises
    ------
    FieldError
        If it is empty though required, too long, not text, or holds contact details.
    """
    text = text.strip()
    if required and not text:
        raise FieldError(field, "is empty", "give a text for it")
    if len(text) > longest:
        raise FieldError(field, f"has {len(text)} characters", f"shorten it to {longest}")
    if _NOT_TEXT.search(text):
        raise FieldError(field, "holds control characters", "write plain text")
    refuse_contact(field, text)
    return text


def refuse_contact(field: str, text: str) -> None:
    """Refuse contact details."""
    if holds_contact(text):
        cause = "holds an e-mail address, a telephone or an identity number"
        raise FieldError(field, cause, "leave it out: contact details are not kept")


def checked_account(who: str) -> str:
    """Return the account or role that does something."""
    if not who.strip():
        raise FieldError("who", "is empty", "give the account or role that adds the row")
    return checked_text("who", who, longest=LONGEST_NAME)
