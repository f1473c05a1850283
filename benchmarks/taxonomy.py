"""How well is AI relevance told, without any label: one command, a table of figures.

    python benchmarks/taxonomy.py [gold/relevance_dev.csv [registry.parquet]]

Without names the reference material beside the checkout is taken. The labelled file has ``name,
scope, relevance, segment, certainty, weight``. With a registry the classifier is trained on it
beside the rules; labelled firms are taken out of the training first. The same is measured with
labels: those of four folds are given, the firms of the fifth measured. The calibration error (ECE,
ten bins of equal width) is printed with its bootstrap interval, over all firms and over those that
the model judged because the rules know no word of theirs.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from report import Sheet

from clusters.taxonomy import classify

BINS = 10
FOLDS = 5
DRAWS = 1000


def scores(truth: np.ndarray, found: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    """Return precision, recall and F1 of core and related against the rest."""
    hit = float(weight[truth & found].sum())
    precision = hit / max(float(weight[found].sum()), 1e-12)
    recall = hit / max(float(weight[truth].sum()), 1e-12)
    f1 = 2 * precision * recall / max(precision + recall, 1e-12)
    return {"precision": precision, "recall": recall, "f1": f1}


def calibration_error(truth: np.ndarray, score: np.ndarray, bins: int = BINS) -> float:
    """Return the expected calibration error over bins of equal width."""
    bin_of = np.minimum((score * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(truth[bin_of == k].mean() - score[bin_of == k].mean()) * (bin_of == k).mean()
            for k in range(bins)
            if (bin_of == k).any()
        )
    )


def calibration(truth: np.ndarray, score: np.ndarray) -> str:
    """Return the calibration error with the 95 % interval of redrawn firms."""
    generator = np.random.default_rng(0)
    draws = generator.integers(0, len(truth), (DRAWS, len(truth)))
    low, high = np.quantile([calibration_error(truth[d], score[d]) for d in draws], [0.025, 0.975])
    return f"{calibration_error(truth, score):.4f} ({low:.4f}-{high:.4f})"


def reliability(truth: np.ndarray, score: np.ndarray) -> pd.DataFrame:
    """Return what was said and what was true, bin by bin."""
    bin_of = np.minimum((score * BINS).astype(int), BINS - 1)
    table = pd.DataFrame({"bin": bin_of / BINS, "said": score, "true": truth})
    return table.groupby("bin").agg(
        firms=("true", "size"), said=("said", "mean"), true=("true", "mean")
    )


def measured(gold: pd.DataFrame, out: pd.DataFrame) -> dict[str, float]:
    truth = gold["relevance"].isin(["core", "related"]).to_numpy()
    found = out["ai_relevance"].isin(["core", "related"]).to_numpy()
    one = np.ones(len(gold))
    clear = (gold["certainty"] != "unsure").to_numpy()
    weight = pd.to_numeric(gold["weight"], errors="coerce").fillna(0).to_numpy()
    both = truth & found
    same = gold["segment"].to_numpy()[both] == out["segment"].to_numpy()[both]
    return (
        {f"{k}, all rows": v for k, v in scores(truth, found, one).items()}
        | {f"{k}, not unsure": v for k, v in scores(truth[clear], found[clear], one[clear]).items()}
        | {f"{k}, weighted": v for k, v in scores(truth, found, weight).items()}
        | {
            "segment right": float(same.mean()),
            "calibration error": calibration_error(truth, out["ai_score"].to_numpy()),
        }
    )


def told(gold: pd.DataFrame, out: pd.DataFrame, silent: np.ndarray, title: str) -> None:
    """Print the calibration over all firms and over those the model judged."""
    truth = gold["relevance"].isin(["core", "related"]).to_numpy()
    score = out["ai_score"].to_numpy()
    print(f"\n{title}: ECE {calibration(truth, score)} of {len(truth)} firms;", end=" ")
    print(f"{calibration(truth[silent], score[silent])} of {silent.sum()} the rules are silent on")
    print(reliability(truth, score).round(3).to_string())


def with_labels(gold: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    """Return the gold firms, each judged by a model that was told the labels of other folds."""
    fold = np.random.default_rng(0).permutation(len(gold)) % FOLDS
    parts = []
    for one in range(FOLDS):
        given = gold[fold != one]
        labels = dict(zip(given["uscc"], given["relevance"], strict=True))
        out = classify(whole, learn=True, labels=labels)
        parts.append(out.head(len(gold))[fold == one])
    return pd.concat(parts).sort_index()


CASE = "Telling AI firms from others"
SHARED = Path(__file__).parents[2] / "shared" / "data"
USUAL = ("gold/relevance_dev.csv", "registry/sichuan_1978_2007_2013.parquet")


def main() -> None:
    """Measure the rules and, with a registry, the learnt model too."""
    sheet = Sheet("taxonomy")
    files = [Path(name) for name in sys.argv[1:]] or [SHARED / name for name in USUAL]
    if not files[0].exists():
        sheet.absent(CASE, "clusters", "no labelled firms beside the checkout")
        sheet.save()
        return
    gold = pd.read_csv(files[0], dtype=str)
    firms = pd.DataFrame(
        {"enterprise_id": gold["uscc"], "name": gold["name"], "business_scope": gold["scope"]}
    )
    by_rule = classify(firms)
    silent = by_rule["ai_relevance"].eq("none").to_numpy()
    results = {"rules": measured(gold, by_rule)}
    told(gold, by_rule, silent, "rules")
    if len(files) > 1 and files[1].exists():
        registry = pd.read_parquet(files[1])
        rest = registry[~registry["统一社会信用代码"].isin(set(gold["uscc"]))]
        rest = rest.rename(columns={"企业名称": "name", "经营范围": "business_scope"})
        rest = rest.assign(enterprise_id=rest["统一社会信用代码"])[list(firms.columns)]
        whole = pd.concat([firms, rest], ignore_index=True)
        begun = time.perf_counter()
        out = classify(whole, learn=True)
        took = time.perf_counter() - begun
        results["rules and learnt model"] = measured(gold, out.head(len(gold)))
        told(gold, out.head(len(gold)), silent, "rules and learnt model")
        print(f"trained on {out.attrs.get('learned')}")
        sheet.add("Classifying a registry", "clusters", len(whole) / took, "/s", own=True)
        labelled = with_labels(gold, whole)
        results[f"and labels of {FOLDS - 1} folds"] = measured(gold, labelled)
        told(gold, labelled, silent, f"and labels of {FOLDS - 1} folds")
    for kind, found in results.items():
        for name, value in found.items():
            unit = "" if name == "calibration error" else "share"
            sheet.add(f"{CASE}: {kind}", f"clusters, {name}", value, unit, own=True)
    sheet.save()


if __name__ == "__main__":
    main()
