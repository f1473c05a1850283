"""Bring texts to one written form without changing what they say.

Half-width letters and digits, one blank for any white space, no control characters; the words
that stand for an empty cell become null. Punctuation keeps its width: names of firms are
registered with full-width brackets.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusters.registry.masks import as_mask

NULL_WORDS = frozenset({
    "", "-", "--", "---", "—", "——", "－", "/", "\\", ".", "*", "**", "***", "n/a", "na", "nan",
    "nat", "null", "none", "nil", "<na>", "#n/a", "#ref!", "#value!", "#null!", "#name?", "#div/0!",
    "#num!", "#spill!", "#calc!",
    "(null)", "无", "暂无", "空", "不详", "未知", "未公示", "未公开", "未披露", "不公示", "不公开",
    "企业选择不公示", "选择不公示", "没有", "无数据", "暂无数据", "unknown",
})  # fmt: skip

_CONTROL = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"
    "\u200b-\u200f\u202a-\u202e\u2060\ufeff\ufff9-\ufffb]"
)
# What a spreadsheet writes where a formula failed; #N/A alone is also an ordinary word for nothing.
_ERROR = r"(?i)^#(?:ref|value|null|name|div/0|num|spill|calc)[!?]$"
_SPACES = r"[\t\n\r\x85\u00a0\u2000-\u200a\u2028\u2029\u3000]|  "
_ANY_SPACE = r"[\s\x85\u00a0\u2000-\u200a\u2028\u2029\u3000]+"
_WIDE = "[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]"
_NARROW = {
    code: code - 0xFEE0
    for first, last in (("\uff10", "\uff19"), ("\uff21", "\uff3a"), ("\uff41", "\uff5a"))
    for code in range(ord(first), ord(last) + 1)
}


@dataclass(frozen=True, slots=True)
class CleanText:
    """Cleaned texts; (k,) positions of control and replacement characters, of spreadsheet errors.

    A spreadsheet error such as ``#REF!`` is an empty cell in ``text``.
    """

    text: pd.Series
    control: np.ndarray
    damaged: np.ndarray
    errors: np.ndarray


def _found(text: pd.Series, pattern: str) -> np.ndarray:
    return np.flatnonzero(as_mask(text.str.contains(pattern, regex=True)))


def _replaced(text: pd.Series, positions: np.ndarray, values: pd.Series) -> pd.Series:
    if not positions.size:
        return text
    result = text.copy()
    result.iloc[positions] = values.to_numpy()
    return result


def clean(column: pd.Series) -> CleanText:
    """Clean one column of text, shape (n,); null stays null, words for nothing become null."""
    text = column.astype("str").reset_index(drop=True)
    control = _found(text, _CONTROL)
    text = _replaced(text, control, text.iloc[control].str.replace(_CONTROL, "", regex=True))
    spaced = _found(text, _SPACES)
    text = _replaced(text, spaced, text.iloc[spaced].str.replace(_ANY_SPACE, " ", regex=True))
    wide = _found(text, _WIDE)
    if wide.size:
        narrow = pd.Series([t.translate(_NARROW) for t in text.iloc[wide]], dtype="str")
        text = _replaced(text, wide, narrow)
    text = text.str.strip()
    empty = text.str.lower().isin(NULL_WORDS).to_numpy(dtype=bool)
    return CleanText(text.mask(empty), control, _found(text, "\ufffd"), _found(text, _ERROR))


def join_texts(parts: list[pd.Series], separator: str) -> pd.Series:
    """Join columns of text row by row, leaving out nulls and a part that repeats the last one."""
    result, last = parts[0], parts[0]
    for part in parts[1:]:
        new = part.notna() & (last.isna() | (part != last))
        both = new & result.notna()
        merged = result.where(result.notna(), part)
        merged = merged.mask(both, result.str.cat(part, sep=separator))
        result = merged.astype("str")
        last = part.where(part.notna(), last)
    return result
