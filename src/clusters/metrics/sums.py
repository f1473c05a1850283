"""Sums over areas and industries, and the shape every metric row takes.

Everything the long metric table holds is computed from one `Sums` per level and scheme: a matrix
of areas × industries and the totals of the province. Sums merge, so they can be taken over any
partition of the firms.
"""

import operator
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.metrics.undefined import REASONS, why_undefined

PROVINCE = "510000"
ALL = "all"
OTHERS = "(others)"
COLUMNS = [
    "level",
    "area",
    "area_name_zh",
    "area_name_en",
    "scheme",
    "industry",
    "weight",
    "metric",
    "value",
    "low",
    "high",
    "doubt_share",
    "p",
    "q",
    "n",
    "left_out",
    "method",
    "note",
]
WEIGHTS = {
    "firms": None,
    "employees": "employees",
    "registered_capital": "registered_capital_cny",
    "revenue": "revenue_cny",
}
AI_FIRMS = ("core", "related")
PAIR = "|"
"""Between the two industries of a metric of pairs."""

_NUMBERS = ("value", "low", "high", "doubt_share", "p", "q", "n")
_TEXT = ("area", "area_name_zh", "area_name_en", "industry", "note")


@dataclass(frozen=True)
class Level:
    """One set of areal units to measure over.

    Attributes
    ----------
    name : str
        ``prefecture``, ``county``, ``zone``, ``park`` or ``hexagon``.
    areas : DataFrame
        Index: area code or id. Columns ``name_zh``, ``name_en``, ``area_km2``, ``population``
        (persons) and ``gdp`` (CNY); missing where no figure is known.
    column : str
        Column of the firms that holds the area: a code, or a list of ids where areas may overlap.
    neighbours : libpysal.weights.W or None
        Contiguity between the areas, keyed like `areas`; None leaves autocorrelation out.
    whole : bool
        Whether the areas are all of the region, empty ones too. Ranks and growth need that.
    """

    name: str
    areas: pd.DataFrame
    column: str
    neighbours: Any = None
    whole: bool = True

    @property
    def overlapping(self) -> bool:
        """Whether a firm may belong to several areas, or to none, of this level."""
        return self.column.endswith("_ids")


