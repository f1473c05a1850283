"""What the rules do not say: a classifier learnt at run time from what they do say.

The rules' sure finds in the registry at hand are the positives, the firms they say nothing about
the rest; the words that decided are blanked, so that the model learns the company such words keep.
A logistic regression on character pairs, calibrated by cross-validation, then tells how much a text
looks like one that the rules would have found. That is not yet the chance of a firm to belong: the
rules find most but not all, and with their recall c the odds of a silent firm are (1 - c) / c times
the odds of being found (Elkan & Noto 2008, "Learning classifiers from only positive and unlabeled
data", KDD). Labels given by people join the training with weight and shift the odds.

Limits: what no sure find resembles stays unseen; a registry without sure finds teaches nothing; the
recall is an assumption, measured on one development sample.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import expit, logit

from clusters.registry.schema import AI_FIRMS
from clusters.taxonomy.scope import normalise, without_exclusions
from clusters.taxonomy.terms import RuleSet

if TYPE_CHECKING:  # scikit-learn costs a second: it waits for the first registry that teaches
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.feature_extraction.text import TfidfVectorizer

RULE_RECALL = 0.95
SURE_FROM = 0.85
_FEWEST_SURE, _FEWEST_SILENT = 40, 200
_MOST_SURE, _MOST_SILENT = 4_000, 12_000
_LABEL_WEIGHT = 25.0
# Standard deviation, in log-odds, of how far labels may be expected to move all silent firms.
_SHIFT_SD = 1.0
_BATCH = 20_000


@dataclass(frozen=True)
class Learned:
    """A trained model of the firms the rules are silent about.

    ``shift`` is what labels added to the log-odds; ``n_sure``, ``n_silent`` and ``n_labels`` what
    it was trained on.
    """

    vectoriser: "TfidfVectorizer"
    model: "CalibratedClassifierCV"
    weights: np.ndarray
    segments: tuple[str, ...]
    centroids: np.ndarray
    shift: float
    n_sure: int
    n_silent: int
    n_labels: int

    def probability(self, texts: Sequence[str]) -> np.ndarray:
        """Return (n,) probabilities that firms with these texts belong to the industry."""
        parts = [
            self._odds(self.vectoriser.transform(texts[at : at + _BATCH]))
            for at in range(0, len(texts), _BATCH)
        ]
        odds = np.concatenate(parts) if parts else np.zeros(0)
        return np.round(expit(odds + self.shift), 4)

    def told(self) -> dict[str, int]:
        """Return on how many firms it was trained."""
        return {"sure": self.n_sure, "silent": self.n_silent, "labels": self.n_labels}

    def _odds(self, features: sparse.csr_matrix) -> np.ndarray:
        return _log_odds(self.model.predict_proba(features)[:, 1])

    def explain(self, text: str, count: int = 4) -> list[str]:
        """Return the character pairs of a text that spoke most for it."""
        row = self.vectoriser.transform([text])
        worth = row.data * self.weights[row.indices]
        names = self.vectoriser.get_feature_names_out()
        best = np.argsort(-worth, kind="stable")[:count]
        return [str(names[row.indices[i]]) for i in best if worth[i] > 0]

    def segment(self, text: str) -> str:
        """Return the segment whose sure finds a text resembles most."""
        if not self.segments:
            return ""
        row = self.vectoriser.transform([text])
        return self.segments[int(np.argmax(row @ self.centroids.T))]


def masked_text(rules: RuleSet, name: str, scope: str) -> str:
    """Return name and scope as the model reads them: no exclusions, no word a rule knows."""
    cleaned = without_exclusions(normalise(scope))
    return _blank(name, rules.in_name(name)) + "\n" + _blank(cleaned, rules.in_scope(cleaned))


def _blank(text: str, hits: Sequence) -> str:
    letters = list(text)
    for hit in hits:
        if hit.rule.kind != "context":
            letters[hit.start : hit.end] = " " * (hit.end - hit.start)
    return "".join(letters)


def _log_odds(found: np.ndarray) -> np.ndarray:
    clipped = np.clip(found, 1e-6, 1 - 1e-6)
    return logit(clipped) + np.log((1 - RULE_RECALL) / RULE_RECALL)


def _spread(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """Choose rows by the digest of their texts: the same rows whatever their order."""
    keys = (rows["name"] + "\n" + rows["business_scope"]).tolist()
    digests = [hashlib.blake2b(key.encode(), digest_size=8).digest() for key in keys]
    order = sorted(range(len(keys)), key=lambda i: (digests[i], keys[i]))
    return rows.iloc[order[:most]]


@dataclass(frozen=True)
class Lesson:
    """What there is to learn from; lessons of the parts of a registry add up to that of the whole.

    Attributes
    ----------
    sure, silent, told
        ``name``, ``business_scope``, ``segment`` of firms the rules are sure of (at most 4 000),
        say nothing about (at most 12 000), and that people labelled; ``told`` also has ``label``.
    n_sure, n_silent
        How many such firms there are.
    """

    sure: pd.DataFrame
    silent: pd.DataFrame
    told: pd.DataFrame
    n_sure: int
    n_silent: int

    def __add__(self, other: "Lesson") -> "Lesson":
        """Return the lesson of two parts, the rows of the first one before the other's."""

        def both(name: str) -> pd.DataFrame:
            return pd.concat([getattr(self, name), getattr(other, name)], ignore_index=True)

        return Lesson(
            _spread(both("sure"), _MOST_SURE),
            _spread(both("silent"), _MOST_SILENT),
            both("told"),
            self.n_sure + other.n_sure,
            self.n_silent + other.n_silent,
        )


