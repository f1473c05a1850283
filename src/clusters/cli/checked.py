"""How a check is told on the command line: what was understood, and what is wrong."""

from typing import Literal

import pandas as pd

from clusters.cli.console import cells, out, say_table
from clusters.registry import SourceFile, describe_rule

_COMMAS = {"en": ", ", "zh": "、"}
_MOST_NAMED = 3  # columns a rule is told for by name


def say_source(source: SourceFile, *, remembered: bool) -> None:
    """Print how one file was understood: format, encoding, header row, and every column."""
    parts = [source.format]
    parts += [f"sheet {source.sheet}"] if source.sheet else []
    parts += [f"encoding {source.encoding}"] if source.encoding else []
    parts += [f"separator {source.delimiter!r}"] if source.delimiter else []
    parts.append(f"header in row {source.header_row}")
    parts += ["mapping remembered for these headers"] if remembered else []
    out.print(f"{source.name}: {', '.join(parts)}", markup=False)
    rows = [
        [
            proposal.header,
            proposal.column if proposal.used else f"({proposal.column}?)",
            f"{proposal.confidence:.0%}",
        ]
        for proposal in source.proposals
    ]
    rows += [[header, "personal, dropped", ""] for header in source.personal]
    told = {proposal.header for proposal in source.proposals}
    rows += [[header, "not read", ""] for header in source.ignored if header not in told]
    say_table("", ["header", "taken for", "confidence"], rows)


def say_findings(
    report: pd.DataFrame, first: int = 20, *, language: Literal["zh", "en"] = "en"
) -> None:
    """Print how often each rule applied, and the first findings."""
    if report.empty:
        return
    rows = []
    for code, found in report.groupby("rule", sort=False):
        rule = describe_rule(str(code))
        columns = [str(column) for column in found["column"].dropna().unique()]
        more = ["…"] if len(columns) > _MOST_NAMED else []
        named = _COMMAS[language].join([*columns[:_MOST_NAMED], *more])
        rows.append([str(code), rule.severity, str(len(found)), *rule.texts(named, language)])
    rows.sort(key=lambda row: -int(row[2]))
    say_table("", ["rule", "severity", "rows", "what", "what to do"], rows)
    head = report.head(first)
    told = cells(head[["file", "row", "column", "value"]])
    for row, code, column in zip(told, head["rule"], head["column"], strict=True):
        header = column if isinstance(column, str) else None
        row.append(describe_rule(str(code)).message(header, language))
    title = f"first {len(head)} of {len(report)} findings" if len(report) > first else "findings"
    say_table(title, ["file", "row", "column", "value", "message"], told)