@dataclass(frozen=True)
class Sums:
    """What one level and scheme are measured from.

    Attributes
    ----------
    counts, firms : DataFrame
        Areas × industries: sums of the weight, and numbers of firms.
    area_total : Series
        Sum of the weight over all firms of an area, AI or not.
    industry_total, grand_total : Series, float
        The same over the province. For levels that cover the province these are the placed firms;
        for zones and parks they are all firms.
    plants : DataFrame
        ``area, industry, size`` of each placed firm; with ``number``, a row stands for so many.
    unplaced, unweighted : int
        Firms without a known area, and placed firms without a value of the weight.
    dated, earlier : DataFrame or None
        Areas × (industries and all others): sums over the firms with a founding date, and over
        those of them founded before the window of growth; None where no window was asked for.
    """

    level: Level
    scheme: str
    weight: str
    counts: pd.DataFrame
    firms: pd.DataFrame
    area_total: pd.Series
    industry_total: pd.Series
    grand_total: float
    plants: pd.DataFrame
    unplaced: int
    unweighted: int
    dated: pd.DataFrame | None = None
    earlier: pd.DataFrame | None = None

    @property
    def tested(self) -> bool:
        """Whether the weight counts firms, which tests treat as draws; amounts are not draws."""
        return self.weight == "firms"

    @property
    def blocks(self) -> list[list[str]]:
        """Industries in groups without overlap: ``ai`` is the sum of two others."""
        single = [name for name in self.counts.columns if name != "ai"]
        return [single, ["ai"]] if "ai" in self.counts.columns else [single]

    def against_others(self, block: list[str]) -> Iterator[tuple[NDArray[np.intp], pd.DataFrame]]:
        """Yield positions of areas and their areas × (block and all other firms), each firm once.

        Areas that overlap come one by one, each with a second row for the rest of the province,
        so that the margins of every table are true sums; those without a firm do not come.
        """
        table = self.counts[block]
        table = table.assign(**{OTHERS: self.area_total - table.sum(axis=1)})
        if not self.level.overlapping:
            if self.grand_total > 0:
                yield np.arange(len(table)), table
            return
        total = self.industry_total[block].to_numpy()
        whole = np.append(total, self.grand_total - total.sum())
        for position in np.flatnonzero(self.area_total.to_numpy() > 0).tolist():
            inside = table.to_numpy()[position]
            rows = np.vstack([inside, whole - inside])
            names = [table.index[position], "(rest)"]
            yield np.array([position]), pd.DataFrame(rows, index=names, columns=table.columns)

    def cells(
        self, values: pd.DataFrame, metric: str, method: str, **inference: Any
    ) -> pd.DataFrame:
        """Return areas × industries values as rows; inference is shaped alike or one value."""
        table = {
            "area": np.tile(values.index.to_numpy(object), values.shape[1]),
            "industry": np.repeat(values.columns.to_numpy(object), values.shape[0]),
            "value": values.to_numpy(float).ravel(order="F"),
        }
        inference.setdefault("n", self.firms[values.columns])
        for name, column in inference.items():
            if isinstance(column, pd.DataFrame):
                same = column.index is values.index and column.columns is values.columns
                like = column if same else column.loc[values.index, values.columns]
                column = like.to_numpy().ravel(order="F")  # noqa: PLW2901 - in the order of rows
            table[name] = column
        return self._rows(table, metric, method)

    def of_areas(
        self, values: pd.Series, metric: str, method: str, **inference: Any
    ) -> pd.DataFrame:
        """Return one value per area as rows."""
        return self._of("area", values, metric, method, industry=ALL, **inference)

    def of_industries(
        self, values: pd.Series, metric: str, method: str, **inference: Any
    ) -> pd.DataFrame:
        """Return one value per industry over the whole province as rows."""
        inference.setdefault("n", self.firms[values.index].sum())
        said = _reasons(values, "; ".join(self._left_out()))
        inference.setdefault("note", said)
        return self._of("industry", values, metric, method, area=PROVINCE, **inference)

    def of_pairs(
        self, values: pd.Series, metric: str, method: str, **inference: Any
    ) -> pd.DataFrame:
        """Return one value per pair of industries (``a|b``) over the whole province as rows."""
        return self._of("industry", values, metric, method, area=PROVINCE, **inference)

    def _left_out(self) -> list[str]:
        counted = (
            (self.unplaced, f"no known {self.level.name}"),
            (self.unweighted, f"no value of {self.weight}"),
        )
        return [f"{number} firms left out: {why}" for number, why in counted if number]

    def _of(
        self, key: str, values: pd.Series, metric: str, method: str, **columns: Any
    ) -> pd.DataFrame:
        table = {key: values.index, "value": values.to_numpy(float)} | {
            name: column.reindex(values.index).to_numpy()
            if isinstance(column, pd.Series)
            else column
            for name, column in columns.items()
        }
        return self._rows(table, metric, method)

    @cached_property
    def _names(self) -> tuple[dict[Hashable, str], dict[Hashable, str]]:
        """Chinese and English name of every area and of the province."""
        areas = self.level.areas
        return (
            dict(zip(areas.index, areas["name_zh"], strict=True)) | {PROVINCE: "四川省"},
            dict(zip(areas.index, areas["name_en"], strict=True)) | {PROVINCE: "Sichuan"},
        )

    def _rows(self, table: dict[str, Any], metric: str, method: str) -> pd.DataFrame:
        """Return columns (arrays, or one value for all rows) as rows of the long table.

        Built in one piece: thousands of these are made in a run, most of them small.
        """
        number = len(table["value"])
        areas = table["area"] if not isinstance(table["area"], str) else [table["area"]] * number
        zh, en = self._names
        columns = dict.fromkeys(_NUMBERS, np.nan) | {"note": ""} | table
        columns |= {
            "area": areas,
            "area_name_zh": [zh.get(area) for area in areas],
            "area_name_en": [en.get(area) for area in areas],
            "level": self.level.name,
            "scheme": self.scheme,
            "weight": self.weight,
            "metric": metric,
            "method": method,
            "left_out": self.unplaced + self.unweighted,
        }
        columns |= {
            name: np.asarray(columns[name], dtype=float)
            if np.ndim(columns[name])
            else float(columns[name])
            for name in _NUMBERS
        }
        text = {
            name: pd.array(columns[name], dtype="str") for name in _TEXT if np.ndim(columns[name])
        }
        found = columns | text
        return pd.DataFrame({name: found[name] for name in COLUMNS}, index=range(number))


