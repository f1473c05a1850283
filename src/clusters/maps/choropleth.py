"""One metric over areas: class breaks, colours, significance, small numbers, legend."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clusters.errors import InputError
from clusters.maps import palette
from clusters.maps.layers import Layer, LegendEntry, Style, range_text
from clusters.maps.palette import ThemeName
from clusters.maps.words import Language, number, word

QUOTIENTS = frozenset({"lq", "lq_population", "lq_gdp"})
# These say how many there are; few firms are their finding, not their weakness.
COUNTS = frozenset({"count", "share", "density_km2", "per_10k_residents"})
KINDS = frozenset({"local_moran", "getis_ord"})
"""Local statistics: their maps show the kind of each area, not the number."""

SMALL_N = 5
SIGNIFICANT_Q = 0.05
SMALL_HATCH = "///"
NO_VALUE_HATCH = "..."
_MAX_CLASSES = 5
_MASKED = -2

Scheme = Literal["quotient", "unique", "natural", "quantiles", "equal", "deviations", "empty"]
Breaks = Literal["auto", "natural", "quantiles", "equal", "deviations"]
BREAKS: tuple[Breaks, ...] = ("auto", "natural", "quantiles", "equal", "deviations")


@dataclass(frozen=True)
class Classes:
    """Class limits of a variable.

    ``upper`` are inclusive upper limits, ascending; the last class of a quotient is open.
    ``texts`` are the words of the legend, one per class.
    """

    scheme: Scheme
    upper: tuple[float, ...]
    texts: tuple[str, ...]

    def assign(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the class of every value, -1 where there is none."""
        if self.scheme == "quotient":
            # "1–2" begins at 1: exactly 1 is not under-represented.
            index = np.searchsorted(self.upper[:-1], values, side="right")
        else:
            index = np.searchsorted(self.upper, values, side="left")
            index = np.minimum(index, max(len(self.upper) - 1, 0))
        return np.where(np.isfinite(values), index, -1).astype("int64")


def classify(
    values: NDArray[np.float64], *, metric: str, language: Language, breaks: Breaks = "auto"
) -> Classes:
    """Choose class limits.

    By default quotients get fixed limits, even on a log scale and centred at 1, so that two maps
    compare; everything else gets Fisher–Jenks natural breaks (optimal and therefore
    deterministic), with zero kept apart as its own class. Up to five distinct values are their
    own classes whatever is asked for.

    Parameters
    ----------
    values : array, shape (n,)
        NaN where the metric is undefined.
    breaks : str
        Natural breaks, quantiles, equal intervals, or standard deviations from the mean.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return Classes("empty", (), ())
    if metric in QUOTIENTS and breaks == "auto":
        return _quotient_classes(language)
    distinct = np.unique(finite)
    if len(distinct) <= _MAX_CLASSES:
        return Classes("unique", tuple(distinct), tuple(number(value) for value in distinct))
    if breaks in {"auto", "natural"}:
        return _natural_classes(finite)
    return _even_classes(finite, breaks)


def _even_classes(finite: NDArray[np.float64], breaks: Breaks) -> Classes:
    # mapclassify takes seconds to import (it loads the whole spatial-analysis stack).
    from mapclassify import EqualInterval, Quantiles, StdMean  # noqa: PLC0415  # see above

    if breaks == "quantiles":
        bins = Quantiles(finite, k=_MAX_CLASSES).bins
    elif breaks == "equal":
        bins = EqualInterval(finite, k=_MAX_CLASSES).bins
    else:
        bins = StdMean(finite, multiples=[-1, 0, 1, 2]).bins
    # A limit below the least value, or twice the same, would make a class of nothing.
    upper = np.unique(np.asarray(bins, dtype="float64"))
    upper = upper[upper >= finite.min()]
    upper[-1] = max(upper[-1], finite.max())
    lows = [finite.min(), *upper[:-1]]
    texts = tuple(range_text(low, high) for low, high in zip(lows, upper, strict=True))
    return Classes(breaks if breaks != "auto" else "natural", tuple(upper), texts)


def _quotient_classes(language: Language) -> Classes:
    breaks = palette.LQ_BREAKS
    below, more = word("below", language), word("and_more", language)
    first = f"{below} {number(breaks[0])}"
    last = f"{number(breaks[-1])} {more}"
    middle = [range_text(low, high) for low, high in pairwise(breaks)]
    return Classes("quotient", (*breaks, np.inf), (first, *middle, last))


def _natural_classes(finite: NDArray[np.float64]) -> Classes:
    from mapclassify import FisherJenks  # noqa: PLC0415  # as in `_even_classes`

    zero = bool((finite == 0).any()) and bool((finite >= 0).all())
    body = finite[finite > 0] if zero else finite
    room = _MAX_CLASSES - zero
    distinct = np.unique(body)
    if len(distinct) > room:
        upper = np.unique(FisherJenks(body, k=room).bins).astype("float64")
    else:
        upper = distinct
    lows = [body[body > floor].min() for floor in (-np.inf, *upper[:-1])]
    texts = [range_text(low, high) for low, high in zip(lows, upper, strict=True)]
    if zero:
        return Classes("natural", (0.0, *upper), ("0", *texts))
    return Classes("natural", tuple(upper), tuple(texts))


@dataclass(frozen=True)
class Selection:
    """One column of the metric table: which number of which industry at which level."""

    level: str
    metric: str
    scheme: str = "ai"
    industry: str = "ai"
    weight: str = "firms"

    def rows(self, metrics: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of this selection, one per area.

        Raises
        ------
        InputError
            If an area appears twice, or the table holds no such selection.
        """
        keep = pd.Series(data=True, index=metrics.index)
        for column in ("level", "metric", "scheme", "industry", "weight"):
            keep &= metrics[column] == getattr(self, column)
        rows = metrics[keep]
        if rows.empty:
            raise InputError(
                f"the metric table has no {self.metric} of {self.scheme}/{self.industry} "
                f"by {self.level} and {self.weight}; choose another metric or measure it first"
            )
        if rows["area"].duplicated().any():
            twice = rows.loc[rows["area"].duplicated(), "area"].iloc[0]
            raise InputError(f"area {twice} has more than one {self.metric} in the metric table")
        return rows


