"""Park screening in words and layers: pure functions from an answer to what a page shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from clusters.maps.words import Language
from clusters.screening.criteria import criteria, level_names
from clusters.screening.limits import Removed
from clusters.screening.ranking import changes_for_next_rank
from clusters.screening.scenario import Scenario
from clusters.screening.screen import Screening
from clusters.screening.tables import difference_table, ranking_table
from clusters.ui.maps import area_name
from clusters.ui.text import MISSING, number, percent, t, term

MOST_RANKS: Final = 15
"""Parks and ranks the heat table shows."""


def industry_words(parks: pd.DataFrame) -> dict[str, str]:
    """Return the lead industries named by any park, Chinese → English, most frequent first."""
    pairs = [
        (zh, en)
        for zhs, ens in zip(parks["industries_zh"], parks["industries_en"], strict=True)
        for zh, en in zip(zhs, ens, strict=True)
    ]
    frame = pd.DataFrame(pairs, columns=["zh", "en"])
    english = frame.drop_duplicates("zh").set_index("zh")["en"]
    order = frame.groupby("zh").size().reset_index(name="n")
    order = order.sort_values(["n", "zh"], ascending=[False, True])
    return {zh: str(english[zh]) for zh in order["zh"]}


def first_link(text: object) -> str | None:
    """Return the first web address of a source cell, or None."""
    words = str(text).replace(";", " ").split()
    return next((word for word in words if word.startswith(("http://", "https://"))), None)


def level_name(level: object, language: Language) -> str:
    """Return the level of a park in words."""
    return level_names().get(str(level), (MISSING, MISSING))[language == "en"]


def park_name(row: Any, language: Language) -> str:
    """Return the name of a park in the language, or the one there is."""
    english = row["name_en"]
    return str(english) if language == "en" and isinstance(english, str) else str(row["name_zh"])


def names_of(screening: Screening, language: Language) -> dict[str, str]:
    """Return the names of the parks left by id."""
    rows = screening.parks.to_dict("records")
    return {str(row["park_id"]): park_name(row, language) for row in rows}


def figure(value: float, name: str, language: Language, *, unit: bool = False) -> str:
    """Return a figure of a criterion with its decimals; a dash where nobody knows it."""
    one = criteria()[name]
    if not np.isfinite(value):
        return MISSING
    word = one.unit(language)
    return f"{number(value, one.digits)} {word}" if unit and word else number(value, one.digits)


def span(low: float, high: float, name: str) -> str:
    """Return the interval of a figure; nothing where it is exact, words where unknown."""
    if not np.isfinite(low):
        return t("screening.unknown")
    digits = criteria()[name].digits
    if number(low, digits) == number(high, digits):
        return t("screening.exact")
    return f"{number(low, digits)} – {number(high, digits)}"


def limit_rows(removed: dict[str, Removed], language: Language) -> list[list[str]]:
    """Return what each limit removes, as cells."""
    return [
        [
            limit_name(name, language),
            number(one.parks),
            number(one.alone),
            number(one.in_sequence),
            number(one.left),
            number(one.doubtful) if one.doubtful else MISSING,
        ]
        for name, one in removed.items()
    ]


def limit_name(name: str, language: Language) -> str:
    """Return a limit in words."""
    first, _, sign = name.partition(" ")
    if first in criteria():
        return f"{criteria()[first].label(language)} {sign}"
    return t(f"screening.limit_{name}")


def ranking_rows(screening: Screening, language: Language) -> pd.DataFrame:
    """Return the ranking a visitor reads, best first."""
    table = ranking_table(screening)
    names = names_of(screening, language)
    return pd.DataFrame(
        {
            "rank": table["rank"],
            "name": table["park_id"].map(names),
            "score": table["score"],
            "range": [
                f"{number(low)} – {number(high)}"
                for low, high in zip(table["score_low"], table["score_high"], strict=True)
            ],
            "p_first": 100 * table["p_first"],
            "ranks": [
                f"{low} – {high}"
                for low, high in zip(table["rank_low"], table["rank_high"], strict=True)
            ],
            "other": table["rank_topsis"]
            if screening.profile.method == "weighted_sum"
            else table["rank_score"],
            "prefecture": table["prefecture_code"].map(lambda one: area_name(one, language)),
            "level": table["level"].map(lambda one: level_name(one, language)),
            "uncertainty_km": table["uncertainty_km"],
        }
    )


def why_rows(screening: Screening, park: int, language: Language) -> list[list[str]]:
    """Return the criteria of one park as cells: figure, interval, worth, weight, points."""
    measured, worth, ranking = screening.measured, screening.worth, screening.ranking
    order = np.argsort(-ranking.contributions[park], kind="stable")
    return [
        [
            criteria()[name].label(language),
            figure(measured.value[park, at], name, language),
            span(measured.low[park, at], measured.high[park, at], name),
            number(worth.expected[park, at], 2),
            number(100 * ranking.weights[at], 1),
            number(ranking.contributions[park, at], 1),
        ]
        for at in order.tolist()
        for name in (measured.criteria[at],)
    ]


def change_rows(
    screening: Screening, park: int, language: Language
) -> tuple[str, float, list[list[str]]]:
    """Return the park above, how many points it is ahead, and what would draw level with it."""
    ranking, names = screening.ranking, screening.measured.criteria
    above, changes = changes_for_next_rank(
        ranking, screening.worth, screening.measured.value, names, park
    )
    if above < 0:
        return "", 0.0, []
    rows = []
    for one in changes:
        at = names.index(one.criterion)
        now = screening.measured.value[park, at]
        needed = t("screening.out_of_reach")
        if one.possible:
            needed = figure(one.figure_needed, one.criterion, language)
        weight = MISSING
        if np.isfinite(one.weight_needed):
            weight = number(one.weight_needed, 1)
        rows.append(
            [
                criteria()[one.criterion].label(language),
                figure(now, one.criterion, language),
                needed,
                number(100 * ranking.weights[at], 1),
                weight,
            ]
        )
    ahead = float(ranking.score[above] - ranking.score[park])
    return park_name(screening.parks.iloc[above], language), ahead, rows


@dataclass(frozen=True)
class Heat:
    """Probabilities of ranks for a table: names, ranks, shares (parks, ranks)."""

    names: list[str]
    ranks: list[str]
    shares: np.ndarray


def rank_heat(screening: Screening, language: Language) -> Heat:
    """Return the probabilities of the first ranks of the first parks; the rest in one column."""
    accepted = screening.stability.acceptability[screening.ranking.order]
    shown = accepted[:MOST_RANKS, :MOST_RANKS]
    names = names_of(screening, language)
    ids = [screening.ids[at] for at in screening.ranking.order[:MOST_RANKS]]
    ranks = [str(at + 1) for at in range(shown.shape[1])]
    if accepted.shape[1] > MOST_RANKS:
        rest = accepted[:MOST_RANKS, MOST_RANKS:].sum(axis=1, keepdims=True)
        shown, ranks = np.hstack([shown, rest]), [*ranks, f"> {MOST_RANKS}"]
    return Heat([names[one] for one in ids], ranks, shown)


def central_rows(screening: Screening, language: Language) -> tuple[list[str], list[list[str]]]:
    """Return the parks that lead most often: how often, how surely, and at which weights."""
    found = screening.stability
    order = np.argsort(-found.acceptability[:, 0], kind="stable")[:8]
    heads = [criteria()[name].name(language) for name in screening.measured.criteria]
    rows = [
        [
            park_name(screening.parks.iloc[at], language),
            percent(float(found.acceptability[at, 0])),
            percent(float(found.confidence[at])),
            *(number(100 * weight) for weight in found.central_weights[at]),
        ]
        for at in order.tolist()
        if found.acceptability[at, 0] > 0
    ]
    return heads, rows


def pairwise_rows(screening: Screening, language: Language) -> tuple[list[str], list[list[str]]]:
    """Return how often the park of a row beats that of a column, of the first eight."""
    order = screening.ranking.order[:8].tolist()
    names = [park_name(screening.parks.iloc[at], language) for at in order]
    rows = [
        [
            name,
            *(
                MISSING
                if one == other
                else percent(float(screening.stability.pairwise[one, other]), 0)
                for other in order
            ),
        ]
        for name, one in zip(names, order, strict=True)
    ]
    return names, rows


def comparison_rows(
    screening: Screening, parks: Sequence[int], language: Language
) -> tuple[list[str], list[list[str]]]:
    """Return parks side by side: the heading of each column, then rows of label and values."""
    rows = screening.parks.iloc[list(parks)]
    ranking, found, measured = screening.ranking, screening.stability, screening.measured
    joiner = t("screening.join")

    def line(key: str, values: Sequence[str]) -> list[str]:
        return [t(f"screening.column_{key}"), *values]

    lines = [
        line("rank", [number(ranking.ranks[at]) for at in parks]),
        line("score", [number(ranking.score[at], 1) for at in parks]),
        line("range", [f"{number(ranking.low[at])} – {number(ranking.high[at])}" for at in parks]),
        line("p_first", [percent(float(found.acceptability[at, 0])) for at in parks]),
        line("ranks", [f"{found.rank_low[at]} – {found.rank_high[at]}" for at in parks]),
    ]
    for at, name in enumerate(measured.criteria):
        cells = []
        for park in parks:
            value = figure(measured.value[park, at], name, language)
            said = span(measured.low[park, at], measured.high[park, at], name)
            exact = said in {t("screening.exact"), t("screening.unknown")}
            cells.append(value if exact else f"{value} ({said})")
        lines.append([criteria()[name].label(language), *cells])
    facts = rows.to_dict("records")
    lines += [
        line("level", [level_name(one["level"], language) for one in facts]),
        line("prefecture", [area_name(one["prefecture_code"], language) for one in facts]),
        line(
            "counties",
            [
                joiner.join(area_name(c, language) for c in one["county_codes"]) or MISSING
                for one in facts
            ],
        ),
        line("area", [area_of(one, language) for one in facts]),
        line(
            "industries", [joiner.join(one[f"industries_{language}"]) or MISSING for one in facts]
        ),
        line("uncertainty_km", [number(one["uncertainty_km"], 1) for one in facts]),
        line("confidence", [confidence(one["confidence"]) for one in facts]),
    ]
    return [park_name(one, language) for one in facts], lines


def area_of(row: Any, language: Language) -> str:  # noqa: ARG001  # one signature for all facts
    """Return a park's area with its kind; a dash where none is published."""
    if not np.isfinite(row["approved_area_ha"]):
        return MISSING
    return f"{number(row['approved_area_ha'], 0)} ha · {basis(row['area_basis'])}"


