"""Two snapshots: which firms entered, left, moved or changed, and what may lie behind it."""

from collections.abc import Iterable, Iterator

import pandas as pd

from clusters.changes import Changes, compare
from clusters.export.briefing import facts
from clusters.export.briefing.model import Bar, Cell, Chart, Column, Figure, Page, Table
from clusters.export.briefing.wording import MISSING, Wording
from clusters.export.columns import known_columns
from clusters.maps.words import distance
from clusters.workspace import Snapshot

_MOST, _BARS = 24, 10


def comparison_pages(before: Snapshot, after: Snapshot, words: Wording) -> list[Page]:
    """Return the pages of a comparison; `before` is the earlier snapshot."""
    change = compare(before, after)
    pages = [_first(change, words), _prefectures(change, words)]
    for name in ("entered", "left"):
        table: pd.DataFrame = getattr(change, name)
        if len(table):
            pages.append(_firms(name, table, words))
    if len(change.moved):
        pages.append(_fields("moved", len(change.moved), _moves(change.moved, words), words))
    if len(change.entries):
        pages.append(_fields("changed", len(change.entries), _entries(change, words), words))
    return pages


def _ai(table: pd.DataFrame) -> int:
    return int(table["ai_relevance"].isin(facts.AI.relevance).sum())


def _signed(value: int, words: Wording) -> str:
    return f"+{words.number(value)}" if value > 0 else words.number(value)


def _first(change: Changes, words: Wording) -> Page:
    before, after = change.before, change.after
    ai_before, ai_after = _ai(before.enterprises), _ai(after.enterprises)
    flow = change.counted()
    figures = [
        Figure(
            words("compare.net"),
            _signed(ai_after - ai_before, words),
            words("compare.net_note", before=words.number(ai_before), after=words.number(ai_after)),
        )
    ]
    for name in ("entered", "left"):
        note = words("compare.entered_note", n=_ai(getattr(change, name)))
        figures.append(Figure(words(f"compare.{name}"), words.number(flow[name]), note))
    figures += [
        Figure(words(f"compare.{name}"), words.number(flow[name])) for name in ("moved", "changed")
    ]
    findings = [
        words(
            "compare.find_total",
            before=words.number(len(before.enterprises)),
            after=words.number(len(after.enterprises)),
            ai_before=words.number(ai_before),
            ai_after=words.number(ai_after),
            delta=_signed(ai_after - ai_before, words),
        )
    ]
    if any(flow.values()):
        findings.append(words("compare.find_flow", **{k: words.number(v) for k, v in flow.items()}))
        moves = [row for row in _by_prefecture(change) if row[1] != row[2]]
        moves.sort(key=lambda row: (-abs(row[2] - row[1]), row[0]))
        if moves:
            named = [f"{words.place(c)} {_signed(b - a, words)}" for c, a, b in moves[:3]]
            findings.append(words("compare.find_prefecture", names=words.join(named)))
    else:
        findings.append(words("compare.find_none"))
    findings += _why(before, after, words)
    return Page(
        title=words("compare.title"),
        lead=words("compare.lead", before=before.id, after=after.id),
        figures=tuple(figures),
        findings=tuple(findings),
        charts=(_chart(change, words),),
    )


def _chart(change: Changes, words: Wording) -> Chart:
    """Return AI enterprises by prefecture after the change; those that changed stand out."""
    rows = sorted(_by_prefecture(change), key=lambda row: (-row[2], row[0]))[:_BARS]
    bars = tuple(
        Bar(
            words.place(code) + (f"  {_signed(new - old, words)}" if new != old else ""),
            float(new),
            words.number(new),
            new != old,
        )
        for code, old, new in rows
    )
    return Chart(words("compare.chart"), bars, note=words("compare.chart_note"))


