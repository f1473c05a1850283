"""Which briefing is wanted, and the command line that makes it."""

import shlex
from dataclasses import dataclass
from typing import Final, Literal

from clusters.errors import InputError
from clusters.maps.still import SheetSize
from clusters.maps.words import Language

Kind = Literal["overview", "zone", "area", "firm", "screening", "compare"]
KINDS: Final[tuple[Kind, ...]] = ("overview", "zone", "area", "firm", "screening", "compare")
FORMATS: Final = ("pptx", "pdf", "html")


@dataclass(frozen=True)
class BriefingRequest:
    """One briefing.

    Attributes
    ----------
    kind : Kind
        The template.
    subject : str
        Zone id, six-digit code, enterprise id or name, or id of the earlier snapshot; a profile
        of screening; empty for the overview.
    """

    kind: Kind = "overview"
    subject: str = ""
    language: Language = "zh"
    size: SheetSize = "16:9"

    @property
    def page(self) -> str:
        """The request as the option ``--page`` takes it."""
        return f"{self.kind}:{self.subject}" if self.subject else self.kind

    def command(self, *, name: str, snapshot: str) -> str:
        """Return the command line that makes the file from the snapshot."""
        words = ["clusters", "brief", name, "--page", self.page, "--language", self.language]
        if self.size != "16:9":
            words += ["--size", self.size]
        return shlex.join([*words, "--snapshot", snapshot])


def parse_page(text: str) -> tuple[Kind, str]:
    """Return the template and subject of ``--page``.

    Raises
    ------
    InputError
        For an unknown template, or a subject that is missing or not wanted.
    """
    name, _, subject = text.partition(":")
    kind = next((kind for kind in KINDS if kind == name), None)
    if kind is None:
        raise InputError(
            f"page {text!r} is not known; use overview, zone:ID, area:CODE, firm:ID, screening "
            "or compare:SNAPSHOT"
        )
    if kind in {"zone", "area", "firm", "compare"} and not subject:
        raise InputError(f"page {kind!r} needs a subject, such as {_EXAMPLES[kind]}")
    if kind == "overview" and subject:
        raise InputError("page 'overview' takes no subject; for one area use area:CODE")
    return kind, subject


_EXAMPLES: Final = {
    "zone": "zone:chengdu-htz-new-economy",
    "area": "area:510100",
    "firm": "firm:极米科技股份有限公司",
    "compare": "compare:20261122T101500Z-3f9c2a",
}
