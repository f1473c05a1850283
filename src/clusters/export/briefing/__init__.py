"""Briefings: one content model, five templates, three writers.

>>> from clusters.export.briefing import BriefingRequest, compose, render
>>> briefing = compose(snapshot, BriefingRequest("overview", language="en"))  # doctest: +SKIP
>>> data = render(snapshot, briefing, "pptx")  # doctest: +SKIP
"""

from clusters.export.briefing.batch import batch, batch_requests
from clusters.export.briefing.compose import compose
from clusters.export.briefing.model import Briefing
from clusters.export.briefing.render import preview, render
from clusters.export.briefing.request import FORMATS, KINDS, BriefingRequest, parse_page

__all__ = [
    "FORMATS",
    "KINDS",
    "Briefing",
    "BriefingRequest",
    "batch",
    "batch_requests",
    "compose",
    "parse_page",
    "preview",
    "render",
]
