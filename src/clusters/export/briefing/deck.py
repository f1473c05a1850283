"""The parts of a PowerPoint file that python-pptx leaves to the hand: theme, fonts, properties."""

import datetime as dt
from typing import Any

from lxml import etree
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml.ns import qn
from pptx.shapes.base import BaseShape
from pptx.table import _Cell
from pptx.text.text import _Paragraph
from pptx.util import Inches, Length

from clusters.export.briefing.elements import WIDTH
from clusters.export.briefing.model import Briefing
from clusters.export.provenance import KEY
from clusters.maps.palette import LIGHT

TYPEFACE, LATIN = "Microsoft YaHei", "Arial"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_CUSTOM = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_CUSTOM_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_CUSTOM_RELATION = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
)
_NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
_COLOURS = {
    "dk1": LIGHT.ink,
    "lt1": LIGHT.paper,
    "dk2": LIGHT.ink,
    "lt2": LIGHT.panel,
    "accent1": LIGHT.accent,
    "accent2": LIGHT.warm,
    "accent3": "#3d8f92",
    "accent4": "#0b3c5d",
    "accent5": "#e0913a",
    "accent6": LIGHT.muted,
    "hlink": LIGHT.accent,
    "folHlink": LIGHT.muted,
}


def prepare(deck: Any, briefing: Briefing, *, width: float, height: float) -> None:
    """Give the deck its size (inches), theme and one layout: a title and free room."""
    deck.slide_width, deck.slide_height = Inches(width), Inches(height)
    layouts = deck.slide_layouts
    title_only = layouts.get_by_name("Title Only")
    for layout in list(layouts):
        if layout is not title_only:
            layouts.remove(layout)
    unit = width / WIDTH
    for holder in (title_only, deck.slide_master):
        for shape in list(holder.placeholders):
            if shape.placeholder_format.type is not None and shape.placeholder_format.idx >= 10:
                shape._element.getparent().remove(shape._element)  # noqa: SLF001 - footers are text of ours
        for shape in holder.placeholders:
            shape.left, shape.width = Inches(0.8 * unit), Inches(width - 1.4 * unit)
            shape.top, shape.height = Inches(0.6 * unit), Inches(0.52 * unit)
            if shape.placeholder_format.idx == 1:
                shape.top, shape.height = Inches(1.5 * unit), Inches(height - 2.2 * unit)
    _theme(deck)
    core = deck.core_properties
    core.title, core.subject = briefing.title, briefing.subtitle
    core.author = core.last_modified_by = "clusters"
    core.language = "zh-CN" if briefing.language == "zh" else "en-US"
    core.revision = 1
    core.created = core.modified = dt.datetime(2000, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)


def _theme(deck: Any) -> None:
    part = deck.slide_master.part.part_related_by(RT.THEME)
    root = etree.fromstring(part.blob)
    for name, colour in _COLOURS.items():
        slot = root.find(f".//{{{_A}}}clrScheme/{{{_A}}}{name}")
        for child in list(slot):
            slot.remove(child)
        etree.SubElement(slot, f"{{{_A}}}srgbClr", val=colour[1:].upper())
    for kind in ("majorFont", "minorFont"):
        fonts = root.find(f".//{{{_A}}}{kind}")
        for script in ("latin", "ea"):
            name = LATIN if script == "latin" else TYPEFACE
            fonts.find(f"{{{_A}}}{script}").set("typeface", name)
        for font in fonts.findall(f"{{{_A}}}font"):
            if font.get("script") in {"Hans", "Hant"}:
                font.set("typeface", TYPEFACE)
    part._blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)  # noqa: SLF001 - a theme has no API


def finish(deck: Any, briefing: Briefing) -> None:
    """Write the record of provenance into the custom properties of the file."""
    root = etree.Element(f"{{{_CUSTOM}}}Properties", nsmap={None: _CUSTOM, "vt": _TYPES})
    entry = etree.SubElement(
        root,
        f"{{{_CUSTOM}}}property",
        fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}",
        pid="2",
        name=KEY,
    )
    etree.SubElement(entry, f"{{{_TYPES}}}lpwstr").text = briefing.provenance.to_json()
    package = deck.part.package
    blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    part = Part(PackURI("/docProps/custom.xml"), _CUSTOM_TYPE, package, blob)
    package.relate_to(part, _CUSTOM_RELATION)


def speak(properties: Any, language: str) -> None:  # an lxml element of run properties
    """Set language and typefaces of a run: the theme's, Latin and East Asian."""
    properties.set("lang", language)
    if language != "en-US":
        properties.set("altLang", "en-US")
    for tag, font in (("a:latin", "+mn-lt"), ("a:ea", "+mn-ea"), ("a:cs", "+mn-ea")):
        for old in properties.findall(qn(tag)):
            properties.remove(old)
        properties.append(properties.makeelement(qn(tag), {"typeface": font}))


def as_slide_number(paragraph: _Paragraph, number: int) -> None:
    """Turn a paragraph into the number of its slide, which follows when slides are moved."""
    element = paragraph._p  # noqa: SLF001 - fields have no API
    run = element.find(qn("a:r"))
    field = element.makeelement(
        qn("a:fld"), {"id": "{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}", "type": "slidenum"}
    )
    field.append(run.find(qn("a:rPr")))
    text = element.makeelement(qn("a:t"), {})
    text.text = str(number)
    field.append(text)
    element.replace(run, field)


def bullet(paragraph: _Paragraph, colour: str, indent: Length) -> None:
    """Hang a paragraph on a small square."""
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001 - bullets have no API
    properties.set("marL", str(int(indent)))
    properties.set("indent", str(-int(indent)))
    for tag, attributes in (
        ("a:buClr", None),
        ("a:buFont", {"typeface": "Arial"}),
        ("a:buChar", {"char": "▪"}),
    ):
        child = properties.makeelement(qn(tag), attributes or {})
        if tag == "a:buClr":
            child.append(child.makeelement(qn("a:srgbClr"), {"val": colour[1:].upper()}))
        properties.append(child)


def plain_table(frame: Any) -> None:  # a graphic frame that holds a table
    """Take the bands and grid of the default style away."""
    properties = frame._element.find(f".//{qn('a:tblPr')}")  # noqa: SLF001 - styles have no API
    for name in ("bandRow", "firstRow"):
        properties.attrib.pop(name, None)
    properties.find(qn("a:tableStyleId")).text = _NO_STYLE


def underline(cell: _Cell, colour: str, points: float) -> None:
    """Draw the line below a cell."""
    properties = cell._tc.get_or_add_tcPr()  # noqa: SLF001 - borders have no API
    line = properties.makeelement(
        qn("a:lnB"), {"w": str(int(points * 12700)), "cap": "flat", "cmpd": "sng"}
    )
    fill = line.makeelement(qn("a:solidFill"), {})
    fill.append(fill.makeelement(qn("a:srgbClr"), {"val": colour[1:].upper()}))
    line.append(fill)
    properties.insert(0, line)


def describe(shape: BaseShape, words: str) -> None:
    """Give a picture, chart or table its alternative text."""
    _named(shape).set("descr", words)


def decorative(shape: BaseShape) -> None:
    """Tell a screen reader that a shape carries no meaning."""
    _named(shape).set("descr", "")
    _named(shape).set("title", "")


def _named(shape: BaseShape) -> Any:  # an lxml element
    return shape._element.find(f".//{qn('p:cNvPr')}")  # noqa: SLF001 - alternative text has no API
