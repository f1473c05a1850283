"""Where a text ends that has more words than room: in one line, beside a map, at a page's foot.

Names and sources come from registries and may be of any length. A heading is shortened, and stands
whole in the notes; findings go on where the next page begins.
"""

from clusters.export.briefing.elements import Paragraph
from clusters.export.briefing.measure import height_of, lines_of
from clusters.maps.palette import LIGHT

_INDENT = 0.2
_AFTER = 0.55
_WORD = 40


def one_line(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """Return a text as far as it fits one line of a width, marked where it was shortened."""
    lines = lines_of(text, size, room, bold=bold)
    return text if len(lines) == 1 else f"{lines[0][:-1]}…"


def cut(
    text: str, size: float, width: float, height: float, *, bold: bool = False
) -> tuple[str, str]:
    """Return as much of a text as fits a box, at least one character, and the rest of it."""
    text = text.strip()
    if height_of(text, size, width, bold=bold) <= height:
        return text, ""
    least, most = 1, len(text) - 1
    while least < most:
        middle = (least + most + 1) // 2
        fits = height_of(text[:middle], size, width, bold=bold) <= height
        least, most = (middle, most) if fits else (least, middle - 1)
    # A word stays whole where it begins near the end.
    seam = max(text.rfind(" ", 0, least + 1), text.rfind("\n", 0, least + 1))
    end = seam if seam > max(least - _WORD, 0) else least
    return text[:end].rstrip(), text[end:].lstrip()


def findings_at(findings: tuple[str, ...], size: float) -> tuple[Paragraph, ...]:
    """Return findings as points at a size of letters."""
    return tuple(
        Paragraph(text, size, LIGHT.ink, bullet=True, after=size * _AFTER) for text in findings
    )


def findings_height(findings: tuple[str, ...], size: float, width: float) -> float:
    """Return the height in inches of findings in a column."""
    return sum(height_of(text, size, width - _INDENT) + size * _AFTER / 72 for text in findings)


def broken(
    findings: tuple[str, ...], size: float, width: float, height: float
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the findings that fit a column, and those that follow elsewhere.

    A finding stays whole unless it alone is taller than the column.
    """
    fit = len(findings)
    while findings_height(findings[:fit], size, width) > height:
        fit -= 1
    if fit or not findings:
        return findings[:fit], findings[fit:]
    head, rest = cut(findings[0], size, width - _INDENT, height - size * _AFTER / 72)
    return (head,), (rest, *findings[1:]) if rest else findings[1:]
