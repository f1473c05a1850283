"""Write the parts of the docs that repeat the code: commands, rules, metrics, columns and more.

A test compares the files with what this script would write, so they cannot drift.
"""

import contextlib
import io
from pathlib import Path
from typing import Any

import metric_pages
import typer

from clusters.cli import app
from clusters.maps import palette
from clusters.registry import faults
from clusters.registry.rules import markdown
from clusters.settings import Settings

HERE = Path(__file__).resolve().parent
_WIDTH = 100


def pages() -> dict[str, str]:
    """Return the generated pages by file name."""
    return {
        "commands.md": commands(),
        "rules.md": f"{markdown()}\n{faults.markdown()}",
        "metrics.md": metric_pages.page("en"),
        "metrics.zh.md": metric_pages.page("zh"),
        "columns.md": metric_pages.columns(),
        "settings.md": settings(),
        "design.md": design(),
    }


def commands() -> str:
    """Return every command with its help as the terminal shows it."""
    parts = [
        (
            "# Commands\n\nEvery command that reads or writes results takes `--workspace DIR` (or "
            "`CLUSTERS_WORKSPACE`, default `./workspace`) and uses the published snapshot unless "
            "`--snapshot ID` names another. Where there is none yet, one is built from the "
            "shipped data first.\n\nExit codes: 0 done; 1 a bug of ours; 2 the input or the call "
            "is at fault, nothing was published or overwritten; 130 interrupted, nothing "
            "half-written.\n"
        )
    ]
    root = typer.main.get_command(app)
    for path, command in _walk(root, "clusters"):
        with contextlib.redirect_stdout(io.StringIO()) as shown, contextlib.suppress(SystemExit):
            command.main(
                ["--help"], prog_name=path, max_content_width=_WIDTH, terminal_width=_WIDTH
            )
        text = "\n".join(line.rstrip() for line in shown.getvalue().strip().splitlines())
        parts.append(f"## {path}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


def _walk(command: Any, path: str) -> list[tuple[str, Any]]:  # a click command or group
    found = [(path, command)]
    for name, inner in sorted(getattr(command, "commands", {}).items()):
        found += _walk(inner, f"{path} {name}")
    return found


def settings() -> str:
    """Return every setting with its default."""
    rows = [
        f"| `CLUSTERS_{name.upper()}` | {field.description} | "
        f"{'' if field.default_factory or field.is_required() else f'`{field.default}`'} |"
        for name, field in Settings.model_fields.items()
    ]
    head = (
        "# Settings\n\nRead from the environment.\n\n| variable | what | default |\n|---|---|---|\n"
    )
    return head + "\n".join(rows) + "\n"


_TOKENS = {
    "ink": "text",
    "paper": "page",
    "panel": "quiet surfaces",
    "land": "land on maps",
    "surround": "around the land",
    "muted": "second text",
    "line": "hairlines",
    "boundary": "boundaries",
    "accent": "links, choices, the one accent",
    "warm": "what needs attention; assumed things",
    "no_value": "areas without a value",
}


def design() -> str:
    """Return the design tokens with their contrast against the page."""

    def cell(theme: palette.ThemeName, name: str) -> str:
        tokens = palette.THEMES[theme]
        colour = getattr(tokens, name)
        return f"`{colour}` ({palette.contrast(colour, tokens.paper):.1f})"

    rows = [
        f"| {name} | {use} | {cell('light', name)} | {cell('dark', name)} |"
        for name, use in _TOKENS.items()
    ]
    ramps = {
        "counts and densities": palette.sequential,
        "location quotients, 1 in the middle": lambda _, theme: palette.quotient_ramp(theme=theme),
    }
    scales = [
        f"| {name} | {theme} | " + " ".join(f"`{one}`" for one in ramp(7, theme=theme)) + " |"
        for name, ramp in ramps.items()
        for theme in palette.THEMES
    ]
    statuses = [
        f"| {name} | {mark.glyph} | `{mark.colour}` |" for name, mark in palette.STATUS.items()
    ]
    return _DESIGN.format(
        tokens="\n".join(rows), scales="\n".join(scales), statuses="\n".join(statuses)
    )


_DESIGN = """# Design tokens

Every colour stands once, in `src/clusters/maps/palette.py`; the rules of the pages in
`src/clusters/ui/style.css`, those of maps in `src/clusters/maps/browser/map.css`. Numbers in
brackets are contrast ratios against the page; text needs 4.5.

| token | use | light | dark |
|---|---|---|---|
{tokens}

One type family, the reader's own with full Chinese coverage: PingFang SC, Microsoft YaHei, Noto
Sans CJK SC, then the system's. Base 15 px; headings 1.75, 1.2 and 1 rem; numbers in columns are
tabular. Corners 4 px. The focus ring is 3 px of the accent.

## Ramps

Lightness falls steadily along each, so a greyscale print keeps the order; a number printed on any
class reads at 4.5 or better.

| ramp | theme | colours |
|---|---|---|
{scales}

## Status

A glyph says what the colour says.

| status | glyph | colour |
|---|---|---|
{statuses}
"""


if __name__ == "__main__":
    for file, text in pages().items():
        (HERE / file).write_text(text, encoding="utf-8")