def lesson_of(
    texts: pd.DataFrame, verdicts: pd.DataFrame, labels: Mapping[int, str] | None = None
) -> Lesson:
    """Return what a registry, or a part of one, has to teach.

    Parameters
    ----------
    texts
        (n, …) rows with ``name`` and ``business_scope``, text without nulls.
    verdicts
        ``ai_relevance``, ``ai_score``, ``segment`` by the rules, same rows.
    labels
        Row position → relevance, as people judged it.
    """
    labels = labels or {}
    found = verdicts["ai_relevance"].isin(AI_FIRMS).to_numpy()
    sure = found & (verdicts["ai_score"].to_numpy() >= SURE_FROM)
    silent = verdicts["ai_relevance"].eq("none").to_numpy(copy=True)
    silent &= texts["business_scope"].ne("").to_numpy()
    silent[list(labels)] = sure[list(labels)] = False
    rows = texts[["name", "business_scope"]].assign(segment=verdicts["segment"].to_numpy())
    told = sorted(labels)
    return Lesson(
        _spread(rows[sure], _MOST_SURE),
        _spread(rows[silent], _MOST_SILENT),
        rows.iloc[told].assign(label=[labels[position] for position in told]),
        int(sure.sum()),
        int(silent.sum()),
    )


def learn_from(lesson: Lesson, rules: RuleSet) -> Learned | None:
    """Learn what a lesson teaches.

    Parameters
    ----------
    rules
        What to blank in the texts.

    Returns
    -------
    Learned or None
        None where the lesson holds too few sure finds or silent firms to learn from.
    """
    if lesson.n_sure < _FEWEST_SURE or lesson.n_silent < _FEWEST_SILENT:
        return None
    from sklearn.calibration import CalibratedClassifierCV  # noqa: PLC0415 - it is slow to load
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    yes, no, told = lesson.sure, lesson.silent, lesson.told
    judged = told["label"].isin(AI_FIRMS).to_numpy().astype(int)
    rows = pd.concat([yes, no, told], ignore_index=True)
    target = np.concatenate([np.ones(len(yes), int), np.zeros(len(no), int), judged])
    weight = np.concatenate(
        [
            np.full(len(yes), lesson.n_sure / len(yes)),
            np.full(len(no), lesson.n_silent / len(no)),
            np.full(len(told), _LABEL_WEIGHT),
        ]
    )
    read = [
        masked_text(rules, name, scope)
        for name, scope in zip(rows["name"], rows["business_scope"], strict=True)
    ]
    vectoriser = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 2), min_df=3, max_features=30_000, sublinear_tf=True
    )
    features = vectoriser.fit_transform(read)
    model = CalibratedClassifierCV(LogisticRegression(C=4.0, max_iter=400), cv=5)
    model.fit(features, target, sample_weight=weight)
    inner = [one.estimator.coef_[0] for one in model.calibrated_classifiers_]
    named, centroids = _centroids(features[: len(yes)], yes["segment"].to_numpy())
    odds = _log_odds(model.predict_proba(features)[:, 1])[len(yes) + len(no) :]
    return Learned(
        vectoriser=vectoriser,
        model=model,
        weights=np.mean(inner, axis=0),
        segments=named,
        centroids=centroids,
        shift=_shift(odds, judged),
        n_sure=lesson.n_sure,
        n_silent=lesson.n_silent,
        n_labels=len(told),
    )


def _centroids(
    features: sparse.csr_matrix, segments: np.ndarray
) -> tuple[tuple[str, ...], np.ndarray]:
    named = sorted({s for s in segments if isinstance(s, str) and s})
    rows = [np.asarray(features[segments == s].mean(axis=0)).ravel() for s in named]
    if not rows:
        return (), np.zeros((0, features.shape[1]))
    table = np.vstack(rows)
    return tuple(named), table / np.linalg.norm(table, axis=1, keepdims=True).clip(1e-12)


def _shift(odds: np.ndarray, judged: np.ndarray) -> float:
    """Return the most probable common shift of the log-odds under a normal prior (Newton)."""
    shift = 0.0
    for _ in range(25):
        p = expit(odds + shift)
        slope = float((judged - p).sum() - shift / _SHIFT_SD**2)
        shift += slope / float((p * (1 - p)).sum() + 1 / _SHIFT_SD**2)
    return round(shift, 6)
