"""Is a firm part of the AI industry, where in its chain, and by which words.

Rules only, in tables under ``data/taxonomy``: every verdict can be read back to the words of the
name, the business scope or the honours that decided it. A rule set reads what a firm may do, not
what it does; the verdict is a claim about its papers.
"""

from clusters.taxonomy.classify import COLUMNS, FOUND_BY_SEARCH, GIVEN, UNDECIDED, classify
from clusters.taxonomy.judge import Judge, RuleJudge, Verdict
from clusters.taxonomy.terms import RuleSet, layers, load_rules, relevance_levels, segments

__all__ = [
    "COLUMNS",
    "FOUND_BY_SEARCH",
    "GIVEN",
    "UNDECIDED",
    "Judge",
    "RuleJudge",
    "RuleSet",
    "Verdict",
    "classify",
    "layers",
    "load_rules",
    "relevance_levels",
    "segments",
]