def memberships(firms: pd.DataFrame, column: str = "zone_ids") -> pd.Series:
    """Return the list of areas each firm belongs to, with those that follow from its evidence.

    A firm shown to be in a part of a zone is in the whole as well; locating keeps what the evidence
    says (``zone_ids``) apart from what follows from it (``zone_also_ids``), counting wants both.
    """
    follows = column.replace("_ids", "_also_ids")
    if follows not in firms:
        return firms[column].map(list)
    pairs = zip(firms[column], firms[follows], strict=True)
    joined = [list(dict.fromkeys([*said, *more])) for said, more in pairs]
    return pd.Series(joined, index=firms.index, dtype=object)


def _reasons(values: pd.Series, note: str) -> pd.Series:
    """Return the note of each value, with the reason where it is undefined."""
    codes = why_undefined(values)
    reasons = codes.map(REASONS) if isinstance(codes, pd.Series) else pd.Series(index=values.index)
    reasons = reasons.where(values.isna()).fillna("")
    joined = [f"{why}; {note}".strip("; ") for why in reasons]
    return pd.Series(joined, index=values.index, dtype="str")


def industries(firms: pd.DataFrame, scheme: str) -> pd.Series:
    """Return the industry of each firm under a scheme; firms outside it belong to the others."""
    if scheme == "ai":
        return firms["ai_relevance"].astype("str")
    return firms[scheme].astype("str").where(firms["ai_relevance"].isin(AI_FIRMS), OTHERS)


