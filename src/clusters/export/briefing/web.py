"""Briefings as one HTML file that works from a memory stick: no request leaves it.

Leaflet comes from the installed package and is written into the file; a content security policy
forbids everything the file does not carry itself, and names its scripts by their hash. Charts are
SVG, tables are tables, the page prints.
"""

import base64
import hashlib
import json
import re
from html import escape
from pathlib import Path
from string import Template

from clusters.export.briefing.charts import chart_svg
from clusters.export.briefing.model import Briefing, Cell, Chart, Figure, MapFigure, Page, Table
from clusters.export.briefing.webmap import map_data
from clusters.export.briefing.wording import Wording
from clusters.export.provenance import KEY
from clusters.export.views import SnapshotLike
from clusters.maps import review
from clusters.maps.assets import LEAFLET_PREFIX, asset_folders
from clusters.maps.words import word
from clusters.settings import get_settings

_HERE = Path(__file__).parent


def web_bytes(snapshot: SnapshotLike, briefing: Briefing) -> bytes:
    """Return a briefing as the bytes of a single ``.html`` file."""
    words = Wording(briefing.language)
    writer = _Writer(snapshot, briefing, words)
    sections = "".join(writer.section(page, n) for n, page in enumerate(briefing.pages, start=1))
    folder = asset_folders()[LEAFLET_PREFIX]
    leaflet = (folder / "leaflet.js").read_text(encoding="utf-8")
    leaflet = re.sub(r"//# sourceMappingURL=\S+", "", leaflet)
    scripts = [leaflet, _asset("map.js")] if writer.maps else []
    style = _asset("page.css")
    if writer.maps:
        # Pictures of controls that are not used would be requests.
        css = (folder / "leaflet.css").read_text(encoding="utf-8")
        style = re.sub(r"url\([^)]*\)", "none", css) + style
    page = Template(_asset("page.html")).substitute(
        language="zh-CN" if briefing.language == "zh" else "en",
        title=escape(briefing.title),
        policy=escape(_policy(scripts), quote=True),
        key=KEY,
        record=escape(briefing.provenance.to_json(), quote=True),
        style=style,
        kicker=escape(f"{briefing.subtitle}　{words.day(briefing.made)}"),
        credits=escape(briefing.credits),
        sections=sections,
        scripts="".join(f"<script>{script}</script>" for script in scripts),
    )
    return page.encode("utf-8")


def _asset(name: str) -> str:
    return (_HERE / "web" / name).read_text(encoding="utf-8")


def _policy(scripts: list[str]) -> str:
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in scripts
    ]
    allowed = " ".join(hashes) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


class _Writer:
    """Writes the sections of a page; counts its maps."""

    def __init__(self, snapshot: SnapshotLike, briefing: Briefing, words: Wording) -> None:
        self.snapshot = snapshot
        self.briefing = briefing
        self.words = words
        self.maps = 0

    def section(self, page: Page, number: int) -> str:
        heading = "h1" if number == 1 else "h2"
        lead = f'<p class="lead">{escape(page.lead)}</p>' if page.lead else ""
        figures = "".join(_figure(figure) for figure in page.figures)
        strip = f'<div class="strip">{figures}</div>' if figures else ""
        items = "".join(f"<li>{escape(text)}</li>" for text in page.findings)
        text = f"<ul>{items}</ul>" if items else ""
        tables = "".join(_table(table) for table in page.tables)
        if page.map:
            text = f'<div class="beside"><div>{text}{tables}</div>{self._map(page.map)}</div>'
            tables = ""
        charts = "".join(_chart(chart) for chart in page.charts)
        charts = f'<div class="charts">{charts}</div>' if charts else ""
        return (
            f"<section><{heading}>{escape(page.title)}</{heading}>{lead}{strip}{text}{charts}"
            f"{tables}</section>"
        )

    def _map(self, figure: MapFigure) -> str:
        self.maps += 1
        data = map_data(self.snapshot, figure.request)
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        language = self.briefing.language
        number = review.printed(get_settings().review_number, language)
        return (
            f'<figure class="map"><div class="canvas" role="application" '
            f'aria-label="{escape(figure.alt, quote=True)}"></div>'
            f'<div class="legend"></div><script type="application/json">{text}</script>'
            f"<figcaption>{escape(number)}　{escape(word('method_note', language))}</figcaption>"
            "</figure>"
        )


def _figure(figure: Figure) -> str:
    return (
        f'<div><span class="label">{escape(figure.label)}</span>'
        f"<b>{escape(figure.value)}</b><small>{escape(figure.note)}</small></div>"
    )


def _chart(chart: Chart) -> str:
    svg = chart_svg(chart, 6.2, 0.36 * len(chart.bars) + 0.1, size=11).decode()
    note = f"<small>{escape(chart.note)}</small>" if chart.note else ""
    return f"<figure><figcaption>{escape(chart.title)}</figcaption>{svg}{note}</figure>"


def _table(table: Table) -> str:
    title = f"<h3>{escape(table.title)}</h3>" if table.title else ""
    numeric = [column.numeric for column in table.columns]
    head = "".join(
        f'<th scope="col"{_aligned(right)}>{escape(column.label)}</th>'
        for column, right in zip(table.columns, numeric, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            _cell(cell, numeric[n], label=not table.headed and n == 0) for n, cell in enumerate(row)
        )
        + "</tr>"
        for row in table.rows
    )
    body = f"<thead><tr>{head}</tr></thead>" if table.headed else ""
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    kind = "" if table.headed else ' class="fields"'
    return f'{title}<div class="wide"><table{kind}>{body}<tbody>{rows}</tbody></table></div>{note}'


def _aligned(right: bool) -> str:
    return ' class="n"' if right else ""


def _cell(cell: Cell, right: bool, *, label: bool) -> str:
    text = escape(cell.text).replace("\n", "<br>")
    if label:
        return f'<th scope="row">{text}</th>'
    kind = " ".join(part for part in ("n" if right else "", cell.tone) if part not in {"", "plain"})
    return f'<td class="{kind}">{text}</td>' if kind else f"<td>{text}</td>"
