"""How well is AI relevance told, without any label: one command, a table of figures.

    python benchmarks/taxonomy.py gold/relevance_dev.csv [registry.parquet]

The labelled file has ``name, scope, relevance, segment, certainty, weight``. With a registry the
classifier is trained on it beside the rules; labelled firms are taken out of the training first.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from clusters.taxonomy import classify

BINS = 10


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


def main() -> None:
    gold = pd.read_csv(Path(sys.argv[1]), dtype=str)
    firms = pd.DataFrame({"name": gold["name"], "business_scope": gold["scope"]})
    results = {"rules": measured(gold, classify(firms))}
    if len(sys.argv) > 2:
        registry = pd.read_parquet(Path(sys.argv[2]))
        rest = registry[~registry["统一社会信用代码"].isin(set(gold["uscc"]))]
        rest = rest.rename(columns={"企业名称": "name", "经营范围": "business_scope"})
        whole = pd.concat([firms, rest[["name", "business_scope"]]], ignore_index=True)
        begun = time.perf_counter()
        out = classify(whole, learn=True)
        took = time.perf_counter() - begun
        results["rules and learnt model"] = measured(gold, out.head(len(gold)))
        print(f"trained on {out.attrs.get('learned')}; {len(whole) / took:,.0f} firms a second")
    print(pd.DataFrame(results).round(4).to_string())


if __name__ == "__main__":
    main()