def confidence(value: object) -> str:
    """Return a confidence in words; a park of a what-if is assumed."""
    return t("screening.assumed") if value == "assumed" else t(f"terms.confidence_{value}")


def parallel_frame(screening: Screening, parks: Sequence[int], language: Language) -> pd.DataFrame:
    """Return the worth of parks by criterion, with its bounds, for parallel lines."""
    worth = screening.worth
    return pd.DataFrame(
        [
            {
                "park": park_name(screening.parks.iloc[park], language),
                "criterion": criteria()[name].name(language),
                "worth": float(worth.expected[park, at]),
                "low": float(worth.low[park, at]),
                "high": float(worth.high[park, at]),
            }
            for park in parks
            for at, name in enumerate(screening.measured.criteria)
        ]
    )


def contribution_frame(screening: Screening, count: int, language: Language) -> pd.DataFrame:
    """Return the points of the first parks by criterion, best park first."""
    ranking = screening.ranking
    return pd.DataFrame(
        [
            {
                "park": park_name(screening.parks.iloc[park], language),
                "criterion": criteria()[name].name(language),
                "points": float(ranking.contributions[park, at]),
                "place": place,
            }
            for place, park in enumerate(ranking.order[:count].tolist())
            for at, name in enumerate(screening.measured.criteria)
        ]
    )


