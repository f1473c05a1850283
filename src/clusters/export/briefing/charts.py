"""Bar charts as SVG, for the sheets and the web page; slides have native charts."""

from html import escape

from clusters.export.briefing.measure import lines_of, width_of
from clusters.export.briefing.model import Chart
from clusters.maps.fonts import FAMILY
from clusters.maps.palette import LIGHT

_MOST_LABEL = 0.44


def chart_svg(chart: Chart, width: float, height: float, *, size: float) -> bytes:
    """Return a chart as SVG.

    Parameters
    ----------
    width, height : float
        In inches; the drawing has 72 units an inch.
    size : float
        Of letters, in points.
    """
    wide, tall = width * 72, height * 72
    longest = max((width_of(bar.label, size) for bar in chart.bars), default=0.0)
    label = min(longest, _MOST_LABEL * width) * 72 + 8
    value = max((width_of(bar.shown, size) for bar in chart.bars), default=0.0) * 72 + 8
    most = max((bar.value for bar in chart.bars), default=0.0) or 1.0
    room = wide - label - value
    step = tall / max(len(chart.bars), 1)
    thick = step * 0.66
    two_tones = any(bar.accent for bar in chart.bars)
    parts = []
    for position, bar in enumerate(chart.bars):
        y = position * step + (step - thick) / 2
        length = room * max(bar.value, 0.0) / most
        colour = LIGHT.boundary if two_tones and not bar.accent else LIGHT.accent
        middle = y + thick / 2 + size * 0.36
        parts += [
            _text(label - 8, middle, _short(bar.label, size, (label - 8) / 72), size, "end"),
            _rect((label, y, length, thick), colour),
            _text(label + length + 5, middle, bar.shown, size, "start"),
        ]
    axis = (
        f'<line x1="{label:.1f}" x2="{label:.1f}" y1="0" y2="{tall:.1f}" '
        f'stroke="{LIGHT.boundary}" stroke-width="0.8"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.1f} {tall:.1f}" '
        f'width="{wide:.1f}" height="{tall:.1f}" role="img" aria-label="{escape(chart.alt)}">'
        f"{''.join(parts)}{axis}</svg>"
    ).encode()


def _rect(box: tuple[float, float, float, float], colour: str) -> str:
    x, y, width, height = box
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'
    )


def _short(text: str, size: float, width: float) -> str:
    lines = lines_of(text, size, width)
    return text if len(lines) == 1 else f"{lines[0][:-1]}…"


def _text(x: float, y: float, text: str, size: float, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="{FAMILY}, sans-serif" font-size="{size:g}" '
        f'fill="{LIGHT.ink}" text-anchor="{anchor}">{escape(text)}</text>'
    )
