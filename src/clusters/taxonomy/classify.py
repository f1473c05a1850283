"""Classification of a table of enterprises."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusters.registry.given import require_table
from clusters.registry.schema import AI_FIRMS
from clusters.taxonomy.judge import Judge, RuleJudge, Verdict
from clusters.taxonomy.terms import layers, load_rules, relevance_levels, segments

if TYPE_CHECKING:
    from clusters.taxonomy.learned import Learned, Lesson

COLUMNS = ("ai_relevance", "ai_score", "chain_layer", "segment", "taxonomy_evidence")
GIVEN = "as given in the source"
FOUND_BY_SEARCH = "found in an AI-focused search"
UNDECIDED = "no deciding words; taken as related because of that search"
LABELLED = "as labelled by hand"
LEARNED = "学习所得"
# Probability to belong where a source or a person said so; both err at times.
_SCORE = {"core": 0.97, "related": 0.9, "weak": 0.1, "none": 0.02}
_RELATED_FROM = 0.5
_UNTOLD_SEGMENT = "other_application"


def classify(
    table: pd.DataFrame,
    *,
    judge: Judge | None = None,
    learn: bool = False,
    labels: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Add AI relevance, probability, chain layer, segment and the words that decided.

    Values already in the table are kept. A row that carries a segment but no relevance is decided
    by the rules. Where its evidence says that it was found in an AI-focused search and the rules
    find nothing, or only a word of the name because there is no scope, it becomes ``related`` and
    the evidence says so.

    Parameters
    ----------
    table
        One row per enterprise; reads ``name``, ``business_scope``, ``honours`` and any of the
        columns below, as far as present.
    judge
        Replaces the rule judge.
    learn
        Train a model on this table (see `clusters.taxonomy.learned`) and let it judge the firms
        that the rules say nothing about.
    labels
        ``enterprise_id`` → relevance as judged by people; goes before everything else.

    Returns
    -------
    pandas.DataFrame
        A copy, same rows, order and index, with ``ai_relevance`` (core, related, weak, none),
        ``ai_score`` (probability 0..1 of core or related), ``chain_layer``, ``segment`` (null
        where none) and ``taxonomy_evidence`` (null where none). ``attrs["learned"]`` tells on how
        many firms a model was trained, or is absent.

    Raises
    ------
    InputError
        If `table` is no DataFrame.
    """
    ruled = judge_by_rule(table, judge=judge, labels=labels)
    if not learn:
        return settle(table, ruled, None)
    from clusters.taxonomy.learned import learn_from  # noqa: PLC0415 (two seconds)

    return settle(table, ruled, learn_from(ruled.lesson(), load_rules()))


@dataclass(frozen=True)
class Ruled:
    """What the rules say of firms: their texts, the verdicts, and the labels people gave."""

    texts: pd.DataFrame
    verdicts: pd.DataFrame
    labelled: "pd.Series[str] | None"

    def lesson(self) -> "Lesson":
        """Return what these verdicts teach; lessons of several tables add up."""
        from clusters.taxonomy.learned import lesson_of  # noqa: PLC0415 (two seconds)

        labels = {}
        if self.labelled is not None:
            given = self.labelled.reset_index(drop=True).dropna()
            labels = dict(zip(given.index.tolist(), given.tolist(), strict=True))
        return lesson_of(self.texts, self.verdicts, labels)


def judge_by_rule(
    table: pd.DataFrame, *, judge: Judge | None = None, labels: Mapping[str, str] | None = None
) -> Ruled:
    """Let the rules judge each row by itself; arguments as of `classify`."""
    require_table(table)
    texts = _texts(table)
    verdicts = _by_rule(texts, judge or RuleJudge(load_rules()))
    return Ruled(texts, verdicts, _labelled(table, labels))


def ruled_again(
    table: pd.DataFrame, verdicts: pd.DataFrame, labels: Mapping[str, str] | None
) -> Ruled:
    """Return what `judge_by_rule` returned, from its table and verdicts."""
    return Ruled(_texts(table), verdicts, _labelled(table, labels))


def _texts(table: pd.DataFrame) -> pd.DataFrame:
    names = ("name", "business_scope", "honours")
    return pd.DataFrame({c: _text(table, c) for c in names}, index=table.index)


def _labelled(table: pd.DataFrame, labels: Mapping[str, str] | None) -> "pd.Series[str] | None":
    told = {} if not labels or "enterprise_id" not in table else labels
    return _text(table, "enterprise_id").map(told) if told else None


def settle(table: pd.DataFrame, ruled: Ruled, model: "Learned | None") -> pd.DataFrame:
    """Settle what each row is: labels before what is given, before rules, before the model.

    Each row by itself, so the parts of a registry come out as in the whole of it.
    """
    by_rule = ruled.verdicts
    if model is not None:
        by_rule = _ask_model(ruled.texts, by_rule, model)
    out = _keep_given(table, by_rule, no_scope=ruled.texts["business_scope"].eq(""))
    if ruled.labelled is not None:
        out = _keep_labels(out, ruled.labelled)
    out = _with_segment(out)
    if model is not None:
        out.attrs["learned"] = model.told()
    return out


def _by_rule(texts: pd.DataFrame, judge: Judge) -> pd.DataFrame:
    cache: dict[tuple[str, str, str], Verdict] = {}
    verdicts: list[Verdict] = []
    for key in texts.itertuples(index=False, name=None):
        verdict = cache.get(key)
        if verdict is None:
            verdict = cache[key] = judge.judge(*key)
        verdicts.append(verdict)
    return pd.DataFrame(
        [(v.relevance, v.score, v.layer, v.segment, v.evidence) for v in verdicts],
        columns=list(COLUMNS),
        index=texts.index,
    )


