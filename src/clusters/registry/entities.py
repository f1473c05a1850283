"""Which firms may be one, which belong to a head firm: links between rows that stay apart.

Nothing here merges rows. Near duplicates become candidates with a score and what speaks for them;
branches point to their head firm. Names are compared without place and legal form, within blocks
(same beginning, same end, or same address), each block walked as a sorted neighbourhood (Hernández
& Stolfo 1995, SIGMOD), so that the work grows with the number of rows, not with its square.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import fuzz, process

CANDIDATE_COLUMNS: Final = (
    "enterprise_id", "other_id", "name", "other_name", "score", "name_score", "address_score",
    "founded_same",
)  # fmt: skip
WINDOW: Final = 8
"""Rows after each one, in every order, that it is compared with."""

_FROM: Final = 0.8
_NAME_FROM: Final = 0.8
_PLACE = r"^(?:中国)?(?:四川省?|[\u4e00-\u9fff]{2,3}(?:市|州|县|区)|成都)*(?:\((?:四川|成都)\))?"
_FORM = (
    r"(?:股份有限责任公司|有限责任公司|股份有限公司|集团有限公司|有限公司|股份公司|集团公司|总公司|公司|"
    r"\((?:有限合伙|普通合伙|特殊普通合伙|个体工商户)\)|合伙企业)$"
)
_BRANCH = (
    "分公司|分厂|分店|分行|支行|分理处|分部|分校|分院|分所|分社|分中心|分支机构|营业部|营业厅|营业所|"
    "办事处|门市部|经营部|服务部|销售部|项目部|营销中心|服务站|代办处|代理处|加油站|连锁店|专卖店|储蓄所"
)
_OUTLET = "店|门市|站|所|社|局|厅|部|行"
HEAD_END = re.compile("公司|集团|厂|银行|合作社|医院|学院|学校|中心|所|社")


def normalised(texts: pd.Series) -> pd.Series:
    """Return texts for comparison: NFKC, one kind of bracket, no white space, lower case."""
    array = pa.array(texts.tolist(), pa.large_string(), from_pandas=True)
    array = pc.utf8_lower(pc.utf8_normalize(array, form="NFKC"))
    array = pc.replace_substring_regex(array, r"\s+", "")
    array = pc.replace_substring_regex(array, r"[【〔〖\[{]", "(")
    array = pc.replace_substring_regex(array, r"[】〕〗\]}]", ")")
    return pd.Series(pc.fill_null(array, "").to_pandas().to_numpy(), dtype="str")


def core_names(names: pd.Series) -> pd.Series:
    """Return normalised names without place at the start and legal form at the end.

    A name of which nothing would be left stays whole.
    """
    whole = normalised(names)
    core = whole.str.replace(_FORM, "", regex=True).str.replace(_PLACE, "", regex=True)
    return core.where(core.str.len() >= 2, whole)


def former_pieces(former: pd.Series) -> pd.Series:
    """Return the normalised former names listed, four characters or more, by row."""
    pieces = former.dropna().str.split(r"[;；,，、]", regex=True).explode()
    found = pd.Series(normalised(pieces).to_numpy(), index=pieces.index, dtype="str")
    return found[np.asarray(found.str.len() >= 4, dtype=bool)]


def ends_as_branch(names: pd.Series) -> np.ndarray:
    """Tell which normalised names end as that of a branch; (n,) bool."""
    return np.array(names.str.contains(rf"(?:{_BRANCH})$", regex=True), dtype=bool)


def heads(table: pd.DataFrame) -> pd.Series:
    """Return the id of each branch's head firm.

    A branch is a firm whose name is that of another firm of the table followed by words such as
    绵阳分公司; of several such firms the one with the longest name is the head.

    Parameters
    ----------
    table
        ``enterprise_id`` and ``name``, one row per enterprise; RangeIndex.

    Returns
    -------
    Series
        (n,) text, null where the firm is no branch or its head is not in the table.
    """
    names = normalised(table["name"])
    single = ~names.duplicated(keep=False).to_numpy()
    ids = table["enterprise_id"].to_numpy()
    known = dict(zip(names[single], ids[single], strict=True))
    result = np.full(len(table), None, dtype=object)
    for position in np.flatnonzero(ends_as_branch(names)):
        name = names.iloc[position]
        for end in reversed([found.end() for found in HEAD_END.finditer(name)]):
            head = known.get(name[:end])
            if head is not None and end < len(name):
                result[position] = head
                break
    return pd.Series(result, dtype="str")


def near_duplicates(table: pd.DataFrame) -> pd.DataFrame:
    """Return pairs of firms that may be one enterprise, most alike first.

    Two firms with valid, different credit codes are two enterprises, so one of a pair has no code
    or both carry the same name and address.

    Parameters
    ----------
    table
        One row per enterprise: ``enterprise_id``, ``name``, ``address``, ``uscc``, ``founded``.

    Returns
    -------
    DataFrame
        `CANDIDATE_COLUMNS`; scores 0..1: names weigh 0.6, addresses 0.25, the day of founding
        0.15. What one of the two does not know counts as half.
    """
    rows = compared(table)
    found = []
    for order in ORDERS:
        at = sorted_rows(rows, order)
        pairs = neighbours(rows.iloc[at].reset_index(drop=True), order, len(rows))
        found.append(scored(rows, at[pairs[:, 0]], at[pairs[:, 1]]))
    return candidates_of(found)


@dataclass(frozen=True)
class Order:
    """A way to sort firms that brings those alike together.

    ``text`` is the column sorted by; firms are compared while its first ``same`` characters (None:
    all up to a zero) are the same.
    """

    text: str
    same: int | None


ORDERS: Final = (Order("core", 2), Order("backwards", 3), Order("placed", None))
_ADDRESS: Final = 24


def compared(table: pd.DataFrame) -> pd.DataFrame:
    """Return what is compared of firms, one row each; as `near_duplicates` takes them."""
    core, address = core_names(table["name"]), normalised(table["address"])
    start = address.str.slice(0, _ADDRESS)
    return pd.DataFrame(
        {
            "enterprise_id": table["enterprise_id"].to_numpy(),
            "name": table["name"].to_numpy(),
            "founded": table["founded"].to_numpy(),
            "coded": table["uscc"].notna().to_numpy(),
            "core": core,
            "backwards": core.str.slice(step=-1),
            "address": address,
            # Nothing that was cleaned holds a zero, so this sorts by the start, then by the name.
            "placed": (start + "\0" + core).where(start != "", ""),
            "branch": np.array(core.str.contains(rf"(?:{_BRANCH}|{_OUTLET})$", regex=True), bool),
            "at": np.arange(len(table)),
        }
    )


def sorted_rows(rows: pd.DataFrame, order: Order) -> np.ndarray:
    """Return the (n,) positions of rows in an order; those of one text stay as they are."""
    column = pa.array(rows[order.text].to_numpy(dtype=object), pa.large_string())
    return np.asarray(pc.array_sort_indices(column).to_numpy(), dtype=np.int64)


def neighbours(rows: pd.DataFrame, order: Order, first: int) -> np.ndarray:
    """Return (m, 2) positions of rows near each other among sorted ones, the earlier row first.

    Of two rows with codes only those of one name come: others are two enterprises.

    Parameters
    ----------
    rows
        Sorted rows as `compared` gives them.
    first
        Pairs are looked for that begin in so many rows; those after are only met.
    """
    texts = rows[order.text].str
    key = texts.slice(0, order.same) if order.same else texts.split("\0", n=1).str[0]
    block = pd.factorize(key)[0]
    empty = np.array(key == "", dtype=bool)
    names = pd.factorize(rows["core"])[0]
    coded, branch, at = (rows[name].to_numpy() for name in ("coded", "branch", "at"))
    found = [np.empty((0, 2), dtype=np.int64)]
    number = np.arange(len(rows))
    for step in range(1, min(WINDOW, len(rows) - 1) + 1):
        near = (block[step:] == block[:-step]) & ~empty[step:] & (number[:-step] < first)
        one, two = number[:-step][near], number[step:][near]
        same = names[one] == names[two]
        # Outlets of one firm differ in a place or a number only and are no duplicates.
        wanted = (~(branch[one] & branch[two]) | same) & (~(coded[one] & coded[two]) | same)
        found.append(np.column_stack([one, two])[wanted])
    pairs = np.concatenate(found)
    later = at[pairs[:, 0]] > at[pairs[:, 1]]
    pairs[later] = pairs[later, ::-1]
    return pairs


def scored(rows: pd.DataFrame, left: np.ndarray, right: np.ndarray) -> pd.DataFrame:
    """Return the pairs of rows that are alike enough: `CANDIDATE_COLUMNS`, and ``at`` of both."""
    name_score = _likeness(rows["core"], left, right)
    keep = name_score >= _NAME_FROM
    left, right, name_score = left[keep], right[keep], name_score[keep]
    address = rows["address"]
    address_score = _likeness(address, left, right)
    both = (address.iloc[left] != "").to_numpy() & (address.iloc[right] != "").to_numpy()
    address_score = np.where(both, address_score, 0.5)
    founded = rows["founded"].to_numpy()
    dated = ~(pd.isna(founded[left]) | pd.isna(founded[right]))
    same_day = dated & (founded[left] == founded[right])
    day_score = np.where(dated, same_day.astype(float), 0.5)
    score = 0.6 * name_score + 0.25 * address_score + 0.15 * day_score
    coded, core = rows["coded"].to_numpy(), rows["core"]
    exact = (core.iloc[left].to_numpy() == core.iloc[right].to_numpy()) & (address_score == 1)
    chosen = np.flatnonzero((score >= _FROM) & (~(coded[left] & coded[right]) | exact))
    one, two = rows.iloc[left[chosen]], rows.iloc[right[chosen]]
    return pd.DataFrame(
        {
            "enterprise_id": one["enterprise_id"].to_numpy(),
            "other_id": two["enterprise_id"].to_numpy(),
            "name": one["name"].to_numpy(),
            "other_name": two["name"].to_numpy(),
            "score": score[chosen].round(3),
            "name_score": name_score[chosen].round(3),
            "address_score": address_score[chosen].round(3),
            "founded_same": same_day[chosen],
            "one": one["at"].to_numpy(),
            "two": two["at"].to_numpy(),
        }
    )


def candidates_of(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the pairs of all orders, and of all parts of a registry, once, most alike first."""
    every = pd.concat(found, ignore_index=True).drop_duplicates(["one", "two"])
    order = ["score", "enterprise_id", "other_id"]
    every = every.sort_values(order, ascending=[False, True, True], ignore_index=True)
    return _typed(every[list(CANDIDATE_COLUMNS)])


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    scores = ("score", "name_score", "address_score")
    kinds = dict.fromkeys(CANDIDATE_COLUMNS, "str") | dict.fromkeys(scores, "float64")
    return frame.astype(kinds | {"founded_same": "bool"})


def _likeness(texts: pd.Series, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return (m,) similarities 0..1 of pairs of texts (normalised Indel)."""
    values = texts.to_numpy(dtype=object)
    if not len(left):
        return np.zeros(0)
    return (
        np.asarray(
            process.cpdist(values[left].tolist(), values[right].tolist(), scorer=fuzz.ratio),
            dtype=float,
        )
        / 100
    )
