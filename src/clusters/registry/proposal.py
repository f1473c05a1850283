"""How sure the reader is of what a column means: by its header, and by what its cells hold.

The confidence of a header is that of the rule that recognised it; cells that do not look like the
column take up to half of it away. A header nobody knows is proposed a column where its cells leave
little doubt; such a proposal is shown, and used only if a person takes it.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from clusters.registry import amounts, credit_code, dates
from clusters.registry.columns import ColumnPlan
from clusters.registry.headers import compact, recognise
from clusters.registry.mapping import ColumnMapping
from clusters.registry.masks import as_mask
from clusters.registry.model import ColumnProposal, RawTable

SAMPLE = 500
_BY_CONTENT_FROM = 0.8
_BY_CONTENT = 0.6
# Header as it is, without its brackets, without a unit, numbered: what each is worth.
_WORTH = ((100, 0.95), (200, 0.9), (300, 0.85), (10**9, 0.6))


def _pattern(pattern: str) -> Callable[[pd.Series], np.ndarray]:
    return lambda text: as_mask(text.str.contains(pattern, regex=True))


def _amount(text: pd.Series) -> np.ndarray:
    return np.asarray(amounts.parse(text, "元").reason != "amount_invalid")


def _code(text: pd.Series) -> np.ndarray:
    codes = credit_code.repair(text).codes
    return credit_code.valid(codes) | credit_code.old_number(codes)


def _date(text: pd.Series) -> np.ndarray:
    return np.asarray(dates.parse(text).rule != "date_invalid")


def _degrees(low: float, high: float) -> Callable[[pd.Series], np.ndarray]:
    def inside(text: pd.Series) -> np.ndarray:
        return as_mask(pd.to_numeric(text, errors="coerce").between(low, high))

    return inside


_LOOKS: Mapping[str, Callable[[pd.Series], np.ndarray]] = {
    "name": _pattern(r"公司|厂|集团|社|中心|所|店|行|部|院|馆|站|场|企业|(?i:co|ltd|inc)"),
    "uscc": _code,
    "address": _pattern(r"[省市州县区镇乡村路街号道园组]"),
    "region": _pattern(r"[\u4e00-\u9fff]{2}"),
    "lon": _degrees(73, 136),
    "lat": _degrees(3, 54),
    "founded": _date,
    "as_of": _date,
    "registered_capital_cny": _amount,
    "revenue_cny": _amount,
    "employees": _pattern(r"^\d[\d,]*(?:\.0+)?\s*[人名]?$"),
    "business_scope": _pattern(r"[、;；,，。]|服务|销售|生产|开发"),
    "source_url": _pattern(r"://|www\."),
    "status": _pattern(
        r"存续|在业|在营|开业|正常|注销|吊销|迁出|撤销|停业|歇业|(?i:active|cancel|revoke)"
    ),
}
# Only these leave little doubt by content alone.
_TELLING = ("uscc", "lon", "lat", "source_url", "address")


def _sample(column: pd.Series) -> pd.Series:
    stripped = column.str.strip()
    filled = stripped[as_mask(stripped != "") & as_mask(stripped.notna())]
    return filled.iloc[:: max(1, len(filled) // SAMPLE)].reset_index(drop=True)


def _fits(column: str, sample: pd.Series) -> float:
    """Return the share of cells that look like a column; 1 where nothing can be said."""
    looks = _LOOKS.get(column)
    return float(looks(sample).mean()) if looks is not None and len(sample) else 1.0


def _shares(
    samples: Mapping[int, pd.Series], columns: Sequence[str]
) -> dict[int, dict[str, float]]:
    """Return for each sample the share of its cells that look like each column.

    All samples are looked at in one go: a file may have a thousand columns.
    """
    if not samples or not columns:
        return {}
    cells = pd.concat(list(samples.values()), ignore_index=True)
    sizes = np.array([len(sample) for sample in samples.values()])
    owner = np.repeat(np.arange(len(sizes)), sizes)
    hits = {c: np.bincount(owner, _LOOKS[c](cells), len(sizes)) / sizes for c in columns}
    return {
        position: {c: float(hits[c][at]) for c in columns} for at, position in enumerate(samples)
    }


def propose(raw: RawTable, plan: ColumnPlan, mapping: ColumnMapping) -> tuple[ColumnProposal, ...]:
    """Return what each column of a table means, in the order of the file.

    Personal columns are left out; columns that mean nothing to the platform are proposed one where
    their cells look like it.
    """
    said = {
        compact(header)
        for named in mapping.columns.values()
        for header in ([named] if isinstance(named, str) else named)
    }
    found: list[tuple[int, ColumnProposal]] = []
    for column, positions in plan.used.items():
        for position in positions:
            header = raw.headers[position]
            known = recognise(header)
            worth = 1.0
            if compact(header) not in said and known is not None:
                worth = next(value for limit, value in _WORTH if known[1] < limit)
            share = _fits(column, _sample(raw.cells[position]))
            confidence = round(worth * (0.5 + 0.5 * share), 2)
            found.append((position, ColumnProposal(header, column, confidence, used=True)))
    ignored = {compact(header) for header in mapping.ignore}
    samples = {
        position: sample
        for position in plan.ignored
        if compact(raw.headers[position]) not in ignored
        and len(sample := _sample(raw.cells[position]))
    }
    wanted = [column for column in _TELLING if column not in plan.used]
    for position, shares in _shares(samples, wanted).items():
        best = max(shares, key=lambda c: shares[c])
        if shares[best] >= _BY_CONTENT_FROM:
            confidence = round(_BY_CONTENT * shares[best], 2)
            header = raw.headers[position]
            found.append((position, ColumnProposal(header, best, confidence, used=False)))
    return tuple(proposal for _, proposal in sorted(found, key=lambda pair: pair[0]))