def choropleth(
    metrics: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    selection: Selection,
    *,
    title: str,
    language: Language,
    note: str = "",
    theme: ThemeName = "light",
    breaks: Breaks = "auto",
    only_significant: bool = False,
) -> Layer:
    """Return the areas coloured by one metric.

    Areas without a value are dotted and say so. Where the metric carries q, areas with
    q < 0.05 have a heavy outline; a ratio from fewer than five firms is hatched.

    Parameters
    ----------
    metrics : DataFrame
        Long metric table.
    areas : GeoDataFrame
        ``code`` (or ``zone_id``, ``park_id``), ``name_zh``, ``name_en``, polygons EPSG:4326.
    title : str
        Name of the metric as the legend prints it.
    note : str
        How to read the metric, printed under the legend.
    breaks : str
        How class limits are chosen; see `classify`.
    only_significant : bool
        Leave areas with q ≥ 0.05 without a class colour; areas without q keep theirs.
    """
    rows = selection.rows(metrics)
    if selection.metric in KINDS:
        return _kind_map(rows, areas, title=title, language=language, note=note, theme=theme)
    key = _key(areas)
    joined = areas.merge(
        rows[["area", "value", "q", "n"]], left_on=key, right_on="area", how="left"
    ).sort_values(key, ignore_index=True)
    values = joined["value"].to_numpy(dtype="float64", na_value=np.nan)
    classes = classify(values, metric=selection.metric, language=language, breaks=breaks)
    index = classes.assign(values)
    significant = (joined["q"].astype("float64") < SIGNIFICANT_Q).to_numpy()
    small = (joined["n"].astype("float64") < SMALL_N).to_numpy() & (index >= 0)
    small &= selection.metric not in COUNTS
    masked = only_significant & (joined["q"].astype("float64") >= SIGNIFICANT_Q).to_numpy()
    masked &= index >= 0
    kinds = [
        _kind(i, masked=m, significant=s, few=f)
        for i, m, s, f in zip(index, masked, significant, small, strict=True)
    ]
    styles = _styles(sorted(set(kinds)), classes, theme)
    names = joined[f"name_{language}"].fillna(joined["name_zh"])
    shown = [number(v) if np.isfinite(v) else word("no_value", language) for v in values]
    tips = [
        _tip(name, f"{title}  {text}", q, few=few, language=language)
        for name, text, q, few in zip(names, shown, joined["q"], small, strict=True)
    ]
    frame = gpd.GeoDataFrame(
        {"id": joined[key].astype("str"), "kind": kinds, "tip": tips, "class": index},
        geometry=joined.geometry,
        crs="EPSG:4326",
    )
    return Layer(
        key="areas",
        title=title,
        form="shape",
        frame=frame,
        styles=styles,
        legend=_legend(
            classes,
            np.where(masked, _MASKED, index),
            significant=significant,
            small=small,
            language=language,
            theme=theme,
        ),
        order=10,
        note=note,
    )


def _kind(index: int, *, masked: bool, significant: bool, few: bool) -> str:
    base = "mask" if masked else "none" if index < 0 else str(index)
    return f"{base}{'+s' if significant else ''}{'+f' if few else ''}"


def _key(areas: gpd.GeoDataFrame) -> str:
    return next(name for name in ("code", "zone_id", "park_id") if name in areas.columns)


