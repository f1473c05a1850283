"""The unified social credit code (统一社会信用代码, USCC) of GB 32100-2015.

Eighteen characters: registering department, category, six digits of the registering area,
nine characters of the organisation code (GB 11714), one check character modulo 31. The letters
I, O, Z, S and V are never used. `valid` checks alphabet, the digits of the area and the check
character; it does not check the organisation code's own check character, because codes given
out by registries in the field are known to break it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusters.registry.masks import as_mask

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = np.array([pow(3, i, 31) for i in range(17)], dtype=np.int64)
SHAPE = r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}"
# Business registration numbers had 13, later 15 digits; organisation codes eight + one.
_OLD_NUMBER = r"[0-9]{13}|[0-9]{15}|[0-9A-Z]{8}-?[0-9X]"

_VALUE_OF = np.full(256, -1, dtype=np.int64)
for _value, _letter in enumerate(ALPHABET):
    _VALUE_OF[ord(_letter)] = _value


@dataclass(frozen=True, slots=True)
class Repair:
    """Cleaned codes and where a look-alike letter was replaced.

    ``codes`` keeps the index of the input; ``replaced`` is (n,) bool.
    """

    codes: pd.Series
    replaced: np.ndarray


def _text(codes: pd.Series) -> pd.Series:
    return codes.astype("str")


def check_character(codes: np.ndarray) -> np.ndarray:
    """Return the check characters of well-formed codes.

    Parameters
    ----------
    codes
        (n,) ASCII byte strings (``S18``) whose first 17 characters are in the alphabet.

    Returns
    -------
    ndarray
        (n,) values 0 … 30 of the check character: 31 - (sum of value x 3**i) mod 31, 31 → 0.
    """
    letters = np.frombuffer(codes.astype("S18").tobytes(), dtype=np.uint8).reshape(-1, 18)
    sums = _VALUE_OF[letters[:, :17]] @ _WEIGHTS
    return np.asarray((31 - sums % 31) % 31)


def valid(codes: pd.Series) -> np.ndarray:
    """Tell which codes are well formed and carry the right check character.

    Parameters
    ----------
    codes
        (n,) text; null is not valid. Upper case, no spaces: see `repair` for anything else.

    Returns
    -------
    ndarray
        (n,) bool.
    """
    text = _text(codes)
    good = as_mask(text.str.fullmatch(SHAPE))
    if good.any():
        array = np.array(text[good].tolist(), dtype="S18")
        last = np.frombuffer(array.tobytes(), dtype=np.uint8).reshape(-1, 18)[:, 17]
        good[good] = check_character(array) == _VALUE_OF[last]
    return good


def repair(codes: pd.Series) -> Repair:
    """Bring codes to their written form: half width, upper case, no separators.

    I is read as 1 and O as 0 (neither letter occurs in a code) only where that makes the check
    character right; such codes are marked in ``replaced``. Anything else that is wrong stays
    as it is.
    """
    text = (
        _text(codes).str.normalize("NFKC").str.replace(r"[\s\-'’‘`.·]", "", regex=True).str.upper()
    )
    wrong = as_mask(text.str.fullmatch(r"[0-9A-Z]{18}"))
    wrong &= as_mask(text.str.contains("[IO]", regex=True))
    replaced = np.zeros(len(text), dtype=bool)
    if wrong.any():
        candidate = text[wrong].str.replace("I", "1").str.replace("O", "0")
        passes = valid(candidate)
        replaced[np.flatnonzero(wrong)[passes]] = True
        better = text.to_numpy(dtype=object, copy=True)
        better[replaced] = candidate[passes].to_numpy()
        text = pd.Series(better, index=text.index, dtype="str")
    return Repair(text, replaced)


def old_number(codes: pd.Series) -> np.ndarray:
    """Tell which texts look like a number from before 2015.

    Business registration numbers of 13 or 15 digits and organisation codes of nine characters;
    (n,) text → (n,) bool.
    """
    return as_mask(_text(codes).str.fullmatch(_OLD_NUMBER))
