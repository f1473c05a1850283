"""The answer as tables, the same for the page and the command; headings in either language.

Columns bear the names programs rely on; `clusters.export.screening` writes people's headings.
"""

from typing import Any

import numpy as np
import pandas as pd

from clusters.screening.criteria import criteria
from clusters.screening.profile import profile_to_mapping
from clusters.screening.screen import Screening

__all__ = [
    "answer",
    "contribution_table",
    "difference_table",
    "limit_table",
    "parameter_rows",
    "probability_table",
    "ranking_table",
    "weight_table",
]

TOPS = (1, 3, 5, 10)
_DIGITS = 6


def ranking_table(screening: Screening) -> pd.DataFrame:
    """Return one row a park, best first.

    Returns
    -------
    DataFrame
        ``rank`` (by the method of the profile), ``park_id``, names, ``level``,
        ``prefecture_code``, ``score`` with ``score_low`` and ``score_high`` (0 to 100),
        ``rank_score``, ``closeness`` and ``rank_topsis``, ``p_first``, ``p_top3`` …,
        ``expected_rank``, ``rank_low`` and ``rank_high`` (middle 90 % of the draws),
        ``confidence_factor``, ``uncertainty_km``, ``confidence``.
    """
    parks, ranking, stability = screening.parks, screening.ranking, screening.stability
    main = ranking.ranks if screening.profile.method == "weighted_sum" else ranking.ranks_topsis
    cumulated = np.cumsum(stability.acceptability, axis=1)
    tops = {
        "p_first" if top == 1 else f"p_top{top}": cumulated[:, min(top, len(parks)) - 1]
        for top in TOPS
    }
    table = pd.DataFrame(
        {
            "rank": main,
            **{
                column: parks[column]
                for column in ("park_id", "name_zh", "name_en", "level", "prefecture_code")
            },
            "score": ranking.score,
            "score_low": ranking.low,
            "score_high": ranking.high,
            "rank_score": ranking.ranks,
            "closeness": ranking.closeness,
            "rank_topsis": ranking.ranks_topsis,
            **tops,
            "expected_rank": stability.expected_rank,
            "rank_low": stability.rank_low,
            "rank_high": stability.rank_high,
            "confidence_factor": stability.confidence,
            "uncertainty_km": parks["uncertainty_km"],
            "confidence": parks["confidence"],
        }
    )
    return _ordered(table, screening)


def contribution_table(screening: Screening) -> pd.DataFrame:
    """Return one row a park and criterion: figure, its bounds, worth, weight, points.

    Figures are expected values; missing where nobody knows them, with a worth of 0.5 expected and
    anything from 0 to 1 possible.
    """
    names = screening.measured.criteria
    count = len(screening.parks)
    measured, worth, ranking = screening.measured, screening.worth, screening.ranking
    rows = pd.DataFrame(
        {
            "park_id": np.repeat(screening.parks["park_id"].to_numpy(), len(names)),
            "criterion": list(names) * count,
            "value": measured.value.ravel(),
            "low": measured.low.ravel(),
            "high": measured.high.ravel(),
            "worth": worth.expected.ravel(),
            "worth_low": worth.low.ravel(),
            "worth_high": worth.high.ravel(),
            "weight": np.tile(100 * ranking.weights, count),
            "points": ranking.contributions.ravel(),
        }
    )
    place = np.empty(count, dtype=int)
    place[ranking.order] = np.arange(count)
    order = np.lexsort((np.tile(np.arange(len(names)), count), np.repeat(place, len(names))))
    return _rounded(rows.iloc[order].reset_index(drop=True))


def probability_table(screening: Screening) -> pd.DataFrame:
    """Return one row a park, best first: the probability of every rank, ``rank_1`` …."""
    accepted = screening.stability.acceptability
    columns = {f"rank_{at + 1}": accepted[:, at] for at in range(accepted.shape[1])}
    table = pd.DataFrame({"park_id": screening.parks["park_id"], **columns})
    return _ordered(table, screening)


def weight_table(screening: Screening) -> pd.DataFrame:
    """Return one row a park that is ever first: its central weights, of 100."""
    central = 100 * screening.stability.central_weights
    names = screening.measured.criteria
    columns = {name: central[:, at] for at, name in enumerate(names)}
    table = _ordered(pd.DataFrame({"park_id": screening.parks["park_id"], **columns}), screening)
    return table[table[names[0]].notna()].reset_index(drop=True)


def limit_table(screening: Screening) -> pd.DataFrame:
    """Return one row a limit in force: parks it removes, alone, in sequence, and left after it."""
    return pd.DataFrame(
        [
            {
                "limit": name,
                "removes": one.parks,
                "by_this_only": one.alone,
                "in_sequence": one.in_sequence,
                "left": one.left,
                "within_doubt": one.doubtful,
            }
            for name, one in screening.screened.removed.items()
        ],
        columns=["limit", "removes", "by_this_only", "in_sequence", "left", "within_doubt"],
    )


