"""The verdict on one firm from its words.

Each trade that holds a term is worth its kind, times what the firm does in it, times its place in
the list: registries put the main business first. Words of the name weigh more; a long list with one
such item is diluted; a name that states another trade or a dealer counts against. The numbers below
are set by the definitions of ``data/taxonomy/relevance.csv``, not fitted row by row.
"""

import math
from dataclasses import dataclass
from typing import Protocol

from clusters.taxonomy.scope import Activity, Trade, normalise, trade_of, trades, without_exclusions
from clusters.taxonomy.terms import Hit, Rule, RuleSet

RELATED_FROM = 0.5
CORE_FROM = 0.9
STEEPNESS = 9.0
_KIND = {"core": 1.0, "related": 0.72, "weak": 0.25}
_NAME_KIND = {"core": 0.9, "related": 0.5, "weak": 0.25}
_VAGUE_SUPPORTED = 0.42
# A second and third trade of the kind confirm the first; further ones add no evidence.
_CONFIRMING = (1.0, 0.35, 0.2, 0.1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the words say: relevance, layer and segment (empty if none), evidence.

    ``score`` is the probability 0..1 that the firm belongs to the industry (core or related).
    """

    relevance: str
    score: float
    layer: str
    segment: str
    evidence: str


# What a firm of which the rules know no word is worth; a learnt model replaces it.
SILENT_SCORE = 0.01
NOTHING = Verdict("none", SILENT_SCORE, "", "", "")


class Judge(Protocol):
    """Anything that reads the words of a firm; a learned model takes this place."""

    def judge(self, name: str, scope: str, honours: str) -> Verdict:
        """Return the verdict on one firm."""


@dataclass(frozen=True, slots=True)
class _Point:
    """One piece of evidence: its rule, worth, the words, and where they stand."""

    rule: Rule
    worth: float
    words: str
    place: str
    leads: bool


class RuleJudge:
    """The verdict by the rule table."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules

    def judge(self, name: str, scope: str, honours: str) -> Verdict:
        """Return the verdict on one firm.

        Parameters
        ----------
        name, scope, honours
            Texts as written; empty where unknown.
        """
        name_hits = self._rules.in_name(name)
        text = normalise(scope)
        if not (_carry(name_hits) or _carry(self._rules.in_scope(text)) or honours):
            return NOTHING
        cleaned = without_exclusions(text)
        items = trades(cleaned)
        hits = self._rules.in_scope(cleaned)
        in_scope = _scope_points(hits, items, scope)
        in_name = _name_points(name_hits, name, items, supported=_supported(hits))
        in_honours = [
            _Point(hit.rule, 0.5 * _KIND[hit.rule.kind], hit.rule.term, "荣誉", leads=False)
            for hit in self._rules.in_scope(honours)
            if hit.rule.kind != "context"
        ]
        points = in_name + in_scope + in_honours
        if not points:
            return NOTHING
        factor = _dilution(in_scope, items) * _other_trade(name_hits)
        worth = _sum(in_name) + factor * _sum(in_scope) + _sum(in_honours)
        return _verdict(points, worth)


def _carry(hits: list[Hit]) -> bool:
    return any(hit.rule.kind != "context" for hit in hits)


def _supported(hits: list[Hit]) -> bool:
    """Tell whether the scope says what a name that only claims intelligence stands for."""
    return any(hit.rule.role in {"", "support"} for hit in hits)


def _formula(hits: list[Hit]) -> int:
    """Count the distinct items of the class-65 formula."""
    return len({hit.rule.term for hit in hits if hit.rule.role == "formula"})


def _activity_factor(activity: Activity) -> float:
    if activity & Activity.MAKE:
        return 1.0
    if activity & Activity.BUILD:
        # a dealer who also installs is between a dealer and an engineering firm
        return 0.6 if activity & Activity.TRADE else 0.9
    if activity & Activity.TRADE:
        return 0.3
    return 0.85


def _rank_factor(rank: int, count: int) -> float:
    """Weigh the place in the list: the first three trades are the main business."""
    if rank < 3:
        return 1.0
    share = rank / count
    return 0.85 if share < 1 / 3 else 0.7 if share < 2 / 3 else 0.55


def _scope_points(hits: list[Hit], items: list[Trade], scope: str) -> list[_Point]:
    formula = _formula(hits)
    best: dict[int, _Point] = {}
    for hit in hits:
        if hit.rule.kind == "context":
            continue
        rank = trade_of(items, hit.start)
        if rank is None:
            continue
        kind = hit.rule.kind
        if hit.rule.role == "formula" and formula > 2:
            kind = "weak"
        activity = items[rank].activity
        worth = _KIND[kind] * _activity_factor(activity) * _rank_factor(rank, len(items))
        if hit.rule.role == "formula":
            worth *= 0.8
        leads = kind == "core" and rank < 3 and bool(activity & ~Activity.TRADE or not activity)
        if rank not in best or worth > best[rank].worth:
            words = scope[items[rank].start : items[rank].end][:40]
            place = f"经营范围第{rank + 1}项/共{len(items)}项"
            best[rank] = _Point(hit.rule, worth, words, place, leads)
    return [best[rank] for rank in sorted(best)]


def _name_points(
    hits: list[Hit], name: str, items: list[Trade], *, supported: bool
) -> list[_Point]:
    points = []
    only_sells = bool(items) and all(t.activity == Activity.TRADE for t in items)
    for hit in hits:
        if hit.rule.kind == "context":
            continue
        worth = _NAME_KIND[hit.rule.kind]
        if hit.rule.role == "vague":
            worth = _VAGUE_SUPPORTED if supported else worth
        elif items and not supported:
            # a trade in the name that no trade of the scope bears out
            worth *= 0.9
        if only_sells:
            worth *= 0.6
        leads = hit.rule.kind == "core"
        points.append(_Point(hit.rule, worth, name[hit.start : hit.end], "名称", leads))
    return points


def _dilution(points: list[_Point], items: list[Trade]) -> float:
    """Shrink the worth of few such trades in a long list."""
    if len(items) <= 8 or not points:
        return 1.0
    share = len(points) / len(items)
    return min(1.0, 0.6 + 2.0 * share)


def _other_trade(name_hits: list[Hit]) -> float:
    roles = {hit.rule.role for hit in name_hits if hit.rule.kind == "context"}
    if "dealer" in roles:
        return 0.5
    return 0.65 if "other_trade" in roles else 1.0


def _sum(points: list[_Point]) -> float:
    worths = sorted((p.worth for p in points), reverse=True)
    return sum(w * f for w, f in zip(worths, _CONFIRMING, strict=False))


def _verdict(points: list[_Point], worth: float) -> Verdict:
    if worth >= CORE_FROM and any(p.leads for p in points):
        relevance = "core"
    elif worth >= RELATED_FROM:
        relevance = "related"
    else:
        relevance = "weak"
    rule = _main_rule(points)
    evidence = "; ".join(f"{p.place}「{p.words}」" for p in points[:6])
    return Verdict(relevance, probability(worth), rule.layer, rule.segment, evidence)


def probability(worth: float) -> float:
    """Return the chance that a firm with evidence of this worth belongs: a logistic curve.

    Even at the threshold of ``related``; the steepness was measured on a development sample and
    taken a third lower, because the rules were written with that sample in sight.
    """
    return round(1 / (1 + math.exp(-STEEPNESS * (worth - RELATED_FROM))), 4)


def _main_rule(points: list[_Point]) -> Rule:
    """Return the rule of the segment with most worth; the earlier word wins a tie."""
    totals: dict[str, float] = {}
    for point in points:
        if point.rule.segment:
            totals[point.rule.segment] = totals.get(point.rule.segment, 0.0) + point.worth
    if not totals:
        return points[0].rule
    segment = max(totals, key=lambda s: totals[s])
    return max((p for p in points if p.rule.segment == segment), key=lambda p: p.worth).rule
