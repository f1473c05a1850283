"""Telephone numbers, e-mails and identity numbers: found by content and removed.

Headers announce most personal columns (`headers.is_personal`). What they do not announce is
found here by content: whole columns of such values, and single values that a shifted row or a
careless clerk left in a name, an address or a scope.
"""

import re

import numpy as np
import pandas as pd

from clusters.registry.masks import as_mask

_LANDLINE = r"(?<![\d-])(?:\(0\d{2,3}\)|0\d{2,3})[ \-－—）)]{1,2}[2-9]\d{6,7}(?!\d)"
_MOBILE = r"(?<![0-9A-Za-z.])(?:\+?86[- ]?)?1[3-9]\d(?:\d{8}|[- ]\d{4}[- ]\d{4})(?![0-9A-Za-z])"
# The part before the @ has 64 characters at most; without a bound a cell of 100 000 takes minutes.
_EMAIL = r"[A-Za-z0-9._%+-]{1,64}[@＠][A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
_IDENTITY = (
    r"(?<![0-9A-Za-z])[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"\d{3}[0-9Xx](?![0-9A-Za-z])"
)
_VALUE = re.compile(f"{_EMAIL}|{_IDENTITY}|{_MOBILE}|{_LANDLINE}")
# In a sentence a number may follow a letter, which in a cell would be part of a code.
_MOBILE_IN_TEXT = r"(?<!\d)(?<!\d\.)(?:\+?86[- ]?)?1[3-9]\d(?:\d{8}|[- ]\d{4}[- ]\d{4})(?!\d)"
# An id the platform gave a firm, or a digest: in one of some thousands stands what looks like one.
_HEX = r"(?=[0-9]*[a-f])[0-9a-f]"
_OWN = rf"(?<![0-9A-Za-z])(?:x-{_HEX}{{12}}|{_HEX}{{32}})[0-9a-f]*(?![0-9A-Za-z@＠])"
_IN_TEXT = re.compile(f"{_EMAIL}|(?P<own>{_OWN})|{_IDENTITY}|{_MOBILE_IN_TEXT}|{_LANDLINE}")
# RE2 knows no look-around: a wide net first, the exact pattern on what it catches.
_NET = r"1[3-9]\d[- ]?\d{4}|[@＠]|0\d{2,3}\)?[ \-－—）)]|\d{17}[0-9Xx]"
_PERSON_LIKE = re.compile(r"[\u4e00-\u9fff·]{2,4}")

SHARE_OF_A_PERSONAL_COLUMN = 0.2
SAMPLE = 2000
_FEW = 200
_LONGEST_SHOWN = 200


def _caught(text: pd.Series) -> np.ndarray:
    return as_mask(text.str.contains(_NET, regex=True))


def mask(text: pd.Series, *, spare: str | None = None) -> tuple[pd.Series, np.ndarray]:
    """Remove personal values from texts.

    Parameters
    ----------
    text
        (n,) text, null where empty.
    spare
        Pattern of texts that are left as they are.

    Returns
    -------
    tuple
        The texts, null where nothing else was left, and the positions that were changed.
    """
    caught = _caught(text)
    if spare is not None:
        caught &= ~as_mask(text.str.contains(spare, regex=True))
    net = np.flatnonzero(caught)
    if not net.size:
        return text, net
    before = text.iloc[net].tolist()
    after = [_VALUE.sub("", value) for value in before]
    changed = np.array([b != a for b, a in zip(before, after, strict=True)], dtype=bool)
    if not changed.any():
        return text, net[:0]
    positions = net[changed]
    kept = pd.Series([a for a, c in zip(after, changed, strict=True) if c], dtype="str")
    kept = kept.str.strip(" \t,，;；:：/、()（）")
    kept = kept.where(as_mask(kept.str.contains(r"[^\W_]", regex=True)))
    result = text.copy()
    result.iloc[positions] = kept.to_numpy()
    return result, positions


def holds_personal_values(column: pd.Series) -> bool:
    """Tell whether a column of unknown meaning is made of personal values.

    Judged on up to 2 000 values spread over the column: one in five is enough, because the
    column is not needed and people must not be stored.
    """
    if len(column) <= _FEW:  # a file may have a thousand columns of a few rows
        few = [value for value in column.tolist() if isinstance(value, str) and value]
        hits = sum(bool(_VALUE.search(value)) for value in few)
        return bool(few) and hits >= SHARE_OF_A_PERSONAL_COLUMN * len(few)
    filled = column[column.notna() & (column != "")]
    if filled.empty:
        return False
    sample = filled.iloc[:: max(1, len(filled) // SAMPLE)]
    hits = sum(bool(_VALUE.search(value)) for value in sample[_caught(sample)])
    return hits >= SHARE_OF_A_PERSONAL_COLUMN * len(sample)


def showable(values: pd.Series) -> pd.Series:
    """Return values fit for a report of cells that should hold a number, date or code.

    A cell of two to four Chinese characters may be a name that a shifted row put there, so it
    is withheld, as are telephone numbers, e-mails and identity numbers.
    """
    text, _ = mask(values)
    name_like = [isinstance(v, str) and bool(_PERSON_LIKE.fullmatch(v)) for v in text]
    return text.where(~np.array(name_like, dtype=bool)).str.slice(0, _LONGEST_SHOWN)


def without_contacts(text: str, instead: str) -> str:
    """Return a text with telephone numbers, e-mail addresses and identity numbers replaced."""
    return _IN_TEXT.sub(lambda found: found[0] if found["own"] else instead, text)


def holds_contact(text: str) -> bool:
    """Tell whether a text holds a telephone number, an e-mail address or an identity number."""
    return any(not found["own"] for found in _IN_TEXT.finditer(text))