def difference_rows(
    before: Screening, after: Screening, language: Language, *, count: int = 15
) -> list[list[str]]:
    """Return what a what-if changes: the parks that moved most, then the first of the rest."""
    table = difference_table(before, after)
    moved = (table["rank"] - table["rank_before"]).abs().fillna(999)
    weight = table["score_change"].abs().fillna(999)
    order = np.lexsort((table.index, -weight, -moved))[:count]
    return [
        [
            park_name(row, language),
            number(row["rank_before"]),
            number(row["rank"]),
            number(row["score_before"], 1),
            number(row["score"], 1),
            signed(row["score_change"]),
            percent(row["p_first_before"]),
            percent(row["p_first"]),
        ]
        for row in table.iloc[np.sort(order)].to_dict("records")
    ]


def signed(value: float) -> str:
    """Return a change with its sign; a dash where there is none to tell."""
    if not np.isfinite(value):
        return MISSING
    return f"+{number(value, 1)}" if value > 0 else number(value, 1)


def step_text(step: Any, parks: dict[str, str], firms: dict[str, str]) -> str:
    """Return a step of a what-if in words."""
    values = {
        "name": step.get("name") or t("screening.a_firm"),
        "segment": term("segment", step.get("segment")),
        "park": parks.get(str(step.get("park")), MISSING),
        "firm": firms.get(str(step.get("firm")), MISSING),
        "place": f"{step.get('lon')}, {step.get('lat')}",
        "count": number(step.get("count", 1)),
        "employees": number(step.get("employees", 0)),
        "area": number(step.get("area_ha", float("nan"))),
        "zone": area_name(step.get("zone"), "zh" if t("screening.join") == "、" else "en"),
    }
    key = f"screening.step_{step['do']}"
    if step["do"] in {"add_firm", "move_firm"}:
        key += "_park" if "park" in step else "_place"
    return t(key, **values)


def touched(scenario: Scenario, names: Sequence[str], language: Language) -> list[str]:
    """Return the criteria a what-if has measured anew, in words."""
    return [criteria()[name].name(language) for name in names if scenario.changes(criteria()[name])]


def basis(value: object) -> str:
    """Return what kind of area a park's hectares are."""
    return t(f"screening.basis_{value}") if isinstance(value, str) and value else MISSING