def alike(firms: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return firms that are alike in some columns once, the first of each, with their ``number``.

    Sums of a hundred thousand firms and of the few thousand kinds among them are the same.
    """
    kind = np.zeros(len(firms), dtype=np.int64)
    for column in columns:
        values = firms[column]
        code, known = pd.factorize(
            values.map(";".join) if column.endswith("_ids") else values  # lists of areas
        )
        kind = pd.factorize(kind * (len(known) + 1) + code)[0]  # a missing value is -1
    first = np.unique(kind, return_index=True)[1]
    return firms.iloc[first].assign(number=np.bincount(kind)).reset_index(drop=True)


def take_sums(
    firms: pd.DataFrame,
    level: Level,
    scheme: str,
    weight: str,
    *,
    since: pd.Timestamp | None = None,
    number: str | None = None,
) -> Sums:
    """Sum firms over the areas of a level and the industries of a scheme.

    Parameters
    ----------
    since : Timestamp, optional
        Where the window of growth begins; without it growth is not measured.
    number : str, optional
        Column that says how many firms a row stands for; firms can only be counted then.
    """
    size = WEIGHTS[weight] if number is None else number
    plants = pd.DataFrame(
        {
            "area": memberships(firms, level.column) if level.overlapping else firms[level.column],
            "industry": industries(firms, scheme),
            "size": 1.0 if size is None else firms[size].astype(float),
            "firm": firms.index,
        }
    )
    in_area = plants["area"].str.len().gt(0)
    known = in_area & plants["size"].notna()
    placed = plants[known]
    if level.overlapping:
        whole = plants[plants["size"].notna()]
        placed = placed.explode("area")
    placed = placed[placed["area"].isin(level.areas.index)].reset_index(drop=True)
    if not level.overlapping:
        whole = placed
    names = sorted(set(plants["industry"]) - {OTHERS})
    industry_total = whole.groupby("industry")["size"].sum().reindex(names, fill_value=0.0)
    areas = level.areas.index
    tables = {
        "counts": _cross(placed, "sum", areas, names),
        "firms": _cross(placed, "count" if number is None else "sum", areas, names),
    }
    if scheme == "ai":
        tables = {name: _with_ai(table) for name, table in tables.items()}
        industry_total["ai"] = industry_total.reindex(list(AI_FIRMS), fill_value=0.0).sum()
    # Of the registry, not of the placed firms: an industry nowhere placed shows as such.
    held = {*names, "ai"} if set(names) & set(AI_FIRMS) else set(names)
    present = [name for name in tables["counts"].columns if name in held]
    dated, earlier = _by_age(placed, firms, since, areas, [*names, OTHERS])
    return Sums(
        level=level,
        scheme=scheme,
        weight=weight,
        counts=tables["counts"][present],
        firms=tables["firms"][present],
        area_total=placed.groupby("area")["size"].sum().reindex(areas, fill_value=0.0),
        industry_total=industry_total[present],
        grand_total=float(whole["size"].sum()),
        plants=placed if number is None else _numbered(placed),
        unplaced=_number(plants[~in_area], number) if not level.overlapping else 0,
        unweighted=int(plants["size"].isna().sum()),
        dated=dated,
        earlier=earlier,
    )


def _numbered(placed: pd.DataFrame) -> pd.DataFrame:
    """Return plants alike in one row whose size was their number."""
    return placed.assign(number=placed["size"].astype("int64"), size=1.0)


def _number(rows: pd.DataFrame, number: str | None) -> int:
    return len(rows) if number is None else int(rows["size"].sum())


def merged(parts: Sequence[Sums]) -> Sums:
    """Add up sums over parts of the firms, all of one level and scheme, by number of firms.

    Each firm weighs one, so the plants follow from the counts (those of one area and industry in
    one row, with their ``number``), and so do the tables, made as `take_sums` makes them: in
    another layout the same numbers are added in another order later, which shows in the last digit.
    """
    first = parts[0]
    areas = first.level.areas.index
    held = {name for part in parts for name in part.counts.columns}
    names = [*sorted(held - {"ai"}), *(["ai"] if "ai" in held else [])]
    single = [name for name in names if name != "ai"]
    area_total = reduce(operator.add, [part.area_total for part in parts])
    number = _added([part.firms for part in parts], single)
    number[OTHERS] = area_total - number.sum(axis=1)
    placed = _long(number, first.level)
    counts = _cross(placed, "sum", areas, single)
    dated = earlier = None
    if first.dated is not None:
        known = {str(name) for part in parts if part.dated is not None for name in part.dated}
        columns = [*sorted(known - {OTHERS, "ai"}), OTHERS]
        dated, earlier = (
            _with_ai(_cross(_long(_added(tables, columns), first.level), "sum", areas, columns))
            for tables in (
                [part.dated for part in parts if part.dated is not None],
                [part.earlier for part in parts if part.earlier is not None],
            )
        )
    if "ai" in held:
        counts = _with_ai(counts)
    total = [part.industry_total.reindex(names, fill_value=0.0) for part in parts]
    return replace(
        first,
        counts=counts[names],
        firms=counts[names].copy(),
        area_total=area_total,
        industry_total=reduce(operator.add, total),
        grand_total=float(sum(part.grand_total for part in parts)),
        plants=_numbered(placed),
        unplaced=sum(part.unplaced for part in parts),
        unweighted=sum(part.unweighted for part in parts),
        dated=dated,
        earlier=earlier,
    )


def _added(tables: Sequence[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return reduce(operator.add, [one.reindex(columns=columns, fill_value=0.0) for one in tables])


def _long(table: pd.DataFrame, level: Level) -> pd.DataFrame:
    """Return the cells of areas × industries that hold a firm, one a row."""
    values = table.to_numpy()
    row, column = np.nonzero(values)
    area = table.index.to_numpy(object)[row]
    return pd.DataFrame(
        {
            "area": area if level.overlapping else pd.array(area, dtype="str"),
            "industry": pd.array(table.columns.to_numpy(object)[column], dtype="str"),
            "size": values[row, column],
        }
    )


def _by_age(
    placed: pd.DataFrame,
    firms: pd.DataFrame,
    since: pd.Timestamp | None,
    areas: pd.Index,
    names: list[str],
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Return sums of the firms with a founding date, and of those founded before ``since``."""
    if since is None or "founded" not in firms:
        return None, None
    founded = firms["founded"].reindex(placed["firm"]).to_numpy()
    known, old = ~pd.isna(founded), founded < since.to_datetime64()
    dated, earlier = (
        _with_ai(_cross(placed[rows], "sum", areas, names)) for rows in (known, known & old)
    )
    return dated, earlier


def _cross(
    placed: pd.DataFrame, how: Literal["sum", "count"], areas: pd.Index, names: Iterable[str]
) -> pd.DataFrame:
    table = placed.pivot_table(index="area", columns="industry", values="size", aggfunc=how)
    return table.reindex(index=areas, columns=list(names)).fillna(0.0).astype(float)


def _with_ai(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(ai=table.reindex(columns=list(AI_FIRMS), fill_value=0.0).sum(axis=1))
