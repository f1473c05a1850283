"""Two snapshots: which firms entered, left, moved or changed, and what may lie behind it."""

import pandas as pd

from clusters.export.briefing import facts
from clusters.export.briefing.model import Bar, Cell, Chart, Column, Figure, Page, Table
from clusters.export.briefing.wording import MISSING, Wording
from clusters.export.columns import known_columns
from clusters.workspace import Comparison, Snapshot, compare

_MOST, _BARS = 24, 10


def comparison_pages(before: Snapshot, after: Snapshot, words: Wording) -> list[Page]:
    """Return the pages of a comparison; `before` is the earlier snapshot."""
    change = compare(before, after)
    pages = [_first(change, words), _prefectures(change, words)]
    for name in ("entered", "left"):
        table: pd.DataFrame = getattr(change, name)
        if len(table):
            pages.append(_firms(name, table, words))
    for name in ("moved", "changed"):
        table = getattr(change, name)
        if len(table):
            pages.append(_fields(name, table, words))
    return pages


def _ai(table: pd.DataFrame) -> int:
    return int(table["ai_relevance"].isin(facts.AI.relevance).sum())


def _signed(value: int, words: Wording) -> str:
    return f"+{words.number(value)}" if value > 0 else words.number(value)


def _first(change: Comparison, words: Wording) -> Page:
    before, after = change.before, change.after
    ai_before, ai_after = _ai(before.enterprises), _ai(after.enterprises)
    flow = {
        "entered": len(change.entered),
        "left": len(change.left),
        "moved": change.moved["enterprise_id"].nunique(),
        "changed": change.changed["enterprise_id"].nunique(),
    }
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


def _chart(change: Comparison, words: Wording) -> Chart:
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


def _by_prefecture(change: Comparison) -> list[tuple[str, int, int]]:
    counted = [
        dict(facts.counts(facts.ai_firms(snapshot), "prefecture_code"))
        for snapshot in (change.before, change.after)
    ]
    codes = sorted({*counted[0], *counted[1]})
    return [(code, counted[0].get(code, 0), counted[1].get(code, 0)) for code in codes]


def _prefectures(change: Comparison, words: Wording) -> Page:
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


def _fields(name: str, table: pd.DataFrame, words: Wording) -> Page:
    columns = (
        Column(words("common.name")),
        Column(words("compare.field")),
        Column(words("compare.before")),
        Column(words("compare.after")),
    )
    known = known_columns()
    rows = tuple(
        (
            Cell(str(row["name"]), "strong"),
            Cell(known[row["column"]].name(words.language)),
            Cell(words.value(row["column"], row["before"]) or MISSING, "muted"),
            Cell(words.value(row["column"], row["after"]) or MISSING),
        )
        for _, row in table.head(_MOST).iterrows()
    )
    return Page(
        title=words(f"compare.{name}_title"),
        lead=_cut(len(table), words),
        tables=(Table("", columns, rows),),
    )


def _cut(n: int, words: Wording) -> str:
    return words("compare.cut", k=_MOST, n=words.number(n)) if n > _MOST else ""