def _why(before: Snapshot, after: Snapshot, words: Wording) -> list[str]:
    inputs = [{item["sha256"] for item in s.manifest["inputs"]} for s in (before, after)]
    told = [words(f"compare.find_{'same' if inputs[0] == inputs[1] else 'other'}_inputs")]
    old, new = before.manifest["versions"], after.manifest["versions"]
    differ = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    if differ:
        told.append(words("compare.find_versions", names=words.join(differ)))
    return told


def _by_prefecture(change: Changes) -> list[tuple[str, int, int]]:
    counted = [
        dict(facts.counts(facts.ai_firms(snapshot), "prefecture_code"))
        for snapshot in (change.before, change.after)
    ]
    codes = sorted({*counted[0], *counted[1]})
    return [(code, counted[0].get(code, 0), counted[1].get(code, 0)) for code in codes]


def _prefectures(change: Changes, words: Wording) -> Page:
    columns = (
        Column(words("compare.prefecture")),
        Column(words("compare.before"), numeric=True),
        Column(words("compare.after"), numeric=True),
        Column(words("compare.difference"), numeric=True),
    )
    rows = tuple(
        (
            Cell(words.place(code), "strong"),
            Cell(words.number(old)),
            Cell(words.number(new)),
            Cell(_signed(new - old, words), "plain" if new != old else "muted"),
        )
        for code, old, new in _by_prefecture(change)
    )
    return Page(
        title=words("compare.by_prefecture"),
        lead=words("compare.lead", before=change.before.id, after=change.after.id),
        tables=(Table("", columns, rows),),
    )


def _firms(name: str, table: pd.DataFrame, words: Wording) -> Page:
    columns = (
        Column(words("common.name")),
        Column(words("common.relevance")),
        Column(words("common.segment")),
        Column(words("common.place")),
    )
    shown = facts.sorted_firms(table).head(_MOST)
    rows = tuple(
        (
            Cell(str(row["name"]), "strong"),
            Cell(words.value("ai_relevance", row["ai_relevance"])),
            Cell(words.value("segment", row["segment"])),
            Cell(words.place(row["prefecture_code"])),
        )
        for _, row in shown.iterrows()
    )
    return Page(
        title=words(f"compare.{name}_title"),
        lead=_cut(len(table), words),
        tables=(Table("", columns, rows),),
    )


def _moves(moved: pd.DataFrame, words: Wording) -> Iterator[tuple[Cell, ...]]:
    """Say of each firm its counties, its zones, or how far it went within both."""
    for row in moved.head(_MOST).to_dict("records"):
        column = "county" if row["from_county"] != row["to_county"] else "zones"
        before, after = row[f"from_{column}"], row[f"to_{column}"]
        if before == after:
            metres = distance(row["distance_m"], words.language)
            yield _change(row["name"], words("compare.within"), MISSING, metres)
            continue
        field = {"county": "county_code", "zones": "zone_ids"}[column]
        label = known_columns()[field].name(words.language)
        yield _change(row["name"], label, words.value(field, before), words.value(field, after))


def _entries(change: Changes, words: Wording) -> Iterator[tuple[Cell, ...]]:
    known = known_columns()
    for row in change.entries.head(_MOST).to_dict("records"):
        column = row["column"]
        yield _change(
            row["name"],
            known[column].name(words.language),
            words.value(column, row["before"]),
            words.value(column, row["after"]),
        )


def _change(name: str, label: str, before: str, after: str) -> tuple[Cell, ...]:
    return Cell(name, "strong"), Cell(label), Cell(before, "muted"), Cell(after)


def _fields(name: str, n: int, rows: Iterable[tuple[Cell, ...]], words: Wording) -> Page:
    columns = (
        Column(words("common.name")),
        Column(words("compare.field")),
        Column(words("compare.before")),
        Column(words("compare.after")),
    )
    return Page(
        title=words(f"compare.{name}_title"),
        lead=_cut(n, words),
        tables=(Table("", columns, tuple(rows)),),
    )


def _cut(n: int, words: Wording) -> str:
    return words("compare.cut", k=_MOST, n=words.number(n)) if n > _MOST else ""
