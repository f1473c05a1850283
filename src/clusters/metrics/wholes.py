"""Metrics of a whole area over its industries, and of a whole industry over all areas."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from clusters.metrics.agglomeration import ellison_glaeser, maurel_sedillot
from clusters.metrics.autocorrelation import getis_ord, local_moran, moran
from clusters.metrics.concentration import herfindahl, hoover, locational_gini, theil
from clusters.metrics.inference import false_discovery
from clusters.metrics.rows import Rows
from clusters.metrics.specialisation import krugman_specialisation
from clusters.metrics.sums import AI_FIRMS, NO_AI_FIRM, Sums, reasons
from clusters.metrics.undefined import mark_undefined

FEW_PLANTS = 500
THROWS = 999
_CHANCE = {
    "ellison_glaeser": "low, high: 95 % of values expected without agglomeration (normal); p: "
    f"{THROWS} throws of darts up to {FEW_PLANTS} firms, normal beyond",
    "maurel_sedillot": "unbiased estimator",
}
_LOCAL = {
    "local_moran": "note: quadrant of value and neighbours",
    "getis_ord": "a standard score with the area itself; note: hot or cold",
}


def area_metrics(sums: Sums) -> Iterator[Rows]:
    """Yield diversity and specialisation of each area over the industries of AI firms."""
    counts = sums.counts
    if sums.scheme == "ai" or counts.shape[1] < 2:
        return
    n = sums.firms.sum(axis=1)
    for metric, values, method in (
        ("hhi", herfindahl(counts.T), "over industries"),
        ("krugman", krugman_specialisation(counts), "against the rest of the province"),
    ):
        note = reasons(values).mask(n.eq(0), NO_AI_FIRM)
        yield sums.of_areas(values, metric, method, n=n, note=note)


def industry_metrics(sums: Sums, *, seed: int) -> Iterator[Rows]:
    """Yield concentration and agglomeration of each industry over all areas.

    Parameters
    ----------
    seed
        Of the darts behind the p of small industries.
    """
    counts = sums.counts
    yield sums.of_industries(herfindahl(counts), "hhi", "over areas")
    gini = pd.concat([locational_gini(sums.against_others(some))[some] for some in sums.blocks])
    gini = mark_undefined(gini, rows={"industry_total_zero": gini.isna().to_numpy()})
    yield sums.of_industries(gini, "locational_gini", "localisation curve against all firms")
    reference = sums.area_total / (sums.grand_total or 1.0)
    for metric, function in (("hoover", hoover), ("theil", theil)):
        yield sums.of_industries(function(counts, reference=reference), metric, "against all firms")
    yield from _agglomeration(sums, reference, seed=seed)


def _agglomeration(sums: Sums, reference: pd.Series, *, seed: int) -> Iterator[Rows]:
    from scipy.special import ndtri  # noqa: PLC0415 - imported when first needed

    plants = sums.plants[sums.plants["size"] > 0]
    if sums.scheme == "ai":
        whole = plants[plants["industry"].isin(AI_FIRMS)].assign(industry="ai")
        plants = pd.concat([plants, whole], ignore_index=True)
    plants = plants[plants["industry"].isin(sums.counts.columns)]
    if plants.empty:
        for metric in ("ellison_glaeser", "maurel_sedillot"):
            yield sums.of_industries(pd.Series(dtype=float), metric, _CHANCE[metric], n=0)
        return
    result = ellison_glaeser(plants, area_shares=reference)
    # The normal null is poor where plants are few; there darts are thrown.
    few = result.index[result["plants"] <= FEW_PLANTS]
    chosen = plants[plants["industry"].isin(few)]
    if len(chosen):
        thrown = ellison_glaeser(chosen, reference, null="simulate", draws=THROWS, seed=seed)
        result.loc[few, "p"] = thrown["p"].reindex(few)
    spread = float(ndtri(0.975)) * result["se"]
    number = result["plants"].reindex(sums.counts.columns, fill_value=0)
    yield sums.of_industries(
        result["gamma"],
        "ellison_glaeser",
        _CHANCE["ellison_glaeser"],
        low=-spread,
        high=spread,
        p=result["p"],
        q=false_discovery(result["p"]),
        n=number,
    )
    values = maurel_sedillot(plants, area_shares=reference)
    yield sums.of_industries(values, "maurel_sedillot", _CHANCE["maurel_sedillot"], n=number)


def autocorrelation_metrics(sums: Sums, *, permutations: int, seed: int) -> Iterator[Rows]:
    """Yield global and local Moran's I and Getis-Ord G* of the number of firms per area."""
    weights = sums.level.neighbours
    if weights is None:
        return
    order = list(weights.id_order)
    counts = sums.counts
    method = f"queen contiguity, {permutations} permutations, two-sided p"
    whole = pd.DataFrame(np.nan, index=counts.columns, columns=["value", "p"])
    why = pd.Series("no_variation", index=counts.columns)
    rows = counts.index.get_indexer(pd.Index(order))
    found = {
        (metric, part): np.full(counts.shape, np.nan)
        for metric in _LOCAL
        for part in ("value", "p")
    }
    same = "the same number everywhere"
    notes = {metric: np.full(counts.shape, same, dtype=object) for metric in _LOCAL}
    for column, name in enumerate(counts.columns):
        values = counts.loc[order, name]
        if values.nunique() < 2:
            continue
        result = moran(values, weights, permutations=permutations, seed=seed)
        whole.loc[name] = [result.statistic, result.p]
        why[name] = result.reason or ""
        local = local_moran(values, weights, permutations=permutations, seed=seed)
        hot = getis_ord(values, weights, permutations=permutations, seed=seed)
        side = pd.Series(np.where(hot["z"] > 0, "hot", "cold"), index=hot.index)
        for metric, table, note in (
            ("local_moran", local, local["quadrant"]),
            ("getis_ord", hot, side),
        ):
            value = table["statistic"]
            found[metric, "value"][rows, column] = value
            found[metric, "p"][rows, column] = table["p"]
            notes[metric][rows, column] = note.where(value.notna(), reasons(value))
    undefined = {code: why.eq(code).to_numpy() for code in sorted(set(why) - {""})}
    yield sums.of_industries(
        mark_undefined(whole["value"], rows=undefined),
        "moran",
        method,
        p=whole["p"],
        q=false_discovery(whole["p"]),
    )
    for metric, words in _LOCAL.items():
        yield sums.cells(
            found[metric, "value"],
            metric,
            f"{method}, Benjamini-Hochberg q; {words}",
            p=found[metric, "p"],
            q=false_discovery(found[metric, "p"]),
            note=notes[metric],
        )
