"""Names of people in texts that are kept: after a word such as 联系人, beside a telephone, shifted.

Three kinds of evidence, none of which needs a list of given names: a word that announces a person
is followed by a surname; a cell repeats the name that a personal column of the file holds; a
personal column holds no name in a row where every other row has one, so the row is shifted and a
cell that looks like a name is the one that went astray. Registered names of firms are left alone.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusters.registry.columns import ColumnPlan
from clusters.registry.headers import compact
from clusters.registry.masks import as_mask
from clusters.registry.model import RawTable

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏"
    "吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万"
    "钱严覃武戴莫孔向汤代温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包"
    "宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳"
    "时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇"
    "栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝阿泽扎"
)
_COMPOUND = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|司徒"
_NAME = rf"(?:(?:{_COMPOUND})[\u4e00-\u9fff]{{1,2}}|[{_SURNAMES}][\u4e00-\u9fff]{{1,2}})"
_ROLE = (
    "法定代表人|法人代表|企业法人|单位负责人|负责人|联系人|联络人|联络员|经办人|投资人|经营者|实际控制人|"
    "执行事务合伙人|合伙人|股东|董事长|总经理|经理|店长|厂长|法人|法代|姓名"
)
_END = r"(?=$|[^\u4e00-\u9fff]|先生|女士|同志|电话|手机|联系|经理|总$)"
_ANNOUNCED = re.compile(
    rf"(?:{_ROLE})(?:\s*[::：=]\s*|\s*[是为]\s*|\s*){_NAME}{_END}(?:先生|女士|同志)?"
)
_BESIDE_NUMBER = re.compile(
    rf"(?<![\u4e00-\u9fff]){_NAME}[\s,，:：(（]*(?=1[3-9]\d[\d -]{{8,10}}|0\d{{2,3}}-?\d{{7,8}})"
)
_ADDRESSED = re.compile(rf"(?<![\u4e00-\u9fff])[{_SURNAMES}][\u4e00-\u9fff]{{0,2}}(?:先生|女士)")
_NET = rf"(?:{_ROLE})|先生|女士|1[3-9]\d|0\d{{2,3}}-?\d{{7}}"
_WHOLE = re.compile(rf"{_NAME}|[\u4e00-\u9fff]{{1,10}}·[\u4e00-\u9fff·]{{1,10}}")
_PERSON_HEADER = re.compile(
    "法定代表|法人|法代|负责人|代表人|联系人|联络|经营者|投资人|股东|高管|经理|董事|监事|合伙人|控制人|"
    "姓名|legalperson|legalrep|representative|contact|owner|manager|director|shareholder"
)
# A personal column of which this share looks like names holds names.
_NAMES_FROM = 0.6
_OFTEN = 2
# Columns whose texts are kept and that no person's name belongs into.
KEPT = (
    "name_en", "short_name", "former_names", "address", "region", "business_scope", "listing",
    "honours", "source", "note", "taxonomy_evidence", "address_basis", "group_hint",
)  # fmt: skip


def scrub(text: str) -> str:
    """Return a text without the names that a word, a number or a form of address announces."""
    for pattern in (_BESIDE_NUMBER, _ANNOUNCED, _ADDRESSED):
        text = pattern.sub("", text)
    return text


def looks_like_name(values: pd.Series) -> np.ndarray:
    """Tell which texts are nothing but a name of a person in Chinese; (n,) bool."""
    codes, uniques = pd.factorize(values)
    hits = np.array([bool(_WHOLE.fullmatch(str(value).strip())) for value in uniques], dtype=bool)
    return np.append(hits, False)[codes]


def _announced(text: pd.Series) -> tuple[pd.Series, np.ndarray]:
    net = np.flatnonzero(as_mask(text.str.contains(_NET, regex=True)))
    before = text.iloc[net].tolist()
    after = [scrub(value) for value in before]
    changed = np.array([b != a for b, a in zip(before, after, strict=True)], dtype=bool)
    if not changed.any():
        return text, net[:0]
    result = text.copy()
    kept = pd.Series([a for a, c in zip(after, changed, strict=True) if c], dtype="str")
    kept = kept.str.strip(" \t,，;；:：/、()（）")
    result.iloc[net[changed]] = kept.where(as_mask(kept.str.contains(r"\w", regex=True))).to_numpy()
    return result, net[changed]


@dataclass(frozen=True, slots=True)
class People:
    """What a file tells of people; parts add up to the whole.

    Attributes
    ----------
    cells
        Column that announces a person → cells with a text, and those of them that look like a name.
    names
        What such columns hold that is a name, kept only as far as a text of ``alone`` repeats it.
    alone
        Kept column → texts that are nothing but a name, and in how many rows.
    """

    cells: Mapping[int, tuple[int, int]]
    names: frozenset[str]
    alone: Mapping[str, Mapping[str, int]]

    def __add__(self, other: "People") -> "People":
        """Return what two parts tell together."""
        cells = {
            position: (filled + other.cells[position][0], like + other.cells[position][1])
            for position, (filled, like) in self.cells.items()
        }
        alone = {
            column: dict(Counter(counts) + Counter(other.alone[column]))
            for column, counts in self.alone.items()
        }
        return People(cells, self.names | other.names, alone)

    @property
    def columns(self) -> list[int]:
        """The columns that hold names of people."""
        return [
            position
            for position, (filled, like) in self.cells.items()
            if filled and like / filled >= _NAMES_FROM
        ]

    def rare(self, column: str) -> frozenset[str]:
        """Return the names that few rows of a kept column consist of.

        A value that many rows share, such as 高县, is a place or a word, not a person.
        """
        return frozenset(text for text, count in self.alone[column].items() if count <= _OFTEN)


def people_in(texts: pd.DataFrame, raw: RawTable, plan: ColumnPlan) -> People:
    """Return what a file, or a part of one, tells of people; arguments as of `mask_people`."""
    cells: dict[int, tuple[int, int]] = {}
    names: set[str] = set()
    for position in plan.personal:
        if not _PERSON_HEADER.search(compact(raw.headers[position])):
            continue
        given = raw.cells[position].str.strip()
        filled = as_mask(given.fillna("") != "")
        cells[position] = int(filled.sum()), int(looks_like_name(given)[filled].sum())
        names |= {v for v in given.dropna().unique() if _WHOLE.fullmatch(v)}
    alone: dict[str, dict[str, int]] = {}
    for column in KEPT if cells else ():
        if column in texts:
            text = _announced(texts[column])[0]
            counts = text[looks_like_name(text)].value_counts()
            alone[column] = dict(zip(counts.index.tolist(), counts.tolist(), strict=True))
    return People(cells, frozenset(names), alone)


def mask_people(
    texts: pd.DataFrame, raw: RawTable, plan: ColumnPlan, people: People | None = None
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Remove names of people from the texts that are kept.

    Parameters
    ----------
    texts
        (n, columns) cleaned canonical texts.
    raw
        The table they come from: its personal columns tell which names to look for.
    people
        What the whole file tells of people, where `raw` is a part of it.

    Returns
    -------
    tuple
        The texts, and the positions that were changed in each column.
    """
    columns = [column for column in KEPT if column in texts]
    told = people if people is not None else people_in(texts, raw, plan)
    personal = [raw.cells[at].str.strip().to_numpy(dtype=object) for at in told.columns]
    astray = np.zeros(len(texts), dtype=bool)
    for cells in personal:
        given = pd.Series(cells, dtype="str")
        astray |= as_mask(given.fillna("") != "") & ~looks_like_name(given) & ~_foreign(given)
    result = texts.copy()
    changed: dict[str, np.ndarray] = {}
    for column in columns:
        text, positions = _announced(result[column])
        hits = set(positions.tolist())
        alone = np.zeros(len(text), dtype=bool)
        if personal:
            rare = as_mask(text.isin(told.rare(column)))
            alone = rare & (as_mask(text.isin(told.names)) | astray)
        hits |= _own_names(text, personal)
        text = text.mask(alone)
        for position in hits - set(positions.tolist()):
            text.iloc[position] = _without(text.iloc[position], personal, position)
        hits |= set(np.flatnonzero(alone).tolist())
        if hits:
            result[column] = text
            changed[column] = np.array(sorted(hits), dtype=int)
    return result, changed


def _foreign(column: pd.Series) -> np.ndarray:
    """Tell foreign names, which are no sign of a shifted row."""
    return as_mask(column.str.fullmatch(r"[A-Za-z .,'·\-]+|[\u4e00-\u9fff·]{4,6}"))


def _own_names(text: pd.Series, personal: list[np.ndarray]) -> set[int]:
    """Return positions of texts that repeat the name the row's own personal column holds."""
    hits: set[int] = set()
    values = text.to_numpy(dtype=object)
    for cells in personal:
        hits |= {
            position
            for position, (name, value) in enumerate(zip(cells, values, strict=True))
            if isinstance(name, str)
            and isinstance(value, str)
            and len(name) > 2
            and name in value
            and _WHOLE.fullmatch(name)
        }
    return hits


def _without(value: str, personal: list[np.ndarray], position: int) -> str | float:
    for cells in personal:
        if isinstance(cells[position], str) and len(cells[position]) > 2:
            value = value.replace(cells[position], "")
    left = value.strip(" \t,，;；:：/、()（）")
    return left if re.search(r"\w", left) else np.nan
