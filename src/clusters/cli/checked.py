"""How a check is told on the command line: what was understood, and what is wrong."""

import pandas as pd

from clusters.cli.console import cells, out, say_table
from clusters.registry import SourceFile, describe_rule


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


def say_findings(report: pd.DataFrame, first: int = 20) -> None:
    """Print how often each rule applied, and the first findings."""
    rows = []
    for rule, count in report["rule"].value_counts().items():
        described = describe_rule(str(rule))
        rows.append([str(rule), described.severity, str(count), described.en, described.remedy_en])
    if not rows:
        return
    say_table("", ["rule", "severity", "rows", "what", "what to do"], rows)
    head = report.head(first)
    say_table(
        f"first {len(head)} of {len(report)} findings",
        ["file", "row", "column", "value", "message"],
        cells(head[["file", "row", "column", "value", "message"]]),
    )
