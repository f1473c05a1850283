"""How firms are classified, for the page of methods: relevance, layers, segments, rule words."""

import pandas as pd

from clusters.settings import data_path
from clusters.taxonomy.terms import KINDS
from clusters.ui.methods_entry import Entry, Part, both, entry
from clusters.ui.tables import Column
from clusters.ui.text import number, pick, t, term

_STEPS = 7


def _terms_table(file: str) -> pd.DataFrame:
    return pd.read_csv(data_path("taxonomy", file), dtype=str, keep_default_na=False)


def _named(row: pd.Series) -> str:
    return pick(row["zh"], row["en"])


def class_parts() -> tuple[Part, ...]:
    """Return relevance, layers, segments, rule words and the steps of a verdict."""
    plain = (Column(t("methods.name")), Column(t("methods.meaning")))
    return (
        Part("steps", (Column(t("methods.meaning")),), _steps(), t("methods.classes_steps")),
        Part("relevance", plain, _meanings("relevance.csv"), t("methods.classes_relevance")),
        Part("layers", plain, _meanings("layers.csv"), t("methods.classes_layers")),
        Part(
            "segments",
            (
                Column(t("methods.name")),
                Column(t("methods.default_layer")),
                Column(t("methods.plan_term")),
            ),
            _segments(),
            t("methods.classes_segments"),
        ),
        Part(
            "words",
            (
                Column(t("methods.kind")),
                Column(t("methods.rules"), numeric=True),
                Column(t("methods.examples")),
            ),
            _rule_words(),
            t("methods.classes_rules"),
        ),
    )


def _steps() -> tuple[Entry, ...]:
    keys = [f"methods.step_{step}" for step in range(1, _STEPS + 1)]
    return tuple(
        entry(f"{step}. {t(key)}", also=both(key)) for step, key in enumerate(keys, start=1)
    )


def _meanings(file: str) -> tuple[Entry, ...]:
    table = _terms_table(file)
    return tuple(
        entry(
            _named(row),
            pick(row["definition_zh"], row["definition_en"]),
            also=f"{row['zh']} {row['en']} {row['definition_zh']} {row['definition_en']}",
        )
        for _, row in table.iterrows()
    )


def _segments() -> tuple[Entry, ...]:
    return tuple(
        entry(
            _named(row),
            term("chain_layer", row["default_layer"]),
            pick(row["plan_term_zh"], row["plan_term_en"]),
            also=f"{row['zh']} {row['en']}",
        )
        for _, row in _terms_table("segments.csv").iterrows()
    )


def _rule_words() -> tuple[Entry, ...]:
    table = _terms_table("rules.csv")
    rows = []
    for kind in KINDS:
        words = table.loc[table["kind"] == kind, "term"]
        key = f"methods.rule_{kind}"
        shown = t("methods.between").join(words.head(6))
        rows.append(entry(t(key), number(len(words)), shown, also=both(key)))
    return tuple(rows)