def difference_table(before: Screening, after: Screening) -> pd.DataFrame:
    """Return what a scenario changes, park by park in the new order.

    Returns
    -------
    DataFrame
        ``park_id``, names, ``rank_before``, ``rank``, ``score_before``, ``score``,
        ``score_change``, ``p_first_before``, ``p_first``; missing on the side where a park is not
        among those left.
    """
    columns = ["park_id", "name_zh", "name_en", "rank", "score", "p_first"]
    old = ranking_table(before)[columns].rename(
        columns={name: f"{name}_before" for name in ("rank", "score", "p_first")}
    )
    new = ranking_table(after)[columns]
    joined = new.merge(
        old.drop(columns=["name_zh", "name_en"]), on="park_id", how="outer", sort=False
    )
    names = old.set_index("park_id")
    for column in ("name_zh", "name_en"):
        joined[column] = joined[column].fillna(joined["park_id"].map(names[column]))
    joined["score_change"] = (joined["score"] - joined["score_before"]).round(_DIGITS)
    place = {name: at for at, name in enumerate([*new["park_id"], *old["park_id"]][::-1])}
    joined = joined.iloc[np.argsort([-place[name] for name in joined["park_id"]], kind="stable")]
    order = [
        "park_id",
        "name_zh",
        "name_en",
        "rank_before",
        "rank",
        "score_before",
        "score",
        "score_change",
        "p_first_before",
        "p_first",
    ]
    return joined[order].reset_index(drop=True)


def parameter_rows(screening: Screening) -> list[tuple[str, str]]:
    """Return method and parameters as rows of name and value, names as a profile has them."""
    rows = _flat(profile_to_mapping(screening.profile), "")
    scales = zip(screening.measured.criteria, screening.worth.scales, strict=True)
    for name, scale in scales:
        said = f"{scale.kind}: {scale.worst:g} → {scale.best:g}"
        if scale.kind == "ideal":
            said = f"ideal: {scale.best:g} ± {scale.reach:g}"
        rows.append((f"scale.{name}", said))
    rows += [
        ("parks", str(len(screening.screened.keep))),
        ("parks_left", str(len(screening.parks))),
        ("states_of_data", str(screening.stability.worlds)),
    ]
    if screening.scenario is not None:
        rows.append(("scenario", screening.scenario.name or "–"))
        rows += [
            (f"scenario.step_{at}", _step(step))
            for at, step in enumerate(screening.scenario.steps, start=1)
        ]
    return rows


def _step(step: Any) -> str:
    shown = {key: value for key, value in step.items() if key != "geometry"}
    return "; ".join(f"{key} = {value}" for key, value in shown.items())


def _flat(table: dict[str, Any], before: str) -> list[tuple[str, str]]:
    rows = []
    for key, value in table.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{before}{key}.")
        else:
            shown = ";".join(map(str, value)) if isinstance(value, list) else str(value)
            rows.append((f"{before}{key}", shown))
    return rows


def answer(screening: Screening) -> dict[str, Any]:
    """Return everything as one nested mapping, for JSON."""
    ids = screening.ids
    accepted = probability_table(screening).set_index("park_id")
    contributions = contribution_table(screening)
    central = weight_table(screening).set_index("park_id")
    parks = []
    for row in ranking_table(screening).to_dict("records"):
        own = contributions[contributions["park_id"] == row["park_id"]]
        parks.append(
            {
                **row,
                "rank_probabilities": accepted.loc[row["park_id"]].tolist(),
                "central_weights": central.loc[row["park_id"]].to_dict()
                if row["park_id"] in central.index
                else None,
                "contributions": own.drop(columns="park_id").to_dict("records"),
            }
        )
    return {
        "profile": profile_to_mapping(screening.profile),
        "scenario": None if screening.scenario is None else screening.scenario.to_mapping(),
        "limits": limit_table(screening).to_dict("records"),
        "parks": parks,
        "pairwise": {
            "parks": ids,
            "winning": np.round(screening.stability.pairwise, _DIGITS).tolist(),
        },
        "method": dict(parameter_rows(screening)),
        "criteria": {
            name: {
                "name_zh": one.name_zh,
                "name_en": one.name_en,
                "definition_zh": one.definition_zh,
                "definition_en": one.definition_en,
                "unit_zh": one.unit_zh,
                "unit_en": one.unit_en,
                "vintage": one.vintage,
                "source": one.source,
                "confidence": one.confidence,
            }
            for name, one in criteria().items()
            if name in screening.measured.criteria
        },
    }


def _ordered(table: pd.DataFrame, screening: Screening) -> pd.DataFrame:
    return _rounded(table.iloc[screening.ranking.order].reset_index(drop=True))


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    numbers = table.select_dtypes("float64").columns
    return table.assign(**{name: table[name].round(_DIGITS) for name in numbers})