def _ask_model(texts: pd.DataFrame, by_rule: pd.DataFrame, model: "Learned") -> pd.DataFrame:
    """Let a model trained on the verdicts judge the firms of which the rules know no word."""
    from clusters.taxonomy.learned import masked_text  # noqa: PLC0415 (two seconds)

    rules = load_rules()
    silent = by_rule["ai_relevance"].eq("none") & texts["business_scope"].ne("")
    read = [
        masked_text(rules, name, scope)
        for name, scope in texts.loc[silent, ["name", "business_scope"]].itertuples(index=False)
    ]
    score = model.probability(read)
    out = by_rule.copy()
    out.loc[silent, "ai_score"] = score
    default = segments()["default_layer"]
    positions = np.flatnonzero(silent.to_numpy())
    for at in np.flatnonzero(score >= _RELATED_FROM):
        segment = model.segment(read[at])
        words = "」「".join(model.explain(read[at]))
        out.iloc[positions[at]] = [
            "related",
            score[at],
            default.get(segment, ""),
            segment,
            f"{LEARNED}「{words}」",
        ]
    return out


def _with_segment(out: pd.DataFrame) -> pd.DataFrame:
    """Give each firm of the industry a segment and a layer, as every count needs them.

    Whose segment nothing tells stands under the applications of no other; whose layer nothing
    tells, in the usual one of its segment.
    """
    inside = out["ai_relevance"].isin(AI_FIRMS)
    segment = out["segment"].mask(inside & out["segment"].isna(), _UNTOLD_SEGMENT)
    usual = segment.map(segments()["default_layer"]).astype("str")
    layer = out["chain_layer"].mask(inside & out["chain_layer"].isna(), usual)
    return out.assign(segment=segment, chain_layer=layer)


def _keep_labels(out: pd.DataFrame, labelled: "pd.Series[str]") -> pd.DataFrame:
    """Put what people said before everything else."""
    hit = labelled.isin(list(_SCORE))
    if not hit.any():
        return out
    out = out.copy()
    out.loc[hit, "ai_relevance"] = labelled[hit]
    out.loc[hit, "ai_score"] = labelled[hit].map(_SCORE)
    evidence = out.loc[hit, "taxonomy_evidence"].fillna("")
    out.loc[hit, "taxonomy_evidence"] = (LABELLED + "; " + evidence).str.removesuffix("; ")
    outside = hit & out["ai_relevance"].eq("none")
    out.loc[outside, ["chain_layer", "segment"]] = None
    return out


def _text(table: pd.DataFrame, column: str) -> "pd.Series[str]":
    if column not in table.columns:
        return pd.Series("", index=table.index, dtype="str")
    return table[column].astype("str").fillna("")


def _keep_given(
    table: pd.DataFrame, by_rule: pd.DataFrame, *, no_scope: "pd.Series[bool]"
) -> pd.DataFrame:
    """Put what the table already says before what the rules say, and tell which is which."""
    allowed = {
        "ai_relevance": set(relevance_levels().index),
        "chain_layer": set(layers().index),
        "segment": set(segments().index),
    }
    given = pd.DataFrame({c: _text(table, c) for c in allowed}, index=table.index)
    known = pd.DataFrame({c: given[c].isin(v) for c, v in allowed.items()}, index=table.index)
    told = _text(table, "taxonomy_evidence")
    out = by_rule.copy()
    searched = (
        ~known["ai_relevance"]
        & (by_rule["ai_relevance"].eq("none") | (by_rule["ai_relevance"].eq("weak") & no_scope))
        & told.str.contains(FOUND_BY_SEARCH, regex=False)
    )
    for column in allowed:
        out[column] = out[column].mask(known[column], given[column])
    out.loc[searched, "ai_relevance"] = "related"
    judged = known["ai_relevance"] | searched
    out["ai_score"] = out["ai_score"].mask(judged, out["ai_relevance"].map(_SCORE))
    told = told.mask(searched, told + "; " + UNDECIDED)
    out["taxonomy_evidence"] = _evidence(known, by_rule["taxonomy_evidence"], told)
    outside = out["ai_relevance"].eq("none") & ~known["segment"]
    out.loc[outside & ~known["chain_layer"], "chain_layer"] = ""
    for column in ("chain_layer", "segment", "taxonomy_evidence"):
        out[column] = out[column].astype("str").mask(out[column].eq(""))
    out["ai_relevance"] = out["ai_relevance"].astype("str")
    out["ai_score"] = out["ai_score"].astype("float64")
    rest = table.drop(columns=[c for c in COLUMNS if c in table.columns])
    return rest.assign(**{column: out[column].array for column in COLUMNS})


def _evidence(
    known: pd.DataFrame, by_rule: "pd.Series[str]", told: "pd.Series[str]"
) -> "pd.Series[str]":
    """Join: what was given, what the source says about it, the words the rules found."""
    labels = {"ai_relevance": "relevance", "chain_layer": "layer", "segment": "segment"}
    given = pd.Series("", index=known.index, dtype="str")
    for column, label in labels.items():
        given = given.mask(known[column], given + ", " + label)
    given = given.mask(given.ne(""), given.str[2:] + " " + GIVEN)
    parts = [given, told, by_rule]
    joined = parts[0]
    for part in parts[1:]:
        glue = pd.Series("", index=known.index, dtype="str").mask(joined.ne("") & part.ne(""), "; ")
        joined = joined + glue + part
    return joined
