"""The tables of plan terms and rules, and the automata that find them in text.

A term of a longer term does not count beside it: matching is leftmost-longest, so the exclusion
``人工智能台`` (a telephone operator's desk) hides the core term ``人工智能`` within it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import ahocorasick_rs
import pandas as pd

from clusters.errors import ShippedDataError
from clusters.settings import data_path

KINDS = ("core", "related", "weak", "exclusion", "context")
FIELDS = ("any", "name", "scope")
ROLES = ("", "vague", "formula", "dealer", "other_trade", "support")


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of ``rules.csv``."""

    term: str
    kind: str
    where: str
    role: str
    segment: str
    layer: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule and where its term stands: half-open character offsets."""

    rule: Rule
    start: int
    end: int


class RuleSet:
    """Rules with one automaton for names and one for scopes and honours.

    A rule for one field overrides the rule for ``any`` field with the same term.
    """

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self._name = _Matcher(rules, "name")
        self._scope = _Matcher(rules, "scope")

    def in_name(self, text: str) -> list[Hit]:
        """Return the hits of a firm's name, in reading order."""
        return list(self._name.hits(text))

    def in_scope(self, text: str) -> list[Hit]:
        """Return the hits of a business scope or of honours, in reading order."""
        return list(self._scope.hits(text))


class _Matcher:
    """Leftmost-longest search for the terms of one field; context terms are looked up apart."""

    def __init__(self, rules: tuple[Rule, ...], field: str) -> None:
        self._groups = []
        for context in (False, True):
            chosen: dict[str, Rule] = {}
            for rule in rules:
                if (rule.kind == "context") is not context or rule.where not in {"any", field}:
                    continue
                if rule.where == field or rule.term not in chosen:
                    chosen[rule.term] = rule
            if chosen:
                automaton = ahocorasick_rs.AhoCorasick(
                    list(chosen), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest
                )
                self._groups.append((automaton, list(chosen.values())))

    def hits(self, text: str) -> Iterator[Hit]:
        for automaton, rules in self._groups:
            for index, start, end in automaton.find_matches_as_indexes(text):
                if rules[index].kind != "exclusion" and _stands_alone(text, start, end):
                    yield Hit(rules[index], start, end)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether a term in Latin letters (AI, RFID) is a word and not part of one (MAIN)."""
    if not (text[start].isascii() and text[end - 1].isascii()):
        return True
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not (_is_latin(before) or _is_latin(after))


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _table(name: str) -> pd.DataFrame:
    return pd.read_csv(data_path("taxonomy", name), dtype=str, keep_default_na=False)


@lru_cache(maxsize=1)
def segments() -> pd.DataFrame:
    """Return the 17 segments: names zh/en, default layer, plan part and term, colour index."""
    return _table("segments.csv").set_index("segment", drop=False)


@lru_cache(maxsize=1)
def layers() -> pd.DataFrame:
    """Return the layers of the industry chain: names and definitions zh/en."""
    return _table("layers.csv").set_index("layer", drop=False)


@lru_cache(maxsize=1)
def relevance_levels() -> pd.DataFrame:
    """Return the degrees of AI relevance, strongest first: names and definitions zh/en."""
    return _table("relevance.csv").set_index("relevance", drop=False)


def load_rules(path: Path | None = None) -> RuleSet:
    """Read and check a rule table.

    Parameters
    ----------
    path
        A CSV with the columns term, kind, where, role, segment, layer; the shipped one if None.

    Returns
    -------
    RuleSet

    Raises
    ------
    ShippedDataError
        If a row has an unknown kind, field, role, segment or layer, or repeats a term.
    """
    if path is None:
        return _shipped_rules()
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    allowed = {
        "kind": set(KINDS),
        "where": set(FIELDS),
        "role": set(ROLES),
        "segment": {"", *segments().index},
        "layer": {"", *layers().index},
    }
    missing = [c for c in ("term", *allowed) if c not in table.columns]
    if missing:
        msg = f"{path.name}: column(s) {', '.join(missing)} missing; add them to the rule table"
        raise ShippedDataError(msg)
    for column, values in allowed.items():
        for row, value in enumerate(table[column], start=2):
            if value not in values:
                msg = f"{path.name} row {row}: {column} {value!r}; use one of {sorted(values)}"
                raise ShippedDataError(msg)
    repeated = table.assign(context=table["kind"].eq("context")).duplicated(
        ["term", "where", "context"]
    ) | table["term"].eq("")
    if repeated.any():
        row = int(repeated.to_numpy().argmax())
        msg = f"{path.name} row {row + 2}: term {table['term'].iloc[row]!r} is empty or repeated"
        raise ShippedDataError(msg)
    columns = ["term", "kind", "where", "role", "segment", "layer"]
    return RuleSet(tuple(Rule(*row) for row in table[columns].itertuples(index=False)))


@lru_cache(maxsize=1)
def _shipped_rules() -> RuleSet:
    return load_rules(data_path("taxonomy", "rules.csv"))
