"""Sums over areas and industries.

Everything the long metric table holds is computed from one `Sums` per level and scheme: a matrix
of areas × industries and the totals of the province. Sums merge, so they can be taken over any
partition of the firms.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from clusters.metrics.counts import WEIGHT_COLUMN, check_values
from clusters.metrics.cross import CrossTable, Floats, by_industry
from clusters.metrics.plants import ALIKE
from clusters.metrics.rows import ALL, PROVINCE, Rows
from clusters.metrics.undefined import REASONS, why_undefined

OTHERS = "(others)"
AI_FIRMS = ("core", "related")
NO_AI_FIRM = "no AI firm in this area"


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
        ``area, industry, size`` of each placed firm; with `ALIKE`, a row stands for so many.
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
        return [[self.cross.industries[k] for k in some] for some in self.cross.blocks]

    @cached_property
    def cross(self) -> CrossTable:
        """The sums as arrays."""
        counts = self.counts.to_numpy(float)
        if counts.size:
            check_values(counts, f"{self.weight} by {self.level.name}")
        return CrossTable(
            industries=list(self.counts.columns),
            counts=by_industry(counts),
            area_total=self.area_total.to_numpy(float),
            industry_total=self.industry_total.to_numpy(float),
            grand_total=np.array(self.grand_total, dtype=float),
            overlapping=self.level.overlapping,
        )

    def against_others(self, block: list[str]) -> pd.DataFrame:
        """Return areas × (block and all other firms), of a level whose areas do not overlap."""
        columns = [*block, OTHERS]
        values = self.cross.against_others(self.counts.columns.get_indexer(pd.Index(block)))
        return pd.DataFrame(values, index=self.counts.index, columns=columns)

    def cells(
        self, values: pd.DataFrame | Floats, metric: str, method: str, **inference: Any
    ) -> Rows:
        """Return areas × industries values as rows; inference is shaped alike or one value."""
        number = len(self.counts.index)
        inference.setdefault("n", self.firms)
        columns = {"value": values} | inference
        table = {
            name: np.asarray(column).ravel(order="F") if np.ndim(column) else column
            for name, column in columns.items()
        }
        table["area"] = np.tile(self.counts.index.to_numpy(object), self.counts.shape[1])
        table["industry"] = np.repeat(self.counts.columns.to_numpy(object), number)
        return self._rows(table, metric, method)

    @property
    def empty_areas(self) -> pd.Series:
        """Why an area has no quotient, empty text where it has: firms of no size are firms."""
        areas = self.counts.index
        held = areas.isin(self.plants["area"])
        why = np.where(held, REASONS["area_total_zero"], "no firm in this area")
        return pd.Series(np.where(self.area_total == 0, why, ""), areas, dtype=object)

    @property
    def empty_industries(self) -> pd.Series:
        """Why an industry has no share, empty text where it has."""
        held = self.firms.sum() > 0
        why = np.where(held, REASONS["industry_total_zero"], "no firm of this industry placed")
        return pd.Series(np.where(self.industry_total == 0, why, ""), held.index, dtype=object)

    def of_areas(self, values: pd.Series, metric: str, method: str, **inference: Any) -> Rows:
        """Return one value per area as rows."""
        return self._of("area", values, metric, method, industry=ALL, **inference)

    def of_industries(self, values: pd.Series, metric: str, method: str, **inference: Any) -> Rows:
        """Return one value per industry over the whole province as rows.

        Industries that `values` does not name have a row all the same: they have no plant.
        """
        every = values.reindex(self.counts.columns)
        inference.setdefault("n", self.firms.sum())
        why = reasons(values).reindex(every.index, fill_value=REASONS["no_plants"])
        left_out = "; ".join(self._left_out())
        inference.setdefault("note", (why + "; " + left_out).str.strip("; "))
        return self._of("industry", every, metric, method, area=PROVINCE, **inference)

    def of_pairs(self, values: pd.Series, metric: str, method: str, **inference: Any) -> Rows:
        """Return one value per pair of industries (``a|b``) over the whole province as rows."""
        return self._of("industry", values, metric, method, area=PROVINCE, **inference)

    def _left_out(self) -> list[str]:
        counted = (
            (self.unplaced, f"no known {self.level.name}"),
            (self.unweighted, f"no value of {self.weight}"),
        )
        return [f"{number} firms left out: {why}" for number, why in counted if number]

    def _of(self, key: str, values: pd.Series, metric: str, method: str, **columns: Any) -> Rows:
        table = {key: values.index.to_numpy(object), "value": values.to_numpy(float)} | {
            name: column.reindex(values.index).to_numpy()
            if isinstance(column, pd.Series)
            else column
            for name, column in columns.items()
        }
        return self._rows(table, metric, method)

    def _rows(self, table: dict[str, Any], metric: str, method: str) -> Rows:
        same = {
            "level": self.level.name,
            "scheme": self.scheme,
            "weight": self.weight,
            "metric": metric,
            "method": method,
            "left_out": self.unplaced + self.unweighted,
        }
        return Rows(len(table["value"]), table | same, self.level.areas)


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


def reasons(values: pd.Series) -> pd.Series:
    """Return the English reason of each undefined value of a result, empty where there is one."""
    codes = why_undefined(values)
    told = codes.map(REASONS) if isinstance(codes, pd.Series) else pd.Series(index=values.index)
    return told.fillna("").astype("str")


def industries(firms: pd.DataFrame, scheme: str) -> pd.Series:
    """Return the industry of each firm under a scheme; firms outside it belong to the others."""
    if scheme == "ai":
        return firms["ai_relevance"].astype("str")
    return firms[scheme].astype("str").where(firms["ai_relevance"].isin(AI_FIRMS), OTHERS)


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
    size = WEIGHT_COLUMN[weight] if number is None else number
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
        "counts": cross_table(placed, "sum", areas, names),
        "firms": cross_table(placed, "count" if number is None else "sum", areas, names),
    }
    if scheme == "ai":
        tables = {name: with_ai(table) for name, table in tables.items()}
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
        plants=placed if number is None else numbered(placed),
        unplaced=_number(plants[~in_area], number) if not level.overlapping else 0,
        unweighted=int(plants["size"].isna().sum()),
        dated=dated,
        earlier=earlier,
    )


def numbered(placed: pd.DataFrame) -> pd.DataFrame:
    """Return plants alike in one row whose size was their number."""
    plants = placed.assign(size=1.0)
    plants[ALIKE] = placed["size"].astype("int64")
    return plants


def _number(rows: pd.DataFrame, number: str | None) -> int:
    return len(rows) if number is None else int(rows["size"].sum())


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
        with_ai(cross_table(placed[rows], "sum", areas, names)) for rows in (known, known & old)
    )
    return dated, earlier


def cross_table(
    placed: pd.DataFrame, how: Literal["sum", "count"], areas: pd.Index, names: Iterable[str]
) -> pd.DataFrame:
    """Add up or count the ``size`` of plants by ``area`` and ``industry``, areas × industries."""
    columns = pd.Index(list(names))
    industry, area = (
        labels.get_indexer(pd.Index(placed[name]))
        for labels, name in ((columns, "industry"), (areas, "area"))
    )
    known = (industry >= 0) & (area >= 0)
    found = placed["size"].to_numpy(float)[known]
    cells = pd.Series(found).groupby((industry * len(areas) + area)[known]).agg(how)
    values = np.zeros((len(columns), len(areas)))
    values.flat[cells.index] = cells
    return pd.DataFrame(values.T, index=areas, columns=columns)


def with_ai(table: pd.DataFrame) -> pd.DataFrame:
    """Add the column ``ai``, the sum of the industries that are AI."""
    return table.assign(ai=table.reindex(columns=list(AI_FIRMS), fill_value=0.0).sum(axis=1))
