"""A screening result: which parks come first for a segment, why, and how sure that is."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from clusters.errors import InputError
from clusters.export.briefing.model import Bar, Cell, Chart, Column, Figure, Page, Table
from clusters.export.briefing.wording import MISSING, Wording
from clusters.ledger import Ledger, records
from clusters.screening.criteria import criteria, segment_words
from clusters.screening.profile import (
    Profile,
    default_profile,
    profile_from_mapping,
    read_profile,
)
from clusters.screening.screen import Screening, screen_snapshot
from clusters.screening.tables import contribution_table, ranking_table
from clusters.workspace import Snapshot

_TOP, _CHART = 15, 10
_CLEAR = 0.5


def find_profile(subject: str, ledger: Ledger | None) -> Profile:
    """Return the profile of a TOML file, a segment, or a saved name; the shipped one if empty.

    Raises
    ------
    InputError
        If there is none; the message names the segments.
    """
    if not subject:
        return default_profile()
    if subject.endswith(".toml"):
        return read_profile(Path(subject))
    if subject in segment_words():
        return replace(default_profile(), segment=subject)
    if ledger is not None:
        saved = records(ledger, "profile").set_index("key")["payload"]
        if subject in saved.index:
            return profile_from_mapping(saved[subject], where=f"profile {subject}")
    raise InputError(
        f"no profile {subject!r}; use a .toml file, the name of a saved profile, or a segment: "
        f"{', '.join(segment_words())}"
    )


def screening_pages(snapshot: Snapshot, profile: Profile, words: Wording) -> list[Page]:
    """Return the pages of a screening.

    Raises
    ------
    InputError
        If the limits leave no park.
    """
    result = screen_snapshot(snapshot, profile, workspace=snapshot.path.parent.parent)
    table = ranking_table(result)
    if table.empty:
        raise InputError("the limits of the profile leave no park; relax the strictest")
    segment = words.value("segment", profile.segment)
    lead = words("screening.lead", segment=segment)
    return [
        _first(result, table, segment, words),
        Page(
            words("screening.ranking_title"),
            lead,
            tables=(_ranking(table.head(_TOP), words, left=len(table)),),
        ),
        _why(result, table, words, lead),
    ]


def _name(row: pd.Series, words: Wording) -> str:
    return words.pick(row["name_zh"], row["name_en"])


def _first(result: Screening, table: pd.DataFrame, segment: str, words: Wording) -> Page:
    best, total = table.iloc[0], len(result.screened.keep)
    figures = (
        Figure(
            words("screening.parks"),
            words.number(len(table)),
            words("screening.parks_note", total=words.number(total))
            if len(table) < total
            else words("screening.parks_all"),
        ),
        Figure(
            words("screening.score"),
            words.number(best["score"], 1),
            words(
                "screening.score_note",
                interval=words.interval(best["score_low"], best["score_high"], 1),
            ),
        ),
        Figure(
            words("screening.p_first"),
            words.percent(best["p_first"], 0),
            words("screening.p_first_note"),
        ),
        Figure(
            words("screening.ranks"),
            words.interval(best["rank_low"], best["rank_high"], 0),
            words("screening.ranks_note"),
        ),
    )
    return Page(
        title=words("screening.title", segment=segment),
        figures=figures,
        findings=tuple(_findings(result, table, words)),
        charts=(_scores(table, words),),
    )


def _findings(result: Screening, table: pd.DataFrame, words: Wording) -> list[str]:
    best = table.iloc[0]
    third = table.head(3)
    named = [f"{_name(row, words)} {words.number(row['score'], 1)}" for _, row in third.iterrows()]
    found = [words("screening.find_top", names=words.join(named))]
    key = "clear" if best["p_first"] >= _CLEAR else "open"
    others = table.sort_values("p_first", ascending=False).head(3)
    rivals = [
        f"{_name(row, words)} {words.percent(row['p_first'], 0)}"
        for _, row in others.iterrows()
        if row["park_id"] != best["park_id"]
    ]
    found.append(
        words(
            f"screening.find_{key}",
            name=_name(best, words),
            p=words.percent(best["p_first"], 0),
            rivals=words.join(rivals),
        )
    )
    points = contribution_table(result)
    mine = points[points["park_id"] == best["park_id"]].nlargest(3, "points")
    names = [
        f"{criteria()[row['criterion']].name(words.language)} {words.number(row['points'], 1)}"
        for _, row in mine.iterrows()
    ]
    found.append(words("screening.find_why", name=_name(best, words), names=words.join(names)))
    unknown = int(points[points["park_id"] == best["park_id"]]["value"].isna().sum())
    if unknown:
        found.append(words("screening.find_unknown", name=_name(best, words), n=unknown))
    removed = len(result.screened.keep) - len(table)
    if removed:
        found.append(words("screening.find_limits", n=removed))
    found.append(words("screening.find_method"))
    return found


def _scores(table: pd.DataFrame, words: Wording) -> Chart:
    bars = tuple(
        Bar(
            f"{int(row['rank'])}  {_name(row, words)}",
            float(row["score"]),
            words.number(row["score"], 1),
            position == 0,
        )
        for position, (_, row) in enumerate(table.head(_CHART).iterrows())
    )
    return Chart(words("screening.scores"), bars, decimals=1)


def _ranking(table: pd.DataFrame, words: Wording, *, left: int) -> Table:
    columns = (
        Column(words("screening.rank"), numeric=True),
        Column(words("screening.park")),
        Column(words("common.place")),
        Column(words("screening.score_interval"), numeric=True),
        Column(words("screening.p_first"), numeric=True),
        Column(words("screening.p_top3"), numeric=True),
        Column(words("screening.rank_interval"), numeric=True),
        Column(words("screening.place_error"), numeric=True),
    )
    rows = tuple(
        (
            Cell(str(int(row["rank"]))),
            Cell(_name(row, words), "strong"),
            Cell(words.place(row["prefecture_code"])),
            Cell(
                f"{words.number(row['score'], 1)} "
                f"({words.interval(row['score_low'], row['score_high'], 1)})"
            ),
            Cell(words.percent(row["p_first"], 0)),
            Cell(words.percent(row["p_top3"], 0)),
            Cell(words.interval(row["rank_low"], row["rank_high"], 0)),
            Cell(
                MISSING
                if pd.isna(row["uncertainty_km"])
                else f"{words.number(row['uncertainty_km'], 1)} km"
            ),
        )
        for _, row in table.iterrows()
    )
    note = words("screening.ranking_note", k=len(table), n=left)
    return Table("", columns, rows, note)


def _why(result: Screening, table: pd.DataFrame, words: Wording, lead: str) -> Page:
    points = contribution_table(result)
    shown = table.head(3)
    columns = (
        Column(words("screening.criterion")),
        Column(words("screening.weight"), numeric=True),
        *(Column(_name(row, words), numeric=True) for _, row in shown.iterrows()),
    )
    rows = []
    for name in result.measured.criteria:
        one = criteria()[name]
        mine = points[points["criterion"] == name].set_index("park_id")
        cells = [Cell(one.name(words.language), "strong")]
        cells.append(Cell(f"{words.number(mine['weight'].iloc[0], 1)}%"))
        for park in shown["park_id"]:
            value = mine.loc[park, "value"]
            told = words("screening.unknown")
            if pd.notna(value):
                unit = one.unit_zh if words.language == "zh" else one.unit_en
                told = f"{words.number(value, one.digits)} {unit}".strip()
            worth = words("screening.points", n=words.number(mine.loc[park, "points"], 1))
            cells.append(Cell(f"{worth}\n{told}", "muted" if pd.isna(value) else "plain"))
        rows.append(tuple(cells))
    table_why = Table("", columns, tuple(rows), words("screening.why_note"))
    return Page(words("screening.why_title"), lead, tables=(table_why,))