def _kind_map(
    rows: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    *,
    title: str,
    language: Language,
    note: str,
    theme: ThemeName,
) -> Layer:
    """Return the map of a local statistic: the kind of each area where q < 0.05."""
    key = _key(areas)
    joined = areas.merge(
        rows[["area", "value", "q", "note"]], left_on=key, right_on="area", how="left"
    ).sort_values(key, ignore_index=True)
    quadrant = joined["note"].where(joined["q"].astype("float64") < SIGNIFICANT_Q, "ns")
    colours = palette.kinds(theme=theme)
    kinds = quadrant.where(quadrant.isin(list(colours)), "ns")
    kinds = kinds.where(joined["value"].notna(), "none").astype("str")
    tokens = palette.THEMES[theme]
    styles = {
        kind: Style(fill=colour, stroke=tokens.boundary, stroke_width=0.5)
        for kind, colour in colours.items()
    }
    styles["none"] = Style(
        fill=tokens.no_value, stroke=tokens.boundary, stroke_width=0.5, hatch=NO_VALUE_HATCH
    )
    texts = {kind: word(f"lisa_{kind}", language) for kind in colours}
    texts["none"] = word("no_value", language)
    names = joined[f"name_{language}"].fillna(joined["name_zh"])
    frame = gpd.GeoDataFrame(
        {
            "id": joined[key].astype("str"),
            "kind": kinds,
            "tip": [f"{name}\n{texts[kind]}" for name, kind in zip(names, kinds, strict=True)],
        },
        geometry=joined.geometry,
        crs="EPSG:4326",
    )
    counts = kinds.value_counts()
    legend = tuple(
        LegendEntry(texts[kind], style, "shape", int(counts[kind]))
        for kind, style in styles.items()
        if counts.get(kind, 0)
    )
    return Layer("areas", title, "shape", frame, styles, legend, order=10, note=note)


def _ramp(classes: Classes, theme: ThemeName) -> tuple[str, ...]:
    if classes.scheme == "quotient":
        return palette.quotient_ramp(theme=theme)
    return palette.sequential(max(len(classes.upper), 1), theme=theme)


def _styles(kinds: list[str], classes: Classes, theme: ThemeName) -> dict[str, Style]:
    tokens = palette.THEMES[theme]
    ramp = _ramp(classes, theme)
    styles = {}
    for kind in kinds:
        base, *marks = kind.split("+")
        significant = "s" in marks
        fill = {"none": tokens.no_value, "mask": tokens.land}.get(base) or ramp[int(base)]
        styles[kind] = Style(
            fill=fill,
            fill_opacity=0.9,
            stroke=tokens.ink if significant else tokens.boundary,
            stroke_width=1.8 if significant else 0.5,
            hatch=_hatch(base, few="f" in marks),
        )
    return styles


def _hatch(base: str, *, few: bool) -> str | None:
    if base == "none":
        return NO_VALUE_HATCH
    return SMALL_HATCH if few else None


def _tip(name: str, head: str, q: float, *, few: bool, language: Language) -> str:
    lines = [name, head]
    if pd.notna(q):
        lines.append(f"q = {q:.3f}" if q >= 0.001 else "q < 0.001")
    if few:
        lines.append(word("small_n", language))
    return "\n".join(lines)


def _legend(
    classes: Classes,
    index: NDArray[np.int64],
    *,
    significant: NDArray[np.bool_],
    small: NDArray[np.bool_],
    language: Language,
    theme: ThemeName,
) -> tuple[LegendEntry, ...]:
    tokens = palette.THEMES[theme]
    entries = [
        LegendEntry(
            text,
            Style(fill=colour, stroke=tokens.line, stroke_width=0.6),
            "shape",
            int((index == i).sum()),
        )
        for i, (text, colour) in enumerate(zip(classes.texts, _ramp(classes, theme), strict=False))
    ]
    # A reader looks for "more" at the top.
    entries.reverse()
    if (index == _MASKED).any():
        style = Style(fill=tokens.land, stroke=tokens.line, stroke_width=0.6)
        text = word("not_significant_mask", language)
        entries.append(LegendEntry(text, style, "shape", int((index == _MASKED).sum())))
    if (index == -1).any():
        style = Style(
            fill=tokens.no_value, stroke=tokens.line, stroke_width=0.6, hatch=NO_VALUE_HATCH
        )
        entries.append(
            LegendEntry(word("no_value", language), style, "shape", int((index == -1).sum()))
        )
    if significant.any():
        style = Style(fill=tokens.paper, stroke=tokens.ink, stroke_width=1.8)
        entries.append(
            LegendEntry(word("significant", language), style, "shape", int(significant.sum()))
        )
    if small.any():
        style = Style(fill=tokens.paper, stroke=tokens.line, stroke_width=0.6, hatch=SMALL_HATCH)
        entries.append(LegendEntry(word("small_n", language), style, "shape", int(small.sum())))
    return tuple(entries)
